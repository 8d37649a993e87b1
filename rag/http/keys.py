"""API keys: who may ask and who may manage. Only their hashes are stored.

A key is 256 random bits, so one round of SHA-256 is enough: there is nothing to guess from a dictionary.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from filelock import FileLock
from pydantic import TypeAdapter, ValidationError

from embeddings.files import write_atomically
from rag.errors import DalilError, WrongUse, as_dalil_errors
from rag.library.tasks import now

Scope = Literal["ask", "manage"]
SCOPES: tuple[Scope, ...] = ("ask", "manage")
PREFIX = "dalil_"
_NAME = "keys.json"
_LONGEST_KEY = 200
_LONGEST_NAME = 100
_LOCK_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Key:
    """What is stored of a key: a name for people, the hash of its secret, and what it allows."""

    id: str
    name: str
    sha256: str
    scopes: tuple[Scope, ...]
    created: str


_READER = TypeAdapter(tuple[Key, ...])


class Keys:
    """The keys stored in a folder. Changes by other processes are noticed at the next call."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / _NAME
        self._seen: tuple[int, ...] = ()
        self._known: tuple[Key, ...] = ()
        self._lock = threading.Lock()

    def all(self) -> tuple[Key, ...]:
        """Return every key; `DalilError` where the file cannot be read, so that no key is accepted then."""
        try:
            status = self.path.stat()
        except FileNotFoundError:
            return ()
        likeness = (status.st_ino, status.st_mtime_ns, status.st_size)
        with self._lock:
            if likeness != self._seen:
                try:
                    self._known = _READER.validate_json(self.path.read_bytes())
                except (OSError, ValidationError):
                    raise DalilError(f"the keys at {self.path} cannot be read; put the file right") from None
                self._seen = likeness
            return self._known

    @property
    def exist(self) -> bool:
        """Return whether there are keys, or were: revoking the last one must not let everyone in."""
        return self.path.exists()

    def find(self, secret: str) -> Key | None:
        """Return the key with this secret, or None, in a time that does not depend on how near it comes to one."""
        digest = _digest(secret[:_LONGEST_KEY])
        found: Key | None = None
        for key in self.all():
            if hmac.compare_digest(digest, key.sha256):
                found = key
        return found

    def add(self, name: str, scopes: tuple[Scope, ...]) -> tuple[Key, str]:
        """Make a key, and return it with its secret, which is not stored; `WrongUse` for an unsuitable name."""
        if not name.strip() or len(name) > _LONGEST_NAME or not name.isprintable():
            raise WrongUse(f"a key needs a name of at most {_LONGEST_NAME} printable characters; say who it is for")
        secret = PREFIX + secrets.token_urlsafe(32)
        key = Key(secrets.token_hex(4), name.strip(), _digest(secret), scopes, now("seconds"))
        self._change(lambda keys: (*keys, key))
        return key, secret

    def revoke(self, identifier: str) -> Key:
        """Remove a key and return it; it is refused from now on. `WrongUse` where there is none of that id."""
        gone = next((key for key in self.all() if key.id == identifier), None)
        if gone is None:
            raise WrongUse(f"there is no key {identifier}; `dalil keys list` shows them")
        self._change(lambda keys: tuple(key for key in keys if key.id != identifier))
        return gone

    def _change(self, change: Callable[[tuple[Key, ...]], tuple[Key, ...]]) -> None:
        with as_dalil_errors():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(self.path.with_name(f".{_NAME}.lock"), timeout=_LOCK_SECONDS):
                changed = change(self.all())
                write_atomically(self.path, json.dumps([asdict(key) for key in changed], indent=1).encode())
                self.path.chmod(0o600)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
