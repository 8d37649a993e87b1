"""What is read together for a question, and what the reader is told it is taken from."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from corpus.types import Chunk
from embeddings import Passage, Reading
from rag.search.reading import read, windows


class Counting:
    """A reader that keeps what it was given; a word is a token."""

    name = "counting"

    def __init__(self) -> None:
        self.seen: list[Passage] = []

    def read(self, question: str, passages: Sequence[Passage]) -> list[Reading]:
        self.seen += passages
        return [Reading(1.0, (0.5,) * len(p.sentences), (None,) * len(p.sentences)) for p in passages]

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]


def document(sentences: Sequence[str], *, heading: str | None = None, words_a_paragraph: int = 1000) -> list[Chunk]:
    """Chunks of one document, a new paragraph wherever the last is full."""
    chunks: list[Chunk] = []
    paragraph, filled, start = 0, 0, 0
    for position, text in enumerate(sentences):
        if filled and filled + len(text.split()) > words_a_paragraph:
            paragraph, filled = paragraph + 1, 0
        filled += len(text.split())
        end = start + len(text)
        place = (start, end, start, end)
        chunk = Chunk("d", position, *place, 1, "en", heading, start, end, 9, text, text, position + 1, paragraph)
        chunks.append(chunk)
        start = end + 1
    return chunks


@pytest.mark.parametrize(
    ("title", "heading", "told"),
    [
        ("The mills of Kentau", "Owners", "The mills of Kentau – Owners"),
        ("The mills of Kentau", None, "The mills of Kentau"),
        ("", "Owners", "Owners"),
        ("Owners", "Owners", "Owners"),
        ("", None, ""),
    ],
)
def test_the_reader_is_told_title_and_heading(title: str, heading: str | None, told: str) -> None:
    reader = Counting()
    chunks = document(["She sold it in 1911."], heading=heading)
    made = windows(chunks, {"d": chunks}, {"d": title}, "When was the mill sold?", reader)
    read("When was the mill sold?", made, reader, {1: 0.5})
    assert [passage.title for passage in reader.seen] == [told]
    assert [passage.text for passage in reader.seen] == ["She sold it in 1911."]


def test_a_paragraph_is_read_once_and_whole() -> None:
    reader = Counting()
    chunks = document([f"This is sentence number {n} of the report." for n in range(12)], words_a_paragraph=96)
    made = windows([chunks[3], chunks[9]], {"d": chunks}, {"d": "Report"}, "Which?", reader)
    assert [chunk.position for chunk in made[0].chunks] == list(range(12))
    assert len(made) == 1


def test_no_more_is_read_than_the_budget_and_always_something() -> None:
    reader = Counting()
    chunks = document(["word " * 160] * 30, words_a_paragraph=160)
    made = windows(chunks, {"d": chunks}, {"d": "A title of six words here"}, "Which?", reader)
    assert 9 <= len(made) <= 12  # 1,900 tokens, of which the title and the question take their part
    long = document(["word " * 2_000])
    assert len(windows(long, {"d": long}, {}, "Which?", reader)) == 1
