"""Uploaded files: names that lead nowhere, limits, and removal inside the folder alone."""

from __future__ import annotations

import os
import threading
import unicodedata
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rag.errors import WrongUse
from rag.indexing.discover import find_files
from rag.library.uploads import Uploads, safe_name


@pytest.fixture
def uploads(tmp_path: Path) -> Uploads:
    return Uploads(tmp_path / "uploads", largest=1000, most=4)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("notes.txt", "notes.txt"),
        ("../../etc/passwd", "passwd"),
        ("/etc/cron.d/job.txt", "job.txt"),
        ("..\\..\\Windows\\win.html", "win.html"),
        ("C:\\Users\\me\\my notes.md", "my notes.md"),
        ("a/b\\c.txt", "c.txt"),
        ("..", "document.txt"),
        ("../", "document.txt"),
        ("", "document.txt"),
        ("!!!???", "document.txt"),
        ("!!!.txt", "document.txt"),
        ("!!!.pdf", "document.pdf"),
        (".hidden.txt", "hidden.txt"),
        ("...txt", "document.txt"),
        (".bashrc", "document.bashrc"),
        ("name.txt...", "name.txt"),
        ("a\x00b\r\n\tc.txt", "a b c.txt"),
        ("a\u202etxt.exe.txt", "a txt.exe.txt"),
        ("\u2066x\u2069\u200f\u061c.md", "x.md"),
        ("<img src=x onerror=alert(1)>.html", "img src x onerror alert(1).html"),
        ("$(rm -rf ~);`id`|a.txt", "(rm -rf ) id a.txt"),
        ("odd \ud83d name.txt", "odd name.txt"),
        ("Келісім 2021 ж..md", "Келісім 2021 ж.md"),
        ("協定(草案).htm", "協定(草案).htm"),
        ("e\u0301.txt", "é.txt"),
        ("archive.tar.txt", "archive.tar.txt"),
        ("NOTES.TXT", "NOTES.TXT"),
    ],
)
def test_names_become_safe(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@given(st.text(st.characters()) | st.text("./\\ \x00\u202eaж協.", max_size=30) | st.text("協ж", min_size=300))
@example("協" * 400 + ".txt")
@example("a." + "x" * 400)
@example("\U0001f600" * 100 + ".md")
@example("a." + " ." * 200 + "b")
def test_any_name_is_one_a_folder_takes(name: str) -> None:
    safe = safe_name(name)
    assert len(f".{safe} (100)-12345678".encode()) <= 255
    assert Path(safe).name == safe
    assert not safe.startswith((".", " "))
    assert not safe.endswith((".", " "))
    assert not any(unicodedata.category(c).startswith("C") for c in safe)
    assert not set(safe) & set("/\\:*?\"<>|'`$&;")
    assert safe_name(safe) == safe


def test_a_long_name_in_any_script_can_be_kept(uploads: Uploads) -> None:
    for letter in "aж協":
        path = uploads.add(letter * 400 + ".txt", letter.encode())
        assert path.read_text("utf-8") == letter
        assert path.suffix == ".txt"
    assert len(uploads.files()) == 3


def test_one_name_and_other_content_gets_a_number(uploads: Uploads) -> None:
    first = uploads.add("a.txt", b"one")
    assert uploads.add("../a.txt", b"one") == first
    assert [uploads.add("a.txt", data).name for data in (b"two", b"three", b"two")] == [
        "a (2).txt",
        "a (3).txt",
        "a (2).txt",
    ]
    assert first.read_bytes() == b"one"
    assert [path.name for path in uploads.files()] == ["a (2).txt", "a (3).txt", "a.txt"]


def test_files_of_one_name_given_at_once_are_all_kept(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path / "uploads", largest=1000, most=6)
    together = threading.Barrier(8)
    refused: list[WrongUse] = []

    def add(number: int) -> None:
        together.wait()
        try:
            Uploads(uploads.folder, largest=1000, most=6).add("a.txt", b"%d" % number)
        except WrongUse as error:
            refused.append(error)

    threads = [threading.Thread(target=add, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({path.read_bytes() for path in uploads.files()}) == len(uploads.files()) == 6
    assert len(refused) == 2


def test_limits(uploads: Uploads) -> None:
    assert uploads.add("most.txt", b"x" * 1000)
    with pytest.raises(WrongUse, match="1,001 bytes"):
        uploads.add("more.txt", b"x" * 1001)
    with pytest.raises(WrongUse, match="empty"):
        uploads.add("empty.txt", b"")
    for n in range(3):
        uploads.add(f"{n}.txt", b"x")
    with pytest.raises(WrongUse, match="4 files are the most"):
        uploads.add("fifth.txt", b"x")
    assert uploads.add("0.txt", b"x").name == "0.txt"  # is there already
    uploads.remove("0.txt")
    assert uploads.add("fifth.txt", b"x").name == "fifth.txt"
    with pytest.raises(WrongUse, match="0 files"):
        Uploads(uploads.folder, largest=1000, most=0).add("any.txt", b"x")


@pytest.mark.parametrize("name", ["a.mp4", "a.txt.exe", "a.doc.bin", "!!!.exe", "..exe", "a.txt\u202e.exe", ".bashrc"])
def test_other_kinds_are_refused(uploads: Uploads, name: str) -> None:
    with pytest.raises(WrongUse, match="cannot be read"):
        uploads.add(name, b"text")
    assert uploads.files() == []


@pytest.mark.parametrize("name", ["a.txt", "A.MD", "a", "a.html", "passwd", "協定.htm"])
def test_what_is_kept_is_what_an_indexing_reads(uploads: Uploads, name: str) -> None:
    path = uploads.add(name, b"text")
    found = find_files([uploads.folder])
    assert found.files == uploads.files() == [path]
    assert found.skipped == {}


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "../secret.txt", "/etc/passwd", "..", ".", "", ".lock", ".hidden", "sub", "sub/in.txt", "*"],
)
def test_removal_stays_in_the_folder(uploads: Uploads, tmp_path: Path, name: str) -> None:
    uploads.add("a.txt", b"x")
    (uploads.folder / ".hidden").write_text("x")
    (uploads.folder / "sub").mkdir()
    (uploads.folder / "sub" / "in.txt").write_text("x")
    (tmp_path / "secret.txt").write_text("x")
    before = sorted(tmp_path.rglob("*"))
    uploads.remove(name)
    assert sorted(tmp_path.rglob("*")) == before
    uploads.remove("a.txt")
    assert uploads.files() == []
    uploads.remove("a.txt")


def test_removing_where_nothing_was_ever_kept(uploads: Uploads) -> None:
    uploads.remove("a.txt")
    assert uploads.files() == []


def add_all(uploads: Uploads, *files: tuple[str, bytes | Callable[[], bytes]]) -> tuple[list[str], dict[str, str]]:
    given = [(name, data if callable(data) else partial(bytes, data)) for name, data in files]
    return uploads.add_all(given, lambda kept, skipped: (kept, skipped))


def names(uploads: Uploads) -> list[str]:
    return [path.name for path in uploads.files()]


def test_files_that_come_together_are_seen_together(uploads: Uploads) -> None:
    def last() -> bytes:
        assert find_files([uploads.folder]).files == []
        return b"two"

    uploads.folder.mkdir()
    kept, skipped = add_all(
        uploads, ("a.txt", b"one"), ("b.exe", b"MZ"), ("a.txt", last), ("c.txt", b""), ("a.txt", b"one")
    )
    assert (kept, skipped.keys()) == (["a.txt", "a (2).txt"], {"b.exe", "c.txt"})
    assert [path.read_bytes() for path in uploads.files()] == [b"two", b"one"]
    assert not list(uploads.folder.glob(".com*"))
    with pytest.raises(WrongUse, match="empty"):
        add_all(uploads, ("d.txt", b""))
    assert add_all(uploads, *((f"{n}.txt", b"x") for n in range(4)))[0] == ["0.txt", "1.txt"]  # four are the most


@pytest.mark.parametrize("where", ["reading", "agreeing"])
def test_what_fails_on_the_way_leaves_nothing(uploads: Uploads, where: str) -> None:
    def failing(*_: object) -> bytes:
        raise KeyError(where)

    add_all(uploads, ("a.txt", b"one"))
    last = failing if where == "reading" else partial(bytes, b"three")
    files = [("a.txt", partial(bytes, b"one")), ("b.txt", partial(bytes, b"two")), ("c.txt", last)]
    with pytest.raises(KeyError):
        uploads.add_all(files, failing)
    assert names(uploads) == ["a.txt"]
    assert not list(uploads.folder.glob(".com*"))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes as POSIX has them")
@pytest.mark.parametrize(("where", "left"), [("reading", []), ("agreeing", ["a.txt", "b.txt"])])
def test_who_dies_on_the_way_leaves_all_or_nothing(uploads: Uploads, where: str, left: list[str]) -> None:
    def dying(*_: object) -> bytes:
        os._exit(7)

    if not (child := os.fork()):
        data = dying if where == "reading" else partial(bytes, b"two")
        # Its own: a lock does not go over to a child.
        mine = Uploads(uploads.folder, largest=1000, most=4)
        mine.add_all([("a.txt", partial(bytes, b"one")), ("b.txt", data)], dying)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    assert names(uploads) == []
    uploads.settle()
    assert names(uploads) == left
    assert not list(uploads.folder.glob(".com*"))


def test_what_was_agreed_comes_in_later_if_it_cannot_now(uploads: Uploads, monkeypatch: pytest.MonkeyPatch) -> None:
    def agreed(*_: object) -> str:
        monkeypatch.setattr(Path, "replace", failing)
        return "agreed"

    def failing(*_: object) -> None:
        raise PermissionError(13, "not now", "folder")

    assert uploads.add_all([("a.txt", partial(bytes, b"one"))], agreed) == "agreed"
    assert names(uploads) == []
    monkeypatch.undo()
    uploads.settle()
    assert names(uploads) == ["a.txt"]


def test_only_what_will_never_be_read_is_dropped(uploads: Uploads) -> None:
    add_all(uploads, ("words.txt", b"Some words, many of them."), ("none.txt", b" \n"), ("other.txt", b"\n"))
    Uploads(uploads.folder, largest=3, most=1).drop_unreadable(["words.txt", "none.txt", "../none.txt"])
    assert names(uploads) == ["other.txt", "words.txt"]
