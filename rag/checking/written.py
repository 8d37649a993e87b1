"""Check the sentences of a written answer, and measure its citations: ALCE's recall and precision."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rag.checking.meaning import Meaning
from rag.checking.support import Claim, Judge, Source, Verdict, claim_of, clauses, weigh
from rag.facts.find import facts_of
from rag.search.passages import Sentence, Vector

# Sentences looked at closely: the nearest to the statement and to each of its clauses.
_NEAREST = 5
_NEAREST_CLAUSE = 2
_MOST_SOURCES = 3
# A sentence less alike than this adds nothing to another; one that adds must raise the score by so much.
_LEAST_ALIKE = 0.25
_LEAST_GAIN = 0.05
# Sentences so little farther than the nearest speak of the same.
_NEAR = 0.1
_RANKS = {"unsupported": 0, "partial": 1, "supported": 2}


@dataclass(frozen=True, slots=True, eq=False)
class Checked:
    """A statement with how far it is carried, and places of the sentences that carry it (or contradict it)."""

    claim: Claim
    verdict: Verdict
    places: tuple[int, ...]


class Checker:
    """Checks statements against a fixed set of source sentences, best first."""

    def __init__(self, sentences: Sequence[Sentence], meaning: Meaning, judge: Judge | None = None) -> None:
        self.sentences = tuple(sentences)
        self._meaning = meaning
        self._judge = judge
        self._vectors = np.array([s.vector for s in sentences], np.float32).reshape(len(sentences), -1)
        self._sources: dict[int, Source] = {}

    def check(self, text: str, language: str) -> Checked:
        """How far the sentences carry a statement, and which of them do."""
        claim = claim_of(text, language, self._meaning)
        verdict, places = self.carried(claim)
        if self._judge and places:
            verdict = weigh(claim, [self.source(n) for n in places], self._meaning, self._judge)
        refuted = any(finding.verdict == "contradicted" for finding in verdict.findings)
        if verdict.support == "unsupported" and not refuted:
            places = ()
        return Checked(claim, verdict, places)

    def carried(self, claim: Claim, among: Sequence[int] | None = None) -> tuple[Verdict, tuple[int, ...]]:
        """How far the sentences at the places ``among`` (by default all) carry a claim, and the fewest that do so."""
        candidates = self._candidates(claim, range(len(self.sentences)) if among is None else among)
        if not candidates:
            return Verdict("unsupported", 0.0), ()
        alone = {n: self._weigh(claim, [n]) for n in candidates}
        best = max(alone, key=lambda n: _value(alone[n]))
        verdict = alone[best]
        chosen: tuple[int, ...] = (best,)
        while len(chosen) < _MOST_SOURCES:
            more = [(self._weigh(claim, [*chosen, n]), (*chosen, n)) for n in candidates if n not in chosen]
            better = [pair for pair in more if _adds(pair[0], verdict)]
            if not better:
                break
            verdict, chosen = max(better, key=lambda pair: _value(pair[0]))
        contradicts = self._contradicting(claim, alone)
        return (verdict, chosen) if contradicts is None else (alone[contradicts], (contradicts,))

    def _contradicting(self, claim: Claim, alone: Mapping[int, Verdict]) -> int | None:
        """The place of a sentence that has another fact where none as near has the claim's, if there is one.

        ``alone`` are the verdicts of each sentence by itself.
        A wrong date is missing from most sentences, and may well stand in one that speaks of something else; it is the
        nearest ones that tell that it is wrong.
        """
        likeness = {n: float((self.source(n).vectors @ claim.whole).max()) for n in alone}
        least = max(likeness.values()) - _NEAR
        near = sorted((n for n in alone if likeness[n] >= least), key=lambda n: -likeness[n])
        found = {(f.kind, f.text) for n in near for f in alone[n].findings if f.verdict == "found"}
        for place in near:
            refuting = (f for f in alone[place].findings if f.refutes and f.verdict == "contradicted")
            if any((f.kind, f.text) not in found for f in refuting):
                return place
        return None

    def _weigh(self, claim: Claim, places: Sequence[int]) -> Verdict:
        return weigh(claim, [self.source(n) for n in places], self._meaning)

    def _candidates(self, claim: Claim, among: Sequence[int]) -> list[int]:
        """The places nearest to the claim, then those nearest to its clauses."""
        places = np.array(list(among), np.intp)
        if not len(places):
            return []
        likeness = self._vectors[places] @ np.vstack([claim.whole, claim.parts]).T
        order = np.argsort(-likeness, axis=0, kind="stable")
        found = [*order[:_NEAREST, 0], *order[:_NEAREST_CLAUSE, 1:].ravel()]
        best = float(likeness.max())
        alike = (n for n in dict.fromkeys(map(int, found)) if likeness[n].max() >= min(best, _LEAST_ALIKE))
        return [int(places[n]) for n in alike]

    def source(self, place: int) -> Source:
        """What is compared of the sentence at a place."""
        if place not in self._sources:
            self._sources[place] = source_of_sentence(self.sentences[place], self._meaning)
        return self._sources[place]


def source_of_sentence(sentence: Sentence, meaning: Meaning | None) -> Source:
    """What is compared of a sentence whose vector is known; without ``meaning`` its clauses get no vectors."""
    chunk = sentence.chunk
    parts = clauses(chunk.text, chunk.language) if meaning else []
    vectors: Vector = sentence.vector[None, :]
    if meaning and len(parts) > 1:
        vectors = np.vstack([vectors, meaning.vectors(parts, [chunk.language] * len(parts))])
    context = tuple(facts_of(text, language) for text, language in sentence.around)
    return Source(chunk.text, chunk.language, facts_of(chunk.text, chunk.language), context, vectors)


def _lacking(verdict: Verdict) -> int:
    return sum(not f.weak and f.verdict in ("missing", "contradicted") for f in verdict.findings)


def _value(verdict: Verdict) -> tuple[int, int, float]:
    return _RANKS[verdict.support], -_lacking(verdict), verdict.score


def _adds(verdict: Verdict, before: Verdict) -> bool:
    """Whether one more source is worth citing: it has what was lacking, or carries clearly more."""
    if _RANKS[verdict.support] != _RANKS[before.support]:
        return _RANKS[verdict.support] > _RANKS[before.support]
    if _lacking(verdict) != _lacking(before):
        return _lacking(verdict) < _lacking(before)
    return verdict.score >= before.score + _LEAST_GAIN


# Whether the units of a statement at these places (all of them cited) carry it wholly.
Carries = Callable[[Sequence[int]], bool]


@dataclass(frozen=True, slots=True)
class Cited:
    """A statement that cites ``units`` sources; ``carries`` tells of any of them, by place, whether they carry it."""

    units: int
    carries: Carries


def recall_and_precision(statements: Sequence[Cited]) -> tuple[float, float]:
    """Citation recall and precision of an answer, each from 0 to 1; both 0 where there is nothing to count."""
    carried = [bool(s.units) and s.carries(range(s.units)) for s in statements]
    units = sum(s.units for s in statements)
    useful = sum(_useful(s) for s, whole in zip(statements, carried, strict=True) if whole)
    return sum(carried) / max(1, len(statements)), useful / max(1, units)


def _useful(statement: Cited) -> int:
    """How many citations of a carried statement it needs or would do with alone."""
    every = range(statement.units)
    if len(every) == 1:
        return 1
    return sum(statement.carries([n]) or not statement.carries([m for m in every if m != n]) for n in every)
