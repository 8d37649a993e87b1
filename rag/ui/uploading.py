"""A visitor's own files: added, indexed with a bar that tells rate and time left, listed, removed."""

from __future__ import annotations

from typing import Any

import streamlit as st

from corpus.reading import SUFFIXES
from rag.errors import DalilError
from rag.library.showing import label, told
from rag.ui.parts import tell
from rag.ui.progress import show_progress
from rag.ui.session import careful, desk, say, visitor


def show_uploads() -> None:
    """The visitor's files and the form that adds some; nothing where the operator allows none."""
    if not desk().settings.max_uploads:
        return
    files = visitor().uploads.files()
    task = desk().task(visitor())
    is_running = task is not None and task.status == "running"
    with st.expander(say()("your_files", count=len(files)), icon=":material/upload_file:", expanded=not files):
        st.caption(say()("upload_text"))
        if is_running and task is not None:
            show_progress(task, "uploads")
        else:
            _form()
        if task is not None and task.status in ("failed", "stopped"):
            tell(task.error or say()("upload_stopped"))
            st.button(say()("retry"), key="uploads-retry", icon=":material/refresh:", on_click=_update)
        for problem in st.session_state.get("upload_problems", []):
            st.warning(label(problem, 500), icon=":material/block:")
        skipped = visitor().last_report().skipped
        for path in files:
            _file(path.name, skipped.get(path.name), is_running)


def _form() -> None:
    with st.form("upload", clear_on_submit=True, border=False):
        kinds = sorted(suffix.lstrip(".") for suffix in SUFFIXES if suffix)
        given = st.file_uploader(
            say()("choose_files"), kinds, accept_multiple_files=True, key="upload-files",
            max_upload_size=desk().settings.max_file_megabytes,
        )  # fmt: skip
        if st.form_submit_button(say()("add_files"), icon=":material/add:") and given:
            _add(given)
            st.rerun()


def _add(given: list[Any]) -> None:
    problems: list[str] = []
    for file in given:
        try:
            visitor().uploads.add(file.name, file.getvalue())
        except (DalilError, OSError) as error:
            problems.append(told(error))
    st.session_state.upload_problems = problems
    _update()


def _update() -> None:
    desk().update(visitor())


def _file(name: str, reason: str | None, is_running: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.text(name, width="stretch")
        if reason:
            st.caption(say()("skipped", reason=label(reason, 300)))
        st.button(
            say()("remove"), key=f"remove-{name}", icon=":material/delete:", disabled=is_running, on_click=_remove,
            args=(name,),
        )  # fmt: skip


@careful
def _remove(name: str) -> None:
    st.session_state.upload_problems = []
    visitor().uploads.remove(name)
    _update()
