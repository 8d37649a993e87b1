"""The blocks of an HTML page: its lines of text as they stand between block elements, and the rows of its tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from corpus.readers.base import Block, BlockKind, Piece, decode_entities
from corpus.readers.extract import CELL_SEPARATOR, stripped
from corpus.readers.web.pagelook import (
    BLOCKS,
    BOLD,
    FRAME,
    HEADINGS,
    ITEM,
    LINK,
    NOTE,
    PRE,
    RAISED,
    UNSEEN,
    WIDGET,
    Page,
)
from corpus.readers.web.pagetable import Cell, Row, data_rows, label_rows

_STOP = re.compile(r"[.!?。！？…:：;；][\"'”’»」』）)\]]*$")
_SENTENCE_END = re.compile(r"[.。！!;；][\"'”’»」』）)\]]*$")
_MAX_HEADING = 120
# Marks before which no space stands, and those after which none does.
_NO_SPACE_BEFORE = frozenset(".,;:!?)]}%”’»、。，；：！？）」』】》…")
_NO_SPACE_AFTER = frozenset("([{“‘«（「『【《")
_NOTE_MARK = re.compile(
    r"[\[(]?(?:\d{1,3}|[a-z]|[ivx]{1,4}|[*†‡§]{1,3}|(?:note|nb|注|註|прим\.?)\s?\d{1,3})[\])]?", re.IGNORECASE
)
_ORDINAL = frozenset(("st", "nd", "rd", "th", "er", "ère", "re", "e", "ème", "º", "ª", "o", "a", "º."))
_LETTERS_BEFORE = re.compile(r"[^\W\d_]+$")
# Inline elements that a browser shows as something between the words before and after them.
_APART = frozenset({"br", "img", "input", "math", "mi", "mn", "mo"})
_LONGEST_UNIT = 3
_LINE = re.compile(r"[^\r\n]+|\r\n?|\n")


@dataclass(slots=True)
class Group:
    """The texts between two boundaries of blocks, as indexes of tokens, or the rows of a table.

    ``continues`` is the number of the group that goes on here, after something that stood in the middle of it.
    """

    texts: list[int] = field(default_factory=list)
    common: int = -1
    continues: int | None = None
    rows: list[Row] = field(default_factory=list)

    @property
    def level(self) -> int:
        """Return the level of the heading that holds the whole group; 0 if it is none."""
        return next((int(name[1]) for name, bit in HEADINGS.items() if self.common > 0 and self.common & bit), 0)


class _Grouping:
    """The groups of a page while its tokens are gone through."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.groups: list[Group] = []
        self.open = Group()
        self.suspended: list[tuple[int, int]] = []
        self.resumes: int | None = None
        self.breaks = 0

    def leave(self, index: int) -> None:
        """Go on with what was interrupted, where the element that did so has ended before this token."""
        while self.suspended and index >= self.suspended[-1][0]:
            self.end()
            self.resumes = self.suspended.pop()[1]

    def take(self, index: int) -> None:
        """Go past a token: a text, or a tag that may end the open group."""
        token = self.page.tokens[index]
        if token.kind == "text":
            self.add(index)
        elif token.name == "br":
            self.breaks += 1
            if self.breaks > 1:
                self.end()
            self.add(index)
        elif token.name in BLOCKS:
            is_frame = token.kind == "start" and self.page.flags[index] & (FRAME | WIDGET)
            if is_frame and token.partner is not None:
                self.interrupt(token.partner)
            else:
                self.end()
                self.resumes = None

    def add_rows(self, rows: list[Row]) -> int:
        """Add the rows of a table as a group of their own; return the index after its last cell."""
        self.end()
        self.resumes = None
        cells = [cell for row in rows for cell in row.cells]
        texts = [n for n in range(cells[0].start, cells[-1].end) if _is_shown(self.page, n)]
        self.groups.append(Group(texts, rows=rows))
        return cells[-1].end

    def add(self, index: int) -> None:
        """Add a text to the open group; white space counts only inside one."""
        length = self.page.lengths[index]
        if not self.open.texts and not length:
            return
        if not self.open.texts:
            self.open.continues, self.resumes = self.resumes, None
        self.open.texts.append(index)
        if length:
            self.open.common &= self.page.flags[index]
            self.breaks = 0

    def end(self) -> None:
        """End the open group."""
        if self.open.texts:
            self.groups.append(self.open)
            self.open = Group()
        self.breaks = 0

    def interrupt(self, end: int) -> None:
        """Begin something that may stand in the middle of a sentence, and remember which."""
        going_on = len(self.groups) if self.open.texts and not self._is_stopped() else self.resumes
        self.end()
        if going_on is not None:
            self.suspended.append((end, going_on))
        self.resumes = None

    def _is_stopped(self) -> bool:
        last = next((n for n in reversed(self.open.texts) if self.page.lengths[n]), None)
        return last is None or bool(_STOP.search(self.page.text(last).rstrip()[-8:]))


def groups_of(page: Page) -> list[Group]:
    """Return the groups of all texts that a page shows, in order."""
    work = _Grouping(page)
    tables: dict[int, list[Row]] = {}
    index, count = 0, len(page.tokens)
    while index < count:
        work.leave(index)
        token = page.tokens[index]
        if page.flags[index] & UNSEEN:
            index = page.end_of(index) if token.kind == "start" and token.name != "head" else index + 1
            continue
        if index in tables:
            index = work.add_rows(tables[index])
            continue
        if token.name == "table" and token.kind == "start" and (rows := data_rows(page, index)):
            # What stands before the first cell (a caption) is read as other text is.
            tables[next(cell.start - 1 for row in rows for cell in row.cells)] = rows
        work.take(index)
        index += 1
    work.end()
    return work.groups


def _is_shown(page: Page, index: int) -> bool:
    return bool(page.lengths[index]) and not page.flags[index] & UNSEEN


def merged(groups: list[Group], wanted: list[bool]) -> Iterator[Group]:
    """Yield the wanted groups in order, those put together again between which nothing wanted stands."""
    kept: list[tuple[int, Group]] = []
    for number, group in enumerate(groups):
        if not wanted[number]:
            continue
        if kept and group.continues is not None and kept[-1][0] == group.continues:
            before = kept[-1][1]
            before.texts += group.texts
            before.common &= group.common
            kept[-1] = (number, before)
        else:
            kept.append((number, group))
    return (group for _, group in kept)


def blocks_of(page: Page, group: Group) -> Iterator[Block]:
    """Yield the blocks of a group: the rows of a table, or its text as what it is."""
    if group.rows:
        yield from _row_blocks(page, group.rows)
        return
    pieces = list(_pieces(page, group.texts))
    parts = [pieces] if not group.common > 0 or not group.common & PRE else _paragraphs(pieces)
    for part in parts:
        if block := _classified(group, part):
            yield block


def _classified(group: Group, pieces: list[Piece]) -> Block | None:
    text = "".join(piece.text for piece in pieces).strip()
    common = max(group.common, 0)
    kind: BlockKind = "item" if common & ITEM else "paragraph"
    if not text:
        return None
    if group.level and len(text) <= _MAX_HEADING:
        return Block("heading", tuple(pieces), group.level)
    is_bold = common & BOLD and not common & (ITEM | LINK)
    if is_bold and len(text) <= _MAX_HEADING and not _SENTENCE_END.search(text):
        return Block("heading", tuple(pieces), 2)
    return Block(kind, tuple(pieces))


def _paragraphs(pieces: list[Piece]) -> list[list[Piece]]:
    """Return preformatted text cut at its blank lines; its other line breaks are spaces, and never join words."""
    parts: list[list[Piece]] = [[]]
    line_is_blank = False
    for piece in pieces:
        if len(piece.text) != piece.end - piece.start:
            parts[-1].append(piece)
            line_is_blank = line_is_blank and piece.text.isspace()
            continue
        for match in _LINE.finditer(piece.text):
            start, text = piece.start + match.start(), match.group()
            if text[0] in "\r\n":
                if line_is_blank and parts[-1]:
                    parts.append([])
                parts[-1].append(Piece(start, start + len(text), " " * len(text)))
                line_is_blank = True
            else:
                parts[-1].append(Piece(start, start + len(text), text))
                line_is_blank = line_is_blank and text.isspace()
    return parts


def _pieces(page: Page, texts: Iterable[int], between: str = " ") -> Iterator[Piece]:
    """Yield the pieces of texts in order, with a space where a browser shows two of them apart.

    ``between`` stands for the end of a list's item or a line in a cell.
    """
    last: Piece | None = None
    last_index = 0
    words = ""
    for index in texts:
        token = page.tokens[index]
        if token.kind != "text":
            last, last_index = Piece(token.start, token.end, " "), index
            words = ""
            yield last
            continue
        if is_note_mark(page, index) or page.flags[index] & WIDGET:
            continue
        for number, piece in enumerate(decode_entities(Piece(token.start, token.end, page.text(index)))):
            if (
                last
                and not number
                and last.end < piece.start
                and _are_apart(page, last_index, index, words, piece.text)
            ):
                yield Piece(last.end, piece.start, between if _ends_item(page, last_index, index) else " ")
            yield piece
            last, last_index = piece, index
            words = (words + piece.text)[-20:]


def is_note_mark(page: Page, index: int) -> bool:
    """Return whether a text is the mark of a note: raised, and a link to a place on the page."""
    flags = page.flags[index]
    return bool(flags & RAISED and flags & NOTE) and bool(_NOTE_MARK.fullmatch(page.text(index).strip()))


def _are_apart(page: Page, last: int, index: int, words: str, text: str) -> bool:
    """Return whether a space must stand between two texts that follow each other without one."""
    if not words or words[-1].isspace() or text[0].isspace():
        return False
    between = page.tokens[last + 1 : index]
    if text[0] in _NO_SPACE_BEFORE or words[-1] in _NO_SPACE_AFTER:
        return any(t.name == "td" for t in between)
    if any(_parts(page, n) for n in range(last + 1, index)):
        return True
    raised, was_raised = page.flags[index] & RAISED, page.flags[last] & RAISED
    if raised and not was_raised:
        return not _fits_raised(words, page.text(index).strip())
    return bool(was_raised and not raised and words[-1].isdigit() and text[0].isdigit())


def _parts(page: Page, index: int) -> bool:
    """Return whether a token between two texts stands for something that a browser shows between them."""
    token, flags = page.tokens[index], page.flags[index]
    if flags & UNSEEN:
        return False
    if token.kind == "text":
        return bool(token.end > token.start)
    return token.name in BLOCKS or token.name in _APART or bool(flags & WIDGET)


def _fits_raised(before: str, raised: str) -> bool:
    """Return whether a raised text belongs to the word before it: "m2", "H2O", "2nd", and not "410" with a note 2."""
    run = _LETTERS_BEFORE.search(before)
    if raised.lower() in _ORDINAL and before[-1].isdigit():
        return True
    if not raised[:1].isalnum():
        return not before[-1].isdigit() or raised[:1] not in "-−–+"
    if run:
        return not raised[0].isdigit() or len(run.group()) <= _LONGEST_UNIT
    return False


def _ends_item(page: Page, last: int, index: int) -> bool:
    return any(t.name == "li" for t in page.tokens[last + 1 : index])


def _row_blocks(page: Page, rows: list[Row]) -> Iterator[Block]:
    count = label_rows(page, rows)
    labels = _labels(page, rows[:count])
    for number, row in enumerate(rows):
        pieces = _row_pieces(page, row, labels if number >= count else {})
        if pieces:
            yield Block("row", tuple(pieces))


def _labels(page: Page, rows: list[Row]) -> dict[int, str]:
    """Return the label of each column, out of the rows at the top of a table that name them."""
    labels: dict[int, str] = {}
    for row in rows:
        for cell in row.cells:
            text = _cell_text(page, cell)
            for column in range(cell.column, cell.column + cell.width):
                before = labels.get(column, "")
                labels[column] = f"{before} {text}".strip() if text and text != before else before
    return labels


def _cell_pieces(page: Page, cell: Cell) -> list[Piece]:
    texts = (n for n in range(cell.start, cell.end) if _is_shown(page, n) or _is_space(page, n))
    pieces = list(_pieces(page, texts, between="; "))
    while pieces and not pieces[0].text.strip():
        del pieces[0]
    while pieces and not pieces[-1].text.strip():
        del pieces[-1]
    return pieces


def _is_space(page: Page, index: int) -> bool:
    """Return whether a token is white space or a line break in a cell; that between items of a list does not count."""
    token = page.tokens[index]
    if {page.tokens[index - 1].name, page.tokens[min(index + 1, len(page.tokens) - 1)].name} & {"li", "ul", "ol"}:
        return False
    return (token.kind == "text" or token.name == "br") and not page.flags[index] & UNSEEN


def _cell_text(page: Page, cell: Cell) -> str:
    return " ".join("".join(piece.text for piece in _cell_pieces(page, cell)).split())


def _row_pieces(page: Page, row: Row, labels: dict[int, str]) -> list[Piece]:
    """Return the pieces of a row: its cells, each but the first with the label of its column."""
    pieces: list[Piece] = []
    for cell in row.cells:
        own = _cell_pieces(page, cell)
        if not own:
            continue
        label = labels.get(cell.column, "") if cell.column else ""
        mark = (CELL_SEPARATOR if pieces else "") + (f"{label}: " if label and pieces else "")
        if mark:
            pieces.append(Piece(own[0].start, own[0].start, mark))
        pieces.extend(stripped(own))
    return pieces
