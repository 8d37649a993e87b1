"""Read the replies of the API: results, streamed events, and problems as errors."""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Literal

import httpx
from pydantic import BaseModel, ValidationError

from rag.client.calls import Call, Reach, T
from rag.wire.answers import Answer, Hit, Statement
from rag.wire.requests import Problem, WrongField


class ServiceError(Exception):
    """The service refused or failed, or could not be reached.

    ``kind`` is the part after ``urn:dalil:`` of the service's own problems. The client has kinds of its own:
    ``no-reply`` (nothing came, ``status`` is None), ``redirect`` (not followed), ``unreadable`` (not a reply of Dalil)
    and ``http`` (an error of something in between, such as a proxy).
    """

    def __init__(
        self,
        detail: str,
        *,
        status: int | None = None,
        kind: str = "http",
        request_id: str | None = None,
        retry_after: float | None = None,
        errors: Sequence[WrongField] = (),
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.status = status
        self.kind = kind
        self.request_id = request_id
        self.retry_after = retry_after
        self.errors = tuple(errors)

    def __str__(self) -> str:
        facts = [self.kind, *([f"request {self.request_id}"] if self.request_id else [])]
        return f"{self.detail} ({', '.join(facts)})"


_URN = "urn:dalil:"
_REPEATED = (429, 503)
_FIRST_PAUSE = 0.25
# The connection failed. A reply that took too long is none of these: asking again would make everyone wait longer.
_BROKEN = (httpx.ConnectError, httpx.ConnectTimeout, httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError)


class Attempts:
    """The attempts at a call: after each, how long to wait before the next, or the error that ends it."""

    def __init__(self, reach: Reach, call: Call[Any]) -> None:
        self._reach = reach
        self._call = call
        self._made = 0
        self._waited = 0.0

    def failed(self, error: httpx.RequestError) -> float:
        """Return the seconds to wait after no reply came; `ServiceError` where the call is not to be repeated."""
        pause = _FIRST_PAUSE * 2.0**self._made
        if self._call.is_safe and isinstance(error, _BROKEN) and self._may_wait(pause):
            return pause
        raise no_reply(self._reach, error) from error

    def refused(self, response: httpx.Response) -> float:
        """Return the seconds to wait after a reply, read already, that is no success.

        `ServiceError` where the call is not to be repeated; it is only where the service says when to try again.
        """
        told = problem(self._reach, response, response.content)
        pause = told.retry_after
        if response.status_code in _REPEATED and pause is not None and self._may_wait(pause):
            return pause
        raise told

    def _may_wait(self, pause: float) -> bool:
        # A try sooner than that would be refused again; where the wait is too long, the call fails at once.
        if self._made >= self._reach.retries or self._waited + pause > self._reach.patience:
            return False
        self._made += 1
        self._waited += pause
        return True


def read(call: Call[T], response: httpx.Response) -> T:
    """Return the content of a successful reply; `ServiceError` where it cannot be read."""
    try:
        return call.shape.model_validate_json(response.content)
    except ValidationError as error:
        raise unreadable(response) from error


def no_reply(reach: Reach, error: httpx.RequestError) -> ServiceError:
    """Return the error for a connection that failed, or took too long."""
    reason = reach.hidden(f"{type(error).__name__}: {error}".rstrip(": "))
    return ServiceError(f"no reply came from {reach.base_url} ({reason}); see whether it runs", kind="no-reply")


def unreadable(response: httpx.Response, detail: str = "") -> ServiceError:
    """Return the error for a reply that the client does not understand."""
    return ServiceError(
        detail or "the reply is none of Dalil's; see what base_url names",
        status=response.status_code,
        kind="unreadable",
        request_id=response.headers.get("x-request-id"),
    )


def problem(reach: Reach, response: httpx.Response, body: bytes) -> ServiceError:
    """Return the error that a reply reports, in its body or an event; if it is not Dalil's own, by its status alone."""
    retry_after = seconds(response.headers.get("retry-after"))
    try:
        told = Problem.model_validate_json(body)
    except ValidationError:
        request_id = response.headers.get("x-request-id")
        kind, detail = _of_status(response)
        return ServiceError(
            detail, status=response.status_code, kind=kind, request_id=request_id, retry_after=retry_after
        )
    return ServiceError(
        reach.hidden(told.detail),
        status=told.status,
        kind=reach.hidden(told.type).removeprefix(_URN),
        request_id=reach.hidden(told.request_id),
        retry_after=retry_after,
        errors=[
            one.model_copy(update={"pointer": reach.hidden(one.pointer), "detail": reach.hidden(one.detail)})
            for one in told.errors or ()
        ],
    )


def seconds(value: str | None) -> float | None:
    """Return the seconds of a Retry-After header, which may also be a date; None where it is neither."""
    try:
        found = float(value or "")
    except ValueError:
        try:
            date = parsedate_to_datetime(value or "")
        except ValueError:
            return None
        if date.tzinfo is None:
            return None
        found = max(0.0, (date - datetime.datetime.now(datetime.UTC)).total_seconds())
    return found if math.isfinite(found) and found >= 0 else None


def _of_status(response: httpx.Response) -> tuple[str, str]:
    if response.is_redirect:
        return "redirect", "the reply points elsewhere, where the key is not sent; give the service's own base_url"
    return "http", f"the reply was {response.status_code} {response.reason_phrase} and none of Dalil's".strip()


_LINE_END = re.compile(rb"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class HitsFound:
    """The hits, best first."""

    hits: list[Hit]
    kind: Literal["hits"] = "hits"


@dataclass(frozen=True, slots=True)
class Token:
    """Words of a model as it writes them, unchecked."""

    text: str
    kind: Literal["token"] = "token"


@dataclass(frozen=True, slots=True)
class StatementMade:
    """A checked sentence, its citations numbered as in the answer; only the answer names sources that agree."""

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
    """A parser of events from bytes, wherever these are cut.

    It does not use httpx's `iter_lines`, which also ends lines at U+2028 and the like; JSON may hold these unescaped.
    """

    def __init__(self) -> None:
        self._begun: list[bytes] = []
        self._name = ""
        self._data: list[bytes] = []
        self._ended_by_return = False

    def feed(self, data: bytes) -> Iterator[tuple[str, bytes]]:
        """Yield name and data of the events that these bytes complete."""
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
        """Yield the events that these bytes complete; `ServiceError` where one is an error or cannot be read."""
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
        """Check, at the end of the stream, that the answer has come; `ServiceError` if it has not."""
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
    return None  # an event of a later version
