"""Filters that limit a search to a part of the collection: by language, date, publisher or document."""

from __future__ import annotations

import calendar
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from corpus.store import DocumentFacts
from rag.errors import WrongUse

_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")


@dataclass(frozen=True, slots=True)
class Filters:
    """What a search is limited to; an empty field does not limit. All fields must hold.

    ``languages``: language ranges matched as in RFC 4647, so that ``zh`` is Simplified and Traditional.
    ``since``, ``until``: ISO dates, months or years, both inclusive; a document without a date matches neither, and
    one that tells its month or year alone matches if a day of it lies in the range.
    ``publishers``: names as documents give them, in any case. ``documents``: ids, paths, or folders.
    """

    languages: tuple[str, ...] = ()
    since: str | None = None
    until: str | None = None
    publishers: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Raise `WrongUse` for a value that is no language tag, date or name, and for ``since`` after ``until``."""
        for language in self.languages:
            if not _LANGUAGE.fullmatch(language):
                raise WrongUse(f"{language} is not a language tag; give one as kk, ru or zh-Hant")
        if not all(wanted.strip() for wanted in (*self.documents, *self.publishers)):
            raise WrongUse("a document or publisher without a name was asked for; give a name or leave it out")
        since, until = self._first_day(), self._last_day()
        if since and until and since > until:
            raise WrongUse(f"no date lies between {self.since} and {self.until}; exchange them")

    def admits_language(self, language: str) -> bool:
        """Return whether a chunk in ``language`` may be found."""
        tag = language.lower()
        return not self.languages or any(
            tag == wanted.lower() or tag.startswith(f"{wanted.lower()}-") for wanted in self.languages
        )

    def admits_document(self, facts: DocumentFacts, paths: Sequence[str]) -> bool:
        """Return whether a document, which lies at ``paths``, may be found."""
        return (
            self._admits_date(facts.published)
            and (not self.publishers or (facts.publisher or "").casefold() in {p.casefold() for p in self.publishers})
            and (not self.documents or any(_names(wanted, facts.id, paths) for wanted in self.documents))
        )

    def _admits_date(self, published: str | None) -> bool:
        if not (self.since or self.until):
            return True
        if not published or not _DATE.fullmatch(published):
            return False
        since, until = self._first_day(), self._last_day()
        return (not since or _last_day_of(published) >= since) and (not until or _first_day_of(published) <= until)

    def _first_day(self) -> str | None:
        return _first_day_of(self.since) if self.since else None

    def _last_day(self) -> str | None:
        return _last_day_of(self.until) if self.until else None


def _first_day_of(date: str) -> str:
    """Return the first day of a day, month or year."""
    year, month, day = _parsed(date)
    return f"{year:04}-{month or 1:02}-{day or 1:02}"


def _last_day_of(date: str) -> str:
    year, month, day = _parsed(date)
    return f"{year:04}-{month or 12:02}-{day or calendar.monthrange(year, month or 12)[1]:02}"


def filters_from(values: Mapping[str, object]) -> Filters | None:
    """Make filters from named values, lists or single ones; return None where nothing limits.

    Raises `WrongUse` as `Filters` does.
    """

    def many(name: str) -> tuple[str, ...]:
        value = values.get(name) or ()
        return (value,) if isinstance(value, str) else tuple(str(item) for item in value)  # type: ignore[attr-defined]

    def one(name: str) -> str | None:
        return str(values[name]) if values.get(name) else None

    filters = Filters(many("languages"), one("since"), one("until"), many("publishers"), many("documents"))
    return None if filters == Filters() else filters


def _parsed(date: str) -> tuple[int, int | None, int | None]:
    match = _DATE.fullmatch(date)
    year, month, day = (int(part) if part else None for part in match.groups()) if match else (None, None, None)
    is_date = year and (month is None or 1 <= month <= 12)
    if not is_date or (day is not None and not 1 <= day <= calendar.monthrange(year or 1, month or 1)[1]):
        raise WrongUse(f"{date} is not a date; give one as 2023-10-19, 2023-10 or 2023")
    return year or 1, month, day


def _names(wanted: str, document_id: str, paths: Sequence[str]) -> bool:
    if wanted == document_id:
        return True
    place = os.path.abspath(os.path.expanduser(wanted))  # noqa: PTH100, PTH111 - as paths were kept when indexed
    return any(path == place or path.startswith(place.rstrip(os.sep) + os.sep) for path in paths)
