"""How often a key, and how often wrong keys from an address, may come: `limits`' moving windows in memory.

Each worker counts for itself, so each has its share of the rate.
"""

from __future__ import annotations

import time

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from rag.api import metrics
from rag.api.refusals import TOO_MANY, Refused
from rag.api.settings import ServeSettings


class Rates:
    """The rates of one worker."""

    def __init__(self, serve: ServeSettings) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        share = -(-serve.rate // serve.workers)
        self._of_keys = RateLimitItemPerMinute(share) if serve.rate else None
        self._of_wrong = RateLimitItemPerMinute(-(-serve.wrong_keys // serve.workers))

    def count(self, key: str) -> None:
        """One more request of a key; `Refused` where it is one too many."""
        if self._of_keys and not self._limiter.hit(self._of_keys, "key", key):
            metrics.REFUSED.labels("rate").inc()
            wait = self._limiter.get_window_stats(self._of_keys, "key", key).reset_time - time.time()
            raise Refused(TOO_MANY, "this key asks too often; wait, or ask for a higher rate", retry_after=wait)

    def count_wrong(self, address: str) -> None:
        """One more wrong key from an address; `Refused` where there were too many."""
        if not self._limiter.hit(self._of_wrong, "wrong", address):
            metrics.REFUSED.labels("wrong_keys").inc()
            raise Refused(TOO_MANY, "too many wrong keys came from this address; wait a minute", retry_after=60)
