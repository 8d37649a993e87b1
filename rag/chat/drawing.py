"""Charts of a collection, as Altair objects, for light and dark pages alike.

What comes from documents reaches a chart as data only, never as a field name, an expression or a heading, so no title
can change what is drawn; Vega shows it as text. Labels are the page's own words in the reader's language, by key:
``language``, ``documents``, ``chunks``, ``period``, ``title`` and ``text``, and ``languages_chart``,
``timeline_chart`` and ``map_chart``, which describe each chart to readers who cannot see it. A missing label raises
`KeyError`. A language without a name is shown by its tag. Colour is never the only sign: names are also on an axis or
in a legend, and in the tooltip.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import cycle
from typing import Any

import altair as alt

from rag.chat.picture import Timeline

Row = Mapping[str, Any]
Names = Mapping[str, str]
Colours = Mapping[str, str]
Labels = Mapping[str, str]

LONGEST_TEXT = 200
"""Characters of a text that a tooltip shows."""

# Okabe and Ito's colours, which remain distinct in colour-blind eyes, as far as both white and near-black carry them;
# their other three darkened, then more. Each has a contrast of 3:1 with both (WCAG 2.2, 1.4.11).
_COLOURS = (
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#B07A00", "#2F8FCC", "#8F8A00", "#777777", "#AA4499", "#A0522D",
    "#7B68C8", "#5B8C3A",
)  # fmt: skip
# Characters that turn the text around them, and controls that are no white space.
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+")
_EDGES = alt.Scale(domain=[-1.05, 1.05], nice=False)
# Up to so many documents every whole number has a tick; below three, Vega would put some at halves.
_EACH_TICKED = 8
# Names of languages are shown whole, three beside each other in a legend: charts are also seen on phones.
_LONGEST_LABEL = 220
_BESIDE = 3


def palette(languages: Iterable[str]) -> dict[str, str]:
    """Return a colour for each language tag, the same for the same tags in any order; beyond twelve, colours repeat."""
    return dict(zip(sorted(set(languages)), cycle(_COLOURS), strict=False))


def languages_chart(rows: Sequence[Row], names: Names, colours: Colours, labels: Labels) -> alt.Chart:
    """Return a bar chart of documents by language, in the order of ``rows`` (`rag.chat.picture.by_language`)."""
    shown = _shown((row["language"] for row in rows), names)
    values = [{key: row[key] for key in ("documents", "chunks")} | {"name": shown[row["language"]]} for row in rows]
    chart: alt.Chart = (
        alt.Chart(alt.InlineData(values=values), description=labels["languages_chart"])
        .mark_bar()
        .encode(
            x=alt.X("documents:Q", title=labels["documents"], axis=_whole(row["documents"] for row in rows)),
            y=alt.Y("name:N", sort=list(shown.values()), title=None, axis=alt.Axis(labelLimit=_LONGEST_LABEL)),
            color=_colour(shown, colours, legend=None),
            tooltip=_tooltip(labels, name="language", documents="documents", chunks="chunks"),
        )
        .properties(height=alt.Step(26))
    )
    return chart


def timeline_chart(timeline: Timeline, names: Names, colours: Colours, labels: Labels) -> alt.Chart:
    """Return a bar chart of documents over time, stacked by language; periods without any keep their place."""
    shown = _shown(sorted({row["language"] for row in timeline.rows}), names)
    values = [
        {key: row[key] for key in ("period", "documents")} | {"name": shown[row["language"]]} for row in timeline.rows
    ]
    stacks: Counter[str] = Counter()
    for row in timeline.rows:
        stacks[row["period"]] += row["documents"]
    chart: alt.Chart = (
        alt.Chart(alt.InlineData(values=values), description=labels["timeline_chart"])
        .mark_bar()
        .encode(
            x=alt.X("period:O", title=None, scale=alt.Scale(domain=timeline.periods)),
            y=alt.Y("documents:Q", title=labels["documents"], axis=_whole(stacks.values())),
            # The chart of languages beside it has the same colours and is its legend: there is room for only one.
            color=_colour(shown, colours, legend=None),
            tooltip=_tooltip(labels, period="period", name="language", documents="documents"),
        )
        .properties(height=260)
    )
    return chart


def map_chart(rows: Sequence[Row], names: Names, colours: Colours, labels: Labels, select: str = "chunk") -> alt.Chart:
    """Return a map of chunks.

    A row has ``chunk`` (its id), ``x`` and ``y`` in [-1, 1], ``language``, ``title`` and ``text``.

    A click selects one chunk: the point selection ``select`` holds its id as ``chunk``. Dragging and the wheel move and
    enlarge the map (the selection ``view``); a double click undoes both.
    """
    shown = _shown(sorted({row["language"] for row in rows}), names)
    values = [_point(row, shown) for row in rows]
    picked = alt.selection_point(name=select, fields=["chunk"], toggle=False)
    view = alt.selection_interval(name="view", bind="scales")
    chart: alt.Chart = (
        alt.Chart(alt.InlineData(values=values), description=labels["map_chart"])
        .mark_point(filled=True, size=50)
        .encode(
            x=alt.X("x:Q", axis=None, scale=_EDGES),
            y=alt.Y("y:Q", axis=None, scale=_EDGES),
            color=_colour(shown, colours),
            # Shapes as well, for eyes that do not tell the colours apart.
            shape=alt.Shape("name:N", scale=alt.Scale(domain=list(shown.values())), legend=_legend()),
            opacity=alt.when(picked).then(alt.value(0.85)).otherwise(alt.value(0.2)),
            tooltip=_tooltip(labels, title="title", text="text", name="language"),
        )
        .add_params(picked, view)
        .properties(height=520)
    )
    return chart


def _whole(counts: Iterable[int]) -> alt.Axis:
    """Return an axis of whole numbers for bars of these lengths."""
    most = max(counts, default=0)
    ticks = {"values": list(range(most + 1))} if most <= _EACH_TICKED else {"tickMinStep": 1}
    return alt.Axis(format="d", **ticks)


def _point(row: Row, shown: Names) -> dict[str, Any]:
    return {
        "chunk": int(row["chunk"]),
        "x": float(row["x"]),
        "y": float(row["y"]),
        "name": shown[row["language"]],
        "title": _plain(row["title"]),
        "text": _plain(row["text"]),
    }


def _plain(text: str) -> str:
    """Return ``text`` for a tooltip: one line, shortened, without controls or characters that set text direction."""
    line = _UNSEEN.sub("", " ".join(text.split()))
    return line if len(line) <= LONGEST_TEXT else f"{line[: LONGEST_TEXT - 1].rstrip()}…"


def _shown(tags: Iterable[str], names: Names) -> dict[str, str]:
    """Return the name shown for each language tag, in order; languages of the same name get their tags as well."""
    plain = {tag: _plain(names.get(tag) or tag) for tag in tags}
    often = list(plain.values())
    return {tag: name if often.count(name) == 1 else f"{name} ({tag})" for tag, name in plain.items()}


def _colour(shown: Names, colours: Colours, **options: Any) -> alt.Color:
    scale = alt.Scale(domain=list(shown.values()), range=[colours[tag] for tag in shown])
    return alt.Color("name:N", scale=scale, **({"legend": _legend()} | options))


def _legend() -> alt.Legend:
    return alt.Legend(title=None, orient="top", symbolOpacity=1, columns=_BESIDE, labelLimit=_LONGEST_LABEL)


def _tooltip(labels: Labels, **fields: str) -> list[alt.Tooltip]:
    """Return the entries of a tooltip in order; ``fields`` gives the label's key for each field of a row."""
    return [alt.Tooltip(f"{field}:N", title=labels[key]) for field, key in fields.items()]
