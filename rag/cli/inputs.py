"""What commands read: batches of questions and saved answers."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from rag.errors import WrongUse

Identifier = str | int | None


class Row(NamedTuple):
    """A question of a batch; ``history`` is the conversation before it, if any."""

    id: Identifier
    question: str
    history: list[Any]


def read_batch(name: str) -> Iterator[Row]:
    """Yield rows of a batch file; `WrongUse` names the first line that is not a question."""
    for number, line in enumerate(_lines(name), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (json.JSONDecodeError, RecursionError):
            raise WrongUse(f'line {number} of {name} is not JSON; each line must be {{"id", "question"}}') from None
        if not isinstance(row, dict) or not isinstance(row.get("question"), str):
            raise WrongUse(f'line {number} of {name} has no question; each line must be {{"id", "question"}}')
        identifier = row.get("id")
        if isinstance(identifier, bool) or not isinstance(identifier, str | int | None):
            raise WrongUse(f"line {number} of {name} has an id that is neither text nor a whole number; change it")
        history = row.get("history") or []
        if not isinstance(history, list):
            raise WrongUse(f'line {number} of {name} has a history that is no list; give [{{"question", "answer"}}, …]')
        yield Row(identifier, row["question"], history)


def read_history(name: str) -> list[Any]:
    """Return the conversation in a JSON file; `WrongUse` if the file holds no list."""
    try:
        value = json.loads("\n".join(_lines(name)))
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, list):
        raise WrongUse(f'{name} is no conversation; it must hold [{{"question", "answer"}}, …]')
    return value


def _lines(name: str) -> list[str]:
    """Return the lines of a file, of standard input for ``-``; `WrongUse` if it cannot be read.

    Only a line feed ends a line: JSON text may hold other characters that Python takes for line ends.
    """
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text("utf-8-sig")
        return text.removeprefix("\ufeff").split("\n")
    except OSError as error:
        raise WrongUse(f"{name} cannot be read ({error.strerror}); check the path") from None
    except UnicodeDecodeError:
        raise WrongUse(f"{name} is not UTF-8 text; save it as UTF-8") from None


def read_answers(name: str) -> list[dict[str, Any]]:
    """Return the saved answers of a file with one, a list of them, or one per line; `WrongUse` if it holds none."""
    lines = _lines(name)
    try:
        values = [json.loads("\n".join(lines))]
    except (ValueError, RecursionError):
        try:
            values = [json.loads(line) for line in lines if line.strip()]
        except (ValueError, RecursionError):
            raise WrongUse(f"{name} is not a saved answer; save one with `dalil ask --json`") from None
    answers = values[0] if len(values) == 1 and isinstance(values[0], list) else values
    if not answers or not all(isinstance(answer, dict) for answer in answers):
        raise WrongUse(f"{name} is not a saved answer; save one with `dalil ask --json`")
    return answers
