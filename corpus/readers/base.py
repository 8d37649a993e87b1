"""What readers share: pieces of text with their places in the source, dates, addresses."""

from __future__ import annotations

import datetime
import html
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Literal, Protocol
from urllib.parse import urlsplit

from corpus.types import Heading, Metadata, Segment, SourceMap

BlockKind = Literal["heading", "paragraph", "item"]

# What stands between blocks in the reading text. A chunk never crosses it.
BLOCK_SEPARATOR = "\n\n"

# Characters that are invisible or steer rendering: zero-width marks, soft hyphen, BOM, bidirectional
# controls, control characters. They carry no words and could make a quote look like another text.
# Zero-width joiner and non-joiner stay: Persian, Uyghur, Hindi and emoji need them.
_INVISIBLE_CLASS = (
    "\\u0000-\\u0008\\u000e-\\u001b\\u007f-\\u0084\\u0086-\\u009f\\u00ad\\u061c\\u200b\\u200e\\u200f"
    "\\u202a-\\u202e\\u2060-\\u2064\\u2066-\\u206f\\ufeff\\ufff9-\\ufffb"
)
_INVISIBLE = re.compile(f"[{_INVISIBLE_CLASS}]+")
_SURROGATE = re.compile("[\ud800-\udfff]")
_WORD = f"[^\\s{_INVISIBLE_CLASS}]+"
# Words with single spaces between them are taken in one run: they read as they are written.
_RUN = re.compile(rf"(?P<space>\s+)|(?P<drop>[{_INVISIBLE_CLASS}]+)|(?P<word>{_WORD}(?: {_WORD})*)")
# Scripts written without spaces; Hangul is not among them.
_CJK = re.compile(
    "[\\u2e80-\\u303f\\u3040-\\u30ff\\u3100-\\u312f\\u31a0-\\u31bf\\u31f0-\\u4dbf\\u4e00-\\u9fff"
    "\\uf900-\\ufaff\\ufe30-\\ufe4f\\uff00-\\uffef\\U00020000-\\U0003ffff]"
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text: ``text`` as it reads, from ``source[start:end]``; the same, or one unit such as an entity."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading or list item made of pieces in source order."""

    kind: BlockKind
    pieces: tuple[Piece, ...]
    level: int = 0


@dataclass(frozen=True, slots=True)
class Draft:
    """What a reader makes of a file: its blocks and what it says about itself."""

    blocks: tuple[Block, ...]
    metadata: Metadata = field(default_factory=Metadata)


class Reader(Protocol):
    """The reader of one format: it turns a source text into a draft, and a slice of one into the words in it."""

    @property
    def name(self) -> str:
        """Return the reader's name, which must be short and stable: it is stored with each document."""

    @property
    def media_type(self) -> str:
        """Return the media type of the files it reads."""

    def read(self, source: str, start: int = 0) -> Draft:
        """Read ``source`` from ``start`` (after front matter); positions count from the source's beginning."""

    def fragment(self, source: str) -> list[Block]:
        """Return the blocks of a slice that lies within one paragraph."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Assembled reading text with its map, headings and paragraph spans."""

    text: str
    source_map: SourceMap
    headings: tuple[Heading, ...]
    paragraphs: tuple[tuple[int, int], ...]


class _Assembler:
    """A builder of the text and its segments together, so that they cannot disagree."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.segments: list[Segment] = []
        self.length = 0

    def add(self, text: str, start: int, end: int) -> None:
        """Append ``text`` read from ``source[start:end]``, merging with the run before it if it continues it."""
        if not text:
            return
        last = self.segments[-1] if self.segments else None
        exact = len(text) == end - start
        if last and exact and last.is_exact and last.source + last.source_length == start:
            grown = last.reading_length + len(text)
            self.segments[-1] = Segment(last.reading, last.source, grown, grown)
        else:
            self.segments.append(Segment(self.length, start, len(text), end - start))
        self.parts.append(text)
        self.length += len(text)


def _runs(block: Block) -> Iterable[tuple[str, int, int, str]]:
    """Yield words, white space and removals of a block, as ``(kind, start, end, text)``."""
    for piece in block.pieces:
        if len(piece.text) != piece.end - piece.start:
            kind = "space" if piece.text.isspace() else "word"
            yield kind, piece.start, piece.end, _INVISIBLE.sub("", piece.text)
            continue
        for match in _RUN.finditer(piece.text):
            start = piece.start + match.start()
            yield str(match.lastgroup), start, start + len(match.group()), match.group()


def _joint(before: str, after: str, gap: str) -> str:
    """Return what joins two words: nothing where a line break means no space (CJK, hyphenation), else one space."""
    if "\n" in gap or "\r" in gap or "\u2028" in gap:
        if _CJK.match(before[-1]) and _CJK.match(after[0]):
            return ""
        if len(before) > 1 and before[-1] in "-\u2010" and before[-2].isalpha() and after[0].isalpha():
            return ""
    return " "


def _add_block(out: _Assembler, block: Block) -> None:
    before = ""
    gap: list[tuple[int, int, str]] = []
    for kind, start, end, text in _runs(block):
        if kind == "space":
            gap.append((start, end, text))
        elif kind == "word" and text:
            if before and gap:
                joint = _joint(before, text, "".join(g[2] for g in gap))
                out.add(joint, gap[0][0], gap[-1][1])
            out.add(text, start, end)
            before, gap = (before + text)[-2:], []


def assemble(blocks: Sequence[Block]) -> Reading:
    """Normalise white space, drop invisible characters, join blocks, and map the text back to the source."""
    out = _Assembler()
    headings: list[Heading] = []
    paragraphs: list[tuple[int, int]] = []
    for block in blocks:
        mark = (len(out.parts), len(out.segments), out.length)
        if out.length and block.pieces:
            at = block.pieces[0].start
            out.segments.append(Segment(out.length, at, len(BLOCK_SEPARATOR), 0))
            out.parts.append(BLOCK_SEPARATOR)
            out.length += len(BLOCK_SEPARATOR)
        begin = out.length
        _add_block(out, block)
        if out.length == begin:
            del out.parts[mark[0] :], out.segments[mark[1] :]
            out.length = mark[2]
        elif block.kind == "heading":
            headings.append(Heading(begin, out.length, block.level))
        else:
            paragraphs.append((begin, out.length))
    return Reading("".join(out.parts), SourceMap(tuple(out.segments)), tuple(headings), tuple(paragraphs))


def clean_blocks(blocks: Sequence[Block]) -> str:
    """Return the words of a slice that lies within one paragraph, cleaned on its own."""
    return assemble(blocks).text.replace(BLOCK_SEPARATOR, " ")


def pieces_without(source: str, start: int, end: int, drops: Sequence[tuple[int, int]]) -> tuple[Piece, ...]:
    """Return pieces for ``source[start:end]`` leaving out the sorted, possibly overlapping ranges ``drops``."""
    pieces = []
    position = start
    for drop_start, drop_end in drops:
        if drop_end <= position or drop_start >= end:
            continue
        if drop_start > position:
            pieces.append(Piece(position, drop_start, source[position:drop_start]))
        position = max(position, drop_end)
    if position < end:
        pieces.append(Piece(position, end, source[position:end]))
    return tuple(pieces)


def matches(pattern: re.Pattern[str], source: str, start: int, end: int) -> list[tuple[int, int]]:
    """Return the spans of the matches of ``pattern``, empty ones excepted, within ``source[start:end]``."""
    return [m.span() for m in pattern.finditer(source, start, end) if m.end() > m.start()]


_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")


def decode_entities(piece: Piece) -> Iterable[Piece]:
    """Yield the piece in parts, with each HTML character reference decoded and as a unit of its own."""
    position = 0
    for match in _ENTITY.finditer(piece.text):
        decoded = html.unescape(match.group())
        if decoded == match.group():
            continue
        if match.start() > position:
            yield Piece(piece.start + position, piece.start + match.start(), piece.text[position : match.start()])
        yield Piece(piece.start + match.start(), piece.start + match.end(), decoded)
        position = match.end()
    if position < len(piece.text):
        yield Piece(piece.start + position, piece.end, piece.text[position:])


def plain_line(text: str, longest: int) -> str:
    """Return ``text`` on one line, cut to ``longest``, without invisible, rendering-steering or invalid characters."""
    line = " ".join(_INVISIBLE.sub("", _SURROGATE.sub("", text[: 4 * longest])).split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def first_text(blocks: Iterable[Block], wanted: Callable[[Block], bool]) -> str | None:
    """Return the cleaned text of the first block that ``wanted`` accepts; None if there is none."""
    for block in blocks:
        if wanted(block):
            return clean_blocks([block]) or None
    return None


_ISO = re.compile(r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})")
_HAN = re.compile(r"(?P<y>\d{4})\s*年\s*(?P<m>\d{1,2})\s*月\s*(?P<d>\d{1,2})\s*日")
_DAY_MONTH = re.compile(r"(?P<d>\d{1,2})\.?\s+(?P<month>[^\W\d_]{3,})\.?,?\s+(?P<y>\d{4})")
_MONTH_DAY = re.compile(r"(?P<month>[^\W\d_]{3,})\.?\s+(?P<d>\d{1,2})(?:st|nd|rd|th)?,\s+(?P<y>\d{4})")
_KAZAKH = re.compile(r"(?P<y>\d{4})\s*(?:ж\.|жылғы|жылы)\s*(?P<d>\d{1,2})\s+(?P<month>[^\W\d_]{3,})")

_SENTENCE_END = re.compile(r"(?:[^\W\d_]{4}|\d{4})[.!?]$|[。！？]$")
_MAX_DATE_LINE = 60
_MAX_OTHER_LETTERS = 12

# Month names are recognised by their first letters, which case endings do not change.
_MONTHS = (
    ("jan", "янв", "қаң"), ("feb", "фев", "ақп"), ("mar", "мар", "нау"), ("apr", "апр", "сәу"),
    ("may", "мая", "май", "мам"), ("jun", "июн", "мау"), ("jul", "июл", "шіл"), ("aug", "авг", "там"),
    ("sep", "сен", "қыр"), ("oct", "окт", "қаз"), ("nov", "ноя", "қар"), ("dec", "дек", "жел"),
)  # fmt: skip


def iso_date(value: str | None) -> str | None:
    """Return the first date in ``value`` as ``YYYY-MM-DD``, or None."""
    if not value:
        return None
    value = value.strip()[:200]
    return _from_timestamp(value) or _from_numbers(value) or _from_names(value)


def date_line(text: str) -> str | None:
    """Return the date of a line with little else in it ("Thu, 19 Oct 2023 20:51 GMT"); None for any other line."""
    if len(text) > _MAX_DATE_LINE:
        return None
    date = iso_date(text)
    if not date or _SENTENCE_END.search(text):
        return None
    patterns = (_KAZAKH, _HAN, _DAY_MONTH, _MONTH_DAY, _ISO)
    match = next((found for pattern in patterns if (found := pattern.search(text))), None)
    rest = text.replace(match.group(), "") if match else text
    return date if sum(c.isalpha() for c in rest) <= _MAX_OTHER_LETTERS else None


def date_of_epoch_ms(milliseconds: int) -> str | None:
    """Return the UTC date of a time in epoch milliseconds, or None if no calendar holds it."""
    try:
        return datetime.datetime.fromtimestamp(milliseconds / 1000, datetime.UTC).date().isoformat()
    except (ValueError, OverflowError, OSError):
        return None


def _from_timestamp(value: str) -> str | None:
    try:
        if "T" in value and value[:4].isdigit():
            moment = datetime.datetime.fromisoformat(value)
        elif ":" in value:
            moment = parsedate_to_datetime(value)
        else:
            return None
    except (ValueError, TypeError, IndexError):
        return None
    return (moment.astimezone(datetime.UTC) if moment.tzinfo else moment).date().isoformat()


def _from_numbers(value: str) -> str | None:
    match = _ISO.search(value) or _HAN.search(value)
    return _date(int(match["y"]), int(match["m"]), int(match["d"])) if match else None


def _from_names(value: str) -> str | None:
    for pattern in (_KAZAKH, _DAY_MONTH, _MONTH_DAY):
        match = pattern.search(value)
        month = _month(match["month"]) if match else None
        if match and month:
            return _date(int(match["y"]), month, int(match["d"]))
    return None


def _month(name: str) -> int | None:
    start = name.lower()[:3]
    return next((number for number, names in enumerate(_MONTHS, 1) if start in names), None)


def _date(year: int, month: int, day: int) -> str | None:
    try:
        return datetime.date(year, month, day).isoformat()
    except ValueError:
        return None


def safe_url(value: str | None) -> str | None:
    """Return ``value`` if it is an absolute http or https URL without spaces or control characters, else None."""
    if not value:
        return None
    value = value.strip()
    if len(value) > 2000 or any(c.isspace() or not c.isprintable() or c in "<>\"'`\\" for c in value):
        return None
    try:
        parts = urlsplit(value)
    except ValueError:
        return None
    return value if parts.scheme in {"http", "https"} and parts.hostname else None


def host_of(url: str | None) -> str | None:
    """Return the host of a URL, without ``www.``; None if it has none."""
    if not url:
        return None
    host = urlsplit(url).hostname or ""
    return host.removeprefix("www.") or None
