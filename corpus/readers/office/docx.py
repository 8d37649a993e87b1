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
from corpus.readers.office.grid import Cell, add_table
from corpus.readers.package import (
    Package,
    attribute,
    child,
    core_facts,
    local_name,
    member_names,
    parse_xml,
    relations,
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
_PROGRAM_TITLE = re.compile(
    r"^(?:microsoft word\b.*|word document|document\d*|normal(?:\.dotm?)?|untitled)$", re.IGNORECASE
)

Kind = Literal["heading", "paragraph", "item"]


class DocxReader:
    """The reader of Word documents: text, tables, text boxes and notes, without what was deleted."""

    name = "docx"
    media_type = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    suffixes = frozenset({".docx", ".docm", ".dotx", ".dotm"})
    is_quick = True

    def matches(self, file: File) -> bool:
        """Return whether the file is a package with a Word document in it, or such a package as one XML document."""
        if _FLAT in file.head:
            return b"wordprocessingml" in file.data[:20_000]
        names = member_names(file.data)
        if not names:  # cut short, or no archive at all: then its name decides what is told
            return file.suffix in self.suffixes and file.head.startswith(b"PK")
        return any(name.lower().startswith("word/") for name in names)

    def read(self, file: File) -> Draft:
        """Return the draft of a document; `Unreadable` if it is damaged or protected."""
        document = _flat(file.data) if _FLAT in file.head else _packaged(file.data)
        body = document.part(document.main)
        if body is None:
            raise Unreadable("the file is damaged: it has no Word document inside; get the file again")
        extract = Extract()
        scan = _Scan(extract, document)
        scan.blocks(body)
        for what in (*_FURNITURE, "comments"):
            scan.leave_out(what)
        facts = core_facts(document.part(document.core))
        title = facts.get("title", "")
        return extract.draft(
            Metadata(
                title=None if _PROGRAM_TITLE.match(title) else title or scan.title,
                author=facts.get("creator"),
            )
        )


@dataclass(frozen=True, slots=True)
class _Document:
    """The parts of a document by name, the names of its text and its properties, and what the text refers to."""

    part: Callable[[str], etree._Element | None]
    main: str
    core: str
    related: tuple[tuple[str, str], ...]

    def named(self, kind: str) -> Iterator[etree._Element]:
        """Yield the parts of a kind that the main part refers to."""
        for found, name in self.related:
            if found == kind and (root := self.part(name)) is not None:
                yield root


def _packaged(data: bytes) -> _Document:
    package = Package(data)
    tops = list(relations(package, "").values())
    main = next((name for kind, name in tops if kind == _MAIN), "word/document.xml")
    core = next((name for kind, name in tops if kind == "core-properties"), "docProps/core.xml")
    return _Document(package.xml, main, core, tuple(relations(package, main).values()))


def _flat(data: bytes) -> _Document:
    root = parse_xml(data)
    parts: dict[str, etree._Element] = {}
    for part in root if root is not None else ():
        holder = child(part, "xmlData")
        if holder is not None and len(holder):
            parts[(attribute(part, "name") or "").lstrip("/")] = holder[0]
    main = next((name for name, part in parts.items() if local_name(part) == "document"), "")
    kinds = ((local_name(part), name) for name, part in parts.items())
    return _Document(
        parts.get, main, "docProps/core.xml", tuple((_KINDS.get(kind, kind), name) for kind, name in kinds)
    )


_KINDS = {"hdr": "header", "ftr": "footer"}


@dataclass(slots=True)
class _Paragraph:
    """What stands in a paragraph: its text, the numbers of its notes, and the text boxes anchored in it."""

    text: list[str] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)
    boxes: list[etree._Element] = field(default_factory=list)


class _Scan:
    """The scan of a document's body from top to bottom."""

    def __init__(self, extract: Extract, document: _Document) -> None:
        self.extract = extract
        self.document = document
        self.title: str | None = None
        self._levels = _heading_levels(document)
        self._notes = {kind: _notes_of(document, kind) for kind in _NOTES}

    def blocks(self, element: etree._Element) -> None:
        """Add the paragraphs and tables in an element, in order."""
        for one in element:
            name = local_name(one)
            if name == "p":
                self._paragraph(one)
            elif name == "tbl":
                self._table(one)
            elif name == "AlternateContent":
                self.blocks(alternative(one))
            elif name in _WRAPPERS:
                self.blocks(one)

    def leave_out(self, kind: str) -> None:
        """Report the words of parts that are not in the text."""
        what = {"header": "headers", "footer": "footers"}.get(kind, kind)
        count = sum(len(_words(root)) for root in self.document.named(kind))
        if count:
            self.extract.leave_out(what, count)

    def _paragraph(self, paragraph: etree._Element) -> None:
        found = self._inside(paragraph)
        text = "".join(found.text)
        kind, level = self._kind(paragraph)
        if kind == "heading" and level == 0:
            self.title = self.title or " ".join(text.split()) or None
        self.extract.block(kind, text, max(level, 1) if kind == "heading" else 0)
        for box in found.boxes:
            self.blocks(box)
        for where, number in found.notes:
            for note in self._notes[where].get(number, ()):
                self._paragraph(note)

    def _kind(self, paragraph: etree._Element) -> tuple[Kind, int]:
        properties = child(paragraph, "pPr")
        style = child(properties, "pStyle")
        named = self._levels.get(attribute(style, "val") or "" if style is not None else "")
        outline = child(properties, "outlineLvl")
        own = attribute(outline, "val") if outline is not None else None
        if own is not None and own.isdecimal() and int(own) < 9:
            return "heading", int(own) + 1
        if isinstance(named, int):
            return "heading", named
        number = child(properties, "numPr", "numId")
        is_numbered = attribute(number, "val") != "0" if number is not None else named == "item"
        return ("item", 0) if is_numbered else ("paragraph", 0)

    def _inside(self, element: etree._Element) -> _Paragraph:
        found = _Paragraph()
        self._collect(element, found)
        return found

    def _collect(self, element: etree._Element, found: _Paragraph) -> None:
        for one in element:
            name = local_name(one)
            if name in _DELETED:
                continue
            if name == "t":
                found.text.append(one.text or "")
            elif name in _SIGNS:
                found.text.append(_SIGNS[name])
            elif name == "sym":
                found.text.append(_symbol(one))
            elif name in {"footnoteReference", "endnoteReference"}:
                found.notes.append((f"{name[:-9]}s", attribute(one, "id") or ""))
            elif name in {"drawing", "pict", "object"}:
                found.boxes.extend(_boxes(one))
            elif name == "AlternateContent":
                self._collect(alternative(one), found)
            elif name == "r" and _is_hidden(one):
                self.extract.leave_out("hidden text", len(_words(one)))
            else:
                self._collect(one, found)

    def _table(self, table: etree._Element) -> None:
        rows: list[list[Cell]] = []
        marked: set[int] = set()
        for row in _rows(table):
            properties = child(row, "trPr")
            if child(properties, "del") is not None:
                continue
            if child(properties, "tblHeader") is not None:
                marked.add(len(rows))
            rows.append([cell for one in _cells(row) for cell in self._cell(one)])
        add_table(self.extract, rows, frozenset(marked), self.blocks)

    def _cell(self, cell: etree._Element) -> list[Cell]:
        """Return a cell, and an empty one for each further column that it covers."""
        properties = child(cell, "tcPr")
        span = child(properties, "gridSpan")
        width = attribute(span, "val") if span is not None else None
        merge = child(properties, "vMerge")
        goes_on = merge is not None and attribute(merge, "val") != "restart"
        texts = [] if goes_on else [text for text in self._texts(cell) if text.strip()]
        has_more = any(local_name(one) == "tbl" for one in cell.iter())
        empty = Cell("", 0, False, None)
        more = min(int(width), 64) - 1 if width and width.isdecimal() else 0
        return [Cell("\n".join(texts), len(texts), has_more, cell), *[empty] * more]

    def _texts(self, element: etree._Element) -> Iterator[str]:
        """Yield the paragraphs in a cell, with those of its notes and text boxes after each."""
        for one in element:
            name = local_name(one)
            if name == "p":
                found = self._inside(one)
                yield "".join(found.text)
                for box in found.boxes:
                    yield from self._texts(box)
                for where, number in found.notes:
                    for note in self._notes[where].get(number, ()):
                        yield "".join(self._inside(note).text)
            elif name == "AlternateContent":
                yield from self._texts(alternative(one))
            elif name in _WRAPPERS:
                yield from self._texts(one)


# What a reader sees in place of an element.
_SIGNS = {"tab": " ", "ptab": " ", "br": "\n", "cr": "\n", "noBreakHyphen": "\u2011", "softHyphen": ""}


def alternative(element: etree._Element) -> etree._Element:
    """Return the first choice of alternatives that all say the same, the fallback where there is no choice."""
    choices = [one for one in element if local_name(one) == "Choice" and len(one)]
    return choices[0] if choices else next((one for one in element if local_name(one) == "Fallback"), element)


def _boxes(element: etree._Element) -> Iterator[etree._Element]:
    """Yield the outermost text boxes in a drawing, each once."""
    for one in element:
        name = local_name(one)
        if name in {"txbxContent", "txbx"} and name == "txbxContent":
            yield one
        elif name == "AlternateContent":
            yield from _boxes(alternative(one))
        elif name:
            yield from _boxes(one)


def _symbol(element: etree._Element) -> str:
    """Return the character of a symbol; a space for one that only its font can show."""
    code = (
        int(attribute(element, "char") or "0", 16)
        if re.fullmatch("[0-9A-Fa-f]{1,6}", attribute(element, "char") or "")
        else 0
    )
    is_shown = 0x20 <= code < 0xD800 or 0xF900 <= code < 0x110000
    return chr(code) if is_shown else " "


def _is_hidden(run: etree._Element) -> bool:
    hidden = child(run, "rPr", "vanish")
    return hidden is not None and attribute(hidden, "val") not in {"0", "false", "off"}


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
            if outline_level and outline_level.isdecimal() and int(outline_level) < 9:
                levels[start] = int(outline_level) + 1
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


def _notes_of(document: _Document, kind: str) -> dict[str, list[etree._Element]]:
    """Return the paragraphs of each note, by its number; the lines that divide notes from the text are none."""
    return {
        attribute(note, "id") or "": [one for one in note.iter() if local_name(one) == "p"]
        for root in document.named(kind)
        for note in root
        if attribute(note, "type") in {None, "normal"}
    }
