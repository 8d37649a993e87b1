"""What stands where in a grid of cells: titles, tables with their headers, notes.

Spreadsheets and separated values share it: both are rows of cells in which nothing says which row names the columns.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

from corpus.readers.text.plain import looks_like_heading

Grid = Sequence[Sequence[str]]
Shape = Literal["", "text", "number", "date", "period"]

_VALUES: frozenset[Shape] = frozenset(("number", "date", "period"))
_MAX_LABEL = 120
_MAX_HEADER_ROWS = 3
_SAMPLE_ROWS = 50
_MOSTLY, _HALF = 0.7, 0.5
_MAX_ABOVE = 3
_PROSE = 80
_STOP = re.compile(r"[.!?。！？…:：;；][\"'”’»」』）)\]]*$")
# What may stand over a column as its name and in a cell as its value: years, quarters, months, days.
_PERIOD = re.compile(
    r"(?:FY|CY|H[12]|[1-4]?Q[1-4]?|[1-4]H)?[ '/-]?"
    r"(?:19|20)\d\d(?:[ /-]?(?:\d\d(?:\d\d)?|[QH][1-4]|[1-4][QH]))?[A-Za-z*]?"
    r"|(?:19|20)\d\d\s?(?:年度?|г\.?|ж\.?|жыл)|[1-9]\d?\s?月|(?:FY|[QH])\d{1,2}"
)
_DATE = re.compile(
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?:[ T]\d{1,2}:\d\d.*)?|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}(?: \d{1,2}:\d\d.*)?"
    r"|\d{4}年\d{1,2}月(?:\d{1,2}日)?|\d{1,2}[ -][^\W\d_]{3,9}[ -]\d{2,4}|[^\W\d_]{3,9} \d{1,2}, \d{4}"
)
_NO_WORD = frozenset({"true", "false", "yes", "no", "-", "–", "—", "n/a", "na", "null", "none", "nan", "..", "…"})
_IDENTIFIER = re.compile(r"[a-z][a-z0-9]*(?:[_.][a-z0-9]+)+|[a-z]+(?:[A-Z][a-z0-9]+)+")
# Names that columns have in many tables.
_NAMES = frozenset(
    "id no nr name names title date time year month day country city town region state address email e-mail phone"
    " url link website type kind category status amount price total sum cost currency quantity count number code"
    " description comment comments note notes author publisher source language age sex gender role position"
    " company organisation organization department team location place unit value rank score answer question text"
    " from to subject key дата год месяц имя фамилия название наименование город страна адрес телефон тип вид"
    " статус сумма цена количество итого примечание автор должность организация описание № п/п аты күні жылы"
    " қаласы елі мекенжайы саны бағасы түрі 名称 名稱 姓名 名前 氏名 日期 日付 时间 時間 年份 月份 城市 国家 國家"
    " 地址 住所 電話 电话 类型 類型 状态 狀態 金额 金額 价格 價格 数量 數量 单位 單位 合计 合計 备注 備註 備考"
    " 作者 部门 部門 职务 職務 编号 編號 番号 序号 序號 商品名 カテゴリ 担当者 nom prénom ville pays adresse"
    " montant prix nombre datum stadt land preis betrag anzahl fecha ciudad país precio cantidad nome data cidade"
    " valor".split()
)


@dataclass(frozen=True, slots=True)
class TableLine:
    """A row of a grid and how it reads; ``labels`` are the names of its columns, None if nothing names them."""

    kind: Literal["heading", "paragraph", "row"]
    index: int
    labels: tuple[str, ...] | None = None


def lay_out(rows: Grid, named: Grid | None = None, marked: frozenset[int] = frozenset()) -> Iterator[TableLine]:
    """Yield the rows of a grid that are not blank, in order.

    ``named`` is the grid with what stands over several columns repeated over each; ``marked`` are the rows that the
    file itself marks as a header.
    """
    labels: tuple[str, ...] | None = None
    regions = list(_regions(rows))
    for number, (start, end) in enumerate(regions):
        first = next((i for i in range(start, end) if len(_filled(rows[i])) > 1), end)
        # What stands alone over a table names it; what stands alone elsewhere is said of it.
        following = regions[number + 1][0] if number + 1 < len(regions) else end
        over_table = first < end or (following < len(rows) and len(_filled(rows[following])) > 1)
        for index in range(start, first):
            yield TableLine("heading" if over_table and _is_title(rows[index]) else "paragraph", index)
        top, body = _header_place(rows, first, end, marked)
        if body == top and following > end and _is_set_apart(rows[first:end], rows[slice(*regions[number + 1])]):
            top, body = first, end
        if body > top:
            labels = _joined((named or rows)[top:body])
        elif labels and not _carries_on(rows[first:end], labels):
            labels = None
        for index in range(first, end):
            yield _line(rows[index], index, None if index < body else labels)


def _regions(rows: Grid) -> Iterator[tuple[int, int]]:
    """Yield the spans of rows between blank ones."""
    start: int | None = None
    for index, row in enumerate(rows):
        if any(cell and not cell.isspace() for cell in row):
            start = index if start is None else start
        elif start is not None:
            yield start, index
            start = None
    if start is not None:
        yield start, len(rows)


def _filled(row: Sequence[str]) -> list[int]:
    return [index for index, cell in enumerate(row) if cell and not cell.isspace()]


def _is_title(row: Sequence[str]) -> bool:
    text = row[_filled(row)[0]].strip()
    return looks_like_heading(text) and shape(text) == "text"


def _line(row: Sequence[str], index: int, labels: tuple[str, ...] | None) -> TableLine:
    filled = _filled(row)
    alone = row[filled[0]].strip()
    under_label = labels is not None and 0 < filled[0] < len(labels) and bool(labels[filled[0]])
    if len(filled) == 1 and not under_label and shape(alone) == "text" and (len(alone) > _PROSE or _STOP.search(alone)):
        return TableLine("paragraph", index)
    return TableLine("row", index, labels)


def _carries_on(rows: Grid, labels: tuple[str, ...]) -> bool:
    """Return whether rows without a header of their own go on below a gap in the table above."""
    columns = {index for row in rows[:_SAMPLE_ROWS] for index in _filled(row)}
    return bool(columns) and all(index == 0 or (index < len(labels) and labels[index]) for index in columns)


def _joined(rows: Grid) -> tuple[str, ...]:
    """Return the name of each column, from the top down where a header has several rows."""
    width = max(len(row) for row in rows)
    names = []
    for column in range(width):
        cells = [" ".join(row[column].split()).rstrip(" :：") for row in rows if column < len(row)]
        names.append(" ".join(dict.fromkeys(cell for cell in cells if cell)))
    return tuple(name if len(name) <= _MAX_LABEL else "" for name in names)


def shape(cell: str) -> Shape:
    """Return what a cell looks like: nothing, words, a number, a date, or a period such as a year."""
    text = cell.strip()
    if not text:
        return ""
    if text.lower() in _NO_WORD:
        return "number"
    if len(text) > 40 or not any(c.isdigit() for c in text):
        return "text"
    if _PERIOD.fullmatch(text):
        return "period"
    if _DATE.fullmatch(text):
        return "date"
    return "number" if sum(c.isalpha() for c in text) < sum(c.isdigit() for c in text) else "text"


def header_length(rows: Grid, *, is_marked: bool = False) -> int:
    """Return how many rows at the top of a table name its columns: 0 where nothing shows that they do."""
    for count in range(1, min(_MAX_HEADER_ROWS, len(rows) - 1) + 1):
        row, below = rows[count - 1], rows[count:]
        if not _may_name(row):
            return 0
        if not _goes_on(row, below[0], below[1:]):
            return count if _covers(row, below) and _names_columns(rows, count, is_marked=is_marked) else 0
    return 0


def _header_place(rows: Grid, start: int, end: int, marked: frozenset[int]) -> tuple[int, int]:
    """Return where the header of a table begins and ends: below rows without a figure, or nowhere at its start."""
    for first in range(start, min(start + _MAX_ABOVE, end - 1) + 1):
        count = header_length(rows[first:end], is_marked=first in marked)
        if count:
            return first, first + count
        if _shapes(rows[first : first + 1]) - {"", "text"}:
            break
    return start, start


def _is_set_apart(header: Grid, below: Grid) -> bool:
    """Return whether a few rows are the header of a table that begins after a gap."""
    if not 1 <= len(header) <= _MAX_HEADER_ROWS or header_length(below):
        return False
    return header_length([*header, *below]) == len(header)


def _may_name(row: Sequence[str]) -> bool:
    return bool(_filled(row)) and all(len(cell) <= _MAX_LABEL and shape(cell) != "number" for cell in row)


def _covers(row: Sequence[str], below: Grid) -> bool:
    """Return whether a row has a name for nearly half the columns below, so that it is no lone remark."""
    width = max((len(_filled(other)) for other in below[:_SAMPLE_ROWS]), default=0)
    return 2 * len(_filled(row)) >= min(width, len(row)) - 1


def _goes_on(row: Sequence[str], following: Sequence[str], below: Grid) -> bool:
    """Return whether the next row belongs to the header too: it fills columns that this one leaves open."""
    if not below or not _may_name(following) or not _covers(following, below):
        return False
    filled, more = set(_filled(row)), set(_filled(following))
    return len(more) > 1 and bool(more - filled) and bool({"number", "date"} & _shapes(below))


def _shapes(rows: Grid) -> set[Shape]:
    return {shape(cell) for row in rows[:_SAMPLE_ROWS] for cell in row}


def _names_columns(rows: Grid, count: int, *, is_marked: bool) -> bool:
    header = _joined(rows[:count])
    if sum(bool(name) for name in header) < 2:
        return False
    columns = [_column(rows[count:], index) for index in range(len(header))]
    pairs = [(name, column) for name, column in zip(header, columns, strict=True) if name and column]
    if any(name in column for name, column in pairs) or any(_is_one_of(name, column) for name, column in pairs):
        return False
    return is_marked or any(_is_over(name, column) for name, column in pairs) or _reads_as_names(header, pairs)


def _column(rows: Grid, index: int) -> list[str]:
    cells = (" ".join(row[index].split()) for row in rows[:_SAMPLE_ROWS] if index < len(row))
    return [cell for cell in cells if cell]


def _share(column: list[str], shapes: frozenset[Shape]) -> float:
    return sum(shape(cell) in shapes for cell in column) / len(column)


def _is_one_of(name: str, column: list[str]) -> bool:
    """Return whether a date or year stands over dates or years: then it is the first of them."""
    own = shape(name)
    return own in {"date", "period"} and _share(column, frozenset({own})) >= _MOSTLY


def _is_over(name: str, column: list[str]) -> bool:
    """Return whether a column is of numbers or dates, and what stands over it is not."""
    return _share(column, _VALUES - {shape(name)}) >= _HALF


def _reads_as_names(header: Sequence[str], pairs: list[tuple[str, list[str]]]) -> bool:
    """Return whether words over columns of words name them.

    They do if they are what columns are called, if the cells below are far longer, or if the cells below come again and
    again.
    """
    known = sum(name.lower() in _NAMES or bool(_IDENTIFIER.fullmatch(name)) for name in header)
    named = sum(bool(name) for name in header)
    # One known name of two may as well be the first pair of a table of names and values.
    if 2 * known >= named and (named > 2 or known == named):
        return True
    for name, column in pairs:
        length = median(len(cell) for cell in column)
        if length > max(40, 4 * len(name)) or (len(column) >= 4 and 2 * len(set(column)) <= len(column)):
            return True
    return False
