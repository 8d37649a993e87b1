"""The reader of Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

from corpus.readers.base import (
    Block,
    BlockKind,
    Draft,
    File,
    Piece,
    decode_entities,
    first_text,
    matches,
    pieces_without,
)
from corpus.types import Metadata

_MAX_NESTING = 120
# Only the block structure is used: inline marks are taken off by position.
_PARSER = MarkdownIt("commonmark", {"maxNesting": _MAX_NESTING}).enable("table").disable(["inline", "text_join"])

# Everything that is mark-up and not words. Each rule stands on its own, so that a slice which holds only
# one half of a pair still reads the same.
_MARKUP = re.compile(
    r"!\[[^\[\]\n]{0,500}\]\([^)\n]{0,2000}\)"  # images
    # the target of a link
    r"|\]\([^()\s]{0,1000}+(?:\([^()\s]{0,500}+\)[^()\s]{0,500}+)?(?:\s{1,3}\"[^\"\n]{0,500}\")?\)"
    r"|\[(?=[^\[\]\n]{1,300}\]\()"  # the bracket that opens it
    r"|<(script|style)\b(?:(?!</?(?:script|style)\b).)*+</\1\s{0,3}>"
    r"|<!--(?:(?!-->|<!--).)*+-->|<(?!https?:|mailto:)/?[a-zA-Z][^<>\n]{0,500}>"  # HTML
    r"|<(?=https?:|mailto:)|(?<=[\w/])>(?=\s|[.,;]|$)"  # autolink brackets
    r"|\*{1,3}(?=\S)|(?<=\S)\*{1,3}"  # emphasis
    r"|(?<!\w)_{1,3}(?=\w)|(?<=[\w.!?。])_{1,3}(?!\w)"
    r"|~~|`+",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\[!-/:-@\[-`{-~]")
# Quotation marks at the beginning of a line that goes on from the one before.
_LINE_PREFIX = re.compile(r"(?<=[\r\n])[ \t]{0,3}(?:>[ \t]?)+")
_BLOCK_MARK = re.compile(r"[ \t]*(?:>[ \t]?)*(?:#{1,6}[ \t]+|(?:[-*+]|\d{1,9}[.)])[ \t]+(?:>[ \t]?)*)*")
_HEADING_END = re.compile(r"[ \t]+#+[ \t]*$")
_TABLE_RULE = re.compile(r"[\s|:-]*")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")


class MarkdownReader:
    """The reader of CommonMark with tables."""

    name = "markdown"
    media_type = "text/markdown"
    suffixes = frozenset({".md", ".markdown"})
    is_quick = True

    def matches(self, file: File) -> bool:
        """Return whether the file's name says that it is Markdown."""
        return file.suffix in self.suffixes

    def read(self, file: File) -> Draft:
        """Return the draft of a text; its first heading of level 1 is the title."""
        source, start = file.source, file.start
        lines = [(m.start(), m.start() + len(m.group().rstrip("\r\n"))) for m in _LINE.finditer(source, start)]
        blocks: list[Block] = []
        for kind, first, last, level in _leaves(_PARSER.parse(source[start:])):
            block = _block(source, kind, lines[first][0], lines[min(last, len(lines)) - 1][1], level)
            if block:
                blocks.append(block)
        title = first_text(blocks, lambda b: b.kind == "heading" and b.level == 1)
        return Draft(tuple(blocks), Metadata(title=title))


def _leaves(tokens: list[Token]) -> Iterator[tuple[BlockKind, int, int, int]]:
    """Yield the blocks that hold text, as ``(kind, first line, line after the last, heading level)``.

    Table rows are items.
    """
    level = items = 0
    in_row = False
    for token in tokens:
        if token.type == "heading_open":
            level = int(token.tag[1])
        elif token.type == "heading_close":
            level = 0
        items += token.nesting if token.type.startswith("list_item") else 0
        if token.type == "tr_open" and token.map:
            in_row = True
            yield "item", token.map[0], token.map[1], 0
        in_row = in_row and token.type != "tr_close"
        if token.map and not in_row and token.type in {"inline", "fence", "code_block", "html_block"}:
            kind: BlockKind = "heading" if level else "item" if items else "paragraph"
            first, last = token.map
            if token.type == "fence":  # without the lines of the fence itself
                first, last = first + 1, first + 1 + token.content.count("\n")
            if first < last:
                yield kind, first, last, level


def _block(source: str, kind: BlockKind, start: int, end: int, level: int) -> Block | None:
    mark = _BLOCK_MARK.match(source, start, end)
    start = mark.end() if mark else start
    if kind == "heading" and (closing := _HEADING_END.search(source[start:end])):
        end = start + closing.start()
    while kind == "item" and start < end and source[start] in "| \t":
        start += 1
    while kind == "item" and end > start and source[end - 1] in "| \t":
        end -= 1
    if start >= end or _TABLE_RULE.fullmatch(source, start, end):
        return None
    return Block(kind, _inline(source, start, end), level)


def _inline(source: str, start: int, end: int) -> tuple[Piece, ...]:
    """Return the pieces of ``source[start:end]`` without mark-up.

    An escaped character is one unit, so that its slice of the source holds the backslash.
    """
    units: list[Piece] = []
    position = start
    for escape in _ESCAPE.finditer(source, start, end):
        units.extend(_unmarked(source, position, escape.start()))
        units.append(Piece(escape.start(), escape.end(), escape.group()[1]))
        position = escape.end()
    units.extend(_unmarked(source, position, end))
    return tuple(units)


def _unmarked(source: str, start: int, end: int) -> Iterator[Piece]:
    drops = sorted(matches(_MARKUP, source, start, end) + matches(_LINE_PREFIX, source, start, end))
    for piece in pieces_without(source, start, end, drops):
        yield from decode_entities(piece)
