"""The chat's own page in everyday use, run by Streamlit without a browser."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from ui_support import QUESTIONS, SECRET, UNANSWERED, App, Opened

from rag.library.wording import label
from rag.ui.session import LANGUAGES, desk, say_in


def test_an_empty_chat_greets_and_gives_examples(app: App) -> None:
    documents, _ = desk().base.collection.store.counts()
    assert app.at.title[0].value == "Ask your documents"
    assert f"{documents} documents" in app.at.markdown[0].value
    assert len(app.labels("example-")) == 5
    assert not app.at.chat_message
    assert app.at.query_params == {}


@pytest.mark.parametrize("language", QUESTIONS)
def test_a_question_is_answered_cited_and_kept(app: App, language: str) -> None:
    app.ask(QUESTIONS[language])
    asked, answered = app.at.chat_message
    assert (asked.name, answered.name) == ("user", "assistant")
    assert asked.text[0].value == QUESTIONS[language]
    shown = app.data("answer")[0]
    (summary,) = app.visitor.conversations.all()
    assert app.at.query_params == {"c": summary.id}
    kept = app.visitor.conversations.load(summary.id)
    assert kept is not None
    (exchange,) = kept.exchanges
    assert exchange.answer is not None
    assert exchange.answer["status"] == "answered"
    assert exchange.answer["collection"]["generation"] == desk().base.collection.generation
    assert [s["text"] for s in shown["statements"]] == [s["text"] for s in exchange.answer["statements"]]
    for sentence, statement in zip(shown["statements"], exchange.answer["statements"], strict=True):
        assert [mark["number"] for mark in sentence["marks"]] == statement["citations"] != []
        cited = next(c for c in exchange.answer["citations"] if c["number"] == statement["citations"][0])
        assert sentence["language"] == cited["language"]
        assert sentence["supportLabel"] == "Supported"
    cards = [f"open-0-{citation['number']}" for citation in exchange.answer["citations"]]
    assert all(map(app.has, cards))
    assert f"Sources ({len(cards)})" in app.text()


def test_an_answer_can_be_copied_and_taken_away_in_three_forms(app: App) -> None:
    app.ask(QUESTIONS["en"])
    copied = app.data("answer")[0]["copy"]["text"]
    assert app.data("answer")[0]["statements"][0]["text"] in copied
    keys = {button.key for button in app.at.download_button}
    assert {"export-0-markdown", "export-0-html", "export-0-json"} <= keys
    assert {"export-all-markdown", "export-all-html", "export-all-json"} <= keys


def test_an_abstention_shows_the_nearest_evidence_and_what_to_do(app: App) -> None:
    app.ask(UNANSWERED)
    assert not app.data("answer")
    box = app.at.get_by_key("abstained-0")
    assert box.markdown[0].value in {say_in("en")(f"grade_{grade}") for grade in ("likely", "none")}
    assert len([b for b in box.button if b.label == "Open"]) == 3
    assert sum("dalil-quote" in html.value for html in box.html) == 3
    app.click("near-0-2")
    assert app.at.get_by_key("source").button(key="source-previous").disabled is False
    assert app.data("source")[0]["current"] == 2


def test_an_example_is_asked_by_its_button(app: App) -> None:
    offered = app.labels("example-")
    app.click("example-1")
    assert label(app.at.chat_message[0].text[0].value) == offered[1]
    assert app.data("answer")


def test_a_follow_up_is_asked_in_the_same_conversation(app: App) -> None:
    app.ask(QUESTIONS["ru"])
    offered = app.labels("next-")
    assert offered
    app.click("next-0")
    (summary,) = app.visitor.conversations.all()
    kept = app.visitor.conversations.load(summary.id)
    assert kept is not None
    assert label(kept.exchanges[1].question) == offered[0]
    assert len(app.data("answer")) == 2
    assert kept.history()[0]["question"] == QUESTIONS["ru"]


def test_a_question_asked_again_takes_the_place_of_its_answer(app: App) -> None:
    app.ask(QUESTIONS["en"]).ask(UNANSWERED).click("retry")
    kept = app.visitor.conversations.load(app.at.query_params["c"])
    assert kept is not None
    assert [exchange.question for exchange in kept.exchanges] == [QUESTIONS["en"], UNANSWERED]
    assert len(app.at.chat_message) == 4


def test_an_edited_question_takes_the_place_of_the_last_one(app: App) -> None:
    app.ask(UNANSWERED).click("edit")
    box = app.at.text_area[0]
    assert box.value == UNANSWERED
    box.set_value(QUESTIONS["en"])
    app.submit("Ask this instead")
    kept = app.visitor.conversations.load(app.at.query_params["c"])
    assert kept is not None
    assert [exchange.question for exchange in kept.exchanges] == [QUESTIONS["en"]]
    assert not app.at.text_area
    assert app.data("answer")


def test_a_source_opens_beside_the_answer_at_the_cited_words(app: App) -> None:
    app.ask(QUESTIONS["en"])
    kept = app.visitor.conversations.load(app.at.query_params["c"])
    assert kept is not None
    answer = kept.exchanges[0].answer
    assert answer is not None
    assert len(answer["citations"]) == 3
    assert not app.has("source")
    for number, move in ((1, "open-0-1"), (2, "source-next"), (3, "source-next"), (2, "source-previous")):
        citation = answer["citations"][number - 1]
        app.click(move)
        panel, text = app.at.get_by_key("source"), app.data("source")[0]
        assert citation["title"] in app.panel()
        assert f"{Path(citation['path']).name}:{citation['line']}" in app.panel()
        assert text["current"] == number
        pieces = [piece for block in text["blocks"] for piece in block["pieces"] if number in piece["numbers"]]
        assert "".join(piece["text"] for piece in pieces) == citation["quote"]
        assert panel.caption[0].value == f"{number} of 3"
        open_marks = [m["number"] for s in app.data("answer")[0]["statements"] for m in s["marks"] if m["isOpen"]]
        assert open_marks == [number]
        assert panel.button(key="source-previous").disabled == (number == 1)
        assert panel.button(key="source-next").disabled == (number == 3)
    app.click("source-close")
    assert not app.has("source")
    assert not app.data("source")


def test_a_mark_in_the_answer_opens_its_source(app: App) -> None:
    app.ask(QUESTIONS["en"]).press_mark(2)
    assert app.data("source")[0]["current"] == 2


def test_conversations_are_listed_opened_renamed_and_deleted(app: App) -> None:
    app.ask(QUESTIONS["en"]).click("new")
    assert app.at.title[0].value == "Ask your documents"
    assert app.at.query_params == {}
    app.ask(QUESTIONS["kk"])
    second, first = app.visitor.conversations.all()
    assert app.labels("conversation-") == [label(second.title, 60), label(first.title, 60)]
    app.click(f"conversation-{first.id}")
    assert app.at.query_params == {"c": first.id}
    assert app.at.chat_message[0].text[0].value == QUESTIONS["en"]
    app.at.text_input[0].set_value("Camps")
    app.submit("Rename")
    assert "Camps" in app.labels("conversation-")
    app.click("delete")
    assert [summary.id for summary in app.visitor.conversations.all()] == [second.id]
    assert app.labels("conversation-") == [label(second.title, 60)]
    assert not app.at.chat_message
    assert app.at.query_params == {}


def test_filters_limit_the_search_and_stay_over_other_pages(app: App) -> None:
    app.at.multiselect(key="filter-languages").set_value(["ru"])
    app.run().ask(QUESTIONS["en"]).page("settings").page("")
    assert app.at.multiselect(key="filter-languages").value == ["ru"]
    app.ask(QUESTIONS["ru"])
    kept = app.visitor.conversations.load(app.at.query_params["c"])
    assert kept is not None
    assert len(kept.exchanges) == 2
    for exchange in kept.exchanges:
        assert exchange.answer is not None
        assert {hit["language"] for hit in exchange.answer["hits"]} == {"ru"}


def test_filters_by_document_and_date_that_leave_nothing_say_so(app: App) -> None:
    entries = desk().base.collection.store.catalogue()
    dated = next(entry for entry in entries if entry.published)
    app.at.multiselect(key="filter-documents").set_value([dated.id])
    app.at.date_input(key="filter-until").set_value(datetime.date(1990, 1, 1))
    app.run().ask(QUESTIONS["en"])
    assert "Perhaps the filters leave too little to search." in app.text()


def test_the_address_of_a_conversation_leads_back_to_it(app: App, open_app: Opened) -> None:
    app.ask(QUESTIONS["en"]).ask(QUESTIONS["ru"])
    again = open_app(query=dict(app.at.query_params)).run()
    assert [m.text[0].value for m in again.at.chat_message if m.name == "user"] == [QUESTIONS["en"], QUESTIONS["ru"]]
    assert again.data("answer")[0] == app.data("answer")[0]


def test_a_page_between_leaves_the_conversation_open_and_addressed(app: App) -> None:
    address = dict(app.ask(QUESTIONS["en"]).at.query_params)
    assert app.page("settings").at.query_params == {}
    assert app.page("").at.query_params == address
    assert app.data("answer")


@pytest.mark.parametrize("wrong", ["0123456789abcdef", "../../etc/passwd", "", "ħ" * 5000])
def test_an_address_of_no_conversation_shows_an_empty_page(open_app: Opened, wrong: str) -> None:
    app = open_app(query={"c": wrong}).run()
    assert app.at.title[0].value == "Ask your documents"
    assert not app.at.chat_message
    app.ask(QUESTIONS["en"])
    assert app.data("answer")
    assert app.at.query_params["c"] != wrong


def test_the_conversation_of_another_visitor_is_not_shown(app: App, open_app: Opened) -> None:
    app.ask(QUESTIONS["en"])
    other = open_app(secret=SECRET[::-1].replace("s", "t"), query=dict(app.at.query_params)).run()
    assert not other.at.chat_message
    assert not other.labels("conversation-")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_speaks_the_language_of_the_browser(open_app: Opened, language: str) -> None:
    app = open_app(locale=language).run()
    say = say_in(language)
    assert app.at.title[0].value == say("welcome")
    assert app.at.button(key="new").label == say("new")
    assert app.data("page")[0]["language"] == language
