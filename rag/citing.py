"""Statements and citations of an answer, numbered in the order in which they are read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from corpus.store import DocumentCard
from corpus.types import Chunk, address_of
from rag.answer import Citation, Focus, Statement, described
from rag.checking.support import Claim, Verdict
from rag.facts.find import facts_of
from rag.search.passages import Sentence


@dataclass(frozen=True, slots=True, eq=False)
class Stated:
    """A sentence of an answer, the source sentences that carry it, and how far.

    ``marks`` are the numbers of the passages that its writer cited, ``places`` the places of ``sources`` among the
    sentences it was checked against; both are empty for a quotation. ``focus`` is the short answer in the first of
    ``sources``.
    """

    claim: Claim
    verdict: Verdict
    sources: tuple[Sentence, ...]
    marks: tuple[int, ...] = ()
    places: tuple[int, ...] = ()
    focus: Focus | None = None


@dataclass(slots=True)
class Numbering:
    """The numbering of citations: every cited sentence gets one number, from 1."""

    _numbers: dict[int, int] = field(default_factory=dict)
    _cited: list[Citation] = field(default_factory=list)

    def of(self, sentences: Iterable[Sentence]) -> tuple[int, ...]:
        """Return the numbers of sentences, each once; a sentence that has none yet gets the next."""
        return tuple(dict.fromkeys(self._number(sentence) for sentence in sentences))

    @property
    def citations(self) -> tuple[Citation, ...]:
        """Return everything that has been cited so far, in the order of the numbers."""
        return tuple(self._cited)

    def _number(self, sentence: Sentence) -> int:
        number = self._numbers.setdefault(sentence.chunk.id, len(self._numbers) + 1)
        if number > len(self._cited):
            self._cited.append(cite(number, sentence.chunk, sentence.card))
        return number


def statement_of(stated: Stated, numbering: Numbering) -> Statement:
    """Turn a checked sentence into a statement of the answer, with numbered citations."""
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
    """Turn a sentence of a source into a statement that quotes it."""
    # A quotation has no facts that its source lacks, so it has no findings; only other sources can differ from it.
    return Stated(claim_of_sentence(sentence), Verdict("supported", 1.0), (sentence,), focus=focus)


def claim_of_sentence(sentence: Sentence) -> Claim:
    """Turn a source sentence into a claim that can be compared with other sources."""
    chunk = sentence.chunk
    return Claim(chunk.text, chunk.language, facts_of(chunk.text, chunk.language), sentence.vector[None, :])


def cite(number: int, chunk: Chunk, card: DocumentCard) -> Citation:
    """Make the citation of a chunk of a document."""
    address = address_of(card.parts, chunk.source_start, chunk.source_end)
    return Citation(
        number=number,
        document_id=chunk.document_id,
        path=card.path,
        sha256=card.sha256,
        language=chunk.language,
        start=address.start,
        end=address.end,
        line=chunk.line,
        quote=chunk.text,
        reader=card.reader,
        **described(card, chunk.source_start),
    )
