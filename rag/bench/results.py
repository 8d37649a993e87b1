"""Results of benchmarks, saved by dataset, method and commit, and their comparison."""

from __future__ import annotations

import json
import math
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import platformdirs

from embeddings.files import write_atomically
from rag.bench.measures import MEASURES, interval, resampled
from rag.bench.reliability import aurc, auroc
from rag.errors import WrongUse

FORMAT = 1
Run = dict[str, Any]
# The values of two runs for the same questions.
Pairs = Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]]
Area = Callable[[npt.ArrayLike, npt.ArrayLike], float | None]
ANSWER_MEASURES = (
    "answered_answerable", "answered_unanswerable", "evidence_cited", "exact_match", "f1", "auroc", "brier", "aurc",
)  # fmt: skip
LESS_IS_BETTER = frozenset({"answered_unanswerable", "brier", "aurc"})
# The recorded measures that the regression gate watches. More answers to answerable questions are no gain by
# themselves: those that cite the evidence are.
GUARDED = (
    "mAP", "recall@5", "answered_unanswerable", "evidence_cited", "exact_match", "f1", "auroc", "aurc"
)  # fmt: skip
# Areas under curves over all questions, computed from their confidence and this other value.
_AREAS: Mapping[str, tuple[Area, str]] = {"auroc": (auroc, "answerable"), "aurc": (aurc, "error")}
_UNSAFE = re.compile(r"[^\w.-]+")


@dataclass(frozen=True, slots=True)
class Change:
    """The change of a measure of a dataset and method, with the interval of the difference over shared questions.

    ``low`` and ``high`` are None if the two runs have no values of the same questions.
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
        """Return whether the interval excludes zero, that is, no change."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


def results_folder() -> Path:
    """Return the default folder for results."""
    return platformdirs.user_data_path("dalil") / "benchmarks"


def save_runs(runs: Sequence[Run], folder: Path) -> list[Path]:
    """Write each run to ``folder/DATASET-DIGEST/METHOD-COMMIT.json``, replacing an earlier one; return the paths."""
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
    """Return the runs of a file (one, or what ``dalil bench --json`` printed) or of a commit among the saved ones.

    Raises `WrongUse` if there are none or they are not results.
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
    """Return every readable run saved in a folder, the newest first."""
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
    """Return the files of a commit; those with uncommitted changes only where there is none without."""
    found = sorted(folder.glob(f"*/*-{_safe(commit.removesuffix('-dirty'))[:12]}*.json"))
    dirty = [path for path in found if path.name.endswith("-dirty.json")]
    clean = [path for path in found if path not in dirty and not commit.endswith("-dirty")]
    known = {(path.parent, path.stem) for path in clean}
    return clean + [path for path in dirty if (path.parent, path.stem.removesuffix("-dirty")) not in known]


def compare(before: Sequence[Run], after: Sequence[Run]) -> list[Change]:
    """Return the changes in every dataset and method that both have; `WrongUse` if they share none."""
    pairs = [(same, run) for run in after if (same := _partner(run, before))]
    changes = [change for pair in pairs for change in _changes(*pair)]
    if not changes:
        raise _nothing_shared()
    return changes


def _partner(run: Run, others: Sequence[Run]) -> Run | None:
    """Return the last of ``others`` with the same method and dataset, else with the same dataset name; None if none."""
    for key in ("digest", "name"):
        for other in reversed(others):
            if (other["dataset"][key], other["method"]) == (run["dataset"][key], run["method"]):
                return other
    return None


def _nothing_shared() -> WrongUse:
    return WrongUse("the two results share no dataset and method; compare runs of the same benchmark")


def taken(run: Run, measure: str) -> float | None:
    """Return the value of a measure in a run; None if it was not taken."""
    if measure in ANSWER_MEASURES:
        value = (run.get("answering") or {}).get(measure)
        return float(value) if isinstance(value, int | float) and math.isfinite(value) else None
    found = run["metrics"].get(measure)
    return None if found is None else float(found["mean"])


def _changes(before: Run, after: Run) -> list[Change]:
    same = before["dataset"]["digest"] == after["dataset"]["digest"]
    old, new = before.get("per_query") or {}, after.get("per_query") or {}
    shared = sorted(old.keys() & new.keys()) if same else []
    pairs = [(old[query], new[query]) for query in shared]
    changes: list[Change] = []
    for measure in (*MEASURES, *ANSWER_MEASURES):
        was, found = taken(before, measure), taken(after, measure)
        if was is None or found is None:
            continue
        ends = (_ends_of_area if measure in _AREAS else _ends_of_mean)(measure, pairs)
        changes.append(Change(after["dataset"]["name"], after["method"], measure, was, found, *(ends or (None, None))))
    return changes


def _ends_of_mean(measure: str, pairs: Pairs) -> tuple[float, float] | None:
    """Return the interval of the mean difference over the questions for which both runs have the measure, if any."""
    differences = [new[measure] - old[measure] for old, new in pairs if measure in old and measure in new]
    if not differences:
        return None
    known = interval(differences)
    return known["low"], known["high"]


def _ends_of_area(measure: str, pairs: Pairs) -> tuple[float, float] | None:
    """Return the interval of the difference between two areas, from repeated draws of the same questions, if any."""
    area, other = _AREAS[measure]
    names = ("confidence", other)
    both = [pair for pair in pairs if all(name in row for name in names for row in pair)]
    if not both:
        return None
    old, new = (np.array([[pair[n][name] for name in names] for pair in both], np.float64) for n in (0, 1))

    def difference(places: npt.NDArray[np.intp]) -> float | None:
        was, found = (area(values[places, 0], values[places, 1]) for values in (old, new))
        return None if was is None or found is None else found - was

    return resampled(len(both), difference)


def fallen(recorded: Sequence[Run], runs: Sequence[Run], margin: float, measures: Sequence[str]) -> list[str]:
    """Return a sentence for each measure that is worse than recorded by more than ``margin`` or was not measured.

    Those of ``measures`` that were recorded are watched; a run for which none was recorded is a problem too. Raises
    `WrongUse` if ``recorded`` and ``runs`` share no dataset and method.
    """
    partners = [_partner(run, runs) for run in recorded]
    if not any(partners):
        raise _nothing_shared()
    problems: list[str] = []
    for run, now in zip(recorded, partners, strict=True):
        name = f"{run['method']} on {run['dataset']['name']}"
        watched = [measure for measure in measures if taken(run, measure) is not None]
        if not watched:
            problems.append(f"of {name} nothing was recorded that is watched; record it again")
        problems += [told for measure in watched if (told := _problem(measure, name, run, now, margin))]
    return problems


def _problem(measure: str, name: str, recorded: Run, now: Run | None, margin: float) -> str | None:
    was, found = taken(recorded, measure), taken(now, measure) if now else None
    if was is None or found is None:
        return f"{measure} of {name} was recorded and is not measured now; run the same datasets and methods"
    # Written so that a value that is not a number (NaN) counts as worse too.
    if measure in LESS_IS_BETTER:
        is_fine, side = found <= was + margin, "above"
    else:
        is_fine, side = found >= was - margin, "below"
    return None if is_fine else f"{measure} of {name} is {found:.3f}, more than {margin:g} {side} {was:.3f}"


def _is_run(value: object) -> bool:
    if not isinstance(value, dict) or value.get("format") != FORMAT or not isinstance(value.get("method"), str):
        return False
    dataset, metrics = value.get("dataset"), value.get("metrics")
    return (
        isinstance(dataset, dict)
        and all(isinstance(dataset.get(name), str) for name in ("name", "digest"))
        and isinstance(metrics, dict)
        and isinstance(value.get("answering"), dict | None)
        and all(isinstance(m, dict) and isinstance(m.get("mean"), int | float) for m in metrics.values())
    )


def _safe(name: str) -> str:
    """Return a name that is safe in file names and glob patterns: without separators or special characters."""
    return _UNSAFE.sub("_", name).strip(".") or "_"


_HOME = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Commit:
    """The commit of Dalil's own checkout; ``sha`` is None if Dalil is installed otherwise."""

    sha: str | None
    is_dirty: bool


def current_commit() -> Commit:
    """Return the commit that is running, and whether tracked files differ from it."""
    git = shutil.which("git")
    if not git or not (_HOME / ".git").exists():
        return Commit(None, is_dirty=False)
    sha = _git(git, "rev-parse", "HEAD")
    return Commit(sha or None, is_dirty=bool(sha and _git(git, "status", "--porcelain", "--untracked-files=no")))


def _git(git: str, *arguments: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - fixed arguments
            [git, "-C", str(_HOME), *arguments], capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
