"""A question on its way: sent, watched while its answer is made, stopped, asked again."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import streamlit as st

from rag.chat.conversations import Conversation, exchange
from rag.chat.running import RunningAnswer, unchecked
from rag.chat.showing import shown
from rag.errors import DalilError
from rag.types import Answer, Statement
from rag.ui.answer import sentences_data
from rag.ui.parts import reveal, sentences, show_question
from rag.ui.session import assistant, desk, filters, open_place, preferences, say, visitor

_TICK = 0.25


def conversation() -> Conversation | None:
    """The conversation that is open: on disk, or begun and not kept yet."""
    identifier = st.session_state.get("conversation")
    if identifier is None:
        return None
    begun: Conversation | None = st.session_state.get("begun")
    return visitor().conversations.load(identifier) or (begun if begun and begun.id == identifier else None)


def open_conversation(identifier: str | None) -> None:
    """Turn to another conversation, or with None to an empty page; an answer under way goes on and is kept."""
    if identifier != st.session_state.get("conversation"):
        st.session_state.running = None
        st.session_state.editing = False
        open_place(None)
    st.session_state.conversation = identifier
    if identifier is None:
        st.query_params.pop("c", None)
    else:
        st.query_params["c"] = identifier


def running() -> RunningAnswer | None:
    """The answer under way, if any."""
    found: RunningAnswer | None = st.session_state.get("running")
    return found


def send(question: str, *, anyway: bool = False) -> None:
    """Ask a question in the open conversation, or in a new one; ``anyway`` whatever the confidence."""
    answering = desk().assistant(visitor(), replace(preferences(), min_confidence=0.0)) if anyway else assistant()
    mine = visitor().conversations
    known = conversation() or mine.start(question)
    st.session_state.begun = known

    def keep(answer: Answer | None, error: str | None) -> None:
        # In the thread of the answer: nothing of the page is touched here.
        if answer is not None:
            made_of = {
                "collection": {"generation": answering.collection.generation, "model": answering.collection.model}
            }
            mine.append(known, exchange(question, answer={**answer.to_dict(), **made_of}))
        else:
            mine.append(known, exchange(question, outcome="failed" if error else "stopped", error=error))

    options: dict[str, Any] = {"k": preferences().k, "filters": filters(), "history": known.history()}
    options["gloss"] = bool(st.session_state.get("gloss")) and answering.model is not None
    made = RunningAnswer(answering, question, keep, **options)
    open_conversation(known.id)
    open_place(None)
    st.session_state.running = made
    st.session_state.editing = False


def ask(question: str, *, anyway: bool = False) -> None:
    """What a button does that asks: send, and say so where it cannot be."""
    try:
        send(question, anyway=anyway)
    except DalilError as error:
        st.session_state.problem = str(error)


def ask_again(question: str | None = None, *, anyway: bool = False) -> None:
    """Ask the last question again, or another in its place; ``anyway`` whatever the confidence."""
    identifier = st.session_state.get("conversation")
    last = visitor().conversations.drop_last(identifier) if identifier else None
    ask(question or (last.question if last else ""), anyway=anyway)


def stop() -> None:
    """Stop the answer under way; its question is kept."""
    found = running()
    if found is not None:
        found.stop()


def watch(answer: RunningAnswer, turn: int) -> None:
    """Show an answer as it is made, until it is over; the page is then drawn anew."""
    show_question(turn, answer.question)
    reveal(f"{st.session_state.get('conversation')} {turn} running")
    with st.chat_message("assistant", avatar=":material/fact_check:"):
        status, written, tail = st.empty(), st.empty(), st.container(key="unchecked").empty()
        st.button(say()("stop"), icon=":material/stop_circle:", on_click=stop, key="stop")
    began, drawn = time.monotonic(), 0
    while True:
        answer.wait(drawn, _TICK)
        if len(answer.events) > drawn:
            drawn = len(answer.events)
            _draw(answer, written, tail)
        # Streamlit hears of a click whenever something is drawn.
        status.caption(_state(answer, time.monotonic() - began))
        if answer.is_over and len(answer.events) == drawn:
            break
    st.session_state.running = None
    kept = conversation()
    if answer.error and not (kept and any(e.error == answer.error for e in kept.exchanges[-1:])):
        st.session_state.problem = answer.error
    st.rerun()


def _draw(answer: RunningAnswer, written: Any, tail: Any) -> None:
    events = list(answer.events)
    checked = [event.data for event in events if isinstance(event.data, Statement)]
    if checked:
        with written.container():
            data = sentences_data({"statements": [s.to_dict() for s in checked], "citations": []})
            sentences(data, key=f"written-{len(events)}")
    words = unchecked(events)
    if words.strip():
        tail.text(shown(words))
    else:
        tail.empty()


def _state(answer: RunningAnswer, seconds: float) -> str:
    kinds = {event.kind for event in answer.events}
    key = "state_writing" if kinds & {"tokens", "statement"} else "state_reading" if kinds else "state_searching"
    return say()(key, seconds=f"{seconds:.0f}")
