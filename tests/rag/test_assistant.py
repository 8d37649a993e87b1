"""The assistant for programs: answers, streams, chain, retriever, threads, and a collection that changes meanwhile."""

from __future__ import annotations

import asyncio
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable
from rag_support import NOTES, Remembering, index, open_assistant, write_notes

import rag
from corpus.reading import read_text
from rag import Answer, Assistant, CollectionError, DalilError, Statement, WrongUse
from rag.verify import verify_answer

QUESTION = "When was the old bridge at Korgas opened?"


@pytest.fixture
def small(collection: Path, encoder: Remembering) -> Any:
    with open_assistant(collection, encoder) as opened:
        yield opened


def test_the_package_gives_what_the_contract_names() -> None:
    assert {"Assistant", "Answer", "Citation", "Statement", "Hit"} <= set(rag.__all__)
    assert all(getattr(rag, name) is not None for name in rag.__all__)
    with pytest.raises(AttributeError, match="Oracle"):
        _ = rag.Oracle


def test_ask(small: Assistant) -> None:
    answer = small.ask(QUESTION, id="q1")

    assert isinstance(answer, Answer)
    assert (answer.question, answer.id, answer.language, answer.status) == (QUESTION, "q1", "en", "answered")
    assert (answer.mode, answer.model) == ("extractive", None)
    assert 0 <= answer.confidence <= 1
    assert "May 1959" in answer.statements[0].text
    assert {s.support for s in answer.statements} == {"supported"}
    assert [c.number for c in answer.citations] == list(range(1, len(answer.citations) + 1))
    assert [s.citations for s in answer.statements] == [(c.number,) for c in answer.citations]
    assert 1 <= len(answer.statements) <= small.settings.max_statements
    assert set(answer.timings_ms) == {"retrieve", "read", "generate", "verify", "total"}
    assert verify_answer(answer.to_dict()) == []


def test_a_citation_is_an_address_in_the_file(small: Assistant) -> None:
    for citation in small.ask(QUESTION).citations:
        path = Path(citation.path)
        read = read_text(path, path.read_bytes())
        source = read.source
        assert read.document.words_at(citation.start, citation.end) == citation.quote
        assert source[: citation.start].count("\n") + 1 == citation.line


def test_search_and_k(small: Assistant) -> None:
    hits = small.search(QUESTION, 3)

    assert [hit.rank for hit in hits] == [1, 2, 3]
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert "May 1959" in hits[0].chunk.text
    assert hits[0].path.endswith("bridge.txt")
    assert len(small.search(QUESTION)) == min(small.settings.k, len(small.search(QUESTION, 200)))
    assert len(small.ask(QUESTION, k=2).hits) == 2
    assert small.ask(QUESTION, k=2).statements == small.ask(QUESTION, k=50).statements


@pytest.mark.parametrize(
    ("question", "file"),
    [
        ("Қандай кітапхана 1931 жылы ашылды?", "kitap.txt"),
        ("Когда отправляется поезд в Урумчи?", "poezd.txt"),
        ("茶馆每天几点开门?", "cha.txt"),
        ("燈塔由誰看守?", "dao.txt"),
        ("Where do wild apple trees grow?", "apples.md"),
    ],
)
def test_each_language_finds_its_file(small: Assistant, question: str, file: str) -> None:
    answer = small.ask(question)
    assert answer.citations[0].path.endswith(file)
    assert verify_answer(answer.to_dict()) == []


def test_metadata_reaches_the_citation(small: Assistant) -> None:
    citation = small.ask("Where do wild apple trees grow?").citations[0]
    assert (citation.title, citation.url) == ("Apples of Almaty", "https://example.org/apples")
    assert (citation.published, citation.language, citation.page) == ("2021-04-05", "en", None)


def test_little_confidence_is_an_abstention(collection: Path, encoder: Remembering) -> None:
    with open_assistant(collection, encoder, min_confidence=1.0) as opened:
        answer = opened.ask("What does a litre of milk cost on the moon?")
    assert (answer.status, answer.statements, answer.citations) == ("abstained", (), ())
    assert answer.hits
    assert verify_answer(answer.to_dict()) == []


def test_stream(small: Assistant) -> None:
    events = list(small.stream(QUESTION, k=3))

    answer = events[-1].data
    assert isinstance(answer, Answer)
    kinds = [event.kind for event in events]
    assert kinds == ["hits", *["tokens", "statement"] * len(answer.statements), "answer"]
    assert events[0].data == list(answer.hits)
    assert len(answer.hits) == 3
    said = [event.data for event in events if isinstance(event.data, Statement)]
    assert said == [replace(statement, agreement=None) for statement in answer.statements]
    assert "".join(e.data for e in events if e.kind == "tokens" and isinstance(e.data, str)) == "".join(
        s.text for s in answer.statements
    )
    assert answer.statements == small.ask(QUESTION).statements


def test_stream_gives_the_hits_before_the_answer_is_written(small: Assistant, notes: Path) -> None:
    stream = small.stream(QUESTION)
    assert next(stream).kind == "hits"
    (notes / "bridge.txt").write_text("All is different now.")
    rest = list(stream)
    assert rest[-1].kind == "answer"
    assert isinstance(rest[-1].data, Answer)
    assert rest[-1].data.statements[0].support == "unsupported"


class Steps(BaseCallbackHandler):
    """Writes down the steps that begin and end."""

    def __init__(self) -> None:
        self.began: list[str] = []
        self.ended = 0

    def on_chain_start(self, serialized: Any, inputs: Any, **options: Any) -> None:
        self.began.append(options["name"])

    def on_chain_end(self, outputs: Any, **options: Any) -> None:
        self.ended += 1


def test_chain(small: Assistant) -> None:
    assert isinstance(small.chain, Runnable)
    steps = Steps()

    answer = small.chain.invoke(QUESTION, config={"callbacks": [steps]})

    assert answer.statements == small.ask(QUESTION).statements
    assert [name for name in steps.began if name in {"prepare", "retrieve", "write", "verify"}] == [
        "prepare", "retrieve", "write", "verify"
    ]  # fmt: skip
    assert steps.began[0] == "dalil"
    assert steps.ended == len(steps.began)


def test_chain_batch_and_async(small: Assistant) -> None:
    questions: list[Any] = [QUESTION, {"question": "茶馆每天几点开门?", "id": "b", "k": 2}]

    first, second = small.chain.batch(questions)

    assert first.citations[0].path.endswith("bridge.txt")
    assert second.citations[0].path.endswith("cha.txt")
    assert (second.id, len(second.hits)) == ("b", 2)
    assert asyncio.run(small.chain.ainvoke(QUESTION)).statements == first.statements
    with pytest.raises(WrongUse):
        small.chain.invoke("")
    failed, right = small.chain.batch(["", QUESTION], return_exceptions=True)
    assert isinstance(failed, WrongUse)
    assert isinstance(right, Answer)


def test_retriever(small: Assistant) -> None:
    assert isinstance(small.retriever, BaseRetriever)

    documents = small.retriever.invoke(QUESTION)

    hits = small.search(QUESTION)
    assert all(isinstance(document, Document) for document in documents)
    assert [document.page_content for document in documents] == [hit.chunk.text for hit in hits]
    first = documents[0].metadata
    assert first["path"] == hits[0].path
    assert {"rank", "score", "document_id", "language", "start", "end", "line", "heading", "paragraph"} <= set(first)
    assert asyncio.run(small.retriever.ainvoke(QUESTION)) == documents


@pytest.mark.filterwarnings("ignore:This API is in beta")
def test_the_chain_says_what_it_takes_and_serves_as_a_tool(small: Assistant) -> None:
    schema = small.chain.get_input_jsonschema()
    assert schema["required"] == ["question"]
    assert {"question", "history", "k", "filters", "gloss", "id"} == set(schema["properties"])
    assert "statements" in small.chain.get_output_jsonschema()["$defs"]["Answer"]["properties"]
    tool = small.chain.as_tool(name="evidence", description="Answers from documents, with citations.")
    answer = tool.invoke({"question": QUESTION, "k": 3})
    assert isinstance(answer, Answer)
    assert [statement.text for statement in answer.statements] == [s.text for s in small.ask(QUESTION).statements]


def test_filters_may_be_given_by_their_names(small: Assistant) -> None:
    answer = small.chain.invoke({"question": QUESTION, "filters": {"languages": ["ru"]}})
    assert {hit.chunk.language for hit in answer.hits} == {"ru"}
    with pytest.raises(WrongUse, match="is not a language tag"):
        small.chain.invoke({"question": QUESTION, "filters": {"languages": ["<b>"]}})


def test_open_by_folder(collection: Path, encoder: Remembering) -> None:
    for place in (collection, str(collection), None):
        with Assistant.open(place, encoder=encoder) as opened:
            assert opened.search(QUESTION, 1)[0].path.endswith("bridge.txt")
    with pytest.raises(CollectionError, match="there is no collection at"):
        Assistant.open(collection / "nowhere")
    assert issubclass(CollectionError, DalilError)


def test_eight_threads_get_the_answers_that_one_gets(small: Assistant) -> None:
    questions = [QUESTION, "茶馆每天几点开门?", "Когда отправляется поезд в Урумчи?", "Where do wild apples grow?"] * 6
    alone = {question: small.ask(question).statements for question in set(questions)}

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(small.ask, questions))

    assert [answer.question for answer in answers] == questions
    assert all(answer.statements == alone[answer.question] for answer in answers)
    assert all(verify_answer(answer.to_dict()) == [] for answer in answers)


def test_the_next_question_sees_what_was_indexed(
    small: Assistant, collection: Path, notes: Path, encoder: Remembering
) -> None:
    assert "May 1959" in small.ask(QUESTION).statements[0].text
    (notes / "bridge.txt").write_text("The old bridge at Korgas was opened in June 1961 by the minister.\n")
    index(encoder, collection, notes)

    answer = small.ask(QUESTION)

    assert "June 1961" in answer.statements[0].text
    assert verify_answer(answer.to_dict()) == []
    assert not any("May 1959" in hit.chunk.text for hit in small.search(QUESTION, 200))


def test_a_changed_file_is_not_passed_off_as_support(
    small: Assistant, notes: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (notes / "bridge.txt").write_text("Nothing of it is left.")

    answer = small.ask(QUESTION)

    assert (answer.statements[0].support, answer.statements[0].score) == ("unsupported", 0.0)
    assert "has changed since it was indexed; run `dalil index PATH`" in caplog.text


def test_indexing_meanwhile_never_mixes_two_generations(
    small: Assistant, collection: Path, notes: Path, encoder: Remembering
) -> None:
    """Every file says its edition; an answer's hits must all be of one."""

    def write(edition: int) -> None:
        for name in ("a", "b", "c"):
            text = f"The {name} bridge of edition {edition} crosses the river."
            (notes / f"edition-{name}.txt").write_text(f"{text}\n")

    write(0)
    index(encoder, collection, notes)
    done, wrong, seen = threading.Event(), [], set()

    def ask() -> None:
        try:
            while not done.is_set():
                answer = small.ask("Which bridge crosses the river?", k=50)
                editions = {m[1] for h in answer.hits if (m := re.search(r"edition (\d+)", h.chunk.text))}
                seen.update(editions)
                count = sum("edition" in hit.chunk.text for hit in answer.hits)
                if len(editions) != 1 or count != 3:
                    wrong.append((editions, count))
        except Exception as error:  # noqa: BLE001 - to be shown by the main thread
            wrong.append(error)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for edition in range(1, 7):
            write(edition)
            index(encoder, collection, notes)
    finally:
        done.set()
        for thread in threads:
            thread.join()

    assert wrong == []
    assert len(seen) >= 2


def test_opening_while_another_indexes(collection: Path, notes: Path, encoder: Remembering) -> None:
    done, wrong = threading.Event(), []

    def reopen() -> None:
        try:
            while not done.is_set():
                with open_assistant(collection, encoder) as opened:
                    opened.search(QUESTION, 1)
        except Exception as error:  # noqa: BLE001 - to be shown by the main thread
            wrong.append(error)

    thread = threading.Thread(target=reopen)
    thread.start()
    try:
        for edition in range(6):
            (notes / "new.txt").write_text(f"Edition {edition} of the harbour's rules was printed on blue paper.\n")
            index(encoder, collection, notes)
    finally:
        done.set()
        thread.join()
    assert wrong == []


def test_an_empty_collection_finds_nothing(tmp_path: Path, encoder: Remembering) -> None:
    folder = write_notes(tmp_path / "n", {"a.txt": NOTES["bridge.txt"]})
    index(encoder, tmp_path / "c", folder)
    (folder / "a.txt").unlink()
    index(encoder, tmp_path / "c", folder)
    with open_assistant(tmp_path / "c", encoder) as opened:
        assert opened.search(QUESTION) == []
        answer = opened.ask(QUESTION)
    assert (answer.status, answer.confidence, answer.hits) == ("abstained", 0.0, ())
