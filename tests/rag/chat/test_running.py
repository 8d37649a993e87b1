"""An answer under way: its events, its end, and that it ends at once when it is stopped."""

from __future__ import annotations

import asyncio
import gc
import json
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast

import pytest
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk
from rag_support import open_assistant

import rag.answering.pipeline
from corpus.chunking import count_tokens
from embeddings import Encoder
from rag.answer import Answer, Event, Statement
from rag.assistant import Assistant
from rag.chat.background import RunningAnswer, unchecked
from rag.errors import WrongUse
from rag.models.guarded import GuardedModel
from rag.models.writer import Writer

BRIDGE = "When was the old bridge at Korgas opened?"
SAID = "The old bridge at Korgas was opened in May 1959. [1]"
DELAY = 30.0


class Ends:
    """What `on_end` was called with."""

    def __init__(self) -> None:
        self.calls: list[tuple[Answer | None, str | None]] = []

    def __call__(self, answer: Answer | None, error: str | None) -> None:
        self.calls.append((answer, error))


class Slow(GenericFakeChatModel):
    """Says one word, then nothing for long: while it waits (`asleep`), or holding its thread (`is_blocking`)."""

    is_blocking: bool = False
    began: Any = None
    ended: Any = None
    released: Any = None

    async def _astream(self, messages: list[BaseMessage], *_: Any, **__: Any) -> AsyncIterator[ChatGenerationChunk]:
        yield ChatGenerationChunk(message=AIMessageChunk("The "))
        try:
            self.began.set()
            if self.is_blocking:
                await asyncio.to_thread(self.released.wait, DELAY)
            else:
                await asyncio.sleep(DELAY)
            yield ChatGenerationChunk(message=AIMessageChunk("end."))
        finally:
            self.ended.set()


@contextmanager
def slow_assistant(root: Path, encoder: Encoder, *, is_blocking: bool) -> Iterator[tuple[Assistant, Slow]]:
    """An assistant whose model writes one word and then keeps everybody waiting."""
    events = {name: threading.Event() for name in ("began", "ended", "released")}
    model = Slow(messages=iter([]), is_blocking=is_blocking, **cast("dict[str, Any]", events))
    guarded = GuardedModel(inner=model, name_shown="slow:model", advice="mend the test", retries=0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rag.answering.pipeline, "writer_of", lambda _: Writer("slow:model", guarded, count_tokens))
        assistant = open_assistant(root, encoder, llm="slow:model")
    try:
        with assistant:
            yield assistant, model
    finally:
        model.released.set()


class Streams:
    """An assistant that does as its function says."""

    def __init__(self, *events: Event, error: BaseException | None = None) -> None:
        self.events, self.error = events, error

    async def astream(self, question: str, **options: object) -> AsyncIterator[Event]:
        for event in self.events:
            yield event
        if self.error:
            raise self.error


def run(assistant: object, on_end: Any, question: str = BRIDGE, **options: object) -> RunningAnswer:
    return RunningAnswer(cast("Assistant", assistant), question, on_end, **options)


def test_events_come_in_order_and_the_end_once(assistant: Assistant) -> None:
    ends = Ends()
    question = "伊犁的哈萨克人能拿回护照吗？"
    answer = run(assistant, ends, question, k=4)
    answer.join(60)
    assert answer.is_over
    kinds = [event.kind for event in answer.events]
    assert kinds[0] == "hits"
    assert kinds[-1] == "answer"
    assert set(kinds[1:-1]) == {"tokens", "statement"}
    assert len(cast("list[object]", answer.events[0].data)) == 4
    whole = answer.events[-1].data
    assert ends.calls == [(whole, None)]
    expected = assistant.ask(question, k=4)
    assert isinstance(whole, Answer)
    assert (whole.statements, whole.citations) == (expected.statements, expected.citations)
    assert (answer.error, answer.was_stopped) == (None, False)
    answer.stop()
    assert not answer.was_stopped
    assert len(ends.calls) == 1


@pytest.mark.parametrize("is_blocking", [False, True])
def test_stopping_ends_at_once_and_tells_the_model(collection: Path, encoder: Encoder, is_blocking: bool) -> None:
    with slow_assistant(collection, encoder, is_blocking=is_blocking) as (assistant, model):
        ends = Ends()
        answer = run(assistant, ends)
        assert model.began.wait(20)
        assert answer.wait(0, 5)
        assert not answer.is_over
        began = time.monotonic()
        answer.stop()
        answer.join(10)
        assert time.monotonic() - began < DELAY / 10
        assert answer.is_over
        assert ends.calls == [(None, None)]
        assert (answer.was_stopped, answer.error) == (True, None)
        assert model.ended.wait(5)


def test_stopping_before_it_has_begun_ends_it_too(collection: Path, encoder: Encoder) -> None:
    with slow_assistant(collection, encoder, is_blocking=False) as (assistant, _):
        ends = Ends()
        answer = run(assistant, ends)
        answer.stop()
        answer.join(10)
        assert ends.calls == [(None, None)]
        assert answer.was_stopped


def test_an_answer_goes_on_though_nobody_holds_it(assistant: Assistant) -> None:
    ended = threading.Event()
    run(assistant, lambda answer, error: ended.set())
    gc.collect()
    assert ended.wait(30)


def test_errors_become_sentences(assistant: Assistant) -> None:
    ends = Ends()
    for made in (run(assistant, ends, "   "), run(Streams(error=WrongUse("ask otherwise")), ends)):
        made.join(20)
        assert made.error
    unexpected = run(Streams(Event("tokens", "The"), error=ZeroDivisionError("x")), ends)
    unexpected.join(20)
    assert "ZeroDivisionError" in str(unexpected.error)
    assert [(answer, bool(error)) for answer, error in ends.calls] == [(None, True)] * 3
    assert "ask otherwise" in [error for _, error in ends.calls]
    assert len(unexpected.events) == 1
    assert not unexpected.was_stopped


def test_an_end_that_fails_is_told_and_hangs_nothing(assistant: Assistant) -> None:
    def fail(answer: Answer | None, error: str | None) -> None:
        raise OSError("disk full")

    answer = run(assistant, fail)
    answer.join(30)
    assert answer.is_over
    assert answer.error == "the answer could not be kept (disk full)"
    assert answer.wait(10_000, 5)


def test_a_slow_end_holds_up_no_other_answer(assistant: Assistant) -> None:
    release = threading.Event()
    held = run(assistant, lambda answer, error: release.wait(DELAY) and None)
    assert held.wait(1, 20)
    other = run(assistant, Ends())
    other.join(20)
    assert other.is_over
    assert not held.is_over
    release.set()
    held.join(10)
    assert held.is_over


def test_waiting_returns_with_what_is_new_or_when_the_time_is_up(collection: Path, encoder: Encoder) -> None:
    with slow_assistant(collection, encoder, is_blocking=False) as (assistant, model):
        answer = run(assistant, Ends())
        assert answer.wait(0, 20)
        assert model.began.wait(20)
        assert not answer.wait(100, 0.05)
        answer.stop()
        assert answer.wait(100, 5)


def test_many_at_once_over_one_assistant(assistant: Assistant) -> None:
    questions = ["伊犁的哈萨克人能拿回护照吗？", BRIDGE, "Келісім қашан күшіне енді?", "Когда прошли учения?"]
    made: list[tuple[str, RunningAnswer, Ends]] = []
    for question in questions * 4:
        ends = Ends()
        made.append((question, run(assistant, ends, question), ends))
    expected = {question: assistant.ask(question).statements for question in questions}
    for question, answer, ends in made:
        answer.join(60)
        (only,) = ends.calls
        assert only[0] is not None
        assert only[0].question == question
        assert only[0].statements == expected[question]


class _Speaks(BaseHTTPRequestHandler):
    """An OpenAI-compatible server that keeps its connections open, as real ones do."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for delta, finish in (({"role": "assistant", "content": SAID}, None), ({}, "stop")):
            choice = {"index": 0, "delta": delta, "finish_reason": finish}
            about = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m"}
            self._put(f"data: {json.dumps({**about, 'choices': [choice]})}\n\n")
        self._put("data: [DONE]\n\n")
        self._put("")

    def _put(self, text: str) -> None:
        self.wfile.write(b"%x\r\n%b\r\n" % (len(text.encode()), text.encode()))
        self.wfile.flush()


def test_answer_after_answer_over_one_connection(collection: Path, encoder: Encoder) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Speaks)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        llm = f"http://127.0.0.1:{server.server_port}/v1#m"
        with open_assistant(collection, encoder, llm=llm, llm_retries=0) as assistant:
            ends = Ends()
            for _ in range(3):
                answer = run(assistant, ends)
                answer.join(30)
            writer = assistant._answering.writer
            assert writer is not None
            client = cast("Any", writer.model).inner.root_async_client
            asyncio.run_coroutine_threadsafe(client.close(), answer._loop).result(5)
        assert [(answer.mode if answer else None, error) for answer, error in ends.calls] == [("generative", None)] * 3
    finally:
        server.shutdown()
        server.server_close()


def test_the_words_after_the_last_checked_sentence_are_whole() -> None:
    checked = Statement("Senbay was born in Xinjiang.", (1,), "supported", 1.0)
    pieces = ["Senbay was born ", "in Xinjiang [1]. She ", "lived ", "quietly"]
    tokens = [Event("tokens", piece) for piece in pieces]
    assert unchecked(tokens[:2]) == "Senbay was born in Xinjiang [1]. She "
    assert unchecked([*tokens[:2], Event("statement", checked)]) == "She "
    assert unchecked([*tokens[:2], Event("statement", checked), *tokens[2:]]) == "She lived quietly"
    other = Statement("Сенбай Шыңжаңда туған.", (), "partial", 0.5)  # as it stands nowhere in the words
    assert unchecked([*tokens[:2], Event("statement", other), *tokens[2:]]) == "lived quietly"
    assert unchecked([]) == ""
