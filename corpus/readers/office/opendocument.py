"""The reader of OpenDocument texts and presentations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from corpus.errors import Unreadable
from corpus.readers.base import Draft, File
from corpus.readers.extract import Extract
from corpus.readers.office.grid import COVERED, Cell, add_table
from corpus.readers.office.officetext import Place, is_heading, joint
from corpus.readers.package import (
    PROTECTED,
    Package,
    attribute,
    child,
    core_facts,
    local_name,
    member_names,
    parse_xml,
    said_of_itself,
    whole,
)
from corpus.types import Metadata

_FLAT = b"urn:oasis:names:tc:opendocument:xmlns:office:1.0"
_KINDS = (b"opendocument.text", b"opendocument.presentation", b"opendocument.graphics")
_WRAPPERS = frozenset({
    "list", "list-item", "list-header", "section", "index-body", "table-of-content", "alphabetical-index",
    "illustration-index", "table-index", "object-index", "user-index", "bibliography", "index-title",
    "numbered-paragraph", "g", "frame", "text-box", "a", "deck", "page-sequence",
})  # fmt: skip
_SHAPES = frozenset({
    "custom-shape", "rect", "ellipse", "circle", "caption", "line", "polyline", "polygon", "regular-polygon", "path",
    "connector", "measure",
})  # fmt: skip
# What is said about the text, was deleted from it, or stands in a form.
_LEFT_OUT = frozenset({"tracked-changes", "annotation", "annotation-end", "sequence-decls", "forms", "variable-decls"})
_SIGNS = {"s": " ", "tab": " ", "line-break": "\n", "soft-page-break": ""}
# What stands in a paragraph and is none of its words: readings, marks and numbers, names of pictures. A field that
# shows the document's title is called as the title of a picture is, but not in the same name space.
_NO_WORDS = frozenset({
    "ruby-text", "note-citation", "number", "{urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0}title",
    "{urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0}desc", "tracked-changes", "hidden-text",
    "hidden-paragraph", "annotation-end", "script",
})  # fmt: skip
# Places of a slide that hold what stands on all slides.
_FURNITURE = frozenset({"header", "footer", "date-time", "page-number"})
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
            if not names:  # cut short, or no archive at all: then its name decides what is told
                return file.suffix in self.suffixes
            return "content.xml" in names and (
                any(kind in file.head for kind in _KINDS) or file.suffix in self.suffixes or _names_kind(file.data)
            )
        return _FLAT in file.head and any(kind in file.head for kind in _KINDS[:2])

    def read(self, file: File) -> Draft:
        """Return the draft of a document; `Unreadable` if it is damaged or protected."""
        extract = Extract()
        if file.head.startswith(b"PK"):
            content, about = _unpacked(file.data, extract)
        else:
            content = about = parse_xml(file.data)
        body = child(content, "body")
        if content is None or body is None or not len(body):
            raise Unreadable("the file is damaged: it has no document inside; get the file again")
        scan = _Scan(extract, _styles(content))
        scan.body(body[0])
        facts = core_facts(child(about, "meta"))
        author = said_of_itself(facts.get("initial-creator")) or said_of_itself(facts.get("creator"))
        return extract.draft(Metadata(title=said_of_itself(facts.get("title")) or scan.title, author=author))


def _names_kind(data: bytes) -> bool:
    """Return whether a package whose kind does not stand at its beginning, as it should, names one of ours."""
    try:
        package = Package(data)
        return "mimetype" in package and any(kind in package.read("mimetype") for kind in _KINDS)
    except Unreadable:
        return False


def _unpacked(data: bytes, extract: Extract) -> tuple[etree._Element | None, etree._Element | None]:
    """Return the document in a package and what it says about itself."""
    package = Package(data)
    manifest = package.read("META-INF/manifest.xml") if "META-INF/manifest.xml" in package else b""
    if b"encryption-data" in manifest:
        raise Unreadable(PROTECTED)
    found = package.xml("content.xml"), package.xml("meta.xml")
    for warning in package.warnings:
        extract.warn(warning)
    return found


@dataclass(frozen=True, slots=True)
class _Styles:
    """What the styles of a document say of texts: which are titles, hidden, raised or lowered, which slides hidden."""

    titles: frozenset[str]
    hidden: frozenset[str]
    unseen_pages: frozenset[str]
    places: dict[str, Place]


@dataclass(slots=True)
class _Line:
    """What stands in a paragraph: its text, what stands beside it (notes, frames), and what is left out."""

    styles: _Styles
    text: list[str] = field(default_factory=list)
    after: list[etree._Element] = field(default_factory=list)
    comments: int = 0
    hidden: int = 0
    last: Place = ""

    def add(self, text: str | None, place: Place) -> None:
        """Add a text that stands in a place of the line: raised, lowered or neither."""
        if text:
            self.text += [joint("".join(self.text[-4:])[-20:], text, place, self.last), text]
            self.last = place

    def read(self, element: etree._Element, place: Place = "") -> None:
        """Add what an element says, and what is said in the elements in it."""
        self.add(element.text, place)
        for one in element:
            self._read_inside(one, place)
            self.add(one.tail, place)

    def _read_inside(self, one: etree._Element, place: Place) -> None:
        name = local_name(one)
        style = attribute(one, "style-name") or ""
        if name in _SIGNS:
            count = attribute(one, "c") or "1"
            self.add(_SIGNS[name] * (whole(count, 1, 100)), place)
        elif name == "annotation":
            self.comments += _length(one)
        elif name == "note":
            body = child(one, "note-body")
            self.after.extend([body] if body is not None else [])
        elif name == "frame" or name == "text-box" or name in _SHAPES:
            self.after.append(one)
        elif name == "span" and style in self.styles.hidden:
            self.hidden += _length(one)
        elif name and name not in _NO_WORDS and one.tag not in _NO_WORDS:
            self.read(one, self.styles.places.get(style, place) if name == "span" else place)


def _length(element: etree._Element) -> int:
    return len("".join(map(str, element.itertext())).strip())


class _Scan:
    """The scan of a document's body from top to bottom."""

    def __init__(self, extract: Extract, styles: _Styles) -> None:
        self.extract = extract
        self.title: str | None = None
        self._styles = styles
        self._slide = 0
        # The notes of the cells of the table that is being read.
        self._of_cells: list[etree._Element] = []

    def body(self, body: etree._Element) -> None:
        """Add the text of a document, or its slides one after another."""
        if local_name(body) != "presentation":
            self.blocks(body)
            return
        for page in body:
            if local_name(page) == "page":
                self._slide += 1
                self.extract.part(str(self._slide))
                if attribute(page, "style-name") in self._styles.unseen_pages:
                    self.extract.warn(f"slide {self._slide} is hidden in the presentation")
                shapes = [one for one in page if attribute(one, "class") == "title"]
                for shape in (*shapes, *(one for one in page if one not in shapes)):
                    self._shape(shape)

    def _shape(self, shape: etree._Element) -> None:
        """Add what stands on a slide: its title as a heading, the rest as it is."""
        if attribute(shape, "class") != "title":
            self._block(shape, in_list=False)
            return
        lines = [self._line(one) for one in shape.iter() if local_name(one) in {"p", "h"}]
        words = " ".join(" ".join("".join(line.text).split()) for line in lines)
        self.extract.block("heading" if is_heading(words) else "paragraph", words, 2)

    def blocks(self, element: etree._Element, *, in_list: bool = False) -> None:
        """Add the paragraphs, headings and tables in an element, in order."""
        for one in element:
            self._block(one, in_list=in_list)

    def _block(self, one: etree._Element, *, in_list: bool) -> None:
        name = local_name(one)
        if name in _LEFT_OUT:
            self._leave_out("comments and deleted text", _length(one))
        elif attribute(one, "display") == "none" or attribute(one, "is-hidden") == "true":
            self._leave_out("hidden text", _length(one))
        elif attribute(one, "class") in _FURNITURE:
            self._leave_out("dates, numbers and footers of slides", _length(one))
        elif name in {"p", "h"}:
            self._paragraph(one, in_list=in_list)
        elif name == "table":
            self._table(one)
        elif name in _WRAPPERS or name in _SHAPES or name == "notes":
            self.blocks(one, in_list=in_list or name == "list")

    def _leave_out(self, what: str, count: int) -> None:
        if count:
            self.extract.leave_out(what, count)

    def _line(self, paragraph: etree._Element) -> _Line:
        line = _Line(self._styles)
        line.read(paragraph)
        self._leave_out("comments and deleted text", line.comments)
        self._leave_out("hidden text", line.hidden)
        return line

    def _paragraph(self, paragraph: etree._Element, *, in_list: bool) -> None:
        style = attribute(paragraph, "style-name") or ""
        if style in self._styles.hidden:
            self._leave_out("hidden text", _length(paragraph))
            return
        line = self._line(paragraph)
        text = "".join(line.text)
        # A heading without a level is one of the first.
        level = attribute(paragraph, "outline-level") or "1" if local_name(paragraph) == "h" else None
        is_title = style in self._styles.titles and local_name(paragraph) == "p"
        if is_title:
            self.title = self.title or " ".join(text.split()) or None
        if (is_title or level) and is_heading(text):
            self.extract.heading(text, 1 if is_title else max(whole(level, 1, 6), 1))
        else:
            self.extract.block("item" if in_list else "paragraph", text)
        for one in line.after:
            self._block(one, in_list=False) if local_name(one) != "note-body" else self.blocks(one)

    def _table(self, table: etree._Element) -> None:
        rows: list[list[Cell]] = []
        marked: set[int] = set()
        for row, is_header in _rows(table):
            cells = [cell for one in row for cell in self._cells(one)][:_MAX_COLUMNS]
            if is_header:
                marked.add(len(rows))
            rows.append(cells)
        notes, self._of_cells = self._of_cells, []
        if add_table(self.extract, rows, frozenset(marked), self.blocks):
            for note in notes:
                self.blocks(note)

    def _cells(self, cell: etree._Element) -> Iterator[Cell]:
        """Yield a cell as often as it comes, and what says so for each that it covers."""
        name = local_name(cell)
        repeated = attribute(cell, "number-columns-repeated") or "1"
        count = whole(repeated, 1, _MAX_REPEAT)
        if name == "covered-table-cell":
            yield from [COVERED] * count
        elif name == "table-cell":
            texts = [text for text in self._texts(cell) if text.strip()]
            has_table = any(local_name(one) == "table" for one in cell.iter())
            yield from [Cell("\n".join(texts), len(texts), has_table, cell)] * count

    def _texts(self, element: etree._Element) -> Iterator[str]:
        """Yield the paragraphs in a cell, with those of its text boxes after each; its notes come after the table."""
        for one in element:
            name = local_name(one)
            if name in {"p", "h"}:
                line = self._line(one)
                yield "".join(line.text)
                self._of_cells += [one for one in line.after if local_name(one) == "note-body"]
                for beside in line.after:
                    if local_name(beside) != "note-body":
                        yield from self._texts(beside)
            elif name in _WRAPPERS or name in _SHAPES:
                yield from self._texts(one)


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


def _styles(content: etree._Element) -> _Styles:
    """Return what the document's own styles, and in one XML document the common ones, say of texts."""
    titles, hidden, pages, places = {"Title"}, set(), set(), dict[str, Place]()
    for holder in content:
        for style in holder if local_name(holder) in {"styles", "automatic-styles"} else ():
            name = attribute(style, "name") or ""
            if attribute(style, "parent-style-name") == "Title":
                titles.add(name)
            text = child(style, "text-properties")
            if text is not None and attribute(text, "display") == "none":
                hidden.add(name)
            if text is not None and (place := _place(attribute(text, "text-position") or "")):
                places[name] = place
            page = child(style, "drawing-page-properties")
            if page is not None and attribute(page, "visibility") == "hidden":
                pages.add(name)
    return _Styles(frozenset(titles), frozenset(hidden), frozenset(pages), places)


def _place(position: str) -> Place:
    """Return the place of the line that a style's position stands for: "super 58%", "-33% 58%"."""
    shift = position.split()[0] if position.split() else ""
    if shift.startswith(("sub", "-")):
        return "lowered"
    return "raised" if shift == "super" or shift.strip("0.%") else ""
