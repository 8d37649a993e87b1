"""What an HTML page says about itself in its head."""

from __future__ import annotations

import html

from corpus.readers.dates import iso_date
from corpus.readers.htmlscan import Token
from corpus.readers.urls import host_of, safe_url
from corpus.types import Metadata

_DATE_NAMES = (
    "article:published_time", "datepublished", "date", "dc.date", "dc.date.issued", "dcterms.created",
    "pubdate", "publishdate", "publish_date", "citation_publication_date", "sailthru.date",
)  # fmt: skip


def page_metadata(source: str, tokens: list[Token]) -> Metadata:
    """Title, address, publisher, author, date and language from meta tags, links, title and html elements."""
    named: dict[str, str] = {}
    language = canonical = time = None
    for token in tokens:
        if token.kind != "start":
            continue
        values = token.attributes
        if token.name == "meta":
            name = (values.get("property") or values.get("name") or values.get("itemprop") or "").lower()
            named.setdefault(name, _tidy(values.get("content", "")))
        elif token.name == "link" and values.get("rel", "").lower() == "canonical":
            canonical = canonical or values.get("href")
        elif token.name == "html":
            language = language or values.get("lang") or values.get("xml:lang")
        elif token.name == "time":
            time = time or values.get("datetime")
    url = safe_url(canonical) or safe_url(named.get("og:url"))
    return Metadata(
        title=named.get("og:title") or _title(source, tokens) or None,
        url=url,
        publisher=named.get("og:site_name") or named.get("publisher") or host_of(url),
        author=named.get("author") or named.get("article:author") or named.get("dc.creator") or None,
        published=next((date for n in _DATE_NAMES if (date := iso_date(named.get(n)))), None) or iso_date(time),
        language=language or None,
    )


def _title(source: str, tokens: list[Token]) -> str:
    for token in tokens:
        if token.kind == "start" and token.name == "title" and token.partner is not None:
            last = tokens[token.partner - 1]
            return _tidy(html.unescape(source[token.end : last.start if last.kind == "end" else last.end]))
    return ""


def _tidy(text: str) -> str:
    return " ".join(text.split())
