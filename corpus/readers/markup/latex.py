"""The reader of LaTeX: the words that are printed, letter for letter where they are mathematics or code."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from corpus.dates import iso_date
from corpus.readers.base import Block, BlockKind, Draft, File, LeftOut, Piece
from corpus.readers.markup import texsymbols as tex
from corpus.readers.markup.textables import end_of, rows_of
from corpus.readers.units import cells_row, code_blocks, opening, unit, words_of
from corpus.types import Metadata

_BREAK = r"(?:\r\n|\r|\n)"
_TOKEN = re.compile(
    rf"(?P<comment>%[^\r\n]*(?:{_BREAK}|\Z)[ \t]*)|(?P<blank>{_BREAK}[ \t]*(?:{_BREAK}[ \t]*)+)"
    r"|(?P<math>\$\$|\$|\\\(|\\\[)|\\(?P<command>[a-zA-Z@]+\*?|[\s\S])|(?P<open>\{)|(?P<close>\})"
    r"|(?P<mark>---?|``|''|~)"
)
_MARKS = {"---": "—", "--": "–", "``": "“", "''": "”", "~": " "}
_MATH_ENDS = {
    "$": re.compile(r"(?:[^\\$]|\\[\s\S]){0,5000}?\$"),
    "$$": re.compile(r"(?:[^\\$]|\\[\s\S]|\$(?!\$)){0,5000}?\$\$"),
}
_OPTION = re.compile(r"\[(?:[^\[\]{}\r\n]|\{[^{}]{0,200}\}|\r?\n(?!\s*\n)){0,500}\]")
_SPACE = re.compile(rf"[ \t]*(?:{_BREAK}[ \t]*)?")
_NAME = re.compile(r"\{([^{}\r\n]{0,100})\}")
_ACCENTED = re.compile(r"[ \t]*(?:\{[ \t]*(\\[ij](?![a-zA-Z])|[^\W\d_])[ \t]*\}|(\\[ij])(?![a-zA-Z])[ \t]?|([^\W\d_]))")
_VERB = re.compile(r"([^\sa-zA-Z*{])([^\r\n]{0,500}?)\1")
_STOP = re.compile(r"[.!?。！？…][\"'”’»)\]]*\Z")
_LABEL = re.compile(r"\\(?:label|tag|nonumber|notag)\b(?:\{[^{}\n]{0,200}\})?")
_MACRO = re.compile(r"\\(?:(?:re)?newcommand\*?|providecommand\*?|def)\s*\{?\\([a-zA-Z@]+)\}?\s*(?=\{)")
_SPAN = re.compile(r"\s*\\multicolumn\s*\{\s*(\d{1,2})\s*\}")
# Braces, and what may hold braces that are none: code, addresses with a percent sign, comments.
_BRACE = re.compile(
    r"\\verb\*?([^\sa-zA-Z*])[^\r\n]{0,500}?\1|\\begin\{(?P<code>verbatim|lstlisting|Verbatim|minted)\}"
    r"|\\(?:url|href|path|nolinkurl)[ \t]*(?P<address>\{[^{}\r\n]{0,2000}\})|\\[\s\S]|%[^\r\n]*|[{}]"
)
_MAX_DEPTH = 5
_MAX_MACRO = 300
_MAX_MATH = 5000


class LatexReader:
    """The reader of LaTeX files."""

    name = "latex"
    media_type = "text/x-tex"
    suffixes = frozenset({".tex", ".latex", ".ltx"})
    is_quick = True

    def matches(self, file: File) -> bool:
        """Return whether the file's name says that it is LaTeX, or its first command is that of a document."""
        return file.suffix in self.suffixes or bool(
            re.match(r"\ufeff?\s*(?:%[^\n]*\n\s*)*\\document(?:class|style)\b", opening(file))
        )

    def read(self, file: File) -> Draft:
        """Return the draft of a file: what stands in its document, or all of it if it is a part of one."""
        source, start = file.source, file.start
        begin = re.compile(r"^[^%\n]*?\\begin\s*\{document\}", re.MULTILINE).search(source, start)
        finish = source.find(r"\end{document}", begin.end()) if begin else -1
        body = begin.end() if begin else start
        end = finish if finish >= 0 else len(source)
        braces = _braces(source)
        macros: dict[str, str] = {}
        for match in _MACRO.finditer(source, start, body):
            close = braces.get(match.end())
            if close is not None:
                said = _said(source, match.end() + 1, close, braces, macros)
                macros[match[1]] = said if len(said) <= _MAX_MACRO else f"\\{match[1]}"
        scanner = _Scanner(source, braces, macros)
        scanner.scan(body, end)
        left_out = (LeftOut("preamble", body - start),) if begin else ()
        return Draft(tuple(scanner.blocks), _metadata(source, braces, macros), left_out=left_out)


def _braces(source: str) -> dict[int, int]:
    """Return where the group that a brace opens is closed; escaped braces and comments do not count."""
    found: dict[int, int] = {}
    opened: list[int] = []
    position = 0
    endless: set[str] = set()
    while match := _BRACE.search(source, position):
        position = match.end()
        if name := match["code"]:
            end = -1 if name in endless else source.find(f"\\end{{{name}}}", position)
            endless |= {name} if end < 0 else set()
            position = max(end, position)
        elif match["address"]:
            found[match.start("address")] = match.end("address") - 1
        elif match.group() == "{":
            opened.append(match.start())
        elif match.group() == "}" and opened:
            found[opened.pop()] = match.start()
    return found


def _said(source: str, start: int, end: int, braces: dict[int, int], macros: dict[str, str]) -> str:
    scanner = _Scanner(source, braces, macros, _MAX_DEPTH)
    scanner.scan(start, end)
    return " ".join(words_of(block.pieces) for block in scanner.blocks)


def _metadata(source: str, braces: dict[int, int], macros: dict[str, str]) -> Metadata:
    """Return the title, the authors and the date that the file gives."""

    def given(name: str) -> tuple[int, int] | None:
        pattern = re.compile(rf"^[^%\n]*?\\{name}\s*(?:\[[^\]\n]{{0,300}}\]\s*)?(?=\{{)", re.MULTILINE)
        match = pattern.search(source)
        close = braces.get(match.end()) if match else None
        return (match.end() + 1, close) if match and close is not None else None

    title, author, date = given("title"), given("author"), given("date")
    return Metadata(
        title=(_said(source, *title, braces, macros) or None) if title else None,
        author=(", ".join(_authors(source, *author, braces, macros)) or None) if author else None,
        published=iso_date(_said(source, *date, braces, macros)) if date else None,
    )


def _authors(source: str, start: int, end: int, braces: dict[int, int], macros: dict[str, str]) -> Iterator[str]:
    """Yield the authors' names: of each, what stands on the first line and is no mark of a note."""
    for begin, finish in _split(source, start, end, r"\\and\b|\\And\b|\\AND\b"):
        line = re.search(r"\\\\|\\thanks\b|\\inst\b|\\textsuperscript\b|\$\^", source[begin:finish])
        name = _said(source, begin, begin + line.start() if line else finish, braces, macros)
        if name.strip(" ,"):
            yield name.strip(" ,")


def _split(source: str, start: int, end: int, pattern: str) -> Iterator[tuple[int, int]]:
    for match in re.compile(pattern).finditer(source, start, end):
        yield start, match.start()
        start = match.end()
    yield start, end


class _Scanner:
    """The blocks of a span of LaTeX, while it is read from its beginning to its end."""

    def __init__(self, source: str, braces: dict[int, int], macros: dict[str, str], depth: int = 0) -> None:
        self.source = source
        self.braces = braces
        self.macros = macros
        self.depth = depth
        self.end = 0
        self.blocks: list[Block] = []
        self.pieces: list[Piece] = []
        self.kind: BlockKind = "paragraph"
        self.level = 0
        # What happens where a group ends, and how many notes are open that stand inside a sentence.
        self.closers: dict[int, Callable[[int], None]] = {}
        self.notes = 0
        self.lists: list[str] = []
        self.missing: set[str] = set()

    def scan(self, start: int, end: int) -> None:
        """Read ``source[start:end]``."""
        self.end = end
        position = start
        while match := _TOKEN.search(self.source, position, end):
            self._keep(position, match.start())
            position = self._token(match)
        self._keep(position, end)
        self._flush()

    def _keep(self, start: int, end: int) -> None:
        if start < end:
            self.pieces.append(Piece(start, end, self.source[start:end]))

    def _add(self, start: int, end: int, text: str) -> None:
        self.pieces.append(unit(start, end, text))

    def _flush(self) -> None:
        """End the block that is open; the next is a paragraph."""
        if self.pieces and words_of(self.pieces):
            self.blocks.append(Block(self.kind, tuple(self.pieces), self.level))
        self.pieces = []
        self.kind, self.level = "paragraph", 0

    @property
    def _last(self) -> str:
        """Return the last character that was read; none at the beginning of a block."""
        return next((piece.text[-1] for piece in reversed(self.pieces) if piece.text), "")

    def _gap(self, position: int) -> None:
        """Keep two words apart if nothing stands between them but mark-up that is left out."""
        following = position
        while following < self.end and self.source[following] in "{}":
            following += 1
        if self._last.isalnum() and self.source[following : following + 1].isalnum():
            self._add(position, position, " ")

    def _token(self, match: re.Match[str]) -> int:
        """Read a token and return the position after what was read."""
        start, end = match.span()
        if match["comment"]:
            self._gap(end)
            blank = re.compile(rf"{_BREAK}").match(self.source, end, self.end)
            return self._break(end) if blank else end
        if match["blank"]:
            return self._break(end)
        if match["math"]:
            return self._math(start, match["math"])
        if match["mark"]:
            self._add(start, end, _MARKS[match["mark"]])
        elif match["close"]:
            self.closers.pop(start, self._gap_after)(start)
        elif match["command"]:
            return self._command(match["command"], start, end)
        return end

    def _gap_after(self, brace: int) -> None:
        """Keep a group apart from the next; one that ends inside a word is part of it."""
        if self.source[brace + 1 : brace + 2] == "{":
            self._gap(brace + 1)

    def _break(self, end: int) -> int:
        if self.notes:
            self._add(end, end, " ")
        else:
            self._flush()
        return end

    def _math(self, start: int, opening_mark: str) -> int:
        """Keep mathematics letter for letter; a dollar that nothing closes is one."""
        after = start + len(opening_mark)
        if opening_mark in _MATH_ENDS:
            match = _MATH_ENDS[opening_mark].match(self.source, after, self.end)
            end = match.end() if match else -1
        else:
            end = self._find({r"\(": r"\)", r"\[": r"\]"}[opening_mark], after) + 2
        if end < after or end > after + _MAX_MATH or re.search(rf"{_BREAK}[ \t]*{_BREAK}", self.source[after:end]):
            end = after
        self._keep(start, end)
        return end

    def _skip_options(self, position: int) -> int:
        while option := _OPTION.match(self.source, position, self.end):
            position = option.end()
        return position

    def _group(self, position: int) -> tuple[int, int] | None:
        """Return the positions of the braces of the group that begins at ``position``, white space before it or not."""
        match = _SPACE.match(self.source, position, self.end)
        at = match.end() if match else position
        close = self.braces.get(at)
        return (at, close) if close is not None and close < self.end else None

    def _skip_groups(self, position: int, count: int) -> int:
        for _ in range(count):
            position = self._skip_options(position)
            group = self._group(position)
            if not group:
                break
            position = group[1] + 1
        return position

    def _command(self, name: str, start: int, end: int) -> int:
        base = name.rstrip("*") or name
        if base in tex.ACCENTS and (letter := _ACCENTED.match(self.source, end, self.end)):
            written = (letter[1] or letter[2] or letter[3]).replace("\\i", "ı").replace("\\j", "ȷ")
            self._add(start, letter.end(), tex.accented(base, written))
            return letter.end()
        if base in tex.LETTERS:
            blank = _SPACE.match(self.source, end, self.end)
            after = blank.end() if blank else end
            self._add(start, after, tex.LETTERS[base])
            return after
        if base == "\\":
            return self._line_end(start, end)
        said = tex.CHARACTERS.get(name, tex.SIGNS.get(base))
        if said is not None:
            self._add(start, end, said)
            return end
        position = self._named_command(base, start, end)
        if base not in tex.PLAIN and base not in tex.LEADING:
            self._gap(position)
        return position

    def _line_end(self, start: int, end: int) -> int:
        end = self._skip_options(end + (self.source[end : end + 1] == "*"))
        if self.lists and self.lists[-1] == "verse":
            self._flush()
        self._add(start, end, " ")
        return end

    def _named_command(self, name: str, start: int, end: int) -> int:
        special = _SPECIAL.get(name)
        if special:
            return special(self, name, start, end)
        if name in tex.SECTIONS:
            return self._own_block(end, "heading", tex.SECTIONS[name])
        if name in tex.SPACES:
            self._add(start, end, " ")
            return self._break(end) if name == "par" else self._skip_options(end)
        if name in tex.SILENT:
            return end
        if name in tex.WORDLESS:
            return self._wordless(name, end)
        if name in tex.DEFINITIONS:
            return self._definition(end)
        if name in self.macros:
            if self._last.isalnum() and self.macros[name][:1].isalnum():
                self._add(start, start, " ")
            self._add(start, end, self.macros[name])
            return end
        return self._contents(name, start, end)

    def _wordless(self, name: str, end: int) -> int:
        """Leave a command out with its arguments, and the space before it where a stop follows."""
        end = self._skip_options(self._skip_groups(self._skip_options(end), tex.MORE_ARGUMENTS.get(name, 1)))
        following = self.source[end : end + 1]
        if following and following in ".,;:)!?":
            while self.pieces and not self.pieces[-1].text.strip():
                self.pieces.pop()
            if self.pieces and self.pieces[-1].text != (text := self.pieces[-1].text.rstrip()):
                begin = self.pieces[-1].start
                if len(self.pieces[-1].text) == self.pieces[-1].end - begin:
                    self.pieces[-1] = Piece(begin, begin + len(text), text)
        return end

    def _definition(self, end: int) -> int:
        """Leave out the definition of a command: its name, what it takes, what it does."""
        match = re.compile(r"\s*(?:\{?\\[a-zA-Z@]+\}?|\{[a-zA-Z*]+\})[^{}\r\n]{0,60}").match(self.source, end, self.end)
        if not match:
            return end
        position = match.end()
        while (group := self._group(position)) and group[0] == position:
            position = group[1] + 1
        return position

    def _contents(self, name: str, start: int, end: int) -> int:
        """Keep what stands in a command's braces; a command without any, which nobody knows, stays as it is written."""
        position = self._skip_options(end)
        if name in tex.LEADING:
            position = self._skip_groups(position, tex.LEADING[name])
        group = self._group(position)
        if not group or (group[0] != position and name not in tex.PLAIN and name not in tex.LEADING):
            if position == end and name not in tex.PLAIN:
                self._keep(start, end)
            return position
        if name in {"textsuperscript", "textsubscript"}:
            self._raised(name, group[0] + 1)
        elif name not in tex.PLAIN and name not in tex.LEADING:
            self._gap(group[0] + 1)
            self.closers[group[1]] = self._between_arguments
        return group[0] + 1

    def _raised(self, name: str, position: int) -> None:
        """Keep a raised or lowered number from becoming part of the one before it."""
        first = self.source[position : position + 1]
        if name == "textsuperscript" and self._last.isalnum() and (first.isdigit() or first in "+-−"):
            self._add(position, position, "^")
        elif name == "textsubscript" and self._last.isdigit():
            self._add(position, position, "_")

    def _between_arguments(self, brace: int) -> None:
        """Keep the arguments of a command apart, and the last from the word after it."""
        close = self.braces.get(brace + 1)
        if close is not None:
            self.closers[close] = self._between_arguments
            self._add(brace + 1, brace + 1, " ")
        else:
            self._gap(brace + 1)

    def _own_block(self, end: int, kind: BlockKind, level: int = 0) -> int:
        """Begin a block of its own that holds what stands in the command's braces."""
        group = self._group(self._skip_options(end))
        if not group or self.notes:
            return end
        self._flush()
        self.kind, self.level = kind, level
        self.closers[group[1]] = lambda brace: self._flush()
        return group[0] + 1

    def _caption(self, name: str, start: int, end: int) -> int:
        return self._own_block(end, "paragraph")

    def _footnote(self, name: str, start: int, end: int) -> int:
        """Read a note: after a sentence as a paragraph of its own, inside one in brackets where it stands."""
        group = self._group(self._skip_options(end))
        if not group:
            return end
        text = "".join(piece.text for piece in self.pieces[-3:]).rstrip()
        following = self.source[group[1] + 1 : group[1] + 2]
        if (
            self.kind != "heading"
            and not self.notes
            and (not following.strip() or following in "\\%")
            and (_STOP.search(text) or not text or name == "footnotetext")
        ):
            return self._own_block(end, "paragraph")
        self._add(start, group[0] + 1, " (")
        self.notes += 1
        self.closers[group[1]] = self._end_note
        return group[0] + 1

    def _end_note(self, brace: int) -> None:
        self.notes -= 1
        self._add(brace, brace, ") " if self.source[brace + 1 : brace + 2].isalnum() else ")")

    def _left_out(self, name: str, start: int, end: int) -> int:
        return self._skip_groups(self._skip_options(end), 1)

    def _letters(self, name: str, start: int, end: int) -> int:
        """Keep an address or a few words of code letter for letter."""
        if self._last.isalnum():
            self._add(start, start, " ")
        position = self._skip_options(end)
        if name == "mintinline":
            position = self._skip_groups(position, 1)
        group = self._group(position)
        if group and group[0] == position and name != "verb":
            self._keep(group[0] + 1, group[1])
            return group[1] + 1
        match = _VERB.match(self.source, position, self.end)
        if match:
            self._keep(*match.span(2))
        return match.end() if match else end

    def _item(self, name: str, start: int, end: int) -> int:
        self._flush()
        self.kind = "item"
        if name == "bibitem":
            return self._skip_groups(self._skip_options(end), 1)
        blank = _SPACE.match(self.source, end, self.end)
        option = _OPTION.match(self.source, blank.end() if blank else end, self.end)
        if not option:
            return end
        if self.lists and self.lists[-1] == "description":
            inner = _Scanner(self.source, self.braces, self.macros, self.depth + 1)
            if self.depth < _MAX_DEPTH:
                inner.scan(option.start() + 1, option.end() - 1)
            self.pieces += [piece for block in inner.blocks for piece in block.pieces]
            gap = "" if self.source[option.end() : option.end() + 1].isspace() else " "
            self._add(option.end(), option.end(), ("" if self._last == ":" else ":") + gap)
        return option.end()

    def _iffalse(self, name: str, start: int, end: int) -> int:
        finish = self._find(r"\fi", end)
        return finish + 3 if finish >= 0 else end

    def _find(self, closing: str, position: int) -> int:
        """Return where something is closed, -1 if it is not; what was not found is not looked for again."""
        found = -1 if closing in self.missing else self.source.find(closing, position, self.end)
        if found < 0:
            self.missing.add(closing)
        return found

    def _begin(self, name: str, start: int, end: int) -> int:
        match = _NAME.match(self.source, end, self.end)
        if not match:
            return end
        environment = match[1].rstrip("*")
        end = match.end()
        closing = rf"\end{{{match[1]}}}"
        if environment in tex.VERBATIM or environment in tex.NO_TEXT or environment in tex.MATH:
            finish = self._find(closing, end)
            if finish >= 0:
                self._letter_block(environment, end, finish)
                return finish + len(closing)
        self._flush()
        if environment in tex.TABLES and self.depth < _MAX_DEPTH:
            finish = end_of(self.source, match[1], end, self.end)
            begin = self._skip_groups(self._skip_options(end), tex.ARGUMENTS[environment])
            if begin <= finish:
                self._table(begin, finish)
                return finish + len(closing)
        if environment in tex.LISTS or environment in {"verse", "frame"}:
            self.lists.append(environment)
        if environment not in tex.NAMED:
            end = self._skip_groups(self._skip_options(end), tex.ARGUMENTS.get(environment, 0))
            end = self._skip_options(end)
        return self._own_block(end, "heading", 3) if environment == "frame" else end

    def _letter_block(self, environment: str, start: int, end: int) -> None:
        if environment in tex.NO_TEXT:
            self._gap(end)
        elif environment in tex.VERBATIM:
            self._flush()
            start = self._skip_groups(self._skip_options(start), tex.ARGUMENTS.get(environment, 0))
            start = self._skip_options(start)
            lines = re.finditer(r"[^\r\n]+", self.source[start:end])
            self.blocks += code_blocks(self.source, ((start + m.start(), start + m.end()) for m in lines))
        else:
            self._add(start, start, " ")
            for begin, finish in _split(self.source, start, end, _LABEL.pattern):
                self._keep(begin, finish)
            self._add(end, end, " ")

    def _end(self, name: str, start: int, end: int) -> int:
        match = _NAME.match(self.source, end, self.end)
        if not match:
            return end
        self._flush()
        if self.lists and match[1].rstrip("*") == self.lists[-1]:
            self.lists.pop()
        return match.end()

    def _table(self, start: int, end: int) -> None:
        rows, header_at = rows_of(self.source, start, end)
        header: list[str] | None = None
        for index, spans in enumerate(rows):
            cells: list[list[Piece]] = []
            for begin, finish in spans:
                inner = _Scanner(self.source, self.braces, self.macros, self.depth + 1)
                inner.scan(begin, finish)
                cells.append(_joined(inner.blocks))
                if wide := _SPAN.match(self.source, begin, finish):
                    cells += [[]] * (int(wide[1]) - 1)
            row = cells_row(cells, header)
            if row:
                self.blocks.append(row)
            if index == header_at:
                header = [words_of(cell) for cell in cells]


def _joined(blocks: list[Block]) -> list[Piece]:
    pieces: list[Piece] = []
    for block in blocks:
        if pieces:
            pieces.append(Piece(block.pieces[0].start, block.pieces[0].start, " "))
        pieces += block.pieces
    return pieces


_SPECIAL: dict[str, Callable[[_Scanner, str, int, int], int]] = {
    "begin": _Scanner._begin,
    "end": _Scanner._end,
    "item": _Scanner._item,
    "bibitem": _Scanner._item,
    "caption": _Scanner._caption,
    "captionof": _Scanner._caption,
    "footnote": _Scanner._footnote,
    "footnotetext": _Scanner._footnote,
    "endnote": _Scanner._footnote,
    "title": _Scanner._left_out,
    "author": _Scanner._left_out,
    "date": _Scanner._left_out,
    "url": _Scanner._letters,
    "path": _Scanner._letters,
    "nolinkurl": _Scanner._letters,
    "verb": _Scanner._letters,
    "lstinline": _Scanner._letters,
    "mintinline": _Scanner._letters,
    "ensuremath": _Scanner._letters,
    "iffalse": _Scanner._iffalse,
}
