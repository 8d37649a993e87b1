"""A dataset made ready: its documents in a collection of their own, indexed as the product indexes.

Collections of benchmarks are kept in the user's cache folder, so that a second run embeds nothing.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import platformdirs

from corpus.decoding import decode
from corpus.errors import Unreadable
from corpus.reading import ReadFile, read_document
from corpus.rows import STORE_VERSION
from corpus.store import Store
from corpus.types import Chunk, Document
from embeddings import Encoder
from rag.bench.datasets import CorpusRow, Dataset, Quote
from rag.errors import WrongUse
from rag.indexing.plan import IndexReport, Progress
from rag.indexing.update import index_documents, index_paths
from rag.search.collection import Collection
from rag.search.engine import SearchEngine
from rag.search.ranking import Rows
from rag.settings import Settings


@dataclass(frozen=True, slots=True)
class Place:
    """The place of some words: ``start`` and ``end`` in the decoded source file."""

    document_id: str
    start: int
    end: int
    language: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """A dataset with its collection open.

    ``rows_of`` has the corpus rows of each document (several if they are alike), ``evidence`` the places of the quotes
    of each gold question, ``row_languages`` the language of each corpus row. ``seconds`` and ``embedded`` are the time
    that making the collection took and the number of texts embedded, when it was made.
    """

    dataset: Dataset
    engine: SearchEngine
    chunks: Mapping[int, Chunk]
    rows_of: Mapping[str, tuple[str, ...]]
    evidence: Mapping[str, tuple[Place, ...]]
    row_languages: Mapping[str, str]
    seconds: float
    embedded: int

    def rows_in_pool(self, names: Iterable[str]) -> Rows:
        """Return the rows of the pool that hold the chunks of the corpus rows ``names``, in ascending order."""
        pool = self.engine.pool()
        documents = {document: number for number, document in enumerate(pool.document_ids)}
        wanted = set(names)
        held = [documents[name] for name, rows in self.rows_of.items() if name in documents and wanted & set(rows)]
        return np.flatnonzero(np.isin(pool.documents, held))

    def place(self, chunk_id: int) -> Place:
        """Return the place of a chunk."""
        chunk = self.chunks[chunk_id]
        return Place(chunk.document_id, chunk.source_start, chunk.source_end, chunk.language)


def prepare(
    dataset: Dataset,
    settings: Settings,
    encoder: Encoder,
    *,
    folder: Path | None = None,
    progress: Progress | None = None,
) -> Prepared:
    """Index a dataset's documents into a collection under ``folder`` and open it.

    Raises `WrongUse` if evidence of a gold set is not in its file, or no corpus row has words.
    """
    root = folder or platformdirs.user_cache_path("dalil") / "bench"
    place = dataset.digest if dataset.kind == "rows" else hashlib.sha256(str(dataset.sources).encode()).hexdigest()[:16]
    name = f"{dataset.name[:60]}-{place}-{STORE_VERSION}"
    chosen = settings.model_copy(update={"collection": root / name})
    began = time.perf_counter()
    report = _index(dataset, chosen, encoder, progress)
    seconds = time.perf_counter() - began
    collection = Collection.open(chosen.collection)
    try:
        evidence = _evidence(dataset, collection.store) if dataset.quotes else {}
        seconds, embedded = _remembered(collection, seconds, report)
        chunks = {chunk.id: chunk for chunk in collection.store.all_chunks()}
        rows = _rows_of(collection) if dataset.kind == "rows" else {}
    except BaseException:
        collection.close()
        raise
    languages = {row.id: row.language for row in dataset.corpus}
    engine = SearchEngine(collection, encoder, chosen)
    return Prepared(dataset, engine, chunks, rows, evidence, languages, seconds, embedded)


def _index(dataset: Dataset, settings: Settings, encoder: Encoder, progress: Progress | None) -> IndexReport:
    def load(_: str) -> Encoder:
        return encoder

    settings = settings.model_copy(update={"model": encoder.name})
    if dataset.kind == "gold":
        return index_paths([dataset.sources], settings, load, progress)
    return index_documents(lambda: _documents(dataset), dataset.digest, settings, load, progress)


def _documents(dataset: Dataset) -> dict[str, ReadFile]:
    """Return every corpus row as a document, by row id; rows without words, which no search can find, are left out."""
    read: dict[str, ReadFile] = {}
    for row in dataset.corpus:
        try:
            one = read_document(Path("row.txt"), f"{row.text}\n".encode())
        except Unreadable:
            continue
        read[row.id] = _titled(one, row)
    if not read:
        raise WrongUse(f"{dataset.root / 'corpus.jsonl'} holds no words; there is nothing to search")
    return read


def _titled(read: ReadFile, row: CorpusRow) -> ReadFile:
    """Return the document with the row's own title, which may be empty, in place of one from a file name."""
    return replace(read, document=replace(read.document, title=row.title))


def _remembered(collection: Collection, seconds: float, report: IndexReport) -> tuple[float, int]:
    """Return the seconds and the number of texts of the last indexing that embedded any; later runs embed none."""
    store = collection.store
    if report.embedded:
        with store.transaction():
            store.set_meta("indexed", f"{seconds:.3f} {report.embedded}")
    known = (store.meta("indexed") or f"{seconds:.3f} {report.embedded}").split()
    return float(known[0]), int(known[1])


def _rows_of(collection: Collection) -> dict[str, tuple[str, ...]]:
    rows: dict[str, tuple[str, ...]] = {}
    for name, file in collection.store.files().items():
        rows[file.document_id] = (*rows.get(file.document_id, ()), name)
    return rows


def _evidence(dataset: Dataset, store: Store) -> dict[str, tuple[Place, ...]]:
    stored = store.files()
    documents: dict[str, Document] = {}
    find = _finder(dataset, documents)
    for file in {quote.file for quotes in (dataset.quotes or {}).values() for quote in quotes}:
        known = stored.get(str((dataset.sources / file).absolute()))
        document = store.document(known.document_id) if known else None
        if document:
            documents[file] = document
    return {name: tuple(map(find, quotes)) for name, quotes in (dataset.quotes or {}).items()}


def _finder(dataset: Dataset, documents: Mapping[str, Document]) -> Callable[[Quote], Place]:
    """Return a function that finds a quote in the text read from its file, or else in the file's source.

    Quotes may hold mark-up, or words that are left out in reading, which no search can find. The function raises
    `WrongUse` for a quote that is not there.
    """
    read = cache(lambda file: _without_spaces(documents[file].text))
    source = cache(lambda file: _without_spaces(_decoded(dataset.sources / file)))

    def find(quote: Quote) -> Place:
        document = documents.get(quote.file)
        if document is None:
            raise WrongUse(f"{quote.where}: {quote.file} is not among the files of {dataset.sources}; mend that line")
        if span := _span(quote.text, read(quote.file)):
            return Place(document.id, *document.source_map.source_span(*span), document.language)
        if span := _span(quote.text, source(quote.file)):
            return Place(document.id, *span, document.language)
        raise WrongUse(f"{quote.where}: the quote does not stand in {quote.file}; copy it from the file")

    return find


def _decoded(path: Path) -> str:
    """Return a file's text with its mark-up; an empty text if it cannot be read as text."""
    try:
        return decode(path.read_bytes())[0]
    except (OSError, Unreadable):
        return ""


def _span(words: str, bare: tuple[str, list[int]]) -> tuple[int, int] | None:
    """Return the span of words in the original of ``bare``, a result of `_without_spaces`; None if it lacks them."""
    text, positions = bare
    wanted = "".join(words.split())
    at = text.find(wanted)
    return (positions[at], positions[at + len(wanted) - 1] + 1) if at >= 0 else None


def _without_spaces(text: str) -> tuple[str, list[int]]:
    """Return a text without white space, as lines may be broken elsewhere, and the position that each character had."""
    positions = [n for n, c in enumerate(text) if not c.isspace()]
    return "".join(text[n] for n in positions), positions
