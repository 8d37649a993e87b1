"""The collection, the benchmark and the settings in everyday use, run by Streamlit without a browser."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ui_support import PATIENCE, QUESTIONS, App, Opened, settled

import rag.chat.visitors
from rag.bench.results import results_folder, save_runs
from rag.chat.background import Benchmark
from rag.library.tasks import IndexingProgress, Task
from rag.library.wording import label
from rag.ui.benchmark import _benchmark
from rag.ui.session import LANGUAGES, desk, say_in

LIGHTHOUSE = "The lighthouse of Sarybulak was built by three brothers in 1896.\n\nIts lamp turned every ten seconds.\n"
LANGUAGE_NAMES = ["English", "Kazakh", "Russian", "Chinese (Simplified)", "Chinese (Traditional)"]


@pytest.fixture
def collection(open_app: Opened) -> App:
    """The page of the collection."""
    return open_app().run().page("collection")


def titles(app: App) -> list[str]:
    return [element.value.strip("*") for element in app.at.main.markdown]


def test_the_collection_lists_its_documents_by_title(collection: App) -> None:
    entries = desk().base.collection.store.catalogue()
    assert titles(collection) == [label(e.title) for e in sorted(entries, key=lambda e: e.title.casefold())]
    assert f"{len(entries)} of {len(entries)} documents" in collection.text()
    assert collection.at.multiselect(key="documents-languages").options == LANGUAGE_NAMES


def test_documents_are_searched_narrowed_and_ordered(collection: App) -> None:
    entries = desk().base.collection.store.catalogue()
    collection.at.text_input(key="documents-text").set_value("TIMELINE")
    assert titles(collection.run()) == [label("China and Kazakhstan, 2019-2023: A Timeline of Closer Ties")]
    collection.at.text_input(key="documents-text").set_value("")
    collection.at.multiselect(key="documents-languages").set_value(["kk", "ru"])
    chosen = {label(entry.title) for entry in entries if entry.language in ("kk", "ru")}
    assert set(titles(collection.run())) == chosen
    collection.at.multiselect(key="documents-languages").set_value([])
    collection.at.multiselect(key="documents-publishers").set_value(["rfa.org"])
    assert set(titles(collection.run())) == {label(e.title) for e in entries if e.publisher == "rfa.org"} != set()
    collection.at.multiselect(key="documents-publishers").set_value([])
    collection.at.selectbox(key="documents-order").set_value("chunks")
    assert titles(collection.run())[0] == label(max(entries, key=lambda entry: entry.chunks).title)
    collection.at.text_input(key="documents-text").set_value("no such words")
    assert titles(collection.run()) == []
    assert f"0 of {len(entries)} documents" in collection.text()


def test_a_document_opens_beside_the_list_and_closes(collection: App) -> None:
    entry = max(desk().base.collection.store.catalogue(), key=lambda entry: entry.chunks)
    collection.click(f"document-{entry.id}")
    assert entry.title in collection.panel()
    text = collection.data("source")[0]
    assert (text["language"], text["current"]) == (entry.language, -1)
    collection.at.session_state["place"] = {"document": entry.id, "around": 2}
    assert len(collection.run().data("source")[0]["blocks"]) < 10
    collection.click("more")
    assert collection.data("source")[0]["blocks"] == text["blocks"]
    assert len(text["blocks"]) > 10
    assert not collection.has("more")
    collection.click("source-close")
    assert not collection.has("source")


def test_the_picture_has_languages_times_and_a_map(collection: App) -> None:
    collection.at.segmented_control[0].set_value("picture")
    collection.run()
    shown = [element.value for element in collection.at.subheader]
    assert shown == ["Documents by language", "Documents over time", "Map of the passages"]
    assert len(collection.charts()) == 3
    assert "Chinese (Traditional)" in collection.charts()[0]
    assert "Each point is a passage" in collection.text()
    assert not collection.at.file_uploader


def test_a_file_is_added_searched_by_its_visitor_alone_and_removed(collection: App, open_app: Opened) -> None:
    collection.at.file_uploader[0].set_value(("lighthouse.txt", LIGHTHOUSE.encode(), "text/plain"))
    settled(collection.submit("Add files"))
    assert "lighthouse" in titles(collection)
    assert "Your files (1)" in [expander.label for expander in collection.at.expander]
    question = "Who built the lighthouse of Sarybulak in 1896?"
    mine = collection.page("").ask(question)
    assert "three brothers" in mine.data("answer")[0]["statements"][0]["text"]
    other = open_app(secret="o" * 40).run().ask(question)
    assert "three brothers" not in str(other.data("answer")) + other.text()
    settled(collection.page("collection").click("remove-lighthouse.txt"))
    assert "lighthouse" not in titles(collection)
    assert not collection.visitor.uploads.files()


def test_a_file_that_was_not_indexed_yet_is_when_the_page_opens(open_app: Opened) -> None:
    app = open_app()
    app.visitor.uploads.add("lighthouse.txt", LIGHTHOUSE.encode())
    app.visitor.uploads.add("noise.txt", bytes(range(256)) * 40)
    settled(app.run())
    app.page("collection")
    assert "lighthouse" in titles(app)
    reasons = app.visitor.last_report().skipped
    assert reasons.keys() == {"noise.txt"}
    assert label(f"{reasons['noise.txt']}", 300) in app.text()
    assert {app.at.button(key=f"remove-{name}").label for name in ("lighthouse.txt", "noise.txt")} == {"Remove"}


def test_an_indexing_under_way_shows_how_far_it_is(collection: App, monkeypatch: pytest.MonkeyPatch) -> None:
    going_on, index = threading.Event(), rag.chat.visitors.index_paths

    def held_up(paths: Any, settings: Any, load: Any, progress: IndexingProgress, **options: Any) -> Any:
        progress.reading(4)
        progress.read(Path("lighthouse.txt"))
        assert going_on.wait(PATIENCE)
        return index(paths, settings, load, progress, **options)

    monkeypatch.setattr(rag.chat.visitors, "index_paths", held_up)
    collection.visitor.uploads.add("lighthouse.txt", LIGHTHOUSE.encode())
    task = desk().update(collection.visitor)
    while task.status == "running" and not task.step().done:
        task.join(0.01)
    (bar,) = collection.run().at.get("progress")
    assert (bar.proto.value, bar.proto.text[:21]) == (25, "Reading files · 1 / 4")
    assert collection.at.button(key="remove-lighthouse.txt").disabled
    assert not collection.at.file_uploader
    going_on.set()
    settled(collection)
    assert not collection.at.get("progress")
    assert "lighthouse" in titles(collection)


def test_a_file_that_cannot_be_taken_is_told(collection: App) -> None:
    collection.at.file_uploader[0].set_value(("empty.txt", b"", "text/plain"))
    collection.submit("Add files")
    assert [warning.value for warning in collection.at.warning] == ["empty\\.txt is empty\\; choose a file with text"]
    assert not collection.visitor.uploads.files()


def test_no_files_are_taken_where_none_are_allowed(open_app: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DALIL_MAX_UPLOADS", "0")
    app = open_app().run().page("collection")
    assert not app.at.file_uploader
    assert titles(app)


def a_run(method: str, mean: float, name: str = "shipped") -> dict[str, Any]:
    found = {"mean": mean, "low": mean - 0.1, "high": mean + 0.1}
    measures = ("mAP", "nDCG@10", "MRR@10", "recall@1", "recall@5", "recall@10")
    metrics = dict.fromkeys(measures, found)
    dataset = {"name": name, "kind": "gold", "digest": name, "documents": 13, "chunks": 423, "queries": 175}
    return {
        "format": 1, "dataset": dataset, "method": method, "commit": "8741aa9dbc48", "dirty": False,
        "version": "0.1.0", "created": "2026-11-20T10:00:00+00:00", "metrics": metrics,
        "by_language": {"kk": {"queries": 35, "metrics": metrics}, "ru": {"queries": 35, "metrics": metrics}},
    }  # fmt: skip


@pytest.fixture
def benchmark(open_app: Opened) -> App:
    """The page of the benchmark."""
    return open_app().run().page("benchmark")


def test_without_results_the_benchmark_says_how_to_get_some(benchmark: App) -> None:
    assert benchmark.at.info[0].value.startswith("No results are kept yet.")
    assert benchmark.at.button(key="run").label == "Measure the shipped questions"
    assert not benchmark.at.table


def test_kept_results_are_a_table_and_charts(benchmark: App, tmp_path: Path) -> None:
    save_runs([a_run("dense", 0.3), a_run("dalil", 0.5178)], results_folder())
    assert results_folder().is_relative_to(tmp_path)
    benchmark.run()
    table = benchmark.at.table[0].value
    assert list(table["Method"]) == ["dalil", "dense"]
    assert list(table["mAP"]) == ["0.518", "0.300"]
    assert "questions: 175 · passages: 423" in benchmark.text()
    # These results have neither a matrix of languages nor how reliable their confidence is.
    shown = [element.value for element in benchmark.at.subheader]
    assert shown == ["Quality by method", "Recall by the number of hits", "Quality by the language of the question"]
    assert [spec.count('"dense"') > 0 for spec in benchmark.charts()] == [True, True, True]
    assert not benchmark.at.info


def test_results_of_several_datasets_are_chosen_from(benchmark: App) -> None:
    save_runs([a_run("dalil", 0.5), a_run("dalil", 0.25, "other")], results_folder())
    benchmark.run()
    for name, mean in (("other", "0.250"), ("shipped", "0.500")):
        benchmark.at.selectbox(key="dataset").set_value(name)
        assert list(benchmark.run().at.table[0].value["mAP"]) == [mean]


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """A benchmark that has done 3 of 9 and goes on when the event is set."""
    going_on = threading.Event()

    def work(self: Benchmark, task: Task) -> None:
        task.begin("searching <b>", 9, "question")
        task.advance(3)
        assert going_on.wait(PATIENCE)
        task.advance(6)
        save_runs([a_run("dalil", 0.5)], results_folder())

    monkeypatch.setattr(Benchmark, "_run", work)
    yield going_on
    going_on.set()


def test_a_benchmark_under_way_shows_how_far_it_is_and_then_its_results(benchmark: App, held: threading.Event) -> None:
    benchmark.click("run")
    task = benchmark_task()
    while task.step().done < 3:
        task.join(0.01)
    benchmark.run()
    assert benchmark.at.get("progress")[0].proto.value == 33
    assert "3 / 9" in benchmark.at.get("progress")[0].proto.text
    assert not benchmark.has("run")
    held.set()
    task.join(PATIENCE)
    assert list(benchmark.run().at.table[0].value["mAP"]) == ["0.500"]
    assert benchmark.has("run")


def test_a_benchmark_is_stopped_by_its_button(benchmark: App, held: threading.Event) -> None:
    benchmark.click("run").click("benchmark-stop")
    held.set()
    benchmark_task().join(PATIENCE)
    assert benchmark_task().status == "stopped"
    assert benchmark.run().has("run")
    assert not benchmark.at.table


def benchmark_task() -> Task:
    task = _benchmark().task
    assert task is not None
    return task


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_language_of_the_page_is_chosen_and_kept(open_app: Opened, language: str) -> None:
    app = open_app(locale="ru" if language == "en" else "en").run().page("settings")
    app.at.selectbox(key="set-language").set_value(language)
    app.run()
    say = say_in(language)
    assert app.at.title[0].value == say("settings")
    assert app.at.slider(key="set-confidence").label == say("least_confidence")
    assert app.data("page")[0]["language"] == language
    for path, title in (("", "welcome"), ("collection",) * 2, ("benchmark",) * 2, ("settings",) * 2):
        assert open_app(locale="en").run().page(path).at.title[0].value == say(title)


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_answer_with_its_source_is_shown_in_every_language_of_the_page(open_app: Opened, language: str) -> None:
    app = open_app(locale=language).run().ask(QUESTIONS["ru"]).click("open-0-1")
    say = say_in(language)
    sentence = app.data("answer")[0]["statements"][0]
    assert sentence["supportLabel"] == say("support_supported")
    assert app.at.button(key="source-close").label == say("close")
    assert app.at.button(key="retry").label == say("retry")


def test_confidence_and_number_of_sources_are_chosen_used_and_kept(open_app: Opened) -> None:
    app = open_app().run().page("settings")
    app.at.slider(key="set-confidence").set_value(1.0)
    app.run().at.slider(key="set-sources").set_value(4)
    app.run()
    again = open_app().run().page("settings")
    assert again.at.slider(key="set-confidence").value == 1.0
    assert again.at.slider(key="set-sources").value == 4
    again.page("").ask(QUESTIONS["en"])
    kept = again.visitor.conversations.load(again.at.query_params["c"])
    assert kept is not None
    answer = kept.exchanges[0].answer
    assert answer is not None
    assert answer["status"] == "abstained"
    assert len(answer["hits"]) == 4


def test_the_collection_is_named_in_the_settings(open_app: Opened) -> None:
    app = open_app().run().page("settings")
    documents, chunks = desk().base.collection.store.counts()
    assert f"documents: {documents} · passages: {chunks}" in app.text()
