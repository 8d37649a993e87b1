"""The routes on the collection: its figures, the list of its documents, and each document."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi import Path as InPath

from corpus.store import CatalogueEntry
from corpus.types import Address, address_of
from corpus.types import Document as StoredDocument
from rag.assistant import Assistant
from rag.errors import as_dalil_errors
from rag.http.answers import GUARDED
from rag.http.problems import NOT_FOUND, Refused, documented
from rag.http.security import allowed
from rag.http.service import Service
from rag.http.streams import service_of
from rag.library.catalogue import Order, chosen, describe, entries
from rag.library.source import Source, look_up, source_of, touched
from rag.wire.answers import DOCUMENT_ID
from rag.wire.requests import Collection, Date, Document, Language, Page, Span

router = APIRouter(prefix="/v1", tags=["collection"])
_ASK = [Depends(allowed("ask"))]
DocumentId = Annotated[str, InPath(pattern=DOCUMENT_ID, description="as lists and citations give it")]


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
        raise unknown(document_id)
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
    part: Annotated[str | None, Query(max_length=500, description="as a citation or a hit has it")] = None,
) -> Any:
    """A span of a document, by the address that a citation has, with what stands around it."""
    return read_span(service_of(request).assistant, document_id, Address(part, start, end), around)


def read_span(assistant: Assistant, document_id: str, address: Address, around: int) -> dict[str, Any]:
    """Return the span at an address, widened to whole passages, with ``around`` paragraphs on either side.

    `Refused` where there is no such document, or no text at the span.
    """
    found = look_up(assistant.collection, document_id)
    if found is None:
        raise unknown(document_id)
    parts = found[0].parts
    span = address.in_source(parts)
    within = touched(found[1], *span) if span and address.start < address.end else []
    if within:
        address = address_of(parts, within[0].source_start, within[-1].source_end)
    cited = [{"document_id": document_id, "number": 1, **asdict(address)}]
    source = source_of(*found, cited, at=cited[0], around=around)
    blocks = [
        {"level": block.level, "pieces": [{"text": p.text, "cited": bool(p.numbers)} for p in block.pieces]}
        for block in source.blocks
    ]
    words = "".join(piece.text for block in source.blocks for piece in block.pieces if piece.numbers)
    if not within or not words:
        raise Refused(NOT_FOUND, f"the document has no text at {address}; take the address from a citation or a hit")
    return {**_span_facts(source), **asdict(address), "text": words, "blocks": blocks}


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


def unknown(document_id: str) -> Refused:
    """Return the refusal for a document that the collection does not hold."""
    return Refused(
        NOT_FOUND, f"the collection holds no document {document_id:.40}; take its id from a citation or a hit"
    )
