"""`kill -9` at random moments: the collection always opens, old or new, whole, and the next run finishes the work.

25 kills; DALIL_KILLS=100 makes it 100, and DALIL_KILLS_SEED picks other moments.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from rag_support import NOTES, Remembering, assert_whole, chunk_texts, fork, index, open_assistant, write_notes

from corpus.reading import read_document
from rag.errors import CollectionError
from rag.indexing.plan import Progress

KILLS = int(os.environ.get("DALIL_KILLS", "25"))
IS_ASKED_FOR = "DALIL_KILLS" in os.environ
SEED = int(os.environ.get("DALIL_KILLS_SEED", "20231019"))
WORDS = ["copper", "ferry", "winter", "museum", "railway", "letter", "passport", "border", "teacher", "glacier"]

ENDED = "ended before the kill, not counted"

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


class Telling(Progress):
    """Writes a byte into a pipe when the new generation begins to be written."""

    def __init__(self, pipe: int) -> None:
        self.pipe = pipe

    def saving(self) -> None:
        os.write(self.pipe, b"s")


@dataclass
class Killer:
    """Indexes in child processes and kills them."""

    encoder: Remembering
    folder: Path
    log: Path
    luck: random.Random
    length: dict[str, float] = field(default_factory=dict)
    saving: dict[str, float] = field(default_factory=dict)

    def start(self, root: Path) -> tuple[int, int]:
        ours, theirs = os.pipe()
        # The model itself and not what is remembered of it: a run takes the time it takes.
        pid = fork(lambda: void(index(self.encoder.plain, root, self.folder, progress=Telling(theirs))), self.log)
        os.close(theirs)
        return pid, ours

    def measure(self, kind: str, root: Path) -> None:
        began = time.perf_counter()
        pid, pipe = self.start(root)
        assert os.read(pipe, 1) == b"s"
        saving = time.perf_counter()
        assert os.waitpid(pid, 0)[1] == 0, self.log.read_text()
        os.close(pipe)
        self.length[kind] = time.perf_counter() - began
        self.saving[kind] = time.perf_counter() - saving

    def kill(self, kind: str, root: Path) -> bool:
        """Start a run and kill it; whether it had ended of itself."""
        where = self.luck.choice(["anywhere", "saving", "beginning" if kind == "fresh" else "saving"])
        pid, pipe = self.start(root)
        if where == "saving":
            os.read(pipe, 1)
            time.sleep(self.luck.uniform(0, self.saving[kind]))
        else:
            time.sleep(self.luck.uniform(0, self.length[kind] if where == "anywhere" else 0.05))
        os.kill(pid, signal.SIGKILL)
        status = os.waitpid(pid, 0)[1]
        os.close(pipe)
        assert status in (0, signal.SIGKILL), self.log.read_text()
        # Runs are slower and faster as the machine has other work: aim at their whole length as it is now.
        lengths = self.saving if where == "saving" else self.length
        lengths[kind] *= 0.85 if status == 0 else 1.03
        return status == 0

    def change(self) -> None:
        """Add, rewrite, delete and rename files; at least one has new words."""
        files = sorted(path for path in self.folder.rglob("*") if path.is_file())
        number = self.luck.randrange(10**6)
        words = self.luck.sample(WORDS, 5)
        lines = [f"In {number} the {words[0]} stood beside the {words[1]}.", f"No {words[2]} was near the {words[3]}."]
        (self.folder / f"new-{number}.txt").write_text("\n\n".join(lines))
        if len(files) > 4:
            self.luck.choice(files[:2]).unlink()
        files[-1].rename(files[-1].with_name(f"moved-{number}.txt"))
        with files[-2].open("a") as file:
            file.write(f"\n\nA line about the {words[4]} was added as number {number}.\n")


def void(_: object) -> None:
    """For a lambda that is to return nothing."""


def expected(folder: Path) -> dict[str, list[str]]:
    """What a fresh collection of the folder holds."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path): [c.text for c in read_document(path, path.read_bytes()).chunks] for path in files}


def found(root: Path, encoder: Remembering) -> list[str] | None:
    """The texts that a question finds; None where the user is told that there is no collection yet."""
    try:
        with open_assistant(root, encoder) as opened:
            return [hit.chunk.text for hit in opened.search("When was the bridge opened?", 200)]
    except CollectionError as error:
        if str(error).endswith(("run `dalil index PATH` to make one", "run `dalil index PATH` to fill it")):
            return None
        raise


def finish(root: Path, killer: Killer, new: dict[str, list[str]]) -> None:
    """The next run ends the work, and the one after has nothing to do."""
    index(killer.encoder, root, killer.folder)
    assert chunk_texts(root) == new
    generation = assert_whole(root, killer.encoder)
    again = index(killer.encoder, root, killer.folder)
    assert (again.embedded, again.generation, len(again.unchanged)) == (0, generation, len(new))
    left = {path.name for path in root.iterdir() if ".faiss" in path.name}
    assert len([name for name in left if not name.startswith(".")]) <= 4
    assert not [name for name in left if name.startswith(".")]


def kill_first_run(killer: Killer, root: Path) -> str:
    new = expected(killer.folder)
    ended = killer.kill("fresh", root)
    texts = found(root, killer.encoder)
    if texts is None:
        assert not ended
    else:
        assert chunk_texts(root) == new
        assert assert_whole(root, killer.encoder) == 1
        assert sorted(texts) == sorted(text for path in new for text in new[path])
    finish(root, killer, new)
    return ENDED if ended else "first run, no collection yet" if texts is None else "first run, whole"


def kill_later_run(killer: Killer, root: Path) -> str:
    old, generation = chunk_texts(root), assert_whole(root, killer.encoder)
    killer.change()
    new = expected(killer.folder)
    ended = killer.kill("change", root)
    texts, state = found(root, killer.encoder), chunk_texts(root)
    now = assert_whole(root, killer.encoder)
    assert state in (old, new)
    assert now == (generation if state == old else generation + 1)
    assert texts is not None
    assert sorted(texts) == sorted(text for path in state for text in state[path])
    assert state == new or not ended
    finish(root, killer, new)
    return ENDED if ended else f"later run, {'old' if state == old else 'new'}"


def test_a_killed_run_leaves_the_old_or_the_new_collection(
    tmp_path: Path, encoder: Remembering, capsys: pytest.CaptureFixture[str]
) -> None:
    killer = Killer(encoder, write_notes(tmp_path / "notes", NOTES), tmp_path / "log", random.Random(SEED))
    root = tmp_path / "c"
    killer.measure("fresh", root)
    killer.change()
    killer.measure("change", root)
    outcomes: Counter[str] = Counter()
    while outcomes.total() - outcomes[ENDED] < KILLS:
        number = outcomes.total()
        assert number < 4 * KILLS, outcomes
        is_first = number % 3 == 0
        run = kill_first_run if is_first else kill_later_run
        outcomes[run(killer, tmp_path / f"first-{number}" if is_first else root)] += 1
    if IS_ASKED_FOR:
        with capsys.disabled():
            print(f"\n{KILLS} kills, seed {SEED}: {dict(sorted(outcomes.items()))}")
