"""Files that are written completely or not at all, with the permissions of any new file."""

import os
import tempfile
import threading
from pathlib import Path

__all__ = ["flush_folder", "share_as_usual", "write_atomically"]

_asking = threading.Lock()


def write_atomically(path: Path, data: bytes) -> None:
    """Write beside `path`, flush to disk, rename over it, then flush the folder's entry."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        share_as_usual(Path(name))
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    flush_folder(path.parent)


def flush_folder(path: Path) -> None:
    """Flush a folder's entries to disk, so that a rename in it survives a crash."""
    if os.name == "posix":  # Elsewhere a folder cannot be opened.
        folder = os.open(path, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def share_as_usual(path: Path) -> None:
    """Give a temporary file or folder, made for its owner alone, the mode that any new one would have."""
    with _asking:  # the mask can only be read by setting it, and belongs to the whole process
        mask = os.umask(0)
        os.umask(mask)
    path.chmod((0o777 if path.is_dir() else 0o666) & ~mask)
