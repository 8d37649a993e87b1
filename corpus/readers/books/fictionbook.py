"""The reader of FictionBook files (.fb2, .fb2.zip): chapters as parts, verses line by line, notes at the end."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from corpus.errors import Unreadable
from corpus.readers.base import Draft, File
from corpus.readers.books.bookxml import parse_text, said
from corpus.readers.extract import Extract
from corpus.readers.package import Package, local_name
from corpus.readers.units import opening
from corpus.types import Metadata

_ROOT = re.compile(
    r"\ufeff?\s*(?:<\?xml[^>]{0,500}\?>)?(?:\s|<!--(?:(?!-->)[\s\S])*-->|<\?[^>]{0,500}\?>)*<FictionBook\b"
)
_PICTURES = re.compile(r"<binary\b[^>]*>[^<]*(?:</binary\s*>|\Z)")
_HYPHEN_END = re.compile(r"(?<=[-\u2010])\s*[\r\n]\s*")
_TEXT_LINES = frozenset({"p", "v", "text-author", "date"})
_CONTAINERS = frozenset({"section", "body", "epigraph", "cite", "poem", "stanza", "annotation", "history"})


class FictionBookReader:
    """The reader of FictionBook 2."""

    name = "fictionbook"
    media_type = "application/x-fictionbook+xml"
    suffixes = frozenset({".fb2", ".fbz"})
    is_quick = True

    def matches(self, file: File) -> bool:
        """Return whether the text is a FictionBook, or the file a ZIP file named like a packed one."""
        if file.head.startswith(b"PK\x03\x04"):
            return file.name.lower().endswith((".fb2.zip", ".fbz", ".fb2"))
        return b"<FictionBook" in file.head.replace(b"\x00", b"") and bool(_ROOT.match(opening(file)))

    def read(self, file: File) -> Draft:
        """Return the draft of a book."""
        text = _unpacked(file).source
        out = Extract()
        pictures = sum(len(match.group()) for match in _PICTURES.finditer(text))
        if pictures:
            out.leave_out("pictures", pictures)
        root = parse_text(_PICTURES.sub("", text), "the book")
        if not text.rstrip().endswith(">") or "</FictionBook" not in text[-1000:]:
            out.warn("The book ends too early: its end is missing in the file.")
        _Book(out).read(root)
        if out.is_empty:
            raise Unreadable("the book holds no text")
        return out.draft(_metadata(root))


def _unpacked(file: File) -> File:
    if not file.head.startswith(b"PK"):
        return file
    archive = Package(file.data)
    name = next((name for name in archive.names if name.lower().endswith(".fb2")), None)
    if name is None:
        raise Unreadable("the file holds no book: there is no .fb2 file in it")
    return File(name, archive.read(name), depth=file.depth + 1)


class _Book:
    """The text of a book, while its elements are read."""

    def __init__(self, out: Extract) -> None:
        self.out = out

    def read(self, root: etree._Element) -> None:
        """Add the annotation, then each chapter of the first body, then each other body, as parts."""
        annotation = next((e for e in root.iter() if local_name(e) == "annotation"), None)
        if annotation is not None:
            self.out.part("annotation")
            self._inside(annotation, 2)
        bodies = [element for element in root if local_name(element) == "body"]
        for body in bodies[:1]:
            self._chapters(body)
        for number, body in enumerate(bodies[1:], 1):
            self.out.part(body.get("name") or f"body {number + 1}", title=_title(body))
            self._inside(body, 1)

    def _chapters(self, body: etree._Element) -> None:
        number = 0
        is_before = True
        for child in body:
            if local_name(child) == "section":
                number += 1
                self.out.part(str(number), title=_title(child))
                self._inside(child, 2)
            else:
                if is_before and number == 0:
                    self.out.part("front", title=_title(body))
                    is_before = False
                self._element(child, 1)

    def _inside(self, parent: etree._Element, level: int) -> None:
        for child in parent:
            self._element(child, level)

    def _element(self, element: etree._Element, level: int) -> None:
        name = local_name(element)
        if name == "title":
            self.out.heading(" ".join(filter(None, map(_words, element))) or _words(element), min(level, 6))
        elif name == "subtitle":
            self.out.heading(_words(element), min(level + 1, 6))
        elif name in _TEXT_LINES:
            self.out.paragraph(_words(element))
        elif name == "table":
            self._table(element)
        elif name in _CONTAINERS:
            self._inside(element, level + (name == "section"))
        elif name not in {"image", "empty-line"}:  # what the format does not know: its words stay
            self.out.paragraph(_words(element))

    def _table(self, table: etree._Element) -> None:
        header: list[str] | None = None
        for row in (e for e in table.iter() if local_name(e) == "tr"):
            cells: list[str] = []
            for cell in row:
                cells.append(_words(cell))
                width = cell.get("colspan", "1")
                cells += [""] * (min(int(width), 50) - 1 if width.isdecimal() else 0)
            self.out.row(cells, header)
            if header is None and all(local_name(cell) == "th" for cell in row):
                header = cells


def _title(element: etree._Element) -> str | None:
    title = next((child for child in element if local_name(child) == "title"), None)
    return (" ".join(filter(None, map(_words, title))) or None) if title is not None else None


def _words(element: etree._Element) -> str:
    """Return the words of a paragraph, without pictures and marks of notes; nothing glues where a mark stood."""
    text = ""
    for kind, said_here in _runs(element):
        if kind == "mark":
            text += "\x00"
        elif kind == "raised" and text[-1:].isalnum() and said_here[:1].isdigit():
            text += "^" + said_here
        else:
            text += said_here
    text = re.sub("\x00+", "\x00", text)
    text = re.sub(r"(?<=\w)\x00(?=\w)", " ", text).replace("\x00", "")
    return _HYPHEN_END.sub(" ", text).strip()


def _runs(element: etree._Element) -> Iterator[tuple[str, str]]:
    """Yield the runs of text in an element: text, raised text, or the mark of a note."""
    yield "text", element.text or ""
    for child in element:
        name = local_name(child)
        if not name or name == "image":
            pass
        elif name == "a" and (child.get("type") == "note" or _is_mark(said(child))):
            yield "mark", ""
        elif name in {"sup", "sub"}:
            yield ("raised" if name == "sup" else "text"), "".join(text for _, text in _runs(child))
        else:
            yield from _runs(child)
        yield "text", child.tail or ""


def _is_mark(words: str) -> bool:
    return bool(re.fullmatch(r"[\[({]\s*(?:\d{1,4}|[*†‡]{1,3}|[a-zа-я])\s*[\])}]|[*†‡]{1,3}", words))


def _metadata(root: etree._Element) -> Metadata:
    """Return what the description says of the book, and of the printed book it was made from."""
    about = next((e for e in root.iter() if local_name(e) == "title-info"), None)
    printed = next((e for e in root.iter() if local_name(e) == "publish-info"), None)

    def first(parent: etree._Element | None, name: str) -> etree._Element | None:
        return next((e for e in parent if local_name(e) == name), None) if parent is not None else None

    def words(parent: etree._Element | None, name: str) -> str | None:
        element = first(parent, name)
        return (said(element) or None) if element is not None else None

    authors = [_person(e) for e in about if local_name(e) == "author"] if about is not None else []
    date = first(about, "date")
    return Metadata(
        title=words(about, "book-title") or words(printed, "book-name"),
        author=", ".join(filter(None, authors)) or None,
        publisher=words(printed, "publisher"),
        published=((date.get("value") or said(date) or None) if date is not None else None) or words(printed, "year"),
        language=words(about, "lang"),
    )


def _person(element: etree._Element) -> str:
    names = {local_name(child): said(child) for child in element}
    whole = " ".join(filter(None, (names.get(n) for n in ("first-name", "middle-name", "last-name"))))
    return whole or names.get("nickname", "")
