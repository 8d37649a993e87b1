"""The reader of EPUB books: their pages in the order in which they are read, each a part."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from lxml import etree

from corpus.errors import Unreadable
from corpus.readers.base import Draft, File, first_text
from corpus.readers.books.bookxml import parse, said
from corpus.readers.extract import Extract
from corpus.readers.package import Package, local_name
from corpus.readers.web.webpage import HtmlReader
from corpus.types import Metadata
from corpus.urls import safe_url

_MIMETYPE = b"application/epub+zip"
_CONTAINER = "META-INF/container.xml"
_PAGES = frozenset(
    {"application/xhtml+xml", "text/html", "application/html", "application/x-dtbook+xml", "text/x-oeb1-document"}
)
# Ways to make fonts unusable outside the book; they leave the text alone.
_OF_FONTS = frozenset({"http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC"})

# Readings of characters, numbers of pages, and marks of notes, which are no words of the text.
_READING = re.compile(r"<(rt|rp)\b[^>]*>(?:(?!<rt\b|<rp\b)[\s\S])*?</\1\s*>", re.IGNORECASE)
_PAGE_BREAK = re.compile(
    r"<(span|a|div)\b[^>]*\b(?:type|role)=[\"'](?:[^\"']*\s)?(?:doc-)?pagebreak\b[^>]*(?:/>|>[^<]*</\1\s*>)",
    re.IGNORECASE,
)
_NOTE_MARK = re.compile(
    r"(?:<sup\b[^>]*>\s*)?<a\b[^>]*\b(?:type|role)=[\"'](?:[^\"']*\s)?(?:doc-)?noteref\b[^>]*>"
    r"(?:[^<]|</?(?:sup|span|small|b|i|em)\b[^>]*>){0,60}?</a\s*>(?:\s*</sup\s*>)?"
    r"|<sup\b[^>]*>\s*<a\b[^>]*>\s*[\[(]?(?:\d{1,4}|[*†‡§¶a-z])[\])]?\s*</a\s*>\s*</sup\s*>"
    r"|<a\b[^>]*>\s*<sup\b[^>]*>\s*[\[(]?(?:\d{1,4}|[*†‡§¶a-z])[\])]?\s*</sup\s*>\s*</a\s*>",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Item:
    """A file of the book as its package lists it."""

    path: str
    media_type: str
    properties: str


class EpubReader:
    """The reader of EPUB 2 and 3."""

    name = "epub"
    media_type = "application/epub+zip"
    suffixes = frozenset({".epub"})
    is_quick = True

    def matches(self, file: File) -> bool:
        """Return whether the file is a ZIP file that says it is a book, or is named like one."""
        if not file.head.startswith(b"PK"):
            return False
        return file.suffix in self.suffixes or _MIMETYPE in file.head[30:120]

    def read(self, file: File) -> Draft:
        """Return the draft of a book."""
        package = Package(file.data)
        root = _package_path(package)
        document = parse(package.read(root), "the book's list of contents")
        items, spine = _items(document, posixpath.dirname(root)), list(_spine(document))
        _refuse_protected(package, [items[name].path for name, _ in spine if name in items])
        out = Extract()
        for number, (name, is_linear) in enumerate(spine, 1):
            _add_page(out, package, items.get(name), number, is_linear=is_linear)
        if out.is_empty:
            raise Unreadable("the book holds no text; if its pages are images, it must be scanned for text first")
        return out.draft(_metadata(document))


def _package_path(package: Package) -> str:
    """Return the path of the package document, from the container or, if there is none, by its name."""
    if _CONTAINER in package:
        for element in parse(package.read(_CONTAINER), "the book's container").iter():
            if local_name(element) == "rootfile" and (path := element.get("full-path", "")) in package:
                return str(path)
    path = next((name for name in package.names if name.lower().endswith(".opf")), None)
    if path is None:
        raise Unreadable("the book is damaged: its list of contents is missing; get the file again")
    return path


def _items(document: etree._Element, folder: str) -> dict[str, _Item]:
    items = {}
    for element in document.iter():
        if local_name(element) == "item" and (name := element.get("id")):
            path = _path(folder, element.get("href", ""))
            items[name] = _Item(path, element.get("media-type", "").lower(), element.get("properties", ""))
    return items


def _path(folder: str, reference: str) -> str:
    return posixpath.normpath(posixpath.join(folder, unquote(reference.partition("#")[0])))


def _spine(document: etree._Element) -> Iterator[tuple[str, bool]]:
    """Yield the identifier of each page in reading order, and whether it is part of that order."""
    for element in document.iter():
        if local_name(element) == "itemref" and (name := element.get("idref")):
            yield name, element.get("linear", "yes").lower() != "no"


def _refuse_protected(package: Package, pages: list[str]) -> None:
    """Raise `Unreadable` if pages are encrypted."""
    if "META-INF/encryption.xml" not in package:
        return
    wanted = set(pages)
    for entry in parse(package.read("META-INF/encryption.xml"), "the book's list of encrypted files").iter():
        if local_name(entry) != "EncryptedData":
            continue
        inside = list(entry.iter())
        methods = {e.get("Algorithm") for e in inside if local_name(e) == "EncryptionMethod"}
        paths = {_path("", e.get("URI", "")) for e in inside if local_name(e) == "CipherReference"}
        if paths & wanted and not methods <= _OF_FONTS:
            raise Unreadable("the book is protected against copying (DRM); get a copy without protection")


def _add_page(out: Extract, package: Package, item: _Item | None, number: int, *, is_linear: bool) -> None:
    """Add a page of the spine as a part, or report that it is left out."""
    path = item.path if item and item.path in package else None
    if item is None or path is None:
        out.warn(f"Page {number} of the book is missing in the file.")
        return
    if item.media_type not in _PAGES and not path.lower().endswith((".xhtml", ".html", ".htm", ".xml")):
        return
    data = package.read(path)
    if not data.strip():
        return
    try:
        draft = _read_page(File(f"{posixpath.basename(path)}.xhtml", data))
    except Unreadable as error:
        out.warn(f"Page {number} of the book cannot be read: {error.reason}.")
        return
    if not is_linear or "nav" in item.properties.split():
        out.leave_out("pages beside the text", sum(len(p.text) for block in draft.blocks for p in block.pieces))
        return
    out.part(str(number), title=first_text(draft.blocks, lambda block: block.kind == "heading"))
    out.include(draft)


def _read_page(page: File) -> Draft:
    """Return the draft of a page of the book, all of which is text."""
    text = _PAGE_BREAK.sub("", _READING.sub("", page.source))
    text = _NOTE_MARK.sub(lambda mark: _apart(text, mark), text)
    return HtmlReader(is_page=False).read(File(page.name, text.encode("utf-8", "replace")))


def _apart(text: str, mark: re.Match[str]) -> str:
    """Return what stands for a mark that is left out: a space where it alone keeps two words apart."""
    before, after = text[mark.start() - 1 : mark.start()], text[mark.end() : mark.end() + 1]
    return " " if before.isalnum() and after.isalnum() else ""


def _metadata(document: etree._Element) -> Metadata:
    """Return what the package says of the book: Dublin Core, and what EPUB 3 adds to it."""
    elements = [e for e in document.iter() if "purl.org/dc" in str(e.tag)]
    refined = {
        (e.get("refines", "").lstrip("#"), e.get("property")): said(e)
        for e in document.iter()
        if local_name(e) == "meta" and e.get("refines")
    }

    def values(name: str) -> list[etree._Element]:
        return [e for e in elements if local_name(e).lower() == name and said(e)]

    def about(element: etree._Element, attribute: str, other: str) -> str:
        own = next((str(v) for k, v in element.items() if k.rpartition("}")[2] == attribute), None)
        return own or refined.get((element.get("id", ""), other)) or ""

    titles = values("title")
    main = [e for e in titles if about(e, "title-type", "title-type") == "main"]
    authors = [e for e in values("creator") if about(e, "role", "role") in {"", "aut"}]
    dates = values("date")
    dated = [e for e in dates if about(e, "event", "event") == "publication"]
    dated += [e for e in dates if about(e, "event", "event") not in {"modification", "conversion", "creation"}]
    return Metadata(
        title=_first(main or titles),
        author=", ".join(dict.fromkeys(said(e) for e in authors)) or None,
        publisher=_first(values("publisher")),
        published=_first(dated),
        language=_first(values("language")),
        url=next((url for e in values("identifier") if (url := safe_url(said(e).removeprefix("url:")))), None),
    )


def _first(elements: list[etree._Element]) -> str | None:
    """Return the first element's words; None if there are none or nobody has filled them in."""
    words = said(elements[0]) if elements else ""
    return words if words.lower() not in {"", "unknown", "untitled", "[no data]", "und"} else None
