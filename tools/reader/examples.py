"""Training examples made from pairs: token ids, and the right output for each token."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tokenizers import Tokenizer
from torch import Tensor

from corpus.sentences import split_sentences
from embeddings.bert import batch_tensors
from embeddings.reader import MOST_PASSAGE, MOST_QUESTION, MOST_TITLE, padded, pair_tokens, token_sentences
from tools.reader.pairs import Pair, Span

# How often a title is left out, since not every document has one.
_UNTITLED = 0.25


@dataclass(frozen=True, slots=True)
class Example:
    """Token ids, shape (n,), with the passage at ``[first, n - 1)``.

    ``sentence`` is 1 for tokens of a sentence that answers; ``begin`` and ``end`` are the answer's first and last
    tokens, 0 where the passage does not answer.
    """

    ids: list[int]
    first: int
    answered: bool
    sentence: list[float]
    begin: int
    end: int


def example(pair: Pair, tokenizer: Tokenizer, rng: random.Random) -> Example | None:
    """Return the example of a pair; None if a text has no tokens or the answer does not fit into the window."""
    question = tokenizer.encode(pair.question, add_special_tokens=False).ids[:MOST_QUESTION]
    encoded = tokenizer.encode(pair.passage.text, add_special_tokens=False)
    offsets: Sequence[Span] = encoded.offsets
    if not question or not offsets:
        return None
    sentences = token_sentences(split_sentences(pair.passage.text, pair.passage.language), offsets)
    answer = _tokens_of(pair.answers[0], offsets) if pair.answers else None
    if pair.answers and answer is None:
        return None
    low, high = _window(sentences, len(offsets), answer, rng)
    shown = pair.passage.title if rng.random() >= _UNTITLED else ""
    title = tokenizer.encode(shown, add_special_tokens=False).ids[:MOST_TITLE]
    ids = pair_tokens(question, title, encoded.ids[low:high])
    first = len(ids) - 1 - (high - low)
    marks = [0.0] * len(ids)
    if answer is None:
        return Example(ids, first, False, marks, 0, 0)
    if not low <= answer[0] <= answer[1] < high:
        return None
    for start, end in sentences:
        if start <= answer[1] and answer[0] < end:
            for token in range(max(start, low), min(end, high)):
                marks[first + token - low] = 1.0
    return Example(ids, first, True, marks, first + answer[0] - low, first + answer[1] - low)


def _tokens_of(span: Span, offsets: Sequence[Span]) -> Span | None:
    """Return the first and the last token of a span of characters; None if it has no token."""
    inside = [n for n, (start, end) in enumerate(offsets) if start < span[1] and span[0] < end]
    return (inside[0], inside[-1]) if inside else None


def _window(sentences: Sequence[Span], length: int, answer: Span | None, rng: random.Random) -> Span:
    """Return a stretch of whole sentences that fits, with the answer in it if there is one."""
    if length <= MOST_PASSAGE:
        return 0, length
    fitting = [
        (start, max(end for _, end in sentences if end - start <= MOST_PASSAGE))
        for start, first_end in sentences
        if first_end - start <= MOST_PASSAGE
    ]
    if answer:
        fitting = [(low, high) for low, high in fitting if low <= answer[0] and answer[1] < high]
    if not fitting:
        middle = answer[0] if answer else rng.randrange(length)
        low = max(0, min(middle - MOST_PASSAGE // 2, length - MOST_PASSAGE))
        return low, min(length, low + MOST_PASSAGE)
    return rng.choice(fitting)


def batches(examples: Sequence[Example], tokens: int, rng: random.Random) -> Iterator[list[Example]]:
    """Yield full batches of examples of one padded length, in random order; incomplete batches are left out.

    Every batch of a length has the same number of examples, about ``tokens`` with their padding: a kernel is built for
    each new shape, which takes longer than a step.
    """
    made: list[list[Example]] = []
    by_length: dict[int, list[Example]] = defaultdict(list)
    for one in examples:
        by_length[padded(len(one.ids))].append(one)
    for length, alike in by_length.items():
        size = max(1, tokens // length)
        made += [alike[at : at + size] for at in range(0, len(alike) - size + 1, size)]
    rng.shuffle(made)
    yield from made


def tensors(batch: Sequence[Example]) -> tuple[Tensor, Tensor]:
    """Return token ids, shape (batch, length), and their mask of that shape, True for tokens and False for padding."""
    return batch_tensors([one.ids for one in batch], padded(max(len(one.ids) for one in batch)))
