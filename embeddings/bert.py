"""The packaged encoder's network in torch, and the encoder made from it.

It needs neither sentence-transformers nor transformers, which take four seconds to import: those are for other models.
A test compares its vectors with those of sentence-transformers over the same folder.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from safetensors import safe_open
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional

from embeddings.packaged import packaged_model_path

__all__ = [
    "LAYERS",
    "BertLayer",
    "BertSizes",
    "PackagedBert",
    "PackagedModel",
    "PackagedTokenizer",
    "attention_bias",
    "batch_tensors",
    "embed_tokens",
    "layer_weights",
    "open_bert",
    "packaged_bert",
]

LAYERS = "layers."
_PAD = 1
# Padded lengths are multiples of this, so that kernels are made for few shapes.
_STEP = 8
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
class BertSizes:
    """The shape of the BERT: all counts except ``epsilon`` (of the layer norms)."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    epsilon: float


class BertLayer(nn.Module):
    """One layer of the network."""

    def __init__(self, sizes: BertSizes) -> None:
        super().__init__()
        self.heads = sizes.heads
        self.query_key_value = nn.Linear(sizes.hidden, 3 * sizes.hidden)
        self.attended = nn.Linear(sizes.hidden, sizes.hidden)
        self.attention_norm = nn.LayerNorm(sizes.hidden, eps=sizes.epsilon)
        self.widen = nn.Linear(sizes.hidden, sizes.feed_forward)
        self.narrow = nn.Linear(sizes.feed_forward, sizes.hidden)
        self.output_norm = nn.LayerNorm(sizes.hidden, eps=sizes.epsilon)

    def forward(self, states: Tensor, bias: Tensor) -> Tensor:
        """Return the next states, shape (batch, length, hidden) like ``states``; ``bias`` is from `attention_bias`."""
        batch, length, hidden = states.shape
        parts = self.query_key_value(states).view(batch, length, 3, self.heads, hidden // self.heads)
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        if torch.is_grad_enabled():
            # The backward pass of PyTorch's fused attention takes half of all time on processors.
            weights = torch.matmul(query * (hidden // self.heads) ** -0.5, key.transpose(-1, -2)) + bias
            found = torch.matmul(weights.softmax(-1), value)
        else:
            found = functional.scaled_dot_product_attention(query, key, value, attn_mask=bias)
        attended = found.transpose(1, 2).reshape(batch, length, hidden)
        states = self.attention_norm(states + self.attended(attended))
        normed: Tensor = self.output_norm(states + self.narrow(functional.gelu(self.widen(states))))
        return normed


def batch_tensors(rows: Sequence[Sequence[int]], length: int) -> tuple[Tensor, Tensor]:
    """Return token ids padded to ``length``, shape (batch, length), and their mask: True for tokens, else False."""
    ids = torch.tensor([[*row, *[_PAD] * (length - len(row))] for row in rows])
    return ids, torch.arange(length) < torch.tensor([len(row) for row in rows])[:, None]


def attention_bias(mask: Tensor, dtype: torch.dtype) -> Tensor:
    """Return what is added to attention weights, shape (batch, 1, 1, length); ``mask`` is False for padding."""
    return torch.zeros(mask.shape, dtype=dtype).masked_fill(~mask, -1e4)[:, None, None, :]


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


@dataclass(frozen=True, slots=True)
class PackagedBert:
    """The packaged encoder in parts: what the reader shares with it, and the layers from which the reader differs."""

    tokenizer: Tokenizer
    sizes: BertSizes
    embeddings: dict[str, Tensor]
    layers: dict[str, Tensor]

    def embed(self, ids: Tensor) -> Tensor:
        """Return the embeddings of token ids, shape (batch, length, hidden)."""
        return embed_tokens(self.embeddings, ids, self.sizes.epsilon)


def packaged_bert(cache_dir: Path | None = None) -> PackagedBert:
    """Open the converted encoder, kept in ``cache_dir`` (default: the user's cache); may raise ModelUnavailable."""
    return open_bert(packaged_model_path(cache_dir))


def open_bert(folder: Path) -> PackagedBert:
    """Open a converted encoder's folder."""
    config = json.loads((folder / "config.json").read_text("utf-8"))
    names = ("hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "layer_norm_eps")
    sizes = BertSizes(*(config[name] for name in names))
    with safe_open(folder / "model.safetensors", "pt") as file:
        weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a mapping
    kept = {name: tensor for name, tensor in weights.items() if name.startswith("embeddings.")}
    return PackagedBert(_tokenizer(folder / "tokenizer.json"), sizes, kept, layer_weights(weights, sizes.layers))


@lru_cache(maxsize=1)
def _tokenizer(path: Path) -> Tokenizer:
    """Return the tokenizer in a file; it is shared, since parsing its vocabulary takes half a second."""
    return Tokenizer.from_file(str(path))


class PackagedTokenizer:
    """The packaged model's tokenizer with those methods of a transformers tokenizer that an `Encoder` calls."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer

    def __call__(self, texts: Sequence[str], **_: object) -> dict[str, list[list[int]]]:
        """Return the token ids of each text, uncut and without special tokens."""
        found = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        return {"input_ids": [text.ids for text in found]}

    def tokenize(self, word: str) -> list[str]:
        """Return the pieces into which the vocabulary splits a word."""
        return list(self._tokenizer.encode(word, add_special_tokens=False).tokens)

    def num_special_tokens_to_add(self) -> int:
        """Return how many tokens are added to each text."""
        return int(self._tokenizer.num_special_tokens_to_add(is_pair=False))

    def cut(self, texts: Sequence[str], most: int) -> list[list[int]]:
        """Return the token ids of each text with special tokens, of a long one the first ``most`` - 1 and the last."""
        found = self._tokenizer.encode_batch(list(texts))
        return [text.ids if len(text.ids) <= most else [*text.ids[: most - 1], text.ids[-1]] for text in found]


class PackagedModel:
    """The packaged encoder with those methods of a `SentenceTransformer` that an `Encoder` calls."""

    def __init__(self, folder: Path, dtype: torch.dtype) -> None:
        """Load the converted model in ``folder``; its layers compute in ``dtype``."""
        self._bert = open_bert(folder)
        self._dtype = dtype
        layers = nn.ModuleList(BertLayer(self._bert.sizes) for _ in range(self._bert.sizes.layers))
        layers.load_state_dict({name.removeprefix(LAYERS): weight for name, weight in self._bert.layers.items()})
        self._layers = layers.to(dtype).eval().requires_grad_(False)
        # They are in the network now.
        self._bert.layers.clear()
        self.tokenizer = PackagedTokenizer(self._bert.tokenizer)
        self.max_seq_length = len(self._bert.embeddings["embeddings.position_embeddings.weight"])
        settings = json.loads((folder / "config_sentence_transformers.json").read_text("utf-8"))
        self.prompts: dict[str, str] = settings["prompts"]

    def encode_query(self, texts: Sequence[str], *, prompt: str, **_: object) -> npt.NDArray[np.float32]:
        """Return the vectors of texts, each after ``prompt``, shape (len(texts), hidden), rows of unit length."""
        ids = self.tokenizer.cut([prompt + text for text in texts], self.max_seq_length)
        length = min(self.max_seq_length, -(-max(len(row) for row in ids) // _STEP) * _STEP)
        tokens, mask = batch_tensors(ids, length)
        with torch.inference_mode():
            states = self._bert.embed(tokens).to(self._dtype)
            bias = attention_bias(mask, self._dtype)
            for layer in self._layers:
                states = layer(states, bias)
            kept = mask[:, :, None]
            pooled = (states.float() * kept).sum(1) / kept.sum(1)
            unit: npt.NDArray[np.float32] = functional.normalize(pooled, dim=1).numpy()
        return unit

    encode_document = encode_query
