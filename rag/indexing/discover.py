"""The files that an indexing run looks at."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from corpus.reading import SUFFIXES
from rag.errors import WrongUse


@dataclass(slots=True)
class Found:
    """Files to read, in order, and those that are skipped, with the reason.

    ``closed`` are files and folders that could not be looked at, so nothing is known about what they hold now.
    """

    files: list[Path] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    closed: list[str] = field(default_factory=list)

    def skip(self, path: str | Path, reason: str) -> None:
        """Skip a path for a reason; in its name, bytes that are not UTF-8 are shown as replacement characters."""
        self.skipped[os.fsencode(path).decode("utf-8", "replace")] = reason


def find_files(roots: list[Path]) -> Found:
    """Find the files at and under ``roots``; hidden files and folders are left out, unless they are roots themselves.

    Links are followed only to files inside the root they are found under. Raises `WrongUse` for a root that is neither
    a file nor a folder.
    """
    found = Found()
    for root in roots:
        if root.is_dir():
            for path in _walk(root, found):
                _consider(path, root, found)
        elif root.exists() and not root.is_file():
            raise WrongUse(f"{root} is neither a file nor a folder; give files or folders to index")
        elif root.is_file():
            _add(root, found)
    found.files = sorted(set(found.files), key=str)
    return found


def is_under(path: str, root: Path) -> bool:
    """Return whether ``path`` is ``root`` or lies in it."""
    return path == str(root) or path.startswith(f"{root}{os.sep}") or str(root) == os.sep


def absolute(path: Path) -> Path:
    """Return an absolute path without ``..``; links are not followed, so that a link stays what it is."""
    return Path(os.path.abspath(path.expanduser()))  # noqa: PTH100 - resolve() would follow links


def _walk(root: Path, found: Found) -> Iterator[Path]:
    def unreadable(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):
            _close(error.filename, error, found, "folder")

    for folder, names, files in os.walk(root, onerror=unreadable):
        names[:] = sorted(name for name in names if not name.startswith("."))
        for name in list(names):
            if (Path(folder) / name).is_symlink():
                found.skip(Path(folder) / name, "a link to a folder; index its target itself")
                names.remove(name)
        yield from (Path(folder) / name for name in sorted(files) if not name.startswith("."))


def _consider(path: Path, root: Path, found: Found) -> None:
    try:
        reason = _reason_to_skip(path, root)
    except RuntimeError:
        reason = "a link that leads back to itself"
    except OSError as error:
        _close(path, error, found, "file")
        return
    if reason:
        found.skip(path, reason)
    else:
        _add(path, found)


def _reason_to_skip(path: Path, root: Path) -> str | None:
    if path.is_symlink() and not path.resolve().is_relative_to(root.resolve()):
        return "a link that points outside the folder"
    if path.is_symlink() and not path.exists():
        return "a link to a file that does not exist"
    if not path.is_file():
        return "not a regular file"
    if path.suffix.lower() not in SUFFIXES:
        return f"{path.suffix} files are not read; docs/formats.md lists those that are"
    return None


def _close(path: str | Path, error: OSError, found: Found, what: str) -> None:
    if isinstance(error, PermissionError):
        found.skip(path, f"no permission to open the {what}")
    else:
        found.skip(path, f"the {what} cannot be opened ({error.strerror})")
    found.closed.append(str(path))


def _add(path: Path, found: Found) -> None:
    try:
        str(path).encode()
    except UnicodeEncodeError:
        found.skip(path, "the file's name is not valid UTF-8; rename it")
        return
    found.files.append(path)
