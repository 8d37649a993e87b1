"""HTML that stands in Markdown as a block: its words, without its tags."""

from __future__ import annotations

import re
from collections.abc import Iterator

from markdown_it.common.html_re import HTML_TAG_RE

from corpus.readers.base import Block, BlockKind, Piece, clean_blocks, decode_entities
from corpus.readers.extract import cell_pieces
from corpus.readers.markup.markdown_inline import Content, is_tag, tag_name

_UNREAD = re.compile(
    r"<(script|style|template|svg)\b[^>]*>.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)", re.DOTALL | re.IGNORECASE
)
_INLINE = frozenset(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark nobr q rb rt rtc ruby s samp"
    " small span strike strong sub sup time tt u var wbr img input picture source".split()
)
_CELLS = frozenset({"td", "th"})


def html_blocks(content: Content) -> Iterator[Block]:
    """Yield the blocks of a piece of HTML: a row for each of a table's, an item for each of a list's."""
    reader = _HtmlReader(content)
    position = 0
    for tag, start, end in _tags(content.text):
        reader.text(position, start)
        yield from reader.tag(tag)
        position = end
    reader.text(position, len(content.text))
    yield from reader.tag("")


def _tags(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield what is no text, as ``(tag, start, end)``; an exclamation mark stands for comments and scripts."""
    start = 0
    while (start := text.find("<", start)) >= 0:
        unread = _UNREAD.match(text, start)
        match = unread or HTML_TAG_RE.match(text, start)
        if match and (unread or is_tag(match.group())):
            yield "!" if unread else match.group(), match.start(), match.end()
            start = match.end()
        else:
            start += 1


class _HtmlReader:
    """The blocks of a piece of HTML, as its tags come."""

    def __init__(self, content: Content) -> None:
        self.content = content
        self.pieces: list[Piece] = []
        self.cells: list[tuple[Piece, ...]] = []
        self.header: list[str] | None = None
        self.kind: BlockKind = "paragraph"
        self.level = 0
        self.in_row = False

    def text(self, start: int, end: int) -> None:
        """Take words."""
        for piece in self.content.pieces(start, end):
            is_exact = len(piece.text) == piece.end - piece.start
            self.pieces.extend(decode_entities(piece) if is_exact else [piece])

    def tag(self, tag: str) -> Iterator[Block]:
        """Yield the block that a tag completes; the empty tag completes all."""
        name = tag_name(tag)
        closes = tag.startswith("</")
        if tag == "!" or name in _INLINE:
            return
        if name == "br" and self.pieces:
            place = self.pieces[-1].end
            self.pieces.append(Piece(place, place, " "))
            return
        if self.in_row and name in {"p", "div", "ul", "ol", "li"}:
            place = self.pieces[-1].end if self.pieces else 0
            self.pieces.extend([Piece(place, place, " ")] if self.pieces else [])
            return
        yield from self._complete(name)
        self.in_row = (name == "tr" and not closes) or (self.in_row and name in _CELLS)
        self.kind = "item" if name in {"li", "dd"} and not closes else "paragraph"
        is_heading = re.fullmatch(r"h[1-6]", name) and not closes
        self.kind, self.level = ("heading", int(name[1])) if is_heading else (self.kind, 0)
        if name == "table":
            self.header = None

    def _complete(self, name: str) -> Iterator[Block]:
        pieces, self.pieces = tuple(self.pieces), []
        said = any(not piece.text.isspace() for piece in pieces)
        if self.in_row:
            if said:
                self.cells.append(pieces)
            if name not in _CELLS:
                yield from self._row()
        elif said:
            yield Block(self.kind, pieces, self.level)

    def _row(self) -> Iterator[Block]:
        cells, self.cells = self.cells, []
        if cells:
            yield Block("row", cell_pieces(cells, self.header))
            self.header = self.header or [clean_blocks([Block("row", cell)]) for cell in cells]
