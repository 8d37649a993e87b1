"""An answer as Server-Sent Events, as it is made: `hits`, `token`, `statement` (checked), `answer`, or `error`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import Any

from fastapi import Request
from sse_starlette import EventSourceResponse, ServerSentEvent
from sse_starlette.sse import AppStatus

from rag.api import metrics
from rag.api.context import service_of
from rag.api.problems import problem_of, refusal_of
from rag.api.refusals import TIMEOUT, Refused
from rag.assistant import Assistant
from rag.events import Event
from rag.types import Answer, Hit, Statement

# A stream is an answer that comes to its end: at shutdown it is waited for as any other.
AppStatus.disable_automatic_graceful_drain()  # type: ignore[no-untyped-call]

Sent = AsyncIterator[ServerSentEvent]


def stream_of(*names: str) -> dict[str, Any]:
    """How OpenAPI tells of a stream of events with these names."""
    event = {"type": "string", "enum": list(names), "description": "the event's name"}
    data = {"type": "string", "description": "a JSON object"}
    return {"text/event-stream": {"schema": {"type": "object", "properties": {"event": event, "data": data}}}}


def as_stream(request: Request, events: AsyncIterator[ServerSentEvent]) -> EventSourceResponse:
    """The reply that sends events, with a comment now and then, so that nobody between takes it for dead."""
    return EventSourceResponse(events, ping=service_of(request).serve.heartbeat, sep="\n")


async def followed(request: Request, assistant: Assistant, question: str, **options: Any) -> AsyncIterator[Event]:
    """The events of an answer whose turn it is, within the time allowed. Closing it stops the work."""
    service = service_of(request)
    async with service.gate.enter():
        try:
            async with asyncio.timeout(service.serve.timeout):
                async with aclosing(assistant.astream(question, **options)) as events:  # type: ignore[type-var]
                    async for event in events:
                        if isinstance(event.data, Answer):
                            metrics.ANSWERS.labels(event.data.status, event.data.mode).inc()
                        yield event
        except TimeoutError:
            told = f"no answer within {service.serve.timeout:g} seconds; ask a shorter question or a faster model"
            raise Refused(TIMEOUT, told) from None
        except (asyncio.CancelledError, GeneratorExit):
            metrics.LEFT.inc()
            raise


async def sent(events: AsyncIterator[Event], request_id: str, identifier: str | int | None) -> Sent:
    """Events as they go over the wire; an error is the last of them."""
    try:
        async with aclosing(events) as source:  # type: ignore[type-var]
            async for event in source:
                yield _sent(event, identifier)
    except Exception as error:  # noqa: BLE001 - the reply has begun: whatever it is must be told in it
        refusal = refusal_of(error)
        problem = problem_of(refusal.kind, refusal.detail, request_id)
        yield ServerSentEvent(problem.model_dump_json(exclude_none=True), event="error", sep="\n")


def _sent(event: Event, identifier: str | int | None) -> ServerSentEvent:
    name, data = _NAMES[event.kind], _DATA[event.kind](event.data)
    if isinstance(event.data, Answer):
        data["id"] = identifier
    return ServerSentEvent(json.dumps(data, ensure_ascii=False), event=name, sep="\n")


def _hits(data: list[Hit]) -> dict[str, Any]:
    return {"hits": [hit.to_dict() for hit in data]}


def _token(data: str) -> dict[str, Any]:
    return {"text": data}


def _as_dict(data: Statement | Answer) -> dict[str, Any]:
    return data.to_dict()


_NAMES = {"hits": "hits", "tokens": "token", "statement": "statement", "answer": "answer"}
_DATA: dict[str, Callable[[Any], dict[str, Any]]] = {
    "hits": _hits, "tokens": _token, "statement": _as_dict, "answer": _as_dict,
}  # fmt: skip
