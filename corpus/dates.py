"""Dates as documents write them, as ISO dates."""

from __future__ import annotations

import datetime
import re
from email.utils import parsedate_to_datetime

_ISO = re.compile(r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})")
_HAN = re.compile(r"(?P<y>\d{4})\s*年\s*(?P<m>\d{1,2})\s*月\s*(?P<d>\d{1,2})\s*日")
_DAY_MONTH = re.compile(r"(?P<d>\d{1,2})\.?\s+(?P<month>[^\W\d_]{3,})\.?,?\s+(?P<y>\d{4})")
_MONTH_DAY = re.compile(r"(?P<month>[^\W\d_]{3,})\.?\s+(?P<d>\d{1,2})(?:st|nd|rd|th)?,\s+(?P<y>\d{4})")
_KAZAKH = re.compile(r"(?P<y>\d{4})\s*(?:ж\.|жылғы|жылы)\s*(?P<d>\d{1,2})\s+(?P<month>[^\W\d_]{3,})")

_SENTENCE_END = re.compile(r"(?:[^\W\d_]{4}|\d{4})[.!?]$|[。！？]$")
_MAX_DATE_LINE = 60
_MAX_OTHER_LETTERS = 12

# Month names are recognised by their first letters, which case endings do not change.
_MONTHS = (
    ("jan", "янв", "қаң"), ("feb", "фев", "ақп"), ("mar", "мар", "нау"), ("apr", "апр", "сәу"),
    ("may", "мая", "май", "мам"), ("jun", "июн", "мау"), ("jul", "июл", "шіл"), ("aug", "авг", "там"),
    ("sep", "сен", "қыр"), ("oct", "окт", "қаз"), ("nov", "ноя", "қар"), ("dec", "дек", "жел"),
)  # fmt: skip


def iso_date(value: str | None) -> str | None:
    """Return the first date in ``value`` as ``YYYY-MM-DD``, or None."""
    if not value:
        return None
    value = value.strip()[:200]
    return _from_timestamp(value) or _from_numbers(value) or _from_names(value)


def day_of(timestamp: str | None) -> str | None:
    """Return the date of an ISO timestamp as it shows it, whatever its time zone; an ISO date itself; None for None."""
    return timestamp[:10].split("T")[0] if timestamp else None


def date_line(text: str) -> str | None:
    """Return the date of a line with little else in it ("Thu, 19 Oct 2023 20:51 GMT"); None for any other line."""
    if len(text) > _MAX_DATE_LINE:
        return None
    date = iso_date(text)
    if not date or _SENTENCE_END.search(text):
        return None
    patterns = (_KAZAKH, _HAN, _DAY_MONTH, _MONTH_DAY, _ISO)
    match = next((found for pattern in patterns if (found := pattern.search(text))), None)
    rest = text.replace(match.group(), "") if match else text
    return date if sum(c.isalpha() for c in rest) <= _MAX_OTHER_LETTERS else None


def date_of_epoch_ms(milliseconds: int) -> str | None:
    """Return the UTC date of a time in epoch milliseconds, or None if no calendar holds it."""
    try:
        return datetime.datetime.fromtimestamp(milliseconds / 1000, datetime.UTC).date().isoformat()
    except (ValueError, OverflowError, OSError):
        return None


def _from_timestamp(value: str) -> str | None:
    try:
        if "T" in value and value[:4].isdigit():
            moment = datetime.datetime.fromisoformat(value)
        elif ":" in value:
            moment = parsedate_to_datetime(value)
        else:
            return None
    except (ValueError, TypeError, IndexError):
        return None
    return (moment.astimezone(datetime.UTC) if moment.tzinfo else moment).date().isoformat()


def _from_numbers(value: str) -> str | None:
    match = _ISO.search(value) or _HAN.search(value)
    return _date(int(match["y"]), int(match["m"]), int(match["d"])) if match else None


def _from_names(value: str) -> str | None:
    for pattern in (_KAZAKH, _DAY_MONTH, _MONTH_DAY):
        match = pattern.search(value)
        month = _month(match["month"]) if match else None
        if match and month:
            return _date(int(match["y"]), month, int(match["d"]))
    return None


def _month(name: str) -> int | None:
    start = name.lower()[:3]
    return next((number for number, names in enumerate(_MONTHS, 1) if start in names), None)


def _date(year: int, month: int, day: int) -> str | None:
    try:
        return datetime.date(year, month, day).isoformat()
    except ValueError:
        return None
