"""The documents page: a list of the documents, and charts of the collection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import streamlit as st

from corpus.types import address_of
from rag.chat import drawing, picture
from rag.library.catalogue import Entry, chosen
from rag.library.source import open_source
from rag.library.wording import label, shown
from rag.ui.evidence import show_source
from rag.ui.parts import dated, facts, opener
from rag.ui.session import assistant, catalogue, collection_key, language, language_name, open_place, place, say
from rag.ui.sidebar import show_uploads

_LABELS = {
    "documents": "picture_documents", "chunks": "picture_passages", "language": "picture_language",
    "languages_chart": "picture_languages", "timeline_chart": "picture_time", "map_chart": "picture_map",
    "title": "picture_title", "text": "picture_words", "period": "picture_period",
}  # fmt: skip


def show_picture(known: list[Entry]) -> None:
    """Show charts of the documents that the visitor may see."""
    tags = sorted({entry.language for entry in known} | set(assistant().collection.store.languages()))
    names = {tag: language_name(tag, language()) for tag in tags}
    colours, labels = drawing.palette(tags), {name: say()(key) for name, key in _LABELS.items()}
    first, second = st.columns(2)
    with first:
        st.subheader(say()("picture_languages"), anchor=False)
        chart = drawing.languages_chart(picture.by_language(known), names, colours, labels)
        st.altair_chart(chart, key="by-language")
    with second:
        timeline = picture.over_time(known)
        st.subheader(say()("picture_time"), anchor=False)
        if timeline.rows:
            chart = drawing.timeline_chart(timeline, names, colours, labels)
            st.altair_chart(chart, key="over-time")
        if timeline.undated:
            st.caption(say()("picture_undated", count=timeline.undated))
    _map(names, colours, labels)


def _map(names: Mapping[str, str], colours: Mapping[str, str], labels: Mapping[str, str]) -> None:
    st.subheader(say()("picture_map"), anchor=False)
    with st.spinner(say()("picture_map")):
        rows = _points(collection_key())
    if len(rows) < 2:
        st.caption(say()("map_empty"))
        return
    st.caption(say()("map_text"))
    chart = drawing.map_chart(rows, names, colours, labels)
    st.altair_chart(chart, key="map", on_select=_open_point, selection_mode="chunk", height=480)


def _open_point() -> None:
    """Open the document of the selected point of the map, at its passage."""
    selected = st.session_state["map"]["selection"].get("chunk", [])
    store = assistant().collection.store
    found = store.chunks([int(selected[0]["chunk"])]) if selected else {}
    for chunk in found.values():
        parts = store.cards([chunk.document_id])[chunk.document_id].parts
        address = address_of(parts, chunk.source_start, chunk.source_end)
        open_place({"document": chunk.document_id, **asdict(address)})


@st.cache_data(show_spinner=False, max_entries=32)
def _points(key: str) -> list[dict[str, Any]]:
    """Return the points of the map, computed once for each state of a collection, which ``key`` identifies."""
    return picture.points(assistant().engine)


_PAGE = 20
_ORDERS = ("title", "published", "chunks")


def documents_page() -> None:
    """Show documents, uploads and charts, with the open document beside them."""
    here = place()
    is_beside = here is not None and "document" in here
    left, right = st.columns([5, 4], gap="medium") if is_beside else (st.container(), None)
    if right is not None and here is not None:
        with right, st.container(key="source"):
            _open(here)
    with left:
        st.title(say()("collection"), anchor=False)
        known = catalogue()
        views = {"documents": say()("documents", count=len(known)), "picture": say()("picture")}
        view = st.segmented_control(
            say()("view"), list(views), default="documents", required=True, format_func=views.__getitem__,
            key="view", label_visibility="collapsed",
        )  # fmt: skip
        if view == "picture":
            show_picture(known)
        else:
            show_uploads()
            _documents(known)


def _documents(known: list[Entry]) -> None:
    if not known:
        st.info(say()("documents_none"))
        return
    found = _chosen(known)
    st.caption(say()("documents_found", count=len(found), of=len(known)))
    pages = max(1, -(-len(found) // _PAGE))
    number = st.pagination(pages, key="documents-pages") if pages > 1 else 1
    for entry in found[_PAGE * (number - 1) : _PAGE * number]:
        with st.container(border=True):
            st.markdown(f"**{label(entry.title)}**")
            told = [entry.publisher, dated(entry.published), say()("chunks", count=f"{entry.chunks:,}")]
            facts(entry.language, told, path=entry.path, url=entry.url)
            opener(say()("open"), f"document-{entry.id}", {"document": entry.id})


def _chosen(known: list[Entry]) -> list[Entry]:
    text = st.text_input(say()("find_documents"), key="documents-text", icon=":material/search:")
    first, second, third = st.columns(3)
    tags = sorted({entry.language for entry in known})
    publishers = sorted({entry.publisher for entry in known if entry.publisher})
    with first:
        wanted = st.multiselect(
            say()("filter_languages"), tags, key="documents-languages", placeholder=say()("all"),
            format_func=lambda tag: language_name(tag, language()),
        )  # fmt: skip
    with second:
        by = st.multiselect(
            say()("filter_publishers"), publishers, key="documents-publishers", placeholder=say()("all"),
            format_func=shown,
        )  # fmt: skip
    with third:
        order: Any = st.selectbox(
            say()("order"), _ORDERS, key="documents-order", format_func=lambda name: say()(f"order_{name}")
        )
    return chosen(known, text=text, languages=wanted, publishers=by, order=order)


def _open(here: dict[str, Any]) -> None:
    with st.container(horizontal=True):
        st.button(say()("close"), key="source-close", icon=":material/close:", on_click=open_place, args=(None,))
    cited = [{"document_id": here["document"], "number": 0, **here}] if "end" in here else []
    source = open_source(
        assistant().collection, here["document"], cited, at=cited[0] if cited else None, around=here.get("around", 60)
    )
    if source is None:
        st.warning(say()("source_gone"), icon=":material/history:")
        return
    show_source(source, cited[0] if cited else None, here)
