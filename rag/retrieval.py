"""Question to ranked hits.

A sentence is what is found and cited, its paragraph is what it means: a hit's score is the cosine of the
question with the sentence plus a weight times its cosine with the paragraph, over exact search in both
indexes. Text and vectors are read in one view of the store, so an update under way never mixes two
generations.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document as LangChainDocument
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from corpus.types import Chunk
from embeddings import Encoder
from rag.collection import Collection, Vectors
from rag.errors import CollectionError, WrongUse, as_dalil_errors
from rag.settings import Settings
from rag.types import Hit

# Candidates fetched for each hit asked for, before sentence and paragraph are weighed together.
_OVERFETCH = 20
_MIN_CANDIDATES = 200


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
        with as_dalil_errors():
            query = self.encoder.encode_queries([question])[0]
            with self.collection.store.transaction(write=False):
                vectors = self.vectors()
                ranked = self._ranked(query, vectors, k)
                chunks = self.collection.store.chunks([chunk_id for chunk_id, _, _ in ranked])
                paths = {c.document_id: self._path(c.document_id) for c in chunks.values()}
        return [
            Hit(rank, score, similarity, chunks[chunk_id], paths[chunks[chunk_id].document_id], dense_rank=rank)
            for rank, (chunk_id, score, similarity) in enumerate(ranked, 1)
            if chunk_id in chunks
        ]

    def checked(self, question: str) -> str:
        """The question, tidied; `WrongUse` if it is empty or longer than the settings allow."""
        tidy = " ".join(question.split())
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
                        f" with {self.encoder.name}; run `dalil index` to embed it again or set DALIL_MODEL back"
                    )
                self._vectors = self.collection.load_vectors()
            return self._vectors

    def _ranked(self, query: npt.NDArray[np.float32], vectors: Vectors, k: int) -> list[tuple[int, float, float]]:
        """``(chunk id, score, similarity)``, best first."""
        wanted = max(k * _OVERFETCH, _MIN_CANDIDATES)
        ids, _ = vectors.sentences.search(query[None, :], wanted)
        candidates = [int(i) for i in ids[0]]
        similarities = vectors.sentences.scores(query, candidates)
        paragraphs = self._paragraph_ids(candidates)
        paragraph_similarities = vectors.paragraphs.scores(query, paragraphs)
        scores = weigh(similarities, paragraph_similarities, self.settings.paragraph_weight)
        order = np.lexsort((np.array(candidates), -scores))[:k]
        return [(candidates[i], float(scores[i]), float(similarities[i])) for i in order]

    def _paragraph_ids(self, chunk_ids: list[int]) -> list[int]:
        rows = self.collection.store.paragraph_ids(chunk_ids)
        return [rows[chunk_id] for chunk_id in chunk_ids]

    def _path(self, document_id: str) -> str:
        return self.collection.store.path_of(document_id) or ""


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
