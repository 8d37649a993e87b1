"""The assistant: one open collection with its model, ready for questions. The way in for programs and pages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from langchain_core.runnables import Runnable

from corpus.language import detect_language
from embeddings import PACKAGED, Encoder, load_encoder
from rag.chain import ChainInput, build_chain
from rag.collection import Collection
from rag.errors import as_dalil_errors
from rag.filters import Filters
from rag.retrieval import DalilRetriever, SearchEngine
from rag.settings import Settings, load_settings
from rag.types import Answer, Hit, Statement

EventKind = Literal["hits", "tokens", "statement", "answer"]


@dataclass(frozen=True, slots=True)
class Event:
    """A step of a streamed answer: ``data`` is a list of hits, a piece of text, a statement or the answer."""

    kind: EventKind
    data: list[Hit] | str | Statement | Answer


class Assistant:
    """Answers questions from one collection. Safe to share between threads."""

    def __init__(self, collection: Collection, encoder: Encoder, settings: Settings) -> None:
        self.collection = collection
        self.encoder = encoder
        self.settings = settings
        self.engine = SearchEngine(collection, encoder, settings)
        self._chain = build_chain(self.engine, settings)
        self.retriever = DalilRetriever(search=self.search, k=settings.k)

    @property
    def chain(self) -> Runnable[ChainInput, Answer]:
        """The LangChain Runnable from a question (or ``{"question", "k", "id", "filters"}``) to an `Answer`."""
        return self._chain.whole

    @classmethod
    def open(cls, collection: str | Path | None = None, *, settings: Settings | None = None) -> Assistant:
        """Open a collection (by default the settings' own) with the model it was made with.

        Raises `CollectionError` if it is missing, damaged, of another version or of another model.
        """
        settings = settings or load_settings()
        if collection is not None:
            settings = settings.model_copy(update={"collection": Path(collection)})
        with as_dalil_errors():
            opened = Collection.open(settings.collection)
            try:
                encoder = load_encoder(settings.model or opened.model or PACKAGED, cache_dir=settings.cache)
                assistant = cls(opened, encoder, settings)
                with opened.store.transaction(write=False):
                    assistant.engine.pool()
            except BaseException:
                opened.close()
                raise
        return assistant

    def close(self) -> None:
        """Close the collection."""
        self.collection.close()

    def __enter__(self) -> Assistant:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def ask(
        self,
        question: str,
        *,
        k: int | None = None,
        id: str | int | None = None,  # noqa: A002 - the contract's name
        filters: Filters | None = None,
    ) -> Answer:
        """The cited answer to a question; `WrongUse` if the question is empty or too long."""
        given: dict[str, Any] = {"question": question, "k": k, "id": id, "filters": filters}
        return self.chain.invoke(given)

    def search(self, question: str, k: int | None = None, *, filters: Filters | None = None) -> list[Hit]:
        """The evidence alone: up to ``k`` hits, best first."""
        return self.engine.search(question, k or self.settings.k, filters)

    def language_of(self, question: str) -> str:
        """The language a question is asked in, as a BCP 47 tag."""
        return detect_language(question)

    def stream(self, question: str, *, k: int | None = None, filters: Filters | None = None) -> Iterator[Event]:
        """The answer as it is made: hits, then tokens and statements, then the whole answer."""
        state = self._chain.evidence.invoke({"question": question, "k": k, "filters": filters})
        yield Event("hits", list(state.hits[: state.k]))
        answer = self._chain.answer.invoke(state)
        for statement in answer.statements:
            yield Event("tokens", statement.text)
            yield Event("statement", statement)
        yield Event("answer", answer)
