"""Errors as RFC 9457 has them."""

from __future__ import annotations

from pydantic import Field

from rag.wire.base import Told

MEDIA_TYPE = "application/problem+json"


class WrongField(Told):
    """A field that is wrong."""

    pointer: str = Field(description="JSON pointer (RFC 6901) into the body, or the parameter's name")
    detail: str = Field(description="what is wrong with it")


class Error(Told):
    """The same for clients that expect OpenAI's errors."""

    message: str = Field(description="the detail")
    type: str = Field(description="a kind of error")
    code: str | None = Field(description="the kind of problem")
    param: str | None = Field(default=None, description="never set")


class Problem(Told):
    """What went wrong, and what to do."""

    type: str = Field(description="the kind of problem, as a URI: `urn:dalil:` and a name")
    title: str = Field(description="the kind, in words")
    status: int = Field(description="the HTTP status")
    detail: str = Field(description="a sentence that says what to do")
    request_id: str = Field(description="also in X-Request-ID; find it in the log")
    errors: list[WrongField] | None = Field(default=None, description="fields that are wrong")
    error: Error = Field(description="the same for clients that expect OpenAI's errors")
