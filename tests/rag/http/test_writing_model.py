"""A model that writes, behind a real service: SmolLM2-135M-Instruct through llama.cpp, asked in every way there is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import httpx
import openai
import pytest
from api_support import PATIENCE, QUESTION, Server, serving, until

from rag.client import Client
from rag.wire.answers import Answer


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, shipped: Path, gguf: Path) -> Iterator[Server]:
    settings = {"LLM": f"llamacpp:{gguf}", "CONTEXT_TOKENS": 400, "ANSWER_TOKENS": 80, "HISTORY_TOKENS": 100}
    settings |= {"MIN_CONFIDENCE": 0, "LLM_TIMEOUT": PATIENCE}
    variables = {f"DALIL_{name}": value for name, value in settings.items()}
    with serving(shipped, tmp_path_factory.mktemp("written") / "service", **variables) as running:
        yield running


def assert_written(answer: Answer) -> None:
    assert (answer.mode, answer.status) == ("generative", "answered" if answer.statements else "abstained")
    assert str(answer.model).startswith("llamacpp:SmolLM2")


def test_words_come_before_they_are_checked_and_statements_after(served: Server) -> None:
    with Client(served.address, timeout=PATIENCE) as client:
        events = list(client.stream(QUESTION))
        kinds = [event.kind for event in events]
        assert (kinds[0], kinds[-1], "token" in kinds) == ("hits", "answer", True)
        [answer] = [event.answer for event in events if event.kind == "answer"]
        assert_written(answer)
        assert client.verify(answer).ok
        told = [event.statement for event in events if event.kind == "statement"]
        if answer.statements:
            assert [one.text for one in told] == [one.text for one in answer.statements]
        else:  # what nothing supports is withdrawn
            assert {one.support for one in told} <= {"unsupported"}


def test_quotations_may_be_asked_for_although_a_model_writes(served: Server) -> None:
    with Client(served.address, timeout=PATIENCE) as client:
        quoted = client.ask(QUESTION, style="extractive")
        assert (quoted.mode, quoted.model) == ("extractive", None)
        assert client.ask(QUESTION, model="extractive").mode == "extractive"
        assert_written(client.ask(QUESTION, style="generative"))


def test_models_are_listed_without_their_folders(served: Server, gguf: Path) -> None:
    with openai.OpenAI(base_url=f"{served.address}/v1", api_key="none", max_retries=0) as client:
        names = [model.id for model in client.models.list()]
        assert names == ["dalil", "extractive", f"llamacpp:{gguf.name}"]
        asked = [{"role": "user", "content": QUESTION}]
        for name in (names[0], names[2]):
            pieces = list(client.chat.completions.create(model=name, messages=asked, stream=True))  # type: ignore[call-overload]
            [beside] = [(p.model_extra or {})["dalil"] for p in pieces if "dalil" in (p.model_extra or {})]
            assert_written(Answer.model_validate(beside))
            text = "".join(piece.choices[0].delta.content or "" for piece in pieces if piece.choices)
            assert all(statement["text"] in text for statement in beside["statements"])


def test_a_client_that_leaves_frees_the_model(served: Server) -> None:
    def leave() -> None:
        with pytest.raises(httpx.TimeoutException):
            httpx.post(f"{served.address}/v1/answers", json={"question": QUESTION}, timeout=0.5)

    leaving = [Thread(target=leave) for _ in range(8)]
    for one in leaving:
        one.start()
    for one in leaving:
        one.join()
    until(lambda: "dalil_running_questions 0.0" in httpx.get(f"{served.address}/metrics").text)
    with Client(served.address, timeout=PATIENCE) as client:
        assert_written(client.ask(QUESTION))
