"""The packaged reader's weights as they ship: the difference from the packaged encoder, in three bits a weight.

Training moves every weight a little. What is stored of a matrix is that little, in eight even steps around zero, the
step being 0.586 standard deviations of each 128 weights, which loses least where they are normally distributed (Max,
"Quantizing for minimum distortion", 1960). Vectors and heads are stored whole, in half precision.
"""

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
from torch import Tensor

from embeddings.errors import ModelUnavailable
from embeddings.packaged import PACKAGED_FINGERPRINT, packaged_model_path
from embeddings.readernetwork import LAYERS, ReaderSizes, embed_tokens, layer_weights

__all__ = [
    "READER_FILE",
    "READER_SHA256",
    "PackagedBert",
    "pack_difference",
    "packaged_bert",
    "packaged_reader_weights",
    "unpack_difference",
]

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
