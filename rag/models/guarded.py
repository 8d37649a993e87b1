"""A chat model whose failures are reported in sentences, without keys, and whose requests are tried again."""

from __future__ import annotations

import logging
import os
import re
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import anyio
from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LangSmithParams
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from pydantic import Field

from rag.errors import ModelFailed

logger = logging.getLogger(__name__)

_KEY_NAMES = re.compile(r"(?:API_?KEY|TOKEN|SECRET|PASSWORD|DALIL_LLM_KEY)", re.IGNORECASE)
_KEY_SHAPES = re.compile(r"\b(?:sk|key|gsk|hf|xai|pk)[-_][A-Za-z0-9*_-]{8,}|\bBearer\s+\S+|://[^/\s@]+@")
_SHORTEST_KEY = 6
_LONGEST_REASON = 300
# HTTP statuses of failures that may pass; others (a wrong key, an unknown model) will not.
_PASSING = {408, 409, 425, 429, 500, 502, 503, 504, 529}
_FIRST_WAIT = 0.5


class GuardedModel(BaseChatModel):
    """Passes everything to ``inner``, its callbacks with it, and turns what goes wrong into `ModelFailed`.

    An attempt that fails before the first word is made again, up to ``retries`` times, where that may help.
    """

    inner: BaseChatModel = Field(exclude=True, repr=False)
    name_shown: str
    advice: str
    retries: int = 2

    @property
    def _llm_type(self) -> str:
        return self.inner._llm_type

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model": self.name_shown}

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        return LangSmithParams(ls_model_type="chat", ls_model_name=self.name_shown)

    def _generate(
        self, messages: list[BaseMessage], stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None, **kwargs: Any,
    ) -> ChatResult:  # fmt: skip
        for wait in self._waits():
            try:
                return self.inner._generate(messages, stop, run_manager, **kwargs)
            except Exception as error:  # noqa: BLE001 - each provider has errors of its own
                failed = self._failed(error, wait)
            if failed:
                raise failed
            time.sleep(wait or 0)
        raise AssertionError("the last attempt returns or raises")

    async def _agenerate(
        self, messages: list[BaseMessage], stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None, **kwargs: Any,
    ) -> ChatResult:  # fmt: skip
        for wait in self._waits():
            try:
                return await self.inner._agenerate(messages, stop, run_manager, **kwargs)
            except Exception as error:  # noqa: BLE001 - each provider has errors of its own
                failed = self._failed(error, wait)
            if failed:
                raise failed
            await anyio.sleep(wait or 0)
        raise AssertionError("the last attempt returns or raises")

    def _stream(
        self, messages: list[BaseMessage], stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None, **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:  # fmt: skip
        for wait in self._waits():
            begun = False
            try:
                for chunk in self.inner._stream(messages, stop, run_manager, **kwargs):
                    begun = begun or bool(chunk.text)
                    yield chunk
            except Exception as error:  # noqa: BLE001 - each provider has errors of its own
                failed = self._failed(error, None if begun else wait)
            else:
                return
            if failed:
                raise failed
            time.sleep(wait or 0)

    async def _astream(
        self, messages: list[BaseMessage], stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None, **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:  # fmt: skip
        for wait in self._waits():
            begun = False
            try:
                async for chunk in self.inner._astream(messages, stop, run_manager, **kwargs):
                    begun = begun or bool(chunk.text)
                    yield chunk
            except Exception as error:  # noqa: BLE001 - each provider has errors of its own
                failed = self._failed(error, None if begun else wait)
            else:
                return
            if failed:
                raise failed
            await anyio.sleep(wait or 0)

    def _waits(self) -> list[float | None]:
        """Return the seconds to wait after each failed attempt; None after the last."""
        return [*(_FIRST_WAIT * 2**n for n in range(self.retries)), None]

    def _failed(self, error: Exception, wait: float | None) -> ModelFailed | None:
        """Return the error to raise; None if the attempt may be repeated after ``wait`` seconds.

        It is to be raised outside of the ``except`` block: a provider's error may hold the request with its key, and
        an error that is raised in the block keeps the error that was caught.
        """
        if wait is None or not _may_pass(error):
            return ModelFailed(f"{self.name_shown} did not answer ({reason_of(error)}); {self.advice}")
        logger.warning("%s did not answer (%s); trying again in %.1f s", self.name_shown, reason_of(error), wait)
        return None


def _may_pass(error: Exception) -> bool:
    status = getattr(error, "status_code", None)
    if isinstance(status, int):
        return status in _PASSING
    return isinstance(error, OSError) or "connect" in type(error).__name__.lower()


def reason_of(error: Exception) -> str:
    """Return the type and message of an error, shortened to one line, without keys."""
    text = " ".join(str(error).split()) or "no reason given"
    # In this order: a key that was cut would no longer be recognised.
    return f"{type(error).__name__}: {without_keys(text)[:_LONGEST_REASON]}"


def without_keys(text: str) -> str:
    """Return ``text`` without the values of environment variables that hold keys, or anything shaped like a key."""
    for value in _secrets():
        text = text.replace(value, "…")
    return _KEY_SHAPES.sub("…", text)


def _secrets() -> list[str]:
    values = {v for name, v in os.environ.items() if _KEY_NAMES.search(name) and len(v) >= _SHORTEST_KEY}
    return sorted(values, key=len, reverse=True)
