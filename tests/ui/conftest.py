from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import platformdirs
import pytest

# Threads that spin while they wait slow a busy machine down many times over; read when torch is first imported.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import streamlit as st
from ui_support import App, Opened

import rag.assistant
from embeddings import PACKAGED, Encoder, load_encoder
from rag.indexing.update import index_paths
from rag.settings import SHIPPED_DOCUMENTS, Settings

_KEPT = ("DALIL_READER", "DALIL_TEST_CACHE")


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    directory = os.environ.get("DALIL_TEST_CACHE")
    return load_encoder(PACKAGED, cache_dir=Path(directory) if directory else None)


@pytest.fixture(scope="session")
def shipped(shared: Callable[..., Path], encoder: Encoder) -> Path:
    """The shipped documents, indexed; not to be written to."""
    return shared(
        "shipped", lambda root: index_paths([SHIPPED_DOCUMENTS], Settings(collection=root), lambda _: encoder)
    )


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting and no key of the machine's reaches a test, and no test reaches the user's data."""
    for name in [name for name in os.environ if name.startswith("DALIL_") and name not in _KEPT]:
        monkeypatch.delenv(name)
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DALIL_COLLECTION", str(tmp_path / "collection"))
    monkeypatch.setenv("DALIL_VISITORS", str(tmp_path / "visitors"))
    monkeypatch.setattr(platformdirs, "user_data_path", lambda name: tmp_path / "data" / name)


@pytest.fixture
def _process(monkeypatch: pytest.MonkeyPatch, encoder: Encoder) -> Iterator[None]:
    """What a process of the chat keeps is not kept for the next test, but for the model and what is cached as data.

    That is kept by collection and generation, so a test that sees another's has found that it should not be.
    """
    monkeypatch.setattr(rag.assistant, "load_encoder", lambda name, cache_dir=None: encoder)
    st.cache_resource.clear()
    yield
    st.cache_resource.clear()


@pytest.fixture
def open_app(_process: None, shipped: Path, monkeypatch: pytest.MonkeyPatch) -> Opened:
    """Opens the chat over the shipped documents, as a visitor's new session that is not drawn yet."""
    monkeypatch.setenv("DALIL_COLLECTION", str(shipped))
    return App


@pytest.fixture
def app(open_app: Opened) -> App:
    """The chat, opened and drawn."""
    return open_app().run()
