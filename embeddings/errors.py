"""Everything this package raises on purpose, so that a caller can catch one class."""

__all__ = ["EmbeddingError", "IndexDamaged", "ModelUnavailable", "UnknownId"]


class EmbeddingError(Exception):
    """Base of every error below; its text is one sentence that says what to do."""


class ModelUnavailable(EmbeddingError):
    """The named model is unknown, cannot be reached, or cannot be loaded."""


class IndexDamaged(EmbeddingError):
    """The vector file is missing, truncated, altered, or belongs to another model."""


class UnknownId(IndexDamaged, KeyError):
    """The vector file has no vector under an id that the collection names."""

    __str__ = EmbeddingError.__str__
