"""Whatever is wrong with files, questions, disk or collection: one clear sentence, and no damage."""

from __future__ import annotations

import errno
import json
import os
import random
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rag_support import (
    BINARY,
    NOTES,
    Ran,
    Remembering,
    assert_one_sentence,
    assert_whole,
    chunk_texts,
    fork,
    index,
    open_assistant,
    refuse,
    write_notes,
)

import embeddings.files
import rag.indexing.plan
from rag.errors import DalilError
from rag.search.collection import STORE_NAME
from rag.verify import verify_answer

Dalil = Callable[..., Ran]
QUESTION = "When was the old bridge at Korgas opened?"


def answers(dalil: Dalil) -> dict[str, object]:
    ran = dalil("ask", "--json", QUESTION)
    assert ran.code == 0, ran.err
    answer: dict[str, object] = json.loads(ran.out)
    assert verify_answer(answer) == []
    return answer


@pytest.fixture(autouse=True)
def _answers_always(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DALIL_MIN_CONFIDENCE", "0")


class TestFiles:
    """Each bad file is skipped with its reason; the good ones beside it are indexed."""

    @pytest.fixture
    def folder(self, notes: Path) -> Path:
        """Good files; each test puts a bad one beside them."""
        return notes

    def skipped(self, dalil: Dalil, folder: Path) -> dict[str, str]:
        ran = dalil("index", "--json", folder)
        assert ran.code == 0, ran.err
        report = json.loads(ran.out)
        assert report["documents"] == len(NOTES)
        assert {str(folder / name) for name in NOTES} == set(report["added"])
        return {os.path.relpath(path, folder): reason for path, reason in report["skipped"].items()}

    def test_contents(self, dalil: Dalil, folder: Path) -> None:
        (folder / "empty.txt").touch()
        (folder / "blank.txt").write_text(" \n\t\n")
        (folder / "binary.txt").write_bytes(BINARY)
        (folder / "scan.txt").write_bytes(b"%PDF-1.7\n" + BINARY)
        (folder / "mixed.txt").write_bytes(
            "Мост в Хоргосе открыли в мае.\n".encode() * 3 + "Его закрыли через двадцать лет.\n".encode("cp1251") * 3
        )
        (folder / "slides.pptx").write_bytes(b"PK\x03\x04")
        (folder / "tags.html").write_text("<html><body><script>var a = 1;</script></body></html>")

        skipped = self.skipped(dalil, folder)

        assert set(skipped) == {
            "empty.txt", "blank.txt", "binary.txt", "scan.txt", "mixed.txt", "slides.pptx", "tags.html"
        }  # fmt: skip
        assert "empty" in skipped["empty.txt"]
        assert "empty" in skipped["blank.txt"]
        assert "binary" in skipped["binary.txt"]
        assert "PDF" in skipped["scan.txt"]
        assert "line 4" in skipped["mixed.txt"]
        assert "damaged" in skipped["slides.pptx"]
        assert "no text" in skipped["tags.html"]
        assert all("\n" not in reason for reason in skipped.values())

    def test_two_hundred_megabytes(self, dalil: Dalil, folder: Path) -> None:
        with (folder / "big.txt").open("wb") as file:
            file.truncate(200_000_000)

        reason = "the file is too large (200 MB, over the limit of 100 MB); split it or raise DALIL_MAX_FILE_BYTES"
        assert self.skipped(dalil, folder) == {"big.txt": reason}

    def test_links_and_special_files(self, dalil: Dalil, folder: Path, tmp_path: Path) -> None:
        (tmp_path / "outside.txt").write_text("A secret that lies outside of the folder that was asked for.")
        (tmp_path / "elsewhere").mkdir()
        (folder / "out.txt").symlink_to(tmp_path / "outside.txt")
        (folder / "gone.txt").symlink_to(folder / "nothing.txt")
        (folder / "loop.txt").symlink_to(folder / "loop.txt")
        (folder / "folder").symlink_to(tmp_path / "elsewhere")
        os.mkfifo(folder / "pipe.txt")

        assert self.skipped(dalil, folder) == {
            "out.txt": "a link that points outside the folder",
            "gone.txt": "a link to a file that does not exist",
            "loop.txt": "a link that leads back to itself",
            "folder": "a link to a folder; index its target itself",
            "pipe.txt": "not a regular file",
        }

    def test_names_that_are_not_utf8(self, dalil: Dalil, folder: Path) -> None:
        for name in (b"caf\xe9.txt", b"caf\xe9.pdf"):
            Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_text("A file with a name of another age.")

        skipped = self.skipped(dalil, folder)

        assert set(skipped) == {"caf\ufffd.txt", "caf\ufffd.pdf"}
        assert "not valid UTF-8" in skipped["caf\ufffd.txt"]

    def test_one_that_vanishes_while_it_is_read(
        self, dalil: Dalil, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        original = rag.indexing.plan.read_bytes

        def read(path: Path, *, max_bytes: int) -> bytes:
            if path.name == "vanishing.txt":
                path.unlink()
            return original(path, max_bytes=max_bytes)

        (folder / "vanishing.txt").write_text("Now you see it.")
        monkeypatch.setattr(rag.indexing.plan, "read_bytes", read)

        assert self.skipped(dalil, folder) == {"vanishing.txt": "the file vanished before it could be read"}

    def test_one_that_the_disk_cannot_give(self, dalil: Dalil, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (folder / "broken.txt").write_text("On a bad sector.")
        refuse(monkeypatch, folder / "broken.txt", OSError(errno.EIO, "Input/output error"))

        assert self.skipped(dalil, folder) == {"broken.txt": "the file cannot be read (Input/output error)"}


@pytest.mark.parametrize("content", ["nothing", "unreadable", "hidden"])
def test_a_folder_with_nothing_readable(dalil: Dalil, tmp_path: Path, content: str) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    if content == "unreadable":
        (folder / "film.mp4").write_bytes(b"\x00\x00\x00 ftypisom")
    if content == "hidden":
        (folder / ".hidden.txt").write_text("A hidden file is passed over.")

    ran = dalil("index", folder)

    assert (ran.code, ran.out) == (2, "")
    assert_one_sentence(ran.err)
    assert "nothing to index" in ran.err
    assert ("film.mp4: .mp4 files are not read" in ran.err) == (content == "unreadable")


@pytest.mark.parametrize("kind", ["missing", "fifo"])
def test_a_path_that_is_no_file_and_no_folder(dalil: Dalil, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "it"
    if kind == "fifo":
        os.mkfifo(path)

    ran = dalil("index", path)

    assert (ran.code, ran.out) == (2, "")
    assert_one_sentence(ran.err)
    assert str(path) in ran.err


@pytest.mark.parametrize("command", ["ask", "search"])
@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("", "empty"),
        (" \n\t\u3000", "empty"),
        ("?!…", "empty"),
        ("why " * 25_000, "99,999 characters"),
        ("桥" * 100_000, "100,000 characters"),
        ("half a pair \ud83d", "not valid Unicode"),
    ],
)
def test_questions_that_cannot_be_asked(dalil: Dalil, collection: Path, command: str, question: str, said: str) -> None:
    ran = dalil(command, "--json", question)

    assert (ran.code, ran.out) == (2, "")
    assert_one_sentence(ran.err)
    assert said in ran.err
    assert len(ran.err) < 300


class TestModel:
    def test_unknown(self, dalil: Dalil, collection: Path, notes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        before = chunk_texts(collection)
        monkeypatch.setenv("DALIL_MODEL", "/nowhere/model")
        for arguments in (["index", notes], ["ask", QUESTION], ["search", QUESTION]):
            ran = dalil(*arguments)
            assert (ran.code, ran.out) == (2, ""), ran
            assert_one_sentence(ran.err)
            assert "/nowhere/model" in ran.err
        monkeypatch.delenv("DALIL_MODEL")
        assert chunk_texts(collection) == before
        answers(dalil)

    def test_other_than_the_collection_s(
        self, dalil: Dalil, notes: Path, tmp_path: Path, encoder: Remembering, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        other = Remembering(encoder, name="other", fingerprint="e" * 16, prompt="")
        index(other, tmp_path / "collection", notes, model="other")
        monkeypatch.setenv("DALIL_MODEL", encoder.name)

        ran = dalil("ask", QUESTION)

        assert (ran.code, ran.out) == (3, "")
        assert_one_sentence(ran.err)
        assert "was embedded with other" in ran.err
        assert dalil("index", "--quiet", notes).code == 0  # what the sentence says to do
        answers(dalil)


def test_a_setting_that_is_wrong(dalil: Dalil, collection: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in [("DALIL_K", "many"), ("DALIL_MAX_FILE_BYTES", "-1"), ("DALIL_LLM", "some-model")]:
        with monkeypatch.context() as patch:
            patch.setenv(name, value)
            ran = dalil("ask", QUESTION)
        assert (ran.code, ran.out) == (2, "")
        assert_one_sentence(ran.err)
        assert name in ran.err


def test_an_empty_setting_is_none(dalil: Dalil, collection: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DALIL_K", "DALIL_MODEL"):
        monkeypatch.setenv(name, "")
    answers(dalil)


class TestCollection:
    """A collection that cannot be used says so with exit code 3, and is left as it is."""

    COMMANDS = (["ask", QUESTION], ["search", QUESTION], ["info"])

    def refused(self, dalil: Dalil, root: Path, said: str) -> None:
        before = {path.name: path.read_bytes() for path in root.glob("*.*")}
        for arguments in self.COMMANDS:
            for form in ([], ["--json"]):
                ran = dalil(*arguments, *form, "--collection", root)
                assert (ran.code, ran.out) == (3, ""), (arguments, ran)
                assert_one_sentence(ran.err)
                assert said in ran.err
        after = {path.name: path.read_bytes() for path in root.glob("*.*") if path.suffix not in {"-wal", "-shm"}}
        assert {name: after.get(name) for name in before} == before

    def test_missing(self, dalil: Dalil, tmp_path: Path) -> None:
        (tmp_path / "folder").mkdir()
        for root in (tmp_path / "nowhere", tmp_path / "folder"):
            self.refused(dalil, root, "there is no collection at")
        assert not (tmp_path / "nowhere").exists()
        assert list((tmp_path / "folder").iterdir()) == []

    def test_a_file_in_its_place(self, dalil: Dalil, notes: Path, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("mine")
        for root in (tmp_path / "file", tmp_path / "file" / "below"):
            ran = dalil("index", notes, "--collection", root)
            assert (ran.code, ran.out) == (2, "")
            assert_one_sentence(ran.err)
        assert (tmp_path / "file").read_text() == "mine"

    def test_of_another_version(self, dalil: Dalil, collection: Path, notes: Path) -> None:
        connection = sqlite3.connect(collection / STORE_NAME)
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        connection.execute(f"PRAGMA user_version = {version + 1}")
        connection.close()

        self.refused(dalil, collection, f"has layout {version + 1} and this Dalil reads layout {version}")
        ran = dalil("index", notes)
        assert (ran.code, ran.out) == (3, "")
        assert_one_sentence(ran.err)

        connection = sqlite3.connect(collection / STORE_NAME)
        connection.execute(f"PRAGMA user_version = {version}")
        connection.close()
        answers(dalil)

    @pytest.mark.parametrize("content", ["sqlite", "text"])
    def test_that_is_none(self, dalil: Dalil, notes: Path, tmp_path: Path, content: str) -> None:
        root = tmp_path / "other"
        root.mkdir()
        if content == "sqlite":
            connection = sqlite3.connect(root / STORE_NAME)
            connection.execute("CREATE TABLE mine (value TEXT)")
            connection.execute("INSERT INTO mine VALUES ('precious')")
            connection.commit()
            connection.close()
        else:
            (root / STORE_NAME).write_text("This is no database at all. " * 500)

        self.refused(dalil, root, "not a Dalil collection" if content == "sqlite" else "is damaged")
        assert dalil("index", notes, "--collection", root).code == 3
        if content == "sqlite":
            connection = sqlite3.connect(root / STORE_NAME)
            assert connection.execute("SELECT value FROM mine").fetchone() == ("precious",)
            connection.close()

    def test_never_filled(self, dalil: Dalil, tmp_path: Path) -> None:
        (tmp_path / "empty").mkdir()
        assert dalil("index", tmp_path / "empty").code == 2

        self.refused(dalil, tmp_path / "collection", "is empty; run `dalil index PATH` to fill it")

    @pytest.mark.parametrize("name", ["sentences-000001.faiss", "paragraphs-000001.faiss"])
    @pytest.mark.parametrize("damage", ["missing", "empty", "truncated", "flipped", "longer"])
    def test_with_damaged_vectors(self, dalil: Dalil, collection: Path, notes: Path, name: str, damage: str) -> None:
        path = collection / name
        data = path.read_bytes()
        if damage == "missing":
            path.unlink()
        else:
            middle = len(data) // 2
            flipped = data[:middle] + bytes([data[middle] ^ 4]) + data[middle + 1 :]
            path.write_bytes(
                {"empty": b"", "truncated": data[:middle], "flipped": flipped, "longer": data + b"\0"}[damage]
            )

        for arguments in (["ask", QUESTION], ["search", QUESTION]):
            ran = dalil(*arguments, "--json")
            assert (ran.code, ran.out) == (3, "")
            assert_one_sentence(ran.err)
            assert name in ran.err
            assert ran.err.endswith("; run `dalil index PATH` to build it again from the stored vectors\n")

        mended = json.loads(dalil("index", "--json", notes).out)
        assert (mended["embedded"], mended["generation"]) == (0, 2)
        answers(dalil)

    def test_truncated_store(self, dalil: Dalil, collection: Path, notes: Path) -> None:
        whole = (collection / STORE_NAME).read_bytes()
        for length in [100, 4096, 4097, len(whole) // 2, len(whole) - 4096]:
            (collection / STORE_NAME).write_bytes(whole[:length])
            for arguments in (*self.COMMANDS, ["index", notes]):
                ran = dalil(*arguments, "--json")
                assert (ran.code, ran.out) == (3, ""), (length, arguments, ran)
                assert_one_sentence(ran.err)
                assert "delete the folder and run `dalil index PATH` again" in ran.err
        (collection / STORE_NAME).write_bytes(whole)
        answers(dalil)

    def test_emptied_store_is_filled_again(self, dalil: Dalil, collection: Path, notes: Path) -> None:
        (collection / STORE_NAME).write_bytes(b"")
        self.refused(dalil, collection, "collection")
        assert dalil("index", "--quiet", notes).code == 0
        answers(dalil)

    def test_altered_store(self, dalil: Dalil, collection: Path, notes: Path, encoder: Remembering) -> None:
        """One changed byte anywhere: refused, or noticed in the answer, or of no consequence."""
        whole = (collection / STORE_NAME).read_bytes()
        luck = random.Random(5)
        refused = told = 0
        texts = [match for match in range(len(whole)) if whole.startswith(b"May 1959", match)]
        assert texts
        places = [*texts, 100, *luck.sample(range(101, len(whole)), 16)]  # 100: what kind of page the first is
        for place in places:
            altered = bytearray(whole)
            altered[place] ^= 1 << luck.randrange(8) if place not in texts else 1
            (collection / STORE_NAME).write_bytes(altered)
            ran = dalil("ask", "--json", QUESTION)
            if ran.code == 0:
                answer = json.loads(ran.out)
                if all(statement["support"] == "supported" for statement in answer["statements"]):
                    wrong = [p.reason for p in verify_answer(answer) if "quote" in p.reason]
                    assert wrong == []
                else:
                    told += 1
            else:
                assert (ran.code, ran.out) == (3, ""), (place, ran)
                assert_one_sentence(ran.err)
                refused += 1
            ran = dalil("index", "--json", notes)
            assert ran.code in (0, 3), (place, ran)
            if ran.code:
                assert_one_sentence(ran.err)
            for path in collection.iterdir():
                if path.name.startswith(STORE_NAME):
                    path.unlink()
            (collection / STORE_NAME).write_bytes(whole)
            index(encoder, collection, notes)
        assert told >= 1
        assert refused >= 1
        answers(dalil)


class TestFullDisk:
    def test_while_vectors_are_written(
        self, dalil: Dalil, collection: Path, notes: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = chunk_texts(collection)
        (notes / "new.txt").write_text("A new lighthouse was built on the northern shore in 2001.")

        def full(descriptor: int) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        with monkeypatch.context() as patch:
            patch.setattr(embeddings.files.os, "fsync", full)
            ran = dalil("index", notes)

        assert (ran.code, ran.out) == (1, "")
        assert_one_sentence(ran.err)
        assert "the disk is full" in ran.err
        assert chunk_texts(collection) == before
        answers(dalil)
        assert json.loads(dalil("index", "--json", notes).out)["embedded"] == 0  # its vectors were kept

    @pytest.fixture
    def small_disk(self) -> Iterator[Path]:
        if os.geteuid() != 0 or not shutil.which("mount"):
            pytest.skip("needs the right to mount a small disk")
        disk = Path(tempfile.mkdtemp())
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", disk], capture_output=True)
        if mounted.returncode:
            disk.rmdir()
            pytest.skip("cannot mount a small disk here")
        yield disk
        subprocess.run(["umount", disk], check=True)
        disk.rmdir()

    def test_of_a_real_disk(self, dalil: Dalil, small_disk: Path, notes: Path, encoder: Remembering) -> None:
        root = small_disk / "collection"
        index(encoder, root, notes)
        before = chunk_texts(root)
        write_notes(notes, {"new.txt": " ".join(f"Ship {n} carried {n * 3} crates of copper." for n in range(40))})
        for room in (300_000, 120_000, 60_000, 20_000, 0):
            free = shutil.disk_usage(small_disk).free
            (small_disk / "filler").write_bytes(b"x" * max(0, free - room))
            ran = dalil("index", notes, "--collection", root)
            (small_disk / "filler").unlink()
            if ran.code == 0:  # there was room enough
                assert room > 100_000
                (notes / "new.txt").write_text((notes / "new.txt").read_text() + f" There were {room} more of them.")
                before = chunk_texts(root)
                continue
            assert ran.out == ""
            assert_one_sentence(ran.err)
            assert "the disk is full" in ran.err, (room, ran)
            assert ran.code == 1
            assert chunk_texts(root) == before
            assert_whole(root, encoder)
        report = index(encoder, root, notes)
        assert [Path(path).name for path in (*report.added, *report.changed)] == ["new.txt"]
        assert_whole(root, encoder)

    def test_the_old_answers_still_come(
        self, dalil: Dalil, small_disk: Path, notes: Path, encoder: Remembering
    ) -> None:
        root = small_disk / "collection"
        index(encoder, root, notes)
        (small_disk / "filler").write_bytes(b"x" * shutil.disk_usage(small_disk).free)
        assert shutil.disk_usage(small_disk).free == 0

        ran = dalil("ask", "--json", QUESTION, "--collection", root)

        assert ran.code == 0, ran.err
        assert verify_answer(json.loads(ran.out)) == []


@pytest.mark.skipif(not hasattr(os, "fork") or os.geteuid() != 0, reason="needs root, to become someone else")
class TestPermissions:
    """What someone who is not root meets; root may read everything."""

    NOBODY = 65534

    @pytest.fixture
    def folder(self) -> Iterator[Path]:
        folder = Path(tempfile.mkdtemp())
        folder.chmod(0o777)
        yield folder
        shutil.rmtree(folder)

    def as_nobody(self, folder: Path, encoder: Remembering, work: Callable[[], None]) -> None:
        # What Python loads when it is first needed may lie where only root may look.
        index(encoder, folder / "warm", write_notes(folder / "warmth"))
        log = folder / "log"
        package = Path(embeddings.index.__file__).parent
        if any(not path.stat().st_mode & 0o004 for path in package.rglob("*.*")):
            pytest.skip("the project's files are closed to others")

        def dropped() -> None:
            os.environ["XDG_DATA_HOME"] = str(folder / "data")  # root's own is closed to others
            os.setgroups([])
            os.setgid(self.NOBODY)
            os.setuid(self.NOBODY)
            work()

        assert os.waitpid(fork(dropped, log), 0)[1] == 0, log.read_text() if log.exists() else "no log"

    def test_files_and_folders(self, folder: Path, encoder: Remembering) -> None:
        notes = write_notes(folder / "notes", {**NOTES, "locked/a.txt": "Behind a door.", "listed/b.txt": "Seen only."})
        (notes / "cha.txt").chmod(0o000)
        (notes / "locked").chmod(0o000)
        (notes / "listed").chmod(0o444)

        def work() -> None:
            report = index(encoder, folder / "c", notes)
            skipped = {os.path.relpath(path, notes): reason for path, reason in report.skipped.items()}
            assert skipped == {
                "cha.txt": "no permission to read the file",
                "locked": "no permission to open the folder",
                "listed/b.txt": "no permission to open the file",
            }
            assert report.documents == len(NOTES) - 1

        self.as_nobody(folder, encoder, work)

    def test_what_was_indexed_stays_where_permission_is_lost(self, folder: Path, encoder: Remembering) -> None:
        notes = write_notes(folder / "notes", {**NOTES, "locked/a.txt": "It was open before."})
        root = folder / "c"
        index(encoder, root, notes)
        before = chunk_texts(root)
        for path in (root, *root.iterdir()):
            os.chown(path, self.NOBODY, self.NOBODY)
        (notes / "cha.txt").chmod(0o000)
        (notes / "locked").chmod(0o000)

        def work() -> None:
            report = index(encoder, root, notes)
            assert report.removed == []
            assert len(report.skipped) == 2
            assert chunk_texts(root) == before

        self.as_nobody(folder, encoder, work)

    def test_a_collection_that_may_not_be_written(self, folder: Path, encoder: Remembering) -> None:
        notes = write_notes(folder / "notes")
        root = folder / "c"
        index(encoder, root, notes)
        for path in root.iterdir():
            path.chmod(0o444)

        def indexing() -> None:
            with pytest.raises(DalilError, match=r"permission|read-only") as caught:
                index(encoder, root, notes)
            assert "damaged" not in str(caught.value)

        self.as_nobody(folder, encoder, indexing)

    def test_a_collection_that_may_only_be_read_answers(self, folder: Path, encoder: Remembering) -> None:
        notes = write_notes(folder / "notes")
        root = folder / "c"
        index(encoder, root, notes)
        root.chmod(0o555)
        for path in root.iterdir():
            path.chmod(0o444)

        def asking() -> None:
            with open_assistant(root, encoder) as opened:
                assert verify_answer(opened.ask(QUESTION).to_dict()) == []

        self.as_nobody(folder, encoder, asking)
