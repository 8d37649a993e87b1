"""The text of formats that are no text, built block by block with its parts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from corpus.readers.base import BLOCK_SEPARATOR, Block, BlockKind, Draft, LeftOut, Piece, assemble, plain_line
from corpus.types import Metadata, Part, part_at

CELL_SEPARATOR = " | "
_MAX_NAME = 200
_MAX_LINE = 500
_MAX_WARNINGS = 100


class Extract:
    """A builder of the text that a reader takes out of a file, and of the blocks and parts in it.

    Add what the file says in the order in which it is read. Positions in the text are the addresses of citations, so
    the same file must give the same text every time.
    """

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._length = 0
        self._blocks: list[Block] = []
        self._parts: list[Part] = []
        self._left_out: dict[str, int] = {}
        self._warnings: dict[str, None] = {}
        self._opened: tuple[str, int, dict[str, str | None]] | None = None
        self._names: set[str] = set()

    @property
    def is_empty(self) -> bool:
        """Return whether nothing was added yet."""
        return not self._blocks

    def part(
        self,
        name: str,
        *,
        title: str | None = None,
        url: str | None = None,
        author: str | None = None,
        published: str | None = None,
    ) -> None:
        """Begin a part, which ends the one before: a page, a slide, a sheet, a message.

        What the part says about itself is given where it differs from the file's own metadata.
        """
        self.end_part()
        shown = {"title": _shown(title), "url": url, "author": _shown(author), "published": published}
        self._opened = (self._own_name(plain_line(name, _MAX_NAME)), self._length, shown)

    def _own_name(self, name: str) -> str:
        """Return a name that no part before has: it is the part's address."""
        unique, number = name, 1
        while unique in self._names:
            number += 1
            unique = f"{name} ({number})"
        self._names.add(unique)
        return unique

    def end_part(self) -> None:
        """End the part that is open, if one is: what follows stands in no part."""
        if self._opened:
            name, start, about = self._opened
            self._parts.append(Part(name, min(start + self._gap(start), self._length), self._length, **about))
            self._opened = None

    def _gap(self, start: int) -> int:
        return len(BLOCK_SEPARATOR) if start else 0

    def heading(self, text: str, level: int = 2) -> None:
        """Add a heading, of level 1 to 6."""
        self.block("heading", text, level)

    def paragraph(self, text: str) -> None:
        """Add a paragraph; line breaks in it become spaces, or nothing between Chinese characters."""
        self.block("paragraph", text)

    def item(self, text: str) -> None:
        """Add an item of a list, without its bullet."""
        self.block("item", text)

    def row(self, cells: Sequence[str], header: Sequence[str] | None = None) -> None:
        """Add a row of a table, each cell but the first with the label that ``header`` has for it.

        Empty cells are left out. The header itself is added as a row without ``header``.
        """
        self.block("row", labelled_row(cells, header))

    def block(self, kind: BlockKind, text: str, level: int = 0) -> None:
        """Add a block of a kind that is known only when the file is read; nothing if it has no words."""
        text = text.strip()
        if not text:
            return
        if self._length:
            self._texts.append(BLOCK_SEPARATOR)
            self._length += len(BLOCK_SEPARATOR)
        self._texts.append(text)
        self._blocks.append(Block(kind, (Piece(self._length, self._length + len(text), text),), level))
        self._length += len(text)

    def include(self, draft: Draft, member: str | None = None) -> None:
        """Add everything that another reader read of a file that stands in this one.

        With the name of a ``member``, each part of that file becomes a part here ("report.pdf/3"); what stands in no
        part of it stays in the part that is open. Without, its parts are not kept.
        """
        opened = self._opened
        inside: Part | None = None
        for block in draft.blocks:
            at = part_at(draft.parts, block.pieces[0].start) if member and block.pieces else inside
            if member and at is not inside:
                inside = at
                self._enter(member, at, opened)
            self.block(block.kind, assemble([block]).text, block.level)
        self.leave_out_all(draft.left_out)
        for warning in draft.warnings:
            self.warn(f"{member}: {warning}" if member else warning)

    def _enter(self, member: str, part: Part | None, opened: tuple[str, int, dict[str, str | None]] | None) -> None:
        """Begin a part for the part of a member, which says of itself what the member says where it is silent."""
        name, about = f"{member}/{part.name}" if part else member, dict(opened[2]) if opened else {}
        if part:
            own = {"title": part.title, "url": part.url, "author": part.author, "published": part.published}
            about |= {key: value for key, value in own.items() if value}
        self.part(name, **about)

    def leave_out(self, what: str, characters: int) -> None:
        """Report a piece that is not in the text; pieces of the same kind are added up."""
        self._left_out[what] = self._left_out.get(what, 0) + characters

    def leave_out_all(self, pieces: Iterable[LeftOut]) -> None:
        """Report pieces that another reader left out."""
        for piece in pieces:
            self.leave_out(piece.what, piece.characters)

    def warn(self, sentence: str) -> None:
        """Report something that a person should know who reads this text."""
        self._warnings[sentence] = None

    def draft(self, metadata: Metadata | None = None) -> Draft:
        """Return what was built."""
        self.end_part()
        return Draft(
            tuple(self._blocks),
            metadata or Metadata(),
            source="".join(self._texts),
            parts=tuple(part for part in self._parts if part.end > part.start),
            left_out=tuple(LeftOut(what, count) for what, count in self._left_out.items()),
            warnings=self._told(),
        )

    def _told(self) -> tuple[str, ...]:
        """Return the warnings, of very many the first."""
        told = tuple(self._warnings)
        more = len(told) - _MAX_WARNINGS
        return (*told[:_MAX_WARNINGS], f"{more} more of this sort") if more > 0 else told


def _shown(text: str | None) -> str | None:
    """Return what a part says about itself on one line, fit to be shown."""
    return plain_line(text, _MAX_LINE) or None if text else None


def labelled_row(cells: Sequence[str], header: Sequence[str] | None = None) -> str:
    """Return a row on one line: "Heron | Home port: Moss Point | Passengers: 410"; empty cells are left out."""
    said = []
    for index, cell in enumerate(cells):
        words = " ".join(cell.split())
        label = " ".join(header[index].split()) if header and index and index < len(header) else ""
        if words:
            said.append(f"{label}: {words}" if label and label != words else words)
    return CELL_SEPARATOR.join(said)


def row_pieces(source: str, cells: Sequence[tuple[int, int]], header: Sequence[str] | None = None) -> tuple[Piece, ...]:
    """Return the pieces of a table row that stands in a text, its cells being spans of ``source``.

    The labels and the marks between cells stand for no source: they are in the reading text only.
    """
    return cell_pieces([(Piece(start, end, source[start:end]),) for start, end in cells], header)


def cell_pieces(cells: Sequence[Sequence[Piece]], header: Sequence[str | None] | None = None) -> tuple[Piece, ...]:
    """Return the pieces of a table row whose cells are pieces of a text; as `row_pieces`."""
    return labelled_pieces(cells, [None, *header[1:]] if header else [])


def labelled_pieces(cells: Sequence[Sequence[Piece]], labels: Sequence[str | None]) -> tuple[Piece, ...]:
    """Return the pieces of a row whose cells are made of pieces, each cell with its label if it has one."""
    pieces: list[Piece] = []
    for index, cell in enumerate(cells):
        words = stripped(cell)
        if not words:
            continue
        label = " ".join((labels[index] or "").split()) if index < len(labels) else ""
        between = (CELL_SEPARATOR if pieces else "") + (f"{label}: " if label else "")
        if between:
            pieces.append(Piece(words[0].start, words[0].start, between))
        pieces.extend(words)
    return tuple(pieces)


def stripped(pieces: Sequence[Piece]) -> list[Piece]:
    """Return pieces without the white space before the first word and after the last."""
    kept = list(pieces)
    while kept and not kept[0].text.strip():
        del kept[0]
    while kept and not kept[-1].text.strip():
        del kept[-1]
    if kept and _is_exact(kept[0]):
        first, text = kept[0], kept[0].text.lstrip()
        kept[0] = Piece(first.end - len(text), first.end, text)
    if kept and _is_exact(kept[-1]):
        last, text = kept[-1], kept[-1].text.rstrip()
        kept[-1] = Piece(last.start, last.start + len(text), text)
    return kept


def _is_exact(piece: Piece) -> bool:
    return len(piece.text) == piece.end - piece.start
