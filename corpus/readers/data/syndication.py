"""The reader of feeds, RSS and Atom: a part an entry, with its title, address, author and date."""

from __future__ import annotations

import html
import re

from corpus.dates import iso_date
from corpus.errors import Unreadable
from corpus.readers.base import Draft, File
from corpus.readers.data.xmltext import head_text, words_of
from corpus.readers.data.xmltree import Element, Text, parse, text_pieces
from corpus.readers.extract import Extract
from corpus.readers.web.webpage import HtmlReader
from corpus.types import Metadata
from corpus.urls import safe_url

_ROOT = re.compile(r"<(?:rss\b|feed\b[^>]{0,2000}Atom|(?:rdf:)?RDF\b[^>]{0,2000}rss)", re.IGNORECASE)
_DATES = ("pubdate", "published", "date", "updated", "issued")
# From the whole text to the shortest account of it.
_BODIES = ("encoded", "content", "description", "summary", "subtitle")
_TAG = re.compile(r"<[a-zA-Z/!][^<>]{0,2000}>")
_BREAK = re.compile(r"<(?:/?(?:p|div|li|ul|ol|h[1-6]|blockquote|table|tr)|br)\b[^<>]{0,2000}>", re.IGNORECASE)
_KEPT_SHARE = 0.7


class SyndicationReader:
    """The reader of RSS and Atom."""

    name = "syndication"
    media_type = "application/rss+xml"
    suffixes = frozenset({".rss", ".atom"})
    is_quick = True

    def matches(self, file: File) -> bool:
        """Return whether the text begins as a feed does."""
        head = head_text(file)
        return head.lstrip().startswith("<") and bool(_ROOT.search(head))

    def read(self, file: File) -> Draft:
        """Return the draft of a feed; `Unreadable` if it has no entry."""
        source = file.source
        tree = parse(source)
        extract = Extract()
        for number, entry in enumerate(tree.within("item", "entry"), 1):
            _add_entry(extract, source, entry, str(number))
        if extract.is_empty:
            raise Unreadable("the feed has no entry")
        about = next(tree.within("channel", "feed"), tree)
        return extract.draft(
            Metadata(
                title=words_of(source, _child(about, "title")) or None,
                url=_link(source, about),
                published=_date(source, about, ("pubdate", "lastbuilddate", "updated")),
                language=words_of(source, _child(about, "language")) or about.attribute("lang") or None,
            )
        )


def _child(element: Element, *names: str) -> Element | None:
    """Return the child of the first of these names that has one with something in it."""
    for name in names:
        for child in element.elements:
            if child.name == name and (child.content or child.attributes):
                return child
    return None


def _link(source: str, element: Element) -> str | None:
    links = [child for child in element.elements if child.name == "link"]
    links.sort(key=lambda link: link.attribute("rel") not in {"", "alternate"})
    return next((url for link in links if (url := safe_url(link.attribute("href") or words_of(source, link)))), None)


def _date(source: str, element: Element, names: tuple[str, ...]) -> str | None:
    said = words_of(source, _child(element, *names))
    return said if re.match(r"\d{4}-\d\d-\d\d(?:T|$)", said) else iso_date(said)


def _author(source: str, entry: Element) -> str | None:
    author = _child(entry, "creator", "author")
    if author is None:
        return None
    named = _child(author, "name") or author
    words = words_of(source, named)
    in_brackets = re.fullmatch(r"\S+@\S+ \((.+)\)", words)
    return (in_brackets[1] if in_brackets else words) or None


def _add_entry(extract: Extract, source: str, entry: Element, number: str) -> None:
    title = html.unescape(_TAG.sub("", words_of(source, _child(entry, "title"))))
    extract.part(
        number,
        title=title or None,
        url=_link(source, entry),
        author=_author(source, entry),
        published=_date(source, entry, _DATES),
    )
    extract.heading(title)
    body = _child(entry, *_BODIES)
    if body is not None:
        _add_body(extract, _markup(source, body))


def _markup(source: str, body: Element) -> str:
    """Return the mark-up of a body: escaped, in a CDATA section, or as elements of the feed."""
    if body.elements:
        return source[body.start : body.end]
    texts = (item for item in body.content if isinstance(item, Text))
    return "".join(piece.text for text in texts for piece in text_pieces(source, text))


def _add_body(extract: Extract, markup: str) -> None:
    lines = [html.unescape(_TAG.sub("", line)) for line in _BREAK.split(markup)]
    lines = [line for line in lines if line.strip()]
    page = f"<html><body><article>{markup}</article></body></html>"
    try:
        draft = HtmlReader().read(File("entry.html", page.encode()))
    except Unreadable:
        draft = Draft(())
    kept = sum(len(piece.text) for block in draft.blocks for piece in block.pieces)
    # The reader of pages takes away frames of pages; an entry has none, so it may take away but little.
    if "<" in markup and kept >= _KEPT_SHARE * sum(map(len, lines)):
        extract.include(draft)
        return
    for line in lines:
        extract.paragraph(line)
