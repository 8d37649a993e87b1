"""Number words of Kazakh, with their endings: жиырма бес, жүзден, мыңға, бесінші, екеуі."""

from __future__ import annotations

import re
from functools import cache

from rag.facts.types import NumberWord

_CARDINALS = {
    "нөл": 0, "екі": 2, "үш": 3, "төрт": 4, "бес": 5, "алты": 6, "жеті": 7, "сегіз": 8, "тоғыз": 9, "он": 10,
    "жиырма": 20, "отыз": 30, "қырық": 40, "елу": 50, "алпыс": 60, "жетпіс": 70, "сексен": 80, "тоқсан": 90,
}  # fmt: skip
_COLLECTIVES = {"екеу": 2, "үшеу": 3, "төртеу": 4, "бесеу": 5, "алтау": 6, "жетеу": 7}
_SCALES = {"мың": 1e3, "миллион": 1e6, "млн": 1e6, "миллиард": 1e9, "млрд": 1e9, "триллион": 1e12, "трлн": 1e12}
# Endings of cases and of the ordinal, none of which begins another word: "жүзге" counts, "жүзеге" does not.
_ENDING = re.compile(
    r"(?P<ordinal>(?:ін|ын|н)ш[іы](?:с[іы])?)?"
    r"(?:[ғгқк][ае]|[дт][ае]н|н[ае]н|[ндт][іы]ң|[ндт][іы]|[дт][ае]|д[ае]й|т[ае]й|с[іы]н(?:[аеіы]н?)?(?:[дн][ае]н?)?"
    r"|[іы]н(?:[іы]ң|[ае]н|д[ае]|[аеіы])?|[іы]|с[іы]|ме?н|пен|бен)?"
)

# For, gold, in fact, his face: no numbers, though they look like them.
_OTHER = {"үшін", "алтын", "жүзі", "жүзін", "жүзінде", "жүзінен", "жүзіне", "онда", "алтыны"}
# Of the forms of он (ten) those that are no others: "оның", "оны" are his, him.
_TEN = frozenset("он онға оннан онын оныншы".split())


@cache
def kazakh_number(word: str) -> NumberWord | None:
    """The number that a word (in small letters) means, whatever its ending; None if it is none."""
    for stem, value in _SCALES.items():
        if word.startswith(stem) and _ENDING.fullmatch(word[len(stem) :]):
            return NumberWord(value, "scale")
    if word.startswith("жүз") and _ENDING.fullmatch(word[3:]) and word not in _OTHER:
        return NumberWord(100, "hundred")
    if word in _OTHER:
        return None
    if word == "жарым":
        return NumberWord(0.5, half=True)
    for stem, value in (_COLLECTIVES | _CARDINALS).items():
        if word.startswith(stem) and (found := _ENDING.fullmatch(word[len(stem) :])):
            if stem == "он" and word not in _TEN:
                continue
            return NumberWord(value, ordinal=bool(found["ordinal"]), article=stem == "тоқсан")
    if word in ("бірінші", "біріншісі"):
        return NumberWord(1, ordinal=True)
    return NumberWord(1, article=True) if word == "бір" else None
