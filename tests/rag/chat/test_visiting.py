"""Visitors and their own copies of the collection: what one adds is found by them, and by no one else."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from rag_support import assert_whole
from visitor_support import ASKED, ASKED_NEW, NEW, OTHER, OWN, SECRET, Counting, finds, given, seen, updated

from rag.chat.conversations import exchange
from rag.chat.visitors import Desk, Preferences, Report
from rag.errors import WrongUse
from rag.settings import Settings


def test_a_file_is_found_by_its_visitor_and_by_no_one_else(desk: Desk, counting: Counting) -> None:
    assert not desk.is_behind(desk.visitor("a stranger"))
    one = given(desk, SECRET)
    two = given(desk, OTHER, "tram.txt", NEW.encode())
    best = desk.assistant(one).ask(ASKED)
    assert Path(best.citations[0].path) == one.uploads.folder / "lighthouse.txt"
    assert "violet" in best.citations[0].quote
    assert "Marzhan" in seen(desk, one)
    for visitor in (two, desk.visitor("a stranger")):
        told = seen(desk, visitor)
        assert not [word for word in ("Marzhan", "violet by", "lighthouse.txt", one.folder.name) if word in told]
    assert finds(desk, two, "tram.txt", ASKED_NEW)
    assert not finds(desk, one, "tram.txt", ASKED_NEW)
    assert desk.assistant(desk.visitor("a stranger")) is desk.base
    for visitor in (one, two):
        assert_whole(visitor.collection, counting)


def test_a_removed_file_is_found_no_more(desk: Desk, counting: Counting) -> None:
    visitor = given(desk, SECRET)
    visitor.uploads.remove("lighthouse.txt")
    assert desk.is_behind(visitor)
    assert updated(desk, visitor) == Report([], {})
    assert not desk.is_behind(visitor)
    assert "Marzhan" not in seen(desk, visitor)
    assert_whole(visitor.collection, counting)


def test_a_removed_file_is_found_no_more_wherever_the_folder_is(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    around = Desk(desk.settings.model_copy(update={"visitors": tmp_path / "x" / ".." / "elsewhere"}), desk.base)
    visitor = given(around, SECRET)
    visitor.uploads.remove("lighthouse.txt")
    updated(around, visitor)
    assert not finds(around, visitor, "lighthouse.txt")


def test_a_file_that_cannot_be_read_is_told_once(desk: Desk) -> None:
    visitor = given(desk, SECRET)
    visitor.uploads.add("noise.txt", os.urandom(4000))
    visitor.uploads.add("blank.html", b"<html><body> </body></html>")
    report = updated(desk, visitor)
    assert report.files == ["blank.html", "lighthouse.txt", "noise.txt"]
    assert set(report.skipped) == {"blank.html", "noise.txt"}
    assert all(reason and str(visitor.folder) not in reason for reason in report.skipped.values())
    assert not desk.is_behind(visitor)
    restarted = Desk(desk.settings, desk.base)
    assert not restarted.is_behind(restarted.visitor(SECRET))
    assert restarted.visitor(SECRET).last_report() == report
    assert finds(restarted, restarted.visitor(SECRET), "lighthouse.txt")


def test_only_files_that_cannot_be_read(desk: Desk) -> None:
    visitor = given(desk, SECRET, "noise.txt", os.urandom(4000))
    assert list(visitor.last_report().skipped) == ["noise.txt"]


def test_two_visitors_at_once_and_one_twice(desk: Desk, counting: Counting) -> None:
    visitors = [desk.visitor(f"visitor {n}") for n in range(4)]
    for n, visitor in enumerate(visitors):
        visitor.uploads.add(f"{n}.txt", OWN.replace(b"1977", b"19%d0" % n))
    tasks = [desk.update(visitor) for visitor in visitors]
    again = desk.update(visitors[0])
    assert again is tasks[0] or tasks[0].status == "done"
    asked: list[object] = []
    asking = threading.Thread(target=lambda: asked.extend(desk.base.ask(ASKED).hits for _ in range(5)))
    asking.start()
    for task in (*tasks, again):
        task.join(30)
        assert (task.status, task.error) == ("done", None)
    asking.join()
    assert len(asked) == 5
    for n, visitor in enumerate(visitors):
        hits = desk.assistant(visitor).search(ASKED, 30)
        assert {Path(h.path).name for h in hits if "lighthouse" in h.chunk.text} == {f"{n}.txt"}
        assert f"19{n}0" in hits[0].chunk.text
        assert_whole(visitor.collection, counting)


def test_what_is_preferred_is_kept(desk: Desk) -> None:
    visitor = desk.visitor(SECRET)
    assert visitor.preferences() == Preferences()
    chosen = visitor.prefer(Preferences(), min_confidence=1.0, k=5, language="kk")
    assert desk.visitor(SECRET).preferences() == chosen == Preferences(None, 1.0, 5, "kk")
    strict = desk.assistant(visitor, chosen)
    assert strict.ask(ASKED).status == "abstained"
    assert desk.assistant(visitor, chosen) is strict
    assert desk.assistant(visitor, visitor.prefer(chosen, min_confidence=None)) is desk.base
    assert desk.visitor(OTHER).preferences() == Preferences()
    own = given(desk, SECRET)
    assert desk.assistant(own, chosen) is not strict
    assert desk.assistant(own, Preferences(min_confidence=0.0)).ask(ASKED).citations[0].path.endswith("lighthouse.txt")


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[1]", b"null", b"\xff", b"[" * 100_000, b'{"k": "many"}', b'{"k": 0}', b'{"k": 99999}',
     b'{"min_confidence": 7}', b'{"min_confidence": NaN}', b'{"llm": 5}', b'{"files": 3, "skipped": []}'],
)  # fmt: skip
def test_damaged_files_are_as_none(desk: Desk, content: bytes) -> None:
    visitor = desk.visitor(SECRET)
    visitor.folder.mkdir(parents=True)
    for name in ("preferences.json", "report.json"):
        (visitor.folder / name).write_bytes(content)
    assert visitor.preferences() == Preferences()
    assert visitor.last_report() == Report([], {})
    assert not desk.is_behind(visitor)


def test_a_model_that_lacks_something_is_refused_and_one_that_is_not_offered_unused(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    offering = Desk(
        Settings(**{**desk.settings.model_dump(), "llm_offered": "openai:gpt-4.1-mini nonsense:model"}), desk.base
    )
    visitor = offering.visitor(SECRET)
    with pytest.raises(WrongUse, match="OPENAI_API_KEY"):
        offering.assistant(visitor, Preferences(llm="openai:gpt-4.1-mini"))
    with pytest.raises(WrongUse, match="nonsense"):
        offering.assistant(visitor, Preferences(llm="nonsense:model"))
    assert offering.assistant(visitor, Preferences(llm="http://127.0.0.1:9/v1#typed-by-a-visitor")) is desk.base
    assert offering.assistant(visitor, Preferences(llm="extractive")) is desk.base


def test_the_secret_is_nowhere_on_disk(desk: Desk, tmp_path: Path) -> None:
    visitor = given(desk, SECRET)
    visitor.prefer(Preferences(), language="kk")
    visitor.conversations.append(visitor.conversations.start("?"), exchange("?"))
    paths = list(tmp_path.rglob("*"))
    assert visitor.folder in paths
    assert not [path for path in paths if SECRET in str(path)]
    assert not [path for path in paths if path.is_file() and SECRET.encode() in path.read_bytes()]
    for odd in ("", "../x", "/", "\ud800", "x" * 10_000):
        assert desk.visitor(odd).folder.parent == tmp_path / "visitors"


def test_a_copy_of_a_shared_file_that_lies_elsewhere_by_now_takes_nothing_from_it(desk: Desk, notes: Path) -> None:
    content = (notes / "bridge.txt").read_bytes()
    (notes / "bridge.txt").unlink()  # as where a collection was indexed on another machine
    visitor = given(desk, SECRET, "mine.txt", content)
    asked = "When was the old bridge at Korgas opened?"
    assert any("1959" in hit.chunk.text for hit in desk.assistant(visitor).search(asked, 3))
    visitor.uploads.remove("mine.txt")
    updated(desk, visitor)
    assert any("1959" in hit.chunk.text for hit in desk.assistant(visitor).search(asked, 3))
