"""Errors of the corpus package.

CorpusError
├── Unreadable        one file cannot become a document; the run goes on without it
├── StoreDamaged      the store file is truncated, altered or not a store
└── StoreVersion      the store was written by another version of Dalil
"""

from __future__ import annotations

from pathlib import Path


class CorpusError(Exception):
    """Base of every error raised by this package."""


class Unreadable(CorpusError):
    """A file that cannot be indexed; the message is the reason, as shown to the user.

    ``transient`` is True for a file that could not be opened just now (permissions, vanished), and False for one
    whose content is unusable (empty, binary, too large).
    """

    def __init__(self, reason: str, *, transient: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.transient = transient


class StoreDamaged(CorpusError):
    """The store file is truncated, altered or not a store."""


def damage(folder: Path, reason: object) -> str:
    """Return the sentence for a collection in ``folder`` that is damaged, with what to do; an error tells its kind."""
    told = f"{type(reason).__name__}: {reason}" if isinstance(reason, Exception) else reason
    return f"the collection at {folder} is damaged ({told}); delete the folder and run `dalil index PATH` again"


class StoreVersion(CorpusError):
    """The store has a layout this version does not know."""
