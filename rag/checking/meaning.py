"""What the embedding model knows: how near two sentences are in meaning, and what names and phrases mean."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import regex

from embeddings import Alignment, Encoder
from rag.facts.names import is_spelt_han, words_of

Vectors = npt.NDArray[np.float32]
# From this similarity on, words of another language are taken for the same name (chosen on the labelled pairs). It is
# not used for names that are spelt by their sound: the vectors of two holders of one office are nearly the same.
_SAME_PHRASE = 0.55
_LONGEST_PHRASE = 5
# A word is an ordinary one if the vocabulary has it whole, or in two pieces if it is long.
_LONG_WORD = 8
_SHORTEST_STEM = 5
# Words of institutions, documents and directions, which are translated whatever stands beside them.
_INSTITUTIONS = tuple(
    (
        "ministr minist court senat parliament council committ supreme republic union agenc depart organi treat act law"
        " article year congress party universit institut academ bank fund foundation labour affair voice radio gazette"
        " times"
        " министер министр верховн суд сенат парламент совет комитет республик союз агентств департамент организац"
        " договор закон год стать парти университет институт академ банк фонд голос радио газет западн восточн"
        " министрл жоғарғы сот кеңес одақ одағ агенттік ұйым шарт заң жыл бап қор дауыс билік билі батыс шығыс"
        " солтүстік оңтүстік азат газеті ішкі сыртқы mr mrs миссис мистер мырза северн южн"
    ).split()
)
_CYRILLIC = regex.compile(r"\p{Cyrillic}")
_HAN = regex.compile(r"\p{Han}")
_WORD = regex.compile(r"[\p{L}\p{M}]+")


class Meaning:
    """Aligned vectors of sentences and phrases, from one encoder. Safe to share between threads."""

    def __init__(self, encoder: Encoder, alignment: Alignment | None) -> None:
        self._encoder = encoder
        self.alignment = alignment
        self._phrases = lru_cache(maxsize=512)(self._encode_phrases)
        self._common = lru_cache(maxsize=8192)(self._is_common)
        self._says = lru_cache(maxsize=2048)(self._find)

    def vectors(self, texts: Sequence[str], languages: Sequence[str]) -> Vectors:
        """Return vectors of ``texts`` as passages, shape (n, dimension), aligned where an alignment is known."""
        raw = self._encoder.encode_passages(texts)
        return self.alignment.apply(raw, list(languages), "passage") if self.alignment and len(texts) else raw

    def is_spelt(self, name: str) -> bool:
        """Return whether other scripts spell a name by its sound: at least half of its words are not ordinary ones."""
        if _HAN.search(name):
            return is_spelt_han(name) and not (len(name) == 2 and self._common(name))
        # Abbreviations do not count: each belongs to one language.
        words = [word for word in _WORD.findall(name) if len(word) > 2 and not word.isupper()]
        return 2 * sum(not self._common(word.lower()) for word in words) >= max(1, len(words))

    def says(self, phrase: str, language: str, text: str, text_language: str) -> bool:
        """Return whether some words of ``text`` mean the phrase."""
        return self._says(phrase, language, text, text_language)

    def _find(self, phrase: str, language: str, text: str, text_language: str) -> bool:
        vectors = self._phrases(text, text_language)
        wanted = self.vectors([phrase], [language])[0]
        return bool(len(vectors)) and float((vectors @ wanted).max()) >= _SAME_PHRASE

    def _encode_phrases(self, text: str, language: str) -> Vectors:
        """Return the vectors of every run of up to five words, shape (n, dimension)."""
        words, space = words_of(text, language)
        runs = {space.join(words[a : a + n]) for a in range(len(words)) for n in range(1, _LONGEST_PHRASE + 1)}
        return self.vectors(sorted(runs), [language] * len(runs))

    def _is_common(self, word: str) -> bool:
        if word.startswith(_INSTITUTIONS):
            return True
        forms = [word]
        if _CYRILLIC.search(word):  # cases change the end of a word
            forms += [word[:-n] for n in range(1, 4) if len(word) - n >= _SHORTEST_STEM]
        if any(len(self._encoder.pieces(form)) == 1 for form in forms):
            return True
        pieces = self._encoder.pieces(word)
        return len(pieces) == 2 and (len(word) >= _LONG_WORD or len(pieces[0]) >= _SHORTEST_STEM)
