"""What an indexing run does, and what it leaves alone."""

from __future__ import annotations

import contextlib
import errno
import functools
import os
import shutil
import threading
from pathlib import Path
from typing import Any

import pytest
from rag_support import (
    BINARY,
    NOTES,
    Loader,
    Remembering,
    assert_whole,
    chunk_texts,
    index,
    open_assistant,
    refuse,
    write_notes,
)

import rag.indexing.plan
import rag.indexing.update
from corpus.errors import Unreadable
from corpus.reading import read_document
from embeddings import Encoder, IndexDamaged
from rag.errors import CollectionError, DalilError, WrongUse
from rag.indexing.plan import Progress
from rag.indexing.update import index_paths
from rag.search.collection import Collection
from rag.settings import Settings
from rag.verify import verify_answer


def names(paths: list[str]) -> list[str]:
    return [Path(path).name for path in paths]


def texts_of(path: Path) -> list[str]:
    return [chunk.text for chunk in read_document(path, path.read_bytes()).chunks]


def files_of(root: Path) -> set[str]:
    return set(chunk_texts(root))


def test_a_first_run_adds_every_file(notes: Path, tmp_path: Path, encoder: Encoder) -> None:
    report = index(encoder, tmp_path / "c", notes)

    assert sorted(names(report.added)) == sorted(Path(name).name for name in NOTES)
    assert (report.changed, report.unchanged, report.moved, report.removed) == ([], [], [], [])
    assert (report.duplicates, report.skipped) == ({}, {})
    assert (report.documents, report.generation) == (len(NOTES), 1)
    assert report.embedded > 0
    assert chunk_texts(tmp_path / "c") == {str(notes / name): texts_of(notes / name) for name in NOTES}
    assert report.chunks == sum(map(len, chunk_texts(tmp_path / "c").values()))
    assert assert_whole(tmp_path / "c", encoder) == 1


def test_nothing_changed_embeds_nothing_and_loads_no_model(collection: Path, notes: Path, encoder: Encoder) -> None:
    before = {path.name: path.read_bytes() for path in collection.glob("*.faiss")}
    loader = Loader(encoder)

    report = index_paths([notes], Settings(collection=collection), loader)

    assert loader.calls == 0
    assert (report.embedded, report.generation) == (0, 1)
    assert len(report.unchanged) == len(NOTES)
    assert (report.added, report.changed, report.removed) == ([], [], [])
    assert {path.name: path.read_bytes() for path in collection.glob("*.faiss")} == before


def test_one_changed_file_embeds_only_its_new_texts(collection: Path, notes: Path, encoder: Encoder) -> None:
    added = "The bridge was sold to a museum in 1991 for one rouble."
    with (notes / "bridge.txt").open("a") as file:
        file.write(f"\n\n{added}\n")
    embedded: list[str] = []
    original = encoder.encode_passages

    def spy(texts: list[str], **options: Any) -> Any:
        embedded.extend(texts)
        return original(texts, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encoder, "encode_passages", spy)
        report = index(encoder, collection, notes)

    assert names(report.changed) == ["bridge.txt"]
    assert embedded == [added]  # both as a sentence and as its paragraph, embedded once
    assert report.embedded == 1
    assert report.generation == 2
    assert chunk_texts(collection)[str(notes / "bridge.txt")] == texts_of(notes / "bridge.txt")
    assert_whole(collection, encoder)


def test_a_change_replaces_the_file_whole(collection: Path, notes: Path, encoder: Encoder) -> None:
    (notes / "bridge.txt").write_text("Only this sentence about the ferry is left in the file today.\n")

    index(encoder, collection, notes)

    assert chunk_texts(collection)[str(notes / "bridge.txt")] == [
        "Only this sentence about the ferry is left in the file today."
    ]


def test_what_is_gone_under_the_given_paths_is_removed_and_the_rest_stays(tmp_path: Path, encoder: Encoder) -> None:
    one, two, root = tmp_path / "one", tmp_path / "two", tmp_path / "c"
    write_notes(one, {"a.txt": NOTES["bridge.txt"], "b.txt": NOTES["poezd.txt"]})
    write_notes(two, {"c.txt": NOTES["cha.txt"], "d.txt": NOTES["kitap.txt"]})
    index(encoder, root, one, two)
    (one / "a.txt").unlink()
    (two / "c.txt").unlink()

    report = index(encoder, root, one)

    assert report.removed == [str(one / "a.txt")]
    assert report.embedded == 0
    assert files_of(root) == {str(one / "b.txt"), str(two / "c.txt"), str(two / "d.txt")}
    assert_whole(root, encoder)


def test_a_folder_whose_name_begins_another_is_not_that_other(tmp_path: Path, encoder: Encoder) -> None:
    write_notes(tmp_path, {"news/a.txt": NOTES["bridge.txt"], "news-old/b.txt": NOTES["poezd.txt"]})
    root = tmp_path / "c"
    index(encoder, root, tmp_path / "news", tmp_path / "news-old")
    shutil.rmtree(tmp_path / "news-old")

    assert index(encoder, root, tmp_path / "news").removed == []
    assert files_of(root) == {str(tmp_path / "news/a.txt"), str(tmp_path / "news-old/b.txt")}


def test_a_deleted_folder_can_be_indexed_away(collection: Path, notes: Path, encoder: Encoder) -> None:
    shutil.rmtree(notes)

    report = index(encoder, collection, notes)

    assert len(report.removed) == len(NOTES)
    assert (report.documents, report.chunks) == (0, 0)
    assert assert_whole(collection, encoder) == 2


def test_a_renamed_file_keeps_its_vectors(collection: Path, notes: Path, encoder: Encoder) -> None:
    (notes / "bridge.txt").rename(notes / "zz-bridge.txt")

    report = index(encoder, collection, notes)

    assert names(report.moved) == ["zz-bridge.txt"]
    assert (report.added, report.removed, report.embedded) == ([], [], 0)
    assert str(notes / "zz-bridge.txt") in files_of(collection)
    assert str(notes / "bridge.txt") not in files_of(collection)
    assert_whole(collection, encoder)


def test_swapped_contents_embed_nothing(collection: Path, notes: Path, encoder: Encoder) -> None:
    one, two = notes / "bridge.txt", notes / "poezd.txt"
    first, second = one.read_bytes(), two.read_bytes()
    one.write_bytes(second)
    two.write_bytes(first)

    report = index(encoder, collection, notes)

    assert sorted(names(report.changed)) == ["bridge.txt", "poezd.txt"]
    assert (report.duplicates, report.embedded) == ({}, 0)
    assert chunk_texts(collection)[str(one)] == texts_of(one)
    assert_whole(collection, encoder)


class TestTwins:
    """Identical files: stored once, reported, and cited by a path at which they still read the same."""

    @pytest.fixture
    def cited(self, encoder: Encoder, tmp_path: Path) -> Any:
        def ask() -> dict[str, Any]:
            with open_assistant(tmp_path / "c", encoder) as opened:
                answer = opened.ask("When was the bridge opened?").to_dict()
            assert answer["citations"]
            assert verify_answer(answer) == []
            assert {s["support"] for s in answer["statements"]} == {"supported"}
            return answer["citations"][0]

        return ask

    def test_they_are_stored_once_and_outlive_each_other(self, tmp_path: Path, encoder: Encoder, cited: Any) -> None:
        folder, root = tmp_path / "twins", tmp_path / "c"
        write_notes(folder, {"first.txt": NOTES["bridge.txt"], "second.txt": NOTES["bridge.txt"]})

        report = index(encoder, root, folder)
        assert names(report.added) == ["first.txt"]
        assert report.duplicates == {str(folder / "second.txt"): str(folder / "first.txt")}
        assert report.documents == 1
        assert cited()["title"] == "first"
        assert len(index(encoder, root, folder).unchanged) == 2

        (folder / "first.txt").unlink()
        report = index(encoder, root, folder)
        assert report.removed == [str(folder / "first.txt")]
        assert (report.documents, report.embedded) == (1, 0)
        citation = cited()
        assert (citation["path"], citation["title"]) == (str(folder / "second.txt"), "second")
        assert_whole(root, encoder)

    def test_a_new_twin_that_comes_first_is_cited_as_itself(self, tmp_path: Path, encoder: Encoder, cited: Any) -> None:
        folder, root = tmp_path / "twins", tmp_path / "c"
        write_notes(folder, {"m.txt": NOTES["bridge.txt"]})
        index(encoder, root, folder)
        write_notes(folder, {"a.txt": NOTES["bridge.txt"]})

        report = index(encoder, root, folder)

        assert report.duplicates == {str(folder / "a.txt"): str(folder / "m.txt")}
        assert report.embedded == 0
        assert cited()["title"] == "a"
        assert_whole(root, encoder)

    def test_a_twin_of_another_kind_is_read_as_its_own_kind(self, tmp_path: Path, encoder: Encoder, cited: Any) -> None:
        folder, root = tmp_path / "twins", tmp_path / "c"
        text = "The old *bridge* at Korgas was opened in May 1959 by the [railway](https://example.org).\n"
        write_notes(folder, {"a.txt": text, "b.md": text})
        index(encoder, root, folder)
        assert "*bridge*" in cited()["quote"]

        (folder / "a.txt").unlink()
        index(encoder, root, folder)

        assert cited()["quote"] == "The old bridge at Korgas was opened in May 1959 by the railway."
        assert_whole(root, encoder)

    def test_a_twin_that_cannot_be_read_as_its_kind_does_not_take_the_document_along(
        self, tmp_path: Path, encoder: Encoder
    ) -> None:
        folder, root = tmp_path / "twins", tmp_path / "c"
        text = "<!-- The old bridge at Korgas was opened in May 1959, as a comment says. -->\n"
        write_notes(folder, {"m.txt": text})
        index(encoder, root, folder)
        write_notes(folder, {"a.html": text})

        report = index(encoder, root, folder)

        assert names(list(report.skipped)) == ["a.html"]
        assert report.duplicates == {}
        assert files_of(root) == {str(folder / "m.txt")}
        assert_whole(root, encoder)

    def test_a_twin_whose_other_changed_in_the_same_run_is_no_twin(self, tmp_path: Path, encoder: Encoder) -> None:
        folder, root = tmp_path / "twins", tmp_path / "c"
        write_notes(folder, {"z.txt": NOTES["bridge.txt"]})
        index(encoder, root, folder)
        write_notes(folder, {"a.txt": NOTES["bridge.txt"], "z.txt": NOTES["poezd.txt"]})

        report = index(encoder, root, folder)

        assert (names(report.moved), names(report.changed), report.duplicates) == (["a.txt"], ["z.txt"], {})
        assert chunk_texts(root) == {str(p): texts_of(p) for p in (folder / "a.txt", folder / "z.txt")}
        assert_whole(root, encoder)


@pytest.mark.parametrize(("content", "reason"), [(b"", "empty"), (BINARY, "not text"), (b"%PDF-1.7 ...", "PDF")])
def test_a_file_that_became_unusable_is_removed_with_the_reason(
    collection: Path, notes: Path, encoder: Encoder, content: bytes, reason: str
) -> None:
    (notes / "bridge.txt").write_bytes(content)

    report = index(encoder, collection, notes)

    assert report.removed == [str(notes / "bridge.txt")]
    assert reason in report.skipped[str(notes / "bridge.txt")]
    assert str(notes / "bridge.txt") not in files_of(collection)
    assert_whole(collection, encoder)


def test_a_file_that_lost_its_permission_keeps_its_last_version(
    collection: Path, notes: Path, encoder: Encoder
) -> None:
    path = notes / "bridge.txt"
    before = chunk_texts(collection)
    (notes / "poezd.txt").unlink()
    with pytest.MonkeyPatch.context() as patch:
        refuse(patch, path, PermissionError(errno.EACCES, "Permission denied"))
        report = index(encoder, collection, notes)

    assert report.removed == [str(notes / "poezd.txt")]
    assert "no permission" in report.skipped[str(path)]
    assert "kept" in report.skipped[str(path)]
    assert chunk_texts(collection)[str(path)] == before[str(path)]
    assert_whole(collection, encoder)


def test_a_folder_that_cannot_be_opened_keeps_what_was_indexed_from_it(
    collection: Path, notes: Path, encoder: Encoder
) -> None:
    original = os.scandir

    def scandir(path: Any = ".") -> Any:
        if Path(path) == notes / "dao":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return original(path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "scandir", scandir)
        report = index(encoder, collection, notes)

    assert report.removed == []
    assert report.skipped == {str(notes / "dao"): "no permission to open the folder"}
    assert str(notes / "dao/dao.txt") in files_of(collection)


def test_a_file_that_vanishes_while_it_is_read_is_removed(collection: Path, notes: Path, encoder: Encoder) -> None:
    path = notes / "bridge.txt"
    original = rag.indexing.plan.read_bytes

    def read(wanted: Path, *, max_bytes: int) -> bytes:
        wanted.unlink(missing_ok=wanted != path) if wanted == path else None
        return original(wanted, max_bytes=max_bytes)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rag.indexing.plan, "read_bytes", read)
        report = index(encoder, collection, notes)

    assert "vanished" in report.skipped[str(path)]
    assert report.removed == [str(path)]
    assert len(report.unchanged) == len(NOTES) - 1
    assert_whole(collection, encoder)


def other_model(encoder: Encoder, fingerprint: str, name: str = "other") -> Encoder:
    """The same weights as another model: other prompts, hence other vectors and another fingerprint."""
    return Remembering(encoder, name=name, fingerprint=fingerprint, prompt="")


def test_another_model_embeds_everything_again(collection: Path, notes: Path, encoder: Encoder) -> None:
    other = other_model(encoder, "f" * 16)

    report = index(other, collection, notes, model="other")

    assert len(report.unchanged) == len(NOTES)
    assert report.embedded >= report.chunks
    assert assert_whole(collection, other) == 2
    assert Collection.open(collection).model == "other"
    # The model is the collection's from now on, and its old vectors are not kept.
    again = Loader(other)
    assert index_paths([notes], Settings(collection=collection), again).embedded == 0
    store = Collection.open(collection).store
    assert [tuple(row) for row in store.connection.execute("SELECT DISTINCT model FROM vectors")] == [("f" * 16,)]


def test_a_model_whose_content_changed_embeds_everything_again(notes: Path, tmp_path: Path, encoder: Encoder) -> None:
    root = tmp_path / "c"
    index(other_model(encoder, "1" * 16), root, notes, model="other")

    report = index(newer := other_model(encoder, "2" * 16), root, notes, model="other")

    assert report.embedded >= report.chunks
    assert_whole(root, newer)


def test_a_collection_of_another_converter_of_the_packaged_model_is_embedded_again(
    notes: Path, tmp_path: Path, encoder: Encoder
) -> None:
    root = tmp_path / "c"
    index(other_model(encoder, "0" * 16), root, notes)  # by name the packaged model

    assert index(encoder, root, notes).embedded > 0
    assert_whole(root, encoder)


class Interrupting(Progress):
    """Presses Ctrl-C once so many texts are embedded."""

    def __init__(self, after: int) -> None:
        self.left = after

    def embedded(self, chunks: int) -> None:
        self.left -= chunks
        if self.left <= 0:
            raise KeyboardInterrupt


def test_an_interrupted_run_keeps_the_vectors_it_made(
    collection: Path, notes: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = chunk_texts(collection)
    sentences = [f"Ship number {n} carried {n * 3} crates of copper down the river Ili." for n in range(1, 25)]
    (notes / "ships.txt").write_text("\n\n".join(sentences))
    monkeypatch.setattr(
        rag.indexing.update, "embed_cached", functools.partial(rag.indexing.update.embed_cached, commit_every=8)
    )

    with pytest.raises(KeyboardInterrupt):
        index(encoder, collection, notes, progress=Interrupting(after=18))

    assert chunk_texts(collection) == before
    assert assert_whole(collection, encoder) == 1
    report = index(encoder, collection, notes)
    assert report.embedded == 24 - 16
    assert report.generation == 2
    assert chunk_texts(collection)[str(notes / "ships.txt")] == sentences
    assert_whole(collection, encoder)


def test_progress_tells_of_every_file_and_text(notes: Path, tmp_path: Path, encoder: Encoder) -> None:
    told: list[tuple[str, int]] = []

    class Telling(Progress):
        def reading(self, total: int) -> None:
            told.append(("reading", total))

        def read(self, path: Path) -> None:
            told.append(("read", 1))

        def embedding(self, documents: int, chunks: int, known: int) -> None:
            told.append(("documents", documents))
            told.append(("embedding", chunks))

        def embedded(self, chunks: int) -> None:
            told.append(("embedded", chunks))

        def saving(self) -> None:
            told.append(("saving", 1))

    report = index(encoder, tmp_path / "c", notes, progress=Telling())

    def total(kind: str) -> int:
        return sum(count for name, count in told if name == kind)

    assert total("reading") == total("read") == total("documents") == len(NOTES)
    assert total("embedding") == total("embedded") == report.embedded
    assert told[-1] == ("saving", 1)


def test_a_second_indexer_is_turned_away(collection: Path, notes: Path, encoder: Encoder) -> None:
    (notes / "new.txt").write_text("A new lighthouse was built on the northern shore of the lake in 2001.\n")
    inside, go_on = threading.Event(), threading.Event()

    class Waiting(Progress):
        def saving(self) -> None:
            inside.set()
            go_on.wait(60)

    first = threading.Thread(target=index, args=(encoder, collection, notes), kwargs={"progress": Waiting()})
    first.start()
    try:
        assert inside.wait(60)
        with pytest.raises(DalilError, match=r"^another `dalil index` is at work on .*; wait until it has ended$"):
            index(encoder, collection, notes)
    finally:
        go_on.set()
        first.join()

    assert assert_whole(collection, encoder) == 2
    assert index(encoder, collection, notes).unchanged


def test_vector_files_left_by_a_crash_are_removed_and_no_others(
    collection: Path, notes: Path, encoder: Encoder
) -> None:
    doomed = ["sentences-000009.faiss", "paragraphs-000002.faiss", ".sentences-000002.faiss-ab12_x"]
    spared = ["mine.faiss", "sentences.faiss", "notes.faiss.txt"]
    for name in (*doomed, *spared):
        (collection / name).write_bytes(b"left")

    index(encoder, collection, notes)

    left = {path.name for path in collection.iterdir()}
    assert not left & set(doomed)
    assert left >= {*spared, "sentences-000001.faiss", "paragraphs-000001.faiss"}
    assert_whole(collection, encoder)


@pytest.mark.parametrize("granularity", ["sentences", "paragraphs"])
@pytest.mark.parametrize("damage", ["missing", "truncated", "flipped"])
def test_damaged_vectors_are_built_again_without_embedding(
    collection: Path, notes: Path, encoder: Encoder, granularity: str, damage: str
) -> None:
    path = collection / f"{granularity}-000001.faiss"
    data = bytearray(path.read_bytes())
    if damage == "missing":
        path.unlink()
    elif damage == "truncated":
        path.write_bytes(data[:-1])
    else:
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
    with pytest.raises((IndexDamaged, CollectionError)):
        assert_whole(collection, encoder)

    report = index(encoder, collection, notes)

    assert (report.embedded, len(report.unchanged)) == (0, len(NOTES))
    assert assert_whole(collection, encoder) == 2


def test_files_of_an_older_reading_are_read_again(
    collection: Path, notes: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rag.indexing.plan, "READING_VERSION", 10**6)

    report = index(encoder, collection, notes)

    assert len(report.changed) == len(NOTES)
    assert report.embedded == 0
    assert_whole(collection, encoder)


def test_a_path_that_never_was_is_wrong_use(collection: Path, tmp_path: Path, encoder: Encoder) -> None:
    with pytest.raises(WrongUse, match=r"^there is no file or folder at .*nowhere; check the path$"):
        index(encoder, collection, tmp_path / "nowhere")


def test_unreadable_files_say_why(tmp_path: Path) -> None:
    """The reasons used above are those of the reading room."""
    path = tmp_path / "x.txt"
    path.write_bytes(b"")
    with pytest.raises(Unreadable, match="empty"):
        read_document(path, path.read_bytes())


def test_a_file_moved_out_of_sight_of_the_run_is_cited_at_its_new_place(tmp_path: Path, encoder: Remembering) -> None:
    old, new, root = tmp_path / "a", tmp_path / "b", tmp_path / "c"
    old.mkdir()
    new.mkdir()
    (old / "lake.txt").write_text("Lake Balkhash has a fresh western half and a salty eastern half.\n", "utf-8")
    index(encoder, root, old)
    (old / "lake.txt").rename(new / "lake.txt")

    report = index(encoder, root, new)

    assert report.moved == [str(new / "lake.txt")]
    assert not report.duplicates
    with open_assistant(root, encoder) as opened:
        answer = opened.ask("Which half of the lake is salty?").to_dict()
    assert answer["citations"][0]["path"] == str(new / "lake.txt")
    assert verify_answer(answer) == []


@pytest.mark.parametrize("name", ["notes.log", ".hidden.txt"])
def test_a_file_indexed_by_name_stays_when_its_folder_is_indexed(
    tmp_path: Path, encoder: Remembering, name: str
) -> None:
    folder, root = tmp_path / "d", tmp_path / "c"
    folder.mkdir()
    (folder / name).write_text("The western half of the lake holds fresh water.\n", "utf-8")
    (folder / "other.txt").write_text("The eastern half of the lake holds salty water.\n", "utf-8")
    index(encoder, root, folder / name)

    report = index(encoder, root, folder)

    assert report.unchanged == [str(folder / name)]
    assert not report.removed
    assert not report.skipped
    (folder / name).unlink()
    assert index(encoder, root, folder).removed == [str(folder / name)]


def test_many_new_files_are_found_batch_by_batch(tmp_path: Path, encoder: Encoder) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(170):
        (folder / f"{number:03}.txt").write_text(f"The {number}th lighthouse was lit in {1700 + number}.")
    (folder / "050.txt").write_text((folder / "000.txt").read_text())
    (folder / "051.txt").write_bytes(b"\x00" * 8)
    (folder / "moved.txt").write_text("This file will be moved before the second run.")
    index(encoder, tmp_path / "c", folder / "moved.txt")
    (folder / "moved.txt").rename(folder / "000-moved.txt")
    seen: list[int] = []

    class Seeing(Progress):
        def reading(self, total: int) -> None:
            with contextlib.closing(Collection.open(tmp_path / "c")) as collection:
                seen.append(collection.store.counts()[0])

    report = index_paths([folder], Settings(collection=tmp_path / "c"), Loader(encoder), Seeing())

    assert seen[0] == 1
    assert 50 < seen[1] < 169
    assert report.documents == 169
    assert (names(report.moved), report.removed, report.unchanged) == (["000-moved.txt"], [], [])
    assert names(report.added) == [f"{n:03}.txt" for n in range(170) if n not in {50, 51}]
    assert {Path(a).name: Path(b).name for a, b in report.duplicates.items()} == {"050.txt": "000.txt"}
    assert names([*report.skipped]) == ["051.txt"]
    assert assert_whole(tmp_path / "c", encoder) == report.generation == 3


def test_a_large_folder_that_was_renamed_is_moved(tmp_path: Path, encoder: Encoder) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    before.mkdir()
    for number in range(170):
        (before / f"{number:03}.txt").write_text(f"The {number}th lighthouse was lit in {1700 + number}.")
    index(encoder, tmp_path / "c", before)
    before.rename(after)
    report = index(encoder, tmp_path / "c", after)
    assert names(report.moved) == [f"{n:03}.txt" for n in range(170)]
    assert (report.added, report.removed, report.duplicates, report.documents) == ([], [], {}, 170)
    with contextlib.closing(Collection.open(tmp_path / "c")) as collection:
        assert {Path(path).parent for path in collection.store.files()} == {after}
