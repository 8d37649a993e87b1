"""The reader's network, and its weights as they ship: a difference from the packaged encoder's."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from safetensors import SafetensorError, safe_open
from safetensors.numpy import load, save
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional

from embeddings.errors import ModelUnavailable
from embeddings.packaged import PACKAGED_FINGERPRINT, packaged_model_path

__all__ = [
    "LAYERS",
    "READER_FILE",
    "READER_SHA256",
    "PackagedBert",
    "ReaderNetwork",
    "ReaderSizes",
    "embed_tokens",
    "layer_weights",
    "pack_difference",
    "packaged_bert",
    "packaged_reader_weights",
    "unpack_difference",
]


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


READER_FILE = Path(__file__).with_name("readers") / f"{PACKAGED_FINGERPRINT}.safetensors"
READER_SHA256 = "239c53c79ce26137f6883d61c261be35fb8bf48841a2594f3976bfbf372d0a2c"

_GROUP = 128
_LEVELS = 8
_STEP = 0.586
_MIDDLE = (_LEVELS - 1) / 2
_CODES, _STEPS = ".codes", ".steps"
# Eight codes of three bits are three bytes.
_SHIFTS = np.arange(0, 24, 3, dtype=np.uint32)


def pack_difference(trained: Mapping[str, Tensor], begun: Mapping[str, Tensor]) -> bytes:
    """Return ``trained`` as safetensors: matrices of the layers as differences from ``begun``, all else whole."""
    packed: dict[str, npt.NDArray[np.generic]] = {}
    for name, tensor in trained.items():
        if not name.startswith(LAYERS) or tensor.dim() < 2:
            packed[name] = tensor.numpy().astype(np.float16)
            continue
        groups = (tensor - begun[name]).numpy().astype(np.float32).reshape(-1, _GROUP)
        steps = (_STEP * np.sqrt(np.mean(groups**2, axis=1, keepdims=True))).astype(np.float16)
        scale = np.maximum(steps.astype(np.float32), 1e-12)
        codes = np.clip(np.rint(groups / scale + _MIDDLE), 0, _LEVELS - 1).astype(np.uint32)
        words = (codes.reshape(-1, 8) << _SHIFTS).sum(axis=1, dtype=np.uint32)
        packed[name + _CODES] = words.view(np.uint8).reshape(-1, 4)[:, :3].copy()
        packed[name + _STEPS] = steps[:, 0]
    return save(packed, metadata={"encoder": PACKAGED_FINGERPRINT})


def unpack_difference(data: bytes, begun: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return what `pack_difference` packed, in single precision; KeyError or ValueError if ``begun`` is another."""
    stored = load(data)
    weights: dict[str, Tensor] = {}
    for name, array in stored.items():
        if name.endswith(_STEPS):
            continue
        if not name.endswith(_CODES):
            weights[name] = torch.from_numpy(array.astype(np.float32))
            continue
        base = name.removesuffix(_CODES)
        words = np.zeros((len(array), 4), np.uint8)
        words[:, :3] = array
        codes = (words.view("<u4") >> _SHIFTS) & (_LEVELS - 1)
        steps = stored[base + _STEPS].astype(np.float32)[:, None]
        difference = (codes.reshape(-1, _GROUP).astype(np.float32) - _MIDDLE) * steps
        weights[base] = begun[base] + torch.from_numpy(difference.reshape(begun[base].shape))
    return weights


@dataclass(frozen=True, slots=True)
class PackagedBert:
    """The packaged encoder in parts: what the reader keeps of it, and the layers that it differs from."""

    tokenizer: Tokenizer
    sizes: ReaderSizes
    embeddings: dict[str, Tensor]
    layers: dict[str, Tensor]

    def embed(self, ids: Tensor) -> Tensor:
        """Return the embeddings of token ids, shape (batch, length, hidden)."""
        return embed_tokens(self.embeddings, ids, self.sizes.epsilon)


def packaged_bert(cache_dir: Path | None = None) -> PackagedBert:
    """Open the converted encoder, which is kept in ``cache_dir``, by default the user's; may raise ModelUnavailable."""
    folder = packaged_model_path(cache_dir)
    config = json.loads((folder / "config.json").read_text("utf-8"))
    names = ("hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "layer_norm_eps")
    sizes = ReaderSizes(*(config[name] for name in names))
    with safe_open(folder / "model.safetensors", "pt") as file:
        weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a mapping
    kept = {name: tensor for name, tensor in weights.items() if name.startswith("embeddings.")}
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    return PackagedBert(tokenizer, sizes, kept, layer_weights(weights, sizes.layers))


def packaged_reader_weights(begun: Mapping[str, Tensor], path: Path = READER_FILE) -> dict[str, Tensor]:
    """Return the shipped reader's weights over the encoder's layers ``begun``; ModelUnavailable if altered."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ModelUnavailable(f"{path} cannot be read ({error.strerror}); install dalil again.") from error
    found = hashlib.sha256(data).hexdigest()
    if found != READER_SHA256:
        raise ModelUnavailable(
            f"{path} is not the reader that belongs to this version (SHA-256 {found[:12]}…, expected "
            f"{READER_SHA256[:12]}…); install dalil again, or set DALIL_READER=none."
        )
    try:
        return unpack_difference(data, begun)
    except (KeyError, ValueError, SafetensorError) as error:
        raise ModelUnavailable(f"{path} does not fit the packaged encoder; install dalil again.") from error
