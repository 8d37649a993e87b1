"""Detect sentences that speak to a machine instead of informing a reader."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import groupby

from corpus.types import Chunk
from rag.injection.cues import (
    ENOUGH,
    Cues,
    Span,
    commands_as_title,
    cues_of,
    cues_of_text,
    may_address,
    score,
    score_in_hostile,
    sentences_of,
    weight,
)
from rag.injection.unmask import unmasked

# Cues of several sentences together prove less than those of one.
_MORE_PER_SENTENCE = 0.5
_SENTENCES_TOGETHER = 3
_NEIGHBOURS = 3
# A line that is nothing but a tag, as the frames of forged sources have.
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,200}>")
# Where a document has one planted instruction, weaker signs show its other parts, the weakest right beside it.
_ENOUGH_IN_SUCH = 2.5
_ENOUGH_NEARBY = 1.5
_PARAGRAPH = re.compile(r"(?:(?!\n[ \t]*\n).)+", re.DOTALL)


def planted_spans(text: str) -> list[Span]:
    """Return the spans in which ``text`` gives instructions to a machine.

    Each goes from the first such sentence to the end of its paragraph. Spans count code points of ``text``, are in
    order and do not overlap.
    """
    plain = unmasked(text)
    spans: list[Span] = []
    for paragraph in _PARAGRAPH.finditer(plain.text):
        sentences = sentences_of(plain.text, *paragraph.span())
        if not sentences or not may_address(plain, *paragraph.span()):
            continue
        cues = cues_of(plain, sentences)
        found = _judged(cues, _SENTENCES_TOGETHER)
        if len(cues) == 1 and commands_as_title(plain.text, cues[0]):
            found = [True]
        if True in found:
            spans.append(plain.span(sentences[found.index(True)][0], sentences[-1][1]))
    return spans


def is_planted(text: str) -> bool:
    """Return whether ``text``, a title for example, gives instructions to a machine anywhere."""
    return bool(planted_spans(text))


def flagged(texts: Sequence[str], *, one_paragraph: bool = False) -> list[bool]:
    """Return for each of consecutive texts of one document (sentences, chunks) whether it belongs to an instruction.

    An instruction may be split over several texts, so each text is also judged together with up to three after it; and
    where one is found, weaker signs elsewhere in the document are taken to belong to it. Where the texts are the
    sentences of ``one_paragraph``, all after the first that is found belong to it as well.
    """
    if not any(may_address(plain, 0, len(plain.text)) for plain in map(unmasked, texts)):
        return [False] * len(texts)
    cues = [cues_of_text(text) for text in texts]
    found = [a or is_planted(text) for a, text in zip(_judged(cues, 1 + _NEIGHBOURS), texts, strict=True)]
    if True not in found:
        return found
    if one_paragraph:
        first = found.index(True)
        found[first:] = [True] * (len(found) - first)
    return [
        mark
        or bool(_TAG.fullmatch(text.strip()))
        or _belongs(of_text, found[max(0, place - _NEIGHBOURS) : place + _NEIGHBOURS + 1])
        for place, (mark, of_text, text) in enumerate(zip(found, cues, texts, strict=True))
    ]


def _judged(cues: Sequence[Cues], widest: int) -> list[bool]:
    """Return which of consecutive pieces are planted, judged alone and in groups of up to ``widest``."""
    found = [score(of_piece) >= ENOUGH for of_piece in cues]
    for width in range(2, widest + 1):
        for start in range(len(cues) - width + 1):
            window = cues[start : start + width]
            # A window whose first or last piece has no cues is the same as a narrower one, judged before.
            if any(found[start : start + width]) or not (window[0] and window[-1]):
                continue
            if score(frozenset().union(*window)) >= ENOUGH + _MORE_PER_SENTENCE * (width - 1):
                found[start : start + width] = map(bool, window)
    return found


def _belongs(cues: Cues, nearby: Sequence[bool]) -> bool:
    """Return whether a text of a document that has planted instructions is one of them.

    ``nearby`` says which of the texts around it are planted.
    """
    if {"define", "page"} <= cues or score_in_hostile(cues) >= _ENOUGH_IN_SUCH:
        return True
    return any(nearby) and weight(cues) >= _ENOUGH_NEARBY


# How many documents are remembered. They never change: a document's id is the hash of its file.
_MOST = 20_000
Read = Callable[[Collection[str]], Mapping[str, Sequence[Chunk]]]


class Planted:
    """The positions of planted sentences in documents, each found once and then remembered. Thread-safe."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._known: dict[str, frozenset[int]] = {}
        self._lock = threading.Lock()

    def among(self, chunks: Sequence[Chunk]) -> frozenset[int]:
        """Return the ids of those of ``chunks`` that are planted, each judged within its whole document."""
        wanted = {chunk.document_id for chunk in chunks}
        with self._lock:
            known = {name: self._known[name] for name in wanted if name in self._known}
        if unknown := wanted - known.keys():
            # Read and judged without the lock, so that other threads need not wait.
            new = {name: _positions(found) for name, found in self._read(unknown).items()}
            known |= new
            with self._lock:
                if len(self._known) + len(new) > _MOST:
                    self._known.clear()
                self._known |= new
        return frozenset(c.id for c in chunks if c.position in known.get(c.document_id, frozenset()))


def _positions(chunks: Sequence[Chunk]) -> frozenset[int]:
    """Return the positions of the planted sentences of one document.

    These are the sentences found in the document as a whole, and each paragraph from the first one found in it on.
    """
    found = {c.position for c, mark in zip(chunks, flagged([c.text for c in chunks]), strict=True) if mark}
    for _, group in groupby(chunks, key=lambda chunk: chunk.paragraph_id):
        paragraph = list(group)
        marks = flagged([c.text for c in paragraph], one_paragraph=True)
        found |= {c.position for c, mark in zip(paragraph, marks, strict=True) if mark}
    return frozenset(found)
