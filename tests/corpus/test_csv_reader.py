"""Separated values: what separates them, what names their columns, and the place of each cell in the text."""

import csv
import io

import pytest
from corpus_support import check_invariants, headings, paragraphs, read
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.errors import Unreadable

FERRIES = "Ferry,Home port,Passengers\nHeron,Moss Point,410\nOsprey,,380\n"
ROWS = [
    "Ferry | Home port | Passengers",
    "Heron | Home port: Moss Point | Passengers: 410",
    "Osprey | Passengers: 380",
]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_whatever_separates_the_cells(separator: str, line_end: str) -> None:
    text = FERRIES.replace(",", separator).replace("\n", line_end)
    result = read(text, "ferries.csv")
    assert paragraphs(result) == ROWS
    assert result.document.rows == (0, 1, 2)
    check_invariants(result, text.encode())


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le"])
def test_encodings(encoding: str) -> None:
    assert paragraphs(read(FERRIES, "ferries.csv", encoding)) == ROWS


def test_names_that_only_windows_writes_in_shift_jis() -> None:
    text = "名前,年齢,住所\n佐藤太郎,30,東京\n三木英子,25,大阪\n髙橋淳,35,名古屋\n"
    assert paragraphs(read(text, "people.csv", "cp932"))[3] == "髙橋淳 | 年齢: 35 | 住所: 名古屋"


def test_quoted_cells_keep_separators_line_breaks_and_quotation_marks() -> None:
    text = 'Name,Words,Year\nAda,"He said ""yes"",\nthen left.",2031\nLin,"No, never.",2032\n'
    result = read(text, "words.csv")
    assert paragraphs(result)[1] == 'Ada | Words: He said "yes", then left. | Year: 2031'
    check_invariants(result, text.encode())
    chunk = next(c for c in result.chunks if "then left" in c.text)
    assert text[chunk.source_start : chunk.source_end].startswith('Ada,"He said ""yes"",\nthen')


def test_a_backslash_may_escape_a_quotation_mark() -> None:
    text = 'name,words,year\nAda,"He said \\"yes\\", then left",2031\n'
    assert paragraphs(read(text, "words.csv"))[1] == 'Ada | words: He said "yes", then left | year: 2031'


def test_a_lone_quotation_mark_swallows_nothing() -> None:
    text = 'Part,Size,Price\n5" pipe,"12,4\n6" pipe,13,5\n'
    assert paragraphs(read(text, "parts.csv"))[1:] == [
        '5" pipe | Size: "12 | Price: 4',
        '6" pipe | Size: 13 | Price: 5',
    ]


def test_a_first_line_may_tell_the_separator_and_titles_may_follow() -> None:
    result = read("sep=;\nFerries of the bay;;\n\n" + FERRIES.replace(",", ";"), "ferries.csv")
    assert headings(result) == ["Ferries of the bay"]
    assert paragraphs(result) == ROWS
    assert result.document.title == "Ferries of the bay"


def test_without_a_header_no_cell_is_named() -> None:
    assert paragraphs(read("Heron,Moss Point\nOsprey,Gull Bay\n", "a.csv")) == [
        "Heron | Moss Point",
        "Osprey | Gull Bay",
    ]
    assert paragraphs(read("Heron,2019,410\nOsprey,2021,380\n", "a.csv")) == [
        "Heron | 2019 | 410",
        "Osprey | 2021 | 380",
    ]


def test_years_may_name_columns() -> None:
    assert paragraphs(read("Port,2019,2020\nPell,12,13\nIlm,14,15\n", "a.csv"))[1] == "Pell | 2019: 12 | 2020: 13"


def test_one_column_is_paragraphs() -> None:
    result = read("The ferry leaves at nine.\nIt comes back at ten.\n", "notes.csv")
    assert paragraphs(result) == ["The ferry leaves at nine.", "It comes back at ten."]
    assert result.document.rows == ()


def test_a_page_under_a_table_s_name_is_a_page() -> None:
    assert (
        read("<html><body><p>The ferry leaves at nine, they say.</p></body></html>", "a.csv").document.reader == "html"
    )


def test_an_empty_table_is_said_so() -> None:
    for text in ("", "\n\n", ",,,\n,,\n"):
        with pytest.raises(Unreadable):
            read(text, "a.csv")


_CELL = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=8)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(_CELL, min_size=3, max_size=3), min_size=1, max_size=6), st.sampled_from(",;\t"))
def test_every_cell_comes_out_whole(rows: list[list[str]], separator: str) -> None:
    out = io.StringIO()
    out.write(f"sep={separator}\n")
    csv.writer(out, delimiter=separator, quoting=csv.QUOTE_ALL).writerows(rows)
    words = " ".join(read(out.getvalue(), "a.csv").document.text.split())
    for row in rows:
        assert all(cell in words for cell in row)
