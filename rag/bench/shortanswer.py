"""How near a short answer comes to accepted ones: exact match and F1, as reading comprehension is measured.

After SQuAD (Rajpurkar et al., EMNLP 2016), whose words are separated by spaces; characters of scripts that are written
without them count one by one, as in MLQA (Lewis et al., ACL 2020). Articles are not left out: most languages have none.
Traditional and Simplified characters are the same: a source is quoted in its own script, whatever script asks.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

import regex

from corpus.fulltext import simplified

# One by one: Han characters and kana.
_SINGLE = r"\p{Han}\p{Hiragana}\p{Katakana}"
_WORD = regex.compile(rf"[{_SINGLE}]|[^\s{_SINGLE}]+")
# A dash parts what stands around it ("1990–1995"); other punctuation, and signs that are not seen, are left out.
_DASH = regex.compile(r"\p{Pd}")
_LEFT_OUT = regex.compile(r"[\p{P}\p{Cf}]")


def words_of(text: str) -> list[str]:
    """Return the words that are compared: NFKC, case folded, without punctuation, Han simplified.

    Han and kana are parted by characters.
    """
    folded = unicodedata.normalize("NFKC", simplified(unicodedata.normalize("NFKC", text)).casefold())
    return _WORD.findall(_LEFT_OUT.sub("", _DASH.sub(" ", folded)))


def exact_match(given: str, accepted: Iterable[str]) -> float:
    """Return 1 where the words of ``given`` are those of one of ``accepted`` in the same order, else 0."""
    words = words_of(given)
    return float(bool(words) and any(words == words_of(answer) for answer in accepted))


def f1(given: str, accepted: Iterable[str]) -> float:
    """Return the harmonic mean of precision and recall of the words of ``given``, best over ``accepted``, 0 to 1."""
    words = words_of(given)
    return max((_f1(words, words_of(answer)) for answer in accepted), default=0.0)


def _f1(given: Sequence[str], accepted: Sequence[str]) -> float:
    shared = (Counter(given) & Counter(accepted)).total()
    return 2 * shared / (len(given) + len(accepted)) if shared else 0.0
