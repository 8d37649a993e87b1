"""Dates as files write them, brought to ISO 8601: a day, or a month or year alone where no more is said.

The day is the one that is shown: a time with an offset is not moved to another zone. A date that can be read in
two ways is no date, and neither is one of another calendar: its year lies outside those in which ours has files.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Iterator
from functools import cache

from babel import Locale

FIRST_YEAR, LAST_YEAR = 1500, 2200
_DAY_LENGTH = len("2031-03-04")
_LONGEST = 200
_MAX_DATE_LINE = 60
_MAX_OTHER_LETTERS = 12
_SENTENCE_END = re.compile(r"(?:[^\W\d_]{4}|\d{4})[.!?]$|[。！？]$")

_MONTH = r"(?P<month>[^\W\d_]{2,})"
_DAY = r"(?<![\d.:/-])(?P<d>\d{1,2})"
_YEAR = r"(?<!\d)(?P<y>\d{4})(?!\d)"
_OF = r"(?:[\s,.-]|\b(?:of|de|del|den)\b)+"
_ORDINAL = r"(?:st|nd|rd|th|er|re|º|ª|°|\.|-?(?:го|е|ші|шi|нші))?"
_TIME = r"\d{1,2}:\d\d(?::\d\d)?(?:\s+(?:[A-Z]{2,5}|[+-]\d{4}))?"
# In the order in which they are tried; the first that matches and names a month decides.
_DAYS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?<![\d.])(?P<y>\d{4})(?P<s>[-/.])\s?(?P<m>\d{1,2})(?P=s)\s?(?P<d>\d{1,2})(?!\d)",
        r"(?<!\d)(?P<y>\d{4})\s*[年년]\s*(?P<m>\d{1,2})\s*[月월]\s*(?P<d>\d{1,2})\s*[日号號일]",
        r"(?<![\d.])(?P<d>\d{1,2})\.\s?(?P<m>\d{1,2})\.\s?(?P<y>\d{4})(?!\d)",
        r"(?P<d>\d{1,2})\s+tháng\s+(?P<m>\d{1,2}),?\s+(?:năm\s+)?(?P<y>\d{4})(?!\d)",
        rf"{_DAY}{_ORDINAL}{_OF}{_MONTH}{_OF}{_YEAR}",
        rf"{_MONTH}\.?\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?:{_TIME}\s+)?{_YEAR}",
        rf"{_YEAR}\s*(?:ж\.|жылғы|жылы|жылдың|г\.|года)?[\s,.-]*(?P<d>\d{{1,2}})(?!\d)[\s-]+{_MONTH}",
        rf"{_YEAR}\s*(?:ж\.|жылғы|жылы|жылдың|г\.|года)?[\s,.-]*{_MONTH}\.?[\s-]+(?P<d>\d{{1,2}})(?![\d:])",
    )
)
_EITHER_ORDER = re.compile(r"(?<![\d/-])(?P<a>\d{1,2})(?P<s>[/-])(?P<b>\d{1,2})(?P=s)(?P<y>\d{4})(?!\d)")
_MONTHS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?<!\d)(?P<y>\d{4})\s*[年년]\s*(?P<m>\d{1,2})\s*[月월]",
        rf"{_MONTH}{_OF}{_YEAR}",
        rf"{_YEAR}\s*(?:ж\.|жылғы|жылы|жылдың|г\.|года)?[\s,.-]*{_MONTH}",
    )
)
# Numbers that are dates only where nothing else stands beside them.
_ALONE = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})(?:T?\d{4,6}\S*)?",
        r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})",
        r"(?P<m>\d{1,2})[/.](?P<y>\d{4})",
        r"(?P<y>\d{4})\s*(?:[年년]|г\.?|год|года|ж\.?|жыл|жылы|р\.?|рік|року)?",
    )
)
# Where a day comes before its month in numbers too; in English it depends on the country.
_NOT_DAY_FIRST = frozenset({"en", "zh", "ja", "ko", "hu", "mn", "und", ""})

_NAMING = (
    "en", "ru", "kk", "de", "fr", "es", "uk", "tr", "ar", "it", "pt", "nl", "pl", "cs", "sv", "da", "ro", "hu", "be",
    "bg", "ky", "tg", "az", "id",
)  # fmt: skip
_OTHER_NAMES = {
    "sept": 9, "mai": 5, "شباط": 2, "آذار": 3, "نيسان": 4, "أيار": 5, "حزيران": 6, "تموز": 7, "آب": 8, "أيلول": 9,
    "إبريل": 4, "märz": 3, "maerz": 3, "jänner": 1,
}  # fmt: skip
_TWO_WORDS = {
    "كانون الثاني": "يناير", "كانون الأول": "ديسمبر", "تشرين الأول": "أكتوبر", "تشرين الثاني": "نوفمبر",
}  # fmt: skip
# A name of so many letters is known with a case ending too (наурыздың, марта).
_LEAST_OF_INFLECTED = 4
_LONGEST_ENDING = 4

_DASHES = re.compile("[\u2010-\u2015\u2212]")
_ERAS = {"民國": 1911, "民国": 1911, "令和": 2018, "平成": 1988, "昭和": 1925}
_ERA = re.compile(rf"(?:中[華华])?({'|'.join(_ERAS)})\s*(\d{{1,3}}|元)\s*年")
_HAN_NUMBER = re.compile("[〇○零一二三四五六七八九十百廿卅]+(?=\\s*[年月日号號])")
_HAN_DIGITS = {
    c: n for n, both in enumerate(("〇○零", "一", "二", "三", "四", "五", "六", "七", "八", "九")) for c in both
}
_HAN_TENS = {"十": 10, "百": 100}


def iso_date(value: str | None, language: str | None = None) -> str | None:
    """Return the first date in ``value`` as ``YYYY-MM-DD``, ``YYYY-MM`` or ``YYYY``, or None.

    ``language``, a BCP 47 tag, tells what ``03/04/2031`` means where neither number can only be a day.
    """
    found = _find(_plain(value), language) if value else None
    return found[0] if found else None


def day_of(timestamp: str | None) -> str | None:
    """Return the date of an ISO timestamp as it shows it, whatever its time zone; an ISO date itself; None for None."""
    return timestamp[:10].split("T")[0] if timestamp else None


def date_line(text: str) -> str | None:
    """Return the day of a line with little else in it ("Thu, 19 Oct 2023 20:51 GMT"); None for any other line."""
    if len(text) > _MAX_DATE_LINE or _SENTENCE_END.search(text):
        return None
    plain = _plain(text)
    date, rest = _find(plain) or ("", "")
    if len(date) < _DAY_LENGTH:
        return None  # "Room 2031" and "May 2031" may be all that a text has to say
    return date if sum(c.isalpha() for c in rest) <= _MAX_OTHER_LETTERS else None


def date_of_epoch_ms(milliseconds: int) -> str | None:
    """Return the UTC date of a time in epoch milliseconds, or None if no calendar holds it."""
    try:
        return datetime.datetime.fromtimestamp(milliseconds / 1000, datetime.UTC).date().isoformat()
    except (ValueError, OverflowError, OSError):
        return None


def _plain(value: str) -> str:
    """Return ``value`` with ASCII digits and dashes, numbers for Chinese numerals, and years of our era."""
    text = unicodedata.normalize("NFKC", value.strip()[:_LONGEST])
    text = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)
    text = _HAN_NUMBER.sub(lambda match: _of_han(match.group()), _DASHES.sub("-", text))
    text = _ERA.sub(lambda match: f"{_ERAS[match[1]] + (1 if match[2] == '元' else int(match[2]))}年", text)
    for two, one in _TWO_WORDS.items():
        text = text.replace(unicodedata.normalize("NFKC", two), one)
    return text


def _of_han(numeral: str) -> str:
    if not any(c in "十百廿卅" for c in numeral):
        return "".join(str(_HAN_DIGITS[c]) for c in numeral)
    total = digit = 0
    for c in numeral.replace("廿", "二十").replace("卅", "三十"):
        if unit := _HAN_TENS.get(c):
            total, digit = total + (digit or 1) * unit, 0
        else:
            digit = _HAN_DIGITS[c]
    return str(total + digit)


def _find(text: str, language: str | None = None) -> tuple[str, str] | None:
    """Return the date of a plain text and what else stands in it."""
    for pattern in _ALONE:
        if match := pattern.fullmatch(text):
            date = _date(match)
            return (date, "") if date else None
    for match in _named(text, _DAYS):
        date = _date(match)
        return (date, _without(text, match)) if date else None
    if match := _EITHER_ORDER.search(text):
        date = _of_either(match, language)
        return (date, _without(text, match)) if date else None
    for match in _named(text, _MONTHS):
        date = _date(match)
        return (date, _without(text, match)) if date else None
    return None


def _named(text: str, patterns: tuple[re.Pattern[str], ...]) -> Iterator[re.Match[str]]:
    """Yield the matches in which a word at the place of a month is the name of one."""
    for pattern in patterns:
        for match in pattern.finditer(text):
            if "month" not in pattern.groupindex or _month(match["month"]):
                yield match


def _without(text: str, match: re.Match[str]) -> str:
    return text[: match.start()] + " " + text[match.end() :]


def _date(match: re.Match[str]) -> str | None:
    """Return the date that a match gives, as far as it does; None if the calendar has no such day."""
    found = match.groupdict()
    if not FIRST_YEAR <= int(found["y"]) <= LAST_YEAR:
        return None
    month = _month(found["month"]) if found.get("month") else int(found.get("m") or 0)
    return _iso(int(found["y"]), month or None, int(found["d"]) if found.get("d") else None)


def _iso(year: int, month: int | None, day: int | None) -> str | None:
    try:
        date = datetime.date(year, 1 if month is None else month, 1 if day is None else day).isoformat()
    except ValueError:
        return None
    return date if day is not None else date[:7] if month is not None else date[:4]


def _of_either(match: re.Match[str], language: str | None) -> str | None:
    """Return the date of ``13/04/2031`` or ``04/13/2031``, and of ``03/04/2031`` if the language tells the order."""
    first, second, year = int(match["a"]), int(match["b"]), int(match["y"])
    day_first = first > 12 or first == second or (language or "").split("-")[0] not in _NOT_DAY_FIRST
    if not FIRST_YEAR <= year <= LAST_YEAR or (not day_first and second <= 12):
        return None
    return _iso(year, second, first) if day_first and second <= 12 else _iso(year, first, second)


def _month(name: str) -> int | None:
    names, folded = _month_names(), _folded(name)
    if folded in names:
        return names[folded]
    shorter = (folded[:-cut] for cut in range(1, _LONGEST_ENDING + 1))
    if folded[:1].isascii():
        return None  # "Marching" and "Juliet" are no months; endings are those of Cyrillic languages
    return next((names[stem] for stem in shorter if len(stem) >= _LEAST_OF_INFLECTED and stem in names), None)


def _folded(name: str) -> str:
    bare = unicodedata.normalize("NFKD", name.casefold().replace("ı", "i"))
    return "".join(c for c in bare if not unicodedata.combining(c))


@cache
def _month_names() -> dict[str, int]:
    """Return the months by their names, long and short, in many languages; a name of two months is left out."""
    found: dict[str, set[int]] = {}
    for number, name in _named_months():
        found.setdefault(_folded(name.rstrip(".")), set()).add(number)
    names = {name: numbers.pop() for name, numbers in found.items() if len(numbers) == 1 and name.isalpha()}
    return names | {_folded(name): number for name, number in _OTHER_NAMES.items()}


def _named_months() -> Iterator[tuple[int, str]]:
    for tag in _NAMING:
        for forms in Locale.parse(tag).months.values():
            for width in ("wide", "abbreviated"):
                yield from forms[width].items()
