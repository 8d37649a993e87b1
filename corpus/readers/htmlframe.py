"""Which elements of an HTML page are not its text: scripts, hidden parts, the page's frame, widgets, link lists."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import accumulate

from corpus.readers.htmlscan import Token

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
    """The number of characters of a text token, white space around it not counted."""
    return len(source[token.start : token.end].strip()) if token.kind == "text" else 0


def kept_tokens(source: str, tokens: list[Token]) -> Iterator[tuple[int, Token]]:
    """Tokens of the page's text with their indexes; what stands for a dropped element has the kind ``dropped``."""
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
        """Whether the element is no part of the text. What holds most of the page's words is never a widget,
        whatever it is called: some sites wrap the whole page in a form, or name the article after its comments."""
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
        """Whether nearly all words of a list are links: a list of related pages, not part of the text."""
        words = self._within(self.words, index)
        return words > 0 and self._within(self.linked, index) >= _RELATED_SHARE * words


def _linked(tokens: list[Token], lengths: list[int]) -> Iterator[int]:
    """The lengths again, 0 for text outside links."""
    link_end = 0
    for index, (token, length) in enumerate(zip(tokens, lengths, strict=True)):
        if token.kind == "start" and token.name == "a" and token.partner is not None:
            link_end = max(link_end, token.partner)
        yield length if index < link_end else 0


def _names_widget(names: str) -> bool:
    return any(_WIDGET.search(name) and not _ABOUT_PAGE.match(name) for name in names.split())
