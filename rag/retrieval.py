"""Question to ranked hits.

A sentence is what is found and cited, its paragraph is what it means: a chunk's dense score is the cosine of
the question with the sentence plus a weight times its cosine with the paragraph, by exact search, less a part
of how near the sentence is to everything (`embeddings.hubness`). Matching words then reorder the chunks of each
language among themselves (`rag.fusion`). Text and vectors are read in one view of the store, so an update under
way never mixes two generations.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document as LangChainDocument
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from corpus.language import detect_language
from corpus.types import Chunk
from embeddings import Alignment, Encoder
from rag.aligning import alignment_of
from rag.collection import Collection, Vectors
from rag.errors import CollectionError, WrongUse, as_dalil_errors, damaged
from rag.fusion import Candidate, fuse
from rag.settings import Settings
from rag.types import Hit

# Similarities of unaligned vectors lie about four times closer together, so words must weigh less beside them.
UNALIGNED_SPREAD = 0.25
# Candidates taken from each of dense and lexical search.
CANDIDATES = 300


@dataclass(frozen=True, slots=True)
class _Ranked:
    chunk_id: int
    score: float
    similarity: float
    dense_rank: int
    lexical_rank: int | None


class SearchEngine:
    """Finds chunks for questions; refreshes itself when the collection's generation changes. Thread-safe."""

    def __init__(self, collection: Collection, encoder: Encoder, settings: Settings) -> None:
        self.collection = collection
        self.encoder = encoder
        self.settings = settings
        self._vectors: Vectors | None = None
        self._lock = threading.Lock()

    def search(self, question: str, k: int) -> list[Hit]:
        """Up to ``k`` hits, best first; `WrongUse` for a question that is empty or too long."""
        question = self.checked(question)
        if k < 1:
            raise WrongUse(f"{k} hits cannot be shown; ask for 1 or more")
        with as_dalil_errors():
            query = self.encoder.encode_queries([question])
            with self.collection.store.transaction(write=False):
                vectors = self.vectors()
                if vectors.alignment:
                    query = vectors.alignment.apply(query, [detect_language(question)], "query")
                try:
                    return self._hits(self._ranked(question, query[0], vectors)[:k])
                except (KeyError, ValueError, TypeError) as error:
                    raise damaged(self.collection.root, error) from error

    def _hits(self, ranked: list[_Ranked]) -> list[Hit]:
        store = self.collection.store
        chunks = store.chunks([found.chunk_id for found in ranked])
        documents = {chunk.document_id for chunk in chunks.values()}
        paths = {document_id: store.path_of(document_id) or "" for document_id in documents}
        cards = {document_id: store.card(document_id) for document_id in documents}
        return [
            Hit(
                rank=rank,
                score=found.score,
                similarity=found.similarity,
                chunk=chunks[found.chunk_id],
                path=paths[chunks[found.chunk_id].document_id],
                card=cards[chunks[found.chunk_id].document_id],
                dense_rank=found.dense_rank,
                lexical_rank=found.lexical_rank,
            )
            for rank, found in enumerate(ranked, 1)
        ]

    def checked(self, question: str) -> str:
        """The question, tidied; `WrongUse` if it is empty or longer than the settings allow."""
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

    def vectors(self) -> Vectors:
        """The current generation's vectors, loaded again if the collection has moved on."""
        with self._lock:
            if self._vectors is None or self._vectors.generation != self.collection.generation:
                if self.collection.fingerprint not in (None, self.encoder.fingerprint):
                    raise CollectionError(
                        f"the collection at {self.collection.root} was embedded with {self.collection.model} and not"
                        f" with {self.encoder.name}; run `dalil index PATH` to embed it again or set DALIL_MODEL back"
                    )
                self._vectors = replace(self.collection.load_vectors(), alignment=self._alignment())
            return self._vectors

    def _alignment(self) -> Alignment | None:
        """The alignment that the collection's vectors were made with."""
        wanted = self.collection.store.meta("alignment") or ""
        alignment = alignment_of(self.encoder.fingerprint) if wanted else None
        if wanted != (alignment.digest if alignment else ""):
            raise CollectionError(
                f"the collection at {self.collection.root} was aligned otherwise than this Dalil aligns questions;"
                " run `dalil index PATH` to align it again"
            )
        return alignment

    def _ranked(self, question: str, query: npt.NDArray[np.float32], vectors: Vectors) -> list[_Ranked]:
        """All candidates of dense and lexical search, best first."""
        store = self.collection.store
        ids, _ = vectors.sentences.search(query[None, :], CANDIDATES)
        lexical = dict(store.search_terms(question, CANDIDATES))
        candidates = list(dict.fromkeys([*map(int, ids[0]), *lexical]))
        places = store.places(candidates)
        similarities = vectors.sentences.scores(query, candidates)
        paragraphs = vectors.paragraphs.scores(query, [places[i].paragraph_id for i in candidates])
        known_hubness = self.collection.hubness(candidates)
        hubness = np.array([known_hubness.get(i, 0.0) for i in candidates], dtype=np.float32)
        dense = weigh(similarities, paragraphs, self.settings.paragraph_weight) - self.settings.hub_weight * hubness
        dense_ranks = _ranks(dict(zip(candidates, dense.tolist(), strict=True)))
        lexical_ranks = _ranks(lexical)
        similarity = dict(zip(candidates, similarities.tolist(), strict=True))
        fused = fuse(
            [
                Candidate(i, places[i].language, float(score), lexical.get(i, 0.0))
                for i, score in zip(candidates, dense, strict=True)
            ],
            self.settings.lexical_weight * (1.0 if vectors.alignment else UNALIGNED_SPREAD),
        )
        return [_Ranked(i, score, similarity[i], dense_ranks[i], lexical_ranks.get(i)) for i, score in fused]


def _ranks(scores: dict[int, float]) -> dict[int, int]:
    """1-based ranks by score, ties by id."""
    order = sorted(scores, key=lambda i: (-scores[i], i))
    return {i: rank for rank, i in enumerate(order, 1)}


def weigh(
    sentences: npt.NDArray[np.float32], paragraphs: npt.NDArray[np.float32], weight: float
) -> npt.NDArray[np.float32]:
    """Scores of chunks, shape (n,), from the similarities of their sentences and of their paragraphs."""
    return np.asarray((sentences + weight * paragraphs) / (1 + weight), dtype=np.float32)


class DalilRetriever(BaseRetriever):
    """The search as a LangChain retriever: each document is a chunk, its address in the metadata."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    search: Callable[[str, int], list[Hit]]
    k: int = 10

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[LangChainDocument]:
        return [
            LangChainDocument(page_content=h.chunk.text, id=str(h.chunk.id), metadata=_address(h))
            for h in self.search(query, self.k)
        ]


def _address(hit: Hit) -> dict[str, Any]:
    chunk: Chunk = hit.chunk
    return {**hit.to_dict(), "line": chunk.line, "heading": chunk.heading, "paragraph": chunk.paragraph}
