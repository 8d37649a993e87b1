"""The characters of a PDF's page, with their places on it, as lines."""

from __future__ import annotations

import ctypes
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median
from typing import NamedTuple

import pypdfium2
import pypdfium2.raw as pdfium

# Left, top, right, bottom in points, counted from the upper left corner of a page.
Box = tuple[float, float, float, float]

# Stands in a line's text where a word is broken by a hyphen at the end of the line.
BREAK = "\ufffe"

_LIGATURES = re.compile("[\ufb00-\ufb06\ufb13-\ufb17\ufb50-\ufdff\ufe70-\ufefc\u2f00-\u2fd5]")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_ALEFS = frozenset("اأإآ")
_LAM = "ل"
_UNREADABLE = re.compile("[\x00-\x1f\x7f-\x9f\ufffd\uffff\ue000-\uf8ff\U000f0000-\U0010ffff]")
_FULL_WEIGHT = 600
# Shares of the size of the letters.
_CELL_GAP = 1.2
_WORD_GAP = 0.15
_SAME_PLACE = 0.15
_SMALL = 0.8
_SHORTEST_WORD = 4
# Neighbours that are looked at, so that a page made to hurt takes no longer than it is large.
_FEW = 64
_MOST_CHARACTERS = 200_000
_MOST_THINGS = 20_000


class Glyph(NamedTuple):
    """A character that is drawn on the page; ``number`` is the engine's number of it."""

    text: str
    number: int
    box: Box


@dataclass(slots=True)
class Line:
    """A line of a page: its text, and for each character of it the number of its box on the page (-1: none).

    ``cells`` are the positions after wide gaps, at which what may be a cell of a table begins.
    """

    text: str
    places: list[int]
    box: Box
    size: float
    is_bold: bool = False
    is_vertical: bool = False
    is_right_to_left: bool = False
    cells: tuple[int, ...] = ()
    cell_boxes: tuple[tuple[float, float], ...] = ()

    @property
    def is_broken(self) -> bool:
        """Return whether it ends with a word that goes on in the next line."""
        return self.text.endswith(BREAK)


@dataclass(slots=True)
class Page:
    """What one page of a PDF shows: lines in the order of reading, and the boxes of characters on the page as shown.

    The lines' own boxes are on the page turned so that its text is upright; ``upright`` is its width and height then.
    ``unreadable`` counts characters whose font does not say which letters they are, ``marks`` footnote marks that were
    left out, ``picture`` is the share of the page that its largest picture takes up. ``is_cut``: it has more characters
    than are read.
    """

    number: int
    width: float
    height: float
    lines: list[Line] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)
    characters: int = 0
    unreadable: int = 0
    marks: int = 0
    picture: float = 0.0
    drawings: int = 0
    is_cut: bool = False
    upright: tuple[float, float] = (1.0, 1.0)

    @property
    def text(self) -> str:
        """Return the lines of the page."""
        return "\n".join(line.text for line in self.lines)


def read_page(document: pypdfium2.PdfDocument, number: int) -> Page:
    """Return page ``number``, counted from 1, of an open document; an empty one if it is damaged."""
    try:
        handle = document[number - 1]
    except pypdfium2.PdfiumError:
        return Page(number, 1.0, 1.0)
    try:
        width, height = handle.get_size()
        page = Page(number, max(width, 1.0), max(height, 1.0))
        _read_pictures(handle, page)
        _read_text(handle, page)
        return page
    finally:
        handle.close()


def _read_pictures(handle: pypdfium2.PdfPage, page: Page) -> None:
    area = page.width * page.height
    for count, thing in enumerate(handle.get_objects(max_depth=3)):
        if thing.type == pdfium.FPDF_PAGEOBJ_IMAGE:
            left, bottom, right, top = thing.get_bounds()
            page.picture = max(page.picture, min((right - left) * (top - bottom) / area, 1.0))
        elif thing.type != pdfium.FPDF_PAGEOBJ_TEXT:
            page.drawings += 1
        if count > _MOST_THINGS:
            return


def _read_text(handle: pypdfium2.PdfPage, page: Page) -> None:
    try:
        textpage = handle.get_textpage()
    except pypdfium2.PdfiumError:
        return
    try:
        upright, shown = _turners(handle, textpage)
        page.upright = upright.size
        rows = _without_doubles(list(_rows(textpage, page, upright)))
        lines = [line for row in rows if (line := _line(textpage, page, row))]
        page.lines = in_order_of_columns(lines)
        page.boxes = [shown.box(*upright.back(box)) for box in page.boxes]
    finally:
        textpage.close()


class _Turner:
    """Turns places in a page's own coordinates into places on the page turned clockwise, and back."""

    def __init__(self, bounds: Box, rotation: int) -> None:
        self.left, self.bottom, self.right, self.top = bounds
        self.rotation = rotation % 360

    @property
    def size(self) -> tuple[float, float]:
        """Return the width and height of the turned page."""
        width, height = self.right - self.left, self.top - self.bottom
        return (height, width) if self.rotation in (90, 270) else (width, height)

    def box(self, left: float, bottom: float, right: float, top: float) -> Box:
        """Return the box on the turned page."""
        if self.rotation == 90:
            return bottom - self.bottom, left - self.left, top - self.bottom, right - self.left
        if self.rotation == 180:
            return self.right - right, bottom - self.bottom, self.right - left, top - self.bottom
        if self.rotation == 270:
            return self.top - top, self.right - right, self.top - bottom, self.right - left
        return left - self.left, self.top - top, right - self.left, self.top - bottom

    def back(self, box: Box) -> Box:
        """Return left, bottom, right and top in the page's own coordinates of a box on the turned page."""
        a, b, c, d = box
        if self.rotation == 90:
            return b + self.left, a + self.bottom, d + self.left, c + self.bottom
        if self.rotation == 180:
            return self.right - c, b + self.bottom, self.right - a, d + self.bottom
        if self.rotation == 270:
            return self.right - d, self.top - c, self.right - b, self.top - a
        return a + self.left, self.top - d, c + self.left, self.top - b


def _turners(handle: pypdfium2.PdfPage, textpage: pypdfium2.PdfTextPage) -> tuple[_Turner, _Turner]:
    """Return what makes most of the text upright, and what turns the page as it is shown."""
    bounds = handle.get_bbox()
    count = textpage.count_chars()
    angles = Counter(
        round(pdfium.FPDFText_GetCharAngle(textpage, index) / (math.pi / 2)) % 4
        for index in range(0, count, max(1, count // _FEW))
    )
    turns = angles.most_common(1)[0][0] if angles else 0
    return _Turner(bounds, 360 - 90 * turns), _Turner(bounds, handle.get_rotation())


def _rows(textpage: pypdfium2.PdfTextPage, page: Page, turner: _Turner) -> Iterator[list[Glyph | None]]:
    """Yield the characters of each line in the order of the text layer; None is white space."""
    row: list[Glyph | None] = []
    loose = pdfium.FS_RECTF()
    reference = ctypes.byref(loose)
    high = 0
    count = textpage.count_chars()
    page.is_cut = count > _MOST_CHARACTERS
    for index in range(min(count, _MOST_CHARACTERS)):
        code = pdfium.FPDFText_GetUnicode(textpage, index)
        if 0xD800 <= code < 0xDC00:
            high = code
            continue
        if 0xDC00 <= code < 0xE000:
            code = 0x10000 + ((high - 0xD800) << 10) + code - 0xDC00 if high else 0xFFFD
        high = 0
        character = BREAK if code == 2 and pdfium.FPDFText_IsHyphen(textpage, index) == 1 else chr(code)
        if character in "\r\n":
            if row:
                yield row
            row = []
            continue
        if character.isspace():
            row.append(None)
            continue
        page.characters += 1
        if not "\x20" < character < "\x7f" and character != BREAK and _UNREADABLE.match(character):
            page.unreadable += 1
            if ord(character) < 0xA0 or character == "\uffff":
                # No letter at all; white space in its place, so that its neighbours do not become one word.
                row.append(None)
                continue
        pdfium.FPDFText_GetLooseCharBox(textpage, index, reference)
        box = turner.box(loose.left, loose.bottom, loose.right, loose.top)
        row.append(Glyph(character, index, box))
        if character == BREAK:
            yield row
            row = []
    if row:
        yield row


def _without_doubles(rows: list[list[Glyph | None]]) -> list[list[Glyph | None]]:
    """Return the rows without characters that are drawn again at nearly the same place, to look bold."""
    seen: dict[tuple[str, int, int], list[Box]] = {}
    kept = [[glyph for glyph in row if glyph is None or not _is_double(glyph, seen)] for row in rows]
    return [row for row in kept if any(row)]


def _is_double(glyph: Glyph, seen: dict[tuple[str, int, int], list[Box]]) -> bool:
    left, top, right, bottom = glyph.box
    near = _SAME_PLACE * min(max(bottom - top, 0.1), 2 * max(right - left, 0.1))
    column, level = int(left // 8), int(top // 8)
    for x in {int((left - near) // 8), int((left + near) // 8)}:
        for y in {int((top - near) // 8), int((top + near) // 8)}:
            for other in seen.get((glyph.text, x, y), [])[-_FEW:]:
                if abs(other[0] - left) < near and abs(other[1] - top) < near and abs(other[2] - right) < near:
                    return True
    seen.setdefault((glyph.text, column, level), []).append(glyph.box)
    return False


def _line(textpage: pypdfium2.PdfTextPage, page: Page, row: Sequence[Glyph | None]) -> Line | None:
    """Return the line of a row of characters, its boxes added to the page's; None if there is nothing in it."""
    glyphs = [glyph for glyph in row if glyph]
    if not glyphs:
        return None
    drawn = [glyph for glyph in glyphs if glyph.text != BREAK] or glyphs
    box = around([glyph.box for glyph in drawn])
    size, is_bold = _font(textpage, drawn)
    leftward = len(_RIGHT_TO_LEFT.findall("".join(glyph.text for glyph in drawn)))
    is_right_to_left = leftward * 2 > len(drawn)
    is_vertical = len(drawn) > 2 and _is_vertical(drawn, box)
    row = list(row)
    if leftward:
        row = _mend_right_to_left(row, size)
    row = _set_marks_apart(row, page)
    line = Line("", [], box, size, is_bold, is_vertical, is_right_to_left)
    _write(line, row, page)
    return line if line.text.strip(BREAK + " ") else None


def around(boxes: Sequence[Box]) -> Box:
    """Return the smallest box around boxes."""
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def _font(textpage: pypdfium2.PdfTextPage, glyphs: Sequence[Glyph]) -> tuple[float, bool]:
    """Return the size of the letters of a line, and whether it is bold but for a few of them."""
    sizes, bold = [], []
    matrix = pdfium.FS_MATRIX()
    name = ctypes.create_string_buffer(128)
    flags = ctypes.c_int()
    last = len(glyphs) - 1
    for place in sorted({0, last // 4, last // 2, 3 * last // 4, last}):
        glyph = glyphs[place]
        size = pdfium.FPDFText_GetFontSize(textpage, glyph.number)
        if pdfium.FPDFText_GetMatrix(textpage, glyph.number, matrix):
            size *= abs(matrix.a * matrix.d - matrix.b * matrix.c) ** 0.5
        sizes.append(size if 0.5 < size < 1000 else glyph.box[3] - glyph.box[1])
        pdfium.FPDFText_GetFontInfo(textpage, glyph.number, name, 128, flags)
        is_named_bold = any(word in name.value.lower() for word in (b"bold", b"black", b"heavy"))
        bold.append(is_named_bold or pdfium.FPDFText_GetFontWeight(textpage, glyph.number) >= _FULL_WEIGHT)
    return max(median(sizes), 0.5), 5 * sum(bold) >= 4 * len(bold)


def _is_vertical(glyphs: Sequence[Glyph], box: Box) -> bool:
    """Return whether the characters stand under each other."""
    if box[3] - box[1] <= 2 * (box[2] - box[0]):
        return False
    widest = max(glyph.box[2] - glyph.box[0] for glyph in glyphs)
    falls = all(a.box[1] < b.box[1] for a, b in pairwise(glyphs))
    return falls and box[2] - box[0] < 1.8 * max(widest, 0.1)


def _mend_right_to_left(row: list[Glyph | None], size: float) -> list[Glyph | None]:
    """Return a row in which letters of one glyph, marks and borders of scripts stand as they are read."""
    mended: list[Glyph | None] = []
    for glyph in row:
        last = mended[-1] if mended else None
        if glyph and last and glyph.text == _LAM and last.text in _ALEFS and glyph.box == last.box:
            # One glyph for two letters, which the engine turns round with the line.
            mended[-1:] = [glyph, last]
        else:
            mended.append(glyph)
    for index in range(len(mended) - 2, -1, -1):
        mark, letter = mended[index], mended[index + 1]
        is_lone = index == 0 or mended[index - 1] is None
        if mark and letter and is_lone and _is_mark(mark.text) and letter.text.isalpha():
            mended[max(index - 1, 0) : index + 2] = [letter, mark]
    return _with_gaps_between_scripts(mended, size)


def _is_mark(character: str) -> bool:
    return unicodedata.combining(character) > 0 and bool(_RIGHT_TO_LEFT.match(character))


def _with_gaps_between_scripts(row: list[Glyph | None], size: float) -> list[Glyph | None]:
    """Return a row with white space where a word of one direction ends and one of the other begins.

    Prefixes of Arabic ("and", "to") are written together with a Latin word; nothing is after one.
    """
    spaced: list[Glyph | None] = []
    for index, glyph in enumerate(row):
        last = spaced[-1] if spaced else None
        if glyph and last and _direction(glyph.text) * _direction(last.text) < 0:
            before = _run(row[max(0, index - _FEW) : index][::-1])
            after = _run(row[index : index + _FEW])
            gap = max(before[0], after[0]) - min(before[2], after[2])
            is_after = _direction(glyph.text) < 0 and last.text.isalpha() and glyph.text.isalpha()
            if is_after or gap > _WORD_GAP * size:
                spaced.append(None)
        spaced.append(glyph)
    return spaced


def _run(glyphs: Sequence[Glyph | None]) -> Box:
    """Return the box of the first characters that are written in one direction."""
    boxes = []
    first = glyphs[0]
    for glyph in glyphs:
        if glyph is None or (first and _direction(glyph.text) != _direction(first.text)):
            break
        boxes.append(glyph.box)
    return around(boxes)


def _direction(character: str) -> int:
    if _RIGHT_TO_LEFT.match(character):
        return -1
    return 1 if character.isalnum() else 0


def _set_marks_apart(row: list[Glyph | None], page: Page) -> list[Glyph | None]:
    """Return a row without raised footnote marks after words, and with white space around other small numbers.

    A number that is set small would else become one with the word or number that it stands at.
    """
    heights = [glyph.box[3] - glyph.box[1] for glyph in row if glyph]
    usual = median(heights)
    if not heights or min(heights) >= _SMALL * usual:
        return row
    kept: list[Glyph | None] = []
    for is_small, start, end in _sizes(row, usual):
        run = row[start:end]
        number = "".join(glyph.text for glyph in run if glyph)
        if not is_small or not number.isdecimal():
            kept.extend(run)
        elif _is_note_mark(kept, run, row[end:]):
            page.marks += len(number)
        else:
            # "CO" and a small "2" are one word; "10" and a small "2" are not one number.
            is_after_number = bool(kept and kept[-1] and kept[-1].text.isdecimal())
            is_first = not kept or kept[-1] is None
            follows = row[end] if end < len(row) else None
            is_before_number = bool(follows and (is_first or follows.text.isdecimal()))
            kept.extend([None] * is_after_number + list(run) + [None] * is_before_number)
    return kept


def _sizes(row: Sequence[Glyph | None], usual: float) -> Iterator[tuple[bool, int, int]]:
    """Yield spans of a row whose characters are all small, or all not."""
    start, was_small = 0, False
    for index, glyph in enumerate(row):
        is_small = glyph.box[3] - glyph.box[1] < _SMALL * usual if glyph else False
        if is_small != was_small:
            if index > start:
                yield was_small, start, index
            start, was_small = index, is_small
    if len(row) > start:
        yield was_small, start, len(row)


def _is_note_mark(before: Sequence[Glyph | None], mark: Sequence[Glyph | None], after: Sequence[Glyph | None]) -> bool:
    """Return whether a small number is the mark of a footnote: it stands raised at a word's end."""
    last, first = before[-1] if before else None, next(glyph for glyph in mark if glyph)
    if not last or first.box[3] > last.box[3]:
        return False
    word = ""
    for glyph in reversed(before[-_FEW:]):
        if glyph is None or len(word) >= _SHORTEST_WORD + 2:
            break
        word = glyph.text + word
    letters = word.rstrip('.,;:!?»”’")]')
    follows = after[0].text if after and after[0] else " "
    is_word = len(letters) >= _SHORTEST_WORD and letters[-_SHORTEST_WORD:].isalpha()
    return is_word and not follows.isalnum()


def _write(line: Line, row: Sequence[Glyph | None], page: Page) -> None:
    """Write a row into a line: its text, the places of its characters, and where cells may begin."""
    text: list[str] = []
    cells: list[int] = []
    spans: list[tuple[float, float]] = []
    last: Glyph | None = None
    for glyph in row:
        if glyph is None:
            if text and text[-1] != " ":
                text.append(" ")
                line.places.append(-1)
            continue
        if last and glyph.text != BREAK and not line.is_vertical and _is_apart(last, glyph, line):
            if text[-1] != " ":
                text.append(" ")
                line.places.append(-1)
            cells.append(len(text))
            spans.append((glyph.box[0], glyph.box[2]))
        elif spans:
            spans[-1] = (min(spans[-1][0], glyph.box[0]), max(spans[-1][1], glyph.box[2]))
        else:
            spans.append((glyph.box[0], glyph.box[2]))
        for character in _spelled(glyph.text):
            text.append(character)
            line.places.append(len(page.boxes))
        page.boxes.append(glyph.box)
        last = glyph if glyph.text != BREAK else last
    while text and text[-1] == " ":
        text.pop()
        line.places.pop()
    line.text, line.cells, line.cell_boxes = "".join(text), tuple(cells), tuple(spans)


def _is_apart(before: Glyph, after: Glyph, line: Line) -> bool:
    gap = before.box[0] - after.box[2] if line.is_right_to_left else after.box[0] - before.box[2]
    return gap > _CELL_GAP * line.size and _direction(before.text) * _direction(after.text) >= 0


def _spelled(character: str) -> str:
    """Return a ligature, a presentation form or a radical as the letters that it stands for."""
    if character >= "\u2f00" and _LIGATURES.match(character):
        return unicodedata.normalize("NFKC", character).strip() or character
    return character


def in_order_of_columns(lines: list[Line]) -> list[Line]:
    """Return the lines as they are read: where most are vertical, tier after tier from right to left."""
    vertical = [line for line in lines if line.is_vertical]
    if len(vertical) < 0.6 * len(lines) or len(vertical) < 2:
        return lines
    tiers: list[list[Line]] = []
    bottom = 0.0
    for line in sorted(lines, key=lambda line: (line.box[1], -line.box[0])):
        if not tiers or line.box[1] >= bottom:
            tiers.append([])
            bottom = 0.0
        tiers[-1].append(line)
        bottom = max(bottom, line.box[3]) if line.is_vertical or not bottom else bottom
    return [line for tier in tiers for line in sorted(tier, key=lambda line: -line.box[0])]
