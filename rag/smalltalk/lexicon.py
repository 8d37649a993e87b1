"""The phrases of the languages, ready to be compared."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, cached_property

from rag.smalltalk.templates import OneOf, Pattern, parsed, parsed_rules
from rag.smalltalk.tokens import Spelling, Token, is_stretched, squeezed, tokens_of
from rag.smalltalk.types import KINDS, Kind
from rag.smalltalk.words import WordList, languages, words_of


class Lexicon:
    """What is said in a language.

    ``phrases`` are patterns by kind, those that decide first before others; of the kind None are fillers, which say
    nothing by themselves. ``openers`` are what questions begin with. `ValueError` says what is wrong with a template.
    """

    def __init__(self, language: str, words: WordList) -> None:
        self.language = language
        self._spelling = Spelling(words.letters)
        self._spelt: dict[str, set[str]] = {}
        rules = parsed_rules(words.rules, self._words_in)
        self.phrases: dict[Kind | None, Pattern] = {
            kind: self._pattern(words.phrases[kind] if kind else words.fillers, rules) for kind in (*KINDS, None)
        }
        self.openers = self._pattern(words.openers, rules)

    def known(self, token: Token) -> str:
        """The word of the language that ``token`` is, stretched or written with other letters; "" if none."""
        plain = self._spelling.plain(token.word)
        if any(self._spelling.is_of(token.word, word) for word in self._spelt.get(plain, ())):
            return plain
        return self._squeezed.get(squeezed(plain), "") if is_stretched(plain) else ""

    @cached_property
    def _squeezed(self) -> dict[str, str]:
        return {squeezed(word): word for word in sorted(self._spelt)}

    def _pattern(self, templates: Sequence[str], rules: dict[str, Pattern]) -> Pattern:
        """The pattern of templates, of which none may stand for no words at all: it would be found everywhere."""
        patterns = [parsed(line, rules, self._words_in) for line in templates]
        for line, pattern in zip(templates, patterns, strict=True):
            if pattern.is_optional:
                raise ValueError(f"the template {line!r} also stands for no words; make a part of it that must be said")
        return OneOf(patterns)

    def _words_in(self, text: str) -> list[str]:
        plain = []
        for token in tokens_of(text):
            plain.append(self._spelling.plain(token.word))
            self._spelt.setdefault(plain[-1], set()).add(token.word)
        return plain


@cache
def lexicons() -> dict[str, Lexicon]:
    """The lexicon of every language by its tag; `ValueError` says what is wrong with the words of one."""
    return {language: Lexicon(language, words_of(language)) for language in languages()}
