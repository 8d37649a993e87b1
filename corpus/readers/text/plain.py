"""The reader of plain text, line by line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from corpus.readers.base import Block, BlockKind, Draft, File, clean_blocks, first_text, pieces_without
from corpus.readers.extract import row_pieces
from corpus.readers.text.lines import BULLET, Shape, common_width
from corpus.types import Metadata

_LINE = re.compile(r"[^\r\n\f\u2028\u2029]*(?:\r\n|[\r\n\f\u2028\u2029]|\Z)")
_EDITOR_BREAK = re.compile(r"\r\n|\r|\n")
_BREAKS = "\r\n\f\u2028\u2029"


@dataclass(frozen=True, slots=True)
class Line:
    """A line: ``source[start:end]`` without its line break; ``text`` is the same, stripped of white space."""

    start: int
    end: int
    text: str

    @property
    def is_blank(self) -> bool:
        """Return whether the line holds nothing but white space."""
        return not self.text


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Consecutive lines without a blank one between; ``gap`` counts the line breaks before the first."""

    lines: tuple[Line, ...]
    gap: int

    @property
    def start(self) -> int:
        """Return the position at which the first line begins."""
        return self.lines[0].start

    @property
    def end(self) -> int:
        """Return the position at which the last line ends."""
        return self.lines[-1].end

    @property
    def text(self) -> str:
        """Return the lines' texts joined by spaces."""
        return " ".join(line.text for line in self.lines)


def split_lines(source: str, start: int = 0) -> list[Line]:
    """Return all lines of ``source`` from ``start``, blank ones included."""
    lines = []
    for match in _LINE.finditer(source, start):
        if match.start() == match.end():
            continue
        text = match.group().rstrip(_BREAKS)
        stripped = text.strip().strip("\ufeff\u200b").strip()
        lines.append(Line(match.start(), match.start() + len(text), stripped))
    return lines


def paragraphs(lines: Sequence[Line]) -> Iterator[Paragraph]:
    """Yield the paragraphs that blank lines separate."""
    group: list[Line] = []
    gap = since = 1
    for line in lines:
        if line.is_blank:
            if group:
                yield Paragraph(tuple(group), gap)
                group, since = [], 1
            since += 1
        else:
            if not group:
                gap = since
            group.append(line)
    if group:
        yield Paragraph(tuple(group), gap)


def line_starts(source: str) -> list[int]:
    """Return the positions at which lines begin, as an editor counts them (CR LF is one break)."""
    return [0, *(match.end() for match in _EDITOR_BREAK.finditer(source))]


def line_number(source: str, position: int) -> int:
    """Return the 1-based line of ``position``, as an editor counts; for many positions, bisect `line_starts`."""
    head = source[:position]
    return 1 + head.count("\n") + head.count("\r") - source.count("\r\n", 0, position + 1)


_STOP = re.compile(r"[.!?。！？…:：;；,，、][\"'”’»」』）)\]]*$")
_MAX_HEADING = 120
_UNDERLINE = re.compile(r"([=\-~*^#])\1{2,}$")
_QUOTED = re.compile(r"[ \t]*(?:>[ \t]?)+")
_CHAPTER = re.compile(
    r"(?:(?:chapter|part|section|article|appendix|book|act|scene|глава|часть|раздел|статья|бөлім|тарау|бап|kapitel|teil"
    r"|abschnitt|chapitre|partie|capítulo|parte|capitolo)\s(?:\d{1,4}|[IVXLC]{1,7})\b|\d{1,3}[-–]?(?:тарау|бөлім|бап)\b)"
    r"[.:]?(?:\s(?P<title>.*))?$"
    r"|第\s?[一二三四五六七八九十百零〇\d]{1,5}\s?[章节節回部篇卷编編讲講课課](?:[\s:：、].*)?$",
    re.IGNORECASE,
)
_MAX_LINE_HEADING = 80
_MAX_HEADINGS = 3


def looks_like_heading(text: str) -> bool:
    """Return whether a line standing alone reads as a heading: short, and no sentence stop at its end."""
    return len(text) <= _MAX_HEADING and not _STOP.search(text) and any(c.isalpha() for c in text)


class PlainReader:
    """The reader of any text that has no format of its own."""

    name = "text"
    media_type = "text/plain"
    suffixes = frozenset({".txt", ".text", ".log", ""})
    is_quick = True

    def matches(self, file: File) -> bool:
        """Return True: any text can be read as plain text."""
        return True

    def read(self, file: File) -> Draft:
        """Return the draft of a text; a short line that stands alone is a heading.

        The lines of a log are blocks of their own. In any other text, lines that were wrapped are joined.
        """
        source, start = file.source, file.start
        lines = split_lines(source, start)
        if file.suffix == ".log":
            return Draft(tuple(_block(source, "paragraph", [line]) for line in lines if not line.is_blank))
        groups = list(paragraphs(lines))
        common = common_width([[line.text for line in group.lines] for group in groups])
        blocks = [block for group in groups for block in _Layout(source, group.lines, common).blocks()]
        blocks = _titled(_fewer_headings(blocks))
        return Draft(tuple(blocks), Metadata(title=first_text(blocks[:1], lambda block: block.level == 1)))


def _block(source: str, kind: BlockKind, lines: Sequence[Line], level: int = 0, skip: int = 0) -> Block:
    """Return the block of some lines, without ``skip`` characters of the first and marks of quotation."""
    drops = [(m.start(), m.end()) for line in lines if (m := _QUOTED.match(source, line.start, line.end))]
    begin = drops[0][1] if drops and drops[0][0] == lines[0].start else lines[0].start
    while skip and source[begin].isspace():
        begin += 1
    return Block(kind, pieces_without(source, begin + skip, lines[-1].end, drops), level)


class _Layout:
    """The lines of one paragraph, on the way to blocks."""

    def __init__(self, source: str, lines: Sequence[Line], common: int) -> None:
        self.source = source
        self.lines = lines
        self.depths = [_depth(line.text) for line in lines]
        self.texts = [_QUOTED.sub("", line.text, count=1) or line.text for line in lines]
        self.shape = Shape(self.texts, common)

    def blocks(self) -> list[Block]:
        """Return the rows of a table, or the blocks of headings, items and lines that go on."""
        if rows := table_rows(self.source, self.lines):
            return rows
        found: list[Block] = []
        for first, last in self._groups():
            if not self._underlines(first):
                found.append(self._group(first, last))
        return found

    def _groups(self) -> Iterator[tuple[int, int]]:
        """Yield the first and the last line of each block."""
        first = 0
        for index in range(len(self.lines)):
            if index + 1 == len(self.lines) or not self._goes_on(index):
                yield first, index
                first = index + 1

    def _goes_on(self, index: int) -> bool:
        if self.depths[index] != self.depths[index + 1]:
            return False
        if self._is_chapter(index) or self._is_chapter(index + 1) or self._underlines(index + 2):
            return False
        return not self._is_section(index) and self.shape.goes_on(index)

    def _group(self, first: int, last: int) -> Block:
        kind = self.shape.kinds[first]
        text = self.texts[first]
        if first == last and (level := self._heading_level(first)):
            return _block(self.source, "heading", self.lines[first : last + 1], level)
        bullet = BULLET.match(text) if kind == "item" else None
        shown: BlockKind = "item" if kind in {"item", "number"} else "paragraph"
        return _block(self.source, shown, self.lines[first : last + 1], 0, bullet.end() if bullet else 0)

    def _heading_level(self, index: int) -> int:
        """Return the level of a line that is a heading; 0 for any other line."""
        if not looks_like_heading(self.texts[index]) or self.depths[index]:
            return 0
        if self._underlines(index + 1):
            return 1 if self.texts[index + 1].startswith("=") else 2
        alone = len(self.lines) == 1 and self.shape.kinds[index] not in {"item", "time", "cells"}
        return 2 if alone or self._is_chapter(index) or self._is_section(index) else 0

    def _is_chapter(self, index: int) -> bool:
        """Return whether a line reads "Chapter 1" or "第一章 开工", and nothing of a sentence."""
        text = self.texts[index]
        match = _CHAPTER.match(text) if len(text) <= _MAX_LINE_HEADING else None
        if not match or not looks_like_heading(text):
            return False
        return not (match["title"] or "X")[0].islower()

    def _is_section(self, index: int) -> bool:
        """Return whether a line reads "2. Budget" and what follows is neither its end nor the next number."""
        if self.shape.kinds[index] != "number" or index + 1 == len(self.lines) or self.depths[index]:
            return False
        text, following = self.texts[index], self.texts[index + 1]
        is_short = len(text) <= _MAX_LINE_HEADING and looks_like_heading(text)
        return is_short and self.shape.kinds[index + 1] != "number" and not following[0].islower()

    def _underlines(self, index: int) -> bool:
        """Return whether a line is a rule that makes the line before it a heading."""
        if not 0 < index < len(self.lines) or not _UNDERLINE.match(self.texts[index]):
            return False
        above = self.texts[index - 1]
        return looks_like_heading(above) and len(self.texts[index]) >= min(len(above), 8)


def _depth(text: str) -> int:
    match = _QUOTED.match(text)
    return match.group().count(">") if match else 0


def _fewer_headings(blocks: list[Block]) -> list[Block]:
    """Return the blocks with many headings in a row made paragraphs: they are the lines of a list, and evidence."""
    shown = blocks[:1]
    run: list[Block] = []
    for block in [*blocks[1:], None]:
        if block and block.kind == "heading" and block.level == 2:
            run.append(block)
            continue
        is_list = len(run) > _MAX_HEADINGS
        ends = run[-1:] if block and is_list else []
        listed = run[: len(run) - len(ends)]
        shown += [Block("paragraph", b.pieces) for b in listed] + ends if is_list else run
        shown += [block] if block else []
        run = []
    return shown


def _titled(blocks: list[Block]) -> list[Block]:
    """Return the blocks with the first as the title, if it is a heading or stands above the first section's number."""
    if not blocks or _CHAPTER.match(clean_blocks(blocks[:1])):
        return blocks
    first = blocks[0]
    above = first.kind == "paragraph" and len(blocks) > 1 and blocks[1].kind == "heading"
    if first.kind == "heading" or (above and looks_like_heading(clean_blocks([first]))):
        return [Block("heading", first.pieces, 1), *blocks[1:]]
    return blocks


def table_rows(source: str, lines: Sequence[Line]) -> list[Block]:
    """Return the rows of lines whose cells tabs or bars part, at least two and all of one length; else nothing."""
    for pattern in (_TAB, _BAR):
        kept = [line for line in lines if not _TABLE_RULE.match(line.text)]
        rows = [_cells(source, line, pattern) for line in kept]
        if len(rows) > 1 and len({len(row) for row in rows}) == 1 and len(rows[0]) > 1:
            texts = [[source[start:end].strip() for start, end in row] for row in rows]
            header = texts[0] if len(kept) < len(lines) or is_header(texts) else None
            first = Block("row", row_pieces(source, rows[0]))
            return [first, *(Block("row", row_pieces(source, row, header)) for row in rows[1:])]
    return []


_TAB = re.compile(r"\t")
_BAR = re.compile(r"(?<=\s)\|(?=\s)|^\||\|$|\|(?=\s)|(?<=\s)\|")
_TABLE_RULE = re.compile(r"[|+\-:=\s]+$")
_NUMERIC = re.compile(r"\d")
_MAX_LABEL = 60


def _cells(source: str, line: Line, pattern: re.Pattern[str]) -> list[tuple[int, int]]:
    """Return the spans of a line's cells, without the marks at its ends."""
    start, end = line.start, line.end
    while start < end and source[start] in "| \ufeff":
        start += 1
    while end > start and source[end - 1] in "| ":
        end -= 1
    marks = [(m.start(), m.end()) for m in pattern.finditer(source, start, end)]
    return list(zip([start, *(e for _, e in marks)], [*(s for s, _ in marks), end], strict=True))


def is_header(rows: Sequence[Sequence[str]]) -> bool:
    """Return whether the first row names columns: short names without digits, each another, over rows with digits."""
    first, *others = rows
    named = all(cell and len(cell) <= _MAX_LABEL and not _NUMERIC.search(cell) for cell in first)
    numbers = any(_NUMERIC.search(cell) for row in others for cell in row)
    return named and numbers and len(set(first)) == len(first)
