"""What readers share: files, pieces of text with their places in the source, dates, addresses."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePath
from typing import Literal, Protocol

from corpus.decoding import Decoded, decode_with_warnings
from corpus.readers.frontmatter import split_front_matter
from corpus.types import Heading, Metadata, Part, Segment, SourceMap

BlockKind = Literal["heading", "paragraph", "item", "row"]

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
CJK = re.compile(
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
    """A paragraph, heading, list item or table row made of pieces in source order."""

    kind: BlockKind
    pieces: tuple[Piece, ...]
    level: int = 0


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What a reader left out of a file: why, in a few words, and how many characters of the source it had."""

    what: str
    characters: int


@dataclass(frozen=True, slots=True)
class Draft:
    """What a reader makes of a file: its blocks and what it says about itself.

    ``source`` is the text in which the blocks' positions count, where it is not the decoded file; ``parts`` are spans
    of it, in order and apart from each other.
    """

    blocks: tuple[Block, ...]
    metadata: Metadata = field(default_factory=Metadata)
    source: str | None = None
    parts: tuple[Part, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(slots=True)
class Allowance:
    """How many files, and bytes in them, may still be taken out of one file, however they stand in one another."""

    files: int = 2000
    total: int = 100_000_000

    @property
    def is_spent(self) -> bool:
        """Return whether nothing more may be taken out."""
        return self.files <= 0 or self.total <= 0

    def spend(self, size: int) -> bool:
        """Count a file of that many bytes, and return whether it may still be taken out."""
        self.files -= 1
        self.total -= size
        return self.files >= 0 and self.total >= 0


class File:
    """A file to be read: its name, and its bytes, which are decoded when a reader of text asks for their text."""

    def __init__(
        self,
        name: str,
        data: bytes,
        *,
        depth: int = 0,
        allowance: Allowance | None = None,
        alive: Callable[[], None] | None = None,
        readers: Sequence[Reader] = (),
    ) -> None:
        self.name = name
        self.data = data
        # Those that read the files that stand in this one.
        self.readers = readers
        # Called by a reader that takes long, as it gets on: one that shows no progress is taken to hang.
        self.alive = alive or (lambda: None)
        # How many files this one stands in: a mail's attachment in a ZIP file in a ZIP file has 2.
        self.depth = depth
        # Shared by all files that stand in one: many small archives in an archive count together.
        self.allowance = allowance or Allowance()

    def can_read(self, name: str) -> bool:
        """Return whether some reader takes a member with the suffix of this name."""
        suffix = PurePath(name).suffix.lower()
        return any(suffix in reader.suffixes for reader in self.readers)

    def member(self, name: str, data: bytes) -> File:
        """Return a file that stands in this one."""
        return File(name, data, depth=self.depth + 1, allowance=self.allowance, alive=self.alive, readers=self.readers)

    @property
    def suffix(self) -> str:
        """Return the name's last suffix, lowercased, with its dot; empty if it has none."""
        return PurePath(self.name).suffix.lower()

    @cached_property
    def head(self) -> bytes:
        """Return the first bytes of the file."""
        return self.data[:4096]

    @cached_property
    def decoded(self) -> Decoded:
        """Return the text of the file, its encoding and warnings; raise `Unreadable` if it is no text."""
        return decode_with_warnings(self.data)

    @property
    def source(self) -> str:
        """Return the text of the file; raise `Unreadable` if it is no text."""
        return self.decoded.text

    @cached_property
    def front(self) -> tuple[Metadata, int]:
        """Return the metadata in the front matter of the text, and the position after it (0 if there is none)."""
        return split_front_matter(self.source)

    @property
    def start(self) -> int:
        """Return the position after the front matter of the text."""
        return self.front[1]

    @cached_property
    def body(self) -> str:
        """Return the text after its front matter."""
        return self.source[self.start :]


class Reader(Protocol):
    """The reader of one format.

    ``name`` is short and stable: it is stored with each document. ``is_quick`` is False where reading a file again
    takes so long that an answer does not wait for it; then its citations are checked by the file's hash alone, and word
    for word by `dalil verify`.
    """

    name: str
    media_type: str
    suffixes: frozenset[str]
    is_quick: bool

    def matches(self, file: File) -> bool:
        """Return whether the file is of this format, by its first bytes or its text before its name."""

    def read(self, file: File) -> Draft:
        """Return the draft of a file; raise `Unreadable` with the reason if nothing can be read of it."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Assembled reading text with its map, headings and paragraph spans; rows and items are numbers of paragraphs."""

    text: str
    source_map: SourceMap
    headings: tuple[Heading, ...]
    paragraphs: tuple[tuple[int, int], ...]
    rows: tuple[int, ...] = ()
    items: tuple[int, ...] = ()


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
        if CJK.match(before[-1]) and CJK.match(after[0]):
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
    numbers: dict[str, list[int]] = {"row": [], "item": []}
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
            if block.kind in numbers:
                numbers[block.kind].append(len(paragraphs))
            paragraphs.append((begin, out.length))
    segments = SourceMap(tuple(out.segments))
    rows, items = tuple(numbers["row"]), tuple(numbers["item"])
    return Reading("".join(out.parts), segments, tuple(headings), tuple(paragraphs), rows, items)


def clean_blocks(blocks: Sequence[Block]) -> str:
    """Return the words of blocks on one line."""
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
