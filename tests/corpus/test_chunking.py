from pathlib import Path

import pytest
from corpus_support import check_invariants, read

from corpus.chunking import ChunkSizes, count_tokens
from corpus.language import detect_language
from corpus.reading import read_document

LONG = "A sentence that is long enough to stand alone as one chunk, about the border and its trucks"


def texts(text: str, name: str = "a.txt") -> list[str]:
    return [chunk.text for chunk in read(text, name).chunks]


def test_a_very_short_sentence_joins_the_one_before_it() -> None:
    assert texts(f"{LONG}. It rained. {LONG}.") == [f"{LONG}. It rained.", f"{LONG}."]


def test_a_very_short_first_sentence_joins_the_one_after_it() -> None:
    assert texts(f"It rained. {LONG}. {LONG}.") == [f"It rained. {LONG}.", f"{LONG}."]


def test_many_short_sentences_do_not_grow_into_one_chunk() -> None:
    result = read("It rained. " * 500)
    assert len(result.chunks) > 10
    assert max(chunk.tokens for chunk in result.chunks) <= ChunkSizes().longest_joined


def test_a_very_long_sentence_is_cut_at_clauses() -> None:
    sentence = ", ".join(["the trucks that came from the north waited for the gate to open"] * 60) + "."
    result = read(sentence)
    assert len(result.chunks) > 1
    assert max(chunk.tokens for chunk in result.chunks) <= ChunkSizes().longest
    assert all(chunk.text.endswith((",", ".")) for chunk in result.chunks)
    assert " ".join(chunk.text for chunk in result.chunks) == sentence


@pytest.mark.parametrize("unit", ["a", "中", "👩‍👩‍👧", "e\u0301", "\u200d", "ะ"])
def test_text_without_any_place_to_cut_is_cut_between_characters(unit: str) -> None:
    result = read("x" + unit * 3000)
    assert "".join(chunk.text for chunk in result.chunks) == result.document.text
    assert max(chunk.tokens for chunk in result.chunks) <= ChunkSizes().longest + 64
    if unit in {"👩‍👩‍👧", "e\u0301"}:
        assert {chunk.text[0] for chunk in result.chunks} == {"x", unit[0]}


def test_sizes_are_a_choice() -> None:
    data = f"{LONG}. It rained. {LONG}.".encode()
    result = read_document(Path("/a.txt"), data, ChunkSizes(shortest=1))
    assert len(result.chunks) == 3


def test_a_long_paragraph_is_parted_at_sentence_ends_into_what_an_encoder_reads() -> None:
    result = read(" ".join(f"{LONG} in the year {1000 + year}." for year in range(120)))
    contexts = {(chunk.paragraph_start, chunk.paragraph_end): chunk.paragraph for chunk in result.chunks}
    assert len(contexts) > 1
    assert max(len(context.encode()) for context in contexts.values()) <= ChunkSizes().longest_paragraph + len(contexts)
    assert all(paragraph.endswith(".") for paragraph in contexts.values())


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_chunks_know_the_line_they_begin_on(end: str) -> None:
    text = end.join(["Title line", "", f"{LONG}.", "", "", f"{LONG}", "on two lines.", ""])
    assert [chunk.line for chunk in read(text).chunks] == [3, 6]


def test_each_chunk_has_its_own_language() -> None:
    text = "Екі елдің үкіметі шекараны көктемде ашуға келісті. "
    text += "Правительства двух стран договорились открыть границу весной."
    result = read(text)
    assert [chunk.language for chunk in result.chunks] == ["kk", "ru"]
    assert result.document.language == detect_language(text)


def test_a_document_of_headings_alone_can_be_cited() -> None:
    result = read("# Border opened on Monday\n", "a.md")
    assert [chunk.text for chunk in result.chunks] == ["Border opened on Monday"]


def test_source_left_out_of_a_sentence_is_inside_its_address_and_not_in_its_text() -> None:
    source = "<p>The trucks <script>var words = 1;</script>that came from the <!-- c -->north"
    source += " had waited for two long days.</p>"
    result = read(source, "a.html")
    (chunk,) = result.chunks
    assert chunk.text == "The trucks that came from the north had waited for two long days."
    assert source[chunk.source_start : chunk.source_end].startswith("The trucks <script>")
    check_invariants(result, source.encode())


def test_counting_tokens_takes_special_tokens_for_text_and_long_words_in_windows() -> None:
    assert count_tokens("<|endoftext|>") > 1
    assert count_tokens("a" * 200_000) > 10_000
    assert count_tokens("") == 0


def test_short_sentences_of_a_bilingual_document_are_in_the_language_of_their_script() -> None:
    english = "The council met on Monday and agreed that the old bridge should be painted before the summer begins."
    russian = "Совет собрался в понедельник и решил, что старый мост следует покрасить до начала лета."
    text = f"{english} {english}\n\nThe mayor is Ada Brook.\n\n{russian}\n\nМэр города — Ада Брук.\n"
    languages = [chunk.language for chunk in read(text).chunks]
    assert languages == ["en", "en", "en", "ru", "ru"]


def test_a_unit_of_the_source_is_never_cut() -> None:
    # The replacement is one unit of two sentences; the paragraph around it is too long for one context.
    intro = " ".join(
        f"The {number}th lighthouse of the long northern coast was lit again that year." for number in range(30)
    )
    text = f".. |ends| replace:: It was closed. Nobody came.\n\nHead\n====\n\n{intro} |ends| Then winter came early.\n"
    result = read(text, "a.rst")
    check_invariants(result, text.encode())
    assert sum("Nobody came." in chunk.text for chunk in result.chunks) == 1
