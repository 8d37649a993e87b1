"""From texts to unit vectors to nearest neighbours; this package knows nothing of documents or questions."""

from embeddings.alignment import Alignment, fit_alignment, load_alignment
from embeddings.cache import CACHE_SCHEMA, VectorCache, embed_cached, text_hash
from embeddings.encoder import PACKAGED, Encoder, load_encoder
from embeddings.errors import EmbeddingError, IndexDamaged, ModelUnavailable
from embeddings.hubness import hubness
from embeddings.index import VectorIndex
from embeddings.packaged import packaged_model_path
from embeddings.reader import NO_READER, PACKAGED_READER, AnswerSpan, Passage, Reader, Reading, load_reader

__all__ = [
    "CACHE_SCHEMA",
    "NO_READER",
    "PACKAGED",
    "PACKAGED_READER",
    "Alignment",
    "AnswerSpan",
    "EmbeddingError",
    "Encoder",
    "IndexDamaged",
    "ModelUnavailable",
    "Passage",
    "Reader",
    "Reading",
    "VectorCache",
    "VectorIndex",
    "embed_cached",
    "fit_alignment",
    "hubness",
    "load_alignment",
    "load_encoder",
    "load_reader",
    "packaged_model_path",
    "text_hash",
]
