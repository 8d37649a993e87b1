"""A feed archive's page: publication time in a comment, title and address as a Markdown link, a rule, HTML."""

from __future__ import annotations

import re

from corpus.dates import date_of_epoch_ms
from corpus.readers.base import Draft, File
from corpus.readers.web.article import article_of
from corpus.readers.web.pagelook import Page
from corpus.types import Metadata
from corpus.urls import host_of, safe_url

_HEAD = re.compile(
    r"\s*<!--\s*(?P<time>[0-9]{11,14})\s*-->\s*\[(?P<title>.{1,500})\]\((?P<url>[^\s]{1,2000})\)[ \t]*\r?\n"
    r"[-=]{3,}[ \t]*(?:\r?\n|\Z)"
)


class FeedReader:
    """The reader of a feed archive's pages."""

    name = "feed"
    media_type = "text/html"
    suffixes: frozenset[str] = frozenset()
    is_quick = True

    def matches(self, file: File) -> bool:
        """Return whether the text begins with a feed archive's head."""
        return bool(_HEAD.match(file.body))

    def read(self, file: File) -> Draft:
        """Return the draft of a page; ValueError if its head is missing."""
        source, start = file.source, file.start
        head = _HEAD.match(source, start)
        if not head:
            raise ValueError("not a feed archive's page: its head is missing")
        blanked = " " * head.end() + source[head.end() :]
        article = article_of(Page(blanked), find_main=False)
        found = article.metadata
        url = safe_url(head["url"])
        metadata = Metadata(
            title=" ".join(head["title"].split()),
            url=url,
            publisher=host_of(url),
            author=found.author,
            published=date_of_epoch_ms(int(head["time"])) or found.published,
        )
        return Draft(article.blocks, metadata, left_out=article.left_out)
