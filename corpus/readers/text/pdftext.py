"""The reader of text taken from a PDF: broken lines, page breaks, bullets, footnotes, placeholders.

Lines are joined again where a sentence goes on. A footnote that a page's end puts into the middle of a sentence is
taken out: its last lines are bare URLs, its first begins like a reference.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median

from corpus.readers.base import Block, Draft, File, Piece, clean_blocks, first_text, matches, pieces_without
from corpus.readers.text.plain import Line, split_lines
from corpus.types import Metadata

Span = tuple[int, int]

_BULLET = re.compile(r"^(?:[•●▪■◦‣–—*-]\s+|o\s+(?=[^\Wa-z])|\d{1,2}[.)]\s+)")
_STOP = re.compile(r"[.!?。！？…:：;；][\"'”’»」』）)\]]*$")
_OPEN_END = re.compile(r"[,،，、(\[«“「\-‐–—]$")
_BARE_URL = re.compile(r"^(?:https?://|www\.)\S+$")
_REFERENCE = re.compile(r"^(?:\d{1,3}\s+\S|[^\W\d_][^;!?]{1,80}[,\s][“«\"'‘「《]|[“«\"'‘「《])")
_PAGE_NUMBER = re.compile(r"^(?:[-–—]\s*)?(?:\d{1,4}|[ivxlc]{1,6})(?:\s*[-–—])?$")
_SEPARATOR = re.compile(r"^(?:[*＊·•_=~-]\s?){3,}$")
_PLACEHOLDER = re.compile(
    r"\bINSERT\s+(?:LINK|URL|TEXT|IMAGE|DATE|NAME|FIGURE|TABLE)(?:\s+HERE)?\b|\bLorem ipsum dolor\b[^.]{0,500}\.?"
)
# A footnote number set as plain text right after a word: "миллионға жетті1."
_NOTE_NUMBER = re.compile(r"(?<=[^\W\d_]{4})(?<![A-Z])\d{1,2}(?=[.,;:!?»”)]*(?:\s|$))")
_ENDS_HEADING = re.compile(r"[.!?…:;](?:\W|$)")
_ENDS_TITLE = re.compile(r"[.!?…;](?:\W|$)|:$")
_PAGE_GAP = 3
_MAX_FOOTNOTE_LINES = 14
_MAX_HEADING = 120


class PdfTextReader:
    """The reader of text extracted from a PDF."""

    name = "pdf-text"
    media_type = "text/plain"
    suffixes: frozenset[str] = frozenset()
    is_quick = True

    def matches(self, file: File) -> bool:
        """Return whether lines are short, often have a blank line between them, and often end inside a sentence."""
        source = file.body
        rows = _rows(source)
        if len(rows) < 12 or median(len(row.text) for row in rows) > 110:
            return False
        pairs = list(pairwise(rows))
        apart = sum(_gap(source, a, b) == 2 for a, b in pairs)
        broken = sum(not _STOP.search(a.text) and b.text[:1].islower() for a, b in pairs)
        return apart >= 0.3 * len(rows) and broken >= 0.2 * len(rows)

    def read(self, file: File) -> Draft:
        """Return the draft of a text, without footnotes, page numbers and placeholders."""
        source, start = file.source, file.start
        rows = _rows(source, start)
        dropped = _dropped(source, rows)
        drops = _drops(source, start, dropped)
        blocks: list[Block] = []
        for group in _groups(source, [row for row in rows if row not in dropped]):
            if not _SEPARATOR.match(group[0].text):
                blocks.append(_block(source, group, drops, is_first=not blocks))
        return Draft(tuple(blocks), Metadata(title=first_text(blocks[:1], lambda b: b.kind == "heading")))


def _rows(source: str, start: int = 0) -> list[Line]:
    return [line for line in split_lines(source, start) if not line.is_blank]


def _gap(source: str, before: Line, after: Line) -> int:
    """Return the number of line breaks between two lines: 1 is single spacing, 2 a blank line between."""
    between = source[before.end : after.start]
    return between.count("\n") + between.count("\f") * _PAGE_GAP + between.replace("\r\n", "").count("\r")


def _dropped(source: str, rows: Sequence[Line]) -> set[Line]:
    """Return the lines of footnotes and page numbers."""
    dropped: set[Line] = set()
    ends_page = True
    for index in range(len(rows) - 1, -1, -1):
        row = rows[index]
        is_last = index + 1 == len(rows)
        # A footnote above a page number still stands at the page's end.
        under_number = (
            ends_page and not is_last and rows[index + 1] in dropped and _PAGE_NUMBER.match(rows[index + 1].text)
        )
        ends_page = is_last or bool(under_number) or _gap(source, row, rows[index + 1]) >= _PAGE_GAP
        if ends_page and _BARE_URL.match(row.text):
            dropped.update(rows[_footnote_start(rows, index) : index + 1])
        elif ends_page and not is_last and _PAGE_NUMBER.match(row.text):
            dropped.add(row)
    return dropped


def _footnote_start(rows: Sequence[Line], last: int) -> int:
    """Return the first line of the footnote that ends with the bare URL at ``last``.

    It is the nearest line above the URLs that begins like a reference after a line that ends inside a sentence or at a
    full stop; if there is none, the first of the URLs.
    """
    start = last
    while start > 0 and _BARE_URL.match(rows[start - 1].text):
        start -= 1
    for index in range(start - 1, max(0, start - _MAX_FOOTNOTE_LINES), -1):
        text, before = rows[index].text, rows[index - 1].text
        begins = _REFERENCE.match(text) and not text[0].islower()
        if begins and (not _STOP.search(before) or before.endswith((".", "?", "!"))):
            return index
    return start


def _groups(source: str, rows: Sequence[Line]) -> Iterator[list[Line]]:
    """Yield groups of lines that make one block each."""
    width = median([len(row.text) for row in rows]) if rows else 0
    group: list[Line] = []
    spacing = 0
    for row in rows:
        if group and _begins_block(source, group, row, spacing, width):
            yield group
            group, spacing = [], 0
        if group:
            spacing = max(spacing, min(_gap(source, group[-1], row), 2))
        group.append(row)
    if group:
        yield group


def _begins_block(source: str, group: list[Line], row: Line, spacing: int, width: float) -> bool:
    last = group[-1].text
    gap = _gap(source, group[-1], row)
    if _BULLET.match(row.text) or _SEPARATOR.match(row.text) or _SEPARATOR.match(last):
        return True
    stopped = bool(_STOP.search(last))
    if gap < _PAGE_GAP:
        return stopped and spacing == 1 and gap == 2
    if stopped:
        return True
    goes_on = row.text[0].islower() or bool(_OPEN_END.search(last))
    return not (goes_on or (len(group) > 1 and len(last) >= 0.8 * width))


def _block(source: str, group: list[Line], drops: list[Span], *, is_first: bool) -> Block:
    first = source[group[0].start : group[0].end]
    indent = len(first) - len(first.lstrip())
    bullet = _BULLET.match(first[indent:])
    start = group[0].start + indent + (bullet.end() if bullet else 0)
    pieces = _pieces(source, start, group[-1].end, drops)
    if bullet:
        return Block("item", pieces)
    if len(group) > 2 or sum(len(row.text) for row in group) > 2 * _MAX_HEADING:
        return Block("paragraph", pieces)
    text = clean_blocks([Block("paragraph", pieces)])
    stop = _ENDS_TITLE if is_first else _ENDS_HEADING
    is_heading = len(text) <= _MAX_HEADING and not stop.search(text)
    return Block("heading", pieces, 1 if is_first else 2) if is_heading else Block("paragraph", pieces)


def _pieces(source: str, start: int, end: int, drops: list[Span]) -> tuple[Piece, ...]:
    first = bisect_left(drops, start, key=lambda span: span[1])
    last = bisect_left(drops, end, key=lambda span: span[0])
    return pieces_without(source, start, end, drops[first:last])


def _drops(source: str, start: int, dropped: set[Line]) -> list[Span]:
    """Return the spans that are left out, in order: footnotes, page numbers, placeholders, footnote numbers."""
    # Line breaks as spaces, so that a placeholder broken over two lines is seen.
    one_line = source.replace("\n", " ").replace("\r", " ")
    inline = matches(_PLACEHOLDER, one_line, start, len(source)) + matches(_NOTE_NUMBER, source, start, len(source))
    merged: list[Span] = []
    for begin, end in sorted([(row.start, row.end) for row in dropped] + inline):
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return merged
