"""The benchmark page: saved results as charts, and a button that measures the shipped questions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from rag.bench import charts
from rag.chat.background import Benchmark
from rag.library.wording import label
from rag.ui.asking import show_progress
from rag.ui.session import desk, say


@st.cache_resource(show_spinner=False)
def _benchmark() -> Benchmark:
    return Benchmark(desk().settings, desk().base.encoder)


def _start() -> None:
    _benchmark().start()


def benchmark_page() -> None:
    """Show results by dataset, and the button that starts a new run."""
    st.title(say()("benchmark"), anchor=False)
    st.markdown(say()("benchmark_text"))
    task = _benchmark().task
    if task is not None and task.status == "running":
        show_progress(task, "benchmark")
    else:
        st.button(say()("benchmark_run"), icon=":material/play_arrow:", on_click=_start, key="run")
        if task is not None and task.status == "failed":
            st.error(label(task.error or "", 1000))
    results = _benchmark().results()
    if not results:
        st.info(say()("benchmark_none"))
        return
    names = list(results)
    name = st.selectbox(say()("dataset"), names, key="dataset") if len(names) > 1 else names[0]
    _results(str(name), results[str(name)])


def _results(name: str, runs: Sequence[dict[str, Any]]) -> None:
    order = charts.methods(runs)
    runs = sorted(runs, key=lambda run: order.index(run["method"]))
    first = runs[0]
    st.caption(
        say()(
            "benchmark_facts", name=label(name), questions=first["dataset"].get("queries", 0),
            chunks=first["dataset"].get("chunks", 0), date=label(str(first.get("created", ""))[:10]),
            version=label(str(first.get("version", ""))),
        )
    )  # fmt: skip
    st.table([_row(run) for run in runs])
    colours = charts.palette(runs)
    drawn = [
        ("chart_methods", charts.method_bars(runs, colours)),
        ("chart_recall", charts.recall_curve(runs, colours)),
        ("chart_languages", charts.language_bars(runs, colours)),
        ("chart_matrix", charts.language_matrix(runs)),
        ("chart_reliability", charts.reliability_diagram(runs, colours)),
    ]
    for key, figure in drawn:
        if figure is not None:
            st.subheader(say()(key), anchor=False)
            # In its own frame, so that a wide chart scrolls, and on white, for which it is drawn.
            with st.container(key=f"chart-{key}"):
                st.altair_chart(figure, theme=None, key=key, width="content", alt=say()(key))


def _row(run: dict[str, Any]) -> dict[str, str]:
    measures = {name: charts.interval(run.get("metrics"), name) for name in ("mAP", "nDCG@10", "MRR@10", "recall@5")}
    row = {say()("method"): label(str(run["method"]))}
    for name, found in measures.items():
        row[name] = f"{found['mean']:.3f}" if found else "–"
    return row
