"""What the tests of the service share: one in this process, and real ones in processes of their own."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from rag.http.keys import Keys, Scope
from rag.http.settings import ServeSettings

PATIENCE = 60.0
QUESTION = "When did the visa exemption take effect?"
QUESTIONS = {
    "en": QUESTION,
    "zh-Hans": "互免签证协定何时生效？",
    "zh-Hant": "互免簽證協定何時生效？",
    "kk": "Өзара визасыз келісім қашан күшіне енді?",
    "ru": "Когда вступило в силу соглашение о взаимном безвизовом режиме?",
}


@dataclass
class Server:
    """A service in a process of its own."""

    address: str
    process: subprocess.Popen[bytes]
    log: Path

    def lines(self) -> list[dict[str, Any]]:
        """The log's lines that are JSON."""
        found = []
        for line in self.log.read_text("utf-8", "replace").splitlines():
            try:
                found.append(json.loads(line))
            except ValueError:
                continue
        return found


def environment(**settings: object) -> dict[str, str]:
    """This process's environment with settings of Dalil's."""
    return {**os.environ, "OMP_WAIT_POLICY": "PASSIVE", **{name: str(value) for name, value in settings.items()}}


def command(*arguments: object) -> list[str]:
    """The `dalil` command with arguments, by this interpreter."""
    run = "import sys; from rag.cli import main; sys.exit(main())"
    return [sys.executable, "-c", run, *map(str, arguments)]


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def serving(collection: Path, folder: Path, *arguments: object, **settings: object) -> Iterator[Server]:
    """`dalil serve` over a collection, its keys, uploads and jobs in ``folder``; ends it however the test ends."""
    port = free_port()
    log = folder.parent / f"server-{port}.log"
    variables = environment(DALIL_SERVE_FOLDER=folder, **settings)
    with log.open("wb") as out:
        given = command("serve", "--collection", collection, "--port", port, *arguments)
        process = subprocess.Popen(given, env=variables, stdout=out, stderr=out)
    server = Server(f"http://127.0.0.1:{port}", process, log)
    try:
        until_ready(server)
        yield server
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(PATIENCE)


def until_ready(server: Server) -> None:
    """Wait until a service answers; AssertionError with its log where it ended."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if server.process.poll() is not None:
            raise AssertionError(f"the service ended: {server.log.read_text('utf-8', 'replace')[-3000:]}")
        try:
            if httpx.get(f"{server.address}/readyz", timeout=5).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise AssertionError("the service was not ready in time")


def until_ended(client: httpx.Client, job: dict[str, Any]) -> dict[str, Any]:
    """A job once it has ended."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        job = client.get(f"/v1/jobs/{job['id']}").json()
        if job["status"] in ("done", "failed"):
            return job
        time.sleep(0.1)
    raise AssertionError(f"the job did not end: {job}")


def until(true: Callable[[], bool]) -> None:
    """Wait until something is so."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.05)


def make_key(folder: Path, *scopes: Scope) -> str:
    """A key of a service's folder."""
    return Keys(folder).add("test", scopes)[1]


def serve_settings(folder: Path, **changes: object) -> ServeSettings:
    """Settings of a service whose keys, uploads and jobs are in ``folder``."""
    return ServeSettings(folder=folder, **changes)  # type: ignore[arg-type]
