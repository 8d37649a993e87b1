"""The reader of Markdown: CommonMark with tables, and what Obsidian, Hugo, Notion, Quarto and MDX add to it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from markdown_it.rules_block import StateBlock
from markdown_it.token import Token

from corpus.dates import iso_date
from corpus.readers.base import (
    CJK,
    Block,
    BlockKind,
    Draft,
    File,
    LeftOut,
    Piece,
    clean_blocks,
    first_text,
)
from corpus.readers.extract import cell_pieces
from corpus.readers.markup.markdown_dialects import mask
from corpus.readers.markup.markdown_html import html_blocks
from corpus.readers.markup.markdown_inline import Content, Inline, Span, build_parser, read_inline
from corpus.readers.text.lines import Shape, label_of
from corpus.types import Metadata

_MAX_NESTING = 120
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_QUERIES = frozenset({"dataview", "dataviewjs", "query", "tasks", "mermaid-query"})
_CALLOUT = re.compile(r"\[![\w|-]{1,40}\][+-]?[ \t]*")
_TASK = re.compile(r"\[[ xX/<>!?-]\][ \t]+(?=\S)")
_FOOTNOTE = re.compile(r"\[\^[^\]\s\[]{1,60}\]:")

Lines = list[tuple[int, int]]


class MarkdownReader:
    """The reader of CommonMark with tables, footnotes and the marks of note-taking programs."""

    name = "markdown"
    media_type = "text/markdown"
    suffixes = frozenset({".md", ".markdown", ".mdown", ".mkd", ".mdx", ".qmd", ".rmd"})
    is_quick = True

    def matches(self, file: File) -> bool:
        """Return whether the file's name says that it is Markdown."""
        return file.suffix in self.suffixes

    def read(self, file: File) -> Draft:
        """Return the draft of a text; its first heading of level 1 is the title."""
        text, left_out = _for_readers(file)
        page = _Page(text, file.start)
        blocks = list(page.blocks())
        title = first_text(blocks, lambda b: b.kind == "heading" and b.level == 1)
        blocks, metadata = _without_properties(blocks)
        return Draft(tuple(blocks), replace(metadata, title=title), left_out=(*left_out, *page.left_out))


def _for_readers(file: File) -> tuple[str, list[LeftOut]]:
    """Return the source with what is not for readers masked, outside of code."""
    lines = _lines(file.source, file.start)
    tokens = _PARSER.parse(file.source[file.start :], {})
    coded = {
        number
        for token in tokens
        if token.map and token.type in {"fence", "code_block"}
        for number in range(*token.map)
    }
    starts = [start for start, _ in lines]
    body, left_out = mask(
        file.source[file.start :],
        file.suffix,
        lambda place: bisect_right(starts, place + file.start) - 1 in coded,
    )
    return file.source[: file.start] + body, left_out


def _lines(source: str, start: int) -> Lines:
    return [(m.start(), m.start() + len(m.group().rstrip("\r\n"))) for m in _LINE.finditer(source, start)]


class _Page:
    """A text on the way to blocks; places count in ``source``, lines from its body on."""

    def __init__(self, source: str, start: int) -> None:
        self.source = source
        self.lines = _lines(source, start)
        self.env: dict[str, Any] = {}
        self.tokens = _PARSER.parse(source[start:], self.env)
        self.left_out: list[LeftOut] = []

    def blocks(self) -> Iterator[Block]:
        """Yield the blocks of the text in order."""
        level = items = 0
        header: list[str] | None = None
        before: Token | None = None
        for token in self.tokens:
            items += token.nesting if token.type.startswith("list_item") else 0
            if token.type == "heading_open":
                level = int(token.tag[1])
            elif token.type == "heading_close":
                level = 0
            elif token.type == "table_open":
                header = None
            elif token.type == "tr_open" and token.map:
                row, header = self._row(token, header)
                yield row
            elif token.map:
                kind: BlockKind = "heading" if level else "item" if items else "paragraph"
                yield from self._leaf(token, before, kind, level)
            before = token if token.type != "paragraph_open" else before

    def _leaf(self, token: Token, before: Token | None, kind: BlockKind, level: int) -> Iterator[Block]:
        first = (token.map or (0, 0))[0]
        if token.type == "inline" and token.meta.get("cell") is None:
            yield from self._text(token, before, kind, level)
        elif token.type == "fence" and token.info.strip().strip("{}").split(" ")[0].lower() in _QUERIES:
            self.left_out.append(LeftOut("a query of notes", len(token.content)))
        elif token.type in {"fence", "code_block", "math_block"}:
            yield from self._code(token, first + (token.type == "fence"), kind)
        elif token.type == "html_block":
            yield from html_blocks(self._content(token, is_atx=False))

    def _code(self, token: Token, first: int, kind: BlockKind) -> Iterator[Block]:
        """Yield each line of code, letter for letter."""
        texts = token.content.split("\n")
        for number, text in enumerate(texts, first):
            if text.strip() not in {"", "$$"} and number < len(self.lines):
                start, end = self._place(text, number)
                yield Block(kind, (Piece(start, end, self.source[start:end]),))

    def _place(self, text: str, number: int) -> tuple[int, int]:
        """Return the place of a line of content, which is the end of its line, without white space around it."""
        start, end = self.lines[number]
        written = self.source[start:end].rstrip()
        return start + len(written) - len(text.strip()), start + len(written)

    def _text(self, token: Token, before: Token | None, kind: BlockKind, level: int) -> Iterator[Block]:
        content = self._content(token, is_atx=bool(level))
        in_quote = before is not None and before.type == "blockquote_open"
        in_item = before is not None and before.type == "list_item_open"
        callout = _CALLOUT.match(content.text) if in_quote else None
        task = _TASK.match(content.text) if in_item else None
        if callout:
            title = (content.text + "\n").index("\n")
            yield from self._read(content.cut(callout.end(), title), kind, level)
            content = content.cut(min(title + 1, len(content.text)))
        yield from self._read(content.cut(task.end()) if task else content, kind, level)

    def _read(self, content: Content, kind: BlockKind, level: int) -> Iterator[Block]:
        if not content.text.strip():
            return
        inline = read_inline(_PARSER, content, self.env.get("references", {}))
        for pieces in _joined(inline) if kind != "heading" else [[p for line in inline.lines for p in line]]:
            yield Block(kind, tuple(pieces), level)

    def _content(self, token: Token, *, is_atx: bool) -> Content:
        """Return the content of a block with its places, line by line."""
        first, last = token.map or (0, 0)
        texts = token.content.split("\n")
        if is_atx and len(texts) == 1:
            start, end = self.lines[first]
            opening = re.compile(r"#{1,6}[ \t]*").search(self.source, start, end)
            if opening and self.source.startswith(texts[0], opening.end()) and last == first + 1:
                span = Span(0, len(texts[0]), opening.end(), opening.end() + len(texts[0]))
                return Content(token.content, (span,), self.source)
        return Content(token.content, tuple(self._spans(texts, self._first_line(texts, first, last))), self.source)

    def _first_line(self, texts: list[str], first: int, last: int) -> int:
        """Return the line on which the content begins: lines of nothing but odd white space may stand before it."""
        for number in range(first, max(last - len(texts), first) + 1):
            if all(self._ends_with(text, number + index) for index, text in enumerate(texts)):
                return number
        return first

    def _ends_with(self, text: str, number: int) -> bool:
        if number >= len(self.lines):
            return False
        start, end = self.lines[number]
        return self.source[start:end].replace("\0", "\ufffd").rstrip().endswith(text.strip())

    def _spans(self, texts: list[str], first: int) -> Iterator[Span]:
        position = 0
        ended = -1
        for number, text in enumerate(texts, first):
            start, end = self._place(text, number)
            begin = position + len(text) - len(text.lstrip())
            if ended >= 0:
                yield Span(position - 1, begin, ended, max(start, ended), "\n")
            if end > start:
                yield Span(begin, begin + end - start, start, end)
            ended = end
            position += len(text) + 1

    def _row(self, token: Token, header: list[str] | None) -> tuple[Block, list[str]]:
        """Return a row of a table, and the labels of its columns."""
        number = (token.map or (0, 0))[0]
        end = self.lines[number][1]
        start = end - self.env["rows"][number]
        cells = [self._cell(*span) for span in _cell_spans(self.source, start, end)]
        labels = header if header is not None else [clean_blocks([Block("row", cell)]) for cell in cells]
        return Block("row", cell_pieces(cells, header)), labels

    def _cell(self, start: int, end: int) -> tuple[Piece, ...]:
        """Return the pieces of a cell, in which an escaped bar is a bar before anything else is read."""
        parts: list[str] = []
        spans: list[Span] = []
        length = 0
        while start < end:
            bar = self.source.find("\\|", start, end)
            stop = bar if bar >= 0 else end
            spans.append(Span(length, length + stop - start, start, stop))
            length += stop - start
            parts.append(self.source[start:stop])
            if bar >= 0:
                spans.append(Span(length, length + 1, bar, bar + 2, "|"))
                parts.append("|")
                length += 1
            start = stop + 2
        content = Content("".join(parts).replace("\0", "\ufffd"), tuple(spans), self.source)
        inline = read_inline(_PARSER, content, self.env.get("references", {}))
        return tuple(piece for line in inline.lines for piece in line)


def _cell_spans(source: str, start: int, end: int) -> list[tuple[int, int]]:
    """Return the spans of a row's cells, which bars without a backslash part."""
    row = source[start:end]
    bars = [start + m.start() for m in re.finditer(r"(?<!\\)\|", row)]
    spans = list(zip([start, *(bar + 1 for bar in bars)], [*bars, end], strict=True))
    if not source[slice(*spans[0])].strip():
        spans = spans[1:]
    if spans and not source[slice(*spans[-1])].strip():
        spans = spans[:-1]
    return [_stripped(source, *span) for span in spans]


def _stripped(source: str, start: int, end: int) -> tuple[int, int]:
    while start < end and source[start].isspace():
        start += 1
    while end > start and source[end - 1].isspace():
        end -= 1
    return start, end


def _joined(inline: Inline) -> list[list[Piece]]:
    """Return the pieces of a paragraph, cut where its lines stand for themselves.

    A line's end is a space to Markdown; so lines are cut at hard breaks, if they begin alike, and where Chinese lines,
    which nothing would part, do not go on.
    """
    lines = inline.lines
    texts = [clean_blocks([Block("paragraph", tuple(line))]) for line in lines]
    if len(lines) == 1 or not all(texts):
        return [[piece for line in lines for piece in line]]
    shape = Shape(texts)
    groups = [list(lines[0])]
    for index, line in enumerate(lines[1:]):
        if _is_apart(shape, index, inline.breaks[index]):
            groups.append(list(line))
        else:
            groups[-1].extend(line)
    return groups


def _is_apart(shape: Shape, index: int, kind: str) -> bool:
    before, after = shape.texts[index], shape.texts[index + 1]
    if kind == "hard":
        return not after[0].islower() and not before.endswith((",", "，", "、", "-"))
    if shape.kinds[index + 1] in {"label", "time"}:
        return True
    return bool(CJK.match(before[-1]) and CJK.match(after[0])) and not shape.goes_on(index)


_PROPERTIES = {
    "author": "author", "authors": "author", "by": "author", "created by": "author",
    "created": "published", "created time": "published", "date": "published", "date created": "published",
    "published": "published", "url": "url", "source": "url", "link": "url", "publisher": "publisher",
    "language": "language", "tags": "", "tag": "", "status": "", "last edited": "", "last edited time": "",
    "last edited by": "", "updated": "", "type": "", "category": "",
}  # fmt: skip
_TELLING = {"created", "created time", "date created", "tags", "last edited", "last edited time", "url"}


def _without_properties(blocks: list[Block]) -> tuple[list[Block], Metadata]:
    """Return the blocks without the properties that an exported page has under its title, and what these say."""
    end = 1
    found: list[tuple[str, str]] = []
    while end < len(blocks) and blocks[end].kind == "paragraph":
        text = clean_blocks([blocks[end]])
        label = label_of(text)
        if label is None:
            break
        found.append((label.lower(), text[len(label) :].lstrip(" :：")))
        end += 1
    if not blocks or blocks[0].level != 1 or not _TELLING & {name for name, _ in found}:
        return blocks, Metadata()
    kept = [block for block, (name, _) in zip(blocks[1:end], found, strict=True) if name not in _PROPERTIES]
    said: dict[str, str | None] = {}
    for name, value in found:
        fieldname = _PROPERTIES.get(name)
        if fieldname and value:
            said.setdefault(fieldname, iso_date(value) if fieldname == "published" else value)
    return [blocks[0], *kept, *blocks[end:]], Metadata(**said)


def _table_rule(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read a table, and remember how long each of its rows is without the marks of quotes and lists before it."""
    count = len(state.tokens)
    if not _TABLE(state, start, end, silent):
        return False
    rows = state.env.setdefault("rows", {})
    for token in state.tokens[count:]:
        if token.type == "tr_open" and token.map:
            number = token.map[0]
            rows[number] = state.eMarks[number] - state.bMarks[number] - state.tShift[number]
        elif token.type == "inline":
            token.meta["cell"] = True
    return True


def _footnote_rule(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read a footnote as a block of its own: what stands after its mark, and what is indented under it."""
    begin = state.bMarks[start] + state.tShift[start]
    match = _FOOTNOTE.match(state.src, begin, state.eMarks[start])
    if not match or state.is_code_block(start):
        return False
    if silent:
        return True
    saved = (state.bMarks[start], state.tShift[start], state.sCount[start], state.parentType, state.blkIndent)
    text = state.skipSpaces(match.end())
    state.push("footnote_open", "", 1).map = [start, start]
    state.bMarks[start], state.tShift[start] = match.end(), text - match.end()
    state.blkIndent += 4
    state.sCount[start] = state.blkIndent
    state.parentType = "footnote"
    state.md.block.tokenize(state, start, end)
    state.bMarks[start], state.tShift[start], state.sCount[start], state.parentType, state.blkIndent = saved
    state.push("footnote_close", "", -1)
    return True


def _math_rule(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read a formula over several lines, from a line that begins with two dollars to one that ends with two."""
    begin = state.bMarks[start] + state.tShift[start]
    first = state.src[begin : state.eMarks[start]].strip()
    if state.is_code_block(start) or not first.startswith("$$") or (len(first) > 3 and "$$" in first[2:]):
        return False
    last = next((n for n in range(start + 1, end) if _line_text(state, n).endswith("$$")), -1)
    if last < 0 or any(state.isEmpty(number) for number in range(start, last)):
        return False
    if not silent:
        token = state.push("math_block", "", 0)
        token.map = [start, last + 1]
        token.content = "\n".join(_line_text(state, number) for number in range(start, last + 1))
        state.line = last + 1
    return True


def _line_text(state: StateBlock, number: int) -> str:
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]].strip()


_PARSER = build_parser(_MAX_NESTING)
_TABLE = next(rule.fn for rule in _PARSER.block.ruler.__rules__ if rule.name == "table")
_PARSER.block.ruler.at("table", _table_rule, {"alt": ["paragraph", "reference"]})
_PARSER.block.ruler.before("reference", "footnote", _footnote_rule, {"alt": ["paragraph", "reference"]})
_PARSER.block.ruler.before("fence", "math", _math_rule, {"alt": ["paragraph", "reference", "blockquote", "list"]})
