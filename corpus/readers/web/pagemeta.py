"""What a web page says about itself: JSON-LD, meta tags, links, microdata and times."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from corpus.readers.web.byline import day_of, person
from corpus.readers.web.pagelook import HIDDEN, Page
from corpus.types import Metadata
from corpus.urls import host_of, safe_url

_DATE_NAMES = (
    "article:published_time", "og:published_time", "datepublished", "article.published", "date", "dc.date",
    "dc.date.issued", "dcterms.date", "dcterms.created", "dcterms.issued", "pubdate", "publishdate", "publish_date",
    "publish-date", "publication_date", "citation_publication_date", "citation_date", "sailthru.date",
    "parsely-pub-date", "rnews:datepublished", "displaydate", "apub:time",
)  # fmt: skip
_AUTHOR_NAMES = (
    "author", "article:author", "dc.creator", "dcterms.creator", "citation_author", "parsely-author", "sailthru.author",
    "byl", "og:article:author", "twitter:creator",
)  # fmt: skip
_ARTICLE_TYPES = (
    "Article",
    "BlogPosting",
    "Report",
    "Posting",
    "Recipe",
    "Review",
    "WebPage",
    "Book",
    "VideoObject",
    "CreativeWork",
)
_DATE_NAME = re.compile(r"(?:^|[-_.:])(?:post|publish|published|publication|pub|article|release)[-_.]?(?:date|time)$")
_DAY_IN_PATH = re.compile(r"/((?:19|20)\d\d)/?(\d\d?)/?(\d\d?)(?:/|$)")
_MAX_JSON = 400_000
_MAX_NODES = 2000
_MAX_PEOPLE = 10
_VERSIONED = frozenset({"modified", "updated"})


@dataclass(slots=True)
class _Found:
    """What was found on a page, by where it stood."""

    named: dict[str, str] = field(default_factory=dict)
    authors: list[str] = field(default_factory=list)
    dates: list[str] = field(default_factory=list)
    language: str | None = None
    canonical: str | None = None
    title: str | None = None
    ld: list[dict[str, Any]] = field(default_factory=list)


def page_metadata(page: Page) -> Metadata:
    """Return title, URL, publisher, author, date and language of a page."""
    found = _found(page)
    linked = _of_linked_data(found.ld)
    named = found.named
    url = safe_url(found.canonical) or safe_url(named.get("og:url")) or linked.url
    authors = [name for key in _AUTHOR_NAMES if (name := person(named.get(key)))]
    dates = [day for key in _DATE_NAMES if (day := day_of(named.get(key)))]
    dates += [day for key, value in named.items() if _DATE_NAME.search(key) and (day := day_of(value))]
    return Metadata(
        title=_title(named.get("og:title"), found.title) or linked.title or named.get("twitter:title") or None,
        url=url,
        publisher=named.get("og:site_name") or linked.publisher or named.get("publisher") or host_of(url),
        author=linked.author or next(iter(authors + found.authors), None),
        published=linked.published or next(iter(dates + found.dates), None),
        language=found.language,
    )


def _title(shared: str | None, own: str | None) -> str | None:
    """Return the title of a page: the one for sharing, or the whole one if that says all of it and more."""
    return own if own and (not shared or shared in own) else shared


def day_in(url: str | None) -> str | None:
    """Return the day that stands in the path of an address, as many newspapers have it."""
    match = _DAY_IN_PATH.search(url or "")
    return day_of("-".join(match.groups())) if match else None


def _found(page: Page) -> _Found:
    found = _Found()
    for index, token in enumerate(page.tokens):
        if token.kind != "start":
            continue
        values = token.attributes
        if token.name == "meta":
            name = (values.get("property") or values.get("name") or values.get("itemprop") or "").lower()
            found.named.setdefault(name, tidy(values.get("content", "")))
        elif token.name == "link" and "canonical" in values.get("rel", "").lower().split():
            found.canonical = found.canonical or values.get("href")
        elif token.name == "html":
            found.language = found.language or values.get("lang") or values.get("xml:lang") or None
        elif token.name == "title" and found.title is None:
            found.title = _inner(page, index) or None
        elif token.name == "script" and "ld+json" in values.get("type", "").lower():
            found.ld.extend(_nodes(page, index))
        else:
            _marked_up(page, index, found)
    return found


def _marked_up(page: Page, index: int, found: _Found) -> None:
    """Note the authors and dates that elements of the page are marked with."""
    token = page.tokens[index]
    values = token.attributes
    roles = values.get("itemprop", "").lower().split() + values.get("rel", "").lower().split()
    is_author = "author" in roles and len(found.authors) < _MAX_PEOPLE and not page.flags[index] & HIDDEN
    if is_author and (name := person(_inner(page, index))):
        found.authors.append(name)
    is_date = "datepublished" in roles or (token.name == "time" and "datemodified" not in roles)
    if is_date and not _VERSIONED & set(values.get("class", "").lower().split()):
        day = day_of(values.get("datetime") or values.get("content")) or day_of(_inner(page, index))
        if day:
            found.dates.append(day)


def _inner(page: Page, index: int) -> str:
    """Return the text inside an element on one line; none of an element that is long."""
    end = page.tokens[index].partner
    if end is None or end - index > 40:
        return ""
    return tidy(" ".join(html.unescape(page.text(n)) for n in range(index + 1, end) if page.tokens[n].kind == "text"))


def tidy(text: str) -> str:
    """Return a text on one line."""
    return " ".join(text.split())


def _nodes(page: Page, index: int) -> Iterator[dict[str, Any]]:
    """Yield the objects of a JSON-LD script, those inside lists and graphs too."""
    if index + 1 >= len(page.tokens) or page.tokens[index + 1].kind != "text":
        return
    text = page.text(index + 1).strip().removeprefix("<!--").removesuffix("-->").removeprefix("//<![CDATA[")
    if len(text) > _MAX_JSON:
        return
    try:
        waiting: list[Any] = [json.loads(text.strip().rstrip(";").removesuffix("//]]>"), strict=False)]
    except (ValueError, RecursionError):
        return
    for _ in range(_MAX_NODES):
        if not waiting:
            return
        node = waiting.pop(0)
        if isinstance(node, list):
            waiting.extend(node)
        elif isinstance(node, dict):
            yield node
            waiting.extend(node[key] for key in ("@graph", "mainEntity", "hasPart") if key in node)


def _of_linked_data(nodes: list[dict[str, Any]]) -> Metadata:
    """Return what the first article among the objects says of itself."""
    by_id = {node["@id"]: node for node in nodes if isinstance(node.get("@id"), str)}
    articles = sorted((rank, n) for n, node in enumerate(nodes) if (rank := _rank(node)) is not None)
    found = Metadata()
    for _, number in articles:
        node = nodes[number]
        found = Metadata(
            title=found.title or _string(node.get("headline")) or _string(node.get("name")),
            url=found.url or safe_url(_string(node.get("url"))),
            publisher=found.publisher or _names(node.get("publisher"), by_id),
            author=found.author or _names(node.get("author") or node.get("creator"), by_id),
            published=found.published or day_of(_string(node.get("datePublished"))),
        )
    return found


def _rank(node: dict[str, Any]) -> int | None:
    """Return how near the type of an object is to an article; None for one that is none."""
    kinds = node.get("@type")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    return next(
        (n for n, kind in enumerate(_ARTICLE_TYPES) if any(isinstance(k, str) and k.endswith(kind) for k in kinds)),
        None,
    )


def _string(value: Any) -> str | None:
    while isinstance(value, list):
        value = value[0] if value else None
    return tidy(html.unescape(value)) or None if isinstance(value, str) else None


def _names(value: Any, by_id: dict[str, dict[str, Any]]) -> str | None:
    """Return the names of people or organisations: a string, an object, a reference to one, or a list of those."""
    values = value if isinstance(value, list) else [value]
    names: list[str] = []
    for one in values[:_MAX_PEOPLE]:
        if isinstance(one, dict):
            one = one.get("name") or by_id.get(str(one.get("@id")), {}).get("name")
        name = person(_string(one))
        if name and name not in names:
            names.append(name)
    return ", ".join(names) or None
