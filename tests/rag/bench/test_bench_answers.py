"""Answers of a gold set against values worked out by hand, where they are shown, and what the gate makes of them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from bench_support import write_gold
from rag_support import Page

from corpus.types import Chunk
from embeddings import Encoder
from rag.answer import Answer, Citation, Focus, Hit, Statement, Twin
from rag.assistant import Assistant
from rag.bench.answers import (
    Asked,
    answer_figures,
    cited_places,
    exact_match,
    f1,
    judge,
    reaches,
    short_answer,
    words_of,
)
from rag.bench.datasets import read_dataset
from rag.bench.page import render
from rag.bench.prepared import Place, prepare
from rag.bench.reliability import aurc, auroc
from rag.bench.results import ANSWER_MEASURES, GUARDED, LESS_IS_BETTER, compare, fallen, load_runs
from rag.bench.run import run_dataset
from rag.cli.benchtable import print_changes, print_runs
from rag.errors import WrongUse
from rag.settings import Settings

FILES = {
    "gate.md": "# Gate\n\nThe gate at Korgas was opened on the first of May. It had been closed all winter long.\n",
    "qaqpa.txt": "Қорғастағы қақпа мамырдың бірінде ашылды. Ол қыс бойы жабық тұрды деп хабарлады журналшылар.\n",
    "apples.txt": "Wild apple trees grow on the slopes above Almaty. Their fruit ripens at the end of September.\n",
}
OPENED = {"file": "gate.md", "quote": "The gate at Korgas was opened on the first of May."}
QUESTIONS: list[dict[str, Any]] = [
    {"id": "g1", "lang": "en", "question": "When was the gate at Korgas opened?", "type": "factoid",
     "evidence": [OPENED], "answers": ["the first of May", "1 May"]},
    {"id": "g2", "lang": "kk", "question": "Қорғастағы қақпа қашан ашылды?", "type": "factoid",
     "evidence": [{"file": "qaqpa.txt", "quote": "Қорғастағы қақпа мамырдың бірінде ашылды."}]},
    {"id": "g3", "lang": "en", "question": "Who sells saxophones in Reykjavik?", "type": "unanswerable"},
]  # fmt: skip


def answer(*citations: Citation, statements: tuple[Statement, ...] = (), **changes: Any) -> Answer:
    made = Answer("?", "en", "answered", 0.8, "extractive", None, statements, citations, ())
    return replace(made, **changes)


def citation(number: int, start: int, end: int, document: str = "d") -> Citation:
    return Citation(number, document, "d.txt", "0" * 64, "", None, None, "en", start, end, 1, None, "words")


def statement(*numbers: int, focus: str | None = None) -> Statement:
    found = None if focus is None else Focus(0, len(focus), focus)
    return Statement("words", numbers, "supported", 1.0, focus=found)


def asked(query: str, confidence: float, given: bool, reached: bool, **changes: Any) -> Asked:
    return replace(Asked(query, "en", True, confidence, given, reached), **changes)


# By confidence: right, false answer, wrong place, refused although it would have been right, refused rightly.
FIVE = [
    asked("a", 0.9, True, True, exact_match=1.0, f1=1.0, read_ms=10.0),
    asked("b", 0.8, True, False, answerable=False, language="kk", read_ms=30.0),
    asked("c", 0.7, True, False, exact_match=0.0, f1=0.5, read_ms=20.0),
    asked("d", 0.4, False, True, language="kk", exact_match=0.0, f1=0.0, read_ms=40.0),
    asked("e", 0.2, False, False, answerable=False),
]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("  The FIRST of May, 1959! ", ["the", "first", "of", "may", "1959"]),
        ("1990–1995", ["1990", "1995"]),
        ("«Алаш» ҚАЛАСЫ", ["алаш", "қаласы"]),
        ("２０２３年10月", ["2023", "年", "10", "月"]),
        ("哈萨克斯坦,Almaty市", ["哈", "萨", "克", "斯", "坦", "almaty", "市"]),
        ("soft\u00adware \u200fabc", ["software", "abc"]),
        ("Straße", ["strasse"]),
        ("…", []),
    ],
)
def test_short_answers_are_compared_by_words_and_han_by_characters(text: str, words: list[str]) -> None:
    assert words_of(text) == words


def test_exact_match_and_f1_take_the_best_accepted_answer() -> None:
    assert exact_match("The first of May.", ["1 May", "the first of may"]) == 1.0
    assert exact_match("first of May", ["the first of May"]) == 0.0
    assert exact_match("五月 一日", ["五月一日。"]) == 1.0
    assert exact_match("", ["…"]) == 0.0
    assert f1("on the first of May", ["May 1", "the first of May"]) == pytest.approx(2 * 4 / (5 + 4))
    assert f1("五月一日上午", ["五月一日"]) == pytest.approx(2 * 4 / (6 + 4))
    assert f1("May May", ["May"]) == pytest.approx(2 * 1 / 3)  # a word counts as often as it stands in both
    assert f1("", ["May"]) == 0.0
    assert f1("May", []) == 0.0


def test_areas_are_what_a_pencil_gives() -> None:
    assert auroc([0.9, 0.5, 0.5], [True, True, False]) == pytest.approx(3 / 4)  # a tie is half a win
    assert auroc([0.9, 0.5], [True, True]) is None
    assert aurc([0.9, 0.8, 0.7, 0.6], [0, 1, 0, 1]) == pytest.approx((0 + 1 / 2 + 1 / 3 + 2 / 4) / 4)
    assert aurc([0.6, 0.7, 0.8, 0.9], [1, 0, 1, 0]) == aurc([0.9, 0.8, 0.7, 0.6], [0, 1, 0, 1])
    tied = (0 + 0.5 / 2 + 1 / 3) / 3
    assert aurc([0.9, 0.5, 0.5], [0, 1, 0]) == aurc([0.9, 0.5, 0.5], [0, 0, 1]) == pytest.approx(tied)
    assert aurc([], []) is None


def test_citations_reach_the_evidence_as_hits_do() -> None:
    pieces = [Place("d", 0, 100, "en"), Place("e", 0, 100, "ru")]
    first, second = Place("d", 50, 150, "en"), Place("e", 10, 20, "ru")
    assert reaches([first], pieces, needs_all=False)
    assert not reaches([Place("d", 60, 160, "en")], pieces, needs_all=False)
    assert not reaches([first], pieces, needs_all=True)
    assert reaches([first, second], pieces, needs_all=True)
    assert not reaches([first], [], needs_all=False)
    assert not reaches([first], [], needs_all=True)


def test_cited_is_what_statements_cite_and_where_the_same_words_stand() -> None:
    chunk = Chunk("d", 0, 0, 5, 5, 10, 1, "en", None, 0, 5, 1, "words", "words")
    hit = Hit(1, 0.5, 0.5, chunk, "d.txt", twins=(Twin("copy", "copy.txt", "en", 7, 12, "words"),))
    other = replace(
        hit, chunk=replace(chunk, source_start=90, source_end=95), twins=(Twin("no", "n", "en", 1, 2, "w"),)
    )
    made = answer(citation(1, 0, 10), citation(2, 40, 50), statements=(statement(1),), hits=(hit, other))
    assert cited_places(made) == [Place("d", 0, 10, "en"), Place("copy", 7, 12, "en")]


def test_the_short_answer_is_the_first_focus() -> None:
    assert (
        short_answer(answer(statements=(statement(1), statement(2, focus="May"), statement(3, focus="June")))) == "May"
    )
    assert short_answer(answer(statements=(statement(1),))) == ""


def test_an_answer_is_judged_by_what_the_dataset_says(tmp_path: Path, encoder: Encoder) -> None:
    dataset = read_dataset(write_gold(tmp_path / "gold", FILES, QUESTIONS))
    prepared = prepare(dataset, Settings(min_confidence=0.8), encoder, folder=tmp_path / "cache")
    prepared.engine.collection.close()
    asked, _, unanswerable = dataset.queries
    (place,) = prepared.evidence["g1"]
    cited = citation(1, place.start, place.end, place.document_id)
    given = answer(cited, statements=(statement(1, focus="first of May"),), timings_ms={"read": 12.5})
    found = judge(given, asked, prepared)
    assert (found.answered, found.reaches, found.answerable, found.read_ms) == (True, True, True, 12.5)
    assert (found.exact_match, found.f1) == (0.0, pytest.approx(2 * 3 / 7))
    refused = judge(replace(given, confidence=0.79), asked, prepared)
    assert (refused.answered, refused.reaches, refused.exact_match, refused.f1) == (False, True, 0.0, 0.0)
    nothing = judge(answer(status="abstained"), asked, prepared)
    assert (nothing.answered, nothing.reaches, nothing.read_ms) == (False, False, None)
    elsewhere = judge(replace(given, citations=(replace(cited, document_id="other"),)), asked, prepared)
    assert (elsewhere.answered, elsewhere.reaches) == (True, False)
    false = judge(given, unanswerable, prepared)
    assert (false.answered, false.answerable, false.reaches, false.f1) == (True, False, False, None)


def test_figures_of_answers_are_what_a_pencil_gives() -> None:
    found = answer_figures(FIVE, 0.5)
    assert (found["answered"], found["abstained"]) == (3, 2)
    assert (found["false_answers"], found["false_refusals"]) == (1, 1)
    assert (found["answered_answerable"], found["answered_unanswerable"]) == pytest.approx((2 / 3, 1 / 2))
    assert found["evidence_cited"] == pytest.approx(1 / 3)
    assert (found["short_answers"], found["exact_match"], found["f1"]) == (3, pytest.approx(1 / 3), pytest.approx(0.5))
    assert found["auroc"] == pytest.approx(4 / 6)
    assert found["aurc"] == pytest.approx((0 + 1 / 2 + 2 / 3 + 2 / 4 + 3 / 5) / 5)
    assert (found["read_p50_ms"], found["read_p95_ms"]) == pytest.approx((25.0, 38.5))
    assert set(found["by_language"]) == {"en", "kk"}
    kazakh = found["by_language"]["kk"]
    assert (kazakh["answered"], kazakh["false_answers"], kazakh["false_refusals"]) == (1, 1, 1)
    assert (kazakh["evidence_cited"], kazakh["auroc"], kazakh["aurc"]) == (0.0, 0.0, pytest.approx((1 + 1 / 2) / 2))
    assert "reliability" not in kazakh
    bare = answer_figures([asked("a", 0.9, True, True)], 0.5)
    assert (bare["exact_match"], bare["f1"], bare["auroc"], bare["read_p50_ms"]) == (None, None, None, None)
    assert bare["evidence_cited"] == 1.0


def kept(answers: list[Asked], digest: str = "0123456789abcdef") -> dict[str, Any]:
    """A result of a gold set as it is kept, with nothing of rankings in it."""
    return {
        "format": 1,
        "dataset": {"name": "set", "digest": digest, "documents": 3, "chunks": 9, "queries": 5, "judged": 3},
        "method": "dalil",
        "language_detected": None,
        "metrics": {},
        "by_language": {},
        "matrix": {"measure": "recall@10", "queries": [], "evidence": [], "values": []},
        "bias": {},
        "speed": dict.fromkeys(
            ("queries_per_second", "retrieval_p50_ms", "retrieval_p95_ms", "encoding_ms", "index_seconds", "embedded"),
            1,
        ),
        "answering": answer_figures(answers, 0.5),
        "per_query": {one.query: {"language": one.language, **one.values} for one in answers},
    }


def test_answers_are_compared_question_by_question_and_areas_over_all() -> None:
    better = [replace(FIVE[0]), replace(FIVE[1], answered=False, confidence=0.1), *FIVE[2:]]
    changes = {change.measure: change for change in compare([kept(FIVE)], [kept(better)])}
    assert set(changes) == set(ANSWER_MEASURES)
    false = changes["answered_unanswerable"]
    assert (false.before, false.after) == (0.5, 0.0)
    assert false.low == -1.0
    assert changes["evidence_cited"].after == changes["evidence_cited"].before
    assert not changes["evidence_cited"].is_clear
    area = changes["auroc"]
    assert area.after - area.before == pytest.approx(1 / 3)
    assert area.low is not None
    assert area.high is not None
    assert area.low <= area.after - area.before <= area.high
    of_others = compare([kept(FIVE)], [kept(better, "f" * 16)])
    assert {(change.low, change.high) for change in of_others} == {(None, None)}


def test_an_interval_of_an_area_leaves_out_no_change_where_every_question_gained() -> None:
    many = [asked(str(n), n / 40, True, n % 2 == 0, answerable=n % 2 == 0) for n in range(40)]
    right = [replace(one, confidence=0.9 if one.answerable else 0.1) for one in many]
    changes = {change.measure: change for change in compare([kept(many)], [kept(right)])}
    assert changes["auroc"].is_clear
    assert changes["aurc"].is_clear
    assert changes["aurc"].after < changes["aurc"].before


def test_the_gate_knows_of_which_figures_less_is_better() -> None:
    recorded = kept(FIVE)
    assert fallen([recorded], [recorded], 0.0, GUARDED) == []
    for measure in GUARDED:
        value = recorded["answering"].get(measure)
        if value is None:
            continue
        worse = 0.1 if measure in LESS_IS_BETTER else -0.1
        for change, count in ((worse, 1), (-worse, 0), (worse / 4, 0)):
            now = kept(FIVE)
            now["answering"][measure] = value + change
            problems = fallen([recorded], [now], 0.05, GUARDED)
            assert len(problems) == count, (measure, change)
            assert all(f"{measure} of dalil on set is" in problem for problem in problems)
    now = kept(FIVE)
    now["answering"]["f1"] = None
    assert fallen([recorded], [now], 0.05, GUARDED) == [
        "f1 of dalil on set was recorded and is not measured now; run the same datasets and methods"
    ]
    (problem,) = fallen([recorded], [recorded], 0.05, ["mAP"])
    assert "nothing was recorded that is watched" in problem


def test_results_with_other_answering_than_figures_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps({**kept(FIVE), "answering": ["figures"]}))
    with pytest.raises(WrongUse, match="does not hold results of this version"):
        load_runs(str(tmp_path / "a.json"), tmp_path)


def test_answers_are_shown_in_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    print_runs([kept(FIVE)])
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert (
        "dalil answers 67% of the answerable and 50% of the unanswerable questions (confidence of 0.5 or more)" in lines
    )
    assert "answers of dalil answered abstained false answers false refusals" in lines
    assert "all questions 3 2 1 of 2 1 of 3" in lines
    assert "in kk 1 1 1 of 1 1 of 1" in lines
    assert "their worth cited exact match F1 AUROC AURC ms p95 ms" in lines
    assert "all questions 0.333 0.333 0.500 0.667 0.453 25.0 38.5" in lines
    print_changes(compare([kept(FIVE)], [kept(FIVE)]), "a", "b")
    assert "Less is better of answered_unanswerable, brier, aurc." in capsys.readouterr().out


def test_answers_are_shown_on_the_page() -> None:
    text = Page(render([kept(FIVE)])).line()
    assert "False answers Unanswerable questions that were answered; less is better. 1 " in text
    assert "Evidence cited Share of answerable questions whose answer cites the marked evidence. 0.333 " in text
    assert "Reading, median (ms) 25.0 " in text
    assert "Answers of dalil by language of the question Measure en kk Answerable questions 2 1 " in text
    assert "by language of the question" not in Page(render([kept(FIVE[:1])])).line()


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"answers": "1 May"}, "answers must be a list of texts with letters or digits"),
        ({"answers": ["1 May", 1]}, "answers must be a list of texts with letters or digits"),
        ({"answers": ["…"]}, "answers must be a list of texts with letters or digits"),
        ({"type": "unanswerable", "evidence": [], "answers": ["1 May"]}, "answers and type disagree"),
        ({"question": "?!"}, "question has no letter and no digit"),
    ],
)
def test_wrong_answers_of_a_gold_set_are_named(tmp_path: Path, row: dict[str, Any], message: str) -> None:
    root = write_gold(tmp_path, FILES, [QUESTIONS[1], {**QUESTIONS[0], **row}])
    with pytest.raises(WrongUse) as caught:
        read_dataset(root)
    assert f"questions.jsonl, line 2: {message}" in str(caught.value)


def test_a_gold_set_is_answered_as_the_product_answers(tmp_path: Path, encoder: Encoder) -> None:
    """Asked once whatever the confidence, and judged by the threshold: what the product does must be the same."""
    dataset = read_dataset(write_gold(tmp_path / "gold", FILES, QUESTIONS))
    assert dataset.answers == {"g1": ("the first of May", "1 May")}
    (run,) = run_dataset(dataset, ["dalil"], Settings(), encoder, folder=tmp_path / "cache")
    confidences = sorted(row["confidence"] for row in run["per_query"].values())
    threshold = (confidences[0] + confidences[-1]) / 2
    chosen = Settings(min_confidence=threshold)
    (run,) = run_dataset(dataset, ["dalil"], chosen, encoder, folder=tmp_path / "cache")
    prepared = prepare(dataset, chosen, encoder, folder=tmp_path / "cache")
    with Assistant(prepared.engine.collection, encoder, chosen, prepared.engine) as assistant:
        answers = {query.id: assistant.ask(query.text) for query in dataset.queries}
    for name, row in run["per_query"].items():
        given = row["answered_answerable" if row["answerable"] else "answered_unanswerable"]
        assert given == (answers[name].status == "answered"), name
        assert row["confidence"] == pytest.approx(answers[name].confidence, abs=1e-6)
    found = run["answering"]
    assert found["answered"] == sum(one.status == "answered" for one in answers.values())
    assert 0 < found["answered"] < len(answers)
    assert (found["answerable"], found["unanswerable"], found["short_answers"]) == (2, 1, 1)
    focuses = [one.focus.text for one in answers["g1"].statements if one.focus]
    assert found["exact_match"] == exact_match(focuses[0] if focuses else "", dataset.answers["g1"])
    assert run["per_query"]["g1"]["evidence_cited"] == 1.0
    assert "mAP" in run["per_query"]["g1"]
    assert "mAP" not in run["per_query"]["g3"]
    assert run["per_query"]["g3"]["error"] == 1.0
    assert json.loads(json.dumps(run)) == run
