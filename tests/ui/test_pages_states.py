"""What the pages show where something is stopped, failed, missing, damaged or gone, run without a browser."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from ui_support import PATIENCE, QUESTIONS, SECRET, UNANSWERED, App, Opened, settled

import rag.chat.visitors
import rag.ui.asking
import rag.ui.chat
from rag.assistant import Assistant
from rag.chat.background import RunningAnswer
from rag.chat.conversations import Conversations, exchange
from rag.errors import WrongUse
from rag.library.wording import label
from rag.ui.session import desk

KEYLESS = "openai:gpt-4.1-mini"


def written(app: App, *exchanges: Any) -> str:
    """Keep a conversation of the visitor's; its id."""
    mine = app.visitor.conversations
    conversation = mine.start(exchanges[0].question)
    for each in exchanges:
        mine.append(conversation, each)
    return conversation.id


def answered(app: App) -> dict[str, Any]:
    """An answer with three citations, as it is kept."""
    app.ask(QUESTIONS["en"])
    kept = app.visitor.conversations.load(app.at.query_params["c"])
    assert kept is not None
    answer = kept.exchanges[0].answer
    assert answer is not None
    app.click("new")
    return answer


def test_what_was_stopped_or_failed_is_shown_and_can_be_asked_again(app: App) -> None:
    stopped = exchange(QUESTIONS["kk"], outcome="stopped")
    failed = exchange(QUESTIONS["en"], outcome="failed", error="the model *did not* answer; start it")
    identifier = written(app, stopped, failed)
    app.run().click(f"conversation-{identifier}")
    assert [info.value for info in app.at.info] == [
        "Stopped before there was an answer\\.",
        label("the model *did not* answer; start it"),
    ]
    assert not app.labels("next-")
    app.click("retry")
    assert len(app.at.info) == 1
    assert app.data("answer")


def test_an_answer_under_way_is_stopped_and_its_question_kept(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    async def endless(self: Assistant, question: str, **options: Any) -> AsyncIterator[Any]:
        await asyncio.sleep(PATIENCE)
        yield None

    class StoppedAtOnce(RunningAnswer):
        def wait(self, seen: int, seconds: float) -> bool:
            self.stop()
            return super().wait(seen, seconds)

    monkeypatch.setattr(Assistant, "astream", endless)
    monkeypatch.setattr(rag.ui.asking, "RunningAnswer", StoppedAtOnce)
    app.ask(QUESTIONS["en"])
    assert app.at.info[0].value == "Stopped before there was an answer\\."
    kept = app.visitor.conversations.load(app.at.query_params["c"])
    assert kept is not None
    assert [(e.question, e.outcome) for e in kept.exchanges] == [(QUESTIONS["en"], "stopped")]


def test_an_answer_kept_before_it_is_drawn_is_not_shown_beside_itself(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    class OverAtOnce(RunningAnswer):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            self.join(PATIENCE)

    turns: list[int] = []
    watch = rag.ui.chat.watch
    monkeypatch.setattr(rag.ui.chat, "watch", lambda answer, turn: (turns.append(turn), watch(answer, turn)))
    monkeypatch.setattr(rag.ui.asking, "RunningAnswer", OverAtOnce)
    app.ask(QUESTIONS["en"])
    app.click("retry")
    assert turns == [0, 0]


@pytest.mark.parametrize(
    ("error", "told"),
    [(WrongUse("the server is away; start it"), "the server is away; start it"), (ZeroDivisionError(), "unexpectedly")],
)
def test_a_failure_is_told_in_a_sentence_and_kept(
    app: App, monkeypatch: pytest.MonkeyPatch, error: Exception, told: str
) -> None:
    async def failing(self: Assistant, question: str, **options: Any) -> AsyncIterator[Any]:
        raise error
        yield None

    monkeypatch.setattr(Assistant, "astream", failing)
    app.ask(QUESTIONS["en"])
    assert told in app.at.info[0].value.replace("\\", "")
    kept = app.visitor.conversations.load(app.at.query_params["c"])
    assert kept is not None
    assert kept.exchanges[0].outcome == "failed"


@pytest.mark.parametrize("before", [0, 1])
def test_an_answer_that_cannot_be_kept_is_told(app: App, monkeypatch: pytest.MonkeyPatch, before: int) -> None:
    def full(self: Conversations, *arguments: Any, **options: Any) -> None:
        raise OSError(28, "No space left on device")

    if before:
        app.ask(UNANSWERED)
    monkeypatch.setattr(Conversations, "append", full)
    app.ask(QUESTIONS["en"])
    assert "No space left on device" in app.text()


def test_a_source_that_the_collection_no_longer_holds_is_shown_as_it_was_cited(app: App) -> None:
    answer = answered(app)
    citation = answer["citations"][0] | {"document_id": "f" * 16}
    identifier = written(app, exchange(QUESTIONS["en"], answer=answer | {"citations": [citation]}))
    app.run().click(f"conversation-{identifier}").click("open-0-1")
    assert app.at.warning[0].value.startswith("The collection no longer holds this version")
    assert citation["quote"] in app.panel()
    assert not app.data("source")
    app.page("collection")
    app.at.session_state["place"] = {"document": "f" * 16}
    app.run()
    assert app.at.warning[0].value.startswith("The collection no longer holds this version")
    assert not app.click("source-close").has("source")


def test_a_written_answer_shows_what_its_checks_found(app: App) -> None:
    answer = answered(app)
    year = {"kind": "number", "verdict": "contradicted", "text": "2018", "source": "2017", "citation": 1}
    name = {"kind": "name", "verdict": "missing", "text": "Urumqi", "source": "", "citation": None}
    agreement = {
        "sources": 2,
        "languages": ["kk", "ru"],
        "since": "2021-01-02",
        "until": "2021-01-02",
        "citations": [1],
    }
    first = answer["statements"][0] | {"text": "She was 64.", "citations": [1], "score": 0.4}
    statements = [
        first | {"support": "partial", "findings": [year], "agreement": agreement},
        first | {"support": "unsupported", "findings": [name], "citations": [], "agreement": None, "score": 0.0},
    ]
    values = [{"text": "64", "citations": [1]}, {"text": "46", "citations": [2, 3]}]
    gloss = {"text": "She was sixty-four.", "language": "en", "model": "a *model*"}
    written_answer = answer | {
        "mode": "generative", "model": "test:writer", "language": "en", "statements": statements,
        "citations": [answer["citations"][0] | {"gloss": gloss}, *answer["citations"][1:]],
        "conflicts": [{"kind": "number", "values": values}], "standalone": "How old was she then?",
        "notes": [{"kind": "removed", "text": "1 sentence was removed"}],
    }  # fmt: skip
    identifier = written(app, exchange("How old was she?", answer=written_answer))
    app.run().click(f"conversation-{identifier}")
    partial, unsupported = app.data("answer")[0]["statements"]
    assert (partial["support"], partial["supportLabel"], partial["language"]) == ("partial", "Partly supported", "en")
    assert "(40 %)" in partial["supportTip"]
    assert partial["remarks"] == [
        "The source has another number: “2017”, not “2018”",
        "2 independent sources agree (Kazakh, Russian) Jan 2, 2021",
    ]
    assert (unsupported["supportLabel"], unsupported["marks"]) == ("Not supported", [])
    assert unsupported["remarks"] == ["Not in the source: the name “Urumqi”"]
    assert [w.value.replace("\\", "") for w in app.at.warning] == ["Sources differ on a number: 64 [1]; 46 [2, 3]"]
    seen = app.text().replace("\\", "").replace("\u2060", "")
    for said in ("Searched as: How old was she then?", "1 sentence was removed", "written by test:writer"):
        assert said in seen
    assert "She was sixty-four." in seen
    assert label("a *model*") in app.text()
    assert answer["citations"][0]["quote"] in seen  # no sentence is made of it


def test_a_missing_collection_is_told_in_one_sentence(
    open_app: Opened, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DALIL_COLLECTION", str(tmp_path / "none"))
    app = open_app().run()
    assert len(app.at.error) == 1
    assert "dalil index" in app.at.error[0].value.replace("\\", "")
    assert not app.at.button
    assert not app.at.chat_input


def test_a_wrong_setting_is_told_in_one_sentence(open_app: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DALIL_K", "many")
    app = open_app().run()
    assert "DALIL_K" in app.at.error[0].value.replace("\\", "")


@pytest.mark.parametrize("k", ["1", "2", "150"])
def test_any_number_of_sources_that_may_be_set_has_settings(
    open_app: Opened, monkeypatch: pytest.MonkeyPatch, k: str
) -> None:
    monkeypatch.setenv("DALIL_K", k)
    app = open_app().run().page("settings")
    assert app.at.slider(key="set-sources").value == int(k)


def test_a_damaged_collection_of_a_visitors_own_is_made_again(open_app: Opened) -> None:
    app = open_app()
    app.visitor.uploads.add("lighthouse.txt", b"The lighthouse of Sarybulak was built by three brothers in 1896.")
    app.visitor.collection.mkdir(parents=True)
    (app.visitor.collection / "collection.db").write_bytes(b"no database")
    settled(app.run())
    assert not app.at.error
    assert "three brothers" in str(app.ask("Who built the lighthouse of Sarybulak in 1896?").data("answer"))


def test_an_indexing_that_fails_is_told_and_can_be_tried_again(
    open_app: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_app().run().page("collection")
    app.visitor.uploads.add("lighthouse.txt", b"The lighthouse of Sarybulak was built by three brothers in 1896.")
    with monkeypatch.context() as patch:
        patch.setattr(rag.chat.visitors, "index_paths", lambda *_, **__: (_ for _ in ()).throw(WrongUse("it is full")))
        desk().update(app.visitor).join(PATIENCE)
        app.run()
    assert [error.value for error in app.at.error] == ["it is full"]
    settled(app.click("uploads-retry"))
    assert not app.at.error
    assert app.visitor.last_report().files == ["lighthouse.txt"]


def test_a_model_without_its_key_is_offered_with_what_is_missing(
    open_app: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DALIL_LLM_OFFERED", KEYLESS)
    app = open_app().run().page("settings")
    choice = app.at.radio(key="set-model")
    assert choice.options == ["Quotations from the documents", label(KEYLESS)]
    assert "OPENAI_API_KEY" in choice.proto.captions[1].replace("\\", "")
    choice.set_value(KEYLESS)
    app.run()
    assert "OPENAI_API_KEY" in app.at.error[0].value.replace("\\", "")
    assert app.visitor.preferences().llm is None


def test_a_model_that_is_not_usable_any_more_gives_way_to_quotations(
    open_app: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DALIL_LLM_OFFERED", KEYLESS)
    app = open_app()
    app.visitor.prefer(app.visitor.preferences(), llm=KEYLESS)
    app.run()
    assert "OPENAI_API_KEY" in app.at.warning[0].value.replace("\\", "")
    assert app.visitor.preferences().llm is None
    app.ask(QUESTIONS["en"])
    assert app.data("answer")
    assert not app.at.warning


def test_a_date_that_filters_may_no_longer_have_is_let_go(app: App) -> None:
    app.page("settings")
    app.at.session_state["filters"] = {"until": "2999-01-01"}  # as with a file of that year that is removed again
    app.page("")
    assert app.at.title[0].value == "Ask your documents"


def test_a_conversation_keeps_its_title_where_none_is_given(app: App) -> None:
    app.ask(QUESTIONS["en"])
    app.at.text_input[0].set_value("  ")
    app.submit("Rename")
    assert "a conversation needs a title" in app.text()
    assert app.visitor.conversations.all()[0].title == QUESTIONS["en"]


def test_a_damaged_conversation_is_not_listed_and_not_opened(app: App, open_app: Opened) -> None:
    identifier = written(app, exchange(QUESTIONS["en"], outcome="stopped"))
    (app.visitor.conversations.folder / f"{identifier}.json").write_text("{", "utf-8")
    again = open_app(query={"c": identifier}).run()
    assert not again.labels("conversation-")
    assert again.at.title[0].value == "Ask your documents"


def test_many_conversations_are_listed_in_parts(app: App) -> None:
    for number in range(33):
        written(app, exchange(f"Question {number}", outcome="stopped"))
    assert len(app.run().labels("conversation-")) == 30
    assert len(app.click("more-conversations").labels("conversation-")) == 33
    assert not app.has("more-conversations")


@pytest.mark.parametrize("text", ["{", '{"llm": 3, "unknown": 1}', "[]"])
def test_preferences_that_cannot_be_read_are_none(open_app: Opened, text: str) -> None:
    app = open_app()
    app.visitor.folder.mkdir(parents=True)
    (app.visitor.folder / "preferences.json").write_text(text, "utf-8")
    assert app.run().page("settings").at.slider(key="set-sources").value == desk().settings.k


def test_what_one_visitor_wants_of_answers_takes_no_examples_from_others(open_app: Opened) -> None:
    sure = open_app()
    sure.visitor.prefer(sure.visitor.preferences(), min_confidence=1.0)
    assert sure.run().labels("example-") == []
    assert len(open_app(secret="o" * 40).run().labels("example-")) == 5


def test_a_secret_is_made_for_a_visitor_without_one(open_app: Opened) -> None:
    first, second = open_app(), open_app()
    for app in (first, second):
        del app.at.session_state["secret"]
    made = [app.run().data("page")[0]["secret"] for app in (first, second)]
    assert len(set(made)) == 2
    assert min(map(len, made)) >= 32
    assert SECRET not in made
