"""Check the sentences of a written answer, and measure its citations: ALCE's recall and precision."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rag.checking.meaning import Meaning
from rag.checking.support import Claim, Judge, Source, Verdict, claim_of, clauses, weigh
from rag.facts.find import facts_of
from rag.search.passages import Sentence, Vector

# How many sentences are looked at closely: the nearest to the statement and to each of its clauses.
_NEAREST = 5
_NEAREST_CLAUSE = 2
_MOST_SOURCES = 3
# A sentence less alike than this adds nothing to another; one that adds must raise the score by so much.
_LEAST_ALIKE = 0.25
_LEAST_GAIN = 0.05
# Sentences at most this much farther than the nearest one speak of the same thing.
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
        """Judge how far the sentences carry a statement, and find those that do."""
        claim = claim_of(text, language, self._meaning)
        verdict, places = self.carried(claim)
        if self._judge and places:
            verdict = weigh(claim, [self.source(n) for n in places], self._meaning, self._judge)
        refuted = any(finding.verdict == "contradicted" for finding in verdict.findings)
        if verdict.support == "unsupported" and not refuted:
            places = ()
        return Checked(claim, verdict, places)

    def carried(self, claim: Claim, among: Sequence[int] | None = None) -> tuple[Verdict, tuple[int, ...]]:
        """Judge how far the sentences at the places ``among`` (by default all) carry a claim.

        Return the verdict and the places of the fewest sentences that lead to it: those that carry the claim together,
        or one that contradicts it. No places where there are no sentences.
        """
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
        """Return the place of a near sentence that contradicts a fact which no near sentence has; None if none does.

        ``alone`` are the verdicts of each sentence by itself. Only the nearest sentences can tell that a date is wrong:
        most others do not have it either, and one that speaks of something else may well have it.
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
        """Return the places of the sentences nearest to the claim, then of those nearest to its clauses."""
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
        """Return the sentence at a place as a source, with the facts and vectors by which it is compared."""
        if place not in self._sources:
            self._sources[place] = source_of_sentence(self.sentences[place], self._meaning)
        return self._sources[place]


def source_of_sentence(sentence: Sentence, meaning: Meaning | None) -> Source:
    """Turn a sentence whose vector is known into a source; without ``meaning`` its clauses get no vectors."""
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
    """Return whether one more source is worth citing: it has what was lacking, or carries clearly more."""
    if _RANKS[verdict.support] != _RANKS[before.support]:
        return _RANKS[verdict.support] > _RANKS[before.support]
    if _lacking(verdict) != _lacking(before):
        return _lacking(verdict) < _lacking(before)
    return verdict.score >= before.score + _LEAST_GAIN


# A function that returns whether the sources that a statement cites, those at the given places, carry all of it.
Carries = Callable[[Sequence[int]], bool]


@dataclass(frozen=True, slots=True)
class Cited:
    """A statement that cites ``units`` sources; ``carries`` returns whether those at given places carry it."""

    units: int
    carries: Carries


def recall_and_precision(statements: Sequence[Cited]) -> tuple[float, float]:
    """Return citation recall and precision of an answer, each from 0 to 1; both 0 where there is nothing to count."""
    carried = [bool(s.units) and s.carries(range(s.units)) for s in statements]
    units = sum(s.units for s in statements)
    useful = sum(_useful(s) for s, whole in zip(statements, carried, strict=True) if whole)
    return sum(carried) / max(1, len(statements)), useful / max(1, units)


def _useful(statement: Cited) -> int:
    """Count the citations of a carried statement that carry it alone, or without which the rest does not."""
    every = range(statement.units)
    if len(every) == 1:
        return 1
    return sum(statement.carries([n]) or not statement.carries([m for m in every if m != n]) for n in every)
