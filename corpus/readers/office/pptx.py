"""The reader of presentations (Office Open XML): a part a slide."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from corpus.errors import Unreadable
from corpus.readers.base import Draft, File
from corpus.readers.extract import Extract
from corpus.readers.office.drawing import diagram_texts, said
from corpus.readers.office.grid import COVERED, Cell, add_table
from corpus.readers.office.officetext import is_heading
from corpus.readers.package import (
    Package,
    alternative,
    attribute,
    child,
    core_facts,
    holds_document,
    local_name,
    relations,
    said_of_itself,
)
from corpus.types import Metadata

_TITLES = frozenset({"title", "ctrTitle"})
# Places of a slide that hold its date, its number and what stands on all slides.
_FURNITURE = frozenset({"dt", "ftr", "sldNum", "hdr"})
_ON = frozenset({"1", "true"})
_MAX_SLIDES = 5_000


class PptxReader:
    """The reader of presentations: slides in the order in which they are shown, with tables, diagrams and notes."""

    name = "pptx"
    media_type = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
    suffixes = frozenset({".pptx", ".pptm", ".ppsx", ".ppsm", ".potx"})
    is_quick = True

    def matches(self, file: File) -> bool:
        """Return whether the file is a package with slides in it."""
        return holds_document(file, self.suffixes, "ppt/presentation.xml")

    def read(self, file: File) -> Draft:
        """Return the draft of a presentation; `Unreadable` if it is damaged or protected."""
        package = Package(file.data)
        tops = list(relations(package, "").values())
        main = next((name for kind, name in tops if kind == "officeDocument"), "ppt/presentation.xml")
        core = next((name for kind, name in tops if kind == "core-properties"), "docProps/core.xml")
        slides = list(_slides(package, main))
        if not slides:
            raise Unreadable("the presentation has no slides; save it again with an office program")
        extract = Extract()
        for number, name in enumerate(slides[:_MAX_SLIDES], 1):
            file.alive()
            _Slide(extract, package, name, number).read()
        if len(slides) > _MAX_SLIDES:
            extract.warn(f"only the first {_MAX_SLIDES:,} of {len(slides):,} slides were read")
        facts = core_facts(package.xml(core))
        for warning in package.warnings:
            extract.warn(warning)
        return extract.draft(
            Metadata(title=said_of_itself(facts.get("title")), author=said_of_itself(facts.get("creator")))
        )


def _slides(package: Package, main: str) -> Iterator[str]:
    """Yield the names of the slides' parts in the order of the presentation."""
    related = relations(package, main)
    listed = child(package.xml(main), "sldIdLst")
    for slide in listed if listed is not None else ():
        # The id of the relation stands beside an id of the slide; only the relation's has a name space.
        number = next((value for key, value in slide.attrib.items() if str(key).endswith("}id")), "")
        kind, name = related.get(str(number), ("", ""))
        yield name if kind == "slide" else ""  # one that is missing keeps its number, and is told


class _Slide:
    """One slide: what stands on it, in the order of its shapes, the title first."""

    def __init__(self, extract: Extract, package: Package, name: str, number: int) -> None:
        self.extract = extract
        self.package = package
        self.name = name
        self.number = number
        self.related = relations(package, name)

    def read(self) -> None:
        """Add the slide to the text as a part."""
        root = self.package.xml(self.name)
        if root is None:
            self.extract.warn(f"slide {self.number} is damaged and was not read")
            return
        tree = child(root, "cSld", "spTree")
        shapes = list(_shapes(tree)) if tree is not None else []
        titles = [shape for shape in shapes if _place(shape) in _TITLES]
        words = " ".join(text for shape in titles for _, text in _paragraphs(shape))
        self.extract.part(str(self.number))
        if attribute(root, "show") in {"0", "false"}:
            self.extract.warn(f"slide {self.number} is hidden in the presentation")
        if is_heading(words):
            self.extract.heading(words, 2)
        else:
            self.extract.paragraph(words)
        for shape in shapes:
            if shape not in titles:
                self._shape(shape)
        self._notes()

    def _shape(self, shape: etree._Element) -> None:
        if _place(shape) in _FURNITURE:
            count = sum(len(text) for _, text in _paragraphs(shape))
            if count:
                self.extract.leave_out("dates, numbers and footers of slides", count)
            return
        if local_name(shape) == "graphicFrame":
            self._graphic(shape)
            return
        for is_item, text in _paragraphs(shape):
            self.extract.block("item" if is_item else "paragraph", text)

    def _graphic(self, frame: etree._Element) -> None:
        for one in frame.iter():
            name = local_name(one)
            if name == "tbl":
                self._table(one)
            elif name == "relIds":
                for text in diagram_texts(self.package.xml, self.related, one):
                    self.extract.item(text)

    def _table(self, table: etree._Element) -> None:
        rows = []
        for row in table:
            if local_name(row) != "tr":
                continue
            rows.append([_table_cell(cell) for cell in row if local_name(cell) == "tc"])
        style = child(table, "tblPr")
        is_marked = style is not None and attribute(style, "firstRow") in _ON
        add_table(self.extract, rows, frozenset({0} if is_marked else ()), self._cell)

    def _cell(self, cell: etree._Element) -> None:
        for _, text in _paragraphs(cell):
            self.extract.paragraph(text)

    def _notes(self) -> None:
        for kind, name in self.related.values():
            root = self.package.xml(name) if kind == "notesSlide" else None
            tree = child(root, "cSld", "spTree")
            for shape in _shapes(tree) if tree is not None else ():
                if _place(shape) == "body":
                    for _, text in _paragraphs(shape):
                        self.extract.paragraph(text)


def _table_cell(cell: etree._Element) -> Cell:
    if attribute(cell, "hMerge") in _ON:
        return COVERED
    goes_on = attribute(cell, "vMerge") in _ON
    texts = [] if goes_on else [text for _, text in _paragraphs(cell)]
    return Cell("\n".join(texts), len(texts), False, cell, is_continued=goes_on)


def _shapes(element: etree._Element) -> Iterator[etree._Element]:
    """Yield the shapes and frames in an element, those of groups too."""
    for one in element:
        name = local_name(one)
        if name in {"sp", "graphicFrame", "cxnSp"}:
            yield one
        elif name == "grpSp":
            yield from _shapes(one)
        elif name == "AlternateContent":
            yield from _shapes(alternative(one))


def _place(shape: etree._Element) -> str:
    """Return which place of the layout a shape fills ("title", "body"); empty for a shape of its own."""
    for holder in ("nvSpPr", "nvGraphicFramePr"):
        place = child(shape, holder, "nvPr", "ph")
        if place is not None:
            return attribute(place, "type") or "body"
    return ""


def _paragraphs(element: etree._Element) -> Iterator[tuple[bool, str]]:
    """Yield the paragraphs of text in an element, and whether each is an item of a list."""
    for paragraph in element.iter():
        if local_name(paragraph) != "p":
            continue
        text = said(paragraph)
        properties = child(paragraph, "pPr")
        bullets = {"buChar", "buAutoNum", "buBlip"}
        has_bullet = properties is not None and any(local_name(one) in bullets for one in properties)
        if text:
            yield has_bullet, text
