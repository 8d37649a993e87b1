"""The reader of Rich Text Format: groups, control words, and bytes in the code page of their font."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from corpus.errors import Unreadable
from corpus.readers.base import Draft, File
from corpus.readers.extract import Extract
from corpus.readers.office.grid import Cell, add_table
from corpus.types import Metadata

_TOKEN = re.compile(
    rb"(?P<open>\{)|(?P<close>\})|\\'(?P<hex>[0-9a-fA-F]{2})|\\(?P<word>[a-zA-Z]{1,32})(?P<number>-?\d{1,10})?[ ]?"
    rb"|\\(?P<sign>[^a-zA-Z])|(?P<text>[^\\{}\r\n]+)|(?P<line>[\r\n]+)|(?P<lone>\\)",
    re.DOTALL,
)
# Groups whose content is no text; others that begin with \* and are not known are left out too.
_SKIPPED = frozenset({
    b"fonttbl", b"colortbl", b"stylesheet", b"pict", b"object", b"objdata", b"fldinst", b"themedata",
    b"colorschememapping", b"datastore", b"latentstyles", b"listtable", b"listoverridetable", b"rsidtbl", b"generator",
    b"xmlnstbl", b"filetbl", b"revtbl", b"header", b"headerl", b"headerr", b"headerf", b"footer", b"footerl",
    b"footerr", b"footerf", b"listtext", b"pntext", b"pntxta", b"pntxtb", b"bkmkstart", b"bkmkend", b"nonshppict",
    b"shpinst", b"sp", b"sn", b"sv", b"ftnsep", b"ftnsepc", b"aftnsep", b"aftnsepc", b"annotation", b"atnid",
    b"atnauthor", b"tc", b"xe", b"template", b"userprops", b"docvar", b"mmathPr", b"wgrffmtfilter", b"pgptbl",
})  # fmt: skip
_FACTS = frozenset({b"title", b"author", b"subject", b"creatim", b"operator", b"keywords", b"company", b"doccomm"})
_KNOWN_EXTRAS = frozenset({b"shptxt", b"fldrslt", b"shppict"})
_SIGNS = {
    b"tab": " ", b"line": "\n", b"emdash": "—", b"endash": "–", b"lquote": "‘", b"rquote": "’", b"ldblquote": "“",
    b"rdblquote": "”", b"bullet": "•", b"emspace": " ", b"enspace": " ", b"qmspace": " ", b"zwj": "\u200d",
    b"zwnj": "\u200c", b"softline": "\n",
}  # fmt: skip
_ESCAPES = {b"~": "\u00a0", b"_": "\u2011", b"-": "", b"\\": "\\", b"{": "{", b"}": "}", b"\n": "\n", b"\r": "\n"}
# The code page of a font by its character set.
_CHARSETS = {
    0: "cp1252", 128: "cp932", 129: "cp949", 130: "johab", 134: "gb18030", 136: "cp950", 161: "cp1253", 162: "cp1254",
    163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874", 238: "cp1250",
    77: "mac_roman",
}  # fmt: skip
_OF_FONTS = frozenset({b"mac", b"ansicpg", b"f", b"deff", b"fcharset", b"cpg"})
_ENDS = frozenset({b"par", b"sect", b"page", b"cell", b"nestcell", b"row", b"nestrow"})
_MAX_DEPTH = 1_000


@dataclass(slots=True)
class _State:
    """What holds inside a group."""

    font: int | None = None
    skip: int = 1  # characters after \\u that stand for it in old programs
    hidden: bool = False
    left_out: bool = False
    fact: bytes | None = None
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
        """Return the draft of a document."""
        scan = _Scan(file.data)
        scan.read()
        return scan.extract.draft(scan.metadata())


@dataclass(slots=True)
class _Scan:
    """The scan of a document, token by token."""

    data: bytes
    extract: Extract = field(default_factory=Extract)
    states: list[_State] = field(default_factory=lambda: [_State()])
    page: str = "cp1252"
    fonts: dict[int, str] = field(default_factory=dict)
    font: int | None = None
    plain_font: int | None = None
    text: list[str] = field(default_factory=list)
    raw: bytearray = field(default_factory=bytearray)
    raw_page: str = "cp1252"
    facts: dict[bytes, list[str]] = field(default_factory=dict)
    cells: list[str] = field(default_factory=list)
    rows: list[list[Cell]] = field(default_factory=list)
    waiting: list[list[str]] = field(default_factory=list)
    depths: list[int] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    hidden: int = 0
    to_skip: int = 0
    high: int | None = None

    @property
    def state(self) -> _State:
        """Return what holds at this point."""
        return self.states[-1]

    def read(self) -> None:
        """Read the whole document into the extract."""
        position, starts_group = 0, False
        while match := _TOKEN.match(self.data, position):
            position = match.end()
            kind = match.lastgroup if match.lastgroup != "number" else "word"
            if kind == "open":
                self._open()
                starts_group = True
                continue
            if kind == "close":
                self._close()
            elif kind == "word":
                number = int(match["number"]) if match["number"] else None
                if match["word"] == b"bin":
                    position += max(number or 0, 0)
                self._word(match["word"], number, starts_group=starts_group)
            elif kind == "hex":
                self._byte(int(match["hex"], 16))
            elif kind == "sign":
                if match["sign"] == b"*" and starts_group:
                    follows = re.compile(rb"\s*\\([a-zA-Z]+)").match(self.data, position)
                    known = _KNOWN_EXTRAS | _FACTS
                    self.state.left_out |= follows is None or follows[1] not in known
                else:
                    self._add(_ESCAPES.get(match["sign"], ""))
            elif kind == "text":
                for byte in match["text"]:
                    self._byte(byte)
                starts_group = starts_group and not match["text"].strip()
                continue
            starts_group = kind == "sign" and match["sign"] == b"*"
        self._paragraph()
        self._table()
        if self.hidden:
            self.extract.leave_out("hidden text", self.hidden)

    def metadata(self) -> Metadata:
        """Return what the document says about itself."""

        def said(name: bytes) -> str | None:
            return " ".join("".join(self.facts.get(name, [])).split()) or None

        return Metadata(title=said(b"title"), author=said(b"author"))

    def _open(self) -> None:
        self._decode()
        if len(self.states) > _MAX_DEPTH:
            raise Unreadable("the file is nested too deeply to be read; save it again with an office program")
        self.states.append(replace(self.state))

    def _close(self) -> None:
        self._decode()
        if len(self.states) > 1:
            self.states.pop()
        if self.depths and len(self.states) <= self.depths[-1]:
            self.depths.pop()
            self.notes.append("".join(self.text))
            self.text = self.waiting.pop()

    def _word(self, word: bytes, number: int | None, *, starts_group: bool) -> None:
        state = self.state
        if word == b"u" and number is not None:
            self._unicode(number)
            return
        self._decode()
        if word == b"uc":
            state.skip = max(number or 0, 0)
        elif word == b"fonttbl":
            state.in_fonts = state.left_out = True
        elif word in _SKIPPED and starts_group:
            state.left_out = True
        elif word in _FACTS and starts_group:
            state.fact, state.left_out = word, word in self.facts  # the first one says it
        elif word in _SIGNS:
            self._add(_SIGNS[word])
        elif word in {b"footnote", b"shptxt"} and not state.left_out:
            # A note and a text box are paragraphs of their own after the one in which they stand.
            state.left_out = False
            self.depths.append(len(self.states) - 1)
            self.waiting.append(self.text)
            self.text = []
        elif word == b"shptxt":
            state.left_out = False
        else:
            self._format(word, number)

    def _format(self, word: bytes, number: int | None) -> None:
        if word in _OF_FONTS:
            self._font_word(word, number)
        elif word in _ENDS:
            self._end(word)
        else:
            self._look(word, number)

    def _font_word(self, word: bytes, number: int | None) -> None:
        state = self.state
        if word == b"mac":
            self.page = "mac_roman"
        elif word == b"ansicpg":
            self.page = _code_page(number or 1252)
        elif word == b"f":
            state.font = number
        elif word == b"deff":
            self.plain_font = state.font = number
        elif state.in_fonts and state.font is not None and number:
            page = _code_page(number) if word == b"cpg" else _CHARSETS.get(number, self.page)
            self.fonts[state.font] = page

    def _look(self, word: bytes, number: int | None) -> None:
        state = self.state
        if word == b"plain":
            state.hidden, state.font = False, self.plain_font
        elif word in {b"v", b"deleted"}:
            state.hidden = number != 0
        elif word == b"pard":
            state.in_table, state.outline, state.is_item = False, None, False
        elif word == b"intbl":
            state.in_table = True
        elif word == b"outlinelevel" and number is not None and number < 9:
            state.outline = number + 1
        elif word in {b"ls", b"pnlvlblt", b"pnlvlbody"}:
            state.is_item = number != 0 if word == b"ls" else True

    def _end(self, word: bytes) -> None:
        """End a paragraph, a cell or a row."""
        if word in {b"par", b"sect", b"page"}:
            self._end_paragraph(word)
        elif word in {b"cell", b"nestcell"}:
            self.cells.append("".join(self.text))
            self.text = []
        else:
            self.rows.append([Cell(text, text.count("\n") + 1, False, None) for text in self.cells])
            self.cells = []

    def _end_paragraph(self, word: bytes) -> None:
        if self.state.left_out:
            return
        if self.depths or (self.state.in_table and word == b"par"):
            self.text.append("\n")
        else:
            self._paragraph()

    def _paragraph(self) -> None:
        self._decode()
        text = "".join(self.text)
        self.text = []
        if text.strip() or not self.rows:
            self._table()
        if self.state.outline and text.strip():
            self.extract.heading(text, min(self.state.outline, 6))
        else:
            self.extract.block("item" if self.state.is_item else "paragraph", text)
        for note in self.notes:
            for line in note.split("\n"):
                self.extract.paragraph(line)
        self.notes = []

    def _table(self) -> None:
        rows, self.rows = self.rows, []
        if rows:
            for row in _set_out(rows):
                add_table(self.extract, row, frozenset(), lambda _: None)

    def _unicode(self, number: int) -> None:
        self._decode()
        code = number + 0x10000 if number < 0 else number
        self.to_skip = self.state.skip
        if 0xD800 <= code < 0xDC00:
            self.high = code
            return
        if 0xDC00 <= code < 0xE000:
            first = self.high
            code = 0xFFFD if first is None else 0x10000 + ((first - 0xD800) << 10) + (code - 0xDC00)
        self.high = None
        if code < 0x110000:
            self._add(chr(code))

    def _byte(self, byte: int) -> None:
        if self.to_skip:
            self.to_skip -= 1
            return
        page = self.fonts.get(self.state.font, self.page) if self.state.font is not None else self.page
        if page != self.raw_page:
            self._decode()
            self.raw_page = page
        self.raw.append(byte)

    def _decode(self) -> None:
        """Turn the bytes that came since into text: those of one character may stand in several tokens."""
        self.to_skip = 0
        if self.raw:
            raw, self.raw = bytes(self.raw), bytearray()
            self._add(raw.decode(self.raw_page, "replace"))

    def _add(self, text: str) -> None:
        if self.raw:
            self._decode()
        state = self.state
        if state.left_out:
            return
        if state.fact is not None:
            self.facts.setdefault(state.fact, []).append(text)
        elif state.hidden:
            self.hidden += len(text.strip())
        else:
            self.text.append(text)


def _set_out(rows: list[list[Cell]]) -> Iterator[list[list[Cell]]]:
    """Yield the rows as tables: where the number of columns changes, another begins."""
    table: list[list[Cell]] = []
    for row in rows:
        if table and len(row) != len(table[-1]):
            yield table
            table = []
        table.append(row)
    if table:
        yield table


def _code_page(number: int) -> str:
    name = {65001: "utf-8", 936: "gb18030", 10000: "mac_roman", 10007: "mac_cyrillic"}.get(number, f"cp{number}")
    try:
        b"".decode(name)
    except LookupError:
        return "cp1252"
    return name
