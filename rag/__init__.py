"""Question answering: checked answers, with citations of the exact words of the source files."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rag.answer import Answer, Citation, Hit, Statement
    from rag.assistant import Assistant
    from rag.errors import CollectionError, DalilError, WrongUse

__version__ = "0.1.0"
__all__ = [
    "Answer",
    "Assistant",
    "Citation",
    "CollectionError",
    "DalilError",
    "Filters",
    "Hit",
    "Statement",
    "WrongUse",
    "__version__",
]

_HOMES = {
    "Answer": "answer", "Assistant": "assistant", "Citation": "answer", "CollectionError": "errors",
    "DalilError": "errors", "Filters": "search.filters", "Hit": "answer", "Statement": "answer", "WrongUse": "errors",
}  # fmt: skip


def __getattr__(name: str) -> object:
    # Imported on first use: LangChain takes seconds to import, and `dalil --help` need not wait for it.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
