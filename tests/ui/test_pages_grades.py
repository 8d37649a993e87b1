"""What the chat shows of likely passages, of nothing, of a reply that is a note, and of the short answer in a quote.

Run without a browser.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from ui_support import QUESTIONS, UNANSWERED, App, Opened

from rag.chat.conversations import exchange
from rag.ui.session import LANGUAGES, desk, say_in

QUOTE = "Of Aport and the pears around Verny, the largest <b>apple</b> is the red Aport."
ABSTAINED = ("grade_likely", "grade_none", "abstained_nearest", "abstained_nothing", "abstained_advice")


def hit(rank: int) -> dict[str, Any]:
    return {
        "rank": rank, "document_id": "d" * 16, "path": "gardens.txt", "language": "en", "start": 9 * rank,
        "end": 9 * rank + 8, "text": f"Passage {rank}.", "score": 0.5, "twins": [],
    }  # fmt: skip


def answer(hits: int = 0, **changes: Any) -> dict[str, Any]:
    """An abstention with so many hits, as it is kept."""
    return {
        "question": "Which apple?", "language": "en", "status": "abstained", "grade": "none", "confidence": 0.2,
        "mode": "extractive", "model": None, "statements": [], "citations": [],
        "hits": [hit(rank) for rank in range(1, hits + 1)], "timings_ms": {}, "notes": [], "standalone": None,
        "conflicts": [], **changes,
    }  # fmt: skip


def quoted(text: str = QUOTE, short: str = "Aport", **changes: Any) -> dict[str, Any]:
    """An answer of one quotation whose short answer is the last of those words in it."""
    at = 70 + QUOTE.rindex("Aport")
    citation = {
        "number": 1, "document_id": "d" * 16, "path": "gardens.txt", "sha256": "0" * 64, "title": "Gardens",
        "url": None, "published": None, "language": "en", "start": 70, "end": 70 + len(QUOTE), "line": 1,
        "page": None, "quote": QUOTE,
    }  # fmt: skip
    statement = {
        "text": text, "citations": [1], "support": "supported", "score": 1.0,
        "focus": {"start": at, "end": at + len(short), "text": short},
    }  # fmt: skip
    return answer(status="answered", grade="sure", statements=[statement], citations=[citation], **changes)


def shown(app: App, kept: dict[str, Any]) -> App:
    """A conversation of one answer, opened."""
    mine = app.visitor.conversations
    conversation = mine.start("Which apple?")
    mine.append(conversation, exchange("Which apple?", answer=kept))
    return app.run().click(f"conversation-{conversation.id}")


def said(app: App, *keys: str, language: str = "en") -> list[str]:
    """Which of these texts stand on the page."""
    return [key for key in keys if say_in(language)(key) in app.text()]


@pytest.mark.parametrize("language", LANGUAGES)
def test_likely_passages_are_shown_in_the_language_of_the_question(app: App, language: str) -> None:
    shown(app, answer(hits=4, grade="likely", language=language))
    assert said(app, "grade_likely", language=language) == ["grade_likely"]
    assert [f"Passage {rank}." in app.text() for rank in (1, 2, 3, 4)] == [True, True, True, False]
    assert said(app, *ABSTAINED[1:]) == []
    assert [b.label for b in app.at.get_by_key("abstained-0").button] == ["Open"] * 3


def test_a_question_in_another_language_is_replied_to_in_that_of_the_page(open_app: Opened) -> None:
    app = shown(open_app(locale="ru").run(), answer(hits=1, grade="likely", language="ug"))
    assert said(app, "grade_likely", language="ru") == ["grade_likely"]


def test_where_nothing_is_found_what_was_searched_is_told_if_known(app: App) -> None:
    shown(app, answer(collection={"generation": 1, "model": "m", "documents": 1234}))
    assert said(app, *ABSTAINED) == ["grade_none", "abstained_advice"]
    assert "Documents searched: 1,234" in app.text()
    assert "<blockquote" not in app.text()


def test_an_abstention_kept_without_grade_is_shown_too(app: App) -> None:
    kept = answer(hits=1)
    del kept["grade"], kept["notes"]
    shown(app, kept)
    assert said(app, *ABSTAINED) == ["grade_none", "abstained_nearest", "abstained_advice"]
    assert "Passage 1." in app.text()


def test_a_reply_that_is_a_note_is_shown_as_it_is(app: App) -> None:
    notes = [{"code": "about", "text": "Сәлем!\n\u202eАлма *туралы* сұраңыз."}, {"code": "other", "text": "a remark"}]
    shown(app, answer(notes=notes, language="kk"))
    replied = app.at.chat_message[1]
    assert [text.value for text in replied.text] == ["Сәлем!\nАлма *туралы* сұраңыз."]
    assert [caption.value for caption in replied.caption] == ["a remark"]
    assert said(app, *ABSTAINED) == said(app, *ABSTAINED, language="kk") == []
    assert not app.has("anyway")


def test_the_short_answer_stands_apart_in_its_sentence(app: App) -> None:
    (statement,) = shown(app, quoted()).data("answer")[0]["statements"]
    assert statement["parts"] == [QUOTE[: QUOTE.rindex("Aport")], "Aport", "."]
    assert statement["text"] == QUOTE


@pytest.mark.parametrize("missing", ["focus", "words"])
def test_a_sentence_without_a_short_answer_is_whole(app: App, missing: str) -> None:
    kept = quoted(short="Limon")
    if missing == "focus":  # as answers were kept before
        del kept["statements"][0]["focus"], kept["grade"]
    (statement,) = shown(app, kept).data("answer")[0]["statements"]
    assert (statement["parts"], statement["text"]) == (None, QUOTE)


def test_the_short_answer_is_bold_in_a_quotation_beside_a_written_sentence(app: App) -> None:
    shown(app, quoted(text="It is a red one.", mode="generative", model="test:writer"))
    (quotation,) = [html.value for html in app.at.html if "<blockquote" in html.value]
    words = re.sub("^<blockquote[^>]*>|</blockquote>$", "", quotation)
    assert words == (
        "Of Aport and the pears around Verny, the largest &lt;b&gt;apple&lt;/b&gt; is the red <strong>Aport</strong>."
    )


def test_nothing_of_a_document_becomes_markup_beside_the_short_answer(app: App) -> None:
    kept = quoted(text="It is one.", short="<b>apple</b>")
    shown(app, kept)
    (quotation,) = [html.value for html in app.at.html if "<blockquote" in html.value]
    assert "<strong>&lt;b&gt;apple&lt;/b&gt;</strong>" in quotation
    assert "<b>" not in quotation


def test_how_many_documents_were_searched_is_kept_where_none_were_left_out(app: App) -> None:
    app.ask(UNANSWERED)
    app.at.multiselect(key="filter-languages").set_value(["ru"])
    app.run().ask(QUESTIONS["ru"])
    (path,) = app.visitor.conversations.folder.glob("*.json")
    first, second = (e["answer"]["collection"] for e in json.loads(path.read_text("utf-8"))["exchanges"])
    assert first["documents"] == desk().base.collection.store.counts()[0]
    assert second.keys() == {"generation", "model"}
