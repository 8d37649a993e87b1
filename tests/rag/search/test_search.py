"""Search over small real collections: filters, quoted words and near-duplicates."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from rag_support import index, open_assistant, write_notes

from embeddings import Encoder
from rag.assistant import Assistant
from rag.errors import CollectionError
from rag.search.collection import STORE_NAME
from rag.search.filters import Filters
from rag.settings import Settings

LONG = "The two ministers agreed in Astana to open the railway gate at Korgas for freight on the first of May 2021"
COPIES = {
    "first.txt": f"{LONG}.\n\nThe gate had been closed since the winter of the year before.\n",
    "copy.txt": f"ASTANA — {LONG}!\n\nWheat waited on both sides of the border for eleven weeks.\n",
    "other.txt": f"{LONG.replace('2021', '2022')}.\n\nApples do not travel well in summer heat.\n",
    "denied.txt": f"It is not true that {LONG[0].lower()}{LONG[1:]}.\n\nNobody was at the gate on that day.\n",
    "negated.txt": f"{LONG.replace('agreed', 'did not agree')}.\n\nHorses graze on the meadow beside the old line.\n",
    "jian.txt": "两国部长在阿斯塔纳商定,霍尔果斯铁路口岸自二〇二一年五月一日起向货运列车开放,双方延长工作时间。\n",
    "fan.txt": "兩國部長在阿斯塔納商定,霍爾果斯鐵路口岸自二〇二一年五月一日起向貨運列車開放,雙方延長工作時間。\n",
}


@pytest.fixture(scope="module")
def copies(tmp_path_factory: pytest.TempPathFactory, encoder: Encoder) -> Assistant:
    folder = tmp_path_factory.mktemp("copies")
    index(encoder, folder / "collection", write_notes(folder / "files", COPIES))
    return open_assistant(folder / "collection", encoder)


def names(paths: list[str]) -> set[str]:
    return {Path(path).name for path in paths}


def test_copies_are_one_hit_with_its_twins_listed(copies: Assistant) -> None:
    hits = copies.search("When did the ministers agree to open the gate at Korgas?", 20)
    (hit,) = [
        hit for hit in hits if "agreed" in hit.chunk.text and "2021" in hit.chunk.text and "not" not in hit.chunk.text
    ]
    assert names([hit.path, *(twin.path for twin in hit.twins)]) == {"first.txt", "copy.txt"}
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    shown = hit.to_dict()["twins"][0]
    assert set(shown) == {"document_id", "path", "language", "part", "start", "end", "text"}
    source = Path(shown["path"]).read_text("utf-8")
    assert source[shown["start"] : shown["end"]] == shown["text"]


def test_another_number_or_a_negation_is_other_evidence(copies: Assistant) -> None:
    hits = copies.search("When did the ministers agree to open the gate at Korgas?", 20)
    assert {"other.txt", "negated.txt", "denied.txt"} <= names([hit.path for hit in hits])


def test_the_same_words_in_the_other_script_are_twins_and_shown_as_they_are(copies: Assistant) -> None:
    for question, own in (("铁路口岸何时开放？", "jian.txt"), ("鐵路口岸何時開放？", "fan.txt")):
        hits = copies.search(question, 20)
        (hit,) = [hit for hit in hits if hit.path.endswith(("jian.txt", "fan.txt"))]
        assert names([hit.path, *(twin.path for twin in hit.twins)]) == {"jian.txt", "fan.txt"}
        assert hit.chunk.text in COPIES[Path(hit.path).name]
        assert own in names([hit.path, *(twin.path for twin in hit.twins)])


def test_a_question_that_is_one_quotation_finds_those_words_alone(assistant: Assistant) -> None:
    hits = assistant.search('"қауіпті мемлекет"', 10)
    assert hits
    assert all("қауіпті мемлекет" in hit.chunk.text for hit in hits)
    assert assistant.search('"no such words stand anywhere here"', 10) == []
    assert assistant.ask('"no such words stand anywhere here"').status == "abstained"


def test_short_words_are_found_as_they_stand(copies: Assistant) -> None:
    hits = copies.search('"the gate had been closed"', 10)
    assert [Path(hit.path).name for hit in hits] == ["first.txt"]
    assert copies.search('"closed been had gate the"', 10) == []


def test_many_ask_at_once(copies: Assistant) -> None:
    questions = [f"When did the ministers agree to open gate {n}?" for n in range(24)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(copies.ask, questions, timeout=120))
    assert [answer.question for answer in answers] == questions


def test_quoted_words_lead_within_their_language(assistant: Assistant) -> None:
    plain = next(hit for hit in assistant.search("What is on the list?", 20) if hit.chunk.language == "kk")
    quoted = next(
        hit for hit in assistant.search("What is on the list «қауіпті мемлекет»?", 20) if hit.chunk.language == "kk"
    )
    assert "қауіпті мемлекет" in quoted.chunk.text
    assert quoted.lexical_rank == 1
    assert plain.lexical_rank != 1 or plain.chunk == quoted.chunk


def test_filters_limit_what_is_found(assistant: Assistant) -> None:
    question = "When does the visa agreement take effect?"
    assert {hit.chunk.language for hit in assistant.search(question, 20, filters=Filters(languages=("zh",)))} == {
        "zh-Hans", "zh-Hant"
    }  # fmt: skip
    every = assistant.search(question, 50)
    path = every[3].path
    assert {hit.path for hit in assistant.search(question, 20, filters=Filters(documents=(path,)))} == {path}
    dates = sorted({hit.card.published for hit in every if hit.card and hit.card.published})
    late = assistant.search(question, 50, filters=Filters(since=dates[-1]))
    assert late
    assert all(hit.card and str(hit.card.published) >= dates[-1] for hit in late)
    assert {hit.path for hit in late} < {hit.path for hit in assistant.search(question, 500)}
    assert assistant.search(question, 5, filters=Filters(since="2999")) == []
    assert assistant.ask(question, filters=Filters(since="2999")).status == "abstained"
    answer = assistant.ask(question, filters=Filters(languages=("kk",)))
    assert {citation.language for citation in answer.citations} == {"kk"}


def test_the_retriever_takes_filters_too(assistant: Assistant) -> None:
    retriever = assistant.retriever.model_copy(update={"filters": Filters(languages=("ru",)), "k": 3})
    assert {found.metadata["language"] for found in retriever.invoke("Где прошли учения?")} == {"ru"}


def test_without_alignment_words_still_find(tmp_path: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("rag.indexing.update", "rag.search.engine"):
        monkeypatch.setattr(f"{module}.alignment_of", lambda fingerprint: None)
    index(encoder, tmp_path / "c", write_notes(tmp_path / "files"))
    with open_assistant(tmp_path / "c", encoder) as opened:
        assert opened.engine.pool().alignment is None
        assert opened.search("Korgas bridge opened", 1)[0].path.endswith("bridge.txt")


def test_weights_are_settings(collection: Path, encoder: Encoder) -> None:
    with open_assistant(collection, encoder, hub_weight=0.0, language_weight=0.0, lexical_weight=0.0) as plain:
        hit = plain.search("When was the bridge opened?", 1)[0]
        pool = plain.engine.pool()
        row = pool.sentences.row_of(hit.chunk.id)
        query = encoder.encode_queries(["When was the bridge opened?"])
        assert pool.alignment
        query = pool.alignment.apply(query, ["en"], "query")[0]
        paragraph = pool.paragraphs.products(query)[pool.paragraph_rows[row]]
        weight = Settings().paragraph_weight
        assert hit.score == pytest.approx((hit.similarity + weight * paragraph) / (1 + weight), abs=1e-4)


def test_a_slip_of_ours_is_not_told_as_a_damaged_collection(copies: Assistant, monkeypatch: pytest.MonkeyPatch) -> None:
    for slip in (KeyError("k"), ValueError("v"), TypeError("t")):

        def fail(*_: object, slip: Exception = slip) -> None:
            raise slip

        with monkeypatch.context() as patch:
            patch.setattr("rag.search.engine.rank", fail)
            with pytest.raises(type(slip)):
                copies.search("When was the gate opened?", 3)


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM documents",
        "UPDATE chunks SET start = 'one'",
        'UPDATE chunks SET "end" = 100000',
        "UPDATE paragraphs SET start = -4",
        "UPDATE documents SET text = ''",
        "DELETE FROM chunks WHERE id % 2",
        "UPDATE chunks SET wording = 'none'",
        "UPDATE hubs SET hubness = 'none'",
    ],
)
def test_rows_that_contradict_each_other_are_told_with_what_to_do(
    tmp_path: Path, encoder: Encoder, damage: str
) -> None:
    index(encoder, tmp_path / "collection", write_notes(tmp_path / "files", COPIES))
    with sqlite3.connect(tmp_path / "collection" / STORE_NAME) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute(damage)
    connection.close()
    with pytest.raises(CollectionError, match=r"run `dalil index PATH`"):
        open_assistant(tmp_path / "collection", encoder).search("When was the gate opened?", 20)
