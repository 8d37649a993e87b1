"""Which models a visitor may choose to write their answers, and what those that cannot be used lack."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from rag.errors import WrongUse
from rag.generation.models import AUTO, EXTRACTIVE, LLAMACPP, writer_of
from rag.settings import Settings


def offered(settings: Settings) -> Sequence[str]:
    """What the operator has configured, quotations first; never an address that a visitor types."""
    return tuple(dict.fromkeys([EXTRACTIVE, settings.llm, *settings.llm_offered.split()]))


def shown_model(spec: str) -> str:
    """A model's setting as others than the operator may see it: a file by its name, without its folders."""
    return f"{LLAMACPP}{Path(spec).name}" if spec.startswith(LLAMACPP) else spec


@lru_cache(maxsize=64)
def lacking(spec: str, settings: Settings) -> str | None:
    """What a model lacks to be used, as a sentence; None where nothing is. Looked at once a process."""
    if spec in (EXTRACTIVE, AUTO):
        return None
    try:
        writer_of(settings.model_copy(update={"llm": spec}))
    except WrongUse as error:
        return str(error)
    return None
