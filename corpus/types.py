"""The core types of the corpus package: documents, chunks and the map back to the source.

All positions count Unicode code points. ``start`` and ``end`` on a `Chunk` are positions in the reading
text; `SourceMap` leads from there to positions in the decoded source file.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise


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

    def removed_within(self, start: int, end: int) -> list[int]:
        """Return the reading positions inside ``(start, end)`` just before which source text was left out."""
        first = max(bisect_right(self.segments, start, key=lambda s: s.reading) - 1, 0)
        last = bisect_right(self.segments, end - 1, key=lambda s: s.reading)
        return [
            after.reading
            for before, after in pairwise(self.segments[first:last])
            if after.reading > start and after.source > before.source + before.source_length
        ]

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
    tag, ``reader`` the name of the reader that cleans this file. ``paragraphs`` are ``(start, end)`` spans
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


@dataclass(frozen=True, slots=True)
class Chunk:
    """A citable piece of a document: a sentence, a few very short ones, or a clause of a very long one.

    Invariants: ``text == document.text[start:end]``; cleaning ``source[source_start:source_end]`` gives
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
