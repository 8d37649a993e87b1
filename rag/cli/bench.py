"""The command `dalil bench`: it measures retrieval and answers on datasets, saves the results and compares them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from embeddings import PACKAGED, load_encoder
from embeddings.files import write_atomically
from rag.bench.datasets import Dataset, find_datasets, read_dataset
from rag.bench.methods import DEFAULT, METHODS
from rag.bench.results import GUARDED, Change, Run, compare, fallen, load_runs, results_folder, save_runs
from rag.bench.run import run_dataset
from rag.cli.benchtable import print_changes, print_runs
from rag.cli.progress import BarProgress, counting
from rag.cli.text import visible
from rag.errors import WrongUse
from rag.settings import SHIPPED_DOCUMENTS, Settings


def bench(options: argparse.Namespace, settings: Settings) -> tuple[int, dict[str, Any] | None]:
    """Run the command; return the exit code and the JSON to print, None if the results were printed as text here."""
    folder = options.output or results_folder()
    if options.html and not options.html.absolute().parent.is_dir():
        raise WrongUse(f"there is no folder at {options.html.parent}; choose another place for the report")
    before = load_runs(options.compare[0], folder) if options.compare else []
    recorded = load_runs(str(options.against), folder) if options.against else []
    saved: list[Path] = []
    if options.compare and len(options.compare) > 1:
        runs = load_runs(options.compare[1], folder)
    else:
        runs, saved = _run(options, settings, folder, [earlier for earlier in (before, recorded) if earlier])
    changes = compare(before, runs) if before else []
    problems = fallen(recorded, runs, options.margin, GUARDED) if recorded else []
    if options.html:
        _write_page(options.html, runs)
    for problem in problems:
        print(f"dalil: {visible(problem)}", file=sys.stderr)
    code = 1 if problems else 0
    if options.json:
        return code, _as_json(runs, saved, changes, problems)
    _print(saved, changes, options)
    return code, None


def chosen_methods(text: str | None) -> list[str]:
    """Return the methods of a comma-separated list, the default ones for None; `WrongUse` names unknown ones."""
    names = [name.strip() for name in (text or ",".join(DEFAULT)).split(",") if name.strip()]
    unknown = [name for name in names if name not in METHODS]
    if unknown or not names:
        raise WrongUse(f"there is no method {', '.join(unknown) or 'named'}; choose of {', '.join(METHODS)}")
    return list(dict.fromkeys(names))


def _run(
    options: argparse.Namespace, settings: Settings, folder: Path, compared: Sequence[Sequence[Run]]
) -> tuple[list[Run], list[Path]]:
    methods = chosen_methods(options.method)
    roots, passed = find_datasets(options.datasets or [SHIPPED_DOCUMENTS.parent])
    for path, reason in passed.items():
        print(f"dalil: {visible(str(path))} is passed over: {visible(reason)}", file=sys.stderr)
    # All are read before the first is run, so that a malformed line in the last costs no waiting.
    datasets = [read_dataset(root, options.split) for root in roots]
    for earlier in compared:
        _check_shared(earlier, datasets, methods)
    encoder = load_encoder(settings.model or PACKAGED, cache_dir=settings.cache)
    runs: list[Run] = []
    saved: list[Path] = []
    for dataset in datasets:
        made: list[Run] = []
        for run in run_dataset(
            dataset, methods, settings, encoder, folder=options.cache, progress=BarProgress(), track=counting
        ):
            saved += save_runs([run], folder)  # at once, so that an interruption loses no more than one method
            made.append(run)
        runs += made
        if not options.json:
            print_runs(made)
    return runs, saved


def _check_shared(earlier: Sequence[Run], datasets: Sequence[Dataset], methods: Sequence[str]) -> None:
    """Raise `WrongUse`, before anything is run, if there will be nothing to compare."""
    names = {name for dataset in datasets for name in (dataset.name, dataset.digest)}
    for run in earlier:
        if run["method"] in methods and names & {run["dataset"]["name"], run["dataset"]["digest"]}:
            return
    raise WrongUse("the two results share no dataset and method; compare runs of the same benchmark")


def _write_page(path: Path, runs: list[Run]) -> None:
    # Imported here: drawing needs pandas and a JavaScript engine, which the rest of the command does not.
    from rag.bench.page import render

    write_atomically(path, render(runs).encode())


def _as_json(runs: list[Run], saved: list[Path], changes: list[Change], problems: list[str]) -> dict[str, Any]:
    shown = [{name: value for name, value in run.items() if name != "per_query"} for run in runs]
    return {
        "runs": shown,
        "saved": [str(path) for path in saved],
        "changes": [{**asdict(change), "is_clear": change.is_clear} for change in changes],
        "fallen": problems,
    }


def _print(saved: list[Path], changes: list[Change], options: argparse.Namespace) -> None:
    if changes:
        print_changes(changes, *(options.compare if len(options.compare) > 1 else [options.compare[0], "this run"]))
    if saved:
        print(f"Results kept in {visible(str(saved[0].parent.parent))}.")
    if options.html:
        print(f"Report written to {visible(str(options.html))}.")
