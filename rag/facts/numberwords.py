"""Read numbers that are written in words, in English, Russian and Kazakh."""

from __future__ import annotations

import re
from functools import cache

from rag.facts.types import NumberWord

_KAZAKH_CARDINALS = {
    "нөл": 0, "екі": 2, "үш": 3, "төрт": 4, "бес": 5, "алты": 6, "жеті": 7, "сегіз": 8, "тоғыз": 9, "он": 10,
    "жиырма": 20, "отыз": 30, "қырық": 40, "елу": 50, "алпыс": 60, "жетпіс": 70, "сексен": 80, "тоқсан": 90,
}  # fmt: skip
_COLLECTIVES = {"екеу": 2, "үшеу": 3, "төртеу": 4, "бесеу": 5, "алтау": 6, "жетеу": 7}
_KAZAKH_SCALES = {"мың": 1e3, "миллион": 1e6, "млн": 1e6, "миллиард": 1e9, "млрд": 1e9, "триллион": 1e12, "трлн": 1e12}
# Endings of cases and of the ordinal, none of which begins another word: "жүзге" counts, "жүзеге" does not.
_ENDING = re.compile(
    r"(?P<ordinal>(?:ін|ын|н)ш[іы](?:с[іы])?)?"
    r"(?:[ғгқк][ае]|[дт][ае]н|н[ае]н|[ндт][іы]ң|[ндт][іы]|[дт][ае]|д[ае]й|т[ае]й|с[іы]н(?:[аеіы]н?)?(?:[дн][ае]н?)?"
    r"|[іы]н(?:[іы]ң|[ае]н|д[ае]|[аеіы])?|[іы]|с[іы]|ме?н|пен|бен)?"
)

# Words that look like numbers and are none: for, gold, in fact, his face.
_OTHER = {"үшін", "алтын", "жүзі", "жүзін", "жүзінде", "жүзінен", "жүзіне", "онда", "алтыны"}
# The forms of он (ten) that are no other words; "оның" and "оны" are left out, for they mean his and him.
_TEN = frozenset("он онға оннан онын оныншы".split())


@cache
def kazakh_number(word: str) -> NumberWord | None:
    """Return the number that a word (in small letters) means, whatever its ending; None if it is no number."""
    for stem, value in _KAZAKH_SCALES.items():
        if word.startswith(stem) and _ENDING.fullmatch(word[len(stem) :]):
            return NumberWord(value, "scale")
    if word.startswith("жүз") and _ENDING.fullmatch(word[3:]) and word not in _OTHER:
        return NumberWord(100, "hundred")
    if word in _OTHER:
        return None
    if word == "жарым":
        return NumberWord(0.5, half=True)
    for stem, value in (_COLLECTIVES | _KAZAKH_CARDINALS).items():
        if word.startswith(stem) and (found := _ENDING.fullmatch(word[len(stem) :])):
            if stem == "он" and word not in _TEN:
                continue
            return NumberWord(value, ordinal=bool(found["ordinal"]), article=stem == "тоқсан")
    if word in ("бірінші", "біріншісі"):
        return NumberWord(1, ordinal=True)
    return NumberWord(1, article=True) if word == "бір" else None


_RUSSIAN_CARDINALS = {
    word: value
    for value, words in {
        0: "ноль нуля",
        1.5: "полтора полторы полутора",
        2: "два две двух двум двумя двое двоих оба обе обоих обеих обеим обоим",
        3: "три трех трем тремя трое троих",
        4: "четыре четырех четырем четырьмя четверо четверых",
        5: "пятеро пятерых",
        6: "шестеро шестерых",
        7: "семеро семерых",
        8: "восемь восьми восемью",
        40: "сорок сорока",
        50: "пятидесяти пятьюдесятью",
        60: "шестьюдесятью шестидесяти",
        70: "семьюдесятью семидесяти",
        80: "восемьюдесятью восьмидесяти",
        90: "девяносто девяноста",
        200: "двести двухсот двумстам",
        300: "триста трехсот",
        400: "четыреста четырехсот",
        500: "пятьсот пятисот",
        600: "шестьсот шестисот",
        700: "семьсот семисот",
        800: "восемьсот восьмисот",
        900: "девятьсот девятисот",
    }.items()
    for word in words.split()
}
# Stems before -ь, -и and -ью; the tens from fifty on stand without an ending too.
_SOFT = {
    "пят": 5, "шест": 6, "сем": 7, "девят": 9, "десят": 10, "одиннадцат": 11, "двенадцат": 12, "тринадцат": 13,
    "четырнадцат": 14, "пятнадцат": 15, "шестнадцат": 16, "семнадцат": 17, "восемнадцат": 18, "девятнадцат": 19,
    "двадцат": 20, "тридцат": 30, "пятьдесят": 50, "шестьдесят": 60, "семьдесят": 70, "восемьдесят": 80,
}  # fmt: skip
# Stems before the endings of adjectives.
_ORDINALS = {
    "перв": 1, "втор": 2, "треть": 3, "четверт": 4, "пят": 5, "шест": 6, "седьм": 7, "восьм": 8, "девят": 9,
    "десят": 10, "одиннадцат": 11, "двенадцат": 12, "тринадцат": 13, "четырнадцат": 14, "пятнадцат": 15,
    "шестнадцат": 16, "семнадцат": 17, "восемнадцат": 18, "девятнадцат": 19, "двадцат": 20, "тридцат": 30,
    "сороков": 40, "пятидесят": 50, "шестидесят": 60, "семидесят": 70, "восьмидесят": 80, "девяност": 90, "сот": 100,
}  # fmt: skip
_ADJECTIVE = ("ый", "ий", "ой", "ого", "его", "ому", "ему", "ым", "им", "ом", "ем", "ая", "яя", "ую", "юю", "ое",
                 "ее", "ые", "ие", "ых", "их", "ыми", "ими", "ей")  # fmt: skip
# четырёхдневный, пятилетний: a number and what it counts in one word.
_COMPOUND = re.compile(
    r"(двух|трех|четырех|пяти|шести|семи|восьми|девяти|десяти|двадцати|тридцати|сорока|ста)"
    r"(?:дневн|летн|лети|месячн|недельн|часов|минутн|сторонн|кратн|этажн|томн|процентн|миллионн|тысячн)\w+"
)
_SCALE = re.compile(r"(тысяч|тыс|миллион|млн|миллиард|млрд|триллион|трлн)(?:а|и|у|е|ей|ы|ов|ам|ами|ах|ом|ью)?")
_RUSSIAN_SCALES = {"тысяч": 1e3, "тыс": 1e3, "миллион": 1e6, "млн": 1e6, "миллиард": 1e9, "млрд": 1e9, "триллион": 1e12,
              "трлн": 1e12}  # fmt: skip
_ONE = "один одна одно одного одной одну одному одним одном".split()
_THIRD = "третий третьего третьем третьему третья третью третье третьей третьих".split()
_LEAST_BARE = 50
_WORDS: dict[str, NumberWord] = {
    **{f"{stem}{end}": NumberWord(n, ordinal=True) for stem, n in _ORDINALS.items() for end in _ADJECTIVE},
    **{word: NumberWord(3, ordinal=True) for word in _THIRD},
    **{stem: NumberWord(n) for stem, n in _SOFT.items() if n >= _LEAST_BARE},
    **{f"{stem}{end}": NumberWord(n) for stem, n in _SOFT.items() for end in ("ь", "и", "ью")},
    **{word: NumberWord(1, article=True) for word in _ONE},
    **{word: NumberWord(n) for word, n in _RUSSIAN_CARDINALS.items()},
    **{word: NumberWord(100) for word in ("сто", "ста")},
    "половиной": NumberWord(0.5, half=True),
}


@cache
def russian_number(word: str) -> NumberWord | None:
    """Return the number that a word (in small letters, with е for ё) means; None if it is no number."""
    if match := _SCALE.fullmatch(word):
        return NumberWord(_RUSSIAN_SCALES[match[1]], "scale")
    if match := _COMPOUND.fullmatch(word):
        return _WORDS[match[1]]
    return _WORDS.get(word)


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
    """Return the number that a word of one language means, whatever its case and ending; None if it is no number."""
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
