"""From texts to unit vectors, with any sentence-transformers model; the packaged one needs no hub."""

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt
from langchain_core.embeddings import Embeddings

from embeddings.errors import EmbeddingError, ModelUnavailable
from embeddings.sources import PACKAGED, LoadedModel, load_model

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from transformers import PreTrainedTokenizerBase

    from embeddings.bert import PackagedModel, PackagedTokenizer

__all__ = ["BATCH_TOKENS", "PACKAGED", "Encoder", "load_encoder"]

BATCH_TOKENS = 1024
"""Padded tokens in a batch. Of seven sizes from 256 to 16,384 the fastest, in one run on two cores."""

# How many tokens a model reads of a text if it does not say so.
_USUAL_WINDOW = 512
_TOKENISED_AT_ONCE = 4096

Vectors = npt.NDArray[np.float32]
Kind = Literal["query", "passage"]


def load_encoder(
    name: str = PACKAGED,
    *,
    cache_dir: Path | None = None,
    device: str = "cpu",
    batch_tokens: int = BATCH_TOKENS,
) -> "Encoder":
    """Load the model `name`: PACKAGED, a local folder, or a sentence-transformers model of the hub.

    `cache_dir` is where the packaged model is kept (default: the user's cache). A hub model is taken from
    the local hub cache when it is there, and no hub is asked when HF_HUB_OFFLINE is set. Raises
    ModelUnavailable when the model is unknown or cannot be loaded.
    """
    return Encoder(load_model(name, cache_dir=cache_dir, device=device), batch_tokens=batch_tokens)


class Encoder(Embeddings):
    """A sentence-transformers model as an encoder of queries and passages; safe to share between threads.

    `name` is the name by which the model was requested; `fingerprint` (16 hex digits) changes when its vectors may;
    `dimension` is the length of a vector; `max_tokens` is how many tokens of a passage the model reads, sys.maxsize
    or nearly so where it reads texts of any length.
    """

    def __init__(self, loaded: LoadedModel, *, batch_tokens: int = BATCH_TOKENS) -> None:
        self.name = loaded.name
        self.fingerprint = loaded.fingerprint
        self._model: SentenceTransformer | PackagedModel = loaded.model
        self._prompts: dict[Kind, str] = {"query": loaded.query_prompt, "passage": loaded.passage_prompt}
        self._batch_tokens = batch_tokens
        self._lock = threading.Lock()
        self._tokenizer, self._window, self._special = _reading(loaded)
        self.dimension = self._forward(["a"], "passage").shape[1]
        self.max_tokens = self._window - self._special - self.count_tokens([loaded.passage_prompt])[0]

    def encode_passages(self, texts: Sequence[str], *, on_batch: Callable[[int], None] | None = None) -> Vectors:
        """Return the vectors of `texts` as passages, shape (len(texts), dimension), rows of unit length.

        `on_batch` is called after each batch with the number of texts in it. A text is cut after `max_tokens`.
        """
        return self._encode(texts, "passage", on_batch)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Return the vectors of `texts` as queries, shape (len(texts), dimension), rows of unit length."""
        return self._encode(texts, "query", None)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the number of tokens of each text alone: uncut, without prompt and special tokens."""
        counts: list[int] = []
        for start in range(0, len(texts), _TOKENISED_AT_ONCE):
            part = list(texts[start : start + _TOKENISED_AT_ONCE])
            with self._lock:
                tokens = self._tokenizer(
                    part,
                    add_special_tokens=False,
                    truncation=False,
                    return_attention_mask=False,
                    return_token_type_ids=False,
                    verbose=False,
                )
            counts.extend(len(ids) for ids in tokens["input_ids"])
        return counts

    def pieces(self, word: str) -> list[str]:
        """Return the pieces into which the model's vocabulary splits a word, without the mark of a word's beginning."""
        with self._lock:
            tokens: list[str] = self._tokenizer.tokenize(word)
        return [piece for piece in (token.strip("▁Ġ#") for token in tokens) if piece]

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Return the vectors of texts as passages, in lists: LangChain's name for `encode_passages`."""
        rows: list[list[float]] = self.encode_passages(texts).tolist()
        return rows

    def embed_query(self, text: str) -> list[float]:
        """Return the vector of one text as a query, in a list: LangChain's name for `encode_queries`."""
        row: list[float] = self.encode_queries([text])[0].tolist()
        return row

    def _encode(self, texts: Sequence[str], kind: Kind, on_batch: Callable[[int], None] | None) -> Vectors:
        if len(texts) == 0:
            return np.empty((0, self.dimension), np.float32)
        vectors = np.empty((len(texts), self.dimension), np.float32)
        for batch in self._batches(texts):
            vectors[batch] = self._forward([texts[i] for i in batch], kind)
            if on_batch is not None:
                on_batch(len(batch))
        return vectors

    def _batches(self, texts: Sequence[str]) -> Iterator[list[int]]:
        """Yield positions in `texts`, longest first, as many at a time as fit the budget when padded."""
        lengths = [max(1, min(count + self._special, self._window)) for count in self.count_tokens(texts)]
        order = sorted(range(len(texts)), key=lambda i: -lengths[i])
        start = 0
        while start < len(order):
            size = max(1, self._batch_tokens // lengths[order[start]])
            yield order[start : start + size]
            start += size

    def _forward(self, texts: list[str], kind: Kind) -> Vectors:
        # Models with separate towers route on which of the two methods is called.
        encode = self._model.encode_query if kind == "query" else self._model.encode_document
        # Held for one batch only, so that a question waits for a batch and not for a whole indexing run.
        with self._lock:
            raw = encode(texts, prompt=self._prompts[kind], batch_size=len(texts), show_progress_bar=False)
        vectors = np.asarray(raw, np.float32)
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not np.all(np.isfinite(norms)) or np.any(norms == 0):
            raise EmbeddingError(f"The model {self.name} gave a vector without a direction; use another model.")
        unit: Vectors = vectors / norms
        return unit


def _reading(loaded: LoadedModel) -> "tuple[PreTrainedTokenizerBase | PackagedTokenizer, int, int]":
    """Return a model's tokenizer, how many tokens it reads of a text, and how many of these it adds itself."""
    from embeddings.bert import PackagedTokenizer

    tokenizer = loaded.model.tokenizer
    if isinstance(tokenizer, PackagedTokenizer):
        return tokenizer, int(loaded.model.max_seq_length or _USUAL_WINDOW), tokenizer.num_special_tokens_to_add()

    from tokenizers import Tokenizer
    from transformers import PreTrainedTokenizerBase, PreTrainedTokenizerFast

    if isinstance(tokenizer, Tokenizer):  # of static embeddings, which read texts of any length
        whole = PreTrainedTokenizerFast(tokenizer_object=tokenizer)  # type: ignore[no-untyped-call]
        return whole, tokenizer.truncation["max_length"] if tokenizer.truncation else sys.maxsize, 0
    if not isinstance(tokenizer, PreTrainedTokenizerBase):
        raise ModelUnavailable(f"The model {loaded.name} cuts words in a way of its own; name another model.")
    window = min(loaded.model.max_seq_length or _USUAL_WINDOW, sys.maxsize)
    return tokenizer, int(window), tokenizer.num_special_tokens_to_add()
