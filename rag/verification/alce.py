"""Citation recall and precision as in ALCE (Gao et al., "Enabling Large Language Models to Generate Text with
Citations", EMNLP 2023), with this package's checks in the place of its NLI model.

Recall: the share of statements that everything they cite carries wholly. Precision: the share of citations, each of a
statement that is so carried, that carry it alone or without which the rest would not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

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
