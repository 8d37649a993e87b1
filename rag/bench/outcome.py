"""What was found for a question, said in the terms of a dataset's judgements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from rag.bench.datasets import Query
from rag.bench.methods import Ranked
from rag.bench.prepared import Place, Prepared

# Hits that a reader looks at: what language measures count.
SHOWN = 10
# A hit counts when it overlaps the quote's place by so much of the shorter of the two.
_OVERLAP = 0.5


@dataclass(frozen=True, slots=True)
class Outcome:
    """One question's ranking.

    ``ranking``: what was found, best first, and ``judged`` its grades, as measures want them. ``relevant``: language
    by piece of evidence; ``places``: 1-based ranks of hits at which pieces were found, ``first`` those found in the
    first ten; ``shown``: languages of the first ten hits.
    """

    query: str
    language: str
    ranking: Sequence[str]
    judged: Mapping[str, int] | None
    relevant: Mapping[str, str]
    places: Mapping[str, int]
    shown: Sequence[str]

    @property
    def first(self) -> frozenset[str]:
        """The pieces of evidence found in the first ten hits."""
        return frozenset(item for item, rank in self.places.items() if rank <= SHOWN)


def outcome_of(query: Query, found: Ranked, prepared: Prepared) -> Outcome:
    """The outcome of one question."""
    make = _of_gold if prepared.dataset.kind == "gold" else _of_rows
    return make(query, found, prepared)


def _of_rows(query: Query, found: Ranked, prepared: Prepared) -> Outcome:
    """A document scores as its best chunk, so it stands where its first chunk does.

    Documents that are judged and not there count as not found, and in no language.
    """
    languages, dataset = prepared.row_languages, prepared.dataset
    passed = query.id if dataset.passes_over_itself else None
    ranking: dict[str, int] = {}
    for group in found:
        for place in group:
            for row in prepared.rows_of[place.document_id]:
                if row != passed:
                    ranking.setdefault(row, len(ranking) + 1)
    judged = (dataset.judged or {}).get(query.id)
    relevant = {row: languages[row] for row, grade in (judged or {}).items() if grade > 0 and row in languages}
    places = {row: ranking[row] for row in relevant if row in ranking}
    return Outcome(
        query.id,
        query.language,
        list(ranking),
        judged,
        relevant,
        places,
        [languages[row] for row in islice(ranking, SHOWN)],
    )


def _of_gold(query: Query, found: Ranked, prepared: Prepared) -> Outcome:
    """Where one quote is enough, all are one piece for the measures, found where the first of them is."""
    dataset = prepared.dataset
    evidence = {f"quote {n}": place for n, place in enumerate(prepared.evidence[query.id], 1)}
    places: dict[str, int] = {}
    ranking: list[str] = []
    for rank, group in enumerate(found, 1):
        new = [
            name for name, place in evidence.items() if name not in places and any(overlaps(p, place) for p in group)
        ]
        places.update(dict.fromkeys(new, rank))
        ranking += new or [f"hit {rank}"]
    needed = list(evidence)
    if query.id not in dataset.needs_all and evidence:
        first = next((name for name in ranking if name in evidence), None)
        ranking = [name for name in ranking if name not in evidence or name == first]
        needed = [first or "quote 1"]
    judged = dict.fromkeys(needed, 1) if evidence else None
    relevant = {name: place.language for name, place in evidence.items()}
    shown = [group[0].language for group in found[:SHOWN]]
    return Outcome(query.id, query.language, ranking, judged, relevant, places, shown)


def overlaps(hit: Place, quote: Place) -> bool:
    """Whether a hit covers half of the quote, or the quote half of the hit."""
    shared = min(hit.end, quote.end) - max(hit.start, quote.start)
    shorter = min(hit.end - hit.start, quote.end - quote.start)
    return hit.document_id == quote.document_id and shared > 0 and shared >= _OVERLAP * shorter
