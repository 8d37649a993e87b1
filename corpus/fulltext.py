"""Words as the full-text index sees them, for every script.

Han text is folded to Simplified (OpenCC) and indexed as characters and bigrams; other words are lowercased,
stripped of diacritics and cut to their first five letters, which does the work of a stemmer for Kazakh
(measured on KazQAD: mAP 0.56 uncut, 0.68 cut). Only the index is folded: what readers see is the original.
Words that a reader puts in quotation marks are meant as they stand: `quoted_phrases` finds them, `folded` is the
form in which they are compared.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import pairwise

import regex

from corpus.language import in_script

_HAN = "\u2e80-\u2fdf\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_KANA = "\u3041-\u30ff\u31f0-\u31ff"
# Written without spaces, or with endings that grow on short stems: found by single characters and pairs.
_PAIRED = f"{_HAN}{_KANA}\uac00-\ud7af"
# Thai, Lao, Burmese and Khmer stand without spaces, and a single letter of theirs says nothing: pairs alone.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
_RUN = regex.compile(
    rf"(?P<paired>[{_PAIRED}]+)|(?P<unspaced>[{_UNSPACED}]+)|(?P<number>\d+(?:[.,]\d+)*)"
    rf"|(?P<word>(?:(?![{_PAIRED}{_UNSPACED}])[\p{{L}}\p{{M}}])+)"
)
_STEM = 5
_QUOTED = regex.compile(
    r"“([^“”]+)”|\"([^\"]+)\"|«([^«»]+)»|「([^「」]+)」|『([^『』]+)』|„([^„“”]+)[“”]|《([^《》]+)》"
)
# "ASTANA, 5 March (Agency) — " and "【本报讯】": where and when a copy was filed.
_DATELINE = regex.compile(
    r"\A\s*+(?:\p{Lu}{3,}(?:[ -]\p{Lu}+)*(?:,[^.!?—–\n]{1,30}?)?(?:\s*\([^)\n]{1,20}\))?\s+[—–-]+\s|【[^】\n]{1,30}】)"
)
_ONLY_QUOTED = regex.compile(r"\s*(?:“[^“”]+”|\"[^\"]+\"|«[^«»]+»|「[^「」]+」|『[^『』]+』|„[^„“”]+[“”])\s*")
# Kept apart: in these letters the mark is part of the letter's identity, not an accent on it.
_LETTERS = str.maketrans(
    {"ё": "е", "ى": "ي", "ئ": "ي", "ک": "ك", "گ": "ك", "ی": "ي", "ة": "ه", "ـ": None, "ı": "i", "ß": "ss", "ς": "σ"}
)


def index_terms(text: str) -> list[str]:
    """The terms of ``text`` in order, repeated as they repeat."""
    terms: list[str] = []
    for match in _runs(text):
        run = match.group()
        if match.lastgroup == "paired":
            terms.extend(run)
            terms.extend(a + b for a, b in pairwise(run))
        elif match.lastgroup == "unspaced":
            terms.extend([a + b for a, b in pairwise(run)] or [run])
        elif match.lastgroup == "number":
            terms.append(regex.sub(r"\D", "", run))
        else:
            terms.append(_fold(run)[:_STEM])
    return [term for term in terms if term]


def match_any(terms: Iterable[str]) -> str:
    """An FTS5 query for any of ``terms``; empty where there is none. Terms are quoted: nothing is syntax."""
    return " OR ".join(f'"{term}"' for term in dict.fromkeys(terms))


def match_all(terms: Iterable[str]) -> str:
    """An FTS5 query for all of ``terms``."""
    return " AND ".join(f'"{term}"' for term in dict.fromkeys(terms))


def folded(text: str) -> str:
    """The words and numbers of ``text`` alone, script, case and diacritics folded: equal for equal wording."""
    return "".join(_fold(run.group()) if run.lastgroup == "word" else run.group() for run in _runs(text))


def wording(text: str) -> int:
    """A 64-bit hash of what ``text`` says, letter for letter and digit for digit, without a dateline."""
    digest = hashlib.sha256((folded(_DATELINE.sub("", text, count=1)) or text).encode()).digest()
    return int.from_bytes(digest[:8], "little", signed=True)


def quoted_phrases(text: str) -> list[str]:
    """What stands in quotation marks or title marks in ``text``."""
    phrases = [next(filter(None, match.groups())).strip() for match in _QUOTED.finditer(text)]
    return [phrase for phrase in dict.fromkeys(phrases) if folded(phrase)]


def is_one_quotation(text: str) -> bool:
    """Whether ``text`` is nothing but words in quotation marks: a search for exactly those words."""
    return bool(_ONLY_QUOTED.fullmatch(text))


def _runs(text: str) -> Iterator[regex.Match[str]]:
    runs: Iterator[regex.Match[str]] = _RUN.finditer(unicodedata.normalize("NFKC", simplified(text)))
    return runs


def _fold(word: str) -> str:
    lowered = word.lower().translate(_LETTERS)
    if not lowered.isascii() and not _is_cyrillic(lowered):
        bare = "".join(c for c in unicodedata.normalize("NFKD", lowered) if not unicodedata.combining(c))
        lowered = unicodedata.normalize("NFC", bare)
    return lowered


def _is_cyrillic(word: str) -> bool:
    """In Cyrillic, й is a letter and not an accented и."""
    return "\u0400" <= word[0] <= "\u052f"


def simplified(text: str) -> str:
    """``text`` with its Traditional characters as Simplified ones, of the same length."""
    return in_script(text, "zh-Hans")
