"""Citation recall and precision against examples worked out by hand."""

from collections.abc import Sequence

import pytest

from rag.checking.written import Cited, recall_and_precision


def needs(*sets: set[int]) -> Cited:
    """A statement of so many citations as ``sets`` name, carried by any sources among which is one of the sets."""
    return cited(1 + max((n for s in sets for n in s), default=-1), *sets)


def cited(units: int, *sets: set[int]) -> Cited:
    def carries(places: Sequence[int]) -> bool:
        return any(s <= set(places) for s in sets)

    return Cited(units, carries)


def test_nothing_said_is_nothing_carried() -> None:
    assert recall_and_precision([]) == (0.0, 0.0)


def test_one_statement_carried_by_its_one_citation() -> None:
    assert recall_and_precision([needs({0})]) == (1.0, 1.0)


def test_a_statement_without_citations_lowers_recall_alone() -> None:
    assert recall_and_precision([needs({0}), cited(0, set())]) == (0.5, 1.0)


def test_citations_that_carry_nothing_are_all_wrong() -> None:
    assert recall_and_precision([cited(2)]) == (0.0, 0.0)


def test_a_citation_that_adds_nothing_lowers_precision_alone() -> None:
    # The second is of no use: it does not carry the statement, and the first does without it.
    assert recall_and_precision([cited(2, {0})]) == (1.0, 0.5)


def test_sources_that_carry_a_statement_only_together_are_all_needed() -> None:
    assert recall_and_precision([needs({0, 1})]) == (1.0, 1.0)


def test_either_of_two_sources_that_each_carry_it_is_right() -> None:
    assert recall_and_precision([needs({0}, {1})]) == (1.0, 1.0)


def test_of_three_the_idle_one_counts_against_precision() -> None:
    assert recall_and_precision([cited(3, {0, 2})]) == (1.0, pytest.approx(2 / 3))


def test_an_answer_of_several_statements() -> None:
    # Carried: 1, 2 and 4 of 5. Citations: 1 + 2 + 1 + 3 + 0 = 7, of which 1 + 1 + 0 + 2 are right.
    answer = [needs({0}), cited(2, {1}), cited(1), cited(3, {0, 1}), cited(0)]
    assert recall_and_precision(answer) == (pytest.approx(3 / 5), pytest.approx(4 / 7))


def test_sources_of_a_statement_that_is_not_wholly_carried_are_wrong_even_if_one_would_do_alone() -> None:
    # Checks need not be monotone: more text may contradict.
    def carries(places: Sequence[int]) -> bool:
        return list(places) == [0]

    assert recall_and_precision([Cited(2, carries)]) == (0.0, 0.0)
