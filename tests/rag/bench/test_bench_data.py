"""Datasets that are wrong are refused with the file, the line and what to do."""

from pathlib import Path
from typing import Any

import pytest
from bench_support import CORPUS, QRELS, QUERIES, write_beir, write_dataset, write_gold, write_lines

from corpus.language import detect_language
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


# Of BEIR's judgements the last on a pair counts, and documents may be judged that the corpus has not.
SPLITS = {
    "test": [("q1", "en1", 0), ("q1", "en1", 1), ("q1", "gone", 1), ("q3", "zh1", 2), ("q3", "zh2", -1)],
    "dev": [("q2", "kk2", 1)],
}


def test_a_folder_of_beir_is_read_as_it_is_downloaded(tmp_path: Path) -> None:
    root = write_beir(tmp_path / "small", SPLITS)
    assert find_datasets([tmp_path]) == ([root], {})
    dataset = read_dataset(root)
    assert (dataset.name, dataset.kind, len(dataset.corpus)) == ("small", "rows", 7)
    assert dataset.judged == {"q1": {"en1": 1, "gone": 1}, "q3": {"zh1": 2, "zh2": -1}}
    assert [(query.id, query.language) for query in dataset.queries] == [("q1", "en"), ("q3", "zh-Hans")]
    assert {row.id: row.language for row in dataset.corpus} == {row["id"]: row["lang"] for row in CORPUS}
    assert dataset.corpus[0].title == "Bridges"
    assert (dataset.languages_told, dataset.passes_over_itself) == (False, True)
    dev = read_dataset(root, "dev")
    assert (dev.name, dev.judged, [query.id for query in dev.queries]) == ("small-dev", {"q2": {"kk2": 1}}, ["q2"])
    assert dev.digest != dataset.digest


def test_what_says_its_language_and_has_judgements_as_lines_is_no_folder_of_beir(tmp_path: Path) -> None:
    write_beir(tmp_path / "both", SPLITS)
    dataset = read_dataset(write_dataset(tmp_path / "both"), "dev")
    assert (dataset.name, set(dataset.judged or {})) == ("both", {"q1", "q2", "q3"})
    assert (dataset.languages_told, dataset.passes_over_itself) == (True, False)


def test_a_few_words_are_taken_to_be_in_the_language_of_the_rest(tmp_path: Path) -> None:
    root = write_beir(tmp_path, {"test": [("q1", "en1", 1), ("short", "en2", 1), ("long", "en2", 1)]})
    queries = [
        {"_id": "q1", "text": "What do people say about the wild apple trees on the slopes above the city of Almaty?"},
        {"_id": "short", "text": "deafness"},
        {"_id": "long", "text": "Поезд из Алматы в Урумчи отправляется по субботам?"},
    ]
    write_lines(root / "queries.jsonl", queries)
    languages = {query.id: query.language for query in read_dataset(root).queries}
    assert languages == {"q1": "en", "short": "en", "long": "ru"}
    write_lines(root / "queries.jsonl", [queries[1], {**queries[2], "_id": "q1"}, {**queries[2], "lang": "uk"}])
    languages = {query.id: query.language for query in read_dataset(root).queries}
    assert languages["short"] == detect_language("deafness")
    assert languages["long"] == "uk"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("query-id\tscore\nq1\t1\n", "line 1: there is no column corpus-id; begin with query-id, corpus-id, score"),
        ("", "line 1: there is no column query-id"),
        ("query-id\tcorpus-id\tscore\nq1\ten1\n", "line 2: 2 values and not 3 between tabs; mend that line"),
        ("query-id\tcorpus-id\tscore\nq9\ten1\t1\n", "line 2: query-id q9 is not in queries.jsonl; mend that line"),
        ("query-id\tcorpus-id\tscore\nq1\ten1\tgood\n", "line 2: score is missing or is not a whole number"),
        ("query-id\tcorpus-id\tscore\nq1\tgone\t1\nq1\ten1\t0\n", "judges nothing relevant"),
    ],
)
def test_a_wrong_line_of_a_split_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = write_beir(tmp_path, SPLITS) / "qrels" / "test.tsv"
    path.write_text(text, "utf-8")
    with pytest.raises(WrongUse) as caught:
        read_dataset(tmp_path)
    assert str(path) in str(caught.value)
    assert message in str(caught.value)


@pytest.mark.parametrize("split", ["train", "../qrels/test", "", "*"])
def test_a_split_that_is_not_there_is_refused_with_those_that_are(tmp_path: Path, split: str) -> None:
    with pytest.raises(WrongUse, match=r"choose one with --split: dev, test"):
        read_dataset(write_beir(tmp_path, SPLITS), split)


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
