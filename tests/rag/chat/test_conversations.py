"""Conversations on disk: nothing is lost, nothing foreign is touched, no name leads out of the folder."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest

from rag.assistant import Assistant
from rag.chat.conversations import Conversations, Exchange, exchange
from rag.errors import DalilError, WrongUse
from rag.followup import turns_of

TRICKS = ["../x", "..\\x", "/etc/passwd", "", "a" * 200, "0123456789abcdeF", "0123456789abcdef\n", ".", "..", "*"]
ID = "0123456789abcdef"


@pytest.fixture
def kept(tmp_path: Path) -> Conversations:
    return Conversations(tmp_path / "conversations")


def test_an_answer_comes_back_as_it_was_and_can_be_asked_on(kept: Conversations, assistant: Assistant) -> None:
    question = "Which countries are on the list of 26 dangerous countries?"
    answer = assistant.ask(question).to_dict()
    begun = kept.start(question)
    assert kept.load(begun.id) is None
    assert kept.all() == []
    saved = kept.append(begun, exchange(question, answer=answer))
    read = Conversations(kept.folder).load(begun.id)
    assert read is not None
    assert (read.id, read.title, read.created, read.updated) == (begun.id, question, begun.created, saved.updated)
    assert read.exchanges[0].answer == json.loads(json.dumps(answer))
    assert [(s.id, s.title, s.updated) for s in kept.all()] == [(begun.id, question, saved.updated)]

    failed = kept.append(read, exchange("And then?", outcome="failed", error="it broke"))
    history = failed.history()
    assert history[0]["answer"] == " ".join(s["text"] for s in answer["statements"])
    assert history[1] == {"question": "And then?", "answer": ""}
    assert [turn.question for turn in turns_of(history)] == [question, "And then?"]
    assert assistant.ask("When was it made?", history=history).citations


def test_the_last_changed_comes_first(kept: Conversations) -> None:
    first, second = kept.start("first"), kept.start("second")
    for one in (first, second, first):
        kept.append(one, exchange("?"))
        threading.Event().wait(0.002)  # times are in milliseconds
    assert [summary.title for summary in kept.all()] == ["first", "second"]


def test_two_writers_at_once_lose_no_exchange(kept: Conversations) -> None:
    begun = kept.start("who?")
    there = kept.start("other")
    together = threading.Barrier(4)

    def write(number: int) -> None:
        own = Conversations(kept.folder)
        together.wait()
        for n in range(10):
            own.append(begun, exchange(f"{number} {n}"))
            own.append(there, exchange(f"{number} {n}"))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wanted = {f"{number} {n}" for number in range(4) for n in range(10)}
    for one in (begun, there):
        found = kept.load(one.id)
        assert found is not None
        questions = [e.question for e in found.exchanges]
        assert len(questions) == 40
        assert set(questions) == wanted


def test_an_exchange_takes_the_place_of_another_and_of_none_else(kept: Conversations) -> None:
    begun = kept.start("?")
    for question in ("one", "two"):
        kept.append(begun, Exchange(question, f"at {question}"))
    kept.append(begun, Exchange("three", "at three"), replacing="at one")
    found = kept.load(begun.id)
    assert found is not None
    assert [e.question for e in found.exchanges] == ["two", "three"]
    kept.append(found, Exchange("four", "at four"), replacing="at nothing")
    found = kept.load(begun.id)
    assert found is not None
    assert [e.question for e in found.exchanges] == ["two", "three", "four"]


WHOLE = {"format": 1, "id": ID, "title": "t", "created": "2026", "updated": "2026", "exchanges": []}
TURN = {"question": "?", "asked_at": "2026"}


@pytest.mark.parametrize(
    "content",
    [
        "", "{", "[]", "null", "7", '"text"', "[" * 100_000, '{"format": 1}',
        json.dumps({**WHOLE, "format": 2}),
        json.dumps({**WHOLE, "id": "f" * 16}),
        json.dumps({**WHOLE, "updated": None}),
        json.dumps({**WHOLE, "title": 7}),
        json.dumps({**WHOLE, "exchanges": None}),
        json.dumps({**WHOLE, "exchanges": [7]}),
        json.dumps({**WHOLE, "exchanges": [{**TURN, "question": None}]}),
        json.dumps({**WHOLE, "exchanges": [{**TURN, "answer": "text"}]}),
        json.dumps({**WHOLE, "exchanges": [{**TURN, "answer": {"statements": 5}}]}),
        b"\xff\xfe\x00",
    ],
)  # fmt: skip
def test_a_damaged_file_is_left_alone(kept: Conversations, content: str | bytes) -> None:
    sound = kept.append(kept.start("sound"), exchange("sound"))
    data = content if isinstance(content, bytes) else content.encode()
    path = kept.folder / f"{ID}.json"
    path.write_bytes(data)
    assert [summary.title for summary in kept.all()] == ["sound"]
    assert kept.load(ID) is None
    with pytest.raises(WrongUse):
        kept.rename(ID, "mine")
    with pytest.raises(WrongUse):
        kept.append(type(sound)(ID, "t", "", ""), exchange("?"))
    assert path.read_bytes() == data


def test_foreign_files_are_not_listed(kept: Conversations) -> None:
    kept.append(kept.start("sound"), exchange("sound"))
    for name in ("notes.json", f"{ID}.txt", f".{ID}.json-abc", f"{ID[:-1]}.json"):
        (kept.folder / name).write_text(json.dumps(WHOLE))
    (kept.folder / f"{'b' * 16}.json").mkdir()
    assert [summary.title for summary in kept.all()] == ["sound"]


@pytest.mark.parametrize("identifier", TRICKS)
def test_no_id_leads_out_of_the_folder(kept: Conversations, tmp_path: Path, identifier: str) -> None:
    sound = kept.append(kept.start("sound"), exchange("sound"))
    outside = [tmp_path / "x.json", kept.folder / "..\\x.json", kept.folder / ".json"]
    for path in outside:
        path.write_text(json.dumps({**WHOLE, "id": path.stem}))
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert kept.load(identifier) is None
    kept.delete(identifier)
    with pytest.raises(WrongUse):
        kept.rename(identifier, "mine")
    with pytest.raises(WrongUse):
        kept.append(type(sound)(identifier, "t", "", ""), exchange("?"))
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_half_a_surrogate_does_not_lose_the_conversation(kept: Conversations) -> None:
    begun = kept.start("odd \ud83d")
    kept.append(begun, exchange("odd \ud83d", answer={"statements": [{"text": "\udfff said"}]}))
    kept.append(begun, exchange("next"))
    found = kept.load(begun.id)
    assert found is not None
    assert [e.question for e in found.exchanges] == ["odd ?", "next"]
    assert found.history()[0]["answer"] == "? said"
    assert len(kept.all()) == 1


def test_a_title_is_one_short_line(kept: Conversations) -> None:
    assert kept.start("  what\n\n is\t this? ").title == "what is this?"
    long = kept.start("сөз " * 100).title
    assert len(long) <= 80
    assert long.endswith("сөз…")
    assert "\n" not in long


def test_renaming_and_deleting(kept: Conversations) -> None:
    one = kept.append(kept.start("one"), exchange("one"))
    kept.append(kept.start("two"), exchange("two"))
    for empty in ("", " \n\t "):
        with pytest.raises(WrongUse, match="title"):
            kept.rename(one.id, empty)
    kept.rename(one.id, "another\nname")
    assert sorted(s.title for s in kept.all()) == ["another name", "two"]
    kept.delete(one.id)
    kept.delete(one.id)
    assert kept.load(one.id) is None
    assert [s.title for s in kept.all()] == ["two"]


def test_a_deleted_conversation_stays_deleted(kept: Conversations) -> None:
    one = kept.append(kept.start("one"), exchange("one"))
    kept.delete(one.id)
    with pytest.raises(WrongUse, match="no longer there"):
        kept.append(one, exchange("an answer that was under way"))
    assert kept.all() == []


def test_a_list_shows_a_change_of_the_same_size_and_moment(kept: Conversations) -> None:
    one = kept.append(kept.start("aaaa"), exchange("?"))
    path = kept.folder / f"{one.id}.json"
    os.utime(path, ns=(1, 1))
    assert kept.all()[0].title == "aaaa"
    kept.rename(one.id, "bbbb")
    os.utime(path, ns=(1, 1))
    assert kept.all()[0].title == "bbbb"


def test_a_crash_while_writing_keeps_the_old_file(kept: Conversations, monkeypatch: pytest.MonkeyPatch) -> None:
    one = kept.append(kept.start("one"), exchange("one"))

    def crash(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", crash)
        with pytest.raises(DalilError, match="disk is full"):
            kept.append(one, exchange("two"))
    assert kept.load(one.id) == one
    assert [path.name for path in kept.folder.iterdir() if path.name != ".lock"] == [f"{one.id}.json"]
    again = kept.append(one, exchange("two"))
    assert [e.question for e in again.exchanges] == ["one", "two"]
