"""What a page needs to draw a collection: the catalogue, its numbers, the map and the charts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import altair as alt
import numpy as np
import pytest
import vl_convert
from streamlit.testing.v1 import AppTest

from rag.chat import picture
from rag.chat.drawing import LONGEST_TEXT, languages_chart, map_chart, palette, timeline_chart
from rag.chat.picture import Timeline, by_language, over_time, plane, project
from rag.errors import WrongUse
from rag.library.catalogue import Entry, chosen, entries
from rag.search.collection import Collection

HOSTILE = (
    "<img src=x onerror=1>",
    "javascript:alert(1)",
    "datum.x ? 1 : toString()",
    '"]; {"signal": "1"}',
    "![i](http://evil.example/p.png)",
)
LABELS = {
    key: f"label of {key}"
    for key in (
        "language", "documents", "chunks", "period", "title", "text", "languages_chart", "timeline_chart", "map_chart"
    )
}  # fmt: skip
NAMES = {"kk": "қазақша", "en": "English", "zh-Hant": "繁體中文"}
LANGUAGES = ("en", "kk", "ug", "zh-Hant")


def entry(title: str = "A title", **values: Any) -> Entry:
    given = {"id": title, "path": f"/files/{title}.txt", "language": "en", "chunks": 1}
    return Entry(**({"publisher": None, "published": None, "url": None, "title": title} | given | values))


def titles(found: list[Entry]) -> list[str]:
    return [each.title for each in found]


@pytest.fixture
def opened(collection: Path) -> Iterator[Collection]:
    held = Collection.open(collection)
    yield held
    held.close()


# The catalogue.


def test_entries_are_what_was_indexed(opened: Collection, notes: Path) -> None:
    found = entries(opened.store)
    assert {each.path for each in found} == {str(path) for path in notes.rglob("*.*")}
    assert [each.title.casefold() for each in found] == sorted(each.title.casefold() for each in found)
    apples = next(each for each in found if each.title == "Apples of Almaty")
    assert (apples.language, apples.published, apples.url) == ("en", "2021-04-05", "https://example.org/apples")
    assert {each.id: each.chunks for each in found} == {
        each.id: len(opened.store.chunks_of([each.id])[each.id]) for each in found
    }
    assert sum(each.chunks for each in found) == opened.store.counts()[1]


def test_a_document_at_two_paths_is_one_entry(opened: Collection) -> None:
    before = entries(opened.store)
    first = before[0]
    with opened.store.transaction():
        opened.store.set_path("/0-earlier", first.id)
    after = {each.id: each.path for each in entries(opened.store)}
    assert len(after) == len(before)
    assert after[first.id] == "/0-earlier"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", {"伊犁的歷史", "乾隆皇帝", "Қазақ ханы", "Ｆｕｌｌ width"}),
        ("伊犁 历史", {"伊犁的歷史"}),
        ("歷史", {"伊犁的歷史"}),
        ("乾", {"乾隆皇帝"}),
        ("қАЗАҚ ХАНЫ", {"Қазақ ханы"}),
        ("full", {"Ｆｕｌｌ width"}),
        ("full hans", set()),
        ("EXAMPLE.org/a%20b", {"Қазақ ханы"}),
        ("press", {"伊犁的歷史"}),
        ("khan.md", {"Қазақ ханы"}),
        ("folder", set()),
    ],
)
def test_every_word_is_found_in_any_script_and_case(text: str, found: set[str]) -> None:
    listed = [
        entry("伊犁的歷史", publisher="The Press"),
        entry("乾隆皇帝"),
        entry("Қазақ ханы", path="/folder/Khan.md", url="https://example.org/a%20b"),
        entry("Ｆｕｌｌ width"),
    ]
    assert set(titles(chosen(listed, text=text))) == found


def test_fields_limit_as_in_a_search() -> None:
    listed = [
        entry("a", language="zh-Hant", published="2021-05-31", publisher="HRW"),
        entry("b", language="zh-Hans", published="2021-06-01"),
        entry("c", language="kk"),
    ]
    assert titles(chosen(listed, languages=["zh"])) == ["a", "b"]
    assert titles(chosen(listed, languages=["kk", "zh-Hans"])) == ["b", "c"]
    assert titles(chosen(listed, publishers=["hrw"])) == ["a"]
    assert titles(chosen(listed, until="2021-05")) == ["a"]
    assert titles(chosen(listed, since="2021-05", until="2021-06")) == ["a", "b"]
    with pytest.raises(WrongUse):
        chosen(listed, since="2022", until="2021")


def test_orders() -> None:
    listed = [
        entry("b", published="2020-01-01", chunks=5),
        entry("C", published="2021-01-01", chunks=5),
        entry("a", chunks=9),
        entry("D", published="2020-01-01", chunks=1),
    ]
    assert titles(chosen(listed)) == ["a", "b", "C", "D"]
    assert titles(chosen(listed, order="published")) == ["C", "b", "D", "a"]
    assert titles(chosen(listed, order="chunks")) == ["a", "b", "C", "D"]


# Numbers.


def test_by_language_counts_documents_and_chunks() -> None:
    listed = [entry("a", chunks=3), entry("b", language="kk", chunks=2), entry("c", language="kk", chunks=5)]
    assert by_language(listed) == [
        {"language": "kk", "documents": 2, "chunks": 7},
        {"language": "en", "documents": 1, "chunks": 3},
    ]
    assert by_language([]) == []


def test_a_short_span_is_in_months() -> None:
    dates = ["2021-02-28", "2020-11-01", "2021-02-01", None]
    timeline = over_time([entry(str(number), published=date) for number, date in enumerate(dates)])
    assert timeline == Timeline(
        [
            {"period": "2020-11", "language": "en", "documents": 1},
            {"period": "2021-02", "language": "en", "documents": 2},
        ],
        "month",
        1,
    )
    assert timeline.periods == ["2020-11", "2020-12", "2021-01", "2021-02"]


@pytest.mark.parametrize(
    ("last", "unit", "periods"), [("2022-12-31", "month", 36), ("2023-01-01", "year", 4), ("2031-07-01", "year", 12)]
)
def test_a_long_span_is_in_years(last: str, unit: str, periods: int) -> None:
    timeline = over_time([entry("a", published="2020-01-01"), entry("b", published=last, language="kk")])
    assert timeline.unit == unit
    assert len(timeline.periods) == periods
    assert timeline.periods[-1] == last[: 7 if unit == "month" else 4] == timeline.rows[-1]["period"]


def test_a_year_alone_is_counted_in_its_year_and_a_month_in_its_month() -> None:
    timeline = over_time(
        [entry("a", published="2031"), entry("b", published="2031-03"), entry("c", published="2032-01-02")]
    )
    assert (timeline.unit, [row["period"] for row in timeline.rows]) == ("year", ["2031", "2032"])
    assert [row["documents"] for row in timeline.rows] == [2, 1]
    timeline = over_time([entry("a", published="2031-03"), entry("b", published="2031-05-02")])
    assert (timeline.unit, timeline.periods) == ("month", ["2031-03", "2031-04", "2031-05"])


def test_nothing_dated_has_no_periods() -> None:
    timeline = over_time([entry("a")])
    assert (timeline.rows, timeline.periods, timeline.undated) == ([], [], 1)


# The map.


def unit_vectors(count: int, width: int = 64, seed: int = 0) -> picture.Vectors:
    vectors = np.random.default_rng(seed).standard_normal((count, width)).astype(np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def groups(count: int) -> tuple[picture.Vectors, np.ndarray]:
    """Vectors around four centres in turn, and which of them each is around."""
    labels = np.arange(count) % 4
    return unit_vectors(4)[labels] + 0.3 * unit_vectors(count, seed=1), labels


def share_of_neighbours_alike(points: picture.Vectors, labels: np.ndarray) -> float:
    distances = np.linalg.norm(points[:, None] - points[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    return float((labels[distances.argmin(axis=1)] == labels).mean())


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 9, 10, 11, 60])
def test_any_number_of_vectors_has_a_place(count: int) -> None:
    points = plane(unit_vectors(count))
    assert points.shape == (count, 2)
    assert points.dtype == np.float32
    assert np.isfinite(points).all()
    assert len(np.unique(points, axis=0)) == count
    if count > 1:
        assert np.abs(points).max() == pytest.approx(1.0)
        assert points.min(axis=0) == pytest.approx(-points.max(axis=0), abs=1e-5)


@pytest.mark.parametrize("count", [1, 2, 30])
@pytest.mark.parametrize("distinct", [1, 2])
def test_equal_vectors_do_not_break_the_map(count: int, distinct: int) -> None:
    points = plane(unit_vectors(2)[np.arange(count) % distinct])
    assert np.isfinite(points).all()
    assert np.abs(points).max() == pytest.approx(float(min(count, distinct) > 1))


def test_near_vectors_are_near_in_the_map() -> None:
    vectors, labels = groups(200)
    assert share_of_neighbours_alike(plane(vectors), labels) > 0.98


def test_vectors_outside_the_sample_lie_beside_their_neighbours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture, "SAMPLE", 90)
    vectors, labels = groups(200)
    points = plane(vectors)
    assert share_of_neighbours_alike(points, labels) > 0.98
    assert np.abs(points).max() == pytest.approx(1.0)


def test_the_map_is_always_the_same() -> None:
    vectors = unit_vectors(120)
    assert np.array_equal(plane(vectors), plane(vectors))


def test_a_pool_is_projected_in_its_order(opened: Collection) -> None:
    pool = opened.load_pool()
    points = project(pool)
    assert points.shape == (len(pool.chunk_ids), 2)
    assert np.array_equal(points, plane(pool.sentences.vectors(pool.chunk_ids.tolist())))


# Charts.


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    lighter, darker = sorted((luminance(first), luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_colours_are_legible_on_both_backgrounds_and_distinct() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    colours = palette(f"l{number:02}" for number in range(12))
    assert len(set(colours.values())) == 12
    for colour in colours.values():
        assert contrast(colour, "#ffffff") >= 3
        assert contrast(colour, "#0e1117") >= 3


def test_colours_depend_on_the_tags_alone() -> None:
    assert palette(["kk", "en", "kk", "ru"]) == palette(["ru", "kk", "en"])
    assert list(palette(["kk", "en"]).values()) == ["#0072B2", "#D55E00"]
    assert len(palette(map(str, range(30)))) == 30


def points(*found: str, language: str = "ug") -> list[dict[str, Any]]:
    rows = [{"chunk": 7 + at, "x": at / 9, "y": -0.5, "title": each, "text": each} for at, each in enumerate(found)]
    return [row | {"language": language} for row in rows]


def charts() -> dict[str, alt.Chart]:
    listed = [entry(title, language=LANGUAGES[at % 4], published=f"2021-0{at + 1}-01")
              for at, title in enumerate(HOSTILE)]  # fmt: skip
    colours = palette(LANGUAGES)
    return {
        "languages": languages_chart(by_language(listed), NAMES, colours, LABELS),
        "timeline": timeline_chart(over_time(listed), NAMES, colours, LABELS),
        "map": map_chart(points(*HOSTILE), NAMES, colours, LABELS),
    }


def inner(value: Any) -> Iterator[tuple[str, Any]]:
    """Every key of a specification with its value, at any depth."""
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        yield str(key), item
        if isinstance(item, dict | list):
            yield from inner(item)


@pytest.mark.parametrize("name", ["languages", "timeline", "map"])
def test_a_chart_is_drawn_and_asks_for_nothing(name: str) -> None:
    spec = charts()[name].to_dict()
    svg = vl_convert.vegalite_to_svg(spec)
    assert "label of" in svg
    assert "<image" not in svg
    assert "<a " not in svg
    found = dict(inner(spec))
    assert {"href", "url", "image", "transform"}.isdisjoint(found)
    assert "label of" in spec["description"]


@pytest.mark.parametrize("name", ["languages", "timeline", "map"])
def test_languages_are_named_beside_their_colours(name: str) -> None:
    spec = charts()[name].to_dict()
    colour = spec["encoding"]["color"]["scale"]
    tags = ["ug"] if name == "map" else LANGUAGES
    expected = {NAMES.get(tag, tag): palette(LANGUAGES)[tag] for tag in tags}
    assert dict(zip(colour["domain"], colour["range"], strict=True)) == expected
    assert {"field": "name", "title": "label of language", "type": "nominal"} in spec["encoding"]["tooltip"]
    if name != "timeline":  # the chart of languages beside it is its key
        svg = vl_convert.vegalite_to_svg(spec)
        assert all(f">{shown}</text>" in svg for shown in expected)


@pytest.mark.parametrize("most", [1, 2, 5, 9, 40])
def test_documents_are_counted_in_whole_numbers(most: int) -> None:
    rows = [{"period": "2020", "language": "kk", "documents": most, "chunks": 1}]
    for chart in (
        languages_chart(rows, {}, palette(["kk"]), LABELS),
        timeline_chart(Timeline(rows, "year", 0), {}, palette(["kk"]), LABELS),
    ):
        svg = vl_convert.vegalite_to_svg(chart.to_dict())
        ticks = [tick for tick in re.findall(r">(\d+)</text>", svg) if tick != "2020"]
        assert len(ticks) > 1
        assert len(set(ticks)) == len(ticks)


def test_hostile_titles_are_data_and_nothing_else() -> None:
    spec = charts()["map"].to_dict()
    rows = next(iter(spec.pop("datasets").values()))
    assert [row["title"] for row in rows] == list(HOSTILE) == [row["text"] for row in rows]
    compiled = vl_convert.vegalite_to_vega(spec)
    for each in HOSTILE:
        assert json.dumps(each)[1:-1] not in json.dumps(spec)
        assert json.dumps(each)[1:-1] not in json.dumps(compiled)


def test_a_hostile_language_stays_text() -> None:
    for tag in HOSTILE:
        svg = vl_convert.vegalite_to_svg(map_chart(points("t", language=tag), {}, palette([tag]), LABELS).to_dict())
        assert "<img" not in svg
        assert f">{tag.replace('<', '&lt;').replace('>', '&gt;')}</text>" in svg


def test_tooltips_show_one_short_line_that_turns_nothing() -> None:
    text = "a\u202eb\u2066c\u2069\u200f\x00d\x1b[31m\n\te " + "f" * 500
    row = next(iter(map_chart(points(text), {}, palette(["ug"]), LABELS).to_dict()["datasets"].values()))[0]
    assert row["text"].startswith("abcd[31m e fff")
    assert len(row["text"]) == LONGEST_TEXT
    assert row["text"].endswith("f…")


def test_a_click_on_the_map_gives_the_chunk() -> None:
    spec = map_chart(points("t"), {}, palette(["ug"]), LABELS, select="picked").to_dict()
    params = {each["name"]: each for each in spec["params"]}
    assert params["picked"]["select"] == {"type": "point", "fields": ["chunk"], "toggle": False}
    assert params["view"]["bind"] == "scales"
    assert next(iter(spec["datasets"].values()))[0]["chunk"] == 7
    assert spec["encoding"]["x"]["axis"] is None
    assert spec["encoding"]["y"]["axis"] is None


def test_streamlit_takes_the_selection() -> None:
    def page() -> None:
        import streamlit as st

        from rag.chat.drawing import map_chart

        labels = dict.fromkeys(("language", "title", "text", "map_chart"), "label")
        row = {"chunk": 7, "x": 0, "y": 0, "language": "kk", "title": "t", "text": "t"}
        chart = map_chart([row], {}, {"kk": "#0072B2"}, labels)
        event = st.altair_chart(chart, on_select="rerun", selection_mode=["chunk"], key="map")
        st.json(event.selection)

    app = AppTest.from_function(page).run(timeout=60)
    assert not app.exception
    assert json.loads(app.json[0].value) == {"chunk": {}}


def test_languages_of_one_name_are_told_apart() -> None:
    tags = ("zh-Hans", "zh-Hant", "kk")
    rows = [{"language": tag, "documents": 1, "chunks": 1} for tag in tags]
    spec = languages_chart(rows, dict.fromkeys(tags[:2], "中文"), palette(tags), LABELS)
    assert spec.to_dict()["encoding"]["y"]["sort"] == ["中文 (zh-Hans)", "中文 (zh-Hant)", "kk"]


def test_an_empty_collection_has_charts() -> None:
    for chart in (
        languages_chart([], {}, {}, LABELS),
        timeline_chart(over_time([]), {}, {}, LABELS),
        map_chart([], {}, {}, LABELS),
    ):
        assert "<svg" in vl_convert.vegalite_to_svg(chart.to_dict())
