"""Benchmark datasets: the questions, the texts that are searched, and the evidence that answers.

There are two kinds. *Rows*: a folder with ``corpus.jsonl``, ``queries.jsonl`` and ``qrels.jsonl``, or
``qrels/test.tsv`` and other splits (BEIR's folders as they are downloaded, Thakur et al., 2021). It may have no
judgements if each query names its ``candidates``, which are rows, and says whether they make it ``answerable`` (the
shape of NoMIRACL, Thakur et al., 2024): then no ranking is judged, only whether to answer. *Gold*: a folder of source
files with ``questions.jsonl``, whose evidence is quotes out of those files.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, TypeVar

from corpus.language import detect_language
from rag.bench.charts import Row, read_rows, read_table
from rag.errors import WrongUse
from rag.indexing.discover import find_files
from rag.settings import SHIPPED_DOCUMENTS

Kind = Literal["rows", "gold"]
QUESTIONS = "questions.jsonl"
SPLIT = "test"
_ROW_FILES = ("corpus.jsonl", "queries.jsonl", "qrels.jsonl")
_COLUMNS = ("query-id", "corpus-id", "score")
_T = TypeVar("_T")
Judged = dict[str, dict[str, int]]


@dataclass(frozen=True, slots=True)
class Query:
    """A question; ``language`` is as the dataset states it, else detected, and results are grouped by it."""

    id: str
    language: str
    text: str


@dataclass(frozen=True, slots=True)
class CorpusRow:
    """A row of a corpus, which is a document of its own."""

    id: str
    language: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Quote:
    """Evidence in a gold set: words of a file; ``where`` is the line of the questions that names them."""

    file: str
    text: str
    where: str


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset as read and checked.

    ``judged`` are the grades by query id and corpus row (of rows), ``quotes`` the evidence by query id (of gold sets).
    ``needs_all`` are the gold questions that need every quote; ``unanswerable`` those without evidence; ``candidates``
    the corpus rows that are searched for a query, if not all of them are. ``answers`` are the accepted short answers of
    gold questions. ``digest`` is a hash of the dataset's files (of a gold set, the source files too), 16 hex digits.
    ``languages_told`` says whether the queries state their languages, which are detected otherwise. With
    ``passes_over_itself``, a corpus row with a query's own id is no hit, as BEIR evaluates: there, queries may be
    documents themselves.
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
    answers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    languages_told: bool = True
    passes_over_itself: bool = False

    @property
    def sources(self) -> Path:
        """Return the folder of a gold set's source files: ``documents`` in its folder, or the folder itself."""
        return _sources(self.root)


def find_datasets(paths: Iterable[Path]) -> tuple[list[Path], dict[Path, str]]:
    """Return the dataset folders at or directly in ``paths``, and the folders passed over with the reasons.

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


def read_dataset(root: Path, split: str = SPLIT) -> Dataset:
    """Read and check a dataset folder; ``split`` chooses among BEIR's judgements if there are several.

    Raises `WrongUse`, which names the file and line of the first thing that is wrong.
    """
    root = root.resolve()
    if (root / QUESTIONS).is_file():
        return _read_gold(root)
    return _read_candidates(root) if _has_candidates(root) else _read_judged_rows(root, split)


def _missing(root: Path) -> list[str]:
    missing = [name for name in _ROW_FILES if not (root / name).is_file()]
    return [name for name in missing if name != _ROW_FILES[2] or not _splits(root)]


def _splits(root: Path) -> dict[str, Path]:
    """Return the files of BEIR's judgements by the name of the split."""
    return {path.stem: path for path in sorted((root / "qrels").glob("*.tsv")) if path.is_file()}


def _has_candidates(root: Path) -> bool:
    """Return whether the first query names its candidates and there are no judgements."""
    if _missing(root) != [_ROW_FILES[2]]:
        return False
    first = next(iter(read_rows(root / "queries.jsonl")), None)
    return first is not None and "candidates" in first.values


def _read_candidates(root: Path) -> Dataset:
    corpus = _read_corpus(root)
    candidates: dict[str, tuple[str, ...]] = {}
    unanswerable: set[str] = set()

    def question(row: Row) -> Query:
        query = _query(row)
        candidates[query.id] = row.identifiers("candidates")
        if unknown := [name for name in candidates[query.id] if name not in corpus]:
            raise row.error(f"the candidate {unknown[0]} is not in corpus.jsonl")
        if not row.truth("answerable"):
            unanswerable.add(query.id)
        return query

    queries, told = _read_queries(root, question)
    return Dataset(
        root.name, "rows", root, _digest(root, _ROW_FILES[:2]), tuple(queries.values()), tuple(corpus.values()), {},
        unanswerable=frozenset(unanswerable), candidates=candidates, languages_told=told,
    )  # fmt: skip


def _read_corpus(root: Path) -> dict[str, CorpusRow]:
    corpus = _by_id(
        root / "corpus.jsonl",
        lambda row: CorpusRow(
            row.own_identifier(),
            _language(row),
            row.text("title", default="", empty=True),
            row.text("text", empty=True),
        ),
    )
    if not corpus:
        raise WrongUse(f"{root / 'corpus.jsonl'} is empty; there is nothing to measure")
    languages = _languages({name: (row.language, f"{row.title} {row.text}") for name, row in corpus.items()})
    return {name: replace(row, language=languages[name]) for name, row in corpus.items()}


def _read_queries(root: Path, question: Callable[[Row], Query]) -> tuple[dict[str, Query], bool]:
    """Return the queries by id, and whether all of them state their language."""
    queries = _by_id(root / "queries.jsonl", question)
    if not queries:
        raise WrongUse(f"{root / 'queries.jsonl'} is empty; there is nothing to measure")
    languages = _languages({name: (query.language, query.text) for name, query in queries.items()})
    told = all(query.language for query in queries.values())
    return {name: replace(query, language=languages[name]) for name, query in queries.items()}, told


def _language(row: Row) -> str:
    """Return the language that a row states; an empty text if it states none."""
    return "" if row.values.get("lang") is None else row.language("lang")


def _languages(rows: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    """Return the language of each row by its name, from the language that it states (empty if none) and its text.

    If most of the text without a stated language is in one language, a few words in that language's script are taken to
    be in it too: a single word exists in many languages.
    """
    found = {name: told or detect_language(text) for name, (told, text) in rows.items()}
    lengths = Counter[str]()
    for name, (told, text) in rows.items():
        lengths[found[name]] += 0 if told else len(text)
    ((main, most),) = lengths.most_common(1)
    if 2 * most <= lengths.total():
        return found
    others = [name for name, (told, _) in rows.items() if not told and found[name] != main]
    return found | {name: detect_language(rows[name][1], main) for name in others}


def _read_judged_rows(root: Path, split: str) -> Dataset:
    if missing := _missing(root):
        raise WrongUse(f"{root} has no {' and no '.join(missing)}; a dataset needs {', '.join(_ROW_FILES)}")
    is_beir = not (root / _ROW_FILES[2]).is_file()
    path = _split_of(root, split) if is_beir else root / _ROW_FILES[2]
    corpus = _read_corpus(root)
    queries, told = _read_queries(root, _query)
    judged = _read_split(path, queries) if is_beir else _read_judgements(path, queries, corpus)
    if not any(grade > 0 and row in corpus for grades in judged.values() for row, grade in grades.items()):
        raise WrongUse(f"{path} judges nothing relevant; there is nothing to measure")
    return Dataset(
        root.name if split == SPLIT or not is_beir else f"{root.name}-{split}",
        "rows",
        root,
        _digest(root, (*_ROW_FILES[:2], str(path.relative_to(root)))),
        # The queries of all of BEIR's splits stand in one file.
        tuple(query for query in queries.values() if not is_beir or query.id in judged),
        tuple(corpus.values()),
        judged,
        languages_told=told,
        passes_over_itself=is_beir,
    )


def _split_of(root: Path, split: str) -> Path:
    splits = _splits(root)
    if split not in splits:
        raise WrongUse(f"{root / 'qrels'} has no {split}.tsv; choose one with --split: {', '.join(splits)}")
    return splits[split]


def _read_judgements(path: Path, queries: Mapping[str, Query], corpus: Mapping[str, CorpusRow]) -> Judged:
    judged: Judged = {}
    for row in read_rows(path):
        query, document, grade = row.identifier("query_id"), row.identifier("doc_id"), row.whole_number("score")
        if query not in queries:
            raise row.error(f"query_id {query} is not in queries.jsonl")
        if document not in corpus:
            raise row.error(f"doc_id {document} is not in corpus.jsonl")
        if document in judged.setdefault(query, {}):
            raise row.error(f"query_id {query} with doc_id {document} was judged on an earlier line")
        judged[query][document] = grade
    return judged


def _read_split(path: Path, queries: Mapping[str, Query]) -> Judged:
    """Return BEIR's judgements, read as its own tools read them.

    The last line on a query and a document counts. A document that the corpus lacks (there are some in ArguAna) is
    evidence that nobody can find.
    """
    judged: Judged = {}
    for row in read_table(path, _COLUMNS):
        query, document, grade = row.identifier("query-id"), row.identifier("corpus-id"), row.whole_number("score")
        if query not in queries:
            raise row.error(f"query-id {query} is not in queries.jsonl")
        judged.setdefault(query, {})[document] = grade
    return judged


def _read_gold(root: Path) -> Dataset:
    quotes: dict[str, tuple[Quote, ...]] = {}
    needs_all: set[str] = set()
    unanswerable: set[str] = set()
    answers: dict[str, tuple[str, ...]] = {}

    def question(row: Row) -> Query:
        query = Query(row.own_identifier(), row.language("lang"), row.text("question"))
        if not any(map(str.isalnum, query.text)):
            raise row.error("question has no letter and no digit")
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
        if accepted := row.texts("answers"):
            answers[query.id] = accepted
        if is_unanswerable and accepted:
            raise row.error("answers and type disagree; an unanswerable question has none")
        quotes[query.id] = evidence
        return query

    queries = _by_id(root / QUESTIONS, question)
    if not any(quotes.values()):
        raise WrongUse(f"{root / QUESTIONS} has no question with evidence; there is nothing to measure")
    name = "shipped" if root == SHIPPED_DOCUMENTS.parent else root.name
    return Dataset(
        name, "gold", root, _gold_digest(root), tuple(queries.values()), quotes=quotes,
        needs_all=frozenset(needs_all), unanswerable=frozenset(unanswerable), answers=answers,
    )  # fmt: skip


def _query(row: Row) -> Query:
    return Query(row.own_identifier(), _language(row), row.text("text"))


def _by_id(path: Path, make: Callable[[Row], _T]) -> dict[str, _T]:
    """Return what ``make`` returns for every row of a file, by id; `WrongUse` for an id that occurs twice."""
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
    """Return a digest of the questions and of every file that would be indexed."""
    files = find_files([_sources(root)]).files
    return _digest(root, (QUESTIONS, *(str(path.relative_to(root)) for path in files)))


def _digest(root: Path, names: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for name in names:
        data = (root / name).read_bytes()
        digest.update(f"{name} {len(data)} ".encode())
        digest.update(data)
    return digest.hexdigest()[:16]
