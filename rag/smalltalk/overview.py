"""What a collection is, from its catalogue alone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice

from corpus.readers.base import plain_line
from corpus.store import Store
from rag.generation.instructions import is_planted
from rag.smalltalk.types import Overview

_MOST_TITLES = 3
_LONGEST_TITLE = 80
# Addresses and mark-up are no titles, and a page might act on them.
_MARKUP = re.compile(r"[<>\[\]{}|`\\]|://|www\.")
_DATE = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2})?)?")


def overview_of(store: Store) -> Overview:
    """Tell what a collection is, from its catalogue: no text of a document is read.

    Titles that hold mark-up or give instructions to a machine are left out.
    """
    entries = store.catalogue()
    languages = Counter(entry.language for entry in entries)
    dates = sorted(entry.published for entry in entries if entry.published and _DATE.fullmatch(entry.published))
    newest = sorted(entries, key=lambda entry: (entry.title, entry.path))
    newest.sort(key=lambda entry: entry.published or "", reverse=True)
    return Overview(
        documents=len(entries),
        languages=tuple(sorted(languages.items(), key=lambda item: (-item[1], item[0]))),
        titles=tuple(islice(_shown(entry.title for entry in newest), _MOST_TITLES)),
        first=dates[0] if dates else None,
        last=dates[-1] if dates else None,
    )


def _shown(titles: Iterable[str]) -> Iterator[str]:
    """Titles that may be shown, each once, on one line."""
    shown: set[str] = set()
    for title in titles:
        line = plain_line(title, _LONGEST_TITLE)
        if line and line not in shown and not _MARKUP.search(line) and not is_planted(title):
            shown.add(line)
            yield line
