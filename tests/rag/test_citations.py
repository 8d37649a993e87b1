"""Every question of ours, in five languages: each citation's slice of its file cleans to its quote, and verifies."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from rag_support import Remembering, index, open_assistant

import corpus
from corpus.reading import read_text
from rag import Answer, Assistant
from rag.verify import verify_answer

PROJECT = Path(__file__).parents[2]
SEEDS = PROJECT.parent / "shared" / "seeds"
SHIPPED_QUESTIONS = Path(corpus.__file__).with_name("questions.jsonl")
SEED_QUESTIONS = PROJECT / "tests" / "data" / "seed_questions.jsonl"
LANGUAGES = {"en", "kk", "ru", "zh-Hans", "zh-Hant"}


def questions(path: Path) -> list[dict[str, Any]]:
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert len(rows) >= 100
    assert {row["lang"] for row in rows} == LANGUAGES
    return rows


def check(answers: list[Answer]) -> Counter[str]:
    """Check every citation; how many there were of each language."""
    counts: Counter[str] = Counter()
    for answer in answers:
        assert verify_answer(answer.to_dict()) == [], answer.question
        assert verify_answer(json.loads(json.dumps(answer.to_dict()))) == []
        for citation in answer.citations:
            path = Path(citation.path)
            read = read_text(path, path.read_bytes())
            source = read.source
            assert read.document.words_at(citation.start, citation.end) == citation.quote
            assert source[: citation.start].count("\n") + 1 == citation.line
            counts[citation.language] += 1
        assert [s.text for s in answer.statements] == [
            answer.citations[number - 1].quote for s in answer.statements for number in s.citations
        ]
    return counts


def test_of_the_shipped_collection(assistant: Assistant) -> None:
    rows = questions(SHIPPED_QUESTIONS)

    answers = [assistant.ask(row["question"], id=row["id"]) for row in rows]

    assert [answer.id for answer in answers] == [row["id"] for row in rows]
    assert all(answer.status == "answered" and answer.citations for answer in answers)
    counts = check(answers)
    assert counts.total() >= len(rows)
    assert set(counts) >= LANGUAGES


def test_of_the_seeds(tmp_path: Path, encoder: Remembering) -> None:
    if not SEEDS.is_dir():
        pytest.skip("the seeds are not beside this checkout")
    report = index(encoder, tmp_path / "c", SEEDS)
    assert (report.documents, report.skipped) == (5, {})
    rows = questions(SEED_QUESTIONS)

    with open_assistant(tmp_path / "c", encoder) as opened:
        answers = opened.chain.batch([{"question": row["question"], "id": row["id"]} for row in rows])

    assert [answer.id for answer in answers] == [row["id"] for row in rows]
    assert all(answer.status == "answered" for answer in answers)
    assert check(answers).total() >= len(rows)


def test_every_chunk_of_the_shipped_documents_can_be_cited(assistant: Assistant) -> None:
    """Not only those that a question happened to find."""
    from rag.answer import Statement
    from rag.citing import cite

    store = assistant.collection.store
    base = assistant.ask("When did the agreement take effect?")
    checked = 0
    for document_id in store.document_ids():
        card = store.cards([document_id])[document_id]
        chunks = [chunk for chunk in store.all_chunks() if chunk.document_id == document_id]
        citations = tuple(cite(n, chunk, card) for n, chunk in enumerate(chunks, 1))
        answer = {**base.to_dict(), "citations": [], "statements": []}
        answer["citations"] = [{f: getattr(c, f) for f in c.__dataclass_fields__} for c in citations]
        answer["statements"] = [
            {"text": s.text, "citations": list(s.citations), "support": s.support, "score": s.score}
            for s in (Statement(c.quote, (c.number,), "supported", 1.0) for c in citations)
        ]
        assert verify_answer(answer) == [], card.path
        checked += len(chunks)
    assert checked == store.counts()[1] > 300
