"""What the steps of the chain do: find evidence, write from it, check what is written.

`rag.chain` makes Runnables of them. Each step takes a `State` and gives a new one.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from langchain_core.runnables import RunnableConfig

from corpus.fulltext import folded, is_one_quotation
from corpus.language import UNDETERMINED, detect_language
from corpus.types import Chunk
from embeddings import Alignment
from rag.checks import Note
from rag.composing import Stated
from rag.errors import WrongUse
from rag.evidence import confidence
from rag.generation.guarded import ModelFailed
from rag.generation.judging import judge_of
from rag.generation.models import AUTO, Writer, writer_of
from rag.generation.notes import note
from rag.generation.packing import pack, without
from rag.generation.planted import Planted
from rag.generation.turns import turns_of
from rag.generation.writing import Output, Writing, awrite, write
from rag.passages import Gathered
from rag.quotations import Quoting
from rag.quoting import asks_for_another
from rag.retrieval import SearchEngine
from rag.settings import Settings
from rag.smalltalk import reply, small_talk, without_greeting
from rag.state import CONSIDERED, State
from rag.types import Mode
from rag.verification.meaning import Meaning
from rag.verification.written import Checker

ChainInput = str | Mapping[str, Any]


class Answering:
    """The steps over one search engine. Safe to share between threads."""

    def __init__(self, engine: SearchEngine, settings: Settings, like: Answering | None = None) -> None:
        self.engine = engine
        self.settings = settings
        # The same model where only the confidence is another: to find one anew may mean to ask servers for it.
        same = like and like.settings == settings.model_copy(update={"min_confidence": like.settings.min_confidence})
        self.writer: Writer | None = like.writer if like and same else writer_of(settings)
        self.judge = judge_of(settings, self.writer)
        self.planted = Planted(engine.chunks_of)
        self.quoting = Quoting(engine, self.planted)
        self._meanings: dict[str, Meaning] = {}
        self._lock = threading.Lock()

    def prepare(self, given: ChainInput) -> State:
        """The input as a state; `WrongUse` says what is wrong with it."""
        values: Mapping[str, Any] = {"question": given} if isinstance(given, str) else given
        text = " ".join(str(values.get("question") or "").split())
        language = detect_language(text)
        # Before the question is checked, which wants letters: a waving hand is a greeting.
        said = small_talk(text, language)
        question = text if said else self.engine.checked(text)
        if values.get("gloss") and not self.writer:
            raise WrongUse("translations beside quotes need a model that writes; name one with --llm or DALIL_LLM")
        asked = without_greeting(question)
        return State(
            question=question,
            language=said.language if said else language,
            said=said,
            searched=asked if asked != question else None,
            id=values.get("id"),
            k=int(values.get("k") or self.settings.k),
            began=time.perf_counter(),
            filters=values.get("filters"),
            turns=turns_of(values.get("history") or ()),
            gloss=bool(values.get("gloss")),
        )

    def retrieve(self, state: State) -> State:
        """The evidence, and how likely it is to answer the question."""
        since = time.perf_counter()
        if state.said:
            told = reply(state.said.kind, state.said.language, self.engine.overview())
            return replace(state, notes=(*state.notes, Note("about", told)))
        question = state.searched or state.question
        # Confidence and choice look at the same number of hits whatever number is to be shown.
        # Of a question that leans on another both are searched, and what is found is read for the question itself.
        asked = state.question if state.turns and state.standalone is None else question
        gathered = self.engine.gather(question, max(state.k, CONSIDERED), CONSIDERED, state.filters, asked)
        found = replace(
            state, gathered=gathered, planted=self.planted.among(_chunks(gathered)), told=_told(state, gathered)
        )
        if found.planted:
            found = replace(found, notes=(*state.notes, note("planted", len(found.planted))))
        probability = confidence(question, found.honest, aligned=gathered.aligned)
        if is_one_quotation(question) and found.honest:
            probability = 1.0  # the words that were asked for stand there
        timings = state.timed("retrieve", since)
        timings.update(retrieve=timings["retrieve"] - gathered.reading_ms, read=gathered.reading_ms)
        return replace(found, confidence=probability, timings_ms=timings)

    def written(self, state: State, config: RunnableConfig) -> Iterator[Output | State]:
        """Pieces of text and statements as they are made; at last the state with all of them."""
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
        """The same, asynchronously."""
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
        """What a model writes with; None where nothing is to be written."""
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
        """The state after a model has written: an answer of which nothing is carried by a source is none."""
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
        """The sentences that answer, each a statement that quotes itself."""
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
        """Go on without the model where none was asked for by name; else its failure is the user's to know."""
        if self.settings.llm != AUTO:
            raise error

    def meaning(self) -> Meaning:
        """What the embedding model knows, aligned as the collection is."""
        alignment: Alignment | None = self.engine.pool().alignment
        digest = alignment.digest if alignment else ""
        with self._lock:
            if digest not in self._meanings:
                self._meanings[digest] = Meaning(self.engine.encoder, alignment)
            return self._meanings[digest]


def _told(state: State, gathered: Gathered) -> frozenset[int]:
    """The sentences at hand that the last answer quoted, where another is asked for."""
    if not state.turns or not asks_for_another(state.question, state.language):
        return frozenset()
    before = folded(state.turns[-1].answer)
    return frozenset(chunk.id for chunk in _chunks(gathered) if folded(chunk.text) in before)


def _chunks(gathered: Gathered) -> list[Chunk]:
    """Every sentence at hand."""
    return [sentence.chunk for passage in gathered.passages for sentence in passage.sentences]
