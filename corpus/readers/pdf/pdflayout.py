"""From the lines of a PDF's pages to paragraphs, headings, items and rows, without what repeats on every page."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from corpus.readers.base import BlockKind
from corpus.readers.pdf.pdfpage import BREAK, Line, Page, around
from corpus.readers.pdf.pdftable import columns_apart, table_rows, with_labels

_CJK = "\u2e80-\u303f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef"
_IS_CJK = re.compile(f"[{_CJK}]")
_BULLET = re.compile(r"^(?:[•●▪■◦‣⁃∙◆►▶➢➤❖\uf0b7\uf0a7\uf0d8\uf0fc]\s*|[-–—*·]\s+(?=\S)|o\s+(?=[^\Wa-z]))")
# Marks that say yes or no: what begins with a bullet and has one of these is a choice, of which nothing is left out.
_CHOICE = re.compile("[□☐☑☒√✓✔✗✘○■●]")
_NUMBERED = re.compile(
    r"^(?:\(?\d{1,3}[.)]\s|\(?[a-zа-я][.)]\s|[（(][一二三四五六七八九十\d]{1,3}[）)]|[一二三四五六七八九十]{1,3}、)"
)
_STOP = re.compile(r"[.!?。！？…:：;；؟۔।][\"'”’»」』）)\]]*$")
_NO_HEADING = re.compile(r"[.!?。！？…;；,،，、؟۔।][\"'”’»」』）)\]]*$")
_NUMBER = re.compile(r"\d{1,6}")
_PAGE_NUMBER = re.compile(
    r"^\W*(?:page|p\.|стр\.?|страница|бет|sayfa|seite|第)?\s*(?:\d{1,6}|[ivxlc]{1,7})"
    r"\s*(?:页|頁|бет|/\s*\d+|of\s+\d+|из\s+\d+)?\W*$",
    re.IGNORECASE,
)
_HYPHENATED = re.compile(r"[^\W\d_][-\u00ad\u2010]$")
_COMPOUND = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_NUMBER_END = re.compile(r"[\d%‰)\-–—]$")
_NUMBER_START = re.compile(r"^[\d(+\-–−$€£¥₸₽]")
_LONGEST_HEADING = 160
_LONGEST_LINE = 2000
_HEADING_SIZE = 1.15
_NOTE_SIZE = 0.93
_MARGIN = 0.12
# The first and the last line of a page may stand so far from its edge.
_EDGE = 0.2
_SIDE = 0.07
# Lines before and after a line among which the longest shows how wide its column is.
_NEAR = 10
_CELL_GAP = 1.2


@dataclass(frozen=True, slots=True)
class PageBlock:
    """A block of a page: for each character of its text the number of its box on the page (-1: none)."""

    kind: BlockKind
    level: int
    text: str
    places: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Style:
    """What is usual in a document: the size of its letters, whether they are bold, and its words."""

    size: float
    is_bold: bool
    words: frozenset[str]
    heads: frozenset[str]
    tails: frozenset[str]


def lay_out(pages: Sequence[Page]) -> tuple[list[list[PageBlock]], int]:
    """Return the blocks of each page, and how many characters of headers, footers and page numbers are not in them."""
    dropped = furniture(pages)
    style = _style(pages)
    laid = []
    for page in pages:
        lines = [line for line in page.lines if id(line) not in dropped]
        laid.append(_blocks(_joined(lines), style))
    if not any(block.kind != "heading" for blocks in laid for block in blocks):
        laid = [[PageBlock("paragraph", 0, b.text, b.places) for b in blocks] for blocks in laid]
    return laid, sum(len(line.text) for page in pages for line in page.lines if id(line) in dropped)


def furniture(pages: Sequence[Page]) -> set[int]:
    """Return the identities of lines in the margins that repeat from page to page, page numbers among them.

    A line that says something stays where it stands first. Numbers in a line may differ only as the pages' numbers do.
    """
    found: dict[tuple[str, int | None], list[tuple[Page, Line]]] = defaultdict(list)
    for page in pages:
        for line in page.lines:
            if _in_margin(line, page):
                for key in _keys(line.text, page.number):
                    found[key].append((page, line))
    enough = 2 if len(pages) <= 3 else 3
    dropped: set[int] = set()
    for places in found.values():
        if len({page.number for page, _ in places}) >= enough:
            first = min(page.number for page, _ in places)
            for page, line in places:
                says_nothing = _is_aside(line, page) or _PAGE_NUMBER.match(line.text)
                if page.number > first or says_nothing:
                    dropped.add(id(line))
    return dropped


def _in_margin(line: Line, page: Page) -> bool:
    _, top, _, bottom = line.box
    height = page.upright[1]
    first = min(other.box[1] for other in page.lines)
    last = max(other.box[3] for other in page.lines)
    is_above = bottom < _MARGIN * height or (top - first < 0.5 * line.size and bottom < _EDGE * height)
    is_below = top > (1 - _MARGIN) * height or (last - bottom < 0.5 * line.size and top > (1 - _EDGE) * height)
    return is_above or is_below or _is_aside(line, page)


def _is_aside(line: Line, page: Page) -> bool:
    width = page.upright[0]
    return line.box[2] < _SIDE * width or line.box[0] > (1 - _SIDE) * width


def _keys(text: str, page: int) -> Iterator[tuple[str, int | None]]:
    """Yield what a line that repeats has in common: its text, or its text without a number that counts pages."""
    text = " ".join(text.split())[:300]
    if not text.isdecimal():
        yield text, None
    for match in _NUMBER.finditer(text):
        yield f"{text[: match.start()]}#{text[match.end() :]}", int(match.group()) - page


def _style(pages: Sequence[Page]) -> Style:
    sizes: Counter[float] = Counter()
    bold = characters = 0
    words: set[str] = set()
    for page in pages:
        for line in page.lines:
            length = len(line.text)
            sizes[round(line.size * 2) / 2] += length
            characters += length
            bold += length * line.is_bold
            words.update(_COMPOUND.findall(line.text.lower().partition(BREAK)[0]))
    size = sizes.most_common(1)[0][0] if sizes else 10.0
    compounds = [word.split("-") for word in words if "-" in word]
    heads, tails = frozenset(parts[0] for parts in compounds), frozenset(parts[-1] for parts in compounds)
    return Style(max(size, 0.5), bold * 2 > characters, frozenset(words), heads, tails)


def _joined(lines: Sequence[Line]) -> list[Line]:
    """Return the lines with those made one that follow one another on the same level of the page."""
    joined: list[Line] = []
    for line in lines:
        last = joined[-1] if joined else None
        if last and _same_level(last, line):
            joined[-1] = _join(last, line)
        else:
            joined.append(line)
    return joined


def _same_level(a: Line, b: Line) -> bool:
    if (
        len(a.text) > _LONGEST_LINE
        or a.is_vertical
        or b.is_vertical
        or a.is_broken
        or a.is_right_to_left != b.is_right_to_left
    ):
        return False
    common = min(a.box[3], b.box[3]) - max(a.box[1], b.box[1])
    gap = _gap(a, b)
    lower = min(a.box[3] - a.box[1], b.box[3] - b.box[1])
    # What is set raised or lowered in a formula stands close to it.
    is_script = abs(a.size - b.size) > 0.2 * max(a.size, b.size) and abs(gap) < max(a.size, b.size)
    return common > (0.25 if is_script else 0.6) * lower and gap > -0.4 * max(a.size, b.size)


def _gap(a: Line, b: Line) -> float:
    return a.box[0] - b.box[2] if a.is_right_to_left else b.box[0] - a.box[2]


def _join(a: Line, b: Line) -> Line:
    start = len(a.text) + 1
    size = a.size if len(a.text) >= len(b.text) else b.size
    line = Line(f"{a.text} {b.text}", [*a.places, -1, *b.places], around([a.box, b.box]), size, a.is_bold and b.is_bold)
    line.is_right_to_left = a.is_right_to_left
    is_apart = _gap(a, b) > _CELL_GAP * size
    line.cells = (*a.cells, *((start,) if is_apart else ()), *(start + cell for cell in b.cells))
    spans = [*a.cell_boxes]
    rest = list(b.cell_boxes)
    if not is_apart and spans and rest:
        spans[-1] = (min(spans[-1][0], rest[0][0]), max(spans[-1][1], rest[0][1]))
        rest = rest[1:]
    line.cell_boxes = (*spans, *rest)
    return line


@dataclass(frozen=True, slots=True)
class _Flow:
    """Where a line lies in the direction of reading: its start and end, its near and far edge."""

    start: float
    end: float
    near: float
    far: float


def _flow(line: Line) -> _Flow:
    left, top, right, bottom = line.box
    if line.is_vertical:
        return _Flow(top, bottom, -right, -left)
    if line.is_right_to_left:
        return _Flow(-right, -left, top, bottom)
    return _Flow(left, right, top, bottom)


class _Grouping:
    """The grouping of the lines of one page into blocks."""

    def __init__(self, lines: Sequence[Line], style: Style) -> None:
        self.lines = lines
        self.style = style
        self.flows = {id(line): _flow(line) for line in lines}
        self.limits = self._limits()
        self.pitch = self._pitch()
        self.rows = table_rows(lines)

    def _limits(self) -> dict[int, float]:
        """Return for each line where the longest ends of those near it that begin where it begins."""
        limits = {}
        for index, line in enumerate(self.lines):
            flow = self.flows[id(line)]
            limit = flow.end
            for other in self.lines[max(0, index - _NEAR) : index + _NEAR]:
                place = self.flows[id(other)]
                is_like = abs(other.size - line.size) < 0.1 * line.size and other.is_vertical == line.is_vertical
                if is_like and abs(place.start - flow.start) < 3 * line.size:
                    limit = max(limit, place.end)
            limits[id(line)] = limit
        return limits

    def _pitch(self) -> float:
        """Return the usual distance from line to line, as a share of the letters' size."""
        shares = []
        for a, b in pairwise(self.lines):
            down = self.flows[id(b)].near - self.flows[id(a)].near
            if 0.5 * a.size < down < 3 * a.size and abs(a.size - b.size) < 0.1 * a.size:
                shares.append(down / a.size)
        return median(shares) if shares else 1.2

    def groups(self) -> list[list[Line]]:
        """Return the lines of each block, in order; a footnote does not break a sentence that goes on after it."""
        groups: list[list[Line]] = []
        group: list[Line] = []
        body: list[Line] = []
        for line in self.lines:
            if group and self._goes_on(group, line):
                group.append(line)
            elif body and body is not group and self._resumes(body, group, line):
                group = body
                group.append(line)
            else:
                group = [line]
                groups.append(group)
            if line.size > _NOTE_SIZE * self.style.size:
                body = group
        return groups

    def _resumes(self, before: list[Line], note: list[Line], line: Line) -> bool:
        """Return whether a line goes on with the sentence that a footnote stands in the middle of."""
        a = before[-1]
        is_note = note[-1].size < _NOTE_SIZE * a.size and self.flows[id(line)].near < self.flows[id(a)].near
        is_same = abs(a.size - line.size) < 0.1 * a.size and id(a) not in self.rows and id(line) not in self.rows
        return is_note and is_same and not _STOP.search(a.text) and line.text[:1].islower()

    def _is_short(self, line: Line, ems: float) -> bool:
        """Return whether a line ends long before the others that begin where it begins."""
        return self.flows[id(line)].end < self.limits[id(line)] - ems * line.size

    def _goes_on(self, group: list[Line], b: Line) -> bool:
        """Return whether a line goes on with the block that the lines before it make."""
        a = group[-1]
        if id(a) in self.rows or id(b) in self.rows:
            return False
        if max(a.size, b.size) > _HEADING_SIZE * min(a.size, b.size):
            return False
        if a.is_broken:
            return True
        if _BULLET.match(b.text) or _NUMBERED.match(b.text) or a.is_vertical != b.is_vertical:
            return False
        begins_small = b.text[:1].islower()
        if a.is_bold != b.is_bold and self._is_short(a, 2) and not begins_small:
            return False
        return self._is_near(a, b, begins_small) and not self._is_new(group, b, begins_small)

    def _is_near(self, a: Line, b: Line, begins_small: bool) -> bool:
        first, second = self.flows[id(a)], self.flows[id(b)]
        down = second.near - first.near
        if down <= 0.3 * a.size or down > 2.6 * a.size * max(self.pitch, 1):
            # Another column, or another place on the page.
            goes_on = begins_small or (bool(_IS_CJK.match(b.text)) and not self._is_short(a, 1.5))
            return down < 0 and goes_on and not _STOP.search(a.text)
        if second.start > first.end or second.end < first.start:
            return False
        return down <= 1.35 * a.size * min(max(self.pitch, 1), 1.5 if self._is_short(a, 2) else 2.2)

    def _is_new(self, group: list[Line], b: Line, begins_small: bool) -> bool:
        """Return whether a line under another begins a paragraph of its own."""
        a = group[-1]
        stopped = bool(_STOP.search(a.text))
        shift = self.flows[id(b)].start - self.flows[id(a)].start
        if stopped and (self._is_short(a, 2) or (abs(shift) > 0.8 * b.size and not (shift < 0 and len(group) == 1))):
            return True
        if begins_small:
            return False
        is_cjk = bool(_IS_CJK.match(a.text[-1]))
        return self._is_short(a, 2 if is_cjk else 6) or (shift > 0.8 * b.size and self._is_short(a, 2))


def _blocks(lines: Sequence[Line], style: Style) -> list[PageBlock]:
    grouping = _Grouping(columns_apart(with_labels(lines)), style)
    made = []
    for group in grouping.groups():
        block = _row(group[0]) if id(group[0]) in grouping.rows else _block(group, style)
        if block:
            made.append(block)
    return made


def _row(line: Line) -> PageBlock:
    """Return the row of a table; a mark stands between cells with numbers, which would else look like one number."""
    text: list[str] = []
    places: list[int] = []
    bounds = [0, *line.cells, len(line.text)]
    for start, end in pairwise(bounds):
        cell = line.text[start:end].strip()
        begin = line.text.index(cell, start)
        between = ""
        if text:
            is_figures = _NUMBER_END.search(text[-1]) and _NUMBER_START.match(cell)
            between = " | " if is_figures else " "
        text.extend((between, cell))
        places.extend([-1] * len(between) + line.places[begin : begin + len(cell)])
    said, kept = trimmed("".join(text), places)
    return PageBlock("row", 0, said, tuple(kept))


def trimmed(text: str, places: Sequence[int]) -> tuple[str, list[int]]:
    """Return a text without white space around it, and the places of what is left."""
    start = len(text) - len(text.lstrip())
    end = max(len(text.rstrip()), start)
    return text[start:end], list(places[start:end])


def _block(group: Sequence[Line], style: Style) -> PageBlock | None:
    """Return the block that lines make; None if there are no words in it."""
    text, places = _text(group, style)
    bullet = _BULLET.match(text)
    if bullet and _CHOICE.search(text, bullet.end()):
        bullet = None
    if bullet:
        text, places = text[bullet.end() :], places[bullet.end() :]
    text, places = trimmed(text, places)
    if not any(c.isalnum() or _CHOICE.match(c) for c in text):
        return None
    if bullet:
        return PageBlock("item", 0, text, tuple(places))
    level = _heading_level(group, text, style)
    return PageBlock("heading" if level else "paragraph", level, text, tuple(places))


def _heading_level(group: Sequence[Line], text: str, style: Style) -> int:
    """Return the level of a heading: lines in larger or bold letters that do not end like a sentence; else 0."""
    letters = sum(c.isalpha() for c in text)
    digits = sum(c.isdigit() for c in text)
    if len(group) > 3 or len(text) > _LONGEST_HEADING or _NO_HEADING.search(text) or letters <= 2 * digits:
        return 0
    share = min(line.size for line in group) / style.size
    if share >= 1.5:
        return 1
    if share >= _HEADING_SIZE:
        return 2
    is_bold = all(line.is_bold for line in group) and not style.is_bold
    return 3 if is_bold and len(group) <= 2 and share > 0.95 and len(text) <= 120 else 0


def _text(group: Sequence[Line], style: Style) -> tuple[str, list[int]]:
    """Return the text of lines and the place of each character, broken words being whole."""
    text: list[str] = []
    places: list[int] = []
    for index, line in enumerate(group):
        following = group[index + 1].text if index + 1 < len(group) else ""
        written = line.text
        if _HYPHENATED.search(written) and following[:1].isalpha():
            written = written[:-1] + BREAK
        cut = len(written) - written.endswith(BREAK)
        text.extend(written[:cut])
        places.extend(line.places[:cut])
        if cut < len(written):
            if _keeps_hyphen(written[:cut], following, style):
                text.append("-")
                places.append(line.places[cut])
        elif following:
            text.append("\n")
            places.append(-1)
    return "".join(text), places


def _keeps_hyphen(before: str, after: str, style: Style) -> bool:
    """Return whether the hyphen at a line's end belongs to the word, by how the document writes it elsewhere."""
    if not after or not after[0].isalpha() or after[0].isupper() or not before or not before[-1].isalpha():
        return True
    first = re.split(r"[^\w-]", before.lower())[-1]
    found = _COMPOUND.match(after.lower())
    rest = found.group() if found else ""
    if len(first) == 1 or f"{first}-{rest}" in style.words:
        return f"{first}{rest}" not in style.words
    are_words = first in style.words and (rest in style.words or rest in style.tails)
    is_compound = len(first) > 2 and len(rest) > 2 and (rest in style.tails or first in style.heads)
    return are_words and is_compound and f"{first}{rest}" not in style.words
