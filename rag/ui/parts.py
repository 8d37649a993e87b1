"""Small parts that pages share: components in JavaScript, badges, facts of a document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from html import escape
from importlib.resources import files
from typing import Any

import streamlit as st

from rag.library.source import is_web_address, place_shown
from rag.library.wording import Place, label, parted, shown, told
from rag.ui.session import COOKIE, date_shown, language, language_name, open_place, secret


@cache
def _asset(name: str) -> str:
    return files("rag.ui").joinpath("assets", name).read_text("utf-8")


@st.cache_resource(show_spinner=False)
def _component(name: str, html: str = "") -> Any:
    """Return one of our components, registered once per process.

    Its script and style are files of this package, never data.
    """
    css = _asset(f"{name}.css") if html else None
    return st.components.v2.component(f"dalil_{name}", html=html or None, css=css, js=_asset(f"{name}.js"))


def dress_page() -> None:
    """Set the page's style, its language for screen readers, and the visitor's cookie."""
    st.html(f"<style>{_asset('page.css')}</style>")
    data = {"cookie": COOKIE, "secret": secret(), "language": language()}
    _component("page")(data=data, key="page", height="content")


def show_question(turn: int, text: str) -> None:
    """Show the question of the exchange number ``turn``."""
    with st.container(key=f"asked-{turn}"), st.chat_message("user", avatar=":material/person:"):
        st.text(shown(text))


def reveal(exchange: str, said: str) -> None:
    """Scroll the last question to the top and announce ``said`` to screen readers, once for each ``exchange`` name."""
    _component("reveal")(data={"exchange": exchange, "said": said}, key="reveal", height="content")


def sentences(data: Mapping[str, Any], key: str) -> int | None:
    """Show the sentences of an answer; return the number of the citation mark that was just pressed, if any."""
    mount = _component("answer", '<div class="answer"></div>')
    pressed = mount(data=dict(data), key=key, on_cite_change=lambda: None).cite
    return int(pressed) if pressed is not None else None


def document_text(data: Mapping[str, Any], key: str) -> None:
    """Show a document's text with its marks, scrolled to the current one."""
    html = '<div class="source" role="region" tabindex="0"></div>'
    _component("source", html)(data=dict(data), key=key)


def tell(problem: object) -> None:
    """Show a problem as a sentence."""
    st.error(label(told(problem), 1000), icon=":material/error:")


def opener(words: str, key: str, place: dict[str, Any]) -> None:
    """Show a button that opens the source at ``place``."""
    st.button(words, key=key, icon=":material/menu_book:", on_click=open_place, args=(place,))


def badge(tag: str) -> str:
    """Return the HTML of a badge with a language's name."""
    return f'<span class="dalil-badge">{escape(language_name(tag, language()))}</span>'


def facts(
    tag: str,
    values: Sequence[str | None],
    *,
    path: str | None = None,
    part: str | None = None,
    line: int | None = None,
    url: str | None = None,
) -> None:
    """Show a document's language and facts (``values``) on one line, then its path with the place, and its URL."""
    said = " · ".join(escape(shown(value)) for value in values if value)
    where = escape(shown(place_shown(path, part, line))) if path else ""
    rows = [f"{badge(tag)} {said}", where, _address(url)]
    st.html(f'<div class="dalil-meta" dir="auto">{"<br>".join(row for row in rows if row)}</div>')


def dated(published: str | None) -> str:
    """Return an ISO date as the page's language writes it; empty for None."""
    return date_shown(published, language())


def quote(text: str, tag: str, focus: Place | None = None) -> None:
    """Show words of a document as a quotation; the short answer, at ``focus`` in the words as shown, is in bold."""
    before, short, after = map(escape, parted(shown(text), focus))
    words = f"{before}<strong>{short}</strong>{after}" if short else before
    st.html(f'<blockquote class="dalil-quote" dir="auto" lang="{escape(tag)}">{words}</blockquote>')


def _address(url: str | None) -> str:
    if not url:
        return ""
    text = escape(shown(url))
    if not is_web_address(url):
        return text
    return f'<a href="{escape(url, quote=True)}" target="_blank" rel="noopener noreferrer nofollow">{text}</a>'
