"""A chat model that says what a test wants said: the edge beyond which nothing is ours."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import Field
from rag_support import open_assistant

import rag.answering.pipeline
from corpus.chunking import count_tokens
from embeddings import Encoder
from rag.assistant import Assistant
from rag.models.guarded import GuardedModel
from rag.models.writer import Writer

Reply = Callable[[list[BaseMessage]], str]
_PIECE = 3


class Scripted(BaseChatModel):
    """Streams ``reply(messages)`` in small pieces; ``seen`` keeps every prompt, ``given`` counts pieces taken.

    ``breaks_after`` pieces the connection breaks; ``pause`` seconds pass before each piece; ``finish`` is the reason
    given at the end.
    """

    reply: Reply
    seen: list[list[BaseMessage]] = Field(default_factory=list)
    given: int = 0
    is_closed: bool = False
    breaks_after: int | None = None
    pause: float = 0.0
    finish: str = "stop"

    @property
    def _llm_type(self) -> str:
        return "scripted"

    # No other options: not every provider's model takes them.
    def _generate(self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None) -> ChatResult:
        self.seen.append(messages)
        if self.breaks_after is not None:
            raise ConnectionError("the connection broke")
        return ChatResult(generations=[ChatGeneration(message=AIMessage(self.reply(messages)))])

    def _stream(
        self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None
    ) -> Iterator[ChatGenerationChunk]:
        try:
            for piece in self._pieces(messages):
                time.sleep(self.pause)
                yield piece
        finally:
            self.is_closed = True

    async def _astream(
        self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None
    ) -> AsyncIterator[ChatGenerationChunk]:
        try:
            for piece in self._pieces(messages):
                await anyio.sleep(self.pause)
                yield piece
        finally:
            self.is_closed = True

    def _pieces(self, messages: list[BaseMessage]) -> Iterator[ChatGenerationChunk]:
        self.seen.append(messages)
        self.is_closed = False
        text = self.reply(messages)
        for start in range(0, len(text), _PIECE):
            if self.breaks_after is not None and start // _PIECE >= self.breaks_after:
                raise ConnectionError("the connection broke")
            self.given += 1
            yield ChatGenerationChunk(message=AIMessageChunk(text[start : start + _PIECE]))
        yield ChatGenerationChunk(message=AIMessageChunk("", response_metadata={"finish_reason": self.finish}))


def prompt_of(messages: list[BaseMessage]) -> str:
    """All that a model was told."""
    return "\n".join(str(message.text) for message in messages)


@contextmanager
def written(root: Path, encoder: Encoder, model: BaseChatModel, **settings: object) -> Iterator[Assistant]:
    """An assistant whose answers a model of the test's writes."""
    guarded = GuardedModel(inner=model, name_shown="scripted:model", advice="mend the test", retries=0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rag.answering.pipeline, "writer_of", lambda _: Writer("scripted:model", guarded, count_tokens))
        assistant = open_assistant(root, encoder, llm="scripted:model", **settings)
    with assistant:
        yield assistant


def saying(*replies: str) -> Reply:
    """One reply after the other, the last for ever."""
    left = list(replies)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]
