"""The tables of reStructuredText that are drawn with characters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from itertools import pairwise
from typing import Protocol

# The spans of a cell's lines; a row's cells.
Row = list[list[tuple[int, int]]]
# The line after the table, its rows, and which of them is the header.
Found = tuple[int, list[Row], int | None]


class TableLine(Protocol):
    """A line: where its words begin in the source, how far it is indented, the words."""

    @property
    def start(self) -> int:
        """Return where the words begin."""

    @property
    def indent(self) -> int:
        """Return at which column they begin."""

    @property
    def text(self) -> str:
        """Return the words."""


_GRID_RULE = re.compile(r"\+(?:[-=]+\+)+")
_PARTLY_RULED = re.compile(r"\+[-=]{2,}\+")
_SIMPLE_RULE = re.compile(r"=+(?:[ \t]+=+)*|-+(?:[ \t]+-+)*")


def grid_rows(lines: Sequence[TableLine], at: int) -> Found | None:
    """Return the rows of a table whose cells stand between bars and rules; None if no rule closes it."""
    end = next((i for i in range(at, len(lines)) if lines[i].text[:1] not in {"+", "|"}), len(lines))
    rules = [i for i in range(at, end) if _GRID_RULE.fullmatch(lines[i].text)]
    if len(rules) < 2:
        return None
    edges = [m.start() for m in re.finditer(r"\+", lines[at].text)]
    rows: list[Row] = []
    header_at = None
    open_row: Row = [[] for _ in edges[1:]]
    for start, text in ((line.start, line.text) for line in lines[at + 1 : rules[-1] + 1]):
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
    return rules[-1] + 1, rows, header_at


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


def simple_rows(lines: Sequence[TableLine], at: int) -> Found | None:
    """Return the rows of a table under rules of equals signs; None if no rule closes it."""
    columns = [m.span() for m in re.finditer(r"=+", lines[at].text)]
    indent = lines[at].indent
    rules = [at]
    for index in range(at + 1, len(lines)):
        if lines[index].text[:1] == "=" and lines[index].indent == indent and _SIMPLE_RULE.fullmatch(lines[index].text):
            rules.append(index)
            if len(rules) == 3 or index + 1 == len(lines) or not lines[index + 1].text:
                break
    if len(rules) < 2:
        return None
    rows: list[Row] = []
    header_at = None
    for index in range(at + 1, rules[-1]):
        line = lines[index]
        if index in rules:
            header_at = len(rows) - 1 if rows else header_at
            continue
        if not line.text or _SIMPLE_RULE.fullmatch(line.text):
            continue
        cells = _simple_cells(line.text, line.start, line.indent - indent, columns)
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
