import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.readers.base import Block, Piece, assemble, clean_blocks, pieces_without, plain_line
from corpus.readers.text.plain import line_number, line_starts, split_lines
from corpus.rows import pack_source_map, unpack_source_map
from corpus.types import Address, Part, Segment, SourceMap, address_of

# "Tom &amp; Jerry" with a line break that reads as a space, at 10 in the source.
EXAMPLE = SourceMap((Segment(0, 10, 4, 4), Segment(4, 14, 1, 5), Segment(5, 19, 1, 2), Segment(6, 30, 5, 5)))


@pytest.mark.parametrize(
    ("span", "source"),
    [
        ((0, 11), (10, 35)),
        ((0, 1), (10, 11)),
        ((4, 5), (14, 19)),
        ((4, 6), (14, 21)),
        ((7, 9), (31, 33)),
        ((3, 5), (13, 19)),
    ],
)
def test_a_span_leads_to_the_smallest_source_that_holds_it(span: tuple[int, int], source: tuple[int, int]) -> None:
    assert EXAMPLE.source_span(*span) == source


@pytest.mark.parametrize("span", [(0, 0), (3, 2), (-1, 2), (0, 12), (11, 12)])
def test_a_span_outside_the_text_is_an_error(span: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="no reading text"):
        EXAMPLE.source_span(*span)


@pytest.mark.parametrize(
    ("source", "span"),
    [((10, 35), (0, 11)), ((11, 12), (1, 2)), ((15, 16), (4, 5)), ((21, 30), None), ((22, 32), (6, 8)), ((5, 9), None)],
)
def test_a_span_of_the_source_leads_to_what_was_read_from_it(
    source: tuple[int, int], span: tuple[int, int] | None
) -> None:
    assert EXAMPLE.reading_span(*source) == span


def test_text_that_stands_for_no_source_is_read_only_between_words() -> None:
    labelled = SourceMap((Segment(0, 0, 5, 5), Segment(5, 6, 7, 0), Segment(12, 6, 3, 3), Segment(15, 9, 2, 0)))
    assert labelled.reading_span(0, 9) == (0, 15)
    assert labelled.reading_span(6, 9) == (12, 15)
    assert labelled.reading_span(0, 6) == (0, 5)


SEGMENTS = st.lists(st.tuples(*[st.integers(0, 2**32 - 1)] * 4).map(lambda numbers: Segment(*numbers)), max_size=30)


@given(SEGMENTS)
def test_a_packed_map_unpacks_to_itself(segments: list[Segment]) -> None:
    source_map = SourceMap(tuple(segments))
    assert unpack_source_map(pack_source_map(source_map)) == source_map


PIECES = st.lists(st.text(st.sampled_from("ab 中文б\n\r\t\u00a0\u200b\u202e-e\u0301👩‍"), max_size=12), max_size=8)


@settings(deadline=None)
@given(PIECES, st.lists(st.booleans(), min_size=8, max_size=8))
def test_assembled_text_is_what_its_own_slices_clean_to(texts: list[str], dropped: list[bool]) -> None:
    source = "".join(texts)
    pieces, position = [], 0
    for text, drop in zip(texts, dropped, strict=False):
        if text and not drop:
            pieces.append(Piece(position, position + len(text), text))
        position += len(text)
    reading = assemble([Block("paragraph", tuple(pieces))])
    assert reading.text == reading.text.strip()
    assert reading.source_map.reading_length == len(reading.text)
    if reading.text and not any(dropped):
        start, end = reading.source_map.source_span(0, len(reading.text))
        assert clean_blocks([Block("paragraph", (Piece(start, end, source[start:end]),))]) == reading.text


def test_pieces_leave_out_overlapping_ranges() -> None:
    pieces = pieces_without("0123456789", 1, 9, [(0, 2), (3, 5), (4, 6), (8, 20)])
    assert [piece.text for piece in pieces] == ["2", "67"]


@settings(deadline=None)
@given(st.text(st.sampled_from("ab\r\n\f\u2028"), max_size=40))
def test_lines_hold_the_text_and_are_counted_as_editors_count(source: str) -> None:
    lines = split_lines(source)
    assert "".join(source[line.start : line.end] for line in lines) == source.translate(
        dict.fromkeys(map(ord, "\r\n\f\u2028"))
    )
    starts = line_starts(source)
    for position in range(len(source) + 1):
        number = sum(start <= position for start in starts)
        assert line_number(source, position) == number
    assert len(starts) == 1 + source.replace("\r\n", "\n").replace("\r", "\n").count("\n")


def test_metadata_is_brought_to_one_line() -> None:
    assert plain_line(" a\n\tb\u202ec\u0000 \ud800d ", 50) == "a bc d"
    assert plain_line("word " * 100, 20) == "word word word word…"


def test_an_address_in_a_file_with_parts() -> None:
    parts = (Part("1", 0, 10), Part("2", 12, 30))
    assert Address("2", 3, 8).in_source(parts) == (15, 20)
    assert Address("2", 3, 19).in_source(parts) is None
    assert Address("2", -3, 8).in_source(parts) is None
    assert Address("3", 0, 1).in_source(parts) is None
    # What stands in a part has no address without it, nor has what reaches into one.
    assert Address(None, 15, 20).in_source(parts) is None
    assert Address(None, 10, 13).in_source(parts) is None
    assert Address(None, 10, 12).in_source(parts) == (10, 12)
    assert Address(None, 3, 8).in_source(()) == (3, 8)
    assert address_of(parts, 15, 20) == Address("2", 3, 8)
    assert address_of(parts, 10, 12) == Address(None, 10, 12)
