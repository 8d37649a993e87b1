"""Which models a visitor may choose, and what those that cannot be used lack."""

from __future__ import annotations

import pytest

import rag.library.wording
from rag.library.wording import lacking, offered, shown_model
from rag.settings import load_settings


def test_quotations_come_first_and_nothing_twice() -> None:
    assert offered(load_settings()) == ("extractive",)
    settings = load_settings(llm="ollama:qwen3", llm_offered="  openai:a extractive\n ollama:qwen3 openai:a ")
    assert offered(settings) == ("extractive", "ollama:qwen3", "openai:a")
    assert offered(load_settings(llm="extractive", llm_offered="auto")) == ("extractive", "auto")


def test_a_model_in_a_file_is_shown_without_its_folders() -> None:
    assert shown_model("llamacpp:/srv/models of mine/q.gguf") == "llamacpp:q.gguf"
    assert shown_model("openai:gpt/4") == "openai:gpt/4"


def test_what_a_model_lacks_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    settings = load_settings(max_statements=1)
    assert lacking("extractive", settings) is None
    assert lacking("auto", settings) is None
    assert "OPENAI_API_KEY" in str(lacking("openai:gpt-4.1-mini", settings))
    assert "langchain-xai" in str(lacking("xai:grok-4", settings))
    assert "no provider" in str(lacking("nonsense:model", settings))
    assert "names no model" in str(lacking("nonsense", settings))
    assert lacking("llamacpp:/nowhere/model.gguf", settings)


def test_a_model_that_lacks_nothing_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-none")
    asked: list[str] = []
    writer_of = rag.library.wording.writer_of

    def counted(settings: object) -> object:
        asked.append(settings.llm)  # type: ignore[attr-defined]
        return writer_of(settings)  # type: ignore[arg-type]

    monkeypatch.setattr(rag.library.wording, "writer_of", counted)
    settings = load_settings(max_statements=2)
    assert [lacking("openai:gpt-4.1-mini", settings) for _ in range(3)] == [None] * 3
    assert asked == ["openai:gpt-4.1-mini"]


def test_a_key_is_never_part_of_the_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-own-0123456789")
    for spec in ("http://me:hunter2@127.0.0.1:9/v1#m", "nonsense:sk-own-0123456789", "http://127.0.0.1:9/v1"):
        told = lacking(spec, load_settings(max_statements=3))
        assert told
        assert "hunter2" not in told
        assert "sk-own-0123456789" not in told
