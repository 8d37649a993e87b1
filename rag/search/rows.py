"""Rows of tables: which row of a table a question is about.

All rows of a table say the same of different things, so to the reader they look alike. What tells them apart is that
the question names a cell of the one it asks about.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from corpus.fulltext import index_terms
from corpus.readers.extract import CELL_SEPARATOR
from corpus.types import Chunk
from rag.answer import Read

# A cell with more terms is prose and names nothing.
_MOST_TERMS = 6
# Log odds by which a row is set back for each cell that the question names in another row of the table, not in it.
_SET_BACK = 5.0


def is_row(chunk: Chunk) -> bool:
    """Return whether a chunk is a row of a table."""
    return CELL_SEPARATOR in chunk.text and chunk.paragraph_start == chunk.start


def set_back(question: str, chunks: Iterable[Chunk], reads: Mapping[int, Read]) -> dict[int, Read]:
    """Return the reader's judgements with rows set back of which the question names fewer cells than of another.

    Only rows of one table are compared: of the same document, under the same column names.
    """
    asked = set(index_terms(question))
    named: dict[tuple[str, tuple[str, ...]], dict[int, int]] = {}
    for chunk in chunks:
        if is_row(chunk) and chunk.id in reads:
            labels, values = _parted(chunk.text)
            named.setdefault((chunk.document_id, labels), {})[chunk.id] = sum(_is_named(v, asked) for v in values)
    changed = dict(reads)
    for counts in named.values():
        most = max(counts.values())
        for number, count in counts.items():
            if count < most:
                read = reads[number]
                changed[number] = replace(read, score=read.score - _SET_BACK * (most - count))
    return changed


def _parted(row: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of a row's columns as far as it has them, and its values."""
    cells = [cell.partition(": ") for cell in row.split(CELL_SEPARATOR)]
    labels = tuple(label for label, colon, _ in cells if colon)
    return labels, tuple(value if colon else label for label, colon, value in cells)


def _is_named(value: str, asked: set[str]) -> bool:
    terms = set(index_terms(value))
    return 0 < len(terms) <= _MOST_TERMS and terms <= asked
