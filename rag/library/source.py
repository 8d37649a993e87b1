"""A document as a reader sees it: its text in paragraphs, the cited words marked, and what is known of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

from corpus.types import Address, Chunk, Document, Part
from rag.errors import as_dalil_errors
from rag.search.collection import Collection

# Paragraphs shown before and after the one that is cited; a long document is shown in parts.
AROUND = 30
# How many last parts of a path are shown: enough to tell files apart, but no more of the machine's folders.
_SHOWN_PARTS = 2


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text; ``numbers`` are those of the citations that quote it."""

    text: str
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, a heading or a table's row; ``level`` is 0 for all but headings."""

    level: int
    pieces: tuple[Piece, ...]
    is_row: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """A document opened at a place. ``before`` and ``after`` count the blocks left out on either side.

    ``state`` is ``whole``, or ``gone`` where the collection does not hold that version of the document; then there are
    no blocks.
    """

    document_id: str
    title: str
    publisher: str | None
    author: str | None
    published: str | None
    language: str
    url: str | None
    path: str
    state: Literal["whole", "gone"]
    blocks: tuple[Block, ...] = ()
    before: int = 0
    after: int = 0


def open_source(
    collection: Collection,
    document_id: str,
    cited: Sequence[Mapping[str, Any]] = (),
    *,
    at: Mapping[str, Any] | None = None,
    around: int = AROUND,
) -> Source | None:
    """Return a document of the collection with the words of ``cited`` marked, opened at the place ``at``.

    ``cited`` are citations in the form that answers have, of any documents; those of this one are marked. ``at`` is a
    citation, or anything with ``start``, ``end`` and a ``part`` as one has them. ``around`` blocks are returned on
    either side of the place. None where the collection does not hold the document.
    """
    found = look_up(collection, document_id)
    return source_of(*found, cited, at=at, around=around) if found else None


def look_up(collection: Collection, document_id: str) -> tuple[Document, list[Chunk]] | None:
    """Return a document with its chunks, of the same state of the store; None where the collection does not hold it."""
    with as_dalil_errors(), collection.store.transaction(write=False):
        document = collection.store.document(document_id)
        chunks = collection.store.chunks_of([document_id]).get(document_id, [])
    return (document, chunks) if document else None


def in_source(place: Mapping[str, Any], parts: Sequence[Part]) -> tuple[int, int] | None:
    """Return the span of the source at which a citation stands; None if the file has no such place."""
    start = place["start"]
    return Address(place.get("part"), start, place.get("end", start + 1)).in_source(parts)


def touched(chunks: Sequence[Chunk], start: int, end: int) -> list[Chunk]:
    """Return the chunks that overlap the source positions ``[start, end)``."""
    return [chunk for chunk in chunks if chunk.source_start < end and chunk.source_end > start]


def source_of(
    document: Document,
    chunks: Sequence[Chunk],
    cited: Sequence[Mapping[str, Any]] = (),
    *,
    at: Mapping[str, Any] | None = None,
    around: int = AROUND,
) -> Source:
    """Return the same as `open_source`, for a document that was looked up already."""
    marks = list(_marks(cited, document, chunks))
    spans = _spans(document)
    rows = {document.paragraphs[number] for number in document.rows}
    opened = in_source(at, document.parts) if at else None
    place = next((c.start for c in chunks if opened and c.source_end > opened[0]), 0)
    middle = next((n for n, (_, end, _) in enumerate(spans) if end > place), 0)
    first, last = max(0, middle - around), min(len(spans), middle + around + 1)
    return Source(
        document.id, document.title, document.publisher, document.author, document.published, document.language,
        document.url, document.path, "whole",
        tuple(
            Block(level, _pieces(document.text, start, end, marks), (start, end) in rows)
            for start, end, level in spans[first:last]
        ),
        first, len(spans) - last,
    )  # fmt: skip


def gone(citation: Mapping[str, Any]) -> Source:
    """Return the source of a citation as the answer describes it, where the collection no longer holds the document."""
    return Source(
        str(citation["document_id"]), str(citation.get("title") or shown_path(citation["path"])), None, None,
        citation.get("published"), str(citation["language"]), citation.get("url"), str(citation["path"]), "gone",
    )  # fmt: skip


def shown_path(path: str) -> str:
    """Return the last two parts of a path, which may be shown."""
    parts = Path(path).parts
    return "/".join(parts[-_SHOWN_PARTS:]).lstrip("/")


def place_shown(path: str, part: str | None, line: int | None) -> str:
    """Return where words stand, for a reader: "reports/water.pdf › 3" or "notes/water.txt:12"."""
    if part:
        return f"{shown_path(path)} › {part}"
    return shown_path(path) + (f":{line}" if line else "")


def is_web_address(url: str | None) -> bool:
    """Return whether an address may become a link: only `http` and `https` may."""
    return bool(url) and str(url).lower().startswith(("http://", "https://"))


def _marks(
    cited: Sequence[Mapping[str, Any]], document: Document, chunks: Sequence[Chunk]
) -> Iterator[tuple[int, int, int]]:
    """Yield start and end in the reading text, and the number, of every citation of the document."""
    for citation in cited:
        if citation["document_id"] != document.id:
            continue
        span = in_source(citation, document.parts)
        if span and (within := touched(chunks, *span)):
            yield within[0].start, within[-1].end, int(citation.get("number") or 0)


def _spans(document: Document) -> list[tuple[int, int, int]]:
    """Return start, end and level of every paragraph and heading, in order."""
    headings = [(heading.start, heading.end, heading.level) for heading in document.headings]
    return sorted([*headings, *((start, end, 0) for start, end in document.paragraphs)])


def _pieces(text: str, start: int, end: int, marks: Sequence[tuple[int, int, int]]) -> tuple[Piece, ...]:
    """Return the text of a span, cut wherever a mark begins or ends."""
    cuts = sorted({start, end, *(p for first, last, _ in marks for p in (first, last) if start < p < end)})
    return tuple(
        Piece(text[a:b], tuple(number for first, last, number in marks if first <= a and b <= last))
        for a, b in pairwise(cuts)
    )
