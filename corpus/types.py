"""The core types of the corpus package: documents, chunks and the map back to the source.

All positions count Unicode code points. ``start`` and ``end`` on a `Chunk` are positions in the reading
text; `SourceMap` leads from there to positions in the source: the decoded file, or for a format that is no text
(PDF, office files, mail) the text that its reader takes out of it, part after part.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of reading text and the run of source it came from.

    Equal lengths map position by position. Otherwise the run is one unit (an entity, a collapsed line
    break): any part of it maps to the whole source run.
    """

    reading: int
    source: int
    reading_length: int
    source_length: int

    @property
    def is_exact(self) -> bool:
        """Return whether it maps position by position."""
        return self.reading_length == self.source_length


@dataclass(frozen=True, slots=True)
class SourceMap:
    """Ordered, gapless segments covering the reading text from 0 to its length."""

    segments: tuple[Segment, ...]

    def source_span(self, start: int, end: int) -> tuple[int, int]:
        """Return the smallest source span of the reading text ``[start, end)``; ValueError unless the text has that."""
        if not 0 <= start < end <= self.reading_length:
            raise ValueError(f"no reading text at [{start}, {end}); it has {self.reading_length} characters")
        first = self._segment_at(start)
        last = self._segment_at(end - 1)
        source_start = first.source + (start - first.reading if first.is_exact else 0)
        source_end = last.source + (end - last.reading if last.is_exact else last.source_length)
        return source_start, source_end

    def reading_span(self, start: int, end: int) -> tuple[int, int] | None:
        """Return the reading text that was read from the source ``[start, end)``; None if no text was.

        The inverse of `source_span`. Text that stands for no source (a table's label before a cell) is in it only where
        it lies between words of the span. A unit of which the span holds a part is in it whole.
        """
        first = bisect_right(self.segments, start, key=lambda s: s.source + s.source_length)
        last = bisect_left(self.segments, end, key=lambda s: s.source) - 1
        while first <= last and not self.segments[first].source_length:
            first += 1
        while first <= last and not self.segments[last].source_length:
            last -= 1
        if start >= end or first > last:
            return None
        opening, closing = self.segments[first], self.segments[last]
        begin = opening.reading + (max(start - opening.source, 0) if opening.is_exact else 0)
        finish = closing.reading + closing.reading_length
        if closing.is_exact:
            finish = min(finish, closing.reading + end - closing.source)
        return begin, finish

    @property
    def reading_length(self) -> int:
        """Return the length of the reading text."""
        return self.segments[-1].reading + self.segments[-1].reading_length if self.segments else 0

    def _segment_at(self, position: int) -> Segment:
        return self.segments[bisect_right(self.segments, position, key=lambda s: s.reading) - 1]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading that stands in the reading text at ``[start, end)``."""

    start: int
    end: int
    level: int


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a file that a person can go to: a page, slide, sheet, message or member, by its name.

    It is the text ``[start, end)`` of the source. Where a part says about itself what differs from the file (the sender
    of a message, the address of an archived page), that stands here; ``published`` may hold a time.
    """

    name: str
    start: int
    end: int
    title: str | None = None
    url: str | None = None
    author: str | None = None
    published: str | None = None


def part_at(parts: Sequence[Part], position: int) -> Part | None:
    """Return the part that holds a position of the source; None in a file without parts."""
    index = bisect_right(parts, position, key=lambda part: part.start) - 1
    return parts[index] if index >= 0 and position < parts[index].end else None


@dataclass(frozen=True, slots=True)
class Address:
    """A place in a file: ``[start, end)`` of the text of a part, or of the source where ``part`` is None."""

    part: str | None
    start: int
    end: int

    def __str__(self) -> str:
        """Return the place for a sentence: "[3, 8)" or "[3, 8) of Sheet1"."""
        return f"[{self.start}, {self.end})" + (f" of {self.part}" if self.part else "")

    def in_source(self, parts: Sequence[Part]) -> tuple[int, int] | None:
        """Return the place as a span of the source; None if the file has no such place.

        In a file with parts, only what stands in none of them has an address without one.
        """
        if self.start < 0:
            return None
        if self.part is None:
            is_inside = any(part.start < self.end and self.start < part.end for part in parts)
            return None if is_inside else (self.start, self.end)
        part = next((part for part in parts if part.name == self.part), None)
        if part is None or part.start + self.end > part.end:
            return None
        return part.start + self.start, part.start + self.end


def address_of(parts: Sequence[Part], start: int, end: int) -> Address:
    """Return the address of the span ``[start, end)`` of the source."""
    part = part_at(parts, start)
    return Address(part.name, start - part.start, end - part.start) if part else Address(None, start, end)


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a file says about itself; None where it says nothing."""

    title: str | None = None
    url: str | None = None
    publisher: str | None = None
    author: str | None = None
    published: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """One source file as clean reading text, with the map from each of its characters to the source.

    ``path`` is absolute, ``sha256`` is of the file's bytes, ``published`` an ISO date, ``language`` a BCP 47
    tag, ``reader`` the name of the reader of this file. ``paragraphs`` are ``(start, end)`` spans
    of ``text``, in order, headings not among them.
    """

    id: str
    path: str
    sha256: str
    size: int
    encoding: str
    media_type: str
    reader: str
    title: str
    url: str | None
    publisher: str | None
    author: str | None
    published: str | None
    language: str
    text: str
    source_map: SourceMap
    headings: tuple[Heading, ...]
    paragraphs: tuple[tuple[int, int], ...]
    # The paragraphs, by number, that are cut at no sentence: the rows of tables.
    rows: tuple[int, ...] = ()
    # The paragraphs, by number, that are items of lists.
    items: tuple[int, ...] = ()
    parts: tuple[Part, ...] = ()

    def words_at(self, start: int, end: int) -> str:
        """Return the words read from the source ``[start, end)`` on one line; empty if none were."""
        span = self.source_map.reading_span(start, end)
        return self.text[slice(*span)].replace("\n\n", " ") if span else ""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A citable piece of a document: a sentence, a few very short ones, or a clause of a very long one.

    Invariants: ``text == document.text[start:end]``; ``document.words_at(source_start, source_end)`` is
    ``text``; ``paragraph_start <= start < end <= paragraph_end``. ``line`` is the 1-based line of the
    source file on which the chunk begins; ``tokens`` counts cl100k_base tokens. ``id`` is 0 until stored.
    """

    document_id: str
    position: int
    start: int
    end: int
    source_start: int
    source_end: int
    line: int
    language: str
    heading: str | None
    paragraph_start: int
    paragraph_end: int
    tokens: int
    text: str
    paragraph: str
    id: int = 0
    paragraph_id: int = 0
