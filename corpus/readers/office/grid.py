"""The tables of documents, whose cells may hold more than a value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from lxml import etree

from corpus.readers.extract import Extract
from corpus.readers.tables import lay_out

# A table that is there for the page's layout has prose in its cells.
_MAX_CELL = 400
_MAX_MEDIAN = 150
_MAX_PARAGRAPHS = 6


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: its text, how many paragraphs that has, whether a table stands in it, and the element it was read from.

    The element is None for a column that is covered by the cell before.
    """

    text: str
    paragraphs: int
    has_table: bool
    element: etree._Element | None


def add_table(
    extract: Extract,
    rows: Sequence[Sequence[Cell]],
    marked: frozenset[int],
    add_blocks: Callable[[etree._Element], None],
) -> None:
    """Add a table row by row; where it only divides the page, add what stands in its cells with ``add_blocks``.

    ``marked`` are the rows that the file itself marks as a header.
    """
    if not _is_data(rows):
        for row in rows:
            for cell in row:
                if cell.element is not None and (cell.text.strip() or cell.has_table):
                    add_blocks(cell.element)
                elif cell.element is None:
                    for text in cell.text.split("\n"):
                        extract.paragraph(text)
        return
    width = max(len(row) for row in rows)
    grid = [[*(" ".join(cell.text.split()) for cell in row), *[""] * (width - len(row))] for row in rows]
    for line in lay_out(grid, marked=marked):
        cells = grid[line.index]
        if line.kind == "row":
            extract.row(cells, line.labels)
        else:
            extract.block(line.kind, " ".join(filter(None, cells)), 3 if line.kind == "heading" else 0)


def _is_data(rows: Sequence[Sequence[Cell]]) -> bool:
    """Return whether a table is one of values: several columns, and no long prose or further table in its cells."""
    cells = [cell for row in rows for cell in row if cell.text.strip() or cell.has_table]
    if not cells or max(len([c for c in row if c.text.strip()]) for row in rows) < 2:
        return False
    if any(cell.has_table or cell.paragraphs > _MAX_PARAGRAPHS or len(cell.text) > _MAX_CELL for cell in cells):
        return False
    return median(len(cell.text) for cell in cells) <= _MAX_MEDIAN
