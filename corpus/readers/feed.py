"""A feed archive's page: publication time in a comment, title and address as a Markdown link, a rule, HTML."""

from __future__ import annotations

import re

from corpus.readers.base import Block, Draft, date_of_epoch_ms, host_of, safe_url
from corpus.readers.html import tokenize
from corpus.readers.webpage import article_blocks, fragment_blocks
from corpus.types import Metadata

_HEAD = re.compile(
    r"\s*<!--\s*(?P<time>[0-9]{11,14})\s*-->\s*\[(?P<title>.{1,500})\]\((?P<url>[^\s]{1,2000})\)[ \t]*\r?\n"
    r"[-=]{3,}[ \t]*(?:\r?\n|\Z)"
)


class FeedReader:
    """The reader of a feed archive's pages."""

    name = "feed"
    media_type = "text/html"

    def matches(self, source: str) -> bool:
        """Return whether the source begins with a feed archive's head."""
        return bool(_HEAD.match(source))

    def read(self, source: str, start: int = 0) -> Draft:
        """Return the draft of a page that begins at ``start``; ValueError if its head is missing."""
        head = _HEAD.match(source, start)
        if not head:
            raise ValueError("not a feed archive's page: its head is missing")
        blanked = " " * head.end() + source[head.end() :]
        blocks, found = article_blocks(blanked, tokenize(blanked))
        url = safe_url(head["url"])
        metadata = Metadata(
            title=" ".join(head["title"].split()),
            url=url,
            publisher=host_of(url),
            author=found.author,
            published=date_of_epoch_ms(int(head["time"])) or found.published,
        )
        return Draft(tuple(blocks), metadata)

    def fragment(self, source: str) -> list[Block]:
        """Return the words of a slice of HTML as one paragraph."""
        return fragment_blocks(source)
