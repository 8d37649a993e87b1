"""Benchmark datasets: what is asked, what is searched, and what answers.

Two kinds. *Rows*: a folder with ``corpus.jsonl``, ``queries.jsonl`` and ``qrels.jsonl`` (the shape of BEIR, Thakur et
al., 2021), or without the last where each query names the rows that are its ``candidates`` and whether they make it
``answerable`` (the shape of NoMIRACL, Thakur et al., 2024): then no ranking is judged, only whether to answer. *Gold*:
a folder of source files with ``questions.jsonl``, whose evidence is quotes out of those files.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

from rag.bench.lines import Row, read_rows
from rag.errors import WrongUse
from rag.files import find_files
from rag.settings import SHIPPED_DOCUMENTS

Kind = Literal["rows", "gold"]
QUESTIONS = "questions.jsonl"
_ROW_FILES = ("corpus.jsonl", "queries.jsonl", "qrels.jsonl")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Query:
    """A question; ``language`` is what the dataset says it is, and what results are listed by."""

    id: str
    language: str
    text: str


@dataclass(frozen=True, slots=True)
class CorpusRow:
    """A row of a corpus: a document of its own."""

    id: str
    language: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Quote:
    """Evidence in a gold set: words of a file, as the line of the questions names them."""

    file: str
    text: str
    where: str


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset as read and checked. ``judged``: grades by query id and corpus row (rows) or ``quotes`` (gold).

    ``needs_all`` are the gold questions of which every quote is needed; ``unanswerable`` those without evidence;
    ``candidates`` the corpus rows that are searched for a query, where not all of them are.
    ``digest`` is of the files that make it (of a gold set, the source files too), 16 hex digits.
    """

    name: str
    kind: Kind
    root: Path
    digest: str
    queries: tuple[Query, ...]
    corpus: tuple[CorpusRow, ...] = ()
    judged: Mapping[str, Mapping[str, int]] | None = None
    quotes: Mapping[str, tuple[Quote, ...]] | None = None
    needs_all: frozenset[str] = frozenset()
    unanswerable: frozenset[str] = frozenset()
    candidates: Mapping[str, tuple[str, ...]] | None = None

    @property
    def sources(self) -> Path:
        """Where the source files of a gold set are: ``documents`` in its folder, or the folder itself."""
        return _sources(self.root)


def find_datasets(paths: Iterable[Path]) -> tuple[list[Path], dict[Path, str]]:
    """The dataset folders at or directly in ``paths``, and those passed over with the reason.

    Raises `WrongUse` for a path that is neither a dataset nor a folder of datasets.
    """
    found: list[Path] = []
    passed: dict[Path, str] = {}
    for path in paths:
        if not path.is_dir():
            raise WrongUse(f"there is no dataset folder at {path}; check the path")
        if any((path / name).is_file() for name in (*_ROW_FILES, QUESTIONS)):
            found.append(path)
            continue
        children = sorted(child for child in path.iterdir() if child.is_dir())
        inner = [child for child in children if any((child / name).is_file() for name in ("queries.jsonl", QUESTIONS))]
        for child in inner:
            missing = [] if (child / QUESTIONS).is_file() or _has_candidates(child) else _missing(child)
            if missing:
                passed[child] = f"it has no {' and no '.join(missing)}, so nothing says which document answers"
            else:
                found.append(child)
        if not inner:
            raise WrongUse(
                f"{path} is not a dataset: it has neither {', '.join(_ROW_FILES)} nor {QUESTIONS}; see the README"
            )
    if not found:
        reasons = "; ".join(f"{path.name}: {reason}" for path, reason in passed.items())
        raise WrongUse(f"there is no dataset to run ({reasons}); add what is missing")
    return list(dict.fromkeys(found)), passed


def read_dataset(root: Path) -> Dataset:
    """Read and check a dataset folder; `WrongUse` names the file and line of the first thing that is wrong."""
    root = root.resolve()
    if (root / QUESTIONS).is_file():
        return _read_gold(root)
    return _read_candidates(root) if _has_candidates(root) else _read_judged_rows(root)


def _missing(root: Path) -> list[str]:
    return [name for name in _ROW_FILES if not (root / name).is_file()]


def _has_candidates(root: Path) -> bool:
    """Whether the first query names its candidates and nothing else judges."""
    if _missing(root) != [_ROW_FILES[2]]:
        return False
    first = next(iter(read_rows(root / "queries.jsonl")), None)
    return first is not None and "candidates" in first.values


def _read_candidates(root: Path) -> Dataset:
    corpus = _read_corpus(root)
    candidates: dict[str, tuple[str, ...]] = {}
    unanswerable: set[str] = set()

    def question(row: Row) -> Query:
        query = _query("text")(row)
        candidates[query.id] = row.identifiers("candidates")
        if unknown := [name for name in candidates[query.id] if name not in corpus]:
            raise row.error(f"the candidate {unknown[0]} is not in corpus.jsonl")
        if not row.truth("answerable"):
            unanswerable.add(query.id)
        return query

    queries = _by_id(root / "queries.jsonl", question)
    return Dataset(
        root.name, "rows", root, _digest(root, _ROW_FILES[:2]), tuple(queries.values()), tuple(corpus.values()), {},
        unanswerable=frozenset(unanswerable), candidates=candidates,
    )  # fmt: skip


def _read_corpus(root: Path) -> dict[str, CorpusRow]:
    corpus = _by_id(
        root / "corpus.jsonl",
        lambda row: CorpusRow(
            row.identifier("id"), row.language("lang"), row.text("title", default=""), row.text("text", empty=True)
        ),
    )
    if not corpus:
        raise WrongUse(f"{root / 'corpus.jsonl'} is empty; there is nothing to measure")
    return corpus


def _read_judged_rows(root: Path) -> Dataset:
    if missing := _missing(root):
        raise WrongUse(f"{root} has no {' and no '.join(missing)}; a dataset needs {', '.join(_ROW_FILES)}")
    corpus = _read_corpus(root)
    queries = _by_id(root / "queries.jsonl", _query("text"))
    if not queries:
        raise WrongUse(f"{root / 'queries.jsonl'} is empty; there is nothing to measure")
    judged: dict[str, dict[str, int]] = {}
    for row in read_rows(root / "qrels.jsonl"):
        query, document, grade = row.identifier("query_id"), row.identifier("doc_id"), row.whole_number("score")
        if query not in queries:
            raise row.error(f"query_id {query} is not in queries.jsonl")
        if document not in corpus:
            raise row.error(f"doc_id {document} is not in corpus.jsonl")
        if document in judged.setdefault(query, {}):
            raise row.error(f"query_id {query} with doc_id {document} was judged on an earlier line")
        judged[query][document] = grade
    if not any(grade > 0 for grades in judged.values() for grade in grades.values()):
        raise WrongUse(f"{root / 'qrels.jsonl'} judges nothing relevant; there is nothing to measure")
    return Dataset(
        root.name, "rows", root, _digest(root, _ROW_FILES), tuple(queries.values()), tuple(corpus.values()), judged
    )


def _read_gold(root: Path) -> Dataset:
    quotes: dict[str, tuple[Quote, ...]] = {}
    needs_all: set[str] = set()
    unanswerable: set[str] = set()

    def question(row: Row) -> Query:
        query = _query("question")(row)
        evidence = tuple(
            Quote(part.text("file"), part.text("quote"), part.where)
            for part in row.parts("evidence", ("file", "quote"))
        )
        is_unanswerable = row.text("type") == "unanswerable"
        if is_unanswerable == bool(evidence):
            raise row.error("evidence and type disagree; an unanswerable question has none, any other has some")
        if row.choice("evidence_mode", ("any", "all"), default="any") == "all":
            needs_all.add(query.id)
        if is_unanswerable:
            unanswerable.add(query.id)
        quotes[query.id] = evidence
        return query

    queries = _by_id(root / QUESTIONS, question)
    if not any(quotes.values()):
        raise WrongUse(f"{root / QUESTIONS} has no question with evidence; there is nothing to measure")
    name = "shipped" if root == SHIPPED_DOCUMENTS.parent else root.name
    return Dataset(
        name, "gold", root, _gold_digest(root), tuple(queries.values()), quotes=quotes,
        needs_all=frozenset(needs_all), unanswerable=frozenset(unanswerable),
    )  # fmt: skip


def _query(text: str) -> Callable[[Row], Query]:
    return lambda row: Query(row.identifier("id"), row.language("lang"), row.text(text))


def _by_id(path: Path, make: Callable[[Row], _T]) -> dict[str, _T]:
    """What ``make`` makes of every row, by id; `WrongUse` for an id that comes twice."""
    made: dict[str, _T] = {}
    for row in read_rows(path):
        value = make(row)
        name: str = getattr(value, "id")  # noqa: B009 - all rows have one
        if name in made:
            raise row.error(f"the id {name} was used on an earlier line")
        made[name] = value
    return made


def _sources(root: Path) -> Path:
    return root / "documents" if (root / "documents").is_dir() else root


def _gold_digest(root: Path) -> str:
    """Of the questions and of every file that would be indexed."""
    files = find_files([_sources(root)]).files
    return _digest(root, (QUESTIONS, *(str(path.relative_to(root)) for path in files)))


def _digest(root: Path, names: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for name in names:
        data = (root / name).read_bytes()
        digest.update(f"{name} {len(data)} ".encode())
        digest.update(data)
    return digest.hexdigest()[:16]
