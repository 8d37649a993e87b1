"""Language alignment, which makes a translation nearer than a neighbour in the same language.

Multilingual encoders place each language in a region of its own, so in a mixed pool a question finds its own
language first, right or wrong. The remedy needs no training, only parallel sentences: subtract from each vector
the mean of its language (over the same sentences in every language, separately for queries and passages), then
whiten by W = (S + λI)^(-1/2), where S is the covariance of what is left of a sentence's vectors once the mean of
its translations is taken away: directions in which translations differ count less. (Centring: Libovický et al.,
"On the Language Neutrality of Pre-trained Multilingual Representations", EMNLP Findings 2020; whitening of the
within-class scatter: Hatch et al., "Within-class covariance normalization", Interspeech 2006.)
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from embeddings.errors import EmbeddingError
from embeddings.files import write_atomically

__all__ = ["Alignment", "fit_alignment", "load_alignment"]

Vectors = npt.NDArray[np.float32]
Side = Literal["passage", "query"]

_SHIPPED = Path(__file__).with_name("alignments")
_FORMAT = 1
# The nearest kin with means, where a language has none of its own: same script and family first.
_KIN = {
    "zh": "zh-Hans", "yue": "zh-Hant", "be": "uk", "bg": "ru", "mk": "ru", "sr": "ru", "ba": "tt", "kaa": "kk",
    "sk": "cs", "da": "sv", "no": "sv", "nb": "sv", "nn": "sv", "hr": "cs", "sr-Latn": "cs", "sl": "cs", "et": "fi",
    "ca": "es", "gl": "pt", "ms": "id", "mr": "hi", "ne": "hi", "ps": "fa", "ckb": "fa", "lv": "pl", "lt": "pl",
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Alignment:
    """Means by language, shape (2, dimension) each (passage, query), and the whitening, (dimension, dimension)."""

    fingerprint: str
    means: Mapping[str, Vectors]
    whitening: Vectors

    @property
    def dimension(self) -> int:
        """Return the length of a vector."""
        return int(self.whitening.shape[0])

    @property
    def digest(self) -> str:
        """Return 16 hex digits that change when the arrays do."""
        digest = hashlib.sha256(self.fingerprint.encode())
        for name in sorted(self.means):
            digest.update(name.encode())
            digest.update(self.means[name].astype("<f2").tobytes())
        digest.update(self.whitening.astype("<f2").tobytes())
        return digest.hexdigest()[:16]

    def apply(self, vectors: Vectors, languages: Sequence[str], side: Side) -> Vectors:
        """Return aligned unit vectors, shape (n, dimension), of ``vectors`` whose texts are in ``languages``."""
        if len(vectors) != len(languages):
            raise ValueError(f"{len(vectors)} vectors and {len(languages)} languages; give one language a vector")
        row = 0 if side == "passage" else 1
        if not len(vectors):
            return vectors
        centred = vectors - np.stack([self.mean_of(language)[row] for language in languages])
        return _unit(_unit(centred) @ self.whitening)

    def mean_of(self, language: str) -> Vectors:
        """Return the means of a language, or else those of its base language, its nearest kin, or all languages."""
        base = language.split("-")[0]
        for name in (language, base, _KIN.get(language), _KIN.get(base)):
            if name and name in self.means:
                return self.means[name]
        overall: Vectors = np.mean(np.stack(list(self.means.values())), axis=0, dtype=np.float32)
        return overall

    def save(self, path: Path) -> None:
        """Write atomically: arrays in half precision, names as text; nothing pickled."""
        names = sorted(self.means)
        buffer = io.BytesIO()
        np.savez_compressed(
            buffer,
            format=np.array(_FORMAT),
            fingerprint=np.array(self.fingerprint),
            languages=np.array(names),
            means=np.stack([self.means[name] for name in names]).astype(np.float16),
            whitening=self.whitening.astype(np.float16),
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, buffer.getvalue())


def load_alignment(fingerprint: str, folders: Sequence[Path] = ()) -> Alignment | None:
    """Return the alignment of the model with this fingerprint, from ``folders`` or as shipped.

    None if there is none.
    """
    for folder in (*folders, _SHIPPED):
        path = folder / f"{fingerprint}.npz"
        if path.is_file():
            return _load(path, fingerprint)
    return None


def _load(path: Path, fingerprint: str) -> Alignment:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            if int(arrays["format"]) != _FORMAT or str(arrays["fingerprint"]) != fingerprint:
                raise ValueError("made by another version or for another model")
            means = arrays["means"].astype(np.float32)
            names = [str(name) for name in arrays["languages"]]
            whitening = arrays["whitening"].astype(np.float32)
    except (OSError, ValueError, KeyError, EOFError, TypeError, zipfile.BadZipFile) as error:
        raise EmbeddingError(
            f"the alignment {path} is damaged or of another version; delete it or run `dalil align` again"
        ) from error
    if means.shape != (len(names), 2, whitening.shape[0]) or whitening.shape != (whitening.shape[0],) * 2:
        raise EmbeddingError(
            f"the alignment {path} has arrays of the wrong shape; delete it or run `dalil align` again"
        )
    return Alignment(fingerprint, dict(zip(names, means, strict=True)), whitening)


def fit_alignment(
    passages: Mapping[str, Vectors], queries: Mapping[str, Vectors], fingerprint: str, *, shrinkage: float = 1e-2
) -> Alignment:
    """Fit an alignment on parallel sentences: row n of every array, shape (sentences, dimension), means the same.

    ``shrinkage`` is λ. Raises `EmbeddingError` for fewer than two languages or unequal numbers of rows.
    """
    shapes = {vectors.shape for vectors in (*passages.values(), *queries.values())}
    if len(passages) < 2 or passages.keys() != queries.keys() or len(shapes) != 1:
        raise EmbeddingError("an alignment needs the same sentences in two languages or more, a line each")
    means = {
        name: np.stack([passages[name].mean(axis=0), queries[name].mean(axis=0)]).astype(np.float32)
        for name in passages
    }
    centred = np.stack([_unit(passages[name] - means[name][0]) for name in passages])
    residue = (centred - centred.mean(axis=0)).reshape(-1, centred.shape[-1]).astype(np.float64)
    covariance = residue.T @ residue / len(residue)
    values, directions = np.linalg.eigh(covariance)
    scale = 1 / np.sqrt(np.maximum(values, 0) + shrinkage)
    whitening = (directions * scale) @ directions.T
    # Only directions matter once vectors are normalised; this keeps the numbers well inside half precision.
    return Alignment(fingerprint, means, (whitening / scale.max()).astype(np.float32))


def _unit(vectors: npt.NDArray[np.floating]) -> Vectors:
    norms = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(norms, 1e-12), dtype=np.float32)
