"""The assistants that requests want, by model and confidence, each made once and by no request's thread.

To make one may take long (a model is loaded, servers are asked for theirs), and it may fail again and again: neither
must keep those waiting who want another.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor

from rag.assistant import Assistant

# Combinations of model and confidence that stay made.
_MADE = 128
# Seconds until what failed is tried again.
_AGAIN = 60.0
_THREADS = 4
_Key = tuple[str, float]


class Assistants:
    """Assistants like ``first`` with other settings. For one event loop."""

    def __init__(self, first: Assistant) -> None:
        self._first = first
        self._made: OrderedDict[_Key, tuple[float, Future[Assistant]]] = OrderedDict()
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="models")

    async def get(self, spec: str, least: float) -> Assistant:
        """The one with a model and a least confidence; `WrongUse` where the model cannot be used."""
        settings = self._first.settings
        if (spec, least) == (settings.llm, settings.min_confidence):
            return self._first
        if spec == settings.llm:
            like = self._first
        elif least == settings.min_confidence:
            return await self._soon((spec, least), self._first)
        else:
            like = await self._soon((spec, settings.min_confidence), self._first)
        return await self._soon((spec, least), like)

    def close(self) -> None:
        """Make no more; what is being made is left to itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _soon(self, key: _Key, like: Assistant) -> Assistant:
        since, made = self._made.get(key, (0.0, None))
        if made is None or (made.done() and made.exception() and time.monotonic() - since > _AGAIN):
            made = self._threads.submit(like.with_settings, llm=key[0], min_confidence=key[1])
            self._made[key] = (time.monotonic(), made)
        self._made.move_to_end(key)
        while len(self._made) > _MADE:
            self._made.popitem(last=False)
        waiting = asyncio.wrap_future(made)
        waiting.add_done_callback(lambda ended: ended.cancelled() or ended.exception())  # looked at, if who waits left
        # Another request may wait for the same: it is not stopped with this one.
        return await asyncio.shield(waiting)
