"""What a workbook's file says besides the values of its cells: whether it is safe to open, how cells are shown.

The library that reads the cells reserves room for every cell between the first and the last, and gives values without
their formats. So the size of each sheet is found first, and which cells are shown as percentages or stand in bold.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from posixpath import join, normpath

import olefile
from lxml import etree

from corpus.errors import Unreadable
from corpus.types import Metadata

MAX_CELLS = 8_000_000
_MAX_UNPACKED = 400_000_000
_MAX_MEMBERS = 20_000
_MAX_SMALL_PART = 20_000_000
PROTECTED = "the file is protected by a password; save it without one"
DAMAGED = "the workbook is damaged or no workbook; open it in its program and save it again"
UNSAFE = "the workbook is unsafe: it defines entities, as only damaged or hostile files do"
HUGE = "the workbook unpacks to far more than its size; save the sheets that matter as a file of their own"

_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_ROW_OR_CELL = re.compile(rb"<(?:\w+:)?(row|c)(?=[\s/>])([^>]*)>")
_PLACE = re.compile(rb"\sr=[\"']([A-Z]{0,3})(\d{1,7})[\"']")
_STYLE = re.compile(rb"\ss=[\"'](\d{1,5})[\"']")
_FAILED = re.compile(rb"\st=[\"']e[\"']")
_ERROR = re.compile(rb"<(?:\w+:)?v>(#[A-Z0-9/?!_]{2,20})</")
_PERCENT_IDS = frozenset({9, 10})
_PROGRAMS = re.compile(
    r"(?:microsoft.*|apache poi|openpyxl|xlsxwriter|python-.*|administrator|admin|user|owner|unknown|libreoffice.*"
    r"|sheetjs|phpexcel|phpspreadsheet.*|aspose.*|unnamed|untitled|kingsoft|wps.*|windows.*|pc|hp|dell|lenovo|acer|asus|book\d*|workbook\d*|-)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class SheetFacts:
    """The facts about a sheet: how many cells it spans, which are percentages (row, column), which rows are bold.

    ``errors`` are what the cells show whose formulas fail ("#REF!"): the library that reads the cells leaves them out.
    """

    cells: int = 0
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    percents: frozenset[tuple[int, int]] = frozenset()
    bold_rows: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class WorkbookFacts:
    """The facts about a workbook and its sheets, by their names."""

    metadata: Metadata = field(default_factory=Metadata)
    sheets: dict[str, SheetFacts] = field(default_factory=dict)


def workbook_facts(data: bytes) -> WorkbookFacts:
    """Return the facts about a workbook; `Unreadable` if it is protected, unsafe or too large to be opened."""
    if data.startswith(olefile.MAGIC):
        return _old_facts(data)
    if not data.startswith(b"PK"):
        raise Unreadable(DAMAGED)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            return _package_facts(package)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, KeyError, RuntimeError):
        raise Unreadable(DAMAGED) from None


def _old_facts(data: bytes) -> WorkbookFacts:
    try:
        with olefile.OleFileIO(io.BytesIO(data)) as ole:
            names = {"/".join(path).lower(): path for path in ole.listdir()}
            if "encryptedpackage" in names:
                raise Unreadable(PROTECTED)
            stream = names.get("workbook") or names.get("book")
            if stream is None:
                raise Unreadable(DAMAGED)
            if _is_locked(ole.openstream(stream).read(4096)):
                raise Unreadable(PROTECTED)
            return WorkbookFacts(_old_metadata(ole))
    except (OSError, ValueError, IndexError, TypeError, AttributeError, RecursionError):
        raise Unreadable(DAMAGED) from None


def _is_locked(start: bytes) -> bool:
    """Return whether the first records of a workbook say that the rest is encrypted."""
    position = 0
    while position + 4 <= len(start):
        kind, length = (int.from_bytes(start[position + i : position + i + 2], "little") for i in (0, 2))
        if kind == 0x2F:
            return True
        if kind == 0:
            return False
        position += 4 + length
    return False


def _old_metadata(ole: olefile.OleFileIO) -> Metadata:
    try:
        said = ole.get_metadata()
        page = f"cp{(said.codepage or 1252) & 0xFFFF}".replace("cp65001", "utf-8").replace("cp10000", "mac-roman")
        author, title = (
            value.decode(page, "replace") if isinstance(value, bytes) else None for value in (said.author, said.title)
        )
    except (OSError, ValueError, LookupError, TypeError, IndexError, AttributeError):
        return Metadata()
    return Metadata(title=_telling(title), author=_telling(author))


def _telling(value: str | None) -> str | None:
    """Return a name unless it is a program's or says nothing."""
    words = " ".join((value or "").replace("\x00", "").split())
    return None if not words or "\ufffd" in words or _PROGRAMS.fullmatch(words) else words


def _package_facts(package: zipfile.ZipFile) -> WorkbookFacts:
    members = package.infolist()
    if len(members) > _MAX_MEMBERS or sum(member.file_size for member in members) > _MAX_UNPACKED:
        raise Unreadable(HUGE)
    names = {member.filename for member in members}
    if any(member.flag_bits & 1 for member in members) or _is_sealed(package, names):
        raise Unreadable(PROTECTED)
    for member in members:
        if member.filename.endswith((".xml", ".rels", ".bin")):
            _check_part(package, member)
    if "content.xml" in names:
        return WorkbookFacts(_metadata(package, "meta.xml"), _open_document_sheets(package))
    metadata = _metadata(package, "docProps/core.xml")
    if "xl/workbook.bin" in names:
        return WorkbookFacts(metadata, _binary_sheets(package, names))
    return WorkbookFacts(metadata, dict(_sheets(package, names)))


def _is_sealed(package: zipfile.ZipFile, names: set[str]) -> bool:
    manifest = "META-INF/manifest.xml"
    return manifest in names and b"encryption-data" in package.read(manifest)


def _check_part(package: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    """Raise `Unreadable` if a part has a document type, which no program writes; BadZipFile if its size is a lie."""
    with package.open(member) as stream:
        start = stream.read(4096)
        while stream.read(1 << 20):
            pass
    if b"<!DOCTYPE" in start.replace(b"\0", b""):
        raise Unreadable(UNSAFE)


def _xml(package: zipfile.ZipFile, name: str) -> etree._Element | None:
    if name not in package.NameToInfo or package.getinfo(name).file_size > _MAX_SMALL_PART:
        return None
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(package.read(name), parser)
    except etree.XMLSyntaxError:
        return None


def _metadata(package: zipfile.ZipFile, name: str) -> Metadata:
    root = _xml(package, name)
    if root is None:
        return Metadata()
    said: dict[str, str | None] = {}
    for element in root.iter(etree.Element):
        said.setdefault(etree.QName(element).localname, element.text)
    author = _telling(said.get("initial-creator")) or _telling(said.get("creator"))
    return Metadata(title=_telling(said.get("title")), author=author, language=_telling(said.get("language")))


def _sheets(package: zipfile.ZipFile, names: set[str]) -> Iterator[tuple[str, SheetFacts]]:
    """Yield the facts about each sheet of an Office Open XML workbook."""
    workbook, relations = _xml(package, "xl/workbook.xml"), _xml(package, "xl/_rels/workbook.xml.rels")
    if workbook is None or relations is None:
        return
    percents, bolds = _styles(package)
    targets = {relation.get("Id"): relation.get("Target", "") for relation in relations}
    for sheet in workbook.iter("{*}sheet"):
        target = targets.get(sheet.get(_RELATION) or next(iter(_ids(sheet)), ""), "")
        path = target.lstrip("/") if target.startswith("/") else normpath(join("xl", target))
        if target and path in names:
            yield sheet.get("name", ""), _sheet_facts(package.read(path), percents, bolds)


def _ids(sheet: etree._Element) -> Iterator[str]:
    """Yield the value of an attribute called id in whatever namespace."""
    yield from (str(value) for name, value in sheet.attrib.items() if str(name).endswith("}id"))


def _styles(package: zipfile.ZipFile) -> tuple[frozenset[int], frozenset[int]]:
    """Return the numbers of the styles that show percentages, and of those that are bold."""
    root = _xml(package, "xl/styles.xml")
    formats = root.find("{*}cellXfs") if root is not None else None
    if root is None or formats is None:
        return frozenset(), frozenset()
    codes = {f.get("numFmtId"): f.get("formatCode", "") for f in root.iter("{*}numFmt")}
    shown = {i for i, code in codes.items() if "%" in re.sub(r"\"[^\"]*\"|\\.|\[[^\]]*\]", "", code)}
    fonts = root.find("{*}fonts")
    heavy = {str(i) for i, font in enumerate(fonts if fonts is not None else ()) if _is_bold(font)}
    percents, bolds = set(), set()
    for number, style in enumerate(formats):
        code = style.get("numFmtId", "0")
        if code in shown or (code.isdigit() and int(code) in _PERCENT_IDS):
            percents.add(number)
        if style.get("fontId") in heavy:
            bolds.add(number)
    return frozenset(percents), frozenset(bolds)


def _is_bold(font: etree._Element) -> bool:
    mark = font.find("{*}b")
    return mark is not None and mark.get("val", "1") not in {"0", "false"}


def _sheet_facts(xml: bytes, percents: frozenset[int], bolds: frozenset[int]) -> SheetFacts:
    """Return the facts about a sheet of an Office Open XML workbook, from the places and styles of its cells."""
    row = column = -1
    top, bottom, left, right = 1 << 30, -1, 1 << 30, -1
    shown: set[tuple[int, int]] = set()
    weights: dict[int, bool] = {}
    errors: dict[tuple[int, int], str] = {}
    for tag in _ROW_OR_CELL.finditer(xml):
        place = _PLACE.search(tag[2])
        if tag[1] == b"row":
            number = re.search(rb"\sr=[\"'](\d{1,7})[\"']", tag[2])
            row, column = int(number[1]) - 1 if number else row + 1, -1
            continue
        row = int(place[2]) - 1 if place else row
        column = _column(place[1]) if place and place[1] else column + 1
        if tag[2].endswith(b"/"):
            continue
        top, bottom, left, right = min(top, row), max(bottom, row), min(left, column), max(right, column)
        if _FAILED.search(tag[2]) and (error := _ERROR.search(xml, tag.end(), tag.end() + 10_000)):
            errors[row, column] = error[1].decode("ascii", "replace")
        style = _STYLE.search(tag[2])
        number_of_style = int(style[1]) if style else 0
        if number_of_style in percents:
            shown.add((row, column))
        weights[row] = weights.get(row, True) and number_of_style in bolds
    cells = (bottom - top + 1) * (right - left + 1) if bottom >= 0 else 0
    return SheetFacts(cells, errors, frozenset(shown), frozenset(r for r, bold in weights.items() if bold))


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + letter - 64
    return number - 1


_OPEN_TAG = re.compile(
    rb"<table:(?P<name>table|table-row|table-cell|covered-table-cell)(?=[\s/>])(?P<attributes>[^>]*)>"
)
_REPEATED = re.compile(rb"number-(?:rows|columns)-repeated=[\"'](\d{1,12})[\"']")
_NAME = re.compile(rb"table:name=\"([^\"]*)\"")


def _open_document_sheets(package: zipfile.ZipFile) -> dict[str, SheetFacts]:
    """Return how many cells the sheets of an OpenDocument workbook span, repeated ones counted, under no name."""
    width = rows = height = widest = total = 0
    for tag in _OPEN_TAG.finditer(package.read("content.xml")):
        told = _REPEATED.search(tag["attributes"])
        times = int(told[1]) if told else 1
        if tag["name"] == b"table":
            total += widest * height
            width = rows = height = widest = 0
        elif tag["name"] == b"table-row":
            rows, width = rows + times, 0
        else:
            width += times
            if not tag["attributes"].endswith(b"/") or b"office:value" in tag["attributes"]:
                height, widest = rows, max(widest, width)
    return {"": SheetFacts(total + widest * height)}


def _binary_sheets(package: zipfile.ZipFile, names: set[str]) -> dict[str, SheetFacts]:
    """Return how many cells the largest sheet of a binary workbook spans, under no name."""
    sheets = [name for name in names if name.startswith("xl/worksheets/") and name.endswith(".bin")]
    return {"": SheetFacts(max((_binary_cells(package.read(name)) for name in sheets), default=0))}


def _binary_cells(data: bytes) -> int:
    """Return how many cells lie between the first and the last of a binary sheet."""
    position, row = 0, 0
    top, bottom, left, right = 1 << 30, -1, 1 << 30, -1
    while position < len(data):
        kind, position = _varied(data, position, 2)
        length, position = _varied(data, position, 4)
        first = int.from_bytes(data[position : position + 4], "little")
        if kind == 0:
            row = first
        elif 2 <= kind <= 11:
            top, bottom, left, right = min(top, row), max(bottom, row), min(left, first), max(right, first)
        position += length
    return (bottom - top + 1) * (right - left + 1) if bottom >= 0 else 0


def _varied(data: bytes, position: int, longest: int) -> tuple[int, int]:
    """Return a number of seven bits a byte, of which the last has no high bit, and the position after it."""
    number = 0
    for index in range(longest):
        byte = data[position] if position < len(data) else 0
        position += 1
        number |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            break
    return number, position
