"""Asking on the page: sending a question, and showing progress while it is answered."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import streamlit as st

from rag.answer import Answer, Statement
from rag.assistant import Assistant
from rag.chat.background import RunningAnswer, unchecked
from rag.chat.conversations import Conversation, Exchange, exchange
from rag.errors import WrongUse
from rag.library.tasks import Task
from rag.library.wording import label, shown
from rag.search.filters import Filters
from rag.ui.answer import sentences_data
from rag.ui.parts import reveal, sentences, show_question
from rag.ui.session import assistant, careful, desk, filters, open_place, preferences, say, visitor

_TICK = 0.25
# Answers that a session may wait for at once, each in a conversation of its own.
_MOST = 3


def conversation() -> Conversation | None:
    """Return the open conversation, on disk or begun and not saved yet; None if there is none."""
    identifier = st.session_state.get("conversation")
    if identifier is None:
        return None
    begun: Conversation | None = st.session_state.get("begun")
    return visitor().conversations.load(identifier) or (begun if begun and begun.id == identifier else None)


def open_conversation(identifier: str | None) -> None:
    """Open another conversation, or an empty page for None; an answer under way continues and is saved."""
    if identifier != st.session_state.get("conversation"):
        st.session_state.editing = False
        open_place(None)
    st.session_state.conversation = identifier
    if identifier is None:
        st.query_params.pop("c", None)
    else:
        st.query_params["c"] = identifier


def running() -> RunningAnswer | None:
    """Return the answer under way in the open conversation; None if there is none."""
    return _under_way().get(st.session_state.get("conversation", ""))


def answered_before() -> Conversation | None:
    """Return the open conversation as it was before the question under way was asked.

    It is not read from disk meanwhile: the running answer may be saved at any moment, and would then be shown twice.
    """
    before: dict[str, Conversation] = st.session_state.get("before", {})
    return before[st.session_state.conversation] if running() else conversation()


def send(question: str, *, replacing: Exchange | None = None, anyway: bool = False) -> None:
    """Ask a question in the open conversation, or in a new one.

    With ``replacing``, the answer replaces that exchange once it is complete; with ``anyway``, it is given whatever its
    confidence. Raises `WrongUse` while an answer is under way here, or too many in this session.
    """
    if running() is not None or len(_under_way()) >= _MOST:
        raise WrongUse("an answer is being made; wait until it is there, or stop it")
    answering = desk().assistant(visitor(), replace(preferences(), min_confidence=0.0)) if anyway else assistant()
    mine = visitor().conversations
    known = conversation() or mine.start(question)
    st.session_state.begun = known
    place = replacing.asked_at if replacing else None
    limits = filters()

    def keep(answer: Answer | None, error: str | None) -> None:
        # Runs in the answer's thread, so it must not touch the page.
        if answer is not None:
            made = exchange(question, answer={**answer.to_dict(), "collection": _searched(answering, limits)})
            mine.append(known, made, replacing=place)
        elif replacing is None:  # else what was answered before stays
            failed = exchange(question, outcome="failed" if error else "stopped", error=error)
            mine.append(known, failed)

    before = known.without(place)
    history = before.history()
    options: dict[str, Any] = {"k": preferences().k, "filters": limits, "history": history}
    options["gloss"] = bool(st.session_state.get("gloss")) and answering.model is not None
    made = RunningAnswer(answering, question, keep, **options)
    open_conversation(known.id)
    open_place(None)
    _under_way()[known.id] = made
    st.session_state.setdefault("before", {})[known.id] = before
    st.session_state.editing = False


def _searched(answering: Assistant, limits: Filters | None) -> dict[str, Any]:
    """Return the facts of the collection saved with an answer; the number of documents only if all were searched."""
    collection = answering.collection
    counted = {} if limits else {"documents": collection.store.counts()[0]}
    return {"generation": collection.generation, "model": collection.model, **counted}


@careful
def ask(question: str) -> None:
    """Ask a question; an error becomes a sentence on the page."""
    send(question)


@careful
def ask_again(last: Exchange, question: str | None = None, *, anyway: bool = False) -> None:
    """Ask the last question again, or ``question`` in its place; with ``anyway``, answer whatever the confidence."""
    send(question or last.question, replacing=last, anyway=anyway)


def stop() -> None:
    """Stop the answer under way; its question is kept."""
    found = running()
    if found is not None:
        found.stop()


def watch(answer: RunningAnswer, turn: int) -> None:
    """Show an answer while it is made; draw the page again when it is over."""
    show_question(turn, answer.question)
    reveal(f"{st.session_state.get('conversation')} {turn} running", say()("working"))
    with st.chat_message("assistant", avatar=":material/fact_check:"):
        status, written, tail = st.empty(), st.empty(), st.container(key="unchecked").empty()
        st.button(say()("stop"), icon=":material/stop_circle:", on_click=stop, key="stop")
    began, drawn = time.monotonic(), 0
    while True:
        answer.wait(drawn, _TICK)
        if len(answer.events) > drawn:
            drawn = len(answer.events)
            _draw(answer, written, tail)
        # Streamlit notices a click only when something is drawn.
        status.caption(_state(answer, time.monotonic() - began))
        if answer.is_over and len(answer.events) == drawn:
            break
    _under_way().pop(st.session_state.get("conversation", ""), None)
    kept = conversation()
    if answer.error and not (kept and any(e.error == answer.error for e in kept.exchanges[-1:])):
        st.session_state.problem = answer.error
    st.rerun()


def _under_way() -> dict[str, RunningAnswer]:
    """Return the answers that this session waits for, by conversation id.

    Answers that are over and not in the open conversation are removed first.
    """
    here = st.session_state.get("conversation")
    found: dict[str, RunningAnswer] = st.session_state.setdefault("under_way", {})
    for identifier in [i for i, answer in found.items() if answer.is_over and i != here]:
        del found[identifier]
    return found


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


_EVERY = 0.5
# Steps of a task whose names are translated; other names are shown as they are.
_NAMED = {"reading", "embedding", "saving"}


@st.fragment(run_every=_EVERY)
def show_progress(task: Task, key: str) -> None:
    """Show the progress bar of a running task and keep it up to date; draw the whole page when the task is over."""
    if task.status != "running":
        st.rerun()
    step = task.step()
    name = say()(f"step_{step.label}") if step.label in _NAMED else label(step.label)
    told = f"{name} · {step.done:,} / {step.total:,}" if step.total else name
    if step.rate and step.left is not None:
        told += f" · {say()('rate', rate=f'{step.rate:,.1f}', left=_left(step.left))}"
    st.progress(step.share, told)
    st.button(say()("stop"), key=f"{key}-stop", icon=":material/stop_circle:", on_click=task.stop)


def _left(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"
