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
_MAX_SUBJECT = 120


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: its text, how many paragraphs that has, whether a table stands in it, and the element it was read from.

    The element is None where the text is all there is. A covered cell belongs to the one before it, a continued one to
    the one above it.
    """

    text: str
    paragraphs: int
    has_table: bool
    element: etree._Element | None
    is_covered: bool = False
    is_continued: bool = False


# A further column of the cell before.
COVERED = Cell("", 0, False, None, is_covered=True)


def add_table(
    extract: Extract,
    rows: Sequence[Sequence[Cell]],
    marked: frozenset[int],
    add_blocks: Callable[[etree._Element], None],
) -> bool:
    """Add a table row by row; where it only divides the page, add what stands in its cells with ``add_blocks``.

    ``marked`` are the rows that the file itself marks as a header. Return whether it was added row by row.
    """
    if not _is_data(rows):
        for row in rows:
            for cell in row:
                if cell.element is not None and (cell.text.strip() or cell.has_table):
                    add_blocks(cell.element)
                elif cell.element is None:
                    for text in cell.text.split("\n"):
                        extract.paragraph(text)
        return False
    width = max(len(row) for row in rows)
    grid = [[*(" ".join(cell.text.split()) for cell in row), *[""] * (width - len(row))] for row in rows]
    subjects: list[str] = []
    for line in lay_out(grid, _named(rows, grid), marked):
        cells = grid[line.index]
        if line.kind == "row" and line.labels:
            cells = subjects = _with_subjects(rows[line.index], cells, subjects)
        if line.kind == "row":
            extract.row(cells, line.labels)
        else:
            extract.block(line.kind, " ".join(filter(None, cells)), 3 if line.kind == "heading" else 0)
    return True


def _with_subjects(row: Sequence[Cell], cells: Sequence[str], above: Sequence[str]) -> list[str]:
    """Return the cells of a row with what it is about, where that stands once over several rows at their left."""
    filled = list(cells)
    for index, cell in enumerate(row[: len(above)]):
        if not cell.is_continued:
            break
        filled[index] = above[index] if len(above[index]) <= _MAX_SUBJECT else ""
    return filled


def _named(rows: Sequence[Sequence[Cell]], grid: Sequence[Sequence[str]]) -> list[list[str]]:
    """Return the grid with what stands over several columns repeated over each."""
    named = [list(cells) for cells in grid]
    for row, cells in zip(rows, named, strict=True):
        for index, cell in enumerate(row):
            if index and cell.is_covered:
                cells[index] = cells[index - 1]
    return named


def _is_data(rows: Sequence[Sequence[Cell]]) -> bool:
    """Return whether a table is one of values: several columns, and no long prose or further table in its cells."""
    cells = [cell for row in rows for cell in row if cell.text.strip() or cell.has_table]
    if not cells or max(len([c for c in row if c.text.strip()]) for row in rows) < 2:
        return False
    if any(cell.has_table or cell.paragraphs > _MAX_PARAGRAPHS or len(cell.text) > _MAX_CELL for cell in cells):
        return False
    return median(len(cell.text) for cell in cells) <= _MAX_MEDIAN
