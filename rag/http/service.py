"""What the routes share in one process: assistants by their settings, jobs, keys and limits."""

from __future__ import annotations

import asyncio
import math
import time
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from rag.assistant import Assistant
from rag.errors import DalilError, WrongUse
from rag.http.jobs import Jobs
from rag.http.keys import Keys
from rag.http.limits import Gate
from rag.http.problems import NOT_FOUND, Refused, timed_out
from rag.http.settings import ServeSettings
from rag.library.uploads import Uploads
from rag.library.wording import offered, shown_model
from rag.models.writer import EXTRACTIVE
from rag.settings import Settings

# How many assistants are kept, one for each combination of model and confidence.
_MADE = 128
# Seconds until a model that could not be used is tried again.
_AGAIN = 60.0
_THREADS = 4
_Key = tuple[str, float]


class Assistants:
    """Assistants like ``first`` with other models and confidences, made when needed. For one event loop."""

    def __init__(self, first: Assistant) -> None:
        self._first = first
        self._own: _Key = (first.settings.llm, first.settings.min_confidence)
        self._made: OrderedDict[_Key, Assistant] = OrderedDict()
        self._making: dict[_Key, asyncio.Task[Assistant]] = {}
        self._failed: dict[_Key, tuple[float, type[DalilError], str]] = {}
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="models")

    async def get(self, spec: str, least: float) -> Assistant:
        """Return the assistant with a model and a least confidence; `WrongUse` where the model cannot be used."""
        like = await self._soon((spec, self._own[1]), self._first)
        return await self._soon((spec, least), like)

    def close(self) -> None:
        """Make no more assistants; one that is being made is not waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _soon(self, key: _Key, like: Assistant) -> Assistant:
        if key == self._own:
            return self._first
        if key in self._made:
            self._made.move_to_end(key)
            return self._made[key]
        since, kind, told = self._failed.get(key, (-math.inf, DalilError, ""))
        if time.monotonic() - since < _AGAIN:
            raise kind(told)  # a new one: a stored error would keep the requests in memory that it was raised in
        if key not in self._making:
            self._making[key] = asyncio.create_task(self._make(key, like))
            self._making[key].add_done_callback(lambda made: made.cancelled() or made.exception())
        # Another request may wait for the same assistant, so the making of it is not stopped with this one.
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


# The name of the service's own model, whichever it is.
DEFAULT_MODEL = "dalil"
# Seconds that a job has to end at shutdown; otherwise it is resumed at the next start.
_JOBS_SECONDS = 5.0


class Service:
    """What the routes of a service use. Thread-safe."""

    def __init__(self, settings: Settings, serve: ServeSettings, assistant: Assistant | None = None) -> None:
        self.settings = settings
        self.serve = serve
        self.assistant = assistant or Assistant.open(settings=settings)
        home = serve.home(settings.collection)
        self.keys = Keys(home)
        self.uploads = Uploads(home / "uploads", largest=settings.max_file_bytes, most=serve.max_files)
        self.jobs = Jobs(home, self.uploads, self.assistant, serve.max_jobs)
        self.gate = Gate(serve.concurrent, serve.queue, serve.patience)
        self.is_ready = False
        self._assistants = Assistants(self.assistant)

    def start(self) -> None:
        """Start the jobs, and be ready for requests."""
        self.jobs.start()
        self.is_ready = True

    def stop(self) -> None:
        """Stop the jobs and close the assistants, once all requests have ended."""
        self.is_ready = False
        self._assistants.close()
        self.jobs.stop(min(_JOBS_SECONDS, self.serve.shutdown))
        self.assistant.close()

    @property
    def models(self) -> dict[str, str]:
        """Return the setting that each available model's name stands for; the service's own first."""
        named = {DEFAULT_MODEL: self.settings.llm}
        for spec in offered(self.settings):
            name = shown_model(spec)
            same = sum(other.partition(" (")[0] == name for other in named)
            named[f"{name} ({same + 1})" if same else name] = spec
        return named

    def spec_of(self, model: str) -> str:
        """Return the setting that a model's name stands for; `Refused` where there is no such model."""
        spec = self.models.get(model)
        if spec is None:
            raise Refused(NOT_FOUND, f"there is no model {model!r:.200}; GET /v1/models lists them")
        return spec

    async def answering(self, model: str | None, style: str | None, min_confidence: float | None) -> Assistant:
        """Return the assistant that answers with the model, style and least confidence of a request.

        `Refused` for an unknown model or one that is not ready in time, `WrongUse` for a model that cannot be used or
        a style that needs one.
        """
        spec = self.spec_of(model or DEFAULT_MODEL)
        if style == "extractive":
            spec = EXTRACTIVE
        # To two digits, so that a client that sends a new value each time does not have a new assistant made each time.
        least = self.settings.min_confidence if min_confidence is None else round(min_confidence, 2)
        try:
            async with asyncio.timeout(self.serve.timeout):
                made = await self._assistants.get(spec, least)
        except TimeoutError:
            raise timed_out(self.serve.timeout) from None
        if style == "generative" and made.model is None:
            raise WrongUse("no model writes here; leave out the style, or have one configured (DALIL_LLM)")
        return made

    def is_uploaded(self, path: str) -> bool:
        """Return whether a file of the collection came by upload."""
        return Path(path).parent == self.uploads.folder
