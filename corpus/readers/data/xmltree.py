"""XML with positions: a tree of elements and texts that knows where each stands; entities are never unfolded."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from corpus.errors import Unreadable
from corpus.readers.base import Piece, decode_entities

MAX_DEPTH = 150
_CLOSINGS = {"<!--": "-->", "<![CDATA[": "]]>", "<?": "?>"}
_END = re.compile(r"</([^\s<>/]{1,200})[^<>]{0,200}>")
_START = re.compile(
    r"<(?P<name>[^\s<>/!?\"'=]{1,200})(?P<attributes>(?:[^<>\"'/]|\"[^\"]*\"|'[^']*'|/(?!>))*+)(?P<empty>/?)>"
)
_DOCTYPE = re.compile(r"<!DOCTYPE[^\[>]{0,2000}(?:\[(?:[^\]\"']|\"[^\"]*\"|'[^']*')*+\]\s*)?>")
_ATTRIBUTE = re.compile(r"([^\s=\"'/]{1,200})\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")


@dataclass(slots=True)
class Text:
    """A text: ``source[start:end]``; in a CDATA section an ampersand is only that."""

    start: int
    end: int
    is_literal: bool = False


@dataclass(slots=True)
class Element:
    """An element: its name without prefix, in lower case and as it is written, where it stands, and what is in it."""

    name: str
    start: int
    end: int
    label: str = ""
    attributes: str = ""
    attributes_start: int = 0
    content: list[Element | Text] = field(default_factory=list)
    has_words: bool = False

    @property
    def elements(self) -> list[Element]:
        """Return the elements right below this one."""
        return [item for item in self.content if isinstance(item, Element)]

    def within(self, *names: str) -> Iterator[Element]:
        """Yield the elements below this one that have one of these names, in order; those inside of them not."""
        stack = self.elements[::-1]
        while stack:
            element = stack.pop()
            if element.name in names:
                yield element
            else:
                stack.extend(element.elements[::-1])

    def values(self) -> Iterator[tuple[str, int, int]]:
        """Yield the attributes' names and the places of their values in the source."""
        for match in _ATTRIBUTE.finditer(self.attributes):
            group = 2 if match[2] is not None else 3
            yield match[1], self.attributes_start + match.start(group), self.attributes_start + match.end(group)

    def attribute(self, name: str) -> str:
        """Return the value of an attribute, whatever its prefix; empty if there is none."""
        for match in _ATTRIBUTE.finditer(self.attributes):
            if match[1].rpartition(":")[2].lower() == name:
                return html.unescape(match[2] if match[2] is not None else match[3])
        return ""


def local_name(name: str) -> str:
    """Return a name without its prefix, in lower case."""
    return name.rpartition(":")[2].lower()


class _Tree:
    """A tree that grows with the mark-up; an end tag closes what it names and all that was left open inside."""

    def __init__(self, length: int) -> None:
        self.root = Element("", 0, length)
        self.stack = [self.root]
        self.opened: Counter[str] = Counter()
        self.had_type = False

    def text(self, source: str, start: int, end: int, *, is_literal: bool = False) -> None:
        """Add a text."""
        if start < end:
            self.stack[-1].content.append(Text(start, end, is_literal))
            self.stack[-1].has_words |= not source[start:end].isspace()

    def open(self, match: re.Match[str]) -> None:
        """Add an element; `Unreadable` if it stands too deep."""
        name = local_name(match["name"])
        label = match["name"].rpartition(":")[2]
        element = Element(name, match.start(), match.end(), label, match["attributes"], match.start("attributes"))
        self.stack[-1].content.append(element)
        if not match["empty"]:
            self.stack.append(element)
            self.opened[name] += 1
        if len(self.stack) > MAX_DEPTH:
            raise Unreadable(f"the XML is nested deeper than {MAX_DEPTH} elements")

    def close(self, name: str, position: int) -> None:
        """Close the nearest element of that name."""
        while self.opened[name]:
            element = self.stack.pop()
            element.end = position
            self.opened[element.name] -= 1
            if element.name == name:
                return


def parse(source: str) -> Element:
    """Return the tree of a text under a nameless root; `Unreadable` if it is nested too deep."""
    tree = _Tree(len(source))
    lasts = {closing: source.rfind(closing) for closing in _CLOSINGS.values()}
    last = source.rfind(">")
    position = text_start = 0
    while 0 <= (start := source.find("<", position)) < last:
        end, literal = _markup(tree, source, start, text_start, lasts)
        if end == start:
            position = start + 1
            continue
        if literal:
            tree.text(source, *literal, is_literal=True)
        position = text_start = end
    tree.text(source, text_start, len(source))
    return tree.root


def _markup(
    tree: _Tree, source: str, start: int, text_start: int, lasts: dict[str, int]
) -> tuple[int, tuple[int, int] | None]:
    """Add what begins at ``start`` and the text before it; return its end, and the span of a literal text."""
    for opening, closing in _CLOSINGS.items():
        if source.startswith(opening, start) and lasts[closing] >= start + len(opening):
            tree.text(source, text_start, start)
            end = source.find(closing, start + len(opening))
            literal = (start + len(opening), end) if opening == "<![CDATA[" else None
            return end + len(closing), literal
    following = source[start + 1 : start + 2]
    pattern = _END if following == "/" else _DOCTYPE if following == "!" else _START
    match = None if pattern is _DOCTYPE and tree.had_type else pattern.match(source, start)
    tree.had_type |= pattern is _DOCTYPE  # one is looked at, so that many cost no more
    if not match:
        return start, None
    tree.text(source, text_start, start)
    if pattern is _END:
        tree.close(local_name(match[1]), match.end())
    elif pattern is _START:
        tree.open(match)
    return match.end(), None


def text_pieces(source: str, text: Text) -> Iterator[Piece]:
    """Yield the pieces of a text, each character reference as one unit."""
    piece = Piece(text.start, text.end, source[text.start : text.end])
    if text.is_literal:
        yield piece
    else:
        yield from decode_entities(piece)
