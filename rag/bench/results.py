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
    """Write each run to ``folder/DATASET-DIGEST/METHOD-COMMIT.json``, in place of an earlier one of the same name."""
    paths: list[Path] = []
    for run in runs:
        version = str(run["commit"] or run["version"])[:12] + ("-dirty" if run["dirty"] else "")
        dataset = f"{_safe(run['dataset']['name'])}-{_safe(run['dataset']['digest'])[:8]}"
        path = folder / dataset / f"{_safe(run['method'])}-{version}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, (json.dumps(run, ensure_ascii=False) + "\n").encode())
        paths.append(path)
    return paths


def load_runs(reference: str, folder: Path) -> list[Run]:
    """The runs of a file (one, or what ``dalil bench --json`` printed) or of a commit among the saved ones.

    Raises `WrongUse` where there are none or they are not results.
    """
    path = Path(reference)
    paths = [path] if path.is_file() else _saved(reference, folder)
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


def saved_runs(folder: Path) -> list[Run]:
    """Every run that is kept in a folder and can be read, the newest first."""
    runs: list[Run] = []
    for path in folder.glob("*/*.json"):
        try:
            value = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError, RecursionError):
            continue
        if _is_run(value):
            runs.append(value)
    return sorted(runs, key=lambda run: str(run.get("created")), reverse=True)


def _saved(commit: str, folder: Path) -> list[Path]:
    """The files of a commit; where it was also measured with changes of its own, those without."""
    found = sorted(folder.glob(f"*/*-{_safe(commit.removesuffix('-dirty'))[:12]}*.json"))
    dirty = [path for path in found if path.name.endswith("-dirty.json")]
    clean = [path for path in found if path not in dirty and not commit.endswith("-dirty")]
    known = {(path.parent, path.stem) for path in clean}
    return clean + [path for path in dirty if (path.parent, path.stem.removesuffix("-dirty")) not in known]


def compare(before: Sequence[Run], after: Sequence[Run]) -> list[Change]:
    """What changed in every dataset and method that both hold; `WrongUse` where they share none."""
    known = {(run["dataset"]["name"], run["method"]): run for run in before}
    known |= {(run["dataset"]["digest"], run["method"]): run for run in before}
    changes: list[Change] = []
    for run in after:
        same = known.get((run["dataset"]["digest"], run["method"])) or known.get(
            (run["dataset"]["name"], run["method"])
        )
        if same:
            changes += _changes(same, run)
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
    """The measures that lie more than ``margin`` below their recorded values or were not taken, each as a sentence."""
    taken = {(c.dataset, c.method, c.measure): c for c in compare(recorded, runs)}
    problems: list[str] = []
    for run in recorded:
        for measure in measures:
            name = f"{measure} of {run['method']} on {run['dataset']['name']}"
            change = taken.get((run["dataset"]["name"], run["method"], measure))
            if change is None:
                problems.append(f"{name} was recorded and is not measured now; run the same datasets and methods")
            elif not change.after >= change.before - margin:  # so that what is no number has fallen too
                problems.append(f"{name} is {change.after:.3f}, more than {margin:g} below {change.before:.3f}")
    return problems


def _is_run(value: object) -> bool:
    if not isinstance(value, dict) or value.get("format") != FORMAT or not isinstance(value.get("method"), str):
        return False
    dataset, metrics = value.get("dataset"), value.get("metrics")
    return (
        isinstance(dataset, dict)
        and all(isinstance(dataset.get(name), str) for name in ("name", "digest"))
        and isinstance(metrics, dict)
        and all(isinstance(m, dict) and isinstance(m.get("mean"), int | float) for m in metrics.values())
    )


def _safe(name: str) -> str:
    """A name as a file's: no separators, nothing that a pattern would act on."""
    return _UNSAFE.sub("_", name).strip(".") or "_"
