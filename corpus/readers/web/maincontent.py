"""Which texts of a web page are its main content, as the trafilatura library decides it.

The library returns text without places. So before each text of the page one letter is put that the page does not hold,
another one each time; the letters that come back name the texts that were kept, and so their places in the source.
"""

from __future__ import annotations

import html
import logging
import re
from collections.abc import Iterator
from functools import cache

from lxml.etree import LxmlError

from corpus.readers.web.pagelook import NAVIGATION, UNSEEN, WIDGET, Page

# Rare Chinese letters: the library takes them for words, and few pages hold any of them.
_LETTERS = ((0x20000, 0x2A6D0), (0x2A700, 0x2B730), (0x2B740, 0x2B810), (0x2B820, 0x2CEA0), (0x2CEB0, 0x2EBE0),
            (0x30000, 0x31340))  # fmt: skip
_RARE = re.compile("[\U00020000-\U0003134f]")
_RARE_REFERENCE = re.compile(r"&#(?:[xX]0*[23][0-9a-fA-F]{4}|0*[12]\d{5});?")
# A deeper or longer page is read whole: the library takes too long over it, or too much of the stack.
_MAX_DEPTH = 200
_MAX_CHARACTERS = 4_000_000
# The library is spared what is never an article, which takes most of its time.
_NEVER_MAIN = UNSEEN | WIDGET | NAVIGATION
_ERRORS = (LxmlError, ValueError, TypeError, AttributeError, LookupError, RecursionError)
_FORUM = "DiscussionForumPosting"
_FORUM_MARK = f'<script type="application/ld+json">{{"@type": "{_FORUM}"}}</script>'
# Elements without words that would only cost the library time.
_USELESS = frozenset({"link", "meta", "base", "source", "track", "input", "img", "wbr"})

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)


def main_texts(page: Page) -> frozenset[int] | None:
    """Return the indexes of the texts that belong to the page's main content; None if the library cannot tell."""
    if page.depth > _MAX_DEPTH or len(page.source) > _MAX_CHARACTERS:
        return None
    texts = [index for index, length in enumerate(page.lengths) if length and not page.flags[index] & _NEVER_MAIN]
    letters = _letters(page.source, len(texts))
    if len(letters) < len(texts):
        return None
    marks = dict(zip(texts, letters, strict=True))
    try:
        words = _main_words("".join(_marked(page, marks)))
    except _ERRORS:
        return None
    numbers = dict(zip(letters, texts, strict=True))
    return frozenset(numbers[letter] for letter in words if letter in numbers)


def _main_words(source: str) -> str:
    from trafilatura import bare_extraction  # takes a while to load, and most files are no web pages

    found = bare_extraction(source, fast=True, favor_precision=True, include_comments=False, deduplicate=False)
    body = getattr(found, "body", None)
    return "" if body is None else "".join(body.itertext())


@cache
def _all_letters() -> list[str]:
    return [chr(code) for first, end in _LETTERS for code in range(first, end)]


def _letters(source: str, count: int) -> list[str]:
    """Return up to ``count`` letters that the source does not hold, neither as themselves nor as references."""
    taken = set() if source.isascii() else set(_RARE.findall(source))
    taken.update(html.unescape(reference) for reference in _RARE_REFERENCE.findall(source))
    if not taken:
        return _all_letters()[:count]
    free = (letter for letter in _all_letters() if letter not in taken)
    return [letter for letter, _ in zip(free, range(count), strict=False)]


def _marked(page: Page, marks: dict[int, str]) -> Iterator[str]:
    """Yield the page's tags and texts, the texts with their marks, without what is never shown."""
    if _FORUM in page.source:
        yield _FORUM_MARK
    source, flags = page.source, page.flags
    for index, token in enumerate(page.tokens):
        if flags[index] & _NEVER_MAIN and token.name not in {"head", "title"}:
            continue
        if index in marks:
            yield marks[index]
        if token.kind == "text" or token.name not in _USELESS:
            yield source[token.start : token.end]
