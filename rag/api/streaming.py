"""An answer on its way: whole, or as Server-Sent Events (`hits`, `token`, `statement`, `answer`, or `error`)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

from fastapi import Request
from sse_starlette import EventSourceResponse, ServerSentEvent
from sse_starlette.sse import AppStatus

from rag.api import metrics
from rag.api.context import leaving, service_of, while_there
from rag.api.problems import problem_for
from rag.api.refusals import timed_out
from rag.assistant import Assistant
from rag.events import Event
from rag.types import Answer

# A stream is an answer that comes to its end: at shutdown it is waited for as any other.
AppStatus.disable_automatic_graceful_drain()  # type: ignore[no-untyped-call]


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
            raise timed_out(service.serve.timeout) from None
        except (asyncio.CancelledError, GeneratorExit):
            metrics.LEFT.inc()
            raise


async def answered(request: Request, assistant: Assistant, question: str, **options: Any) -> Answer:
    """The answer, when its turn has come, within the time allowed and as long as the client stays."""
    service = service_of(request)

    async def work() -> Answer:
        async with service.gate.enter():
            return await assistant.aask(question, **options)

    answer = await while_there(leaving(request.receive), work(), service.serve.timeout)
    metrics.ANSWERS.labels(answer.status, answer.mode).inc()
    return answer


async def sent(
    events: AsyncIterator[Event], request_id: str, identifier: str | int | None
) -> AsyncIterator[ServerSentEvent]:
    """Events as they go over the wire; an error is the last of them."""
    try:
        async with aclosing(events) as source:  # type: ignore[type-var]
            async for event in source:
                yield _sent(event, identifier)
    except Exception as error:  # noqa: BLE001 - the reply has begun: whatever it is must be told in it
        problem = problem_for(error, request_id)
        yield ServerSentEvent(problem.model_dump_json(exclude_none=True), event="error", sep="\n")


def _sent(event: Event, identifier: str | int | None) -> ServerSentEvent:
    data: dict[str, Any]
    if isinstance(event.data, list):
        data = {"hits": [hit.to_dict() for hit in event.data]}
    elif isinstance(event.data, str):
        data = {"text": event.data}
    else:
        data = event.data.to_dict()
    if isinstance(event.data, Answer):
        data["id"] = identifier
    name = "token" if event.kind == "tokens" else event.kind
    return ServerSentEvent(json.dumps(data, ensure_ascii=False), event=name, sep="\n")
