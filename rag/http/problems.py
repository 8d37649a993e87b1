"""Errors as problem details (RFC 9457): a kind, a sentence, a request id, and never a traceback."""

from __future__ import annotations

import errno
import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from rag.errors import CollectionError, DalilError, ModelFailed, StorageFull, WrongUse
from rag.library.wording import told
from rag.wire.requests import MEDIA_TYPE, Error, Problem, WrongField


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem."""

    name: str
    status: int
    title: str


BAD_REQUEST = Kind("bad-request", 400, "The request cannot be read")
UNAUTHORIZED = Kind("unauthorized", 401, "A key is needed")
FORBIDDEN = Kind("forbidden", 403, "This is not allowed")
NOT_FOUND = Kind("not-found", 404, "There is no such thing")
NOT_ALLOWED = Kind("method-not-allowed", 405, "The method is not allowed here")
NOT_ACCEPTABLE = Kind("not-acceptable", 406, "No such format is offered")
TOO_SLOW = Kind("request-timeout", 408, "The request came too slowly")
CONFLICT = Kind("conflict", 409, "This does not go together with what there is")
TOO_LARGE = Kind("too-large", 413, "The request is too large")
UNSUPPORTED = Kind("unsupported-media-type", 415, "The request's format is not understood")
INVALID = Kind("invalid", 422, "Something in the request is wrong")
TOO_MANY = Kind("too-many-requests", 429, "Too many requests")
INTERNAL = Kind("internal", 500, "The service failed")
UNAVAILABLE = Kind("collection-unavailable", 503, "The collection cannot be used")
BUSY = Kind("busy", 503, "The service is busy")
STORAGE = Kind("storage", 507, "Nothing can be written")
TIMEOUT = Kind("timeout", 504, "The answer took too long")
MODEL_FAILED = Kind("model-failed", 502, "The model that writes failed")


KINDS = {
    kind.status: kind
    for kind in (
        BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, NOT_FOUND, NOT_ALLOWED, NOT_ACCEPTABLE, TOO_SLOW, CONFLICT, TOO_LARGE,
        UNSUPPORTED, INVALID, TOO_MANY, INTERNAL, BUSY, STORAGE, TIMEOUT, MODEL_FAILED,
    )
}  # fmt: skip


class Refused(Exception):
    """The refusal of a request: its kind, a sentence, and in how many seconds the request may be tried again."""

    def __init__(self, kind: Kind, detail: str, *, retry_after: float | None = None) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.retry_after = retry_after


def timed_out(seconds: float) -> Refused:
    """Return the refusal for a question that is not answered in time."""
    return Refused(TIMEOUT, f"no answer within {seconds:g} seconds; ask a shorter question or a faster model")


logger = logging.getLogger(__name__)
_FULL = (errno.ENOSPC, errno.EDQUOT)
# At most so many wrong fields of a request are listed.
_MOST_FIELDS = 20
_DETAILS = {
    404: "there is nothing at this address; GET /openapi.json tells what there is",
    405: "this address does not know the method; GET /openapi.json tells which",
}
_WRONG = {
    "extra_forbidden": "there is no such field",
    "missing": "it is missing",
    "model_attributes_type": "the body is no JSON object, or was not sent as one (Content-Type: application/json)",
    "string_pattern_mismatch": "it does not have the form {pattern}",
}


def problem_of(kind: Kind, detail: str, request_id: str, errors: list[WrongField] | None = None) -> Problem:
    """Return a problem in the form in which it is sent."""
    error = Error(message=detail, type=kind.name.replace("-", "_"), code=kind.name)
    return Problem(
        type=f"urn:dalil:{kind.name}", title=kind.title, status=kind.status, detail=detail, request_id=request_id,
        errors=errors, error=error,
    )  # fmt: skip


def refusal_of(error: Exception) -> Refused:
    """Return the refusal that reports an error to a client; an unexpected error is logged."""
    if isinstance(error, Refused):
        return error
    if isinstance(error, ModelFailed):
        return Refused(MODEL_FAILED, told(error))
    if isinstance(error, WrongUse):
        return Refused(INVALID, told(error))
    if isinstance(error, CollectionError):
        return Refused(UNAVAILABLE, told(error), retry_after=10)
    if isinstance(error, DalilError):
        kind = STORAGE if isinstance(error, StorageFull) else UNAVAILABLE
        return Refused(kind, told(error), retry_after=10)
    if isinstance(error, OSError) and error.errno in _FULL:
        return Refused(STORAGE, "the disk is full; tell who runs the service", retry_after=60)
    logger.error("a request failed", exc_info=error)
    return Refused(INTERNAL, "the service failed in a way it should not; tell who runs it the request's id")


def problem_for(error: Exception, request_id: str) -> Problem:
    """Return the problem that reports an error to a client, where a reply has begun already."""
    refusal = refusal_of(error)
    return problem_of(refusal.kind, refusal.detail, request_id)


def reply(problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """Return the reply that carries a problem."""
    return Response(problem.model_dump_json(exclude_none=True), problem.status, dict(headers or {}), MEDIA_TYPE)


def refused(error: Exception, request_id: str) -> Response:
    """Return the reply to a request that ended in an error."""
    refusal = refusal_of(error)
    headers = {}
    if refusal.retry_after is not None:
        headers["Retry-After"] = str(max(1, math.ceil(refusal.retry_after)))
    if refusal.kind is UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Bearer realm="dalil"'
    return reply(problem_of(refusal.kind, refusal.detail, request_id), headers)


def install(app: FastAPI) -> None:
    """Have an application report every error as a problem."""

    async def any_error(request: Request, error: Exception) -> Response:
        return refused(error, _id(request))

    async def invalid(request: Request, error: Exception) -> Response:
        found: list[Any] = list(error.errors()) if isinstance(error, RequestValidationError) else []
        if any(one["type"] == "json_invalid" for one in found):
            return reply(problem_of(BAD_REQUEST, "the body is not JSON; send JSON in UTF-8", _id(request)))
        if any(one["loc"][:1] == ("path",) for one in found):
            return reply(
                problem_of(NOT_FOUND, "there is no such thing; take ids from lists, hits and jobs", _id(request))
            )
        fields = [WrongField(pointer=_pointer(one["loc"]), detail=_sentence(one)) for one in found[:_MOST_FIELDS]]
        detail = "; ".join(f"{field.pointer}: {field.detail}" for field in fields[:3]) or "the request is wrong"
        return reply(problem_of(INVALID, f"{detail}; put it right and send it again", _id(request), fields))

    async def http(request: Request, error: Exception) -> Response:
        if isinstance(error.__cause__, Refused | OSError):  # raised while FastAPI read the body
            return refused(error.__cause__, _id(request))
        status = error.status_code if isinstance(error, HTTPException) else 500
        headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
        kind = KINDS.get(status, BAD_REQUEST if status < 500 else INTERNAL)
        detail = _DETAILS.get(status) or str(getattr(error, "detail", "")) or kind.title
        return reply(problem_of(kind, detail, _id(request)), headers)

    app.add_exception_handler(Refused, any_error)
    app.add_exception_handler(DalilError, any_error)
    app.add_exception_handler(OSError, any_error)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http)


def documented(*kinds: Kind) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI descriptions of problems, by status."""
    found: dict[int | str, dict[str, Any]] = {}
    for kind in kinds:
        known = found.get(kind.status)
        text = f"{known['description']}; or: {kind.title.lower()}" if known else kind.title
        found[kind.status] = {
            "description": text,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        if kind.status in (429, 503, 507):
            seconds = {"description": "seconds until it may be tried again", "schema": {"type": "integer"}}
            found[kind.status]["headers"] = {"Retry-After": seconds}
    return found


def _sentence(error: Mapping[str, Any]) -> str:
    """Return what is wrong with a field, in words of our own where those of pydantic do not help a client."""
    words = _WRONG.get(error["type"])
    return words.format(**error.get("ctx", {})) if words else str(error["msg"])


def _pointer(location: tuple[Any, ...]) -> str:
    place, *parts = location or ("body",)
    if place != "body":
        return str(parts[-1] if parts else place)
    return "/" + "/".join(str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def _id(request: Request) -> str:
    return str(request.scope.get("dalil", {}).get("id", ""))
