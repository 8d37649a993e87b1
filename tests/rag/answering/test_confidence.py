"""Confidence: what it goes by, and how often it would answer what the shipped documents do not hold."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.resources import files

import pytest

from corpus.types import Chunk
from rag.answer import Hit, Read
from rag.answering.confidence import (
    FEATURES,
    READ_FEATURES,
    asked_for,
    confidence,
    features,
    holds,
    is_coarser,
    is_worth_showing,
    misfits,
    read_features,
)
from rag.facts.find import facts_of


def hit(text: str, score: float = 0.5, document: str = "d", level: float = 0.6, language: str = "en") -> Hit:
    chunk = Chunk(document, 0, 0, len(text), 0, len(text), 1, language, None, 0, len(text), 9, text, text)
    return Hit(1, score, 0.5, chunk, "a.txt", level)


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Who opened the bridge?", "person"), ("When was the bridge opened?", "time"),
        ("How many tracks does the bridge have?", "amount"), ("Where is the bridge?", "place"),
        ("Why was the bridge closed?", None),
        ("Кто открыл мост?", "person"), ("В каком году открыли мост?", "time"), ("Сколько лет мосту?", "amount"),
        ("Где стоит мост?", "place"), ("Почему мост закрыли?", None),
        ("Көпірді кім ашты?", "person"), ("Көпір қашан ашылды?", "time"), ("Көпірде қанша жол бар?", "amount"),
        ("Көпір қай жерде?", "place"), ("Көпір неге жабылды?", None),
        ("谁建了这座桥?", "person"), ("桥是哪一年建的?", "time"), ("這座橋有多少年?", "amount"), ("橋在哪裡?", "place"),
        ("橋為什麼關閉?", None),
    ],
)  # fmt: skip
def test_question_words_tell_what_is_asked_for(question: str, kind: str | None) -> None:
    assert asked_for(question) == kind


@pytest.mark.parametrize(
    ("question", "answer", "language", "wrong", "coarse"),
    [
        ("How many tons were carried?", "48 thousand tons", "en", False, False),
        ("How many tons were carried?", "by the northern line", "en", True, False),
        ("On which day did it open?", "in May 1998", "en", False, True),
        ("On which day did it open?", "on 4 May 1998", "en", False, False),
        ("В каком году открыли мост?", "Павел Рудаков", "ru", True, False),
        ("Какого числа открыли мост?", "в мае 1998 года", "ru", False, True),
        ("Қай күні ашылды?", "1998 жылғы мамырда", "kk", False, True),
        ("Қай күні ашылды?", "1998 жылғы 4 мамырда", "kk", False, False),
        ("Қанша адам келді?", "Орал қаласында", "kk", True, False),
        ("是哪一天开业的?", "1998年5月", "zh-Hans", False, True),
        ("是哪一天開業的?", "1998年5月4日", "zh-Hant", False, False),
        ("多少人参加?", "三百人", "zh-Hans", False, False),
        ("Why did it open?", "to carry ore", "en", False, False),
    ],
)
def test_short_answers_of_another_kind_and_coarser_ones_are_told(
    question: str, answer: str, language: str, wrong: bool, coarse: bool
) -> None:
    facts = facts_of(answer, language)
    assert misfits(question, facts) is wrong
    assert is_coarser(question, facts) is coarse


def test_features_of_what_was_read_say_what_their_names_say() -> None:
    text = "The bridge at Korgas was opened in May 1998."
    at = text.index("May 1998")
    one = replace(hit(text), read=Read(1.0, 2.0, 1.5, 3.0, at, at + len("May 1998")))
    found = read_features("On which day was the bridge at Korgas opened?", [one])
    assert set(found) == set(READ_FEATURES)
    assert (found["carries"], found["span"]) == (1.5, 3.0)
    assert (found["met"], found["unmet"]) == (1.0, 0.0)
    assert (found["misfit"], found["coarse"]) == (0.0, 1.0)
    assert read_features("In which year was the bridge at Almaty opened?", [one])["unmet"] == 1.0
    with pytest.raises(ValueError, match="not read"):
        read_features("When?", [hit(text)])


def test_what_is_far_from_the_question_is_not_shown() -> None:
    assert not is_worth_showing(0.0, is_read=True)
    assert is_worth_showing(0.5, is_read=True)
    assert is_worth_showing(0.0, is_read=False)  # vectors alone tell no such floor


def test_what_the_question_says_itself_is_no_answer() -> None:
    asked = facts_of("When was the bridge of 1959 closed?", "en")
    assert not holds("time", facts_of("It was opened in May 1959, they say.", "en"), facts_of("May 1959?", "en"))
    assert holds("time", facts_of("It was closed in 1984.", "en"), asked)
    assert holds("amount", facts_of("It has 12 pillars.", "en"), asked)
    assert not holds("amount", facts_of("It has pillars.", "en"), asked)
    assert holds("place", facts_of("It stands in Kazakhstan.", "en"), asked)


def test_features_say_what_their_names_say() -> None:
    question = "How many pillars has the bridge at Korgas?"
    found = features(question, [hit("The bridge at Korgas has 12 pillars.", 0.9, level=0.8), hit("Apples.", 0.3, "e")])
    assert set(found) == set(FEATURES)
    assert found["level"] == 0.8
    assert found["lead"] == pytest.approx(0.6)
    assert found["spread"] == 0.0
    assert found["together"] == 0.5
    assert found["fits"] == 0.5
    assert found["missing"] == 0.0
    assert features(question, [hit("Apples ripen late.")])["missing"] == 1.0
    assert features("Why was it closed?", [hit("Apples ripen late.")])["missing"] == 0.0
    assert features(question, []) == dict.fromkeys(FEATURES, 0.0)


def test_confidence_is_a_probability_and_none_without_hits() -> None:
    question = "How many pillars has the bridge at Korgas?"
    good = [hit("The bridge at Korgas has 12 pillars.", 0.9, level=0.9), hit("Apples ripen late.", 0.1, "e")]
    poor = [hit("Apples ripen late.", 0.1), hit("So do pears.", 0.1, "e")]
    for aligned in (True, False):
        assert confidence(question, [], aligned=aligned) == 0.0
        assert 0 < confidence(question, poor, aligned=aligned) < confidence(question, good, aligned=aligned) < 1


def test_the_shipped_coefficients_say_how_they_were_made() -> None:
    shipped = json.loads(files("rag.answering").joinpath("confidence.json").read_text("utf-8"))
    assert shipped["command"].startswith("python -m tools.calibration.confidence ")
    for kind in ("aligned", "unaligned"):
        assert set(shipped[kind]["coefficients"]) == {"intercept", *FEATURES}
        assert shipped[kind]["held_out"]["all"]["auc"] > 0.8
