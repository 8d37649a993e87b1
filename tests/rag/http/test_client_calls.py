"""The client: against replies that a real service gives seldom."""

from __future__ import annotations

import asyncio
import json
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import aclosing
from typing import Any

import httpx
import pytest
from api_support import free_port

from rag.client import AsyncClient, Client, ServiceError, Token
from rag.client.replies import Lines, seconds
from rag.client.retriever import HttpRetriever
from rag.wire.answers import Answer
from rag.wire.requests import Job

KEY = "dalil_0123456789abcdef_secret"
ID = "0123456789abcdef"
FOUND = {"question": "q", "language": "en", "hits": []}
JOB = {
    "id": "0" * 32, "kind": "upload", "status": "running", "created": "", "updated": "", "files": [], "skipped": {},
    "documents": {}, "progress": None, "error": None, "generation": None,
}  # fmt: skip
Handler = Callable[[httpx.Request], httpx.Response]


@pytest.fixture(params=["sync", "async"])
def call(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """Calls a method of a client, of either kind, over a scripted transport."""

    def called(
        handler: Handler, method: str, *arguments: Any, options: dict[str, Any] | None = None, **more: Any
    ) -> Any:
        given: dict[str, Any] = {"transport": httpx.MockTransport(handler), "key": KEY, **(options or {})}
        if request.param == "sync":
            with Client("http://dalil.test", **given) as client:
                found = getattr(client, method)(*arguments, **more)
                return list(found) if method in ("stream", "all_documents") else found

        async def run() -> Any:
            async with AsyncClient("http://dalil.test", **given) as client:
                found = getattr(client, method)(*arguments, **more)
                return [one async for one in found] if method in ("stream", "all_documents") else await found

        return asyncio.run(run())

    return called


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long clients would have waited."""
    waits: list[float] = []

    async def sleep(pause: float) -> None:
        waits.append(pause)

    monkeypatch.setattr("rag.client.client.time.sleep", waits.append)
    monkeypatch.setattr("rag.client.asynchronous.anyio.sleep", sleep)
    return waits


class Script:
    """Replies in turn, the last again and again; an exception is raised instead. Keeps what was asked."""

    def __init__(self, *replies: httpx.Response | Exception) -> None:
        self.replies = list(replies)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if isinstance(reply, Exception):
            raise reply
        if isinstance(reply.stream, Bytes):
            return reply
        # A reply is made anew each time: a client of the other kind cannot read one that was read.
        return httpx.Response(reply.status_code, headers=reply.headers, content=reply.content)


class Bytes(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body in pieces, that knows whether it was closed."""

    def __init__(self, *pieces: bytes | Exception) -> None:
        self.pieces = pieces
        self.closed = False

    def __iter__(self) -> Iterator[bytes]:
        for piece in self.pieces:
            if isinstance(piece, Exception):
                raise piece
            yield piece

    async def __aiter__(self) -> Any:
        for piece in self:
            yield piece

    def close(self) -> None:
        self.closed = True

    async def aclose(self) -> None:
        self.closed = True


def problem(status: int, kind: str, detail: str = "not now", **headers: str) -> httpx.Response:
    body = {
        "type": f"urn:dalil:{kind}", "title": "T", "status": status, "detail": detail, "request_id": "r1",
        "errors": [{"pointer": "/k", "detail": detail}], "error": {"message": detail, "type": kind, "code": kind},
    }  # fmt: skip
    return httpx.Response(status, json=body, headers={k.replace("_", "-"): v for k, v in headers.items()})


def streamed(*pieces: bytes | Exception) -> tuple[httpx.Response, Bytes]:
    body = Bytes(*pieces)
    return httpx.Response(200, headers={"content-type": "text/event-stream; charset=utf-8"}, stream=body), body


def sent(name: str, data: dict[str, Any], end: str = "\n") -> bytes:
    return f"event: {name}{end}data: {json.dumps(data, ensure_ascii=False)}{end}{end}".encode()


def plain_answer(**changes: Any) -> dict[str, Any]:
    return {
        "question": "q", "language": "en", "status": "abstained", "confidence": 0.1, "mode": "extractive",
        "model": None, "statements": [], "citations": [], "hits": [], **changes,
    }  # fmt: skip


def test_the_key_of_the_environment_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    script = Script(httpx.Response(200, json=FOUND))
    monkeypatch.setenv("DALIL_KEY", f"{KEY}\n")
    with Client("http://dalil.test/under/", transport=httpx.MockTransport(script)) as client:
        client.search("q")
    with Client("http://dalil.test", key="", transport=httpx.MockTransport(script)) as client:
        client.search("q")
    first, second = script.requests
    assert first.headers["authorization"] == f"Bearer {KEY}"
    assert str(first.url) == "http://dalil.test/under/v1/search"
    assert "authorization" not in second.headers


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_service_is_asked_again_when_it_says(call: Callable[..., Any], slept: list[float], status: int) -> None:
    script = Script(problem(status, "busy", retry_after="3"), httpx.Response(200, json=FOUND))
    assert call(script, "search", "q").question == "q"
    assert slept == [3.0]
    script = Script(problem(status, "busy", retry_after="3"), httpx.Response(202, json=JOB))
    assert call(script, "upload", ("a.txt", b"some words")).id == JOB["id"]
    assert [request.content.count(b"some words") for request in script.requests] == [1, 1]


@pytest.mark.parametrize(
    ("reply", "options", "asked", "waited"),
    [
        (problem(503, "busy", retry_after="3"), {}, 3, [3, 3]),
        (problem(503, "busy", retry_after="3"), {"retries": 0}, 1, []),
        (problem(503, "busy", retry_after="20"), {}, 2, [20]),
        (problem(503, "busy", retry_after="31"), {}, 1, []),
        (problem(503, "busy", retry_after="31"), {"patience": 40}, 2, [31]),
        (problem(503, "busy", retry_after="soon"), {}, 1, []),
        (problem(503, "busy", retry_after="inf"), {"patience": float("inf")}, 1, []),
        (problem(503, "busy"), {}, 1, []),
        (problem(507, "storage", retry_after="1"), {}, 1, []),
        (problem(500, "internal", retry_after="1"), {}, 1, []),
    ],
)  # fmt: skip
def test_no_one_waits_for_ever(
    call: Callable[..., Any], slept: list[float], reply: httpx.Response, options: Any, asked: int, waited: list[float]
) -> None:
    script = Script(reply)
    with pytest.raises(ServiceError, match="not now") as refused:
        call(script, "ask", "q", options=options)
    assert (len(script.requests), slept, refused.value.status) == (asked, waited, reply.status_code)
    assert refused.value.retry_after == seconds(reply.headers.get("retry-after"))


def test_only_what_is_safe_is_sent_again_after_a_connection_failed(
    call: Callable[..., Any], slept: list[float]
) -> None:
    for error in (httpx.ConnectError("refused"), httpx.RemoteProtocolError("gone"), httpx.ReadError("reset")):
        script = Script(error, httpx.Response(200, json=FOUND))
        assert call(script, "search", "q").question == "q"
        for method, arguments in (("upload", [("a.txt", b"x")]), ("delete", [ID])):
            script = Script(error)
            with pytest.raises(ServiceError) as failed:
                call(script, method, *arguments)
            assert (len(script.requests), failed.value.kind, failed.value.status) == (1, "no-reply", None)
    slept.clear()
    script = Script(httpx.ReadTimeout("slow"))
    with pytest.raises(ServiceError, match="ReadTimeout"):
        call(script, "ask", "q")
    assert (len(script.requests), slept) == (1, [])


def test_a_service_that_is_not_there_is_told_of(slept: list[float]) -> None:
    with Client(f"http://127.0.0.1:{free_port()}") as client, pytest.raises(ServiceError, match="see whether it runs"):
        client.models()
    assert slept == [0.25, 0.5]


def test_events_are_whole_however_bytes_are_cut(call: Callable[..., Any]) -> None:
    words = "line\u2028separator, \u0085next, қазақ 中文"
    statement = {"text": words, "citations": [1], "support": "supported", "score": 1}
    parts = [
        b": ping\r\n\r\n", sent("hits", {"hits": []}, "\r\n"), sent("token", {"text": words}),
        sent("later", {"x": 1}), sent("statement", statement, "\r"), sent("answer", plain_answer(id=3), "\r\n"),
    ]  # fmt: skip
    whole = b"".join(parts)
    for size in (1, 2, 7, len(whole)):
        reply, body = streamed(*(whole[n : n + size] for n in range(0, len(whole), size)))
        events = call(Script(reply), "stream", "q")
        assert [event.kind for event in events] == ["hits", "token", "statement", "answer"], size
        assert events[1] == Token(words)
        assert events[2].statement.text == words
        assert events[3].answer.id == 3
        assert body.closed


def test_an_event_of_several_lines_is_one() -> None:
    assert list(Lines().feed(b"data: a\ndata:b\n\ndata: c\n")) == [("message", b"a\nb")]


@pytest.mark.parametrize(
    ("pieces", "kind", "told"),
    [
        ([problem(504, "timeout", "no answer within 1 seconds").content], "timeout", "no answer within 1"),
        ([], "unreadable", "ended before the answer"),
        ([httpx.ReadError("reset")], "no-reply", "reset"),
        ([sent("statement", {"text": "x"})], "unreadable", "none of Dalil's"),
        ([b"event: answer\ndata: {\xff}\n\n"], "unreadable", "none of Dalil's"),
    ],
)
def test_a_stream_that_fails_on_the_way_is_an_error(
    call: Callable[..., Any], slept: list[float], pieces: list[Any], kind: str, told: str
) -> None:
    pieces = [b"event: error\ndata: " + p + b"\n\n" if kind == "timeout" else p for p in pieces]
    reply, body = streamed(sent("hits", {"hits": []}), *pieces)
    script = Script(reply)
    with pytest.raises(ServiceError, match=told) as failed:
        call(script, "stream", "q")
    assert (failed.value.kind, len(script.requests), body.closed) == (kind, 1, True)


def test_a_busy_service_is_asked_for_a_stream_again(call: Callable[..., Any], slept: list[float]) -> None:
    reply, _ = streamed(sent("answer", plain_answer()))
    script = Script(problem(503, "busy", retry_after="1"), reply)
    assert [event.kind for event in call(script, "stream", "q")] == ["answer"]
    assert json.loads(script.requests[1].content)["stream"] is True
    assert slept == [1.0]


def test_closing_a_stream_closes_its_connection() -> None:
    reply, body = streamed(sent("hits", {"hits": []}), sent("answer", plain_answer()))
    with Client("http://dalil.test", transport=httpx.MockTransport(Script(reply))) as client:
        events = client.stream("q")
        assert next(events).kind == "hits"
        assert not body.closed
        events.close()
        assert body.closed

    async def run() -> None:
        reply, body = streamed(sent("hits", {"hits": []}), sent("answer", plain_answer()))
        async with AsyncClient("http://dalil.test", transport=httpx.MockTransport(Script(reply))) as client:
            async with aclosing(client.stream("q")) as events:
                async for _ in events:
                    break
                assert not body.closed
            assert body.closed

    asyncio.run(run())


@pytest.mark.parametrize(
    ("reply", "status", "kind"),
    [
        (httpx.Response(307, headers={"location": "http://elsewhere.test/v1/search"}), 307, "redirect"),
        (httpx.Response(502, html="<h1>Bad gateway</h1>"), 502, "http"),
        (httpx.Response(404, json={"detail": "Not Found"}), 404, "http"),
        (httpx.Response(200, html="<h1>Welcome</h1>"), 200, "unreadable"),
        (httpx.Response(200, json={"hits": "many"}), 200, "unreadable"),
    ],
)
@pytest.mark.parametrize("method", ["search", "stream"])
def test_what_is_none_of_dalils_is_an_error(
    call: Callable[..., Any], reply: httpx.Response, status: int, kind: str, method: str
) -> None:
    script = Script(reply)
    with pytest.raises(ServiceError) as failed:
        call(script, method, "q")
    assert (failed.value.status, failed.value.kind, len(script.requests)) == (status, kind, 1)


def test_a_job_is_waited_for_but_not_for_ever(call: Callable[..., Any], slept: list[float]) -> None:
    states = [{**JOB, "status": status} for status in ("waiting", "interrupted", "running", "failed")]
    script = Script(*(httpx.Response(200, json=state) for state in states))
    seen: list[str] = []
    job = call(script, "wait", JOB["id"], on_progress=lambda now: seen.append(now.status))
    assert (job.status, seen) == ("failed", [state["status"] for state in states])
    assert slept == sorted(slept)
    assert len(slept) == 3
    with pytest.raises(TimeoutError, match="running"):
        call(Script(httpx.Response(200, json=JOB)), "wait", Job.model_validate(JOB), timeout=0)


def test_the_key_is_never_shown(call: Callable[..., Any]) -> None:
    retriever = HttpRetriever(client=Client("http://dalil.test", key=KEY))
    for shown in (retriever.client, AsyncClient("http://dalil.test", key=KEY), retriever):
        assert KEY not in repr(shown) + str(shown)
        assert "dalil.test" in repr(shown)
    for reply in (problem(401, f"x{KEY}", f"bad key {KEY}"), httpx.ReadTimeout(f"Illegal header {KEY}")):
        with pytest.raises(ServiceError) as failed:
            call(Script(reply), "collection")
        error = failed.value
        assert KEY not in f"{error} {error!r} {error.__dict__}"
    for wrong in (f"{KEY}\r\nX: 1", f"{KEY}ключ", f"{KEY} {KEY}"):
        with pytest.raises(ValueError) as refused:
            Client("http://dalil.test", key=wrong)
        assert KEY not in f"{refused.value!r} {refused.value.__cause__!r}"
    for address in (
        KEY,
        f"http://{KEY}@dalil.test",
        f"http://u:{KEY}@dalil.test",
        f"ftp://dalil.test/{KEY}",
        "http://",
    ):
        with pytest.raises(ValueError, match="base_url") as refused:
            Client(address)
        assert KEY not in f"{refused.value!r} {refused.value.__cause__!r}"


@pytest.mark.parametrize("wrong", ["", "..", "0123", f"{ID}\n", f"{ID}/../../keys", "?text=1"])
def test_no_id_leads_to_another_path(call: Callable[..., Any], wrong: str) -> None:
    script = Script(httpx.Response(200, json=FOUND))
    for method, arguments in (("delete", [wrong]), ("document", [wrong]), ("span", [wrong, 0, 1]), ("job", [wrong])):
        with pytest.raises(ValueError, match="take it from"):
            call(script, method, *arguments)
    with pytest.raises(ValueError, match="no file"):
        call(script, "upload")
    assert script.requests == []


def test_a_retry_after_is_seconds_or_a_date() -> None:
    assert [seconds(text) for text in ("2", "0.5", "-1", "nan", "inf", "soon", "", None)] == [2, 0.5, *[None] * 6]
    assert seconds("Wed, 21 Oct 2015 07:28:00 GMT") == 0
    assert (seconds("Wed, 21 Oct 2115 07:28:00 GMT") or 0) > 1e9


def test_an_error_survives_a_process() -> None:
    error = ServiceError("no", status=503, kind="busy", request_id="r", retry_after=2)
    again = pickle.loads(pickle.dumps(error))
    assert again.__dict__ == error.__dict__
    assert str(again) == "no (busy, request r)"


def test_a_saved_answer_is_sent_whole(call: Callable[..., Any]) -> None:
    script = Script(httpx.Response(200, json={"ok": True, "citations": 0, "problems": []}))
    answer = plain_answer(question="中文 қ", later="kept in mappings")
    call(script, "verify", answer)
    assert json.loads(script.requests[0].content) == {"answer": answer}
    call(script, "verify", Answer.model_validate(answer))
    assert json.loads(script.requests[1].content)["answer"]["question"] == "中文 қ"


def test_the_client_needs_nothing_heavy() -> None:
    code = """
import sys
import rag.client
heavy = {"torch", "faiss", "fastapi", "starlette", "langchain", "langchain_core", "numpy", "transformers"}
ours = {"rag.http", "rag.assistant", "rag.errors", "corpus", "embeddings"}
print(sorted((heavy | ours) & sys.modules.keys()))
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
