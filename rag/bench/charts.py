"""Charts of benchmark runs, as Altair objects: the report draws them as SVG, a notebook or page may show them live.

A chart is ``None`` where the runs hold nothing to draw. Names reach a chart as data only, never as a field name or
an expression, so no name can change what is drawn. A method keeps its colour in every chart that is given the same
``colours`` (`palette`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import cycle
from math import ceil, isfinite
from typing import Any

import altair as alt

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
    """The names once each, in order of first appearance."""
    return list(dict.fromkeys(map(str, names)))


def methods(runs: Sequence[Run]) -> list[str]:
    """The methods of ``runs`` in the order they are always shown in."""
    names = distinct(run["method"] for run in runs)
    return [name for name in METHODS if name in names] + sorted(set(names) - set(METHODS))


def palette(runs: Sequence[Run]) -> dict[str, str]:
    """A colour for each method; beyond ten methods colours repeat."""
    known = dict(zip(METHODS, _KNOWN, strict=True))
    others = [name for name in methods(runs) if name not in known]
    return known | dict(zip(others, cycle(_OTHERS), strict=False))


def number(value: Any) -> float | None:
    """``value`` if it is a finite number; a run may lack any figure, or hold one that is not a number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        return None
    return float(value)


def interval(metrics: Mapping[str, Any] | None, measure: str) -> dict[str, float | None] | None:
    """Mean, low and high of a measure, or ``None`` where it was not taken; ``end`` is where the drawing ends."""
    found = (metrics or {}).get(measure) or {}
    mean, low, high = (number(found.get(key)) for key in ("mean", "low", "high"))
    if mean is None:
        return None
    if low is None or high is None:
        low = high = None
    return {"mean": mean, "low": low, "high": high, "end": max(mean, high or 0.0)}


def recalls(runs: Sequence[Run]) -> dict[str, int]:
    """The k of every recall@k that a run has, the least first."""
    names = distinct(name for run in runs for name in run.get("metrics") or {})
    ranks = {name: name.removeprefix("recall@") for name in names if name.startswith("recall@")}
    numbers = {name: int(rank) for name, rank in ranks.items() if rank.isdecimal()}
    return dict(sorted(numbers.items(), key=lambda pair: pair[1]))


def method_bars(runs: Sequence[Run], colours: Colours | None = None) -> Figure | None:
    """mAP, nDCG@10 and recall@5 of each method, with intervals; a panel a measure."""
    rows = _rows(runs, "mAP", "nDCG@10", "recall@5")
    if not rows:
        return None
    order = methods(runs)
    bars = _horizontal_bars(rows, alt.Y("method:N", sort=order, title=None), _colour(order, colours, legend=None))
    header = alt.Header(title=None, labelAnchor="start", labelFontWeight="bold", labelPadding=4)
    panels = alt.Facet("measure:N", header=header, sort=alt.EncodingSortField("rank", op="min"))
    return _styled(bars.properties(width=240, height=alt.Step(19)).facet(panels, columns=1, spacing=8))


def recall_curve(runs: Sequence[Run], colours: Colours | None = None) -> Figure | None:
    """Recall against the number of hits looked at; a line a method."""
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
    """A heat map a method: the language of the question against the language of the evidence."""
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
    """mAP by the language of the question, a bar a method, with intervals."""
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
    """mAP of every dataset and method, with intervals."""
    rows = _rows(runs, "mAP")
    if not rows:
        return None
    order = methods(runs)
    y = alt.Y("dataset:N", sort=distinct(row["dataset"] for row in rows), title=None)
    bars = _horizontal_bars(rows, y, _colour(order, colours), alt.YOffset("method:N", sort=order))
    return _styled(bars.properties(width=250, height=alt.Step(15, **{"for": "offset"})))


def reliability_diagram(runs: Sequence[Run], colours: Colours | None = None) -> Figure | None:
    """The share of questions that can be answered against their confidence, a point a bin; equal on the diagonal."""
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
    """Bars from 0 with whiskers, and the mean written behind each."""
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
        # Every colour is said: where the charts are shown on a dark page, its own would be drawn on their white.
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
