"""The whole chain with a real model: SmolLM2-135M-Instruct through llama.cpp, weak and therefore a fair test."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from rag_support import index, open_assistant, write_notes

from embeddings import Encoder
from rag.answer import Answer
from rag.assistant import Assistant
from rag.models.writer import writer_of
from rag.settings import Settings
from rag.verify import verify_answer

QUESTIONS = {
    "en": "When was the old bridge at Korgas opened?",
    "ru": "Когда отправляется поезд из Алматы в Урумчи?",
    "kk": "Кітапхана қай жылы ашылды?",
    "zh-Hans": "这家茶馆供应什么？",
    "zh-Hant": "這座燈塔建於哪一年？",
}


@pytest.fixture(scope="module")
def smollm(tmp_path_factory: pytest.TempPathFactory, encoder: Encoder, gguf: Path) -> Iterator[Assistant]:
    root = tmp_path_factory.mktemp("smollm")
    index(encoder, root / "collection", write_notes(root / "notes"))
    with open_assistant(
        root / "collection", encoder, llm=f"llamacpp:{gguf}", context_tokens=400, answer_tokens=80, history_tokens=100
    ) as assistant:
        yield assistant


def assert_checked(answer: Answer) -> None:
    assert verify_answer(answer.to_dict()) == []
    assert answer.mode == "generative"
    assert answer.model is not None
    assert answer.model.startswith("llamacpp:SmolLM2")
    assert (answer.status == "answered") == bool(answer.statements)
    for statement in answer.statements:
        assert statement.support == "unsupported" or statement.citations


@pytest.mark.parametrize("language", ["en", "kk", "zh-Hant"])
def test_every_sentence_is_checked_in_every_script(smollm: Assistant, language: str) -> None:
    answer = smollm.ask(QUESTIONS[language])
    assert answer.language == language
    assert_checked(answer)


def test_words_stream_as_they_are_made(smollm: Assistant) -> None:
    events = list(smollm.stream(QUESTIONS["en"]))
    kinds = [event.kind for event in events]
    assert kinds[0] == "hits"
    assert "tokens" in kinds
    assert kinds[-1] == "answer"
    assert isinstance(events[-1].data, Answer)
    assert_checked(events[-1].data)
    assert_checked(asyncio.run(smollm.aask(QUESTIONS["en"])))


def test_llama_cpp_gives_words_one_by_one(gguf: Path) -> None:
    writer = writer_of(Settings(llm=f"llamacpp:{gguf}", context_tokens=400, answer_tokens=80, history_tokens=100))
    assert writer is not None
    pieces = [str(chunk.text) for chunk in writer.model.stream("Count from one to five in words.")]
    assert sum(bool(piece) for piece in pieces) > 3
    assert writer.count_tokens("one two three") in range(3, 8)


def test_a_stream_that_is_left_frees_the_model(smollm: Assistant) -> None:
    for _ in range(3):
        events = smollm.stream(QUESTIONS["en"])
        next(event for event in events if event.kind == "tokens")
        events.close()  # type: ignore[attr-defined]
    assert_checked(smollm.ask(QUESTIONS["en"]))


def test_a_conversation_goes_on(smollm: Assistant) -> None:
    first = smollm.ask(QUESTIONS["en"])
    said = " ".join(statement.text for statement in first.statements) or "In May 1959."
    answer = smollm.ask("And when was it closed?", history=[{"question": QUESTIONS["en"], "answer": said}])
    assert answer.standalone or any(note.code == "standalone" for note in answer.notes)
    assert_checked(answer)


def test_a_gloss_is_made(smollm: Assistant) -> None:
    answer = smollm.ask(QUESTIONS["en"], gloss=True)
    assert verify_answer(answer.to_dict()) == []
    for citation in answer.citations:
        assert citation.gloss is None or (citation.language != "en" and citation.gloss.model == answer.model)
