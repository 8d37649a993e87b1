"""The reader of plain text, line by line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from corpus.readers.base import Block, Draft, File, Piece, first_text
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
# A line this long that ends a sentence was not broken by a text width: the next line is a new paragraph.
_UNWRAPPED = 200


def looks_like_heading(text: str) -> bool:
    """Return whether a line standing alone reads as a heading: short, and no sentence stop at its end."""
    return len(text) <= _MAX_HEADING and not _STOP.search(text) and any(c.isalpha() for c in text)


class PlainReader:
    """The reader of any text that has no format of its own."""

    name = "text"
    media_type = "text/plain"
    suffixes = frozenset({".txt", ".text", ""})
    is_quick = True

    def matches(self, file: File) -> bool:
        """Return True: any text can be read as plain text."""
        return True

    def read(self, file: File) -> Draft:
        """Return the draft of a text; a short line that stands alone is a heading."""
        source, start = file.source, file.start
        blocks: list[Block] = []
        for paragraph in paragraphs(split_lines(source, start)):
            for begin, end, single in split_unwrapped(paragraph):
                piece = Piece(begin, end, source[begin:end])
                if single and looks_like_heading(piece.text.strip()):
                    blocks.append(Block("heading", (piece,), 2 if blocks else 1))
                else:
                    blocks.append(Block("paragraph", (piece,)))
        title = first_text(blocks[:1], lambda block: block.kind == "heading")
        return Draft(tuple(blocks), Metadata(title=title))


def split_unwrapped(paragraph: Paragraph) -> list[tuple[int, int, bool]]:
    """Return the spans of a paragraph, cut after lines too long to be wrapped; True if the paragraph is one line."""
    spans = []
    group = []
    for line in paragraph.lines:
        group.append(line)
        if len(line.text) > _UNWRAPPED and _STOP.search(line.text):
            spans.append((group[0].start, line.end, False))
            group = []
    if group:
        spans.append((group[0].start, group[-1].end, len(paragraph.lines) == 1))
    return spans
