"""Work on the collection that outlives its request, kept on disk: any worker can report it, and none is lost.

One file per job, written atomically. The worker that does the jobs holds a lock, which the system releases when the
process dies; a job that is marked as running while the lock is free was interrupted. What a job has to do follows from
the uploads' folder (a file is there or not), so resuming a job means bringing the collection in step with that folder.
The request that makes a job holds the folder (`Uploads.alone`) until the files are as the job wants them; the worker
waits for that.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
import threading
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from pydantic import ValidationError

from embeddings.files import write_atomically
from rag.assistant import Assistant
from rag.errors import AtWork, as_dalil_errors
from rag.http.problems import BUSY, Refused
from rag.indexing.plan import IndexReport
from rag.indexing.update import index_paths
from rag.library.tasks import IndexingProgress, Task, now
from rag.library.uploads import Uploads
from rag.library.wording import told
from rag.wire.answers import JOB_ID
from rag.wire.requests import Job, JobKind, Progress

logger = logging.getLogger(__name__)
# How many jobs that have ended are still reported; older ones are removed.
_KEPT = 500
_TICK = 0.25
# Seconds between attempts where another program (`dalil index`) is at work on the collection.
_AGAIN = 2.0
_GONE = "the file was deleted before it was read; send it again"


class Jobs:
    """The jobs of a service's folder, done by one worker at a time, whichever worker accepted them."""

    def __init__(self, home: Path, uploads: Uploads, assistant: Assistant, most: int) -> None:
        self.folder = home / "jobs"
        self._uploads = uploads
        self._assistant = assistant
        self._most = most
        self._turn = FileLock(home / ".at-work", thread_local=False)
        self._stop = threading.Event()
        self._waiting = threading.Event()
        self._thread = threading.Thread(target=self._work, name="jobs", daemon=True)

    def start(self) -> None:
        """Start the thread that does the jobs; interrupted ones are resumed."""
        with as_dalil_errors():
            self.folder.mkdir(parents=True, exist_ok=True)
            self._uploads.settle()
            self._take_up()
        self._waiting.set()
        self._thread.start()

    def stop(self, seconds: float) -> None:
        """Start no more work; what runs has ``seconds`` to end, and is otherwise resumed at the next start."""
        self._stop.set()
        self._waiting.set()
        self._thread.join(seconds)

    def add(self, kind: JobKind, files: Sequence[str], skipped: dict[str, str]) -> Job:
        """Store and return a new job, for files that are added to the uploads' folder or removed from it.

        The caller holds that folder meanwhile.
        """
        made = now()
        job = Job(
            id=secrets.token_hex(16), kind=kind, status="waiting", created=made, updated=made, files=list(files),
            skipped=skipped, documents={}, progress=None, error=None, generation=None,
        )  # fmt: skip
        self._write(job)
        self._waiting.set()
        return job

    def check_room(self) -> None:
        """Raise `Refused` where as many jobs are waiting as are allowed."""
        waiting = sum(job.status in ("waiting", "running", "interrupted") for job in self.all())
        if waiting >= self._most:
            raise Refused(BUSY, f"{waiting} uploads and deletions wait; send this one again later", retry_after=10)

    def all(self) -> list[Job]:
        """Return every job that is kept, the oldest first."""
        found = [self._read(path) for path in self.folder.glob("*.json")]
        return sorted((job for job in found if job), key=lambda job: (job.created, job.id))

    def get(self, identifier: str) -> Job | None:
        """Return a job; None where there is none of that id."""
        return self._read(self._path(identifier)) if re.fullmatch(JOB_ID, identifier) else None

    def _take_up(self) -> None:
        """Add a job for files that were added or removed without one, because the process died between the two.

        (Or because what was indexed before cannot be read now, with other settings or by another version.)
        """
        known = {Path(path).name for path in self._known() if Path(path).parent == self._uploads.folder}
        there = {path.name for path in self._uploads.files()}
        if known != there and not self._open():
            self.add("recovery", sorted(there - known), {})

    def _work(self) -> None:
        while not self._stop.is_set():
            self._waiting.wait(_AGAIN)
            self._waiting.clear()
            try:
                if self._open():
                    # One worker at a time: it finishes the jobs of all.
                    with self._turn.acquire(timeout=0):
                        while not self._stop.is_set() and (jobs := self._open()):
                            self._do(jobs)
                        self._forget()
            except Timeout:
                pass
            except Exception:
                logger.exception("work on uploads failed; it is tried again")
                self._stop.wait(_AGAIN)

    def _open(self) -> list[Job]:
        return [job for job in self.all() if job.status in ("waiting", "running", "interrupted")]

    def _do(self, jobs: list[Job]) -> None:
        """Do all open jobs in one run, which brings the collection in step with the folder as it is now."""
        jobs = [self._write(job.model_copy(update={"status": "running"})) for job in jobs]
        task = Task(self._index)
        while task.status == "running":
            task.join(_TICK)
            self._show(jobs, task)
        try:
            if isinstance(task.failure, AtWork):
                raise task.failure
            ended = [self._ended(job, task) for job in jobs]
            # An upload that cannot be read is reported and removed: no list shows it, so no one could delete it. Files
            # of a recovery stay, since no one gets a report of them.
            uploads = [job for job in ended if job.kind == "upload"]
            self._uploads.drop_unreadable({name for job in uploads for name in job.files if name in job.skipped})
        except AtWork:
            for job in jobs:
                self._write(job.model_copy(update={"status": "waiting", "progress": None}))
            self._stop.wait(_AGAIN)
            return
        for job in ended:
            self._write(job)

    def _index(self, task: Task) -> IndexReport:
        self._uploads.settle()
        if not self._is_needed():
            return IndexReport(generation=self._assistant.collection.generation)
        settings, encoder = self._assistant.settings, self._assistant.encoder
        return index_paths(
            [self._uploads.folder], settings, lambda _: encoder, IndexingProgress(task), others_stay=True
        )

    def _is_needed(self) -> bool:
        """Return whether there is anything to do: a file in the folder, or one of the folder in the collection."""
        folder = self._uploads.folder
        return bool(self._uploads.files()) or any(Path(path).parent == folder for path in self._known())

    def _known(self) -> dict[str, str]:
        """Return the document ids of all files of the collection, by path."""
        return {path: file.document_id for path, file in self._assistant.collection.store.files().items()}

    def _show(self, jobs: list[Job], task: Task) -> None:
        progress = Progress(**asdict(task.step()))
        for job in jobs:
            self._write(job.model_copy(update={"progress": progress}))

    def _ended(self, job: Job, task: Task) -> Job:
        if task.status != "done":
            changes: dict[str, Any] = {"status": "failed", "error": task.error}
        else:
            report: IndexReport = task.result
            known = {} if job.kind == "delete" else self._known()
            reasons = {Path(path).name: told(reason) for path, reason in report.skipped.items()}
            paths = {name: str(self._uploads.folder / name) for name in job.files}
            documents = {name: known[path] for name, path in paths.items() if path in known}
            unread = () if job.kind == "delete" else paths.keys() - documents.keys()
            skipped = {name: reasons.get(name, _GONE) for name in sorted(unread)}
            changes = {
                "status": "done", "generation": report.generation, "documents": documents,
                "skipped": {**job.skipped, **skipped},
            }  # fmt: skip
        return job.model_copy(update={**changes, "progress": None})

    def _forget(self) -> None:
        ended = [job for job in self.all() if job.status in ("done", "failed")]
        for job in ended[: max(0, len(ended) - _KEPT)]:
            self._path(job.id).unlink(missing_ok=True)

    def _write(self, job: Job) -> Job:
        job = job.model_copy(update={"updated": now()})
        with as_dalil_errors():
            write_atomically(self._path(job.id), job.model_dump_json().encode())
        return job

    def _read(self, path: Path) -> Job | None:
        try:
            job = Job.model_validate(json.loads(path.read_bytes()))
        except (OSError, ValueError, ValidationError):
            return None
        if job.status == "running" and not self._is_at_work():
            return job.model_copy(update={"status": "interrupted", "progress": None})
        return job

    def _is_at_work(self) -> bool:
        """Return whether some worker holds the lock, and so is at work."""
        if self._turn.is_locked:
            return True
        probe = FileLock(self._turn.lock_file, thread_local=False)
        try:
            with probe.acquire(timeout=0):
                return False
        except Timeout:
            return True

    def _path(self, identifier: str) -> Path:
        return self.folder / f"{identifier}.json"
