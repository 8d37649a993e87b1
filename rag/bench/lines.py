"""Rows of JSON-lines and tab-separated files, each of which knows where it stands, so that an error can say so."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import langcodes

from corpus.language import known_tag
from rag.errors import WrongUse

_LARGEST = 1_000_000


@dataclass(frozen=True, slots=True)
class Row:
    """A JSON object and its place, as ``queries.jsonl, line 3``. Each method gives a checked field or raises."""

    values: dict[str, Any]
    where: str

    def error(self, problem: str) -> WrongUse:
        """The error for something wrong with this row."""
        return WrongUse(f"{self.where}: {problem}; mend that line")

    def text(self, name: str, *, default: str | None = None, empty: bool = False) -> str:
        """A text, which must say something unless it may be ``empty``."""
        value = default if self.values.get(name) is None else self.values[name]
        if not isinstance(value, str) or not (value.strip() or empty or value == default):
            raise self.error(f"{name} is missing or is not text")
        try:
            value.encode()
        except UnicodeEncodeError:
            raise self.error(f"{name} is not valid Unicode") from None
        return value

    def identifier(self, name: str) -> str:
        """A text or a whole number, as text."""
        value = self.values.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        return self.text(name)

    def own_identifier(self) -> str:
        """The row's ``id``, which BEIR calls ``_id``."""
        return self.identifier("id" if "id" in self.values or "_id" not in self.values else "_id")

    def identifiers(self, name: str) -> tuple[str, ...]:
        """A list of one identifier or more."""
        values = self.values.get(name)
        if not isinstance(values, list) or not values:
            raise self.error(f"{name} must be a list of identifiers")
        return tuple(Row({name: value}, self.where).identifier(name) for value in values)

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts, each of which must have a letter or a digit; missing is empty."""
        values = self.values.get(name) or []
        if not isinstance(values, list) or not all(isinstance(v, str) and any(map(str.isalnum, v)) for v in values):
            raise self.error(f"{name} must be a list of texts with letters or digits")
        return tuple(Row({name: value}, self.where).text(name) for value in values)

    def truth(self, name: str) -> bool:
        """True or false."""
        value = self.values.get(name)
        if not isinstance(value, bool):
            raise self.error(f"{name} must be true or false")
        return value

    def whole_number(self, name: str) -> int:
        """A whole number, written as a number or as text (both occur in judgements)."""
        value = self.values.get(name)
        try:
            number = int(value) if isinstance(value, str | int) and not isinstance(value, bool) else None
        except ValueError:
            number = None
        if number is None and isinstance(value, float) and value.is_integer():
            number = int(value)
        if number is None or abs(number) > _LARGEST:
            raise self.error(f"{name} is missing or is not a whole number up to {_LARGEST}")
        return number

    def language(self, name: str) -> str:
        """A BCP 47 tag of the registry, as Dalil writes it (``en`` for ``en-US``, ``zh-Hant`` for ``zh-TW``)."""
        tag = self.text(name)
        if not langcodes.tag_is_valid(tag):
            raise self.error(f"{name} {tag} is not a language; give a BCP 47 tag as kk or zh-Hant")
        return known_tag(tag) or tag

    def choice(self, name: str, choices: Sequence[str], *, default: str) -> str:
        """One of a few words."""
        value = self.values.get(name, default)
        if value not in choices:
            raise self.error(f"{name} must be {' or '.join(choices)}")
        return str(value)

    def parts(self, name: str, fields: Sequence[str]) -> list[Row]:
        """A list of objects, as rows of the same place; missing is empty."""
        values = self.values.get(name) or []
        if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
            raise self.error(f"{name} must be a list of objects with {' and '.join(fields)}")
        return [Row(value, self.where) for value in values]


def read_rows(path: Path) -> Iterator[Row]:
    """The objects of a JSON-lines file; `WrongUse` names the first line that is none. Blank lines are passed over."""
    for number, line in _lines(path):
        where = f"{path}, line {number}"
        try:
            values = json.loads(line)
        except (ValueError, RecursionError):
            raise WrongUse(f"{where}: not JSON; mend that line") from None
        if not isinstance(values, dict):
            raise WrongUse(f"{where}: not a JSON object; mend that line")
        yield Row(values, where)


def read_table(path: Path, columns: Sequence[str]) -> Iterator[Row]:
    """Read a tab-separated file whose first line names its columns, ``columns`` among them, as rows of texts.

    Raises `WrongUse` where a column is missing, and for the first line that has another number of values.
    """
    lines = _lines(path)
    names = [name.strip() for name in next(lines, (0, ""))[1].split("\t")]
    if missing := [name for name in columns if name not in names]:
        raise WrongUse(f"{path}, line 1: there is no column {missing[0]}; begin with {', '.join(columns)} between tabs")
    for number, line in lines:
        where, values = f"{path}, line {number}", line.split("\t")
        if len(values) != len(names):
            raise WrongUse(f"{where}: {len(values)} values and not {len(names)} between tabs; mend that line")
        yield Row(dict(zip(names, map(str.strip, values), strict=True)), where)


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of a UTF-8 file that are not blank, with their numbers from 1."""
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise WrongUse(f"{path} is not UTF-8 text (byte {error.start}); save it as UTF-8") from None
    except OSError as error:
        raise WrongUse(f"{path} cannot be read ({error.strerror}); check the path") from None
    yield from ((number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip())
