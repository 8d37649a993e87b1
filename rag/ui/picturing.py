"""A picture of the collection: documents by language and over time, and a map of its passages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from rag.chat import drawing, picture
from rag.library.catalogue import Entry
from rag.ui.session import assistant, collection_key, language, open_place, say
from rag.ui.words import language_name

_LABELS = {
    "documents": "picture_documents", "chunks": "picture_passages", "language": "picture_language",
    "languages_chart": "picture_languages", "timeline_chart": "picture_time", "map_chart": "picture_map",
    "title": "picture_title", "text": "picture_words", "period": "picture_period",
}  # fmt: skip


def show_picture(known: list[Entry]) -> None:
    """The charts of what the visitor may see."""
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
    """Open the document of the point that was chosen, at its passage."""
    selected = st.session_state["map"]["selection"].get("chunk", [])
    store = assistant().collection.store
    found = store.chunks([int(selected[0]["chunk"])]) if selected else {}
    for chunk in found.values():
        open_place({"document": chunk.document_id, "start": chunk.source_start, "end": chunk.source_end})


@st.cache_data(show_spinner=False, max_entries=32)
def _points(key: str) -> list[dict[str, Any]]:
    """The map of a state of a collection, as the argument names it: the same for everyone who may see it."""
    return picture.points(assistant().engine)
