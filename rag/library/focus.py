"""Where the short answer stands in what is shown of a statement and of its quotation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

Place = tuple[int, int]
"""Start and end, in code points of the text as it is shown."""
Shown = Callable[[str], str]


def field(thing: Any, name: str) -> Any:
    """Give a field of a part of an answer, whether a dataclass or JSON; None where it has no such field."""
    return thing.get(name) if isinstance(thing, Mapping) else getattr(thing, name, None)


def focus_place(statement: Any, citations: Sequence[Any], shown: Shown = str) -> Place | None:
    """Find a statement's short answer (``focus``) in its own text.

    Args:
        statement: a `rag.types.Statement` or its JSON shape; an answer kept by an earlier version has no focus.
        citations: those of its answer, in either shape; empty while they are not known yet.
        shown: makes of a text what is shown of it.

    Returns:
        The place in ``shown(text)``: of several, the one nearest to where the focus lies within its citation. None
        where there is no focus, it does not stand there, or without its citation nothing tells which place is meant.
    """
    numbers = field(statement, "citations")
    citation = next((c for c in citations if numbers and field(c, "number") == numbers[0]), None)
    return _place(field(statement, "focus"), citation, shown(field(statement, "text")), shown)


def focus_in_quote(citation: Any, statements: Sequence[Any], shown: Shown = str) -> Place | None:
    """Find in a citation's quote the short answer of the first statement that has one there.

    Args:
        citation: a `rag.types.Citation` or its JSON shape.
        statements: those of its answer, in either shape; only such as cite it first have their focus in it.
        shown: makes of a text what is shown of it.

    Returns:
        The place in ``shown(quote)``, found as by `focus_place`; None where no short answer stands in it.
    """
    number, quote = field(citation, "number"), shown(field(citation, "quote"))
    for statement in statements:
        if list(field(statement, "citations"))[:1] == [number] and field(statement, "focus"):
            return _place(field(statement, "focus"), citation, quote, shown)
    return None


def parted(text: str, place: Place | None) -> tuple[str, str, str]:
    """Cut a text into what stands before a place, at it and after it; all of it is before where there is none."""
    start, end = place or (len(text), len(text))
    return text[:start], text[start:end], text[end:]


def _place(focus: Any, citation: Any | None, text: str, shown: Shown) -> Place | None:
    words = shown(field(focus, "text")) if focus else ""
    starts = list(_occurrences(words, text))
    if not starts or (citation is None and len(starts) > 1):
        return None
    # A source may have marks of its format among the words: only the share of the way through is the same.
    share = _share(focus, citation) if citation else 0.0
    start = min(starts, key=lambda at: abs(at - share * len(text)))
    return start, start + len(words)


def _share(focus: Any, citation: Any) -> float:
    first, last = field(citation, "start"), field(citation, "end")
    return float((field(focus, "start") - first) / max(1, last - first))


def _occurrences(words: str, text: str) -> Iterator[int]:
    at = text.find(words) if words else -1
    while at >= 0:
        yield at
        at = text.find(words, at + 1)
