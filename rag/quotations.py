"""The statements of an answer that quotes: chosen sentences (`rag.quoting`) with their sources and short answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from corpus.types import Chunk
from rag.composing import Stated, quoted
from rag.generation.extractive import choose_sentences
from rag.generation.planted import Planted
from rag.passages import Gathered, Sentence
from rag.quoting import Quotation, choose, items, quotation
from rag.reading import REACH
from rag.retrieval import SearchEngine
from rag.types import Focus, Hit
from rag.verification import reads_as

# Places around a sentence that are looked at for what it leans on and for the items of its list.
_REACH = max(REACH, 12)


class Quoting:
    """Makes statements of hits over one search engine."""

    def __init__(self, engine: SearchEngine, planted: Planted) -> None:
        self._engine = engine
        self._planted = planted

    def statements(self, hits: Sequence[Hit], gathered: Gathered, limit: int) -> Iterator[Stated]:
        """Yield the statements that up to ``limit`` hits make; where none was read, by how near they lie."""
        sentences = {s.chunk.id: s for passage in gathered.passages for s in passage.sentences}
        if not any(hit.read for hit in hits[:1]):
            yield from (quoted(sentences[hit.chunk.id]) for hit in choose_sentences(hits, limit))
            return
        chosen = choose(hits, limit)
        around = self._engine.around([hit.chunk for hit in chosen], _REACH)
        told: set[int] = set()
        for hit in chosen:
            if hit.chunk.id in told:
                continue
            sentence, near = sentences[hit.chunk.id], around[hit.chunk.document_id]
            yield self._whole(quotation(hit, near), sentence)
            listed = self._items(hit.chunk, near, sentence)
            yield from (quoted(item) for item in listed)
            told.update(item.chunk.id for item in listed)

    def _whole(self, made: Quotation, sentence: Sentence) -> Stated:
        """A quotation as a statement: widened where the file says just that, else the sentence alone."""
        path, wide = sentence.card.path, made.chunk
        if wide is not made.lead and not reads_as(path, wide.source_start, wide.source_end, wide.text):
            shift = made.lead.start - wide.start
            made = Quotation(made.lead, made.lead, (made.focus[0] - shift, made.focus[1] - shift))
        return quoted(Sentence(made.chunk, sentence.vector, sentence.card), self._focus(made, path))

    def _focus(self, made: Quotation, path: str) -> Focus | None:
        start, end = made.focus
        if not 0 <= start < end:
            return None
        words = made.chunk.text[start:end]
        place = self._engine.source_span(made.chunk, start, end)
        return Focus(*place, words) if reads_as(path, *place, words) else None

    def _items(self, lead: Chunk, around: Sequence[Chunk], sentence: Sentence) -> tuple[Sentence, ...]:
        found = items(lead, around)
        planted = self._planted.among(found) if found else frozenset()
        return self._engine.sentences_of([item for item in found if item.id not in planted], sentence.card)
