"""Files that a visitor has given, in a folder of their own, under names that are safe for paths and eyes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from filelock import FileLock

from corpus.errors import Unreadable
from corpus.reading import SUFFIXES, read_bytes, read_document
from embeddings.files import write_atomically
from rag.errors import WrongUse, as_dalil_errors

# Bytes of a name: file systems take 255, and a number may be added.
_LONGEST = 180
_LONGEST_SUFFIX = 20
_LOCK_SECONDS = 10
_LETTERS = re.compile(r"[^\w .,()+-]+")


class Uploads:
    """The uploaded files of a folder, at most ``most`` of ``largest`` bytes each."""

    def __init__(self, folder: Path, *, largest: int, most: int) -> None:
        self.folder = folder
        self.largest = largest
        self.most = most
        self._lock = FileLock(folder / ".lock", timeout=_LOCK_SECONDS)  # a thread that holds it may take it again

    def files(self) -> list[Path]:
        """The files, by name."""
        return sorted(path for path in self.folder.glob("*") if path.is_file() and not path.name.startswith("."))

    def add(self, name: str, data: bytes) -> Path:
        """Keep a file under a safe form of ``name``; `WrongUse` says why it cannot be kept.

        A file of the same name and content is kept once, one of other content beside it under a number.
        """
        safe = safe_name(name)
        if Path(safe).suffix.lower() not in SUFFIXES:
            raise WrongUse(f"{safe} cannot be read; convert it to text, Markdown or HTML")
        if len(data) > self.largest:
            raise WrongUse(f"{safe} has {len(data):,} bytes and at most {self.largest:,} are taken; split it")
        if not data:
            raise WrongUse(f"{safe} is empty; choose a file with text")
        with self._alone():
            path = next(p for p in self._places(safe) if not p.exists() or _holds(p, data))
            if path.exists():
                return path
            if len(self.files()) >= self.most:
                raise WrongUse(f"{safe} was left out: {self.most} files are the most; remove some first")
            write_atomically(path, data)
        return path

    @contextmanager
    def together(self) -> Iterator[None]:
        """Of the files that are added within, all stay or, where it ends with an error, none.

        No other thread or process adds a file meanwhile.
        """
        with self._alone():
            before = set(self.files())
            try:
                yield
            except BaseException:
                for path in set(self.files()) - before:
                    with suppress(OSError):
                        path.unlink()
                raise

    def remove(self, name: str) -> None:
        """Delete a file; nothing happens where there is none of that name."""
        if name in {path.name for path in self.files()}:
            with as_dalil_errors():
                (self.folder / name).unlink(missing_ok=True)

    def drop_unreadable(self, names: Iterable[str]) -> None:
        """Delete those of ``names`` that hold no text, as they are now, and never will."""
        with self._alone():
            for path in (path for path in self.files() if path.name in set(names)):
                try:
                    read_document(path, read_bytes(path, max_bytes=self.largest))
                except Unreadable as error:
                    if not error.transient:
                        path.unlink(missing_ok=True)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with as_dalil_errors():
            self.folder.mkdir(parents=True, exist_ok=True)
            with self._lock:
                yield

    def _places(self, name: str) -> Iterator[Path]:
        yield self.folder / name
        path = Path(name)
        for number in count(2):
            yield self.folder / f"{path.stem} ({number}){path.suffix}"


def _holds(path: Path, data: bytes) -> bool:
    """Whether a file is of this content; most that are not differ in size, and are not read."""
    return path.stat().st_size == len(data) and path.read_bytes() == data


def safe_name(name: str) -> str:
    """``name`` without folders, control and direction marks or anything but letters, digits and plain signs."""
    base = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    clean = " ".join(_LETTERS.sub(" ", base).split()).rstrip(". ") or "document.txt"
    stem, dot, suffix = clean.rpartition(".") if "." in clean else (clean, "", "")
    return f"{_cut(stem, _LONGEST) or 'document'}{dot}{_cut(suffix, _LONGEST_SUFFIX)}"


def _cut(text: str, most: int) -> str:
    """No more than so many bytes of a part of a name, and no dots and blanks at its ends."""
    return text.strip(". ").encode()[:most].decode("utf-8", "ignore").strip(". ")
