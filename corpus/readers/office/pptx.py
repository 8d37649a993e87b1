"""The reader of presentations (Office Open XML): a part a slide."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from corpus.errors import Unreadable
from corpus.readers.base import Draft, File
from corpus.readers.extract import Extract
from corpus.readers.office.docx import alternative
from corpus.readers.office.grid import Cell, add_table
from corpus.readers.package import Package, attribute, child, core_facts, local_name, member_names, relations
from corpus.types import Metadata

_TITLES = frozenset({"title", "ctrTitle"})
# Places of a slide that hold its date, its number and what stands on all slides.
_FURNITURE = frozenset({"dt", "ftr", "sldNum", "hdr"})
_PROGRAM_TITLE = re.compile(
    r"^(?:powerpoint[ -]pr\S*|presentation\d*|pr\S*sentation powerpoint|untitled)$", re.IGNORECASE
)
_MAX_SLIDES = 5_000


class PptxReader:
    """The reader of presentations: slides in the order in which they are shown, with tables, diagrams and notes."""

    name = "pptx"
    media_type = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
    suffixes = frozenset({".pptx", ".pptm", ".ppsx", ".ppsm", ".potx"})
    is_quick = True

    def matches(self, file: File) -> bool:
        """Return whether the file is a package with slides in it."""
        return any(name.lower().startswith("ppt/") for name in member_names(file.data))

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
        title = facts.get("title", "")
        return extract.draft(
            Metadata(title=None if _PROGRAM_TITLE.match(title) else title or None, author=facts.get("creator"))
        )


def _slides(package: Package, main: str) -> Iterator[str]:
    """Yield the names of the slides' parts in the order of the presentation."""
    related = relations(package, main)
    listed = child(package.xml(main), "sldIdLst")
    for slide in listed if listed is not None else ():
        # The id of the relation stands beside an id of the slide; only the relation's has a name space.
        number = next((value for key, value in slide.attrib.items() if str(key).endswith("}id")), "")
        kind, name = related.get(str(number), ("", ""))
        if kind == "slide" and name in package:
            yield name


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
        words = " ".join(" ".join(text for _, text in _paragraphs(shape)) for shape in titles).strip()
        self.extract.part(str(self.number), title=None)
        if attribute(root, "show") == "0":
            self.extract.warn(f"slide {self.number} is hidden in the presentation")
        self.extract.heading(words, 2)
        for shape in shapes:
            if shape not in titles:
                self._shape(shape)
        self._notes()

    def _shape(self, shape: etree._Element) -> None:
        if _place(shape) in _FURNITURE:
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
            elif name == "relIds":  # a diagram, whose words stand in a part of their own
                kind, part = self.related.get(attribute(one, "dm") or "", ("", ""))
                root = self.package.xml(part) if kind == "diagramData" else None
                for point in root.iter() if root is not None else ():
                    if local_name(point) == "pt":
                        for _, text in _paragraphs(point):
                            self.extract.item(text)

    def _table(self, table: etree._Element) -> None:
        rows = []
        for row in table:
            if local_name(row) != "tr":
                continue
            cells = []
            for cell in row:
                if local_name(cell) == "tc":
                    is_covered = attribute(cell, "hMerge") in {"1", "true"} or attribute(cell, "vMerge") in {
                        "1",
                        "true",
                    }
                    texts = [] if is_covered else [text for _, text in _paragraphs(cell)]
                    cells.append(Cell("\n".join(texts), len(texts), False, cell))
            rows.append(cells)
        style = child(table, "tblPr")
        is_marked = style is not None and attribute(style, "firstRow") in {"1", "true"}
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
        text = "".join(_said(paragraph)).strip()
        properties = child(paragraph, "pPr")
        bullets = {"buChar", "buAutoNum", "buBlip"}
        has_bullet = properties is not None and any(local_name(one) in bullets for one in properties)
        if text:
            yield has_bullet, text


def _said(paragraph: etree._Element) -> Iterator[str]:
    for one in paragraph:
        name = local_name(one)
        if name == "br":
            yield "\n"
        elif name in {"r", "fld"}:
            text = child(one, "t")
            yield (text.text or "") if text is not None else ""
        elif name in {"AlternateContent"}:
            yield from _said(alternative(one))
        elif name in {"m", "oMath", "oMathPara", "Choice", "Fallback"}:
            yield "".join(part.text or "" for part in one.iter() if local_name(part) == "t")
