"""HTML with positions: a linear scanner and the pairing of tags."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

VOID = frozenset(("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"))
# Elements in which only their own end tag is mark-up; without one, script and style take the rest of the page.
_RAW_END = {
    name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE) for name in ("script", "style", "title", "textarea", "xmp")
}
_SWALLOWS_REST = frozenset(("script", "style"))
_DECLARATIONS = {"<!--": "-->", "<![CDATA[": "]]>"}
_MAX_UNENDED = 100
_NAME = re.compile(r"[a-zA-Z][^\s/>]*")
_ATTRIBUTE = re.compile(r"[\s/]*+([^\s/>=]?[^\s/>=]*+)\s*+(=)?\s*+")
_UNQUOTED = re.compile(r"[^\s>]*+")
_MARKUP = re.compile(r"<(?=[a-zA-Z/!?])")


@dataclass(slots=True)
class Token:
    """A part of a page: ``kind`` is start, end or text; ``source[start:end]`` is what was written.

    ``partner`` of a start tag is the index of the token that ends the element (exclusive), None while
    nothing ends it.
    """

    kind: str
    start: int
    end: int
    name: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    partner: int | None = None


def scan(source: str) -> Iterator[Token]:
    """Yield tags and text of ``source`` in order, without comments and declarations.

    The start tag of an element without content has a partner already, whose value has no meaning yet.
    """
    ends = {closing: source.rfind(closing) for closing in (">", *_DECLARATIONS.values())}
    text_start = position = unended = 0
    while (match := _MARKUP.search(source, position)) and match.start() < ends[">"] and unended < _MAX_UNENDED:
        start = match.start()
        token, position = _tag(source, start, ends)
        if position == start:
            unended += 1
            position += 1
            continue
        if start > text_start:
            yield Token("text", text_start, start)
        text_start = position
        if token is None:
            continue
        yield token
        if token.kind == "start" and token.name in _RAW_END:
            text_start = position = _raw_end(source, token.name, position)
            if position > token.end:
                yield Token("text", token.end, position)
    if text_start < len(source):
        yield Token("text", text_start, len(source))


def _raw_end(source: str, name: str, position: int) -> int:
    end = _RAW_END[name].search(source, position)
    if end:
        return end.start()
    return len(source) if name in _SWALLOWS_REST else position


def _tag(source: str, start: int, ends: dict[str, int]) -> tuple[Token | None, int]:
    """Return the tag at ``start`` and the position after it; no tag for a comment or declaration.

    The position is ``start`` itself if nothing ends the tag.
    """
    following = source[start + 1]
    if following in "!?":
        return None, _after_declaration(source, start, ends)
    is_end = following == "/"
    name = _NAME.match(source, start + 1 + is_end)
    if not name:
        return None, source.find(">", start) + 1
    if is_end:
        end = source.find(">", name.end()) + 1
        return (Token("end", start, end, name.group().lower()), end) if end else (None, start)
    return _start_tag(source, start, name.end(), name.group().lower())


def _after_declaration(source: str, start: int, ends: dict[str, int]) -> int:
    for opening, closing in _DECLARATIONS.items():
        # "<!-->" is a whole comment.
        if source.startswith(opening, start) and ends[closing] >= start + 2:
            return source.find(closing, start + 2) + len(closing)
    return source.find(">", start) + 1


def _start_tag(source: str, start: int, position: int, name: str) -> tuple[Token | None, int]:
    attributes: dict[str, str] = {}
    while match := _ATTRIBUTE.match(source, position):
        position = match.end()
        value = ""
        if match[2]:
            value, position = _value(source, position)
        if match[1]:
            attributes.setdefault(match[1].lower(), html.unescape(value))
        if position >= len(source):
            return None, start
        if source[position] == ">":
            break
        if match.end() == match.start():
            position += 1
    is_empty = name in VOID or (source[position - 1] == "/" and name not in _RAW_END)
    token = Token("start", start, position + 1, name, attributes, 0 if is_empty else None)
    return token, position + 1


def _value(source: str, position: int) -> tuple[str, int]:
    quote = source[position : position + 1]
    if quote in {'"', "'"}:
        end = source.find(quote, position + 1)
        if end >= 0:
            return source[position + 1 : end], end + 1
    unquoted = _UNQUOTED.match(source, position)
    return (unquoted.group(), unquoted.end()) if unquoted else ("", position)


_IN_HEAD = frozenset(
    ("base", "basefont", "bgsound", "link", "meta", "noscript", "script", "style", "template", "title")
)
_CLOSES_PARAGRAPH = frozenset({
    "address", "article", "aside", "blockquote", "div", "dl", "fieldset", "figure", "footer", "form", "h1", "h2", "h3",
    "h4", "h5", "h6", "header", "hr", "main", "nav", "ol", "p", "pre", "section", "table", "ul",
})  # fmt: skip
# An opening tag of the right closes an open element of the left (HTML's implied end tags).
_CLOSED_BY = {
    "p": _CLOSES_PARAGRAPH,
    "li": frozenset({"li"}),
    "dt": frozenset({"dt", "dd"}),
    "dd": frozenset({"dt", "dd"}),
    "tr": frozenset({"tr", "tbody", "tfoot"}),
    "td": frozenset({"td", "th", "tr", "tbody", "tfoot"}),
    "th": frozenset({"td", "th", "tr", "tbody", "tfoot"}),
    "option": frozenset({"option", "optgroup"}),
    "rt": frozenset({"rt", "rp", "rb"}),
    "rp": frozenset({"rt", "rp", "rb"}),
}


def tokenize(source: str) -> list[Token]:
    """Return the tokens of ``source`` in order; the partner of a start tag is where its element ends."""
    tokens = list(scan(source))
    opened = _Open(tokens)
    for index, token in enumerate(tokens):
        if opened.name == "head" and _ends_head(source, token):
            opened.close(index)
        if token.partner is not None:
            token.partner = index + 1
        elif token.kind == "start":
            while token.name in _CLOSED_BY.get(opened.name, ()) or opened.is_cell_left(token.name):
                opened.close(index)
            opened.open(index)
        elif token.kind == "end":
            opened.end(index)
    return tokens


_TABLE_PARTS = frozenset({"table", "caption", "thead", "tbody", "tfoot", "tr", "td", "th"})
# What is opened in one of these is ended in it: a stray end tag in a cell does not end the table.
_SCOPES = frozenset({"table", "caption", "td", "th"})


class _Open:
    """The elements open at one point of the page.

    ``scopes`` has for each open table, cell and caption the names that are open in it, the page itself first.
    """

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.indexes: list[int] = []
        self.counts: Counter[str] = Counter()
        self.scopes: list[tuple[str, Counter[str]]] = [("", Counter())]

    @property
    def name(self) -> str:
        """Return the innermost element's name; an empty text if none is open."""
        return self.tokens[self.indexes[-1]].name if self.indexes else ""

    def open(self, index: int) -> None:
        """Open the element whose start tag is at ``index``."""
        name = self.tokens[index].name
        self.indexes.append(index)
        self.counts[name] += 1
        self.scopes[-1][1][name] += 1
        if name in _SCOPES:
            self.scopes.append((name, Counter()))

    def close(self, end: int) -> str:
        """Close the innermost element and return its name; ``end`` is the first token not in it."""
        token = self.tokens[self.indexes.pop()]
        token.partner = end
        self.counts[token.name] -= 1
        if token.name in _SCOPES:
            self.scopes.pop()
        self.scopes[-1][1][token.name] -= 1
        return token.name

    def is_cell_left(self, name: str) -> bool:
        """Return whether a start tag of that name ends the innermost cell, with all that was left open in it."""
        return name in _TABLE_PARTS and name != "table" and self.scopes[-1][0] in {"td", "th", "caption"}

    def end(self, index: int) -> None:
        """Close the nearest element of the end tag's name, and with it those inside that were left open."""
        name = self.tokens[index].name
        open_names = self.counts if name in _TABLE_PARTS else self.scopes[-1][1]
        if not open_names[name]:
            return
        while self.name != name:
            self.close(index)
        self.close(index + 1)


def _ends_head(source: str, token: Token) -> bool:
    """Return whether the token cannot be in a head, so that the body has begun without its own tag."""
    if token.kind == "text":
        return bool(source[token.start : token.end].strip())
    return token.kind == "start" and token.name not in _IN_HEAD
