"""What the tests of `rag` share: small files, indexing them, and what must hold of a collection at any time."""

from __future__ import annotations

import io
import os
import random
import traceback
import unicodedata
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import pytest
import torch

from embeddings import Encoder, Passage, Reader, Reading, load_reader
from embeddings.sources import LoadedModel
from rag.assistant import Assistant
from rag.indexing.plan import IndexReport, Progress
from rag.indexing.update import index_paths
from rag.search.collection import Collection
from rag.settings import Settings

NOTES = {
    "bridge.txt": "The old bridge at Korgas was opened in May 1959. It carried two railway tracks over the river.\n\n"
    "Engineers closed the bridge in 1984 because its iron pillars had rusted through.",
    "apples.md": "---\ntitle: Apples of Almaty\nurl: https://example.org/apples\ndate: 2021-04-05\n---\n\n# Apples\n\n"
    "Wild apple trees grow on the slopes above Almaty. Their fruit ripens at the end of September.\n",
    "kitap.txt": "Кітапхана 1931 жылы Алматы қаласында ашылды. Онда жеті миллионнан астам кітап сақталады.\n",
    "poezd.txt": "Поезд из Алматы в Урумчи отправляется по субботам в полночь. Дорога занимает больше суток.\n",
    "cha.txt": "这家茶馆开在伊宁市的老城区。每天早上七点开门,供应奶茶和馕。\n",
    "dao/dao.txt": "這座燈塔建於一八九六年,由三名守塔人輪流看守。夜裡每隔十秒閃一次光。\n",
}


# Bytes that no encoding explains.
BINARY = random.Random(0).randbytes(4000)


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str


def write_notes(folder: Path, notes: Mapping[str, str] = NOTES) -> Path:
    """Write small files, by name, into a folder."""
    for name, text in notes.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8", newline="")
    return folder


class Page(HTMLParser):
    """What a browser would make of a page: its elements with their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.text += " "

    def handle_data(self, data: str) -> None:
        self.text += data

    def line(self) -> str:
        """The text with single spaces."""
        return " ".join(self.text.split())

    def kinds(self) -> list[tuple[str, tuple[str, ...]]]:
        """Every element's name with its attributes' names."""
        return [(tag, tuple(sorted(attributes))) for tag, attributes in self.elements]

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of every element of a name."""
        return [attributes for name, attributes in self.elements if name == tag]


class Remembering(Encoder):
    """A real model that runs each passage once: most tests index the same few sentences."""

    _memory: dict[tuple[str, str], Any] = {}  # noqa: RUF012 - by prompt and text, for the whole session

    def __init__(self, encoder: Encoder, *, name: str = "", fingerprint: str = "", prompt: str | None = None) -> None:
        query, passage = encoder._prompts["query"], encoder._prompts["passage"] if prompt is None else prompt
        names = (name or encoder.name, fingerprint or encoder.fingerprint)
        super().__init__(LoadedModel(*names, encoder._model, query, passage))
        self.plain = encoder

    def encode_passages(self, texts: Sequence[str], *, on_batch: Callable[[int], None] | None = None) -> Any:
        prompt = self._prompts["passage"]
        known = [text for text in texts if (prompt, text) in self._memory]
        if on_batch is not None and known:
            on_batch(len(known))
        new = [text for text in texts if (prompt, text) not in self._memory]
        for text, vector in zip(new, super().encode_passages(new, on_batch=on_batch), strict=True):
            self._memory[prompt, text] = vector
        return np.array([self._memory[prompt, text] for text in texts], np.float32).reshape(-1, self.dimension)


class RememberingReader:
    """The real reader, that reads each passage for a question once: many tests ask the same of the same documents."""

    def __init__(self, reader: Reader) -> None:
        self.name = reader.name
        self.count_tokens = reader.count_tokens
        self._reader = reader
        self._memory: dict[tuple[str, Passage], Reading] = {}

    def read(self, question: str, passages: Sequence[Passage]) -> list[Reading]:
        new = [p for p in dict.fromkeys(passages) if (question, p) not in self._memory]
        for passage, reading in zip(new, self._reader.read(question, new), strict=True):
            self._memory[question, passage] = reading
        return [self._memory[question, p] for p in passages]


def load_remembering_reader(name: str, *, cache_dir: Path | None = None) -> Reader | None:
    """The reader of a name, as `embeddings.load_reader` loads it, with a memory."""
    reader = load_reader(name, cache_dir=cache_dir)
    return RememberingReader(reader) if reader else None


class Loader:
    """Hands out one encoder and counts how often a model was asked for."""

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder
        self.calls = 0

    def __call__(self, name: str) -> Encoder:
        self.calls += 1
        return self.encoder


def index(
    encoder: Encoder, collection: Path, *paths: Path, progress: Progress | None = None, **settings: object
) -> IndexReport:
    """Index paths with an encoder that is already there."""
    chosen = Settings(collection=collection, **settings)  # type: ignore[arg-type]
    return index_paths(list(paths), chosen, Loader(encoder), progress)


def open_assistant(root: Path, encoder: Encoder, **settings: object) -> Assistant:
    """An assistant with a model that is already there, by default one that answers whatever its confidence."""
    values = {"collection": root, "min_confidence": 0.0, **settings}
    return Assistant.open(encoder=encoder, settings=Settings(**values))  # type: ignore[arg-type]


def chunk_texts(root: Path) -> dict[str, list[str]]:
    """The texts of every indexed path's chunks."""
    collection = Collection.open(root)
    try:
        by_document: dict[str, list[str]] = {}
        for chunk in collection.store.all_chunks():
            by_document.setdefault(chunk.document_id, []).append(chunk.text)
        return {path: by_document[file.document_id] for path, file in collection.store.files().items()}
    finally:
        collection.close()


def assert_whole(root: Path, encoder: Encoder) -> int:
    """Check a collection of at least one generation through and through; its generation."""
    collection = Collection.open(root)
    try:
        store, vectors = collection.store, collection.load_pool()
        assert store.connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        chunks = list(store.all_chunks())
        documents, count = store.counts()
        assert count == len(chunks) == len(vectors.sentences)
        assert documents == len({file.document_id for file in store.files().values()}) == len(store.document_ids())
        terms = store.connection.execute("SELECT count(*) FROM paragraph_terms").fetchone()[0]
        assert terms == len({chunk.paragraph_id for chunk in chunks}) == len(vectors.paragraphs)
        assert store.meta("fingerprint") == encoder.fingerprint
        if chunks:
            own = vectors.sentences.vectors([chunk.id for chunk in chunks])
            around = vectors.paragraphs.vectors([chunk.paragraph_id for chunk in chunks])
            for found in (own, around):
                np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-3)
            best, _ = vectors.sentences.search(own[:1], 1)
            same = [chunk.id for chunk in chunks if chunk.text == chunks[0].text]
            assert int(best[0, 0]) in same
        return vectors.generation
    finally:
        collection.close()


def refuse(patch: pytest.MonkeyPatch, refused: Path, error: OSError) -> None:
    """Let the operating system refuse to open one file for reading."""
    original = io.open

    def opening(file: Any, *arguments: Any, **options: Any) -> Any:
        if not isinstance(file, int) and os.fspath(file) == str(refused):
            raise error
        return original(file, *arguments, **options)

    patch.setattr(io, "open", opening)  # what pathlib opens files with


def cells(line: str) -> int:
    """How many columns of a terminal a line takes."""
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in line)
    return len(line) + wide - sum(unicodedata.category(c) in {"Mn", "Me", "Cf"} for c in line)


def assert_one_sentence(text: str) -> None:
    """One line from `dalil:` that is no traceback."""
    assert text.startswith("dalil: ")
    assert text.endswith("\n")
    assert text.count("\n") == 1, text
    assert "Traceback" not in text
    assert "unexpected error" not in text


def assert_harmless(text: str) -> None:
    """Nothing that a terminal would act on."""
    bad = {c for c in text if not (c.isprintable() or c in "\n\u200c\u200d")}
    assert not bad, sorted(map(ascii, bad))


def fork(work: Callable[[], None], log: Path) -> int:
    """Run ``work`` in a child process that has every import and the model already; its process id.

    The child ends with 0, or with 1 and a traceback in ``log``.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the child runs on one thread alone
        pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        torch.set_num_threads(1)  # the parent's other threads do not exist here
        faiss.omp_set_num_threads(1)
        work()
        code = 0
    except BaseException:  # noqa: BLE001 - whatever it was, the parent is told
        log.write_text(traceback.format_exc())
    finally:
        os._exit(code)
