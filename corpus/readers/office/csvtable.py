"""The reader of separated values: cells with their places in the text, whatever separates them."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from corpus.readers.base import Block, Draft, File, Piece, first_text
from corpus.readers.extract import labelled_pieces, stripped
from corpus.readers.tables import lay_out
from corpus.types import Metadata

_SEPARATORS = ",;\t|"
_SAMPLE = 50_000
_SAMPLE_ROWS = 200
_MAX_QUOTED = 1_000_000
_TOLD = re.compile(r"[ \t]*\"?sep=(?P<separator>[^\r\n\"])\"?[ \t]*(?:\r\n|\r|\n)", re.IGNORECASE)
_NO_TABLE = re.compile(r"\s*(?:<(?:!doctype|html|\?xml|table)|\{\\rtf|%PDF-)", re.IGNORECASE)
_DOUBLED = re.compile(r"\"\"")
_BACKSLASHED = re.compile(r"\"\"|\\[\"\\]")
# What older programs save under a spreadsheet's name although it is text.
_BORROWED = frozenset({".xls", ".xlsx"})


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: the span of its words in the source, and whether quotation marks stood around them."""

    start: int
    end: int
    is_quoted: bool = False


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a table is written: what separates its cells, and whether a backslash escapes a quotation mark."""

    separator: str
    has_backslashes: bool = False

    @property
    def pattern(self) -> re.Pattern[str]:
        """Return the pattern of one cell and what ends it."""
        separator = re.escape(self.separator)
        inner = r"(?:[^\"\\]|\\.|\"\")" if self.has_backslashes else r"(?:[^\"]|\"\")"
        blank = "[ ]*+" if self.separator == "\t" else r"[ \t]*+"
        return re.compile(
            rf"(?:{blank}\"(?P<quoted>{inner}{{0,{_MAX_QUOTED}}}+)\"{blank}(?=[\r\n]|{separator}|\Z)"
            rf"|(?P<bare>[^\r\n{separator}]*+))(?P<close>{separator}|\r\n|\r|\n|\Z)",
            re.DOTALL,
        )


class CsvReader:
    """The reader of comma-separated and tab-separated values."""

    name = "csv"
    media_type = "text/csv"
    suffixes = frozenset({".csv", ".tsv", ".tab", ".psv"})
    is_quick = True

    def matches(self, file: File) -> bool:
        """Return whether the file's name says that it is a table in text, and its first bytes nothing else."""
        if file.suffix in _BORROWED:
            return _is_plain(file.head) and not _NO_TABLE.match(file.head.decode("latin-1"))
        head = file.head.removeprefix(b"\xef\xbb\xbf").decode("latin-1")
        return file.suffix in self.suffixes and not head.startswith("PK\x03\x04") and not _NO_TABLE.match(head)

    def read(self, file: File) -> Draft:
        """Return the draft of a table: a row a block, each cell under its column's name where a header gives it."""
        source = file.source
        dialect, start = choose_dialect(source)
        rows = list(scan_rows(source, dialect, start))
        texts = [[_text(source, cell) for cell in row] for row in rows]
        blocks = []
        for line in lay_out(texts):
            cells = [_pieces(source, cell, dialect) for cell in rows[line.index]]
            labels = [None, *line.labels[1:]] if line.labels else []
            if line.kind == "row":
                blocks.append(Block("row", labelled_pieces(cells, labels)))
            else:
                words = next(words for cell in cells if (words := stripped(cell)))
                blocks.append(Block(line.kind, tuple(words), 1 if line.kind == "heading" and not blocks else 2))
        title = first_text(blocks[:1], lambda block: block.kind == "heading")
        return Draft(tuple(blocks), Metadata(title=title))


def _is_plain(head: bytes) -> bool:
    return bool(head) and not any(byte < 9 or 13 < byte < 32 for byte in head) and b"\t" in head


def _text(source: str, cell: Cell) -> str:
    return source[cell.start : cell.end]


def choose_dialect(source: str) -> tuple[Dialect, int]:
    """Return how a table is written and where it begins: as its first line tells, or as it comes out most regular."""
    escapes = len(re.findall(r"\\\"(?!\s*(?:[,;\t|\r\n]|\Z))", source[:_SAMPLE]))
    has_backslashes = escapes > len(re.findall(r"[^,;\t|\r\n]\"\"[^,;\t|\r\n]", source[:_SAMPLE]))
    if told := _TOLD.match(source):
        return Dialect(told["separator"], has_backslashes), told.end()
    dialects = [Dialect(separator, has_backslashes) for separator in _SEPARATORS]
    return max(dialects, key=lambda dialect: _regularity(source, dialect)), 0


def _regularity(source: str, dialect: Dialect) -> float:
    """Return how many cells a row has, weighed by how many rows agree on it."""
    widths: Counter[int] = Counter()
    for number, row in enumerate(scan_rows(source[:_SAMPLE], dialect, 0)):
        if number >= _SAMPLE_ROWS:
            break
        if len(row) > 1 or source[row[0].start : row[0].end].strip():
            widths[len(row)] += 1
    several = {width: count for width, count in widths.items() if width > 1}
    if not several:
        return 0.0
    width = max(several, key=lambda w: (several[w], w))
    share = several[width] / widths.total()
    return float(share * share * math.sqrt(min(width, 10)))


def scan_rows(source: str, dialect: Dialect, start: int) -> Iterator[list[Cell]]:
    """Yield the rows of a table; a line break in a quoted cell ends no row, and a lone quotation mark is a word's."""
    pattern = dialect.pattern
    row: list[Cell] = []
    position = start
    while position < len(source):
        match = pattern.match(source, position)
        if match is None:  # the pattern accepts anything, this is for the types only
            break
        name = "bare" if match["quoted"] is None else "quoted"
        row.append(Cell(match.start(name), match.end(name), name == "quoted"))
        position = match.end()
        if match["close"] != dialect.separator:
            yield row
            row = []
    if row:
        yield row


def _pieces(source: str, cell: Cell, dialect: Dialect) -> Sequence[Piece]:
    """Return the pieces of a cell, each escaped quotation mark as one unit."""
    if not cell.is_quoted:
        return (Piece(cell.start, cell.end, source[cell.start : cell.end]),)
    escape = _BACKSLASHED if dialect.has_backslashes else _DOUBLED
    pieces = []
    position = cell.start
    for match in escape.finditer(source, cell.start, cell.end):
        pieces.append(Piece(position, match.start(), source[position : match.start()]))
        pieces.append(Piece(match.start(), match.end(), match.group()[1]))
        position = match.end()
    pieces.append(Piece(position, cell.end, source[position : cell.end]))
    return [piece for piece in pieces if piece.end > piece.start]
