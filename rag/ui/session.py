"""The state of a visitor's session, and the page's texts in the visitor's language."""

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
from rag.writing.wording import name_in_script

Say = Callable[..., str]

LANGUAGES = {"en": "English", "zh-Hans": "简体中文", "zh-Hant": "繁體中文", "kk": "Қазақша", "ru": "Русский"}
_TRADITIONAL = ("zh-hant", "zh-tw", "zh-hk", "zh-mo")


@cache
def catalog(language: str) -> dict[str, str]:
    """Return all texts of a page language by their keys."""
    found = files("rag.ui").joinpath("catalogs", f"{language}.json").read_text("utf-8")
    return {str(key): str(text) for key, text in json.loads(found).items()}


def say_in(language: str) -> Say:
    """Return a function that returns the text of a key with its ``{names}`` filled in.

    The function raises `KeyError` for an unknown key.
    """

    def say(key: str, **values: object) -> str:
        text = catalog(language)[key]
        return text.format(**values) if values else text

    return say


def negotiated(wanted: str | None) -> str:
    """Return the page language nearest to a browser's language tag; English if none is near."""
    tag = (wanted or "").lower()
    if tag.startswith("zh"):
        return "zh-Hant" if tag.startswith(_TRADITIONAL) else "zh-Hans"
    primary = tag.partition("-")[0]
    return primary if primary in LANGUAGES else "en"


@cache
def language_name(tag: str, language: str) -> str:
    """Return the name of the language ``tag`` in the page's ``language``; the tag itself if it has no name there."""
    try:
        name = Locale.parse(tag.replace("-", "_"), resolve_likely_subtags=False).get_display_name(_locale(language))
    except (ValueError, UnknownLocaleError):
        shown_in = Locale.parse(_locale(language))
        name = shown_in.languages.get(tag) or name_in_script(tag, shown_in)
    return str(name) if name else tag


def date_shown(published: str | None, language: str) -> str:
    """Return an ISO date as ``language`` writes it, a year or month unchanged; empty for None."""
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
    """Return the one `Desk` of this process, so that the model is loaded and the collection opened only once."""
    return Desk(load_settings())


def secret() -> str:
    """Return the secret that identifies this visitor: the browser's cookie, or a new one for the browser to keep."""
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
    """Return the visitor's saved preferences."""
    if "preferences" not in st.session_state:
        st.session_state.preferences = visitor().preferences()
    found: Preferences = st.session_state.preferences
    return found


def prefer(**changes: Any) -> None:
    """Change and save the visitor's preferences."""
    st.session_state.preferences = visitor().prefer(visitor().preferences(), **changes)  # another tab may have


def least_confidence() -> float:
    """Return the least confidence, from 0 to 1, at which the visitor wants answers."""
    chosen = preferences().min_confidence
    return desk().settings.min_confidence if chosen is None else chosen


def language() -> str:
    """Return the page's language: the visitor's choice, else the one nearest to the browser's."""
    chosen = preferences().language
    return chosen if chosen in LANGUAGES else negotiated(st.context.locale)


def say() -> Say:
    """Return the function that returns the page's texts by key."""
    return say_in(language())


def assistant() -> Assistant:
    """Return the assistant over the documents that this visitor may see, with the visitor's preferences."""
    return desk().assistant(visitor(), preferences())


def filters() -> Filters | None:
    """Return the filters that the conversation is limited by; None if there are none."""
    return filters_from(st.session_state.get("filters", {}))


def careful(action: Callable[P, None]) -> Callable[P, None]:
    """Wrap a button's action so that an error becomes a sentence on the page."""

    @wraps(action)
    def done(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            action(*args, **kwargs)
        except (DalilError, OSError) as error:
            st.session_state.problem = told(error)

    return done


def collection_key() -> str:
    """Return a text that identifies the current state of the collection that the visitor sees."""
    return origin(assistant().collection)


def catalogue() -> list[Entry]:
    """Return the documents that the visitor sees.

    The list is read once for each state of their collection and shared, so it must not be changed.
    """
    return _catalogue(collection_key())


@st.cache_resource(show_spinner=False, max_entries=32)
def _catalogue(key: str) -> list[Entry]:
    return entries(assistant().collection.store)


def open_place(place: dict[str, Any] | None) -> None:
    """Open a source beside the conversation; close the open one for None."""
    st.session_state.place = place


def place() -> dict[str, Any] | None:
    """Return the place of the open source; None if none is open."""
    found: dict[str, Any] | None = st.session_state.get("place")
    return found
