"""From checked statements to the answer: citations numbered and held against their files, sources compared."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from rag.answering import Answering
from rag.checks import Agreement, CitationQuality, Conflict
from rag.composing import Numbering, Stated, statement_of
from rag.generation.packing import numbers_of_sentences
from rag.passages import Sentence
from rag.state import State
from rag.types import Answer, Citation, Statement
from rag.verification import file_problem
from rag.verification.agreement import agreeing, differing, shown
from rag.verification.alce import Cited, recall_and_precision
from rag.verification.written import Checker

logger = logging.getLogger(__name__)

# Sentences of the collection that a statement is compared with.
_NEIGHBOURS = 12


def finish(state: State, answering: Answering) -> Answer:
    """The answer, its statements marked where a cited file is no longer the one that was indexed."""
    since = time.perf_counter()
    numbering = Numbering()
    statements = [statement_of(stated, numbering) for stated in state.statements]
    statements, conflicts = _compared(state, statements, numbering, answering)
    statements = _on_file(statements, numbering.citations)
    is_written = state.mode == "generative" and answering.writer is not None
    timings = state.timed("verify", since)
    return Answer(
        question=state.question,
        language=state.language,
        status="answered" if statements else "abstained",
        confidence=state.confidence,
        mode=state.mode,
        model=answering.writer.name if is_written and answering.writer else None,
        statements=tuple(statements),
        citations=numbering.citations,
        hits=state.hits[: state.k],
        timings_ms={**timings, "total": 1000 * (time.perf_counter() - state.began)},
        id=state.id,
        standalone=state.standalone,
        conflicts=tuple(conflicts),
        notes=state.notes,
        citation_quality=_quality(state),
    )


def _compared(
    state: State, statements: Sequence[Statement], numbering: Numbering, answering: Answering
) -> tuple[list[Statement], list[Conflict]]:
    """The statements with the sources that agree, and the conflicts among sources."""
    carried = [n for n, stated in enumerate(state.statements) if stated.verdict.support == "supported"]
    if not carried:
        return list(statements), []
    vectors = np.array([state.statements[n].claim.whole for n in carried], np.float32)
    neighbours = dict(zip(carried, answering.engine.nearest(vectors, _NEIGHBOURS, state.filters), strict=True))
    found, conflicts = list(statements), []
    for place, others in neighbours.items():
        stated = state.statements[place]
        planted = answering.planted.among([other.chunk for other in others])
        honest = [other for other in others if other.chunk.id not in planted]
        agreement = _agreement(agreeing(stated.claim, stated.sources, honest), numbering)
        found[place] = replace(found[place], agreement=agreement)
        conflicts += _conflicts(place, stated, honest, numbering, answering)
    return found, conflicts


def _agreement(sentences: Sequence[Sentence], numbering: Numbering) -> Agreement:
    dates = sorted(sentence.card.published for sentence in sentences if sentence.card.published)
    return Agreement(
        sources=len(sentences),
        languages=tuple(sorted({sentence.chunk.language for sentence in sentences})),
        since=dates[0] if dates else None,
        until=dates[-1] if dates else None,
        citations=numbering.of(shown(sentences)),
    )


def _conflicts(
    place: int, stated: Stated, others: Sequence[Sentence], numbering: Numbering, answering: Answering
) -> list[Conflict]:
    """Each fact of a statement that other sources have otherwise, with every value and its citations."""
    found: dict[tuple[str, str], list[tuple[str, tuple[int, ...]]]] = {}
    for difference in differing(stated.claim, stated.sources, others, answering.meaning()):
        fact = difference.finding
        values = found.setdefault((fact.kind, fact.text), [(fact.text, numbering.of(stated.sources))])
        values.append((fact.source, numbering.of([difference.sentence])))
    return [Conflict(place, kind, tuple(values)) for (kind, _), values in found.items()]  # type: ignore[arg-type]


def _on_file(statements: Sequence[Statement], citations: Sequence[Citation]) -> list[Statement]:
    problems = {c.number: problem for c in citations if (problem := file_problem(c))}
    for problem in dict.fromkeys(problems.values()):
        logger.warning("%s", problem)
    return [
        replace(s, support="unsupported", score=0.0) if any(n in problems for n in s.citations) else s
        for s in statements
    ]


def _quality(state: State) -> CitationQuality | None:
    """Citation recall and precision of a written answer, as it is and as its model had cited."""
    checker = state.checker
    if checker is None or not state.statements:
        return None
    own = [_cited(stated, [[place] for place in stated.places], checker) for stated in state.statements]
    passages: dict[int, list[int]] = {}
    for place, number in enumerate(numbers_of_sentences(state.packed)):
        passages.setdefault(number, []).append(place)
    written = [_cited(s, [passages.get(mark, []) for mark in s.marks], checker) for s in state.statements]
    return CitationQuality(*recall_and_precision(own), *recall_and_precision(written))


def _cited(stated: Stated, units: Sequence[Sequence[int]], checker: Checker) -> Cited:
    """A statement with the sentences of each source it cites, by their places in the checker."""

    def carries(chosen: Sequence[int]) -> bool:
        places = [place for n in chosen for place in units[n]]
        return checker.carried(stated.claim, places)[0].support == "supported"

    return Cited(len(units), carries)
