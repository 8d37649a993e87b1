"""Errors a user can act on.

DalilError             exit code 1
├── StorageFull        nothing more can be written
├── AtWork             another run is at work on the collection
├── ModelFailed        a model that writes did not answer
├── WrongUse           exit code 2: the request cannot be carried out as it was made
└── CollectionError    exit code 3: the collection is missing, damaged or made by another version
"""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import Timeout

from corpus.errors import CorpusError, damage
from embeddings.errors import EmbeddingError, IndexDamaged, ModelUnavailable


class DalilError(Exception):
    """Base of the errors of this package; the message is one sentence that says what to do."""

    exit_code = 1


class WrongUse(DalilError):
    """The question, option or path cannot be used."""

    exit_code = 2


class StorageFull(DalilError):
    """Nothing more can be written."""


class AtWork(DalilError):
    """Another run is at work on the collection, or another process on a folder; it ends by itself."""


class ModelFailed(DalilError):
    """A model that writes answers did not answer; the message says which and what to do."""


class CollectionError(DalilError):
    """The collection is missing, damaged or made by another version."""

    exit_code = 3


def damaged(where: Path, error: Exception) -> CollectionError:
    """Return the error for a collection whose rows contradict each other."""
    return CollectionError(damage(where, error))


@contextmanager
def as_dalil_errors() -> Iterator[None]:
    """Turn errors of `corpus` and `embeddings`, a full disk, a held lock and a broken database into `DalilError`."""
    try:
        yield
    except ModelUnavailable as error:
        raise WrongUse(str(error)) from error
    except IndexDamaged as error:
        reason = str(error).partition(";")[0].rstrip(".")
        reason = reason[:1].lower() + reason[1:]
        raise CollectionError(f"{reason}; run `dalil index PATH` to build it again from the stored vectors") from error
    except CorpusError as error:
        # The database's surroundings (disk, locks, permissions), not its content.
        if isinstance(error.__cause__, sqlite3.OperationalError):
            raise _database_error(error.__cause__) from error
        raise CollectionError(str(error)) from error
    except EmbeddingError as error:
        raise DalilError(str(error)) from error
    except sqlite3.Error as error:
        raise _database_error(error) from error
    except Timeout as error:
        raise AtWork("another process is at work on these files; try again in a moment") from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageFull("the disk is full; free some space and run the command again") from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise DalilError(
                f"no permission to use {error.filename}; change that or choose another --collection folder"
            ) from error
        raise


def _database_error(error: sqlite3.Error) -> DalilError:
    """Return the error for what SQLite reports, by its primary result code (the lower byte of ``sqlite_errorcode``)."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return StorageFull("the disk is full; free some space and run the command again")
    if code == sqlite3.SQLITE_IOERR:
        return StorageFull("the disk is full or failing; free some space and run the command again")
    if code == sqlite3.SQLITE_CANTOPEN:
        return CollectionError("the collection cannot be opened; check its permissions and run the command again")
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return DalilError("another process is writing to the collection; wait for it and run the command again")
    if code == sqlite3.SQLITE_READONLY:
        return StorageFull(
            "the collection cannot be written, because the disk is full or the folder is read-only;"
            " free some space or choose another --collection folder"
        )
    return CollectionError(f"the collection is damaged ({error}); delete its folder and run `dalil index PATH` again")
