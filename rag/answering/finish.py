"""The last step of answering: citations are numbered and checked against their files, and sources are compared."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from rag.answer import Agreement, Answer, Citation, CitationQuality, Conflict, FactKind, Grade, Statement
from rag.answering.confidence import grade_below
from rag.answering.state import State
from rag.checking.agreement import agreeing, differing, independent, same_answer, shown
from rag.checking.meaning import Meaning
from rag.checking.written import Checker, Cited, recall_and_precision
from rag.citing import Numbering, Stated, statement_of
from rag.injection.detect import Planted
from rag.logistic import as_probability
from rag.models.writer import Writer
from rag.search.engine import SearchEngine
from rag.search.passages import Sentence
from rag.settings import Settings
from rag.verify import file_problem
from rag.writing.packing import numbers_of_sentences

logger = logging.getLogger(__name__)

# How many sentences of the collection a statement is compared with.
_NEIGHBOURS = 12
# From this probability on a sentence counts as an answer, which can agree or differ.
_ANSWERS = 0.6
_MOST_DIFFERING = 3


class Resources(Protocol):
    """What `finish` needs to make an answer."""

    engine: SearchEngine
    settings: Settings
    planted: Planted
    writer: Writer | None

    def meaning(self) -> Meaning:
        """Return the object that compares the meanings of the collection's sentences."""


def finish(state: State, resources: Resources) -> Answer:
    """Return the answer, its statements marked unsupported where a cited file is not the one that was indexed."""
    since = time.perf_counter()
    numbering = Numbering()
    statements = [statement_of(stated, numbering) for stated in state.statements]
    compared = _compared_by_reading if _is_quoted_from_reading(state) else _compared
    statements, conflicts = compared(state, statements, numbering, resources)
    statements = _on_file(statements, numbering.citations)
    is_written = state.mode == "generative" and resources.writer is not None
    timings = state.timed("verify", since)
    return Answer(
        question=state.question,
        language=state.language,
        status="answered" if statements else "abstained",
        grade="sure" if statements else _grade_below(state, resources.settings.min_confidence),
        confidence=state.confidence,
        mode=state.mode,
        model=resources.writer.name if is_written and resources.writer else None,
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


def _grade_below(state: State, least: float) -> Grade:
    return grade_below(state.confidence, least, is_read=any(hit.read for hit in state.hits[:1]))


def _is_quoted_from_reading(state: State) -> bool:
    return state.mode == "extractive" and any(hit.read for hit in state.hits[:1])


def _compared_by_reading(
    state: State, statements: Sequence[Statement], numbering: Numbering, resources: Resources
) -> tuple[list[Statement], list[Conflict]]:
    """Return the statements with their agreeing sources, and the conflicts, both from the answers that were read.

    Sources agree where the reader found the same answer in them; conflicts, where it found another value, are listed
    for the first statement only.
    """
    answers = answers_read(state)
    found, conflicts = list(statements), []
    for place, stated in enumerate(state.statements):
        agreed: list[Sentence] = list(stated.sources)
        others: dict[FactKind, list[AnswerRead]] = {}
        for other in answers if stated.focus else ():
            mine = stated.focus.text if stated.focus else ""
            same, kind = same_answer(mine, stated.claim.language, other.words, other.sentence.chunk.language)
            if same == "same":
                agreed.append(other.sentence)
            elif same == "other" and other.sentence.chunk.document_id != stated.sources[0].chunk.document_id:
                others.setdefault(kind, []).append(other)
        found[place] = replace(found[place], agreement=_agreement(independent(agreed), numbering))
        if place == 0:
            conflicts += [_conflict(place, kind, stated, some, numbering) for kind, some in others.items()]
    return found, conflicts


def _conflict(
    place: int, kind: FactKind, stated: Stated, others: Sequence[AnswerRead], numbering: Numbering
) -> Conflict:
    mine = stated.focus.text if stated.focus else stated.claim.text
    values = [(mine, numbering.of(stated.sources))]
    values += [(other.words, numbering.of([other.sentence])) for other in others[:_MOST_DIFFERING]]
    return Conflict(place, kind, tuple(values))


@dataclass(frozen=True, slots=True)
class AnswerRead:
    """A sentence that the reader takes for an answer, and the short answer in it."""

    sentence: Sentence
    words: str


def answers_read(state: State) -> list[AnswerRead]:
    """Return every sentence found that answers the question by itself, best first."""
    if state.gathered is None:
        return []
    sentences = {s.chunk.id: s for passage in state.gathered.passages for s in passage.sentences}
    return [
        AnswerRead(sentences[hit.chunk.id], hit.chunk.text[hit.read.start : hit.read.end].strip())
        for hit in state.honest
        if hit.read and hit.read.lead > 0 and hit.chunk.id in sentences and as_probability(hit.read.score) >= _ANSWERS
    ]


def _compared(
    state: State, statements: Sequence[Statement], numbering: Numbering, resources: Resources
) -> tuple[list[Statement], list[Conflict]]:
    """Return the statements with the sources that agree, and the conflicts among sources."""
    carried = [n for n, stated in enumerate(state.statements) if stated.verdict.support == "supported"]
    if not carried:
        return list(statements), []
    vectors = np.array([state.statements[n].claim.whole for n in carried], np.float32)
    neighbours = dict(zip(carried, resources.engine.nearest(vectors, _NEIGHBOURS, state.filters), strict=True))
    found, conflicts = list(statements), []
    for place, others in neighbours.items():
        stated = state.statements[place]
        planted = resources.planted.among([other.chunk for other in others])
        honest = [other for other in others if other.chunk.id not in planted]
        agreement = _agreement(agreeing(stated.claim, stated.sources, honest), numbering)
        found[place] = replace(found[place], agreement=agreement)
        conflicts += _conflicts(place, stated, honest, numbering, resources)
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
    place: int, stated: Stated, others: Sequence[Sentence], numbering: Numbering, resources: Resources
) -> list[Conflict]:
    """Return a conflict for each fact that other sources state differently, with every value and its citations."""
    found: dict[tuple[str, str], list[tuple[str, tuple[int, ...]]]] = {}
    for difference in differing(stated.claim, stated.sources, others, resources.meaning()):
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
    """Return citation recall and precision of a written answer, as it is and as its model had cited.

    None for an answer that no model wrote, or that has no statements.
    """
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
    """Return a statement with the sentences of each source it cites (``units``), by their places in the checker."""

    def carries(chosen: Sequence[int]) -> bool:
        places = [place for n in chosen for place in units[n]]
        return checker.carried(stated.claim, places)[0].support == "supported"

    return Cited(len(units), carries)
