"""Files are read in processes of their own; what breaks one is told as that file's reason."""

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from corpus.errors import Unreadable
from corpus.reading import read_document
from rag.indexing.workers import Worker, Workers

TEXT = b"The harbour was closed in 1931. It was opened again two years later.\n"
LONG = b"\n\n".join(b"Sentence number %d of a long report." % number for number in range(60_000))


def test_a_worker_reads_as_this_process_does() -> None:
    worker = Worker()
    try:
        for name in ("a.txt", "b.md"):
            assert worker.read(Path(name), TEXT) == read_document(Path(name), TEXT)
        with pytest.raises(Unreadable, match="the file is empty"):
            worker.read(Path("c.txt"), b"")
        assert worker.read(Path("d.txt"), TEXT).chunks
    finally:
        worker.close()


@pytest.mark.parametrize(("sent", "reason"), [("SIGSEGV", "broke off its reading"), ("SIGKILL", "from outside")])
def test_a_worker_that_is_killed_gives_a_reason_and_is_replaced(sent: str, reason: str) -> None:
    worker = Worker()
    try:
        worker.read(Path("a.txt"), TEXT)
        process = worker._process
        assert process is not None
        threading.Timer(0.3, os.kill, (process.pid, getattr(signal, sent))).start()
        with pytest.raises(Unreadable, match=reason) as told:
            worker.read(Path("long.txt"), LONG)
        # What others ended may be read the next time, so its last version is kept.
        assert told.value.transient == (sent == "SIGKILL")
        assert worker.read(Path("b.txt"), TEXT).chunks
    finally:
        worker.close()


def test_a_reading_without_progress_is_ended() -> None:
    worker = Worker(patience=0.4)
    try:
        started = time.monotonic()
        with pytest.raises(Unreadable, match="made no progress"):
            worker.read(Path("long.txt"), LONG)
        assert time.monotonic() - started < 30
    finally:
        worker.close()


def test_many_files_are_read_in_order_and_each_has_its_own_end() -> None:
    with Workers(count=2) as workers:
        futures = [workers.submit(Path(f"{n}.csv"), TEXT if n % 3 else b"\x00" * 9) for n in range(9)]
        for number, future in enumerate(futures):
            if number % 3:
                assert future.result().document.path == f"{number}.csv"
            else:
                with pytest.raises(Unreadable, match="empty"):
                    future.result()
