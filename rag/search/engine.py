"""Question to ranked hits: words and vectors, ranked and grouped (`rag.search.ranking`), then read.

Text and vectors are read in one view of the store, so an update under way never mixes two generations.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document as LangChainDocument
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from corpus.fulltext import is_one_quotation
from corpus.language import detect_language
from corpus.store import DocumentCard, Store
from corpus.types import Chunk, address_of
from embeddings import Alignment, Encoder, Reader, load_reader
from rag.answer import Hit, Read, Twin
from rag.errors import CollectionError, WrongUse, as_dalil_errors
from rag.logistic import as_probability
from rag.search.alignments import alignment_of
from rag.search.collection import Collection as StoredCollection
from rag.search.filters import Filters
from rag.search.passages import Gathered, Sentence, nearest, passages_of, sentences_of
from rag.search.ranking import Pool, Ranking, Rows, Words, group_twins, rank
from rag.search.reading import MOST_READ, REACH, read, windows
from rag.search.rows import set_back
from rag.settings import Settings

Vector = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Found:
    """What was found for a question in one generation; ``allowed`` are the rows that were searched, None for all.

    ``query`` is the question's vector, aligned as the pool's are. ``reads`` has the reader's judgement of chunks, by
    id; ``reading_ms`` is how many milliseconds the reader took.
    """

    pool: Pool
    ranking: Ranking
    allowed: Rows | None
    query: Vector
    reads: Mapping[int, Read] = field(default_factory=dict)
    reading_ms: float = 0.0


class SearchEngine:
    """Finds chunks for questions; refreshes itself when the collection's generation changes. Thread-safe."""

    def __init__(
        self, collection: StoredCollection, encoder: Encoder, settings: Settings, reader: Reader | None = None
    ) -> None:
        """Search ``collection``; what is found is read by ``reader``, by default the settings' own."""
        self.collection = collection
        self.encoder = encoder
        self.settings = settings
        self._pool: Pool | None = None
        self._lock = threading.Lock()
        self._reader = reader

    def with_settings(self, **changes: float | str) -> SearchEngine:
        """Return the same search with other settings, over what is in memory already."""
        settings = self.settings.model_copy(update=changes)
        reader = None if "reader" in changes else self._reader
        changed = SearchEngine(self.collection, self.encoder, settings, reader)
        changed._pool = self.pool()
        return changed

    def with_pool(self, pool: Pool) -> SearchEngine:
        """Return the same search over other vectors of the collection's chunks."""
        changed = SearchEngine(self.collection, self.encoder, self.settings, self._reader)
        changed._pool = pool
        return changed

    def with_reader(self, reader: Reader) -> SearchEngine:
        """Return the same search with another reader."""
        changed = SearchEngine(self.collection, self.encoder, self.settings, reader)
        changed._pool = self.pool()
        return changed

    @property
    def reader(self) -> Reader | None:
        """Return the model that reads the passages found, loaded when first needed; None if the settings name none.

        Raises `ModelUnavailable` where it cannot be loaded.
        """
        return self._reader or _loaded(self.settings.reader, self.settings.cache)

    def search(self, question: str, k: int, filters: Filters | None = None) -> list[Hit]:
        """Return up to ``k`` hits, best first.

        Raises `WrongUse` for a question that is empty or too long, or ``k`` below 1.
        """
        question = self.checked(question)
        if k < 1:
            raise WrongUse(f"{k} hits cannot be shown; ask for 1 or more")
        with as_dalil_errors():
            return self.search_encoded(question, self.encoder.encode_queries([question])[0], k, filters)[0]

    def gather(
        self, question: str, k: int, considered: int, filters: Filters | None = None, asked: str | None = None
    ) -> Gathered:
        """Return up to ``k`` hits, best first, and the paragraphs of the first ``considered``.

        Both come from one view of the store. ``asked`` is what passages are read for, where that is not the whole
        ``question`` that is searched.
        """
        question = self.checked(question)
        with as_dalil_errors():
            query = self.encoder.encode_queries([question])[0]
        with self.view() as store:
            found = self.find(question, query, filters, asked=asked)
            hits = self._hits(found, k)
            passages = passages_of(hits[:considered], store, found.pool)
        return Gathered(tuple(hits), passages, found.pool.alignment is not None, found.reading_ms)

    @contextmanager
    def view(self) -> Iterator[Store]:
        """Open one unchanging view of the store; what the rooms below raise in it becomes a `DalilError`."""
        with as_dalil_errors(), self.collection.store.transaction(write=False):
            yield self.collection.store

    def chunks_of(self, document_ids: Collection[str]) -> dict[str, list[Chunk]]:
        """Return every chunk of the documents, in order, by document id."""
        with self.view() as store:
            return store.chunks_of(document_ids)

    def around(self, chunks: Sequence[Chunk], reach: int) -> dict[str, list[Chunk]]:
        """Return the chunks within ``reach`` places of ``chunks`` in their documents, by document id and in order."""
        with self.view() as store:
            return store.around(chunks, reach)

    def source_span(self, chunk: Chunk, start: int, end: int) -> tuple[int, int]:
        """Return where ``[start, end)`` of a chunk's text stands in its source file, as (start, end)."""
        with self.view() as store:
            document = store.document(chunk.document_id)
            if document is None:
                raise store.damaged(f"document {chunk.document_id} is missing")
            return document.source_map.source_span(chunk.start + start, chunk.start + end)

    def sentences_of(self, chunks: Sequence[Chunk], card: DocumentCard) -> tuple[Sentence, ...]:
        """Return chunks of one document with their vectors."""
        with self.view():
            return sentences_of(chunks, card, self.pool())

    def nearest(self, vectors: Vector, k: int, filters: Filters | None = None) -> list[list[Sentence]]:
        """Return, for each row of ``vectors``, shape (n, dimension), the ``k`` nearest sentences ``filters`` admit."""
        with self.view() as store:
            pool = self.pool()
            return nearest(vectors, k, store, pool, self._allowed(filters, pool) if filters else None)

    def search_encoded(
        self, question: str, query: Vector, k: int, filters: Filters | None = None, rows: Rows | None = None
    ) -> tuple[list[Hit], bool]:
        """Return the hits of a question whose vector, shape (dimension,), is known, and whether vectors are aligned.

        ``rows`` of the pool are searched, by default all.
        """
        with self.collection.store.transaction(write=False):
            found = self.find(question, query, filters, rows)
            return self._hits(found, k), found.pool.alignment is not None

    def find(
        self,
        question: str,
        query: Vector,
        filters: Filters | None = None,
        rows: Rows | None = None,
        asked: str | None = None,
    ) -> Found:
        """Rank every candidate, read the first of them, and put those in the order of how well they answer.

        The arguments are those of `rank` and `gather`.
        """
        found = self.rank(question, query, filters, rows)
        reader = self.reader
        # Whoever asks for a quotation wants its exact words, so there is nothing to read.
        if reader is None or not len(found.ranking.rows) or is_one_quotation(question):
            return found
        since = time.perf_counter()
        store, ranking = self.collection.store, found.ranking
        first = [int(n) for n in found.pool.chunk_ids[ranking.rows[:MOST_READ]]]
        chunks = store.chunks(first)
        leads = [chunks[number] for number in first]
        asked = asked or question
        titles = {name: card.title for name, card in store.cards({chunk.document_id for chunk in leads}).items()}
        made = windows(leads, store.around(leads, REACH), titles, asked, reader)
        scores = dict(zip(found.pool.chunk_ids[ranking.rows].tolist(), ranking.scores.tolist(), strict=True))
        reads = read(asked, made, reader, scores)
        reads = set_back(asked, {chunk.id: chunk for window in made for chunk in window.chunks}.values(), reads)
        took = 1000 * (time.perf_counter() - since)
        return replace(found, ranking=reordered(found, reads), reads=reads, reading_ms=took)

    def rank(self, question: str, query: Vector, filters: Filters | None = None, rows: Rows | None = None) -> Found:
        """Rank every candidate for a question whose vector is known, best first; ``rows`` as in `search_encoded`."""
        pool = self.pool()
        if pool.alignment:
            query = pool.alignment.apply(query[None, :], [detect_language(question)], "query")[0]
        words = Words(self.collection.store.match(question), self.collection.store.quoting(question))
        allowed = self._allowed(filters, pool) if filters else None
        if rows is not None:
            allowed = rows if allowed is None else np.intersect1d(allowed, rows)
        if is_one_quotation(question):  # exactly these words are wanted
            exact = np.array(sorted(pool.sentences.row_of(chunk) for chunk in words.quoting), np.intp)
            allowed = exact if allowed is None else np.intersect1d(allowed, exact)
        return Found(pool, rank(query, words, pool, self.settings, allowed), allowed, query)

    def _allowed(self, filters: Filters, pool: Pool) -> Rows:
        """Return the rows that the filters admit, in ascending order."""
        paths: dict[str, list[str]] = {}
        for path, file in self.collection.store.files().items():
            paths.setdefault(file.document_id, []).append(path)
        facts = self.collection.store.facts()
        admitted = {fact.id for fact in facts if filters.admits_document(fact, paths.get(fact.id, ()))}
        of_documents = np.array([document in admitted for document in pool.document_ids], bool)
        of_languages = np.array([filters.admits_language(name) for name in pool.language_names], bool)
        if not len(pool.documents):
            return np.empty(0, np.intp)
        return np.flatnonzero(of_documents[pool.documents] & of_languages[pool.languages])

    def _hits(self, found: Found, k: int) -> list[Hit]:
        store, ranking, pool = self.collection.store, found.ranking, found.pool

        groups = [
            [int(pool.chunk_ids[row]) for row in group]
            for group in group_twins(ranking.rows, pool.wordings, found.allowed, k)
        ]
        chunks = store.chunks([number for group in groups for number in group])
        cards = store.cards({chunk.document_id for chunk in chunks.values()})
        place = {int(row): n for n, row in enumerate(ranking.rows)}
        hits: list[Hit] = []
        for group in groups:
            lead, n = chunks[group[0]], place[pool.sentences.row_of(group[0])]
            hits.append(
                Hit(
                    rank=len(hits) + 1,
                    score=float(ranking.scores[n]),
                    similarity=float(ranking.similarities[n]),
                    level=float(ranking.levels[n]),
                    chunk=lead,
                    path=cards[lead.document_id].path,
                    card=cards[lead.document_id],
                    dense_rank=int(ranking.dense_ranks[n]) or None,
                    lexical_rank=int(ranking.lexical_ranks[n]) or None,
                    read=found.reads.get(lead.id),
                    twins=tuple(_twin(chunks[n], cards[chunks[n].document_id]) for n in group[1:]),
                )
            )
        return hits

    def checked(self, question: str) -> str:
        """Return the question with single spaces.

        Raises `WrongUse` if it is empty, no valid Unicode or longer than the settings allow.
        """
        tidy = " ".join(question.split())
        try:
            tidy.encode()
        except UnicodeEncodeError:
            raise WrongUse("the question is not valid Unicode text; type it again or save it as UTF-8") from None
        if not any(c.isalnum() for c in tidy):
            raise WrongUse("the question is empty; ask in a sentence or a few words")
        if len(tidy) > self.settings.max_question:
            raise WrongUse(
                f"the question has {len(tidy):,} characters and at most {self.settings.max_question:,} are read;"
                " ask in a few sentences"
            )
        return tidy

    def pool(self) -> Pool:
        """Return the current generation in memory, loaded again if the collection has changed.

        Raises `CollectionError` if the collection was made with another model or alignment.
        """
        # The store's lock first, because a search that comes here holds it already.
        with self.collection.store.lock, self._lock:
            if self._pool is None or self._pool.generation != self.collection.generation:
                if self.collection.fingerprint not in (None, self.encoder.fingerprint):
                    raise CollectionError(
                        f"the collection at {self.collection.root} was embedded with {self.collection.model} and not"
                        f" with {self.encoder.name}; run `dalil index PATH` to embed it again or set DALIL_MODEL back"
                    )
                self._pool = self.collection.load_pool(self._alignment())
            return self._pool

    def _alignment(self) -> Alignment | None:
        """Return the alignment that the collection's vectors were made with; raise `CollectionError` without it."""
        wanted = self.collection.store.meta("alignment") or ""
        alignment = alignment_of(self.encoder.fingerprint) if wanted else None
        if wanted != (alignment.digest if alignment else ""):
            raise CollectionError(
                f"the collection at {self.collection.root} was aligned otherwise than this Dalil aligns questions;"
                " run `dalil index PATH` to align it again"
            )
        return alignment


@cache
def _loaded(name: str, cache_dir: Path | None) -> Reader | None:
    """Load a reader once in a process, whatever collections it reads from."""
    return load_reader(name, cache_dir=cache_dir)


def reordered(found: Found, reads: Mapping[int, Read]) -> Ranking:
    """Return the ranking with the chunks that were read first, best answer first, and then the rest as it was.

    The score of a chunk that was read is the probability that it answers; those of the rest lie below, in their order.
    """
    pool, old = found.pool, found.ranking
    place = {int(number): n for n, number in enumerate(pool.chunk_ids[old.rows])}
    admitted = None if found.allowed is None else set(pool.chunk_ids[found.allowed].tolist())
    new = [n for n in reads if n not in place and (admitted is None or n in admitted)]
    known = place.keys() | set(new)
    first = sorted((n for n in reads if n in known), key=lambda n: -reads[n].score)
    rest = [number for number in place if number not in reads]
    order = [*first, *rest]
    probabilities = [as_probability(reads[n].score) for n in first]
    least = min(probabilities, default=1.0)
    scores = [*probabilities, *(least * (1 - (n + 1) / (len(rest) + 1)) for n in range(len(rest)))]
    extra = (pool.sentences.vectors(new) @ found.query).tolist() if new else []
    nearness = dict(zip(new, extra, strict=True))
    similarity = {**dict(zip(place, old.similarities.tolist(), strict=True)), **nearness}
    level = {**dict(zip(place, old.levels.tolist(), strict=True)), **nearness}
    return Ranking(
        rows=np.array([pool.sentences.row_of(n) for n in order], np.intp),
        scores=np.array(scores, np.float32),
        similarities=np.array([similarity[n] for n in order], np.float32),
        levels=np.array([level[n] for n in order], np.float32),
        dense_ranks=np.array([old.dense_ranks[place[n]] if n in place else 0 for n in order], np.int64),
        lexical_ranks=np.array([old.lexical_ranks[place[n]] if n in place else 0 for n in order], np.int64),
    )


class DalilRetriever(BaseRetriever):
    """The search as a LangChain retriever: each document is a chunk, its address in the metadata."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    search: Callable[..., list[Hit]]
    k: int = 10
    filters: Filters | None = None

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[LangChainDocument]:
        return [
            LangChainDocument(page_content=h.chunk.text, id=str(h.chunk.id), metadata=_address(h))
            for h in self.search(query, self.k, filters=self.filters)
        ]


def _address(hit: Hit) -> dict[str, Any]:
    chunk: Chunk = hit.chunk
    return {**hit.to_dict(), "line": chunk.line, "heading": chunk.heading, "paragraph": chunk.paragraph}


def _twin(chunk: Chunk, card: DocumentCard) -> Twin:
    start, end = chunk.source_start, chunk.source_end
    address = address_of(card.parts, start, end)
    return Twin(chunk.document_id, card.path, chunk.language, start, end, chunk.text, address)
