"""When a number or date of a source carries a statement's."""

from __future__ import annotations

import pytest

from rag.checking.quantities import compare_dates, compare_numbers
from rag.checking.support import clauses
from rag.facts.find import facts_of


def verdicts(statement: str, source: str, *, context: str = "", source_language: str = "en") -> list[str]:
    """What becomes of the numbers and dates of an English statement."""
    said, offered, around = facts_of(statement, "en"), [facts_of(source, source_language)], [facts_of(context, "en")]
    findings = [*compare_numbers(said, offered, around), *compare_dates(said, offered, around)]
    return [finding.verdict for finding in findings]


@pytest.mark.parametrize(
    ("statement", "source", "language", "verdict"),
    [
        ("more than 500 shops", "520 магазинов", "ru", "found"),
        ("more than 500 shops", "900 家店", "zh", "contradicted"),
        ("more than 500 shops", "480 магазинов", "ru", "contradicted"), ("nearly 500 shops", "480家店", "zh", "found"),
        ("about 500 shops", "530 дүкен", "kk", "found"), ("about 500 shops", "600 дүкен", "kk", "contradicted"),
        ("500 shops", "500 магазинов", "ru", "found"), ("500 shops", "магазины", "ru", "missing"),
        ("15 percent", "百分之十五", "zh", "found"), ("15 percent", "15 магазинов", "ru", "contradicted"),
        ("1 million people", "100万人", "zh", "found"), ("1.500 tonnes", "1500 тонн", "ru", "found"),
    ],
)  # fmt: skip
def test_numbers(statement: str, source: str, language: str, verdict: str) -> None:
    assert verdicts(statement, source, source_language=language) == [verdict]


@pytest.mark.parametrize(
    ("statement", "source", "language", "verdict"),
    [
        ("on 20 October 2023", "2023年10月20日", "zh", "found"),
        ("on 20 October 2023", "2023年10月21日", "zh", "contradicted"),
        ("in October 2023", "20 октября 2023 года", "ru", "found"), ("in 2023", "2023 ж. 20 қазан", "kk", "found"),
        ("in the 1990s", "в 1994 году", "ru", "found"), ("in 1994", "в 1990-е годы", "ru", "contradicted"),
        ("in the 20th century", "1994年", "zh", "found"), ("early October 2023", "2023年10月3日", "zh", "found"),
        ("early October 2023", "2023年10月28日", "zh", "contradicted"),
        ("on 04/05/2023", "5 апреля 2023 года", "ru", "found"),
        ("on 20 October 2023", "Это было давно.", "ru", "missing"),
    ],
)  # fmt: skip
def test_dates(statement: str, source: str, language: str, verdict: str) -> None:
    assert verdicts(statement, source, source_language=language) == [verdict]


def test_what_only_the_context_says_is_told_apart() -> None:
    assert verdicts("500 shops", "many shops", context="500 shops") == ["context"]
    assert verdicts("in 1994", "long ago", context="1994") == ["context"]


def test_a_year_that_stands_around_a_day_completes_it() -> None:
    assert verdicts("on 20 October 2023", "on 20 October", context="2023") == ["found"]
    assert verdicts("on 20 October 2023", "on 20 October", context="2021") == ["contradicted"]


def test_clauses_are_long_enough_to_mean_something() -> None:
    text = "The mill was built in the valley, and the bridge was opened a year later; yes."
    assert clauses(text, "en") == ["The mill was built in the valley", "and the bridge was opened a year later yes."]
    assert clauses("磨坊建在山谷里面，桥是第二年才开通的。", "zh") == ["磨坊建在山谷里面", "桥是第二年才开通的。"]
    assert clauses("Short, too.", "en") == ["Short too."]
    assert clauses("", "en") == [""]
