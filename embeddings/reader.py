"""The reader, which finds the answers to a question in passages.

For each passage it says how likely it answers the question, how likely each of its sentences carries the answer, and
where in each sentence the answer stands. The packaged reader is the packaged encoder, trained further
(`tools.reader.train`); any cross-encoder of sentence-transformers can take its place, without spans.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from embeddings.errors import ModelUnavailable
from embeddings.sources import first_line, precision, quiet

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder
    from tokenizers import Encoding
    from torch import Tensor

__all__ = ["NO_READER", "PACKAGED_READER", "AnswerSpan", "Passage", "Reader", "Reading", "load_reader"]

PACKAGED_READER = "packaged"
NO_READER = "none"

Span = tuple[int, int]
Scores = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Passage:
    """A text and the spans of its sentences in it, in order; ``title`` says what it is taken from."""

    text: str
    sentences: tuple[Span, ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class AnswerSpan:
    """Where an answer stands in a passage's text; ``score`` is how far it is above "no answer here" (log odds)."""

    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class Reading:
    """A reader's scores for a passage, in log odds.

    ``relevance`` is for the passage to answer the question, ``sentences`` for each sentence to carry the answer.
    ``spans`` are the best answer within each sentence, None from readers that find none.
    """

    relevance: float
    sentences: tuple[float, ...]
    spans: tuple[AnswerSpan | None, ...]


class Reader(Protocol):
    """A model that reads passages for a question."""

    name: str

    def read(self, question: str, passages: Sequence[Passage]) -> list[Reading]:
        """Return a reading of each passage; one without text or sentences answers nothing."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the number of tokens of each text alone."""


def load_reader(name: str = PACKAGED_READER, *, cache_dir: Path | None = None, device: str = "cpu") -> Reader | None:
    """Load the reader ``name``: PACKAGED_READER, NO_READER (None), or a cross-encoder by hub name or folder.

    Raises ModelUnavailable when it is unknown or cannot be loaded.
    """
    if name == NO_READER:
        return None
    if name == PACKAGED_READER:
        return PackagedReader(cache_dir)
    return CrossEncoderReader(name, device)


# The most tokens of a question, of a title and of a window of a passage, as in training.
MOST_QUESTION = 60
MOST_TITLE = 30
MOST_PASSAGE = 190
_BOS, _EOS = 0, 2
_LONGEST_ANSWER = 40
# Padded lengths are multiples of this, so that kernels are made for few shapes.
_STEP = 32
_BATCH_TOKENS = 2048
_NOTHING = -20.0


@dataclass(frozen=True, slots=True)
class _Window:
    """Tokens ``[low, high)`` of a passage, and the number of the passage."""

    passage: int
    low: int
    high: int


class PackagedReader:
    """The reader that ships. Safe to share between threads."""

    name = PACKAGED_READER

    def __init__(self, cache_dir: Path | None = None) -> None:
        """Load the encoder's weights and the shipped difference; ModelUnavailable when either is damaged."""
        import torch

        from embeddings.bert import batch_tensors, packaged_bert
        from embeddings.readerweights import ReaderNetwork, packaged_reader_weights

        bert = packaged_bert(cache_dir)
        network = ReaderNetwork(bert.sizes)
        network.load_state_dict(packaged_reader_weights(bert.layers))
        # The encoder's own layers, 85 MB, are no longer needed.
        self._bert = replace(bert, layers={})
        self._precision = precision("cpu")
        self._network = network.to(self._precision).eval().requires_grad_(False)
        self._lock = threading.Lock()
        self._torch = torch
        self._batch_tensors = batch_tensors

    def read(self, question: str, passages: Sequence[Passage]) -> list[Reading]:
        """Return a reading of each passage; long ones are read in windows of whole sentences, as far as these fit."""
        asked = self._bert.tokenizer.encode(question, add_special_tokens=False).ids[:MOST_QUESTION]
        texts = self._bert.tokenizer.encode_batch([p.text for p in passages], add_special_tokens=False)
        titles = self._bert.tokenizer.encode_batch([p.title for p in passages], add_special_tokens=False)
        found = [_Found(*each) for each in zip(passages, texts, titles, strict=True)]
        windows = [
            _Window(number, low, high)
            for number, one in enumerate(found)
            for low, high in _windows(one.sentences, len(one.offsets))
        ]
        if asked:
            for batch in _batches(windows, len(asked) + max((one.first for one in found), default=0) + 1):
                for window, relevance, scores in self._forward(asked, batch, found):
                    found[window.passage].take(window, relevance, scores)
        return [one.reading() for one in found]

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the number of tokens of each text alone: uncut, without special tokens."""
        return [len(text.ids) for text in self._bert.tokenizer.encode_batch(list(texts), add_special_tokens=False)]

    def _forward(
        self, asked: list[int], windows: Sequence[_Window], found: Sequence[_Found]
    ) -> Iterator[tuple[_Window, float, Scores]]:
        """Yield each window with its relevance and the scores of the first token and its own, shape (1 + tokens, 3)."""
        torch = self._torch
        rows = [pair_tokens(asked, found[w.passage].title, found[w.passage].ids[w.low : w.high]) for w in windows]
        length = padded(max(len(row) for row in rows))
        ids, mask = self._batch_tensors(rows, length)
        # Held for one batch only, so that a question waits for a batch and not for all of another question.
        with self._lock, torch.inference_mode():
            embedded = self._bert.embed(ids).to(self._precision)
            relevance, scores = self._network(embedded, mask)
        for n, window in enumerate(windows):
            mine: Tensor = scores[n]
            first = len(asked) + found[window.passage].first
            own = torch.cat([mine[:1], mine[first : first + window.high - window.low]])
            yield window, float(relevance[n]), own.numpy()


class _Found:
    """What has been read of one passage so far."""

    def __init__(self, passage: Passage, text: Encoding, title: Encoding) -> None:
        self._text = passage.text
        self.title: list[int] = title.ids[:MOST_TITLE]
        # Tokens before its own and after those of the question.
        self.first = len(pair_tokens([], self.title, [])) - 1
        self.ids: list[int] = text.ids
        self.offsets: list[Span] = text.offsets
        self.sentences = token_sentences(passage.sentences, self.offsets)
        self._relevance = _NOTHING
        self._scores = [_NOTHING] * len(passage.sentences)
        self._spans: list[AnswerSpan | None] = [None] * len(passage.sentences)

    def take(self, window: _Window, relevance: float, scores: Scores) -> None:
        """Add the scores of a window."""
        self._relevance = max(self._relevance, relevance)
        none = float(scores[0, 1] + scores[0, 2])
        for number, (start, end) in enumerate(self.sentences):
            low, high = max(start, window.low), min(end, window.high)
            if low >= high:
                continue
            part = scores[1 + low - window.low : 1 + high - window.low]
            self._scores[number] = max(self._scores[number], float(part[:, 0].mean()))
            begin, last, score = best_span(part[:, 1], part[:, 2])
            before = self._spans[number]
            if before is None or before.score < score - none:
                self._spans[number] = self._span(low + begin, low + last, score - none)

    def _span(self, first: int, last: int, score: float) -> AnswerSpan:
        """Return the span of tokens, without the white space that a token begins with."""
        start, end = self.offsets[first][0], self.offsets[last][1]
        while start < end and self._text[start].isspace():
            start += 1
        return AnswerSpan(start, end, score)

    def reading(self) -> Reading:
        """Return the reading of the whole passage."""
        return Reading(self._relevance, tuple(self._scores), tuple(self._spans))


def pair_tokens(question: Sequence[int], title: Sequence[int], passage: Sequence[int]) -> list[int]:
    """Return the tokens that the network reads: question, title if there is one, and passage, with their separators."""
    return [_BOS, *question, _EOS, _EOS, *([*title, _EOS] if title else ()), *passage, _EOS]


def token_sentences(sentences: Sequence[Span], offsets: Sequence[Span]) -> list[Span]:
    """Return the tokens of each sentence, as ``[start, end)``."""
    starts = np.array([start for start, _ in offsets], np.int64)
    ends = np.array([end for _, end in offsets], np.int64)
    return [(int(np.searchsorted(ends, a, "right")), int(np.searchsorted(starts, b))) for a, b in sentences]


def _windows(sentences: Sequence[Span], length: int) -> Iterator[Span]:
    """Yield stretches of tokens that fit the network and together hold every sentence; neighbours share a sentence."""
    if length <= MOST_PASSAGE:
        if length:
            yield 0, length
        return
    number = 0
    while number < len(sentences):
        low, last = sentences[number][0], number
        while last + 1 < len(sentences) and sentences[last + 1][1] - low <= MOST_PASSAGE:
            last += 1
        end = sentences[last][1]
        for start in range(low, max(end, low + 1), MOST_PASSAGE):
            if start < min(end, start + MOST_PASSAGE):
                yield start, min(end, start + MOST_PASSAGE)
        # The last sentence begins the next window too, since what follows may depend on it.
        number = last if last > number and last + 1 < len(sentences) else last + 1


def _batches(windows: Sequence[_Window], asked: int) -> Iterator[list[_Window]]:
    """Yield windows of similar length together, as many as fit the budget with their padding."""
    order = sorted(windows, key=lambda w: w.low - w.high)
    start = 0
    while start < len(order):
        longest = padded(asked + order[start].high - order[start].low)
        size = max(1, _BATCH_TOKENS // longest)
        yield order[start : start + size]
        start += size


def padded(length: int) -> int:
    """Return the padded length of ``length`` tokens: a multiple of 32, so that there are few shapes."""
    return -(-length // _STEP) * _STEP


def best_span(begin: Scores, end: Scores) -> tuple[int, int, float]:
    """Return the best span's first and last token and its score, given each token's scores as begin and as end."""
    sums = begin[:, None] + end[None, :]
    allowed = np.triu(np.ones(sums.shape, bool)) & ~np.triu(np.ones(sums.shape, bool), _LONGEST_ANSWER)
    sums = np.where(allowed, sums, -np.inf)
    first, last = np.unravel_index(int(sums.argmax()), sums.shape)
    return int(first), int(last), float(sums[first, last])


class CrossEncoderReader:
    """A cross-encoder of sentence-transformers: it scores passages and sentences, and finds no spans."""

    def __init__(self, name: str, device: str = "cpu") -> None:
        """Load ``name`` from a folder, the local hub cache or the hub; ModelUnavailable if that cannot be done."""
        self.name = name
        try:
            with quiet():
                self._model = _open_cross_encoder(name, device)
        except Exception as error:
            raise ModelUnavailable(
                f"The reader {name} cannot be loaded as a cross-encoder with safetensors weights "
                f"({first_line(error)}); check the name, give a folder, or set DALIL_READER=packaged or none."
            ) from error
        if self._model.num_labels != 1:
            raise ModelUnavailable(
                f"The reader {name} has {self._model.num_labels} scores a pair; choose a cross-encoder with one."
            )
        self._lock = threading.Lock()

    def read(self, question: str, passages: Sequence[Passage]) -> list[Reading]:
        """Return a reading of each passage; its sentences are scored one by one."""
        sentences = [p.text[start:end] for p in passages for start, end in p.sentences]
        # A title without text is not read: there is nothing that could answer.
        whole = [f"{p.title}\n{p.text}" if p.title and p.text.strip() else p.text for p in passages]
        scores = self._scores(question, whole + sentences)
        found: list[Reading] = []
        at = len(passages)
        for number, passage in enumerate(passages):
            mine = scores[at : at + len(passage.sentences)]
            at += len(passage.sentences)
            found.append(Reading(scores[number], tuple(mine), (None,) * len(passage.sentences)))
        return found

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the number of tokens of each text alone."""
        if not texts:
            return []
        with self._lock:
            tokens = self._model.tokenizer(list(texts), add_special_tokens=False, verbose=False)
        return [len(ids) for ids in tokens["input_ids"]]

    def _scores(self, question: str, texts: Sequence[str]) -> list[float]:
        from torch.nn import Identity

        told = [text for text in texts if text.strip()]
        given: list[float] = []
        if told:
            with self._lock:
                raw: Any = self._model.predict(
                    [(question, text) for text in told], activation_fn=Identity(), show_progress_bar=False
                )
            given = [float(score) for score in raw]
        scores = iter(given)
        return [next(scores) if text.strip() else _NOTHING for text in texts]


def _open_cross_encoder(name: str, device: str) -> CrossEncoder:
    from sentence_transformers import CrossEncoder

    # Weights that are not safetensors are pickles, which can run code.
    settings = {"dtype": precision(device), "use_safetensors": True}
    local = Path(name).is_dir()
    model: CrossEncoder = CrossEncoder(name, device=device, local_files_only=local, model_kwargs=settings)
    return model
