"""JSON with positions: a parser that knows where each value stands, and the words of a string as pieces."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from corpus.readers.base import Piece, decode_entities

Kind = Literal["object", "list", "string", "number", "word"]

MAX_DEPTH = 150
_TOKEN = re.compile(
    r"[ \t\r\n\ufeff\x1e]*+(?:(?P<open>[{\[])|(?P<close>[}\]])|(?P<comma>,)"
    r"|\"(?P<string>[^\"\\]*+(?:\\.[^\"\\]*+)*+)\"|(?P<number>-?[0-9][0-9.eE+-]{0,400})|(?P<word>-?[A-Za-z]{1,20})\b)",
    re.DOTALL,
)
_COLON = re.compile(r"[ \t\r\n]*+:")
_BLANK = re.compile(r"[ \t\r\n\ufeff\x1e]*+")
_WORDS = frozenset({"true", "false", "null", "NaN", "Infinity", "-Infinity"})
_CLOSES = {"object": "}", "list": "]"}
_ESCAPE = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.", re.DOTALL)
_SHORT = {"n": "\n", "r": "\r", "t": "\t", "b": " ", "f": "\n"}
_LESS, _MORE = r"(?:<|\\u003[cC])", r"(?:>|\\u003[eE])"
_TAG = re.compile(
    rf"{_LESS}(?P<slash>\\?/)?(?P<name>[a-zA-Z][a-zA-Z0-9]{{0,15}}|!--)(?:(?!{_LESS}|{_MORE}).){{0,2000}}+{_MORE}"
)
_HTML = re.compile(
    rf"{_LESS}(?:br\b|(?:p|div|li|h[1-6]|ul|ol|table|blockquote|span|strong|em|b|i|a)\b.{{0,500}}?{_LESS}\\?/)"
    r"|&(?:#\d{2,6}|#[xX][0-9a-fA-F]{2,6}|amp|quot|nbsp|lt|gt|[lr][sd]quo|[mn]dash|hellip);"
)
_UNSEEN = frozenset({"script", "style"})
_BREAKS = frozenset("p br div li ul ol h1 h2 h3 h4 h5 h6 tr table td th blockquote figure figcaption hr pre".split())


class JsonError(ValueError):
    """A text that is no JSON from ``position`` on."""

    def __init__(self, position: int) -> None:
        super().__init__(f"no JSON at {position}")
        self.position = position


@dataclass(slots=True)
class Node:
    """A value: ``source[start:end]``, of a string what stands between its quotation marks.

    ``keys`` are an object's, one for each of its ``items``; ``longest`` is the length of the longest string inside.
    """

    kind: Kind
    start: int
    end: int
    items: list[Node] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    longest: int = 0

    @property
    def is_scalar(self) -> bool:
        """Return whether the value holds no other values."""
        return self.kind not in {"object", "list"}

    def get(self, *names: str) -> Node | None:
        """Return the value of the first of these names that the object has, null values not counted."""
        for name in names:
            for key, item in zip(self.keys, self.items, strict=True):
                if key.lower() == name and item.end > item.start:
                    return item
        return None


def skip_blank(source: str, position: int) -> int:
    """Return the position of the next character that is not white space."""
    match = _BLANK.match(source, position)
    return match.end() if match else position


def parse(source: str, position: int) -> tuple[Node, int]:
    """Return the value that begins at ``position`` and the position after it; `JsonError` where it is none."""
    stack: list[Node] = []
    key: str | None = None
    while True:
        match = _TOKEN.match(source, position)
        if match is None or len(stack) > MAX_DEPTH:
            raise JsonError(position)
        position, kind = match.end(), match.lastgroup
        if kind == "comma":
            if not stack or key is not None:
                raise JsonError(match.start())
        elif kind == "close":
            closed = _close(stack, match, key)
            if not stack:
                return closed, position
        elif stack and stack[-1].kind == "object" and key is None:
            colon = _COLON.match(source, position)
            if kind != "string" or not colon:
                raise JsonError(match.start())
            key, position = text_of(source, *match.span("string")), colon.end()
        else:
            node = _node(match)
            if stack:
                _attach(stack[-1], node, key)
                key = None
            if kind == "open":
                stack.append(node)
            elif not stack:
                return node, position


def _node(match: re.Match[str]) -> Node:
    if match["open"]:
        return Node("object" if match["open"] == "{" else "list", match.start("open"), match.end())
    if match["string"] is not None:
        start, end = match.span("string")
        return Node("string", start, end, longest=end - start)
    if match["number"]:
        return Node("number", match.start("number"), match.end())
    if match["word"] not in _WORDS:
        raise JsonError(match.start("word"))
    # What is null stands for nothing and has no length.
    start = match.end() if match["word"] in {"null", "NaN"} else match.start("word")
    return Node("word", start, match.end())


def _close(stack: list[Node], match: re.Match[str], key: str | None) -> Node:
    if not stack or match["close"] != _CLOSES[stack[-1].kind] or key is not None:
        raise JsonError(match.start())
    closed = stack.pop()
    closed.end = match.end()
    if stack:
        stack[-1].longest = max(stack[-1].longest, closed.longest)
    return closed


def _attach(parent: Node, node: Node, key: str | None) -> None:
    parent.items.append(node)
    parent.longest = max(parent.longest, node.longest)
    if key is not None:
        parent.keys.append(key)


def string_pieces(source: str, start: int, end: int) -> Iterator[Piece]:
    """Yield the pieces of a string; each escaped character is one unit."""
    position = start
    for match in _ESCAPE.finditer(source, start, end):
        if match.start() > position:
            yield Piece(position, match.start(), source[position : match.start()])
        yield Piece(match.start(), match.end(), _unescaped(match.group()))
        position = match.end()
    if position < end:
        yield Piece(position, end, source[position:end])


def _unescaped(escape: str) -> str:
    if len(escape) == 2:
        return _SHORT.get(escape[1], escape[1])
    units = [int(code, 16) for code in escape.split("\\u")[1:]]
    if len(units) == 2:
        return chr(0x10000 + ((units[0] - 0xD800) << 10) + units[1] - 0xDC00)
    return "\ufffd" if 0xD800 <= units[0] < 0xE000 else chr(units[0])


def text_of(source: str, start: int, end: int) -> str:
    """Return what a string says."""
    raw = source[start:end]
    return "".join(piece.text for piece in string_pieces(source, start, end)) if "\\" in raw else raw


def string_lines(source: str, start: int, end: int) -> list[list[Piece]]:
    """Return the pieces of each line of a string, without mark-up if it is HTML."""
    if _HTML.search(source, start, end):
        return _html_lines(source, start, end)
    return split_lines(list(string_pieces(source, start, end)))


def split_lines(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Return pieces in lines, cut where a piece is a line break."""
    lines: list[list[Piece]] = [[]]
    for piece in pieces:
        if piece.text in {"\n", "\r", "\u2028", "\u2029"}:
            lines.append([])
        else:
            lines[-1].append(piece)
    return [line for line in lines if any(piece.text.strip() for piece in line)]


def _html_lines(source: str, start: int, end: int) -> list[list[Piece]]:
    lines: list[list[Piece]] = [[]]
    position = start
    unseen = ""  # the element in which nothing is text
    for tag in _TAG.finditer(source, start, end):
        name = tag["name"].lower()
        if not unseen:
            lines[-1].extend(_words(source, position, tag.start()))
        if not unseen and name in _UNSEEN and not tag["slash"]:
            unseen = name
        elif unseen == name and tag["slash"]:
            unseen = ""
        if name in _BREAKS:
            lines.append([])
        position = tag.end()
    if not unseen:
        lines[-1].extend(_words(source, position, end))
    return [line for line in lines if any(piece.text.strip() for piece in line)]


def _words(source: str, start: int, end: int) -> Iterator[Piece]:
    for piece in string_pieces(source, start, end):
        if len(piece.text) == piece.end - piece.start:
            yield from decode_entities(piece)
        else:
            yield piece
