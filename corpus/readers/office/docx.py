"""The reader of Word documents (Office Open XML), as a file or in one XML document."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from lxml import etree

from corpus.errors import Unreadable
from corpus.readers.base import Draft, File
from corpus.readers.extract import Extract
from corpus.readers.office.drawing import diagram_texts
from corpus.readers.office.grid import COVERED, Cell, add_table
from corpus.readers.office.officemath import linear
from corpus.readers.office.officetext import Place, has_private, is_heading, joint, sign, with_signs
from corpus.readers.package import (
    Package,
    Parts,
    alternative,
    attribute,
    child,
    core_facts,
    holds_document,
    local_name,
    parse_xml,
    relations,
    said_of_itself,
    whole,
)
from corpus.types import Metadata

_FLAT = b"http://schemas.microsoft.com/office/2006/xmlPackage"
_MAIN = "officeDocument"
_NOTES = ("footnotes", "endnotes")
_FURNITURE = ("header", "footer")
# Elements that only hold others, or that mark their content as added.
_WRAPPERS = frozenset({
    "sdt", "sdtContent", "smartTag", "customXml", "ins", "moveTo", "hyperlink", "fldSimple", "dir", "bdo", "body",
    "document", "Choice", "rubyBase", "oMath", "oMathPara",
})  # fmt: skip
_DELETED = frozenset({"del", "moveFrom", "delText", "instrText", "delInstrText", "rt", "rubyPr", "pPr", "rPr", "sdtPr"})
_HEADING = re.compile(r"heading (\d)")
_FORMULAS = frozenset({"oMath", "oMathPara"})
_PLACES: dict[str | None, Place] = {"superscript": "raised", "subscript": "lowered"}
_OFF = frozenset({"0", "false", "off"})
_BODY_TEXT = 9
_MAX_COLUMNS = 64

Kind = Literal["heading", "paragraph", "item"]


class DocxReader:
    """The reader of Word documents: text, tables, text boxes and notes, without what was deleted."""

    name = "docx"
    media_type = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    suffixes = frozenset({".docx", ".docm", ".dotx", ".dotm"})
    is_quick = True

    def matches(self, file: File) -> bool:
        """Return whether the file is a package with a Word document in it, or such a package as one XML document."""
        if _is_flat(file):
            return b"wordprocessingml" in file.data[:20_000]
        return holds_document(file, self.suffixes, "word/document.xml")

    def read(self, file: File) -> Draft:
        """Return the draft of a document; `Unreadable` if it is damaged or protected."""
        document = _flat(file.data) if _is_flat(file) else _packaged(file.data)
        body = document.part(document.main)
        if body is None:
            raise Unreadable("the file is damaged: it has no Word document inside; get the file again")
        extract = Extract()
        scan = _Scan(extract, document)
        scan.read(body)
        for what in (*_FURNITURE, "comments"):
            scan.leave_out(what)
        for warning in document.warnings():
            extract.warn(warning)
        facts = core_facts(document.part(document.core))
        title = said_of_itself(facts.get("title")) or scan.title
        return extract.draft(Metadata(title=title, author=said_of_itself(facts.get("creator"))))


def _is_flat(file: File) -> bool:
    """Return whether the file is a package as one XML document, and no text that speaks of one."""
    return _FLAT in file.head and file.head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


@dataclass(frozen=True, slots=True)
class _Document:
    """The parts of a document by name, the names of its text and its properties, and what the text refers to, by id."""

    part: Callable[[str], etree._Element | None]
    main: str
    core: str
    related: dict[str, tuple[str, str]]
    warnings: Callable[[], tuple[str, ...]]

    def named(self, kind: str) -> Iterator[etree._Element]:
        """Yield the parts of a kind that the main part refers to."""
        for found, name in self.related.values():
            if found == kind and (root := self.part(name)) is not None:
                yield root


def _packaged(data: bytes) -> _Document:
    package = Package(data)
    return _document(package, lambda: tuple(package.warnings))


def _document(parts: Parts, warnings: Callable[[], tuple[str, ...]]) -> _Document:
    tops = list(relations(parts, "").values())
    main = next((name for kind, name in tops if kind == _MAIN), "word/document.xml")
    core = next((name for kind, name in tops if kind == "core-properties"), "docProps/core.xml")
    return _Document(parts.xml, main, core, relations(parts, main), warnings)


@dataclass(frozen=True, slots=True)
class _FlatParts:
    """The parts of a package that is written as one XML document."""

    roots: dict[str, etree._Element]

    def xml(self, name: str) -> etree._Element | None:
        """Return the root of a part; None if there is none of that name."""
        return self.roots.get(name)


def _flat(data: bytes) -> _Document:
    root = parse_xml(data)
    roots: dict[str, etree._Element] = {}
    for part in root if root is not None else ():
        holder = child(part, "xmlData")
        if holder is not None and len(holder):
            roots[(attribute(part, "name") or "").lstrip("/")] = holder[0]
    return _document(_FlatParts(roots), tuple)


@dataclass(slots=True)
class _Paragraph:
    """What stands in a paragraph: its text, the numbers of its notes, and the boxes and diagrams anchored in it."""

    text: list[str] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)
    boxes: list[etree._Element] = field(default_factory=list)
    place: Place = ""
    last: Place = ""

    def add(self, text: str) -> None:
        """Add a text in the place of the line that its run has: raised, lowered or neither."""
        if text:
            before = "".join(self.text[-4:])[-20:]
            self.text += [joint(before, text, self.place, self.last), text]
            self.last = self.place

    def follow(self, other: _Paragraph) -> None:
        """Put another paragraph before this one, whose mark between them was deleted."""
        self.text[:0], self.notes[:0], self.boxes[:0] = other.text, other.notes, other.boxes


class _Scan:
    """The scan of a document's body from top to bottom."""

    def __init__(self, extract: Extract, document: _Document) -> None:
        self.extract = extract
        self.document = document
        self.title: str | None = None
        self._levels = _heading_levels(document)
        self._notes = {kind: _notes_of(document, kind) for kind in _NOTES}
        self._told: set[tuple[str, str]] = set()
        # Of each field that is open, whether this is its code still and not yet its result.
        self._codes: list[bool] = []
        self._joined: _Paragraph | None = None
        # The notes of the cells of the table that is being read.
        self._of_cells: list[tuple[str, str]] = []

    def read(self, body: etree._Element) -> None:
        """Add the whole document."""
        self.blocks(body)
        self._end_joined()

    def blocks(self, element: etree._Element) -> None:
        """Add the paragraphs and tables in an element, in order."""
        for one in element:
            name = local_name(one)
            if name == "p":
                self._paragraph(one)
            elif name == "tbl":
                self._end_joined()
                self._table(one)
            elif name == "AlternateContent":
                self.blocks(alternative(one))
            elif name == "altChunk":
                self.extract.warn("a file that stands inside this one was not read")
            elif name in _FORMULAS:
                self.extract.paragraph(linear(one))
            elif name in _WRAPPERS and not self._is_placeholder(one):
                self.blocks(one)

    def _is_placeholder(self, element: etree._Element) -> bool:
        """Return whether a control only asks for words ("Click here to enter text"), which is reported."""
        shown = child(element, "sdtPr", "showingPlcHdr")
        if shown is None or attribute(shown, "val") in _OFF:
            return False
        self.extract.leave_out("fields to fill in", len(_words(element)))
        return True

    def leave_out(self, kind: str) -> None:
        """Report the words of parts that are not in the text."""
        what = {"header": "headers", "footer": "footers"}.get(kind, kind)
        count = sum(len(_words(root)) for root in self.document.named(kind))
        if count:
            self.extract.leave_out(what, count)

    def _paragraph(self, paragraph: etree._Element) -> None:
        found = self._inside(paragraph)
        if self._joined is not None:
            found.follow(self._joined)
            self._joined = None
        if child(paragraph, "pPr", "rPr", "del") is not None:
            self._joined = found
            return
        kind, level = self._kind(paragraph)
        self._say(found, kind, level)

    def _end_joined(self) -> None:
        """Add a paragraph that was to be joined with a next one where none comes."""
        joined, self._joined = self._joined, None
        if joined is not None:
            self._say(joined, "paragraph", 0)

    def _say(self, found: _Paragraph, kind: Kind, level: int) -> None:
        text = "".join(found.text)
        if kind == "heading" and level == 0:
            self.title = self.title or " ".join(text.split()) or None
        if kind == "heading" and not is_heading(text):
            kind = "paragraph"
        self.extract.block(kind, text, min(max(level, 1), 6) if kind == "heading" else 0)
        for box in found.boxes:
            self._box(box)
        self._tell(found.notes)

    def _tell(self, notes: list[tuple[str, str]]) -> None:
        """Add notes, each where it is first referred to."""
        for key in notes:
            note = self._notes[key[0]].get(key[1])
            if note is not None and key not in self._told:
                self._told.add(key)
                self.blocks(note)
                self._end_joined()

    def _box(self, box: etree._Element) -> None:
        if local_name(box) == "relIds":
            for text in diagram_texts(self.document.part, self.document.related, box):
                self.extract.item(text)
        else:
            self.blocks(box)

    def _kind(self, paragraph: etree._Element) -> tuple[Kind, int]:
        properties = child(paragraph, "pPr")
        style = child(properties, "pStyle")
        named = self._levels.get(attribute(style, "val") or "" if style is not None else "")
        outline = child(properties, "outlineLvl")
        own = attribute(outline, "val") if outline is not None else None
        if whole(own, _BODY_TEXT, _BODY_TEXT) < _BODY_TEXT:
            return "heading", whole(own, _BODY_TEXT, _BODY_TEXT) + 1
        if isinstance(named, int) and own != str(_BODY_TEXT):
            return "heading", named
        number = child(properties, "numPr", "numId")
        is_numbered = attribute(number, "val") != "0" if number is not None else named == "item"
        return ("item", 0) if is_numbered else ("paragraph", 0)

    def _inside(self, element: etree._Element) -> _Paragraph:
        found = _Paragraph()
        self._collect(element, found)
        # A code goes on in no further paragraph; a field that was never ended must not hide the rest.
        self._codes = [False] * len(self._codes)
        return found

    def _collect(self, element: etree._Element, found: _Paragraph) -> None:
        for one in element:
            name = local_name(one)
            if name in _DELETED:
                continue
            if name == "r":
                self._run(one, found)
            elif name in {"drawing", "pict", "object"}:
                found.boxes.extend(_boxes(one))
            elif name == "AlternateContent":
                self._collect(alternative(one), found)
            elif name in _FORMULAS:
                found.add(linear(one))
            elif name != "sdt" or not self._is_placeholder(one):
                self._collect(one, found)

    def _run(self, run: etree._Element, found: _Paragraph) -> None:
        if _is_hidden(run):
            self.extract.leave_out("hidden text", len(_words(run)))
            return
        placed = child(run, "rPr", "vertAlign")
        outer, found.place = found.place, _PLACES.get(attribute(placed, "val") if placed is not None else None, "")
        for one in run:
            name = local_name(one)
            if name == "fldChar":
                self._field(one, found)
            elif name in {"footnoteReference", "endnoteReference"}:
                found.notes.append((f"{name[:-9]}s", attribute(one, "id") or ""))
                if attribute(one, "customMarkFollows") in {"1", "true", "on"}:
                    break  # the rest of the run is the mark
            elif name in _SIGNS or name in {"t", "sym"}:
                if not any(self._codes):
                    found.add(_shown(run, one, name))
            elif name in {"drawing", "pict", "object"}:
                found.boxes.extend(_boxes(one))
            elif name == "AlternateContent":
                self._collect(alternative(one), found)
            elif name not in _DELETED:
                self._collect(one, found)
        found.place = outer

    def _field(self, mark: etree._Element, found: _Paragraph) -> None:
        """Follow a field from its code to its result, and show a box to tick as it is shown."""
        kind = attribute(mark, "fldCharType")
        if kind == "begin":
            self._codes.append(True)
            box = child(mark, "ffData", "checkBox")
            if box is not None:
                found.add(_tick(box))
        elif kind == "separate" and self._codes:
            self._codes[-1] = False
        elif kind == "end" and self._codes:
            self._codes.pop()

    def _table(self, table: etree._Element) -> None:
        rows: list[list[Cell]] = []
        marked: set[int] = set()
        for row in _rows(table):
            properties = child(row, "trPr")
            if child(properties, "del") is not None:
                continue
            if child(properties, "tblHeader") is not None:
                marked.add(len(rows))
            skipped = child(properties, "gridBefore")
            before = [Cell("", 0, False, None)] * (_count(skipped) if skipped is not None else 0)
            rows.append([*before, *(cell for one in _cells(row) for cell in self._cell(one))])
        notes, self._of_cells = self._of_cells, []
        if add_table(self.extract, rows, frozenset(marked), self.blocks):
            self._tell(notes)

    def _cell(self, cell: etree._Element) -> list[Cell]:
        """Return a cell, and an empty one for each further column that it covers."""
        properties = child(cell, "tcPr")
        span = child(properties, "gridSpan")
        merge = child(properties, "vMerge")
        goes_on = merge is not None and attribute(merge, "val") != "restart"
        texts = [] if goes_on else [text for text in self._texts(cell) if text.strip()]
        has_more = any(local_name(one) == "tbl" for one in cell.iter())
        more = max(_count(span), 1) - 1 if span is not None else 0
        text = "\n".join(texts)
        return [Cell(text, len(texts), has_more, cell, is_continued=goes_on), *[COVERED] * more]

    def _texts(self, element: etree._Element) -> Iterator[str]:
        """Yield the paragraphs in a cell, with those of its text boxes after each; its notes come after the table."""
        for one in element:
            name = local_name(one)
            if name == "p":
                found = self._inside(one)
                yield "".join(found.text)
                for box in found.boxes:
                    yield from self._texts(box)
                    yield from diagram_texts(self.document.part, self.document.related, box)
                self._of_cells += found.notes
            elif name == "AlternateContent":
                yield from self._texts(alternative(one))
            elif name in _FORMULAS:
                yield linear(one)
            elif name in _WRAPPERS and not self._is_placeholder(one):
                yield from self._texts(one)


# What a reader sees in place of an element.
_SIGNS = {"tab": " ", "ptab": " ", "br": "\n", "cr": "\n", "noBreakHyphen": "\u2011", "softHyphen": ""}


def _boxes(element: etree._Element) -> Iterator[etree._Element]:
    """Yield the outermost text boxes in a drawing, each once, and its references to diagrams."""
    for one in element:
        name = local_name(one)
        if name in {"txbxContent", "relIds"}:
            yield one
        elif name == "AlternateContent":
            yield from _boxes(alternative(one))
        elif name:
            yield from _boxes(one)


def _shown(run: etree._Element, element: etree._Element, name: str) -> str:
    """Return what a reader sees of an element of a run."""
    if name == "sym":
        code = attribute(element, "char") or ""
        is_code = re.fullmatch("[0-9A-Fa-f]{1,6}", code)
        return sign(attribute(element, "font"), int(code, 16)) if is_code else " "
    if name != "t":
        return _SIGNS[name]
    text = element.text or ""
    if not has_private(text):
        return text
    fonts = child(run, "rPr", "rFonts")
    return with_signs(attribute(fonts, "ascii") if fonts is not None else None, text)


def _tick(box: etree._Element) -> str:
    state = child(box, "checked")
    state = child(box, "default") if state is None else state
    return "☒ " if state is not None and attribute(state, "val") not in _OFF else "☐ "


def _count(element: etree._Element) -> int:
    """Return the number that an element holds, as far as a table is wide."""
    value = attribute(element, "val") or ""
    return whole(value, 0, _MAX_COLUMNS)


def _is_hidden(run: etree._Element) -> bool:
    hidden = child(run, "rPr", "vanish")
    return hidden is not None and attribute(hidden, "val") not in _OFF


def _words(root: etree._Element) -> str:
    return "".join(one.text or "" for one in root.iter() if local_name(one) == "t")


def _rows(table: etree._Element) -> Iterator[etree._Element]:
    for one in table:
        name = local_name(one)
        if name == "tr":
            yield one
        elif name == "AlternateContent":
            yield from _rows(alternative(one))
        elif name in _WRAPPERS:
            yield from _rows(one)


def _cells(row: etree._Element) -> Iterator[etree._Element]:
    for one in row:
        name = local_name(one)
        if name == "tc":
            yield one
        elif name in _WRAPPERS:
            yield from _cells(one)


def _heading_levels(document: _Document) -> dict[str, int | Literal["item"]]:
    """Return the level of each style that is a heading's, 0 for the title, and "item" for those of lists, by style id.

    Ids differ with the language of the program; the names of the built-in styles do not. A style is what the one is
    that it is based on.
    """
    styles: dict[str, tuple[str, str, str | None, bool]] = {}
    for root in document.named("styles"):
        for style in root:
            if local_name(style) != "style":
                continue
            based, outline = child(style, "basedOn"), child(style, "pPr", "outlineLvl")
            name = child(style, "name")
            styles[attribute(style, "styleId") or ""] = (
                (attribute(name, "val") or "").lower() if name is not None else "",
                attribute(based, "val") or "" if based is not None else "",
                attribute(outline, "val") if outline is not None else None,
                child(style, "pPr", "numPr") is not None,
            )
    levels: dict[str, int | Literal["item"]] = {}
    for start in styles:
        style_id = start
        for _ in range(20):
            name, based, outline_level, is_list = styles.get(style_id, ("", "", None, False))
            if whole(outline_level, _BODY_TEXT, _BODY_TEXT) < _BODY_TEXT:
                levels[start] = whole(outline_level, _BODY_TEXT, _BODY_TEXT) + 1
            elif match := _HEADING.fullmatch(name):
                levels[start] = int(match[1])
            elif name == "title":
                levels[start] = 0
            elif is_list:
                levels[start] = "item"
            if start in levels or not based:
                break
            style_id = based
    return levels


def _notes_of(document: _Document, kind: str) -> dict[str, etree._Element]:
    """Return the notes by their numbers; the lines that divide notes from the text are none."""
    return {
        attribute(note, "id") or "": note
        for root in document.named(kind)
        for note in root
        if attribute(note, "type") in {None, "normal"}
    }
