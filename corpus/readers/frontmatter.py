"""Front matter: what a text says about itself in a block of its own at its beginning.

YAML between ``---``, TOML between ``+++``, JSON between ``;;;`` or bare, and what people write for YAML: a colon in a
title, no first fence.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from typing import Any

import yaml

from corpus.dates import iso_date
from corpus.types import Metadata
from corpus.urls import safe_url

_MAX_LENGTH = 20_000
_BODY = r"(?P<body>(?:.{0,20000}?\r?\n)??)"
_END = r"[ \t]*(?:\r?\n|\Z)"
_YAML = re.compile(rf"\A\ufeff?---[ \t]*\r?\n{_BODY}(?:---|\.\.\.){_END}", re.DOTALL)
_TOML = re.compile(rf"\A\ufeff?\+\+\+[ \t]*\r?\n{_BODY}\+\+\+{_END}", re.DOTALL)
_JSON = re.compile(rf"\A\ufeff?;;;[ \t]*\r?\n{_BODY};;;{_END}", re.DOTALL)
_UNFENCED = re.compile(
    rf"\A\ufeff?(?P<body>[A-Za-z][\w -]{{0,30}}:(?=\s).{{0,20000}}?\r?\n)---{_END}(?=\s*\S)", re.DOTALL
)
# A line of the sloppy form: a plain key, and whatever stands behind its colon.
_FIELD = re.compile(r"(?P<key>[^\W\d][\w -]{0,40}?)\s?:(?:\s+(?P<value>.*))?$")
_KEY = re.compile(r"(?!.*[.!?,]\s)\S.{0,60}")
_ENTRY = re.compile(r"\s+\S|-\s|#|$")
# Names that a bare mapping must have one of, before it is taken for front matter.
_KNOWN = frozenset({
    "title", "date", "author", "authors", "published", "layout", "tags", "categories", "category", "slug", "lang",
    "language", "url", "draft", "created", "description", "summary", "permalink", "updated",
})  # fmt: skip
_NOTHING = frozenset({"", "~", "null", "none", "untitled", "todo", "tbd"})
_TEMPLATE = re.compile(r"\{\{|\{%|<%|\$\{")
_MAX_NAMES = 20
_MAX_DEPTH = 20

Values = dict[str, object]


def split_front_matter(source: str) -> tuple[Metadata, int]:
    """Return the metadata in the front matter and the position after it; no metadata and 0 if there is none.

    A block that is not a mapping is no front matter, and stays in the text.
    """
    for values, end in _found(source):
        return metadata_of(values), end
    return Metadata(), 0


def _found(source: str) -> list[tuple[Values, int]]:
    """Return the mapping at the beginning of a text with the position after it; nothing if there is none."""
    forms: tuple[tuple[re.Pattern[str], Callable[[str], Values | None]], ...] = (
        (_YAML, _from_yaml),
        (_TOML, _from_toml),
        (_JSON, _from_json),
        (_UNFENCED, _from_unfenced),
    )
    for pattern, read in forms:
        match = pattern.match(source)
        values = read(match["body"]) if match else None
        if match and values is not None:
            return [(values, match.end())]
    return _bare_json(source)


def _from_yaml(body: str) -> Values | None:
    """Return the mapping that the base loader or, where people wrote what is no YAML, the reading by lines finds.

    The base loader makes strings, lists and mappings only: no dates or numbers that do not fit, no merge keys that grow
    without bound, and "no" stays a language.
    """
    if not body.strip():
        return {}
    try:
        values = yaml.load(body, Loader=_Loader)  # noqa: S506
    except (yaml.YAMLError, ValueError, TypeError, RecursionError):
        return _from_lines(body)
    is_mapping = isinstance(values, dict) and all(_KEY.fullmatch(key) for key in values if isinstance(key, str))
    return _named(values) if is_mapping else None


class _Loader(yaml.BaseLoader):
    """A loader that refuses what grows without bound: aliases, and lists in lists in lists."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Return the next node; raise `YAMLError` if it is an alias or stands too deep."""
        if self.check_event(yaml.AliasEvent) or self.depth > _MAX_DEPTH:
            raise yaml.YAMLError("an alias, or too deep")
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


def _from_lines(body: str) -> Values | None:
    """Return the fields that stand one a line, each value as it is written; None if other text stands between.

    What is indented, a list's entry or a comment belongs to the field before it.
    """
    values: Values = {}
    for line in body.splitlines():
        field = _FIELD.match(line)
        if field:
            values[field["key"].strip().lower()] = _unquoted(field["value"] or "")
        elif not _ENTRY.match(line):
            return None
    return values if _KNOWN & set(values) else None


def _unquoted(value: str) -> str:
    value = value.strip()
    is_quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
    return value[1:-1] if is_quoted else value


def _from_toml(body: str) -> Values | None:
    try:
        return _named(tomllib.loads(body.replace("\r\n", "\n")))
    except (tomllib.TOMLDecodeError, ValueError, RecursionError):
        return None


def _from_json(body: str) -> Values | None:
    try:
        values = json.loads(body if body.lstrip().startswith("{") else "{" + body + "}")
    except (ValueError, RecursionError):
        return None
    return _named(values) if isinstance(values, dict) else None


def _from_unfenced(body: str) -> Values | None:
    """Return the fields of a block without a first fence: nothing but fields stands in it, and no blank line."""
    if any(not line.strip() for line in body.splitlines()):
        return None
    values = _from_yaml(body)
    return values if values and "title" in values else None


def _bare_json(source: str) -> list[tuple[Values, int]]:
    """Return the JSON object at the beginning of a text that goes on after it."""
    start = 1 if source.startswith("\ufeff") else 0
    if not source.startswith(("{\n", "{\r\n"), start):
        return []
    try:
        values, end = json.JSONDecoder().raw_decode(source[: _MAX_LENGTH + start], start)
    except (ValueError, RecursionError):
        return []
    following = re.compile(r"[ \t]*\r?\n[ \t]*\r?\n(?=\s*\S)").match(source, end)
    named = _named(values) if isinstance(values, dict) else {}
    return [(named, following.end())] if following and _KNOWN & set(named) else []


def _named(values: Mapping[Any, object]) -> Values:
    return {str(key).strip().lower(): value for key, value in values.items() if isinstance(key, str)}


def metadata_of(values: Values) -> Metadata:
    """Return what the fields of a mapping say that every file may say: title, address, author, date, language."""
    named = {key.replace("-", "_").replace(" ", "_"): _said(value) for key, value in values.items()}

    def first(*names: str) -> str | None:
        return next((named[name] for name in names if named.get(name)), None)

    dates = ("date", "published", "date_published", "pubdate", "publish_date", "publishdate", "created", "created_at",
             "created_time", "year")  # fmt: skip
    return Metadata(
        title=first("title"),
        url=safe_url(first("url", "source", "link", "canonical", "canonical_url")),
        publisher=first("publisher", "site", "site_name"),
        author=first("author", "authors", "by", "byline"),
        published=next((date for name in dates if (date := iso_date(named.get(name)))), None),
        language=first("language", "lang", "locale"),
    )


def _said(value: object, depth: int = 0) -> str | None:
    """Return a value as one text, the names of a list with commas between; None for nothing or a placeholder."""
    if depth > 2:
        return None
    if isinstance(value, list):
        names = [_said(item, depth + 1) for item in value[:_MAX_NAMES]]
        return ", ".join(name for name in names if name) or None
    if isinstance(value, dict):
        return next((_said(value[key], depth + 1) for key in ("name", "literal", "title") if key in value), None)
    text = "" if value is None or isinstance(value, bool) else str(value).strip()
    return None if text.lower() in _NOTHING or _TEMPLATE.search(text) else text
