"""Bringing a collection in step with files: read what changed, embed what is new, switch in one commit.

A run that dies at any point leaves the generation before it whole. Vectors are cached as they are made, so the
next run does not make them again.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout

from corpus.errors import Unreadable
from corpus.reading import READING_VERSION, ReadFile, read_bytes, read_document
from corpus.store import StoredFile
from embeddings import PACKAGED, EmbeddingError, Encoder, VectorCache, VectorIndex, embed_cached, text_hash
from rag.collection import LOCK_NAME, Collection
from rag.errors import DalilError, WrongUse, as_dalil_errors
from rag.files import absolute, find_files, is_under
from rag.settings import Settings


class Progress:
    """Told of an indexing run's progress; this one says nothing."""

    def reading(self, total: int) -> None:
        """``total`` files will be looked at."""

    def read(self, path: Path) -> None:
        """One file has been looked at."""

    def embedding(self, documents: int, chunks: int, known: int) -> None:
        """``chunks`` texts will be embedded for ``documents`` documents; ``known`` vectors are already there."""

    def embedded(self, chunks: int) -> None:
        """That many more texts are embedded."""

    def saving(self) -> None:
        """The new generation is being written."""


@dataclass(slots=True)
class IndexReport:
    """What a run did, by path. ``embedded`` counts texts newly run through the model."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    moved: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    duplicates: dict[str, str] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    documents: int = 0
    chunks: int = 0
    embedded: int = 0
    generation: int = 0


@dataclass(slots=True)
class _Plan:
    """The difference between the files and the store."""

    reads: dict[str, ReadFile] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)

    @property
    def is_empty(self) -> bool:
        return not (self.paths or self.gone)


def index_paths(
    paths: Sequence[Path], settings: Settings, load: Callable[[str], Encoder], progress: Progress | None = None
) -> IndexReport:
    """Bring the collection in step with ``paths``.

    ``load`` gives the encoder of a model name; it is called only if something must be embedded.

    Raises `WrongUse` for paths that hold nothing and never did, `DalilError` if another run is at work.
    """
    progress = progress or Progress()
    roots = [absolute(path) for path in paths]
    with as_dalil_errors():
        settings.collection.mkdir(parents=True, exist_ok=True)
        lock = FileLock(settings.collection / LOCK_NAME, timeout=0)
        try:
            with lock:
                collection = Collection.create(settings.collection)
                try:
                    return _index(collection, roots, settings, load, progress)
                finally:
                    collection.close()
        except Timeout:
            raise DalilError(
                f"another `dalil index` is at work on {settings.collection}; wait until it has ended"
            ) from None


def _index(
    collection: Collection, roots: list[Path], settings: Settings, load: Callable[[str], Encoder], progress: Progress
) -> IndexReport:
    report = IndexReport()
    plan = _plan(collection, roots, settings, report, progress)
    model = settings.model or collection.model or PACKAGED
    if not plan.is_empty or collection.model != model or not _vectors_hold(collection):
        _apply(collection, plan, load(model), model, report, progress)
    collection.remove_stale_vectors()
    report.documents, report.chunks = collection.store.counts()
    report.generation = collection.generation
    return report


def _plan(
    collection: Collection, roots: list[Path], settings: Settings, report: IndexReport, progress: Progress
) -> _Plan:
    stored = collection.store.files()
    in_scope = {path for path in stored if any(is_under(path, root) for root in roots)}
    found = find_files(roots)
    for root in roots:
        if not root.exists() and not any(is_under(path, root) for path in in_scope):
            raise WrongUse(f"there is no file or folder at {root}; check the path")
    if not found.files and not in_scope:
        why = "; ".join(f"{Path(path).name}: {reason}" for path, reason in list(found.skipped.items())[:3])
        raise WrongUse(
            f"nothing to index at {', '.join(map(str, roots))}: no text, Markdown or HTML file{' (' + why + ')' if why else ''}"
        )
    report.skipped.update(found.skipped)
    plan = _Plan()
    plan.gone = in_scope - {str(path) for path in found.files}
    progress.reading(len(found.files))
    for path in found.files:
        _plan_file(path, stored, settings, plan, report)
        progress.read(path)
    _sort_out_moves(plan, stored, report)
    return plan


def _plan_file(
    path: Path, stored: dict[str, StoredFile], settings: Settings, plan: _Plan, report: IndexReport
) -> None:
    name = str(path)
    known = stored.get(name)
    try:
        data = read_bytes(path, max_bytes=settings.max_file_bytes)
        digest = hashlib.sha256(data).hexdigest()
        if known and known.sha256 == digest and known.reading_version == READING_VERSION:
            report.unchanged.append(name)
            return
        first = next((p for p, read in plan.reads.items() if read.document.sha256 == digest), None)
        twin = first or next(
            (p for p, f in stored.items() if f.sha256 == digest and p != name and p not in plan.gone), None
        )
        if twin and (first or stored[twin].reading_version == READING_VERSION):
            plan.paths[name] = plan.reads[twin].document.id if first else stored[twin].document_id
            report.duplicates[name] = twin
            return
        plan.reads[name] = read = read_document(path, data)
        plan.paths[name] = read.document.id
        (report.changed if known else report.added).append(name)
    except Unreadable as error:
        kept = known is not None and error.transient and path.exists()
        report.skipped[name] = error.reason + ("; its last indexed version is kept" if kept else "")
        if known and not kept:
            plan.gone.add(name)


def _sort_out_moves(plan: _Plan, stored: dict[str, StoredFile], report: IndexReport) -> None:
    """A file that is new here and has the content of one that is gone has moved."""
    gone_digests = {stored[path].sha256 for path in plan.gone}
    for name in [*report.added]:
        if plan.reads[name].document.sha256 in gone_digests:
            report.added.remove(name)
            report.moved.append(name)
    moved = {plan.reads[name].document.sha256 for name in report.moved}
    report.removed.extend(sorted(path for path in plan.gone if stored[path].sha256 not in moved))


def _apply(
    collection: Collection, plan: _Plan, encoder: Encoder, model: str, report: IndexReport, progress: Progress
) -> None:
    store = collection.store
    cache = VectorCache(store.connection, encoder.fingerprint, encoder.dimension)
    new = [chunk for read in plan.reads.values() for chunk in read.chunks]
    texts = [text for chunk in (*new, *store.all_chunks()) for text in (chunk.text, chunk.paragraph)]
    report.embedded = _embed(store.connection, encoder, cache, list(dict.fromkeys(texts)), len(plan.reads), progress)
    progress.saving()
    with store.transaction():
        for path in plan.gone:
            store.drop_path(path)
        for read in plan.reads.values():
            store.add(read)
        for path, document_id in plan.paths.items():
            store.set_path(path, document_id)
        store.remove_orphans()
        _write_generation(collection, encoder, cache, model)


def _embed(
    connection: sqlite3.Connection,
    encoder: Encoder,
    cache: VectorCache,
    texts: list[str],
    documents: int,
    progress: Progress,
) -> int:
    """Put the vectors of ``texts`` into the cache, committing as they are made; the number newly encoded."""
    known = cache.get(texts)
    missing = [text for text in texts if text not in known]
    progress.embedding(documents, len(missing), len(texts) - len(missing))

    def commit() -> None:
        connection.execute("COMMIT")
        connection.execute("BEGIN IMMEDIATE")

    connection.execute("BEGIN IMMEDIATE")
    try:
        embed_cached(encoder, cache, missing, on_done=lambda count, _: progress.embedded(count), commit=commit)
    finally:  # also when interrupted: what is made is kept
        connection.execute("COMMIT")
    return len(missing)


def _write_generation(collection: Collection, encoder: Encoder, cache: VectorCache, model: str) -> None:
    """Inside the transaction: both vector files under the next generation's name, then the rows that name them."""
    generation = collection.generation + 1
    sentences: dict[int, str] = {}
    paragraphs: dict[int, str] = {}
    for chunk in collection.store.all_chunks():
        sentences[chunk.id] = chunk.text
        paragraphs[chunk.paragraph_id] = chunk.paragraph
    for granularity, texts in (("sentences", sentences), ("paragraphs", paragraphs)):
        known = cache.get(list(texts.values()))
        if len(known) < len(set(texts.values())):
            raise EmbeddingError("vectors are missing from the collection's cache; run `dalil index` again")
        vectors = np.array([known[text] for text in texts.values()], dtype=np.float32).reshape(-1, encoder.dimension)
        index = VectorIndex.build(np.array(list(texts), dtype=np.int64), vectors, fingerprint=encoder.fingerprint)
        digest = index.save(collection.vector_path(granularity, generation))
        collection.store.set_meta(f"{granularity}_sha256", digest)
    cache.prune({text_hash(text) for text in (*sentences.values(), *paragraphs.values())})
    collection.store.set_meta("generation", str(generation))
    collection.store.set_meta("model", model)
    collection.store.set_meta("fingerprint", encoder.fingerprint)
    collection.store.set_meta("dimension", str(encoder.dimension))


def _vectors_hold(collection: Collection) -> bool:
    try:
        collection.load_vectors()
    except (EmbeddingError, DalilError):
        return False
    return True
