"""The measurement of the reader on pairs that it is not trained on."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from tokenizers import Tokenizer
from torch import Tensor

from embeddings.reader import best_span
from embeddings.readerweights import ReaderNetwork
from tools.reader.examples import Example, example, tensors
from tools.reader.pairs import Pair

_TOGETHER = 32


class Validation:
    """Pairs to validate with, as examples."""

    def __init__(self, pairs: Sequence[Pair], tokenizer: Tokenizer) -> None:
        rng = random.Random(0)
        self.examples = [one for pair in pairs if (one := example(pair, tokenizer, rng)) is not None]


def validate(network: ReaderNetwork, embed: Callable[[Tensor], Tensor], validation: Validation) -> dict[str, float]:
    """Return the AUROC of relevance and of the span's lead over "no answer", and how often the span overlaps."""
    answered: list[bool] = []
    relevances: list[float] = []
    leads: list[float] = []
    met: list[bool] = []
    with torch.inference_mode():
        for batch in _batches(validation.examples):
            relevance, scores = _forward(network, embed, batch)
            for row, one in enumerate(batch):
                begin, end, lead = _best_span(scores[row, :, 1:].numpy(), one)
                answered.append(one.answered)
                relevances.append(float(relevance[row]))
                leads.append(lead)
                if one.answered:
                    met.append(begin <= one.end and one.begin <= end)
    return {
        "auroc": round(float(roc_auc_score(answered, relevances)), 3),
        "auroc_span": round(float(roc_auc_score(answered, leads)), 3),
        "span_met": round(float(np.mean(met)), 3),
        "pairs": len(answered),
    }


def _batches(examples: Sequence[Example]) -> Iterator[Sequence[Example]]:
    """Yield examples of similar length together."""
    order = sorted(examples, key=lambda one: len(one.ids))
    for at in range(0, len(order), _TOGETHER):
        yield order[at : at + _TOGETHER]


def _forward(
    network: ReaderNetwork, embed: Callable[[Tensor], Tensor], batch: Sequence[Example]
) -> tuple[Tensor, Tensor]:
    ids, mask = tensors(batch)
    parameter = next(network.parameters())
    relevance, scores = network(embed(ids).to(parameter.device, parameter.dtype), mask.to(parameter.device))
    return relevance.cpu(), scores.cpu()


def _best_span(ends: np.ndarray, one: Example) -> tuple[int, int, float]:
    """Return the best span's first and last token, and how far its score is above that of "no answer"."""
    last = len(one.ids) - 1
    first, final, score = best_span(ends[one.first : last, 0], ends[one.first : last, 1])
    return one.first + first, one.first + final, score - float(ends[0].sum())
