"""The settings page: language, what writes the answers, least confidence, number of sources, collection."""

from __future__ import annotations

from typing import Any

import streamlit as st

from rag.errors import DalilError
from rag.library.source import shown_path
from rag.library.wording import label, lacking, offered, shown_model, told
from rag.models.writer import EXTRACTIVE
from rag.ui.parts import tell
from rag.ui.session import LANGUAGES, assistant, desk, language, least_confidence, prefer, preferences, say

_FEWEST, _MOST = 3, 30


def settings_page() -> None:
    """Show what a visitor can set; each change is saved at once."""
    st.title(say()("settings"), anchor=False)
    _language()
    _model()
    _confidence()
    _sources()
    _collection()


def _language() -> None:
    tags = list(LANGUAGES)
    chosen = st.selectbox(
        say()("page_language"),
        tags,
        index=tags.index(language()),
        format_func=LANGUAGES.__getitem__,
        key="set-language",
    )
    _keep(language=chosen, was=language())
    st.caption(say()("appearance"))


def _model() -> None:
    settings = desk().settings
    specs = list(offered(settings))
    current = preferences().llm or settings.llm
    chosen = st.radio(
        say()("writer"), specs, index=specs.index(current) if current in specs else 0, format_func=_model_name,
        captions=[_model_state(spec) for spec in specs], key="set-model",
    )  # fmt: skip
    if chosen != current:
        try:
            desk().base.with_settings(llm=chosen)
        except DalilError as error:
            tell(error)
            return
        _keep(llm=chosen, was=current)
    st.caption(say()("writer_more"))


def _model_name(spec: str) -> str:
    return say()("writer_extractive") if spec == EXTRACTIVE else label(shown_model(spec))


def _model_state(spec: str) -> str:
    reason = lacking(spec, desk().settings)
    if reason:
        return label(told(reason), 500)
    return say()("writer_extractive_why" if spec == EXTRACTIVE else "writer_ready")


def _confidence() -> None:
    current = least_confidence()
    chosen = st.slider(
        say()("least_confidence"), 0.0, 1.0, float(current), 0.01, help=say()("least_confidence_why"),
        key="set-confidence",
    )  # fmt: skip
    _keep(min_confidence=chosen, was=current)


def _sources() -> None:
    current = preferences().k or desk().settings.k
    chosen = st.slider(
        say()("number_of_sources"), _FEWEST, max(_MOST, current), current, help=say()("number_of_sources_why"),
        key="set-sources",
    )  # fmt: skip
    _keep(k=chosen, was=current)


def _collection() -> None:
    collection = assistant().collection
    documents, chunks = collection.store.counts()
    st.subheader(say()("collection"), anchor=False)
    st.caption(
        say()(
            "collection_facts", path=label(shown_path(str(collection.root))), documents=f"{documents:,}",
            chunks=f"{chunks:,}", model=label(collection.model or ""), generation=collection.generation,
        )
    )  # fmt: skip
    st.caption(say()("collection_elsewhere"))


def _keep(was: Any, **changes: Any) -> None:
    if next(iter(changes.values())) != was:
        prefer(**changes)
        st.rerun()
