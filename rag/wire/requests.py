"""What clients ask for."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StringConstraints

from rag.wire.base import Given, Name, Text, whole

# Longer ones are refused before anything is searched; what is set lower (DALIL_MAX_QUESTION) is told in the error.
LONGEST_QUESTION = 10_000
_DATE = r"^\d{4}(-\d{2}(-\d{2})?)?$"
_LANGUAGE = r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$"

Question = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_QUESTION), AfterValidator(whole)]
Date = Annotated[str, StringConstraints(pattern=_DATE)]
Language = Annotated[str, StringConstraints(pattern=_LANGUAGE, max_length=64)]


class Limits(Given):
    """What a search is limited to; all must hold, and an empty one does not limit."""

    languages: list[Language] = Field(default=[], max_length=50, description="BCP 47; `zh` is both scripts")
    since: Date | None = Field(default=None, description="published on that day, month or year, or later")
    until: Date | None = Field(default=None, description="published on that day, month or year, or earlier")
    publishers: list[Name] = Field(default=[], max_length=100, description="as documents name them, in any case")
    documents: list[Name] = Field(default=[], max_length=1000, description="document ids, paths or folders")


class Turn(Given):
    """A question of the conversation and what was answered."""

    question: Text = Field(max_length=LONGEST_QUESTION, description="what was asked")
    answer: Text = Field(default="", max_length=50_000, description="what was answered")


class SearchRequest(Given):
    """A question to find evidence for."""

    question: Question = Field(description="in any language", examples=["When did the visa exemption take effect?"])
    id: Annotated[Text, StringConstraints(max_length=1000)] | int | None = Field(
        default=None, description="comes back with the result"
    )
    k: int | None = Field(default=None, ge=1, le=200, description="how many hits")
    filters: Limits | None = Field(default=None, description="search only a part of the collection")


class AnswerRequest(SearchRequest):
    """A question to answer."""

    history: list[Turn] = Field(default=[], max_length=100, description="the conversation so far, oldest first")
    model: Name | None = Field(default=None, description="one of /v1/models; by default the service's own")
    style: Literal["extractive", "generative"] | None = Field(
        default=None, description="quotations, or sentences that a model writes; by default as the model does"
    )
    min_confidence: float | None = Field(default=None, ge=0, le=1, description="abstain below it")
    gloss: bool = Field(default=False, description="translate quotes in other languages (needs a model)")
    stream: bool = Field(default=False, description="reply with Server-Sent Events as the answer is made")


class VerifyRequest(Given):
    """A saved answer to check."""

    answer: dict[str, Any] = Field(description="an answer as /v1/answers or `dalil ask --json` gave it")
