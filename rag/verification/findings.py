"""What became of one fact of a statement when it was held against the sources."""

from rag.checks import FactKind as Kind
from rag.checks import FactVerdict as Verdict
from rag.checks import Finding

__all__ = ["Finding", "Kind", "Verdict"]
