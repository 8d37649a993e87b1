"""A question of a conversation as it can be searched without it."""

from __future__ import annotations

import time
from dataclasses import replace

from langchain_core.messages import BaseMessage
from langchain_core.runnables import RunnableConfig

from rag.answering import Answering
from rag.generation.guarded import ModelFailed
from rag.generation.history import depends, plausible_rewrite, searched
from rag.generation.models import Writer
from rag.generation.notes import note
from rag.generation.prompts import standalone_messages
from rag.state import State


class Understanding:
    """The step that makes a question stand alone: by the model that writes, or by the question it leans on."""

    def __init__(self, answering: Answering) -> None:
        self._answering = answering

    def understand(self, state: State, config: RunnableConfig) -> State:
        """The state with the question as it is to be searched."""
        if state.said or not depends(_asked(state), state.turns):
            return state
        since, rewrite, writer = time.perf_counter(), None, self._answering.writer
        if writer:
            try:
                answer = writer.model.invoke(self._messages(state, writer), config)
                rewrite = str(answer.text)
            except ModelFailed as error:
                self._answering.fall_back(error)
        return self._understood(state, rewrite, since)

    async def aunderstand(self, state: State, config: RunnableConfig) -> State:
        """The same, asynchronously."""
        if state.said or not depends(_asked(state), state.turns):
            return state
        since, rewrite, writer = time.perf_counter(), None, self._answering.writer
        if writer:
            try:
                answer = await writer.model.ainvoke(self._messages(state, writer), config)
                rewrite = str(answer.text)
            except ModelFailed as error:
                self._answering.fall_back(error)
        return self._understood(state, rewrite, since)

    def _messages(self, state: State, writer: Writer) -> list[BaseMessage]:
        budget, count = self._answering.settings.history_tokens, writer.count_tokens
        return standalone_messages(_asked(state), state.language, state.turns, budget, count)

    def _understood(self, state: State, rewrite: str | None, since: float) -> State:
        alone = plausible_rewrite(_asked(state), state.turns, rewrite) if rewrite else None
        engine = self._answering.engine
        whole = engine.checked((alone or searched(_asked(state), state.turns))[: self._answering.settings.max_question])
        notes = state.notes if alone else (*state.notes, note("standalone"))
        timings = state.timed("understand", since)
        return replace(state, standalone=alone, searched=whole, notes=notes, timings_ms=timings)


def _asked(state: State) -> str:
    """The question without a greeting."""
    return state.searched or state.question
