"""The plain text of answers: the short answer first, what is likely, what is not there; streamed and whole alike."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from answer_support import APPLES, answered, hits, stated, unanswered
from fastapi.testclient import TestClient

from rag.answer import Answer, Event, Note
from rag.assistant import Assistant
from rag.library.plain import whole

LIKELY = {
    "en": "Probably in these passages:",
    "kk": "Жауап, шамасы, мына үзінділерде:",
    "ru": "Вероятно, ответ в этих фрагментах:",
    "zh-Hans": "答案可能在以下片段中：",
    "zh-Hant": "答案可能在以下片段中：",
}
NOTHING = {
    "en": "Nothing on this was found in these documents.",
    "kk": "Бұл құжаттардан осы сұрақ бойынша ештеңе табылмады.",
    "ru": "В этих документах об этом ничего не найдено.",
    "zh-Hans": "这些文档中没有找到与此相关的内容。",
    "zh-Hant": "這些文件中沒有找到與此相關的內容。",
}
ABOUT = unanswered(notes=(Note("about", "Сәлем!\nАлма туралы\u202e сұраңыз."),))


def several() -> Answer:
    """Three quotations: the second repeats the short answer, the third has another."""
    texts = (
        "The best apple is the Aport.",
        "Gardens of Almaty are known for their Aport.",
        "A Limon is yellow by May.",
    )
    shorts = ("Aport", "Aport", "Limon")
    made = [stated(text, short, text.index(short)) for text, short in zip(texts, shorts, strict=True)]
    return replace(answered(), statements=tuple(made))


def test_the_short_answer_stands_first_on_a_line_of_its_own() -> None:
    assert whole(answered()).splitlines()[:3] == ["Aport", f"{APPLES} [1]", ""]


def test_a_short_answer_is_said_once() -> None:
    lines = whole(several()).splitlines()
    assert [lines[0], lines[3]] == ["Aport", "Limon"]
    assert [line for line in lines[:5] if "[1]" in line] == [lines[1], lines[2], lines[4]]


@pytest.mark.parametrize(
    "statement",
    [
        stated("The red Aport.", "red Aport", 4),  # more than half
        stated("An Aport!!", "Aport", 3),  # just half
        stated(short="Limon"),  # not there
        replace(stated(), focus=None),
        replace(stated(), support="unsupported"),
    ],
)
def test_no_line_stands_before_what_has_no_short_answer_to_rely_on(statement: Any) -> None:
    assert whole(answered(statement)).startswith(f"{statement.text} [1]")


@pytest.mark.parametrize("language", LIKELY)
def test_likely_passages_are_shown_calmly_in_the_language_of_the_question(language: str) -> None:
    lines = whole(unanswered(grade="likely", hits=hits(4), language=language)).splitlines()
    assert lines[0] == LIKELY[language]
    assert [line.split("”")[0] for line in lines[1:]] == [f"- “Passage {rank}." for rank in (1, 2, 3)]


@pytest.mark.parametrize("language", NOTHING)
def test_where_nothing_is_found_that_is_all_that_is_said(language: str) -> None:
    assert whole(unanswered(language=language)) == NOTHING[language]
    with_hits = whole(unanswered(language=language, hits=hits(1)))
    assert with_hits.startswith(NOTHING[language])
    assert "Passage 1." in with_hits


def test_a_reply_that_is_a_note_is_the_whole_text() -> None:
    assert whole(ABOUT) == "Сәлем!\nАлма туралы сұраңыз."


@pytest.mark.parametrize("answer", [several(), ABOUT, unanswered(grade="likely", hits=hits(2)), unanswered()])
def test_a_stream_says_what_the_whole_says(client: TestClient, monkeypatch: pytest.MonkeyPatch, answer: Answer) -> None:
    async def asked(self: Assistant, question: str, **options: Any) -> Answer:
        return answer

    async def streamed(self: Assistant, question: str, **options: Any) -> AsyncIterator[Event]:
        for statement in answer.statements:
            yield Event("statement", statement)
        yield Event("answer", answer)

    monkeypatch.setattr(Assistant, "aask", asked)
    monkeypatch.setattr(Assistant, "astream", streamed)
    body = {"model": "dalil", "messages": [{"role": "user", "content": "Which apple?"}]}
    made = client.post("/v1/chat/completions", json=body).json()["choices"][0]["message"]["content"]
    lines = client.post("/v1/chat/completions", json={**body, "stream": True}).text.splitlines()
    pieces = [json.loads(line[6:]) for line in lines if line.startswith("data: {")]
    assert "".join(piece["choices"][0]["delta"].get("content", "") for piece in pieces) == made == whole(answer)
