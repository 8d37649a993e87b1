"""Statements and citations of an answer, numbered in the order in which they are read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from corpus.store import DocumentCard
from corpus.types import Chunk
from rag.answer import Citation, Focus, Statement
from rag.checking.support import Claim, Verdict
from rag.facts.find import facts_of
from rag.search.passages import Sentence


@dataclass(frozen=True, slots=True, eq=False)
class Stated:
    """A sentence of an answer, the source sentences that carry it, and how far.

    ``marks`` are the numbers of passages that its writer named, ``places`` those of ``sources`` among the sentences
    it was checked against; both are empty for a quotation. ``focus`` is the short answer in the first of ``sources``.
    """

    claim: Claim
    verdict: Verdict
    sources: tuple[Sentence, ...]
    marks: tuple[int, ...] = ()
    places: tuple[int, ...] = ()
    focus: Focus | None = None


@dataclass(slots=True)
class Numbering:
    """Gives every cited sentence one number, from 1."""

    _numbers: dict[int, int] = field(default_factory=dict)
    _cited: list[Citation] = field(default_factory=list)

    def of(self, sentences: Iterable[Sentence]) -> tuple[int, ...]:
        """The numbers of sentences, new ones given the next."""
        return tuple(dict.fromkeys(self._number(sentence) for sentence in sentences))

    @property
    def citations(self) -> tuple[Citation, ...]:
        """Everything that has been cited so far."""
        return tuple(self._cited)

    def _number(self, sentence: Sentence) -> int:
        number = self._numbers.setdefault(sentence.chunk.id, len(self._numbers) + 1)
        if number > len(self._cited):
            self._cited.append(cite(number, sentence.chunk, sentence.card))
        return number


def statement_of(stated: Stated, numbering: Numbering) -> Statement:
    """The statement as it is answered."""
    lacking = tuple(f for f in stated.verdict.findings if f.verdict != "found")
    return Statement(
        text=stated.claim.text,
        citations=numbering.of(stated.sources),
        support=stated.verdict.support,
        score=stated.verdict.score,
        findings=lacking,
        focus=stated.focus,
    )


def quoted(sentence: Sentence, focus: Focus | None = None) -> Stated:
    """A sentence of a source as a statement that quotes itself."""
    # A quotation has no facts that its source lacks; they are found when it is compared with other sources.
    return Stated(claim_of_sentence(sentence), Verdict("supported", 1.0), (sentence,), focus=focus)


def claim_of_sentence(sentence: Sentence) -> Claim:
    """A source sentence as a claim to hold against other sources."""
    chunk = sentence.chunk
    return Claim(chunk.text, chunk.language, facts_of(chunk.text, chunk.language), sentence.vector[None, :])


def cite(number: int, chunk: Chunk, card: DocumentCard) -> Citation:
    """The citation of a chunk of a document."""
    return Citation(
        number=number,
        document_id=chunk.document_id,
        path=card.path,
        sha256=card.sha256,
        title=card.title,
        url=card.url,
        published=card.published,
        language=chunk.language,
        start=chunk.source_start,
        end=chunk.source_end,
        line=chunk.line,
        page=None,
        quote=chunk.text,
        reader=card.reader,
    )
