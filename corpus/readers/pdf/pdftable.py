"""Rows of tables among the lines of a PDF's page: lines whose cells stand under one another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from corpus.readers.pdf.pdfpage import Line, around

_COLUMN_GAP = 3


def table_rows(lines: Sequence[Line]) -> set[int]:
    """Return the identities of lines whose cells stand under those of a line nearby."""
    rows: set[int] = set()
    wide = [(index, line) for index, line in enumerate(lines) if len(line.cell_boxes) > 1]
    for (i, a), (j, b) in pairwise(wide):
        if j - i <= 3 and abs(b.box[1] - a.box[1]) < 6 * a.size and _aligned(a, b) >= 2:
            rows.update((id(a), id(b)))
    return rows


def columns_apart(lines: Sequence[Line]) -> list[Line]:
    """Return the lines with those split that have a very wide gap in them and are no rows of a table."""
    rows = table_rows(lines)
    apart: list[Line] = []
    for line in lines:
        apart.extend([line] if id(line) in rows else _split(line))
    return apart


def _split(line: Line) -> Iterator[Line]:
    start, first = 0, 0
    for index, cell in enumerate(line.cells):
        before, after = line.cell_boxes[index], line.cell_boxes[index + 1]
        gap = before[0] - after[1] if line.is_right_to_left else after[0] - before[1]
        if gap > _COLUMN_GAP * line.size:
            yield _part_of(line, start, cell, line.cell_boxes[first : index + 1])
            start, first = cell, index + 1
    yield _part_of(line, start, len(line.text), line.cell_boxes[first:]) if start else line


def _part_of(line: Line, start: int, end: int, spans: Sequence[tuple[float, float]]) -> Line:
    while end > start and line.text[end - 1] == " ":
        end -= 1
    box = (min(span[0] for span in spans), line.box[1], max(span[1] for span in spans), line.box[3])
    part = replace(line, text=line.text[start:end], places=line.places[start:end], box=box, cell_boxes=tuple(spans))
    part.cells = tuple(cell - start for cell in line.cells if start < cell < end)
    return part


def _aligned(a: Line, b: Line) -> int:
    """Return how many cells of one line begin, end or have their middle where a cell of the other has.

    Where a line has three cells or more, they are aligned, too, if each stands over one of the other: heads of columns.
    """
    if len(a.cell_boxes) >= 3 <= len(b.cell_boxes):
        under = [{i for i, (x, y) in enumerate(b.cell_boxes) if left < y and x < right} for left, right in a.cell_boxes]
        found = {min(columns) for columns in under if len(columns) == 1}
        if len(found) >= max(2, len(a.cell_boxes) - 1):
            return len(found)
    near = 0.5 * a.size
    count = 0
    for left, right in a.cell_boxes:
        count += any(
            abs(left - x) < near or abs(right - y) < near or abs(left + right - x - y) < 2 * near
            for x, y in b.cell_boxes
        )
    return count


def with_labels(lines: Sequence[Line]) -> list[Line]:
    """Return the lines with those made one with the row of a table that are its label, set in several lines."""
    rows = table_rows(lines)
    labelled: list[Line] = []
    for line in lines:
        count = _label_lines(labelled, line, rows) if id(line) in rows else 0
        if count:
            label = labelled[-count:]
            del labelled[-count:]
            labelled.append(_labelled(label, line))
        else:
            labelled.append(line)
    return labelled


def _label_lines(before: Sequence[Line], row: Line, rows: set[int]) -> int:
    """Return how many of the lines before a row stand to the left of it, one under the other, around its level."""
    if row.is_right_to_left:
        return 0
    middle = (row.box[1] + row.box[3]) / 2
    found = 0
    for count in range(1, min(4, len(before)) + 1):
        line = before[-count]
        follows = before[-count + 1] if count > 1 else None
        is_left = id(line) not in rows and not line.is_broken and line.box[2] <= row.box[0]
        is_under = follows is None or 0 < follows.box[1] - line.box[1] < 2 * line.size
        if not is_left or not is_under or line.box[3] < middle - 3 * line.size:
            break
        if count > 1 and line.box[1] < middle < before[-1].box[3]:
            found = count
    return found


def _labelled(label: Sequence[Line], row: Line) -> Line:
    text: list[str] = []
    places: list[int] = []
    for line in label:
        text.append(line.text)
        places.extend([*line.places, -1])
    said = "\n".join(text) + " "
    line = replace(row, text=said + row.text, places=[*places, *row.places])
    line.box = around([row.box, *(part.box for part in label)])
    line.cells = (len(said), *(len(said) + cell for cell in row.cells))
    line.cell_boxes = ((line.box[0], max(part.box[2] for part in label)), *row.cell_boxes)
    return line
