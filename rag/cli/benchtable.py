"""Benchmark results as tables in a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from rag.bench.measures import MEASURES
from rag.bench.results import LESS_IS_BETTER, Change, Run
from rag.cli.output import plain_console
from rag.cli.text import visible

# The quality of answers: each measure's name in a result, its name in the table, and its number format.
_WORTH = (
    ("evidence_cited", "evidence cited", ".3f"), ("exact_match", "exact match", ".3f"), ("f1", "F1", ".3f"),
    ("auroc", "AUROC", ".3f"), ("aurc", "AURC", ".3f"), ("read_p50_ms", "read p50 ms", ".1f"),
    ("read_p95_ms", "p95 ms", ".1f"),
)  # fmt: skip


def print_runs(runs: Sequence[Run]) -> None:
    """Print each dataset's measures by method and question language, its language matrix, bias, speed and answers."""
    console = plain_console()
    for name in dict.fromkeys(run["dataset"]["name"] for run in runs):
        mine = [run for run in runs if run["dataset"]["name"] == name]
        facts = mine[0]["dataset"]
        console.print()
        _say(console, name, style="bold")
        _say(
            console,
            f"{facts['documents']:,} documents, {facts['chunks']:,} chunks, {facts['queries']:,} questions"
            f" ({facts['judged']:,} judged){_detected(mine[0])}",
        )
        _table(console, ["method", *MEASURES], [[run["method"], *_means(run["metrics"])] for run in mine])
        _by_language(console, mine)
        _matrix(console, mine[0])
        _bias(console, mine)
        _speed(console, mine)
        _answering(console, mine)


def _detected(run: Run) -> str:
    share = run["language_detected"]
    return "" if share is None else f"; question language told rightly {share:.3f}"


def print_changes(changes: Sequence[Change], before: str, after: str) -> None:
    """Print what changed between two results; a change whose interval leaves out zero is marked."""
    console = plain_console()
    console.print()
    _say(console, f"Changes from {before} to {after} (95 % interval over questions; * leaves out no change)")
    for name in dict.fromkeys(change.dataset for change in changes):
        rows = [
            [c.method, c.measure, f"{c.before:.3f}", f"{c.after:.3f}", f"{c.after - c.before:+.3f}", _span(c)]
            for c in changes
            if c.dataset == name
        ]
        _say(console, name, style="bold")
        _table(console, ["method", "measure", "before", "after", "change", "interval"], rows)
    if less := [name for name in dict.fromkeys(change.measure for change in changes) if name in LESS_IS_BETTER]:
        _say(console, f"Less is better of {', '.join(less)}.")


def _span(change: Change) -> str:
    if change.low is None or change.high is None:
        return "–"
    return f"{change.low:+.3f} … {change.high:+.3f}{' *' if change.is_clear else ''}"


def _by_language(console: Console, runs: Sequence[Run]) -> None:
    languages = list(runs[0]["by_language"])
    if len(languages) < 2:
        return
    head = ["mAP by question", *(f"{name} ({runs[0]['by_language'][name]['queries']})" for name in languages)]
    rows = [
        [run["method"], *(f"{run['by_language'][name]['metrics']['mAP']['mean']:.3f}" for name in languages)]
        for run in runs
    ]
    _table(console, head, rows)


def _matrix(console: Console, run: Run) -> None:
    matrix = run["matrix"]
    if len(matrix["evidence"]) < 2:
        return
    head = [f"{matrix['measure']} of {run['method']}", *(f"in {name}" for name in matrix["evidence"])]
    rows = [
        [f"asked in {name}", *map(_share, values)]
        for name, values in zip(matrix["queries"], matrix["values"], strict=True)
    ]
    _table(console, head, rows)


def _bias(console: Console, runs: Sequence[Run]) -> None:
    if len(runs[0]["matrix"]["evidence"]) < 2:
        return
    head = ["language bias", "own share", "expected", "recall own", "recall other", "own ahead"]
    names = (
        "own_language_share", "own_language_expected", "own_language_recall", "other_language_recall",
        "own_language_precedence",
    )  # fmt: skip
    _table(console, head, [[run["method"], *(_share(run["bias"][name]) for name in names)] for run in runs])


def _speed(console: Console, runs: Sequence[Run]) -> None:
    speed = runs[0]["speed"]
    _say(
        console,
        f"indexed in {speed['index_seconds']:.1f} s ({speed['embedded']:,} texts embedded),"
        f" a question encoded in {speed['encoding_ms']:.1f} ms",
    )
    head = ["speed", "questions/s", "retrieval p50 ms", "p95 ms"]
    rows = [
        [
            run["method"],
            f"{run['speed']['queries_per_second']:.1f}",
            f"{run['speed']['retrieval_p50_ms']:.1f}",
            f"{run['speed']['retrieval_p95_ms']:.1f}",
        ]
        for run in runs
    ]
    _table(console, head, rows)


def _answering(console: Console, runs: Sequence[Run]) -> None:
    for run in runs:
        if found := run["answering"]:
            verb = "answers" if "evidence_cited" in found else "would answer"
            _say(
                console,
                f"{run['method']} {verb} {_percent(found['answered_answerable'])} of the answerable and"
                f" {_percent(found['answered_unanswerable'])} of the unanswerable questions"
                f" (confidence of {found['threshold']:g} or more)",
            )
            if "brier" in found:
                _say(console, f"confidence: AUROC {_share(found['auroc'])}, Brier score {_share(found['brier'])}")
            _answers(console, run["method"], found)


def _answers(console: Console, method: str, found: Run) -> None:
    """Print figures over all questions and by question language; a measure that was not taken has no column."""
    parts = found.get("by_language") or {}
    rows = {"all questions": found} | ({f"in {name}": part for name, part in parts.items()} if len(parts) > 1 else {})
    head = [f"answers of {method}", "answered", "abstained", "false answers", "false refusals"]
    _table(console, head, [[name, *_counts(part)] for name, part in rows.items()])
    shown = [column for column in _WORTH if found.get(column[0]) is not None]
    cells = [
        [name, *("–" if part.get(key) is None else format(part[key], form) for key, _, form in shown)]
        for name, part in rows.items()
    ]
    _table(console, ["their worth", *(label for _, label, _ in shown)], cells)


def _counts(part: Run) -> list[str]:
    pairs = (("false_answers", "unanswerable"), ("false_refusals", "answerable"))
    counts = [f"{part[name]:,}" for name in ("answered", "abstained")]
    return [*counts, *(f"{part[name]:,} of {part[among]:,}" for name, among in pairs)]


def _means(metrics: dict[str, Any]) -> list[str]:
    return [f"{metrics[name]['mean']:.3f}" if name in metrics else "–" for name in MEASURES]


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.0%}"


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _table(console: Console, head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for number, name in enumerate(head):
        table.add_column(Text(visible(name)), justify="right" if number else "left", no_wrap=not number)
    for row in rows:
        table.add_row(*(Text(visible(cell)) for cell in row))
    console.print(table)
    console.print()


def _say(console: Console, text: str, style: str = "") -> None:
    console.print(Text(visible(text), style=style), soft_wrap=True)
