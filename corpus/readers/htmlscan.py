"""HTML as tokens with their places in the source.

Tree builders (lxml, selectolax, html5lib) do not keep the positions of text, and the standard library's
tokenizer needs the square of the length for pages with many unclosed tags. This one follows the HTML standard where
it matters for words, and takes mark-up that nothing ends for text.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

VOID = frozenset(("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"))
# Elements in which nothing but their own end tag is mark-up; without one, the first two take the rest of the page.
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


def scan(source: str) -> Iterator[Token]:
    """Tags and text of ``source`` in order; comments and declarations left out. An element without content has
    a partner already (its value says nothing yet)."""
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
    """The tag at ``start`` and the position after it; no tag for a comment or declaration. ``start`` itself where
    nothing ends the tag."""
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
