"""Text for a terminal: made harmless, and wrapped."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator

from rich.cells import cell_len

# These join letters in words of Uyghur and Persian, and parts of emoji; they cannot control the terminal.
_JOINERS = "\u200c\u200d"


_HAN = "\u2e80-\u2fff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"


# What a line may be broken before or after: white space, a word, a Han character with the marks that cling to it.
_PIECE = re.compile(rf"\s+|[（「『《〈【“‘(\[]*[{_HAN}][、。，！？；：）」』》〉】”’,.!?;:)\]…]*|[^\s{_HAN}]+")


def visible(text: str) -> str:
    """Return ``text`` without characters that a terminal would act on."""
    return "".join(c if c.isprintable() or c in _JOINERS else " " if c.isspace() else "\ufffd" for c in text)


def short_path(path: str) -> str:
    """Return a path relative to the working folder where that is shorter, with control characters made visible."""
    try:
        relative = os.path.relpath(path)
    except (ValueError, OSError):
        relative = path
    return visible(relative if len(relative) < len(path) else path)


def wrap(text: str, width: int) -> Iterator[str]:
    """Yield ``text`` in lines of at most ``width`` columns, East Asian wide characters counted as two."""
    line = ""
    for piece in _PIECE.findall(text):
        if cell_len(line + piece) <= width:
            line += piece
            continue
        if line.strip():
            yield line.rstrip()
        *full, line = _chopped(piece.strip(), width)
        yield from full
    yield line.rstrip()


def _chopped(word: str, width: int) -> list[str]:
    """Return a word in parts of at most ``width`` columns; rich would lose a word that begins with joiners."""
    parts = [""]
    for character in word:
        if parts[-1] and cell_len(parts[-1] + character) > width:
            parts.append("")
        parts[-1] += character
    return parts


def rows(text: str, width: int) -> Iterator[tuple[int, str]]:
    """Yield the position in ``text`` at which each line of `wrap` begins, with the line."""
    at = 0
    for row in wrap(text, width):
        at = max(at, text.find(row, at))  # only white space is left out between two
        yield at, row
        at += len(row)


def drop_output() -> None:
    """Discard all further output: the reader of the pipe has closed it (``dalil … | head``)."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
