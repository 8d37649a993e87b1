"""HTML as tokens with their places in the source, and which elements close where.

The standard library's tokenizer is used because it tells the position of every token; tree builders
(lxml, selectolax, html5lib) do not keep the positions of text.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import accumulate

VOID = frozenset(("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"))
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
}


@dataclass(slots=True)
class Token:
    """``kind`` is start, end or text; ``source[start:end]`` is what was written.

    ``partner`` of a start tag is the index of the token that ends the element (exclusive), None while
    nothing ends it.
    """

    kind: str
    start: int
    end: int
    name: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    partner: int | None = None


class _Tokenizer(HTMLParser):
    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=False)
        self.source = source
        self.tokens: list[Token] = []
        self.line_starts = [0, *accumulate(len(line) + 1 for line in source.split("\n"))]
        self.feed(source)
        self.close()

    def _offset(self) -> int:
        line, column = self.getpos()
        return self.line_starts[line - 1] + column

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        start = self._offset()
        end = start + len(self.get_starttag_text() or "")
        self.tokens.append(Token("start", start, end, tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        start = self._offset()
        end = self.source.find(">", start) + 1
        self.tokens.append(Token("end", start, end or len(self.source), tag))

    def handle_data(self, data: str) -> None:
        start = self._offset()
        self.tokens.append(Token("text", start, start + len(data)))

    def handle_entityref(self, name: str) -> None:
        self._reference(len(name) + 1)

    def handle_charref(self, name: str) -> None:
        self._reference(len(name) + 2)

    def _reference(self, length: int) -> None:
        start = self._offset()
        end = start + length
        self.tokens.append(Token("text", start, end + (self.source[end : end + 1] == ";")))


def tokenize(source: str) -> list[Token]:
    """Tokens of ``source`` in order, with start tags paired to where their elements end."""
    tokens = _Tokenizer(source).tokens
    open_elements: list[int] = []
    for index, token in enumerate(tokens):
        if open_elements and tokens[open_elements[-1]].name == "head" and _ends_head(source, token):
            tokens[open_elements.pop()].partner = index
        if token.kind == "start" and token.name in VOID:
            token.partner = index + 1
        elif token.kind == "start":
            while open_elements and token.name in _CLOSED_BY.get(tokens[open_elements[-1]].name, ()):
                tokens[open_elements.pop()].partner = index
            open_elements.append(index)
        elif token.kind == "end":
            _close(tokens, open_elements, index)
    return tokens


def _ends_head(source: str, token: Token) -> bool:
    """Whether the token cannot stand in a head: the body has begun, its tag and the head's end left out."""
    if token.kind == "text":
        return bool(source[token.start : token.end].strip())
    return token.kind == "start" and token.name not in _IN_HEAD


def _close(tokens: list[Token], open_elements: list[int], index: int) -> None:
    """Close the nearest open element of this name, and with it those inside that were left open."""
    name = tokens[index].name
    if not any(tokens[i].name == name for i in reversed(open_elements[-200:])):
        return
    while open_elements:
        opened = open_elements.pop()
        tokens[opened].partner = index + 1 if tokens[opened].name == name else index
        if tokens[opened].name == name:
            return
