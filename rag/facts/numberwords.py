"""Number words of English, Russian, Kazakh and Turkish, with their endings."""

from __future__ import annotations

from functools import cache

from rag.facts.kazakhnumbers import kazakh_number
from rag.facts.russiannumbers import russian_number
from rag.facts.types import NumberWord

_EN_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen"
).split()
_EN_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_EN_ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth"
    " sixteenth seventeenth eighteenth nineteenth"
).split()
_SCALES = {"thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12, "mln": 1e6, "bn": 1e9}

_TR_CARDINALS = {
    "sıfır": 0, "iki": 2, "üç": 3, "dört": 4, "beş": 5, "altı": 6, "yedi": 7, "sekiz": 8, "dokuz": 9, "on": 10,
    "yirmi": 20, "otuz": 30, "kırk": 40, "elli": 50, "altmış": 60, "yetmiş": 70, "seksen": 80, "doksan": 90,
}  # fmt: skip


def number_word(word: str, language: str) -> NumberWord | None:
    """The number that a word of one language means, whatever its case and ending; None if it is no number."""
    find = _LANGUAGES.get(language.split("-")[0])
    return find(word.lower().replace("ё", "е")) if find else None


@cache
def _english(word: str) -> NumberWord | None:
    if word in _SCALES:
        return NumberWord(_SCALES[word], "scale")
    if word == "hundred":
        return NumberWord(100, "hundred")
    if word in ("one", "a", "an"):
        return NumberWord(1, article=True)
    if word == "dozen":
        return NumberWord(12)
    if word.endswith("fold") and word[:-4] in _EN_UNITS:
        return NumberWord(_EN_UNITS.index(word[:-4]))
    if word == "both":
        return NumberWord(2)
    if word == "half":
        return NumberWord(0.5, half=True)
    for names, first, step in ((_EN_UNITS, 0, 1), (_EN_TENS, 20, 10)):
        if word in names:
            return NumberWord(first + step * names.index(word))
    if word in _EN_ORDINALS:
        return NumberWord(1 + _EN_ORDINALS.index(word), ordinal=True)
    if word.endswith("ieth") and f"{word[:-4]}y" in _EN_TENS:
        return NumberWord(20 + 10 * _EN_TENS.index(f"{word[:-4]}y"), ordinal=True)
    return NumberWord(100, "hundred", ordinal=True) if word == "hundredth" else None


@cache
def _turkish(word: str) -> NumberWord | None:
    stem = word.partition("'")[0]
    if stem in ("bin", "milyon", "milyar", "trilyon"):
        return NumberWord({"bin": 1e3, "milyon": 1e6, "milyar": 1e9, "trilyon": 1e12}[stem], "scale")
    if stem == "yüz":
        return NumberWord(100, "hundred")
    if stem in _TR_CARDINALS:
        return NumberWord(_TR_CARDINALS[stem])
    return NumberWord(1, article=True) if stem == "bir" else None


_LANGUAGES = {"en": _english, "ru": russian_number, "kk": kazakh_number, "tr": _turkish}
