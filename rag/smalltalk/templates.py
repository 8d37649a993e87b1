"""Sentence templates, written as Home Assistant's Hassil writes them: ``what is [all] (here|in <place>)``.

``[a|b]`` may be left out, of ``(a|b)`` one is said, ``<name>`` is a rule that stands for other templates. Brackets part
words and never the letters of one. A template is parsed to a `Pattern`, which is matched as it is: those it stands for
are too many to be listed.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence

WordsIn = Callable[[str], Sequence[str]]

_PIECE = re.compile(r"[()\[\]|]|<[^<>]*>|[^()\[\]|<>]+")
_CLOSING = {"(": ")", "[": "]"}


class Pattern(ABC):
    """A set of sequences of words.

    ``first`` are the words that they begin with; ``is_optional`` says that one of them has no words; ``vocabulary`` is
    every word of them.
    """

    first: frozenset[str]
    is_optional: bool
    vocabulary: frozenset[str]

    def ends(self, words: Sequence[str], start: int) -> set[int]:
        """The places up to which ``words`` from ``start`` on are one of the sequences."""
        if start < len(words) and words[start] in self.first:
            return self._ends(words, start)
        return {start} if self.is_optional else set()

    @abstractmethod
    def _ends(self, words: Sequence[str], start: int) -> set[int]:
        """The same, where the word at ``start`` begins one of them."""


class Said(Pattern):
    """One sequence."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words = list(words)
        self.first = frozenset(self.words[:1])
        self.is_optional = not words
        self.vocabulary = frozenset(words)

    def _ends(self, words: Sequence[str], start: int) -> set[int]:
        end = start + len(self.words)
        return {end} if list(words[start:end]) == self.words else set()


class InOrder(Pattern):
    """One sequence of each of several patterns after another."""

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
    """The sequences of any of several patterns."""

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
    """Parse ``template``.

    Args:
        template: The template.
        rules: The pattern that each rule stands for, by name.
        words_in: Gives the words of a text without brackets, in the form in which they are compared.

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
    """Parse rules, of which each may use those before it; raises `ValueError` as `parsed` does."""
    rules: dict[str, Pattern] = {}
    for name, lines in templates.items():
        rules[name] = OneOf([parsed(line, rules, words_in) for line in lines])
    return rules


def rules_in(templates: Sequence[str]) -> Iterator[str]:
    """The names of the rules that templates use."""
    for template in templates:
        yield from re.findall(r"<([^<>]*)>", template)
