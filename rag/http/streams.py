"""Stream an answer as it is made, and end it when its client leaves."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from functools import partial
from typing import Any, TypeVar

from fastapi import Request
from sse_starlette import EventSourceResponse, ServerSentEvent
from sse_starlette.sse import AppStatus
from starlette.types import Message, Receive, Scope

from rag.answer import Answer, Event
from rag.assistant import Assistant
from rag.http import metrics
from rag.http.problems import problem_for, timed_out
from rag.http.service import Service


class ClientLeft(Exception):
    """The error that the client left before the reply was complete."""


def service_of(request: Request) -> Service:
    """Return the service of the application."""
    service: Service = request.app.state.service
    return service


def note(request: Request, **facts: Any) -> None:
    """Add facts to the log's line of this request."""
    request.scope["dalil"]["facts"].update(facts)


def log_question(request: Request, question: str) -> None:
    """Add the question to the log, where the operator wants that."""
    if service_of(request).serve.log_questions:
        note(request, question=question)


def is_upload(scope: Scope) -> bool:
    """Return whether a request uploads files."""
    return bool(scope["method"] == "POST" and scope["path"] == "/v1/documents")


async def while_there(left: Awaitable[Any], work: Awaitable[T], seconds: float | None = None) -> T:
    """Return the result of ``work``, as long as the client stays.

    The work is stopped when the client leaves, which is when ``left`` is done (`ClientLeft`), or after ``seconds``
    (`Refused`; None sets no limit).
    """
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
    """Return when the client leaves, with the message that says so; its whole request was received before."""
    while (message := await receive())["type"] != "http.disconnect":
        pass
    return message


T = TypeVar("T")
# A stream is an answer that comes to an end by itself: at shutdown it is waited for like any other reply.
AppStatus.disable_automatic_graceful_drain()  # type: ignore[no-untyped-call]


def stream_of(*names: str) -> dict[str, Any]:
    """Return the OpenAPI description of a stream of events with these names."""
    event = {"type": "string", "enum": list(names), "description": "the event's name"}
    data = {"type": "string", "description": "a JSON object"}
    return {"text/event-stream": {"schema": {"type": "object", "properties": {"event": event, "data": data}}}}


def as_stream(request: Request, events: AsyncIterator[ServerSentEvent]) -> EventSourceResponse:
    """Return the reply that sends events, with regular comments, so that no proxy takes the connection for dead."""
    return EventSourceResponse(events, ping=service_of(request).serve.heartbeat, sep="\n")


async def followed(request: Request, assistant: Assistant, question: str, **options: Any) -> AsyncIterator[Event]:
    """Yield the events of an answer when its turn has come, within the time allowed. Closing it stops the work.

    The turn ends with the work and not with the reading: a client that reads slowly, or not at all, delays no one.
    """
    made: asyncio.Queue[Event | None] = asyncio.Queue()
    work = asyncio.create_task(_make(service_of(request), assistant.astream(question, **options), made))
    work.add_done_callback(lambda _: made.put_nowait(None))
    try:
        while event := await made.get():
            yield event
        await work  # raises its error, if it has one
    except (asyncio.CancelledError, GeneratorExit):
        metrics.LEFT.inc()
        raise
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)


async def _make(service: Service, events: AsyncIterator[Event], made: asyncio.Queue[Event | None]) -> None:
    async with service.gate.enter():
        try:
            async with asyncio.timeout(service.serve.timeout), aclosing(events) as source:  # type: ignore[type-var]
                async for event in source:
                    if isinstance(event.data, Answer):
                        metrics.ANSWERS.labels(event.data.status, event.data.mode).inc()
                    made.put_nowait(event)
        except TimeoutError:
            raise timed_out(service.serve.timeout) from None


async def in_turn(request: Request, work: Callable[[], Awaitable[T]]) -> T:
    """Return the result of ``work``, in its turn, within the time allowed and as long as the client stays."""
    service = service_of(request)

    async def turn() -> T:
        async with service.gate.enter():
            return await work()

    return await while_there(leaving(request.receive), turn(), service.serve.timeout)


async def answered(request: Request, assistant: Assistant, question: str, **options: Any) -> Answer:
    """Return the whole answer when its turn has come, as `in_turn` does."""
    answer = await in_turn(request, partial(assistant.aask, question, **options))
    metrics.ANSWERS.labels(answer.status, answer.mode).inc()
    return answer


async def sent(
    events: AsyncIterator[Event], request_id: str, identifier: str | int | None
) -> AsyncIterator[ServerSentEvent]:
    """Yield events in the form in which they are sent; an error is the last of them."""
    try:
        async with aclosing(events) as source:  # type: ignore[type-var]
            async for event in source:
                yield _sent(event, identifier)
    except Exception as error:  # noqa: BLE001 - the reply has begun, so any error must be reported in it
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
