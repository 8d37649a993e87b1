"""The reader of XML: paragraphs of what is written as prose, rows of what is written as records."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from corpus.dates import iso_date
from corpus.errors import Unreadable
from corpus.readers.base import Block, BlockKind, Draft, File, LeftOut, Piece, clean_blocks
from corpus.readers.data.xmltree import Element, Text, local_name, parse, text_pieces
from corpus.readers.extract import labelled_pieces, stripped
from corpus.readers.tables import lay_out
from corpus.types import Metadata

_ROOT = re.compile(
    r"\s*(?:<\?[^>]{0,500}>\s*|<!--.{0,2000}?-->\s*|<!DOCTYPE[^>\[]{0,500}(?:\[[^\]]{0,2000}\]\s*)?>\s*)*+"
    r"<([\w.:-]{1,100})",
    re.DOTALL,
)
# The formats of other readers, by their roots.
_OTHERS = frozenset({
    "html", "package", "fictionbook", "document", "document-content", "worddocument", "svg", "ncx", "mediawiki",
})  # fmt: skip
_HEADS = frozenset({"title", "head", "heading", "subtitle", "bridgehead", "article-title", "h1", "h2", "h3", "h4"})
_PARAGRAPHS = frozenset({"p", "para", "simpara", "ab", "l", "lg", "quote", "blockquote", "u", "note", "caption", "s"})
_ITEMS = frozenset({"item", "listitem", "list-item", "li"})
# What breaks a paragraph in which it stands.
_BREAKING = frozenset({
    "p", "para", "simpara", "list", "itemizedlist", "orderedlist", "variablelist", "ul", "ol", "table", "informaltable",
    "table-wrap", "item", "listitem", "list-item", "li", "blockquote", "disp-quote", "lg", "l", "figure", "fig", "div",
    "section", "sec", "programlisting", "head", "title",
})  # fmt: skip
_TABLES = frozenset({"table", "informaltable"})
_ROWS, _CELLS = ("row", "tr"), ("cell", "td", "th", "entry")
_GAPS = frozenset({"lb", "br", "pb", "cb", "milestone", "linebreak", "tab"})
_RAISED = frozenset({"sup", "superscript", "xref", "ref", "footnoteref", "citation", "cite"})
_ASIDES = frozenset({"note", "footnote", "fn"})
_SKIPPED = frozenset({
    "teiheader", "journal-meta", "permissions", "contrib-group", "pub-date", "article-id", "history", "indexterm",
    "script", "style", "graphic", "binary", "binaryobject", "documentproperties", "styles", "excelworkbook",
})  # fmt: skip
_AUTHORS = frozenset({"author", "creator", "contrib"})
_DATES = frozenset({"date", "pubdate", "pub-date", "published", "issued"})
_ABOUT = _AUTHORS | _DATES | {"title", "article-title"}
_LONG = 200
_MAX_LABEL = 60
_SCHEMA = re.compile(r"xmlns|.*:schemalocation|xml:.*|version|encoding|class|style|id|href", re.IGNORECASE)


class XmlReader:
    """The reader of XML that has no reader of its own: TEI, DocBook, JATS, exports of data."""

    name = "xml"
    media_type = "application/xml"
    suffixes = frozenset({".xml", ".tei", ".dbk", ".jats"})
    is_quick = True

    def matches(self, file: File) -> bool:
        """Return whether the text begins as XML whose root is no format of another reader."""
        head = head_text(file)
        root = _ROOT.match(head)
        is_xml = file.suffix in self.suffixes or head.lstrip("\ufeff \r\n\t").startswith("<?xml")
        return is_xml and root is not None and local_name(root[1]) not in _OTHERS

    def read(self, file: File) -> Draft:
        """Return the draft of a text; what breaks off is read up to its end."""
        tree = parse(file.source)
        if not tree.elements:
            raise Unreadable("the XML is damaged: it has no element")
        root = tree.elements[0]
        walk = _Walk(file.source, is_prose=next(root.within("p", "para", "simpara", "ab"), None) is not None)
        walk.element(root, 1)
        left_out = (LeftOut("what describes the file and not its subject", walk.skipped),) if walk.skipped else ()
        return Draft(tuple(walk.blocks), _metadata(file.source, root), left_out=left_out)


def head_text(file: File) -> str:
    """Return the first characters of a file, as far as they can be read without knowing its encoding."""
    if file.head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return file.head[: len(file.head) & ~1].decode("utf-16", "replace")
    return file.head.decode("utf-8", "replace").removeprefix("\ufeff")


def words_of(source: str, element: Element | None) -> str:
    """Return the words of an element on one line."""
    if element is None:
        return ""
    return clean_blocks([Block("paragraph", tuple(_inline(source, element)))])


def _metadata(source: str, root: Element) -> Metadata:
    """Return what a text says about itself: in the element for that, or right below its root."""
    about = next(root.within("teiheader", "article-meta", "info", "articleinfo", "bookinfo"), None)
    found = list(about.within(*_ABOUT)) if about else [e for e in root.elements if e.name in _ABOUT]
    date = next((e for e in found if e.name in _DATES), None)
    titles = [e for e in found if e.name in {"article-title", "title"}]
    return Metadata(
        title=next((words for e in titles if (words := words_of(source, e))), None),
        author=next((name for e in found if e.name in _AUTHORS and (name := _name(source, e))), None),
        published=_date(source, date) if date else None,
        language=root.attribute("lang") or None,
    )


def _name(source: str, element: Element) -> str | None:
    """Return a person's name, the given one first."""
    given = next(element.within("given-names", "firstname", "forename"), None)
    last = next(element.within("surname", "lastname"), None)
    words = f"{words_of(source, given)} {words_of(source, last)}".strip() if last else words_of(source, element)
    return words if 0 < len(words) <= 100 else None


def _date(source: str, date: Element) -> str | None:
    said = date.attribute("when") or date.attribute("iso-8601-date") or words_of(source, date)
    if next(date.within("year"), None) and not date.attribute("iso-8601-date"):
        said = "-".join(words_of(source, next(date.within(part), None)) for part in ("year", "month", "day"))
    return iso_date(said)


def _inline(source: str, element: Element) -> Iterator[Piece]:
    """Yield the pieces of an element read as one text; elements that stand side by side stay apart."""
    for number, item in enumerate(element.content):
        if isinstance(item, Text):
            yield from text_pieces(source, item)
            continue
        if number and not element.has_words:
            yield Piece(item.start, item.start, " ")
        yield from _inline_element(source, item)


def _inline_element(source: str, item: Element) -> Iterator[Piece]:
    if item.name in _GAPS and item.attribute("break") != "no":
        yield Piece(item.start, item.start, " ")
    elif item.name in _ASIDES:
        yield from (Piece(item.start, item.start, mark) for mark in " [")
        yield from stripped(list(_inline(source, item)))
        yield from (Piece(item.end, item.end, mark) for mark in "] ")
    elif item.name in _RAISED:
        words = list(_inline(source, item))
        yield from (Piece(item.start, item.start, mark) for mark in _joint(source, item, words))
        yield from words
    elif item.name not in _SKIPPED:
        yield from _inline(source, item)


def _joint(source: str, item: Element, words: Sequence[Piece]) -> str:
    """Return what keeps a raised figure or a reference from growing together with what stands before it."""
    before, first = source[item.start - 1 : item.start], next((p.text.strip()[:1] for p in words if p.text.strip()), "")
    if not before.isalnum() or not first.isalnum():
        return ""
    return "^" if before.isdigit() and first.isdigit() and item.name in {"sup", "superscript"} else " "


class _Walk:
    """A walk over the elements in the order of the text, which makes blocks."""

    def __init__(self, source: str, *, is_prose: bool) -> None:
        self.source = source
        self.is_prose = is_prose
        self.blocks: list[Block] = []
        self.skipped = 0

    def element(self, element: Element, depth: int) -> None:
        """Add what an element says."""
        if element.name in _SKIPPED:
            self.skipped += element.end - element.start
        elif self.is_prose and element.name in _HEADS and not any(e.name in _BREAKING for e in element.elements):
            self._add("heading", list(_inline(self.source, element)), min(depth, 6))
        elif element.name in _TABLES and next(element.within(*_ROWS), None):
            self._table(element, depth)
        elif element.has_words or element.name in _PARAGRAPHS:
            self._mixed(element, depth)
        else:
            self._record(element, depth)

    def _add(self, kind: BlockKind, pieces: Sequence[Piece], level: int = 0) -> None:
        kept = stripped(pieces)
        if any(piece.text.strip() for piece in kept):
            self.blocks.append(Block(kind, tuple(kept), level))

    def _mixed(self, element: Element, depth: int) -> None:
        """Add an element of words with elements in them; what is a block of its own breaks it."""
        kind: BlockKind = "item" if element.name in _ITEMS else "paragraph"
        run: list[Piece] = []
        for item in element.content:
            if isinstance(item, Text):
                run.extend(text_pieces(self.source, item))
            elif item.name in _BREAKING:
                self._add(kind, run)
                run = []
                self.element(item, depth + 1)
            else:
                if run and not element.has_words:
                    run.append(Piece(item.start, item.start, " "))
                run.extend(_inline_element(self.source, item))
        self._add(kind, run)

    def _record(self, element: Element, depth: int) -> None:
        """Add an element of elements: short ones together as a row, in the order of the text."""
        cells = self._attributes(element) if not self.is_prose else []
        for item in element.elements:
            is_short = not item.elements and item.end - item.start < _LONG + 2 * len(item.name)
            if is_short and item.has_words and not self._is_block(item):
                pieces = [p for t in item.content if isinstance(t, Text) for p in text_pieces(self.source, t)]
                cells.append((item.label if len(item.label) <= _MAX_LABEL else "", pieces))
                continue
            self._row(cells)
            cells = []
            self.element(item, depth + 1)
        self._row(cells)

    def _is_block(self, item: Element) -> bool:
        return item.name in _PARAGRAPHS | _ITEMS | _SKIPPED or (self.is_prose and item.name in _HEADS)

    def _attributes(self, element: Element) -> list[tuple[str, Sequence[Piece]]]:
        """Return the values of attributes as cells, where they say something: not schemas, not styles."""
        cells: list[tuple[str, Sequence[Piece]]] = []
        for name, start, end in element.values():
            if start < end and not _SCHEMA.match(name) and not self.source.startswith("http", start):
                cells.append((name.rpartition(":")[2], list(text_pieces(self.source, Text(start, end)))))
        return cells

    def _row(self, cells: list[tuple[str, Sequence[Piece]]]) -> None:
        pieces = labelled_pieces([cell for _, cell in cells], [label for label, _ in cells])
        if pieces:
            self.blocks.append(Block("row", pieces))

    def _table(self, table: Element, depth: int) -> None:
        for item in table.elements:
            if item.name in _HEADS | {"caption"}:
                self.element(item, depth + 1)
        rows = [[list(_inline(self.source, cell)) for cell in row.within(*_CELLS)] for row in table.within(*_ROWS)]
        texts = [[clean_blocks([Block("paragraph", tuple(cell))]) for cell in row] for row in rows]
        for line in lay_out(texts):
            labels = [None, *line.labels[1:]] if line.labels else []
            self._add("row", labelled_pieces(rows[line.index], labels))
