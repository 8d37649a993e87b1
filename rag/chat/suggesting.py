"""Questions that a page suggests: on an empty page, and after an answer. No model is asked.

A question is suggested only where the search finds enough to answer it, as the assistant judges that itself.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import numpy as np

from corpus.fulltext import folded
from corpus.language import UNDETERMINED, known_tag
from rag.assistant import Assistant
from rag.chat.candidates import Candidate, Written, of_document, of_hits, of_names, written_about, written_beside
from rag.errors import DalilError, as_dalil_errors
from rag.evidence import confidence
from rag.generation.instructions import is_planted
from rag.state import CONSIDERED

# A search each: what a page waits for.
_MOST_CHECKED = 24
_PER_LANGUAGE = 2
# Documents of a language that are read for their headings, those with most sentences first.
_READ = 4
# An answer quotes the first hits.
_FIRST = 3


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A question that the collection answers; ``language`` is its BCP 47 tag."""

    text: str
    language: str


class _Judge:
    """Tells which candidates would be answered, until it has looked at as many as it may."""

    def __init__(self, assistant: Assistant) -> None:
        self._engine = assistant.engine
        self._settings = assistant.settings
        self.left = _MOST_CHECKED

    def __call__(self, candidate: Candidate) -> bool:
        """Whether the assistant would answer, out of the documents that the question is about."""
        text = candidate.text
        if self.left < 1 or len(text) > self._settings.max_question:
            return False
        self.left -= 1
        query = self._engine.encoder.encode_queries([text])[0]
        hits, aligned = self._engine.search_encoded(text, query, CONSIDERED)
        if confidence(text, hits, aligned=aligned) < self._settings.min_confidence:
            return False
        # Reading every hit costs more than the search, so only those of a question that is all but suggested.
        honest = [hit for hit in hits if not is_planted(hit.chunk.paragraph)]
        if confidence(text, honest, aligned=aligned) < self._settings.min_confidence:
            return False
        found = {hit.chunk.document_id for hit in honest[:_FIRST]}
        found |= {twin.document_id for hit in honest[:_FIRST] for twin in hit.twins}
        return not found.isdisjoint(candidate.documents)


def examples(assistant: Assistant, language: str, count: int = 5) -> list[Suggestion]:
    """Up to ``count`` questions for an empty page, at most two a language, those in the reader's ``language`` first.

    Then come the collection's other languages, the largest first. Empty where nothing is found to ask about.
    """
    try:
        with as_dalil_errors():
            chosen = _chosen(_offered(assistant, known_tag(language) or language, 2 * count), _Judge(assistant), count)
    except DalilError:
        return []  # an ornament of the page: what is wrong is told when a question is asked
    return [Suggestion(candidate.text, candidate.language) for candidate in chosen]


def follow_ups(
    answer: Mapping[str, Any], assistant: Assistant, asked: Sequence[str] = (), count: int = 3
) -> list[Suggestion]:
    """Up to ``count`` next questions after an answer (the JSON shape of `rag.types.Answer`), in its language.

    None is among ``asked``, and none asks for what the answer has cited.
    """
    chosen: list[Suggestion] = []
    known = {folded(str(text)) for text in (*asked, answer.get("question"), answer.get("standalone")) if text}
    try:
        with as_dalil_errors():
            is_answered = _Judge(assistant)
            for candidate in _next(answer, assistant):
                if len(chosen) >= count:
                    break
                if folded(candidate.text) not in known and is_answered(candidate):
                    known.add(folded(candidate.text))
                    chosen.append(Suggestion(candidate.text, candidate.language))
    except DalilError:
        return chosen
    return chosen


def _offered(assistant: Assistant, reader: str, most: int) -> dict[str, list[Candidate]]:
    """Candidates by language, for ``most`` languages in the order in which they are to be shown."""
    pool = assistant.engine.pool()
    held = [tag for tag in assistant.collection.store.languages() if tag in pool.language_names and tag != UNDETERMINED]
    held.sort(key=lambda tag: (tag != reader, tag.split("-")[0] != reader.split("-")[0]))
    return {tag: [*written_about(pool.document_ids, tag), *_of_headings(assistant, tag, reader)] for tag in held[:most]}


def _of_headings(assistant: Assistant, language: str, reader: str) -> list[Candidate]:
    """The titles of the largest documents of a language, then their headings."""
    pool = assistant.engine.pool()
    rows = pool.documents[pool.languages == pool.language_names.index(language)]
    largest = np.argsort(-np.bincount(rows, minlength=len(pool.document_ids)), kind="stable")[:_READ]
    documents = [assistant.collection.store.document(pool.document_ids[place]) for place in largest]
    named = [of_document(document, reader) for document in documents if document and document.language == language]
    return [candidate for rank in zip_longest(*named) for candidate in rank if candidate]


def _chosen(offered: Mapping[str, list[Candidate]], is_answered: _Judge, count: int) -> list[Candidate]:
    """One answered question of every language, then a second one, about other documents where there are such."""
    chosen: dict[str, Candidate] = {}
    seen: set[str] = set()
    for _ in range(_PER_LANGUAGE):
        found: dict[str, Candidate] = {}
        waiting = deque(offered)
        while waiting and is_answered.left and len(chosen) + len(found) < count:
            tag = waiting.popleft()
            if not offered[tag]:
                continue
            candidate = min(offered[tag], key=lambda c: (not isinstance(c, Written), not seen.isdisjoint(c.documents)))
            offered[tag].remove(candidate)
            if candidate.text not in chosen and is_answered(candidate):
                found[tag] = candidate
                seen |= candidate.documents
            else:
                waiting.append(tag)
        chosen |= {found[tag].text: found[tag] for tag in offered if tag in found}
    return list(chosen.values())


def _next(answer: Mapping[str, Any], assistant: Assistant) -> Iterator[Candidate]:
    """Questions that may follow an answer, the best first."""
    citations, language = answer.get("citations") or [], str(answer.get("language") or "")
    documents = {found["document_id"] for found in (*citations, *(answer.get("hits") or []))}
    question = str(answer.get("standalone") or answer.get("question") or "")
    hits = [hit for hit in assistant.search(question, CONSIDERED) if hit.chunk.document_id in documents]
    yield from written_beside(hits, citations, language)
    yield from of_hits(hits, citations, language)
    yield from of_names(citations, question, language)
