"""OpenAI's own Python client against a real service, unchanged: only its address is set."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
from api_support import QUESTION, QUESTIONS, Server, make_key, serving

from rag.wire.answers import Answer

LIKELY_OR_NOTHING = {
    "kk": ("Жауап, шамасы,", "Бұл құжаттардан"),
    "zh-Hant": ("答案可能在", "這些文件中沒有找到"),
    "en": ("Probably in these", "Nothing on this was found"),
}


@pytest.fixture
def client(server: Server) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{server.address}/v1", api_key="none", max_retries=0) as made:
        yield made


def asked(question: str) -> list[Any]:
    return [{"role": "system", "content": "Be brief."}, {"role": "user", "content": question}]


@pytest.mark.parametrize("language", QUESTIONS)
def test_a_completion_has_numbered_notes_and_the_answer_beside(client: openai.OpenAI, language: str) -> None:
    made = client.chat.completions.create(model="dalil", messages=asked(QUESTIONS[language]), temperature=0.2)
    answer = Answer.model_validate((made.model_extra or {})["dalil"])
    text = made.choices[0].message.content or ""
    assert (made.choices[0].finish_reason, answer.language, answer.status) == ("stop", language, "answered")
    body, _, notes = text.rpartition("\n\n")
    for statement in answer.statements:
        assert f"{statement.text} " + "".join(f"[{n}]" for n in statement.citations) in body
    assert [int(n) for n in re.findall(r"^\[(\d+)\]", notes, re.MULTILINE)] == [c.number for c in answer.citations]
    assert all(citation.quote in notes for citation in answer.citations)
    assert made.usage is not None
    assert made.usage.total_tokens == made.usage.prompt_tokens + made.usage.completion_tokens > 0


def test_a_stream_is_the_completion_in_pieces(client: openai.OpenAI) -> None:
    whole = client.chat.completions.create(model="dalil", messages=asked(QUESTION)).choices[0].message.content
    pieces = list(
        client.chat.completions.create(
            model="dalil", messages=asked(QUESTION), stream=True, stream_options={"include_usage": True}
        )
    )
    choices = [piece.choices[0] for piece in pieces if piece.choices]
    assert "".join(choice.delta.content or "" for choice in choices) == whole
    assert len([choice for choice in choices if choice.delta.content]) > 2
    assert [choice.finish_reason for choice in choices[-2:]] == [None, "stop"]
    assert pieces[-1].usage is not None
    beside = [(piece.model_extra or {})["dalil"] for piece in pieces if "dalil" in (piece.model_extra or {})]
    assert Answer.model_validate(beside[0]).question == QUESTION
    with client.chat.completions.stream(model="dalil", messages=asked(QUESTION)) as stream:
        assert stream.get_final_completion().choices[0].message.content == whole


def test_what_was_said_before_is_understood(client: openai.OpenAI) -> None:
    before: list[Any] = [
        {"role": "user", "content": [{"type": "text", "text": "Who signed the visa exemption agreement?"}]},
        {"role": "assistant", "content": "Two governments signed it."},
        {"role": "user", "content": "And when did it take effect?"},
    ]
    made = client.chat.completions.create(model="dalil", messages=before)
    notes = (made.model_extra or {})["dalil"]["notes"]
    assert "standalone" in [note["code"] for note in notes]


def test_models_are_listed(client: openai.OpenAI) -> None:
    assert [model.id for model in client.models.list()] == ["dalil", "extractive"]
    assert client.models.retrieve("extractive").owned_by == "dalil"
    with pytest.raises(openai.NotFoundError, match="there is no model"):
        client.models.retrieve("gpt-9")


def test_what_tools_said_is_passed_over_and_two_answers_are_not_promised(client: openai.OpenAI) -> None:
    call = {"id": "1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}
    before: list[Any] = [
        {"role": "user", "content": "How is the weather?"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "1", "content": "Rain."},
        *asked(QUESTION),
    ]
    made = client.chat.completions.create(model="dalil", messages=before, n=1)
    assert (made.model_extra or {})["dalil"]["status"] == "answered"
    for wanted in ({"n": 2}, {"response_format": {"type": "json_object"}}):
        with pytest.raises(openai.UnprocessableEntityError):
            client.chat.completions.create(model="dalil", messages=asked(QUESTION), **wanted)  # type: ignore[call-overload]


def test_errors_are_those_that_the_client_knows(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match="there is no model"):
        client.chat.completions.create(model="gpt-9", messages=asked(QUESTION))
    with pytest.raises(openai.UnprocessableEntityError) as caught:
        client.chat.completions.create(model="dalil", messages=asked("?!"))
    assert caught.value.code == "invalid"
    with pytest.raises(openai.UnprocessableEntityError, match="end with the question"):
        client.chat.completions.create(model="dalil", messages=[{"role": "assistant", "content": "Hello."}])


def test_an_abstention_says_so_in_the_language_of_the_question_and_keys_are_sent(shipped: Path, tmp_path: Path) -> None:
    folder = tmp_path / "service"
    key = make_key(folder, "ask")
    with serving(shipped, folder, DALIL_MIN_CONFIDENCE=1) as server:
        with openai.OpenAI(base_url=f"{server.address}/v1", api_key=key) as client:
            for language, said in LIKELY_OR_NOTHING.items():
                for stream in (False, True):
                    text = spoken(client, QUESTIONS[language], stream)
                    assert text.startswith(said)
                    assert text.count("\n- “") == 3
        with (
            openai.OpenAI(base_url=f"{server.address}/v1", api_key="dalil_wrong") as wrong,
            pytest.raises(openai.AuthenticationError),
        ):
            wrong.models.list()


def spoken(client: openai.OpenAI, question: str, stream: bool) -> str:
    if not stream:
        return client.chat.completions.create(model="dalil", messages=asked(question)).choices[0].message.content or ""
    pieces = client.chat.completions.create(model="dalil", messages=asked(question), stream=True)
    return "".join(piece.choices[0].delta.content or "" for piece in pieces)
