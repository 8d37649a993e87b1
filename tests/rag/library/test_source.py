"""The document beside an answer: what is marked in it are the cited words, no more and no less."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from rag.assistant import Assistant
from rag.library.source import Piece, Source, gone, is_web_address, open_source, shown_path

QUESTIONS = {
    "en": ["Which countries are on the list of 26 dangerous countries?", "How did the visa exemption come about?"],
    "ru": ["Где прошли учения «Тянь-Шань-1»?", "Сколько дней действует безвизовый режим?"],
    "kk": ["Келісім қашан күшіне енді?", "Қазақстан азаматтары Қытайда неше күн визасыз бола алады?"],
    "zh-Hans": ["伊犁的哈萨克人能拿回护照吗？", "26个敏感国家有哪些？"],
    "zh-Hant": ["協定何時生效？", "哪些組織被取締？"],
}


def pieces(source: Source) -> Iterator[Piece]:
    for block in source.blocks:
        yield from block.pieces


def marked(source: Source, number: int) -> str:
    return "".join("".join(piece.text for piece in pieces(source) if number in piece.numbers).split())


def whole(assistant: Assistant, citation: Mapping[str, Any], *cited: Mapping[str, Any]) -> Source:
    source = open_source(assistant.collection, citation["document_id"], cited or [citation], at=citation, around=10**6)
    assert source is not None
    return source


@pytest.mark.parametrize("language", QUESTIONS)
def test_the_marks_are_exactly_the_cited_words(assistant: Assistant, language: str) -> None:
    for question in QUESTIONS[language]:
        answer = assistant.ask(question).to_dict()
        assert answer["language"] == language
        assert answer["citations"]
        for citation in answer["citations"]:
            source = whole(assistant, citation, *answer["citations"])
            same = [c for c in answer["citations"] if c["document_id"] == citation["document_id"]]
            assert marked(source, citation["number"]) == "".join(citation["quote"].split())
            assert {n for piece in pieces(source) for n in piece.numbers} == {c["number"] for c in same}
            # The part that is opened holds the cited words whole.
            part = open_source(assistant.collection, citation["document_id"], same, at=citation, around=0)
            assert part is not None
            assert len(part.blocks) == 1
            assert marked(part, citation["number"]) == "".join(citation["quote"].split())
            assert (source.title, source.url, source.state) == (citation["title"], citation["url"], "whole")


def test_every_sentence_of_every_document_can_be_marked(assistant: Assistant) -> None:
    store = assistant.collection.store
    count = 0
    for document_id, chunks in store.chunks_of(store.document_ids()).items():
        cited = [
            {"document_id": document_id, "start": c.source_start, "end": c.source_end, "number": n}
            for n, c in enumerate(chunks, 1)
        ]
        source = whole(assistant, cited[0], *cited)
        for number, chunk in enumerate(chunks, 1):
            assert marked(source, number) == "".join(chunk.text.split()), (source.path, number)
            count += 1
    assert count == store.counts()[1] > 300


def test_a_citation_over_several_sentences_is_marked_whole(assistant: Assistant) -> None:
    store = assistant.collection.store
    for document_id, chunks in store.chunks_of(store.document_ids()).items():
        first, last = chunks[1], chunks[4]
        cited = {"document_id": document_id, "start": first.source_start, "end": last.source_end, "number": 7}
        inner = {**cited, "end": first.source_end, "number": 8}
        other = {**cited, "document_id": "another", "number": 9}
        source = whole(assistant, cited, cited, inner, other)
        document = store.document(document_id)
        assert document is not None
        between = "".join(document.text[first.start : last.end].split())
        assert marked(source, 7) == between
        assert marked(source, 8) == "".join(first.text.split())
        assert marked(source, 9) == ""


def test_the_text_is_all_there_and_windows_count_what_they_leave_out(assistant: Assistant) -> None:
    store = assistant.collection.store
    for document_id in store.document_ids():
        document = store.document(document_id)
        assert document is not None
        full = open_source(assistant.collection, document_id, around=10**6)
        assert full is not None
        assert (full.before, full.after) == (0, 0)
        spans = sorted([*document.paragraphs, *((h.start, h.end) for h in document.headings)])
        assert ["".join(p.text for p in b.pieces) for b in full.blocks] == [document.text[a:b] for a, b in spans]
        assert sum(block.level > 0 for block in full.blocks) == len(document.headings)
        chunks = store.chunks_of([document_id])[document_id]
        for chunk in (chunks[0], chunks[len(chunks) // 2], chunks[-1]):
            part = open_source(assistant.collection, document_id, at={"start": chunk.source_start}, around=2)
            assert part is not None
            assert part.before + len(part.blocks) + part.after == len(full.blocks)
            assert part.blocks == full.blocks[part.before : part.before + len(part.blocks)]
            middle = next(n for n, (a, b) in enumerate(spans) if a <= chunk.start < b)
            assert part.before == max(0, middle - 2)
            assert part.after == max(0, len(spans) - middle - 3)


@pytest.mark.parametrize("at", [None, 0, -5, 10**9])
def test_a_place_that_is_not_there_opens_the_beginning(assistant: Assistant, at: int | None) -> None:
    document_id = assistant.collection.store.document_ids()[0]
    source = open_source(assistant.collection, document_id, at=at if at is None else {"start": at}, around=1)
    assert source is not None
    assert source.before == 0


def test_a_document_that_is_gone(assistant: Assistant) -> None:
    (citation, *_) = assistant.ask(QUESTIONS["en"][0]).to_dict()["citations"]
    assert open_source(assistant.collection, "0" * 16, [citation]) is None
    assert open_source(assistant.collection, "' OR 1=1 --", [citation]) is None
    told = gone(citation)
    assert (told.state, told.blocks, told.title, told.url) == ("gone", (), citation["title"], citation["url"])
    hit = {"document_id": "x", "path": "/srv/a/b.txt", "language": "en", "title": "", "url": None}
    assert gone(hit).title == "a/b.txt"


@pytest.mark.parametrize(
    "url",
    [
        None, "", "javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x", "  http://a", "\thttp://a", "//x",
        "/x", "x", "http:", "http:/a", "https", "httpx://a", "ftp://a", "file:///etc/passwd", "vbscript:x", "\nhttp://a",
        "javascript://http://a", "blob:http://a", "\u202ehttp://a",
    ],
)  # fmt: skip
def test_no_link_is_made_of(url: str | None) -> None:
    assert not is_web_address(url)


@pytest.mark.parametrize("url", ["http://a", "https://a/b?c#d", "HTTPS://A", "https://例え.jp/道"])
def test_a_web_address(url: str) -> None:
    assert is_web_address(url)


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/home/me/papers/2021/kk/a.txt", "kk/a.txt"),
        ("/a.txt", "a.txt"),
        ("/b/a.txt", "b/a.txt"),
        ("a.txt", "a.txt"),
        ("", ""),
    ],
)
def test_the_last_parts_of_a_path(path: str, shown: str) -> None:
    assert shown_path(path) == shown
