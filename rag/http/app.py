"""The application: its routes, the middleware around them, and their description."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from rag import __version__
from rag.assistant import Assistant
from rag.http import answers, documents, openai, operations, problems, uploads
from rag.http.limits import Rates
from rag.http.middleware import Around
from rag.http.operations import set_up_logs
from rag.http.security import Door, check_reach, needs_key
from rag.http.service import Service
from rag.http.settings import ServeSettings, load_serve_settings
from rag.settings import Settings, load_settings
from rag.wire.requests import Problem

_ABOUT = """Cited answers over a collection of documents in many languages.

Every statement of an answer names citations; a citation is an address (file hash, start, end) whose words are the
quote. Errors are problem details (RFC 9457). When the service is busy it replies 503, and 429 to a key that asks too
often; both say in `Retry-After` when to come again.
"""


def create(
    settings: Settings | None = None, serve: ServeSettings | None = None, assistant: Assistant | None = None
) -> FastAPI:
    """Return the application; settings that are not given are read from the environment, as when a worker starts."""
    settings, serve = settings or load_settings(), serve or load_serve_settings()
    set_up_logs()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        service = Service(settings, serve, assistant)
        app.state.service, app.state.rates = service, Rates(serve)
        check_reach(serve, service.keys)
        service.start()
        yield
        service.stop()

    app = FastAPI(
        title="Dalil", version=__version__, description=_ABOUT, lifespan=lifespan, docs_url=None, redoc_url=None,
        separate_input_output_schemas=False,
    )  # fmt: skip
    for router in (answers.router, documents.router, uploads.router, openai.router, operations.router):
        app.include_router(router)
    problems.install(app)
    app.add_middleware(Door)
    app.add_middleware(Around, serve=serve)
    if serve.cors_origins:  # outermost, so that a page can read why it was refused
        app.add_middleware(
            CORSMiddleware, allow_origins=serve.cors_origins.split(), allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "X-Request-ID"],
            expose_headers=["X-Request-ID", "Retry-After"],
        )  # fmt: skip
    app.openapi = lambda: _described(app)  # type: ignore[method-assign]
    return app


def _described(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI description, with problems in place of FastAPI's errors, and keys only where needed."""
    if app.openapi_schema is None:
        described = FastAPI.openapi(app)
        schemas = described["components"]["schemas"]
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas.update(problem.pop("$defs", {}))
        schemas["Problem"] = problem
        app.openapi_schema = described
    service: Service = app.state.service
    return app.openapi_schema if needs_key(service.serve, service.keys) else _without_keys(app.openapi_schema)


def _without_keys(described: dict[str, Any]) -> dict[str, Any]:
    paths = {
        path: {
            method: {name: value for name, value in operation.items() if name != "security"}
            for method, operation in operations.items()
        }
        for path, operations in described["paths"].items()
    }
    return {**described, "paths": paths}
