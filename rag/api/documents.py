"""Routes of the collection: what it holds, documents opened, added and deleted, and the jobs that does."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, Query, Request, UploadFile
from fastapi import Path as InPath

from corpus.store import CatalogueEntry
from corpus.types import Document as StoredDocument
from rag.api.asking import GUARDED
from rag.api.context import service_of
from rag.api.problems import documented
from rag.api.refusals import CONFLICT, INVALID, NOT_FOUND, STORAGE, Refused
from rag.api.security import allowed
from rag.api.service import Service
from rag.assistant import Assistant
from rag.describing import describe
from rag.errors import as_dalil_errors
from rag.library.catalogue import Order, chosen, entries
from rag.library.source import Source, look_up, source_of, touched
from rag.wire.base import DOCUMENT_ID, JOB_ID
from rag.wire.documents import Collection, Document, Job, Page, Span
from rag.wire.documents import Jobs as ToldJobs
from rag.wire.requests import Date, Language

router = APIRouter(prefix="/v1", tags=["collection"])
_ASK, _MANAGE = [Depends(allowed("ask"))], [Depends(allowed("manage"))]
DocumentId = Annotated[str, InPath(pattern=DOCUMENT_ID, description="as lists and citations give it")]
JobId = Annotated[str, InPath(pattern=JOB_ID, description="as an upload or a deletion gave it")]


@router.get("/collection", response_model=Collection, responses=documented(*GUARDED), dependencies=_ASK)
def collection(request: Request) -> Any:
    """What the collection holds."""
    with as_dalil_errors():
        return describe(service_of(request).assistant.collection)


@router.get("/documents", response_model=Page, responses=documented(*GUARDED), dependencies=_ASK)
def documents(
    request: Request,
    text: Annotated[str, Query(max_length=1000, description="words of title, publisher, file name or address")] = "",
    language: Annotated[list[Language], Query(max_length=50, description="BCP 47; repeat for more")] = [],  # noqa: B006
    publisher: Annotated[list[str], Query(max_length=100, description="as documents name it; repeat for more")] = [],  # noqa: B006
    since: Annotated[Date | None, Query(description="published on that day, month or year, or later")] = None,
    until: Annotated[Date | None, Query(description="published on that day, month or year, or earlier")] = None,
    uploaded: Annotated[bool | None, Query(description="only those that came by upload, or only others")] = None,
    order: Annotated[Order, Query(description="newest, or longest, first")] = "title",
    limit: Annotated[int, Query(ge=1, le=1000, description="documents of a page")] = 100,
    offset: Annotated[int, Query(ge=0, le=10**9, description="documents to pass over")] = 0,
) -> Any:
    """The documents that fit, a page at a time."""
    service = service_of(request)
    collection = service.assistant.collection
    with as_dalil_errors(), collection.store.transaction(write=False):
        found, generation = entries(collection.store), collection.generation
    found = [entry for entry in found if uploaded in (None, service.is_uploaded(entry.path))]
    publishers = [name for name in publisher if name.strip()]
    found = chosen(found, text=text, languages=language, publishers=publishers, since=since, until=until, order=order)
    page = [_summary(service, entry) for entry in found[offset : offset + limit]]
    return {"total": len(found), "offset": offset, "generation": generation, "documents": page}


@router.get(
    "/documents/{document_id}",
    response_model=Document,
    responses=documented(*GUARDED, NOT_FOUND),
    dependencies=_ASK,
)
def document(
    request: Request,
    document_id: DocumentId,
    text: Annotated[bool, Query(description="with its whole reading text")] = False,
) -> Any:
    """What is known of a document, and its text where it is asked for."""
    service = service_of(request)
    store = service.assistant.collection.store
    with as_dalil_errors(), store.transaction(write=False):
        found = store.document(document_id)
        generation = service.assistant.collection.generation
        chunks = len(store.chunks_of([document_id]).get(document_id, ())) if found else 0
    if found is None:
        raise _unknown(document_id)
    return _document(service, found, chunks, generation, with_text=text)


@router.get(
    "/documents/{document_id}/span",
    response_model=Span,
    responses=documented(*GUARDED, NOT_FOUND),
    dependencies=_ASK,
)
def span(
    request: Request,
    document_id: DocumentId,
    start: Annotated[int, Query(ge=0, le=10**9, description="as a citation or a hit has it")],
    end: Annotated[int, Query(ge=1, le=10**9, description="as a citation or a hit has it")],
    around: Annotated[int, Query(ge=0, le=100, description="paragraphs on either side")] = 2,
) -> Any:
    """A span of a document, by the address that a citation has, with what stands around it."""
    return read_span(service_of(request).assistant, document_id, start, end, around)


@router.post(
    "/documents",
    status_code=202,
    response_model=Job,
    responses=documented(*GUARDED, STORAGE),
    dependencies=_MANAGE,
)
async def upload(
    request: Request, files: Annotated[list[UploadFile], File(description="plain text, Markdown or HTML", min_length=1)]
) -> Any:
    """Add documents. They are kept at once and found once the job is done; questions go on meanwhile."""
    service = service_of(request)
    if others := sorted({name for name, _ in (await request.form()).multi_items() if name != "files"}):
        raise Refused(INVALID, f"the form has {', '.join(others):.200}; send every file as `files`")
    if len(files) > service.serve.max_upload_files:
        raise Refused(INVALID, f"{len(files)} files came and {service.serve.max_upload_files} are taken at once")
    return await asyncio.to_thread(_keep, service, files)


def _keep(service: Service, files: Sequence[UploadFile]) -> Job:
    """The job of an upload: it is made, and the files are kept, both or neither."""

    def agreed(kept: list[str], skipped: dict[str, str]) -> Job:
        return service.jobs.add("upload", kept, skipped)

    service.jobs.check_room()
    return service.uploads.add_all(((file.filename or "", file.file.read) for file in files), agreed)


@router.delete(
    "/documents/{document_id}",
    status_code=202,
    response_model=Job,
    responses=documented(*GUARDED, NOT_FOUND, CONFLICT, STORAGE),
    dependencies=_MANAGE,
)
def delete(request: Request, document_id: DocumentId) -> Any:
    """Delete an uploaded document. One that came from a folder of the server stays as long as its file does."""
    service = service_of(request)
    with as_dalil_errors():
        files = service.assistant.collection.store.files()
    paths = [path for path, file in files.items() if file.document_id == document_id]
    if not paths:
        raise _unknown(document_id)
    mine = [Path(path).name for path in paths if service.is_uploaded(path)]
    if not mine:
        raise Refused(CONFLICT, "this document was not uploaded; remove its file on the server and index again")
    with service.uploads.alone():
        service.jobs.check_room()
        job = service.jobs.add("delete", mine, {})
        for name in mine:
            if _holds(service.uploads.folder / name, document_id):
                service.uploads.remove(name)
    return job


@router.get("/jobs", response_model=ToldJobs, responses=documented(*GUARDED), dependencies=_MANAGE)
def jobs(
    request: Request, limit: Annotated[int, Query(ge=1, le=500, description="how many, the newest first")] = 100
) -> Any:
    """Jobs that wait, run or ended not long ago."""
    return {"jobs": service_of(request).jobs.all()[::-1][:limit]}


@router.get("/jobs/{job_id}", response_model=Job, responses=documented(*GUARDED, NOT_FOUND), dependencies=_MANAGE)
def job(request: Request, job_id: JobId) -> Any:
    """How far a job is, and what came of it."""
    found = service_of(request).jobs.get(job_id)
    if found is None:
        raise Refused(NOT_FOUND, "there is no such job, or it ended long ago")
    return found


def _holds(path: Path, document_id: str) -> bool:
    """Whether a file is the document still: another may have come under its name since it was deleted."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest().startswith(document_id)
    except FileNotFoundError:
        return False


def read_span(assistant: Assistant, document_id: str, start: int, end: int, around: int) -> dict[str, Any]:
    """A span, widened to whole passages, with its surroundings; `Refused` where there is none."""
    found = look_up(assistant.collection, document_id)
    if found is None:
        raise _unknown(document_id)
    within = touched(found[1], start, end)
    if within and start < end:
        start, end = within[0].source_start, within[-1].source_end
    cited = [{"document_id": document_id, "start": start, "end": end, "number": 1}]
    source = source_of(*found, cited, at=start, around=around)
    blocks = [
        {"level": block.level, "pieces": [{"text": p.text, "cited": bool(p.numbers)} for p in block.pieces]}
        for block in source.blocks
    ]
    words = "".join(piece.text for block in source.blocks for piece in block.pieces if piece.numbers)
    if start >= end or not words:
        raise Refused(NOT_FOUND, f"the document has no text at [{start}, {end}); take both from a citation or a hit")
    return {**_span_facts(source), "start": start, "end": end, "text": words, "blocks": blocks}


def _span_facts(source: Source) -> dict[str, Any]:
    return {
        "document_id": source.document_id, "title": source.title, "language": source.language, "url": source.url,
        "published": source.published, "before": source.before, "after": source.after,
    }  # fmt: skip


def _summary(service: Service, entry: CatalogueEntry) -> dict[str, Any]:
    return {**asdict(entry), "uploaded": service.is_uploaded(entry.path)}


def _document(
    service: Service, found: StoredDocument, chunks: int, generation: int, *, with_text: bool
) -> dict[str, Any]:
    return {
        "id": found.id, "path": found.path, "title": found.title, "language": found.language,
        "publisher": found.publisher, "published": found.published, "url": found.url, "chunks": chunks,
        "uploaded": service.is_uploaded(found.path), "sha256": found.sha256, "size": found.size,
        "encoding": found.encoding, "media_type": found.media_type, "author": found.author,
        "generation": generation, "text": found.text if with_text else None,
    }  # fmt: skip


def _unknown(document_id: str) -> Refused:
    return Refused(
        NOT_FOUND, f"the collection holds no document {document_id:.40}; take its id from a citation or a hit"
    )
