"""The benchmark report: one HTML page without scripts and without other files.

Names in the runs may be any text, so none of them may become markup: the template escapes everything but the charts,
and the text in those is escaped where they are drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any

import vl_convert
from jinja2 import Template

from rag.bench import charts
from rag.bench.charts import Colours, Figure, Run, distinct, interval, methods, number, recalls
from rag.templates import environment

MISSING = "–"
_LINES = "lines are 95 % intervals"
_MEASURES = ("mAP", "nDCG@10", "MRR@10")


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart as SVG, the only markup that does not come from the template."""

    caption: str
    svg: str


@dataclass(frozen=True, slots=True)
class Scores:
    """A row of a table: a measure's mean and interval for each method, None where it was not taken."""

    label: str
    cells: Sequence[Mapping[str, float | None] | None]

    @property
    def best(self) -> float | None:
        """Return the highest mean; None if there is nothing to compare it with."""
        means = [mean for cell in self.cells if cell and (mean := cell["mean"]) is not None]
        return max(means) if len(means) > 1 else None


def render(runs: Sequence[Mapping[str, Any]]) -> str:
    """Return the page for ``runs``. Where a method was run twice on the same dataset, the newest run is shown."""
    shown = newest(runs)
    colours = charts.palette(shown)
    parts = {name: _of(name, shown) for name in distinct(run["dataset"]["name"] for run in shown)}
    return _template().render(
        facts=_facts(shown),
        runs=shown,
        methods=methods(shown),
        colours=colours,
        overview=_overview(shown, colours),
        scored=[Scores(name, _cells(part, methods(shown), "mAP")) for name, part in parts.items()],
        sections=[_section(name, part, colours) for name, part in parts.items()],
    )


def _template() -> Template:
    made = environment(Path(__file__).parent)
    made.filters |= {"figure": _figure, "taken": _taken}
    return made.get_template("report.html.j2")


def _section(name: str, runs: Sequence[Run], colours: Colours) -> dict[str, Any]:
    others = (measure for run in runs for measure in run.get("metrics") or {})
    names = distinct([*_MEASURES, *recalls(runs), *others])
    scores = [Scores(measure, _cells(runs, methods(runs), measure)) for measure in names]
    return {
        "name": name,
        "facts": _dataset_facts(runs[0]),
        "runs": runs,
        "scores": [row for row in scores if any(row.cells)],
        "bias": [run for run in runs if run.get("bias") and _is_multilingual(runs)],
        "speed": [run for run in runs if run.get("speed")],
        "answering": [run for run in runs if run.get("answering")],
        "answers": {run["method"]: _by_language(run) for run in runs if _by_language(run)},
        "quality": _quality(name, runs, colours),
        "languages": _languages(name, runs),
        "reliability": _reliability(name, runs, colours),
    }


def _by_language(run: Run) -> list[dict[str, Any]]:
    """Return the figures of answers by question language, in the shape of a table of runs; empty for one language."""
    parts = (run.get("answering") or {}).get("by_language") or {}
    return [{"method": name, "answering": part} for name, part in parts.items()] if len(parts) > 1 else []


def _of(name: str, runs: Sequence[Run]) -> list[Run]:
    """Return the runs of a dataset, in the order of the methods."""
    order = methods(runs)
    return sorted((run for run in runs if run["dataset"]["name"] == name), key=lambda run: order.index(run["method"]))


def _cells(runs: Sequence[Run], columns: Sequence[str], measure: str) -> list[Mapping[str, float | None] | None]:
    found = {run["method"]: interval(run.get("metrics"), measure) for run in runs}
    return [found.get(method) for method in columns]


def _overview(runs: Sequence[Run], colours: Colours) -> list[Picture]:
    label = f"Bar chart: mAP of {', '.join(methods(runs))} on each dataset"
    return _picture(charts.overview(runs, colours), f"mAP by dataset; {_LINES}", label)


def _quality(name: str, runs: Sequence[Run], colours: Colours) -> list[Picture]:
    """Return the charts of quality, to be shown side by side; that by language only if there are several."""
    drawn = [
        (charts.method_bars, f"Quality by method; {_LINES}", "Bar charts: mAP, nDCG@10 and recall@5"),
        (charts.recall_curve, "Recall against the number of hits", "Line chart: recall@k"),
        (charts.language_bars, f"mAP by language of the question; {_LINES}", "Bar chart: mAP by question language"),
    ]
    shown = drawn if _is_multilingual(runs) else drawn[:2]
    of = f"of {', '.join(methods(runs))} on {name}"
    return [it for draw, caption, what in shown for it in _picture(draw(runs, colours), caption, f"{what} {of}")]


def _languages(name: str, runs: Sequence[Run]) -> list[Picture]:
    if not _is_multilingual(runs):
        return []
    measure = next((run["matrix"].get("measure") for run in runs if run.get("matrix")), "recall")
    caption = f"{measure} by language of question and evidence; darker is more, blank is not judged"
    label = f"Heat maps: {measure} by language of question and evidence, of {', '.join(methods(runs))} on {name}"
    return _picture(charts.language_matrix(runs), caption, label)


def _reliability(name: str, runs: Sequence[Run], colours: Colours) -> list[Picture]:
    caption = "Confidence against the share that can be answered, by bins of confidence; numbers are questions"
    return _picture(charts.reliability_diagram(runs, colours), caption, f"Reliability diagram of confidence on {name}")


def _is_multilingual(runs: Sequence[Run]) -> bool:
    """Return whether questions or evidence are in several languages (of chunks, a few are always detected wrongly)."""
    found: set[str] = set()
    for run in runs:
        matrix = run.get("matrix") or {}
        found.update(run.get("by_language") or {}, matrix.get("queries") or (), matrix.get("evidence") or ())
    return len(found) > 1


def _clean(value: Any) -> Any:
    """Return ``value`` without control characters, which SVG cannot hold, or characters that set text direction."""
    if isinstance(value, str):
        return "".join(c if c.isprintable() else "\ufffd" for c in value)
    if isinstance(value, Mapping):
        return {_clean(str(key)): _clean(item) for key, item in value.items()}
    return [_clean(item) for item in value] if isinstance(value, list | tuple) else value


def _told_apart(runs: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the runs, with digests in the names of datasets that have the same name and different contents."""
    seen: dict[str, set[str]] = {}
    for run in runs:
        seen.setdefault(str(run["dataset"]["name"]), set()).add(str(run["dataset"].get("digest")))
    return [{**run, "method": str(run["method"]), "dataset": _renamed(run["dataset"], seen)} for run in runs]


def _renamed(dataset: dict[str, Any], seen: Mapping[str, set[str]]) -> dict[str, Any]:
    name = str(dataset["name"])
    return {**dataset, "name": name if len(seen[name]) == 1 else f"{name} ({str(dataset.get('digest'))[:6]})"}


def newest(runs: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the runs to show: the newest of each dataset and method, without the values of single questions."""
    newest: dict[tuple[str, str], dict[str, Any]] = {}
    for run in _told_apart([_clean({**run, "per_query": None}) for run in runs]):
        place = (run["dataset"]["name"], run["method"])
        if place not in newest or str(run.get("created")) >= str(newest[place].get("created")):
            newest[place] = run
    return list(newest.values())


def _facts(runs: Sequence[Run]) -> list[tuple[str, str]]:
    dates = sorted(distinct(_date(run.get("created")) for run in runs))
    commits = distinct(_commit(run) for run in runs)
    facts = [
        ("Date", " to ".join(distinct([dates[0], dates[-1]])) if dates else ""),
        ("Commit", ", ".join(commits)),
        ("Version", ", ".join(distinct(run.get("version") or "" for run in runs))),
        ("Model", ", ".join(distinct(run.get("model") or "" for run in runs))),
        ("Alignment", _alignment(runs)),
    ]
    return [(label, text) for label, text in facts if text]


def _date(created: Any) -> str:
    try:
        return datetime.fromisoformat(str(created)).date().isoformat()
    except ValueError:
        return MISSING if created is None else str(created)


def _commit(run: Run) -> str:
    return str(run.get("commit") or "unknown")[:7] + (" + uncommitted changes" if run.get("dirty") else "")


def _alignment(runs: Sequence[Run]) -> str:
    aligned = methods([run for run in runs if run.get("alignment")])
    if not aligned:
        return "no" if runs else ""
    rest = methods([run for run in runs if not run.get("alignment")])
    return f"yes for {', '.join(aligned)}; no for {', '.join(rest)}" if rest else "yes"


def _dataset_facts(run: Run) -> str:
    dataset = run["dataset"]
    languages = dataset.get("languages") or {}
    counted = [f"{_figure(dataset.get(key), ',.0f')} {key}" for key in ("documents", "chunks", "queries")]
    if dataset.get("judged") not in (None, dataset.get("queries")):
        counted[-1] += f" ({_figure(dataset['judged'], ',.0f')} with evidence)"
    if languages:
        chunks = ", ".join(f"{language} {_figure(count, ',.0f')}" for language, count in languages.items())
        counted.append(f"{len(languages)} language{'' if len(languages) == 1 else 's'} (chunks: {chunks})")
    return " · ".join((["gold set"] if dataset.get("kind") == "gold" else []) + counted)


def _figure(value: Any, form: str = ".3f") -> str:
    found = number(value)
    return MISSING if found is None else format(found, form)


def _taken(runs: Sequence[Run], part: str, key: str) -> bool:
    return any(number((run.get(part) or {}).get(key)) is not None for run in runs)


def _picture(figure: Figure | None, caption: str, label: str) -> list[Picture]:
    """Return a list of the chart as SVG, empty if there is nothing to draw; drawing fetches nothing from anywhere."""
    if figure is None:
        return []
    svg = vl_convert.vegalite_to_svg(figure.to_dict(), allowed_base_urls=[])
    return [Picture(caption, svg.replace("<svg ", f'<svg role="img" aria-label="{escape(label)}" ', 1))]
