"""The words of small talk: one JSON file per language, checked when it is loaded."""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from string import Formatter
from typing import Literal, get_args

from babel import Locale
from pydantic import BaseModel, ConfigDict, Field, model_validator

Kind = Literal["collection", "abilities", "goodbye", "thanks", "greeting", "acknowledgement"]


# Where a text has several kinds, the first in this order decides: "Hello! What is in here?" asks about the collection.
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class SmallTalk:
    """The kind of a piece of small talk, and the language to reply in, as a BCP 47 tag."""

    kind: Kind
    language: str


@dataclass(frozen=True, slots=True)
class Overview:
    """Facts about a collection as a whole.

    ``languages`` are BCP 47 tags with their numbers of documents, most first. ``titles`` are a few, newest first.
    ``first`` and ``last`` are the earliest and the latest date of publication, as documents have them ("2023",
    "2023-10" or "2023-10-19"); None where no document is dated.
    """

    documents: int
    languages: tuple[tuple[str, int], ...] = ()
    titles: tuple[str, ...] = ()
    first: str | None = None
    last: str | None = None


WordsIn = Callable[[str], Sequence[str]]


_PIECE = re.compile(r"[()\[\]|]|<[^<>]*>|[^()\[\]|<>]+")


_CLOSING = {"(": ")", "[": "]"}


class Pattern(ABC):
    """A set of sequences of words.

    ``first`` are the words with which they begin; ``is_optional`` says that one of them has no words; ``vocabulary``
    is all words in them.
    """

    first: frozenset[str]
    is_optional: bool
    vocabulary: frozenset[str]

    def ends(self, words: Sequence[str], start: int) -> set[int]:
        """Return the places where one of the sequences, begun at ``start``, may end in ``words``."""
        if start < len(words) and words[start] in self.first:
            return self._ends(words, start)
        return {start} if self.is_optional else set()

    @abstractmethod
    def _ends(self, words: Sequence[str], start: int) -> set[int]:
        """Return the same as `ends`, where the word at ``start`` begins one of the sequences."""


class Said(Pattern):
    """A pattern of one sequence."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words = list(words)
        self.first = frozenset(self.words[:1])
        self.is_optional = not words
        self.vocabulary = frozenset(words)

    def _ends(self, words: Sequence[str], start: int) -> set[int]:
        end = start + len(self.words)
        return {end} if list(words[start:end]) == self.words else set()


class InOrder(Pattern):
    """A pattern of other patterns one after another: a sequence of each, in order."""

    def __init__(self, parts: Sequence[Pattern]) -> None:
        self.parts = parts
        leading = next((n for n, part in enumerate(parts) if not part.is_optional), len(parts))
        self.first = frozenset().union(*(part.first for part in parts[: leading + 1]))
        self.is_optional = leading == len(parts)
        self.vocabulary = frozenset().union(*(part.vocabulary for part in parts))

    def _ends(self, words: Sequence[str], start: int) -> set[int]:
        reached = {start}
        for part in self.parts:
            reached = {end for place in reached for end in part.ends(words, place)}
        return reached


class OneOf(Pattern):
    """A pattern of alternatives: the sequences of any of several patterns."""

    def __init__(self, options: Sequence[Pattern]) -> None:
        self.first = frozenset().union(*(option.first for option in options))
        self.is_optional = any(option.is_optional for option in options)
        self.vocabulary = frozenset().union(*(option.vocabulary for option in options))
        self._options = options
        self._beginning: dict[str, list[Pattern]] = {}
        for option in options:
            for word in option.first:
                self._beginning.setdefault(word, []).append(option)

    def _ends(self, words: Sequence[str], start: int) -> set[int]:
        found = {start} if self.is_optional else set()
        return found.union(*(option.ends(words, start) for option in self._beginning[words[start]]))


def parsed(template: str, rules: Mapping[str, Pattern], words_in: WordsIn) -> Pattern:
    """Parse a template, and return its pattern.

    Args:
        template: Words, with ``(a|b)`` for alternatives, ``[a]`` for what may be missing and ``<name>`` for a rule.
        rules: The pattern that each rule stands for, by name.
        words_in: Returns the words of a text without brackets, in the form in which they are compared.

    Raises:
        ValueError: A bracket is not closed or not opened, or there is no rule of that name.

    """
    pieces = iter(_PIECE.findall(template))

    def until(closing: str) -> Pattern:
        options: list[list[Pattern]] = [[]]
        for piece in pieces:
            if piece == closing:
                return OneOf([InOrder(parts) for parts in options])
            if piece == "|":
                options.append([])
            else:
                options[-1].append(part(piece))
        if closing:
            raise ValueError(f"the template {template!r} lacks a {closing!r}; close the bracket")
        return OneOf([InOrder(parts) for parts in options])

    def part(piece: str) -> Pattern:
        if piece in _CLOSING:
            inner = until(_CLOSING[piece])
            return OneOf([inner, Said(())]) if piece == "[" else inner
        if piece in _CLOSING.values():
            raise ValueError(f"the template {template!r} has a {piece!r} too many; take it out")
        if piece.startswith("<"):
            if piece[1:-1] not in rules:
                raise ValueError(f"the template {template!r} needs the rule {piece}; define it before it is used")
            return rules[piece[1:-1]]
        return Said(words_in(piece))

    return until("")


def parsed_rules(templates: Mapping[str, Sequence[str]], words_in: WordsIn) -> dict[str, Pattern]:
    """Parse rules, each of which may use those before it; raises `ValueError` as `parsed` does."""
    rules: dict[str, Pattern] = {}
    for name, lines in templates.items():
        rules[name] = OneOf([parsed(line, rules, words_in) for line in lines])
    return rules


def rules_in(templates: Sequence[str]) -> Iterator[str]:
    """Yield the names of the rules that templates use."""
    for template in templates:
        yield from re.findall(r"<([^<>]*)>", template)


# The facts about the collection that a reply may state.
VALUES = frozenset({"documents", "languages", "dates", "titles"})


class Telling(BaseModel):
    """How a reply writes its values: ``documents`` by CLDR's plural categories, items and what joins them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    documents: dict[str, str]
    language: str
    title: str
    dates: str
    between_items: str
    between_sentences: str


class WordList(BaseModel):
    """The words of a language.

    ``phrases`` are templates (see `rag.smalltalk.replies`) of whole utterances by kind, ``fillers`` of what may stand
    around them and ``openers`` of what a question begins with. ``letters`` are written for others where a keyboard
    lacks them. ``replies`` are the sentences of a reply by kind; ``empty`` takes their place where there are no
    documents.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    letters: dict[str, str] = Field(default={})
    rules: dict[str, list[str]]
    phrases: dict[Kind, list[str]]
    fillers: list[str] = Field(min_length=1)
    openers: list[str] = Field(min_length=1)
    replies: dict[Kind, list[str]]
    empty: dict[Kind, str]
    telling: Telling

    @model_validator(mode="after")
    def _is_whole(self) -> WordList:
        for name, by_kind in (("phrases", self.phrases), ("replies", self.replies)):
            if lacking := [kind for kind in KINDS if not by_kind.get(kind)]:
                raise ValueError(f"{name} lack the kind {lacking[0]}; add it")
        used = set(rules_in([line for lines in (*self.rules.values(), *self.phrases.values()) for line in lines]))
        if unused := sorted(self.rules.keys() - used):
            raise ValueError(f"the rule <{unused[0]}> is used nowhere; take it out")
        telling = {kind for kind, sentences in self.replies.items() if any(map(values_in, sentences))}
        if telling != self.empty.keys():
            raise ValueError("empty must have a reply for exactly the kinds whose replies tell of the documents")
        if (
            unknown := {value for lines in self.replies.values() for line in lines for value in values_in(line)}
            - VALUES
        ):
            raise ValueError(f"replies tell of {sorted(unknown)[0]!r}, which is not known; use {sorted(VALUES)}")
        return self


def values_in(sentence: str) -> set[str]:
    """Return the names of the values that a sentence of a reply has places for."""
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


@cache
def languages() -> tuple[str, ...]:
    """Return the BCP 47 tags of the languages that have a word list, in alphabetical order."""
    names = (file.name for file in files("rag.smalltalk").iterdir())
    return tuple(sorted(name.removesuffix(".json") for name in names if name.endswith(".json")))


@cache
def words_of(language: str) -> WordList:
    """Return the word list of one of `languages`; `ValueError` says what is wrong with its file."""
    text = files("rag.smalltalk").joinpath(f"{language}.json").read_text("utf-8")
    return checked(json.loads(text), language)


def checked(data: object, language: str) -> WordList:
    """Return ``data`` as the word list of ``language``; `ValueError` says what is wrong with it."""
    words = WordList.model_validate(data)
    needed = {*Locale.parse(language, sep="-").plural_form.tags, "other"}
    if words.telling.documents.keys() != needed:
        raise ValueError(f"telling.documents of {language} needs exactly the plural categories {sorted(needed)}")
    return words
