"""Which row of a table a question is about."""

from dataclasses import replace

import pytest

from corpus.types import Chunk
from rag.answer import Read
from rag.search.rows import is_row, set_back

ROWS = [
    "Kestrel | Home port: Alder Bay | Entered service: 1998 | Passengers: 240",
    "Plover | Home port: Moss Point | Entered service: 2011 | Passengers: 410",
    "Dunlin | Home port: Moss Point | Entered service: 2007 | Passengers: 150",
]


def chunk(number: int, text: str, document: str = "d") -> Chunk:
    return Chunk(document, number, 0, len(text), 0, len(text), 1, "en", None, 0, len(text), 9, text, text, number)


def best(question: str, texts: list[str]) -> str:
    chunks = [chunk(number, text) for number, text in enumerate(texts)]
    # The reader likes the last row best.
    reads = {number: Read(float(number), 0.0, 0.0) for number in range(len(texts))}
    found = set_back(question, chunks, reads)
    return texts[max(found, key=lambda number: found[number].score)].split(" | ")[0]


@pytest.mark.parametrize(
    ("question", "row"),
    [
        ("How many passengers can the Plover carry?", "Plover"),
        ("Сколько пассажиров берёт паром Kestrel?", "Kestrel"),
        ("Which ferry entered service in 1998?", "Kestrel"),
        ("Which ferry of Moss Point entered service in 2011?", "Plover"),
        ("哪艘渡轮能载410人？", "Plover"),
        ("How many passengers can the Avocet carry?", "Dunlin"),
    ],
)
def test_the_row_that_the_question_names_comes_first(question: str, row: str) -> None:
    assert best(question, ROWS) == row


def test_rows_of_other_tables_and_sentences_stay_where_they_are() -> None:
    other = chunk(7, "Plover | Fare: 12", "another")
    sentence = replace(chunk(8, "The Kestrel | is no row."), paragraph_start=-5)
    reads = {7: Read(1.0, 0.0, 0.0), 8: Read(2.0, 0.0, 0.0)}
    assert set_back("What does the Kestrel cost?", [other, sentence], reads) == reads
    assert is_row(other)
    assert not is_row(sentence)
