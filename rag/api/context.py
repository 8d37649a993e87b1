"""What is known of a request while it is under way, and the parts of the service for those who serve it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

from starlette.requests import Request

from rag.api import metrics
from rag.api.refusals import TIMEOUT, Refused
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


async def while_there(request: Request, work: Awaitable[T], seconds: float) -> T:
    """What work gives, as long as the client stays; it is stopped when they leave (`ClientLeft`) or time is over."""
    task = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait({task, gone}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        if gone.done():
            metrics.LEFT.inc()
            raise ClientLeft
        raise Refused(TIMEOUT, f"no answer within {seconds:g} seconds; ask a shorter question or a faster model")
    finally:
        for one in (task, gone):
            one.cancel()
        await asyncio.gather(task, gone, return_exceptions=True)


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
