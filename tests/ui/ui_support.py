"""The chat without a browser: Streamlit runs the page, and what it would draw is read."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest

from rag.chat.visitors import Preferences, Visitor
from rag.ui.parts import _component
from rag.ui.session import desk

SCRIPT = Path(__file__).resolve().parents[2] / "app.py"
PATIENCE = 60
SECRET = "s" * 40
# Of corpus/questions.jsonl: answered at the default confidence.
QUESTIONS = {
    "en": "How old was Rakhima Senbay when she was taken to the re-education camp in 2017?",
    "zh-Hans": "陈全国是哪一年卸任新疆党委书记的？",
    "zh-Hant": "2011年在阿克托比引爆炸藥自盡的 Rahimjan Makhatov 當時幾歲？",
    "kk": "2005 жылғы мамырда Мәскеуден Алматыға ұшқан «Боинг-737» ұшағының қай жерінен бомба табылды?",
    "ru": "Когда Казахстан и Китай провели учения «Тянь-Шань-2»?",
}
# And not answered: the documents do not say it.
UNANSWERED = (
    "Who represented Kazakhstan at the first meeting of the Global Initiative to Combat Nuclear Terrorism in Rabat?"
)


class App:
    """A visitor's session. ``at`` is what Streamlit's own testing has of it."""

    def __init__(
        self, *, secret: str = SECRET, locale: str | None = "en-GB", query: dict[str, str] | None = None
    ) -> None:
        # A process registers a component once; here every session has a registry of its own.
        _component.clear()
        self.at = AppTest.from_file(SCRIPT, default_timeout=PATIENCE)
        self.at.session_state["secret"] = secret
        self.at.context = {"locale": locale} if locale else {}
        self.at.query_params.update(query or {})

    @property
    def visitor(self) -> Visitor:
        """Who this session is of."""
        return desk().visitor(self.at.session_state["secret"])

    def run(self) -> App:
        """Draw the page; there may be errors, but none that Streamlit has to show as a traceback."""
        if drawn := self.data("page"):
            # To find what is chosen among the options, names are made out here, which must be those that were drawn.
            st.session_state["preferences"] = Preferences(language=drawn[0]["language"])
        self.at.run()
        assert not self.at.exception, [error.value for error in self.at.exception]
        return self

    def page(self, path: str) -> App:
        """Turn to another page, as its link does: the address loses its query."""
        self.at._page_hash = next(
            hash_ for hash_, page in self.at._registered_pages.items() if page["url_pathname"] == path
        )
        self.at.query_params.clear()
        return self.run()

    def ask(self, question: str) -> App:
        """Type a question into the box below the conversation."""
        self.at.chat_input(key="question").set_value(question)
        return self.run()

    def click(self, key: str) -> App:
        """Press the button with a key."""
        self.at.button(key=key).click()
        return self.run()

    def submit(self, label: str) -> App:
        """Press the button of a form."""
        next(button for button in self.at.button if button.label == label).click()
        return self.run()

    def press_mark(self, number: int, turn: int = 0) -> App:
        """Press a mark in an answer; the message is the one that the component's script sends."""
        base = next(e.proto.id for e in self.at.get("bidi_component") if e.proto.id.endswith(f"-answer-{turn}"))
        states = self.at._tree.get_widget_states()
        payload = json.dumps([{"event": "cite", "value": number}])
        states.widgets.append(WidgetState(id=f"$$STREAMLIT_INTERNAL_KEY_{base}__events", json_trigger_value=payload))
        self.at._run(states)
        assert not self.at.exception
        return self

    def data(self, component: str) -> list[dict[str, Any]]:
        """What the components of a kind are given, in order; their scripts draw it."""
        found = [e.proto for e in self.at.get("bidi_component")]
        return [json.loads(proto.json) for proto in found if proto.component_name == f"dalil_{component}"]

    def has(self, key: str) -> bool:
        """Whether something with a key is on the page."""
        try:
            self.at.get_by_key(key)
        except KeyError:
            return False
        return True

    def labels(self, prefix: str) -> list[str]:
        """The labels of the buttons whose keys begin so."""
        return [button.label for button in self.at.button if (button.key or "").startswith(prefix)]

    def charts(self) -> list[str]:
        """The specifications of the charts, as JSON."""
        return [element.proto.spec for element in self.at.get("vega_lite_chart")]

    def text(self) -> str:
        """What can be read on the page outside of our components, signs of Markdown and HTML included."""
        return _read(self.at)

    def panel(self) -> str:
        """What can be read above the text of the source that is open, without signs of Markdown and HTML."""
        found = _read(self.at.get_by_key("source"))
        return unescape(re.sub(r"<[^>]*>", " ", found)).replace("\\", "")


def _read(part: Any) -> str:
    lists = ("title", "subheader", "markdown", "caption", "text", "html", "info", "warning", "error")
    return "\n".join(str(element.value) for name in lists for element in getattr(part, name))


Opened = Callable[..., App]


def settled(app: App) -> App:
    """Wait until the visitor's files are indexed, and draw the page."""
    task = desk().task(app.visitor)
    assert task is not None
    task.join(PATIENCE)
    assert task.status == "done", task.error
    return app.run()
