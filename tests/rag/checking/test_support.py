"""False numbers, dates and names are told from true statements, over the shipped documents with the packaged model."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from embeddings import Encoder
from rag.checking.meaning import Meaning
from rag.checking.support import claim_of, source_of, weigh
from rag.search.alignments import alignment_of
from tools.calibration.support import read_cases, told_apart

DATA = Path(__file__).parents[2] / "data"
SETS = {"support_held_out.jsonl": 1, "support_pairs.jsonl": 3}
# Least precision and recall of "unsupported".
LEAST_PRECISION, LEAST_RECALL = 0.9, 0.8


@pytest.fixture(scope="module")
def meaning(encoder: Encoder) -> Meaning:
    return Meaning(encoder, alignment_of(encoder.fingerprint))


@pytest.fixture(scope="module")
def judged(meaning: Meaning) -> Callable[[str], dict[str, Any]]:
    """How the labelled pairs of a file are told apart: all that were held out, a third of those fitted on."""
    return cache(lambda name: told_apart(list(read_cases(DATA / name, meaning, step=SETS[name])), meaning))


@pytest.mark.parametrize("name", SETS)
def test_false_facts_are_unsupported_and_true_statements_are_not(
    judged: Callable[[str], dict[str, Any]], name: str
) -> None:
    facts = judged(name)["facts"]
    assert facts["precision"] >= LEAST_PRECISION
    assert facts["recall"] >= LEAST_RECALL


@pytest.mark.parametrize("name", SETS)
def test_most_negated_statements_are_not_supported(judged: Callable[[str], dict[str, Any]], name: str) -> None:
    counts = judged(name)["counts"]
    negated, true = counts["negated"], counts["true"]
    assert negated.get("supported", 0) < sum(negated.values()) / 2
    assert true["supported"] > sum(true.values()) / 2


def test_without_sources_nothing_is_supported(meaning: Meaning) -> None:
    claim = claim_of("The mill was built in 1931.", "en", meaning)
    verdict = weigh(claim, [], meaning)
    assert (verdict.support, verdict.score, verdict.findings) == ("unsupported", 0.0, ())


MILL = "The mill at Korgas was built in 1931 by 40 workers under Jonas Weber."


@pytest.mark.parametrize(
    ("language", "statement", "support", "wrong"),
    [
        ("en", "Jonas Weber and 40 workers built the mill at Korgas in 1931.", "supported", []),
        ("en", "Jonas Weber and 40 workers built the mill at Korgas in 1934.", "unsupported", ["1934"]),
        ("en", "Jonas Weber and 60 workers built the mill at Korgas in 1931.", "unsupported", ["60"]),
        ("ru", "Мельницу в Хоргосе построили в 1934 году.", "unsupported", ["1934"]),
        ("zh-Hans", "磨坊是1934年建成的。", "unsupported", ["1934年"]),
        ("kk", "Диірменді 60 жұмысшы салды.", "unsupported", ["60"]),
        ("en", "Penguins breed on the ice in winter.", "unsupported", []),
    ],
)
def test_what_a_source_says_otherwise(
    meaning: Meaning, language: str, statement: str, support: str, wrong: list[str]
) -> None:
    source = source_of(MILL, "en", [("Mills of the valley", "en")], meaning)
    verdict = weigh(claim_of(statement, language, meaning), [source], meaning)
    assert verdict.support == support
    assert [finding.text for finding in verdict.findings if finding.refutes] == wrong


def test_a_fact_of_the_context_alone_is_told_from_one_of_the_source(meaning: Meaning) -> None:
    source = source_of("It was built by 40 workers.", "en", [("The mill, 1931", "en")], meaning)
    verdict = weigh(claim_of("In 1931 it was built by 40 workers.", "en", meaning), [source], meaning)
    found = {finding.text: finding.verdict for finding in verdict.findings}
    assert found == {"1931": "context", "40": "found"}


def test_a_judge_decides_what_vectors_would(meaning: Meaning) -> None:
    class Denying:
        def entails(self, statement: str, sources: object) -> tuple[float, float]:
            return 0.0, 1.0

    source = source_of(MILL, "en", [], meaning)
    claim = claim_of("The mill at Korgas was built in 1931.", "en", meaning)
    assert weigh(claim, [source], meaning).support == "supported"
    assert weigh(claim, [source], meaning, Denying()).support == "unsupported"


def test_several_sources_carry_together_what_none_does_alone(meaning: Meaning) -> None:
    first = source_of("The mill was built in 1931.", "en", [], meaning)
    second = source_of("Forty workers built the mill.", "en", [], meaning)
    claim = claim_of("The mill was built in 1931, and forty workers built the mill.", "en", meaning)
    alone = [weigh(claim, [source], meaning) for source in (first, second)]
    together = weigh(claim, [first, second], meaning)
    assert together.support == "supported"
    assert all(verdict.score < together.score for verdict in alone)
