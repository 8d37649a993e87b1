"""The JSON of requests, documents, jobs and problems."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StringConstraints

from rag.wire.answers import Given, Name, Text, Told, whole

# Longer questions are refused before any search; a lower limit (DALIL_MAX_QUESTION) is stated in its error.
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


JobKind = Literal["upload", "delete", "recovery"]
JobStatus = Literal["waiting", "running", "done", "failed", "interrupted"]


class Collection(Told):
    """What the collection holds."""

    documents: int = Field(description="how many documents")
    chunks: int = Field(description="how many citable pieces")
    languages: dict[str, int] = Field(description="chunks by language")
    model: str | None = Field(description="the embedding model")
    dimension: int = Field(description="of its vectors")
    aligned: bool = Field(description="whether vectors are aligned across languages")
    bytes: int = Field(description="size on disk")
    generation: int = Field(description="one more with every change")
    version: str = Field(description="of Dalil")


class Summary(Told):
    """A document as a list shows it."""

    id: str = Field(description="the first 16 hexadecimal digits of its file's SHA-256")
    path: str = Field(description="where its file lies")
    title: str = Field(description="as it names itself, else its file's name")
    language: str = Field(description="BCP 47 tag")
    publisher: str | None = Field(description="who published it")
    published: str | None = Field(description="when, as an ISO date")
    url: str | None = Field(description="where")
    chunks: int = Field(description="citable pieces")
    uploaded: bool = Field(description="whether it came by upload, and can be deleted here")


class Page(Told):
    """A part of the list of documents."""

    total: int = Field(description="documents that fit")
    offset: int = Field(description="how many were passed over")
    generation: int = Field(description="of the collection; where it changes between pages, begin again")
    documents: list[Summary] = Field(description="those of this page")


class Document(Summary):
    """A document."""

    sha256: str = Field(description="hash of its file")
    size: int = Field(description="bytes of its file")
    encoding: str = Field(description="of its file")
    media_type: str = Field(description="of its file")
    author: str | None = Field(description="who wrote it")
    generation: int = Field(description="of the collection it was read from")
    text: str | None = Field(description="its reading text, where it was asked for")


class Piece(Told):
    """A run of text."""

    text: str = Field(description="the words")
    cited: bool = Field(description="whether they are the span that was asked for")


class Block(Told):
    """A paragraph, or a heading."""

    level: int = Field(description="0 for a paragraph, else the heading's level")
    pieces: list[Piece] = Field(description="its text, cut where the span begins and ends")


class Span(Told):
    """A span of a document with its surroundings."""

    document_id: str = Field(description="the document")
    title: str = Field(description="its title")
    language: str = Field(description="BCP 47 tag of the document")
    url: str | None = Field(description="where it was published")
    published: str | None = Field(description="when")
    part: str | None = Field(default=None, description="page, slide, sheet or member, for formats that have them")
    start: int = Field(description="first code point in the source file or its part, of the passages that were touched")
    end: int = Field(description="first code point after them")
    text: str = Field(description="their words, as far as they are within the blocks shown")
    blocks: list[Block] = Field(description="paragraphs around it, in order")
    before: int = Field(description="blocks left out before")
    after: int = Field(description="blocks left out after")


class Progress(Told):
    """How far a job is."""

    label: str = Field(description="reading, embedding or saving")
    done: int = Field(description="units done")
    total: int = Field(description="units in all")
    unit: str = Field(description="file or chunk")
    rate: float | None = Field(description="units a second")
    left: float | None = Field(description="seconds left")


class Job(Told):
    """Work on the collection that goes on after the reply."""

    id: str = Field(description="see /v1/jobs/{job_id}")
    kind: JobKind = Field(description="what was asked for; recovery takes up files that a service left when it died")
    status: JobStatus = Field(description="interrupted work is taken up again when the service starts")
    created: str = Field(description="ISO time in UTC")
    updated: str = Field(description="ISO time in UTC")
    files: list[str] = Field(description="names under which files were kept, or that were deleted")
    skipped: dict[str, str] = Field(description="files that were left out, with the reason")
    documents: dict[str, str] = Field(description="document ids by file name, once done")
    progress: Progress | None = Field(description="while it runs")
    error: str | None = Field(description="why it failed, as a sentence")
    generation: int | None = Field(description="of the collection once done")


class Jobs(Told):
    """The jobs that are told of still."""

    jobs: list[Job] = Field(description="the newest first")


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
