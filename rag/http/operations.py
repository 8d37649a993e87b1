"""What operators of the service need: health, readiness, metrics, logs."""

from __future__ import annotations

import datetime
import json
import logging
import sys
from typing import Any

from fastapi import APIRouter, Depends, Request
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import Field
from starlette.responses import Response

from rag.errors import DalilError, as_dalil_errors
from rag.http import metrics
from rag.http.answers import GUARDED
from rag.http.problems import BUSY, UNAVAILABLE, Refused, documented
from rag.http.security import allowed
from rag.http.streams import service_of
from rag.wire.answers import Told

logger = logging.getLogger(__name__)


router = APIRouter(tags=["operations"])


class State(Told):
    """How the service is."""

    status: str = Field(description="ok")


@router.head("/healthz", include_in_schema=False)
@router.get("/healthz", response_model=State)
async def healthz() -> Any:
    """Whether the process lives. Needs no key and touches nothing."""
    return {"status": "ok"}


@router.head("/readyz", include_in_schema=False)
@router.get("/readyz", response_model=State, responses=documented(UNAVAILABLE, BUSY))
def readyz(request: Request) -> Any:
    """Whether questions can be answered now: the collection opens and the model is loaded. Needs no key."""
    service = service_of(request)
    if not service.is_ready:
        raise Refused(UNAVAILABLE, "the service starts or ends; ask again shortly", retry_after=1)
    try:
        with as_dalil_errors():
            service.assistant.engine.pool()
    except DalilError as error:  # its text may name the machine's paths, and anyone may ask here
        logger.warning("not ready: %s", error)
        raise Refused(
            UNAVAILABLE, "the collection cannot be used now; the service's log says why", retry_after=10
        ) from None
    return {"status": "ok"}


@router.get(
    "/metrics",
    response_class=Response,
    responses={
        200: {"content": {"text/plain": {"schema": {"type": "string"}}}},
        **documented(*GUARDED),
    },
    dependencies=[Depends(allowed("ask"))],
)
def exposition(request: Request) -> Response:
    """Counts for Prometheus, of all workers together."""
    metrics.GENERATION.set(service_of(request).assistant.collection.generation)
    return Response(metrics.exposition(), media_type=CONTENT_TYPE_LATEST)


_NAMES = ("rag", "uvicorn.error")


class JsonLines(logging.Formatter):
    """A formatter of log records as one line of JSON each."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as one line of JSON."""
        when = datetime.datetime.fromtimestamp(record.created, datetime.UTC).isoformat(timespec="milliseconds")
        line = {"time": when, "level": record.levelname.lower(), "event": record.getMessage()}
        line |= getattr(record, "facts", {})
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def set_up_logs() -> None:
    """Send the logs of the service and of its server to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    for name in _NAMES:
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.setLevel(logging.INFO)
        logger.propagate = False
