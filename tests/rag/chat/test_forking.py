"""Copies of the shared collection: made whole or not at all, and in step with it without embedding anew."""

from __future__ import annotations

from pathlib import Path

import pytest
from rag_support import assert_whole, index
from visitor_support import ASKED, ASKED_NEW, NEW, OWN, SECRET, Counting, finds, given, updated

import rag.chat.visitors
from embeddings import Encoder
from rag.chat.visitors import Desk, fork, is_fork_of
from rag.errors import CollectionError
from rag.search.collection import STORE_NAME, Collection


def test_a_changed_base_reaches_the_visitor_without_embedding_anew(
    desk: Desk, notes: Path, collection: Path, counting: Counting
) -> None:
    visitor = given(desk, SECRET)
    asked_before = desk.assistant(visitor)
    (notes / "tram.txt").write_text(NEW)
    index(counting, collection, notes)
    assert desk.is_behind(visitor)
    assert finds(desk, visitor, "lighthouse.txt")  # the old copy serves meanwhile
    before = counting.encoded
    updated(desk, visitor)
    assert counting.encoded == before
    assert not desk.is_behind(visitor)
    assert finds(desk, visitor, "tram.txt", ASKED_NEW)
    assert finds(desk, visitor, "lighthouse.txt")
    assert asked_before.ask(ASKED).citations  # an answer under way ends on the copy that it began with
    assert_whole(visitor.collection, counting)
    assert sorted(path.name for path in visitor.folder.iterdir()) == ["collection", "report.json", "uploads"]


@pytest.mark.parametrize("is_first", [True, False])
def test_a_crash_in_the_middle_leaves_the_old_copy(
    desk: Desk, notes: Path, collection: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch, is_first: bool
) -> None:
    visitor = desk.visitor(SECRET)
    visitor.uploads.add("lighthouse.txt", OWN)
    if not is_first:
        updated(desk, visitor)
        (notes / "tram.txt").write_text(NEW)
        index(encoder, collection, notes)

    def crash(*_: object, **__: object) -> None:
        raise MemoryError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(rag.chat.visitors, "index_paths", crash)
        task = desk.update(visitor)
        task.join(30)
        assert task.status == "failed"
    assert desk.is_behind(visitor)
    assert Desk(desk.settings, desk.base).is_behind(visitor)
    assert finds(desk, visitor, "lighthouse.txt") is not is_first
    assert not list(visitor.folder.glob(".collection-*"))
    updated(desk, visitor)
    assert not desk.is_behind(visitor)
    assert finds(desk, visitor, "lighthouse.txt")


def test_a_copy_that_cannot_take_its_place_leaves_the_old_one(
    desk: Desk, notes: Path, collection: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = given(desk, SECRET)
    (notes / "tram.txt").write_text(NEW)
    index(encoder, collection, notes)
    rename = Path.rename

    def refuse(path: Path, target: Path) -> Path:
        if target == visitor.collection and (path / STORE_NAME).exists() and path.name != "old":
            raise OSError(5, "Input/output error")
        return rename(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", refuse)
        task = desk.update(visitor)
        task.join(30)
        assert task.status == "failed"
    assert finds(Desk(desk.settings, desk.base), visitor, "lighthouse.txt")
    assert desk.is_behind(visitor)


@pytest.mark.parametrize("content", [b"", b"no database", None])
def test_a_damaged_copy_is_made_anew(desk: Desk, content: bytes | None) -> None:
    visitor = given(desk, SECRET)
    store = visitor.collection / STORE_NAME
    for path in visitor.collection.glob(f"{STORE_NAME}*"):
        path.unlink()
    if content is not None:
        store.write_bytes(content)
    again = Desk(desk.settings, desk.base)
    assert again.is_behind(visitor)
    with pytest.raises(CollectionError):
        again.assistant(visitor)
    updated(again, visitor)
    assert finds(again, visitor, "lighthouse.txt")


def test_the_vectors_of_the_base_are_shared_and_the_base_is_left_alone(desk: Desk, collection: Path) -> None:
    before = {path.name: path.read_bytes() for path in collection.glob("*.faiss")}
    made = desk.visitor(SECRET).folder / "collection"
    with fork(desk.base.collection, made) as unfinished:
        assert not made.exists()
        assert all((collection / name).samefile(unfinished / name) for name in before)
    assert is_fork_of(made, desk.base.collection)
    given(desk, SECRET)
    assert {path.name: path.read_bytes() for path in collection.glob("*.faiss")} == before
    copied = Collection.open(collection)
    assert copied.store.meta("forked_from") is None
    copied.close()
