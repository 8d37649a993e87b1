"""The collection: its documents, each to be opened; the visitor's own files; a picture of it all."""

from __future__ import annotations

from typing import Any

import streamlit as st

from rag.library.catalogue import Entry, chosen
from rag.library.showing import label, shown
from rag.library.source import open_source
from rag.ui.evidence import show_source
from rag.ui.parts import dated, facts, opener
from rag.ui.picturing import show_picture
from rag.ui.session import assistant, catalogue, language, open_place, place, say
from rag.ui.uploading import show_uploads
from rag.ui.words import language_name

_PAGE = 20
_ORDERS = ("title", "published", "chunks")


def documents_page() -> None:
    """Documents, uploads and pictures, with the open document beside them."""
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
    start = here.get("start", 0)
    cited = (
        [{"document_id": here["document"], "start": start, "end": here["end"], "number": 0}] if "end" in here else []
    )
    source = open_source(assistant().collection, here["document"], cited, at=start, around=here.get("around", 60))
    if source is None:
        st.warning(say()("source_gone"), icon=":material/history:")
        return
    show_source(source, cited[0] if cited else None, here)
