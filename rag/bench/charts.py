"""The charts of a benchmark report, and checked rows of JSON-lines and tab-separated files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from math import ceil, isfinite
from pathlib import Path
from typing import Any

import altair as alt
import langcodes

from corpus.language import known_tag
from rag.errors import WrongUse

Run = Mapping[str, Any]
Colours = Mapping[str, str]
Figure = alt.LayerChart | alt.FacetChart | alt.ConcatChart

METHODS = ("dalil", "dense", "lexical", "rrf")
"""The order of the methods; others follow by name."""

# Okabe and Ito's colours, which remain distinct in colour-blind eyes, then darker ones of Paul Tol's.
_KNOWN = ("#0072B2", "#D55E00", "#009E73", "#CC79A7")
_OTHERS = ("#E69F00", "#56B4E9", "#555555", "#882255", "#332288", "#999933")
_INK = "#222222"
_GRID, _RULE = "#dddddd", "#888888"
_UNIT = alt.Scale(domain=[0, 1])
# Room right of 1 for the value that is written behind a bar.
_ROOMY = alt.Scale(domain=[0, 1.2], nice=False)
_SHARE = alt.Axis(values=[0, 0.25, 0.5, 0.75, 1], format=".2~f", labelFlush=False)
_SHADES = alt.Scale(domain=[0, 0.5, 1], range=["#f3f8fd", "#9ecae1", "#08519c"])
_LABEL_LIMIT = 110
_FIGURES_WIDTH = 1000


def distinct(names: Iterable[Any]) -> list[str]:
    """Return the names once each, in order of first appearance."""
    return list(dict.fromkeys(map(str, names)))


def methods(runs: Sequence[Run]) -> list[str]:
    """Return the methods of ``runs`` in the order they are always shown in."""
    names = distinct(run["method"] for run in runs)
    return [name for name in METHODS if name in names] + sorted(set(names) - set(METHODS))


def palette(runs: Sequence[Run]) -> dict[str, str]:
    """Return a colour for each method; beyond ten methods colours repeat."""
    known = dict(zip(METHODS, _KNOWN, strict=True))
    others = [name for name in methods(runs) if name not in known]
    return known | dict(zip(others, cycle(_OTHERS), strict=False))


def number(value: Any) -> float | None:
    """Return ``value`` if it is a finite number, else None: a run may lack any figure, or hold something else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        return None
    return float(value)


def interval(metrics: Mapping[str, Any] | None, measure: str) -> dict[str, float | None] | None:
    """Return the mean, low and high of a measure, and ``end``, where its drawing ends; None if it was not taken."""
    found = (metrics or {}).get(measure) or {}
    mean, low, high = (number(found.get(key)) for key in ("mean", "low", "high"))
    if mean is None:
        return None
    if low is None or high is None:
        low = high = None
    return {"mean": mean, "low": low, "high": high, "end": max(mean, high or 0.0)}


def recalls(runs: Sequence[Run]) -> dict[str, int]:
    """Return the k of every recall@k in the runs, by its name, the smallest first."""
    names = distinct(name for run in runs for name in run.get("metrics") or {})
    ranks = {name: name.removeprefix("recall@") for name in names if name.startswith("recall@")}
    numbers = {name: int(rank) for name, rank in ranks.items() if rank.isdecimal()}
    return dict(sorted(numbers.items(), key=lambda pair: pair[1]))


def method_bars(runs: Sequence[Run], colours: Colours | None = None) -> Figure | None:
    """Return bars of mAP, nDCG@10 and recall@5 for each method, with intervals, one panel per measure."""
    rows = _rows(runs, "mAP", "nDCG@10", "recall@5")
    if not rows:
        return None
    order = methods(runs)
    bars = _horizontal_bars(rows, alt.Y("method:N", sort=order, title=None), _colour(order, colours, legend=None))
    header = alt.Header(title=None, labelAnchor="start", labelFontWeight="bold", labelPadding=4)
    panels = alt.Facet("measure:N", header=header, sort=alt.EncodingSortField("rank", op="min"))
    return _styled(bars.properties(width=240, height=alt.Step(19)).facet(panels, columns=1, spacing=8))


def recall_curve(runs: Sequence[Run], colours: Colours | None = None) -> Figure | None:
    """Return a chart of recall against the number of hits looked at, one line per method."""
    ranks = recalls(runs)
    rows = _rows(runs, *ranks)
    if not rows:
        return None
    order = methods(runs)
    values = alt.InlineData(values=[row | {"k": ranks[row["measure"]]} for row in rows])
    axis = alt.Axis(values=sorted(ranks.values()), format="d", grid=False, labelFlush=False)
    base = alt.Chart(values).encode(
        x=alt.X("k:Q", title="hits looked at (k)", axis=axis),
        y=alt.Y("mean:Q", title="recall@k", scale=_UNIT, axis=_SHARE),
        color=_colour(order, colours),
        # Shapes as well, for prints without colour.
        shape=alt.Shape("method:N", scale=alt.Scale(domain=order), legend=_legend(order)),
    )
    lines = alt.LayerChart(layer=[base.mark_line(strokeWidth=2), base.mark_point(size=55, filled=True, opacity=1)])
    return _styled(lines.properties(width=270, height=250))


def language_matrix(runs: Sequence[Run]) -> Figure | None:
    """Return one heat map per method: the language of the question against the language of the evidence."""
    found = {str(run["method"]): run["matrix"] for run in runs if run.get("matrix")}
    cells = {method: list(_cells(matrix)) for method, matrix in found.items()}
    languages = distinct(name for matrix in found.values() for name in [*matrix["queries"], *matrix["evidence"]])
    if not any(cells.values()):
        return None
    side = 36 * len(languages)
    panels = [_heat_map(cells[name], languages, name, side) for name in methods(runs) if cells.get(name)]
    lines = ceil(len(panels) / max(1, _FIGURES_WIDTH // (side + 70)))
    return _styled(alt.concat(*panels, columns=ceil(len(panels) / lines), spacing=18))


def language_bars(runs: Sequence[Run], colours: Colours | None = None) -> Figure | None:
    """Return bars of mAP by the language of the question, one bar per method, with intervals."""
    rows = [
        {"method": run["method"], "language": language, **found}
        for run in runs
        for language, part in (run.get("by_language") or {}).items()
        if (found := interval(part.get("metrics"), "mAP"))
    ]
    if not rows:
        return None
    order, languages = methods(runs), distinct(row["language"] for row in rows)
    width = max(200, len(languages) * (11 * len(order) + 14))
    angle = 0 if max(map(len, languages)) * 8 < width / len(languages) else -45
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        x=alt.X("language:N", sort=languages, title="language of the question", axis=alt.Axis(labelAngle=angle)),
        xOffset=alt.XOffset("method:N", sort=order),
    )
    y = alt.Y("mean:Q", title="mAP", scale=_UNIT, axis=_SHARE)
    bars = base.mark_bar().encode(y=y, color=_colour(order, colours))
    whiskers = base.mark_rule(color=_INK).encode(y="low:Q", y2="high:Q").transform_filter("datum.low != null")
    return _styled(alt.LayerChart(layer=[bars, whiskers]).properties(width=width, height=250))


def overview(runs: Sequence[Run], colours: Colours | None = None) -> Figure | None:
    """Return bars of mAP for every dataset and method, with intervals."""
    rows = _rows(runs, "mAP")
    if not rows:
        return None
    order = methods(runs)
    y = alt.Y("dataset:N", sort=distinct(row["dataset"] for row in rows), title=None)
    bars = _horizontal_bars(rows, y, _colour(order, colours), alt.YOffset("method:N", sort=order))
    return _styled(bars.properties(width=250, height=alt.Step(15, **{"for": "offset"})))


def reliability_diagram(runs: Sequence[Run], colours: Colours | None = None) -> Figure | None:
    """Return a chart of the share of answerable questions against confidence, one point per bin of confidence.

    On the diagonal both are equal.
    """
    rows = [
        {
            "method": run["method"],
            "count": entry["count"],
            **{key: number(entry[key]) for key in ("predicted", "observed")},
        }
        for run in runs
        for entry in (run.get("answering") or {}).get("reliability") or ()
        if number(entry.get("predicted")) is not None and number(entry.get("observed")) is not None
    ]
    if not rows:
        return None
    order = methods([{"method": row["method"]} for row in rows])
    x = alt.X("predicted:Q", title="mean confidence", scale=_UNIT, axis=_SHARE)
    y = alt.Y("observed:Q", title="share that can be answered", scale=_UNIT, axis=_SHARE)
    base = alt.Chart(alt.InlineData(values=rows)).encode(x=x, y=y, color=_colour(order, colours))
    ends = alt.InlineData(values=[{"predicted": end, "observed": end} for end in (0, 1)])
    diagonal = alt.Chart(ends).mark_line(color=_INK, strokeWidth=1, strokeDash=[4, 4]).encode(x=x, y=y)
    size = alt.Size("count:Q", title="questions", scale=alt.Scale(range=[30, 400]), legend=None)
    points = base.mark_point(filled=True, opacity=1).encode(size=size)
    text = base.mark_text(dy=-12, fontSize=11).encode(text="count:Q", color=alt.value(_INK))
    chart = alt.LayerChart(layer=[diagonal, base.mark_line(strokeWidth=1), points, text])
    return _styled(chart.properties(width=270, height=250))


def _rows(runs: Sequence[Run], *measures: str) -> list[dict[str, Any]]:
    return [
        {"dataset": run["dataset"]["name"], "method": run["method"], "measure": measure, "rank": rank, **found}
        for run in runs
        for rank, measure in enumerate(measures)
        if (found := interval(run.get("metrics"), measure))
    ]


def _horizontal_bars(
    rows: list[dict[str, Any]], y: alt.Y, colour: alt.Color, offset: alt.YOffset | None = None
) -> alt.LayerChart:
    """Return bars from 0 with whiskers, and the mean written behind each."""
    base = alt.Chart(alt.InlineData(values=rows)).encode(y=y)
    if offset is not None:
        base = base.encode(yOffset=offset)
    bars = base.mark_bar().encode(x=alt.X("mean:Q", scale=_ROOMY, title=None, axis=_SHARE), color=colour)
    whiskers = base.mark_rule(color=_INK).encode(x="low:Q", x2="high:Q").transform_filter("datum.low != null")
    text = base.mark_text(align="left", dx=5, fontSize=11, color=_INK)
    return alt.LayerChart(layer=[bars, whiskers, text.encode(x="end:Q", text=alt.Text("mean:Q", format=".3f"))])


def _cells(matrix: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    for query, values in zip(matrix["queries"], matrix["values"], strict=False):
        for evidence, value in zip(matrix["evidence"], values, strict=False):
            if number(value) is not None:
                yield {"query": query, "evidence": evidence, "value": value}


def _heat_map(cells: list[dict[str, Any]], languages: list[str], title: str, side: int) -> alt.LayerChart:
    scale = alt.Scale(domain=languages)
    angle = 0 if max(map(len, languages)) < 5 else -45
    base = alt.Chart(alt.InlineData(values=cells)).encode(
        x=alt.X("evidence:N", scale=scale, title="evidence", axis=alt.Axis(labelAngle=angle)),
        y=alt.Y("query:N", scale=scale, title="question"),
    )
    shade = alt.Color("value:Q", scale=_SHADES, legend=None)
    ink = alt.when("datum.value > 0.75").then(alt.value("white")).otherwise(alt.value(_INK))
    text = base.mark_text(fontSize=11).encode(text=alt.Text("value:Q", format=".2f"), color=ink)
    heat = alt.LayerChart(layer=[base.mark_rect(stroke="white").encode(color=shade), text])
    return heat.properties(title=alt.TitleParams(title, limit=side), width=side, height=side)


def _colour(order: list[str], colours: Colours | None, **options: Any) -> alt.Color:
    given = colours or palette([{"method": name} for name in order])
    scale = alt.Scale(domain=order, range=[given[name] for name in order])
    return alt.Color("method:N", scale=scale, **({"legend": _legend(order)} | options))


def _legend(order: list[str]) -> alt.Legend:
    columns = 4 if len(order) <= 4 else 3
    return alt.Legend(title=None, orient="top", columns=columns, labelLimit=_LABEL_LIMIT, symbolOpacity=1)


def _styled(chart: Figure) -> Figure:
    # A figure is described as a whole where it is shown; a label on every mark would only repeat its table.
    styled: Figure = chart.configure(
        aria=False,
        font="sans-serif",
        background="white",
        padding=4,
        # Every colour is set: on a dark page, the page's own colours would be drawn on the charts' white.
        axis=alt.AxisConfig(
            labelFontSize=12, labelColor=_INK, labelLimit=_LABEL_LIMIT, titleFontSize=12, titleFontWeight="normal",
            titleColor=_INK, gridColor=_GRID, domainColor=_RULE, tickColor=_RULE,
        ),
        axisYDiscrete=alt.AxisConfig(ticks=False, labelPadding=6),
        header=alt.HeaderConfig(labelFontSize=12, labelColor=_INK, titleColor=_INK),
        legend=alt.LegendConfig(labelFontSize=12, labelColor=_INK, titleColor=_INK),
        title=alt.TitleConfig(color=_INK),
        view=alt.ViewConfig(stroke=None),
    )  # fmt: skip
    return styled


_LARGEST = 1_000_000


@dataclass(frozen=True, slots=True)
class Row:
    """A JSON object and its place, as ``queries.jsonl, line 3``. Methods return a checked field or raise `WrongUse`."""

    values: dict[str, Any]
    where: str

    def error(self, problem: str) -> WrongUse:
        """Return the error for something wrong with this row."""
        return WrongUse(f"{self.where}: {problem}; mend that line")

    def text(self, name: str, *, default: str | None = None, empty: bool = False) -> str:
        """Return a text, ``default`` if it is missing; it must not be blank unless it may be ``empty``."""
        value = default if self.values.get(name) is None else self.values[name]
        if not isinstance(value, str) or not (value.strip() or empty or value == default):
            raise self.error(f"{name} is missing or is not text")
        try:
            value.encode()
        except UnicodeEncodeError:
            raise self.error(f"{name} is not valid Unicode") from None
        return value

    def identifier(self, name: str) -> str:
        """Return a field that is a text or a whole number, as text."""
        value = self.values.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        return self.text(name)

    def own_identifier(self) -> str:
        """Return the row's ``id``, which BEIR calls ``_id``."""
        return self.identifier("id" if "id" in self.values or "_id" not in self.values else "_id")

    def identifiers(self, name: str) -> tuple[str, ...]:
        """Return a list of at least one identifier."""
        values = self.values.get(name)
        if not isinstance(values, list) or not values:
            raise self.error(f"{name} must be a list of identifiers")
        return tuple(Row({name: value}, self.where).identifier(name) for value in values)

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of texts, each with a letter or a digit; an empty list if the field is missing."""
        values = self.values.get(name) or []
        if not isinstance(values, list) or not all(isinstance(v, str) and any(map(str.isalnum, v)) for v in values):
            raise self.error(f"{name} must be a list of texts with letters or digits")
        return tuple(Row({name: value}, self.where).text(name) for value in values)

    def truth(self, name: str) -> bool:
        """Return a field that is true or false."""
        value = self.values.get(name)
        if not isinstance(value, bool):
            raise self.error(f"{name} must be true or false")
        return value

    def whole_number(self, name: str) -> int:
        """Return a whole number, written as a number or as text (both occur in judgements)."""
        value = self.values.get(name)
        try:
            number = int(value) if isinstance(value, str | int) and not isinstance(value, bool) else None
        except ValueError:
            number = None
        if number is None and isinstance(value, float) and value.is_integer():
            number = int(value)
        if number is None or abs(number) > _LARGEST:
            raise self.error(f"{name} is missing or is not a whole number up to {_LARGEST}")
        return number

    def language(self, name: str) -> str:
        """Return a valid BCP 47 tag as Dalil writes it (``en`` for ``en-US``, ``zh-Hant`` for ``zh-TW``)."""
        tag = self.text(name)
        if not langcodes.tag_is_valid(tag):
            raise self.error(f"{name} {tag} is not a language; give a BCP 47 tag as kk or zh-Hant")
        return known_tag(tag) or tag

    def choice(self, name: str, choices: Sequence[str], *, default: str) -> str:
        """Return a field that is one of ``choices``; ``default`` if it is missing."""
        value = self.values.get(name, default)
        if value not in choices:
            raise self.error(f"{name} must be {' or '.join(choices)}")
        return str(value)

    def parts(self, name: str, fields: Sequence[str]) -> list[Row]:
        """Return a list of objects as rows with this row's place; an empty list if the field is missing."""
        values = self.values.get(name) or []
        if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
            raise self.error(f"{name} must be a list of objects with {' and '.join(fields)}")
        return [Row(value, self.where) for value in values]


def read_rows(path: Path) -> Iterator[Row]:
    """Yield the objects of a JSON-lines file; `WrongUse` names the first line that does not hold one.

    Blank lines are skipped.
    """
    for number, line in _lines(path):
        where = f"{path}, line {number}"
        try:
            values = json.loads(line)
        except (ValueError, RecursionError):
            raise WrongUse(f"{where}: not JSON; mend that line") from None
        if not isinstance(values, dict):
            raise WrongUse(f"{where}: not a JSON object; mend that line")
        yield Row(values, where)


def read_table(path: Path, columns: Sequence[str]) -> Iterator[Row]:
    """Yield the rows of a tab-separated file as texts; its first line names its columns, ``columns`` among them.

    Raises `WrongUse` if a column is missing, and for the first line with another number of values.
    """
    lines = _lines(path)
    names = [name.strip() for name in next(lines, (0, ""))[1].split("\t")]
    if missing := [name for name in columns if name not in names]:
        raise WrongUse(f"{path}, line 1: there is no column {missing[0]}; begin with {', '.join(columns)} between tabs")
    for number, line in lines:
        where, values = f"{path}, line {number}", line.split("\t")
        if len(values) != len(names):
            raise WrongUse(f"{where}: {len(values)} values and not {len(names)} between tabs; mend that line")
        yield Row(dict(zip(names, map(str.strip, values), strict=True)), where)


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines of a UTF-8 file that are not blank, with their numbers from 1."""
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise WrongUse(f"{path} is not UTF-8 text (byte {error.start}); save it as UTF-8") from None
    except OSError as error:
        raise WrongUse(f"{path} cannot be read ({error.strerror}); check the path") from None
    yield from ((number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip())
