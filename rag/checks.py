"""What checking an answer found: of single facts, of its citations, and among its sources."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

FactKind = Literal["number", "date", "name", "negation"]
FactVerdict = Literal["found", "context", "missing", "contradicted"]


@dataclass(frozen=True, slots=True)
class Finding:
    """A fact as the statement has it (``text``) and, where they differ, as the sources do (``source``).

    *found* in the cited sentences; in their *context* alone (paragraph, heading, title, date of the document);
    *missing*; or *contradicted*: the sources say another of the same kind where it should stand. A ``weak`` fact (two,
    both, half) is reported and decides nothing; one that is ``needed`` (a person's name) must not even be missing.
    """

    kind: FactKind
    verdict: FactVerdict
    text: str
    source: str = ""
    weak: bool = False
    needed: bool = False

    @property
    def refutes(self) -> bool:
        """Whether the statement cannot stand with it."""
        return not self.weak and (self.verdict == "contradicted" or (self.needed and self.verdict == "missing"))


@dataclass(frozen=True, slots=True)
class Agreement:
    """Independent sources that carry a statement; copies of one text and versions of one page count once.

    ``since`` and ``until`` are the first and last of their dates (ISO), None where none has one. ``citations`` are the
    numbers of a sentence from each, of the first few.
    """

    sources: int
    languages: tuple[str, ...]
    since: str | None
    until: str | None
    citations: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Sources that differ on a fact of a statement: each value as it is written, with the citations that have it.

    ``statement`` is its place among the answer's, from 0.
    """

    statement: int
    kind: FactKind
    values: tuple[tuple[str, tuple[int, ...]], ...]

    def to_dict(self) -> dict[str, Any]:
        """The JSON shape."""
        values = [{"text": text, "citations": list(numbers)} for text, numbers in self.values]
        return {"statement": self.statement, "kind": self.kind, "values": values}


@dataclass(frozen=True, slots=True)
class Note:
    """Something a reader should know of how an answer came about: ``code`` for programs, ``text`` in English.

    The reply to a greeting or about the documents (code "about") is in the language of the question.
    """

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class CitationQuality:
    """Citation recall and precision as ALCE defines them (`rag.verification.alce`).

    ``written_recall`` and ``written_precision`` are those of the model's own marks, before they were corrected.
    """

    recall: float
    precision: float
    written_recall: float
    written_precision: float
