"""Kinds of small talk, and what is told of a collection in reply."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Kind = Literal["collection", "abilities", "goodbye", "thanks", "greeting", "acknowledgement"]
# Of several in one utterance the first of these decides: "Hello! What is in here?" asks about the collection.
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class SmallTalk:
    """What kind of small talk an utterance is, and the language to reply in, as a BCP 47 tag."""

    kind: Kind
    language: str


@dataclass(frozen=True, slots=True)
class Overview:
    """What is known of a collection as a whole.

    ``languages`` are BCP 47 tags with their numbers of documents, most first. ``titles`` are a few, newest first.
    ``first`` and ``last`` are the dates of publication between which all others lie, as documents have them ("2023",
    "2023-10" or "2023-10-19"); None where none is dated.
    """

    documents: int
    languages: tuple[tuple[str, int], ...] = ()
    titles: tuple[str, ...] = ()
    first: str | None = None
    last: str | None = None
