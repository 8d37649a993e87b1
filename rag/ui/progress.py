"""A task under way: a bar with its rate and the time that is left."""

from __future__ import annotations

import streamlit as st

from rag.library.showing import label
from rag.library.tasks import Task
from rag.ui.session import say

_EVERY = 0.5
# Parts of a task that have a name of their own; others are named as they are.
_NAMED = {"reading", "embedding", "saving"}


@st.fragment(run_every=_EVERY)
def show_progress(task: Task, key: str) -> None:
    """The bar of a task that runs, drawn anew by itself; when it is over the page is drawn."""
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
