"""Visitors, and their own collections: copies of the shared one to which their files are added."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import platformdirs
from pydantic import Field, TypeAdapter

from corpus.errors import CorpusError
from embeddings.files import write_atomically
from rag.assistant import Assistant
from rag.chat.conversations import Conversations
from rag.errors import as_dalil_errors
from rag.indexing.discover import absolute
from rag.indexing.update import index_paths
from rag.library.tasks import IndexingProgress, Task
from rag.library.uploads import Uploads
from rag.library.wording import offered
from rag.search.collection import GRANULARITIES, STORE_NAME, Collection
from rag.settings import Settings

_ORIGIN = "forked_from"


def is_fork_of(root: Path, base: Collection) -> bool:
    """Return whether the collection at ``root`` can be read and is a copy of the current generation of ``base``."""
    if not (root / STORE_NAME).is_file():
        return False
    try:
        found = Collection.open(root)
    except CorpusError:  # damaged, or of an older layout: to be made anew
        return False
    try:
        return found.store.meta(_ORIGIN) == origin(base)
    finally:
        found.close()


@contextmanager
def fork(base: Collection, root: Path) -> Iterator[Path]:
    """Copy ``base`` and yield the copy's folder, to be completed there; on success it replaces ``root``.

    The old collection stays intact until then. Its cached vectors are kept, so that adding the same files again embeds
    nothing.
    """
    root.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{root.name}-", dir=root.parent))
    try:
        _copy(base, made)
        if (root / STORE_NAME).is_file():
            _take_vectors(root / STORE_NAME, made / STORE_NAME)
        yield made
        _exchange(made, root)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _copy(base: Collection, made: Path) -> None:
    with base.store.transaction(write=False):
        generation = base.generation
        copy = sqlite3.connect(made / STORE_NAME)
        try:
            base.store.connection.backup(copy)
            copy.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (_ORIGIN, origin(base)))
            copy.commit()
        finally:
            copy.close()
        for granularity in GRANULARITIES:
            source = base.vector_path(granularity, generation)
            try:
                os.link(source, made / source.name)
            except OSError:  # another disk, or one without links
                shutil.copyfile(source, made / source.name)


def _take_vectors(old: Path, new: Path) -> None:
    connection = sqlite3.connect(new)
    try:
        connection.execute("ATTACH DATABASE ? AS old", (str(old),))
        connection.execute("INSERT OR IGNORE INTO vectors SELECT * FROM old.vectors")
        connection.commit()
    except sqlite3.Error:  # damaged: they are made again
        connection.rollback()
    finally:
        connection.close()


def _exchange(made: Path, root: Path) -> None:
    if root.exists():
        aside = Path(tempfile.mkdtemp(prefix=f".{root.name}-", dir=root.parent))
        root.rename(aside / "old")
        try:
            made.rename(root)
        except OSError:
            (aside / "old").rename(root)
            raise
        shutil.rmtree(aside, ignore_errors=True)
    else:
        made.rename(root)


def origin(base: Collection) -> str:
    """Return a text that identifies a collection in its current generation, whose number alone would not be unique."""
    return f"{base.root.resolve()} {base.generation} {base.store.meta('sentences_sha256')}"


# How many visitors' collections stay open; the one used longest ago is dropped first.
_OPEN = 16
_REPORT = "report.json"
_PREFERENCES = "preferences.json"


@dataclass(frozen=True, slots=True)
class Report:
    """The result of indexing a visitor's files: every file's name, and the reason for each that was left out."""

    files: list[str]
    skipped: dict[str, str]


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a visitor has set for their answers and the page; None stands for the value of the settings."""

    llm: str | None = None
    min_confidence: Annotated[float, Field(ge=0, le=1)] | None = None
    k: Annotated[int, Field(ge=1, le=200)] | None = None
    language: str | None = None


_REPORTS, _PREFERRED = TypeAdapter(Report), TypeAdapter(Preferences)


@dataclass(frozen=True, slots=True)
class Visitor:
    """A visitor's own folder: conversations, uploaded files and, once there are files, a collection."""

    folder: Path
    conversations: Conversations
    uploads: Uploads

    @property
    def collection(self) -> Path:
        """Return the folder of the visitor's copy of the collection."""
        return self.folder / "collection"

    def preferences(self) -> Preferences:
        """Return the visitor's saved preferences; all None if there are none or they cannot be read."""
        try:
            return _PREFERRED.validate_json((self.folder / _PREFERENCES).read_bytes())
        except (OSError, ValueError):
            return Preferences()

    def prefer(self, preferred: Preferences, **changes: Any) -> Preferences:
        """Save ``preferred`` with ``changes`` as the visitor's preferences, and return the result."""
        changed = replace(preferred, **changes)
        with as_dalil_errors():
            self.folder.mkdir(parents=True, exist_ok=True)
            write_atomically(self.folder / _PREFERENCES, json.dumps(asdict(changed)).encode())
        return changed

    def last_report(self) -> Report:
        """Return the report of the last indexing of the visitor's files; an empty one if there was none."""
        try:
            return _REPORTS.validate_json((self.folder / _REPORT).read_bytes())
        except (OSError, ValueError):
            return Report([], {})


class Desk:
    """The shared collection and its visitors. There is one per process; it is safe to share between threads."""

    def __init__(self, settings: Settings, base: Assistant | None = None) -> None:
        self.settings = settings
        self.base = base or Assistant.open(settings=settings)
        self._own: OrderedDict[Path, Assistant] = OrderedDict()
        self._as_preferred: OrderedDict[tuple[int, object], Assistant] = OrderedDict()
        self._tasks: dict[Path, Task] = {}
        self._in_step: dict[Path, tuple[str, ...]] = {}
        self._lock = threading.RLock()

    def visitor(self, secret: str) -> Visitor:
        """Return the visitor with this secret, known or new."""
        name = hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()[:32]
        folder = self._visitors / name
        uploads = Uploads(folder / "uploads", largest=self.settings.max_file_bytes, most=self.settings.max_uploads)
        return Visitor(folder, Conversations(folder / "conversations"), uploads)

    def assistant(self, visitor: Visitor, preferred: Preferences | None = None) -> Assistant:
        """Return the assistant over the documents that a visitor may see, with the preferences ``preferred``."""
        with self._lock, as_dalil_errors():
            assistant = self._over_own(visitor) if visitor.collection.is_dir() else self.base
            return self._preferring(assistant, preferred or Preferences())

    def is_behind(self, visitor: Visitor) -> bool:
        """Return whether the visitor's collection is out of date with their files or the shared collection."""
        files = [path.name for path in visitor.uploads.files()]
        if not files and not visitor.collection.is_dir():
            return False
        state = (origin(self.base.collection), *files)
        if self._in_step.get(visitor.folder) != state:
            if files != visitor.last_report().files or not is_fork_of(visitor.collection, self.base.collection):
                return True
            self._in_step[visitor.folder] = state
        return False

    def update(self, visitor: Visitor) -> Task:
        """Update the visitor's collection from their files in a thread; return this task, or the one under way."""
        with self._lock:
            known = self._tasks.get(visitor.folder)
            if known is None or known.status != "running":
                known = self._tasks[visitor.folder] = Task(lambda task: self._update(visitor, task))
            return known

    def task(self, visitor: Visitor) -> Task | None:
        """Return the visitor's last task in this process; None if there was none."""
        return self._tasks.get(visitor.folder)

    @property
    def _visitors(self) -> Path:
        # In the form in which the collection stores paths, so that files of this folder are recognised.
        return absolute(self.settings.visitors or platformdirs.user_data_path("dalil") / "visitors")

    def _update(self, visitor: Visitor, task: Task) -> Report:
        with as_dalil_errors():
            visitor.uploads.folder.mkdir(parents=True, exist_ok=True)
            if is_fork_of(visitor.collection, self.base.collection):
                report = self._index(visitor, visitor.collection, task)
            else:
                with fork(self.base.collection, visitor.collection) as made:
                    report = self._index(visitor, made, task)
                self._close(visitor)
            write_atomically(visitor.folder / _REPORT, json.dumps(asdict(report), ensure_ascii=False).encode())
        return report

    def _index(self, visitor: Visitor, root: Path, task: Task) -> Report:
        settings = self.settings.model_copy(update={"collection": root})
        folder = visitor.uploads.folder
        names = [path.name for path in visitor.uploads.files()]
        skipped: dict[str, str] = {}
        if names or _holds(root, folder):
            found = index_paths(
                [folder], settings, lambda _: self.base.encoder, IndexingProgress(task), others_stay=True
            )
            skipped = {Path(path).name: reason for path, reason in found.skipped.items()}
        return Report(names, skipped)

    def _over_own(self, visitor: Visitor) -> Assistant:
        known = self._own.get(visitor.collection)
        if known is None:
            settings = self.settings.model_copy(update={"collection": visitor.collection})
            known = Assistant(Collection.open(visitor.collection), self.base.encoder, settings)
            self._own[visitor.collection] = known
        self._own.move_to_end(visitor.collection)
        while len(self._own) > _OPEN:
            # Dropped and not closed: an answer may be using it. Its file closes when nothing refers to it any more.
            self._own.popitem(last=False)
        return known

    def _close(self, visitor: Visitor) -> None:
        with self._lock:
            self._own.pop(visitor.collection, None)

    def _preferring(self, assistant: Assistant, preferred: Preferences) -> Assistant:
        # If the operator no longer offers the chosen model, the configured one answers.
        llm = preferred.llm if preferred.llm in offered(self.settings) else None
        changes = {"llm": llm, "min_confidence": preferred.min_confidence}
        changes = {
            name: value
            for name, value in changes.items()
            if value is not None and value != getattr(assistant.settings, name)
        }
        if not changes:
            return assistant
        key = (id(assistant.engine), tuple(changes.items()))
        known = self._as_preferred.get(key)
        if known is None or known.engine is not assistant.engine:
            known = self._as_preferred[key] = assistant.with_settings(**changes)
        self._as_preferred.move_to_end(key)
        while len(self._as_preferred) > 2 * _OPEN:
            self._as_preferred.popitem(last=False)
        return known


def _holds(root: Path, folder: Path) -> bool:
    """Return whether a collection contains a file that lies directly in ``folder``."""
    collection = Collection.open(root)
    try:
        return any(Path(path).parent == folder for path in collection.store.files())
    finally:
        collection.close()
