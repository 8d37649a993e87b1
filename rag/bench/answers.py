"""Answers measured on a gold set: whether there is one, whether it cites the evidence, and what it says in short.

Every question is asked once, as a reader asks it, and answered by quotations whatever the confidence; answered in
earnest are those from the product's own threshold on. So it is also known what the others would have been answered,
which the risk–coverage curve needs. The hits are those of the answer, so that they are read once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from rag.assistant import Assistant
from rag.bench.datasets import Query
from rag.bench.methods import places_of
from rag.bench.outcome import overlaps
from rag.bench.prepared import Place, Prepared
from rag.bench.reliability import Figures, aurc, reliability, with_languages
from rag.bench.shortanswer import exact_match, f1
from rag.generation.models import EXTRACTIVE
from rag.types import Answer, Citation


@dataclass(frozen=True, slots=True)
class Asked:
    """How a question was answered.

    ``reaches``: the citations reach the evidence, of the words that would be quoted whatever the confidence; never
    where there is no evidence. ``exact_match`` and ``f1`` are of the short answer that was given, 0 where none was and
    None where the dataset accepts none. ``read_ms``: milliseconds of reading, None where nothing was read.
    """

    query: str
    language: str
    answerable: bool
    confidence: float
    answered: bool
    reaches: bool
    exact_match: float | None = None
    f1: float | None = None
    read_ms: float | None = None

    @property
    def values(self) -> dict[str, float]:
        """What results keep of the question: measures by name, and what areas under curves are computed from."""
        measured: dict[str, float | None] = {
            "answerable": float(self.answerable),
            "confidence": self.confidence,
            "error": float(not self.reaches),
            "brier": (self.confidence - self.answerable) ** 2,
            "answered_answerable" if self.answerable else "answered_unanswerable": float(self.answered),
            "evidence_cited": float(self.answered and self.reaches) if self.answerable else None,
            "exact_match": self.exact_match,
            "f1": self.f1,
        }
        return {name: value for name, value in measured.items() if value is not None}


def asking(prepared: Prepared) -> Assistant:
    """Return what is asked: the product over a prepared dataset, which answers whatever its confidence.

    Answers are quoted, never written by a model: those cost money, and differ from run to run.
    """
    engine = prepared.engine
    settings = engine.settings.model_copy(update={"llm": EXTRACTIVE, "judge": None, "min_confidence": 0.0})
    return Assistant(engine.collection, engine.encoder, settings, engine)


def judge(answer: Answer, query: Query, prepared: Prepared) -> Asked:
    """Hold an answer, made whatever its confidence, against what the gold set says of its question."""
    dataset = prepared.dataset
    answered = answer.status == "answered" and answer.confidence >= prepared.engine.settings.min_confidence
    accepted = dataset.answers.get(query.id, ())
    short = short_answer(answer) if answered else ""
    return Asked(
        query=query.id,
        language=query.language,
        answerable=query.id not in dataset.unanswerable,
        confidence=answer.confidence,
        answered=answered,
        reaches=reaches(cited_places(answer), prepared.evidence[query.id], needs_all=query.id in dataset.needs_all),
        exact_match=exact_match(short, accepted) if accepted else None,
        f1=f1(short, accepted) if accepted else None,
        read_ms=answer.timings_ms.get("read"),
    )


def short_answer(answer: Answer) -> str:
    """Return the words of the first focus in the answer's statements; nothing where none has one."""
    return next((statement.focus.text for statement in answer.statements if statement.focus), "")


def cited_places(answer: Answer) -> list[Place]:
    """Return where the words stand that statements cite, and where the same words stand in other documents.

    What sources are named only for agreeing or differing carries no statement, and does not count.
    """
    numbers = {number for statement in answer.statements for number in statement.citations}
    cited = [citation for citation in answer.citations if citation.number in numbers]
    places = [Place(citation.document_id, citation.start, citation.end, citation.language) for citation in cited]
    return [*places, *(twin for citation in cited for twin in _twins(citation, answer))]


def _twins(citation: Citation, answer: Answer) -> Iterator[Place]:
    """Where the words of the hits inside a citation stand as well: such places are one hit, so one citation too."""
    for own, *twins in map(places_of, answer.hits):
        if own.document_id == citation.document_id and citation.start <= own.start < own.end <= citation.end:
            yield from twins


def reaches(cited: Sequence[Place], evidence: Sequence[Place], *, needs_all: bool) -> bool:
    """Return whether citations reach a piece of evidence, or with ``needs_all`` every piece; never where there is none.

    A citation reaches a piece as a hit does, by overlapping it by half of the shorter of the two.
    """
    found = [any(overlaps(place, piece) for place in cited) for piece in evidence]
    return bool(found) and (all(found) if needs_all else any(found))


def answer_figures(asked: Sequence[Asked], threshold: float) -> Figures:
    """Return the figures of answers over all questions and, as ``by_language``, by the language of the question.

    Those of `reliability`, and: ``evidence_cited``, the share of answerable questions whose answer cites the evidence;
    ``exact_match`` and ``f1``, means over the ``short_answers`` answerable questions with accepted answers; ``aurc``,
    the area under the risk–coverage curve, where an error is an answer that does not cite the evidence and any answer
    to an unanswerable question; the reading time as ``read_p50_ms`` and ``read_p95_ms``. None where there is nothing
    to measure.
    """

    def figures(places: Sequence[int]) -> Figures:
        return _figures([asked[n] for n in places], threshold)

    return with_languages([one.language for one in asked], figures)


def _figures(asked: Sequence[Asked], threshold: float) -> Figures:
    confidences, answerable = [one.confidence for one in asked], [one.answerable for one in asked]
    times = [one.read_ms for one in asked if one.read_ms is not None]
    exact = [one.exact_match for one in asked if one.exact_match is not None]
    return {
        **reliability(confidences, answerable, threshold, [one.answered for one in asked]),
        "evidence_cited": _mean([one.answered and one.reaches for one in asked if one.answerable]),
        "short_answers": len(exact),
        "exact_match": _mean(exact),
        "f1": _mean([one.f1 for one in asked if one.f1 is not None]),
        "aurc": aurc(confidences, [not one.reaches for one in asked]),
        "read_p50_ms": float(np.quantile(times, 0.5)) if times else None,
        "read_p95_ms": float(np.quantile(times, 0.95)) if times else None,
    }


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if values else None
