"""What becomes of a model's failures: tried again where that helps, told in a sentence, and without keys."""

import asyncio
import logging
import traceback
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx
import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import Field

import rag.models.guarded
from rag.errors import DalilError, ModelFailed
from rag.models.guarded import GuardedModel, reason_of, without_keys

KEY = "a1b2-very-secret-3c4d"
WORDS = ["The ", "lake ", "shrank."]


class StatusError(Exception):
    def __init__(self, status_code: int, message: str = "no luck") -> None:
        super().__init__(message)
        self.status_code = status_code


class APIConnectionError(Exception):
    pass


class Failing(BaseChatModel):
    """Raises ``failures`` one after the other, each after ``after`` words; then says all words."""

    failures: list[Exception] = Field(default_factory=list)
    after: int = 0
    attempts: int = 0
    is_closed: bool = False

    @property
    def _llm_type(self) -> str:
        return "failing"

    def _pieces(self) -> Iterator[ChatGenerationChunk]:
        self.attempts += 1
        failure = self.failures.pop(0) if self.failures else None
        yield ChatGenerationChunk(message=AIMessageChunk(""))
        for number, word in enumerate(WORDS):
            if failure and number >= self.after:
                raise failure
            yield ChatGenerationChunk(message=AIMessageChunk(word))

    def _generate(self, *_: Any, **__: Any) -> ChatResult:
        text = "".join(str(piece.text) for piece in self._pieces())
        return ChatResult(generations=[ChatGeneration(message=AIMessage(text))])

    async def _agenerate(self, *_: Any, **__: Any) -> ChatResult:
        return self._generate()

    def _stream(self, *_: Any, **__: Any) -> Iterator[ChatGenerationChunk]:
        try:
            yield from self._pieces()
        finally:
            self.is_closed = True

    async def _astream(self, *_: Any, **__: Any) -> AsyncIterator[ChatGenerationChunk]:
        try:
            for piece in self._pieces():
                yield piece
        finally:
            self.is_closed = True


class Recording(BaseCallbackHandler):
    """Keeps the words of everything it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.errors: list[BaseException] = []

    def __getattribute__(self, name: str) -> Any:
        if not name.startswith("on_"):
            return super().__getattribute__(name)

        def note(*args: Any, **kwargs: Any) -> None:
            self.told.append(f"{name} {args!r} {kwargs!r}")
            self.errors += [arg for arg in args if isinstance(arg, BaseException)]

        return note


def invoked(model: BaseChatModel) -> str:
    return str(model.invoke("?").text)


def ainvoked(model: BaseChatModel) -> str:
    return str(asyncio.run(model.ainvoke("?")).text)


def streamed(model: BaseChatModel) -> str:
    return "".join(str(chunk.text) for chunk in model.stream("?"))


def astreamed(model: BaseChatModel) -> str:
    async def all_of_it() -> str:
        return "".join([str(chunk.text) async for chunk in model.astream("?")])

    return asyncio.run(all_of_it())


Asked = Callable[[BaseChatModel], str]
ways = pytest.mark.parametrize("asked", [invoked, ainvoked, streamed, astreamed])


def guarded(inner: BaseChatModel, retries: int = 2) -> GuardedModel:
    return GuardedModel(inner=inner, name_shown="test:model", advice="check the test", retries=retries)


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rag.models.guarded, "_FIRST_WAIT", 0.001)


@ways
def test_what_the_model_says_comes_through(asked: Asked) -> None:
    inner = Failing()
    assert asked(guarded(inner)) == "The lake shrank."
    assert inner.attempts == 1


PASSING = [
    ConnectionResetError("reset"),
    TimeoutError("slow"),
    APIConnectionError("no route"),
    httpx.ConnectError("refused"),
    *(StatusError(status) for status in (408, 409, 429, 500, 502, 503, 504, 529)),
]
LASTING = [ValueError("odd"), *(StatusError(status) for status in (400, 401, 403, 404, 413, 422))]


@ways
@pytest.mark.parametrize("failure", PASSING, ids=repr)
def test_a_passing_failure_is_tried_again(asked: Asked, failure: Exception) -> None:
    inner = Failing(failures=[failure, failure])
    assert asked(guarded(inner)) == "The lake shrank."
    assert inner.attempts == 3


@ways
@pytest.mark.parametrize("failure", LASTING, ids=repr)
def test_a_lasting_failure_is_not(asked: Asked, failure: Exception) -> None:
    inner = Failing(failures=[failure])
    with pytest.raises(ModelFailed, match=r"^test:model did not answer \(.+\); check the test$"):
        asked(guarded(inner))
    assert inner.attempts == 1


@ways
@pytest.mark.parametrize("retries", [0, 1, 3])
def test_attempts_are_counted(asked: Asked, retries: int) -> None:
    inner = Failing(failures=[StatusError(503)] * 9)
    with pytest.raises(ModelFailed, match="StatusError: no luck"):
        asked(guarded(inner, retries))
    assert inner.attempts == 1 + retries


@pytest.mark.parametrize("asked", [streamed, astreamed])
def test_after_the_first_word_nothing_is_tried_again(asked: Asked) -> None:
    inner = Failing(failures=[StatusError(503)], after=1)
    with pytest.raises(ModelFailed):
        asked(guarded(inner))
    assert inner.attempts == 1


def test_the_words_before_a_failure_are_given_once() -> None:
    inner = Failing(failures=[StatusError(503), StatusError(503)], after=2)
    said: list[str] = []
    with pytest.raises(ModelFailed):
        said.extend(str(chunk.text) for chunk in guarded(inner).stream("?"))
    assert "".join(said) == "The lake "


def test_an_attempt_that_is_made_again_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    invoked(guarded(Failing(failures=[StatusError(503, "full")])))
    assert [record.getMessage() for record in caplog.records if record.name == "rag.models.guarded"] == [
        "test:model did not answer (StatusError: full); trying again in 0.0 s"
    ]


def test_waits_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(rag.models.guarded, "_FIRST_WAIT", 0.5)
    monkeypatch.setattr(rag.models.guarded.time, "sleep", slept.append)
    with pytest.raises(ModelFailed):
        invoked(guarded(Failing(failures=[StatusError(503)] * 9), retries=3))
    assert slept == [0.5, 1.0, 2.0]


def test_closing_the_stream_ends_the_models_work() -> None:
    inner = Failing()
    stream = guarded(inner).stream("?")
    next(stream)
    assert not inner.is_closed
    stream.close()  # type: ignore[attr-defined]
    assert inner.is_closed


def test_closing_the_asynchronous_stream_ends_the_models_work() -> None:
    inner = Failing()

    async def close_early() -> bool:
        stream = guarded(inner).astream("?")
        await anext(stream)
        await stream.aclose()  # type: ignore[attr-defined]
        async with asyncio.timeout(10):
            while not inner.is_closed:
                await asyncio.sleep(0.001)
        return inner.is_closed

    assert asyncio.run(close_early())


@ways
@pytest.mark.parametrize("retries", [0, 2])
def test_keys_of_the_environment_are_in_no_error_log_or_trace(
    asked: Asked, retries: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("SOME_API_KEY", KEY)
    caplog.set_level(logging.DEBUG)
    recording = Recording()
    inner = Failing(failures=[StatusError(503, f"bad key {KEY}") for _ in range(9)])
    model = guarded(inner, retries)
    model.callbacks = [recording]
    with pytest.raises(ModelFailed) as caught:
        asked(model)
    assert "bad key …" in str(caught.value)
    error = caught.value
    assert error.__cause__ is None
    assert error.__context__ is None
    assert KEY not in "".join(traceback.format_exception(error))
    assert recording.errors == [error]
    assert len(recording.told) >= 2
    assert KEY not in "".join(recording.told)
    assert KEY not in caplog.text


def test_a_failure_is_one_of_ours_and_one_line() -> None:
    with pytest.raises(DalilError) as caught:
        invoked(guarded(Failing(failures=[ValueError("one\ntwo\n\n" + "three " * 500)])))
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500


def test_neither_the_models_repr_nor_what_is_traced_of_it_has_the_inner_model() -> None:
    class Holding(Failing):
        held: str = KEY

    model = guarded(Holding())
    recording = Recording()
    model.callbacks = [recording]
    assert "lake" in invoked(model)
    assert KEY not in repr(model)
    assert KEY not in model.model_dump_json(exclude={"callbacks"})
    assert KEY not in "".join(recording.told)
    assert any("test:model" in told for told in recording.told)


@pytest.mark.parametrize(
    "name",
    ["OPENAI_API_KEY", "DALIL_LLM_KEY", "GITHUB_TOKEN", "CLIENT_SECRET", "DB_PASSWORD", "SOMEAPIKEY", "API_KEY_2"],
)
def test_values_of_variables_that_hold_keys_are_taken_out(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, KEY)
    assert without_keys(f"<{KEY}>") == "<…>"
    assert reason_of(ValueError(f"key={KEY}.")) == "ValueError: key=…."


def test_other_and_very_short_values_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHELL_NAME", "lakeside")
    monkeypatch.setenv("TINY_TOKEN", "lake")
    monkeypatch.setenv("EMPTY_TOKEN", "")
    assert without_keys("lakeside") == "lakeside"


def test_a_key_that_holds_another_goes_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_TOKEN", "abcdef")
    monkeypatch.setenv("B_TOKEN", "abcdefghi")
    assert without_keys("x abcdefghi y") == "x … y"


@pytest.mark.parametrize(
    "text",
    [
        "sk-proj-0123456789ab",
        "hf_0123456789abcdef",
        "gsk_0123456789",
        "Bearer 0123abc",
        "http://me:word@host/v1",
        "sk-01234***89",
    ],
)
def test_what_is_shaped_like_a_key_goes(text: str) -> None:
    assert "0123" not in without_keys(f"it said {text}, so")
    assert "word" not in without_keys(f"it said {text}, so")


@pytest.mark.parametrize("place", range(270, 310))
def test_a_key_across_the_place_where_reasons_end_is_not_shown_in_part(
    place: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_API_KEY", KEY)
    told = reason_of(ValueError(f"{'x' * place}{KEY}{'y' * 300}"))
    assert KEY[:4] not in told


def test_an_error_without_words_has_a_reason() -> None:
    assert reason_of(ValueError()) == "ValueError: no reason given"
