"""Why a request is refused, each kind with its status: what `rag.api.problems` makes replies of."""

from __future__ import annotations

from dataclasses import dataclass


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
    """A request that is not done: the kind, a sentence, and in how many seconds it may be tried again."""

    def __init__(self, kind: Kind, detail: str, *, retry_after: float | None = None) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.retry_after = retry_after


def timed_out(seconds: float) -> Refused:
    """The refusal of a question that is not answered in time."""
    return Refused(TIMEOUT, f"no answer within {seconds:g} seconds; ask a shorter question or a faster model")
