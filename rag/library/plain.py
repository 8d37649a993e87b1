"""An answer as plain text with numbered notes, for clients that show nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from corpus.types import Address
from rag.answer import Answer, Citation, Hit, Statement
from rag.library.wording import about, kind_of, nearest, shown, words_in


def sentence(statement: Statement, language: str, earlier: Sequence[Statement] = ()) -> str:
    """Return a statement with its citation marks, and a warning where its sources do not support it.

    A short answer in it stands before it on a line of its own, unless one of the ``earlier`` statements had the same.
    """
    marks = "".join(f"[{number}]" for number in statement.citations)
    warning = f" ({words_in(language).unsupported})" if statement.support == "unsupported" else ""
    short = _short(statement)
    first = f"{short}\n" if short and short not in map(_short, earlier) else ""
    return first + f"{shown(statement.text)} {marks}".rstrip() + warning


def notes(answer: Answer) -> str:
    """Return the text after the sentences: the sources or, without an answer, a reply or the nearest passages."""
    kind, words = kind_of(answer), words_in(answer.language)
    if kind == "answered":
        return f"\n\n{words.sources}\n" + "\n".join(_source(citation) for citation in answer.citations)
    if kind == "about":
        return shown(about(answer) or "")
    found = "\n".join(_nearest(hit) for hit in nearest(answer))
    if kind == "likely":
        return f"{words.likely}\n{found}"
    return words.nothing + (f"\n\n{words.nearest}\n{found}" if found else "")


def whole(answer: Answer) -> str:
    """Return the sentences of an answer, and its notes after them."""
    return said(answer.statements, answer.language) + notes(answer)


def place_in(document_id: str, address: Address) -> str:
    """Return the address of words on one line: document, part where the file has parts, and span."""
    part = f"{shown(address.part)}:" if address.part else ""
    return f"{document_id}:{part}{address.start}-{address.end}"


def said(statements: Sequence[Statement], language: str) -> str:
    """Return the statements with their citation marks, one after another."""
    return "\n".join(sentence(one, language, statements[:place]) for place, one in enumerate(statements))


def _short(statement: Statement) -> str:
    """Return the short answer, where it stands in a sentence that its sources support and is less than half of it."""
    words = statement.focus.text if statement.focus and statement.support != "unsupported" else ""
    is_short = 2 * len(words) < len(statement.text) and words in statement.text
    return " ".join(shown(words).split()) if is_short else ""


def _source(citation: Citation) -> str:
    facts = [
        citation.title,
        citation.published,
        citation.url,
        place_in(citation.document_id, Address(citation.part, citation.start, citation.end)),
    ]
    told = " · ".join(shown(fact) for fact in facts if fact)
    return f"[{citation.number}] {told}\n    “{shown(citation.quote)}”"


def _nearest(hit: Hit) -> str:
    title = f"{shown(hit.card.title)} · " if hit.card else ""
    return f"- “{shown(hit.chunk.text)}” ({title}{place_in(hit.chunk.document_id, hit.address)})"
