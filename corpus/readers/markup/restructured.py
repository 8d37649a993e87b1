"""The reader of reStructuredText, block by block, by how far the lines are indented."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from corpus.dates import iso_date
from corpus.readers.base import Block, BlockKind, Draft, File, LeftOut, Piece, first_text
from corpus.readers.markup.rstinline import Names, inline
from corpus.readers.markup.rsttables import grid_rows, simple_rows
from corpus.readers.units import cells_row, code_blocks, mixed_row, opening, unit, words_of
from corpus.types import Metadata

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_ADORNMENT = re.compile(r"([!-/:-@\[-`{-~])\1{1,}[ \t]*$")
_DIRECTIVE = re.compile(
    r"\.\.[ \t]+(?:\|(?P<name>[^|]{1,100})\|[ \t]+)?(?P<type>[\w:.+-]+?)[ \t]*::(?:[ \t]+(?P<args>.*))?$"
)
_TARGET = re.compile(r"\.\.[ \t]+_(?P<name>`[^`]+`|(?:[^:\\]|\\.|:(?!\s|$))*):(?:\s|$)|__[ \t]+\S|\.\.[ \t]+__:")
_FOOTNOTE = re.compile(r"\.\.[ \t]+\[(?P<label>[^\]\s]{1,60})\](?:[ \t]+|$)")
_COMMENT = re.compile(r"\.\.(?:[ \t]|$)")
_FIELD = re.compile(r":(?P<name>(?![\s:])(?:[^:\\\n]|\\.|:(?![\s`]|$)){1,80}):(?:[ \t]+|$)")
_BULLET = re.compile(r"[-*+•‣⁃](?:[ \t]+|$)")
_NUMBER = re.compile(r"\(?(?P<number>\d{1,9}|[a-zA-Z]|[ivxlcIVXLC]{2,6}|#)[.)](?:[ \t]+|$)")
_LINE_BLOCK = re.compile(r"\|(?:[ \t]+|$)")
_DOCTEST = re.compile(r">>>(?:[ \t]|$)")
_GRID = re.compile(r"\+(?:[-=]+\+)+[ \t]*$")
_SIMPLE = re.compile(r"=+(?:[ \t]+=+)+[ \t]*$")
_CODE = frozenset(
    "code code-block sourcecode parsed-literal math highlight-block doctest testcode testoutput testsetup prompt "
    "productionlist graphviz mermaid ipython".split()
)
_NO_TEXT = frozenset(
    "image toctree contents include literalinclude raw meta index highlight default-role role sectnum header footer "
    "currentmodule module py:module automodule autoclass autofunction automethod autosummary tabularcolumns "
    "bibliography unicode date target-notes testcleanup plot youtube video inheritance-diagram".split()
)
# Directives whose argument is text of the page.
_SAID = frozenset(
    "note warning tip hint important attention caution danger error admonition seealso todo topic sidebar rubric "
    "versionadded versionchanged versionremoved deprecated epigraph pull-quote highlights compound centered table "
    "list-table csv-table describe object function class method attribute data exception confval option envvar "
    "glossary".split()
)
_ABOUT = {"author": "author", "authors": "author", "date": "published", "title": "title", "language": "language"}
_MAX_NESTING = 40


@dataclass(frozen=True, slots=True)
class _Line:
    """A line: where its words begin and end, and how far it is indented; the words themselves."""

    start: int
    end: int
    indent: int
    text: str


class RestructuredReader:
    """The reader of reStructuredText."""

    name = "restructured-text"
    media_type = "text/x-rst"
    suffixes = frozenset({".rst", ".rest"})
    is_quick = True

    def matches(self, file: File) -> bool:
        """Return whether the file's name says that it is reStructuredText; a .txt must hold one of its directives."""
        if file.suffix in {".txt", ""}:
            return bool(
                re.search(r"^\.\. (?:toctree|code-block|note|image|contents|_[\w-]+:)(?:::|$)", opening(file), re.M)
            )
        return file.suffix in self.suffixes

    def read(self, file: File) -> Draft:
        """Return the draft of a text; its first heading is the title."""
        page = _Page(file.source)
        page.read(_lines(file.source, file.start), 0)
        title = page.about.get("title") or first_text(page.blocks[:3], lambda block: block.kind == "heading")
        metadata = Metadata(
            title=title,
            author=page.about.get("author"),
            published=iso_date(page.about.get("published")),
            language=page.about.get("language"),
        )
        left_out = tuple(LeftOut(what, count) for what, count in page.left_out.items())
        return Draft(tuple(page.blocks), metadata, left_out=left_out)


def _lines(source: str, start: int) -> list[_Line]:
    lines = []
    for match in _LINE.finditer(source, start):
        if match.end() > match.start():
            text = match.group().strip("\ufeff\r\n")
            words = text.strip()
            lead = text[: len(text) - len(text.lstrip())].expandtabs(8)
            begin = match.start() + match.group().index(words) if words else match.start()
            lines.append(_Line(begin, begin + len(words), len(lead), words))
    return lines


class _Page:
    """The blocks of a text, while its lines are read."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.blocks: list[Block] = []
        self.styles: list[str] = []
        self.about: dict[str, str] = {}
        self.left_out: dict[str, int] = {}
        self.names = _names(source)

    def read(self, lines: Sequence[_Line], depth: int, first: BlockKind = "paragraph") -> None:
        """Read lines that belong together; the first paragraph among them is of the kind ``first``."""
        at = 0
        kind = first
        base = min((line.indent for line in lines if line.text), default=0)
        number = 0
        while at < len(lines):
            line = lines[at]
            if not line.text:
                at += 1
                continue
            if line.indent > base and depth < _MAX_NESTING:
                end = _body(lines, at, base)
                self.read(lines[at:end], depth + 1)
                at = end
                continue
            if found := _NUMBER.match(line.text):
                number = self._counts(lines, at, found, number)
            at = self._block(lines, at, depth, kind, is_numbered=bool(found) and number > 0)
            kind = "paragraph"

    def _counts(self, lines: Sequence[_Line], at: int, match: re.Match[str], number: int) -> int:
        """Return which item of a list a line's number makes it; 0 if it counts none, as in "12. Mai"."""
        label = match["number"].lower()
        following = lines[at + 1] if at + 1 < len(lines) else None
        if following and following.text and following.indent <= lines[at].indent and not _NUMBER.match(following.text):
            return 0
        values = {label, *({str(int(label))} if label.isdecimal() else ())}
        expected = (number + 1, 1)
        for value in expected:
            letter = chr(ord("a") + value - 1) if value <= 26 else ""
            if values & {"#", str(value), letter, _roman(value)}:
                return value
        return 0

    def _block(self, lines: Sequence[_Line], at: int, depth: int, kind: BlockKind, *, is_numbered: bool) -> int:
        """Read the block that begins at a line; return the line after it."""
        line = lines[at]
        if after := self._title(lines, at):
            return after
        if _ADORNMENT.fullmatch(line.text) and len(line.text) >= 4 and not _SIMPLE.match(line.text):
            return at + 1
        if _COMMENT.match(line.text) or _TARGET.match(line.text):
            return self._explicit(lines, at, depth)
        if _GRID.match(line.text) or _SIMPLE.match(line.text):
            return self._table(lines, at)
        if field := _FIELD.match(line.text):
            return self._field(lines, at, field, depth)
        if _DOCTEST.match(line.text):
            end = next((i for i in range(at, len(lines)) if not lines[i].text), len(lines))
            self.blocks += code_blocks(self.source, ((x.start, x.end) for x in lines[at:end]))
            return end
        if _LINE_BLOCK.match(line.text):
            mark = _LINE_BLOCK.match(line.text)
            self._add("paragraph", line.start + (mark.end() if mark else 0), line.end)
            return at + 1
        mark = _BULLET.match(line.text) or (_NUMBER.match(line.text) if is_numbered else None)
        if mark and depth < _MAX_NESTING and not _is_continued(lines, at):
            return self._item(lines, at, mark.end(), depth)
        return self._paragraph(lines, at, depth, kind)

    def _title(self, lines: Sequence[_Line], at: int) -> int:
        """Read a heading with the line of marks under it, and the one above it if it has one; return the line after."""
        line = lines[at]
        below = lines[at + 1] if at + 1 < len(lines) else None
        under = lines[at + 2] if at + 2 < len(lines) else None
        if below is None or line.indent:
            return 0
        if (
            _ADORNMENT.fullmatch(line.text)
            and under
            and under.text == line.text
            and below.text
            and not _SIMPLE.match(line.text)
        ):
            self._heading(below, f"{line.text[0]}{line.text[0]}")
            return at + 3
        marks = _ADORNMENT.fullmatch(below.text)
        is_long = marks and (len(below.text) >= len(line.text) or len(below.text) >= 4)
        if is_long and not below.indent and not _ADORNMENT.fullmatch(line.text) and not _GRID.match(line.text):
            self._heading(line, below.text[0])
            return at + 2
        return 0

    def _heading(self, line: _Line, style: str) -> None:
        if style not in self.styles:
            self.styles.append(style)
        self._add("heading", line.start, line.end, min(self.styles.index(style) + 1, 6))

    def _add(self, kind: BlockKind, start: int, end: int, level: int = 0) -> None:
        pieces = inline(self.source, start, end, self.names)
        if pieces:
            self.blocks.append(Block(kind, tuple(pieces), level))

    def _leave_out(self, what: str, lines: Sequence[_Line]) -> None:
        count = lines[-1].end - lines[0].start if lines else 0
        self.left_out[what] = self.left_out.get(what, 0) + count

    def _explicit(self, lines: Sequence[_Line], at: int, depth: int) -> int:
        """Read what two dots begin: a directive, a note, the target of a link, or a comment."""
        line = lines[at]
        end = _body(lines, at + 1, line.indent)
        if directive := _DIRECTIVE.match(line.text):
            self._directive(directive, line, lines[at + 1 : end], depth)
        elif note := _FOOTNOTE.match(line.text):
            self.read([_cut(line, note.end()), *_shifted(lines[at + 1 : end], line.indent + note.end())], depth + 1)
        elif not _TARGET.match(line.text):
            self._leave_out("comments", lines[at:end])
        return end

    def _directive(self, match: re.Match[str], line: _Line, body: Sequence[_Line], depth: int) -> None:
        name = match["type"].lower()
        if match["name"]:
            return  # a substitution, which is read where it stands
        if name in _NO_TEXT:
            self._leave_out("directives", [line, *body])
            return
        if name.rpartition(":")[2] in _SAID and match["args"]:
            first = next((i for i, x in enumerate(body) if not x.text or _FIELD.match(x.text)), len(body))
            argument = [_cut(line, match.start("args")), *body[:first]]
            self._paragraph([replace(x, indent=0) for x in argument], 0, depth, "paragraph")
            body = body[first:]
        options, content = _options(body)
        if name in _CODE:
            self.blocks += code_blocks(self.source, ((x.start, x.end) for x in content))
        elif name == "list-table":
            self._list_table(content, options)
        elif name == "csv-table":
            self._csv_table(content, options)
        elif depth < _MAX_NESTING:
            self.read(content, depth + 1)

    def _field(self, lines: Sequence[_Line], at: int, match: re.Match[str], depth: int) -> int:
        """Read a field: what the page says about itself at its beginning, else a name with its text."""
        line = lines[at]
        end = _body(lines, at + 1, line.indent)
        begin = line.start + match.end()
        rest = [x for x in lines[at + 1 : end] if x.text]
        finish = rest[-1].end if rest else line.end
        known = _ABOUT.get(match["name"].lower())
        is_first = all(block.kind == "heading" for block in self.blocks)
        if is_first and not line.indent:
            if known and begin < finish:
                words = words_of(inline(self.source, begin, finish, self.names))
                self.about[known] = f"{self.about[known]}, {words}" if known in self.about else words
            self._leave_out("fields", lines[at:end])
            return end
        name = line.start + 1
        pieces = [Piece(name, name + len(match["name"]), match["name"])]
        pieces.append(Piece(pieces[0].end, pieces[0].end + 1, ":"))
        self._row_of_lines(pieces, [_cut(line, match.end()), *lines[at + 1 : end]], depth)
        return end

    def _row_of_lines(self, pieces: list[Piece], lines: Sequence[_Line], depth: int) -> None:
        """Add an item that begins with ``pieces`` and goes on with a first paragraph; then read the other lines."""
        filled = next((i for i, x in enumerate(lines) if x.text), len(lines))
        end = next((i for i in range(filled, len(lines)) if not lines[i].text), len(lines))
        if filled < end:
            pieces.append(unit(pieces[-1].end, lines[filled].start, " "))
            pieces += inline(self.source, lines[filled].start, lines[end - 1].end, self.names)
        self.blocks.append(Block("item", tuple(pieces)))
        if depth < _MAX_NESTING:
            self.read(lines[end:], depth + 1)

    def _item(self, lines: Sequence[_Line], at: int, mark: int, depth: int) -> int:
        line = lines[at]
        end = _body(lines, at + 1, line.indent)
        first = _cut(line, mark)
        inner = [first, *_shifted(lines[at + 1 : end], first.indent)]
        self.read(inner, depth + 1, "item")
        return end

    def _paragraph(self, lines: Sequence[_Line], at: int, depth: int, kind: BlockKind) -> int:
        """Read a paragraph, a term with its definition, and the literal block that two colons at the end announce."""
        line = lines[at]
        end = at + 1
        while end < len(lines) and lines[end].text and lines[end].indent == line.indent:
            if end > at and self._is_other(lines, end):
                break
            end += 1
        following = lines[end] if end < len(lines) else None
        if (
            end == at + 1
            and following
            and following.text
            and following.indent > line.indent
            and not line.text.endswith("::")
        ):
            body = _body(lines, end, line.indent)
            pieces = inline(self.source, line.start, line.end, self.names)
            pieces.append(Piece(line.end, line.end, "" if line.text[-1] in ".:!?" else ":"))
            self._row_of_lines(pieces, lines[end:body], depth)
            return body
        last = lines[end - 1]
        is_literal = last.text.endswith("::")
        finish = last.end - (2 if last.text in {"::"} or last.text.endswith(" ::") else 1) if is_literal else last.end
        if line.start < finish:
            self._add(kind, line.start, finish)
        return self._literal(lines, end, line.indent) if is_literal else end

    def _is_other(self, lines: Sequence[_Line], at: int) -> bool:
        text = lines[at].text
        return bool(
            _DIRECTIVE.match(text)
            or _GRID.match(text)
            or (_LINE_BLOCK.match(text) and _LINE_BLOCK.match(lines[at - 1].text))
        )

    def _literal(self, lines: Sequence[_Line], at: int, indent: int) -> int:
        end = _body(lines, at, indent)
        if end == at or not any(x.text for x in lines[at:end]):  # quoted with marks instead of indented
            first = next((i for i in range(at, len(lines)) if lines[i].text), len(lines))
            quoted = first < len(lines) and re.match(r"[!-/:-@\[-`{-~]", lines[first].text)
            end = (
                next((i for i in range(first, len(lines)) if not lines[i].text), len(lines))
                if quoted and first > at
                else at
            )
        self.blocks += code_blocks(self.source, ((x.start, x.end) for x in lines[at:end]))
        return end

    def _table(self, lines: Sequence[_Line], at: int) -> int:
        """Read a table drawn with lines; one that is not closed is read as text."""
        read = grid_rows if _GRID.match(lines[at].text) else simple_rows
        found = read(lines, at)
        if found is None:
            self._add("paragraph", lines[at].start, lines[at].end)
            return at + 1
        end, rows, header_at = found
        header: list[str] | None = None
        for index, row in enumerate(rows):
            cells = [[piece for span in cell for piece in self._cell(*span)] for cell in row]
            spans = [span for cell in row for span in cell]
            if spans == sorted(spans):
                block = cells_row(cells, header)
            else:
                block = mixed_row(min(spans)[0], max(spans)[1], cells, header)
            if block:
                self.blocks.append(block)
            if index == header_at:
                header = [words_of(cell) for cell in cells]
        return end

    def _cell(self, start: int, end: int) -> list[Piece]:
        """Return the pieces of a line of a cell, to which the bars beside it do not belong, with a space after it."""
        pieces = inline(self.source[start:end], 0, end - start, self.names)
        return [*(Piece(start + p.start, start + p.end, p.text) for p in pieces), Piece(end, end, " ")]

    def _list_table(self, content: Sequence[_Line], options: Sequence[_Line]) -> None:
        rows: list[list[list[Piece]]] = []
        for line in filter(lambda x: x.text, content):
            mark = re.match(r"\*[ \t]+(?=-)", line.text)
            begin = mark.end() if mark else 0
            if mark or not rows:
                rows.append([])
            cell = re.match(r"-(?:[ \t]+|$)", line.text[begin:])
            if cell or not rows[-1]:
                rows[-1].append([])
                begin += cell.end() if cell else 0
            if line.start + begin < line.end:
                rows[-1][-1] += inline(self.source, line.start + begin, line.end, self.names)
                rows[-1][-1].append(Piece(line.end, line.end, " "))
        self._labelled(rows, has_header=any(x.text.startswith(":header-rows: 1") for x in options))

    def _csv_table(self, content: Sequence[_Line], options: Sequence[_Line]) -> None:
        named = [_cut(x, len(":header:")) for x in options if x.text.startswith(":header:")]
        has_header = bool(named) or any(x.text.startswith(":header-rows: 1") for x in options)
        lines = [*named, *content]
        self._labelled([self._csv_cells(line) for line in lines if line.text], has_header=has_header)

    def _csv_cells(self, line: _Line) -> list[list[Piece]]:
        pattern = re.compile(r'[ \t]*(?:"(?P<quoted>(?:[^"]|"")*)"|(?P<bare>[^,]*))[ \t]*(?:,|$)')
        cells = []
        position = line.start
        while position < line.end and (match := pattern.match(self.source, position, line.end)):
            cells.append(inline(self.source, *match.span("bare" if match["quoted"] is None else "quoted"), self.names))
            position = max(match.end(), position + 1)
        return cells

    def _labelled(self, rows: Sequence[list[list[Piece]]], *, has_header: bool) -> None:
        header: list[str] | None = None
        for index, cells in enumerate(rows):
            block = cells_row(cells, header)
            if block:
                self.blocks.append(block)
            if has_header and not index:
                header = [words_of(cell) for cell in cells]


def _body(lines: Sequence[_Line], at: int, indent: int) -> int:
    """Return the line after those that are indented further than ``indent``, blank ones at the end not counted."""
    end = last = at
    while end < len(lines) and (not lines[end].text or lines[end].indent > indent):
        end += 1
        if lines[end - 1].text:
            last = end
    return last


def _cut(line: _Line, characters: int) -> _Line:
    """Return a line without its first characters and the white space after them."""
    rest = line.text[characters:]
    lead = characters + len(rest) - len(rest.lstrip())
    return _Line(line.start + lead, line.end, line.indent + lead, line.text[lead:])


def _shifted(lines: Iterable[_Line], indent: int) -> list[_Line]:
    """Return the lines of an item, those indented less than its words taken to be as far as they."""
    return [_Line(x.start, x.end, max(x.indent, indent) if x.text else x.indent, x.text) for x in lines]


def _options(body: Sequence[_Line]) -> tuple[list[_Line], list[_Line]]:
    """Return the lines at the beginning of a directive, up to a blank one, that hold its options, and its content."""
    first = next((i for i, x in enumerate(body) if not x.text), len(body))
    fields = [i for i, x in enumerate(body[:first]) if _FIELD.match(x.text)]
    if first == 0 or not fields:
        return [], list(body)
    begin = fields[0]
    return list(body[begin:first]), [*body[:begin], *body[first:]]


def _roman(value: int) -> str:
    numerals = ((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))
    text = ""
    for worth, letters in numerals:
        while value >= worth and len(text) < 8:
            text += letters
            value -= worth
    return text if not value else "-"


def _is_continued(lines: Sequence[_Line], at: int) -> bool:
    """Return whether the next line goes on at the margin, so that what looks like an item's mark is a word."""
    following = lines[at + 1] if at + 1 < len(lines) else None
    if following is None or not following.text or following.indent > lines[at].indent:
        return False
    return not (_BULLET.match(following.text) or _NUMBER.match(following.text) or following.indent < lines[at].indent)


def _names(source: str) -> Names:
    """Return what the text defines for use elsewhere in it."""
    names = Names()
    for match in re.finditer(
        r"^[ \t]*\.\.[ \t]+\|([^|\n]{1,100})\|[ \t]+(\w+)::[ \t]*([^\r\n]*)", source, re.MULTILINE
    ):
        text = match[3] if match[2] == "replace" else _characters(match[3]) if match[2] == "unicode" else ""
        names.substitutions[" ".join(match[1].lower().split())] = text
    for match in re.finditer(r"^[ \t]*\.\.[ \t]+_`?([^:`\n]{1,100})`?:", source, re.MULTILINE):
        names.targets.add(match[1].lower())
    for match in re.finditer(r"^(\S[^\r\n]{0,100})\r?\n([=\-~^\"'#*+])\2{2,}[ \t]*$", source, re.MULTILINE):
        names.targets.add(match[1].strip().lower())
    return names


def _characters(text: str) -> str:
    """Return the characters that a substitution names by number, as in "0x2014"."""
    said = []
    for word in text.split():
        number = re.fullmatch(r"(?:0x|\\?x|\\?u|U\+)([0-9a-fA-F]{1,6})", word)
        if word == "..":
            break
        code = int(number[1], 16) if number else -1
        said.append(chr(code) if 0x20 <= code < 0xD800 or 0xE000 <= code < 0x110000 else word)
    return "".join(said)
