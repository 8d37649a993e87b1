"""Workbooks written by the tests themselves, as Excel and LibreOffice write them."""

import contextlib
import io
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.errors import Unreadable
from corpus.reading import FileText, read_text

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
# Styles by number: 0 plain, 1 date, 2 per cent, 3 bold, 4 date and time, 5 hours beyond a day.
_STYLES = (
    f'<styleSheet xmlns="{_MAIN}"><numFmts count="1"><numFmt numFmtId="164" formatCode="0.0%"/></numFmts>'
    "<fonts><font/><font><b/></font></fonts><fills><fill/></fills><borders><border/></borders><cellXfs>"
    '<xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="0" fontId="1"/><xf numFmtId="22"/>'
    '<xf numFmtId="46"/></cellXfs></styleSheet>'
)


def cell(place: str, value: object, style: int = 0) -> str:
    if isinstance(value, str):
        return f'<c r="{place}" s="{style}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    kind, shown = (' t="b"', int(value)) if isinstance(value, bool) else ("", value)
    return f'<c r="{place}" s="{style}"{kind}><v>{shown}</v></c>'


def grid(rows: list[list[object]], style: int = 0) -> str:
    lines = []
    for number, row in enumerate(rows, 1):
        cells = (cell(f"{chr(65 + i)}{number}", value, style) for i, value in enumerate(row) if value != "")
        lines.append(f'<row r="{number}">{"".join(cells)}</row>')
    return "".join(lines)


def xlsx(sheets: dict[str, str], *, states: dict[str, str] | None = None, extra: dict[str, str] | None = None) -> bytes:
    """A workbook: the rows of each sheet as XML, after a bar what follows them."""
    numbered = list(enumerate(sheets.items(), 1))
    listed = "".join(
        f'<sheet name="{escape(n)}" sheetId="{i}" state="{(states or {}).get(n, "visible")}" r:id="rId{i}"/>'
        for i, (n, _) in numbered
    )
    links = "".join(
        f'<Relationship Id="rId{i}" Type="{_OFFICE}/worksheet" Target="worksheets/s{i}.xml"/>' for i, _ in numbered
    )
    types = "".join(
        f'<Override PartName="/xl/worksheets/s{i}.xml" ContentType="{_SHEET}.worksheet+xml"/>' for i, _ in numbered
    )
    members = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" '
        f'ContentType="{_SHEET}.sheet.main+xml"/>{types}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r" '
        f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{links}'
        f'<Relationship Id="st" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": _STYLES,
    }
    for i, (_, rows) in numbered:
        data, _, after = rows.partition("|")
        members[f"xl/worksheets/s{i}.xml"] = (
            f'<worksheet xmlns="{_MAIN}"><sheetData>{data}</sheetData>{after}</worksheet>'
        )
    return packed(members | (extra or {}))


def packed(members: dict[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, text in members.items():
            package.writestr(name, text)
    return out.getvalue()


def ods(table: str, *, manifest: str = "<manifest/>") -> bytes:
    office = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'<office:document-content xmlns:office="{office}:office:1.0" xmlns:table="{office}:table:1.0" '
        f'xmlns:text="{office}:text:1.0"><office:body><office:spreadsheet>{table}</office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        package.writestr("content.xml", content)
        package.writestr("META-INF/manifest.xml", manifest)
        package.writestr(
            "meta.xml",
            '<m xmlns:dc="d"><dc:title>Ferries of the bay</dc:title><dc:creator>Ada Brook</dc:creator></m>',
        )
    return out.getvalue()


def read(data: bytes, name: str = "ferries.xlsx") -> FileText:
    return read_text(Path("/collection") / name, data)


def blocks(data: bytes, name: str = "ferries.xlsx") -> list[str]:
    return read(data, name).document.text.split("\n\n")


FERRIES: list[list[object]] = [["Ferry", "Home port", "Passengers"], ["Heron", "Moss Point", 410], ["Osprey", "", 380]]


def test_rows_stand_under_the_names_of_their_columns() -> None:
    read_file = read(xlsx({"Sheet1": grid(FERRIES)}))
    assert read_file.document.text.split("\n\n") == [
        "Ferry | Home port | Passengers",
        "Heron | Home port: Moss Point | Passengers: 410",
        "Osprey | Passengers: 380",
    ]
    assert len(read_file.document.rows) == 3
    assert [part.name for part in read_file.document.parts] == ["Sheet1"]
    assert read_file.document.reader == "spreadsheet"


def test_each_sheet_is_a_part_under_its_name_and_hidden_ones_are_told_of() -> None:
    states = {"Old": "hidden", "Older": "veryHidden"}
    read_file = read(xlsx({"Prices": grid(FERRIES), "Old": grid([["x", 1]]), "Older": ""}, states=states))
    assert [part.name for part in read_file.document.parts] == ["Prices", "Old"]
    assert read_file.document.text.startswith("Prices\n\nFerry | Home port")
    assert read_file.draft.warnings == (
        'sheet "Old" is hidden in the program',
        'sheet "Older" is hidden in the program',
    )


def test_values_are_shown_as_a_program_shows_them() -> None:
    rows = (
        f'<row r="1">{cell("A1", 0.1 + 0.2)}{cell("B1", 3.0)}{cell("C1", 43363, 1)}{cell("D1", 0.125, 2)}'
        f"{cell('E1', True)}{cell('F1', 43363.604166666664, 4)}{cell('G1', 1.5, 5)}{cell('H1', 1e-7)}"
        '<c r="I1" t="e"><v>#REF!</v></c></row>'
    )
    assert blocks(xlsx({"Sheet1": rows})) == [
        "0.3 | 3 | 2018-09-20 | 12.5% | TRUE | 2018-09-20 14:30 | 36:00:00 | 0.0000001 | #REF!"
    ]


def test_a_row_of_noughts_is_no_blank_row() -> None:
    assert blocks(xlsx({"Sheet1": grid([["Heron", 1], [0, False], ["Osprey", 2]])})) == [
        "Heron | 1",
        "0 | FALSE",
        "Osprey | 2",
    ]


def test_a_long_number_keeps_its_digits() -> None:
    assert blocks(xlsx({"Sheet1": grid([["Sum", 123456789012345], ["Rest", -0.07]])})) == [
        "Sum | 123456789012345",
        "Rest | -0.07",
    ]


def test_titles_stand_over_tables_and_notes_below_them() -> None:
    rows: list[list[object]] = [
        ["Ferries of the bay"], [], *FERRIES, ["All figures are those of the harbour office."], [],
        ["Bridge", "Metres"], ["Falk", 410],
    ]  # fmt: skip
    read_file = read(xlsx({"Sheet1": grid(rows)}))
    document = read_file.document
    assert [document.text[h.start : h.end] for h in document.headings] == ["Ferries of the bay"]
    assert document.text.split("\n\n")[4:] == [
        "All figures are those of the harbour office.",
        "Bridge | Metres",
        "Falk | Metres: 410",
    ]
    assert len(document.rows) == 5


def test_a_header_of_two_rows_and_merged_cells() -> None:
    rows = grid([
        ["Ferry", "2022", "", "2023", ""],
        ["", "Fares", "Crew", "Fares", "Crew"],
        ["Heron", 12, 3, 14, 4],
        ["Osprey", 15, 5, 16, 6],
    ])  # fmt: skip
    merges = '|<mergeCells><mergeCell ref="B1:C1"/><mergeCell ref="D1:E1"/></mergeCells>'
    assert blocks(xlsx({"Sheet1": rows + merges}))[2] == (
        "Heron | 2022 Fares: 12 | 2022 Crew: 3 | 2023 Fares: 14 | 2023 Crew: 4"
    )


def test_a_word_beside_several_rows_stands_in_each_and_a_figure_does_not() -> None:
    rows = grid([["Port", "Ferry", "Sum"], ["Moss Point", "Heron", 410], ["", "Osprey", ""]])
    merges = '|<mergeCells><mergeCell ref="A2:A3"/><mergeCell ref="C2:C3"/></mergeCells>'
    assert blocks(xlsx({"Sheet1": rows + merges}))[1:] == [
        "Moss Point | Ferry: Heron | Sum: 410",
        "Moss Point | Ferry: Osprey",
    ]


def test_rows_without_anything_that_names_them_get_no_labels() -> None:
    assert blocks(xlsx({"Sheet1": grid([["Heron", "Moss Point"], ["Osprey", "Gull Bay"]])})) == [
        "Heron | Moss Point",
        "Osprey | Gull Bay",
    ]


def test_a_bold_row_of_words_names_the_columns() -> None:
    rows = grid([["Vessel", "Berth"]], style=3) + grid([[], ["Heron", "Moss Point"]]).removeprefix('<row r="1"></row>')
    assert blocks(xlsx({"Sheet1": rows})) == ["Vessel | Berth", "Heron | Berth: Moss Point"]


def test_readings_over_characters_are_not_doubled() -> None:
    shared = f'<sst xmlns="{_MAIN}"><si><t>豊田</t><rPh sb="0" eb="2"><t>トヨタ</t></rPh></si></sst>'
    data = xlsx(
        {"Sheet1": '<row r="1"><c r="A1" t="s"><v>0</v></c></row>'},
        extra={
            "xl/sharedStrings.xml": shared,
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
            f'Type="{_OFFICE}/worksheet" Target="worksheets/s1.xml"/><Relationship Id="ss" '
            f'Type="{_OFFICE}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
        },
    )
    assert blocks(data) == ["豊田"]


def test_the_file_tells_its_title_and_author_but_no_program_s_name() -> None:
    core = '<c xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Ferries</dc:title><dc:creator>{}</dc:creator></c>'
    document = read(xlsx({"S": grid(FERRIES)}, extra={"docProps/core.xml": core.format("Ada Brook")})).document
    assert (document.title, document.author) == ("Ferries", "Ada Brook")
    document = read(xlsx({"S": grid(FERRIES)}, extra={"docProps/core.xml": core.format("openpyxl")})).document
    assert document.author is None


def test_open_document_sheets() -> None:
    def row(*values: str) -> str:
        cells = "".join(
            f'<table:table-cell office:value-type="string"><text:p>{v}</text:p></table:table-cell>' for v in values
        )
        return f"<table:table-row>{cells}</table:table-row>"

    blank = '<table:table-row table:number-rows-repeated="1048000"><table:table-cell/></table:table-row>'
    number = '<table:table-row><table:table-cell office:value-type="float" office:value="410"/></table:table-row>'
    data = ods(f'<table:table table:name="Bay">{row("Name", "City")}{row("Ada", "Pell")}{number}{blank}</table:table>')
    read_file = read(data, "ferries.ods")
    assert read_file.document.text.split("\n\n") == ["Bay", "Name | City", "Ada | City: Pell", "410"]
    assert (read_file.document.title, read_file.document.author) == ("Ferries of the bay", "Ada Brook")


@pytest.mark.parametrize("name", ["ferries.docx", "ferries", "ferries.xlsm"])
def test_a_workbook_is_known_by_its_bytes(name: str) -> None:
    assert read(xlsx({"Sheet1": grid(FERRIES)}), name).document.reader == "spreadsheet"


def test_a_table_in_text_under_a_workbook_s_name_is_read_as_what_it_is() -> None:
    read_file = read(b"Ferry\tPassengers\nHeron\t410\n", "export.xls")
    assert read_file.document.reader == "csv"
    assert read_file.document.text.split("\n\n") == ["Ferry | Passengers", "Heron | Passengers: 410"]


def refusal(data: bytes, name: str = "ferries.xlsx") -> str:
    with pytest.raises(Unreadable) as caught:
        read(data, name)
    return caught.value.reason


def test_what_is_empty_or_protected_is_said_so() -> None:
    assert "empty" in refusal(b"")
    assert "empty" in refusal(xlsx({"Sheet1": ""}))
    assert "empty" in refusal(xlsx({"Prices of the bay": '<row r="1"><c r="A1" s="1"/></row>'}))
    sealed = ods("<table:table/>", manifest="<manifest:encryption-data xmlns:manifest='m'/>")
    assert "password" in refusal(sealed, "a.ods")


def test_entities_are_refused() -> None:
    bomb = '<!DOCTYPE a [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><sst>&b;</sst>'
    assert "unsafe" in refusal(xlsx({"Sheet1": grid(FERRIES)}, extra={"xl/sharedStrings.xml": bomb}))


def test_a_cell_far_away_costs_no_memory() -> None:
    far = f'<row r="1">{cell("A1", "near")}</row><row r="1048576">{cell("XFD1048576", "far")}</row>'
    read_file = read(xlsx({"Far": far, "Near": grid(FERRIES)}))
    assert "Heron | Home port: Moss Point" in read_file.document.text
    assert read_file.draft.warnings == ('sheet "Far" spans more cells than can be read and was left out',)
    wide = '<table:table-cell table:number-columns-repeated="999999999"><text:p>x</text:p></table:table-cell>'
    assert "cells" in refusal(
        ods(f"<table:table table:name='a'><table:table-row>{wide}</table:table-row></table:table>"), "a.ods"
    )


def test_what_unpacks_to_far_more_than_its_size_is_refused() -> None:
    data = xlsx({"Sheet1": grid(FERRIES)}, extra={f"xl/media/{i}.xml": " " * 60_000_000 for i in range(7)})
    assert "unpacks" in refusal(data)


@pytest.mark.parametrize("start", [b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\x00\x01", b"\x09\x08"])
def test_what_only_begins_like_a_workbook_is_damaged(start: bytes) -> None:
    for length in (0, 10, 600, 5000):
        assert "damaged" in refusal(start + bytes(range(1, 251)) * (length // 250 + 1), "ferries.xls")


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 5000), st.integers(0, 255))
def test_a_damaged_workbook_is_read_or_refused(place: int, byte: int) -> None:
    data = bytearray(xlsx({"Sheet1": grid(FERRIES)}))
    data[place % len(data)] = byte
    for damaged in (bytes(data), bytes(data[: place % len(data)])):
        with contextlib.suppress(Unreadable):
            assert read(damaged).document.text


def test_the_same_bytes_give_the_same_text() -> None:
    data = xlsx({"Prices": grid(FERRIES), "More": grid(FERRIES)})
    assert read(data).source == read(data).source
