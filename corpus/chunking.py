"""Documents to chunks: sentences, very short ones joined, very long ones cut at a clause.

A sentence is what is found and cited, its paragraph is what it means, so each chunk knows its paragraph and
never crosses it. Paragraphs longer than an encoder reads are parted at sentence ends. Every chunk is checked:
cleaning its slice of the source on its own must give its text, or it is cut where source was left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from corpus.language import detect_language
from corpus.readers.lines import line_number
from corpus.sentences import split_sentences
from corpus.tokens import count_tokens
from corpus.types import Chunk, Document, Heading

Span = tuple[int, int]
Clean = Callable[[str], str]

_CLAUSE = re.compile(r"(?<=[;；:：])\s*|(?<=[，、])|(?<=,)\s+|\s+(?=[—–]\s)|(?<=[)）」”»])")
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class ChunkSizes:
    """Sizes in cl100k_base tokens."""

    shortest: int = 12
    longest: int = 280
    longest_paragraph: int = 600


def chunk_document(document: Document, source: str, clean: Clean, sizes: ChunkSizes | None = None) -> list[Chunk]:
    """The chunks of a document in order; ``clean`` gives the words of a slice of ``source``."""
    sizes = sizes or ChunkSizes()
    chunks: list[Chunk] = []
    spans = document.paragraphs or tuple((h.start, h.end) for h in document.headings)
    for paragraph in spans:
        language = detect_language(document.text[slice(*paragraph)], document.language)
        pieces = list(_pieces(document.text, paragraph, language, sizes))
        for context in _contexts(document.text, pieces, sizes.longest_paragraph):
            for span in (span for piece in context for span in _addressable(document, source, clean, piece)):
                chunk = _chunk(document, source, span, (context[0][0], context[-1][1]), language, len(chunks))
                chunks.append(chunk)
    return chunks


def _pieces(text: str, paragraph: Span, language: str, sizes: ChunkSizes) -> Iterator[Span]:
    offset = paragraph[0]
    sentences = [(offset + a, offset + b) for a, b in split_sentences(text[slice(*paragraph)], language)]
    for start, end in _join_short(text, sentences, sizes.shortest):
        yield from _cut_long(text, start, end, sizes.longest)


def _join_short(text: str, sentences: list[Span], shortest: int) -> list[Span]:
    """Join a very short sentence to the one before it, or the first to the one after."""
    joined: list[Span] = []
    for start, end in sentences:
        is_short = count_tokens(text[start:end]) < shortest
        follows_short = bool(joined) and count_tokens(text[slice(*joined[-1])]) < shortest
        if joined and (is_short or follows_short):
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def _cut_long(text: str, start: int, end: int, longest: int) -> Iterator[Span]:
    """Halve at the clause end nearest to the middle, else at white space, else anywhere, until short enough."""
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
        cut = middle
    yield from _cut_long(text, *_trim(text, start, cut), longest)
    yield from _cut_long(text, *_trim(text, cut, end), longest)


def _trim(text: str, start: int, end: int) -> Span:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _contexts(text: str, pieces: list[Span], longest: int) -> Iterator[list[Span]]:
    """Group the pieces of a paragraph into stretches an encoder can read whole."""
    group: list[Span] = []
    size = 0
    for piece in pieces:
        tokens = count_tokens(text[slice(*piece)])
        if group and size + tokens > longest:
            yield group
            group, size = [], 0
        group.append(piece)
        size += tokens
    if group:
        yield group


def _addressable(document: Document, source: str, clean: Clean, span: Span) -> list[Span]:
    """The span, or its parts between left-out source where the whole would not clean to its words."""
    if _holds(document, source, clean, span):
        return [span]
    cuts = [span[0], *document.source_map.removed_within(*span), span[1]]
    parts = [_trim(document.text, a, b) for a, b in zip(cuts, cuts[1:], strict=False)]
    return [part for part in parts if part[0] < part[1] and _holds(document, source, clean, part)]


def _holds(document: Document, source: str, clean: Clean, span: Span) -> bool:
    start, end = document.source_map.source_span(*span)
    return clean(source[start:end]) == document.text[slice(*span)]


def _chunk(document: Document, source: str, span: Span, paragraph: Span, language: str, position: int) -> Chunk:
    start, end = span
    text = document.text[start:end]
    source_start, source_end = document.source_map.source_span(start, end)
    heading = _heading_before(document.headings, start)
    return Chunk(
        document_id=document.id,
        position=position,
        start=start,
        end=end,
        source_start=source_start,
        source_end=source_end,
        line=line_number(source, source_start),
        language=detect_language(text, language),
        heading=document.text[heading.start : heading.end] if heading else None,
        paragraph_start=paragraph[0],
        paragraph_end=paragraph[1],
        tokens=count_tokens(text),
        text=text,
        paragraph=document.text[slice(*paragraph)],
    )


def _heading_before(headings: tuple[Heading, ...], position: int) -> Heading | None:
    return next((h for h in reversed(headings) if h.end <= position), None)
