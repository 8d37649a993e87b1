"""Judge how far source sentences carry a claim: supported, partial or unsupported, and which facts they lack."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Protocol

import numpy as np
import numpy.typing as npt
import regex

from corpus.fulltext import index_terms
from rag import logistic
from rag.answer import Finding, Support
from rag.checking.meaning import Meaning
from rag.checking.naming import compare_names, compare_places
from rag.checking.quantities import compare_dates, compare_numbers
from rag.facts.find import facts_of
from rag.facts.types import Facts

_SPLIT = regex.compile(
    r"[;；:：]\s*|,\s+|(?<=\D)[,，]|\s+[–—-]\s+|\s+(?:and|but|while|whereas|although|и|но|а|хотя|ал|бірақ|әрі|және)\s+"
    r"|(?:而且|并且|但是|同时|並且|同時)"
)
# Pieces of fewer characters are joined to the one before them.
_SHORTEST = 22
_SHORTEST_HAN = 8


def clauses(text: str, language: str) -> list[str]:
    """Split ``text`` into its clauses, in order; return the whole of it where it has only one."""
    least = _SHORTEST_HAN if language.startswith(("zh", "ja")) else _SHORTEST
    found: list[str] = []
    for part in filter(None, (piece.strip() for piece in _SPLIT.split(text))):
        if found and min(len(part), len(found[-1])) < least:
            found[-1] = f"{found[-1]} {part}"
        else:
            found.append(part)
    return found or [text]


Vectors = npt.NDArray[np.float32]
# From this share of words in common, two sentences of one language say the same of the same thing, and a negation in
# only one of them counts as a contradiction.
_SAME_WORDS = 0.75
_CONTRADICTED = 0.05
# Below these probabilities a statement counts as not carried, and as carried in part. They were fitted on as many true
# statements as others, while readers meet far more true ones.
_CARRIED = 0.25
_WHOLLY = 0.35
# The highest score for a statement that negates where its source does not (or the reverse), or that has a number or
# date that no source gives.
_DOUBTFUL = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A sentence that may carry statements; ``context`` are facts of its paragraph, headings and date.

    ``vectors`` has a row for the sentence and one for each of its clauses where it has several, aligned.
    """

    text: str
    language: str
    facts: Facts
    context: tuple[Facts, ...]
    vectors: Vectors


@dataclass(frozen=True, slots=True, eq=False)
class Claim:
    """A statement to be checked, with the vectors of it and of its clauses."""

    text: str
    language: str
    facts: Facts
    vectors: Vectors

    @property
    def whole(self) -> Vectors:
        """Return the vector of the statement, shape (dimension,)."""
        return np.asarray(self.vectors[0], np.float32)

    @property
    def parts(self) -> Vectors:
        """Return the vectors of its clauses, shape (n, dimension); that of the whole where it has only one."""
        return self.vectors[1:] if len(self.vectors) > 1 else self.vectors


@dataclass(frozen=True, slots=True)
class Verdict:
    """How far sources carry a statement; ``score`` is the estimated probability that they carry all of it."""

    support: Support
    score: float
    findings: tuple[Finding, ...] = ()


class Judge(Protocol):
    """A model that decides whether sources entail a statement."""

    def entails(self, statement: str, sources: Sequence[str]) -> tuple[float, float]:
        """Return the probabilities, from 0 to 1, that the sources carry the statement and that they contradict it."""


def claim_of(text: str, language: str, meaning: Meaning) -> Claim:
    """Turn a statement into a claim, with the facts and vectors by which it is compared."""
    return Claim(text, language, facts_of(text, language), _clause_vectors(text, language, meaning))


def source_of(text: str, language: str, around: Sequence[tuple[str, str]], meaning: Meaning) -> Source:
    """Turn a sentence into a source, with the facts and vectors by which it is compared.

    ``around`` are texts that stand around it, with their languages.
    """
    context = tuple(facts_of(other, tag) for other, tag in around)
    return Source(text, language, facts_of(text, language), context, _clause_vectors(text, language, meaning))


def _clause_vectors(text: str, language: str, meaning: Meaning) -> Vectors:
    parts = clauses(text, language)
    texts = [text, *parts] if len(parts) > 1 else [text]
    return meaning.vectors(texts, [language] * len(texts))


def weigh(claim: Claim, sources: Sequence[Source], meaning: Meaning | None, judge: Judge | None = None) -> Verdict:
    """Judge how far ``sources`` together carry a claim.

    Without ``meaning``, names that they lack do not count against it. The probabilities of a ``judge``, if there is
    one, replace the fitted ones.
    """
    if not sources:
        return Verdict("unsupported", 0.0)
    findings = compare(claim, sources, meaning)
    features = measure(claim, sources)
    scale = "aligned" if meaning is None or meaning.alignment else "unaligned"
    carried, wholly = (probability(of, features, scale) for of in ("carried", "wholly"))
    if judge is not None:
        entailed, contradicted = judge.entails(claim.text, [source.text for source in sources])
        carried, wholly = 1 - contradicted, entailed
    return _verdict(carried, wholly, findings)


def _verdict(carried: float, wholly: float, findings: Sequence[Finding]) -> Verdict:
    if any(finding.refutes for finding in findings):
        return Verdict("unsupported", min(wholly, _CONTRADICTED), tuple(findings))
    if carried < _CARRIED:
        return Verdict("unsupported", min(wholly, carried), tuple(findings))
    score = min(wholly, _DOUBTFUL) if any(map(_is_doubt, findings)) else wholly
    return Verdict("supported" if score >= _WHOLLY else "partial", score, tuple(findings))


def _is_doubt(finding: Finding) -> bool:
    """Return whether a statement with this finding cannot be called supported."""
    if finding.kind == "negation":
        return True
    return finding.kind != "name" and finding.verdict == "missing" and not finding.weak


def compare(claim: Claim, sources: Sequence[Source], meaning: Meaning | None) -> list[Finding]:
    """Compare every fact of a claim with the sources; return a finding for each."""
    facts = [source.facts for source in sources]
    context = list({id(f): f for source in sources for f in source.context}.values())
    return [
        *compare_numbers(claim.facts, facts, context),
        *compare_dates(claim.facts, facts, context),
        *compare_places(claim.facts, facts, context, meaning),
        *compare_names(claim.facts, facts, context, meaning),
        *_compare_negation(claim, sources),
    ]


def _compare_negation(claim: Claim, sources: Sequence[Source]) -> list[Finding]:
    """Return one finding where the claim negates and its sources do not, or the other way round; else none."""
    if claim.facts.negations % 2 == sum(source.facts.negations for source in sources) % 2:
        return []
    mine = set(index_terms(claim.text))
    same = [set(index_terms(s.text)) for s in sources if s.language.split("-")[0] == claim.language.split("-")[0]]
    alike = any(len(mine & others) >= _SAME_WORDS * max(1, len(mine), len(others)) for others in same)
    return [Finding("negation", "contradicted" if alike else "missing", "")]


FEATURES = {"carried": ("whole",), "wholly": ("whole", "clause")}


def measure(claim: Claim, sources: Sequence[Source]) -> dict[str, float]:
    """Compute the features that `probability` is estimated from.

    whole: the best cosine of the statement with a source sentence or clause; clause: the least, over its clauses, of
    their best cosines.
    """
    vectors = np.concatenate([source.vectors for source in sources])
    return {
        "whole": float((vectors @ claim.whole).max()),
        "clause": float((claim.parts @ vectors.T).max(axis=1).min()),
    }


def probability(of: str, features: dict[str, float], scale: str) -> float:
    """Return the fitted probability that a claim is carried at all (``of`` "carried"), or all of it ("wholly").

    ``scale`` states whether the vectors are "aligned" or "unaligned".
    """
    return logistic.probability(_coefficients()[scale][of], FEATURES[of], features)


@cache
def _coefficients() -> dict[str, dict[str, dict[str, float]]]:
    text = files("rag.checking").joinpath("support.json").read_text("utf-8")
    found = json.loads(text)
    return {scale: found[scale]["coefficients"] for scale in ("aligned", "unaligned")}
