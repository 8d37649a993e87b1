"""What goes wrong around the MCP server: noise, interruptions, clients that leave, calls that are wrong."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from api_support import PATIENCE, QUESTION, environment, free_port
from mcp.client.client import Client

from rag.assistant import Assistant
from rag.http.limits import Gate
from rag.mcp.tools import Tools, server_of

INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
}
ASK = {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "ask", "arguments": {"question": "SLOW"}}}
META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": {"name": "t", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}
# `dalil` whose opening and answering print where the protocol is written, and where a question may take for ever.
NOISY = """
import asyncio, os, sys
from rag.assistant import Assistant

def noise():
    os.write(1, b"NOISE of a library\\n")
    print("NOISE", end="")  # held back until the end

def opened(cls, *args, _open=Assistant.open.__func__, **options):
    noise()
    return _open(cls, *args, **options)

async def slow(self, question, _aask=Assistant.aask, **options):
    noise()
    if question != "SLOW":
        return await _aask(self, question, **options)
    print("began", file=sys.stderr, flush=True)
    try:
        await asyncio.sleep(600)
    finally:
        print("stopped", file=sys.stderr, flush=True)

Assistant.open, Assistant.aask = classmethod(opened), slow
from rag.cli import main
sys.exit(main())
"""


@contextmanager
def noisy(collection: Path, folder: Path, *arguments: object) -> Iterator[subprocess.Popen[bytes]]:
    """`dalil mcp` as above; its log is ``folder / "log"``."""
    variables = environment(DALIL_MIN_CONFIDENCE=0, DALIL_SERVE_FOLDER=folder / "service")
    variables.pop("PYTHONUNBUFFERED", None)
    given = [sys.executable, "-c", NOISY, "mcp", "--collection", str(collection), *map(str, arguments)]
    pipe = subprocess.PIPE
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(given, env=variables, stdin=pipe, stdout=pipe, stderr=log)
    with process:
        try:
            yield process
        finally:
            process.kill()


def told(process: subprocess.Popen[bytes], *messages: dict[str, object]) -> None:
    assert process.stdin
    process.stdin.write(b"".join(json.dumps(message).encode() + b"\n" for message in messages))
    process.stdin.flush()


def until(log: Path, word: str, times: int = 1) -> None:
    """Wait until the log has a word so many times."""
    end = time.monotonic() + PATIENCE
    while log.read_text("utf-8", "replace").count(word) < times:
        assert time.monotonic() < end, log.read_text("utf-8", "replace")[-3000:]
        time.sleep(0.05)


def test_standard_output_is_the_protocol_alone_and_a_cancelled_call_stops(shipped: Path, tmp_path: Path) -> None:
    with noisy(shipped, tmp_path) as process:
        assert process.stdin
        assert process.stdout
        told(process, INITIALIZE)
        lines = [process.stdout.readline()]
        told(process, {"jsonrpc": "2.0", "method": "notifications/initialized"}, ASK)
        until(tmp_path / "log", "began")
        told(process, {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 2}})
        until(tmp_path / "log", "stopped")
        question = {"name": "ask", "arguments": {"question": QUESTION}}
        told(process, {"jsonrpc": "2.0", "id": 3, "method": "tools/call", "params": question})
        lines.append(process.stdout.readline())
        process.stdin.close()
        lines += process.stdout.readlines()
        assert process.wait(PATIENCE) == 0
    assert [json.loads(line)["id"] for line in lines] == [1, 3]
    assert (tmp_path / "log").read_text().count("NOISE of a library") == 3


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
def test_an_interruption_ends_it_although_more_input_may_come(shipped: Path, tmp_path: Path) -> None:
    with noisy(shipped, tmp_path) as process:
        assert process.stdout
        told(process, INITIALIZE)
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == -signal.SIGINT


def test_over_http_the_work_of_who_leaves_stops_and_the_rest_is_refused(shipped: Path, tmp_path: Path) -> None:
    port = free_port()
    with noisy(shipped, tmp_path, "--http", "--port", port), httpx.Client(base_url=f"http://127.0.0.1:{port}") as http:
        until(tmp_path / "log", "Uvicorn running")
        modern = {**ASK, "params": {"name": "ask", "arguments": {"question": "SLOW"}, "_meta": META}}
        era = {"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": "ask"}
        for times, (message, headers) in enumerate(((ASK, {}), (modern, era)), 1):
            with pytest.raises(httpx.ReadTimeout):
                http.post("/mcp", json=message, headers={"Accept": "application/json", **headers}, timeout=1)
            until(tmp_path / "log", "stopped", times)
        assert http.post("/mcp", json=INITIALIZE, headers={"Host": "localhost"}).status_code == 200
        body = iter([b" " * 600_000] * 2)
        for reply, status in (
            (http.post("/mcp", content=body, headers={"Content-Type": "application/json"}), 413),
            (http.get("/mcp", headers={"Accept": "text/event-stream"}), 405),
            (http.get("/"), 404),
        ):
            assert reply.status_code == status
            assert reply.headers["content-type"] == "application/problem+json"
    assert "Traceback" not in (tmp_path / "log").read_text()


def test_a_wrong_call_is_told_in_one_line(assistant: Assistant) -> None:
    async def run() -> list[str]:
        async with Client(server_of(Tools(assistant, Gate(2, 2, 5), PATIENCE))) as client:
            calls = (
                await client.call_tool("search", {"question": QUESTION, "k": 0}),
                await client.call_tool("search", {"question": QUESTION, "language": "kk"}),
                await client.call_tool("ask", {}),
                await client.call_tool("ask", {"question": " ?"}),
                await client.call_tool("nothing", {}),
            )
        assert all(made.is_error for made in calls)
        return [made.content[0].text for made in calls]  # type: ignore[union-attr]

    small, unknown, missing, empty, nothing = asyncio.run(run())
    assert small == "k: Input should be greater than or equal to 1; put it right and call again"
    assert unknown.startswith("search takes no language; it takes question, k, languages")
    assert missing.startswith("question: Field required")
    assert empty.startswith("the question is empty")
    assert nothing == "Unknown tool: nothing"


def test_a_fault_is_logged_with_its_cause(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(self: Assistant, question: str, *arguments: object, **options: object) -> None:
        raise ZeroDivisionError("secret inside")

    monkeypatch.setattr(Assistant, "search", broken)
    monkeypatch.setattr(logging.getLogger("rag"), "propagate", True)  # a service in this process turns it off

    async def run() -> str:
        async with Client(server_of(Tools(assistant, Gate(2, 2, 5), PATIENCE))) as client:
            made = await client.call_tool("search", {"question": QUESTION})
        return str(made.content)

    assert "secret" not in asyncio.run(run())
    assert "ZeroDivisionError: secret inside" in caplog.text
