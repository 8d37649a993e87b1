"""Real services that are killed, starved, hurried and updated while they work: nothing is lost, mixed up or let in."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from api_support import (
    PATIENCE,
    QUESTION,
    QUESTIONS,
    Server,
    command,
    environment,
    make_key,
    serving,
    until,
    until_ended,
)

LIGHTHOUSE = b"The lighthouse of Aktau was painted violet by Marzhan Ospanova in 1977.\n\nIt was closed in 1990.\n"
ASKED = {"question": "Who painted the lighthouse of Aktau violet?", "k": 3}


@pytest.fixture(scope="module")
def hasty(shipped: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A service that answers one at a time and waits for a second for who is slow; not to be changed."""
    settings = {"HEADER_TIMEOUT": 1, "BODY_TIMEOUT": 1, "CONCURRENT": 1, "PATIENCE": 30, "RATE": 0}
    variables = {f"DALIL_SERVE_{name}": value for name, value in settings.items()}
    with serving(shipped, tmp_path_factory.mktemp("hasty") / "service", **variables) as running:
        yield running


def http(server: Server, **options: Any) -> httpx.Client:
    return httpx.Client(base_url=server.address, timeout=PATIENCE, **options)


def first_file(client: httpx.Client) -> str:
    return Path(client.post("/v1/search", json=ASKED).json()["hits"][0]["path"]).name


def connected(server: Server, sent: bytes, room: int | None = None) -> socket.socket:
    """A connection on which some bytes were sent, and no more; ``room`` bytes of a reply are taken in unread."""
    place = urlsplit(server.address)
    opened = socket.socket()
    if room is not None:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
    opened.settimeout(PATIENCE)
    opened.connect((place.hostname, place.port))
    opened.sendall(sent)
    return opened


def test_a_service_killed_in_the_middle_of_an_upload_takes_it_up_again(own_collection: Path, tmp_path: Path) -> None:
    folder = tmp_path / "service"
    words = ("amber", "basalt", "cedar", "dune", "elm", "flint", "glacier", "heron")
    many = [
        (
            "files",
            (
                f"note-{n}.txt",
                " ".join(f"Stone {n}-{m} of {words[(n + m) % 8]} weighs {m} kilograms.\n" for m in range(60)),
            ),
        )
        for n in range(30)
    ]
    with serving(own_collection, folder) as server:
        with http(server) as client:
            before = client.get("/v1/collection").json()
            job = client.post("/v1/documents", files=[*many, ("files", ("lighthouse.txt", LIGHTHOUSE))]).json()
            end = time.monotonic() + PATIENCE
            while time.monotonic() < end:
                progress = client.get(f"/v1/jobs/{job['id']}").json()["progress"] or {}
                if progress.get("label") == "embedding" and progress["done"]:
                    break
            assert progress.get("label") == "embedding"
        server.process.kill()
        server.process.wait(PATIENCE)
    with serving(own_collection, folder) as server, http(server) as client:
        ended = until_ended(client, job)
        assert (ended["status"], len(ended["documents"])) == ("done", 31)
        assert first_file(client) == "lighthouse.txt"
        assert client.get("/v1/collection").json()["documents"] == before["documents"] + 31
        assert client.post("/v1/answers", json={"question": QUESTION, "min_confidence": 0}).json()["citations"]


def test_half_an_upload_leaves_nothing(hasty: Server) -> None:
    head = (
        b"POST /v1/documents HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: multipart/form-data; boundary=b\r\n"
        b"Content-Length: 5000\r\n\r\n"
        b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\nHalf of'
    )
    with http(hasty) as client:
        connected(hasty, head).close()
        with connected(hasty, head) as slow:
            assert b" 408 " in slow.recv(4096)
        with connected(hasty, head) as dripping:
            dripping.settimeout(0.1)
            assert b" 408 " in dripped(dripping)
        assert client.get("/readyz").status_code == 200
        assert list((hasty.log.parent / "service" / "uploads").glob("[!.]*")) == []


def dripped(opened: socket.socket) -> bytes:
    """The reply to a body that comes a byte at a time, never pausing for long."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        opened.sendall(b".")
        with suppress(TimeoutError):
            return opened.recv(4096)
    return b""


def test_slow_heads_are_closed_and_keep_no_one_waiting(hasty: Server) -> None:
    with http(hasty) as client:
        slow = [connected(hasty, b"POST /v1/search HTTP/1.1\r\nHost: 127.") for _ in range(200)]
        assert client.post("/v1/search", json={"question": QUESTION}).status_code == 200
        for one in slow:
            assert one.recv(100) == b""  # closed by the service
            one.close()


def test_who_does_not_read_is_left_and_keeps_no_one_waiting(hasty: Server) -> None:
    large = b"GET /openapi.json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    body = b'{"question": "visa", "k": 200, "stream": true, "min_confidence": 0}'
    answer = (
        b"POST /v1/answers HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    )
    sent = 200 * large + answer % len(body) + body
    with http(hasty) as client:
        unread = [connected(hasty, sent, room=4096) for _ in range(3)]
        for _ in range(3):
            time.sleep(1)
            assert client.post("/v1/search", json={"question": QUESTION}).status_code == 200
        for one in unread:
            assert received(one).count(b"HTTP/1.1 200") < 201
            one.close()
        assert "Traceback" not in hasty.log.read_text()


def received(opened: socket.socket) -> bytes:
    """What comes on a connection until it ends."""
    parts = []
    with suppress(ConnectionResetError):
        while part := opened.recv(65536):
            parts.append(part)
    return b"".join(parts)


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /v1/collection HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n",
        b"POST /v1/search HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -5\r\n\r\n",
        b"POST /v1/search HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nnot a length\r\n\r\n",
        b"GET /v1/documents/..%2f..%2fkeys.json HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + b"x" * 400_000 + b"\r\n\r\n",
    ],
)
def test_what_is_no_request_is_refused(hasty: Server, sent: bytes) -> None:
    with connected(hasty, sent) as opened:
        try:
            reply = opened.recv(4096)
        except ConnectionResetError:
            reply = b""
        assert reply.startswith(b"HTTP/1.1 4") or reply == b""
    assert httpx.get(f"{hasty.address}/readyz").status_code == 200


def test_a_service_that_is_told_to_end_answers_first(shipped: Path, tmp_path: Path) -> None:
    with serving(shipped, tmp_path / "service", DALIL_MIN_CONFIDENCE=0) as server:
        replies: list[int] = []

        def ask(language: str) -> None:
            with http(server) as client:
                replies.append(client.post("/v1/answers", json={"question": QUESTIONS[language]}).status_code)

        asking = [threading.Thread(target=ask, args=(language,)) for language in QUESTIONS]
        for one in asking:
            one.start()
        while "dalil_running_questions 0.0" in httpx.get(f"{server.address}/metrics").text and not replies:
            time.sleep(0.01)
        server.process.send_signal(signal.SIGTERM)
        for one in asking:
            one.join(PATIENCE)
        assert server.process.wait(PATIENCE) == 0
    assert set(replies) == {200}


def test_a_killed_worker_is_replaced_and_the_other_answers_meanwhile(shipped: Path, tmp_path: Path) -> None:
    with serving(shipped, tmp_path / "service", "--workers", 2, DALIL_MIN_CONFIDENCE=0) as server:
        until(lambda: len(workers(server)) == 2)
        ask(server)
        killed = workers(server)[0]
        os.kill(killed, signal.SIGKILL)
        assert {ask(server) for _ in range(10)} == {200}
        until(lambda: len(workers(server)) == 2 and killed not in workers(server))
        assert 'dalil_answers_total{mode="extractive",status="answered"} 11.0' in metrics(server)
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(PATIENCE) == 0


def workers(server: Server) -> list[int]:
    """The processes that serve: those that have uvicorn's pipe to their parent."""
    listed = ["ps", "-ww", "-o", "pid=,args=", "--ppid", str(server.process.pid)]
    lines = subprocess.run(listed, capture_output=True, text=True).stdout.splitlines()
    return [int(line.split()[0]) for line in lines if "spawn_main" in line]


def ask(server: Server) -> int:
    return httpx.post(f"{server.address}/v1/answers", json={"question": QUESTION}, timeout=PATIENCE).status_code


def metrics(server: Server) -> str:
    return httpx.get(f"{server.address}/metrics").text


def test_what_a_dead_worker_worked_on_is_not_counted_and_what_it_did_is(tmp_path: Path) -> None:
    did = "metrics.RUNNING.inc(3); metrics.LEFT.inc(5)"
    told = "print(metrics.exposition().decode())"
    run = [[sys.executable, "-c", f"from rag.http import metrics; {what}"] for what in (did, told)]
    variables = environment(PROMETHEUS_MULTIPROC_DIR=tmp_path)
    output = [subprocess.run(one, env=variables, capture_output=True, text=True, check=True).stdout for one in run][1]
    assert "dalil_clients_left_total 5.0" in output
    assert "dalil_running_questions 0.0" in output
    assert "3.0" not in output


def test_a_port_that_is_taken_is_told_before_a_model_is_loaded(shipped: Path, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        for way in (["serve"], ["mcp", "--http"]):
            given = command(*way, "--collection", shipped, "--port", taken.getsockname()[1])
            ran = subprocess.run(given, env=environment(DALIL_SERVE_FOLDER=tmp_path), capture_output=True, text=True)
            assert ran.returncode == 2
            assert "choose another" in ran.stderr
            assert "Traceback" not in ran.stderr


def test_an_update_under_questions_loses_and_mixes_none(own_collection: Path, tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "lighthouse.txt").write_bytes(LIGHTHOUSE)
    variables = {"DALIL_MIN_CONFIDENCE": 0, "DALIL_SERVE_RATE": 0}
    with serving(own_collection, tmp_path / "service", **variables) as server:
        over, checked = threading.Event(), list[bool]()

        def ask(language: str) -> None:
            with http(server) as client:
                while not over.is_set():
                    reply = client.post("/v1/answers", json={"question": QUESTIONS[language]})
                    assert reply.status_code == 200, reply.text
                    checked.append(client.post("/v1/verify", json={"answer": reply.json()}).json()["ok"])

        with ThreadPoolExecutor(4) as pool:
            asking = [pool.submit(ask, language) for language in ("en", "kk", "ru", "zh-Hans")]
            try:
                for _ in range(2):
                    given = command("index", tmp_path / "new", "--collection", own_collection, "--quiet")
                    subprocess.run(given, env=environment(), check=True, timeout=PATIENCE)
                    (tmp_path / "new" / "second.txt").write_bytes(LIGHTHOUSE.replace(b"violet", b"ochre"))
            finally:
                over.set()
            for one in asking:
                one.result(PATIENCE)
        assert len(checked) > 8
        assert all(checked)
        with http(server) as client:
            assert first_file(client) == "lighthouse.txt"


def test_a_thousand_wrong_keys_let_no_one_in_and_keep_no_one_out(shipped: Path, tmp_path: Path) -> None:
    key = make_key(tmp_path / "service", "ask")
    with serving(shipped, tmp_path / "service") as server, http(server) as client:
        other = "B" if key.endswith("A") else "A"
        wrong = [key[:-n] + other * n for n in range(1, 40)] + [f"dalil_{n}" for n in range(961)]
        codes = [client.get("/v1/collection", headers={"Authorization": f"Bearer {w}"}).status_code for w in wrong]
        assert (len(codes), set(codes), codes[0], codes[-1]) == (1000, {401, 429}, 401, 429)
        assert client.get("/v1/collection", headers={"Authorization": f"Bearer {key}"}).status_code == 200


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a small disk")
def test_a_full_disk_is_told_and_nothing_is_lost(own_collection: Path, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(disk)], capture_output=True)
    if mounted.returncode:
        pytest.skip("a small disk cannot be mounted here")
    try:
        with serving(own_collection, disk / "service") as server, http(server) as client:
            kept = client.post("/v1/documents", files=[("files", ("lighthouse.txt", LIGHTHOUSE))]).json()
            assert until_ended(client, kept)["status"] == "done"
            files = [("small.txt", b"A line of words."), ("big.txt", b"A long line of words. " * 20_000)]
            full = client.post("/v1/documents", files=[("files", file) for file in files])
            assert (full.status_code, full.headers["content-type"]) == (507, "application/problem+json")
            assert "disk is full" in full.json()["detail"]
            assert first_file(client) == "lighthouse.txt"
            assert [p.name for p in (disk / "service" / "uploads").glob("[!.]*")] == ["lighthouse.txt"]
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)
