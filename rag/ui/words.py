"""What the page itself says, in its five languages (`catalogs/`), and dates and language names by CLDR."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from functools import cache
from importlib.resources import files

from babel import Locale, UnknownLocaleError
from babel.dates import format_date

Say = Callable[..., str]

LANGUAGES = {"en": "English", "zh-Hans": "简体中文", "zh-Hant": "繁體中文", "kk": "Қазақша", "ru": "Русский"}
_TRADITIONAL = ("zh-hant", "zh-tw", "zh-hk", "zh-mo")


@cache
def catalog(language: str) -> dict[str, str]:
    """Every text of a language by its key."""
    found = files("rag.ui").joinpath("catalogs", f"{language}.json").read_text("utf-8")
    return {str(key): str(text) for key, text in json.loads(found).items()}


def say_in(language: str) -> Say:
    """A function that gives the text of a key, its ``{names}`` filled in; `KeyError` for one that there is not."""

    def say(key: str, **values: object) -> str:
        text = catalog(language)[key]
        return text.format(**values) if values else text

    return say


def negotiated(wanted: str | None) -> str:
    """The language of ours that a browser's tag is nearest to, English where none is."""
    tag = (wanted or "").lower()
    if tag.startswith("zh"):
        return "zh-Hant" if tag.startswith(_TRADITIONAL) else "zh-Hans"
    primary = tag.partition("-")[0]
    return primary if primary in LANGUAGES else "en"


@cache
def language_name(tag: str, language: str) -> str:
    """How the page's language calls a language; the tag where it has no name for it."""
    try:
        name = Locale.parse(tag.replace("-", "_"), resolve_likely_subtags=False).get_display_name(_locale(language))
    except (ValueError, UnknownLocaleError):
        name = Locale.parse(_locale(language)).languages.get(tag)
    return str(name) if name else tag


def date_shown(published: str | None, language: str) -> str:
    """An ISO date as the language writes it, a year or month as it is; empty for none."""
    if not published:
        return ""
    try:
        return format_date(datetime.date.fromisoformat(published), "medium", _locale(language))
    except ValueError:
        return published


def _locale(language: str) -> str:
    return language.replace("-", "_")
