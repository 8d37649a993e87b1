"""How a job is waited for: more and more seldom, and not for ever."""

from __future__ import annotations

import time

from rag.wire.documents import Job

_FIRST, _MORE, _LONGEST = 0.1, 1.5, 2.0


class Waiting:
    """The pauses between looks at a job."""

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._end = time.monotonic() + timeout
        self._pause = _FIRST

    def is_over(self, job: Job) -> bool:
        """Whether a job has ended; `TimeoutError` if it has not and time is over. An interrupted one is taken up."""
        if job.status in ("done", "failed"):
            return True
        if time.monotonic() >= self._end:
            raise TimeoutError(
                f"the job {job.id} is {job.status} after {self._timeout:g} seconds; it goes on meanwhile"
            )
        return False

    def pause(self) -> float:
        """Seconds until the next look."""
        pause, self._pause = self._pause, min(_LONGEST, self._pause * _MORE)
        return max(0.0, min(pause, self._end - time.monotonic()))
