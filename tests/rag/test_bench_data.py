"""Datasets that are wrong are refused with the file, the line and what to do."""

from pathlib import Path
from typing import Any

import pytest
from bench_support import CORPUS, QRELS, QUERIES, write_dataset, write_gold, write_lines

from embeddings import Encoder
from rag.bench.datasets import find_datasets, read_dataset
from rag.bench.prepared import prepare
from rag.errors import WrongUse
from rag.settings import SHIPPED_DOCUMENTS, Settings


def test_a_dataset_of_rows_is_read(tmp_path: Path) -> None:
    dataset = read_dataset(write_dataset(tmp_path / "small"))
    assert (dataset.name, dataset.kind, len(dataset.corpus), len(dataset.queries)) == ("small", "rows", 7, 4)
    assert dataset.judged == {"q1": {"en1": 1, "kk1": 1}, "q2": {"kk2": 1}, "q3": {"zh1": 1, "zh2": 0}}
    assert dataset.corpus[0].title == "Bridges"
    assert dataset.corpus[1].title == ""


def test_numbers_may_be_ids(tmp_path: Path) -> None:
    numbered = write_dataset(
        tmp_path, [{**CORPUS[0], "id": 7}], [{**QUERIES[0], "id": 1}], [{"query_id": 1, "doc_id": 7, "score": 1.0}]
    )
    assert read_dataset(numbered).judged == {"1": {"7": 1}}


@pytest.mark.parametrize(
    ("file", "line", "message"),
    [
        ("corpus", "{broken", "line 8: not JSON"),
        ("corpus", '["a"]', "line 8: not a JSON object"),
        ("corpus", '{"lang": "en", "text": "x"}', "line 8: id is missing or is not text"),
        ("corpus", '{"id": true, "lang": "en", "text": "x"}', "line 8: id is missing or is not text"),
        ("corpus", '{"id": "en1", "lang": "en", "text": "x"}', "line 8: the id en1 was used on an earlier line"),
        ("corpus", '{"id": "n", "lang": "klingon", "text": "x"}', "line 8: lang klingon is not a language"),
        ("corpus", '{"id": "n", "lang": "xx", "text": "x"}', "line 8: lang xx is not a language"),
        ("corpus", '{"id": "n", "lang": "en", "text": 3}', "line 8: text is missing or is not text"),
        ("corpus", '{"id": "n", "lang": "en", "text": "x", "title": 3}', "line 8: title is missing or is not text"),
        ("corpus", '{"id": "n", "lang": "en", "text": "\\ud800"}', "line 8: text is not valid Unicode"),
        ("queries", '{"id": "q9", "lang": "en", "text": "  "}', "line 5: text is missing or is not text"),
        ("queries", '{"id": "q1", "lang": "en", "text": "x"}', "line 5: the id q1 was used on an earlier line"),
        ("qrels", '{"query_id": "q9", "doc_id": "en1", "score": 1}', "line 6: query_id q9 is not in queries.jsonl"),
        ("qrels", '{"query_id": "q1", "doc_id": "en9", "score": 1}', "line 6: doc_id en9 is not in corpus.jsonl"),
        ("qrels", '{"query_id": "q1", "doc_id": "en1", "score": 1}', "line 6: query_id q1 with doc_id en1 was judged"),
        ("qrels", '{"query_id": "q1", "doc_id": "en2", "score": "good"}', "line 6: score is missing or is not a whole"),
        ("qrels", '{"query_id": "q1", "doc_id": "en2", "score": 0.5}', "line 6: score is missing or is not a whole"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, file: str, line: str, message: str) -> None:
    path = write_dataset(tmp_path) / f"{file}.jsonl"
    path.write_text(path.read_text("utf-8") + line + "\n", "utf-8")
    with pytest.raises(WrongUse) as caught:
        read_dataset(tmp_path)
    assert f"{file}.jsonl, {message}" in str(caught.value)
    assert str(caught.value).endswith(("mend that line", "as kk or zh-Hant; mend that line"))


@pytest.mark.parametrize(
    ("corpus", "queries", "qrels", "message"),
    [
        ([], QUERIES, [], "corpus.jsonl is empty"),
        (CORPUS, [], [], "queries.jsonl is empty"),
        (CORPUS, QUERIES, [], "qrels.jsonl judges nothing relevant"),
        (CORPUS, QUERIES, [{**QRELS[0], "score": 0}], "qrels.jsonl judges nothing relevant"),
    ],
)
def test_where_there_is_nothing_to_measure_it_says_so(
    tmp_path: Path, corpus: Any, queries: Any, qrels: Any, message: str
) -> None:
    with pytest.raises(WrongUse, match=message):
        read_dataset(write_dataset(tmp_path, corpus, queries, qrels))


def test_a_corpus_without_words_is_refused(tmp_path: Path, encoder: Encoder) -> None:
    dataset = read_dataset(write_dataset(tmp_path / "d", [{**CORPUS[0], "text": "…"}], QUERIES, [QRELS[0]]))
    with pytest.raises(WrongUse, match="holds no words"):
        prepare(dataset, Settings(), encoder, folder=tmp_path / "cache")


def test_a_file_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    (write_dataset(tmp_path) / "queries.jsonl").write_bytes(b"\xff\xfe{")
    with pytest.raises(WrongUse, match=r"queries\.jsonl is not UTF-8 text"):
        read_dataset(tmp_path)


def test_folders_of_datasets_are_looked_into_and_what_lacks_judgements_is_told(tmp_path: Path) -> None:
    write_dataset(tmp_path / "a")
    write_dataset(tmp_path / "b")
    (tmp_path / "b" / "qrels.jsonl").unlink()
    found, passed = find_datasets([tmp_path, SHIPPED_DOCUMENTS.parent])
    assert found == [tmp_path / "a", SHIPPED_DOCUMENTS.parent]
    assert list(passed) == [tmp_path / "b"]
    with pytest.raises(WrongUse, match=r"has no qrels\.jsonl"):
        read_dataset(tmp_path / "b")
    (tmp_path / "c").mkdir()
    with pytest.raises(WrongUse, match="is not a dataset"):
        find_datasets([tmp_path / "c"])
    with pytest.raises(WrongUse, match="there is no dataset folder"):
        find_datasets([tmp_path / "none"])


TEXT = "The gate at Korgas was opened on the first of May. It had been closed all winter.\n"
GOOD = {"id": "g1", "lang": "en", "question": "When was the gate opened?", "type": "factoid"}
EVIDENCE = {"file": "a.txt", "quote": "The gate at Korgas was opened on the first of May."}


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({**GOOD, "evidence": [{**EVIDENCE, "quote": "It was never closed."}]}, "the quote does not stand in a.txt"),
        ({**GOOD, "evidence": [{**EVIDENCE, "file": "b.txt"}]}, "b.txt is not among the files of"),
        ({**GOOD, "evidence": [{**EVIDENCE, "file": "../../etc/passwd"}]}, "is not among the files of"),
        ({**GOOD, "evidence": []}, "evidence and type disagree"),
        ({**GOOD, "type": "unanswerable", "evidence": [EVIDENCE]}, "evidence and type disagree"),
        ({**GOOD, "evidence": [{"file": "a.txt"}]}, "quote is missing or is not text"),
        ({**GOOD, "evidence": "a.txt"}, "evidence must be a list of objects"),
        ({**GOOD, "evidence": [EVIDENCE], "evidence_mode": "some"}, "evidence_mode must be any or all"),
    ],
)
def test_a_wrong_gold_question_is_named(tmp_path: Path, encoder: Encoder, row: dict[str, Any], message: str) -> None:
    fine = {**GOOD, "id": "g0", "evidence": [EVIDENCE]}
    root = write_gold(tmp_path / "gold", {"a.txt": TEXT}, [fine, row])
    with pytest.raises(WrongUse) as caught:
        prepare(read_dataset(root), Settings(), encoder, folder=tmp_path / "cache")
    assert "questions.jsonl, line 2: " in str(caught.value)
    assert message in str(caught.value)


def test_a_gold_set_without_evidence_is_refused(tmp_path: Path) -> None:
    root = write_gold(tmp_path, {"a.txt": TEXT}, [{**GOOD, "type": "unanswerable"}])
    with pytest.raises(WrongUse, match="has no question with evidence"):
        read_dataset(root)


def test_blank_lines_and_a_byte_order_mark_are_no_fault(tmp_path: Path) -> None:
    root = write_dataset(tmp_path)
    path = root / "queries.jsonl"
    path.write_text("\ufeff\n" + path.read_text("utf-8").replace("\n", "\n\n"), "utf-8")
    assert len(read_dataset(root).queries) == 4


def test_the_shipped_questions_are_a_gold_set() -> None:
    dataset = read_dataset(SHIPPED_DOCUMENTS.parent)
    assert dataset.name == "shipped"
    assert dataset.sources == SHIPPED_DOCUMENTS
    assert len(dataset.queries) >= 120
    answerable = [query for query in dataset.queries if query.id not in dataset.unanswerable]
    assert len(dataset.unanswerable) >= len(dataset.queries) / 5
    folders = {"en", "kk", "ru", "zh-Hans", "zh-Hant"}
    assert {query.language for query in dataset.queries} == folders
    across = [
        query
        for query in answerable
        if any(quote.file.split("/")[0] != query.language for quote in (dataset.quotes or {})[query.id])
    ]
    assert len(across) >= 2 / 3 * len(answerable)


def test_lines_are_written_as_they_are_read(tmp_path: Path) -> None:
    write_lines(tmp_path / "queries.jsonl", [{"a": "x\u2028y"}])
    assert (tmp_path / "queries.jsonl").read_text("utf-8").count("\n") == 1
