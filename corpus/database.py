"""The store's SQLite file: created completely or not at all, opened only if it is valid, changed in transactions."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from corpus.errors import CorpusError, StoreDamaged, StoreVersion, damage
from corpus.rows import APPLICATION_ID, SCHEMA, STORE_VERSION

_FULL_CHECK_BYTES = 64_000_000
# Errors that say nothing about the file's content, by SQLite's primary result codes.
_NOT_DAMAGE = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_CANTOPEN)
_VARIABLES = 500  # SQLite's smallest limit on variables in one statement is 999


class Database:
    """An open store file. It is safe to share between threads; one process writes at a time."""

    def __init__(self, connection: sqlite3.Connection, path: Path, *, at_rest: tuple[int, ...] | None = None) -> None:
        self.connection = connection
        self.path = path
        self.lock = threading.RLock()
        self._at_rest = at_rest  # the state of the file when it was opened read-only, else None

    @classmethod
    def create(cls, path: Path) -> Self:
        """Open the store at ``path`` to write, creating an empty one if there is none; `CorpusError` if that fails."""
        if path.exists() and not _is_unmade(path):
            return cls.open(path, to_write=True)
        try:
            connection = _connect(path)
        except sqlite3.Error as error:
            raise CorpusError(f"no collection can be made at {path.parent} ({error})") from error
        try:
            _make(connection)
        except sqlite3.Error as error:
            connection.close()
            raise CorpusError(f"no collection can be made at {path.parent} ({error})") from error
        return cls(connection, path)

    @classmethod
    def open(cls, path: Path, *, to_write: bool = False) -> Self:
        """Open an existing store; `StoreDamaged` or `StoreVersion` if it cannot be trusted.

        Raises `CorpusError` if it is locked. Unless ``to_write`` is set, a store in a read-only folder or on a full
        disk can be opened too.
        """
        if not path.is_file() or _is_unmade(path):
            raise StoreDamaged(f"there is no collection at {path.parent}; run `dalil index PATH` to make one")
        try:
            if to_write:
                return cls(_checked(_connect, path), path)
            connection, at_rest = _opened(path)
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF in _NOT_DAMAGE:
                raise CorpusError(f"the collection at {path.parent} cannot be opened ({error}); try again") from error
            raise StoreDamaged(damage(path.parent, str(error))) from error
        return cls(connection, path, at_rest=at_rest)

    def close(self) -> None:
        """Close the file; the store cannot be used afterwards."""
        with self.lock:
            self.connection.close()

    @contextmanager
    def transaction(self, *, write: bool = True) -> Iterator[None]:
        """Commit all of the changes made inside, or none if it fails; ``write=False`` gives one unchanging view."""
        with self.lock:
            self._open_again_if_replaced()
            self.connection.execute("BEGIN IMMEDIATE" if write else "BEGIN")
            try:
                yield
                self.connection.execute("COMMIT")
            except BaseException:
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                raise

    def _open_again_if_replaced(self) -> None:
        """Open a read-only connection again if the file has changed."""
        if self._at_rest is not None and not self.connection.in_transaction and self._at_rest != _likeness(self.path):
            self.connection.close()
            self.connection, self._at_rest = _opened(self.path)

    def _one(self, sql: str, values: Iterable[object] = ()) -> sqlite3.Row | None:
        rows = self._all(sql, values)
        return rows[0] if rows else None

    def _all(self, sql: str, values: Iterable[object] = ()) -> list[sqlite3.Row]:
        with self.lock:
            return self.connection.execute(sql, tuple(values)).fetchall()

    def _of(self, sql: str, keys: Iterable[object]) -> list[sqlite3.Row]:
        """Return the rows of a query that ends in ``IN``, for any number of keys."""
        remaining = list(keys)
        rows: list[sqlite3.Row] = []
        while remaining:
            part, remaining = remaining[:_VARIABLES], remaining[_VARIABLES:]
            rows += self._all(f"{sql} ({','.join('?' * len(part))})", part)
        return rows

    def _insert(self, sql: str, values: tuple[object, ...]) -> int:
        return int(self.connection.execute(sql, values).lastrowid or 0)


def _opened(path: Path) -> tuple[sqlite3.Connection, tuple[int, ...] | None]:
    """Return a checked connection, with None.

    If no log can be made beside the file, return a read-only connection with the file's state.
    """
    try:
        return _checked(_connect, path), None
    except sqlite3.OperationalError as error:
        if "locked" in str(error) or not _is_at_rest(path):
            raise
        likeness = _likeness(path)
        return _checked(_connect_at_rest, path), likeness


def _likeness(path: Path) -> tuple[int, ...]:
    """Return the state of a file: values that change when the file, or a log beside it, changes."""
    status = path.stat()
    return (status.st_ino, status.st_size, status.st_mtime_ns, int(not _is_at_rest(path)))


def _checked(connect: Callable[[Path], sqlite3.Connection], path: Path) -> sqlite3.Connection:
    connection = connect(path)
    try:
        connection.execute("PRAGMA synchronous = FULL")
        _check(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=30)
    connection.row_factory = sqlite3.Row
    return connection


def _connect_at_rest(path: Path) -> sqlite3.Connection:
    """Open read-only without the log beside the file: a read-only folder or a full disk has no room for that."""
    uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    return connection


def _is_at_rest(path: Path) -> bool:
    """Return whether all committed changes are in the file itself and none in a log beside it."""
    log = path.with_name(f"{path.name}-wal")
    return not log.exists() or not log.stat().st_size


def _make(connection: sqlite3.Connection) -> None:
    """Create all tables in one transaction, unless another process has been first."""
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("BEGIN IMMEDIATE")
    if _number(connection, "PRAGMA application_id") == 0:
        for statement in SCHEMA.split(";\n"):
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {STORE_VERSION}")
    connection.execute("COMMIT")


def _check(connection: sqlite3.Connection, path: Path) -> None:
    if _number(connection, "PRAGMA application_id") != APPLICATION_ID:
        raise StoreDamaged(f"{path} is not a Dalil collection; give another --collection folder")
    version = _number(connection, "PRAGMA user_version")
    if version != STORE_VERSION:
        raise StoreVersion(
            f"the collection at {path.parent} has layout {version} and this Dalil reads layout {STORE_VERSION};"
            " index your files into a new --collection folder"
        )
    if _is_at_rest(path) and path.stat().st_size % _number(connection, "PRAGMA page_size"):
        raise sqlite3.DatabaseError("it is cut short")
    if path.stat().st_size <= _FULL_CHECK_BYTES:
        problem = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if problem != "ok":
            raise sqlite3.DatabaseError(problem)


def _is_unmade(path: Path) -> bool:
    """Return whether the file is empty, or a database that a crash left without any table or application id."""
    if not path.stat().st_size:
        return True
    connection = sqlite3.connect(path)
    try:
        named = _number(connection, "PRAGMA application_id") or _number(connection, "PRAGMA user_version")
        return not named and not _number(connection, "SELECT count(*) FROM sqlite_master")
    except sqlite3.DatabaseError:
        return False
    finally:
        connection.close()


def _number(connection: sqlite3.Connection, sql: str) -> int:
    return int(connection.execute(sql).fetchone()[0])
