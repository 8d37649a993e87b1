"""HTML with positions: a linear scanner, the pairing of tags, and the choice of what is visible text."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

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
    nothing ends it. `kept_tokens` also makes tokens of the kind dropped.
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
        """Return the innermost element's name; an empty text if none is open."""
        return self.tokens[self.indexes[-1]].name if self.indexes else ""

    def open(self, index: int) -> None:
        """Open the element whose start tag is at ``index``."""
        self.indexes.append(index)
        self.counts[self.tokens[index].name] += 1

    def close(self, end: int) -> str:
        """Close the innermost element and return its name; ``end`` is the first token not in it."""
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
    """Return whether the token cannot be in a head, so that the body has begun without its own tag."""
    if token.kind == "text":
        return bool(source[token.start : token.end].strip())
    return token.kind == "start" and token.name not in _IN_HEAD


NEVER_TEXT = frozenset(
    ("script", "style", "template", "noscript", "svg", "math", "canvas", "iframe", "object", "embed", "head", "title")
)
_FRAME = frozenset({
    "audio", "video", "picture", "map", "nav", "footer", "aside", "figure", "figcaption", "form",
    "button", "select", "textarea", "input", "label", "dialog", "menu",
})  # fmt: skip
_WIDGET = re.compile(
    r"(?:^|[_-])(?:share|sharing|social|comments?|related|recommend\w*|sidebar|advert\w*|ads?|promo|newsletter|subscribe"
    r"|cookie\w*|breadcrumbs?|pagination|zoom\w*|caption|byline|tags?|footer|navbar|nav|menu|popup|modal|sr-only"
    r"|visually-hidden)(?:$|[_-])",
    re.IGNORECASE,
)
# Classes that say what the page has, not what the element is.
_ABOUT_PAGE = re.compile(r"(?:has|have|no|with|without|hide|show)[_-]", re.IGNORECASE)
# Taken out of sight: not shown, without size or ink, or far outside the page.
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|(?:font-size|opacity)\s*:\s*0*\.?0+(?:[a-z]{2,3}|%)?\s*(?:;|!|$)"
    r"|(?<![-\w])color\s*:\s*transparent|(?:left|top|right|text-indent|margin-left)\s*:\s*-\d{3,}",
    re.IGNORECASE,
)
_RELATED_SHARE = 0.8


def text_length(source: str, token: Token) -> int:
    """Return the number of characters of a text token, white space around it not counted."""
    return len(source[token.start : token.end].strip()) if token.kind == "text" else 0


def kept_tokens(source: str, tokens: list[Token]) -> Iterator[tuple[int, Token]]:
    """Yield the tokens of the page's text with their indexes.

    A dropped element is replaced by one token of the kind ``dropped``.
    """
    page = _Page(source, tokens)
    index = 0
    while index < len(tokens):
        token = tokens[index]
        if token.kind == "start" and page.is_dropped(index):
            if token.partner is None:
                return  # a script or a hidden part that nothing closes: the rest belongs to it
            yield index, Token("dropped", token.start, token.end, token.name)
            index = max(token.partner, index + 1)
            continue
        yield index, token
        index += 1


class _Page:
    """Running totals over the tokens, so that each question about an element takes the same short time."""

    def __init__(self, source: str, tokens: list[Token]) -> None:
        self.tokens = tokens
        lengths = [text_length(source, token) for token in tokens]
        self.words = list(accumulate(lengths, initial=0))
        self.linked = list(accumulate(_linked(tokens, lengths), initial=0))
        self.titles = list(accumulate((t.kind == "start" and t.name == "h1" for t in tokens), initial=0))

    def is_dropped(self, index: int) -> bool:
        """Return whether the element whose start tag is at ``index`` is no part of the text.

        What holds most of the page's words is never a widget, whatever it is called: some sites wrap the whole page in
        a form, or name the article after its comments.
        """
        token = self.tokens[index]
        values = token.attributes
        if token.name in NEVER_TEXT:
            return True
        if token.name not in {"html", "body"} and ("hidden" in values or _HIDDEN.search(values.get("style", ""))):
            return True
        if token.partner is None or 2 * self._within(self.words, index) > self.words[-1]:
            return False
        if token.name in _FRAME or values.get("aria-hidden") == "true":
            return True
        if _names_widget(values.get("class", "")) or _names_widget(values.get("id", "")):
            return True
        if token.name == "header":
            return not self._within(self.titles, index)
        return token.name in {"ul", "ol"} and self._is_link_list(index)

    def _within(self, totals: Sequence[int], index: int) -> int:
        return totals[self.tokens[index].partner or index] - totals[index]

    def _is_link_list(self, index: int) -> bool:
        """Return whether nearly all words of a list are links: a list of related pages, not part of the text."""
        words = self._within(self.words, index)
        return words > 0 and self._within(self.linked, index) >= _RELATED_SHARE * words


def _linked(tokens: list[Token], lengths: list[int]) -> Iterator[int]:
    """Yield the lengths of text inside links, 0 for all other tokens."""
    link_end = 0
    for index, (token, length) in enumerate(zip(tokens, lengths, strict=True)):
        if token.kind == "start" and token.name == "a" and token.partner is not None:
            link_end = max(link_end, token.partner)
        yield length if index < link_end else 0


def _names_widget(names: str) -> bool:
    return any(_WIDGET.search(name) and not _ABOUT_PAGE.match(name) for name in names.split())
