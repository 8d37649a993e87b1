"""Questions to checked answers with citations back to the exact words of the source files."""

from rag.assistant import Assistant
from rag.errors import CollectionError, DalilError, WrongUse
from rag.types import Answer, Citation, Hit, Statement

__version__ = "0.1.0"
__all__ = [
    "Answer",
    "Assistant",
    "Citation",
    "CollectionError",
    "DalilError",
    "Hit",
    "Statement",
    "WrongUse",
    "__version__",
]
