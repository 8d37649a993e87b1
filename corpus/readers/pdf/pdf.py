"""The reader of PDF files: pages of text, and pages that are pictures, which are read by machine.

A page counts as a picture where it has no text, where its characters say no letters, or where words that read as no
language lie under or over a picture of the page: bad words of an earlier reading by machine.
"""

from __future__ import annotations

import ctypes
import io
import re
import threading
import unicodedata
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

import pypdfium2
import pypdfium2.raw as pdfium
from PIL import Image

from corpus.errors import Unreadable
from corpus.readers.base import BLOCK_SEPARATOR, Draft, File
from corpus.readers.extract import Extract
from corpus.readers.pdf import ocr
from corpus.readers.pdf.pdflayout import PageBlock, lay_out
from corpus.readers.pdf.pdfpage import Box, Page, around, read_page
from corpus.types import Metadata

MAX_PAGES = 3000
MAX_PICTURES = 500
_MAX_CHARACTERS = 20_000_000
_MAX_TEXT_STREAM = 20_000_000
_MAX_STREAM = 500_000_000
_LARGEST_RATIO = 1050
_PACKED = re.compile(rb"stream\r?\n(?=[\x08\x18\x28\x38\x48\x58\x68\x78][\x01\x5e\x9c\xda])")
_SETS_FONT = re.compile(rb"/[^\s/]{1,40}\s+[\d.]{1,10}\s+Tf\b")
_DPI = 300
_MAX_PIXELS = 40_000_000
_LITTLE_TEXT = 16
_MOSTLY_UNREADABLE = 0.3
_LARGE_PICTURE = 0.3
_WHOLE_PICTURE = 0.5
_SOME_PICTURE = 0.05
_MANY_DRAWINGS = 50
_FEW_TOKENS = 20
_LANGUAGE_SHARE = 0.7

# The engine is not made for several threads at once.
_LOCK = threading.RLock()

_TOKEN = re.compile(r"[^\s]+")
_EDGES = re.compile(r"^[^\w]+|[^\w]+$")
_PLAIN_WORD = re.compile(r"[^\W\d_]+(?:[-’'][^\W\d_]+)*$")
_VOWELS = re.compile("[aeiouyàáâãäåæèéêëìíîïòóôõöøùúûüýÿœıаеёиоуыэюяіїєўәөұү]", re.IGNORECASE)
_TWO_SCRIPTS = re.compile(r"(?=.*[a-zA-Z])(?=.*[а-яА-ЯёЁ])")
_TEMPLATE_TITLE = re.compile(
    r"microsoft (?:office )?(?:word|powerpoint|excel)\b.*|untitled.*|unknown|no ?title|title|document\d*|doc\d*|"
    r"presentation\d*|powerpoint presentation|презентация powerpoint|slide \d+|normal\.dotm?|без имени.*|безымянный.*|"
    r"[^\s/\\]+\.[a-z]{2,5}\d?|.*[/\\].*\.[a-z]{2,5}|[\W\d_]*",
    re.IGNORECASE,
)
_PROGRAM_AUTHOR = re.compile(
    r"anonymous|unknown|unspecified|author|admin(?:istrator)?|user|root|owner|microsoft.*|adobe.*|scanner|"
    r"пользователь|администратор|[\W\d_]*",
    re.IGNORECASE,
)
# How other files begin that are saved under the name of a PDF: web pages, ZIP files, RTF, old office files, pictures.
_OTHER_FORMAT = re.compile(
    rb"[\s\xef\xbb\xbf]*(?:<|PK\x03\x04|\{\\rtf|\xd0\xcf\x11\xe0|\x89PNG|\xff\xd8\xff|II\*\0|MM\0\*)"
)
_DATE = re.compile(r"^\s*(?:D:)?((?:19|20)\d\d)(\d\d)?(\d\d)?")


class PdfReader:
    """The reader of PDF files. Each page is a part, named by its number, counted from 1."""

    name = "pdf"
    media_type = "application/pdf"
    suffixes = frozenset({".pdf"})
    is_quick = False

    def matches(self, file: File) -> bool:
        """Return whether a PDF begins within the first bytes, or should by the name and nothing else does."""
        head = file.head[:1024]
        return b"%PDF-" in head or (file.suffix == ".pdf" and not _OTHER_FORMAT.match(head))

    def read(self, file: File) -> Draft:
        """Return the draft of a PDF: its pages, but for headers, footers and page numbers."""
        book = _read(file.data, file.alive)
        extract = Extract()
        for page in book.pages:
            extract.part(str(page.number))
            for block in page.blocks:
                extract.block(block.kind, block.text, block.level)
        for what, characters in book.left_out.items():
            if characters:
                extract.leave_out(what, characters)
        for warning in book.warnings:
            extract.warn(warning)
        if extract.is_empty:
            raise Unreadable("no words were found on the pages of the file")
        return extract.draft(book.metadata)


@dataclass(frozen=True, slots=True)
class _Leaf:
    """A page as it is read: its blocks, and the boxes that their characters count in, 0 to 1 of the page's size."""

    number: int
    blocks: tuple[PageBlock, ...]
    boxes: tuple[Box, ...]


@dataclass(slots=True)
class _Book:
    pages: list[_Leaf] = field(default_factory=list)
    metadata: Metadata = field(default_factory=Metadata)
    left_out: dict[str, int] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    alive: Callable[[], None] = lambda: None  # called after every page


def page_image(data: bytes, page: int, scale: float = 1.5) -> bytes:
    """Return page ``page``, counted from 1, of a PDF as a PNG picture of ``scale`` pixels a point.

    Raise `Unreadable` if the file is none or has no such page. Very large pictures are made smaller.
    """
    with _opened(data) as document:
        picture = _picture(document, page, scale, is_grey=False)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def boxes(data: bytes, part: str, start: int, end: int) -> list[tuple[float, float, float, float]]:
    """Return where the characters ``[start, end)`` of the text of a part stand on its page.

    Each is a rectangle (left, top, right, bottom) in shares of the page's width and height, from 0 to 1, counted from
    the upper left corner; one for each line. Nothing is returned for text that has no place, or for a part that is not
    there.
    """
    leaf = next((leaf for leaf in _remembered(data).pages if str(leaf.number) == part), None)
    if leaf is None:
        return []
    places: list[int] = []
    for block in leaf.blocks:
        places.extend([-1] * len(BLOCK_SEPARATOR) if places else [])
        places.extend(block.places)
    wanted = dict.fromkeys(place for place in places[max(start, 0) : max(end, 0)] if place >= 0)
    return _rectangles([leaf.boxes[place] for place in wanted])


def _rectangles(found: Sequence[Box]) -> list[Box]:
    """Return boxes with those made one that follow one another on a line, which runs across or down the page."""
    across = sum(_in_line(a, b, 0) for a, b in pairwise(found))
    axis = 0 if 2 * across >= len(found) - 1 else 1
    merged: list[Box] = []
    for box in found:
        if merged and _in_line(merged[-1], box, axis):
            merged[-1] = around([merged[-1], box])
        else:
            merged.append(box)
    return merged


def _in_line(a: Box, b: Box, axis: int) -> bool:
    """Return whether two boxes are on one line along an axis (0: across, 1: down), next to each other."""
    other = 1 - axis
    thickness = min(a[other + 2] - a[other], b[other + 2] - b[other])
    common = min(a[other + 2], b[other + 2]) - max(a[other], b[other])
    gap = max(a[axis], b[axis]) - min(a[axis + 2], b[axis + 2])
    return common > 0.5 * thickness and gap < 2 * max(thickness, 0.005)


@lru_cache(maxsize=2)
def _remembered(data: bytes) -> _Book:
    return _read(data)


@contextmanager
def _opened(data: bytes) -> Iterator[pypdfium2.PdfDocument]:
    """Open a PDF, and close it at the end; `Unreadable` with the reason if it cannot be opened."""
    with _LOCK:
        try:
            document = pypdfium2.PdfDocument(data)
        except pypdfium2.PdfiumError as error:
            raise _unreadable(error) from None
    try:
        yield document
    finally:
        with _LOCK:
            document.close()


def _unreadable(error: pypdfium2.PdfiumError) -> Unreadable:
    told = str(error).lower()
    if "password" in told:
        return Unreadable("the file is protected by a password; save a copy without one")
    if "security" in told:
        return Unreadable("the file is encrypted in a way that cannot be opened; save a copy without protection")
    return Unreadable("the file is damaged: it is no PDF that can be opened; open it in a PDF viewer and save it again")


def _picture(document: pypdfium2.PdfDocument, number: int, scale: float, *, is_grey: bool) -> Image.Image:
    """Return the picture of a page; `Unreadable` if there is no such page."""
    with _LOCK:
        if not 1 <= number <= len(document):
            raise Unreadable(f"the file has no page {number}")
        try:
            page = document[number - 1]
            try:
                width, height = page.get_size()
                fitting = (_MAX_PIXELS / max(width * height, 1.0)) ** 0.5
                bitmap = page.render(scale=max(min(scale, fitting), 0.01), grayscale=is_grey)
                picture: Image.Image = bitmap.to_pil().copy()
                bitmap.close()
            finally:
                page.close()
        except (pypdfium2.PdfiumError, ValueError, MemoryError):
            raise Unreadable(f"page {number} of the file is damaged") from None
    return picture


def _check_unpacked_size(data: bytes) -> None:
    """Raise `Unreadable` if a packed stream of the file unpacks to far more text than the pages of a book hold.

    The engine keeps some 150 bytes for each character, and cannot be stopped.
    """
    for match in _PACKED.finditer(data):
        end = data.find(b"endstream", match.end())
        if end - match.end() < _MAX_TEXT_STREAM // _LARGEST_RATIO:
            continue
        size, has_text = _unpacked(data[match.end() : end])
        if has_text and size > _MAX_TEXT_STREAM:
            raise Unreadable("the file unpacks to far more than a page can hold; print it into a new PDF")


def _unpacked(packed: bytes) -> tuple[int, bool]:
    """Return how large a stream is when it is unpacked, at least, and whether it sets a font, as text does."""
    unpacker = zlib.decompressobj()
    size, has_text, rest = 0, False, packed
    try:
        while rest and not unpacker.eof and not (has_text and size > _MAX_TEXT_STREAM) and size < _MAX_STREAM:
            chunk = unpacker.decompress(rest, 1_000_000)
            rest = unpacker.unconsumed_tail
            size += len(chunk)
            has_text = has_text or bool(_SETS_FONT.search(chunk))
    except zlib.error:
        return size, has_text
    return size, has_text


def _read(data: bytes, alive: Callable[[], None] = lambda: None) -> _Book:
    """Return what a PDF says, page by page."""
    _check_unpacked_size(data)
    with _opened(data) as document:
        book = _Book(alive=alive)
        pages = _pages(document, book)
        with _LOCK:
            book.metadata = _metadata(document)
        hidden = _under_pictures(pages)
        scans = [page for page in pages if _is_scan(page) or page.number in hidden]
        texts = _with_text(pages, scans, book)
        seen = _read_scans(document, scans, book, is_all=not any(page.lines for page in texts))
        book.pages = [seen.get(page.number, leaf) for page, leaf in zip(pages, _leaves(texts, book), strict=True)]
    return book


def _pages(document: pypdfium2.PdfDocument, book: _Book) -> list[Page]:
    with _LOCK:
        count = len(document)
    if not count:
        raise Unreadable("the file has no pages")
    pages: list[Page] = []
    characters = 0
    for number in range(1, min(count, MAX_PAGES) + 1):
        with _LOCK:
            page = read_page(document, number)
        book.alive()
        characters += page.characters
        if characters > _MAX_CHARACTERS:
            break
        pages.append(page)
    if len(pages) < count:
        book.warnings.append(
            f"only the first {len(pages):,} of {count:,} pages were read; split the file to read the rest"
        )
    cut = [page.number for page in pages if page.is_cut]
    if cut:
        book.warnings.append(f"{_named(cut)} read in part: there are too many characters on it")
    return pages


def _with_text(pages: Sequence[Page], scans: Sequence[Page], book: _Book) -> list[Page]:
    """Return the pages, those that are pictures without the text that they have."""
    numbers = {page.number for page in scans}
    lost = sum(page.characters for page in scans)
    book.left_out["text layer that reads as no language"] = lost
    book.left_out["footnote marks"] = sum(page.marks for page in pages if page.number not in numbers)
    return [Page(p.number, p.width, p.height) if p.number in numbers else p for p in pages]


def _leaves(pages: Sequence[Page], book: _Book) -> list[_Leaf]:
    """Return the pages as they are read, without what repeats on them."""
    laid, repeated = lay_out(pages)
    book.left_out["headers and footers"] = repeated
    return [
        _Leaf(page.number, tuple(blocks), tuple(_share(box, page.width, page.height) for box in page.boxes))
        for page, blocks in zip(pages, laid, strict=True)
    ]


def _share(box: Sequence[float], width: float, height: float) -> Box:
    left, top, right, bottom = box[0] / width, box[1] / height, box[2] / width, box[3] / height
    return _clamped(left), _clamped(top), _clamped(right), _clamped(bottom)


def _clamped(share: float) -> float:
    return min(max(share, 0.0), 1.0)


def _is_scan(page: Page) -> bool:
    """Return whether a page has no text that can be used, but something that may be a picture of text."""
    if page.unreadable > _MOSTLY_UNREADABLE * page.characters:
        return True
    letters = sum(c.isalnum() for line in page.lines for c in line.text)
    if not letters:
        return page.picture >= _SOME_PICTURE or page.drawings >= _MANY_DRAWINGS
    return letters < _LITTLE_TEXT and page.picture >= _LARGE_PICTURE


def _under_pictures(pages: Sequence[Page]) -> set[int]:
    """Return the numbers of pages whose text lies under or over a picture of the page and reads as no language."""
    pictured = [page for page in pages if page.picture >= _WHOLE_PICTURE and page.lines]
    if not reads_as_language("\n".join(page.text for page in pictured)):
        return {page.number for page in pictured}
    return {page.number for page in pictured if not reads_as_language(page.text)}


def reads_as_language(text: str) -> bool:
    """Return whether the words of a text look like words: no digits or other case inside, one script, a vowel.

    Too few words to tell count as language; so do words of scripts without case.
    """
    count = good = 0
    for match in _TOKEN.finditer(text[:200_000]):
        token = _EDGES.sub("", match.group())
        if sum(c.isalpha() for c in token) >= 3 or _mixes_digits(token):
            count += 1
            good += _is_wordlike(token)
    return count < _FEW_TOKENS or good >= _LANGUAGE_SHARE * count


def _mixes_digits(token: str) -> bool:
    return len(token) >= 3 and any(c.isdigit() for c in token) and any(c.islower() for c in token)


def _is_wordlike(token: str) -> bool:
    cased = [c for c in token if c.islower() or c.isupper()]
    if 2 * len(cased) < len(token):
        return True
    if not _PLAIN_WORD.match(token) or _TWO_SCRIPTS.match(token):
        return False
    parts = re.split("[-’']", token)
    is_plain = all(part.islower() or part.isupper() or (part[0].isupper() and part[1:].islower()) for part in parts)
    return is_plain and (bool(_VOWELS.search(unicodedata.normalize("NFD", token))) or token.isupper() or len(token) < 5)


def _read_scans(
    document: pypdfium2.PdfDocument, scans: Sequence[Page], book: _Book, *, is_all: bool
) -> dict[int, _Leaf]:
    """Return the pages that are pictures as a machine reads them; without one, say which pages are left out."""
    if not scans:
        if is_all:
            raise Unreadable("the file holds no text: its pages are empty")
        return {}
    if not ocr.available():
        if is_all:
            raise Unreadable(f"the file is a scan without text; {ocr.missing()}")
        numbers = [page.number for page in scans]
        book.warnings.append(f"{_named(numbers)} left out: a picture without text that can be used; {ocr.missing()}")
        return {}
    return _machine_read(lambda number: _picture(document, number, _DPI / 72, is_grey=True), scans, book)


def _machine_read(picture: Callable[[int], Image.Image], scans: Sequence[Page], book: _Book) -> dict[int, _Leaf]:
    leaves: dict[int, _Leaf] = {}
    languages = ""
    sureness, characters, unsure = 0.0, 0, 0
    failed: list[int] = []
    for page in scans[:MAX_PICTURES]:
        image = picture(page.number)
        languages = languages or ocr.languages_of(image)
        seen = ocr.read(image, languages)
        book.alive()
        paragraphs, lost = ocr.paragraphs(seen)
        unsure += lost
        failed += [page.number] * seen.is_failed
        blocks = [PageBlock("paragraph", 0, p.text, p.places) for p in paragraphs]
        if blocks:
            leaves[page.number] = _Leaf(
                page.number, tuple(blocks), tuple(_share(w.box, *image.size) for w in seen.words)
            )
            length = sum(len(word.text) for word in seen.words)
            sureness, characters = sureness + seen.sureness * length, characters + length
        elif len(leaves) == 0:
            # Nothing was on it from which the languages could be told.
            languages = ""
    book.left_out["lines of a picture that the machine could not read for sure"] = unsure
    if leaves:
        mean = sureness / max(characters, 1)
        book.warnings.append(f"{_named(list(leaves))} read by machine from a picture (mean sureness {mean:.0f} %)")
    if failed:
        book.warnings.append(f"{_named(failed)} left out: the machine failed to read the picture, or took too long")
    if len(scans) > MAX_PICTURES:
        numbers = [page.number for page in scans[MAX_PICTURES:]]
        book.warnings.append(f"{_named(numbers)} left out: more than {MAX_PICTURES} pages are pictures; split the file")
    return leaves


def _named(numbers: Sequence[int]) -> str:
    """Return pages by their numbers, with the verb that follows: "pages 1 to 3 and 7 were"."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    told = [str(a) if a == b else f"{a} to {b}" for a, b in spans]
    if len(told) > 12:
        told = [*told[:11], f"{len(numbers) - sum(b - a + 1 for a, b in spans[:11])} others"]
    listed = " and ".join([", ".join(told[:-1]), told[-1]] if len(told) > 1 else told)
    return f"page {listed} was" if len(numbers) == 1 else f"pages {listed} were"


def _metadata(document: pypdfium2.PdfDocument) -> Metadata:
    """Return what the file says about itself, but for names of templates and programs."""
    try:
        said = document.get_metadata_dict(skip_empty=True)
    except (pypdfium2.PdfiumError, UnicodeDecodeError):
        said = {}
    date = _DATE.match(said.get("CreationDate", ""))
    return Metadata(
        title=_named_by_hand(said.get("Title", ""), _TEMPLATE_TITLE),
        author=_named_by_hand(said.get("Author", ""), _PROGRAM_AUTHOR),
        published=_date(date) if date else None,
        language=_language(document),
    )


def _named_by_hand(value: str, program: re.Pattern[str]) -> str | None:
    value = " ".join(_mended(value).replace("\x00", " ").split())
    return None if not value or program.fullmatch(value) else value


def _mended(value: str) -> str:
    """Return a text whose bytes of UTF-8 were taken for letters of Latin-1 as it was meant."""
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return value


def _date(match: re.Match[str]) -> str | None:
    """Return the day on which the file was made, as its maker's clock had it."""
    year, month, day = match.group(1), match.group(2), match.group(3)
    if not month or not day or not 1 <= int(month) <= 12 or not 1 <= int(day) <= 31:
        return None
    return f"{year}-{month}-{day}"


def _language(document: pypdfium2.PdfDocument) -> str | None:
    length = pdfium.FPDFCatalog_GetLanguage(document, None, 0)
    if not 2 < length <= 128:
        return None
    buffer = ctypes.create_string_buffer(length)
    pdfium.FPDFCatalog_GetLanguage(document, ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort)), length)
    return buffer.raw[: length - 2].decode("utf-16-le", errors="ignore").strip("\x00 ") or None
