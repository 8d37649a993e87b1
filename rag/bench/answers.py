"""Measures of answers to gold questions: whether one is given, cites the evidence and has the accepted short answer."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import regex

from corpus.fulltext import simplified
from corpus.types import Address
from rag.answer import Answer, Citation
from rag.assistant import Assistant
from rag.bench.datasets import Query
from rag.bench.measures import overlaps
from rag.bench.methods import places_of
from rag.bench.prepared import Place, Prepared
from rag.bench.reliability import Figures, aurc, reliability, with_languages
from rag.models.writer import EXTRACTIVE

# Characters that are words of their own: Han and kana.
_SINGLE = r"\p{Han}\p{Hiragana}\p{Katakana}"
_WORD = regex.compile(rf"[{_SINGLE}]|[^\s{_SINGLE}]+")
# A dash separates words ("1990–1995"); other punctuation and invisible characters are left out.
_DASH = regex.compile(r"\p{Pd}")
_LEFT_OUT = regex.compile(r"[\p{P}\p{Cf}]")


def words_of(text: str) -> list[str]:
    """Return the words of a text for comparison: NFKC, case folded, without punctuation, Han simplified.

    Each Han or kana character is a word of its own.
    """
    folded = unicodedata.normalize("NFKC", simplified(unicodedata.normalize("NFKC", text)).casefold())
    return _WORD.findall(_LEFT_OUT.sub("", _DASH.sub(" ", folded)))


def exact_match(given: str, accepted: Iterable[str]) -> float:
    """Return 1 if ``given`` has the words of one of ``accepted`` in the same order, else 0."""
    words = words_of(given)
    return float(bool(words) and any(words == words_of(answer) for answer in accepted))


def f1(given: str, accepted: Iterable[str]) -> float:
    """Return the harmonic mean of precision and recall of the words of ``given``, best over ``accepted``, 0 to 1."""
    words = words_of(given)
    return max((_f1(words, words_of(answer)) for answer in accepted), default=0.0)


def _f1(given: Sequence[str], accepted: Sequence[str]) -> float:
    shared = (Counter(given) & Counter(accepted)).total()
    return 2 * shared / (len(given) + len(accepted)) if shared else 0.0


@dataclass(frozen=True, slots=True)
class Asked:
    """How a question was answered.

    ``reaches`` says whether the citations, of the words that would be quoted whatever the confidence, reach the
    evidence; it is False if there is no evidence. ``exact_match`` and ``f1`` measure the short answer: 0 if none was
    given, None if the dataset accepts none. ``read_ms`` is milliseconds of reading, None if nothing was read.
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
        """Return what results save of the question: measures by name, and what areas under curves are computed from."""
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
    """Return the assistant that is measured: the product over a prepared dataset, answering whatever its confidence.

    Its answers are quotations, never written by a model: that would cost money and differ from run to run.
    """
    engine = prepared.engine
    settings = engine.settings.model_copy(update={"llm": EXTRACTIVE, "judge": None, "min_confidence": 0.0})
    return Assistant(engine.collection, engine.encoder, settings, engine)


def judge(answer: Answer, query: Query, prepared: Prepared) -> Asked:
    """Compare an answer, made whatever its confidence, with what the gold set says about its question."""
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
    """Return the words of the first focus in the answer's statements; an empty text if none has one."""
    return next((statement.focus.text for statement in answer.statements if statement.focus), "")


def cited_places(answer: Answer) -> list[Place]:
    """Return the places of the words that statements cite, and of the same words in other documents.

    Sources that are named only because they agree or differ support no statement, and do not count.
    """
    numbers = {number for statement in answer.statements for number in statement.citations}
    cited = [citation for citation in answer.citations if citation.number in numbers]
    places = [_place(citation, answer) for citation in cited]
    return [*places, *(twin for citation in cited for twin in _twins(citation, answer))]


def _twins(citation: Citation, answer: Answer) -> Iterator[Place]:
    """Yield the other places of the words of the hits that lie inside a citation.

    Places with the same words are one hit, so they are one citation too.
    """
    for own, *twins in map(places_of, answer.hits):
        cited = _place(citation, answer)
        if own.document_id == cited.document_id and cited.start <= own.start < own.end <= cited.end:
            yield from twins


def _place(citation: Citation, answer: Answer) -> Place:
    """Return the place of a citation in the source of its document, in which gold evidence counts."""
    cards = (hit.card for hit in answer.hits if hit.chunk.document_id == citation.document_id)
    card = next(cards, None)
    address = Address(citation.part, citation.start, citation.end)
    span = address.in_source(card.parts if card else ()) or (citation.start, citation.end)
    return Place(citation.document_id, *span, citation.language)


def reaches(cited: Sequence[Place], evidence: Sequence[Place], *, needs_all: bool) -> bool:
    """Return whether citations reach a piece of evidence, with ``needs_all`` every piece; False without evidence.

    A citation reaches a piece as a hit does, by overlapping it by half of the shorter of the two.
    """
    found = [any(overlaps(place, piece) for place in cited) for piece in evidence]
    return bool(found) and (all(found) if needs_all else any(found))


def answer_figures(asked: Sequence[Asked], threshold: float) -> Figures:
    """Return the figures of answers over all questions and, as ``by_language``, by the language of the question.

    They are those of `reliability`, and: ``evidence_cited``, the share of answerable questions whose answer cites the
    evidence; ``exact_match`` and ``f1``, means over the ``short_answers`` answerable questions with accepted answers;
    ``aurc``, the area under the risk–coverage curve, where an error is an answer that does not cite the evidence and
    any answer to an unanswerable question; the reading time as ``read_p50_ms`` and ``read_p95_ms``. A figure is None if
    there is nothing to measure.
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
