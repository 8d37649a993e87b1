"""The reader's network, and its weights as they ship: a difference from the packaged encoder's."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from safetensors import SafetensorError
from safetensors.numpy import load, save
from torch import Tensor, nn

from embeddings.bert import LAYERS, BertLayer, BertSizes, attention_bias
from embeddings.errors import ModelUnavailable
from embeddings.packaged import PACKAGED_FINGERPRINT

__all__ = [
    "READER_FILE",
    "READER_SHA256",
    "ReaderNetwork",
    "pack_difference",
    "packaged_reader_weights",
    "unpack_difference",
]


_HEADS = 4  # relevance, in an answering sentence, begin, end


class ReaderNetwork(nn.Module):
    """The reader's network without the embeddings of tokens, which are the encoder's own and stay unchanged."""

    def __init__(self, sizes: BertSizes) -> None:
        super().__init__()
        self.layers = nn.ModuleList(BertLayer(sizes) for _ in range(sizes.layers))
        self.pooled = nn.Linear(sizes.hidden, sizes.hidden)
        self.heads = nn.Linear(sizes.hidden, _HEADS)

    def forward(self, embedded: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Return the relevance of each passage and the scores of each token.

        ``embedded`` has shape (batch, length, hidden); ``mask``, shape (batch, length), is True for tokens and False
        for padding. The results have shapes (batch,) and (batch, length, 3): in an answering sentence, begin, end.
        """
        bias = attention_bias(mask, embedded.dtype)
        states = embedded
        for layer in self.layers:
            states = layer(states, bias)
        scores = self.heads(states).float()
        first = torch.tanh(self.pooled(states[:, 0]))
        relevance = self.heads(first)[:, 0].float()
        return relevance, scores[:, :, 1:]


READER_FILE = Path(__file__).with_name("readers") / f"{PACKAGED_FINGERPRINT}.safetensors"
READER_SHA256 = "2d1731be688a9ee01f2ba50557fd8e432e4b0020cde9b679bedba01a0a0ad039"

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
    """Return what `pack_difference` packed, in single precision; KeyError or ValueError if ``begun`` does not fit."""
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


def packaged_reader_weights(begun: Mapping[str, Tensor], path: Path = READER_FILE) -> dict[str, Tensor]:
    """Return the shipped reader's weights over the layers ``begun``; ModelUnavailable if missing or altered."""
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
