"""Which element of an HTML page closes where."""

from __future__ import annotations

from collections import Counter

from corpus.readers.htmlscan import Token, scan

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


def tokenize(source: str) -> list[Token]:
    """Tokens of ``source`` in order, with start tags paired to where their elements end."""
    tokens = list(scan(source))
    opened = _Open(tokens)
    for index, token in enumerate(tokens):
        if opened.name == "head" and _ends_head(source, token):
            opened.close(index)
        if token.partner is not None:
            token.partner = index + 1
        elif token.kind == "start":
            while token.name in _CLOSED_BY.get(opened.name, ()):
                opened.close(index)
            opened.open(index)
        elif token.kind == "end":
            opened.end(index)
    return tokens


class _Open:
    """The elements open at one point of the page."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.indexes: list[int] = []
        self.counts: Counter[str] = Counter()

    @property
    def name(self) -> str:
        """The innermost element's name."""
        return self.tokens[self.indexes[-1]].name if self.indexes else ""

    def open(self, index: int) -> None:
        """Open the element whose start tag is at ``index``."""
        self.indexes.append(index)
        self.counts[self.tokens[index].name] += 1

    def close(self, end: int) -> str:
        """Close the innermost element; ``end`` is the first token not in it."""
        token = self.tokens[self.indexes.pop()]
        token.partner = end
        self.counts[token.name] -= 1
        return token.name

    def end(self, index: int) -> None:
        """Close the nearest element of the end tag's name, and with it those inside that were left open."""
        name = self.tokens[index].name
        if not self.counts[name]:
            return
        while self.name != name:
            self.close(index)
        self.close(index + 1)


def _ends_head(source: str, token: Token) -> bool:
    """Whether the token cannot stand in a head: the body has begun, its tag and the head's end left out."""
    if token.kind == "text":
        return bool(source[token.start : token.end].strip())
    return token.kind == "start" and token.name not in _IN_HEAD
