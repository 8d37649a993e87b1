"""Answers as their asker reads them: the right words, bold and cited, and none where there are none.

Documents and questions were written for this test (tests/data/answer_cases.json). The counts that are asked for leave
room for a few mistakes, in either direction: a reader that is never wrong does not exist, and which questions it gets
wrong may change with its weights.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from rag_support import index, open_assistant

from corpus.reading import read_text
from embeddings import Encoder
from rag.answer import Answer
from rag.assistant import Assistant
from rag.settings import Settings

CASES = json.loads((Path(__file__).parents[2] / "data" / "answer_cases.json").read_text("utf-8"))
LANGUAGES = ("en", "kk", "ru", "zh-Hans", "zh-Hant")


@pytest.fixture(scope="module")
def careful(tmp_path_factory: pytest.TempPathFactory, encoder: Encoder) -> Iterator[Assistant]:
    """An assistant over the documents of the cases, at the default confidence."""
    root = tmp_path_factory.mktemp("read")
    for name, text in CASES["documents"].items():
        (root / name).write_text(text, "utf-8")
    index(encoder, root / "collection", *(root / name for name in CASES["documents"]))
    least = Settings.model_fields["min_confidence"].default
    with open_assistant(root / "collection", encoder, min_confidence=least, reader="packaged") as assistant:
        yield assistant


def says(answer: Answer, words: str) -> bool:
    """Whether an answer holds words in a statement."""
    return any(words in statement.text for statement in answer.statements)


def is_short(answer: Answer, words: str) -> bool:
    """Whether the first short answer is about these words."""
    focus = next((statement.focus.text for statement in answer.statements if statement.focus), "")
    return bool(focus) and (words in focus or focus in words)


def test_questions_are_answered_with_the_right_words(careful: Assistant) -> None:
    answers = {case["question"]: careful.ask(case["question"]) for case in CASES["answered"]}
    right = {c["question"]: says(answers[c["question"]], c["answer"]) for c in CASES["answered"]}
    short = {c["question"]: is_short(answers[c["question"]], c["answer"]) for c in CASES["answered"]}
    assert sum(right.values()) >= 13, [question for question, is_right in right.items() if not is_right]
    assert sum(short.values()) >= 11, [question for question, is_right in short.items() if not is_right]
    # No language is left behind.
    by_language = [sum(right[c["question"]] for c in CASES["answered"] if c["language"] == tag) for tag in LANGUAGES]
    assert min(by_language) >= 1, by_language


def test_near_misses_are_mostly_refused(careful: Assistant) -> None:
    answered = [c["question"] for c in CASES["unanswerable"] if careful.ask(c["question"]).status == "answered"]
    assert len(answered) <= 6, answered


def test_answerable_questions_are_told_from_their_near_misses(careful: Assistant) -> None:
    good = [careful.ask(case["question"]).confidence for case in CASES["answered"]]
    bad = [careful.ask(case["question"]).confidence for case in CASES["unanswerable"]]
    pairs = [(a > b) + (a == b) / 2 for a in good for b in bad]
    assert sum(pairs) / len(pairs) >= 0.75


def test_the_short_answer_is_an_address_of_its_own(careful: Assistant) -> None:
    checked = 0
    for case in CASES["answered"]:
        for statement in careful.ask(case["question"]).statements:
            if statement.focus is None:
                continue
            citation = next(c for c in careful.ask(case["question"]).citations if c.number == statement.citations[0])
            path = Path(citation.path)
            document = read_text(path, path.read_bytes()).document
            focus = statement.focus
            assert citation.start <= focus.start < focus.end <= citation.end
            assert document.words_at(focus.start, focus.end) == focus.text
            assert focus.text in statement.text
            checked += 1
    assert checked >= 11


def test_grades_say_how_an_answer_is_to_be_taken(careful: Assistant) -> None:
    answers = [careful.ask(case["question"]) for case in CASES["answered"] + CASES["unanswerable"]]
    assert all((answer.grade == "sure") == (answer.status == "answered") for answer in answers)
    assert careful.ask("How do I repair a bicycle chain?").grade == "none"


@pytest.mark.parametrize(
    "quotation",
    [
        "“A fire in March 1998 destroyed 212 of them”", "«Порт арқылы былтыр 48 мың тонна астық жөнелтілді»",
        "«Проект моста подготовил инженер Павел Рудаков»", "“受霜冻影响，今年春茶减产两成”",
        "「塔高二十八公尺，光程可達二十海里」",
    ],
)  # fmt: skip
def test_a_question_of_nothing_but_a_quotation_is_answered(careful: Assistant, quotation: str) -> None:
    answer = careful.ask(quotation)
    assert answer.status == "answered"
    assert answer.statements[0].text.strip(" .。") == quotation[1:-1]


@pytest.mark.parametrize(
    ("said", "language"),
    [("Hello!", "en"), ("Сәлем!", "kk"), ("Спасибо", "ru"), ("这里有什么？", "zh-Hans"), ("你會做什麼？", "zh-Hant")],
)
def test_small_talk_is_answered_from_what_the_collection_is(careful: Assistant, said: str, language: str) -> None:
    answer = careful.ask(said)
    assert answer.status == "abstained"
    assert answer.hits == answer.statements == ()
    assert [note.code for note in answer.notes] == ["about"]
    assert answer.language == language


def test_a_greeting_before_a_question_changes_nothing(careful: Assistant) -> None:
    plain = careful.ask("Who runs the Harbour Museum?")
    greeted = careful.ask("Hello! Who runs the Harbour Museum?")
    assert greeted.confidence == plain.confidence
    assert [s.text for s in greeted.statements] == [s.text for s in plain.statements]


def test_a_list_comes_with_its_items(careful: Assistant) -> None:
    answer = careful.with_settings(min_confidence=0.0).ask("Who are the members of the board?")
    texts = [statement.text for statement in answer.statements]
    assert any("four members" in text for text in texts) or any("Anna Keller" in text for text in texts)
    # Short items stand together in one quotation.
    assert "Anna Keller, chair" in " ".join(texts)
    assert "Luis Ortega, curator" in " ".join(texts)


def test_without_a_reader_answers_are_as_before(tmp_path: Path, encoder: Encoder) -> None:
    (tmp_path / "museum.txt").write_text(CASES["documents"]["museum.txt"], "utf-8")
    index(encoder, tmp_path / "collection", tmp_path / "museum.txt")
    with open_assistant(tmp_path / "collection", encoder, reader="none") as assistant:
        answer = assistant.ask("Who is the director of the museum?")
        assert all(hit.read is None for hit in answer.hits)
        assert all(statement.focus is None for statement in answer.statements)
        assert answer.timings_ms["read"] == 0
