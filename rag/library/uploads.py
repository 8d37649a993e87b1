"""Files that a visitor has given, in a folder of their own, under names that are safe for paths and eyes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from filelock import FileLock

from corpus.reading import SUFFIXES
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
        with as_dalil_errors():
            self.folder.mkdir(parents=True, exist_ok=True)
            with FileLock(self.folder / ".lock", timeout=_LOCK_SECONDS):
                path = next(p for p in self._places(safe) if not p.exists() or p.read_bytes() == data)
                if path.exists():
                    return path
                if len(self.files()) >= self.most:
                    raise WrongUse(f"{safe} was left out: {self.most} files are the most; remove some first")
                write_atomically(path, data)
        return path

    def remove(self, name: str) -> None:
        """Delete a file; nothing happens where there is none of that name."""
        if name in {path.name for path in self.files()}:
            with as_dalil_errors():
                (self.folder / name).unlink(missing_ok=True)

    def _places(self, name: str) -> Iterator[Path]:
        yield self.folder / name
        path = Path(name)
        for number in count(2):
            yield self.folder / f"{path.stem} ({number}){path.suffix}"


def safe_name(name: str) -> str:
    """``name`` without folders, control and direction marks or anything but letters, digits and plain signs."""
    base = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    clean = " ".join(_LETTERS.sub(" ", base).split()).rstrip(". ") or "document.txt"
    stem, dot, suffix = clean.rpartition(".") if "." in clean else (clean, "", "")
    return f"{_cut(stem, _LONGEST) or 'document'}{dot}{_cut(suffix, _LONGEST_SUFFIX)}"


def _cut(text: str, most: int) -> str:
    """No more than so many bytes of a part of a name, and no dots and blanks at its ends."""
    return text.strip(". ").encode()[:most].decode("utf-8", "ignore").strip(". ")
