"""Front matter: what a text says about itself in a block of its own at its beginning."""

from __future__ import annotations

import re

import yaml

from corpus.dates import iso_date
from corpus.types import Metadata
from corpus.urls import safe_url

_BLOCK = re.compile(r"\A\ufeff?---[ \t]*\r?\n(?P<yaml>.{0,20000}?)\r?\n(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL)


def split_front_matter(source: str) -> tuple[Metadata, int]:
    """Return the metadata in the front matter and the position after it; no metadata and 0 if there is none.

    A block that is not a YAML mapping is no front matter, and stays in the text.
    """
    match = _BLOCK.match(source)
    if not match:
        return Metadata(), 0
    try:
        # The base loader makes strings, lists and mappings only: no dates or numbers that do not fit, no merge
        # keys that grow without bound, and "no" stays a language.
        values = yaml.load(match["yaml"], Loader=yaml.BaseLoader)  # noqa: S506
    except (yaml.YAMLError, ValueError, TypeError, RecursionError):
        return Metadata(), 0
    if not isinstance(values, dict):
        return Metadata(), 0
    return _metadata(values), match.end()


def _metadata(values: dict[object, object]) -> Metadata:
    named = {str(key).lower(): _scalar(value) for key, value in values.items() if isinstance(key, str)}

    def first(*names: str) -> str | None:
        return next((named[name] for name in names if named.get(name)), None)

    return Metadata(
        title=first("title"),
        url=safe_url(first("url", "source", "link", "canonical")),
        publisher=first("publisher", "site", "site_name"),
        author=first("author", "authors", "by"),
        published=iso_date(first("date", "published", "date_published", "created")),
        language=first("language", "lang"),
    )


def _scalar(value: object) -> str | None:
    if isinstance(value, str):
        return None if value.strip() in {"", "~", "null"} else value.strip()
    if isinstance(value, list) and 0 < len(value) <= 20 and all(isinstance(item, str) for item in value):
        return ", ".join(value)
    return None
