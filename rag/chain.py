"""The question-answering chain as a LangChain Runnable: prepare → retrieve → write → verify.

Being a Runnable it streams, batches, runs async and reports to callbacks and tracers. The input is a question
or ``{"question": …, "id": …, "k": …, "filters": …}``; the output is an `Answer`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from langchain_core.runnables import Runnable, RunnableLambda

from corpus.language import detect_language
from rag.errors import WrongUse
from rag.evidence import confidence
from rag.extractive import choose_sentences
from rag.filters import Filters
from rag.retrieval import SearchEngine
from rag.settings import Settings
from rag.types import Answer, Citation, Hit, Statement
from rag.verification import file_problem

logger = logging.getLogger(__name__)

ChainInput = str | dict[str, Any]

# Hits that an answer is chosen from and its confidence judged by.
CONSIDERED = 20


@dataclass(frozen=True, slots=True)
class State:
    """What the steps hand on; ``began`` is a `time.perf_counter` reading."""

    question: str
    language: str
    id: str | int | None
    k: int
    began: float
    filters: Filters | None = None
    hits: tuple[Hit, ...] = ()
    confidence: float = 0.0
    statements: tuple[Statement, ...] = ()
    citations: tuple[Citation, ...] = ()
    timings_ms: dict[str, float] = field(default_factory=dict)

    def timed(self, step: str, since: float) -> dict[str, float]:
        return {**self.timings_ms, step: 1000 * (time.perf_counter() - since)}


@dataclass(frozen=True, slots=True)
class Chain:
    """The chain in two halves, so that evidence can be shown before the answer is written, and whole."""

    evidence: Runnable[ChainInput, State]
    answer: Runnable[State, Answer]
    whole: Runnable[ChainInput, Answer]


def build_chain(engine: SearchEngine, settings: Settings) -> Chain:
    """The chain over one search engine; `WrongUse` where the settings ask for what is not there."""
    if settings.llm != "extractive":
        raise WrongUse(
            f"answers written by a model ({settings.llm}) are not part of this version; leave DALIL_LLM at extractive"
        )

    def prepare(given: ChainInput) -> State:
        values: dict[str, Any] = {"question": given} if isinstance(given, str) else given
        question = engine.checked(str(values.get("question") or ""))
        k = int(values.get("k") or settings.k)
        return State(
            question, detect_language(question), values.get("id"), k, time.perf_counter(), values.get("filters")
        )

    def retrieve(state: State) -> State:
        since = time.perf_counter()
        # Confidence and choice look at the same number of hits whatever number is to be shown.
        hits, aligned = engine.evidence(state.question, max(state.k, CONSIDERED), state.filters)
        probability = confidence(hits[:CONSIDERED], aligned=aligned)
        return replace(state, hits=tuple(hits), confidence=probability, timings_ms=state.timed("retrieve", since))

    def write(state: State) -> State:
        since = time.perf_counter()
        if state.confidence < settings.min_confidence:
            return replace(state, timings_ms=state.timed("generate", since))
        chosen = choose_sentences(state.hits[:CONSIDERED], settings.max_statements)
        citations = tuple(cite(number, hit) for number, hit in enumerate(chosen, 1))
        statements = tuple(Statement(c.quote, (c.number,), "supported", 1.0) for c in citations)
        return replace(state, statements=statements, citations=citations, timings_ms=state.timed("generate", since))

    evidence = _step(prepare) | _step(retrieve)
    answer = _step(write) | _step(_verify)
    return Chain(evidence, answer, (evidence | answer).with_config(run_name="dalil"))


def _step(function: Callable[[Any], Any]) -> Runnable[Any, Any]:
    return RunnableLambda(function).with_config(run_name=function.__name__.strip("_"))


def _verify(state: State) -> Answer:
    """The answer, its statements marked where a cited file is no longer the one that was indexed."""
    since = time.perf_counter()
    problems = {c.number: problem for c in state.citations if (problem := file_problem(c))}
    for problem in dict.fromkeys(problems.values()):
        logger.warning("%s", problem)
    statements = tuple(
        replace(s, support="unsupported", score=0.0) if any(n in problems for n in s.citations) else s
        for s in state.statements
    )
    return _answer(replace(state, statements=statements, timings_ms=state.timed("verify", since)))


def cite(number: int, hit: Hit) -> Citation:
    """The citation of a hit; ValueError for one that no collection gave."""
    chunk, document = hit.chunk, hit.card
    if document is None:
        raise ValueError(f"hit {hit.rank} does not come from a collection")
    return Citation(
        number=number,
        document_id=chunk.document_id,
        path=hit.path,
        sha256=document.sha256,
        title=document.title,
        url=document.url,
        published=document.published,
        language=chunk.language,
        start=chunk.source_start,
        end=chunk.source_end,
        line=chunk.line,
        page=None,
        quote=chunk.text,
    )


def _answer(state: State) -> Answer:
    return Answer(
        question=state.question,
        language=state.language,
        status="answered" if state.statements else "abstained",
        confidence=state.confidence,
        mode="extractive",
        model=None,
        statements=state.statements,
        citations=state.citations,
        hits=state.hits[: state.k],
        timings_ms={**state.timings_ms, "total": 1000 * (time.perf_counter() - state.began)},
        id=state.id,
    )
