"""Near-duplicates as one hit: syndicated copies, overlapping versions, the same text in the other Chinese script.

A twin never says anything else: letter for letter and digit for digit (script, case, diacritics and punctuation
folded) it is the same, or it is contained in the other and nearly as long. Likeness of vectors or of word sets is
not asked: a sentence that differs in a name, a number or a "not" is near by both, and is other evidence.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from corpus.fulltext import folded
from corpus.types import Chunk

Rows = npt.NDArray[np.intp]

# The shorter must have so many letters, and so much of the longer's length, to be the same but for a dateline.
_SHORTEST = 40
_SHARE = 0.8
# Chunks read beyond those that are asked for, in which their twins are looked for.
_BEYOND = 6


def group_twins(
    rows: Rows,
    wordings: npt.NDArray[np.int64],
    allowed: Rows | None,
    k: int,
    read: Callable[[Sequence[int]], list[Chunk]],
) -> list[list[Chunk]]:
    """The first ``k`` groups of chunks that say the same, in the order of ``rows``, each led by its best.

    ``wordings`` has one row a chunk of the pool; ``allowed`` limits where twins are looked for; ``read`` gives the
    chunks of rows, in order.
    """
    groups: list[list[Chunk]] = []
    leads: list[str] = []
    first: dict[int, int] = {}
    for row in rows.tolist():
        first.setdefault(int(wordings[row]), row)
    distinct = list(first.values())
    size = k + _BEYOND
    for start in range(0, len(distinct), size):
        for row, chunk in zip(distinct[start : start + size], read(distinct[start : start + size]), strict=True):
            text = folded(chunk.text)
            own = next((n for n, lead in enumerate(leads) if _is_contained(text, lead)), None)
            same = _copies(row, wordings, allowed)
            copies = [chunk, *read(same)] if same else [chunk]
            if own is not None:
                groups[own].extend(copies)
            elif len(groups) < k:
                groups.append(copies)
                leads.append(text)
        if len(groups) >= k:
            break
    return groups


def _copies(row: int, wordings: npt.NDArray[np.int64], allowed: Rows | None) -> list[int]:
    same = np.flatnonzero(wordings == wordings[row])
    if allowed is not None:
        same = np.intersect1d(same, allowed)
    return [int(other) for other in same if other != row]


def _is_contained(text: str, lead: str) -> bool:
    short, long = sorted((text, lead), key=len)
    return len(short) >= _SHORTEST and len(short) >= _SHARE * len(long) and short in long
