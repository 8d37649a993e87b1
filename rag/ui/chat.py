"""The chat page: the conversation so far, the answer under way, and the evidence beside them."""

from __future__ import annotations

import streamlit as st

from rag.chat.conversations import Conversation
from rag.chat.suggestions import Suggestion, examples, follow_ups
from rag.library.wording import label
from rag.ui.answer import show_answer
from rag.ui.asking import answered_before, ask, ask_again, conversation, open_conversation, running, watch
from rag.ui.evidence import is_open, show_evidence
from rag.ui.parts import reveal, show_question
from rag.ui.session import assistant, collection_key, desk, language, language_name, say
from rag.ui.sidebar import show_sidebar


def chat_page() -> None:
    """Show the chat page."""
    _find_conversation()
    found = conversation()
    show_sidebar(found)
    is_beside = found is not None and is_open(found)
    left, right = st.columns([5, 4], gap="medium") if is_beside else (st.container(), None)
    if right is not None and found is not None:
        with right:
            show_evidence(found)
    with left:
        body = st.container()
    with st.container(key="asking"):
        st.chat_input(
            say()("ask"), max_chars=desk().settings.max_question, key="question", on_submit=_asked,
            disabled=running() is not None,
        )  # fmt: skip
    with body:
        _conversation(found)


def _asked() -> None:
    if st.session_state.question:
        ask(str(st.session_state.question))


def _find_conversation() -> None:
    """Open the conversation that the address names when a session begins; later, keep the address up to date."""
    if "conversation" not in st.session_state:
        open_conversation(st.query_params.get("c"))
    elif st.session_state.conversation:
        st.query_params["c"] = st.session_state.conversation


def _conversation(found: Conversation | None) -> None:
    # Each in its own place, so that outdated parts disappear at once and not only when the answer is complete.
    welcome, turns, under_way, next_steps = st.empty(), st.container(), st.container(), st.empty()
    answer = running()
    before = answered_before()
    exchanges = before.exchanges if before else ()
    with turns:
        for turn, exchange in enumerate(exchanges):
            show_question(turn, exchange.question)
            with st.chat_message("assistant", avatar=":material/fact_check:"):
                show_answer(turn, exchange)
    if answer is not None:
        welcome.empty()
        next_steps.empty()
        with under_way:
            watch(answer, len(exchanges))
    elif found and exchanges:
        with next_steps.container():
            _next_steps(found)
        reveal(f"{found.id} {len(exchanges)} {exchanges[-1].asked_at}", say()("done"))
    else:
        with welcome.container():
            _welcome()


def _welcome() -> None:
    st.title(say()("welcome"), anchor=False)
    documents, chunks = assistant().collection.store.counts()
    tags = assistant().collection.store.languages()
    names = ", ".join(language_name(tag, language()) for tag in tags)
    st.markdown(say()("welcome_text", documents=f"{documents:,}", chunks=f"{chunks:,}", languages=names))
    least = assistant().settings.min_confidence
    offered = _examples(collection_key(), language(), least)
    if offered:
        st.caption(say()("examples"))
        _offer(offered, "example")


@st.cache_data(show_spinner=False, max_entries=64)
def _examples(key: str, tag: str, least: float) -> list[Suggestion]:
    """Return example questions, computed once for each collection (``key``), language and least confidence."""
    return examples(assistant(), tag)


def _next_steps(found: Conversation) -> None:
    """Show what can be asked or done after the last answer."""
    last = found.exchanges[-1]
    if last.answer:
        offered = _follow_ups(found, len(found.exchanges))
        if offered:
            st.caption(say()("follow_ups"))
            _offer(offered, "next")
    with st.container(horizontal=True):
        if last.answer and last.answer["status"] == "abstained" and last.answer["hits"]:
            st.button(
                say()("answer_anyway"), icon=":material/quickreply:", key="anyway", on_click=ask_again,
                args=(last,), kwargs={"anyway": True},
            )  # fmt: skip
        st.button(say()("retry"), icon=":material/refresh:", key="retry", on_click=ask_again, args=(last,))
        st.button(say()("edit"), icon=":material/edit:", key="edit", on_click=_edit)
    if st.session_state.get("editing"):
        with st.form("editing-form"):
            text = st.text_area(say()("edit_question"), value=last.question, max_chars=desk().settings.max_question)
            if st.form_submit_button(say()("ask_instead")) and text.strip():
                ask_again(last, text)
                st.rerun()


def _follow_ups(found: Conversation, count: int) -> list[Suggestion]:
    """Return follow-up questions, computed once for each answer of a session."""
    key = f"{found.id} {count} {found.updated}"
    kept: tuple[str, list[Suggestion]] = st.session_state.get("follow_ups", ("", []))
    if kept[0] != key:
        asked = [exchange.question for exchange in found.exchanges]
        kept = st.session_state.follow_ups = (key, follow_ups(found.exchanges[-1].answer or {}, assistant(), asked))
    return kept[1]


def _offer(offered: list[Suggestion], name: str) -> None:
    for number, suggestion in enumerate(offered):
        st.button(
            label(suggestion.text), key=f"{name}-{number}", icon=":material/chat_bubble:", on_click=ask,
            args=(suggestion.text,), width="stretch", wrap=True,
        )  # fmt: skip


def _edit() -> None:
    st.session_state.editing = not st.session_state.get("editing", False)
