"""What a visitor's session holds, and the page's words in the visitor's language."""

from __future__ import annotations

import datetime
import json
import secrets
from collections.abc import Callable
from functools import cache, wraps
from importlib.resources import files
from typing import Any, ParamSpec

import streamlit as st
from babel import Locale, UnknownLocaleError
from babel.dates import format_date

from rag.assistant import Assistant
from rag.chat.visitors import Desk, Preferences, Visitor, origin
from rag.errors import DalilError
from rag.library.catalogue import Entry, entries
from rag.library.wording import told
from rag.search.filters import Filters, filters_from
from rag.settings import load_settings

Say = Callable[..., str]

LANGUAGES = {"en": "English", "zh-Hans": "简体中文", "zh-Hant": "繁體中文", "kk": "Қазақша", "ru": "Русский"}
_TRADITIONAL = ("zh-hant", "zh-tw", "zh-hk", "zh-mo")


@cache
def catalog(language: str) -> dict[str, str]:
    """Return every text of a language by its key."""
    found = files("rag.ui").joinpath("catalogs", f"{language}.json").read_text("utf-8")
    return {str(key): str(text) for key, text in json.loads(found).items()}


def say_in(language: str) -> Say:
    """Return a function that gives the text of a key, its ``{names}`` filled in.

    `KeyError` for one that there is not.
    """

    def say(key: str, **values: object) -> str:
        text = catalog(language)[key]
        return text.format(**values) if values else text

    return say


def negotiated(wanted: str | None) -> str:
    """Return the language of ours that a browser's tag is nearest to, English where none is."""
    tag = (wanted or "").lower()
    if tag.startswith("zh"):
        return "zh-Hant" if tag.startswith(_TRADITIONAL) else "zh-Hans"
    primary = tag.partition("-")[0]
    return primary if primary in LANGUAGES else "en"


@cache
def language_name(tag: str, language: str) -> str:
    """Return how the page's language calls a language; the tag where it has no name for it."""
    try:
        name = Locale.parse(tag.replace("-", "_"), resolve_likely_subtags=False).get_display_name(_locale(language))
    except (ValueError, UnknownLocaleError):
        name = Locale.parse(_locale(language)).languages.get(tag)
    return str(name) if name else tag


def date_shown(published: str | None, language: str) -> str:
    """Return an ISO date as the language writes it, a year or month as it is; empty for none."""
    if not published:
        return ""
    try:
        return format_date(datetime.date.fromisoformat(published), "medium", _locale(language))
    except ValueError:
        return published


def _locale(language: str) -> str:
    return language.replace("-", "_")


P = ParamSpec("P")
COOKIE = "dalil_visitor"
_FEWEST = 32


@st.cache_resource(show_spinner=False)
def desk() -> Desk:
    """Return the process's one desk: the model loads once, the collection opens once."""
    return Desk(load_settings())


def secret() -> str:
    """Return what tells this visitor from others: their browser's cookie, else made now for it to keep."""
    if "secret" not in st.session_state:
        kept = st.context.cookies.get(COOKIE, "")
        st.session_state.secret = kept if len(kept) >= _FEWEST else secrets.token_urlsafe(24)
    return str(st.session_state.secret)


def visitor() -> Visitor:
    """Return the visitor of this session."""
    if "visitor" not in st.session_state:
        st.session_state.visitor = desk().visitor(secret())
    found: Visitor = st.session_state.visitor
    return found


def preferences() -> Preferences:
    """Return what the visitor prefers, as kept."""
    if "preferences" not in st.session_state:
        st.session_state.preferences = visitor().preferences()
    found: Preferences = st.session_state.preferences
    return found


def prefer(**changes: Any) -> None:
    """Change what the visitor prefers, and keep it."""
    st.session_state.preferences = visitor().prefer(visitor().preferences(), **changes)  # another tab may have


def least_confidence() -> float:
    """From which confidence on the visitor wants answers."""
    chosen = preferences().min_confidence
    return desk().settings.min_confidence if chosen is None else chosen


def language() -> str:
    """Return the language of the page: chosen, else the browser's."""
    chosen = preferences().language
    return chosen if chosen in LANGUAGES else negotiated(st.context.locale)


def say() -> Say:
    """Return what gives the page's texts."""
    return say_in(language())


def assistant() -> Assistant:
    """Return the assistant over what this visitor may see, answering as they prefer."""
    return desk().assistant(visitor(), preferences())


def filters() -> Filters | None:
    """Return what the conversation is limited to."""
    return filters_from(st.session_state.get("filters", {}))


def careful(action: Callable[P, None]) -> Callable[P, None]:
    """Return what a button does, where an error is to be a sentence on the page."""

    @wraps(action)
    def done(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            action(*args, **kwargs)
        except (DalilError, OSError) as error:
            st.session_state.problem = told(error)

    return done


def collection_key() -> str:
    """Return what tells this state of the collection that the visitor sees from every other."""
    return origin(assistant().collection)


def catalogue() -> list[Entry]:
    """Return the documents that the visitor sees.

    Read once for each state of their collection, and not to be changed.
    """
    return _catalogue(collection_key())


@st.cache_resource(show_spinner=False, max_entries=32)
def _catalogue(key: str) -> list[Entry]:
    return entries(assistant().collection.store)


def open_place(place: dict[str, Any] | None) -> None:
    """Open a source beside the conversation, or close it."""
    st.session_state.place = place


def place() -> dict[str, Any] | None:
    """Return the source that is open, if any."""
    found: dict[str, Any] | None = st.session_state.get("place")
    return found
