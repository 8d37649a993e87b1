"""How a name sounds, roughly, whatever its script: the classes of its consonants in Latin letters.

Transcriptions of a name agree in little more than that: Tokayev, Токаев, Тоқаев, 托卡耶夫 are all T-K-Y-V. Consonants
that Chinese, Kazakh, Russian and English write for one another share a class (b p f v w; d t; g k q h; s z c j; l r).
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from functools import cache

from anyascii import anyascii

_CLASSES = {
    **dict.fromkeys("bpfvw", "p"), **dict.fromkeys("dt", "t"), **dict.fromkeys("gkqhx", "k"),
    **dict.fromkeys("szcj", "s"), **dict.fromkeys("lr", "l"), "m": "m", "n": "n",
}  # fmt: skip
_DIGRAPHS = (
    ("shch", "s"), ("tsz", "s"), ("dzh", "s"), ("sch", "s"), ("zh", "s"), ("sh", "s"), ("ch", "s"), ("ts", "s"),
    ("dz", "s"), ("dj", "s"), ("ph", "p"), ("th", "t"), ("ck", "k"), ("kh", "k"), ("gh", "k"), ("x", "s"),
)  # fmt: skip
_HAN_RUN = re.compile(r"[\u3400-\u9fff·]+")
_HAN = re.compile(r"[\u3400-\u9fff]")
# How far vowels must agree beside the consonants; they vary more.
_LIKE_VOWELS = 0.6
_SAME_VOWELS = 0.7
_NASAL = re.compile(r"m(?=[pbfv])")
_HARD_C = re.compile(r"c(?=[aouklrt]|$)")
# 尔 spells a bare r.
_ER = re.compile(r"er(?![aeiou])")
# In pinyin every syllable begins with a capital.
_HAN_NG = re.compile(r"ng(?=[A-Z]|$|[^a-z])")
_NG = re.compile(r"ng(?![aeiouy])")


@cache
def sound(name: str) -> str:
    """Return the classes of the consonants of ``name``, in order."""
    return _sounds(name)[0]


def sounds_alike(a: str, b: str) -> float:
    """Return how far two names agree in sound, from 0 to 1; 0 where either is too short to tell.

    An ending on one of them (Чэнь Цюаньгоға, "to Chen Quanguo") costs little.
    """
    return max(_alike(first, second, a, b) for first in _sounds(a) for second in _sounds(b))


def _alike(first: str, second: str, a: str, b: str) -> float:
    shorter, longer = sorted((first, second), key=len)
    if len(shorter) < 2:
        return 1.0 if first == second and first and _latin(a) == _latin(b) else 0.0
    vowelled = SequenceMatcher(None, _voiced(a), _voiced(b), autojunk=False).ratio()
    ending = len(longer) - len(shorter)
    if _HAN.search(a + b) and len(shorter) >= 3 and shorter in longer and ending <= 2 and vowelled >= _LIKE_VOWELS:
        return 0.9  # the segmenter may have cut off a syllable
    if longer.startswith(shorter) and 0 < ending < len(shorter) and ending <= 2 and vowelled >= _SAME_VOWELS:
        return 0.9
    consonants = SequenceMatcher(None, first, second, autojunk=False).ratio()
    return consonants if vowelled >= _LIKE_VOWELS else min(consonants, vowelled)


@cache
def _sounds(name: str) -> tuple[str, ...]:
    """Return the ways in which a name may sound, each as the classes of its consonants.

    q is k in Kazakh names and ch in Chinese ones, 基 and 吉 spell ki and ji, ge is soft or hard, w a consonant or none.
    """
    is_han = bool(_HAN.search(name))
    ways = [{"q": "s", "j": j} for j in "sk"] if is_han else [{"q": q, "ge": q} for q in "ks"]
    heard = dict.fromkeys(_classes(name, {**way, "w": w}) for way in ways for w in ("p", ""))
    return tuple(heard) if is_han else tuple(dict.fromkeys((*heard, *map(_without_r, heard))))


def _without_r(classes: str) -> str:
    """Remove l and r before another consonant, where Chinese often leaves out an r: 维吉尼亚 for Virginia."""
    return re.sub("l(?=[^l])", "", classes)


@cache
def heard(name: str, text: str) -> bool:
    """Return whether a name is heard anywhere in a Chinese ``text``, wherever its words begin and end."""
    return any(_heard(wanted, name, run) for wanted in _sounds(name) for run in _HAN_RUN.findall(text))


def _heard(wanted: str, name: str, run: str) -> bool:
    if len(wanted) < 3:
        return False
    syllables = [sound(c) for c in run]
    for start in range(len(run)):
        said = ""
        for end in range(start, min(len(run), start + 2 * len(wanted))):
            said += syllables[end]
            if not wanted.startswith(said):
                break
            if said == wanted:
                ratio = SequenceMatcher(None, _voiced(name), _voiced(run[start : end + 1]), autojunk=False).ratio()
                if ratio >= (_LIKE_VOWELS if len(wanted) > 3 else _SAME_VOWELS):
                    return True
    return False


@cache
def _voiced(name: str) -> str:
    """Return the classes of a name's consonants with the vowels between them."""
    return _classes(name, {"q": "s" if _HAN.search(name) else "k"}, "aeiouy").replace("y", "i")


def _classes(name: str, spelt: dict[str, str], kept: str = "") -> str:
    latin = re.sub(r"([^aeiou])\1+", r"\1", _latin(name))
    latin = _ER.sub("r", latin) if _HAN.search(name) else _HARD_C.sub("k", latin)
    latin = _NASAL.sub("n", latin)
    for digraph, one in (*_DIGRAPHS, *spelt.items()):
        latin = latin.replace(digraph, one.upper())
    return "".join(c.lower() if c.isupper() else _CLASSES.get(c, c if c in kept else "") for c in latin)


@cache
def _latin(name: str) -> str:
    """Return ``name`` in small Latin letters, ng at the end of a syllable as n."""
    nasal = _HAN_NG if _HAN.search(name) else _NG
    return re.sub(r"[^a-z]", "", nasal.sub("n", anyascii(name)).lower())
