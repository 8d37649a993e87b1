"""Conversations: the forms they are given in, and what a question that leans on one becomes."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

from rag.assistant import Assistant
from rag.bench.measures import overlaps
from rag.bench.prepared import Place
from rag.errors import WrongUse
from rag.followup import MOST_SEARCHED, MOST_TURNS, Turn, depends, one_line, plausible_rewrite, searched, turns_of

FOLLOWUPS = Path(__file__).parents[1] / "data" / "followups.jsonl"
LANGUAGES = ("en", "ru", "kk", "zh-Hans", "zh-Hant")
BORN = {
    "en": turns_of([("Where was Omar Bekali born?", "In China.")]),
    "ru": turns_of([("Где родился Омар Бекали?", "В Китае.")]),
    "kk": turns_of([("Омар Бекали қайда туған?", "Қытайда.")]),
    "zh-Hans": turns_of([("奥马尔在哪里出生？", "中国。")]),
    "zh-Hant": turns_of([("奧馬爾在哪裡出生？", "中國。")]),
}
LEANING = {
    "en": ["And in Kentau?", "In Kentau?", "Why Kazakhstan?", "What did Tokayev give him?", "Did Russia do the same?"],
    "ru": ["А в Алматы?", "Что ему ответил Пекин?", "Почему именно Казахстан?", "Как к этому отнеслась Россия?"],
    "kk": ["Ал Қытайда ше?", "Қашан?", "Бұған Қытай қалай жауап берді?", "Содан кейін не болды?", "Неге Қазақстан?"],
    "zh-Hans": ["那在哈萨克斯坦呢？", "他是哪国人？", "中国对此有什么反应？", "该组织的首领是谁？", "谁签署的？"],
    "zh-Hant": ["那在哈薩克呢？", "後來怎麼樣了？", "該組織的首領是誰？", "當時有多少人在場？", "地點在哪？"],
}
ALONE = {
    "en": [
        "Who is Li Hui?",
        "Where is Kentau?",
        "What is an apostille?",
        "Is it true that Tokayev speaks Chinese?",
        "What did Tokayev say when he visited Beijing?",
        "How did Kazakhstan change its visa rules?",
        "How many prisoners were there in Xinjiang in 2018?",
        "What documents are needed to renew a passport abroad?",
    ],
    "ru": ["Кто такой Ли Хуэй?", "Что такое апостиль?", "Что Токаев сказал, когда он приехал в Пекин?"],
    "kk": ["Ли Хуэй кім?", "Апостиль дегеніміз не?", "Тоқаев Бейжіңге барғанда, ол кіммен кездесті?"],
    "zh-Hans": [
        "李辉是谁？",
        "什么是领事认证？",
        "托卡耶夫访问北京时，他会见了谁？",
        "哈萨克斯坦应该怎么处理庇护申请？",
    ],
    "zh-Hant": ["李輝是誰？", "什麼是領事認證？", "托卡葉夫訪問北京時，他會見了誰？"],
}
ASKED = turns_of([("Who is Li Hui?", "An envoy whom Tokayev decorated.")])
WORDS = st.text(st.sampled_from("aT и он қол 那他呢该 1«»\"'()?？:：\n\u0301\u200d\ud800𠮷ﬁİ"), max_size=60)
CONVERSATIONS = st.lists(st.builds(Turn, WORDS, WORDS), max_size=8).map(tuple)


@cache
def rows() -> list[dict[str, Any]]:
    return [json.loads(line) for line in FOLLOWUPS.read_text("utf-8").splitlines()]


def leaning_rows() -> list[dict[str, Any]]:
    return [row for row in rows() if row["depends"]]


# Forms of a conversation


@pytest.mark.parametrize(
    "value",
    [
        [{"question": " Who? ", "answer": "He.\n"}],
        [("Who?", "He.")],
        [["Who?", "He."]],
        (Turn("Who?", "He."),),
        [{"role": "user", "content": "Who?"}, {"role": "assistant", "content": "He."}],
        [SystemMessage("Be brief."), HumanMessage("Who?"), AIMessage([{"type": "text", "text": "He."}])],
        [
            {"role": "system", "content": "Be brief."},
            {"role": "human", "content": [{"type": "text", "text": "Who?"}, {"type": "image_url", "image_url": {}}]},
            {"role": "assistant", "content": None, "tool_calls": []},
            {"role": "tool", "content": "{}"},
            {"role": "ai", "content": "He."},
        ],
    ],
)
def test_every_usual_form_of_a_conversation_is_read(value: object) -> None:
    assert turns_of(value) == (Turn("Who?", "He."),)


def test_questions_without_an_answer_stay_and_answers_without_a_question_go() -> None:
    messages = [("assistant", "Hello!"), ("user", "Who?"), ("user", "When?"), ("assistant", "In May."), ("user", " ")]
    asked = turns_of([{"role": role, "content": content} for role, content in messages])
    assert asked == (Turn("Who?", ""), Turn("When?", "In May."))
    assert turns_of([{"question": "Who?"}, {"question": "When?", "answer": None}]) == (
        Turn("Who?", ""),
        Turn("When?", ""),
    )
    assert turns_of(None) == turns_of([]) == turns_of(()) == ()


def test_the_last_turns_are_kept_and_long_texts_cut_after_a_word() -> None:
    turns = turns_of([(f"Question {n}?", "word " * 1000) for n in range(20)])
    assert [turn.question for turn in turns] == [f"Question {n}?" for n in range(20 - MOST_TURNS, 20)]
    assert all(len(turn.answer) <= 1000 and turn.answer.endswith("word…") for turn in turns)
    (turn,) = turns_of([("长" * 5000, "")])
    assert len(turn.question) == 500


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("Who?", "the history is no list"),
        ({"question": "Who?", "answer": "He."}, "the history is no list"),
        (7, "the history is no list"),
        (["Who?"], "turn 1 of the history is no question with its answer"),
        ([("Who?", "He."), ("a", "b", "c")], "turn 2 of the history is no question with its answer"),
        ([{"answer": "He."}], "turn 1 of the history has a question or answer that is no text"),
        ([("Who?", 7)], "turn 1 of the history has a question or answer that is no text"),
        (
            [{"role": "user", "content": "Who?"}, {"role": "boss", "content": "He."}],
            "message 2 of the history has no role",
        ),
        ([{"role": "user", "content": "Who?"}, ("a", "b")], "message 2 of the history has no role"),
        ([{"role": "user", "content": 7}], "message 1 of the history has no text"),
    ],
)
def test_anything_else_is_refused_with_what_to_give(value: object, words: str) -> None:
    with pytest.raises(WrongUse, match=words) as caught:
        turns_of(value)
    assert '{"question", "answer"}' in str(caught.value)
    assert '{"role", "content"}' in str(caught.value)


# Whether a question leans


@pytest.mark.parametrize(("language", "question"), [(one, q) for one, qs in LEANING.items() for q in qs])
def test_a_question_leans_on_what_it_does_not_say(language: str, question: str) -> None:
    assert depends(question, BORN[language])
    assert not depends(question, ())


@pytest.mark.parametrize(("language", "question"), [(one, q) for one, qs in ALONE.items() for q in qs])
def test_a_question_that_says_all_leans_on_nothing(language: str, question: str) -> None:
    assert not depends(question, BORN[language])


def test_leaning_questions_of_the_conversations_are_told_from_new_ones() -> None:
    found = {row["id"] for row in rows() if depends(row["question"], turns_of(row["history"]))}
    leaning = {row["id"] for row in leaning_rows()}
    assert len(found & leaning) >= 47  # of 50
    assert len(found - leaning) <= 1  # of 25
    for language in LANGUAGES:
        own = {row["id"] for row in leaning_rows() if row["lang"] == language}
        assert len(own & found) >= len(own) - 1, language


def test_questions_written_to_stand_alone_are_left_so() -> None:
    taken = [row["standalone"] for row in leaning_rows() if depends(row["standalone"], turns_of(row["history"]))]
    assert len(taken) <= 3, taken


# What is searched


def test_the_questions_leant_on_stand_between_the_question_and_itself() -> None:
    turns = turns_of([("Who is Omar Bekali?", "A man."), ("Who is Li Hui?", "An envoy."), ("And when?", "In 2021.")])
    assert searched("Who decorated him?", turns) == "Who decorated him? Who is Li Hui? And when? Who decorated him?"
    assert searched("Where is Kentau?", turns) == "Where is Kentau?"
    assert searched("Who decorated him?", ()) == "Who decorated him?"


def test_the_oldest_questions_are_left_out_where_there_is_no_room() -> None:
    turns = turns_of([(f"And {n}? {'Why him? ' * 30}", "") for n in range(6)])
    text = searched("And then?", turns)
    assert text.startswith("And then? And 4?")
    assert "And 3?" not in text
    assert len(text) <= MOST_SEARCHED
    long = f"And {'why did he go there and ' * 9}then?"
    assert searched(long, turns).endswith(long)
    assert searched(long, turns).count(long) == 1


@pytest.fixture(scope="module")
def ranks(assistant: Assistant) -> Callable[[dict[str, Any], str], int]:
    """The rank of the first hit, of ten, at the place of a row's evidence; 0 where there is none."""
    store = assistant.collection.store

    @cache
    def place(file: str, quote: str) -> Place:
        (known,) = [found for path, found in store.files().items() if path.endswith(f"/documents/{file}")]
        document = store.document(known.document_id)
        positions = [n for n, c in enumerate(document.text) if not c.isspace()]
        wanted = "".join(quote.split())
        at = "".join(document.text[n] for n in positions).index(wanted)
        start, end = positions[at], positions[at + len(wanted) - 1] + 1
        return Place(document.id, *document.source_map.source_span(start, end), document.language)

    def rank(row: dict[str, Any], text: str) -> int:
        wanted = [place(one["file"], one["quote"]) for one in row["evidence"]]
        for number, hit in enumerate(assistant.search(text, k=10), 1):
            chunk = hit.chunk
            here = Place(chunk.document_id, chunk.source_start, chunk.source_end, chunk.language)
            if any(overlaps(here, one) for one in wanted):
                return number
        return 0

    return rank


def test_what_is_searched_finds_the_evidence_that_the_question_alone_does_not(
    ranks: Callable[[dict[str, Any], str], int],
) -> None:
    chosen = leaning_rows()
    found = [ranks(row, searched(row["question"], turns_of(row["history"]))) for row in chosen]
    alone = [ranks(row, row["question"]) for row in chosen]
    assert sum(0 < rank <= 5 for rank in found) >= 39  # 41 of 50
    assert sum(rank > 0 for rank in found) >= 45  # 47
    assert sum(0 < rank <= 5 for rank in found) >= sum(0 < rank <= 5 for rank in alone) + 8  # 29
    reciprocal = [sum(1 / rank for rank in some if rank) / len(chosen) for some in (found, alone)]
    assert reciprocal[0] >= reciprocal[1] + 0.15  # 0.62 and 0.39


# A model's rewrite


@pytest.mark.parametrize(
    ("rewrite", "cleaned"),
    [
        ("When was Li Hui decorated?", "When was Li Hui decorated?"),
        ('Standalone question: "When was Li Hui decorated?"\nI put his name in.', "When was Li Hui decorated?"),
        ("**Rewritten question:** When was Li Hui decorated?", "When was Li Hui decorated?"),
        ("Here is the question:\n\n«When was Li Hui decorated?»", "When was Li Hui decorated?"),
        ("<think>He is Li Hui.</think>When was Li Hui decorated?", "When was Li Hui decorated?"),
        ("“Dostyk” was given to Li Hui, when?", "“Dostyk” was given to Li Hui, when?"),
        ("", None),
        (' "" \n', None),
        ("<think>He is", None),
        ("When was Li Hui decorated " + "and decorated again " * 20 + "?", None),
        ("Когда наградили Ли Хуэя?", None),
        ("李辉什么时候受到表彰？", None),
        ("Which vitamins help the body absorb iron?", None),
    ],
)
def test_a_rewrite_is_taken_only_where_it_can_be_one(rewrite: str, cleaned: str | None) -> None:
    assert plausible_rewrite("When was he decorated?", ASKED, rewrite) == cleaned


@pytest.mark.parametrize(
    ("language", "question", "rewrite"),
    [
        ("ru", "А в Алматы?", "Самостоятельный вопрос: Омар Бекали родился в Алматы?"),
        ("kk", "Ал Алматыда ше?", "Сұрақ: Омар Бекали Алматыда туған ба?"),
        ("zh-Hans", "那哪一年呢？", "改写后的问题：奥马尔是哪一年出生的？"),
        ("zh-Hant", "那哪一年呢？", "問題：「奧馬爾是哪一年出生的？」"),
        ("zh-Hant", "那哪一年呢？", "问题：奥马尔是哪一年出生的？"),
    ],
)
def test_labels_go_in_every_language(language: str, question: str, rewrite: str) -> None:
    cleaned = plausible_rewrite(question, BORN[language], rewrite)
    assert cleaned == rewrite.partition("：" if "：" in rewrite else ": ")[2].strip("「」")


def test_what_was_rewritten_by_hand_is_plausible() -> None:
    for row in leaning_rows():
        turns = turns_of(row["history"])
        assert plausible_rewrite(row["question"], turns, row["standalone"]) == row["standalone"], row["id"]


# Anything at all


@settings(deadline=None, max_examples=150)
@given(WORDS, CONVERSATIONS, WORDS)
@example("?" * 2000, (Turn("", ""),), "\ud83d")
@example("он " * 400, (Turn("a " * 400, ""),) * 7, "«" * 900)
def test_nothing_makes_it_fail_and_what_is_searched_keeps_its_limit(
    question: str, turns: tuple[Turn, ...], rewrite: str
) -> None:
    text = searched(question, turns)
    assert len(text) <= MOST_SEARCHED
    assert text.endswith(one_line(question)[:MOST_SEARCHED])
    if not depends(question, turns):
        assert text == one_line(question)[:MOST_SEARCHED]
    cleaned = plausible_rewrite(question, turns, rewrite)
    assert cleaned is None or 0 < len(cleaned) <= 400


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | WORDS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["question", "answer", "role", "content", "text"]), inner, max_size=3)
    ),
    max_leaves=12,
)


@settings(deadline=None, max_examples=150)
@given(JSON)
@example([{"role": "user", "content": [None, {"text": None}]}])
@example([{"role": "system", "content": 7}])
def test_a_conversation_is_read_or_refused(value: object) -> None:
    turns: tuple[Turn, ...] = ()
    with suppress(WrongUse):
        turns = turns_of(value)
    assert len(turns) <= MOST_TURNS
    assert all(turn.question for turn in turns)
