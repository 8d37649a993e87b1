"""The reader of Rich Text Format: groups, control words, and bytes in the code page of their font."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from corpus.errors import Unreadable
from corpus.readers.base import Draft, File
from corpus.readers.extract import Extract
from corpus.readers.office import rtfwords as words
from corpus.readers.office.grid import COVERED, Cell, add_table
from corpus.readers.office.officetext import Place, is_heading, joint, sign
from corpus.readers.package import said_of_itself
from corpus.types import Metadata

_TOKEN = re.compile(
    rb"(?P<open>\{)|(?P<close>\})|(?P<hex>(?:\\'[0-9a-fA-F]{2})+)|\\(?P<word>[a-zA-Z]{1,32})(?P<number>-?\d{1,10})?[ ]?"
    rb"|\\(?P<sign>[^a-zA-Z])|(?P<text>[^\\{}\r\n]+)|(?P<line>[\r\n]+)|(?P<lone>\\)",
    re.DOTALL,
)
_STARRED = re.compile(rb"\s*\\([a-zA-Z]+)")
_ROW_ENDS = frozenset({b"cell", b"row"})
_PARAGRAPH_ENDS = frozenset({b"par", b"sect", b"page"})
_MAX_DEPTH = 1_000
# Word itself knows no more than 63 columns.
_MAX_COLUMNS = 200


@dataclass(slots=True)
class _State:
    """What holds inside a group."""

    font: int | None = None
    skip: int = 1  # characters after \\u that stand for it in old programs
    hidden: bool = False
    deleted: bool = False
    place: Place = ""
    left_out: bool = False
    # As left out, and no text box inside is text either.
    closed: bool = False
    what: str | None = None
    fact: bytes | None = None
    in_info: bool = False
    # Of two alternatives, the first is for old programs; whether that it stands in was closed already.
    alternatives: bool = False
    was_closed: bool = False
    in_table: bool = False
    in_fonts: bool = False
    outline: int | None = None
    is_item: bool = False


class RtfReader:
    """The reader of Rich Text Format."""

    name = "rtf"
    media_type = "application/rtf"
    suffixes = frozenset({".rtf"})
    is_quick = True

    def matches(self, file: File) -> bool:
        """Return whether the file begins as RTF does, whatever it is called."""
        return file.head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{\\rtf")

    def read(self, file: File) -> Draft:
        """Return the draft of a document; `Unreadable` if it is nested without end."""
        scan = _Scan(file.data)
        scan.read()
        return scan.extract.draft(scan.metadata())


@dataclass(slots=True)
class _Row:
    """The table row that is being read: its cells, and how each is merged with others."""

    cells: list[str] = field(default_factory=list)
    merges: list[bytes] = field(default_factory=list)
    merge: bytes = b""
    is_header: bool = False

    def finished(self) -> list[Cell]:
        """Return the cells, and begin a row that is merged in the same way until another way is told."""
        cells, self.cells = self.cells, []
        merges = [*self.merges, *[b""] * len(cells)]
        return [_cell(text, merge) for text, merge in zip(cells, merges, strict=False)]


def _cell(text: str, merge: bytes) -> Cell:
    if merge == b"clmrg" and not text.strip():
        return COVERED
    goes_on = merge == b"clvmrg" and not text.strip()
    return Cell(text, text.count("\n") + 1, False, None, is_continued=goes_on)


@dataclass(slots=True)
class _Scan:
    """The scan of a document, token by token."""

    data: bytes
    extract: Extract = field(default_factory=Extract)
    states: list[_State] = field(default_factory=lambda: [_State()])
    page: str = "cp1252"
    fonts: dict[int, str] = field(default_factory=dict)
    names: dict[int, bytearray] = field(default_factory=dict)
    symbols: set[int] = field(default_factory=set)
    plain_font: int | None = None
    text: list[str] = field(default_factory=list)
    last: Place = ""
    raw: bytearray = field(default_factory=bytearray)
    raw_page: str = "cp1252"
    facts: dict[bytes, list[str]] = field(default_factory=dict)
    row: _Row = field(default_factory=_Row)
    rows: list[list[Cell]] = field(default_factory=list)
    marked: set[int] = field(default_factory=set)
    # Texts that wait while a note or a text box in them is read, and the depth at which each of those began.
    waiting: list[list[str]] = field(default_factory=list)
    depths: list[int] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    left: dict[str, int] = field(default_factory=dict)
    to_skip: int = 0
    high: int | None = None

    @property
    def state(self) -> _State:
        """Return what holds at this point."""
        return self.states[-1]

    def read(self) -> None:
        """Read the whole document into the extract."""
        position, starts_group, is_open = 0, False, True
        while is_open and (match := _TOKEN.match(self.data, position)):
            position = match.end()
            kind = "word" if match["word"] else match.lastgroup
            if kind == "open":
                self._open()
            elif kind == "close":
                is_open = self._close()
            elif kind == "word":
                number = int(match["number"]) if match["number"] else None
                position += max(number or 0, 0) if match["word"] == b"bin" else 0
                self._word(match["word"], number, starts_group=starts_group)
            elif kind == "sign":
                self._sign(match["sign"], position, starts_group=starts_group)
            elif kind == "hex":
                self._bytes(bytes.fromhex(match["hex"].replace(b"\\'", b"").decode("ascii")))
            elif kind == "text":
                self._bytes(match["text"])
            starts_group = kind == "open" or match["sign"] == b"*" or (starts_group and kind == "line")
        self._end(is_whole=not is_open)

    def _end(self, *, is_whole: bool) -> None:
        self._decode()
        while self.waiting:  # a note or a text box in which the file ends
            self._end_beside()
        self._paragraph()
        self._table()
        for what, count in self.left.items():
            self.extract.leave_out(what, count)
        if not is_whole:
            self.extract.warn("the file ends too early; words at its end may be missing")

    def metadata(self) -> Metadata:
        """Return what the document says about itself."""

        def said(name: bytes) -> str | None:
            return said_of_itself("".join(self.facts.get(name, [])))

        return Metadata(title=said(b"title"), author=said(b"author"))

    def _open(self) -> None:
        self._decode()
        self.to_skip = 0
        if len(self.states) > _MAX_DEPTH:
            raise Unreadable("the file is nested too deeply to be read; save it again with an office program")
        outer = self.state
        if outer.alternatives:
            self.states.append(replace(outer, alternatives=False, closed=True, was_closed=outer.closed))
        else:
            self.states.append(replace(outer))

    def _close(self) -> bool:
        """End a group; return whether the document goes on."""
        self._decode()
        self.to_skip = 0
        if len(self.states) > 1:
            self.states.pop()
        while self.depths and len(self.states) <= self.depths[-1]:
            self._end_beside()
        return len(self.states) > 1

    def _end_beside(self) -> None:
        """End a note or a text box, and go on with the text in which it stands."""
        self.depths.pop()
        self.notes.append("".join(self.text))
        self.text = self.waiting.pop()

    def _sign(self, sign_: bytes, position: int, *, starts_group: bool) -> None:
        if sign_ == b"*" and starts_group:
            follows = _STARRED.match(self.data, position)
            if follows is None or follows[1] not in words.KNOWN_EXTRAS:
                self.state.left_out = self.state.closed = True
        elif sign_ in b"\\{}":
            self._bytes(sign_)
        elif sign_ in b"\r\n":
            self._word(b"par", None, starts_group=False)
        elif self.to_skip:
            self.to_skip -= 1
        else:
            self._add(words.ESCAPES.get(sign_, ""))

    def _word(self, word: bytes, number: int | None, *, starts_group: bool) -> None:
        if word == b"u" and number is not None:
            self._unicode(number)
            return
        self._decode()
        if word in words.SIGNS:
            if self.to_skip:
                self.to_skip -= 1
            else:
                self._add(words.SIGNS[word])
            return
        self.to_skip = 0
        if starts_group and self._group(word):
            return
        if word in words.PLACES or word in {b"nosupersub", b"plain", b"v", b"deleted", b"uc"}:
            self._character(word, number)
        elif word in _PARAGRAPH_ENDS or word in _ROW_ENDS:
            self._break(word)
        else:
            self._font_word(word, number)
            self._row_word(word)
            self._paragraph_word(word, number)

    def _group(self, word: bytes) -> bool:
        """Take the word with which a group begins for what the group is; return whether it is one of those."""
        state = self.state
        if word in words.SKIPPED:
            state.left_out = state.closed = True
            state.in_fonts = word == b"fonttbl"
            if word in {b"listtext", b"pntext"} and len(self.states) > 1:
                self.states[-2].is_item = True
        elif word in words.HOLDERS:
            state.left_out = True
        elif word in words.REPORTED:
            state.left_out = state.closed = True
            state.what = state.what or words.REPORTED[word]
        elif word in {b"footnote", b"shptxt"}:
            self._begin_beside()
        elif word == b"info":
            state.in_info = state.left_out = True
        elif word in words.FACTS and state.in_info:
            state.fact = word if not state.closed and word not in self.facts else None
        elif word == b"upr":
            state.alternatives = True
        elif word == b"ud":
            state.closed = state.was_closed
        else:
            return False
        return True

    def _begin_beside(self) -> None:
        """Begin a note or a text box, which is paragraphs of its own after the one in which it stands."""
        if self.state.closed:
            return
        self.state.left_out = False
        self.state.in_table = False
        self.depths.append(len(self.states) - 1)
        self.waiting.append(self.text)
        self.text = []

    def _character(self, word: bytes, number: int | None) -> None:
        state = self.state
        if word == b"uc":
            state.skip = min(max(number or 0, 0), 20)
        elif word == b"v":
            state.hidden = number != 0
        elif word == b"deleted":
            state.deleted = number != 0
        elif word == b"plain":
            state.hidden, state.deleted, state.place, state.font = False, False, "", self.plain_font
        elif word in {b"super", b"up"} and number != 0:
            state.place = "raised"
        elif word in {b"sub", b"dn"} and number != 0:
            state.place = "lowered"
        else:
            state.place = ""

    def _font_word(self, word: bytes, number: int | None) -> None:
        state = self.state
        if word == b"mac":
            self.page = "mac_roman"
        elif word in {b"pc", b"pca"}:
            self.page = "cp437" if word == b"pc" else "cp850"
        elif word == b"ansicpg" and number:
            self.page = words.code_page(number)
        elif word == b"f":
            state.font = number
        elif word == b"deff":
            self.plain_font = state.font = number
        elif state.in_fonts and state.font is not None and number:
            if word == b"fcharset" and number == words.SYMBOLS:
                self.symbols.add(state.font)
            elif word == b"cpg":
                self.fonts[state.font] = words.code_page(number)
            elif word == b"fcharset" and number in words.CHARSETS:
                self.fonts[state.font] = words.CHARSETS[number]

    def _row_word(self, word: bytes) -> None:
        row = self.row
        if word == b"trowd":
            row.merges, row.merge, row.is_header = [], b"", False
        elif word in {b"clmrg", b"clvmrg"}:
            row.merge = word
        elif word == b"cellx" and len(row.merges) < _MAX_COLUMNS:
            row.merges.append(row.merge)
            row.merge = b""
        elif word == b"trhdr":
            row.is_header = True

    def _paragraph_word(self, word: bytes, number: int | None) -> None:
        state = self.state
        if word == b"pard":
            state.in_table, state.outline, state.is_item = bool(self.depths and state.in_table), None, False
        elif word == b"intbl":
            state.in_table = not self.depths
        elif word == b"outlinelevel" and number is not None and 0 <= number < 9:
            state.outline = number + 1
        elif word == b"ls":
            state.is_item = number != 0
        elif word in {b"pnlvlblt", b"pnlvlbody"}:
            state.is_item = True

    def _break(self, word: bytes) -> None:
        """End a paragraph, a cell or a row."""
        if self.state.closed or self.state.left_out:
            return
        if self.depths:
            self.text.append("\n")
        elif word == b"cell":
            self.row.cells.append("".join(self.text))
            self.text, self.last = [], ""
            if len(self.row.cells) == _MAX_COLUMNS:
                self._end_row()
        elif word == b"row":
            self._end_row()
        elif self.state.in_table and word == b"par":
            self.text.append("\n")
        else:
            self._paragraph()

    def _end_row(self) -> None:
        if self.row.is_header:
            self.marked.add(len(self.rows))
        if self.row.cells:
            self.rows.append(self.row.finished())

    def _paragraph(self) -> None:
        self._decode()
        text = "".join(self.text)
        self.text, self.last = [], ""
        if text.strip() or self.notes:
            self._table()
        if self.state.outline and is_heading(text):
            self.extract.heading(text, min(self.state.outline, 6))
        else:
            self.extract.block("item" if self.state.is_item else "paragraph", text)
        notes, self.notes = self.notes, []
        for note in notes:
            for line in note.split("\n"):
                self.extract.paragraph(line)

    def _table(self) -> None:
        self._end_row()
        rows, self.rows = self.rows, []
        marked, self.marked = self.marked, set()
        for start, table in _set_out(rows):
            own = frozenset(number - start for number in marked if start <= number < start + len(table))
            add_table(self.extract, table, own, lambda _: None)

    def _unicode(self, number: int) -> None:
        self._decode()
        code = number + 0x10000 if number < 0 else number
        self.to_skip = self.state.skip
        high, self.high = self.high, None
        if 0xD800 <= code < 0xDC00:
            self.high = code
        elif 0xDC00 <= code < 0xE000 and high is not None:
            self._add(chr(0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00)))
        elif 0 <= code < 0x110000 and not 0xDC00 <= code < 0xE000:
            self._add(sign(self._symbol_font, code) if self._symbol_font and 0xF020 <= code < 0xF100 else chr(code))
        else:
            self._add("\ufffd")

    @property
    def _symbol_font(self) -> str | None:
        """Return the name of the font of signs that holds here; None if the font is one of letters."""
        font = self.state.font
        if font is None or font not in self.symbols:
            return None
        return self.names.get(font, bytearray()).decode("latin-1").strip(" ;") or "Symbol"

    def _bytes(self, data: bytes) -> None:
        """Take bytes of text in the code page that holds here."""
        if self.to_skip:
            skipped = min(self.to_skip, len(data))
            self.to_skip -= skipped
            data = data[skipped:]
        state = self.state
        if state.in_fonts and state.font is not None:
            self.names.setdefault(state.font, bytearray()).extend(data[:100])
        if not data or (state.closed and not state.what):
            return
        if (font := self._symbol_font) is not None:
            self._add("".join(sign(font, byte) for byte in data))
            return
        page = self.fonts.get(state.font, self.page) if state.font is not None else self.page
        if page != self.raw_page:
            self._decode()
            self.raw_page = page
        self.raw += data

    def _decode(self) -> None:
        """Turn the bytes that came since into text: those of one character may stand in several tokens."""
        if self.raw:
            raw, self.raw = bytes(self.raw), bytearray()
            self._add(raw.decode(self.raw_page, "replace"))

    def _add(self, text: str) -> None:
        if self.raw:
            self._decode()
        state = self.state
        if not text or state.deleted:
            return
        if state.fact is not None and not state.closed:
            self.facts.setdefault(state.fact, []).append(text)
        elif state.hidden or state.what:
            what = state.what or "hidden text"
            if not (state.left_out and not state.what) and text.strip():
                self.left[what] = self.left.get(what, 0) + len(text.strip())
        elif not (state.left_out or state.closed):
            self.text += [joint("".join(self.text[-4:])[-20:], text, state.place, self.last), text]
            self.last = state.place


def _set_out(rows: list[list[Cell]]) -> Iterator[tuple[int, list[list[Cell]]]]:
    """Yield the rows as tables, with the number of the first row: where the columns change, another table begins."""
    start = 0
    for index in range(1, len(rows) + 1):
        if index == len(rows) or len(rows[index]) != len(rows[start]):
            yield start, rows[start:index]
            start = index
