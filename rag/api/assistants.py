"""The assistants that requests want, by model and confidence, each made once and by no request's thread.

To make one may take long (a model is loaded, servers are asked for theirs), and it may fail again and again: neither
must keep those waiting who want another.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from rag.assistant import Assistant
from rag.errors import DalilError

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
        self._own: _Key = (first.settings.llm, first.settings.min_confidence)
        self._made: OrderedDict[_Key, Assistant] = OrderedDict()
        self._making: dict[_Key, asyncio.Task[Assistant]] = {}
        self._failed: dict[_Key, tuple[float, type[DalilError], str]] = {}
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="models")

    async def get(self, spec: str, least: float) -> Assistant:
        """The one with a model and a least confidence; `WrongUse` where the model cannot be used."""
        like = await self._soon((spec, self._own[1]), self._first)
        return await self._soon((spec, least), like)

    def close(self) -> None:
        """Make no more; what is being made is left to itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _soon(self, key: _Key, like: Assistant) -> Assistant:
        if key == self._own:
            return self._first
        if key in self._made:
            self._made.move_to_end(key)
            return self._made[key]
        since, kind, told = self._failed.get(key, (-math.inf, DalilError, ""))
        if time.monotonic() - since < _AGAIN:
            raise kind(told)  # anew: one kept would keep the requests that it was raised in
        if key not in self._making:
            self._making[key] = asyncio.create_task(self._make(key, like))
            self._making[key].add_done_callback(lambda made: made.cancelled() or made.exception())
        # Another request may wait for the same: it is not stopped with this one.
        return await asyncio.shield(self._making[key])

    async def _make(self, key: _Key, like: Assistant) -> Assistant:
        make = partial(like.with_settings, llm=key[0], min_confidence=key[1])
        try:
            made = await asyncio.get_running_loop().run_in_executor(self._threads, make)
        except DalilError as error:
            self._failed[key] = (time.monotonic(), type(error), str(error))
            raise
        finally:
            del self._making[key]
        self._made[key] = made
        while len(self._made) > _MADE:
            self._made.popitem(last=False)
        return made
