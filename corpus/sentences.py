"""Sentences of a paragraph, with their offsets.

`sentencex` (Wikimedia) finds the boundaries; it keeps quotations together and knows many languages'
abbreviations. What it misses in our languages is mended here: initials and Kazakh and Russian abbreviations
it cuts at, sentences that begin with a number, and attributions torn from a quotation they belong to.
"""

from __future__ import annotations

import re

import sentencex

# A full stop after these does not end a sentence when the text goes on.
_ABBREVIATIONS = frozenset(
    # Kazakh: year, city, street, thousand, million, billion, and so on, see, tenge
    "ж жж ғ ғғ қ көш обл ауд мың млн млрд трлн тг т.б т.с.с т.с т.ғ.к қар мыс тб б.з.д б.э.д"
    # Russian
    " г гг в вв г-н г-жа т.е т.к т.п т.д т.н и.о ул пр пл обл р-н руб коп тыс см ср им проф акад доц"
    " янв фев февр мар апр июн июл авг сен сент окт ноя нояб дек стр илл рис табл напр"
    # English and names
    " mr mrs ms dr prof st jr sr gen col lt sgt rev hon sen rep gov pres no vol fig eq e.g i.e cf al etc vs approx"
    " jan feb mar apr jun jul aug sep sept oct nov dec u.s u.k u.n ph.d inc ltd co corp".split()
)
_LAST_WORD = re.compile(r"([^\s(«“\"'„]+)\.\s*$")
_INITIAL = re.compile(r"(?:^|[\s(«“\"„.-])[^\W\d_]\.\s*$")
_AND_SO_ON = re.compile(r"\bт\.\s?[дпбс]\.\s*$")
_GOES_ON = re.compile(r"\s*[-–—,;:)\]»”’]|\s*[a-zа-яёәғқңөұүһіўїє]")
# Inside a stretch taken for one sentence: a stop, a space, and a number or an opening quotation mark or letter.
_MISSED = re.compile(r"(?<=[^\W_]{2}[.!?…])[\"'”’»)\]]*\s+(?=[\d«“\"„(]|[^\W\d_a-zа-яёәғқңөұүһі])")
_MONTHS_AFTER_YEAR = re.compile(r"\s*(?:\d{1,2}\s+)?(?:қаңтар|ақпан|наурыз|сәуір|мамыр|маусым|шілде|тамыз|қыркүйек|қазан|қараша|желтоқсан)")
_HAN_STOP = re.compile(r"(?<=[。！？])(?=[^”’」』）)\]】》〉。！？…\s])")


def split_sentences(text: str, language: str) -> list[tuple[int, int]]:
    """Spans of the sentences of one paragraph, in order, without the white space between them."""
    base = language.split("-")[0]
    cuts = [0]
    for boundary in sentencex.get_sentence_boundaries(base, text):
        cuts.extend(_missed(text, boundary["start_index"], boundary["end_index"], base))
        cuts.append(boundary["end_index"])
    cuts = [cut for cut in cuts if cut in (0, len(text)) or not _holds_together(text, cut)]
    if cuts[-1] != len(text):
        cuts.append(len(text))
    return [span for pair in zip(cuts, cuts[1:], strict=False) if (span := _trimmed(text, *pair))]


def _missed(text: str, start: int, end: int, language: str) -> list[int]:
    found = [match.end() for match in _MISSED.finditer(text, start, end)]
    if language in {"zh", "ja"}:
        found += [match.end() for match in _HAN_STOP.finditer(text, start, end) if _quotes_closed(text[start : match.end()])]
    return sorted(cut for cut in found if start < cut < end)


def _quotes_closed(text: str) -> bool:
    """Whether every quotation opened in ``text`` is closed in it."""
    return text.count("“") <= text.count("”") and text.count("「") <= text.count("」") and text.count("《") <= text.count("》")


def _holds_together(text: str, cut: int) -> bool:
    """Whether the text before ``cut`` does not end a sentence after all."""
    before, after = text[:cut], text[cut:]
    if _AND_SO_ON.search(before[-8:]):
        return not after.lstrip()[:1].isupper()
    if _INITIAL.search(before[-8:]) or (before.endswith(".") and after[:1].isalnum()):
        return True
    word = _LAST_WORD.search(before[-24:])
    if word and word[1].lower() in _ABBREVIATIONS:
        return not _is_new_sentence(word[1].lower(), after)
    return bool(_GOES_ON.match(after)) and not before.rstrip()[-1:].isspace() and _stops_with_mark(before)


def _is_new_sentence(word: str, after: str) -> bool:
    """After "2018 г." or "2018 ж." a capital letter begins a sentence, unless a date goes on."""
    if word in {"ж", "жж", "г", "гг", "т.б", "т.с.с", "т.д", "т.п", "etc", "тг", "руб"}:
        return after.lstrip()[:1].isupper() and not _MONTHS_AFTER_YEAR.match(after.lower())
    return False


def _stops_with_mark(before: str) -> bool:
    return before.rstrip()[-1:] in ".!?…”»\"’)]」』"


def _trimmed(text: str, start: int, end: int) -> tuple[int, int] | None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return (start, end) if start < end else None
