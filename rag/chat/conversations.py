"""Conversations on disk: one JSON file each, in the folder of their visitor.

Changes from several tabs are merged under a lock; every write is atomic. A file that cannot be read as a conversation
is left where it is and not listed.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from filelock import FileLock
from pydantic import TypeAdapter

from embeddings.files import write_atomically
from rag.errors import WrongUse, as_dalil_errors
from rag.library.tasks import now

FORMAT = 1
_LONGEST_TITLE = 80
_ID = re.compile(r"[0-9a-f]{16}")
_LOCK_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question with its answer (the JSON shape of `rag.answer.Answer`), or with the reason why there is none.

    ``asked_at`` is an ISO time in UTC. ``outcome`` is ``answer``, ``stopped`` or ``failed``; ``error`` a sentence.
    """

    question: str
    asked_at: str
    answer: dict[str, Any] | None = None
    outcome: str = "answer"
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation, oldest exchange first."""

    id: str
    title: str
    created: str
    updated: str
    exchanges: tuple[Exchange, ...] = ()

    def without(self, asked_at: str | None) -> Conversation:
        """Return the conversation without the last exchange asked at ``asked_at``; unchanged if there is none."""
        place = next((n for n, e in reversed(list(enumerate(self.exchanges))) if e.asked_at == asked_at), None)
        if place is None:
            return self
        return replace(self, exchanges=self.exchanges[:place] + self.exchanges[place + 1 :])

    def history(self) -> list[dict[str, str]]:
        """Return the questions and answers so far, as `rag.Assistant.ask` takes them."""
        return [{"question": e.question, "answer": _spoken(e.answer)} for e in self.exchanges]


@dataclass(frozen=True, slots=True)
class Summary:
    """An entry of the list of conversations."""

    id: str
    title: str
    updated: str


_READER = TypeAdapter(Conversation)


class Conversations:
    """The conversations of a folder, which is created when the first one is saved."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def all(self) -> list[Summary]:
        """Return a summary of every readable conversation, the last changed first."""
        found = [_summary(path, _likeness(path)) for path in self.folder.glob("*.json") if _ID.fullmatch(path.stem)]
        return sorted((s for s in found if s), key=lambda s: (s.updated, s.id), reverse=True)

    def load(self, identifier: str) -> Conversation | None:
        """Return the conversation with this id; None if there is none or it cannot be read."""
        return _read(self._path(identifier)) if _ID.fullmatch(identifier) else None

    def start(self, question: str) -> Conversation:
        """Return a new conversation, titled with its first question; it is saved once it has an exchange."""
        began = now()
        return Conversation(secrets.token_hex(8), _title(question), began, began)

    def append(self, conversation: Conversation, exchange: Exchange, *, replacing: str | None = None) -> Conversation:
        """Add an exchange to a conversation, after whatever else was added meanwhile, and return the result.

        It takes the place of the exchange asked at ``replacing``, if there is one. Raises `WrongUse` if the
        conversation was saved before and no longer exists, or if its file can no longer be read.
        """

        def longer(kept: Conversation) -> Conversation:
            others = kept.without(replacing)
            return replace(others, exchanges=(*others.exchanges, exchange))

        return self._change(conversation.id, longer, None if conversation.exchanges else conversation)

    def rename(self, identifier: str, title: str) -> None:
        """Rename a conversation; `WrongUse` if the title is empty or the conversation does not exist."""
        if not title.strip():
            raise WrongUse("a conversation needs a title; type one")
        self._change(identifier, lambda kept: replace(kept, title=_title(title)))

    def delete(self, identifier: str) -> None:
        """Delete the conversation with this id, if there is one."""
        if _ID.fullmatch(identifier):
            with as_dalil_errors():
                self._path(identifier).unlink(missing_ok=True)

    def _change(
        self, identifier: str, change: Callable[[Conversation], Conversation], new: Conversation | None = None
    ) -> Conversation:
        with as_dalil_errors():
            self.folder.mkdir(parents=True, exist_ok=True)
            with FileLock(self.folder / ".lock", timeout=_LOCK_SECONDS):
                kept = self.load(identifier)
                if kept is None and new and _ID.fullmatch(identifier):
                    kept = None if self._path(identifier).exists() else new
                if kept is None:
                    raise WrongUse("this conversation is no longer there; start another")
                changed = replace(change(kept), updated=now())
                text = json.dumps({"format": FORMAT, **asdict(changed)}, ensure_ascii=False)
                write_atomically(self._path(identifier), text.encode("utf-8", "replace"))
        return changed

    def _path(self, identifier: str) -> Path:
        return self.folder / f"{identifier}.json"


def exchange(question: str, **values: Any) -> Exchange:
    """Return an exchange asked now; ``values`` are its other fields."""
    return Exchange(question, now(), **values)


def _spoken(answer: Mapping[str, Any] | None) -> str:
    return " ".join(str(statement["text"]) for statement in answer["statements"]) if answer else ""


def _title(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_TITLE else f"{line[: _LONGEST_TITLE - 1].rstrip()}…"


def _likeness(path: Path) -> tuple[int, ...]:
    try:
        found = path.stat()
    except OSError:  # deleted a moment ago
        return ()
    return found.st_ino, found.st_mtime_ns, found.st_size


@lru_cache(maxsize=4096)
def _summary(path: Path, likeness: tuple[int, ...]) -> Summary | None:
    """Return the summary of a file; None if it cannot be read.

    The result is cached for each state of the file (``likeness``), since the list is drawn with every click.
    """
    found = _read(path)
    return Summary(found.id, found.title, found.updated) if found else None


def _read(path: Path) -> Conversation | None:
    try:
        values = json.loads(path.read_text("utf-8"))
        if values.pop("format") != FORMAT or values["id"] != path.stem:
            return None
        found = _READER.validate_python(values)
        found.history()
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return found
