"""The reading of files in processes of their own, so that a file which breaks its reader ends in a reason.

A worker is a process that reads one file after another. One that is killed by a file, or that shows no sign of progress
for too long, is replaced, and the file is skipped. What goes to a worker and comes back are objects of this program,
over pipes between its own processes.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import IO

from corpus.errors import Unreadable
from corpus.readers.base import File
from corpus.readers.pdf import ocr
from corpus.reading import ReadFile, choose_reader, read_document
from rag.errors import DalilError

# Seconds without a sign of progress (a page done) after which a reader is taken to hang.
PATIENCE = 300.0
# Address space of a worker: a file that makes its reader ask for more is refused.
_MEMORY = 4 << 30
# Files that need no worker: so many, of these readers, of at most so many bytes.
_READ_HERE = 50
_PLAIN = frozenset({"text", "markdown", "html", "feed", "web-page", "encyclopedia", "pdf-text"})
_SHORT = 300_000
# Signals by which others end a process: an interrupt, a stop, a kill where memory runs out.
_ENDED_FROM_OUTSIDE = frozenset({-2, -9, -15})
_READY = b"ready"
_LENGTH = struct.Struct("<Q")
_ALIVE = b"alive"


class Worker:
    """A process that reads files. Use one from one thread at a time."""

    def __init__(self, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._process: subprocess.Popen[bytes] | None = None

    def read(self, path: Path, data: bytes) -> ReadFile:
        """Return what `corpus.reading.read_document` makes of a file; `Unreadable` also where the process ends."""
        process = self._started()
        try:
            result = self._result(process, (str(path), data))
        except (BrokenPipeError, EOFError):
            is_ended = process.wait() in _ENDED_FROM_OUTSIDE
            self.close()
            if is_ended:
                raise Unreadable("its reading was ended from outside, or memory ran out", transient=True) from None
            raise Unreadable("the file broke off its reading; it may be damaged") from None
        if isinstance(result, Unreadable):
            raise result
        if not isinstance(result, ReadFile):
            raise TypeError(f"a worker returned {type(result).__name__}")
        return result

    def close(self) -> None:
        """End the process, whatever it does."""
        process, self._process = self._process, None
        if process:
            process.kill()
            with contextlib.suppress(BrokenPipeError):
                process.communicate()

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(  # noqa: S603 - this program itself
                # -P: nothing is imported from the folder in which the program was started. A session of its own: what
                # interrupts this program is no fault of the file that is being read.
                [sys.executable, "-P", "-m", __name__, ocr.settings.mode],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=_environment(),
                start_new_session=True,
            )
            try:
                _frame(self._process.stdout)  # it says that it is ready
            except EOFError:
                self.close()
                raise DalilError("the process that reads files cannot start; is Dalil installed completely?") from None
        return self._process

    def _result(self, process: subprocess.Popen[bytes], request: object) -> object:
        """Return what the process answers; it is killed once it has shown no progress for too long."""
        last = [time.monotonic()]
        done = threading.Event()

        def watch() -> None:
            while not done.wait(min(1.0, self._patience)):
                if time.monotonic() - last[0] > self._patience:
                    process.kill()
                    return

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        try:
            _send(process.stdin, request)
            while (frame := _frame(process.stdout)) == _ALIVE:
                last[0] = time.monotonic()
            return pickle.loads(frame)  # noqa: S301 - from a process of this program
        except (EOFError, BrokenPipeError):
            if time.monotonic() - last[0] > self._patience:
                self.close()
                raise Unreadable(
                    f"its reading made no progress for {self._patience:.0f} seconds; it may be damaged"
                ) from None
            raise
        finally:
            done.set()


class Workers:
    """Several workers, each with its own thread: as many files are read at once as there are processors.

    The first few short text files are read in this process: a worker takes a second to start.
    """

    def __init__(self, count: int | None = None, patience: float = PATIENCE) -> None:
        self.count = count or _processors()
        self._patience = patience
        self._read_here = 0
        self._own = threading.local()
        self._lock = threading.Lock()
        self._is_closed = False
        self._workers: list[Worker] = []
        self._threads = ThreadPoolExecutor(self.count, thread_name_prefix="reading")

    def submit(self, path: Path, data: bytes) -> Future[ReadFile]:
        """Return the future of a file's reading."""
        if self._read_here >= _READ_HERE or not _is_plain(path, data):
            return self._threads.submit(self._read, path, data)
        self._read_here += 1
        done: Future[ReadFile] = Future()
        result = _read_one(path, data)
        if isinstance(result, Unreadable):
            done.set_exception(result)
        else:
            done.set_result(result)
        return done

    def close(self) -> None:
        """End all workers; files that are not read yet are not read any more."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        with self._lock:
            self._is_closed = True
            for worker in self._workers:
                worker.close()
        self._threads.shutdown(wait=True)

    def __enter__(self) -> Workers:
        """Return the workers themselves."""
        return self

    def __exit__(self, *_: object) -> None:
        """End all workers."""
        self.close()

    def _read(self, path: Path, data: bytes) -> ReadFile:
        worker: Worker | None = getattr(self._own, "worker", None)
        if worker is None:
            worker = self._own.worker = Worker(self._patience)
            with self._lock:
                if self._is_closed:
                    raise Unreadable("the run has ended", transient=True)
                self._workers.append(worker)
        return worker.read(path, data)


def _processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _is_plain(path: Path, data: bytes) -> bool:
    """Return whether a file is short and its reader one of those that need no process of their own."""
    if len(data) > _SHORT:
        return False
    try:
        return choose_reader(File(path.name, data)).name in _PLAIN
    except Unreadable:
        return True  # reading it gives the reason


def _environment() -> dict[str, str]:
    """Return this process's environment, by which a worker finds the same packages."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(part for part in sys.path if part)}


def _send(stream: IO[bytes] | None, value: object) -> None:
    assert stream is not None  # noqa: S101 - the process was started with pipes
    frame = value if isinstance(value, bytes) else pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    stream.write(_LENGTH.pack(len(frame)))
    stream.write(frame)
    stream.flush()


def _frame(stream: IO[bytes] | None) -> bytes:
    """Return the next frame; EOFError where the other side has ended."""
    assert stream is not None  # noqa: S101 - the process was started with pipes
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError
    (length,) = _LENGTH.unpack(head)
    frame = stream.read(length)
    if len(frame) < length:
        raise EOFError
    return frame


def _serve() -> None:
    """Read files that come over standard input, and send back what was read, until the input ends."""
    ocr.settings.mode = "off" if sys.argv[1:] == ["off"] else "auto"
    requests, results = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not stand among the results
    _limit_memory()
    _send(results, _READY)
    for path, data in _requests(requests):
        _send(results, _read_one(Path(path), data, lambda: _send(results, _ALIVE)))


def _requests(stream: IO[bytes]) -> Iterator[tuple[str, bytes]]:
    while True:
        try:
            yield pickle.loads(_frame(stream))  # noqa: S301 - from the process that started this one
        except EOFError:
            return


def _read_one(path: Path, data: bytes, alive: Callable[[], None] | None = None) -> ReadFile | Unreadable:
    try:
        return read_document(path, data, alive=alive)
    except Unreadable as error:
        return error
    except MemoryError:
        return Unreadable("reading it takes more memory than is allowed; split it")
    except RecursionError:
        return Unreadable("it is nested too deeply to be read")
    except Exception as error:  # noqa: BLE001 - a slip of ours in one reader neither ends the run nor passes for damage
        slip = f"{type(error).__name__}: {error}"[:200]
        return Unreadable(f"Dalil failed on it ({slip}), which is a fault of Dalil; please report it")


def _limit_memory() -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))


if __name__ == "__main__":
    _serve()
