"""The MCP server with the SDK's own client: in this process, over standard input and output, and over HTTP."""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import httpx2
import pytest
from api_support import PATIENCE, QUESTION, QUESTIONS, command, environment, free_port, make_key
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

from rag.assistant import Assistant
from rag.http.limits import Gate
from rag.mcp.tools import Tools, server_of
from rag.wire.answers import Answer

TOOLS = ["ask", "read_source", "search", "verify"]
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
}
ACCEPTED = {"Accept": "application/json, text/event-stream"}


async def worked(client: Client) -> None:
    """Ask in five languages, read what is cited, check the answer and a false one."""
    listed = (await client.list_tools()).tools
    assert sorted(tool.name for tool in listed) == TOOLS
    assert all(tool.description and tool.annotations and tool.annotations.read_only_hint for tool in listed)
    for language, question in QUESTIONS.items():
        made = await client.call_tool("ask", {"question": question})
        answer = Answer.model_validate(made.structured_content)
        assert (made.is_error, answer.language, answer.status) == (False, language, "answered")
        assert all(citation.quote in made.content[0].text for citation in answer.citations)  # type: ignore[union-attr]
        cited = answer.citations[0]
        place = {"document_id": cited.document_id, "start": cited.start, "end": cited.end}
        read = await client.call_tool("read_source", place)
        assert (read.structured_content or {})["text"] == cited.quote
        held = await client.call_tool("verify", {"answer": made.structured_content})
        assert (held.structured_content or {})["ok"] is True
        false = answer.model_copy(update={"citations": [cited.model_copy(update={"quote": "No."})]}).model_dump()
        failed = await client.call_tool("verify", {"answer": false})
        assert (failed.structured_content or {})["ok"] is False
    found = await client.call_tool("search", {"question": QUESTION, "k": 3, "languages": ["kk"]})
    hits = (found.structured_content or {})["hits"]
    assert [hit["language"] for hit in hits] == ["kk"] * 3


async def refused(client: Client, tool: str, arguments: dict[str, Any]) -> str:
    """The sentence with which a call is refused."""
    made = await client.call_tool(tool, arguments)
    assert made.is_error
    text: str = made.content[0].text  # type: ignore[union-attr]
    assert "Traceback" not in text
    return text


def tools(assistant: Assistant, **changes: Any) -> Tools:
    return Tools(assistant, **{"gate": Gate(2, 2, 5), "seconds": PATIENCE, **changes})


def test_the_tools_work_in_process(assistant: Assistant) -> None:
    async def run() -> None:
        async with Client(server_of(tools(assistant))) as client:
            await worked(client)

    asyncio.run(run())


def test_what_is_wrong_is_told_in_a_sentence(assistant: Assistant) -> None:
    async def run() -> None:
        async with Client(server_of(tools(assistant))) as client:
            assert "the question is empty" in await refused(client, "ask", {"question": " ?"})
            assert "is not a date" in await refused(client, "search", {"question": QUESTION, "since": "2023-02-31"})
            nowhere = {"document_id": "../../etc/passwd", "start": 0, "end": 5}
            assert "holds no document" in await refused(client, "read_source", nowhere)
            assert await refused(client, "search", {"question": QUESTION, "k": 0})
            citation = {
                "number": 1,
                "document_id": "x",
                "path": "/etc/passwd",
                "sha256": "0" * 64,
                "title": "",
                "start": 0,
            }
            forged = {
                "citations": [{**citation, "end": 4, "line": 1, "language": "en", "quote": "x"}],
                "statements": [],
            }
            told = await client.call_tool("verify", {"answer": forged})
            assert "is no file of the collection" in str(told.structured_content)
            assert "root:" not in str(told)

    asyncio.run(run())


def test_a_fault_is_not_told_from_inside_and_a_slow_call_ends(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[str] = []

    async def slow(self: Assistant, question: str, **options: Any) -> None:
        try:
            await asyncio.sleep(PATIENCE)
        finally:
            ended.append(question)

    def broken(self: Assistant, question: str, *arguments: Any, **options: Any) -> None:
        raise ZeroDivisionError("secret inside")

    monkeypatch.setattr(Assistant, "aask", slow)
    monkeypatch.setattr(Assistant, "search", broken)

    async def run() -> None:
        async with Client(server_of(tools(assistant, seconds=0.2))) as client:
            assert "no result within 0.2 seconds" in await refused(client, "ask", {"question": QUESTION})
            assert "secret" not in await refused(client, "search", {"question": QUESTION})

    asyncio.run(run())
    assert ended == [QUESTION]


def test_dalil_mcp_works_over_standard_input_and_output(shipped: Path, tmp_path: Path) -> None:
    program, *arguments = command("mcp", "--collection", shipped)
    variables = environment(DALIL_MIN_CONFIDENCE=0, DALIL_SERVE_FOLDER=tmp_path)

    async def run() -> None:
        async with Client(StdioServerParameters(command=program, args=arguments, env=variables)) as client:
            await worked(client)

    asyncio.run(asyncio.wait_for(run(), 2 * PATIENCE))


@contextmanager
def over_http(collection: Path, folder: Path) -> Iterator[str]:
    """`dalil mcp --http` as its own process; gives its address."""
    port = free_port()
    variables = environment(DALIL_MIN_CONFIDENCE=0, DALIL_SERVE_FOLDER=folder)
    given = command("mcp", "--http", "--collection", collection, "--port", port)
    with (folder.parent / f"mcp-{port}.log").open("wb") as out:
        process = subprocess.Popen(given, env=variables, stdout=out, stderr=out)
    address, end = f"http://127.0.0.1:{port}", time.monotonic() + PATIENCE
    try:
        while time.monotonic() < end and process.poll() is None:
            try:
                httpx.get(address)
                break
            except httpx.HTTPError:
                time.sleep(0.1)
        yield f"{address}/mcp"
    finally:
        process.terminate()
        process.wait(PATIENCE)


def test_dalil_mcp_works_over_http_and_web_pages_of_elsewhere_are_refused(shipped: Path, tmp_path: Path) -> None:
    with over_http(shipped, tmp_path / "service") as address:

        async def run() -> None:
            async with Client(address) as client:
                await worked(client)

        asyncio.run(asyncio.wait_for(run(), 2 * PATIENCE))
        elsewhere = ("Origin", "https://evil.example"), ("Origin", "http://localhost:3000"), ("Host", "evil.example")
        for name, value in (*elsewhere, ("Sec-Fetch-Site", "cross-site")):
            reply = httpx.post(address, json=INITIALIZE, headers={**ACCEPTED, name: value})
            assert reply.status_code == 403
        assert httpx.post(address, json=INITIALIZE, headers=ACCEPTED).status_code == 200


def test_over_http_a_key_is_asked_for_from_when_there_is_one(shipped: Path, tmp_path: Path) -> None:
    key, other = make_key(tmp_path / "service", "ask"), make_key(tmp_path / "service", "manage")
    with over_http(shipped, tmp_path / "service") as address:
        for secret, status in ((None, 401), ("dalil_wrong", 401), (other, 403), (key, 200)):
            headers = {**ACCEPTED, **({"Authorization": f"Bearer {secret}"} if secret else {})}
            reply = httpx.post(address, json=INITIALIZE, headers=headers)
            assert reply.status_code == status
            if status != 200:
                assert reply.headers["content-type"] == "application/problem+json"

        async def run() -> None:
            carrier = httpx2.AsyncClient(headers={"Authorization": f"Bearer {key}"}, timeout=PATIENCE)
            async with carrier, Client(streamable_http_client(address, http_client=carrier)) as client:
                made = await client.call_tool("search", {"question": QUESTION})
                assert not made.is_error

        asyncio.run(asyncio.wait_for(run(), 2 * PATIENCE))
