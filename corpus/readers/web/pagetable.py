"""Tables of HTML pages: which of them hold data, their rows and cells, and the labels of their columns."""

from __future__ import annotations

from dataclasses import dataclass, field

from corpus.readers.web.pagelook import BLOCKS, UNSEEN, Page

_MAX_CELL = 300
_MAX_MEAN = 120
_MAX_LABEL = 60
_MAX_SPAN = 50
_MAX_ROWS = 100_000


@dataclass(slots=True)
class Cell:
    """A cell of a table: its column, how many columns it takes, and the indexes ``[start, end)`` of its tokens."""

    column: int
    width: int
    start: int
    end: int
    is_label: bool


@dataclass(slots=True)
class Row:
    """A row of a table: its cells and whether it stands in the head of the table."""

    cells: list[Cell] = field(default_factory=list)
    in_head: bool = False


def data_rows(page: Page, index: int) -> list[Row]:
    """Return the rows of the table whose start tag is at ``index``; none if it only lays out the page."""
    if page.tokens[index].attributes.get("role") in {"presentation", "none"}:
        return []
    rows = _rows(page, index)
    filled = [[cell for cell in row.cells if page.words[cell.end] > page.words[cell.start]] for row in rows]
    filled = [cells for cells in filled if cells]
    wide = [cells for cells in filled if len(cells) > 1]
    if not rows or not wide or 2 * len(wide) < len(filled) or _has_stray_words(page, rows):
        return []
    has_labels = any(cell.is_label for cells in filled for cell in cells)
    if len(wide) < 2 and not has_labels:
        return []
    cells = [cell for cells in filled for cell in cells]
    lengths = [page.words[cell.end] - page.words[cell.start] for cell in cells]
    if max(lengths) > _MAX_CELL * (2 if has_labels else 1) or sum(lengths) > _MAX_MEAN * len(lengths):
        return []
    return [] if any(_is_rich(page, cell) for cell in cells) else rows


def _has_stray_words(page: Page, rows: list[Row]) -> bool:
    """Return whether words stand between the cells of a table."""
    cells = [cell for row in rows for cell in row.cells]
    own = sum(page.words[cell.end] - page.words[cell.start] for cell in cells)
    return page.words[cells[-1].end] - page.words[cells[0].start] != own


def _rows(page: Page, table: int) -> list[Row]:
    """Return the rows of a table; none if another table stands in it."""
    rows: list[Row] = []
    open_columns: dict[int, int] = {}
    head_end = 0
    index, end = table + 1, page.end_of(table)
    while index < end:
        token = page.tokens[index]
        if token.kind == "start" and not page.flags[index] & UNSEEN:
            if token.name == "table" or len(rows) > _MAX_ROWS:
                return []
            if token.name == "thead":
                head_end = page.end_of(index)
            elif token.name == "tr":
                rows.append(Row(in_head=index < head_end))
                open_columns = {column: left - 1 for column, left in open_columns.items() if left > 1}
            elif token.name in {"td", "th"} and rows:
                if any(t.name == "table" and t.kind == "start" for t in page.tokens[index + 1 : page.end_of(index)]):
                    return []
                rows[-1].cells.append(_cell(page, index, rows[-1], open_columns))
                index = page.end_of(index)
                continue
        index += 1
    return rows


def _cell(page: Page, index: int, row: Row, open_columns: dict[int, int]) -> Cell:
    token = page.tokens[index]
    column = row.cells[-1].column + row.cells[-1].width if row.cells else 0
    while open_columns.get(column, 0) > 0 and (not row.cells or column > row.cells[-1].column):
        column += 1
    width = _span(token.attributes.get("colspan", ""))
    height = _span(token.attributes.get("rowspan", ""))
    cell = Cell(column, width, index + 1, page.end_of(index), token.name == "th")
    if height > 1:
        # Taken from the next row on: the count goes down where a row begins.
        open_columns.update((column + n, height) for n in range(width))
    return cell


def _span(value: str) -> int:
    return min(max(int(value), 1), _MAX_SPAN) if value.isascii() and value.isdigit() else 1


def _is_rich(page: Page, cell: Cell) -> bool:
    """Return whether a cell holds headings, lists or several paragraphs: then it is a part of a page, not a value."""
    if page.words[cell.end] - page.words[cell.start] <= _MAX_MEAN:
        return False
    blocks = 0
    for index in range(cell.start, cell.end):
        token = page.tokens[index]
        if token.kind == "start" and not page.flags[index] & UNSEEN and token.name in BLOCKS:
            if token.name in {"h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "pre", "blockquote", "article"}:
                return True
            blocks += token.name in {"p", "section"} and page.within(page.words, index) > _MAX_LABEL
    return blocks > 1


def label_rows(page: Page, rows: list[Row]) -> int:
    """Return how many rows at the top of a table name its columns."""
    count = 0
    for row in rows[:-1]:
        cells = [cell for cell in row.cells if page.words[cell.end] > page.words[cell.start]]
        if not (row.in_head or (len(cells) > 1 and all(cell.is_label for cell in cells))):
            break
        count += 1
    return count or int(_names_columns(page, rows))


def _names_columns(page: Page, rows: list[Row]) -> bool:
    """Return whether the first row of a table without marked labels reads like labels: short words over numbers."""
    if len(rows) < 2 or any(cell.is_label for row in rows for cell in row.cells):
        return False
    texts = [_words(page, cell) for cell in rows[0].cells]
    if len(texts) < 2 or len(set(texts)) < len(texts):
        return False
    if any(not text or len(text) > _MAX_LABEL or any(map(str.isdigit, text)) for text in texts):
        return False
    for column in range(len(texts)):
        below = [_words(page, cell) for row in rows[1:] for cell in row.cells if cell.column == column]
        numbers = sum(any(map(str.isdigit, text)) for text in below)
        if len(rows) == 2 and numbers < len(below):
            return False
        if len(rows) > 2 and below and 2 * sum(text[:1].isdigit() for text in below) > len(below):
            return True
    return len(rows) == 2


def _words(page: Page, cell: Cell) -> str:
    return " ".join(page.text(n).strip() for n in range(cell.start, cell.end) if page.lengths[n])
