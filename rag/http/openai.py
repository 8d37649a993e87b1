"""Routes in OpenAI's format: existing chat clients can ask Dalil and show numbered notes; evidence is in ``dalil``."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi import Path as InPath
from sse_starlette import ServerSentEvent
from starlette.responses import JSONResponse

from corpus.chunking import count_tokens
from rag.answer import Answer, Event, Statement
from rag.errors import WrongUse
from rag.http.answers import GUARDED, limits_of
from rag.http.problems import MODEL_FAILED, NOT_FOUND, TIMEOUT, documented, problem_for
from rag.http.security import allowed
from rag.http.streams import answered, as_stream, followed, log_question, service_of, stream_of
from rag.library.plain import notes, sentence, whole
from rag.wire.openai import ChatRequest, Completion, Model, Models, chunk, text_of

router = APIRouter(prefix="/v1", tags=["OpenAI-compatible"], dependencies=[Depends(allowed("ask"))])
_STREAM = stream_of("message")


@router.get("/models", response_model=Models, responses=documented(*GUARDED))
def models(request: Request) -> Any:
    """What may be asked for as `model`; the first is the service's own."""
    return {"data": [{"id": name} for name in service_of(request).models]}


@router.get("/models/{model:path}", response_model=Model, responses=documented(*GUARDED, NOT_FOUND))
def model(request: Request, model: Annotated[str, InPath(max_length=1000, description="as the list has it")]) -> Any:
    """One that may be asked for."""
    service_of(request).spec_of(model)
    return {"id": model}


@router.post(
    "/chat/completions",
    response_model=Completion,
    responses={
        200: {"description": "The reply, or with `stream` its pieces", "content": _STREAM},
        **documented(*GUARDED, NOT_FOUND, TIMEOUT, MODEL_FAILED),
    },
)
async def completions(request: Request, asked: ChatRequest) -> Any:
    """Answer the last message of the user; those before are the conversation."""
    service = service_of(request)
    assistant = await service.answering(asked.model, None, None)
    said = [{"role": message.role, "content": text_of(message)} for message in asked.messages]
    if said[-1]["role"] != "user":
        raise WrongUse("the last message is not the user's; end with the question")
    question = assistant.engine.checked(said[-1]["content"])
    log_question(request, question)
    options: dict[str, Any] = {"k": asked.k, "filters": limits_of(asked.filters), "history": said[:-1]}
    if asked.stream:
        service.gate.check()  # before the stream begins, while the status can still report it
        language, events = assistant.language_of(question), followed(request, assistant, question, **options)
        return as_stream(request, _pieces(request, asked, language, events))
    answer = await answered(request, assistant, question, **options)
    text = whole(answer)
    choice = {"index": 0, "message": {"role": "assistant", "content": text, "refusal": None}, "finish_reason": "stop"}
    return JSONResponse(
        {
            "id": _id(request), "object": "chat.completion", "created": int(time.time()), "model": asked.model,
            "choices": [{**choice, "logprobs": None}], "usage": _usage(asked, text), "dalil": answer.to_dict(),
        }
    )  # fmt: skip


async def _pieces(
    request: Request, asked: ChatRequest, language: str, events: AsyncIterator[Event]
) -> AsyncIterator[ServerSentEvent]:
    """Yield checked sentences as they come; what a model writes is not sent before it is checked."""
    created, spoken, stated = int(time.time()), "", list[Statement]()

    def piece(delta: dict[str, Any], finish: str | None = None, **more: Any) -> ServerSentEvent:
        choices = [{"index": 0, "delta": delta, "finish_reason": finish}]
        return _event(chunk(_id(request), created, asked.model, choices=choices, **more))

    try:
        yield piece({"role": "assistant", "content": ""})
        async with aclosing(events) as source:  # type: ignore[type-var]
            async for event in source:
                if isinstance(event.data, Statement):
                    words = ("\n" if spoken else "") + sentence(event.data, language, stated)
                    spoken += words
                    stated.append(event.data)
                    yield piece({"content": words})
                elif isinstance(event.data, Answer):
                    ending = notes(event.data) if event.data.statements or not spoken else "\n\n" + notes(event.data)
                    spoken += ending
                    yield piece({"content": ending})
                    yield piece({}, "stop", dalil=event.data.to_dict())
        if asked.stream_options and asked.stream_options.include_usage:
            yield _event(chunk(_id(request), created, asked.model, choices=[], usage=_usage(asked, spoken)))
        yield ServerSentEvent("[DONE]", sep="\n")
    except Exception as error:  # noqa: BLE001 - the reply has begun, so any error must be reported in it
        yield _event(problem_for(error, request.scope["dalil"]["id"]).model_dump(exclude_none=True))


def _event(data: dict[str, Any]) -> ServerSentEvent:
    return ServerSentEvent(json.dumps(data, ensure_ascii=False), sep="\n")


def _usage(asked: ChatRequest, reply: str) -> dict[str, int]:
    given, made = sum(count_tokens(text_of(message)) for message in asked.messages), count_tokens(reply)
    return {"prompt_tokens": given, "completion_tokens": made, "total_tokens": given + made}


def _id(request: Request) -> str:
    return f"chatcmpl-{request.scope['dalil']['id']}"
