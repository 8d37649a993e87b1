"""Kazakh in Arabic and in Latin letters: how to tell it, and how it is written in Cyrillic ones.

The Arabic letters are those of Xinjiang, where a hamza before a word makes its vowels soft; the Latin ones the
official alphabets of 2018 (with acutes) and 2021 (with diaereses and ş, ğ, ŋ, ū).
"""

from __future__ import annotations

import re
from itertools import pairwise

# ی, ه and the like of Arabic and Persian are written otherwise; ى inside a word is no Arabic.
_TURKIC_ARABIC = re.compile(r"[ۇۋۆەڭ]|ى(?=[\u0621-\u06d3])|\bء(?=[\u0621-\u06d3])")
_OF_KAZAKH = re.compile(r"\bء(?=[\u0621-\u06d3])|ع")
_OF_UYGHUR = re.compile("[ېۈئغچخھ]")
# Letters of Kurdish, Kyrgyz, Persian, Urdu and Pashto that Kazakh never has.
_OF_OTHERS = re.compile("[ێڕڵۅۉیکےٹڈڑںټډړښڅځڼۍژ]")
_FEW_SIGNS = 2

# Of lower-case text: a pattern that ignores case takes ı for i.
_LATIN_SIGNS = re.compile(r"q(?!u)|[ŋǵ]")
_LATIN_OWN = re.compile("[áǵńóúýäğŋñöüūşı]")
_LATIN_JY = re.compile("[jy]")
_LATIN_OTHERS = re.compile("[ëəçéèxwʻ]|[og][’‘'`ʼ]")
_LEAST_SIGNS = 0.01


def is_kazakh_in_arabic(text: str) -> bool:
    """Return whether a text in Arabic letters is Kazakh; Uyghur, the nearest, seats its vowels on a hamza."""
    if _OF_OTHERS.search(text) or not _TURKIC_ARABIC.search(text):
        return False
    return len(_OF_KAZAKH.findall(text)) >= len(_OF_UYGHUR.findall(text))


def has_kazakh_signs(text: str) -> bool:
    """Return whether a text in Arabic letters has some that Kazakh has and Uyghur has not."""
    return len(_OF_KAZAKH.findall(text)) >= _FEW_SIGNS


def is_kazakh_in_latin(text: str) -> bool:
    """Return whether a text in Latin letters is Kazakh: q without u, ŋ or ǵ, among letters of its alphabets."""
    lowered = text.lower()
    signs = len(_LATIN_SIGNS.findall(lowered))
    if signs < max(1, _LEAST_SIGNS * sum(map(str.isalpha, text))) or len(_LATIN_OTHERS.findall(lowered)) > signs / 2:
        return False
    return bool(_LATIN_OWN.search(lowered) and _LATIN_JY.search(lowered))


_ARABIC = str.maketrans(
    {
        "ا": "а", "ب": "б", "ۆ": "в", "گ": "г", "ع": "ғ", "د": "д", "ە": "е", "ج": "ж", "ز": "з", "ي": "и", "ك": "к",
        "ق": "қ", "ل": "л", "م": "м", "ن": "н", "ڭ": "ң", "و": "о", "پ": "п", "ر": "р", "س": "с", "ت": "т", "ۋ": "у",
        "ۇ": "ұ", "ف": "ф", "ح": "х", "خ": "х", "ھ": "һ", "چ": "ч", "ش": "ш", "ى": "ы", "ء": "",
    }
)  # fmt: skip
_SOFT = {"о": "ө", "ұ": "ү", "ы": "і"}
_ALEF_BEFORE_E = re.compile("ا.*ە")
_VOWELS = frozenset("аәеоөұүыі")
_LATIN_2021 = str.maketrans(
    "aäbdefgğhıijkqlmnŋñoöprsştuūüvyz", "аәбдефгғхіижкқлмнңңоөпрсштуұүвыз"
)  # fmt: skip
_LATIN_2018 = str.maketrans("aábdefgǵhiıjkqlmnńoóprstýuúvyz", "аәбдефгғхіижкқлмнңоөпрстуұүвыз")
_OF_2018 = re.compile("[áǵńóúý]|sh|ch")
_OF_2021 = re.compile("[äğŋñöüūş]")
_JOINED = (("йа", "я"), ("йу", "ю"), ("шч", "щ"))


def from_arabic(word: str) -> str:
    """Return a Kazakh word in Arabic letters in Cyrillic ones."""
    is_soft = "ء" in word or (not re.search("[قع]", word) and bool(re.search("[ەكگ]", word)))
    letters = list(word.translate(_ARABIC))
    for place, letter in enumerate(letters):
        if letter in _SOFT:
            beside = {*letters[max(0, place - 1) : place], *letters[place + 1 : place + 2]}
            if beside & {"к", "г"} or (is_soft and not beside & {"қ", "ғ"}):
                letters[place] = _SOFT[letter]
    cyrillic = "".join(letters)
    if "ء" in word or (is_soft and _ALEF_BEFORE_E.search(word)):
        cyrillic = cyrillic.replace("а", "ә", 1)
    return _with_glides(cyrillic)


def from_latin(word: str, text: str) -> str:
    """Return a lower-case Kazakh word in Latin letters in Cyrillic ones, by the alphabet of ``text`` around it."""
    lowered = text.lower()
    if len(_OF_2018.findall(lowered)) > len(_OF_2021.findall(lowered)):
        word = word.replace("sh", "ш").replace("ch", "ч").translate(_LATIN_2018)
    else:
        word = word.translate(_LATIN_2021)
    return _with_glides(word)


def _with_glides(word: str) -> str:
    """Return a word with й for и after a vowel, and the letters that stand for two sounds."""
    glides = "".join("й" if c == "и" and before in _VOWELS else c for before, c in pairwise(" " + word))
    for two, one in _JOINED:
        glides = glides.replace(two, one)
    return glides
