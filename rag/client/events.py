"""The events of a streamed answer: Server-Sent Events as bytes come, and what they say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import httpx
from pydantic import BaseModel, ValidationError

from rag.client.reach import Reach
from rag.client.replies import problem, unreadable
from rag.wire.answers import Answer, Hit, Statement

_LINE_END = re.compile(rb"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class HitsFound:
    """What was found, best first."""

    hits: list[Hit]
    kind: Literal["hits"] = "hits"


@dataclass(frozen=True, slots=True)
class Token:
    """Words of a model's as it writes them, unchecked."""

    text: str
    kind: Literal["token"] = "token"


@dataclass(frozen=True, slots=True)
class StatementMade:
    """A checked sentence; its citations are numbered as in the answer, which also says who else says so."""

    statement: Statement
    kind: Literal["statement"] = "statement"


@dataclass(frozen=True, slots=True)
class AnswerMade:
    """The whole answer, the last event."""

    answer: Answer
    kind: Literal["answer"] = "answer"


Event = HitsFound | Token | StatementMade | AnswerMade


class _Hits(BaseModel):
    hits: list[Hit]


class _Token(BaseModel):
    text: str


class Lines:
    """Events from bytes, however these are cut.

    Not by httpx's `iter_lines`: that also ends lines at U+2028 and its like, which JSON holds as they are.
    """

    def __init__(self) -> None:
        self._begun: list[bytes] = []
        self._name = ""
        self._data: list[bytes] = []
        self._ended_by_return = False

    def feed(self, data: bytes) -> Iterator[tuple[str, bytes]]:
        """Name and data of the events that are complete with these bytes."""
        if self._ended_by_return and data.startswith(b"\n"):
            data = data[1:]
        self._ended_by_return = data.endswith(b"\r")
        *lines, rest = _LINE_END.split(data)
        for line in lines:
            whole = b"".join([*self._begun, line])
            self._begun.clear()
            yield from self._line(whole)
        self._begun.append(rest)

    def _line(self, line: bytes) -> Iterator[tuple[str, bytes]]:
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"event":
            self._name = value.decode("utf-8", "replace")
        elif field == b"data":
            self._data.append(value)
        elif not line:
            if self._data:
                yield self._name or "message", b"\n".join(self._data)
            self._name, self._data = "", []


class Reading:
    """The reply to a streamed question: bytes in, events out."""

    def __init__(self, reach: Reach, response: httpx.Response) -> None:
        self._reach = reach
        self._response = response
        self._lines = Lines()
        self._is_whole = False
        if not response.headers.get("content-type", "").startswith("text/event-stream"):
            raise unreadable(response)

    def feed(self, data: bytes) -> Iterator[Event]:
        """Events that are complete; `ServiceError` where the service tells of one."""
        for name, told in self._lines.feed(data):
            if name == "error":
                raise problem(self._reach, self._response, told)
            try:
                event = _event(name, told)
            except ValidationError as error:
                raise unreadable(self._response) from error
            if event:
                self._is_whole = self._is_whole or isinstance(event, AnswerMade)
                yield event

    def end(self) -> None:
        """No more comes; `ServiceError` if the answer did not."""
        if not self._is_whole:
            raise unreadable(self._response, "the stream ended before the answer; ask again")


def _event(name: str, told: bytes) -> Event | None:
    if name == "hits":
        return HitsFound(_Hits.model_validate_json(told).hits)
    if name == "token":
        return Token(_Token.model_validate_json(told).text)
    if name == "statement":
        return StatementMade(Statement.model_validate_json(told))
    if name == "answer":
        return AnswerMade(Answer.model_validate_json(told))
    return None  # of a later version
