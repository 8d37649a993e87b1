"""HTML pages: the article's words, without the page's frame, figures, captions, widgets and link lists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from corpus.readers.base import Block, Draft, Piece, clean_blocks, decode_entities
from corpus.readers.dates import date_line
from corpus.readers.htmlframe import kept_tokens, text_length
from corpus.readers.htmlmeta import page_metadata
from corpus.readers.htmlscan import Token
from corpus.readers.htmltree import tokenize
from corpus.types import Metadata

_BLOCK = frozenset({
    "address", "article", "blockquote", "body", "caption", "center", "dd", "details", "div", "dl", "dt",
    "fieldset", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "legend", "li", "main", "ol",
    "p", "pre", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul", "aside",
    "dialog", "figcaption", "figure", "footer", "form", "menu", "nav",
})  # fmt: skip
# The elements that tell what kind of block the text in them is.
_TELLING = frozenset(("h1", "h2", "h3", "h4", "h5", "h6", "strong", "b", "small", "li", "td"))
_STOP = re.compile(r"[.!?。！？…:：;；][\"'”’»」』）)\]]*$")
_SENTENCE_END = re.compile(r"[.。！!;；][\"'”’»」』）)\]]*$")
_BYLINE = re.compile(r"^(?:记者|記者|作者|撰稿|责编|責編|网编|網編|编辑|編輯|责任编辑|責任編輯)\s*[:：]")
_BYLINE_AUTHOR = re.compile(r"(?:记者|記者|作者|撰稿)\s*[:：]\s*(?P<name>\S(?:.*?\S)?)(?=\s{2,}|\s+\S{2,4}[:：]|$)")
_MAX_BYLINE = 200
_MAX_NESTING = 50
_MAX_HEADING = 120


class HtmlReader:
    """Reads an HTML page."""

    name = "html"
    media_type = "text/html"

    def read(self, source: str, start: int = 0) -> Draft:
        source = " " * start + source[start:]
        tokens = tokenize(source)
        blocks, metadata = article_blocks(source, tokens)
        page = page_metadata(source, tokens)
        title = page.title or next((clean_blocks([b]) for b in blocks if b.kind == "heading"), None)
        author = page.author or metadata.author
        published = page.published or metadata.published
        return Draft(tuple(blocks), replace(page, title=title, author=author, published=published))

    def fragment(self, source: str) -> list[Block]:
        return fragment_blocks(source)


def fragment_blocks(source: str) -> list[Block]:
    """The words of a slice of HTML as one paragraph; tags are white space only where they break lines."""
    return [
        Block("paragraph", tuple(p for _, token in kept_tokens(source, tokenize(source)) for p in _text(source, token)))
    ]


def article_blocks(source: str, tokens: list[Token]) -> tuple[list[Block], Metadata]:
    """The blocks of the page's text; the author and date where a byline or a date line tells them."""
    blocks: list[Block] = []
    author = published = None
    for kind, level, group in _groups(source, tokens):
        block = Block("paragraph", tuple(p for t in group for p in _text(source, t)))
        text = clean_blocks([block])
        if len(text) <= _MAX_BYLINE and _BYLINE.match(text):
            match = _BYLINE_AUTHOR.search("".join(p.text for p in block.pieces))
            author = author or (match["name"].strip() if match else None)
        elif not blocks and (date := date_line(text)):
            published = published or date
        elif kind == "small" or not text:
            continue
        elif kind == "bold" and _SENTENCE_END.search(text):
            blocks.append(block)
        elif kind in {"heading", "bold"} and len(text) <= _MAX_HEADING:
            blocks.append(Block("heading", block.pieces, level))
        else:
            blocks.append(Block("item" if kind == "item" else "paragraph", block.pieces))
    return blocks, Metadata(author=author, published=published)


@dataclass(slots=True)
class _Group:
    """Text tokens between two block boundaries, with the telling elements around each that holds words."""

    tokens: list[Token] = field(default_factory=list)
    around: list[frozenset[str]] = field(default_factory=list)
    last_words: str = ""

    def add(self, source: str, token: Token, around: frozenset[str]) -> None:
        """Add a token; ``around`` names the telling elements it stands in."""
        self.tokens.append(token)
        if words := source[token.start : token.end].strip() if token.kind == "text" else "":
            self.around.append(around)
            self.last_words = words[-8:]

    def classified(self) -> tuple[str, int, list[Token]]:
        """``(kind, heading level, tokens)``: heading (h1 to h6), bold or small (all of it), item or text."""
        common = frozenset[str].intersection(*self.around) if self.around else frozenset[str]()
        heading = next((name for name in common if re.fullmatch("h[1-6]", name)), None)
        if heading:
            return "heading", int(heading[1]), self.tokens
        if common & {"strong", "b"} and not common & {"li", "td"}:
            return "bold", 2, self.tokens
        if "small" in common:
            return "small", 0, self.tokens
        return ("item" if "li" in common else "text"), 0, self.tokens


def _groups(source: str, tokens: list[Token]) -> Iterator[tuple[str, int, list[Token]]]:
    """Text tokens between block boundaries. A figure inside a sentence is no boundary: the sentence goes on."""
    group = _Group()
    inside: list[tuple[str, int]] = []
    around: frozenset[str] = frozenset()
    for index, token in kept_tokens(source, tokens):
        while inside and index >= inside[-1][1]:
            inside.pop()
            around = frozenset(name for name, _ in inside[-_MAX_NESTING:])
        if group.tokens and _is_boundary(group, token):
            yield group.classified()
            group = _Group()
        if token.kind == "text" or token.name == "br" or token.kind == "dropped":
            if group.tokens or text_length(source, token):
                group.add(source, token, around)
        elif token.kind == "start" and token.partner is not None and token.name in _TELLING:
            inside.append((token.name, token.partner))
            around = frozenset(name for name, _ in inside[-_MAX_NESTING:])
    if group.tokens:
        yield group.classified()


def _is_boundary(group: _Group, token: Token) -> bool:
    if token.kind == "dropped":
        return token.name in _BLOCK and (not group.last_words or bool(_STOP.search(group.last_words)))
    return token.name in _BLOCK or (token.name == "br" and group.tokens[-1].name == "br")


def _text(source: str, token: Token) -> Iterator[Piece]:
    if token.kind == "text":
        yield from decode_entities(Piece(token.start, token.end, source[token.start : token.end]))
    elif token.name == "br":
        yield Piece(token.start, token.end, "\n")
    elif token.name in _BLOCK:
        yield Piece(token.start, token.end, " ")
