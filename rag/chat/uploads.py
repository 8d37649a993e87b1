"""Files that a visitor has given, in a folder of their own, under names that are safe for paths and eyes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from corpus.reading import SUFFIXES
from embeddings.files import write_atomically
from rag.errors import WrongUse

# Bytes of a name: file systems take 255, and a number may be added.
_LONGEST = 180
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
        if len(self.files()) >= self.most:
            raise WrongUse(f"{safe} was left out: {self.most} files are the most; remove some first")
        self.folder.mkdir(parents=True, exist_ok=True)
        for path in self._places(safe):
            if not path.exists():
                write_atomically(path, data)
                return path
            if path.read_bytes() == data:
                return path
        raise AssertionError("numbers do not end")

    def remove(self, name: str) -> None:
        """Delete a file; nothing happens where there is none of that name."""
        if name in {path.name for path in self.files()}:
            (self.folder / name).unlink(missing_ok=True)

    def _places(self, name: str) -> Iterator[Path]:
        yield self.folder / name
        path = Path(name)
        for number in count(2):
            yield self.folder / f"{path.stem} ({number}){path.suffix}"


def safe_name(name: str) -> str:
    """``name`` without folders, control and direction marks or anything but letters, digits and plain signs."""
    base = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    clean = " ".join(_LETTERS.sub(" ", base).split()).strip(". ")
    path = Path(clean or "document.txt")
    stem = path.stem.encode()[:_LONGEST].decode("utf-8", "ignore").strip()
    return f"{stem or 'document'}{path.suffix.encode()[:20].decode('utf-8', 'ignore')}"
