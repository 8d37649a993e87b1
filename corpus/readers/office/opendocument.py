"""The reader of OpenDocument texts and presentations."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from corpus.errors import Unreadable
from corpus.readers.base import Draft, File
from corpus.readers.extract import Extract
from corpus.readers.office.grid import Cell, add_table
from corpus.readers.package import PROTECTED, Package, attribute, child, core_facts, local_name, member_names, parse_xml
from corpus.types import Metadata

_FLAT = b"urn:oasis:names:tc:opendocument:xmlns:office:1.0"
_KINDS = (b"opendocument.text", b"opendocument.presentation", b"opendocument.graphics")
_WRAPPERS = frozenset({
    "list", "list-item", "list-header", "section", "index-body", "table-of-content", "alphabetical-index",
    "illustration-index", "index-title", "numbered-paragraph", "g", "frame", "text-box", "custom-shape", "rect",
    "a", "deck", "page-sequence",
})  # fmt: skip
# What is said about the text, was deleted from it, or stands in a form.
_LEFT_OUT = frozenset({"tracked-changes", "annotation", "annotation-end", "sequence-decls", "forms", "variable-decls"})
_SIGNS = {"s": " ", "tab": " ", "line-break": "\n", "soft-page-break": ""}
_NO_WORDS = frozenset(
    {"annotation", "annotation-end", "ruby-text", "note-citation", "title", "desc", "tracked-changes"}
)
_MAX_REPEAT = 50
_MAX_COLUMNS = 200


class OpenDocumentReader:
    """The reader of OpenDocument texts, and of presentations with a part a slide."""

    name = "opendocument"
    media_type = "application/vnd.oasis.opendocument.text"
    suffixes = frozenset({".odt", ".ott", ".odp", ".otp", ".fodt", ".fodp"})
    is_quick = True

    def matches(self, file: File) -> bool:
        """Return whether the file is an OpenDocument text or presentation, as a package or as one XML document."""
        if file.head.startswith(b"PK"):
            names = member_names(file.data)
            return "content.xml" in names and (
                any(kind in file.head for kind in _KINDS) or file.suffix in self.suffixes
            )
        return _FLAT in file.head and any(kind in file.head for kind in _KINDS[:2])

    def read(self, file: File) -> Draft:
        """Return the draft of a document; `Unreadable` if it is damaged or protected."""
        if file.head.startswith(b"PK"):
            package = Package(file.data)
            manifest = package.read("META-INF/manifest.xml") if "META-INF/manifest.xml" in package else b""
            if b"encryption-data" in manifest:
                raise Unreadable(PROTECTED)
            content, about = package.xml("content.xml"), package.xml("meta.xml")
        else:
            content = about = parse_xml(file.data)
        body = child(content, "body")
        if content is None or body is None or not len(body):
            raise Unreadable("the file is damaged: it has no document inside; get the file again")
        extract = Extract()
        scan = _Scan(extract, _levels(content))
        scan.body(body[0])
        facts = core_facts(child(about, "meta"))
        author = facts.get("initial-creator") or facts.get("creator")
        return extract.draft(Metadata(title=facts.get("title") or scan.title, author=author))


class _Scan:
    """The scan of a document's body from top to bottom."""

    def __init__(self, extract: Extract, titles: frozenset[str]) -> None:
        self.extract = extract
        self.title: str | None = None
        self._titles = titles
        self._slide = 0

    def body(self, body: etree._Element) -> None:
        """Add the text of a document, or its slides one after another."""
        if local_name(body) != "presentation":
            self.blocks(body)
            return
        for page in body:
            if local_name(page) == "page":
                self._slide += 1
                self.extract.part(str(self._slide))
                self.blocks(page)

    def blocks(self, element: etree._Element, *, in_list: bool = False) -> None:
        """Add the paragraphs, headings and tables in an element, in order."""
        for one in element:
            name = local_name(one)
            if name in _LEFT_OUT:
                self.extract.leave_out("comments and deleted text", len("".join(map(str, one.itertext())).strip()))
            elif name in {"p", "h"}:
                self._paragraph(one, in_list=in_list)
            elif name == "table":
                self._table(one)
            elif name == "notes":
                self.blocks(one)
            elif name in _WRAPPERS and attribute(one, "display") != "none":
                self.blocks(one, in_list=in_list or name == "list")

    def _paragraph(self, paragraph: etree._Element, *, in_list: bool) -> None:
        after: list[etree._Element] = []
        text = "".join(_said(paragraph, after))
        level = attribute(paragraph, "outline-level") if local_name(paragraph) == "h" else None
        style = attribute(paragraph, "style-name") or ""
        if level and level.isdecimal():
            self.extract.heading(text, min(int(level), 6))
        elif style in self._titles:
            self.title = self.title or " ".join(text.split()) or None
            self.extract.heading(text, 1)
        else:
            self.extract.block("item" if in_list else "paragraph", text)
        for one in after:
            self.blocks(one)

    def _table(self, table: etree._Element) -> None:
        rows: list[list[Cell]] = []
        marked: set[int] = set()
        for row, is_header in _rows(table):
            cells = [cell for one in row for cell in _cell(one)][:_MAX_COLUMNS]
            if is_header:
                marked.add(len(rows))
            rows.append(cells)
        add_table(self.extract, rows, frozenset(marked), self.blocks)


def _said(element: etree._Element, after: list[etree._Element]) -> Iterator[str]:
    """Yield the text of a paragraph; what stands beside it (notes, frames) is added to ``after``."""
    yield element.text or ""
    for one in element:
        name = local_name(one)
        if name in _SIGNS:
            count = attribute(one, "c") or "1"
            yield _SIGNS[name] * (min(int(count), 100) if count.isdecimal() else 1)
        elif name == "note":
            body = child(one, "note-body")
            after.extend([body] if body is not None else [])
        elif name in {"frame", "custom-shape", "text-box", "rect"}:
            after.append(one)
        elif name and name not in _NO_WORDS:
            yield from _said(one, after)
        yield one.tail or ""


def _rows(table: etree._Element) -> Iterator[tuple[etree._Element, bool]]:
    """Yield the rows of a table, and whether each is of its header; rows that come many times come once."""
    for one in table:
        name = local_name(one)
        if name == "table-row":
            yield one, False
        elif name == "table-header-rows":
            yield from ((row, True) for row, _ in _rows(one))
        elif name in {"table-row-group", "table-rows"}:
            yield from _rows(one)


def _cell(cell: etree._Element) -> Iterator[Cell]:
    """Yield a cell as often as it comes, and an empty one for each that it covers."""
    name = local_name(cell)
    repeated = attribute(cell, "number-columns-repeated") or "1"
    count = min(int(repeated), _MAX_REPEAT) if repeated.isdecimal() else 1
    if name == "covered-table-cell":
        yield from (Cell("", 0, False, None) for _ in range(count))
    elif name == "table-cell":
        found = (one for one in cell.iter() if local_name(one) in {"p", "h"})
        texts = ["".join(_said(paragraph, [])) for paragraph in found]
        texts = [text for text in texts if text.strip()]
        has_table = any(local_name(one) == "table" for one in cell.iter())
        yield from (Cell("\n".join(texts), len(texts), has_table, cell) for _ in range(count))


def _levels(content: etree._Element) -> frozenset[str]:
    """Return the names of the styles that are, or are based on, the style of a document's title."""
    styles = child(content, "automatic-styles")
    based = {
        attribute(style, "name") or ""
        for style in (styles if styles is not None else ())
        if attribute(style, "parent-style-name") == "Title"
    }
    return frozenset({"Title", *based})
