"""The service's parts, made once a worker: the assistant, its models, the jobs, the keys, the gate."""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rag.api.gate import Gate
from rag.api.jobs import Jobs
from rag.api.keys import Keys
from rag.api.refusals import NOT_FOUND, Refused
from rag.api.settings import ServeSettings
from rag.assistant import Assistant
from rag.errors import WrongUse
from rag.generation.models import EXTRACTIVE
from rag.library.models import offered, shown_model
from rag.library.uploads import Uploads
from rag.settings import Settings

# What the service's own model is called, whatever it is.
DEFAULT_MODEL = "dalil"
# Combinations of model and confidence that stay made.
_MADE = 128
# Threads beyond those that answer: for documents, verification and uploads.
_MORE_THREADS = 8


class Service:
    """What the routes stand on. Safe to share between threads."""

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
        self._made: OrderedDict[tuple[str, float], Assistant] = OrderedDict()
        self._lock = threading.Lock()

    def start(self) -> None:
        """Begin to work; called in the event loop that serves."""
        # One question uses one thread at a time: those that were left by clients must not keep others waiting.
        threads = ThreadPoolExecutor(2 * self.serve.concurrent + _MORE_THREADS, thread_name_prefix="work")
        asyncio.get_running_loop().set_default_executor(threads)
        self.jobs.start()
        self.is_ready = True

    def stop(self) -> None:
        """End the work, when requests have ended."""
        self.is_ready = False
        self.jobs.stop(self.serve.shutdown)
        self.assistant.close()

    @property
    def models(self) -> dict[str, str]:
        """What may be asked for, and the setting it stands for; the service's own first."""
        named = {DEFAULT_MODEL: self.settings.llm}
        for spec in offered(self.settings):
            named.setdefault(shown_model(spec), spec)
        return named

    def answering(self, model: str | None, style: str | None, min_confidence: float | None) -> Assistant:
        """The assistant that answers as a request wants; `Refused` or `WrongUse` where none can."""
        spec = self.models.get(model or DEFAULT_MODEL)
        if spec is None:
            raise Refused(NOT_FOUND, f"there is no model {model!r:.200}; GET /v1/models lists them")
        if style == "extractive":
            spec = EXTRACTIVE
        if style == "generative" and spec == EXTRACTIVE:
            raise WrongUse("no model writes here; leave out the style, or have one configured (DALIL_LLM)")
        # Two digits: whoever asks with a new value each time must not have a new assistant made each time.
        least = self.settings.min_confidence if min_confidence is None else round(min_confidence, 2)
        with self._lock:
            return self._with(self._with(self.assistant, llm=spec), min_confidence=least)

    def _with(self, assistant: Assistant, **changes: object) -> Assistant:
        """One with other settings, made once."""
        settings = assistant.settings.model_copy(update=changes)
        if settings == assistant.settings:
            return assistant
        key = (settings.llm, settings.min_confidence)
        made = self._made[key] = self._made.get(key) or assistant.with_settings(**changes)
        self._made.move_to_end(key)
        while len(self._made) > _MADE:
            self._made.popitem(last=False)
        return made

    def is_uploaded(self, path: str) -> bool:
        """Whether a file of the collection came by upload."""
        return Path(path).parent == self.uploads.folder
