"""Results on disk, by dataset, method and commit, and what changed between two of them."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs

from embeddings.files import write_atomically
from rag.bench.measures import MEASURES, interval
from rag.errors import WrongUse

FORMAT = 1
Run = dict[str, Any]
_UNSAFE = re.compile(r"[^\w.-]+")


@dataclass(frozen=True, slots=True)
class Change:
    """How a measure of a dataset and method changed, with the interval of the difference over shared questions.

    ``low`` and ``high`` are None where the two runs share no questions one by one.
    """

    dataset: str
    method: str
    measure: str
    before: float
    after: float
    low: float | None
    high: float | None

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves out no change."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


def results_folder() -> Path:
    """Where results are kept unless told otherwise."""
    return platformdirs.user_data_path("dalil") / "benchmarks"


def save_runs(runs: Sequence[Run], folder: Path) -> list[Path]:
    """Write each run to ``folder/DATASET/METHOD-COMMIT.json``, in place of an earlier one of the same name."""
    paths: list[Path] = []
    for run in runs:
        version = str(run["commit"] or run["version"])[:12] + ("-dirty" if run["dirty"] else "")
        path = folder / _safe(run["dataset"]["name"]) / f"{_safe(run['method'])}-{version}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, (json.dumps(run, ensure_ascii=False) + "\n").encode())
        paths.append(path)
    return paths


def load_runs(reference: str, folder: Path) -> list[Run]:
    """The runs of a file (one, or what ``dalil bench --json`` printed) or of a commit among the saved ones.

    Raises `WrongUse` where there are none or they are not results.
    """
    path = Path(reference)
    paths = [path] if path.is_file() else sorted(folder.glob(f"*/*-{_safe(reference)}*.json"))
    if not paths:
        raise WrongUse(f"there are no results named {reference}; give a file or a commit of those under {folder}")
    runs: list[Run] = []
    for file in paths:
        try:
            values = json.loads(file.read_text("utf-8-sig"))
        except (OSError, ValueError, RecursionError):
            raise WrongUse(f"{file} cannot be read as results; save some with `dalil bench --json`") from None
        values = values.get("runs", [values]) if isinstance(values, dict) else values
        if not isinstance(values, list) or not all(_is_run(value) for value in values):
            raise WrongUse(f"{file} does not hold results of this version; save some with `dalil bench --json`")
        runs += values
    return runs


def compare(before: Sequence[Run], after: Sequence[Run]) -> list[Change]:
    """What changed in every dataset and method that both hold; `WrongUse` where they share none."""
    known = {(run["dataset"]["name"], run["method"]): run for run in before}
    changes: list[Change] = []
    for run in after:
        key = (run["dataset"]["name"], run["method"])
        if key in known:
            changes += _changes(known[key], run)
    if not changes:
        raise WrongUse("the two results share no dataset and method; compare runs of the same benchmark")
    return changes


def _changes(before: Run, after: Run) -> list[Change]:
    same = before["dataset"]["digest"] == after["dataset"]["digest"]
    old, new = before.get("per_query") or {}, after.get("per_query") or {}
    shared = sorted(old.keys() & new.keys()) if same else []
    changes: list[Change] = []
    for measure in MEASURES:
        if measure not in before["metrics"] or measure not in after["metrics"]:
            continue
        known = interval([new[query][measure] - old[query][measure] for query in shared]) if shared else None
        changes.append(
            Change(
                after["dataset"]["name"],
                after["method"],
                measure,
                before["metrics"][measure]["mean"],
                after["metrics"][measure]["mean"],
                known["low"] if known else None,
                known["high"] if known else None,
            )
        )
    return changes


def fallen(recorded: Sequence[Run], runs: Sequence[Run], margin: float, measures: Sequence[str]) -> list[str]:
    """The measures that lie more than ``margin`` below their recorded values, each as a sentence."""
    changes = [change for change in compare(recorded, runs) if change.measure in measures]
    return [
        f"{c.measure} of {c.method} on {c.dataset} is {c.after:.3f},"
        f" more than {margin:g} below the recorded {c.before:.3f}"
        for c in changes
        if c.after < c.before - margin
    ]


def _is_run(value: object) -> bool:
    return (
        isinstance(value, dict)
        and value.get("format") == FORMAT
        and isinstance(value.get("method"), str)
        and isinstance(value.get("dataset"), dict)
        and isinstance(value.get("metrics"), dict)
    )


def _safe(name: str) -> str:
    """A name as a file's: no separators, nothing that a pattern would act on."""
    return _UNSAFE.sub("_", name).strip(".") or "_"
