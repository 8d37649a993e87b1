"""What an indexing run has to do: the difference between files and the store, by content hash."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path

from corpus.errors import Unreadable
from corpus.reading import READING_VERSION, ReadFile, read_bytes
from corpus.store import StoredFile
from embeddings.files import write_atomically
from rag.errors import WrongUse
from rag.indexing.discover import Found, find_files, is_under
from rag.indexing.workers import Workers

# Lists the files of a collection's last run that were skipped, one JSON object a line.
SKIPPED_NAME = "skipped.jsonl"
_VARYING = re.compile(r" ?\([^()]*\)|\d[\d.,]*")


class Progress:
    """What an indexing run reports its progress to; this class ignores all of it, subclasses may show it."""

    def reading(self, total: int) -> None:
        """Report that ``total`` files will be looked at."""

    def read(self, path: Path) -> None:
        """Report that one file has been looked at."""

    def embedding(self, documents: int, chunks: int, known: int) -> None:
        """Report that ``chunks`` texts for ``documents`` documents will be embedded; ``known`` have vectors already."""

    def embedded(self, chunks: int) -> None:
        """Report that this many more texts are embedded."""

    def saving(self) -> None:
        """Report that the new generation is being written."""


@dataclass(slots=True)
class IndexReport:
    """What a run did, by path. ``embedded`` counts texts newly run through the model."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    moved: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    duplicates: dict[str, str] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    documents: int = 0
    chunks: int = 0
    embedded: int = 0
    generation: int = 0


def skipped_by_kind(report: IndexReport) -> list[tuple[str, list[str]]]:
    """Return the reasons of skipped files with their paths, the commonest first.

    Reasons that differ only in numbers and in what stands in brackets are of one kind, which is told without them.
    """
    kinds: dict[str, list[str]] = {}
    for path, reason in report.skipped.items():
        kinds.setdefault(_VARYING.sub("", reason), []).append(path)
    return sorted(kinds.items(), key=lambda kind: -len(kind[1]))


def write_skipped(report: IndexReport, root: Path) -> None:
    """Write the reasons of all skipped files into a file of the collection; where there are none, remove the file."""
    place = root / SKIPPED_NAME
    rows = ({"path": path, "skipped": reason} for path, reason in report.skipped.items())
    if report.skipped:
        write_atomically(place, "".join(json.dumps(row) + "\n" for row in rows).encode())
    else:
        place.unlink(missing_ok=True)


@dataclass(slots=True)
class Plan:
    """The difference between the files and the store."""

    reads: dict[str, ReadFile] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    first_read: dict[str, str] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Return whether there is nothing to do."""
        return not (self.reads or self.paths or self.gone)


# Many new files are read, embedded and saved in batches, each twice as large as the one before: what is done can be
# found, memory holds one batch, and the vectors are written anew only a few times.
_FIRST_BATCH = 100
# Bytes of files that are read ahead at most.
_MOST_PENDING = 200_000_000


def plan_runs(
    stored: Callable[[], dict[str, StoredFile]],
    roots: list[Path],
    max_bytes: int,
    report: IndexReport,
    progress: Progress,
    *,
    others_stay: bool = False,
) -> Iterator[Plan]:
    """Yield the plans of a run one after another, each to be carried out before the next; fill the report's lists.

    ``stored`` returns what the store knows of its files. Arguments and errors are those of `plan_run`.
    """
    tried: dict[str, Unreadable] = {}
    parts: list[IndexReport] = []
    known, found = stored(), find_files(roots)
    new = [path for path in found.files if str(path) not in known]
    for batch in _batches(new):
        parts.append(IndexReport())
        part = _Scan(Plan(), stored(), max_bytes, parts[-1], others_stay=others_stay, tried=tried)
        yield part.planned(batch, progress)
    if parts:  # that took its time
        known, found = stored(), find_files(roots)
    yield plan_run(known, found, roots, max_bytes, report, progress, others_stay=others_stay, tried=tried)
    _add_up(report, parts)


def _batches(new: list[Path]) -> Iterator[list[Path]]:
    """Yield batches of new files; the last of them, which the run over all files reads, are in none."""
    start, size = 0, _FIRST_BATCH
    while len(new) - start > 1.5 * size:
        yield new[start : start + size]
        start, size = start + size, 2 * size


def _add_up(report: IndexReport, parts: Sequence[IndexReport]) -> None:
    """Add to the report on all files what the batches before did; to it, their files seemed unchanged."""
    done = {path for part in parts for path in (*part.added, *part.changed, *part.moved, *part.duplicates)}
    since = {*report.changed, *report.removed, *report.skipped}  # what befell a file after its batch
    report.unchanged = [path for path in report.unchanged if path not in done]
    removed = set(report.removed)
    for part in parts:
        report.added += [path for path in part.added if path not in since]
        report.changed += [path for path in part.changed if path not in since]
        report.moved += [path for path in part.moved if path not in since]
        for path, twin in part.duplicates.items():
            if path in since:
                continue
            if twin in removed:
                report.moved.append(path)
                report.removed.remove(twin)
                removed.remove(twin)
            else:
                report.duplicates[path] = twin
    for paths in (report.added, report.changed, report.moved):
        paths.sort()


def plan_run(
    stored: dict[str, StoredFile],
    found: Found,
    roots: list[Path],
    max_bytes: int,
    report: IndexReport,
    progress: Progress,
    *,
    others_stay: bool,
    tried: dict[str, Unreadable],
) -> Plan:
    """Read what is new or changed of ``found`` under ``roots`` and return what to do with it; fill the report's lists.

    A file outside ``roots`` that no longer exists and whose content is now under them counts as moved, unless
    ``others_stay``. ``tried`` are files that could not be read earlier in the run; those of this one are added.

    Raises `WrongUse` for a root that does not exist and was never indexed, and where there is nothing to index and
    never was.
    """
    in_scope = {path for path in stored if any(is_under(path, root) for root in roots)}
    _add_known(found, in_scope)
    for root in roots:
        if not root.exists() and not any(is_under(path, root) for path in in_scope):
            raise WrongUse(f"there is no file or folder at {root}; check the path")
    if not found.files and not in_scope:
        reasons = "; ".join(f"{Path(path).name}: {reason}" for path, reason in list(found.skipped.items())[:3])
        where = ", ".join(map(str, roots))
        raise WrongUse(
            f"nothing to index at {where}: no file of a format that is read" + (f" ({reasons})" if reasons else "")
        )
    report.skipped.update(found.skipped)
    plan = Plan()
    closed = [Path(path) for path in found.closed]
    plan.gone = {p for p in in_scope if not any(is_under(p, c) for c in closed)} - {str(path) for path in found.files}
    scan = _Scan(plan, stored, max_bytes, report, others_stay=others_stay, tried=tried)
    return scan.planned(found.files, progress)


def _add_known(found: Found, in_scope: set[str]) -> None:
    """Add files indexed before that the search leaves out (hidden, of another suffix) but that still exist."""
    passed_over = in_scope - {str(path) for path in found.files}
    there = [path for path in passed_over if os.path.isfile(path)]  # noqa: PTH113 - False where it cannot be told
    for path in there:
        found.skipped.pop(path, None)
    found.files = sorted([*found.files, *map(Path, there)], key=str)


class _Scan:
    """The look at every file: what is unchanged, what is a copy, and what must be read."""

    def __init__(
        self,
        plan: Plan,
        stored: dict[str, StoredFile],
        max_bytes: int,
        report: IndexReport,
        *,
        others_stay: bool,
        tried: dict[str, Unreadable],
    ) -> None:
        self.plan = plan
        self.stored = stored
        self.max_bytes = max_bytes
        self.report = report
        self.others_stay = others_stay
        self.holders = _holders({path: file.sha256 for path, file in stored.items()})
        self.tried = tried
        self.pending_bytes = 0
        # Files being read, in order, and the hashes of their contents.
        self.pending: deque[tuple[str, str, Future[ReadFile]]] = deque()
        self.submitted: set[str] = set()

    def planned(self, files: Sequence[Path], progress: Progress) -> Plan:
        """Look at files and return what to do with them."""
        progress.reading(len(files))
        with Workers() as workers:
            self.look_at(files, workers, progress)
            _settle_twins(self.plan, self.stored, self.max_bytes, self.report, workers)
        _sort_out_moves(self.plan, self.stored, self.report)
        return self.plan

    def look_at(self, files: Sequence[Path], workers: Workers, progress: Progress) -> None:
        """Look at files in order; those with the content of one that is being read come after it."""
        copies = [path for path in files if not self._begin(path, workers, progress)]
        self._finish(0, progress)
        for path in copies:
            self.submitted.clear()
            self._begin(path, workers, progress)
            self._finish(0, progress)

    def _begin(self, path: Path, workers: Workers, progress: Progress) -> bool:
        """Decide on a file or begin to read it; return False if one with its content is being read."""
        name = str(path)
        try:
            if name in self.tried:
                raise self.tried[name]
            data = read_bytes(path, max_bytes=self.max_bytes)
            digest = hashlib.sha256(data).hexdigest()
            if digest in self.submitted:
                return False
            if not self._is_known(name, digest):
                self.submitted.add(digest)
                self.pending.append((name, digest, workers.submit(path, data)))
                self.pending_bytes += len(data)
                self._finish(2 * workers.count if self.pending_bytes < _MOST_PENDING else 0, progress)
                return True
        except Unreadable as error:
            self._skip(name, error)
        progress.read(path)
        return True

    def _is_known(self, name: str, digest: str) -> bool:
        """Return whether a file need not be read: it is unchanged, or a copy of one that was read."""
        known = self.stored.get(name)
        if known and known.sha256 == digest and known.reading_version == READING_VERSION:
            self.report.unchanged.append(name)
            return True
        others = [other for other in self.holders.get(digest, ()) if other != name]
        # A path outside this run that no longer exists has moved here.
        if not self.others_stay:
            self.plan.gone.update(other for other in others if not os.path.lexists(other))
        first = self.plan.first_read.get(digest)
        twin = first or next((other for other in others if other not in self.plan.gone), None)
        if not twin or not (first or self.stored[twin].reading_version == READING_VERSION):
            return False
        self.plan.paths[name] = self.plan.reads[twin].document.id if first else self.stored[twin].document_id
        self.report.duplicates[name] = twin
        return True

    def _finish(self, most: int, progress: Progress) -> None:
        """Take in what was read, until at most ``most`` files are being read."""
        while len(self.pending) > most:
            name, digest, reading = self.pending.popleft()
            try:
                self.plan.reads[name] = read = reading.result()
                self.plan.paths[name] = read.document.id
                self.plan.first_read.setdefault(digest, name)
                (self.report.changed if name in self.stored else self.report.added).append(name)
            except Unreadable as error:
                self._skip(name, error)
            progress.read(Path(name))
        if not self.pending:
            self.pending_bytes = 0

    def _skip(self, name: str, error: Unreadable) -> None:
        self.tried[name] = error
        known = name in self.stored
        kept = known and error.transient and Path(name).exists()
        self.report.skipped[name] = error.reason + ("; its last indexed version is kept" if kept else "")
        if known and not kept:
            self.plan.gone.add(name)


def _settle_twins(
    plan: Plan, stored: dict[str, StoredFile], max_bytes: int, report: IndexReport, workers: Workers
) -> None:
    """Make the first path of identical files stand for the document, which is read as the file of that name.

    (A name decides a reader and may be the title.) Where another path is the first one now, the document is read again.
    """
    before = _holders({path: file.document_id for path, file in stored.items()})
    after = _holders(_paths_after(plan, stored))
    read_at = {read.document.id: path for path, read in plan.reads.items()}
    for document_id, paths in after.items():
        spoke = read_at.get(document_id) or before[document_id][0]
        if paths[0] != spoke:
            _read_again(document_id, paths, spoke, max_bytes, plan, report, workers, known=stored)
    after = _holders(_paths_after(plan, stored))
    for name, twin in [*report.duplicates.items()]:
        paths = after[plan.paths[name]]
        if twin in paths:
            continue
        del report.duplicates[name]
        if len(paths) > 1:
            report.duplicates[name] = next(path for path in paths if path != name)
        else:  # the twin has other content by now
            (report.changed if name in stored else report.moved).append(name)


def _paths_after(plan: Plan, stored: dict[str, StoredFile]) -> dict[str, str]:
    kept = {path: file.document_id for path, file in stored.items() if path not in plan.gone}
    return {**kept, **plan.paths}


def _holders(paths: dict[str, str]) -> dict[str, list[str]]:
    holders: dict[str, list[str]] = {}
    for path in sorted(paths):
        holders.setdefault(paths[path], []).append(path)
    return holders


def _read_again(
    document_id: str,
    paths: list[str],
    spoke: str,
    max_bytes: int,
    plan: Plan,
    report: IndexReport,
    workers: Workers,
    known: dict[str, StoredFile],
) -> None:
    """Read a document as its first path's file; a path under which it cannot be read is skipped."""
    data = _content(document_id, paths, max_bytes)
    for path in paths if data is not None else ():
        if path == spoke:
            return
        try:
            read = workers.submit(Path(path), data or b"").result()
        except Unreadable as error:
            report.skipped[path] = error.reason
            report.duplicates.pop(path, None)
            plan.paths.pop(path, None)
            if path in known:
                plan.gone.add(path)
        else:
            if spoke in plan.reads and plan.reads[spoke].document.id == document_id:
                del plan.reads[spoke]
            plan.reads[path] = read
            return


def _content(document_id: str, paths: list[str], max_bytes: int) -> bytes | None:
    """Return the content of identical files, from the first that can be read and is unchanged; None if none is."""
    for path in paths:
        try:
            data = read_bytes(Path(path), max_bytes=max_bytes)
        except Unreadable:
            continue
        if hashlib.sha256(data).hexdigest().startswith(document_id):
            return data
    return None


def _sort_out_moves(plan: Plan, stored: dict[str, StoredFile], report: IndexReport) -> None:
    """Report new files with the content of missing ones as moved, and the other missing files as removed."""
    gone = {stored[path].document_id for path in plan.gone}
    for name in [*report.added]:
        if plan.paths[name] in gone:
            report.added.remove(name)
            report.moved.append(name)
    moved = {plan.paths[name] for name in report.moved}
    report.removed.extend(sorted(path for path in plan.gone if stored[path].document_id not in moved))
