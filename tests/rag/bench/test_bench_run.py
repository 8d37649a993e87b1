"""The benchmark from end to end, with the real model, on small datasets and on the shipped questions."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from bench_support import CORPUS, QRELS, QUERIES, write_beir, write_dataset, write_gold, write_lines
from gold_support import RECORDED, write_gate
from rag_support import Ran, assert_one_sentence

from embeddings import Encoder
from rag.bench.datasets import read_dataset
from rag.bench.measures import MEASURES, outcome_of, overlaps
from rag.bench.methods import METHODS, make_method
from rag.bench.prepared import Place, prepare
from rag.bench.results import compare, fallen, load_runs, save_runs
from rag.bench.run import run_dataset
from rag.cli.bench import chosen_methods
from rag.errors import WrongUse
from rag.settings import Settings

FILES = {
    "a.md": "# Gate\n\nThe gate at **Korgas** was opened on the first of May. It had been closed all winter long.\n",
    "b.txt": "Қорғастағы қақпа мамырдың бірінде ашылды. Ол қыс бойы жабық тұрды деп хабарлады журналшылар.\n",
    "c.txt": "Wild apple trees grow on the slopes above Almaty. Their fruit ripens at the end of September.\n",
}
OPENED = {"file": "a.md", "quote": "The gate at Korgas was opened on the first of May."}
ASHYLDY = {"file": "b.txt", "quote": "Қорғастағы қақпа мамырдың бірінде ашылды."}
QUESTIONS = [
    {"id": "g1", "lang": "en", "question": "When was the gate at Korgas opened?", "type": "factoid",
     "evidence": [OPENED, ASHYLDY], "evidence_mode": "any"},
    {"id": "g2", "lang": "kk", "question": "Қорғастағы қақпа қашан ашылды?", "type": "factoid",
     "evidence": [OPENED, ASHYLDY], "evidence_mode": "all"},
    {"id": "g3", "lang": "en", "question": "Who painted the gate?", "type": "unanswerable", "evidence": []},
]  # fmt: skip


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, encoder: Encoder) -> list[dict[str, Any]]:
    folder = tmp_path_factory.mktemp("bench")
    dataset = read_dataset(write_dataset(folder / "small"))
    return list(run_dataset(dataset, METHODS, Settings(), encoder, folder=folder / "cache"))


def test_every_method_is_measured_on_the_judged_questions(runs: list[dict[str, Any]]) -> None:
    assert [run["method"] for run in runs] == list(METHODS)
    for run in runs:
        assert set(run["metrics"]) == set(MEASURES)
        assert set(run["per_query"]) == {"q1", "q2", "q3"}
        assert (run["dataset"]["queries"], run["dataset"]["judged"], run["dataset"]["documents"]) == (4, 3, 7)
        assert set(run["by_language"]) == {"en", "ru", "zh-Hans"}
        assert run["metrics"]["mAP"]["mean"] == pytest.approx(sum(row["mAP"] for row in run["per_query"].values()) / 3)
        assert run["speed"]["embedded"] > 7
        assert json.loads(json.dumps(run)) == run


def test_the_product_finds_evidence_in_another_language_and_words_do_not(runs: list[dict[str, Any]]) -> None:
    found = {run["method"]: run for run in runs}
    assert found["dalil"]["per_query"]["q2"]["recall@1"] == 1.0
    assert found["lexical"]["per_query"]["q2"]["recall@1"] == 0.0
    matrix = found["dalil"]["matrix"]
    assert (matrix["queries"], matrix["evidence"]) == (["en", "ru", "zh-Hans"], ["en", "kk", "zh-Hans"])
    assert found["dalil"]["matrix"]["counts"] == [[1, 1, 0], [0, 1, 0], [0, 0, 1]]


def test_a_second_run_embeds_nothing_and_finds_the_same(tmp_path: Path, encoder: Encoder) -> None:
    dataset = read_dataset(write_dataset(tmp_path / "small"))
    first, second = (
        list(run_dataset(dataset, ["dalil", "rrf"], Settings(), encoder, folder=tmp_path / "cache")) for _ in range(2)
    )
    assert [run["per_query"] for run in first] == [run["per_query"] for run in second]
    assert first[0]["speed"]["index_seconds"] == second[0]["speed"]["index_seconds"]


def test_identical_rows_are_one_document_and_all_count(tmp_path: Path, encoder: Encoder) -> None:
    corpus = [*CORPUS, {**CORPUS[0], "id": "en1-again"}]
    qrels = [*QRELS, {"query_id": "q1", "doc_id": "en1-again", "score": 1}]
    dataset = read_dataset(write_dataset(tmp_path / "twice", corpus, QUERIES, qrels))
    (run,) = run_dataset(dataset, ["dalil"], Settings(), encoder, folder=tmp_path / "cache")
    assert run["per_query"]["q1"]["recall@5"] == 1.0


# A query that is itself a document, and a judged document that the corpus has not.
BEIR = {"test": [("q1", "en1", 1), ("q1", "gone", 1), ("en2", "en1", 1)], "dev": [("q2", "kk2", 1)]}


def write_beir_with_itself(root: Path) -> Path:
    asked = [*QUERIES, CORPUS[1]]
    write_lines(write_beir(root, BEIR) / "queries.jsonl", [{"_id": q["id"], "text": q["text"]} for q in asked])
    return root


def test_a_folder_of_beir_runs_and_what_the_corpus_lacks_is_not_found(tmp_path: Path, dalil: Any) -> None:
    root = write_beir_with_itself(tmp_path / "beir")
    places = ("--method", "dalil,lexical", "--cache", tmp_path / "cache", "--output", tmp_path / "results")
    ran: Ran = dalil("bench", root, "--json", *places)
    assert ran.code == 0, ran.err
    runs = json.loads(ran.out)["runs"]
    assert [run["dataset"]["name"] for run in runs] == ["beir", "beir"]
    assert runs[0]["metrics"]["recall@20"]["mean"] == (0.5 + 1.0) / 2
    assert (runs[0]["dataset"]["queries"], runs[0]["dataset"]["judged"]) == (2, 2)
    assert runs[0]["matrix"]["evidence"] == ["en"]
    assert runs[0]["language_detected"] is None
    ran = dalil("bench", root, "--split", "dev", *places)
    assert ran.code == 0, ran.err
    assert "beir-dev" in ran.out
    assert "told rightly" not in ran.out
    ran = dalil("bench", root, "--split", "train", *places)
    assert ran.code == 2
    assert_one_sentence(ran.err)


def test_a_document_of_beir_is_no_hit_for_itself(tmp_path: Path, encoder: Encoder) -> None:
    dataset = read_dataset(write_beir_with_itself(tmp_path / "beir"))
    prepared = prepare(dataset, Settings(), encoder, folder=tmp_path / "cache")
    query = next(query for query in dataset.queries if query.id == "en2")
    found = make_method("dense", prepared).search(query.text, encoder.encode_queries([query.text])[0])
    kept = replace(prepared, dataset=replace(dataset, passes_over_itself=False))
    assert outcome_of(query, found, kept).ranking[0] == "en2"
    assert outcome_of(query, found, prepared).ranking == outcome_of(query, found, kept).ranking[1:]
    prepared.engine.collection.close()


def test_dense_is_the_plain_cosine_of_sentences(tmp_path: Path, encoder: Encoder) -> None:
    prepared = prepare(read_dataset(write_dataset(tmp_path / "small")), Settings(), encoder, folder=tmp_path / "cache")
    query = encoder.encode_queries([QUERIES[0]["text"]])[0]
    found = make_method("dense", prepared).search(QUERIES[0]["text"], query)
    chunks = list(prepared.chunks.values())
    scores = encoder.encode_passages([chunk.text for chunk in chunks]) @ query
    best = chunks[int(scores.argmax())]
    assert found[0] == (prepared.place(best.id),)
    assert len(found) == len(chunks)
    prepared.engine.collection.close()


def test_gold_sets_count_hits_on_the_quotes(tmp_path: Path, encoder: Encoder) -> None:
    root = write_gold(tmp_path / "gold", FILES, QUESTIONS)
    prepared = prepare(read_dataset(root), Settings(), encoder, folder=tmp_path / "cache")
    one, every, none = prepared.dataset.queries

    def outcome(query: Any, method: str = "dalil") -> Any:
        vector = encoder.encode_queries([query.text])[0]
        return outcome_of(query, make_method(method, prepared).search(query.text, vector), prepared)

    found = outcome(one)
    assert found.judged == {found.ranking[0]: 1}
    assert set(found.places) == {"quote 1", "quote 2"}
    assert found.relevant == {"quote 1": "en", "quote 2": "kk"}
    both = outcome(every)
    assert both.judged == {"quote 1": 1, "quote 2": 1}
    assert {"quote 1", "quote 2"} < set(both.ranking)
    assert outcome(none).judged is None
    prepared.engine.collection.close()
    (run,) = run_dataset(read_dataset(root), ["dalil"], Settings(), encoder, folder=tmp_path / "cache")
    assert run["dataset"]["judged"] == 2
    assert {"answered_answerable", "answered_unanswerable", "threshold", "auroc", "brier"} <= set(run["answering"])


def test_a_quote_may_have_the_mark_up_of_its_file_or_words_that_are_not_read(tmp_path: Path, encoder: Encoder) -> None:
    text = "---\nurl: https://example.org/gate\n---\n\nThe **gate** is *open*, say guards at Korgas.\n"
    files = {**FILES, "d.md": text}
    quotes = ["**gate** is *open*", "gate is open", "url: https://example.org/gate"]
    asked = {"lang": "en", "question": "Is the gate open?", "type": "factoid"}
    rows = [{**asked, "id": str(n), "evidence": [{"file": "d.md", "quote": q}]} for n, q in enumerate(quotes)]
    dataset = read_dataset(write_gold(tmp_path / "gold", files, rows))
    prepared = prepare(dataset, Settings(), encoder, folder=tmp_path / "cache")
    (marked,), (bare,), (unread,) = (prepared.evidence[str(n)] for n in range(3))
    assert text[marked.start : marked.end] == "**gate** is *open*"
    assert text[bare.start : bare.end].startswith("gate** is *open")
    assert text[unread.start : unread.end] == "url: https://example.org/gate"
    places = [prepared.place(number) for number in prepared.chunks]
    assert [any(overlaps(place, piece) for place in places) for piece in (marked, bare, unread)] == [True, True, False]
    prepared.engine.collection.close()


def test_a_hit_counts_when_it_overlaps_the_quote_by_half_of_the_shorter() -> None:
    quote = Place("d", 100, 200, "en")
    assert overlaps(Place("d", 100, 200, "en"), quote)
    assert overlaps(Place("d", 150, 160, "en"), quote)
    assert overlaps(Place("d", 0, 1000, "en"), quote)
    assert overlaps(Place("d", 50, 150, "en"), quote)
    assert not overlaps(Place("d", 50, 149, "en"), quote)
    assert not overlaps(Place("d", 195, 215, "en"), quote)
    assert not overlaps(Place("d", 200, 300, "en"), quote)
    assert not overlaps(Place("e", 100, 200, "en"), quote)


def test_results_are_kept_by_dataset_method_and_commit_and_compared(tmp_path: Path, runs: list[dict[str, Any]]) -> None:
    chosen = [{**run, "commit": "abcdef1234567890", "dirty": False} for run in runs[:2]]
    paths = save_runs(chosen, tmp_path)
    digest = chosen[0]["dataset"]["digest"][:8]
    assert [str(path.relative_to(tmp_path)) for path in paths] == [
        f"small-{digest}/dalil-abcdef123456.json", f"small-{digest}/dense-abcdef123456.json"
    ]  # fmt: skip
    save_runs([{**run, "dirty": True} for run in chosen], tmp_path)
    assert load_runs("abcdef1", tmp_path) == load_runs("abcdef1234567890", tmp_path) == chosen
    assert all(run["dirty"] for run in load_runs("abcdef123456-dirty", tmp_path))
    assert load_runs(str(paths[0]), tmp_path) == chosen[:1]
    lower = json.loads(json.dumps(chosen))
    for row in lower[0]["per_query"].values():
        row["mAP"] -= 0.25
    lower[0]["metrics"]["mAP"]["mean"] -= 0.25
    changes = {(c.method, c.measure): c for c in compare(chosen, lower)}
    fall = changes["dalil", "mAP"]
    assert fall.after - fall.before == pytest.approx(-0.25)
    assert (fall.low, fall.high) == pytest.approx((-0.25, -0.25))
    assert fall.is_clear
    assert not changes["dense", "mAP"].is_clear
    assert fallen(chosen, lower, 0.3, ["mAP"]) == []
    (problem,) = fallen(chosen, lower, 0.2, ["mAP", "recall@5"])
    assert problem.startswith("mAP of dalil on small is ")
    lower[0]["metrics"]["mAP"]["mean"] = math.nan
    assert len(fallen(chosen, lower, 0.2, ["mAP"])) == 1
    assert len(fallen(chosen, chosen[1:], 0.2, ["mAP"])) == 1


def test_what_is_no_result_is_refused(tmp_path: Path, runs: list[dict[str, Any]]) -> None:
    for name, text in (("a.json", "{"), ("b.json", "[]"), ("c.json", '{"format": 1}'), ("d.json", '[{"format": 9}]')):
        (tmp_path / name).write_text(text)
        with pytest.raises(WrongUse):
            compare(load_runs(str(tmp_path / name), tmp_path), runs)
    with pytest.raises(WrongUse, match="there are no results named"):
        load_runs("0000000", tmp_path)
    with pytest.raises(WrongUse, match="share no dataset"):
        compare(runs[:1], runs[1:])


def test_names_of_results_cannot_leave_their_folder(tmp_path: Path, runs: list[dict[str, Any]]) -> None:
    hostile = {**runs[0], "dataset": {**runs[0]["dataset"], "name": "../../etc"}, "method": "a/b*", "commit": None}
    (path,) = save_runs([hostile], tmp_path / "results")
    assert path.resolve().is_relative_to(tmp_path / "results")


def test_methods_are_chosen_by_name() -> None:
    assert chosen_methods(None) == ["dalil", "dense", "lexical", "rrf"]
    assert chosen_methods("rrf, dalil,rrf") == ["rrf", "dalil"]
    for wrong in ("dalil,bm25", ","):
        with pytest.raises(WrongUse, match="choose of dalil, dense, lexical, rrf"):
            chosen_methods(wrong)


def test_the_command_prints_saves_reports_and_compares(tmp_path: Path, dalil: Any) -> None:
    dataset = write_dataset(tmp_path / "sets" / "small")
    places = ("--cache", tmp_path / "cache", "--output", tmp_path / "results")
    ran: Ran = dalil("bench", tmp_path / "sets", "--method", "dalil,dense", "--html", tmp_path / "report.html", *places)
    assert ran.code == 0, ran.err
    assert "small" in ran.out
    assert "recall@10 of dalil" in ran.out
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "small" in page
    assert "<script" not in page
    ran = dalil("bench", dataset, "--method", "dalil", "--json", *places)
    values = json.loads(ran.out)
    assert ran.code == 0
    (run,) = values["runs"]
    assert set(run["metrics"]) == set(MEASURES)
    assert run["bias"]["own_language_share"] is not None
    assert run["speed"]["queries_per_second"] > 0
    (saved,) = values["saved"]
    ran = dalil("bench", "--compare", saved, saved, *places)
    assert ran.code == 0
    assert "+0.000" in ran.out
    ran = dalil("bench", dataset, "--method", "dalil", "--compare", saved, "--json", *places)
    assert {change["measure"] for change in json.loads(ran.out)["changes"]} == set(MEASURES)
    better = json.loads(Path(saved).read_text("utf-8"))
    better["metrics"]["mAP"]["mean"] = 1.5
    (tmp_path / "better.json").write_text(json.dumps(better))
    ran = dalil("bench", dataset, "--method", "dalil", "--against", tmp_path / "better.json", *places)
    assert ran.code == 1
    assert "mAP of dalil on small is" in ran.err


def test_wrong_use_is_one_sentence_and_leaves_nothing(tmp_path: Path, dalil: Any) -> None:
    broken = write_dataset(tmp_path / "sets" / "broken")
    write_dataset(tmp_path / "sets" / "a-fine-one")
    with (broken / "qrels.jsonl").open("a") as file:
        file.write("nonsense\n")
    places = ("--cache", tmp_path / "cache", "--output", tmp_path / "results")
    for arguments in (
        (tmp_path / "sets", "--html", tmp_path / "report.html"),
        (tmp_path / "none",),
        (tmp_path / "sets", "--method", "magic"),
        ("--compare", "0123456"),
        ("--against", tmp_path / "none.json"),
        (tmp_path / "sets" / "a-fine-one", "--against", RECORDED),
        (tmp_path / "sets" / "a-fine-one", "--html", tmp_path / "none" / "report.html"),
    ):
        ran: Ran = dalil("bench", *arguments, *places)
        assert ran.code == 2, arguments
        assert_one_sentence(ran.err)
        assert ran.out == ""
    assert not (tmp_path / "results").exists()
    assert not (tmp_path / "cache").exists()
    assert not (tmp_path / "report.html").exists()
    assert dalil("bench", "--compare", "a", "b", "c").code == 2
    assert dalil("bench", "--margin", "2").code == 2


def test_the_shipped_questions_are_answered_as_well_as_recorded(
    tmp_path: Path, dalil: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The regression gate: figures may be 0.03 worse than the recorded ones (three questions of 79).

    Of all the shipped near misses 15 in a hundred are answered, as the threshold was set; of those asked here, more.
    """
    monkeypatch.setenv("DALIL_READER", "packaged")
    ran: Ran = dalil(
        "bench", write_gate(tmp_path / "gate"), "--method", "dalil,dense", "--json",
        "--against", RECORDED, "--margin", "0.03", "--cache", tmp_path / "cache", "--output", tmp_path / "results",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    runs = json.loads(ran.out)["runs"]
    found = {run["method"]: run["metrics"] for run in runs}
    assert found["dalil"]["mAP"]["mean"] > found["dense"]["mAP"]["mean"] + 0.05
    answering = next(run["answering"] for run in runs if run["method"] == "dalil")
    assert answering["unanswerable"] >= 35
    assert answering["answered_unanswerable"] <= 0.28
    assert answering["answered_answerable"] >= 0.5
