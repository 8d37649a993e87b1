"""The client: against a real service."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from api_support import QUESTION, QUESTIONS, Server, make_key, serving

from rag.assistant import Assistant
from rag.client import AnswerMade, AsyncClient, Client, HitsFound, ServiceError, StatementMade
from rag.client.retriever import HttpRetriever
from rag.wire.requests import Job, Limits, Turn

KEY = "dalil_0123456789abcdef_secret"


@pytest.fixture
def there(server: Server) -> Iterator[Client]:
    """A client of the real service."""
    with Client(server.address) as client:
        yield client


@pytest.mark.parametrize("language", QUESTIONS)
def test_answers_in_five_languages_lead_back_to_their_sources(there: Client, language: str) -> None:
    answer = there.ask(QUESTIONS[language], id=f"q-{language}")
    assert (answer.id, answer.status, answer.language) == (f"q-{language}", "answered", language)
    assert answer.statements
    assert answer.citations
    for citation in answer.citations:
        span = there.span(citation.document_id, citation.start, citation.end, around=0)
        assert span.text == citation.quote
        assert [piece.text for block in span.blocks for piece in block.pieces if piece.cited] == [citation.quote]


def test_a_stream_gives_hits_then_statements_then_the_answer(server: Server, there: Client) -> None:
    events = list(there.stream(QUESTION, id=7, k=4))
    assert isinstance(events[0], HitsFound)
    assert isinstance(events[-1], AnswerMade)
    answer = events[-1].answer
    assert (answer.id, len(answer.hits)) == (7, 4)
    assert events[0].hits == answer.hits
    # Who else says so is found at the end.
    alone = [statement.model_copy(update={"agreement": None}) for statement in answer.statements]
    assert [event.statement for event in events if isinstance(event, StatementMade)] == alone != []

    async def run() -> list[str]:
        async with AsyncClient(server.address) as client:
            return [event.kind async for event in client.stream(QUESTION, k=4)]

    assert asyncio.run(run()) == [event.kind for event in events]


def test_a_stream_is_the_answer_that_is_asked_for(there: Client) -> None:
    options: dict[str, Any] = {
        "filters": Limits(languages=["ru"]), "style": "extractive", "min_confidence": 0.0, "gloss": False,
        "history": [Turn(question="Что это за соглашение?", answer="О визах."), {"question": "А когда?"}],
    }  # fmt: skip
    whole = there.ask(QUESTIONS["ru"], **options)
    last = list(there.stream(QUESTIONS["ru"], **options))[-1]
    assert isinstance(last, AnswerMade)
    assert last.answer.model_dump(exclude={"timings_ms"}) == whole.model_dump(exclude={"timings_ms"})
    assert {hit.language for hit in whole.hits} == {"ru"}


def test_a_stream_left_early_leaves_the_service_well(there: Client) -> None:
    with closing(there.stream(QUESTION)) as events:
        assert next(events).kind == "hits"
    assert there.search(QUESTION, k=1).hits


def test_a_search_is_limited_and_ranked(server: Server, there: Client) -> None:
    found = there.search(QUESTION, k=3, filters={"languages": ["kk"]}, id="s")
    assert (found.id, found.language, [hit.rank for hit in found.hits]) == ("s", "en", [1, 2, 3])
    assert {hit.language for hit in found.hits} == {"kk"}

    async def run() -> Any:
        async with AsyncClient(server.address) as client:
            return await client.search(QUESTION, k=3, filters=Limits(languages=["kk"]), id="s")

    assert asyncio.run(run()) == found


def test_a_saved_answer_holds_and_a_tampered_one_does_not(server: Server, there: Client) -> None:
    answer = there.ask(QUESTION)
    checked = there.verify(answer)
    assert checked.ok, checked
    assert checked.citations == len(answer.citations) > 0
    saved = json.loads(answer.model_dump_json())
    saved["citations"][0]["quote"] += " not"

    async def run() -> Any:
        async with AsyncClient(server.address) as client:
            return await client.verify(answer), await client.verify(saved)

    whole, tampered = asyncio.run(run())
    assert whole == checked
    assert not tampered.ok
    assert tampered.problems[0].number == saved["citations"][0]["number"]


def test_documents_are_listed_page_by_page_and_opened(server: Server, there: Client) -> None:
    every = list(there.all_documents(limit=7))
    held = there.collection()
    assert len({one.id for one in every}) == len(every) == held.documents > 7
    page = there.documents(languages=["kk", "ru"], order="published", limit=2, offset=1)
    assert (page.offset, len(page.documents)) == (1, 2)
    assert {one.language for one in there.all_documents(languages=["kk", "ru"])} == {"kk", "ru"}
    publisher = next(one.publisher for one in every if one.publisher)
    assert {one.publisher for one in there.all_documents(publishers=publisher)} == {publisher}
    dated = list(there.all_documents(since="2023", until="2023"))
    assert dated == [one for one in every if (one.published or "").startswith("2023")]
    one = there.document(every[0].id, text=True)
    assert one.text
    assert there.document(one.id).text is None
    assert all(every[0].title in found.title for found in there.documents(text=every[0].title).documents)

    async def run() -> list[str]:
        async with AsyncClient(server.address) as client:
            assert await client.collection() == held
            assert (await client.document(one.id, text=True)).text == one.text
            return [found.id async for found in client.all_documents(limit=7)]

    assert asyncio.run(run()) == [found.id for found in every]


def test_models_are_what_may_be_asked_for(server: Server, there: Client) -> None:
    names = there.models()
    assert names[0] == "dalil"
    assert there.ask(QUESTION, model=names[0]).status == "answered"

    async def run() -> list[str]:
        async with AsyncClient(server.address) as client:
            return await client.models()

    assert asyncio.run(run()) == names


def test_refusals_are_errors_that_say_what_is_wrong(there: Client) -> None:
    with pytest.raises(ServiceError) as refused:
        there.search(QUESTION, k=0)
    error = refused.value
    assert (error.status, error.kind) == (422, "invalid")
    assert error.errors[0].pointer == "/k"
    assert error.request_id
    assert error.request_id in str(error)
    with pytest.raises(ServiceError, match="holds no document") as refused:
        there.document("0" * 16)
    assert (refused.value.status, refused.value.kind) == (404, "not-found")
    with pytest.raises(ServiceError) as refused:
        list(there.stream("?!"))
    assert refused.value.kind == "invalid"
    with pytest.raises(ServiceError) as refused:
        there.ask("half a pair \ud800")
    assert (refused.value.status, refused.value.errors[0].pointer) == (422, "/question")


def test_the_retriever_gives_hits_as_documents(server: Server, there: Client) -> None:
    retriever = HttpRetriever(client=there, k=3, filters=Limits(languages=["zh"]))
    documents = retriever.invoke(QUESTION)
    hits = there.search(QUESTION, k=3, filters=Limits(languages=["zh"])).hits
    assert [document.page_content for document in documents] == [hit.text for hit in hits]
    assert [document.metadata for document in documents] == [hit.model_dump() for hit in hits]
    assert {document.metadata["language"] for document in documents} <= {"zh-Hans", "zh-Hant"}
    assert asyncio.run(retriever.ainvoke(QUESTION)) == documents

    async def run() -> Any:
        async with AsyncClient(server.address) as client:
            return await HttpRetriever(asynchronous=client, k=3, filters={"languages": ["zh"]}).ainvoke(QUESTION)

    assert asyncio.run(run()) == documents
    with pytest.raises(ValueError, match="without a client"):
        HttpRetriever().invoke(QUESTION)


def test_the_retriever_names_things_as_the_one_in_the_same_process(there: Client, assistant: Assistant) -> None:
    near = assistant.retriever.model_copy(update={"k": 3}).invoke(QUESTION)
    far = HttpRetriever(client=there, k=3).invoke(QUESTION)
    beyond_the_wire = ("line", "heading", "paragraph")
    assert [document.page_content for document in far] == [document.page_content for document in near]
    assert [document.metadata for document in far] == [
        {name: value for name, value in document.metadata.items() if name not in beyond_the_wire} for document in near
    ]


def test_uploads_are_found_and_deleted(own_collection: Path, tmp_path: Path) -> None:
    folder = tmp_path / "service"
    key, asks = make_key(folder, "ask", "manage"), make_key(folder, "ask")
    note = tmp_path / "Құжат 文件.md"
    note.write_text("# Quokkas\n\nThe quokka census of Zhetisu counted 4711 animals.\n", encoding="utf-8")
    with serving(own_collection, folder) as server:
        with Client(server.address, key=key) as client:
            seen: list[Job] = []
            made = client.upload(note, ("second.txt", b"A second note about quokkas in Zhetisu."), ("bad.exe", b"MZ\0"))
            job = client.wait(made, timeout=120, on_progress=seen.append)
            assert (job.status, job.id, seen[-1]) == ("done", made.id, job), job
            assert len(job.documents) == 2, job
            assert list(job.skipped) == ["bad.exe"]
            (mine,) = [one for one in client.all_documents() if one.title == "Quokkas"]
            assert mine.uploaded
            assert [one.id for one in client.jobs()] == [made.id]
            assert client.documents(uploaded=True).total == len(list(client.all_documents(uploaded=True))) == 2
            assert client.search("quokka census of Zhetisu", k=1).hits[0].document_id == mine.id
            shipped = next(one for one in client.all_documents() if not one.uploaded)
            with pytest.raises(ServiceError) as refused:
                client.delete(shipped.id)
            assert (refused.value.status, refused.value.kind) == (409, "conflict")

        async def run() -> Job:
            async with AsyncClient(server.address, key=key) as client:
                deleted = await client.wait((await client.delete(mine.id)).id, timeout=120)
                assert [one.id for one in await client.jobs(limit=1)] == [deleted.id]
                return deleted

        assert asyncio.run(run()).kind == "delete"
        with Client(server.address, key=asks) as client:
            assert mine.id not in {one.id for one in client.all_documents()}
            with pytest.raises(ServiceError) as refused:
                client.upload(("a.txt", b"words"))
            assert (refused.value.status, refused.value.kind) == (403, "forbidden")
        with Client(server.address, key=KEY) as client, pytest.raises(ServiceError) as refused:
            client.collection()
        assert (refused.value.status, refused.value.kind) == (401, "unauthorized")
