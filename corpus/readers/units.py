"""Small pieces of text that read otherwise than they are written, for the readers of mark-up languages."""

from __future__ import annotations

from collections.abc import Iterable

from corpus.errors import Unreadable
from corpus.readers.base import Block, File, Piece, clean_blocks, decode_entities
from corpus.readers.extract import cell_pieces, labelled_row

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
    words = [words_of(cell) for cell in cells]
    # A label that says no more than its cell is left out.
    labels = [label if label != said else None for label, said in zip(header or (), words, strict=False)]
    kept = [cell if said else [] for cell, said in zip(cells, words, strict=True)]
    pieces = cell_pieces(kept, labels)
    return Block("row", pieces) if pieces else None


def mixed_row(start: int, end: int, cells: list[list[Piece]], header: list[str] | None = None) -> Block | None:
    """Return a row whose cells stand side by side on several lines, ``source[start:end]``, as one unit."""
    text = labelled_row([words_of(cell) for cell in cells], header)
    return Block("row", (unit(start, end, text),)) if text else None
