"""Number words of Russian, in every case: семь, двухсот, двадцатью, сорокового, тремя тысячами, пятилетний."""

from __future__ import annotations

import re
from functools import cache

from rag.facts.types import NumberWord

_CARDINALS = {
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
# Before -ь, -и and -ью; the tens from fifty on stand without an ending too.
_SOFT = {
    "пят": 5, "шест": 6, "сем": 7, "девят": 9, "десят": 10, "одиннадцат": 11, "двенадцат": 12, "тринадцат": 13,
    "четырнадцат": 14, "пятнадцат": 15, "шестнадцат": 16, "семнадцат": 17, "восемнадцат": 18, "девятнадцат": 19,
    "двадцат": 20, "тридцат": 30, "пятьдесят": 50, "шестьдесят": 60, "семьдесят": 70, "восемьдесят": 80,
}  # fmt: skip
# Before the endings of adjectives.
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
_SCALES = {"тысяч": 1e3, "тыс": 1e3, "миллион": 1e6, "млн": 1e6, "миллиард": 1e9, "млрд": 1e9, "триллион": 1e12,
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
    **{word: NumberWord(n) for word, n in _CARDINALS.items()},
    **{word: NumberWord(100) for word in ("сто", "ста")},
    "половиной": NumberWord(0.5, half=True),
}


@cache
def russian_number(word: str) -> NumberWord | None:
    """The number that a word (in small letters, with е for ё) means; None if it is none."""
    if match := _SCALE.fullmatch(word):
        return NumberWord(_SCALES[match[1]], "scale")
    if match := _COMPOUND.fullmatch(word):
        return _WORDS[match[1]]
    return _WORDS.get(word)
