"""Chat completions in OpenAI's format, for clients that know no other; the answer with evidence is in ``dalil``."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ConfigDict, Field

from rag.wire.answers import Answer, Given, Name, Text, Told
from rag.wire.requests import Limits


class Part(Given):
    """A part of a message."""

    model_config = ConfigDict(extra="allow", frozen=True)

    type: Literal["text"] = Field(description="text alone is read")
    text: Text = Field(max_length=50_000, description="the words")


class Message(Given):
    """What someone said."""

    model_config = ConfigDict(extra="allow", frozen=True)

    role: Literal["system", "developer", "user", "assistant", "tool", "function"] = Field(
        description="who; only the user and the assistant are heeded"
    )
    content: Text | list[Part] | None = Field(default=None, description="what")


class StreamOptions(Given):
    """What a stream tells beside the words."""

    model_config = ConfigDict(extra="allow", frozen=True)

    include_usage: bool = Field(default=False, description="end with a count of tokens")


class ResponseFormat(Given):
    """How an answer is wanted."""

    type: Literal["text"] = Field(description="text; the answer as JSON is beside it, in `dalil`")


class ChatRequest(Given):
    """A conversation whose last message is the question. Fields of OpenAI's that are not named here are passed over."""

    model_config = ConfigDict(extra="allow", frozen=True)

    model: Name = Field(description="one of /v1/models", examples=["dalil"])
    messages: list[Message] = Field(min_length=1, max_length=200, description="the last of the user's is the question")
    stream: bool = Field(default=False, description="reply with events as the answer is made")
    stream_options: StreamOptions | None = Field(default=None, description="what a stream tells beside the words")
    response_format: ResponseFormat | None = Field(default=None, description="answers are text")
    n: Literal[1] | None = Field(default=None, description="there is one answer")
    filters: Limits | None = Field(default=None, description="Dalil's own: search only a part of the collection")
    k: int | None = Field(default=None, ge=1, le=200, description="Dalil's own: how many hits")


class Reply(Told):
    """What is replied."""

    role: Literal["assistant"] = Field(default="assistant", description="always the assistant")
    content: str = Field(description="the answer with numbered notes")
    refusal: str | None = Field(default=None, description="never set")


class Choice(Told):
    """The one choice there is."""

    index: int = Field(default=0, description="always 0")
    message: Reply = Field(description="what is replied")
    finish_reason: Literal["stop"] = Field(default="stop", description="always stop")
    logprobs: None = Field(default=None, description="never set")


class Usage(Told):
    """Tokens as cl100k_base counts them, of the messages and the reply; what a model used is not told."""

    prompt_tokens: int = Field(description="of the messages")
    completion_tokens: int = Field(description="of the reply")
    total_tokens: int = Field(description="both")


class Completion(Told):
    """A reply in OpenAI's shape."""

    id: str = Field(description="the request's id")
    object: Literal["chat.completion"] = Field(default="chat.completion", description="its kind")
    created: int = Field(description="seconds since 1970")
    model: str = Field(description="as asked for")
    choices: list[Choice] = Field(description="always one")
    usage: Usage = Field(description="tokens")
    dalil: Answer = Field(description="the answer with its evidence, as /v1/answers gives it")


class Model(Told):
    """Something that answers."""

    id: str = Field(description="what to ask for")
    object: Literal["model"] = Field(default="model", description="its kind")
    created: int = Field(default=0, description="not told")
    owned_by: str = Field(default="dalil", description="always dalil")


class Models(Told):
    """What answers."""

    object: Literal["list"] = Field(default="list", description="its kind")
    data: list[Model] = Field(description="the service's own first")


def text_of(message: Message) -> str:
    """Return the words of a message, its parts on lines of their own; "" where it has none."""
    if isinstance(message.content, list):
        return "\n".join(part.text for part in message.content)
    return message.content or ""


def chunk(identifier: str, created: int, model: str, **values: Any) -> dict[str, Any]:
    """Return a piece of a streamed reply, with ``values`` as its other fields."""
    return {"id": identifier, "object": "chat.completion.chunk", "created": created, "model": model, **values}
