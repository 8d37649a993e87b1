"""Instructions planted in documents: where a text speaks to the machine that reads it instead of to its reader.

Told by what stands together: words that address a machine or speak of its answer, words that demand something of
that answer, words that pretend to come from elsewhere than the document. Texts that report such wording, set exams
or lay down the rules of a house are weighed down. What is found is kept from prompts; it is never obeyed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.generation.cues import (
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
from rag.generation.unmasking import unmasked

# Cues of several sentences together prove less than those of one.
_MORE_PER_SENTENCE = 0.5
_SENTENCES_TOGETHER = 3
_NEIGHBOURS = 3
# Where a document has one planted instruction, weaker signs show its other parts, weakest right beside it.
_ENOUGH_IN_SUCH = 2.5
_ENOUGH_NEARBY = 1.5
_PARAGRAPH = re.compile(r"(?:(?!\n[ \t]*\n).)+", re.DOTALL)


def planted_spans(text: str) -> list[Span]:
    """Where ``text`` gives instructions to a machine: from the sentence that does so to the end of its paragraph.

    Spans count code points of ``text``, in order, apart from each other.
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
    """Whether ``text``, a title for example, gives instructions to a machine anywhere."""
    return bool(planted_spans(text))


def flagged(texts: Sequence[str], *, one_paragraph: bool = False) -> list[bool]:
    """For consecutive texts of one document (sentences, chunks): which belong to planted instructions.

    An instruction may be parted, so each text is also judged together with up to three after it; and where one is
    found, weaker signs elsewhere in the document are taken to belong to it. Where the texts are sentences of
    ``one_paragraph``, all after the first that is found belong to it as well.
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
        mark or _belongs(of_text, found[max(0, place - _NEIGHBOURS) : place + _NEIGHBOURS + 1])
        for place, (mark, of_text) in enumerate(zip(found, cues, strict=True))
    ]


def _judged(cues: Sequence[Cues], widest: int) -> list[bool]:
    """Which of consecutive pieces are planted, alone or with those after them, ``widest`` in all."""
    found = [score(of_piece) >= ENOUGH for of_piece in cues]
    for width in range(2, widest + 1):
        for start in range(len(cues) - width + 1):
            window = cues[start : start + width]
            # A window of which an end says nothing is a narrower one, judged before.
            if any(found[start : start + width]) or not (window[0] and window[-1]):
                continue
            if score(frozenset().union(*window)) >= ENOUGH + _MORE_PER_SENTENCE * (width - 1):
                found[start : start + width] = map(bool, window)
    return found


def _belongs(cues: Cues, nearby: Sequence[bool]) -> bool:
    """Whether a text of a document that has planted instructions is one of them: ``nearby`` tells of its neighbours."""
    if {"define", "page"} <= cues or score_in_hostile(cues) >= _ENOUGH_IN_SUCH:
        return True
    return any(nearby) and weight(cues) >= _ENOUGH_NEARBY
