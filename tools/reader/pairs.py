"""Pairs of a question and a passage to train the reader on: those of public sets, and those written for this project.

A public set is a folder with ``contexts.jsonl.gz`` and ``questions.jsonl.gz``; no part of it is kept here. The pairs
written for this project are in ``tools/reader/pairs``: minimal pairs of questions, of which one is answered by the
passage and its twin, with one constraint changed, is not.
"""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Span = tuple[int, int]

# Articles of XQuAD up to this one are trained on, and two of three rows of KazQAD: the rest is kept for evaluation.
LAST_TRAINED_ARTICLE = 31
KEPT_OUT_OF = 3
# Of the passages with written pairs, one in so many is kept for validation.
_VALIDATION = 12


@dataclass(frozen=True, slots=True)
class Passage:
    """A text that may answer questions. ``group`` is shared by passages that say the same or are easily confused."""

    id: str
    text: str
    language: str
    group: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """A question and a passage; ``answers`` are the answer's places in the passage, empty if it does not answer."""

    question: str
    question_language: str
    passage: Passage
    answers: tuple[Span, ...] = ()


@dataclass(slots=True)
class Questions:
    """The pairs of sets: those that are answered, and those that are not although they look like it."""

    answered: list[Pair] = field(default_factory=list)
    unanswered: list[Pair] = field(default_factory=list)


@dataclass(slots=True)
class Sets:
    """All pairs to train on and to validate with; ``translations`` are the answered pairs by group of questions."""

    public: Questions
    written: Questions
    validation: list[Pair]
    translations: dict[str, list[Pair]]


def read_sets(public: Path, written: Path) -> Sets:
    """Return the pairs in the folders: ``public`` has one folder per set, ``written`` has JSON-lines files.

    Raises `OSError`, `ValueError` or `KeyError` if a file is missing or has another format.
    """
    known: dict[str, Passage] = {}
    sets = Sets(Questions(), Questions(), [], defaultdict(list))
    for folder in sorted(path for path in public.iterdir() if path.is_dir()):
        passages = {row["id"]: _passage(row) for row in _rows(folder / "contexts.jsonl.gz")}
        known.update(passages)
        kept = _trained(folder.name, list(passages.values()))
        for row in _rows(folder / "questions.jsonl.gz"):
            for pair in _pairs(row, passages):
                if pair.passage.id not in kept:
                    continue
                (sets.public.answered if pair.answers else sets.public.unanswered).append(pair)
                if pair.answers and row.get("group"):
                    sets.translations[row["group"]].append(pair)
    for number, pairs in enumerate(_written(written, known)):
        if number % _VALIDATION == 0:
            sets.validation.extend(pairs)
            continue
        for pair in pairs:
            (sets.written.answered if pair.answers else sets.written.unanswered).append(pair)
    return sets


def _trained(name: str, passages: list[Passage]) -> set[str]:
    """Return the ids of the passages of a set that may be trained on."""
    if name == "xquad":
        return {p.id for p in passages if int(p.group[1:].split("p")[0]) <= LAST_TRAINED_ARTICLE}
    if name == "kazqad_dev":
        return {p.id for number, p in enumerate(passages) if number % KEPT_OUT_OF}
    return {p.id for p in passages}


def _passage(row: dict[str, Any]) -> Passage:
    return Passage(row["id"], row["text"], row["lang"], row.get("group", ""))


def _pairs(row: dict[str, Any], passages: dict[str, Passage]) -> Iterator[Pair]:
    for context in row["contexts"]:
        spans = tuple((a["start"], a["start"] + len(a["text"])) for a in context["answers"])
        yield Pair(row["text"].strip(" -"), row["lang"], passages[context["id"]], spans)


def _written(folder: Path, known: dict[str, Passage]) -> Iterator[list[Pair]]:
    """Yield the pairs of each passage; a row contains a passage of its own, or names one of a public set."""
    for path in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(path.read_text("utf-8").splitlines()):
            row = json.loads(line)
            own = "paragraph" in row
            passage = _own(f"{path.stem}:{number}", row) if own else known[row["context"]]
            if own or passage.id in _trained_of(passage, known):
                yield [_asked(q, passage) for q in row["questions"]]


def _own(name: str, row: dict[str, Any]) -> Passage:
    return Passage(name, row["paragraph"], row["lang"], row.get("group", ""), row["title"])


def _trained_of(passage: Passage, known: dict[str, Passage]) -> Iterable[str]:
    """Return the passage's id if it may be trained on, else nothing; those of KazQAD were chosen so from the start."""
    return (passage.id,) if not passage.group or passage.id in _trained("xquad", [passage]) else ()


def _asked(row: dict[str, Any], passage: Passage) -> Pair:
    """Return the pair of a written question and its passage.

    The row gives the answer as words of a passage of our own, or as a place in one of a public set.
    """
    answer = row["answer"]
    if answer is None:
        return Pair(row["question"], row["qlang"], passage)
    if isinstance(answer, str):
        start = passage.text.index(answer)
        return Pair(row["question"], row["qlang"], passage, ((start, start + len(answer)),))
    return Pair(row["question"], row["qlang"], passage, ((answer[0], answer[1]),))


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)
