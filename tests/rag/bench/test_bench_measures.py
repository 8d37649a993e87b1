"""Measures against values worked out by hand."""

import math

import pytest

from rag.bench.measures import MEASURES, Outcome, by_query, interval, language_bias, language_matrix, summary

JUDGED = {"q1": {"a": 1, "b": 1}, "q2": {"c": 1}, "q3": {"d": 2, "e": 1, "f": 0}}
FOUND = {"q1": ["x", "a", "y", "b"], "q3": ["f", "e", "z", "d"], "q4": ["a"]}


def test_measures_are_what_a_pencil_gives() -> None:
    values = by_query(JUDGED, FOUND)
    assert set(values) == {"q1", "q2", "q3"}
    ideal = 1 + 1 / math.log2(3)
    first = values["q1"]
    assert first["mAP"] == pytest.approx((1 / 2 + 2 / 4) / 2)
    assert first["MRR@10"] == pytest.approx(1 / 2)
    assert first["nDCG@10"] == pytest.approx((1 / math.log2(3) + 1 / math.log2(5)) / ideal)
    assert [first[f"recall@{k}"] for k in (1, 5, 10, 20)] == [0, 1, 1, 1]
    graded = values["q3"]
    assert graded["nDCG@10"] == pytest.approx((1 / math.log2(3) + 2 / math.log2(5)) / (2 + 1 / math.log2(3)))
    assert graded["mAP"] == pytest.approx((1 / 2 + 2 / 4) / 2)


def test_a_judged_question_for_which_nothing_was_found_counts_as_zero() -> None:
    assert by_query(JUDGED, FOUND)["q2"] == dict.fromkeys(MEASURES, 0.0)
    assert by_query(JUDGED, {})["q1"]["mAP"] == 0.0
    assert by_query(JUDGED, {"q1": []})["q1"]["recall@20"] == 0.0


def test_recall_counts_only_the_first_k() -> None:
    ranking = [f"n{n}" for n in range(30)]
    judged = {"q": {"n0": 1, "n4": 1, "n5": 1, "n10": 1, "n19": 1, "n20": 1}}
    found = by_query(judged, {"q": ranking})["q"]
    assert [found[f"recall@{k}"] for k in (1, 5, 10, 20)] == pytest.approx([1 / 6, 2 / 6, 3 / 6, 5 / 6])
    assert by_query({"q": {"n10": 1}}, {"q": ranking})["q"]["MRR@10"] == 0.0


def test_means_are_over_the_judged_questions_that_are_asked_for() -> None:
    values = by_query(JUDGED, FOUND)
    assert summary(values)["mAP"]["mean"] == pytest.approx((0.5 + 0 + 0.5) / 3)
    assert summary(values, ["q1", "q4"])["mAP"]["mean"] == pytest.approx(0.5)
    assert summary(values, []) == {}


def test_an_interval_is_about_as_wide_as_theory_says_and_the_same_each_time() -> None:
    sample = [0.0, 1.0] * 200
    found = interval(sample)
    half = 1.96 * 0.5 / math.sqrt(400)
    assert found["mean"] == 0.5
    assert found["high"] - found["low"] == pytest.approx(2 * half, rel=0.2)
    assert interval(sample) == found
    assert interval([0.3]) == {"mean": 0.3, "low": 0.3, "high": 0.3}
    assert interval([1.0, 1.0, 1.0])["low"] == 1.0


def outcome(query: str, language: str, relevant: dict[str, str], places: dict[str, int], shown: list[str]) -> Outcome:
    return Outcome(query, language, [], {}, relevant, places, shown)


OUTCOMES = [
    outcome("1", "en", {"a": "en", "b": "kk"}, {"a": 1, "b": 12}, ["en"] * 9 + ["kk"]),
    outcome("2", "en", {"a": "en", "b": "kk"}, {"b": 3}, ["kk"] * 10),
    outcome("3", "kk", {"b": "kk"}, {"b": 10}, ["kk"] * 5),
]


def test_the_matrix_is_recall_in_the_first_ten_by_both_languages() -> None:
    matrix = language_matrix(OUTCOMES)
    assert (matrix["queries"], matrix["evidence"]) == (["en", "kk"], ["en", "kk"])
    assert matrix["values"] == [[0.5, 0.5], [None, 1.0]]
    assert matrix["counts"] == [[2, 2], [0, 1]]


def test_bias_counts_hits_evidence_and_what_stands_ahead() -> None:
    bias = language_bias(OUTCOMES)
    assert bias["own_language_share"] == pytest.approx((9 + 0 + 5) / 25)
    assert bias["own_language_expected"] == pytest.approx(3 / 5)
    assert bias["own_language_recall"] == pytest.approx(2 / 3)
    assert bias["other_language_recall"] == pytest.approx(1 / 2)
    assert bias["own_language_precedence"] == pytest.approx((1.0 + 0.0) / 2)
    empty = language_bias([])
    assert set(empty.values()) == {None}
