"""Number words of English, Russian, Kazakh and Turkish, with their endings.

A word has a value and a role: a ``unit`` is added (seven, twenty, двести), ``hundred`` and ``scale`` multiply what
stands before them (hundred, жүз; thousand, мың, млн).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

Role = Literal["unit", "hundred", "scale"]

# Writers use these, and leave them out, without counting anything.
_WEAK = 2


@dataclass(frozen=True, slots=True)
class Word:
    """A number word; an ``article`` ("one", "бір", "тоқсан", which is a
    quarter of a year too) and a ``half`` (three and a half) count only beside other number words."""

    value: float
    role: Role = "unit"
    ordinal: bool = False
    article: bool = False
    half: bool = False

    @property
    def weak(self) -> bool:
        return self.role == "unit" and self.value <= _WEAK


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

# Russian: stem, and the endings of its cases and of its ordinal.
_RU_CARDINALS: dict[str, float] = {
    "ноль": 0, "нуля": 0, "два": 2, "две": 2, "двух": 2, "двум": 2, "двумя": 2, "двое": 2, "двоих": 2, "оба": 2, "обе": 2,
    "обоих": 2, "обеих": 2, "обеим": 2, "обоим": 2, "три": 3, "трех": 3, "трем": 3, "тремя": 3, "трое": 3, "троих": 3,
    "четыре": 4, "четырех": 4, "четырем": 4, "четырьмя": 4, "четверо": 4, "четверых": 4, "пятеро": 5, "пятерых": 5,
    "шестеро": 6, "шестерых": 6, "семеро": 7, "семерых": 7, "восемь": 8, "восьми": 8, "восемью": 8, "сорок": 40,
    "сорока": 40, "девяносто": 90, "девяноста": 90, "пятидесяти": 50, "пятьюдесятью": 50,
    "шестьюдесятью": 60, "семьюдесятью": 70, "восемьюдесятью": 80, "шестидесяти": 60, "семидесяти": 70,
    "восьмидесяти": 80, "двести": 200, "двухсот": 200, "двумстам": 200, "триста": 300, "трехсот": 300,
    "четыреста": 400, "четырехсот": 400, "пятьсот": 500, "пятисот": 500, "шестьсот": 600, "шестисот": 600,
    "семьсот": 700, "семисот": 700, "восемьсот": 800, "восьмисот": 800, "девятьсот": 900, "девятисот": 900,
    "полтора": 1.5, "полторы": 1.5, "полутора": 1.5,
}  # fmt: skip
_RU_SOFT = {
    "пят": 5, "шест": 6, "сем": 7, "девят": 9, "десят": 10, "одиннадцат": 11, "двенадцат": 12, "тринадцат": 13,
    "четырнадцат": 14, "пятнадцат": 15, "шестнадцат": 16, "семнадцат": 17, "восемнадцат": 18, "девятнадцат": 19,
    "двадцат": 20, "тридцат": 30, "пятьдесят": 50, "шестьдесят": 60, "семьдесят": 70, "восемьдесят": 80,
}  # fmt: skip
_RU_ORDINALS = {
    "перв": 1, "втор": 2, "треть": 3, "четверт": 4, "пят": 5, "шест": 6, "седьм": 7, "восьм": 8, "девят": 9,
    "десят": 10, "одиннадцат": 11, "двенадцат": 12, "тринадцат": 13, "четырнадцат": 14, "пятнадцат": 15,
    "шестнадцат": 16, "семнадцат": 17, "восемнадцат": 18, "девятнадцат": 19, "двадцат": 20, "тридцат": 30,
    "сороков": 40, "пятидесят": 50, "шестидесят": 60, "семидесят": 70, "восьмидесят": 80, "девяност": 90, "сот": 100,
}  # fmt: skip
_RU_ADJECTIVE = ("ый", "ий", "ой", "ого", "его", "ому", "ему", "ым", "им", "ом", "ем", "ая", "яя", "ую", "юю", "ое",
                 "ее", "ые", "ие", "ых", "их", "ыми", "ими", "ей")  # fmt: skip
# четырёхдневный, пятилетний: a number and what it counts in one word.
_RU_COMPOUND = re.compile(
    r"(двух|трех|четырех|пяти|шести|семи|восьми|девяти|десяти|двадцати|тридцати|сорока|ста)"
    r"(?:дневн|летн|лети|месячн|недельн|часов|минутн|сторонн|кратн|этажн|томн|процентн|миллионн|тысячн)\w+"
)
_RU_SCALE = re.compile(r"(тысяч|тыс|миллион|млн|миллиард|млрд|триллион|трлн)(?:а|и|у|е|ей|ы|ов|ам|ами|ах|ом|ью)?")
_RU_SCALES = {"тысяч": 1e3, "тыс": 1e3, "миллион": 1e6, "млн": 1e6, "миллиард": 1e9, "млрд": 1e9, "триллион": 1e12,
              "трлн": 1e12}  # fmt: skip

_KK_CARDINALS = {
    "нөл": 0, "екі": 2, "үш": 3, "төрт": 4, "бес": 5, "алты": 6, "жеті": 7, "сегіз": 8, "тоғыз": 9, "он": 10,
    "жиырма": 20, "отыз": 30, "қырық": 40, "елу": 50, "алпыс": 60, "жетпіс": 70, "сексен": 80, "тоқсан": 90,
}  # fmt: skip
_KK_COLLECTIVES = {"екеу": 2, "үшеу": 3, "төртеу": 4, "бесеу": 5, "алтау": 6, "жетеу": 7}
_KK_SCALES = {"мың": 1e3, "миллион": 1e6, "млн": 1e6, "миллиард": 1e9, "млрд": 1e9, "триллион": 1e12, "трлн": 1e12}
# Endings of cases and of the ordinal, none of which begins another word: "жүзге" counts, "жүзеге" does not.
_KK_ENDING = re.compile(
    r"(?P<ordinal>(?:ін|ын|н)ш[іы](?:с[іы])?)?"
    r"(?:[ғгқк][ае]|[дт][ае]н|н[ае]н|[ндт][іы]ң|[ндт][іы]|[дт][ае]|д[ае]й|т[ае]й|с[іы]н(?:[аеіы]н?)?(?:[дн][ае]н?)?"
    r"|[іы]н(?:[іы]ң|[ае]н|д[ае]|[аеіы])?|[іы]|с[іы]|ме?н|пен|бен)?"
)

# For, gold, in fact, his face: no numbers, though they look like them.
_KK_OTHER = {"үшін", "алтын", "жүзі", "жүзін", "жүзінде", "жүзінен", "жүзіне", "онда", "алтыны"}

_TR_CARDINALS = {
    "sıfır": 0, "iki": 2, "üç": 3, "dört": 4, "beş": 5, "altı": 6, "yedi": 7, "sekiz": 8, "dokuz": 9, "on": 10,
    "yirmi": 20, "otuz": 30, "kırk": 40, "elli": 50, "altmış": 60, "yetmiş": 70, "seksen": 80, "doksan": 90,
}  # fmt: skip


def number_word(word: str, language: str) -> Word | None:
    """The number that a word of one language means, whatever its case and ending; None if it is no number."""
    base = language.split("-")[0]
    find = _LANGUAGES.get(base)
    return find(word.lower().replace("ё", "е")) if find else None


@cache
def _english(word: str) -> Word | None:
    if word in _SCALES:
        return Word(_SCALES[word], "scale")
    if word == "hundred":
        return Word(100, "hundred")
    if word in ("one", "a", "an"):
        return Word(1, article=True)
    if word == "dozen":
        return Word(12)
    if word.endswith("fold") and word[:-4] in _EN_UNITS:
        return Word(_EN_UNITS.index(word[:-4]))
    if word == "both":
        return Word(2)
    if word == "half":
        return Word(0.5, half=True)
    for names, first, step in ((_EN_UNITS, 0, 1), (_EN_TENS, 20, 10)):
        if word in names:
            return Word(first + step * names.index(word))
    if word in _EN_ORDINALS:
        return Word(1 + _EN_ORDINALS.index(word), ordinal=True)
    if word.endswith("ieth") and f"{word[:-4]}y" in _EN_TENS:
        return Word(20 + 10 * _EN_TENS.index(f"{word[:-4]}y"), ordinal=True)
    return Word(100, "hundred", ordinal=True) if word == "hundredth" else None


@cache
def _russian(word: str) -> Word | None:
    if match := _RU_SCALE.fullmatch(word):
        return Word(_RU_SCALES[match[1]], "scale")
    if word == "половиной":
        return Word(0.5, half=True)
    if word in ("сто", "ста"):
        return Word(100)
    if word in _RU_CARDINALS:
        return Word(_RU_CARDINALS[word])
    if word in ("один", "одна", "одно", "одного", "одной", "одну", "одному", "одним", "одном"):
        return Word(1, article=True)
    if word[-1:] in "ьи" and word[:-1] in _RU_SOFT:
        return Word(_RU_SOFT[word[:-1]])
    if word.endswith("ью") and word[:-2] in _RU_SOFT:
        return Word(_RU_SOFT[word[:-2]])
    if word in _RU_SOFT and _RU_SOFT[word] >= 50:
        return Word(_RU_SOFT[word])
    if word in ("третий", "третьего", "третьем", "третьему", "третья", "третью", "третье", "третьей", "третьих"):
        return Word(3, ordinal=True)
    if match := _RU_COMPOUND.fullmatch(word):
        return _russian(match[1])
    for ending in _RU_ADJECTIVE:
        if word.endswith(ending) and word[: -len(ending)] in _RU_ORDINALS:
            return Word(_RU_ORDINALS[word[: -len(ending)]], ordinal=True)
    return None


@cache
def _kazakh(word: str) -> Word | None:
    for stem, value in _KK_SCALES.items():
        if word.startswith(stem) and _KK_ENDING.fullmatch(word[len(stem) :]):
            return Word(value, "scale")
    if word.startswith("жүз") and _KK_ENDING.fullmatch(word[3:]) and word not in _KK_OTHER:
        return Word(100, "hundred")
    if word in _KK_OTHER:
        return None
    if word == "жарым":
        return Word(0.5, half=True)
    for stem, value in (_KK_COLLECTIVES | _KK_CARDINALS).items():
        if word.startswith(stem) and (found := _KK_ENDING.fullmatch(word[len(stem) :])):
            if stem == "он" and word not in ("он", "онға", "оннан", "онын", "онға", "оныншы", "онда"):
                continue  # "оның", "онда", "оны" are his, there, him
            return Word(value, ordinal=bool(found["ordinal"]), article=stem == "тоқсан")
    if word in ("бірінші", "біріншісі"):
        return Word(1, ordinal=True)
    return Word(1, article=True) if word == "бір" else None


@cache
def _turkish(word: str) -> Word | None:
    stem = word.partition("'")[0]
    if stem in ("bin", "milyon", "milyar", "trilyon"):
        return Word({"bin": 1e3, "milyon": 1e6, "milyar": 1e9, "trilyon": 1e12}[stem], "scale")
    if stem == "yüz":
        return Word(100, "hundred")
    if stem in _TR_CARDINALS:
        return Word(_TR_CARDINALS[stem])
    return Word(1, article=True) if stem == "bir" else None


_LANGUAGES = {"en": _english, "ru": _russian, "kk": _kazakh, "tr": _turkish}
