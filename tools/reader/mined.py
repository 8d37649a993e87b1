"""Passages that retrieval finds for a question and that do not answer it: the near misses that Dalil itself makes.

Every question of the sets is searched among all their passages, across languages, with the packaged encoder and its
alignment, as Dalil searches. The results are saved in a file, so that a run that is resumed need not search again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from embeddings import PACKAGED, Encoder, load_encoder
from embeddings.files import write_atomically
from rag.search.alignments import alignment_of
from tools.reader.pairs import Pair, Passage, Sets

# The languages that are searched; there are few questions in others.
_LANGUAGES = ("en", "kk", "ru", "tr", "zh-Hans", "zh-Hant")
# Passages kept for a question: so many in any language, and so many in the language in which it is answered.
_KEPT = 8
_KEPT_OF_LANGUAGE = 4
_LOOKED_AT = 40
_AT_ONCE = 512

Vectors = npt.NDArray[np.float32]


class Mined:
    """The passages found for each question that do not answer it."""

    def __init__(self, sets: Sets, file: Path) -> None:
        """Search for the questions of ``sets``, or read from ``file`` what an earlier search of them found."""
        questions = [p for p in _questions(sets) if p.question_language in _LANGUAGES]
        passages = list({pair.passage.id: pair.passage for pair in _all(sets)}.values())
        passages = [passage for passage in passages if passage.language in _LANGUAGES]
        self._passages = {passage.id: passage for passage in passages}
        self._found: dict[str, list[str]] = {}
        digest = _digest(questions, passages)
        kept = json.loads(file.read_text("utf-8")) if file.is_file() else {}
        if kept.get("digest") != digest:
            kept = {"digest": digest, "found": dict(_search(questions, passages, load_encoder(PACKAGED)))}
            write_atomically(file, json.dumps(kept).encode())
        self._found = kept["found"]
        self.questions = [pair for pair in questions if self._found.get(_key(pair))]

    def of(self, pair: Pair) -> Sequence[Passage]:
        """Return the passages found for a pair's question, nearest first."""
        return [self._passages[name] for name in self._found.get(_key(pair), ())]


def _all(sets: Sets) -> Iterator[Pair]:
    for group in (sets.written, sets.public):
        yield from group.answered
        yield from group.unanswered


def _questions(sets: Sets) -> list[Pair]:
    """Return each question with its passage once: all written ones, and the public ones that have an answer."""
    pairs = [*sets.written.answered, *sets.written.unanswered, *sets.public.answered]
    return list({_key(pair): pair for pair in pairs}.values())


def _key(pair: Pair) -> str:
    return hashlib.sha256(f"{pair.question}\0{pair.passage.id}".encode()).hexdigest()[:16]


def _digest(questions: Iterable[Pair], passages: Iterable[Passage]) -> str:
    digest = hashlib.sha256()
    for pair in questions:
        digest.update(_key(pair).encode())
    for passage in passages:
        digest.update(f"{passage.id}\0{passage.text}".encode())
    return digest.hexdigest()


def _search(
    questions: Sequence[Pair], passages: Sequence[Passage], encoder: Encoder
) -> Iterator[tuple[str, list[str]]]:
    alignment = alignment_of(encoder.fingerprint)
    if alignment is None:
        raise SystemExit("the packaged encoder's alignment is missing; install dalil again")
    texts = [f"{passage.title}\n{passage.text}".strip() for passage in passages]
    with tqdm(total=len(texts), desc="passages", unit="") as bar:
        known = encoder.encode_passages(texts, on_batch=lambda done: _count(bar, done))
    known = alignment.apply(known, [passage.language for passage in passages], "passage")
    languages = np.array([passage.language for passage in passages])
    for at in tqdm(range(0, len(questions), _AT_ONCE), desc="questions", unit=""):
        part = questions[at : at + _AT_ONCE]
        asked = encoder.encode_queries([pair.question for pair in part])
        asked = alignment.apply(asked, [pair.question_language for pair in part], "query")
        for pair, scores in zip(part, asked @ known.T, strict=True):
            own = np.where(languages == pair.passage.language, scores, -2.0)
            nearest = [*_best(scores, pair, passages, _KEPT), *_best(own, pair, passages, _KEPT_OF_LANGUAGE)]
            chosen = dict.fromkeys(nearest)
            yield _key(pair), list(chosen)


def _count(bar: tqdm[Any], done: int) -> None:
    bar.update(done)


def _best(scores: Vectors, pair: Pair, passages: Sequence[Passage], most: int) -> list[str]:
    order = np.argsort(-scores)[:_LOOKED_AT]
    return [passages[n].id for n in order if scores[n] > -1 and not _may_answer(passages[n], pair)][:most]


def _may_answer(passage: Passage, pair: Pair) -> bool:
    """Return whether a passage may answer a pair's question.

    That is its own passage, one that says the same, or one that holds the answer.
    """
    if passage.id == pair.passage.id or (passage.group and passage.group == pair.passage.group):
        return True
    text = passage.text.lower()
    return any(pair.passage.text[start:end].lower() in text for start, end in pair.answers)
