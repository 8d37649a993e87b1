"""The assistant: one open collection with its model, ready for questions. The entry point for programs and pages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any

from langchain_core.runnables import Runnable, RunnableConfig

from corpus.language import detect_language
from embeddings import PACKAGED, Encoder, load_encoder
from rag.answer import Answer, Event, Hit
from rag.answering.pipeline import Answering, ChainInput, build_chain
from rag.answering.state import State
from rag.errors import as_dalil_errors
from rag.search.collection import Collection
from rag.search.engine import DalilRetriever, SearchEngine
from rag.search.filters import Filters
from rag.settings import Settings, load_settings


class Assistant:
    """Answers questions from one collection. Safe to share between threads."""

    def __init__(
        self,
        collection: Collection,
        encoder: Encoder,
        settings: Settings,
        engine: SearchEngine | None = None,
        like: Answering | None = None,
    ) -> None:
        self.collection = collection
        self.encoder = encoder
        self.settings = settings
        self.engine = engine or SearchEngine(collection, encoder, settings)
        self._answering = Answering(self.engine, settings, like)
        self._chain = build_chain(self._answering)
        self.retriever = DalilRetriever(search=self.search, k=settings.k)

    @property
    def chain(self) -> Runnable[ChainInput, Answer]:
        """Return the LangChain Runnable from a question, or a mapping with the parameters of `ask`, to an `Answer`."""
        return self._chain.whole

    @property
    def model(self) -> str | None:
        """Return the name of the model that writes answers, as answers have it; None where answers are quotations."""
        return self._answering.writer.name if self._answering.writer else None

    @classmethod
    def open(
        cls,
        collection: str | Path | None = None,
        *,
        encoder: Encoder | None = None,
        settings: Settings | None = None,
    ) -> Assistant:
        """Open a collection (by default the settings' own) with the model it was made with.

        ``encoder`` is used in its place, for instance one that several collections share. Raises `CollectionError` for
        a collection that is missing, damaged, of another version or of another model.
        """
        settings = settings or load_settings()
        if collection is not None:
            settings = settings.model_copy(update={"collection": Path(collection)})
        with as_dalil_errors():
            opened = Collection.open(settings.collection)
            try:
                name = settings.model or opened.model or PACKAGED
                encoder = encoder or load_encoder(name, cache_dir=settings.cache)
                assistant = cls(opened, encoder, settings)
                with opened.store.transaction(write=False):
                    assistant.engine.pool()
            except BaseException:
                opened.close()
                raise
        return assistant

    def with_settings(self, **changes: object) -> Assistant:
        """Return an assistant with other settings (model, confidence …) over the same search and the same memory.

        Raises `WrongUse` where the model cannot be used. Closing either closes both.
        """
        settings = self.settings.model_copy(update=changes)
        return Assistant(self.collection, self.encoder, settings, self.engine, self._answering)

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
        history: object = (),
        gloss: bool = False,
    ) -> Answer:
        """Answer a question with citations; raise `WrongUse` if the question is empty or too long.

        ``k`` is the number of hits in the answer (by default the settings' own); ``id`` is returned with it.
        ``history`` is the conversation so far, oldest first: ``{"question", "answer"}`` each, or chat messages
        (``{"role", "content"}``). With ``gloss``, quotes in other languages get a translation by the model; `WrongUse`
        if there is none.
        """
        return self.chain.invoke(_given(question, k, id, filters, history, gloss))

    async def aask(
        self,
        question: str,
        *,
        k: int | None = None,
        id: str | int | None = None,  # noqa: A002 - the contract's name
        filters: Filters | None = None,
        history: object = (),
        gloss: bool = False,
    ) -> Answer:
        """Do the same as `ask`, asynchronously; cancelling the task stops the model."""
        return await self.chain.ainvoke(_given(question, k, id, filters, history, gloss))

    def search(self, question: str, k: int | None = None, *, filters: Filters | None = None) -> list[Hit]:
        """Return the evidence alone: up to ``k`` hits (by default the settings' own number), best first."""
        return self.engine.search(question, k or self.settings.k, filters)

    def search_result(self, question: str, hits: Sequence[Hit], id: str | int | None = None) -> dict[str, Any]:  # noqa: A002 - the contract's name
        """Return the result of a search for a checked question as a dictionary for JSON."""
        found = [hit.to_dict() for hit in hits]
        return {"id": id, "question": question, "language": self.language_of(question), "hits": found}

    def language_of(self, question: str) -> str:
        """Return the language a question is asked in, as a BCP 47 tag."""
        return detect_language(question)

    def stream(
        self,
        question: str,
        *,
        k: int | None = None,
        filters: Filters | None = None,
        history: object = (),
        gloss: bool = False,
        config: RunnableConfig | None = None,
    ) -> Iterator[Event]:
        """Yield the answer as it is made: hits, then tokens and statements, then the whole answer.

        Closing the iterator stops the model. ``config`` is passed to the chain's runs; it may hold callbacks.
        """
        state = self._chain.evidence.invoke(_given(question, k, None, filters, history, gloss), config)
        yield Event("hits", list(state.hits[: state.k]))
        for event in self._chain.writing.stream(state, config):
            if isinstance(event, State):
                state = event
            else:
                yield event
        yield Event("answer", self._chain.finishing.invoke(state, config))

    async def astream(
        self,
        question: str,
        *,
        k: int | None = None,
        filters: Filters | None = None,
        history: object = (),
        gloss: bool = False,
        config: RunnableConfig | None = None,
    ) -> AsyncIterator[Event]:
        """Do the same as `stream`, asynchronously; cancelling the task or closing the iterator stops the model."""
        state = await self._chain.evidence.ainvoke(_given(question, k, None, filters, history, gloss), config)
        yield Event("hits", list(state.hits[: state.k]))
        async with aclosing(self._chain.writing.astream(state, config)) as events:  # type: ignore[type-var]
            async for event in events:
                if isinstance(event, State):
                    state = event
                else:
                    yield event
        yield Event("answer", await self._chain.finishing.ainvoke(state, config))


def _given(
    question: str, k: int | None, identifier: str | int | None, filters: Filters | None, history: object, gloss: bool
) -> dict[str, Any]:
    return {
        "question": question, "k": k, "id": identifier, "filters": filters, "history": history, "gloss": gloss,
    }  # fmt: skip
