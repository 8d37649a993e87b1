"""Questions that may be suggested, before it is known whether they are answered.

Those that people wrote for the shipped documents, and those made of what a document's author has named: its title, its
sections and the people in it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from corpus.fulltext import folded
from corpus.reading import DOCUMENT_ID_LENGTH
from corpus.types import Chunk, Document
from rag.bench.datasets import QUESTIONS, read_dataset
from rag.chat.suggestwords import about, topic, wording_of
from rag.facts.find import facts_of, fold
from rag.facts.hannames import is_spelt_han
from rag.generation.instructions import flagged, is_planted
from rag.settings import SHIPPED_DOCUMENTS
from rag.types import Hit

_SHORTEST_HAN_NAME = 3


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question, and the documents of which one must be found for it: another would answer something else."""

    text: str
    language: str
    documents: frozenset[str]


@dataclass(frozen=True, slots=True)
class Written(Candidate):
    """A question that a person wrote, with the words that answer it (as `corpus.fulltext.folded` has them)."""

    quotes: tuple[str, ...]

    def is_answered_by(self, words: str) -> bool:
        """Whether ``words``, folded as the quotes are, hold one of them or a part of one."""
        return bool(words) and any(words in quote or quote in words for quote in self.quotes)


@cache
def written_questions() -> tuple[Written, ...]:
    """The answerable questions of the shipped documents, short ones first; none where they are not installed."""
    root = SHIPPED_DOCUMENTS.parent
    if not (root / QUESTIONS).is_file():
        return ()
    dataset = read_dataset(root)
    found: list[Written] = []
    for query in dataset.queries:
        if quotes := (dataset.quotes or {}).get(query.id):
            documents = frozenset(_document_id(quote.file) for quote in quotes)
            found.append(Written(query.text, query.language, documents, tuple(folded(quote.text) for quote in quotes)))
    return tuple(sorted(found, key=lambda question: (len(question.text), question.text)))


@cache
def _document_id(file: str) -> str:
    path = SHIPPED_DOCUMENTS / file
    return hashlib.sha256(path.read_bytes()).hexdigest()[:DOCUMENT_ID_LENGTH] if path.is_file() else ""


def written_about(documents: Collection[str], language: str) -> list[Written]:
    """The questions that people wrote in ``language`` about any of ``documents``, short ones first."""
    held = frozenset(documents)
    return [q for q in written_questions() if q.language == language and not q.documents.isdisjoint(held)]


def written_beside(hits: Sequence[Hit], citations: Sequence[Mapping[str, Any]], language: str) -> list[Written]:
    """Those whose answers are near to what was found, the nearest first, without those that are cited already."""
    cited = [folded(str(citation["quote"])) for citation in citations]
    found = [folded(hit.chunk.text) for hit in hits]
    documents = [hit.chunk.document_id for hit in hits]

    def place(question: Written) -> int:
        """The first hit that answers it; after all of those, the first of its document."""
        answering = (n for n, text in enumerate(found) if question.is_answered_by(text))
        beside = (n for n, document in enumerate(documents) if document in question.documents)
        return next(answering, len(hits) + next(beside))

    asked = written_about(documents, language)
    return sorted((q for q in asked if not any(map(q.is_answered_by, cited))), key=place)


def of_document(document: Document, reader: str) -> list[Candidate]:
    """Questions about a document and its sections in its language, or in the reader's where that has no wording.

    None about what gives instructions to a machine, alone or with what stands beside it.
    """
    names = [document.title, *(document.text[heading.start : heading.end] for heading in document.headings)]
    honest = [name for name, planted in zip(names, flagged(names), strict=True) if not planted]
    wording = wording_of(document.language, reader)
    lines = dict.fromkeys(line for line in map(topic, honest) if line)
    about_it = frozenset({document.id})
    return [Candidate(about(line, wording, document.language), wording.language, about_it) for line in lines]


def of_hits(hits: Sequence[Hit], citations: Sequence[Mapping[str, Any]], language: str) -> list[Candidate]:
    """Questions about sections and then documents that were found and not cited, those in ``language`` first."""
    cited = {str(citation["document_id"]) for citation in citations}
    done = {hit.chunk.heading for hit in hits if _is_cited(hit.chunk, citations)}
    named = [(hit.chunk.heading, hit) for hit in hits if hit.chunk.heading and hit.chunk.heading not in done]
    named += [(hit.card.title, hit) for hit in hits if hit.card and hit.chunk.document_id not in cited]
    named.sort(key=lambda pair: pair[1].chunk.language != language)
    return [made for name, hit in named if (made := _about(name, hit.chunk, language))]


def of_names(citations: Sequence[Mapping[str, Any]], asked: str, language: str) -> list[Candidate]:
    """Questions about people and organisations that the cited words name and the question does not."""
    made: list[Candidate] = []
    for citation in citations:
        for name in names_in(str(citation["quote"]), str(citation["language"])):
            if folded(name) not in folded(asked):
                wording = wording_of(language)
                text = about(name, wording, "", more=True)
                made.append(Candidate(text, wording.language, frozenset({str(citation["document_id"])})))
    return made


def names_in(quote: str, language: str) -> Iterator[str]:
    """Whole names in English or Chinese words; in other languages here they have endings that a question has not."""
    if language != "en" and not language.startswith("zh"):
        return
    facts = facts_of(quote, language)
    for name in facts.names:
        # Facts are found in folded text; what readers see is the original.
        text = quote[name.start : name.end]
        is_place = any(place.start < name.end and name.start < place.end for place in facts.places)
        is_whole = " " in text or (len(text) >= _SHORTEST_HAN_NAME and is_spelt_han(name.text))
        if fold(text) == name.text and name.certain and is_whole and not is_place and not is_planted(text):
            yield text


def _is_cited(chunk: Chunk, citations: Sequence[Mapping[str, Any]]) -> bool:
    return any(c["document_id"] == chunk.document_id and c["quote"] in chunk.paragraph for c in citations)


def _about(name: str, chunk: Chunk, language: str) -> Candidate | None:
    line = topic(name)
    if line is None or is_planted(name):
        return None
    wording = wording_of(language)
    return Candidate(about(line, wording, chunk.language), wording.language, frozenset({chunk.document_id}))
