"""What an indexing run has to do: the difference between files and the store, by content hash."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from corpus.errors import Unreadable
from corpus.reading import READING_VERSION, ReadFile, read_bytes, read_document
from corpus.store import StoredFile
from rag.errors import WrongUse
from rag.files import find_files, is_under


class Progress:
    """Told of an indexing run's progress; this one says nothing."""

    def reading(self, total: int) -> None:
        """``total`` files will be looked at."""

    def read(self, path: Path) -> None:
        """One file has been looked at."""

    def embedding(self, documents: int, chunks: int, known: int) -> None:
        """``chunks`` texts will be embedded for ``documents`` documents; ``known`` vectors are already there."""

    def embedded(self, chunks: int) -> None:
        """That many more texts are embedded."""

    def saving(self) -> None:
        """The new generation is being written."""


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


@dataclass(slots=True)
class Plan:
    """The difference between the files and the store."""

    reads: dict[str, ReadFile] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)

    @property
    def is_empty(self) -> bool:
        return not (self.paths or self.gone)


def plan_run(
    stored: dict[str, StoredFile], roots: list[Path], max_bytes: int, report: IndexReport, progress: Progress
) -> Plan:
    """Read what is new or changed under ``roots`` and tell what to do with it; fills the report's lists.

    Raises `WrongUse` for a root that is not there and never was, and where nothing is or was to be indexed.
    """
    in_scope = {path for path in stored if any(is_under(path, root) for root in roots)}
    found = find_files(roots)
    for root in roots:
        if not root.exists() and not any(is_under(path, root) for path in in_scope):
            raise WrongUse(f"there is no file or folder at {root}; check the path")
    if not found.files and not in_scope:
        reasons = "; ".join(f"{Path(path).name}: {reason}" for path, reason in list(found.skipped.items())[:3])
        where = ", ".join(map(str, roots))
        raise WrongUse(
            f"nothing to index at {where}: no text, Markdown or HTML file" + (f" ({reasons})" if reasons else "")
        )
    report.skipped.update(found.skipped)
    plan = Plan()
    plan.gone = in_scope - {str(path) for path in found.files}
    progress.reading(len(found.files))
    for path in found.files:
        _plan_file(path, stored, max_bytes, plan, report)
        progress.read(path)
    _sort_out_moves(plan, stored, report)
    return plan


def _plan_file(path: Path, stored: dict[str, StoredFile], max_bytes: int, plan: Plan, report: IndexReport) -> None:
    name = str(path)
    known = stored.get(name)
    try:
        data = read_bytes(path, max_bytes=max_bytes)
        digest = hashlib.sha256(data).hexdigest()
        if known and known.sha256 == digest and known.reading_version == READING_VERSION:
            report.unchanged.append(name)
            return
        first = next((p for p, read in plan.reads.items() if read.document.sha256 == digest), None)
        twin = first or next(
            (p for p, f in stored.items() if f.sha256 == digest and p != name and p not in plan.gone), None
        )
        if twin and (first or stored[twin].reading_version == READING_VERSION):
            plan.paths[name] = plan.reads[twin].document.id if first else stored[twin].document_id
            report.duplicates[name] = twin
            return
        plan.reads[name] = read = read_document(path, data)
        plan.paths[name] = read.document.id
        (report.changed if known else report.added).append(name)
    except Unreadable as error:
        kept = known is not None and error.transient and path.exists()
        report.skipped[name] = error.reason + ("; its last indexed version is kept" if kept else "")
        if known and not kept:
            plan.gone.add(name)


def _sort_out_moves(plan: Plan, stored: dict[str, StoredFile], report: IndexReport) -> None:
    """A file that is new here and has the content of one that is gone has moved."""
    gone_digests = {stored[path].sha256 for path in plan.gone}
    for name in [*report.added]:
        if plan.reads[name].document.sha256 in gone_digests:
            report.added.remove(name)
            report.moved.append(name)
    moved = {plan.reads[name].document.sha256 for name in report.moved}
    report.removed.extend(sorted(path for path in plan.gone if stored[path].sha256 not in moved))
