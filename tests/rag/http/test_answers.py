"""Answers, searches and checks over HTTP: a service in this process, its errors as problems."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
import uvicorn
from api_support import PATIENCE, QUESTION, QUESTIONS, Server, free_port, until
from fastapi.testclient import TestClient

import rag.verify
from rag.answer import Event
from rag.assistant import Assistant
from rag.errors import CollectionError, DalilError, ModelFailed, StorageFull, WrongUse
from rag.search.engine import SearchEngine
from rag.wire.answers import Answer


def problem(reply: httpx.Response, status: int, kind: str) -> dict[str, Any]:
    """The problem that a reply carries."""
    assert reply.status_code == status, reply.text
    assert reply.headers["content-type"] == "application/problem+json"
    told: dict[str, Any] = reply.json()
    assert (told["type"], told["status"]) == (f"urn:dalil:{kind}", status)
    assert told["request_id"] == reply.headers["x-request-id"]
    assert "Traceback" not in reply.text
    return told


def events(reply: httpx.Response) -> list[tuple[str, dict[str, Any]]]:
    """The events of a stream."""
    found = []
    for block in reply.text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line and not line.startswith(":"))
        if fields:
            found.append((fields["event"], json.loads(fields["data"])))
    return found


@pytest.mark.parametrize("language", QUESTIONS)
def test_every_language_is_answered_and_every_citation_reads_as_its_quote(server: Server, language: str) -> None:
    with httpx.Client(base_url=server.address, timeout=PATIENCE) as http:
        reply = http.post("/v1/answers", json={"question": QUESTIONS[language], "id": 7})
        answer = Answer.model_validate(reply.json())
        assert (reply.status_code, answer.id, answer.language, answer.status) == (200, 7, language, "answered")
        for citation in answer.citations:
            place = {"start": citation.start, "end": citation.end}
            span = http.get(f"/v1/documents/{citation.document_id}/span", params=place).json()
            assert span["text"] == citation.quote
        checked = http.post("/v1/verify", json={"answer": reply.json()}).json()
        assert checked == {"ok": True, "id": 7, "citations": len(answer.citations), "problems": []}


@pytest.mark.parametrize("asked", [({"stream": True}, {}), ({}, {"Accept": "text/event-stream"})])
def test_a_stream_gives_hits_statements_and_the_answer(client: TestClient, asked: tuple[Any, Any]) -> None:
    body, headers = asked
    reply = client.post("/v1/answers", json={"question": QUESTION, **body}, headers=headers)
    assert reply.headers["content-type"].startswith("text/event-stream")
    names = [name for name, _ in events(reply)]
    assert names[0] == "hits"
    assert names[-1] == "answer"
    answer = events(reply)[-1][1]
    said = [data["text"] for name, data in events(reply) if name == "statement"]
    assert said == [statement["text"] for statement in answer["statements"]]


def test_what_fails_in_a_stream_is_its_last_event(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    async def failing(self: Assistant, question: str, **options: Any) -> AsyncIterator[Any]:
        raise ModelFailed("the model is away; start it")
        yield None

    monkeypatch.setattr(Assistant, "astream", failing)
    [(name, told)] = events(client.post("/v1/answers", json={"question": QUESTION, "stream": True}))
    assert (name, told["type"], told["detail"]) == ("error", "urn:dalil:model-failed", "the model is away; start it")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "/question"),
        ({"question": QUESTION, "qestion": 1}, "/qestion"),
        ({"question": QUESTION, "k": 0}, "/k"),
        ({"question": QUESTION, "filters": {"since": "yesterday"}}, "/filters/since"),
        ({"question": "\ud800"}, "/question"),
    ],
)
def test_a_wrong_field_is_named(client: TestClient, body: dict[str, Any], field: str) -> None:
    reply = client.post("/v1/answers", content=json.dumps(body), headers={"Content-Type": "application/json"})
    assert [wrong["pointer"] for wrong in problem(reply, 422, "invalid")["errors"]] == [field]


@pytest.mark.parametrize(
    ("options", "status", "kind"),
    [
        ({"json": {"question": "?!"}}, 422, "invalid"),
        ({"json": {"question": "x" * 2001}}, 422, "invalid"),
        ({"json": {"question": QUESTION, "filters": {"since": "2023-02-31"}}}, 422, "invalid"),
        ({"json": {"question": QUESTION, "style": "generative"}}, 422, "invalid"),
        ({"json": {"question": QUESTION, "gloss": True, "stream": True}}, 422, "invalid"),
        ({"json": {"question": QUESTION, "model": "gpt-9"}}, 404, "not-found"),
        ({"content": b"{", "headers": {"Content-Type": "application/json"}}, 400, "bad-request"),
        ({"content": b"\xff\xfe", "headers": {"Content-Type": "application/json"}}, 400, "bad-request"),
        ({"content": b"[" * 100_000, "headers": {"Content-Type": "application/json"}}, 400, "bad-request"),
        ({"content": b"x" * 1_000_001, "headers": {"Content-Type": "application/json"}}, 413, "too-large"),
        ({"content": b"x", "headers": {"Content-Encoding": "gzip"}}, 415, "unsupported-media-type"),
    ],
)
def test_what_cannot_be_done_is_a_problem(client: TestClient, options: Any, status: int, kind: str) -> None:
    problem(client.post("/v1/answers", **options), status, kind)


def test_other_routes_and_methods_are_problems_too(client: TestClient) -> None:
    problem(client.get("/nothing"), 404, "not-found")
    assert client.get("/v1/answers").headers["allow"] == "POST"
    problem(client.get("/v1/answers"), 405, "method-not-allowed")


def test_what_should_not_happen_is_told_without_its_inside(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(self: Assistant, question: str, **options: Any) -> None:
        raise ZeroDivisionError("secret inside")

    monkeypatch.setattr(Assistant, "aask", broken)
    reply = client.post("/v1/answers", json={"question": QUESTION})
    problem(reply, 500, "internal")
    assert "secret" not in reply.text


def test_a_full_disk_and_a_broken_collection_say_when_to_come_again(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for error, status, kind in (
        (StorageFull("the disk is full"), 507, "storage"),
        (DalilError("another process"), 503, "collection-unavailable"),
    ):

        def failing(*_: Any, told: DalilError = error, **__: Any) -> None:
            raise told

        monkeypatch.setattr(Assistant, "search", failing)
        reply = client.post("/v1/search", json={"question": QUESTION})
        problem(reply, status, kind)
        assert int(reply.headers["retry-after"]) >= 1


def test_who_asks_whether_it_is_ready_is_told_nothing_of_the_machine(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any) -> None:
        raise CollectionError("the collection at /srv/desk is damaged")

    assert client.get("/readyz").json() == {"status": "ok"}
    monkeypatch.setattr(SearchEngine, "pool", broken)
    assert "desk" not in str(problem(client.get("/readyz"), 503, "collection-unavailable"))
    assert "/srv/desk is damaged" in caplog.text


def test_verifying_looks_at_no_file_outside_the_collection(client: TestClient) -> None:
    answer = client.post("/v1/answers", json={"question": QUESTION}).json()
    answer["citations"][0] |= {"path": "/etc/passwd", "start": 0, "end": 4}
    checked = client.post("/v1/verify", json={"answer": answer}).json()
    assert not checked["ok"]
    assert checked["problems"][0] == {"number": 1, "reason": "/etc/passwd is no file of the collection"}
    assert "root" not in json.dumps(checked)


def test_a_forged_number_does_not_open_a_file_either(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("The password is 12345.\n")
    opened: list[str] = []
    read = rag.verify.read_bytes

    def watched(path: Any, **options: Any) -> bytes:
        opened.append(str(path))
        return read(path, **options)

    monkeypatch.setattr(rag.verify, "read_bytes", watched)
    answer = client.post("/v1/answers", json={"question": QUESTION}).json()
    forged = {**answer["citations"][0], "number": 99, "path": str(secret), "quote": "The password is 12345."}
    statement = {**answer["statements"][0], "text": "The password is 12345.", "citations": [1]}
    told = {**answer, "mode": "generative", "citations": [forged], "statements": [statement]}
    sent = json.dumps({"answer": {**told, "id": "\ud800"}})
    checked = client.post("/v1/verify", content=sent, headers={"Content-Type": "application/json"}).json()
    assert (checked["ok"], checked["id"]) == (False, "?")
    assert str(secret) not in opened


def test_a_forged_answer_of_thousands_of_parts_is_not_checked(client: TestClient) -> None:
    answer = client.post("/v1/answers", json={"question": QUESTION}).json()
    for forged in (answer["citations"] * 300, [{"quote": "x" * 30_000}]):
        reply = client.post("/v1/verify", json={"answer": {**answer, "citations": forged}})
        problem(reply, 422, "invalid")


def test_a_forged_answer_that_cites_whole_files_is_not_checked(client: TestClient) -> None:
    answer = client.post("/v1/answers", json={"question": QUESTION, "min_confidence": 0}).json()
    wide = [{**answer["citations"][0], "start": 0, "end": 20_000_000}]
    problem(client.post("/v1/verify", json={"answer": {**answer, "citations": wide}}), 422, "invalid")
    assert client.post("/v1/verify", json={"answer": answer}).json()["ok"]


def test_whether_it_lives_can_be_asked_by_head(client: TestClient) -> None:
    for path in ("/healthz", "/readyz"):
        reply = client.head(path)
        assert (reply.status_code, reply.content) == (200, b"")


def test_a_stream_shows_signs_of_life(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Assistant.astream

    async def slow(self: Assistant, question: str, **options: Any) -> AsyncIterator[Any]:
        await asyncio.sleep(0.5)
        async for event in stream(self, question, **options):
            yield event

    monkeypatch.setattr(Assistant, "astream", slow)
    reply = make(heartbeat=0.1).post("/v1/answers", json={"question": QUESTION, "stream": True})
    assert reply.text.startswith(": ping")
    assert [name for name, _ in events(reply)][-1] == "answer"


def test_when_busy_some_wait_and_the_rest_are_told_to_come_again(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    client, held, begun = make(concurrent=1, queue=1, patience=0.5), threading.Event(), threading.Event()
    search = Assistant.search

    def slow(self: Assistant, *arguments: Any, **options: Any) -> Any:
        begun.set()
        held.wait(PATIENCE)
        return search(self, *arguments, **options)

    monkeypatch.setattr(Assistant, "search", slow)
    replies: list[httpx.Response] = []

    def ask() -> None:
        replies.append(client.post("/v1/search", json={"question": QUESTION}))

    first = threading.Thread(target=ask)
    first.start()
    assert begun.wait(PATIENCE)
    second = threading.Thread(target=ask)
    second.start()
    second.join(PATIENCE)
    assert "turn" in problem(replies[0], 503, "busy")["detail"]
    assert int(replies[0].headers["retry-after"]) >= 1
    held.set()
    first.join(PATIENCE)
    assert replies[1].status_code == 200
    assert client.post("/v1/search", json={"question": QUESTION}).status_code == 200


def test_an_answer_that_takes_too_long_is_given_up(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[str] = []

    async def endless(self: Assistant, question: str, **options: Any) -> None:
        try:
            await asyncio.sleep(PATIENCE)
        except asyncio.CancelledError:
            ended.append(question)
            raise

    monkeypatch.setattr(Assistant, "aask", endless)
    client = make(timeout=0.3)
    problem(client.post("/v1/answers", json={"question": QUESTION}), 504, "timeout")
    assert ended == [QUESTION]


@pytest.mark.parametrize(("route", "name"), [("/v1/search", "search"), ("/v1/answers", "gather")])
def test_work_that_nobody_waits_for_keeps_its_turn_until_it_ends(
    make: Any, monkeypatch: pytest.MonkeyPatch, route: str, name: str
) -> None:
    held = threading.Event()
    work = getattr(SearchEngine, name)

    def slow(self: SearchEngine, *arguments: Any, **options: Any) -> Any:
        held.wait(PATIENCE)
        return work(self, *arguments, **options)

    monkeypatch.setattr(SearchEngine, name, slow)
    client = make(concurrent=1, queue=0, timeout=0.5)
    asked = {"question": QUESTION}
    problem(client.post(route, json=asked), 504, "timeout")
    problem(client.post("/v1/search", json=asked), 503, "busy")
    assert "dalil_running_questions 1.0" in client.get("/metrics").text
    held.set()
    until(lambda: client.post(route, json=asked).status_code == 200)
    until(lambda: "dalil_running_questions 0.0" in client.get("/metrics").text)


def test_one_model_answers_whatever_confidence_is_asked_for(client: TestClient) -> None:
    service = client.app.state.service  # type: ignore[attr-defined]

    def answering(style: str | None, least: float | None) -> Assistant:
        return asyncio.run(service.answering(None, style, least))

    made = [answering(None, least) for least in (0.1, 0.2, None)]
    assert [one.settings.min_confidence for one in made[:2]] == [0.1, 0.2]
    assert made[2] is service.assistant
    assert answering(None, 0.1) is answering(None, 0.104) is made[0]
    with pytest.raises(WrongUse, match="no model writes"):
        answering("generative", 0.1)


def test_a_model_that_does_not_answer_keeps_only_those_waiting_who_want_it(
    make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, made = threading.Event(), list[object]()

    def slow(self: Assistant, **changes: object) -> Assistant:
        made.append(changes)
        held.wait(PATIENCE)
        raise WrongUse("it does not answer")

    monkeypatch.setenv("DALIL_LLM_OFFERED", "ollama:slow")
    monkeypatch.setattr(Assistant, "with_settings", slow)
    client = make(timeout=5)
    with ThreadPoolExecutor(30) as pool:
        asked = {"question": QUESTION, "model": "ollama:slow"}
        waiting = [pool.submit(client.post, "/v1/answers", json=asked) for _ in range(30)]
        until(lambda: bool(made))
        assert client.post("/v1/answers", json={"question": QUESTION}).status_code == 200
        assert {one.result(PATIENCE).status_code for one in waiting} == {504}
        held.set()
        until(lambda: client.post("/v1/answers", json=asked).status_code == 422)
        # Each is told anew: an error that is kept would keep the request that it was raised in.
        service = client.app.state.service
        errors = [caught(service.answering("ollama:slow", None, None)) for _ in range(2)]
        assert [str(error) for error in errors] == ["it does not answer"] * 2
        assert errors[0] is not errors[1]
    assert made == [{"llm": "ollama:slow", "min_confidence": client.app.state.service.settings.min_confidence}]


@pytest.mark.parametrize("stream", [False, True])
def test_a_client_that_leaves_stops_the_work(make: Any, monkeypatch: pytest.MonkeyPatch, stream: bool) -> None:
    stopped = threading.Event()

    async def endless(*_: Any, **__: Any) -> None:
        try:
            await asyncio.sleep(PATIENCE)
        finally:
            stopped.set()

    async def events_without_end(*_: Any, **__: Any) -> AsyncIterator[Any]:
        yield Event("hits", [])
        await endless()

    monkeypatch.setattr(Assistant, "aask", endless)
    monkeypatch.setattr(Assistant, "astream", events_without_end)
    with live(make().app) as address, httpx.Client(base_url=address, timeout=1) as http:
        with pytest.raises(httpx.TimeoutException):
            http.post("/v1/answers", json={"question": QUESTION, "stream": stream})
        assert stopped.wait(10)


def caught(work: Coroutine[Any, Any, object]) -> Exception:
    try:
        asyncio.run(work)
    except WrongUse as error:
        return error
    raise AssertionError("it went well")


@contextmanager
def live(app: Any) -> Iterator[str]:
    """An application of this process behind a real socket."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    end = time.monotonic() + PATIENCE
    while not server.started and time.monotonic() < end:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(PATIENCE)
