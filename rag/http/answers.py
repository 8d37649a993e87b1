"""The routes that answer, search and verify."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request
from starlette.responses import JSONResponse

from rag.assistant import Assistant
from rag.errors import WrongUse, as_dalil_errors
from rag.http.problems import (
    BAD_REQUEST,
    BUSY,
    FORBIDDEN,
    INVALID,
    MODEL_FAILED,
    NOT_FOUND,
    TIMEOUT,
    TOO_LARGE,
    TOO_MANY,
    TOO_SLOW,
    UNAUTHORIZED,
    UNAVAILABLE,
    UNSUPPORTED,
    documented,
)
from rag.http.security import allowed
from rag.http.streams import answered, as_stream, followed, in_turn, log_question, sent, service_of, stream_of
from rag.search.filters import Filters, filters_from
from rag.verify import among, verify_answer
from rag.wire.answers import Answer, SearchResult, Verification
from rag.wire.requests import AnswerRequest, Limits, SearchRequest, VerifyRequest

GUARDED = (BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, TOO_SLOW, TOO_LARGE, UNSUPPORTED, INVALID, TOO_MANY, BUSY, UNAVAILABLE)
router = APIRouter(prefix="/v1", tags=["asking"], dependencies=[Depends(allowed("ask"))])
# Limits of an answer to check: its parts, characters of one part, and positions that its citations span together.
_MOST_PARTS, _LONGEST_PART, _MOST_WIDTH = 300, 20_000, 5_000_000
_STREAM = stream_of("hits", "token", "statement", "answer", "error")


@router.post(
    "/answers",
    response_model=Answer,
    summary="Answer a question, with citations",
    responses={
        200: {"description": "The answer, or with `stream` its events as it is made", "content": _STREAM},
        **documented(*GUARDED, NOT_FOUND, TIMEOUT, MODEL_FAILED),
    },
)
async def answers(
    request: Request, asked: AnswerRequest, accept: Annotated[str, Header(include_in_schema=False)] = ""
) -> Any:
    """Answer from the collection. Every statement names the citations that carry it.

    With `stream: true` or `Accept: text/event-stream` the events are `hits`, `token` (a model's words, unchecked),
    `statement` (checked), `answer` (the whole), and `error` (a problem) where it fails on the way.
    """
    service = service_of(request)
    log_question(request, asked.question)
    assistant = await service.answering(asked.model, asked.style, asked.min_confidence)
    # A wrong question is refused before a stream begins.
    question = assistant.engine.checked(asked.question)
    if asked.gloss and assistant.model is None:
        raise WrongUse("translations beside quotes need a model that writes; GET /v1/models lists what there is")
    options: dict[str, Any] = {
        "k": asked.k, "filters": limits_of(asked.filters), "gloss": asked.gloss,
        "history": [turn.model_dump() for turn in asked.history],
    }  # fmt: skip
    if asked.stream or "text/event-stream" in accept:
        service.gate.check()  # before the stream begins, while the status can still report it
        events = followed(request, assistant, question, **options)
        return as_stream(request, sent(events, request.scope["dalil"]["id"], asked.id))
    answer = await answered(request, assistant, question, id=asked.id, **options)
    return JSONResponse(answer.to_dict())


@router.post(
    "/search",
    response_model=SearchResult,
    summary="Find evidence",
    responses=documented(*GUARDED, TIMEOUT),
)
async def search(request: Request, asked: SearchRequest) -> Any:
    """Ranked passages from all languages, without an answer."""
    service = service_of(request)
    log_question(request, asked.question)
    question = service.assistant.engine.checked(asked.question)
    filters = limits_of(asked.filters)

    work = partial(asyncio.to_thread, service.assistant.search, question, asked.k, filters=filters)
    hits = await in_turn(request, work)
    return JSONResponse(service.assistant.search_result(question, hits, asked.id))


@router.post(
    "/verify",
    response_model=Verification,
    summary="Check a saved answer",
    responses=documented(*GUARDED, TIMEOUT),
)
async def verify(request: Request, asked: VerifyRequest) -> Any:
    """Hold every citation against its file as it is now, and every statement against the words it cites.

    Files that are not of the collection are not looked at.
    """
    service = service_of(request)
    work = partial(asyncio.to_thread, checked_again, service.assistant, asked.answer)
    return JSONResponse(await in_turn(request, work))


def checked_again(assistant: Assistant, answer: dict[str, Any]) -> dict[str, Any]:
    """Check a saved answer against the files of the collection; `WrongUse` for one that is too large.

    Return the JSON of `rag.wire.answers.Verification`. Each citation reads its file again, and a forged answer must not
    keep a thread busy for hours.
    """
    parts = [part for name in ("citations", "statements", "conflicts") for part in _list(answer.get(name))]
    marks = sum(len(_list(part.get("citations"))) for part in parts if isinstance(part, dict))
    wide = sum(_width(part) for part in parts) > _MOST_WIDTH
    if len(parts) > _MOST_PARTS or marks > _MOST_PARTS or any(len(str(part)) > _LONGEST_PART for part in parts) or wide:
        raise WrongUse(f"no answer of Dalil has more than {_MOST_PARTS} parts, or parts so long; check smaller ones")

    with as_dalil_errors():
        known = assistant.collection.store.files()

    problems, identifier = verify_answer(answer, among(known), known.__contains__), answer.get("id")
    return {
        "ok": not problems,
        "id": _sent(identifier) if isinstance(identifier, str | int) and not isinstance(identifier, bool) else None,
        "citations": len(_list(answer.get("citations"))),
        "problems": [{"number": problem.number, "reason": _sent(problem.reason)} for problem in problems],
    }


def _sent(value: Any) -> Any:
    """Return a value in a form that can be sent: text of a forged answer may hold half a surrogate pair."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def _width(part: Any) -> int:
    """Return the number of positions in a file that a citation spans."""
    start, end = (part.get("start"), part.get("end")) if isinstance(part, dict) else (None, None)
    return max(0, end - start) if isinstance(start, int) and isinstance(end, int) else 0


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def limits_of(given: Limits | None) -> Filters | None:
    """Return filters as a search takes them, None for none; `WrongUse` for a date that does not exist."""
    return filters_from(given.model_dump()) if given else None
