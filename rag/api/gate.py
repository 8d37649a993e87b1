"""Back-pressure: so many questions at once, so many that wait, and none beyond."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import ParamSpec, TypeVar

from rag.api import metrics
from rag.api.refusals import BUSY, Refused

P = ParamSpec("P")
T = TypeVar("T")
# Seconds after which one who was turned away may come again.
_COME_AGAIN = 1.0


class Gate:
    """Lets ``concurrent`` in at once; ``queue`` more wait, each at most ``patience`` seconds."""

    def __init__(self, concurrent: int, queue: int, patience: float) -> None:
        self._free = asyncio.Semaphore(concurrent)
        self._queue = queue
        self._patience = patience
        self._waiting = 0

    def check(self) -> None:
        """`Refused` where too many wait already."""
        if self._free.locked() and self._waiting >= self._queue:
            metrics.REFUSED.labels("busy").inc()
            raise Refused(BUSY, "too many questions are being answered; ask again shortly", retry_after=_COME_AGAIN)

    @asynccontextmanager
    async def enter(self) -> AsyncIterator[None]:
        """Wait for a turn and hold it; `Refused` where too many wait or it takes too long."""
        self.check()
        await self._turn()
        try:
            with metrics.RUNNING.track_inprogress():
                yield
        finally:
            self._free.release()

    async def in_thread(self, work: Callable[P, T], *args: P.args, **options: P.kwargs) -> T:
        """What ``work`` gives, done in a thread when its turn has come; `Refused` as `enter` does.

        A thread cannot be stopped. Its turn lasts until it ends, whether or not someone still waits for it: the work of
        those who left must not pile up behind the gate.
        """
        self.check()
        await self._turn()
        metrics.RUNNING.inc()
        task = asyncio.ensure_future(asyncio.to_thread(work, *args, **options))
        task.add_done_callback(self._ended)
        return await asyncio.shield(task)

    def _ended(self, task: asyncio.Future[T]) -> None:
        metrics.RUNNING.dec()
        self._free.release()
        if not task.cancelled():
            task.exception()  # who left does not ask for it, and asyncio would log that

    async def _turn(self) -> None:
        self._waiting += 1
        try:
            with metrics.WAITING.track_inprogress():
                await asyncio.wait_for(self._free.acquire(), self._patience)
        except TimeoutError:
            metrics.REFUSED.labels("patience").inc()
            raise Refused(
                BUSY, "the question's turn did not come in time; ask again", retry_after=_COME_AGAIN
            ) from None
        finally:
            self._waiting -= 1
