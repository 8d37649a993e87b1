"""A collection of one visitor's own: a copy of the shared one, to which their files are added.

What a visitor adds is in no one else's collection. The copy shares the vector files of the generation it was made of
where the file system can link them, and is made anew when the shared collection has changed.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from corpus.errors import CorpusError
from rag.collection import GRANULARITIES, STORE_NAME, Collection

_ORIGIN = "forked_from"


def is_fork_of(root: Path, base: Collection) -> bool:
    """Whether the collection at ``root`` is a copy of the generation that ``base`` has now, and can be read."""
    if not (root / STORE_NAME).is_file():
        return False
    try:
        found = Collection.open(root)
    except CorpusError:  # damaged, or of an older layout: to be made anew
        return False
    try:
        return found.store.meta(_ORIGIN) == origin(base)
    finally:
        found.close()


@contextmanager
def fork(base: Collection, root: Path) -> Iterator[Path]:
    """A copy of ``base`` to be finished at the place given; where that succeeds, it takes the place of ``root``.

    The old one stays whole until then. Vectors that it had cached are kept, so that adding the same files again embeds
    nothing.
    """
    root.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{root.name}-", dir=root.parent))
    try:
        _copy(base, made)
        if (root / STORE_NAME).is_file():
            _take_vectors(root / STORE_NAME, made / STORE_NAME)
        yield made
        _exchange(made, root)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _copy(base: Collection, made: Path) -> None:
    with base.store.transaction(write=False):
        generation = base.generation
        copy = sqlite3.connect(made / STORE_NAME)
        try:
            base.store.connection.backup(copy)
            copy.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (_ORIGIN, origin(base)))
            copy.commit()
        finally:
            copy.close()
        for granularity in GRANULARITIES:
            source = base.vector_path(granularity, generation)
            try:
                os.link(source, made / source.name)
            except OSError:  # another disk, or one without links
                shutil.copyfile(source, made / source.name)


def _take_vectors(old: Path, new: Path) -> None:
    connection = sqlite3.connect(new)
    try:
        connection.execute("ATTACH DATABASE ? AS old", (str(old),))
        connection.execute("INSERT OR IGNORE INTO vectors SELECT * FROM old.vectors")
        connection.commit()
    except sqlite3.Error:  # damaged: they are made again
        connection.rollback()
    finally:
        connection.close()


def _exchange(made: Path, root: Path) -> None:
    if root.exists():
        aside = Path(tempfile.mkdtemp(prefix=f".{root.name}-", dir=root.parent))
        root.rename(aside / "old")
        try:
            made.rename(root)
        except OSError:
            (aside / "old").rename(root)
            raise
        shutil.rmtree(aside, ignore_errors=True)
    else:
        made.rename(root)


def origin(base: Collection) -> str:
    """The generation of this very collection: a number alone might be another's."""
    return f"{base.root.resolve()} {base.generation} {base.store.meta('sentences_sha256')}"
