"""Verify citations against their files and statements against the words they cite."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from corpus.chunking import chunk_document
from corpus.errors import Unreadable
from corpus.language import detect_language
from corpus.readers.text.plain import line_number
from corpus.reading import DOCUMENT_ID_LENGTH, QUICK_READERS, FileText, read_bytes, read_text
from corpus.store import DocumentCard, StoredFile
from corpus.types import Address, Chunk, part_at
from rag.answer import Citation, Finding, Support, described
from rag.checking.support import Claim, Source, compare
from rag.facts.find import facts_of
from rag.search.passages import around

Locate = Callable[[str], str | None]
_FIELDS: dict[str, tuple[type, ...]] = {
    "number": (int,), "document_id": (str,), "path": (str,), "sha256": (str,), "title": (str,),
    "language": (str,), "start": (int,), "end": (int,), "line": (int,), "quote": (str,),
}  # fmt: skip


def among(files: Mapping[str, StoredFile]) -> Locate:
    """Return a function that finds a file of a collection by its SHA-256; None for one that is no longer there."""
    return lambda sha256: next((p for p, file in files.items() if file.sha256 == sha256 and Path(p).is_file()), None)


def check_citation(citation: object, locate: Locate | None = None) -> str | None:
    """Return why a citation does not hold, as a sentence; None if it holds.

    ``locate`` may find, by SHA-256, where a file that is not at its path lies now.
    """
    if not isinstance(citation, Mapping):
        return "it is not an object"
    for name, types in _FIELDS.items():
        if not isinstance(citation.get(name), types) or isinstance(citation.get(name), bool):
            return f"its {name} is missing or of the wrong type"
    path = Path(citation["path"])
    try:
        if not path.is_file():
            raise Unreadable("there is no such file")
        data = _read_whole(path)
    except (Unreadable, OSError, ValueError) as error:
        moved = locate(citation["sha256"]) if locate else None
        if moved and moved != str(path) and Path(moved).is_file():
            return f"the file has moved from {path} to {moved}"
        return f"{path} cannot be read: {error}"
    if hashlib.sha256(data).hexdigest() != citation["sha256"]:
        return f"{path} has changed since it was cited"
    return _check_words(citation, path, data)


def _check_words(citation: Mapping[str, Any], path: Path, data: bytes) -> str | None:
    try:
        source = _text(path, data)
    except Unreadable as error:
        return f"{path} cannot be read: {error}"
    document, address = source.document, _address(citation)
    span = address.in_source(document.parts)
    if span is None or not 0 <= span[0] < span[1] <= len(source.source):
        return f"{path} has no text at {address}"
    found = document.words_at(*span)
    if found != citation["quote"]:
        return f"the quote is not what {path.name} says at {address}: {found[:120]!r}"
    language = next(
        (c.language for c in _chunks(path, data) if (c.source_start, c.source_end) == span),
        detect_language(found, document.language),
    )
    part = part_at(document.parts, span[0])
    start = part.start if part else 0
    expected = {
        "document_id": citation["sha256"][:DOCUMENT_ID_LENGTH],
        "line": line_number(source.source[start:], span[0] - start),
        "language": language,
        **described(document, span[0]),
    }
    for name, value in expected.items():
        if citation.get(name) != value:
            return f"its {name} is {citation.get(name)!r} where {path.name} says {value!r}"
    return None


def texts_around(citation: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the texts that a citation's quote is read with, as (text, language): paragraph, title and heading, date.

    For a citation that holds (`check_citation`). Where its file cannot be read, the title and date that the citation
    itself gives.
    """
    language, title = str(citation["language"]), str(citation["title"])
    published = str(citation.get("published") or "")
    path = Path(citation["path"])
    try:
        data = _read_whole(path)
        chunks = _chunks(path, data)
        span = _address(citation).in_source(_text(path, data).document.parts)
    except (Unreadable, OSError, ValueError):
        return [(title, language), (published, "en")]
    chunk = next((c for c in chunks if (c.source_start, c.source_end) == span), None)
    return around(chunk, title, language, published) if chunk else [(title, language), (published, "en")]


def _address(citation: Mapping[str, Any]) -> Address:
    part = citation.get("part")
    return Address(part if isinstance(part, str) else None, citation["start"], citation["end"])


@lru_cache(maxsize=8)
def _text(path: Path, data: bytes) -> FileText:
    return read_text(path, data)


@lru_cache(maxsize=8)
def _chunks(path: Path, data: bytes) -> tuple[Chunk, ...]:
    read = _text(path, data)
    return tuple(chunk_document(read.document, read.source))


def file_problem(citation: Citation) -> str | None:
    """Return why the cited file no longer has the quote at its place; None if it is unchanged, byte for byte.

    In a format that takes long to read, the words of an unchanged file are not read again.
    """
    path = Path(citation.path)
    try:
        data = _read_whole(path)
    except Unreadable as error:
        return f"{path} cannot be read: {error}; run `dalil index PATH`"
    if hashlib.sha256(data).hexdigest() != citation.sha256:
        return f"{path} has changed since it was indexed; run `dalil index PATH`"
    if _is_quick(citation.reader) and _words(path, data, _address(asdict(citation))) != citation.quote:
        return f"{path} does not say what the collection holds; delete the collection and run `dalil index PATH` again"
    return None


def reads_as(card: DocumentCard, start: int, end: int, words: str) -> bool:
    """Return whether the file of ``card`` reads as ``words`` at ``[start, end)`` of its source.

    False where the file cannot be read. In a format that takes long to read, the words are taken for what they were
    when the file was indexed.
    """
    if not _is_quick(card.reader):
        return True
    path = Path(card.path)
    try:
        return _words(path, _read_whole(path), Address(None, start, end)) == words
    except Unreadable:
        return False


def _is_quick(reader: str) -> bool:
    return reader.split("/")[0] in QUICK_READERS


def _words(path: Path, data: bytes, address: Address) -> str | None:
    """Return the words at an address of a file; None if it has no such place."""
    try:
        document = _text(path, data).document
    except Unreadable:
        return None
    span = address.in_source(document.parts)
    return document.words_at(*span) if span else None


def _read_whole(path: Path) -> bytes:
    """Return the bytes of a file of any size; raise `Unreadable` where it cannot be opened."""
    try:
        size = path.stat().st_size
    except (OSError, ValueError):
        size = 0  # reading it below raises the error
    return read_bytes(path, max_bytes=size)


_SUPPORTS: tuple[Support, ...] = ("supported", "partial", "unsupported")
_MODES = ("extractive", "generative")
_NO_VECTORS = np.empty((0, 0), np.float32)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that does not hold: the citation's number, or None for the answer as a whole, and why."""

    number: int | None
    reason: str


def verify_answer(
    answer: Mapping[str, Any], locate: Locate | None = None, may_open: Callable[[str], bool] | None = None
) -> list[Problem]:
    """Return everything in a saved answer that does not hold; empty if all of it holds.

    ``locate`` may find, by SHA-256, where a file that is not at its path lies now. ``may_open`` returns whether the
    file at a path may be opened, where answers come from someone who may not see every file; by default all may.
    """
    citations, statements = answer.get("citations"), answer.get("statements")
    if not isinstance(citations, list) or not isinstance(statements, list):
        return [Problem(None, "the answer has no lists of statements and citations")]
    found = list(_check_citations(citations, locate, may_open))
    # By place: the number that a forged citation gives itself must not make it pass for another that holds.
    problems, broken = [problem for _, problem in found], {place for place, _ in found}
    if answer.get("mode") not in _MODES:
        problems.append(Problem(None, f"its mode is {answer.get('mode')!r}, neither {_MODES[0]} nor {_MODES[1]}"))
    if (answer.get("status") == "answered") != bool(statements):
        number = len(statements)
        problems.append(Problem(None, f"the answer says it is {answer.get('status')} and has {number} statements"))
    cited: set[int] = set()
    for place, statement in enumerate(statements, 1):
        reason, numbers = _numbers(statement, len(citations))
        cited |= numbers
        if not reason and not numbers & broken:
            reason = _check_statement(statement, [citations[n - 1] for n in sorted(numbers)], answer)
        if reason:
            problems.append(Problem(None, f"statement {place} {reason}"))
    cited |= _compared(answer, statements)
    problems.extend(Problem(n, "no statement cites it") for n in range(1, len(citations) + 1) if n not in cited)
    if extra := sorted(n for n in cited if n > len(citations)):
        problems.append(Problem(None, f"its comparisons cite {extra}, and no citation has such a number"))
    return problems


def _check_citations(
    citations: list[Any], locate: Locate | None, may_open: Callable[[str], bool] | None
) -> Iterator[tuple[int, Problem]]:
    for index, citation in enumerate(citations, 1):
        number = citation.get("number") if isinstance(citation, Mapping) else None
        path = citation.get("path") if isinstance(citation, Mapping) else None
        if may_open and isinstance(path, str) and not may_open(path):
            reason: str | None = f"{path} is no file of the collection"
        else:
            reason = check_citation(citation, locate)
        if reason is None and number != index:
            reason = f"it is numbered {number} but stands at place {index}"
        if reason:
            yield index, Problem(number if isinstance(number, int) else index, reason)


def _numbers(statement: object, count: int) -> tuple[str, set[int]]:
    """Return what is wrong with a statement's citations (empty if nothing is), and the numbers that are right."""
    if not isinstance(statement, Mapping) or not isinstance(statement.get("citations"), list):
        return "is not an object with citations", set()
    numbers = statement["citations"]
    known = {n for n in numbers if _is_number(n) and 1 <= n <= count}
    unknown = [n for n in numbers if not _is_number(n) or n not in known]
    if unknown:
        return f"cites {unknown}, and no citation has such a number", known
    if statement.get("support") not in _SUPPORTS:
        return f"says of its support {statement.get('support')!r}", known
    if not isinstance(statement.get("text"), str):
        return "has no text", known
    return "", known


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _check_statement(
    statement: Mapping[str, Any], citations: list[Mapping[str, Any]], answer: Mapping[str, Any]
) -> str:
    """Return what is wrong with a statement whose citations hold; empty if nothing is."""
    if answer.get("mode") != "generative":
        if not citations:
            return "cites nothing"
        return "" if statement["text"] in [c["quote"] for c in citations] else "is not the words that it cites"
    if statement["support"] == "unsupported":
        return ""
    if not citations:
        return f"is called {statement['support']} and cites nothing"
    language = detect_language(statement["text"], str(answer.get("language")))
    refuted = next((f for f in _findings(statement["text"], language, citations) if f.refutes), None)
    if refuted is None:
        return ""
    if refuted.kind == "negation":
        return "negates otherwise than the words that it cites"
    return f"says {refuted.text!r} where the words that it cites say {refuted.source!r}"


def _findings(text: str, language: str, citations: list[Mapping[str, Any]]) -> list[Finding]:
    sources = [
        Source(
            c["quote"],
            c["language"],
            facts_of(c["quote"], c["language"]),
            tuple(facts_of(around, tag) for around, tag in texts_around(c)),
            _NO_VECTORS,
        )
        for c in citations
    ]
    return compare(Claim(text, language, facts_of(text, language), _NO_VECTORS), sources, None)


def _compared(answer: Mapping[str, Any], statements: list[Any]) -> set[int]:
    """Return the numbers of the citations that agreements and conflicts name."""
    found: set[int] = set()
    for statement in statements:
        agreement = statement.get("agreement") if isinstance(statement, Mapping) else None
        if isinstance(agreement, Mapping):
            found |= _of_list(agreement.get("citations"))
    for conflict in _listed(answer.get("conflicts")):
        for value in _listed(conflict.get("values") if isinstance(conflict, Mapping) else None):
            found |= _of_list(value.get("citations") if isinstance(value, Mapping) else None)
    return found


def _listed(value: object) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else []


def _of_list(value: object) -> set[int]:
    return {n for n in _listed(value) if _is_number(n)}
