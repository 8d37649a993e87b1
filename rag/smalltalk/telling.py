"""Tell small talk (greetings, thanks, "what is in here?") from questions, by the words of five languages."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache

import regex

from corpus.fulltext import folded, quoted_phrases
from corpus.language import script_of_chinese
from rag.smalltalk.words import (
    KINDS,
    Kind,
    OneOf,
    Pattern,
    SmallTalk,
    WordList,
    languages,
    parsed,
    parsed_rules,
    words_of,
)

# Han characters are words of their own; an apostrophe belongs to its word.
_WORD = regex.compile(r"\p{Han}|(?:(?!\p{Han})[\p{L}\p{N}])(?:(?!\p{Han})[\p{L}\p{N}\p{M}'’ʼ])*")
_PICTURE = regex.compile(r"\p{Extended_Pictographic}")
_APOSTROPHES = re.compile("['’ʼ]")
_PAIR = re.compile(r"(..)\1{2,}")
_LETTER = re.compile(r"(.)\1+")
_STRETCHED = re.compile(r"(.)\1\1|(.)\2$|(..)\3\3")


@dataclass(frozen=True, slots=True)
class Token:
    """A word and its span in the text."""

    word: str
    start: int
    end: int


def tokens_of(text: str) -> list[Token]:
    """Return the words of ``text`` in order, without punctuation, case, accents and differences of Chinese script.

    Pictures (emoji) count only where there are no words.
    """
    found = list(_WORD.finditer(text)) or list(_PICTURE.finditer(text))
    return [Token(_form(match.group()), *match.span()) for match in found]


@lru_cache(maxsize=8192)
def _form(word: str) -> str:
    bare = _APOSTROPHES.sub("", word)
    return folded(bare) or bare


def is_stretched(word: str) -> bool:
    """Return whether letters of ``word`` are repeated for emphasis: "hellooo", "hahahaha", "byee"."""
    return bool(_STRETCHED.search(word))


def squeezed(word: str) -> str:
    """Return ``word`` with every run of a letter cut to one, and every run of a pair of letters cut to two pairs."""
    return _LETTER.sub(r"\1", _PAIR.sub(r"\1\1", word))


class Spelling:
    """How words are written where a keyboard lacks letters; ``others`` are the letters written in place of each."""

    def __init__(self, others: Mapping[str, str]) -> None:
        self._others = others
        self._plain = str.maketrans({c: other[0] for letter, other in others.items() for c in letter + other})

    def plain(self, word: str) -> str:
        """Return ``word`` with the letters that every keyboard has."""
        return word if word.isascii() else word.translate(self._plain)

    def is_of(self, written: str, word: str) -> bool:
        """Return whether ``written`` is ``word`` letter by letter, or with other letters written in place of some."""
        return len(written) == len(word) and all(
            a == b or a in self._others.get(b, "") for a, b in zip(written, word, strict=True)
        )


class Lexicon:
    """The small talk of one language.

    ``phrases`` are its patterns by kind, in the order in which the kinds decide; under None are fillers, which mean
    nothing by themselves. ``openers`` is the pattern of what questions begin with. `ValueError` says what is wrong
    with a template.
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
        """Return the word that ``token`` is, even if stretched or written with other letters; "" if it is none."""
        plain = self._spelling.plain(token.word)
        if any(self._spelling.is_of(token.word, word) for word in self._spelt.get(plain, ())):
            return plain
        return self._squeezed.get(squeezed(plain), "") if is_stretched(plain) else ""

    @cached_property
    def _squeezed(self) -> dict[str, str]:
        return {squeezed(word): word for word in sorted(self._spelt)}

    def _pattern(self, templates: Sequence[str], rules: dict[str, Pattern]) -> Pattern:
        """Return the pattern of templates; `ValueError` where one matches no words at all, and so everywhere."""
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
    """Return the lexicon of every language by its tag; `ValueError` says what is wrong with the words of one."""
    return {language: Lexicon(language, words_of(language)) for language in languages()}


# Longer than anybody's small talk: what follows is not examined.
_LONGEST = 300
# What ends a greeting: any mark but brackets, quotation marks and the hyphen within a word.
_END = regex.compile(r"[^\s\p{Ps}\p{Pe}\p{Pi}\p{Pf}\"'`-]|\s-\s|\n")
_OPENING = regex.compile(r"[\p{Ps}\p{Pi}\"']")
_BEFORE_WORDS = regex.compile(r"\A[^\p{L}\p{N}\p{Ps}\p{Pi}\"']+")

# The kind of a phrase, None for a filler, and its language.
Piece = tuple[Kind | None, str]


def small_talk(question: str, language: str) -> SmallTalk | None:
    """Return the kind and language of ``question`` if it is nothing but small talk.

    Args:
        question: A text in any of the languages or a mixture of them.
        language: The BCP 47 tag of the language to reply in where the words belong to several, as "ok" belongs to all.
            It need not be right: words of other languages are recognised too.

    Returns:
        The kind and language; None for a text that says more, and for one with words in quotation marks, which are to
        be searched as they stand.

    """
    if len(question) > _LONGEST or quoted_phrases(question):
        return None
    tokens = tokens_of(question)
    if not all(any(lexicon.known(token) for lexicon in lexicons().values()) for token in tokens):
        return None
    told = _told(tokens, language) or _told(_told_once(tokens), language)
    return _in_its_script(told, question) if told else None


def _told(tokens: Sequence[Token], language: str) -> SmallTalk | None:
    """Return what small talk ``tokens`` are in one language, ``language`` first, or else in all together."""
    of_all = [lexicons()[tag] for tag in sorted(lexicons(), key=lambda tag: tag != language)]
    covers = (_cover(tokens, chosen) for chosen in (*([lexicon] for lexicon in of_all), of_all))
    return next((told for pieces in covers if (told := _deciding(pieces, language))), None)


def _told_once(tokens: Sequence[Token]) -> list[Token]:
    """Return ``tokens`` with a word that is repeated more than twice in a row cut to two."""
    words = [token.word for token in tokens]
    return [token for n, token in enumerate(tokens) if n < 2 or words[n - 2 : n + 1] != [token.word] * 3]


def _cover(tokens: Sequence[Token], lexicons: Sequence[Lexicon]) -> Sequence[Piece]:
    """Return the fewest phrases, with the fewest words of fillers, that make up ``tokens``; () where none do."""
    words = [[lexicon.known(token) for token in tokens] for lexicon in lexicons]
    # The cheapest way to each place: how many phrases, how many words of fillers, and the phrases.
    best: dict[int, tuple[int, int, tuple[Piece, ...]]] = {0: (0, 0, ())}
    for start in range(len(tokens)):
        if start not in best:
            continue
        count, filling, before = best[start]
        for lexicon, of_lexicon in zip(lexicons, words, strict=True):
            for kind, pattern in lexicon.phrases.items():
                for end in pattern.ends(of_lexicon, start):
                    cost = (count + 1, filling + (0 if kind else end - start))
                    if end not in best or cost < best[end][:2]:
                        best[end] = (*cost, (*before, (kind, lexicon.language)))
    return best[len(tokens)][2] if len(tokens) in best else ()


def _deciding(pieces: Sequence[Piece], language: str) -> SmallTalk | None:
    """Return the kind and language of the piece that decides; None where all are fillers."""
    told = [(KINDS.index(kind), tag != language, tag) for kind, tag in pieces if kind]
    if not told:
        return None
    place, _, tag = min(told)
    return SmallTalk(KINDS[place], tag)


def _in_its_script(told: SmallTalk, question: str) -> SmallTalk:
    """Return ``told`` with its language in the script of ``question``, where there are words in that script."""
    alike = f"{told.language.partition('-')[0]}-{script_of_chinese(question)}"
    return SmallTalk(told.kind, alike) if alike in lexicons() else told


def without_greeting(question: str) -> str:
    """Return ``question`` without greetings before it: "Hello! When did it begin?" becomes "When did it begin?".

    A greeting ends at a mark ("Hello, …") or where a question begins ("Hello when …"), so "Hello Kitty" is returned as
    it is, and so is a text of which nothing would remain.
    """
    tokens = tokens_of(question[:_LONGEST])
    place = 0
    while after := max(_after_greeting(question, tokens, place, lexicon) for lexicon in lexicons().values()):
        place = after
    if not place or place == len(tokens):
        return question
    return _BEFORE_WORDS.sub("", question[tokens[place - 1].end :])


def _after_greeting(question: str, tokens: Sequence[Token], place: int, lexicon: Lexicon) -> int:
    """Return the place after the greeting that begins at ``place``; 0 where none does.

    Fillers may follow it; after another greeting, fillers count as one by themselves: "Hello, dear friends! …".
    """
    before = question[tokens[place - 1].end if place else 0 : tokens[place].start] if place < len(tokens) else ""
    if _OPENING.search(before):
        return 0
    words = [lexicon.known(token) for token in tokens]
    reached = lexicon.phrases["greeting"].ends(words, place)
    if place:
        reached |= lexicon.phrases[None].ends(words, place)
    while reached:
        over = (end for end in sorted(reached) if _is_marked(question, tokens, end) or lexicon.openers.ends(words, end))
        if after := next(over, 0):
            return after
        reached = {end for start in reached for end in lexicon.phrases[None].ends(words, start)}
    return 0


def _is_marked(question: str, tokens: Sequence[Token], place: int) -> bool:
    """Return whether a mark or the end of the text stands before ``place``."""
    return place == len(tokens) or bool(_END.search(question[tokens[place - 1].end : tokens[place].start]))
