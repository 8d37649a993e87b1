"""Replies of the service read, its errors as `ServiceError`, and whether a call is made again."""

from __future__ import annotations

import datetime
import math
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
from pydantic import ValidationError

from rag.client.calls import Call, T
from rag.client.errors import ServiceError
from rag.client.reach import Reach
from rag.wire.problems import Problem

_URN = "urn:dalil:"
_REPEATED = (429, 503)
_FIRST_PAUSE = 0.25
# The connection failed. A reply that took too long is none of these: to ask again would make it longer for all.
_BROKEN = (httpx.ConnectError, httpx.ConnectTimeout, httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError)


class Attempts:
    """Says after how many seconds a call is made again, or raises what ended it."""

    def __init__(self, reach: Reach, call: Call[Any]) -> None:
        self._reach = reach
        self._call = call
        self._made = 0
        self._waited = 0.0

    def failed(self, error: httpx.RequestError) -> float:
        """After no reply came."""
        pause = _FIRST_PAUSE * 2.0**self._made
        if self._call.is_safe and isinstance(error, _BROKEN) and self._may_wait(pause):
            return pause
        raise no_reply(self._reach, error) from error

    def refused(self, response: httpx.Response) -> float:
        """After a reply that is no success, read already: only where the service itself says when to come again."""
        told = problem(self._reach, response, response.content)
        pause = told.retry_after
        if response.status_code in _REPEATED and pause is not None and self._may_wait(pause):
            return pause
        raise told

    def _may_wait(self, pause: float) -> bool:
        # Coming sooner than told would be turned away again; who cannot wait so long hears of it at once.
        if self._made >= self._reach.retries or self._waited + pause > self._reach.patience:
            return False
        self._made += 1
        self._waited += pause
        return True


def read(call: Call[T], response: httpx.Response) -> T:
    """What a success says."""
    try:
        return call.shape.model_validate_json(response.content)
    except ValidationError as error:
        raise unreadable(response) from error


def no_reply(reach: Reach, error: httpx.RequestError) -> ServiceError:
    """The error for a connection that failed, or took too long."""
    reason = reach.hidden(f"{type(error).__name__}: {error}".rstrip(": "))
    return ServiceError(f"no reply came from {reach.base_url} ({reason}); see whether it runs", kind="no-reply")


def unreadable(response: httpx.Response, detail: str = "") -> ServiceError:
    """The error for a reply that the client does not understand."""
    return ServiceError(
        detail or "the reply is none of Dalil's; see what base_url names",
        status=response.status_code,
        kind="unreadable",
        request_id=response.headers.get("x-request-id"),
    )


def problem(reach: Reach, response: httpx.Response, body: bytes) -> ServiceError:
    """The error that a reply tells of, in its body or an event; of whatever stands between, its status alone."""
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
    """The seconds of a Retry-After header, which may also be a date; None where it is neither."""
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
