"""The reader of spreadsheets: a part a sheet, its tables row by row under the names of their columns."""

from __future__ import annotations

import datetime
import io
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

import python_calamine
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetVisibleEnum

from corpus.errors import Unreadable
from corpus.readers.base import Draft, File
from corpus.readers.extract import Extract
from corpus.readers.office.workbook import DAMAGED, MAX_CELLS, SheetFacts, workbook_facts
from corpus.readers.tables import TableLine, lay_out, shape

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OPEN_DOCUMENT = b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet"
# A compound file names its streams in two-byte characters.
_OLD_STREAMS = tuple(name.encode("utf-16-le") for name in ("Workbook", "WORKBOOK", "workbook", "Book\0", "BOOK\0"))
_UNTOLD_NAME = re.compile(
    r"(?:sheet|tabelle|лист|парақ|feuil|feuille|hoja|folha|plan|planilha|foglio|munka|blad|ark|taulukko|arkusz|sayfa"
    r"|list|工作表|シート|시트)\s?_?\d{1,3}",
    re.IGNORECASE,
)
_MAX_EXPONENT = 15
_MAX_MERGED = 5000
_MAX_REPEATED = 80

Value = int | float | str | bool | datetime.time | datetime.date | datetime.datetime | datetime.timedelta


class SpreadsheetReader:
    """The reader of the workbooks of Excel, old and new, and of OpenDocument."""

    name = "spreadsheet"
    media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    suffixes = frozenset({
        ".xlsx", ".xlsm", ".xltx", ".xltm", ".xlsb", ".xls", ".xlt", ".ods", ".ots",
    })  # fmt: skip
    is_quick = True

    def matches(self, file: File) -> bool:
        """Return whether the file is a workbook; a table in text or HTML under a workbook's name is none."""
        if file.head.startswith(b"PK\x03\x04"):
            is_named = file.suffix in self.suffixes
            return is_named or _OPEN_DOCUMENT in file.head[:200] or b"xl/workbook." in file.data
        if file.head.startswith(_OLE):
            return file.suffix in self.suffixes or any(name in file.data for name in _OLD_STREAMS)
        return file.suffix in self.suffixes and not _is_text_table(file.head)

    def read(self, file: File) -> Draft:
        """Return the draft of a workbook; `Unreadable` if it is empty, protected or damaged."""
        if not file.data.strip(b"\x00 \t\r\n"):
            raise Unreadable("the file is empty")
        facts = workbook_facts(file.data)
        if max((sheet.cells for name, sheet in facts.sheets.items() if not name), default=0) > MAX_CELLS:
            raise Unreadable("a sheet spans more cells than can be read; delete the cells far away from its tables")
        extract = Extract()
        with _open(file.data) as workbook:
            for sheet in workbook.sheets_metadata:
                of_sheet = facts.sheets.get(sheet.name, SheetFacts())
                if of_sheet.cells > MAX_CELLS:
                    extract.warn(f'sheet "{sheet.name}" spans more cells than can be read and was left out')
                else:
                    _add_sheet(extract, workbook, sheet.name, of_sheet)
                if sheet.visible != SheetVisibleEnum.Visible:
                    extract.warn(f'sheet "{sheet.name}" is hidden in the program')
        if not any(block.kind != "heading" for block in extract.draft().blocks):
            raise Unreadable("the file is empty: no cell of the workbook holds anything")
        return extract.draft(facts.metadata)


def _is_text_table(head: bytes) -> bool:
    """Return whether a file that is called a workbook is mark-up or separated values."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith((b"<", b"\xff\xfe<\x00", b"MIME-Version:")):
        return True
    is_text = bool(start) and not any(byte < 9 or 13 < byte < 32 for byte in start)
    return is_text and b"\t" in start


def _open(data: bytes) -> CalamineWorkbook:
    try:
        return python_calamine.load_workbook(io.BytesIO(data))
    except python_calamine.PasswordError:
        raise Unreadable("the file is protected by a password; save it without one") from None
    except (CalamineError, OSError, ValueError):
        raise Unreadable(DAMAGED) from None
    except BaseException as error:  # noqa: BLE001  (an alarm of the library is no Exception)
        raise _unless_panic(error) from None


def _unless_panic(error: BaseException) -> BaseException:
    """Return `Unreadable` for the library's own alarm, which is no Exception, and any other error as it is."""
    return Unreadable(DAMAGED) if type(error).__name__ == "PanicException" else error


def _add_sheet(extract: Extract, workbook: CalamineWorkbook, name: str, facts: SheetFacts) -> None:
    try:
        sheet = workbook.get_sheet_by_name(name)
        rows = list(_rows(sheet, facts))
    except (CalamineError, OSError, ValueError):
        extract.warn(f'sheet "{name}" is damaged and was left out')
        return
    except BaseException as error:  # noqa: BLE001  (an alarm of the library is no Exception)
        raise _unless_panic(error) from None
    if not any(rows):
        return
    extract.part(name)
    if not _UNTOLD_NAME.fullmatch(name.strip()):
        extract.heading(name, 1)
    over_columns, beside_rows = _repeat_merged(rows, sheet)
    for line in lay_out(rows, over_columns, _marked(facts, rows)):
        _add_line(extract, line, (beside_rows if line.labels else rows)[line.index])


def _add_line(extract: Extract, line: TableLine, row: Sequence[str]) -> None:
    if line.kind == "row":
        extract.row(row, line.labels)
        return
    text = next(cell for cell in row if cell and not cell.isspace())
    if line.kind == "heading":
        extract.heading(" ".join(text.split()), 2)
        return
    for paragraph in text.splitlines():
        extract.paragraph(paragraph)


def _rows(sheet: CalamineSheet, facts: SheetFacts) -> Iterator[list[str]]:
    """Yield the rows of a sheet from its first on, as they are shown; a blank row has no cells."""
    left = sheet.start[1] if sheet.start else 0
    for number, values in enumerate(sheet.iter_rows()):
        if not facts.errors and values.count("") == len(values):
            yield []
            continue
        cells = [
            shown(value, is_percent=(number, left + i) in facts.percents) or facts.errors.get((number, left + i), "")
            for i, value in enumerate(values)
        ]
        yield cells if any(cells) else []


def shown(value: Value, *, is_percent: bool = False) -> str:
    """Return a value as a program shows it: 15 digits, ISO dates, percentages."""
    if isinstance(value, str):
        return value.replace("_x000D_", "").replace("\r\n", "\n")
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return f"{_number(value * 100)}%" if is_percent else _number(value)
    if isinstance(value, datetime.timedelta):
        return _duration(value)
    if isinstance(value, datetime.datetime):
        value += datetime.timedelta(microseconds=500_000 if value.microsecond else 0)
        is_date = (value.hour, value.minute, value.second) == (0, 0, 0)
        return value.date().isoformat() if is_date else f"{value.date().isoformat()} {_time(value.time())}"
    return _time(value) if isinstance(value, datetime.time) else value.isoformat()


def _number(value: float) -> str:
    """Return a number in 15 digits without an exponent, unless it would be very long."""
    text = f"{value:.15g}"
    if "e" not in text or abs(int(text.partition("e")[2])) > _MAX_EXPONENT + 5:
        return text
    return f"{Decimal(text):f}"


def _time(value: datetime.time) -> str:
    return value.strftime("%H:%M:%S" if value.second else "%H:%M")


def _duration(value: datetime.timedelta) -> str:
    seconds = round(value.total_seconds())
    sign, seconds = ("-" if seconds < 0 else ""), abs(seconds)
    return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _marked(facts: SheetFacts, rows: Sequence[Sequence[str]]) -> frozenset[int]:
    """Return the rows that are bold where the row below is not."""
    return frozenset(r for r in facts.bold_rows if r + 1 < len(rows) and r + 1 not in facts.bold_rows)


def _repeat_merged(rows: Sequence[list[str]], sheet: CalamineSheet) -> tuple[list[list[str]], list[list[str]]]:
    """Return the rows with words over several columns repeated over each, and with those beside several rows.

    Figures are not repeated: a sum over three rows is no sum of each.
    """
    over_columns, beside_rows = list(rows), list(rows)
    left = sheet.start[1] if sheet.start else 0
    for (top, first), (bottom, last) in (sheet.merged_cell_ranges or [])[:_MAX_MERGED]:
        start, end = first - left, last - left
        if top >= len(rows) or not 0 <= start < len(rows[top]):
            continue
        text = rows[top][start].strip()
        if shape(text) in {"", "number"} or len(text) > _MAX_REPEATED:
            continue
        if end > start:
            over_columns[top] = [text if start <= i <= end else cell for i, cell in enumerate(over_columns[top])]
            continue
        for index in range(top + 1, min(bottom + 1, len(rows))):
            if rows[index] and not rows[index][start]:
                beside_rows[index] = [*beside_rows[index][:start], text, *beside_rows[index][start + 1 :]]
    return over_columns, beside_rows
