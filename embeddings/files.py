"""Files that others than their maker may read."""

import os
from pathlib import Path

__all__ = ["share_as_usual"]


def share_as_usual(path: Path) -> None:
    """Give a temporary file or folder, made for its owner alone, the mode that any new one would have."""
    mask = os.umask(0)
    os.umask(mask)
    path.chmod((0o777 if path.is_dir() else 0o666) & ~mask)
