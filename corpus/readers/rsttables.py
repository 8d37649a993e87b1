"""The tables of reStructuredText that are drawn with characters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from itertools import pairwise

# A line of a table: where its words begin and end in the source, how far it is indented, the words.
TableLine = tuple[int, int, int, str]
# The spans of a cell's lines; a row's cells.
Row = list[list[tuple[int, int]]]
# How many lines the table has, its rows, and which of them is the header.
Found = tuple[int, list[Row], int | None]

_GRID_RULE = re.compile(r"\+(?:[-=]+\+)+")
_PARTLY_RULED = re.compile(r"\+[-=]{2,}\+")
_SIMPLE_RULE = re.compile(r"=+(?:[ \t]+=+)*|-+(?:[ \t]+-+)*")


def grid_rows(lines: Sequence[TableLine]) -> Found | None:
    """Return the rows of a table whose cells stand between bars and rules; None if no rule closes it."""
    count = next((i for i, line in enumerate(lines) if not line[3] or line[3][0] not in "+|"), len(lines))
    rules = [i for i in range(count) if _GRID_RULE.fullmatch(lines[i][3])]
    if len(rules) < 2:
        return None
    count = rules[-1] + 1
    edges = [m.start() for m in re.finditer(r"\+", lines[0][3])]
    rows: list[Row] = []
    header_at = None
    open_row: Row = [[] for _ in edges[1:]]
    for start, _, _, text in lines[1:count]:
        if _PARTLY_RULED.search(text):
            if any(open_row):
                rows.append(open_row)
            open_row = [[] for _ in edges[1:]]
            if "=" in text and _GRID_RULE.fullmatch(text) and rows:
                header_at = len(rows) - 1
            if _GRID_RULE.fullmatch(text):
                continue
        for column, begin, end in _grid_cells(text, edges):
            if text[begin:end].strip() and not _PARTLY_RULED.search(f"+{text[begin:end].strip()}+"):
                open_row[column].append((start + begin, start + end))
    if any(open_row):
        rows.append(open_row)
    return count, rows, header_at


def _grid_cells(text: str, edges: Sequence[int]) -> list[tuple[int, int, int]]:
    """Return the cells of a line as ``(column, start, end)``.

    They lie between the table's edges, or between all bars if there are as many.
    """
    bars = [m.start() for m in re.finditer(r"[|+]", text)]
    if len(bars) == len(edges):
        return [(i, bars[i] + 1, bars[i + 1]) for i in range(len(bars) - 1)]
    places = {_place(text, edge): index for index, edge in enumerate(edges)}
    cells = []
    inner = sorted(place for place in places if place < len(text) and text[place] in "|+")
    for begin, end in pairwise(inner):
        cells.append((min(places[begin], len(edges) - 2), begin + 1, end))
    return cells


def simple_rows(lines: Sequence[TableLine]) -> Found | None:
    """Return the rows of a table under rules of equals signs; None if no rule closes it."""
    columns = [m.span() for m in re.finditer(r"=+", lines[0][3])]
    indent = lines[0][2]
    rules = [0]
    for index, line in enumerate(lines[1:], 1):
        if re.fullmatch(r"=+(?:[ \t]+=+)*", line[3]) and line[2] == indent:
            rules.append(index)
            following = lines[index + 1] if index + 1 < len(lines) else None
            if len(rules) == 3 or following is None or not following[3]:
                break
    if len(rules) < 2:
        return None
    rows: list[Row] = []
    header_at = None
    for index, (start, _, lead, text) in enumerate(lines[: rules[-1]]):
        if index in rules:
            header_at = len(rows) - 1 if index and rows else header_at
            continue
        if not text or re.fullmatch(r"-+(?:[ \t]+-+)*", text):
            continue
        shift = lead - indent
        cells = _simple_cells(text, start, shift, columns)
        if cells[0] or not rows:
            rows.append([[] for _ in columns])
        for column, cell in enumerate(cells):
            rows[-1][column] += cell
    return rules[-1] + 1, rows, header_at


def _simple_cells(text: str, start: int, shift: int, columns: Sequence[tuple[int, int]]) -> Row:
    """Return a line's cells; words that run over the edge of a column belong to the one in which they begin."""
    cells: Row = []
    position = 0
    for index, _ in enumerate(columns):
        following = columns[index + 1][0] - shift if index + 1 < len(columns) else None
        end = len(text) if following is None else _place(text, max(following, 0))
        while following is not None and 0 < end < len(text) and not text[end - 1].isspace():
            end += 1
        end = max(end, position)
        cells.append([(start + position, start + end)] if text[position:end].strip() else [])
        position = end
    return cells


def _place(text: str, column: int) -> int:
    """Return the index of the character at a column, as characters of East Asia are two columns wide."""
    if text.isascii():
        return min(column, len(text))
    width = 0
    for index, character in enumerate(text):
        if width >= column:
            return index
        width += 0 if unicodedata.combining(character) else 1 + (unicodedata.east_asian_width(character) in "WF")
    return len(text)
