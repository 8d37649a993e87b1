"""The benchmark's page stands alone, runs nothing, shows every figure it was given and survives what it was not."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import pytest
from rag_support import Page

from rag.bench import charts
from rag.bench.page import render

LANGUAGES = ("en", "ru", "zh-Hans", "ar")
SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = (
    "<script>alert(1)</script>",
    "</svg><img src=x onerror=alert(1)>",
    "\"><b onmouseover='x'>",
    "</title></style><iframe srcdoc=x>",
    "{{ 7 * 7 }}{% raw %}",
    "datum.x\\'];alert(1)//",
    "&lt;i&gt;\x00\x1b\ud800\u202e",
)


def metrics(mean: float) -> dict[str, dict[str, float]]:
    names = ("mAP", "nDCG@10", "MRR@10", "recall@1", "recall@5", "recall@10", "recall@20")
    return {
        name: {"mean": mean + i / 100, "low": mean + i / 100 - 0.02, "high": mean + i / 100 + 0.02}
        for i, name in enumerate(names)
    }


def run(method: str = "dalil", languages: tuple[str, ...] = LANGUAGES, **changes: Any) -> dict[str, Any]:
    mean = 0.5 if method == "dalil" else 0.25
    dataset = {"name": "questions", "kind": "rows", "digest": "0123456789abcdef", "documents": 1234, "chunks": 2485}
    return {
        "format": 1,
        "dataset": dataset | {"queries": 400, "judged": 400, "languages": dict.fromkeys(languages, 600)},
        "method": method,
        "commit": "b06ffef" + "0" * 33,
        "dirty": False,
        "version": "0.1.0",
        "created": "2026-11-22T13:40:00+00:00",
        "model": "a-model",
        "alignment": "0123456789abcdef",
        "metrics": metrics(mean),
        "by_language": {name: {"queries": 100, "metrics": metrics(mean + 0.125)} for name in languages},
        "matrix": {
            "measure": "recall@10",
            "queries": list(languages),
            "evidence": list(languages),
            "values": [[0.9 if a == b else 0.4 for b in languages] for a in languages],
            "counts": [[100 for _ in languages] for _ in languages],
        },
        "bias": {"own_language_share": 0.31, "own_language_expected": 0.25, "own_language_recall": None},
        "speed": {"queries_per_second": 61.04, "retrieval_p50_ms": 6.13, "embedded": 12345},
        "answering": None,
        "per_query": {"<q>": [1, 2]},
        **changes,
    }


def named(name: str, method: str = "dalil", **changes: Any) -> dict[str, Any]:
    made = run(method, **changes)
    return made | {"dataset": made["dataset"] | {"name": name}}


def drawings(page: str) -> list[ElementTree.Element]:
    """Every SVG of the page, which must be well-formed by itself."""
    return [ElementTree.fromstring(svg) for svg in re.findall(r"<svg.*?</svg>", page, re.DOTALL)]


def words(drawing: ElementTree.Element) -> list[str]:
    return [element.text or "" for element in drawing.iter(f"{SVG}text")]


def drawn(page: str, label: str) -> ElementTree.Element:
    (found,) = [drawing for drawing in drawings(page) if label in drawing.attrib["aria-label"]]
    return found


@pytest.fixture(scope="module")
def usual() -> str:
    return render([run("lexical"), run("dalil")])


def test_the_page_needs_nothing_and_runs_nothing(usual: str) -> None:
    page = Page(usual)
    (policy,) = [m["content"] for m in page.all("meta") if m.get("http-equiv") == "Content-Security-Policy"]
    assert policy is not None
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:")
    assert usual.startswith('<!DOCTYPE html>\n<html lang="en">')
    assert not re.search(r"<script|javascript:|url\(|@import|\ssrc\s*=", usual, re.IGNORECASE)
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"script", "link", "img", "image", "iframe", "object", "embed", "form", "base", "use"}
    for tag, attributes in page.elements:
        assert not [name for name in attributes if name.startswith("on")], tag
        assert (attributes.get("href") or "#").startswith("#"), tag
        assert "xlink:href" not in attributes


def test_every_figure_is_there_described_and_well_formed(usual: str) -> None:
    labels = [drawing.attrib["aria-label"] for drawing in drawings(usual)]
    assert labels == [
        "Bar chart: mAP of dalil, lexical on each dataset",
        "Bar charts: mAP, nDCG@10 and recall@5 of dalil, lexical on questions",
        "Line chart: recall@k of dalil, lexical on questions",
        "Bar chart: mAP by question language of dalil, lexical on questions",
        "Heat maps: recall@10 by language of question and evidence, of dalil, lexical on questions",
    ]
    assert all(drawing.attrib["role"] == "img" for drawing in drawings(usual))


def test_the_numbers_are_the_runs(usual: str) -> None:
    text = Page(usual).line()
    assert "1,234 documents · 2,485 chunks · 400 queries · 4 languages (chunks: en 600, ru 600" in text
    assert "mAP 0.500 0.480–0.520 0.250 0.230–0.270" in text
    assert "recall@20 0.560 0.540–0.580 0.310" in text
    assert "question's language. 0.310 0.310" in text
    assert "Queries per second 61.0 61.0" in text
    assert "Texts embedded 12,345 12,345" in text
    assert "Date 2026-11-22 Commit b06ffef Version 0.1.0 Model a-model Alignment yes" in text
    bars = words(drawn(usual, "Bar charts: mAP"))
    assert {"0.500", "0.250", "0.510", "0.260", "0.540", "0.290"} <= set(bars)
    assert words(drawn(usual, "Heat maps")).count("0.90") == 2 * 4


def test_whiskers_are_as_long_as_the_intervals_and_values_stand_behind_them(usual: str) -> None:
    def lines(label: str, end: str) -> list[float]:
        marks = [g for g in drawn(usual, label).iter(f"{SVG}g") if "mark-rule role-mark" in g.get("class", "")]
        return [abs(float(line.attrib[end])) for mark in marks for line in mark]

    assert lines("Bar charts: mAP", "x2") == pytest.approx([0.04 * 240 / 1.2] * 6)
    assert lines("Bar chart: mAP by question language", "y2") == pytest.approx([0.04 * 250] * 8)
    (behind,) = [text for text in drawn(usual, "Bar charts: mAP").iter(f"{SVG}text") if text.text == "0.500"]
    (place,) = re.findall(r"translate\(([\d.]+),", behind.attrib["transform"])
    assert 0.52 * 240 / 1.2 < float(place) < 0.60 * 240 / 1.2


def test_measures_of_bias_are_explained_where_they_were_taken(usual: str) -> None:
    assert "Expected share" in usual
    assert "Own language ahead" not in usual
    page = render([run(bias={"own_language_precedence": 0.625})])
    assert "Own language ahead How often" in Page(page).line()
    assert "Vargha" in page
    assert "Expected share" not in page


def test_the_best_is_bold_where_there_is_another(usual: str) -> None:
    assert "<b>0.500</b>" in usual
    assert "<b>0.250</b>" not in usual
    assert "<b>" not in render([run()])


def test_headings_descend_one_by_one_and_tables_are_labelled(usual: str) -> None:
    page = Page(usual)
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert len(page.all("table")) == len(page.all("caption")) == 4
    assert all(cell.get("scope") in {"row", "col"} for cell in page.all("th"))


@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_text_and_never_markup(usual: str, name: str) -> None:
    hostile = []
    for method in ("dalil", name):
        made = named(name, method, languages=("en", name, "zh-Hans", "ar"), commit=name, model=name, created=name)
        made["matrix"]["measure"] = made["version"] = name
        made["metrics"][name] = made["metrics"]["mAP"]
        hostile.append(made)
    page = render(hostile)
    assert set(Page(page).kinds()) <= set(Page(usual).kinds())
    assert len(drawings(page)) == 5
    page.encode()
    shown = "".join(c if c.isprintable() else "\ufffd" for c in name)
    assert Page(page).text.count(shown) > 10
    starts = [word for word in words(drawn(page, "Bar charts: mAP")) if word.startswith(shown[:8])]
    assert len(starts) == 3, "the method's name stands beside its bar in each panel"


def test_one_method_in_one_language_needs_no_languages() -> None:
    page = render([run(languages=("kk",))])
    assert [drawing.attrib["aria-label"].split(":")[0] for drawing in drawings(page)] == [
        "Bar chart",
        "Bar charts",
        "Line chart",
    ]
    assert "1 language (chunks: kk 600)" in page
    assert "Language bias" not in page
    assert "Answering" not in page


def test_a_gold_set_shows_what_was_answered() -> None:
    answering = {"answered_answerable": 0.81, "answered_unanswerable": 0.25, "threshold": 0.375}
    made = run(answering=answering)
    page = render([made | {"dataset": made["dataset"] | {"kind": "gold", "judged": 390}}, run("dense")])
    text = Page(page).line()
    assert "gold set · 1,234 documents · 2,485 chunks · 400 queries (390 with evidence)" in text
    assert "Answering Measure dalil Answerable and answered" in text
    assert "more is better. 0.810 Unanswerable, yet answered" in text


def test_what_was_not_judged_is_blank() -> None:
    made = run()
    made["matrix"]["values"][0] = [0.9, None, float("nan"), 0.0]
    labels = words(drawn(render([made]), "Heat maps"))
    assert sorted(label for label in labels if re.match(r"\d", label)) == ["0.00"] + ["0.40"] * 9 + ["0.90"] * 4
    assert not {"null", "NaN", "–"} & set(labels)


def test_no_judged_pair_of_languages_is_no_heat_map() -> None:
    made = run()
    made["matrix"]["values"] = [[None] * 4] * 4
    assert charts.language_matrix([made]) is None
    assert "Heat maps" not in render([made])


def test_missing_figures_are_dashes_and_missing_charts_are_left_out() -> None:
    bare = {"dataset": {"name": "bare"}, "method": "dense"}
    page = render([bare])
    assert not drawings(page)
    assert "– documents · – chunks · – queries" in page
    bias = {"own_language_recall": 0.75}
    half = run(
        bias=bias, metrics={"mAP": {"mean": 0.5}, "recall@5": {"mean": float("nan")}, "MRR@10": None}, by_language={}
    )
    text = Page(render([half, run("dense"), bare | {"method": "rrf"}])).line()
    assert "mAP 0.500 0.250 0.230–0.270" in text
    assert "recall@5 – 0.290" in text
    assert "Recall@10, other languages" not in text
    assert "Recall@10, own language Evidence in the question's language that is found. 0.750 –" in text


def test_no_runs_are_a_page_too() -> None:
    assert "There are no runs to show." in render([])


def test_methods_keep_order_and_colour_whatever_else_is_shown() -> None:
    runs = [run(name) for name in ("other", "rrf", "ablation", "lexical", "dense", "dalil")]
    assert charts.methods(runs) == ["dalil", "dense", "lexical", "rrf", "ablation", "other"]
    colours = charts.palette(runs)
    assert len(set(colours.values())) == 6
    page = render([*(named("all", one["method"]) for one in runs), named("few", "other"), named("few", "dense")])
    few = ElementTree.tostring(drawn(page, "Bar charts: mAP, nDCG@10 and recall@5 of dense, other on few"), "unicode")
    assert {colour for colour in colours.values() if colour in few} == {colours["dense"], colours["other"]}


def test_every_chart_stands_by_itself() -> None:
    runs = [run("dense"), run("dalil")]
    made = [charts.method_bars, charts.recall_curve, charts.language_matrix, charts.language_bars, charts.overview]
    for chart in made:
        figure = chart(runs)
        assert figure is not None
        assert '"url"' not in figure.to_json(), chart
        assert chart([{"dataset": {"name": "bare"}, "method": "dense"}]) is None


def test_the_newest_of_repeated_runs_is_shown() -> None:
    old = run(created="2026-11-21T10:00:00+00:00", metrics={"mAP": {"mean": 0.125}})
    page = render([run(), old])
    assert "0.125" not in page
    assert "2026-11-21" not in page


def test_datasets_of_one_name_are_told_apart() -> None:
    other = run()
    other["dataset"]["digest"] = "fedcba9876543210"
    text = Page(render([run(), other])).text
    assert "questions (012345)" in text
    assert "questions (fedcba)" in text


def test_the_head_says_what_differs_between_runs() -> None:
    runs = [run(), run("dense", dirty=True, alignment="", created="2026-11-24T00:00:00+00:00"), run("rrf", commit=None)]
    text = Page(render(runs)).line()
    assert "Date 2026-11-22 to 2026-11-24" in text
    assert "Commit b06ffef, b06ffef + uncommitted changes, unknown" in text
    assert "Alignment yes for dalil, rrf; no for dense" in text
