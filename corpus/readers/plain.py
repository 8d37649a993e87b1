"""Plain text: paragraphs between blank lines; a short first line on its own is the title."""

from __future__ import annotations

import re

from corpus.readers.base import Block, Draft, Piece, first_text
from corpus.readers.lines import Paragraph, paragraphs, split_lines
from corpus.types import Metadata

_STOP = re.compile(r"[.!?。！？…:：;；,，、][\"'”’»」』）)\]]*$")
_MAX_HEADING = 120
# A line this long that ends a sentence was not broken by a text width: the next line is a new paragraph.
_UNWRAPPED = 200


def looks_like_heading(text: str) -> bool:
    """Whether a line standing alone reads as a heading: short, and no sentence stop at its end."""
    return len(text) <= _MAX_HEADING and not _STOP.search(text) and any(c.isalpha() for c in text)


class PlainReader:
    """Reads any text that has no shape of its own."""

    name = "text"
    media_type = "text/plain"

    def read(self, source: str, start: int = 0) -> Draft:
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

    def fragment(self, source: str) -> list[Block]:
        return [Block("paragraph", (Piece(0, len(source), source),))]


def split_unwrapped(paragraph: Paragraph) -> list[tuple[int, int, bool]]:
    """Spans of a paragraph, cut after lines too long to have been wrapped; True where one line stands alone."""
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
