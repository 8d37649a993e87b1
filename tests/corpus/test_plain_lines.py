"""Lines of plain text: wrapped ones are joined, those that stand for themselves are not."""

import textwrap

import pytest
from corpus_support import check_invariants, headings, paragraphs, read
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.readers.text.lines import Shape

PROSE = (
    "The council of Varn met on Monday evening to hear the report of the harbour master, who said that the eastern"
    " mole had lost eleven stones since the winter. The Kingdom of Denmark will pay for half of it, and the town for"
    " the rest of the work that is to begin in June."
)


@pytest.mark.parametrize("width", [40, 60, 72, 80])
def test_wrapped_prose_is_joined(width: int) -> None:
    other = PROSE.replace("council", "board")
    source = "\n\n".join(textwrap.fill(text, width) for text in (PROSE, other))
    assert paragraphs(read(source)) == [PROSE, other]


def test_wrapped_chinese_is_joined_with_nothing() -> None:
    text = "松溪大桥建设指挥部昨日宣布，大桥主体工程已经全部完成，比原计划提前了三个月。负责人表示，仪式将于下月举行。"
    assert paragraphs(read("\n".join(textwrap.wrap(text, 20)))) == [text]


@pytest.mark.parametrize(
    "source",
    [
        "松溪大桥一九六二年开工\n工期三年\n一九六五年通车\n首日过车三百辆",
        "山色入窗来\n水声到枕边\n一灯照白发\n半夜数归船",
        "Shall the harbour keep its boats tonight,\nAnd shall the winter hold its tongue?\nThe lamps are white",
        "12/03/2031, 09:14 - Runa: The ferry is off\n12/03/2031, 09:15 - Pål: Then we go at ten",
        "[10:04] <ada> hello\n[10:05] <cy> the key is in the jar",
        "Q: When does it open?\nA: At nine.\nQ: May I bring a dog?\nA: No dogs.",
        "问：图书馆几点开门\n答：九点\n问：可以带狗吗\n答：不可以",
        "Сұрақ: Кітапхана қашан ашылады?\nЖауап: Тоғызда.",
        "Name: Ada Brook\nBorn: 4 May 1988\nPhone: 555 0142",
        "The council approved 4.2 million for the hall\nThe council rejected the parking garage",
        "The ship left Varn in May.\nIt had nine sailors.\nNobody was paid.",
        "apples and oats\npears\nplums",
    ],
)
def test_lines_that_stand_for_themselves(source: str) -> None:
    assert paragraphs(read(source)) == source.split("\n")


def test_speeches_items_and_quotations_go_on_over_lines() -> None:
    source = (
        "ADA: I think the boat should leave\nat ten, not before.\nCY: No.\n\n1) Bring the folder\n2) Call the"
        " miller, who has the\n   keys of the mill\n\n- New stop at the\n  square\n• Repair\n\n"
        "> Where are the keys\n> of the mill?\n"
    )
    result = read(source)
    assert paragraphs(result) == [
        "ADA: I think the boat should leave at ten, not before.", "CY: No.", "1) Bring the folder",
        "2) Call the miller, who has the keys of the mill", "New stop at the square", "Repair",
        "Where are the keys of the mill?",
    ]  # fmt: skip
    assert [paragraphs(result)[number] for number in result.document.items] == paragraphs(result)[2:6]
    check_invariants(result, source.encode())


def test_headings_among_lines() -> None:
    source = "Council minutes\n1. Opening\nThe session was opened at six.\n2. Budget\nThe hall costs 4.2 million\n"
    result = read(source)
    assert headings(result) == ["Council minutes", "1. Opening", "2. Budget"]
    assert paragraphs(result) == ["The session was opened at six.", "The hall costs 4.2 million"]
    assert headings(read("第一章 开工\n工期三年\n第二章 通车\n过车三百辆\n")) == ["第一章 开工", "第二章 通车"]
    assert headings(read("Chapter 1\nThe ship left.\nChapter 2\nIt sank.\n")) == ["Chapter 1", "Chapter 2"]
    assert headings(read("Budget\n======\nIt is 40 crowns.\nNotes\n-----\nNo more.\n")) == ["Budget", "Notes"]
    assert headings(read("See also\nchapter 1 and what follows there.\n")) == []


def test_a_run_of_lines_apart_is_a_list_and_no_headings() -> None:
    result = read("The jury\n\nAda Brook\n\nCy Dale\n\nMei Lin\n\nOuma Dieng\n\nThey met in May.\n")
    assert headings(result) == ["The jury", "Ouma Dieng"]
    assert paragraphs(result)[:3] == ["Ada Brook", "Cy Dale", "Mei Lin"]


@pytest.mark.parametrize(
    "source",
    ["Dock\tDepth\nNorth\t9 m\nSouth\t12 m\n", "| Dock | Depth |\n|---|---|\n| North | 9 m |\n| South | 12 m |\n",
     "Dock | Depth\n-----|------\nNorth | 9 m\nSouth | 12 m\n"],
)  # fmt: skip
def test_tables_in_text(source: str) -> None:
    result = read(source)
    assert paragraphs(result) == ["Dock | Depth", "North | Depth: 9 m", "South | Depth: 12 m"]
    assert result.document.rows == (0, 1, 2)
    check_invariants(result, source.encode())


def test_a_table_without_names_has_no_labels() -> None:
    assert paragraphs(read("North\t9 m\nSouth\t12 m\n")) == ["North | 9 m", "South | 12 m"]


def test_a_log_is_read_by_its_lines() -> None:
    assert paragraphs(read("start of\nthe pump\n\npump 4.2 bar\n", "a.log")) == ["start of", "the pump", "pump 4.2 bar"]


def test_a_range_of_numbers_is_not_joined_at_a_line_s_end() -> None:
    assert paragraphs(read("It held from 1990-\nand to 1995-\n1997, as they say.")) == [
        "It held from 1990- and to 1995- 1997, as they say."
    ]


def test_a_bare_word_is_no_evidence_unless_nothing_else_is_there() -> None:
    result = read("Remember:\nOld\nThe ferry left at nine.\n\n渡轮\n\n- salt\n- rye\n", "a.txt")
    assert [chunk.text for chunk in result.chunks] == ["Remember:", "The ferry left at nine.", "salt", "rye"]
    assert [chunk.text for chunk in read("Ferry\n").chunks] == ["Ferry"]
    assert [chunk.text for chunk in read("> Ferry\n\n| a | b |\n|-|-|\n| Heron | 9 |\n", "a.md").chunks][
        -1
    ] == "Heron | b: 9"


LINES = st.lists(st.text(alphabet="ab1.,:-中。 \tA>|=", max_size=12), max_size=12)


@settings(deadline=None, max_examples=200)
@given(LINES)
def test_no_letter_is_lost_and_lines_join_only_where_they_go_on(lines: list[str]) -> None:
    source = "Start of it.\n\n" + "\n".join(lines)
    result = read(source)
    check_invariants(result, source.encode())
    text = result.document.text
    # Rows have the names of their columns beside their own letters.
    assert result.document.rows or sorted(filter(str.isalnum, text)) == sorted(filter(str.isalnum, source))


def test_a_shape_knows_where_lines_go_on() -> None:
    shape = Shape(["The ferry left", "at nine.", "Then it came back."])
    assert [shape.goes_on(index) for index in range(2)] == [True, False]
