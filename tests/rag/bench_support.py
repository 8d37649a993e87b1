"""Small datasets for the tests of the benchmark."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

Rows = Sequence[Mapping[str, Any]]

CORPUS = [
    {"id": "en1", "lang": "en", "title": "Bridges", "text": "The old bridge at Korgas was opened in May 1959."},
    {"id": "en2", "lang": "en", "text": "Wild apple trees grow on the slopes above Almaty and ripen in September."},
    {"id": "kk1", "lang": "kk", "text": "Қорғастағы ескі көпір 1959 жылы мамырда ашылды. Онда екі теміржол болды."},
    {"id": "kk2", "lang": "kk", "text": "Алматыдағы кітапханада жеті миллионнан астам кітап сақталады."},
    {"id": "ru1", "lang": "ru", "text": "Поезд из Алматы в Урумчи отправляется по субботам в полночь."},
    {"id": "zh1", "lang": "zh-Hans", "text": "这家茶馆开在伊宁市的老城区,每天早上七点开门,供应奶茶和馕。"},
    {"id": "zh2", "lang": "zh-Hant", "text": "這座燈塔建於一八九六年,由三名守塔人輪流看守,夜裡每隔十秒閃一次光。"},
]  # fmt: skip
QUERIES = [
    {"id": "q1", "lang": "en", "text": "When was the bridge at Korgas opened?"},
    {"id": "q2", "lang": "ru", "text": "Сколько книг хранится в библиотеке Алматы?"},
    {"id": "q3", "lang": "zh-Hans", "text": "茶馆几点开门？"},
    {"id": "q4", "lang": "kk", "text": "Кітапханада қанша кітап бар?"},
]
QRELS = [
    {"query_id": "q1", "doc_id": "en1", "score": 1},
    {"query_id": "q1", "doc_id": "kk1", "score": 1},
    {"query_id": "q2", "doc_id": "kk2", "score": "1"},
    {"query_id": "q3", "doc_id": "zh1", "score": 1},
    {"query_id": "q3", "doc_id": "zh2", "score": 0},
]


def write_lines(path: Path, rows: Rows) -> None:
    """Write JSON lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")


def write_dataset(root: Path, corpus: Rows = CORPUS, queries: Rows = QUERIES, qrels: Rows = QRELS) -> Path:
    """A dataset of rows in five languages, with a question (q4) that nothing judges."""
    for name, rows in (("corpus", corpus), ("queries", queries), ("qrels", qrels)):
        write_lines(root / f"{name}.jsonl", rows)
    return root


def write_beir(root: Path, splits: Mapping[str, Sequence[tuple[str, str, object]]]) -> Path:
    """The same rows as BEIR's folders have them: ``_id``, no language, judgements by split between tabs."""
    for name, rows in (("corpus", CORPUS), ("queries", QUERIES)):
        bare = [{key: value for key, value in row.items() if key not in ("id", "lang")} for row in rows]
        write_lines(
            root / f"{name}.jsonl",
            [{"_id": row["id"], "metadata": {}, **rest} for row, rest in zip(rows, bare, strict=True)],
        )
    (root / "qrels").mkdir(exist_ok=True)
    for split, judged in splits.items():
        lines = ["query-id\tcorpus-id\tscore", *("\t".join(map(str, row)) for row in judged)]
        (root / "qrels" / f"{split}.tsv").write_bytes("\r\n".join([*lines, ""]).encode())
    return root


def write_gold(root: Path, files: Mapping[str, str], questions: Rows) -> Path:
    """A gold set over source files."""
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")
    write_lines(root / "questions.jsonl", questions)
    return root
