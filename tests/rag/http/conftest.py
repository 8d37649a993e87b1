from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from api_support import Server, serve_settings, serving
from fastapi import FastAPI
from fastapi.testclient import TestClient
from rag_support import open_assistant

from embeddings import Encoder
from rag.assistant import Assistant
from rag.http.app import create

Made = Callable[..., TestClient]


@pytest.fixture
def own_collection(shipped: Path, tmp_path: Path) -> Path:
    """A copy of the shipped collection that a test may change."""
    return Path(shutil.copytree(shipped, tmp_path / "collection"))


@pytest.fixture
def make(own_collection: Path, encoder: Encoder, tmp_path: Path) -> Iterator[Made]:
    """Makes a client of a service in this process, over a collection of the test's own."""
    with ExitStack() as stack:

        def made(**changes: object) -> TestClient:
            assistant = open_assistant(own_collection, encoder)
            app = application(assistant, tmp_path / "service", **changes)
            return stack.enter_context(TestClient(app, base_url="http://127.0.0.1"))

        yield made


@pytest.fixture
def client(make: Made) -> TestClient:
    """A client of a service without keys."""
    return make()


@pytest.fixture(scope="session")
def server(shipped: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A real service without keys over the shipped documents, answering whatever its confidence; not to be changed."""
    folder = tmp_path_factory.mktemp("served") / "service"
    with serving(shipped, folder, DALIL_MIN_CONFIDENCE=0, DALIL_SERVE_RATE=0) as running:
        yield running


def application(assistant: Assistant, folder: Path, **changes: object) -> FastAPI:
    """The application over an assistant."""
    return create(assistant.settings, serve_settings(folder, **changes), assistant)
