"""Load on a service on this machine, by hand: requests a second, how long they take, and the service's memory.

Needs locust, which stays out of the project (it brings gevent), in an environment of its own::

    python -m venv /tmp/locust && /tmp/locust/bin/pip install locust
    DALIL_SERVE_RATE=0 DALIL_MIN_CONFIDENCE=0 dalil serve --port 8650 &
    /tmp/locust/bin/python tests/rag/http/load.py http://127.0.0.1:8650 --pid $!
    /tmp/locust/bin/python tests/rag/http/load.py http://127.0.0.1:8650 --pid $! --clients 8 --requests 20000

Clients ask without a pause, in five languages; one that is told to come again waits as many seconds as it is told.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import gevent
from locust import FastHttpUser, constant, events, task

_QUESTIONS = (
    "When did the visa exemption take effect?",
    "互免签证协定何时生效？",
    "互免簽證協定何時生效？",
    "Өзара визасыз келісім қашан күшіне енді?",
    "Когда вступило в силу соглашение о взаимном безвизовом режиме?",
    "Which countries are on the list of 26 dangerous countries?",
    "伊犁的哈萨克人能拿回护照吗？",
    "Кто подписал соглашение?",
)
_SEEN: dict[str, Any] = {"statuses": {}, "memory": [], "wrong": 0}


class Asker(FastHttpUser):
    """A client that asks again as soon as it is answered."""

    wait_time = constant(0)

    @task
    def ask(self) -> None:
        """Ask; a refusal with Retry-After is counted apart and heeded."""
        body = {"question": random.choice(_QUESTIONS), "id": random.randrange(10**9)}
        with self.client.post("/v1/answers", json=body, name="answered", catch_response=True) as reply:
            statuses = _SEEN["statuses"]
            statuses[str(reply.status_code)] = statuses.get(str(reply.status_code), 0) + 1
            if reply.status_code in (429, 503):
                reply.request_meta["name"] = "refused"
                reply.success()
                time.sleep(float(reply.headers["Retry-After"]))
            elif reply.status_code == 200 and reply.json()["id"] != body["id"]:
                _SEEN["wrong"] += 1


@events.request.add_listener
def _count(**_: Any) -> None:
    _SEEN["all"] = _SEEN.get("all", 0) + 1
    most = int(os.environ.get("LOAD_REQUESTS", "0"))
    if most and (_SEEN["all"] == 1 or _SEEN["all"] % max(1, most // 20) == 0):
        _SEEN["memory"].append((_SEEN["all"], _megabytes(os.environ["LOAD_PIDS"].split())))
    if most and _SEEN["all"] >= most:
        gevent.spawn(_SEEN["environment"].runner.quit)  # by itself: who asks here is one of those that it ends


@events.init.add_listener
def _begin(environment: Any, **_: Any) -> None:
    _SEEN["environment"] = environment


@events.quitting.add_listener
def _end(environment: Any, **_: Any) -> None:
    answered = environment.stats.get("answered", "POST")
    shares = {f"p{share}": answered.get_response_time_percentile(share / 100) for share in (50, 95, 99)}
    seconds = (answered.last_request_timestamp or 0) - answered.start_time
    told = {"answered": answered.num_requests, "seconds": round(seconds, 1), **shares}
    told |= {name: _SEEN[name] for name in ("statuses", "wrong", "memory")}
    Path(os.environ["LOAD_RESULT"]).write_text(json.dumps(told))


def _megabytes(pids: list[str]) -> int:
    """Resident memory of processes and their children."""
    children = {line.split()[0] for line in _lines(["ps", "-o", "pid=", "--ppid", ",".join(pids)])}
    sizes = _lines(["ps", "-o", "rss=", "-p", ",".join([*pids, *children])])
    return sum(int(size) for size in sizes) // 1024


def _lines(command: list[str]) -> list[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.split("\n")[:-1]


def main() -> None:
    """Put load on a service, step by step, and print what was seen."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("address")
    parser.add_argument("--pid", nargs="+", required=True, help="of the service, for its memory")
    parser.add_argument("--clients", nargs="+", type=int, default=[1, 8, 32, 128])
    parser.add_argument("--seconds", type=int, default=25, help="of each step")
    parser.add_argument("--requests", type=int, default=0, help="go on until so many were sent")
    given = parser.parse_args()
    for clients in given.clients:
        with tempfile.NamedTemporaryFile(suffix=".json") as result:
            variables = {**os.environ, "LOAD_RESULT": result.name, "LOAD_PIDS": " ".join(given.pid)}
            variables["LOAD_REQUESTS"] = str(given.requests)
            end = [] if given.requests else ["--run-time", f"{given.seconds}s"]
            command = [sys.executable, "-m", "locust", "-f", __file__, "--headless", "--only-summary", "--host"]
            command += [given.address, "--users", str(clients), "--spawn-rate", str(clients), *end]
            subprocess.run(command, env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
            seen = json.loads(Path(result.name).read_text())
        rate = seen["answered"] / seen["seconds"] if seen["seconds"] else 0.0
        times = ", ".join(f"{name} {seen[name]:.0f} ms" for name in ("p50", "p95", "p99"))
        print(f"{clients} clients: {rate:.1f} answers/s, {times}; statuses {seen['statuses']}, wrong {seen['wrong']}")
        print(f"  memory {_megabytes(given.pid)} MB", *(f"{n}:{mb}" for n, mb in seen["memory"]))


if __name__ == "__main__":
    main()
