"""What a browser shows of an HTML page, and what kind of element each of its tokens stands in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate

from corpus.readers.web.html import Token, tokenize
from corpus.readers.web.pagestyle import StyleRules, hides

# What a token stands in, as bits that add up from the outside in.
NEVER, HIDDEN, WIDGET, FRAME, LINK, PRE, BOLD, SMALL, ITEM, RAISED, NOTE, NAVIGATION = (1 << n for n in range(12))
HEADINGS = {f"h{level}": 1 << (15 + level) for level in range(1, 7)}
UNSEEN = NEVER | HIDDEN

_NEVER = frozenset({
    "annotation", "annotation-xml", "canvas", "embed", "head", "iframe", "noembed", "noframes", "noscript", "object",
    "rp", "rt", "script", "style", "svg", "template", "title", "audio", "video",
})  # fmt: skip
_SWALLOWS_REST = frozenset({"head", "iframe", "script", "style"})
_WIDGETS = frozenset({"button", "datalist", "input", "map", "select", "textarea"})
_FRAMES = frozenset({"aside", "figcaption", "figure", "footer", "form", "label", "menu", "nav"})
_FRAME_ROLES = frozenset({"banner", "complementary", "contentinfo", "navigation", "search"})
_STATIC = {
    "a": LINK, "b": BOLD, "strong": BOLD, "small": SMALL, "li": ITEM, "sup": RAISED, "sub": RAISED, "pre": PRE,
    "textarea": PRE, "xmp": PRE, "listing": PRE, **HEADINGS,
}  # fmt: skip
# Elements of which more than the name tells what they are, with or without attributes.
_LOOKED_AT = _WIDGETS | _FRAMES | {"header", "ul", "ol", "dialog"}
# Elements that begin and end a line of their own.
BLOCKS = frozenset({
    "address", "article", "blockquote", "body", "caption", "center", "dd", "details", "div", "dl", "dt",
    "fieldset", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "legend", "li", "main", "ol",
    "p", "pre", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul", "aside",
    "dialog", "figcaption", "figure", "footer", "form", "hgroup", "menu", "nav", "optgroup", "option", "search",
    "xmp", "listing",
})  # fmt: skip
_FRAME_NAME = re.compile(
    r"(?:^|[_-])(?:share|sharing|social|comments?|related|recommend\w*|sidebar|advert\w*|ads?|promo|newsletter|subscribe"
    r"|cookie\w*|breadcrumbs?|pagination|zoom\w*|caption|byline|tags?|footer|navbar|nav|menu|popup|modal)(?:$|[_-])",
    re.IGNORECASE,
)
# What no article is called, whatever it says: its sentences are left out too.
_WIDGET_NAME = re.compile(
    r"(?:cookies?|consent|gdpr)[_-]?(?:banner|bar|box|notice|consent|law|message|popup|modal|overlay|policy)|mw-editsection"
    r"|gdpr|katex-mathml|mjx_assistive_mathml",
    re.IGNORECASE,
)
_UNSEEN_NAME = re.compile(r"(?:^|\s)(?:sr-only|visually-?hidden|screen-reader-text)(?:$|\s)", re.IGNORECASE)
# Classes that say what the page has, not what the element is.
_ABOUT_PAGE = re.compile(r"(?:has|have|no|with|without|hide|show)[_-]", re.IGNORECASE)
# Saved with styles that a script of the page takes away.
_SHOWN_BY_SCRIPT = frozenset({"js_content", "js_article", "page-content"})
_LEAST_SHOWN = 25
_RELATED_SHARE = 0.8
# At least so many links, of fewer letters than this on average.
_MENU_LINKS = 6
_MENU_WORDS = 35


class Page:
    """An HTML page: its tokens, and for each of them the bits that say what it stands in.

    ``flags[i]`` belongs to the token ``i``; for a start tag it holds what the element itself is.
    """

    def __init__(self, source: str, *, is_page: bool = True) -> None:
        self.source = source
        self.is_page = is_page
        self.tokens = tokenize(source)
        self.lengths = [0] * len(self.tokens)
        never = self._measure()
        self.words = list(accumulate(self.lengths, initial=0))
        linked = [length if flags & LINK else 0 for length, flags in zip(self.lengths, never, strict=True)]
        self.linked = list(accumulate(linked, initial=0))
        self.links = list(accumulate((t.name == "a" and t.kind == "start" for t in self.tokens), initial=0))
        self.titles = list(accumulate((t.name == "h1" and t.kind == "start" for t in self.tokens), initial=0))
        self.depth = 0
        self.flags = self._look(never)

    def end_of(self, index: int) -> int:
        """Return the index after the element whose start tag is at ``index``."""
        token = self.tokens[index]
        return len(self.tokens) if token.partner is None else token.partner

    def text(self, index: int) -> str:
        """Return what was written of the token at ``index``."""
        token = self.tokens[index]
        return self.source[token.start : token.end]

    def within(self, totals: Sequence[int], index: int) -> int:
        """Return how much of running totals lies in the element whose start tag is at ``index``."""
        return totals[self.end_of(index)] - totals[index]

    def _measure(self) -> list[int]:
        """Fill ``lengths`` with the letters of each text that can be shown; return the bits for what never is."""
        flags = [0] * len(self.tokens)
        never_end = link_end = 0
        for index, token in enumerate(self.tokens):
            if token.kind == "start":
                if token.name in _NEVER and (token.partner is not None or token.name in _SWALLOWS_REST):
                    never_end = max(never_end, self.end_of(index))
                elif token.name == "a" and token.partner is not None:
                    link_end = max(link_end, token.partner)
            elif token.kind == "text" and index >= never_end:
                self.lengths[index] = len(self.source[token.start : token.end].strip())
            flags[index] = (NEVER if index < never_end else 0) | (LINK if index < link_end else 0)
        return flags

    def _look(self, never: list[int]) -> list[int]:
        rules = StyleRules(self.source, self.tokens)
        flags = [0] * len(self.tokens)
        inside: list[tuple[int, int, int]] = []
        around = main_end = 0
        for index, token in enumerate(self.tokens):
            while inside and index >= inside[-1][0]:
                _, around, _ = inside.pop()
            if token.kind != "start" or never[index] & NEVER:
                flags[index] = around | (never[index] & NEVER)
                continue
            if token.name in {"article", "main"}:
                main_end = max(main_end, self.end_of(index))
            if token.attributes or token.name in _LOOKED_AT:
                own = around | self._own(index, rules, in_main=index < main_end)
            else:
                own = around | _STATIC.get(token.name, 0)
            flags[index] = own
            end = self.end_of(index) if own & UNSEEN or token.partner is not None else 0
            if end > index + 1:
                inside.append((end, around, own))
                self.depth = max(self.depth, len(inside))
                around = own
        return flags

    def _own(self, index: int, rules: StyleRules, *, in_main: bool) -> int:
        """Return the bits of the element whose start tag is at ``index``."""
        token = self.tokens[index]
        bits = _STATIC.get(token.name, 0)
        if bits & LINK and token.attributes.get("href", "").startswith("#"):
            bits |= NOTE
        if token.name in {"html", "body"}:
            return bits
        named = _bits_of_names(token.attributes.get("class", ""), token.attributes.get("id", ""))
        if self._is_hidden(token, index, rules, named):
            return bits | HIDDEN
        if not self.is_page or token.partner is None:
            return bits
        if self._is_navigation(token, index):
            bits |= NAVIGATION
        if 2 * self.within(self.words, index) > self.words[-1]:
            return bits & ~NAVIGATION
        if token.name in _WIDGETS or named & WIDGET:
            return bits | WIDGET
        return bits | (FRAME if named & FRAME or self._is_frame(token, index, in_main=in_main) else 0)

    def _is_hidden(self, token: Token, index: int, rules: StyleRules, named: int) -> bool:
        """Return whether a browser does not show the element; what holds most of the words is shown all the same."""
        values = token.attributes
        is_hidden = (
            "hidden" in values
            or (token.name == "dialog" and "open" not in values)
            or hides(values.get("style", ""))
            or bool(named & HIDDEN)
            or rules.hide(token)
        )
        if not is_hidden or values.get("id", "") in _SHOWN_BY_SCRIPT:
            return False
        own = self.within(self.words, index) - self.within(self.linked, index)
        return own < _LEAST_SHOWN or 2 * own <= self.words[-1] - self.linked[-1]

    def _is_frame(self, token: Token, index: int, *, in_main: bool) -> bool:
        """Return whether the element belongs to what stands around an article on a page."""
        values = token.attributes
        if token.name in _FRAMES and not (in_main and token.name == "footer"):
            return True
        if values.get("aria-hidden") == "true" or values.get("role") in _FRAME_ROLES:
            return True
        if token.name == "header":
            return not self.within(self.titles, index)
        return token.name in {"ul", "ol"} and self._is_link_list(index)

    def _is_navigation(self, token: Token, index: int) -> bool:
        """Return whether the element leads to other pages: a menu, or a long list of short links."""
        if token.name == "nav" or token.attributes.get("role") == "navigation":
            return True
        if token.name not in {"ul", "ol"} or not self._is_link_list(index):
            return False
        links = self.within(self.links, index)
        return links >= _MENU_LINKS and self.within(self.words, index) < _MENU_WORDS * links

    def _is_link_list(self, index: int) -> bool:
        """Return whether nearly all words of a list are links: a list of related pages, not part of the text."""
        words = self.within(self.words, index)
        return words > 0 and self.within(self.linked, index) >= _RELATED_SHARE * words


@lru_cache(maxsize=20_000)
def _bits_of_names(classes: str, identifier: str) -> int:
    """Return what the class and the identifier of an element say: HIDDEN, WIDGET, FRAME, or nothing."""
    names = f"{classes} {identifier}"
    bits = HIDDEN if _UNSEEN_NAME.search(classes) else 0
    bits |= WIDGET if _WIDGET_NAME.search(names) else 0
    is_frame = any(_FRAME_NAME.search(name) and not _ABOUT_PAGE.match(name) for name in names.split())
    return bits | (FRAME if is_frame else 0)
