"""The parts of an answer: hits, citations, statements with the results of their checks, events while it is made.

`Answer` is what every interface returns: Python, JSON (`Answer.to_dict`), HTTP, exports.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from corpus.dates import day_of
from corpus.reading import PAGED_READERS
from corpus.store import DocumentCard
from corpus.types import Address, Chunk, Document, address_of, part_at

FactKind = Literal["number", "date", "name", "negation"]
FactVerdict = Literal["found", "context", "missing", "contradicted"]


@dataclass(frozen=True, slots=True)
class Finding:
    """A fact as the statement has it (``text``) and, where they differ, as the sources do (``source``).

    Its ``verdict``: *found* in the cited sentences; only in their *context* (paragraph, heading, title, date of the
    document); *missing*; or *contradicted*: the sources have another fact of the same kind in its place. A ``weak``
    fact (two, both, half) is reported but decides nothing; one that is ``needed`` (a person's name) must not even be
    missing.
    """

    kind: FactKind
    verdict: FactVerdict
    text: str
    source: str = ""
    weak: bool = False
    needed: bool = False

    @property
    def refutes(self) -> bool:
        """Return whether this finding refutes the statement."""
        return not self.weak and (self.verdict == "contradicted" or (self.needed and self.verdict == "missing"))


@dataclass(frozen=True, slots=True)
class Agreement:
    """Independent sources that carry a statement; copies of one text and versions of one page count once.

    ``since`` and ``until`` are the first and last of their dates (ISO), None where none has one. ``citations`` are the
    numbers of one sentence from each of the first few sources.
    """

    sources: int
    languages: tuple[str, ...]
    since: str | None
    until: str | None
    citations: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Sources that differ on a fact of a statement: each value as it is written, with the citations that have it.

    ``statement`` is the place of that statement in the answer, from 0.
    """

    statement: int
    kind: FactKind
    values: tuple[tuple[str, tuple[int, ...]], ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the content as a dictionary for JSON."""
        values = [{"text": text, "citations": list(numbers)} for text, numbers in self.values]
        return {"statement": self.statement, "kind": self.kind, "values": values}


@dataclass(frozen=True, slots=True)
class Note:
    """Something a reader should know about how an answer was made: ``code`` for programs, ``text`` in English.

    The reply to a greeting or about the documents (code "about") is in the language of the question.
    """

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class CitationQuality:
    """Citation recall and precision as ALCE defines them (`rag.checking.written`).

    ``written_recall`` and ``written_precision`` are those of the model's own citations, before they were corrected.
    """

    recall: float
    precision: float
    written_recall: float
    written_precision: float


Status = Literal["answered", "abstained"]
Support = Literal["supported", "partial", "unsupported"]
Mode = Literal["extractive", "generative"]
Grade = Literal["sure", "likely", "none"]


@dataclass(frozen=True, slots=True)
class Twin:
    """Another place that says the same in the same words: a syndicated copy, an earlier version, another script.

    ``start`` and ``end`` count in the source, ``address`` has them as citations do; None in a file without parts.
    """

    document_id: str
    path: str
    language: str
    start: int
    end: int
    text: str
    address: Address | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the content as a dictionary for JSON."""
        address = self.address or Address(None, self.start, self.end)
        about = {"document_id": self.document_id, "path": self.path, "language": self.language}
        return {**about, "part": address.part, "start": address.start, "end": address.end, "text": self.text}


@dataclass(frozen=True, slots=True)
class Read:
    """The reader's judgement of a sentence for a question.

    ``score`` is the log odds that the sentence answers, from all there is to go by: ``relevance`` is the reader's log
    odds for its paragraph, ``carries`` those for the sentence itself, ``lead`` how far the best short answer in it
    scores above no answer. ``start`` and ``end`` are that answer's place in the sentence's text; equal where the reader
    finds none.
    """

    score: float
    relevance: float
    carries: float
    lead: float = 0.0
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk that was found: ``score`` orders the hits, ``similarity`` is the sentence's own cosine.

    ``level`` is the score before it is adjusted for its language: how near the sentence and its paragraph are to the
    question. ``card`` identifies its document as it was at the time of the search; None outside a collection. ``twins``
    are other chunks of the same wording, which are not hits of their own. ``read`` is the reader's judgement; None
    where it was not read.
    """

    rank: int
    score: float
    similarity: float
    chunk: Chunk
    path: str
    level: float = 0.0
    dense_rank: int | None = None
    lexical_rank: int | None = None
    card: DocumentCard | None = None
    twins: tuple[Twin, ...] = ()
    read: Read | None = None

    @property
    def id(self) -> str:
        """Return an id that is the same for the same words of the same file in every collection.

        It is made of document, part (empty in a file without parts), start and end.
        """
        address = self.address
        return f"{self.chunk.document_id}:{address.part or ''}:{address.start}-{address.end}"

    @property
    def address(self) -> Address:
        """Return the place of the words in their file."""
        return address_of(self.card.parts if self.card else (), self.chunk.source_start, self.chunk.source_end)

    def to_dict(self) -> dict[str, Any]:
        """Return the content as a dictionary for JSON."""
        address, card = self.address, self.card
        facts = described(card, self.chunk.source_start) if card else {}
        part = part_at(card.parts, self.chunk.source_start) if card else None
        return {
            "rank": self.rank,
            "id": self.id,
            "score": round(self.score, 6),
            "read": round(self.read.score, 4) if self.read else None,
            "document_id": self.chunk.document_id,
            "path": self.path,
            "language": self.chunk.language,
            "start": address.start,
            "end": address.end,
            "text": self.chunk.text,
            "part": address.part,
            "title": facts.get("title"),
            "url": facts.get("url"),
            "published": facts.get("published"),
            "publisher": card.publisher if card else None,
            "author": (part and part.author) or (card and card.author),
            "twins": [twin.to_dict() for twin in self.twins],
        }


def described(source: Document | DocumentCard, start: int) -> dict[str, Any]:
    """Return what a citation or hit says of the place ``start`` of the source at which it stands.

    What its part says of itself (the subject of a mail, the address of an archived page) stands before what the file
    says.
    """
    part = part_at(source.parts, start)
    is_page = part and source.reader.split("/")[0] in PAGED_READERS and part.name.isdecimal()
    return {
        "title": (part and part.title) or source.title,
        "url": (part and part.url) or source.url,
        "published": (part and day_of(part.published)) or source.published,
        "part": part.name if part else None,
        "page": int(part.name) if part and is_page else None,
    }


@dataclass(frozen=True, slots=True)
class Gloss:
    """A translation of a quote for a reader, made by a machine; the quote alone is evidence."""

    text: str
    language: str
    model: str


@dataclass(frozen=True, slots=True)
class Citation:
    """A quote and its place: the words read from ``[start, end)`` are ``quote``.

    Positions count in the decoded source file, or in a format that is no text in the text of the part as the reader
    extracts it.
    """

    number: int
    document_id: str
    path: str
    sha256: str
    title: str
    url: str | None
    published: str | None
    language: str
    start: int
    end: int
    line: int
    page: int | None
    quote: str
    gloss: Gloss | None = None
    part: str | None = None
    reader: str = ""


@dataclass(frozen=True, slots=True)
class Focus:
    """The short answer inside a citation's quote, counted like the citation."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of an answer with the numbers of the citations that carry it.

    ``score`` is how far the cited words carry the sentence, 1.0 for a quotation found at its address. ``findings`` are
    those of its facts that the cited words lack or state differently. ``focus`` is the short answer inside its first
    citation, where the reader finds one.
    """

    text: str
    citations: tuple[int, ...]
    support: Support
    score: float
    findings: tuple[Finding, ...] = ()
    agreement: Agreement | None = None
    focus: Focus | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the content as a dictionary for JSON."""
        return {
            "text": self.text,
            "citations": list(self.citations),
            "support": self.support,
            "score": round(self.score, 4),
            "findings": [
                {"kind": f.kind, "verdict": f.verdict, "text": f.text, "source": f.source} for f in self.findings
            ],
            "agreement": asdict(self.agreement) if self.agreement else None,
            "focus": asdict(self.focus) if self.focus else None,
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """A question, what is answered, and the evidence for it. Abstaining is a result, not an error.

    ``grade`` is "sure" where it is answered, "likely" where the hits are worth reading, and "none" where there is
    nothing on the question. ``standalone`` is the question as it was searched, where a conversation was needed to
    understand it.
    """

    question: str
    language: str
    status: Status
    confidence: float
    mode: Mode
    model: str | None
    statements: tuple[Statement, ...]
    citations: tuple[Citation, ...]
    hits: tuple[Hit, ...]
    timings_ms: dict[str, float] = field(default_factory=dict)
    id: str | int | None = None
    standalone: str | None = None
    conflicts: tuple[Conflict, ...] = ()
    notes: tuple[Note, ...] = ()
    citation_quality: CitationQuality | None = None
    grade: Grade = "none"

    def to_dict(self) -> dict[str, Any]:
        """Return the content as a dictionary for JSON."""
        return {
            "id": self.id,
            "question": self.question,
            "language": self.language,
            "status": self.status,
            "grade": self.grade,
            "confidence": round(self.confidence, 4),
            "mode": self.mode,
            "model": self.model,
            "statements": [statement.to_dict() for statement in self.statements],
            "citations": [asdict(citation) for citation in self.citations],
            "hits": [hit.to_dict() for hit in self.hits],
            "timings_ms": {name: round(value, 2) for name, value in self.timings_ms.items()},
            "standalone": self.standalone,
            "conflicts": [conflict.to_dict() for conflict in self.conflicts],
            "notes": [asdict(note) for note in self.notes],
            "citation_quality": asdict(self.citation_quality) if self.citation_quality else None,
        }


EventKind = Literal["hits", "tokens", "statement", "answer"]


@dataclass(frozen=True, slots=True)
class Event:
    """A step of a streamed answer: ``data`` is a list of hits, a piece of text, a statement or the answer.

    The words of ``tokens`` are the model's own and unchecked; a ``statement`` is checked, its citations numbered as in
    the answer.
    """

    kind: EventKind
    data: list[Hit] | str | Statement | Answer
