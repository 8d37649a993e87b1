"""Re-checking a saved answer: its citations against their files, its statements against the words they cite.

A quotation must be the words it cites. A written sentence is held against them again as far as that needs no model:
its numbers, dates and places, and whether it negates. What a model added (how near the meaning is) is not repeated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from corpus.language import detect_language
from rag.checks import Finding
from rag.facts.find import facts_of
from rag.types import Support
from rag.verification.addresses import Locate, check_citation, texts_around
from rag.verification.support import Claim, Source, compare

_SUPPORTS: tuple[Support, ...] = ("supported", "partial", "unsupported")
_MODES = ("extractive", "generative")
_NO_VECTORS = np.empty((0, 0), np.float32)


@dataclass(frozen=True, slots=True)
class Problem:
    """What no longer holds: the citation's number, or None for the answer as a whole, and a sentence."""

    number: int | None
    reason: str


def verify_answer(
    answer: Mapping[str, Any], locate: Locate | None = None, may_open: Callable[[str], bool] | None = None
) -> list[Problem]:
    """Everything in a saved answer that does not hold; empty if all does.

    ``locate`` may tell, by SHA-256, where a file that is not at its path lies now. ``may_open`` says of a path whether
    its file may be looked at, where answers come from someone who may not see every file; by default all may.
    """
    citations, statements = answer.get("citations"), answer.get("statements")
    if not isinstance(citations, list) or not isinstance(statements, list):
        return [Problem(None, "the answer has no lists of statements and citations")]
    found = list(_check_citations(citations, locate, may_open))
    # By place: the number that a forged citation gives itself must not make it pass for another that holds.
    problems, broken = [problem for _, problem in found], {place for place, _ in found}
    if answer.get("mode") not in _MODES:
        problems.append(Problem(None, f"its mode is {answer.get('mode')!r}, neither {_MODES[0]} nor {_MODES[1]}"))
    if (answer.get("status") == "answered") != bool(statements):
        number = len(statements)
        problems.append(Problem(None, f"the answer says it is {answer.get('status')} and has {number} statements"))
    cited: set[int] = set()
    for place, statement in enumerate(statements, 1):
        reason, numbers = _numbers(statement, len(citations))
        cited |= numbers
        if not reason and not numbers & broken:
            reason = _check_statement(statement, [citations[n - 1] for n in sorted(numbers)], answer)
        if reason:
            problems.append(Problem(None, f"statement {place} {reason}"))
    cited |= _compared(answer, statements)
    problems.extend(Problem(n, "no statement cites it") for n in range(1, len(citations) + 1) if n not in cited)
    if extra := sorted(n for n in cited if n > len(citations)):
        problems.append(Problem(None, f"its comparisons cite {extra}, and no citation has such a number"))
    return problems


def _check_citations(
    citations: list[Any], locate: Locate | None, may_open: Callable[[str], bool] | None
) -> Iterator[tuple[int, Problem]]:
    for index, citation in enumerate(citations, 1):
        number = citation.get("number") if isinstance(citation, Mapping) else None
        path = citation.get("path") if isinstance(citation, Mapping) else None
        if may_open and isinstance(path, str) and not may_open(path):
            reason: str | None = f"{path} is no file of the collection"
        else:
            reason = check_citation(citation, locate)
        if reason is None and number != index:
            reason = f"it is numbered {number} but stands at place {index}"
        if reason:
            yield index, Problem(number if isinstance(number, int) else index, reason)


def _numbers(statement: object, count: int) -> tuple[str, set[int]]:
    """What is wrong with a statement's list of citations, if anything, and the numbers that are right."""
    if not isinstance(statement, Mapping) or not isinstance(statement.get("citations"), list):
        return "is not an object with citations", set()
    numbers = statement["citations"]
    known = {n for n in numbers if _is_number(n) and 1 <= n <= count}
    unknown = [n for n in numbers if not _is_number(n) or n not in known]
    if unknown:
        return f"cites {unknown}, and no citation has such a number", known
    if statement.get("support") not in _SUPPORTS:
        return f"says of its support {statement.get('support')!r}", known
    if not isinstance(statement.get("text"), str):
        return "has no text", known
    return "", known


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _check_statement(
    statement: Mapping[str, Any], citations: list[Mapping[str, Any]], answer: Mapping[str, Any]
) -> str:
    """What is wrong with a statement whose citations hold, or nothing."""
    if answer.get("mode") != "generative":
        if not citations:
            return "cites nothing"
        return "" if statement["text"] in [c["quote"] for c in citations] else "is not the words that it cites"
    if statement["support"] == "unsupported":
        return ""
    if not citations:
        return f"is called {statement['support']} and cites nothing"
    language = detect_language(statement["text"], str(answer.get("language")))
    refuted = next((f for f in _findings(statement["text"], language, citations) if f.refutes), None)
    if refuted is None:
        return ""
    if refuted.kind == "negation":
        return "negates otherwise than the words that it cites"
    return f"says {refuted.text!r} where the words that it cites say {refuted.source!r}"


def _findings(text: str, language: str, citations: list[Mapping[str, Any]]) -> list[Finding]:
    sources = [
        Source(
            c["quote"],
            c["language"],
            facts_of(c["quote"], c["language"]),
            tuple(facts_of(around, tag) for around, tag in texts_around(c)),
            _NO_VECTORS,
        )
        for c in citations
    ]
    return compare(Claim(text, language, facts_of(text, language), _NO_VECTORS), sources, None)


def _compared(answer: Mapping[str, Any], statements: list[Any]) -> set[int]:
    """The numbers of citations that agreements and conflicts name."""
    found: set[int] = set()
    for statement in statements:
        agreement = statement.get("agreement") if isinstance(statement, Mapping) else None
        if isinstance(agreement, Mapping):
            found |= _of_list(agreement.get("citations"))
    for conflict in _listed(answer.get("conflicts")):
        for value in _listed(conflict.get("values") if isinstance(conflict, Mapping) else None):
            found |= _of_list(value.get("citations") if isinstance(value, Mapping) else None)
    return found


def _listed(value: object) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else []


def _of_list(value: object) -> set[int]:
    return {n for n in _listed(value) if _is_number(n)}
