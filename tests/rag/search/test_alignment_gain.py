"""What alignment is for: questions find their evidence in other languages more often."""

import json

import numpy as np
import pytest

from corpus.language import detect_language
from embeddings import Encoder, load_alignment
from rag.assistant import Assistant
from rag.errors import WrongUse
from rag.search.alignments import read_parallel
from rag.settings import SHIPPED_DOCUMENTS

QUESTIONS = SHIPPED_DOCUMENTS.with_name("questions.jsonl")


def _bare(text: str) -> str:
    return "".join(text.split())


def test_more_evidence_is_found_across_languages_than_without(assistant: Assistant, encoder: Encoder) -> None:
    alignment = load_alignment(encoder.fingerprint)
    assert alignment is not None
    chunks = list(assistant.collection.store.all_chunks())
    languages = [chunk.language for chunk in chunks]
    passages = encoder.encode_passages([chunk.text for chunk in chunks])
    rows = [json.loads(line) for line in QUESTIONS.read_text("utf-8").splitlines()]
    rows = [row for row in rows if row["evidence"]]
    asked = [row["question"] for row in rows]
    queries = encoder.encode_queries(asked)

    def recall(pool: np.ndarray, vectors: np.ndarray) -> float:
        found = 0
        for row, scores in zip(rows, vectors @ pool.T, strict=True):
            best = [_bare(chunks[i].text) for i in np.argsort(-scores)[:10]]
            quotes = [_bare(evidence["quote"]) for evidence in row["evidence"]]
            found += any(quote in text or text in quote for text in best for quote in quotes)
        return found / len(rows)

    raw = recall(passages, queries)
    aligned = recall(
        alignment.apply(passages, languages, "passage"),
        alignment.apply(queries, [detect_language(question) for question in asked], "query"),
    )
    assert aligned > raw + 0.05


@pytest.mark.parametrize("fault", ["no folder", "one language", "no language", "unequal", "short", "not text"])
def test_a_folder_that_is_not_parallel_is_refused(tmp_path, fault: str) -> None:  # type: ignore[no-untyped-def]
    lines = "\n".join(f"Sentence {n}" for n in range(120))
    (tmp_path / "en.txt").write_text(lines, "utf-8")
    (tmp_path / "kk.txt").write_text(lines, "utf-8")
    folder = tmp_path
    if fault == "no folder":
        folder = tmp_path / "none"
    if fault == "one language":
        (tmp_path / "kk.txt").unlink()
    if fault == "no language":
        (tmp_path / "klingon.txt").write_text(lines, "utf-8")
    if fault == "unequal":
        (tmp_path / "kk.txt").write_text(lines + "\nmore", "utf-8")
    if fault == "short":
        for name in ("en", "kk"):
            (tmp_path / f"{name}.txt").write_text("one\ntwo\n", "utf-8")
    if fault == "not text":
        (tmp_path / "kk.txt").write_bytes(b"\xff\xfe\xff" * 50)
    with pytest.raises(WrongUse):
        read_parallel(folder)


def test_lines_that_any_language_leaves_blank_are_left_out_of_all(tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "en.txt").write_text("\n".join(f"en {n}" for n in range(150)), "utf-8")
    (tmp_path / "kk.txt").write_text("\n".join("" if n == 3 else f"kk {n}" for n in range(150)), "utf-8")
    sentences = read_parallel(tmp_path, 120)
    assert sentences["en"][2:4] == ["en 2", "en 4"]
    assert sentences["kk"][2:4] == ["kk 2", "kk 4"]
    assert len(sentences["en"]) == len(sentences["kk"]) == 120
