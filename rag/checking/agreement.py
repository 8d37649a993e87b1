"""Compare sources: which say the same, which give another value to the same question."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Literal

from rag.answer import FactKind, Finding
from rag.checking.meaning import Meaning
from rag.checking.naming import own_names, sounds_like
from rag.checking.quantities import carries, same_number
from rag.checking.support import Claim, compare, weigh
from rag.checking.written import source_of_sentence
from rag.facts.find import facts_of
from rag.facts.types import Date, Facts, Number
from rag.search.passages import Sentence

# The least cosine of aligned vectors for sentences on one matter, and for copies of one text.
_ALIKE = 0.5
_COPY = 0.97
# A sentence that contradicts must be nearer, and share a fact: most similar sentences speak of different things.
_SAME_MATTER = 0.62
_SHOWN = 5
_MOST_CONFLICTS = 3


@dataclass(frozen=True, slots=True, eq=False)
class Difference:
    """A sentence of another document that has another value where a statement has one."""

    finding: Finding
    sentence: Sentence


def agreeing(claim: Claim, cited: Sequence[Sentence], others: Sequence[Sentence]) -> list[Sentence]:
    """Return one sentence of each independent source that carries a claim, those ``cited`` before the others."""
    return independent(list(chain(cited, (other for other in others if _carries(other, claim)))))


def independent(sentences: Sequence[Sentence]) -> list[Sentence]:
    """Return the first sentence of each independent source, in the order given."""
    chosen: list[Sentence] = []
    for sentence in sentences:
        if not any(_is_copy(sentence, known) for known in chosen):
            chosen.append(sentence)
    return chosen


def _carries(sentence: Sentence, claim: Claim) -> bool:
    if float(sentence.vector @ claim.whole) < _ALIKE:
        return False
    # Without a model, names that it lacks do not count against it: asking one about each name would take too long.
    return weigh(claim, [source_of_sentence(sentence, None)], None).support == "supported"


def _is_copy(a: Sentence, b: Sentence) -> bool:
    """Return whether two sentences come from one source: a document, a page, or a text that was copied."""
    if a.chunk.document_id == b.chunk.document_id or (a.card.url and a.card.url == b.card.url):
        return True
    same_language = a.chunk.language.split("-")[0] == b.chunk.language.split("-")[0]
    return same_language and float(a.vector @ b.vector) >= _COPY


def differing(
    claim: Claim, cited: Sequence[Sentence], others: Sequence[Sentence], meaning: Meaning
) -> list[Difference]:
    """Find sentences of other sources on the same matter that differ on a number, date or name of the claim."""
    found: list[Difference] = []
    for sentence in others:
        if len(found) == _MOST_CONFLICTS:
            break
        if float(sentence.vector @ claim.whole) < _SAME_MATTER or any(_is_copy(sentence, known) for known in cited):
            continue
        found.extend(Difference(finding, sentence) for finding in _differences(claim, sentence, meaning))
    return found[:_MOST_CONFLICTS]


def _differences(claim: Claim, sentence: Sentence, meaning: Meaning) -> Iterator[Finding]:
    source = source_of_sentence(sentence, None)
    findings = [f for f in compare(claim, [source], meaning) if f.kind != "negation" and not f.weak]
    shared = [f for f in findings if f.verdict in ("found", "context")]
    contradicted = [f for f in findings if f.verdict == "contradicted" and f.source]
    # One fact that differs among others that agree is a contradiction; several mean that it is another event.
    if len(contradicted) == 1 and shared and _is_told_of_one_thing(claim.facts, source.facts):
        yield contradicted[0]


def _is_told_of_one_thing(a: Facts, b: Facts) -> bool:
    """Return whether two texts have a place or a name in common."""
    places = {p.identity for p in a.places} & {p.identity for p in b.places}
    return bool(places) or any(n.text in b.text for n in a.names if n.certain)


def shown(sentences: Sequence[Sentence]) -> Sequence[Sentence]:
    """Return those of the agreeing sentences that are cited."""
    return sentences[:_SHOWN]


Same = Literal["same", "other", "unknown"]


def same_answer(answer: str, language: str, other: str, other_language: str) -> tuple[Same, FactKind]:
    """Return whether two answers to one question have the same value, and of what kind the value is.

    "other" is returned for dates and numbers only, since two names may belong to one person; "unknown" where neither
    can be told.
    """
    mine, theirs = facts_of(answer, language), facts_of(other, other_language)
    if mine.dates and theirs.dates:
        return ("same" if _dates(mine.dates, theirs.dates) else "other"), "date"
    if _counts(mine) and _counts(theirs):
        return ("same" if _numbers(_counts(mine), _counts(theirs)) else "other"), "number"
    if {p.identity for p in mine.places} & {p.identity for p in theirs.places}:
        return "same", "name"
    if any(sounds_like(a, b) for a in own_names(mine) for b in own_names(theirs)):
        return "same", "name"
    return ("same" if _bare(mine) and _bare(mine) == _bare(theirs) else "unknown"), "name"


def _counts(facts: Facts) -> list[Number]:
    return [number for number in facts.numbers if not number.weak]


def _dates(mine: Sequence[Date], theirs: Sequence[Date]) -> bool:
    """Return whether any date of one carries one of the other: one may give the day where the other gives the year."""
    years = {date.year for date in (*mine, *theirs) if date.year}
    return any(carries(a, b, years) or carries(b, a, years) for a in mine for b in theirs)


def _numbers(mine: Sequence[Number], theirs: Sequence[Number]) -> bool:
    return any(same_number(a, b) or same_number(b, a) for a in mine for b in theirs)


def _bare(facts: Facts) -> str:
    return "".join(c for c in facts.text.lower() if c.isalnum())
