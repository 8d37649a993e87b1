"""The sidebar with conversations and filters, and the form for adding files."""

from __future__ import annotations

import datetime
from collections import Counter
from typing import Any

import streamlit as st

from corpus.reading import SUFFIXES
from rag.chat.conversations import Conversation
from rag.errors import DalilError
from rag.library.catalogue import Entry
from rag.library.source import shown_path
from rag.library.wording import label, shown, told
from rag.ui.answer import exported, exports
from rag.ui.asking import open_conversation, show_progress
from rag.ui.parts import tell
from rag.ui.session import assistant, careful, catalogue, desk, language, language_name, say, visitor

_LISTED = 30


def show_sidebar(found: Conversation | None) -> None:
    """Show the conversations, of which ``found`` is open, and the filters."""
    with st.sidebar:
        st.button(
            say()("new"), icon=":material/add_comment:", width="stretch", on_click=open_conversation, args=(None,),
            key="new",
        )  # fmt: skip
        _conversations(found)
        _filters()


def _conversations(found: Conversation | None) -> None:
    listed = visitor().conversations.all()
    if not listed:
        return
    st.caption(say()("conversations"))
    current = st.session_state.get("conversation")
    limit = st.session_state.setdefault("listed", _LISTED)
    for summary in listed[:limit]:
        st.button(
            label(summary.title, 60), key=f"conversation-{summary.id}", width="stretch", on_click=open_conversation,
            args=(summary.id,), type="secondary" if summary.id == current else "tertiary",
        )  # fmt: skip
    if len(listed) > limit and st.button(say()("more_conversations"), key="more-conversations"):
        st.session_state.listed = limit + _LISTED
        st.rerun()
    if found and any(summary.id == found.id for summary in listed):
        _current(found)


def _current(found: Conversation) -> None:
    """Show the menu of the open conversation: rename, export, delete."""
    with st.popover(say()("this_conversation"), icon=":material/edit_note:", width="stretch", key="this"):
        with st.form("rename", border=False):
            title = st.text_input(say()("title"), value=found.title, max_chars=80)
            if st.form_submit_button(say()("rename")):
                try:
                    visitor().conversations.rename(found.id, title)
                except DalilError as error:
                    st.error(label(told(error)))
                else:
                    st.rerun()
        answers = [exported(exchange) for exchange in found.exchanges if exchange.answer]
        if answers:
            exports("export-all", found.title, answers)
        st.button(
            say()("delete"),
            icon=":material/delete:",
            key="delete",
            on_click=_delete,
            args=(found.id,),
        )


@careful
def _delete(identifier: str) -> None:
    visitor().conversations.delete(identifier)
    open_conversation(None)


def _filters() -> None:
    known = catalogue()
    if not known:
        return
    kept = st.session_state.setdefault("filters", {})
    with st.expander(say()("filters"), icon=":material/filter_alt:", expanded=bool(kept)):
        st.session_state.filters = {
            "languages": _languages(known, kept.get("languages", [])),
            "publishers": _several("publishers", sorted({e.publisher for e in known if e.publisher}), kept),
            "documents": _documents(known, kept.get("documents", [])),
            **_dates(known, kept),
        }
        st.session_state.filters = {name: value for name, value in st.session_state.filters.items() if value}
        if assistant().model:
            st.session_state.gloss = st.toggle(say()("gloss_wanted"), value=st.session_state.get("gloss", False))


def _languages(known: list[Entry], kept: list[str]) -> list[str]:
    tags = sorted({entry.language for entry in known} | set(assistant().collection.store.languages()))
    return st.multiselect(
        say()("filter_languages"), tags, default=[t for t in kept if t in tags], key="filter-languages",
        format_func=lambda tag: language_name(tag, language()), placeholder=say()("all"),
    )  # fmt: skip


def _several(name: str, options: list[str], kept: dict[str, list[str]]) -> list[str]:
    return st.multiselect(
        say()(f"filter_{name}"), options, default=[o for o in kept.get(name, []) if o in options], key=f"filter-{name}",
        placeholder=say()("all"), format_func=shown,
    )  # fmt: skip


def _documents(known: list[Entry], kept: list[str]) -> list[str]:
    often = Counter(shown(entry.title) for entry in known)
    # The widget identifies a choice by the text that it shows for it.
    titles = {
        e.id: shown(e.title) if often[shown(e.title)] == 1 else f"{shown(e.title)} · {shown_path(e.path)} · {e.id[:8]}"
        for e in known
    }
    return st.multiselect(
        say()("filter_documents"), list(titles), default=[d for d in kept if d in titles], key="filter-documents",
        format_func=titles.__getitem__, placeholder=say()("all"),
    )  # fmt: skip


def _dates(known: list[Entry], kept: dict[str, str]) -> dict[str, str]:
    years = sorted({int(e.published[:4]) for e in known if e.published and e.published[:4].isdigit()})
    if not years:
        return {}
    least, most = datetime.date(min(years[0], 1990), 1, 1), datetime.date(years[-1], 12, 31)
    found: dict[str, str] = {}
    for name in ("since", "until"):
        is_within = least.isoformat() <= kept.get(name, "") <= most.isoformat()  # files may have been added or removed
        before = datetime.date.fromisoformat(kept[name]) if is_within else None
        day = st.date_input(
            say()(f"filter_{name}"), value=before, min_value=least, max_value=most, format="YYYY-MM-DD",
            key=f"filter-{name}",
        )  # fmt: skip
        if isinstance(day, datetime.date):
            found[name] = day.isoformat()
    return found


def show_uploads() -> None:
    """Show the visitor's files and the form that adds more; nothing if the operator allows no uploads."""
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
