"""The service's parts, made once a worker: the assistant, its models, the jobs, the keys, the gate."""

from __future__ import annotations

import asyncio
from pathlib import Path

from rag.api.assistants import Assistants
from rag.api.gate import Gate
from rag.api.jobs import Jobs
from rag.api.keys import Keys
from rag.api.refusals import NOT_FOUND, Refused, timed_out
from rag.api.settings import ServeSettings
from rag.assistant import Assistant
from rag.errors import WrongUse
from rag.generation.models import EXTRACTIVE
from rag.library.models import offered, shown_model
from rag.library.uploads import Uploads
from rag.settings import Settings

# What the service's own model is called, whatever it is.
DEFAULT_MODEL = "dalil"
# Seconds that a job has to end at shutdown; else it is taken up at the next start.
_JOBS_SECONDS = 5.0


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
        self._assistants = Assistants(self.assistant)

    def start(self) -> None:
        """Begin to work."""
        self.jobs.start()
        self.is_ready = True

    def stop(self) -> None:
        """End the work, when requests have ended."""
        self.is_ready = False
        self._assistants.close()
        self.jobs.stop(min(_JOBS_SECONDS, self.serve.shutdown))
        self.assistant.close()

    @property
    def models(self) -> dict[str, str]:
        """What may be asked for, and the setting it stands for; the service's own first."""
        named = {DEFAULT_MODEL: self.settings.llm}
        for spec in offered(self.settings):
            name = shown_model(spec)
            same = sum(other.partition(" (")[0] == name for other in named)
            named[f"{name} ({same + 1})" if same else name] = spec
        return named

    def spec_of(self, model: str) -> str:
        """The setting that a model's name stands for; `Refused` where there is none of the name."""
        spec = self.models.get(model)
        if spec is None:
            raise Refused(NOT_FOUND, f"there is no model {model!r:.200}; GET /v1/models lists them")
        return spec

    async def answering(self, model: str | None, style: str | None, min_confidence: float | None) -> Assistant:
        """The assistant that answers as a request wants; `Refused` or `WrongUse` where none can."""
        spec = self.spec_of(model or DEFAULT_MODEL)
        if style == "extractive":
            spec = EXTRACTIVE
        # Two digits: whoever asks with a new value each time must not have a new assistant made each time.
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
        """Whether a file of the collection came by upload."""
        return Path(path).parent == self.uploads.folder
