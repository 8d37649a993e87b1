"""Texts to unit vectors to nearest neighbours; knows nothing of documents or questions."""

from embeddings.alignment import Alignment, fit_alignment, load_alignment
from embeddings.cache import CACHE_SCHEMA, VectorCache, embed_cached, text_hash
from embeddings.encoder import PACKAGED, Encoder, load_encoder
from embeddings.errors import EmbeddingError, IndexDamaged, ModelUnavailable
from embeddings.hubness import hubness
from embeddings.index import VectorIndex
from embeddings.packaged import packaged_model_path

__all__ = [
    "CACHE_SCHEMA",
    "PACKAGED",
    "Alignment",
    "EmbeddingError",
    "Encoder",
    "IndexDamaged",
    "ModelUnavailable",
    "VectorCache",
    "VectorIndex",
    "embed_cached",
    "fit_alignment",
    "hubness",
    "load_alignment",
    "load_encoder",
    "packaged_model_path",
    "text_hash",
]
