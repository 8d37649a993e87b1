"""Updating a collection from files: read what changed, embed what is new, switch in one commit.

A run that breaks off at any point leaves the previous generation whole. Vectors are cached as they are made, so the
next run does not make them again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout

from corpus.reading import READING_VERSION, ReadFile
from embeddings import (
    PACKAGED,
    Alignment,
    EmbeddingError,
    Encoder,
    VectorCache,
    VectorIndex,
    embed_cached,
    hubness,
    text_hash,
)
from embeddings.packaged import PACKAGED_FINGERPRINT
from rag.errors import AtWork, DalilError, WrongUse, as_dalil_errors
from rag.indexing.discover import absolute
from rag.indexing.plan import IndexReport, Plan, Progress, plan_runs, write_skipped
from rag.search.alignments import alignment_of
from rag.search.collection import GRANULARITIES, LOCK_NAME, Collection
from rag.settings import Settings


def index_paths(
    paths: Sequence[Path],
    settings: Settings,
    load: Callable[[str], Encoder],
    progress: Progress | None = None,
    *,
    others_stay: bool = False,
) -> IndexReport:
    """Update the collection so that it holds the files at and under ``paths`` as they are now.

    A file that no longer exists and whose content is now under ``paths`` counts as moved, wherever it was; with
    ``others_stay`` only if it was under them.

    ``load`` returns the encoder of a model name; the packaged model is loaded only if something must be embedded.

    Raises `WrongUse` for paths that hold nothing and never did, `AtWork` if another run is at work.
    """
    progress = progress or Progress()
    roots = [absolute(path) for path in paths]
    report = IndexReport()

    def plans(collection: Collection) -> Iterator[Plan]:
        return plan_runs(
            collection.store.files, roots, settings.max_file_bytes, report, progress, others_stay=others_stay
        )

    return _locked(plans, report, settings, load, progress)


def index_documents(
    read: Callable[[], Mapping[str, ReadFile]],
    mark: str,
    settings: Settings,
    load: Callable[[str], Encoder],
    progress: Progress | None = None,
) -> IndexReport:
    """Make a collection hold the documents that ``read`` returns, by name, and no others.

    ``mark`` identifies what is read: for a collection that was made with the same mark, ``read`` is not called.
    Raises `AtWork` if another run is at work.
    """
    report = IndexReport()
    wanted = f"{mark} {READING_VERSION}"

    def plans(collection: Collection) -> Iterator[Plan]:
        stored = collection.store.files()
        if collection.store.meta("mark") == wanted and stored:
            yield Plan()
            return
        documents = read()
        distinct = {one.document.id: (name, one) for name, one in documents.items()}
        paths = {name: one.document.id for name, one in documents.items()}
        yield Plan(reads=dict(distinct.values()), paths=paths, gone=stored.keys() - paths.keys())

    return _locked(plans, report, settings, load, progress or Progress(), mark=wanted)


def _locked(
    plans: Callable[[Collection], Iterator[Plan]],
    report: IndexReport,
    settings: Settings,
    load: Callable[[str], Encoder],
    progress: Progress,
    mark: str = "",
) -> IndexReport:
    """Carry out plans, each as soon as it is made, while no other run is at work on the collection."""
    with as_dalil_errors():
        _make_folder(settings.collection)
        lock = FileLock(settings.collection / LOCK_NAME, timeout=0)
        try:
            with lock:
                collection = Collection.create(settings.collection)
                try:
                    for plan in plans(collection):
                        _index(collection, plan, report, settings, load, progress, mark)
                    write_skipped(report, settings.collection)
                    return report
                finally:
                    collection.close()
        except Timeout:
            raise AtWork(
                f"another `dalil index` is at work on {settings.collection}; wait until it has ended"
            ) from None


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise WrongUse(f"{path} is not a folder; choose another --collection folder") from None


def _index(
    collection: Collection,
    plan: Plan,
    report: IndexReport,
    settings: Settings,
    load: Callable[[str], Encoder],
    progress: Progress,
    mark: str,
) -> None:
    model = settings.model or collection.model or PACKAGED
    # The vectors are loaded for this alone, so not where they are written anew whatever they are.
    if not plan.is_empty or not _is_current(collection, model, load):
        _apply(collection, plan, load(model), model, report, progress, mark)
    collection.remove_stale_vectors()
    report.documents, report.chunks = collection.store.counts()
    report.generation = collection.generation


def _is_current(collection: Collection, model: str, load: Callable[[str], Encoder]) -> bool:
    return _is_of_model(collection, model, load) and _is_aligned_alike(collection) and _vectors_hold(collection)


def _apply(
    collection: Collection,
    plan: Plan,
    encoder: Encoder,
    model: str,
    report: IndexReport,
    progress: Progress,
    mark: str,
) -> None:
    store = collection.store
    cache = VectorCache(store.connection, encoder.fingerprint, encoder.dimension)
    new = [chunk for read in plan.reads.values() for chunk in read.chunks]
    texts = [text for chunk in (*new, *store.all_chunks()) for text in (chunk.text, chunk.paragraph)]
    report.embedded += _embed(store.connection, encoder, cache, list(dict.fromkeys(texts)), len(plan.reads), progress)
    progress.saving()
    with store.transaction():
        for path in plan.gone:
            store.drop_path(path)
        for read in plan.reads.values():
            store.add(read)
        for path, document_id in plan.paths.items():
            store.set_path(path, document_id)
        store.remove_orphans()
        store.set_meta("mark", mark)
        _write_generation(collection, encoder, cache, model)


def _embed(
    connection: sqlite3.Connection,
    encoder: Encoder,
    cache: VectorCache,
    texts: list[str],
    documents: int,
    progress: Progress,
) -> int:
    """Put the vectors of ``texts`` into the cache, committing as they are made; return how many are new."""
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
        if connection.in_transaction:  # SQLite ends it by itself where the disk is full
            connection.execute("COMMIT")
    return len(missing)


def _write_generation(collection: Collection, encoder: Encoder, cache: VectorCache, model: str) -> None:
    """Write both vector files of the next generation, then the rows that name them (inside the transaction)."""
    store = collection.store
    generation = collection.generation + 1
    alignment = alignment_of(encoder.fingerprint)
    sentences: dict[int, tuple[str, str]] = {}
    paragraphs: dict[int, tuple[str, str]] = {}
    for chunk in store.all_chunks():
        sentences[chunk.id] = (chunk.text, chunk.language)
        paragraphs.setdefault(chunk.paragraph_id, (chunk.paragraph, chunk.language))
    for granularity, texts in zip(GRANULARITIES, (sentences, paragraphs), strict=True):
        index = _index_of(texts, encoder, cache, alignment)
        store.set_meta(f"{granularity}_sha256", index.save(collection.vector_path(granularity, generation)))
        if granularity == "sentences":
            values = hubness(index.vectors(list(texts)))
            collection.set_hubness(dict(zip(texts, values.tolist(), strict=True)))
    cache.prune({text_hash(text) for text, _ in (*sentences.values(), *paragraphs.values())})
    store.set_meta("generation", str(generation))
    store.set_meta("model", model)
    store.set_meta("fingerprint", encoder.fingerprint)
    store.set_meta("alignment", alignment.digest if alignment else "")
    store.set_meta("dimension", str(encoder.dimension))


def _index_of(
    texts: dict[int, tuple[str, str]], encoder: Encoder, cache: VectorCache, alignment: Alignment | None
) -> VectorIndex:
    """Build the index of ``id: (text, language)``, its vectors from the cache, aligned where there is an alignment."""
    known = cache.get([text for text, _ in texts.values()])
    if any(text not in known for text, _ in texts.values()):
        raise EmbeddingError("vectors are missing from the collection's cache; run `dalil index PATH` again")
    rows = [known[text] for text, _ in texts.values()]
    vectors = np.array(rows, dtype=np.float32).reshape(-1, encoder.dimension)
    if alignment:
        vectors = alignment.apply(vectors, [language for _, language in texts.values()], "passage")
    return VectorIndex.build(np.array(list(texts), dtype=np.int64), vectors, fingerprint=encoder.fingerprint)


def _is_of_model(collection: Collection, model: str, load: Callable[[str], Encoder]) -> bool:
    """Return whether the vectors are of this model as it is now; the packaged one need not be loaded for that."""
    if collection.model != model:
        return False
    return collection.fingerprint == (PACKAGED_FINGERPRINT if model == PACKAGED else load(model).fingerprint)


def _vectors_hold(collection: Collection) -> bool:
    try:
        collection.load_vectors()
    except (EmbeddingError, DalilError):
        return False
    return True


def _is_aligned_alike(collection: Collection) -> bool:
    """Return whether the vectors were aligned as they would be now."""
    alignment = alignment_of(collection.fingerprint or "")
    return collection.store.meta("alignment") == (alignment.digest if alignment else "")
