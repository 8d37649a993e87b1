"""The steps from a question to its answer: prepare → understand → retrieve → write or quote → verify → gloss.

Each step takes a `State` and returns a new one. `build_chain` joins them into a LangChain Runnable, which can stream,
batch, run asynchronously, be cancelled, and report to callbacks and tracers. Its input is a question or
``{"question": …, "history": …, "id": …, "k": …, "filters": …, "gloss": …}``, its output an `Answer`. While the answer
is made, ``astream_events`` emits the custom events ``hits``, ``tokens`` and ``statement``.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import (
    Any,  # pydantic makes schemas of these before Python 3.12
)

from langchain_core.callbacks import adispatch_custom_event, dispatch_custom_event
from langchain_core.messages import BaseMessage
from langchain_core.runnables import Runnable, RunnableConfig, RunnableGenerator, RunnableLambda
from pydantic import BaseModel

from corpus.fulltext import folded, is_one_quotation
from corpus.language import UNDETERMINED, detect_language
from corpus.types import Chunk
from embeddings import Alignment
from rag.answer import Answer, Citation, Event, Gloss, Mode, Note
from rag.answering.confidence import confidence
from rag.answering.finish import finish
from rag.answering.quoting import Quoting, asks_for_another
from rag.answering.state import CONSIDERED, State
from rag.checking.meaning import Meaning
from rag.checking.written import Checker
from rag.citing import Numbering, Stated, statement_of
from rag.errors import ModelFailed, WrongUse
from rag.followup import depends, plausible_rewrite, searched, turns_of
from rag.injection.detect import Planted
from rag.models.judge import judge_of
from rag.models.writer import AUTO, Writer, writer_of
from rag.search.engine import SearchEngine
from rag.search.filters import Filters, filters_from
from rag.search.passages import Gathered
from rag.settings import Settings
from rag.smalltalk import Overview, overview_of, reply, small_talk, without_greeting
from rag.writing.gloss import aglosses, glosses, needs_gloss
from rag.writing.packing import pack, without
from rag.writing.prompts import standalone_messages
from rag.writing.write import Output, Writing, awrite, note, write


class Request(BaseModel):
    """A question to the chain; only ``question`` is needed.

    ``history`` is the conversation so far, oldest first, as `turns_of` takes it; ``filters`` limit the search, given as
    `Filters` or by their names; ``gloss`` asks for translations beside quotes; ``id`` comes back with the answer.
    """

    question: str
    history: list[Any] | None = None
    k: int | None = None
    filters: Filters | dict[str, Any] | None = None
    gloss: bool = False
    id: str | int | None = None


ChainInput = str | Request | Mapping[str, Any]


class Answering:
    """The steps over one search engine. Safe to share between threads."""

    def __init__(self, engine: SearchEngine, settings: Settings, like: Answering | None = None) -> None:
        self.engine = engine
        self.settings = settings
        # Keep the model if only the confidence differs: finding one again may mean asking servers for it.
        same = like and like.settings == settings.model_copy(update={"min_confidence": like.settings.min_confidence})
        self.writer: Writer | None = like.writer if like and same else writer_of(settings)
        self.judge = judge_of(settings, self.writer)
        self.planted = Planted(engine.chunks_of)
        self.quoting = Quoting(engine, self.planted)
        self._meanings: dict[str, Meaning] = {}
        self._lock = threading.Lock()

    def prepare(self, given: ChainInput) -> State:
        """Turn the input into a state; raise `WrongUse` with the reason if it cannot be used."""
        values: dict[str, Any] = {"question": given} if isinstance(given, str) else dict(given)
        text = " ".join(str(values.get("question") or "").split())
        language = detect_language(text)
        # Before the question is checked, because the check demands letters: a waving hand is a greeting.
        said = small_talk(text, language)
        question = text if said else self.engine.checked(text)
        if values.get("gloss") and not self.writer:
            raise WrongUse("translations beside quotes need a model that writes; name one with --llm or DALIL_LLM")
        asked = without_greeting(question)
        filters: Filters | Mapping[str, object] | None = values.get("filters")
        return State(
            question=question,
            language=said.language if said else language,
            said=said,
            searched=asked if asked != question else None,
            id=values.get("id"),
            k=int(values.get("k") or self.settings.k),
            began=time.perf_counter(),
            filters=filters_from(filters) if isinstance(filters, Mapping) else filters,
            turns=turns_of(values.get("history") or ()),
            gloss=bool(values.get("gloss")),
        )

    def retrieve(self, state: State) -> State:
        """Find the evidence and how likely it is to answer the question; small talk gets its reply as a note."""
        since = time.perf_counter()
        if state.said:
            told = reply(state.said.kind, state.said.language, self._overview())
            return replace(state, notes=(*state.notes, Note("about", told)))
        question = state.searched or state.question
        # Confidence and choice look at the same number of hits whatever number is to be shown.
        # For a question that leans on another, both are searched, but the reader reads the hits for this one alone.
        asked = state.question if state.turns and state.standalone is None else question
        gathered = self.engine.gather(question, max(state.k, CONSIDERED), CONSIDERED, state.filters, asked)
        found = replace(
            state, gathered=gathered, planted=self.planted.among(_chunks(gathered)), told=_told(state, gathered)
        )
        if found.planted:
            found = replace(found, notes=(*state.notes, note("planted", len(found.planted))))
        probability = confidence(question, found.honest, aligned=gathered.aligned)
        if is_one_quotation(question) and found.honest:
            probability = 1.0  # the words that were asked for have been found
        timings = state.timed("retrieve", since)
        timings.update(retrieve=timings["retrieve"] - gathered.reading_ms, read=gathered.reading_ms)
        return replace(found, confidence=probability, timings_ms=timings)

    def _overview(self) -> Overview:
        """Return what the catalogue tells about the collection as a whole."""
        with self.engine.view() as store:
            return overview_of(store)

    def written(self, state: State, config: RunnableConfig) -> Iterator[Output | State]:
        """Yield pieces of text and statements as they are made, and at last the state with all of them.

        Without a model, or where one that was found automatically fails, the evidence is quoted; the failure of a
        model that was named is raised (`ModelFailed`).
        """
        since = time.perf_counter()
        writing = self._writing(state)
        if writing and self.writer:
            try:
                yield from write(writing, self.writer, self.settings.llm_timeout, config)
            except ModelFailed as error:
                self.fall_back(error)
                state = replace(state, notes=(*state.notes, note("fallback")))
            else:
                yield self._wrote(state, writing, since)
                return
        yield from self._quoted(state, since)

    async def awritten(self, state: State, config: RunnableConfig) -> AsyncGenerator[Output | State]:
        """Do the same as `written`, asynchronously."""
        since = time.perf_counter()
        writing = await asyncio.to_thread(self._writing, state)
        if writing and self.writer:
            try:
                async with aclosing(awrite(writing, self.writer, self.settings.llm_timeout, config)) as outputs:
                    async for output in outputs:
                        yield output
            except ModelFailed as error:
                self.fall_back(error)
                state = replace(state, notes=(*state.notes, note("fallback")))
            else:
                yield self._wrote(state, writing, since)
                return
        for last in self._quoted(state, since):
            yield last

    def _writing(self, state: State) -> Writing | None:
        """Return what a model needs to write; None where nothing is to be written."""
        if not self.writer or not state.gathered or state.confidence < self.settings.min_confidence:
            return None
        packed = pack(
            without(state.gathered.passages, state.planted), self.settings.context_tokens, self.writer.count_tokens
        )
        if not packed:
            return None
        language = "en" if state.language == UNDETERMINED else state.language
        return Writing(
            question=state.searched or state.question,
            language=language,
            packed=packed,
            checker=Checker([s for p in packed for s in p.sentences], self.meaning(), self.judge),
            limit=self.settings.max_sentences,
            drop_unsupported=self.settings.unsupported == "drop",
        )

    def _wrote(self, state: State, writing: Writing, since: float) -> State:
        """Return the state after a model has written; an answer of which no source carries anything is dropped."""
        notes = [*state.notes, *writing.notes()]
        carried = any(stated.verdict.support != "unsupported" for stated in writing.statements)
        if writing.statements and not carried:
            notes.append(note("nothing_supported"))
        return replace(
            state,
            mode="generative",
            packed=tuple(writing.packed),
            checker=writing.checker,
            statements=tuple(writing.statements) if carried else (),
            notes=tuple(notes),
            timings_ms=state.timed("generate", since),
        )

    def _quoted(self, state: State, since: float) -> Iterator[Output | State]:
        """Yield the sentences that answer, each as text and as a statement that quotes it, and at last the state."""
        statements: list[Stated] = []
        if state.gathered and state.confidence >= self.settings.min_confidence:
            statements = list(self.quoting.statements(state.honest, state.gathered, self.settings.max_statements))
        for stated in statements:
            yield stated.claim.text
            yield stated
        has_fallen_back = any(told.code == "fallback" for told in state.notes)
        mode: Mode = "generative" if self.writer and not has_fallen_back else "extractive"
        yield replace(state, statements=tuple(statements), mode=mode, timings_ms=state.timed("generate", since))

    def fall_back(self, error: ModelFailed) -> None:
        """Go on without the model if it was found automatically; raise ``error`` if the user named the model."""
        if self.settings.llm != AUTO:
            raise error

    def meaning(self) -> Meaning:
        """Return the object that compares meanings with the embedding model, aligned as the collection is."""
        alignment: Alignment | None = self.engine.pool().alignment
        digest = alignment.digest if alignment else ""
        with self._lock:
            if digest not in self._meanings:
                self._meanings[digest] = Meaning(self.engine.encoder, alignment)
            return self._meanings[digest]


def _told(state: State, gathered: Gathered) -> frozenset[int]:
    """Return the ids of the sentences found that the last answer quoted, if the question asks for another one."""
    if not state.turns or not asks_for_another(state.question, state.language):
        return frozenset()
    before = folded(state.turns[-1].answer)
    return frozenset(chunk.id for chunk in _chunks(gathered) if folded(chunk.text) in before)


def _chunks(gathered: Gathered) -> list[Chunk]:
    """Return the chunk of every sentence that was found."""
    return [sentence.chunk for passage in gathered.passages for sentence in passage.sentences]


class Understanding:
    """The step that makes a question stand alone: the model rewrites it, or the question it leans on is added."""

    def __init__(self, answering: Answering) -> None:
        self._answering = answering

    def understand(self, state: State, config: RunnableConfig) -> State:
        """Return the state with the question as it is to be searched."""
        if state.said or not depends(_asked(state), state.turns):
            return state
        since, rewrite, writer = time.perf_counter(), None, self._answering.writer
        if writer:
            try:
                answer = writer.model.invoke(self._messages(state, writer), config)
                rewrite = str(answer.text)
            except ModelFailed as error:
                self._answering.fall_back(error)
        return self._understood(state, rewrite, since)

    async def aunderstand(self, state: State, config: RunnableConfig) -> State:
        """Do the same as `understand`, asynchronously."""
        if state.said or not depends(_asked(state), state.turns):
            return state
        since, rewrite, writer = time.perf_counter(), None, self._answering.writer
        if writer:
            try:
                answer = await writer.model.ainvoke(self._messages(state, writer), config)
                rewrite = str(answer.text)
            except ModelFailed as error:
                self._answering.fall_back(error)
        return self._understood(state, rewrite, since)

    def _messages(self, state: State, writer: Writer) -> list[BaseMessage]:
        budget, count = self._answering.settings.history_tokens, writer.count_tokens
        return standalone_messages(_asked(state), state.language, state.turns, budget, count)

    def _understood(self, state: State, rewrite: str | None, since: float) -> State:
        alone = plausible_rewrite(_asked(state), state.turns, rewrite) if rewrite else None
        engine = self._answering.engine
        whole = engine.checked((alone or searched(_asked(state), state.turns))[: self._answering.settings.max_question])
        notes = state.notes if alone else (*state.notes, note("standalone"))
        timings = state.timed("understand", since)
        return replace(state, standalone=alone, searched=whole, notes=notes, timings_ms=timings)


def _asked(state: State) -> str:
    """Return the question without a greeting."""
    return state.searched or state.question


@dataclass(frozen=True, slots=True)
class Chain:
    """The chain in parts, so that evidence can be shown before the answer is written, and whole.

    ``writing`` yields events and at last the `State` from which ``finishing`` makes the answer.
    """

    evidence: Runnable[ChainInput, State]
    writing: Runnable[State, Event | State]
    finishing: Runnable[State, Answer]
    whole: Runnable[ChainInput, Answer]


def build_chain(answering: Answering) -> Chain:
    """Build the chain from the steps of ``answering``."""
    steps, understanding = _Steps(answering), Understanding(answering)
    evidence = _step("prepare", answering.prepare)
    evidence = evidence | _step("understand", understanding.understand, understanding.aunderstand)
    evidence = evidence | _step("retrieve", answering.retrieve)
    finishing = _step("verify", steps.verify) | _step("gloss", steps.gloss, steps.agloss)
    write = _step("write", steps.write, steps.awrite)
    whole = evidence | _step("hits", steps.hits, steps.ahits) | write | finishing
    writing: Runnable[State, Event | State] = RunnableGenerator(steps.events, steps.aevents, name="write")
    typed = whole.with_config(run_name="dalil").with_types(input_type=Request, output_type=Answer)
    return Chain(evidence, writing, finishing, typed)


def _step(name: str, function: Any, afunction: Any = None) -> Runnable[Any, Any]:
    return RunnableLambda(function, afunc=afunction).with_config(run_name=name)


class _Steps:
    """The steps in the forms that Runnables expect."""

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
        # Closed as soon as the task is cancelled, because the model works until then.
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
