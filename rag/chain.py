"""The question-answering chain as a LangChain Runnable: prepare → understand → retrieve → write → verify → gloss.

Being a Runnable it streams, batches, runs async, can be cancelled, and reports to callbacks and tracers. The input is a
question or ``{"question": …, "history": …, "id": …, "k": …, "filters": …, "gloss": …}``; the output is an `Answer`.
While it is made, ``astream_events`` gives the custom events ``hits``, ``tokens`` and ``statement``.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any

from langchain_core.callbacks import adispatch_custom_event, dispatch_custom_event
from langchain_core.runnables import Runnable, RunnableConfig, RunnableGenerator, RunnableLambda

from rag.answering import Answering, ChainInput
from rag.composing import Numbering, statement_of
from rag.events import Event
from rag.finishing import finish
from rag.generation.gloss import aglosses, glosses, needs_gloss
from rag.generation.writing import Output
from rag.state import State
from rag.types import Answer, Citation, Gloss
from rag.understanding import Understanding


@dataclass(frozen=True, slots=True)
class Chain:
    """The chain in parts, so that evidence can be shown before the answer is written, and whole.

    ``writing`` gives events and at last the `State` that ``finishing`` makes the answer of.
    """

    evidence: Runnable[ChainInput, State]
    writing: Runnable[State, Event | State]
    finishing: Runnable[State, Answer]
    whole: Runnable[ChainInput, Answer]


def build_chain(answering: Answering) -> Chain:
    """The chain of one set of steps."""
    steps, understanding = _Steps(answering), Understanding(answering)
    evidence = _step("prepare", answering.prepare)
    evidence = evidence | _step("understand", understanding.understand, understanding.aunderstand)
    evidence = evidence | _step("retrieve", answering.retrieve)
    finishing = _step("verify", steps.verify) | _step("gloss", steps.gloss, steps.agloss)
    write = _step("write", steps.write, steps.awrite)
    whole = evidence | _step("hits", steps.hits, steps.ahits) | write | finishing
    writing: Runnable[State, Event | State] = RunnableGenerator(steps.events, steps.aevents, name="write")
    return Chain(evidence, writing, finishing, whole.with_config(run_name="dalil"))


def _step(name: str, function: Any, afunction: Any = None) -> Runnable[Any, Any]:
    return RunnableLambda(function, afunc=afunction).with_config(run_name=name)


class _Steps:
    """The steps in the forms that Runnables want."""

    def __init__(self, answering: Answering) -> None:
        self.answering = answering

    def hits(self, state: State, config: RunnableConfig) -> State:
        dispatch_custom_event("hits", _hits(state), config=config)
        return state

    async def ahits(self, state: State, config: RunnableConfig) -> State:
        await adispatch_custom_event("hits", _hits(state), config=config)
        return state

    def write(self, state: State, config: RunnableConfig) -> State:
        for event in self.events(iter([state]), config):
            if isinstance(event, State):
                return event
            dispatch_custom_event(event.kind, event.data, config=config)
        raise AssertionError("the state comes last")

    async def awrite(self, state: State, config: RunnableConfig) -> State:
        # Closed at once when the task is cancelled, for the model works until then.
        async with aclosing(self.aevents(_one(state), config)) as events:
            async for event in events:
                if isinstance(event, State):
                    return event
                await adispatch_custom_event(event.kind, event.data, config=config)
        raise AssertionError("the state comes last")

    def events(self, states: Iterator[State], config: Any = None) -> Iterator[Event | State]:
        for state in states:
            numbering = Numbering()
            for output in self.answering.written(state, config):
                yield _event(output, numbering)

    async def aevents(self, states: AsyncIterator[State], config: Any = None) -> AsyncGenerator[Event | State]:
        async for state in states:
            numbering = Numbering()
            async with aclosing(self.answering.awritten(state, config)) as outputs:
                async for output in outputs:
                    yield _event(output, numbering)

    def verify(self, state: State) -> tuple[Answer, bool]:
        return finish(state, self.answering), state.gloss

    def gloss(self, finished: tuple[Answer, bool], config: RunnableConfig) -> Answer:
        answer, wanted = finished[0], _to_gloss(*finished)
        if not wanted or not self.answering.writer:
            return answer
        found = glosses(wanted, answer.language, self.answering.writer, config)
        return _with_glosses(answer, wanted, found)

    async def agloss(self, finished: tuple[Answer, bool], config: RunnableConfig) -> Answer:
        answer, wanted = finished[0], _to_gloss(*finished)
        if not wanted or not self.answering.writer:
            return answer
        found = await aglosses(wanted, answer.language, self.answering.writer, config)
        return _with_glosses(answer, wanted, found)


async def _one(state: State) -> AsyncIterator[State]:
    yield state


def _hits(state: State) -> list[Any]:
    return list(state.hits[: state.k])


def _event(output: Output | State, numbering: Numbering) -> Event | State:
    if isinstance(output, State):
        return output
    return Event("tokens", output) if isinstance(output, str) else Event("statement", statement_of(output, numbering))


def _to_gloss(answer: Answer, is_wanted: bool) -> list[Citation]:
    return [citation for citation in answer.citations if is_wanted and needs_gloss(citation, answer.language)]


def _with_glosses(answer: Answer, wanted: Sequence[Citation], found: Sequence[Gloss | None]) -> Answer:
    by_number = {citation.number: gloss for citation, gloss in zip(wanted, found, strict=True)}
    return replace(answer, citations=tuple(replace(c, gloss=by_number.get(c.number)) for c in answer.citations))
