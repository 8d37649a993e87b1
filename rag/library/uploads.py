"""Uploaded files, in a folder of their own, under names that are safe in paths and on pages."""

from __future__ import annotations

import logging
import re
import secrets
import shutil
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from typing import TypeVar

from filelock import FileLock

from corpus.errors import Unreadable
from corpus.reading import SUFFIXES, read_bytes
from embeddings.files import flush_folder, write_atomically
from rag.errors import DalilError, WrongUse, as_dalil_errors
from rag.indexing.workers import Worker
from rag.library.wording import told

logger = logging.getLogger(__name__)
T = TypeVar("T")
# Bytes of a name: file systems take 255, and a number may be added.
_LONGEST = 180
_LONGEST_SUFFIX = 20
_LOCK_SECONDS = 10
_LETTERS = re.compile(r"[^\w .,()+-]+")
# Hidden folders of files that are being added: those not yet complete, and those complete and yet to be moved.
_COMING, _COME = ".coming-", ".come-"


class Uploads:
    """The uploaded files of a folder: at most ``most``, of ``largest`` bytes each at most."""

    def __init__(self, folder: Path, *, largest: int, most: int) -> None:
        self.folder = folder
        self.largest = largest
        self.most = most
        self._lock = FileLock(folder / ".lock", timeout=_LOCK_SECONDS)  # a thread that holds it may take it again

    def files(self) -> list[Path]:
        """Return the files, by name."""
        return sorted(path for path in self.folder.glob("*") if path.is_file() and not path.name.startswith("."))

    def add(self, name: str, data: bytes) -> Path:
        """Store a file under a safe form of ``name``, and return its path; `WrongUse` says why it cannot be stored.

        A file of the same name and content is stored once; one of other content gets a number after its name.
        """
        with self.alone():
            return self.folder / self._keep(name, data, self.folder)

    def add_all(
        self, files: Iterable[tuple[str, Callable[[], bytes]]], agreed: Callable[[list[str], dict[str, str]], T]
    ) -> T:
        """Store files (names, and functions that return their content) all together, once ``agreed`` has returned.

        ``agreed`` is called with the names under which they will be stored, and by name why others cannot be; its
        result is returned. Where it fails or a file cannot be written, none is stored; where the process dies, none or
        all are (by `settle`). `WrongUse` where there is nothing to store.
        """
        names: list[str] = []
        skipped: dict[str, str] = {}
        with self.alone():
            self.settle()
            coming = self.folder / f"{_COMING}{secrets.token_hex(8)}"
            coming.mkdir()
            try:
                for name, read in files:
                    try:
                        names.append(self._keep(name, read(), coming))
                    except WrongUse as error:
                        skipped[name.encode("utf-8", "replace").decode()[:200]] = told(error)
                if not names:
                    raise WrongUse("; ".join(dict.fromkeys(skipped.values())))
                coming = coming.rename(self.folder / f"{_COME}{coming.name.removeprefix(_COMING)}")
                flush_folder(self.folder)
                result = agreed(list(dict.fromkeys(names)), skipped)
            except BaseException:
                shutil.rmtree(coming, ignore_errors=True)
                raise
            try:
                self.settle()
            except (OSError, DalilError):  # it was agreed, and the job for it settles again
                logger.exception("uploaded files could not be moved in yet")
        return result

    def settle(self) -> None:
        """Move files in that were added completely, and remove incomplete ones; wait for additions under way."""
        with self.alone():
            for folder in self.folder.glob(f"{_COME}*"):
                for path in folder.iterdir():
                    path.replace(self.folder / path.name)
                flush_folder(self.folder)
                folder.rmdir()
            for folder in self.folder.glob(f"{_COMING}*"):
                shutil.rmtree(folder)

    def remove(self, name: str) -> None:
        """Delete a file; do nothing where there is none of that name."""
        if name in {path.name for path in self.files()}:
            with as_dalil_errors():
                (self.folder / name).unlink(missing_ok=True)

    def drop_unreadable(self, names: Iterable[str]) -> None:
        """Delete the files of ``names`` that hold no text as they are now, whatever size the settings allow."""
        wanted = set(names)
        # In a process of its own: a file may be one that breaks its reader.
        with self.alone(), closing(Worker()) as worker:
            for path in (path for path in self.files() if path.name in wanted):
                try:
                    worker.read(path, read_bytes(path, max_bytes=path.stat().st_size))
                except Unreadable as error:
                    if not error.transient:
                        path.unlink(missing_ok=True)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other threads and processes that use this class from adding or removing a file meanwhile."""
        with as_dalil_errors():
            self.folder.mkdir(parents=True, exist_ok=True)
            with self._lock:
                yield

    def _keep(self, name: str, data: bytes, where: Path) -> str:
        """Return the name of a file, written into ``where`` unless it is there or among the files already.

        `WrongUse` says why it cannot be stored.
        """
        safe = safe_name(name)
        if Path(safe).suffix.lower() not in SUFFIXES:
            raise WrongUse(f"{safe} cannot be read; convert it to text, Markdown or HTML")
        if len(data) > self.largest:
            raise WrongUse(f"{safe} has {len(data):,} bytes and at most {self.largest:,} are taken; split it")
        if not data:
            raise WrongUse(f"{safe} is empty; choose a file with text")
        folders = {self.folder, where}
        for place in _names(safe):
            there = [folder / place for folder in folders if (folder / place).exists()]
            if any(_holds(path, data) for path in there):
                return place
            if not there:
                break
        if sum(1 for folder in folders for path in folder.glob("[!.]*")) >= self.most:
            raise WrongUse(f"{safe} was left out: {self.most} files are the most; remove some first")
        write_atomically(where / place, data)
        return place


def _names(name: str) -> Iterator[str]:
    yield name
    path = Path(name)
    for number in count(2):
        yield f"{path.stem} ({number}){path.suffix}"


def _holds(path: Path, data: bytes) -> bool:
    """Return whether a file has this content; most that have not differ in size, and are not read."""
    return path.stat().st_size == len(data) and path.read_bytes() == data


def safe_name(name: str) -> str:
    """Return ``name`` without folders, control and direction marks or anything but letters, digits and plain signs."""
    base = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    clean = " ".join(_LETTERS.sub(" ", base).split()).rstrip(". ") or "document.txt"
    stem, dot, suffix = clean.rpartition(".") if "." in clean else (clean, "", "")
    return f"{_cut(stem, _LONGEST) or 'document'}{dot}{_cut(suffix, _LONGEST_SUFFIX)}"


def _cut(text: str, most: int) -> str:
    """Return at most ``most`` bytes of a part of a name, without dots and blanks at its ends."""
    return text.strip(". ").encode()[:most].decode("utf-8", "ignore").strip(". ")
