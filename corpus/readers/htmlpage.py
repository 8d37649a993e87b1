"""HTML pages: the article's words, without the page's frame, figures, captions, widgets and link lists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import accumulate

from corpus.readers.base import Block, Draft, Piece, clean_blocks, decode_entities
from corpus.readers.dates import iso_date
from corpus.readers.htmlmeta import page_metadata
from corpus.readers.htmltree import Token, tokenize
from corpus.types import Metadata

_NEVER_TEXT = frozenset("script style template noscript svg math canvas iframe object embed head title".split())
_DROPPED = frozenset(
    "audio video picture map nav footer aside figure figcaption form button select textarea input label dialog menu".split()
)
_BLOCK = frozenset(
    "address article blockquote body caption center dd details div dl dt fieldset h1 h2 h3 h4 h5 h6 header hr html"
    " li main ol p pre section summary table tbody td tfoot th thead tr ul".split()
)
_WIDGET = re.compile(
    r"(?:^|[\s_-])(?:share|sharing|social|comments?|related|recommend\w*|sidebar|advert\w*|ads?|promo|newsletter|subscribe"
    r"|cookie\w*|breadcrumbs?|pagination|zoom\w*|caption|byline|tags?|footer|navbar|nav|menu|popup|modal|sr-only"
    r"|visually-hidden)(?:$|[\s_-])",
    re.IGNORECASE,
)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_BYLINE = re.compile(r"^(?:记者|記者|作者|撰稿|责编|責編|网编|網編|编辑|編輯|责任编辑|責任編輯)\s*[:：]")
_BYLINE_AUTHOR = re.compile(r"(?:记者|記者|作者|撰稿)\s*[:：]\s*(?P<name>\S(?:.*?\S)?)(?=\s{2,}|\s+\S{2,4}[:：]|$)")
_RELATED_SHARE = 0.8
_MAX_HEADING = 120


class HtmlReader:
    """Reads an HTML page."""

    name = "html"
    media_type = "text/html"

    def read(self, source: str, start: int = 0) -> Draft:
        tokens = tokenize(source)
        blocks, metadata = article_blocks(source, tokens)
        page = page_metadata(source, tokens)
        title = page.title or next((clean_blocks([b]) for b in blocks if b.kind == "heading"), None)
        author = page.author or metadata.author
        return Draft(tuple(blocks), replace(page, title=title, author=author, published=page.published or metadata.published))

    def fragment(self, source: str) -> list[Block]:
        return fragment_blocks(source)


def fragment_blocks(source: str) -> list[Block]:
    """The words of a slice of HTML as one paragraph; tags are white space only where they break lines."""
    tokens = tokenize(source)
    pieces = []
    for _, token in _kept(source, tokens):
        if token.kind == "text" or token.name == "br":
            pieces.extend(_text(source, token))
        elif token.name in _BLOCK:
            pieces.append(Piece(token.start, token.end, " "))
    return [Block("paragraph", tuple(pieces))]


def article_blocks(source: str, tokens: list[Token]) -> tuple[list[Block], Metadata]:
    """The blocks of the page's text; the author and date where a byline or a date line tells them."""
    blocks = []
    author = published = None
    for kind, level, group in _groups(source, tokens):
        block = Block("paragraph", tuple(p for t in group for p in _text(source, t)))
        text = clean_blocks([block])
        if _BYLINE.match(text):
            match = _BYLINE_AUTHOR.search("".join(p.text for p in block.pieces))
            author = author or (match["name"].strip() if match else None)
        elif len(text) <= 60 and not blocks and (date := iso_date(text)):
            published = published or date
        elif kind == "small" or not text:
            continue
        elif kind == "heading" and len(text) <= _MAX_HEADING:
            blocks.append(Block("heading", block.pieces, level))
        else:
            blocks.append(Block("item" if kind == "item" else "paragraph", block.pieces))
    return blocks, Metadata(author=author, published=published)


def _groups(source: str, tokens: list[Token]) -> Iterator[tuple[str, int, list[Token]]]:
    """Text tokens between block boundaries, as ``(kind, heading level, tokens)``.

    The kind is heading (h1 to h6, or a block all in bold), small (a block all in small print), item or text.
    """
    group: list[tuple[Token, frozenset[str]]] = []
    inside: list[tuple[str, int]] = []
    for index, token in _kept(source, tokens):
        while inside and index >= inside[-1][1]:
            inside.pop()
        twice = token.name == "br" and bool(group) and group[-1][0].name == "br"
        if group and (token.name in _BLOCK or twice):
            yield _classified(source, group)
            group = []
        elif token.name == "br" or _length(source, token) or (token.kind == "text" and group and group[-1][0].name != "br"):
            group.append((token, frozenset(name for name, _ in inside)))
        if token.kind == "start" and token.partner is not None:
            inside.append((token.name, token.partner))
    if group:
        yield _classified(source, group)


def _classified(source: str, group: list[tuple[Token, frozenset[str]]]) -> tuple[str, int, list[Token]]:
    tokens = [token for token, _ in group]
    worded = [names for token, names in group if _length(source, token)]
    common = frozenset.intersection(*worded) if worded else frozenset()
    heading = next((name for name in common if re.fullmatch("h[1-6]", name)), None)
    if heading:
        return "heading", int(heading[1]), tokens
    if common & {"strong", "b"} and not common & {"li", "td"}:
        return "heading", 2, tokens
    if "small" in common:
        return "small", 0, tokens
    return ("item" if "li" in common else "text"), 0, tokens


def _kept(source: str, tokens: list[Token]) -> Iterator[tuple[int, Token]]:
    """Tokens outside dropped elements."""
    lengths = list(accumulate((_length(source, token) for token in tokens), initial=0))
    index = 0
    while index < len(tokens):
        token = tokens[index]
        partner = token.partner
        if token.kind == "start" and partner is not None:
            holds_most = 2 * (lengths[partner] - lengths[index]) > lengths[-1]
            if _is_dropped(source, tokens, index, holds_most=holds_most):
                index = partner
                continue
        elif token.kind == "start" and token.name in _NEVER_TEXT:
            return  # a script that nothing closes: the rest is its code
        yield index, token
        index += 1


def _length(source: str, token: Token) -> int:
    return len(source[token.start : token.end].strip()) if token.kind == "text" else 0


def _is_dropped(source: str, tokens: list[Token], index: int, *, holds_most: bool) -> bool:
    """Whether the element is no part of the text. What holds most of the page's words is never a widget,
    whatever it is called: some sites wrap the whole page in a form, or name the article after its comments."""
    token = tokens[index]
    values = token.attributes
    if token.name in _NEVER_TEXT or "hidden" in values or _HIDDEN.search(values.get("style", "")):
        return True
    if holds_most:
        return False
    if token.name in _DROPPED or values.get("aria-hidden") == "true":
        return True
    if _WIDGET.search(values.get("class", "")) or _WIDGET.search(values.get("id", "")):
        return True
    if token.name == "header":
        return not _holds(tokens, index, {"h1"})
    return token.name in {"ul", "ol"} and _is_link_list(source, tokens, index)


def _holds(tokens: list[Token], index: int, names: set[str]) -> bool:
    return any(t.kind == "start" and t.name in names for t in tokens[index : tokens[index].partner])


def _is_link_list(source: str, tokens: list[Token], index: int) -> bool:
    """Whether nearly all words of a list are links: a list of related pages, not part of the text."""
    partner = tokens[index].partner
    if partner is None:
        return False
    words = linked = link_end = 0
    for position in range(index, partner):
        token = tokens[position]
        if token.kind == "start" and token.name == "a" and token.partner is not None:
            link_end = max(link_end, token.partner)
        elif token.kind == "text":
            length = len(source[token.start : token.end].strip())
            words += length
            linked += length if position < link_end else 0
    return words > 0 and linked >= _RELATED_SHARE * words


def _text(source: str, token: Token) -> Iterator[Piece]:
    if token.name == "br":
        yield Piece(token.start, token.end, "\n")
        return
    yield from decode_entities(Piece(token.start, token.end, source[token.start : token.end]))
