"""Limits of the service: requests per minute and key, questions at once, and the queue for them."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar
from typing import Any

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from rag.http import metrics
from rag.http.problems import BUSY, TOO_MANY, Refused
from rag.http.settings import ServeSettings


class Rates:
    """The rates of requests and wrong keys in one worker, which has its share of what is allowed."""

    def __init__(self, serve: ServeSettings) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        share = -(-serve.rate // serve.workers)
        self._of_keys = RateLimitItemPerMinute(share) if serve.rate else None
        self._of_wrong = RateLimitItemPerMinute(-(-serve.wrong_keys // serve.workers))

    def count(self, key: str) -> None:
        """Count one more request with a key; `Refused` where it is one too many."""
        if self._of_keys and not self._limiter.hit(self._of_keys, "key", key):
            metrics.REFUSED.labels("rate").inc()
            wait = self._limiter.get_window_stats(self._of_keys, "key", key).reset_time - time.time()
            raise Refused(TOO_MANY, "this key asks too often; wait, or ask for a higher rate", retry_after=wait)

    def count_wrong(self, address: str) -> None:
        """Count one more wrong key from an address; `Refused` where there were too many."""
        if not self._limiter.hit(self._of_wrong, "wrong", address):
            metrics.REFUSED.labels("wrong_keys").inc()
            raise Refused(TOO_MANY, "too many wrong keys came from this address; wait a minute", retry_after=60)


# Seconds after which a client that was refused may try again.
_COME_AGAIN = 1.0
# Threads beyond those that answer: for documents, verification and uploads.
_MORE_THREADS = 8


class Gate:
    """Admission to work: ``concurrent`` at once, and ``queue`` more that wait, each at most ``patience`` seconds.

    For one event loop.
    """

    def __init__(self, concurrent: int, queue: int, patience: float) -> None:
        self._free = asyncio.Semaphore(concurrent)
        self._queue = queue
        self._patience = patience
        self._waiting = 0
        self._threads = _Threads(2 * concurrent + _MORE_THREADS, thread_name_prefix="work")

    def check(self) -> None:
        """Raise `Refused` where too many wait already."""
        if self._free.locked() and self._waiting >= self._queue:
            metrics.REFUSED.labels("busy").inc()
            raise Refused(BUSY, "too many questions are being answered; ask again shortly", retry_after=_COME_AGAIN)

    @asynccontextmanager
    async def enter(self) -> AsyncIterator[None]:
        """Wait for a turn and hold it; `Refused` where too many wait or it takes too long.

        A thread cannot be stopped, so a turn lasts until the threads have ended that were started in it (by
        `asyncio.to_thread` and the like), whether or not a client still waits for them: the work of clients that left
        must not pile up behind the gate.
        """
        loop = asyncio.get_running_loop()
        loop.set_default_executor(self._threads)
        self.check()
        await self._turn()
        metrics.RUNNING.inc()
        turn = _Turn(lambda: loop.call_soon_threadsafe(self._over))
        token = _TURN.set(turn)
        try:
            yield
        finally:
            _TURN.reset(token)
            turn.less()

    def _over(self) -> None:
        metrics.RUNNING.dec()
        self._free.release()

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


class _Turn:
    """The work of a turn: whoever holds it, and the threads started in it."""

    def __init__(self, over: Callable[[], object]) -> None:
        self._over = over
        self._count = 1
        self._lock = threading.Lock()

    def more(self) -> bool:
        """Count one more; return False where the turn is over already, and what is left of its work is not counted."""
        with self._lock:
            self._count += self._count > 0
            return self._count > 0

    def less(self) -> None:
        with self._lock:
            self._count -= 1
            is_over = self._count == 0
        if is_over:
            with suppress(RuntimeError):  # the loop has ended before the thread
                self._over()


_TURN: ContextVar[_Turn | None] = ContextVar("turn", default=None)


class _Threads(ThreadPoolExecutor):
    """A pool of threads, each of which counts in the turn in which its work was submitted."""

    def submit(self, work: Callable[..., Any], /, *args: Any, **options: Any) -> Future[Any]:
        turn = _TURN.get()
        future = super().submit(work, *args, **options)
        if turn is not None and turn.more():
            future.add_done_callback(lambda _: turn.less())
        return future
