"""The routes that add and remove documents."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, Query, Request, UploadFile
from fastapi import Path as InPath
from pydantic import BaseModel, ConfigDict, Field

from rag.errors import as_dalil_errors
from rag.http.answers import GUARDED
from rag.http.documents import DocumentId, unknown
from rag.http.problems import CONFLICT, INVALID, NOT_FOUND, STORAGE, Refused, documented
from rag.http.security import allowed
from rag.http.service import Service
from rag.http.streams import service_of
from rag.wire.answers import JOB_ID
from rag.wire.requests import Job
from rag.wire.requests import Jobs as ToldJobs

router = APIRouter(prefix="/v1", tags=["collection"])
_MANAGE = [Depends(allowed("manage"))]
JobId = Annotated[str, InPath(pattern=JOB_ID, description="as an upload or a deletion gave it")]


class Upload(BaseModel):
    """The form that brings files."""

    # Other parts are refused in the route, which says what to do.
    model_config = ConfigDict(json_schema_extra={"additionalProperties": False})

    files: list[UploadFile] = Field(min_length=1, description="plain text, Markdown or HTML")


@router.post(
    "/documents",
    status_code=202,
    response_model=Job,
    responses=documented(*GUARDED, STORAGE),
    dependencies=_MANAGE,
)
async def upload(request: Request, form: Annotated[Upload, File()]) -> Any:
    """Add documents. They are kept at once and found once the job is done; questions go on meanwhile."""
    service = service_of(request)
    if others := sorted({name for name, _ in (await request.form()).multi_items() if name != "files"}):
        raise Refused(INVALID, f"the form has {', '.join(others):.200}; send every file as `files`")
    files = form.files
    if len(files) > service.serve.max_upload_files:
        raise Refused(INVALID, f"{len(files)} files came and {service.serve.max_upload_files} are taken at once")
    return await asyncio.to_thread(_keep, service, files)


def _keep(service: Service, files: Sequence[UploadFile]) -> Job:
    """Store the files of an upload and return its job: either both are made or neither."""

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
        raise unknown(document_id)
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
    """Return whether a file still is the document: after a deletion, another may have been uploaded under its name."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest().startswith(document_id)
    except FileNotFoundError:
        return False
