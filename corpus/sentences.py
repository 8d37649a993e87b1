"""Sentences of a paragraph, with their offsets.

`sentencex` (Wikimedia) finds the boundaries; it keeps quotations together and knows many languages'
abbreviations. What it misses in our languages is corrected here: initials and Kazakh and Russian abbreviations
it cuts at, sentences that begin with a number, and attributions torn from the quotation they belong to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

import sentencex

# A full stop after these does not end a sentence when the text goes on.
_ABBREVIATIONS = frozenset({
    # Kazakh: year, city, street, thousand, million, billion, and so on, see, tenge
    "ж", "жж", "ғ", "ғғ", "қ", "көш", "обл", "ауд", "мың", "млн", "млрд", "трлн", "тг", "т.б", "т.с.с", "т.с",
    "т.ғ.к", "қар", "мыс", "тб", "б.з.д", "б.э.д",
    # Russian
    "г", "гг", "в", "вв", "г-н", "г-жа", "т.е", "т.к", "т.п", "т.д", "т.н", "и.о", "ул", "пр", "пл",
    "р-н", "руб", "коп", "тыс", "см", "ср", "им", "проф", "акад", "доц", "янв", "фев", "февр", "мар", "апр",
    "июн", "июл", "авг", "сен", "сент", "окт", "ноя", "нояб", "дек", "стр", "илл", "рис", "табл", "напр",
    # English and names
    "mr", "mrs", "ms", "dr", "prof", "st", "jr", "sr", "gen", "col", "lt", "sgt", "rev", "hon", "sen", "rep",
    "gov", "pres", "no", "vol", "fig", "eq", "e.g", "i.e", "cf", "al", "etc", "vs", "approx", "jan", "feb",
    "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec", "u.s", "u.k", "u.n", "ph.d", "inc",
    "ltd", "co", "corp",
})  # fmt: skip
_BEFORE_NUMBERS = frozenset({"no", "vol", "fig", "eq", "рис", "табл", "илл"})
_MAY_END = frozenset({
    "ж", "жж", "г", "гг", "в", "вв", "т.б", "т.с.с", "т.д", "т.п", "etc", "тг", "руб", "мың", "тыс", "млн", "млрд",
    "трлн",
})  # fmt: skip
_LAST_WORD = re.compile(r"([^\s(«“\"'„]+)\.\s*$")
_INITIAL = re.compile(r"(?:^|[\s(«“\"„.-])[^\W\d_]\.\s*$")
_AND_SO_ON = re.compile(r"\bт\.\s?[дпбс]\.\s*$")
_GOES_ON = re.compile(r"\s*[-–—,;:)\]»”’]|\s*[a-zа-яёәғқңөұүһіўїє]")
# Inside a stretch taken for one sentence: a stop, a space, and a number or an opening quotation mark or letter.
_MISSED = re.compile(
    r"(?<=[^\W_]{2}[.!?…])[\"'”’»)\]]*\s+(?=[\d«“\"„(]|[^\W\d_a-zа-яёәғқңөұүһі])"
    r"|(?<=\d [гж]\.)\s+(?=[А-ЯЁӘҒҚҢӨҰҮҺІ«])"
)
_YEAR = re.compile(r"\d\s?[гж]\.\s*$")
_MONTHS_AFTER_YEAR = re.compile(
    r"\s*(?:\d{1,2}\s+)?(?:қаңтар|ақпан|наурыз|сәуір|мамыр|маусым|шілде|тамыз|қыркүйек|қазан|қараша|желтоқсан)"
)
_CLOSING = {"”": "“", "」": "「", "》": "《"}
_LOOK = 60
_WINDOW = 4000
_MAX_WINDOW = 16_000
_HAN_STOP = re.compile(r"(?<=[。！？])(?=[^”’」』）)\]】》〉。！？…\s])")


def split_sentences(text: str, language: str) -> list[tuple[int, int]]:
    """Return the spans of the sentences of one paragraph, in order, without the white space between them."""
    base = language.split("-")[0]
    cuts = [0]
    for start, end in _boundaries(text, base):
        cuts.extend(_missed(text, start, end, base))
        cuts.append(end)
    cuts = [cut for cut in cuts if cut in (0, len(text)) or not _holds_together(text, cut)]
    if cuts[-1] != len(text):
        cuts.append(len(text))
    return [span for pair in pairwise(cuts) if (span := _trimmed(text, *pair))]


def _boundaries(text: str, language: str) -> Iterator[tuple[int, int]]:
    """Yield the spans that the library takes for sentences, found window by window.

    Its time grows with the square of the text's length.
    """
    start, size = 0, _WINDOW
    while start < len(text):
        window = text[start : start + size]
        ends = [start + int(found["end_index"]) for found in sentencex.get_sentence_boundaries(language, window)]
        if start + size < len(text):
            # The last sentence may go on after the window; where it fills most of it, look further first.
            whole = ends[:-1]
            if whole and whole[-1] - start >= size // 2:
                ends = whole
            elif size < _MAX_WINDOW:
                size *= 2
                continue
        for end in ends or [min(start + size, len(text))]:
            if end > start:
                yield start, end
                start = end
        size = _WINDOW


def _missed(text: str, start: int, end: int, language: str) -> list[int]:
    found = [match.end() for match in _MISSED.finditer(text, start, end)]
    if language in {"zh", "ja"}:
        found += _han_stops(text, start, end)
    return sorted(cut for cut in found if start < cut < end)


def _han_stops(text: str, start: int, end: int) -> list[int]:
    """Return the positions after the stops at which no quotation is still open."""
    stops = []
    open_quotes = dict.fromkeys(_CLOSING.values(), 0)
    seen = start
    for match in _HAN_STOP.finditer(text, start, end):
        for c in text[seen : match.end()]:
            if c in open_quotes:
                open_quotes[c] += 1
            elif c in _CLOSING:
                open_quotes[_CLOSING[c]] -= 1
        seen = match.end()
        if max(open_quotes.values()) <= 0:
            stops.append(seen)
    return stops


def _holds_together(text: str, cut: int) -> bool:
    """Return whether the sentence before ``cut`` goes on after it, so that it must not be cut there."""
    before, after = text[max(0, cut - _LOOK) : cut], text[cut : cut + _LOOK]
    if _AND_SO_ON.search(before[-8:]):
        return not after.lstrip()[:1].isupper()
    if _YEAR.search(before[-8:]):
        return not _is_new_sentence("г", after)
    if _INITIAL.search(before[-8:]) or (before.endswith(".") and after[:1].isalnum()):
        return True
    word = _LAST_WORD.search(before[-24:])
    if word and word[1].lower() in _ABBREVIATIONS:
        return not _is_new_sentence(word[1].lower(), after)
    return bool(_GOES_ON.match(after)) and _stops_with_mark(before)


def _is_new_sentence(word: str, after: str) -> bool:
    """Return whether a sentence begins after an abbreviation.

    After "2018 г." or "2018 ж." a capital letter begins one, unless a date goes on; after "no.", anything but a number.
    """
    following = after.lstrip()[:1]
    if word in _BEFORE_NUMBERS:
        return not following.isdigit()
    if word in _MAY_END:
        return following.isupper() and not _MONTHS_AFTER_YEAR.match(after.lower())
    return False


def _stops_with_mark(before: str) -> bool:
    return before.rstrip()[-1:] in tuple('.!?…”»"’)]」』')


def _trimmed(text: str, start: int, end: int) -> tuple[int, int] | None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return (start, end) if start < end else None
