"""The reader's network: the packaged encoder's BERT over a question and a passage together, with three heads.

One pass gives, for a passage, whether it answers (from the first token); for each token, whether it stands in a
sentence that answers; and for each token, whether the answer begins or ends there. The first token's own begin and
end scores are those of "no answer here", as in SQuAD 2.0 readers (Devlin et al., "BERT", 2019, section 4.3).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["LAYERS", "ReaderNetwork", "ReaderSizes", "embed_tokens", "layer_weights"]

LAYERS = "layers."
_HEADS = 4  # relevance, in an answering sentence, begin, end
_ENCODER = "encoder.layer."
# The network's name of each tensor of a transformers BertModel layer; query, key and value are one matrix here.
_NAMES = {
    "attention.output.dense": "attended",
    "attention.output.LayerNorm": "attention_norm",
    "intermediate.dense": "widen",
    "output.dense": "narrow",
    "output.LayerNorm": "output_norm",
}


@dataclass(frozen=True, slots=True)
class ReaderSizes:
    """The shape of the BERT: all counts except ``epsilon`` (of the layer norms)."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    epsilon: float


class _Layer(nn.Module):
    def __init__(self, sizes: ReaderSizes) -> None:
        super().__init__()
        self.heads = sizes.heads
        self.query_key_value = nn.Linear(sizes.hidden, 3 * sizes.hidden)
        self.attended = nn.Linear(sizes.hidden, sizes.hidden)
        self.attention_norm = nn.LayerNorm(sizes.hidden, eps=sizes.epsilon)
        self.widen = nn.Linear(sizes.hidden, sizes.feed_forward)
        self.narrow = nn.Linear(sizes.feed_forward, sizes.hidden)
        self.output_norm = nn.LayerNorm(sizes.hidden, eps=sizes.epsilon)

    def forward(self, states: Tensor, bias: Tensor) -> Tensor:
        batch, length, hidden = states.shape
        parts = self.query_key_value(states).view(batch, length, 3, self.heads, hidden // self.heads)
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        # Written out, because the backward pass of PyTorch's fused attention takes half of all time on processors.
        weights = torch.matmul(query * (hidden // self.heads) ** -0.5, key.transpose(-1, -2)) + bias
        attended = torch.matmul(weights.softmax(-1), value).transpose(1, 2).reshape(batch, length, hidden)
        states = self.attention_norm(states + self.attended(attended))
        normed: Tensor = self.output_norm(states + self.narrow(functional.gelu(self.widen(states))))
        return normed


class ReaderNetwork(nn.Module):
    """All of the network but the embeddings of tokens, which are the encoder's own and stay as they are."""

    def __init__(self, sizes: ReaderSizes) -> None:
        super().__init__()
        self.layers = nn.ModuleList(_Layer(sizes) for _ in range(sizes.layers))
        self.pooled = nn.Linear(sizes.hidden, sizes.hidden)
        self.heads = nn.Linear(sizes.hidden, _HEADS)

    def forward(self, embedded: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Return the relevance of each passage and the scores of each token.

        ``embedded`` has shape (batch, length, hidden); ``mask``, shape (batch, length), is True for tokens and False
        for padding. The results have shapes (batch,) and (batch, length, 3): in an answering sentence, begin, end.
        """
        bias = torch.zeros(mask.shape, dtype=embedded.dtype).masked_fill(~mask, -1e4)[:, None, None, :]
        states = embedded
        for layer in self.layers:
            states = layer(states, bias)
        scores = self.heads(states).float()
        first = torch.tanh(self.pooled(states[:, 0]))
        relevance = self.heads(first)[:, 0].float()
        return relevance, scores[:, :, 1:]


def embed_tokens(weights: Mapping[str, Tensor], ids: Tensor, epsilon: float) -> Tensor:
    """Return the embeddings of tokens, shape (batch, length, hidden), from a BertModel's weights and token ids."""
    prefix = "embeddings."
    positions = weights[f"{prefix}position_embeddings.weight"][: ids.shape[1]].float()
    kinds = weights[f"{prefix}token_type_embeddings.weight"][0].float()
    words = weights[f"{prefix}word_embeddings.weight"][ids].float()
    norm, shift = (weights[f"{prefix}LayerNorm.{part}"].float() for part in ("weight", "bias"))
    return functional.layer_norm(words + positions + kinds, norm.shape, norm, shift, epsilon)


def layer_weights(weights: Mapping[str, Tensor], layers: int) -> dict[str, Tensor]:
    """Return a BertModel's layers under the network's own names, in single precision."""
    renamed: dict[str, Tensor] = {}
    for layer in range(layers):
        old, new = f"{_ENCODER}{layer}.", f"{LAYERS}{layer}."
        for part in ("weight", "bias"):
            parts = [weights[f"{old}attention.self.{name}.{part}"] for name in ("query", "key", "value")]
            renamed[f"{new}query_key_value.{part}"] = torch.cat(parts).float()
            for theirs, ours in _NAMES.items():
                renamed[f"{new}{ours}.{part}"] = weights[f"{old}{theirs}.{part}"].float()
    return renamed
