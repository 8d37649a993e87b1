"""What is known of a request while it is under way, and the parts of the service for those who serve it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.types import Message, Receive, Scope

from rag.api import metrics
from rag.api.refusals import timed_out
from rag.api.service import Service

T = TypeVar("T")


class ClientLeft(Exception):
    """The client went before the reply."""


def service_of(request: Request) -> Service:
    """The service of the application."""
    service: Service = request.app.state.service
    return service


def note(request: Request, **facts: Any) -> None:
    """Facts for the log's line of this request."""
    request.scope["dalil"]["facts"].update(facts)


def log_question(request: Request, question: str) -> None:
    """Have a question in the log, where the operator wants that."""
    if service_of(request).serve.log_questions:
        note(request, question=question)


def is_upload(scope: Scope) -> bool:
    """Whether a request brings files."""
    return bool(scope["method"] == "POST" and scope["path"] == "/v1/documents")


async def while_there(left: Awaitable[Any], work: Awaitable[T], seconds: float | None = None) -> T:
    """What work gives, as long as the client stays; it is stopped when they leave (`ClientLeft`) or time is over."""
    task, gone = asyncio.ensure_future(work), asyncio.ensure_future(left)
    try:
        await asyncio.wait({task, gone}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        if gone.done() or seconds is None:
            metrics.LEFT.inc()
            raise ClientLeft
        raise timed_out(seconds)
    finally:
        for one in (task, gone):
            one.cancel()
        await asyncio.gather(task, gone, return_exceptions=True)


async def leaving(receive: Receive) -> Message:
    """Ends when the client leaves, once its whole request was received."""
    while (message := await receive())["type"] != "http.disconnect":
        pass
    return message
