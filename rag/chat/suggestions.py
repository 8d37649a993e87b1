"""Suggestions of questions that a collection can answer, in the visitor's language."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import zip_longest
from typing import Any

import numpy as np
import regex

from corpus.fulltext import folded
from corpus.language import UNDETERMINED, known_tag
from corpus.readers.base import plain_line
from corpus.reading import DOCUMENT_ID_LENGTH
from corpus.types import Chunk, Document
from rag.answer import Hit
from rag.answering.confidence import confidence
from rag.answering.state import CONSIDERED
from rag.assistant import Assistant
from rag.bench.datasets import QUESTIONS, read_dataset
from rag.errors import DalilError, as_dalil_errors
from rag.facts.find import facts_of, fold
from rag.facts.names import is_spelt_han
from rag.injection.detect import flagged, is_planted
from rag.settings import SHIPPED_DOCUMENTS

LONGEST = 80
_FEWEST_WORDS, _FEWEST_HAN = 2, 4
_HAN = regex.compile(r"\p{Han}")
_WORD = regex.compile(r"\S*\p{L}\S*")
# Addresses and mark-up: no words to quote, and a page might act on them.
_MARKUP = regex.compile(r"[<>\[\]{}|`\\]|://|www\.")
_AS_QUESTION = ("?", "？")


@dataclass(frozen=True, slots=True)
class Wording:
    """The texts of questions about ``{}``; ``inner`` maps quotation marks to those used inside a quotation."""

    language: str
    about: str
    more: str
    inner: dict[int, int]


_WORDINGS = {
    wording.language: wording
    for wording in (
        Wording(
            "en",
            "What do the documents say about “{}”?",
            "What else do the documents say about “{}”?",
            str.maketrans("“”", "‘’"),
        ),
        Wording(
            "ru",
            "Что говорится в документах о теме «{}»?",
            "Что ещё говорится в документах о теме «{}»?",
            str.maketrans("«»", "„“"),
        ),
        Wording(
            "kk",
            "Құжаттарда «{}» тақырыбы туралы не айтылады?",
            "Құжаттарда «{}» тақырыбы туралы тағы не айтылады?",
            str.maketrans("«»", "„“"),
        ),
        Wording("zh-Hans", "关于“{}”，文件里说了什么？", "关于“{}”，文件里还说了什么？", str.maketrans("“”", "‘’")),
        Wording(
            "zh-Hant", "關於「{}」，文件裡說了什麼？", "關於「{}」，文件裡還說了什麼？", str.maketrans("「」", "『』")
        ),
    )
}


def wording_of(*languages: str) -> Wording:
    """Return the wording for the first of these BCP 47 tags that has one; English if none has."""
    for language in languages:
        tag = known_tag(language) or ""
        if wording := _WORDINGS.get("zh-Hans" if tag == "zh" else tag):
            return wording
    return _WORDINGS["en"]


def topic(text: str) -> str | None:
    """Return a heading or title as one line to ask about; None if it is too long, has mark-up or says too little."""
    line = plain_line(text, 2 * LONGEST)
    if len(line) > LONGEST or _MARKUP.search(line):
        return None
    says_something = len(_HAN.findall(line)) >= _FEWEST_HAN or len(_WORD.findall(line)) >= _FEWEST_WORDS
    return line if says_something else None


def about(line: str, wording: Wording, language: str, *, more: bool = False) -> str:
    """Return a question about a line in ``language``; a question in the wording's language is returned as it is."""
    if line.endswith(_AS_QUESTION) and wording.language == language:
        return line
    quoted = line.rstrip("".join(_AS_QUESTION)).translate(wording.inner)
    return (wording.more if more else wording.about).replace("{}", quoted)


_SHORTEST_HAN_NAME = 3


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question, and the documents of which a search must find one: others would answer something else."""

    text: str
    language: str
    documents: frozenset[str]


@dataclass(frozen=True, slots=True)
class Written(Candidate):
    """A question that a person wrote, with the words that answer it (folded by `corpus.fulltext.folded`)."""

    quotes: tuple[str, ...]

    def is_answered_by(self, words: str) -> bool:
        """Return whether ``words``, folded as the quotes are, hold one of them or a part of one."""
        return bool(words) and any(words in quote or quote in words for quote in self.quotes)


@cache
def written_questions() -> tuple[Written, ...]:
    """Return the answerable questions of the shipped documents, short ones first; empty if they are not installed."""
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
    """Return the questions that people wrote in ``language`` about any of ``documents``, short ones first."""
    held = frozenset(documents)
    return [q for q in written_questions() if q.language == language and not q.documents.isdisjoint(held)]


def written_beside(hits: Sequence[Hit], citations: Sequence[Mapping[str, Any]], language: str) -> list[Written]:
    """Return the written questions whose answers are near the hits, nearest first, without those already cited."""
    cited = [folded(str(citation["quote"])) for citation in citations]
    found = [folded(hit.chunk.text) for hit in hits]
    documents = [hit.chunk.document_id for hit in hits]

    def place(question: Written) -> int:
        """Return the position of the first hit that answers it, or, after all hits, of the first in its document."""
        answering = (n for n, text in enumerate(found) if question.is_answered_by(text))
        beside = (n for n, document in enumerate(documents) if document in question.documents)
        return next(answering, len(hits) + next(beside))

    asked = written_about(documents, language)
    return sorted((q for q in asked if not any(map(q.is_answered_by, cited))), key=place)


def of_document(document: Document, reader: str) -> list[Candidate]:
    """Return questions about a document and its sections in its language, or the reader's if that has no wording.

    Titles and headings that give instructions to a machine, alone or together with their neighbours, are left out.
    """
    names = [document.title, *(document.text[heading.start : heading.end] for heading in document.headings)]
    honest = [name for name, planted in zip(names, flagged(names), strict=True) if not planted]
    wording = wording_of(document.language, reader)
    lines = dict.fromkeys(line for line in map(topic, honest) if line)
    about_it = frozenset({document.id})
    return [Candidate(about(line, wording, document.language), wording.language, about_it) for line in lines]


def of_hits(hits: Sequence[Hit], citations: Sequence[Mapping[str, Any]], language: str) -> list[Candidate]:
    """Return questions about sections, then documents, that were found and not cited, those in ``language`` first."""
    cited = {str(citation["document_id"]) for citation in citations}
    done = {hit.chunk.heading for hit in hits if _is_cited(hit.chunk, citations)}
    named = [(hit.chunk.heading, hit) for hit in hits if hit.chunk.heading and hit.chunk.heading not in done]
    named += [(hit.card.title, hit) for hit in hits if hit.card and hit.chunk.document_id not in cited]
    named.sort(key=lambda pair: pair[1].chunk.language != language)
    return [made for name, hit in named if (made := _about(name, hit.chunk, language))]


def of_names(citations: Sequence[Mapping[str, Any]], asked: str, language: str) -> list[Candidate]:
    """Return questions about people and organisations that the cited words name and the question does not."""
    made: list[Candidate] = []
    for citation in citations:
        for name in names_in(str(citation["quote"]), str(citation["language"])):
            if folded(name) not in folded(asked):
                wording = wording_of(language)
                text = about(name, wording, "", more=True)
                made.append(Candidate(text, wording.language, frozenset({str(citation["document_id"])})))
    return made


def names_in(quote: str, language: str) -> Iterator[str]:
    """Yield the whole names in an English or Chinese quote; none in other languages, where names have case endings."""
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


# Each candidate costs a search, for which the page waits.
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
    """A judge of which candidates would be answered; it judges a limited number and then rejects all."""

    def __init__(self, assistant: Assistant) -> None:
        self._engine = assistant.engine
        self._settings = assistant.settings
        self.left = _MOST_CHECKED

    def __call__(self, candidate: Candidate) -> bool:
        """Return whether the assistant would answer from the documents that the question is about."""
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
    """Return up to ``count`` questions for an empty page, at most two per language, the reader's ``language`` first.

    Then come the collection's other languages, the largest first. The list is empty if nothing is found to ask about or
    the search fails.
    """
    try:
        with as_dalil_errors():
            chosen = _chosen(_offered(assistant, known_tag(language) or language, 2 * count), _Judge(assistant), count)
    except DalilError:
        return []  # suggestions are optional: the error is reported when a question is asked
    return [Suggestion(candidate.text, candidate.language) for candidate in chosen]


def follow_ups(
    answer: Mapping[str, Any], assistant: Assistant, asked: Sequence[str] = (), count: int = 3
) -> list[Suggestion]:
    """Return up to ``count`` next questions after an answer (the JSON shape of `rag.answer.Answer`), in its language.

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
    """Return candidates by language, for at most ``most`` languages in the order in which they are to be shown."""
    pool = assistant.engine.pool()
    held = [tag for tag in assistant.collection.store.languages() if tag in pool.language_names and tag != UNDETERMINED]
    held.sort(key=lambda tag: (tag != reader, tag.split("-")[0] != reader.split("-")[0]))
    return {tag: [*written_about(pool.document_ids, tag), *_of_headings(assistant, tag, reader)] for tag in held[:most]}


def _of_headings(assistant: Assistant, language: str, reader: str) -> list[Candidate]:
    """Return questions about the titles of a language's largest documents, then about their headings."""
    pool = assistant.engine.pool()
    rows = pool.documents[pool.languages == pool.language_names.index(language)]
    largest = np.argsort(-np.bincount(rows, minlength=len(pool.document_ids)), kind="stable")[:_READ]
    documents = [assistant.collection.store.document(pool.document_ids[place]) for place in largest]
    named = [of_document(document, reader) for document in documents if document and document.language == language]
    return [candidate for rank in zip_longest(*named) for candidate in rank if candidate]


def _chosen(offered: Mapping[str, list[Candidate]], is_answered: _Judge, count: int) -> list[Candidate]:
    """Return up to ``count`` answered questions: one per language, then a second, if possible on other documents."""
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
    """Yield questions that may follow an answer, the best first."""
    citations, language = answer.get("citations") or [], str(answer.get("language") or "")
    documents = {found["document_id"] for found in (*citations, *(answer.get("hits") or []))}
    question = str(answer.get("standalone") or answer.get("question") or "")
    hits = [hit for hit in assistant.search(question, CONSIDERED) if hit.chunk.document_id in documents]
    yield from written_beside(hits, citations, language)
    yield from of_hits(hits, citations, language)
    yield from of_names(citations, question, language)
