"""Near-duplicates as one hit: syndicated copies, overlapping versions, the same text in the other Chinese script.

A twin never says anything else: but for a dateline, it is the same letter for letter and digit for digit, with script,
case, diacritics and punctuation folded (`corpus.fulltext.wording`). Likeness of vectors or of word sets is not asked: a
sentence that differs in a name, a number or a "not" is near by both, and is other evidence.
"""

from __future__ import annotations

from itertools import islice

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.intp]

# Of a line that stands on every page, so many places are listed.
_MOST = 20


def group_twins(rows: Rows, wordings: npt.NDArray[np.int64], allowed: Rows | None, k: int) -> list[list[int]]:
    """The first ``k`` groups of rows that say the same, in the order of ``rows``, each led by its best.

    ``wordings`` has one row a chunk of the pool; ``allowed``, in ascending order, limits where twins are looked for.
    """
    best: dict[int, int] = {}
    for row in rows.tolist():
        best.setdefault(int(wordings[row]), row)
        if len(best) == k:
            break
    among = np.arange(len(wordings)) if allowed is None else allowed
    groups: list[list[int]] = []
    for wording, row in best.items():
        same = among[wordings[among] == wording].tolist()
        groups.append([row, *islice((other for other in same if other != row), _MOST)])
    return groups
