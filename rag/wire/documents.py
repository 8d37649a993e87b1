"""The collection and its documents, and work on them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from rag.wire.base import Told

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
    start: int = Field(description="first code point in the decoded source file, of the passages that were touched")
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
