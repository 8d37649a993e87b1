"""Text as a terminal may show it."""

from __future__ import annotations

import os

# They join letters within words of Uyghur, Persian and emoji, and move nothing.
_JOINERS = "\u200c\u200d"


def visible(text: str) -> str:
    """``text`` without anything a terminal would act on."""
    return "".join(c if c.isprintable() or c in _JOINERS else " " if c.isspace() else "\ufffd" for c in text)


def short_path(path: str) -> str:
    """A path relative to the working folder where that is shorter, with control characters made visible."""
    try:
        relative = os.path.relpath(path)
    except (ValueError, OSError):
        relative = path
    return visible(relative if len(relative) < len(path) else path)
