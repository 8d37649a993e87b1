"""What is said and replied in a language: one JSON file each, checked when it is loaded."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from string import Formatter

from babel import Locale
from pydantic import BaseModel, ConfigDict, Field, model_validator

from rag.smalltalk.templates import rules_in
from rag.smalltalk.types import KINDS, Kind

# What a reply may tell of the collection.
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

    ``phrases`` are templates (see `rag.smalltalk.templates`) of whole utterances by kind, ``fillers`` of what may stand
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
    """The names of the values that a sentence of a reply has places for."""
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


@cache
def languages() -> tuple[str, ...]:
    """The BCP 47 tags of the languages that there are words of, in alphabetical order."""
    names = (file.name for file in files("rag.smalltalk").iterdir())
    return tuple(sorted(name.removesuffix(".json") for name in names if name.endswith(".json")))


@cache
def words_of(language: str) -> WordList:
    """The words of one of `languages`; `ValueError` says what is wrong with its file."""
    text = files("rag.smalltalk").joinpath(f"{language}.json").read_text("utf-8")
    return checked(json.loads(text), language)


def checked(data: object, language: str) -> WordList:
    """``data`` as the words of ``language``; `ValueError` says what is wrong with it."""
    words = WordList.model_validate(data)
    needed = {*Locale.parse(language, sep="-").plural_form.tags, "other"}
    if words.telling.documents.keys() != needed:
        raise ValueError(f"telling.documents of {language} needs exactly the plural categories {sorted(needed)}")
    return words
