"""Small pieces of text that read otherwise than they are written, for the readers of mark-up languages."""

from __future__ import annotations

from collections.abc import Iterable

from corpus.errors import Unreadable
from corpus.readers.base import Block, File, Piece, clean_blocks, decode_entities
from corpus.readers.extract import CELL_SEPARATOR, labelled_row

_OPENING = 4096


def opening(file: File) -> str:
    """Return the first characters of a file's text; none if it is no text."""
    try:
        return file.source[:_OPENING]
    except Unreadable:
        return ""


def unit(start: int, end: int, text: str) -> Piece:
    """Return ``text`` as what ``source[start:end]`` reads as, whatever it says there.

    A text as long as its source would be taken for the source's own characters; it stands for the place before them.
    """
    return Piece(start, start if len(text) == end - start else end, text)


def with_entities(pieces: Iterable[Piece]) -> list[Piece]:
    """Return the pieces with the HTML character references in them decoded, each as a unit."""
    return [part for piece in pieces for part in decode_entities(piece)]


def words_of(pieces: Iterable[Piece]) -> str:
    """Return the pieces' words on one line."""
    return clean_blocks([Block("paragraph", tuple(pieces))])


def code_blocks(source: str, lines: Iterable[tuple[int, int]]) -> list[Block]:
    """Return a block for each line of code that is not blank: letter for letter, and never joined with the next."""
    return [
        Block("paragraph", (Piece(start, end, source[start:end]),))
        for start, end in lines
        if not source[start:end].isspace() and start < end
    ]


def cells_row(cells: list[list[Piece]], header: list[str] | None = None) -> Block | None:
    """Return a row of a table made of its cells' pieces, each but the first after its label; None if all are empty.

    The cells must follow one another in the source.
    """
    pieces: list[Piece] = []
    for index, cell in enumerate(cells):
        words = words_of(cell)
        if not words:
            continue
        label = header[index] if header and index and index < len(header) else ""
        between = (CELL_SEPARATOR if pieces else "") + (f"{label}: " if label and label != words else "")
        if between:
            pieces.append(Piece(cell[0].start, cell[0].start, between))
        pieces.extend(_stripped(cell))
    return Block("row", tuple(pieces)) if pieces else None


def _stripped(cell: list[Piece]) -> list[Piece]:
    """Return a cell's pieces without the white space around its words, which the marks between cells stand for."""
    pieces = list(cell)
    while pieces and not pieces[0].text.strip():
        pieces.pop(0)
    while pieces and not pieces[-1].text.strip():
        pieces.pop()
    if pieces and len(pieces[0].text) == pieces[0].end - pieces[0].start:
        text = pieces[0].text.lstrip()
        pieces[0] = Piece(pieces[0].end - len(text), pieces[0].end, text)
    if pieces and len(pieces[-1].text) == pieces[-1].end - pieces[-1].start:
        text = pieces[-1].text.rstrip()
        pieces[-1] = Piece(pieces[-1].start, pieces[-1].start + len(text), text)
    return pieces


def mixed_row(start: int, end: int, cells: list[list[Piece]], header: list[str] | None = None) -> Block | None:
    """Return a row whose cells stand side by side on several lines, ``source[start:end]``, as one unit."""
    text = labelled_row([words_of(cell) for cell in cells], header)
    return Block("row", (unit(start, end, text),)) if text else None
