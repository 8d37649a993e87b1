"""The entry point of the pages: what they all share, and the choice of the one to show."""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import files

import streamlit as st

from rag.errors import DalilError
from rag.library.wording import label, told
from rag.ui.benchmark import benchmark_page
from rag.ui.chat import chat_page
from rag.ui.documents import documents_page
from rag.ui.parts import dress_page, tell
from rag.ui.preferences import settings_page
from rag.ui.session import assistant, desk, prefer, preferences, say, visitor


def show() -> None:
    """Draw the page that the address names."""
    st.set_page_config(page_title="Dalil", page_icon=str(files("rag.ui").joinpath("assets", "icon.svg")), layout="wide")
    try:
        with st.spinner("Dalil …"):
            desk()
        dress_page()
        _catch_up()
        page = st.navigation(
            [
                st.Page(chat_page, title=say()("chat"), icon=":material/forum:", url_path="chat", default=True),
                st.Page(
                    documents_page, title=say()("collection"), icon=":material/library_books:", url_path="collection"
                ),
                st.Page(benchmark_page, title=say()("benchmark"), icon=":material/monitoring:", url_path="benchmark"),
                st.Page(settings_page, title=say()("settings"), icon=":material/settings:", url_path="settings"),
            ]
        )
        problem = st.session_state.pop("problem", None)
        if problem:
            tell(problem)
        _usable()
        page.run()
    except (DalilError, OSError) as error:
        tell(error)


def _catch_up() -> None:
    """Index again, in a thread, if the shared collection has changed or a file of the visitor is not indexed."""
    if desk().is_behind(visitor()):
        task = desk().task(visitor())
        if task is None or task.status == "done":
            desk().update(visitor())


def _usable() -> None:
    """Fall back on the configured model, with a warning, if the one that the visitor chose can no longer be used."""
    try:
        assistant()
    except DalilError as error:
        if preferences().llm is None:
            raise
        desk().assistant(visitor(), replace(preferences(), llm=None))  # raises if the chosen model is not the problem
        prefer(llm=None)
        st.warning(label(told(error), 1000), icon=":material/error:")
