"""The reader of Org mode's outlines, line by line."""

from __future__ import annotations

import re
from collections.abc import Iterator

from corpus.dates import iso_date
from corpus.readers.base import Block, BlockKind, Draft, File, LeftOut, Piece
from corpus.readers.units import cells_row, code_blocks, opening, words_of
from corpus.types import Metadata

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_KEYWORD = re.compile(r"[ \t]*#\+(?P<key>[\w-]+)(?:\[[^\]\n]*\])?:[ \t]*(?P<value>.*?)[ \t]*$")
_BEGIN = re.compile(r"[ \t]*#\+begin_(?P<name>\S+)", re.IGNORECASE)
_HEADLINE = re.compile(r"(?P<stars>\*+)[ \t]+(?=\S)")
_PRIORITY = re.compile(r"\[#[A-Za-z0-9]\][ \t]*")
_TAGS = re.compile(r"[ \t]+:(?:[\w@#%]+:)+[ \t]*$")
_COMMENTED = re.compile(r"COMMENT(?:[ \t]+|$)")
_TODO = frozenset({"TODO", "DONE", "NEXT", "WAITING", "WAIT", "HOLD", "CANCELLED", "CANCELED", "STARTED", "SOMEDAY"})
_DRAWER = re.compile(r"[ \t]*:[\w-]+:[ \t]*$")
_DRAWER_END = re.compile(r"[ \t]*:END:[ \t]*$", re.IGNORECASE)
_RULE = re.compile(r"[ \t]*-{5,}[ \t]*$")
_COMMENT = re.compile(r"[ \t]*#(?:[ \t]|$)")
_FIXED = re.compile(r"[ \t]*:(?:[ \t]|$)")
_ITEM = re.compile(
    r"(?P<lead>[ \t]*)(?:[-+]|(?P<number>\d{1,9})[.)]|(?<=[ \t])\*)(?:[ \t]+(?:\[@\d{1,3}\][ \t]*)?|$)"
    r"(?P<term>.{0,300}?[ \t]::(?=[ \t]))?"
)
_TABLE = re.compile(r"[ \t]*\|")
_TABLE_RULE = re.compile(r"[ \t]*\|[-+]+\|?[ \t]*$")
_TABLE_WIDTHS = re.compile(r"[ \t]*\|(?:[ \t]*(?:<[lcr]?\d*>)?[ \t]*\|)+[ \t]*$")
_FOOTNOTE = re.compile(r"\[fn:[\w-]+\][ \t]*")
_PLANNING = re.compile(r"[ \t]*(?:SCHEDULED|DEADLINE|CLOSED):[ \t]*[<\[]")
# Blocks whose content is no prose, and those that are no text of the document.
_CODE = frozenset({"src", "example"})
_NO_TEXT = frozenset({"comment", "export", "html", "latex"})
_ABOUT_TEXT = frozenset({"caption"})

_IMAGE = r"(?:png|jpe?g|gif|svg|webp|bmp|tiff?)"
_PRE = r"(?<![^\s\-–—('\"{])"
_POST = r"(?![^\s\-–—.,;:!?'\")}\[\\])"
_INLINE = re.compile(
    r"(?P<math>\$\$[^$]{1,1000}\$\$|(?<![\w$])\$[^\s$](?:[^$\n]{0,500}[^\s$])?\$(?![\w$])|\\\([^\n]{1,500}?\\\)"
    r"|\\\[[^\r\n]{1,300}?\\\])"
    rf"|{_PRE}(?P<code>[=~])(?=[^\s])(?P<letters>[^\r\n]{{0,500}}?[^\s])(?P=code){_POST}"
    r"|\[\[(?P<target>[^\[\]\r\n]{1,2000})\](?:\[(?P<label>(?:[^\[\]]|\[[^\[\]\n]{0,100}\]){1,1000})\])?\]"
    r"|<<<(?P<radio>[^<>\n]{1,200})>>>|(?P<anchor><<[^<>\n]{1,200}>>)"
    r"|\[fn:[\w-]*:(?P<note>[^\[\]]{1,2000})\]|(?P<mark>\[fn:[\w-]+\])"
    r"|(?P<cite>\[cite(?:/[\w/-]+)?:[^\]\n]{1,500}\])|(?P<snippet>@@[\w-]+:[^@\n]{0,500}@@)"
    r"|(?P<break>\\\\[ \t]*(?=\r|\n|$))"
    rf"|{_PRE}(?P<emphasis>[*/_+])(?=[^\s])(?P<body>(?:(?!(?P=emphasis){_POST})[^\r\n]|(?:\r\n|\r|\n)(?=\S)){{1,400}})"
    rf"(?<=\S)(?P=emphasis){_POST}"
)


class OrgReader:
    """The reader of Org mode's outlines."""

    name = "org"
    media_type = "text/org"
    suffixes = frozenset({".org"})
    is_quick = True

    def matches(self, file: File) -> bool:
        """Return whether the file's name says that it is an outline, or its first line gives a title as Org does."""
        return file.suffix in self.suffixes or (
            file.suffix in {".txt", ".text", ""} and bool(re.match(r"\ufeff?#\+(?i:title|author):", opening(file)))
        )

    def read(self, file: File) -> Draft:
        """Return the draft of an outline."""
        return _Outline(file.source, file.start).draft()


class _Outline:
    """The blocks of an outline, while its lines are read."""

    def __init__(self, source: str, start: int) -> None:
        self.source = source
        self.lines = [
            (m.start(), m.start() + len(m.group().rstrip("\r\n")))
            for m in _LINE.finditer(source, start)
            if m.end() > m.start()
        ]
        self.at = 0
        self.blocks: list[Block] = []
        self.keywords: dict[str, list[str]] = {}
        self.todo = set(_TODO)
        self.left_out: dict[str, int] = {}
        self.numbers: dict[int, int] = {}
        # Before this line no drawer ends that is open now; and the blocks that nothing ends.
        self.no_end_before = 0
        self.endless: set[str] = set()

    def draft(self) -> Draft:
        """Read all lines."""
        while self.at < len(self.lines):
            self._next()
        said = {key: " ".join(values) for key, values in self.keywords.items()}
        metadata = Metadata(
            title=said.get("title") or None,
            author=said.get("author") or None,
            published=iso_date(said.get("date")),
            language=said.get("language") or None,
        )
        left_out = tuple(LeftOut(what, count) for what, count in self.left_out.items())
        return Draft(tuple(self.blocks), metadata, left_out=left_out)

    def _text(self, index: int) -> str:
        return self.source[slice(*self.lines[index])]

    def _next(self) -> None:
        """Read the block that begins at the current line, and go on behind it."""
        text = self._text(self.at)
        if begin := _BEGIN.match(text):
            self._block(begin["name"].lower())
        elif keyword := _KEYWORD.match(text):
            self._keyword(keyword)
        elif headline := _HEADLINE.match(text):
            self._headline(headline)
        elif _DRAWER.match(text) and (end := self._drawer_end()):
            self._leave_out("drawers", self.at, end)
        elif not text.strip() or _RULE.match(text) or text.lstrip().lower().startswith("#+"):
            self.at += 1
        elif _COMMENT.match(text):
            self._leave_out("comments", self.at, self.at + 1)
        elif _FIXED.match(text):
            start, end = self.lines[self.at]
            self.blocks += code_blocks(self.source, [(start + text.index(":") + 1, end)])
            self.at += 1
        elif _TABLE.match(text):
            self._table()
        else:
            self._paragraph()

    def _leave_out(self, what: str, first: int, after: int) -> None:
        if first < after:
            count = self.lines[after - 1][1] - self.lines[first][0]
            self.left_out[what] = self.left_out.get(what, 0) + count
        self.at = after

    def _keyword(self, match: re.Match[str]) -> None:
        key, value = match["key"].lower(), match["value"]
        start = self.lines[self.at][0]
        if key in {"todo", "seq_todo", "typ_todo"}:
            self.todo |= {word.split("(")[0] for word in value.split()} - {"|"}
        elif key in _ABOUT_TEXT and value:
            self._add("paragraph", start + match.start("value"), start + match.end("value"))
        elif value:
            self.keywords.setdefault(key, []).append(words_of(_inline(value, 0, len(value))))
        self.at += 1

    def _block(self, name: str) -> None:
        """Read a block between ``#+begin_…`` and ``#+end_…``; without an end, only its first line is mark-up."""
        end_mark = f"#+end_{name}"
        rest = () if name in self.endless else range(self.at + 1, len(self.lines))
        last = next((i for i in rest if self._text(i).strip().lower().startswith(end_mark)), None)
        if last is None:
            self.endless.add(name)
        if last is None or (name not in _CODE and name not in _NO_TEXT):
            if name == "verse" and last is not None:
                for index in range(self.at + 1, last):
                    self._add("paragraph", *self.lines[index])
                self.at = last
            self.at += 1  # the end's line is left out when it is reached
            return
        if name in _CODE:
            self.blocks += code_blocks(self.source, self.lines[self.at + 1 : last])
        else:
            self._leave_out("comments", self.at + 1, last)
        self.at = last + 1

    def _drawer_end(self) -> int | None:
        """Return the line after the drawer that begins here; None if a headline comes before its end."""
        if self.at < self.no_end_before:
            return None
        for index in range(self.at + 1, len(self.lines)):
            if _DRAWER_END.match(self._text(index)):
                return index + 1
            if _HEADLINE.match(self._text(index)):
                break
        else:
            index = len(self.lines)
        self.no_end_before = index
        return None

    def _headline(self, match: re.Match[str]) -> None:
        text = self._text(self.at)
        start = match.end()
        word = re.match(r"(\S+)(?:[ \t]+|$)", text[start:])
        if word and word[1] in self.todo:
            start += word.end()
        if priority := _PRIORITY.match(text, start):
            start = priority.end()
        level = len(match["stars"])
        if _COMMENTED.match(text, start):
            self._leave_out("comments", self.at, self._after_tree(level))
            return
        tags = _TAGS.search(text, start)
        begin = self.lines[self.at][0]
        end = begin + tags.start() if tags else self.lines[self.at][1]
        self._add("heading", begin + start, end, min(level, 6))
        self.at += 1

    def _after_tree(self, level: int) -> int:
        for index in range(self.at + 1, len(self.lines)):
            headline = _HEADLINE.match(self._text(index))
            if headline and len(headline["stars"]) <= level:
                return index
        return len(self.lines)

    def _table(self) -> None:
        first = self.at
        while self.at < len(self.lines) and _TABLE.match(self._text(self.at)):
            self.at += 1
        lines = [i for i in range(first, self.at) if not _TABLE_WIDTHS.match(self._text(i))]
        rules = [i for i in lines if _TABLE_RULE.match(self._text(i))]
        rows = [i for i in lines if i not in set(rules)]
        inner = next((i for i in rules if rows and rows[0] < i < rows[-1]), None)
        header: list[str] | None = None
        for index in rows:
            cells = [_inline(self.source, start, end) for start, end in self._cells(index)]
            row = cells_row(cells, header if inner is not None and index > inner else None)
            if row:
                self.blocks.append(row)
            if inner is not None and header is None:
                header = [words_of(cell) for cell in cells]

    def _cells(self, index: int) -> Iterator[tuple[int, int]]:
        start, end = self.lines[index]
        start = self.source.index("|", start) + 1
        if self.source[start:end].rstrip().endswith("|"):
            end = self.source.rindex("|", start, end)
        while (bar := self.source.find("|", start, end)) >= 0:
            yield start, bar
            start = bar + 1
        yield start, end

    def _paragraph(self) -> None:
        """Read a paragraph or an item of a list: its lines up to one that begins something else."""
        start, end = self.lines[self.at]
        kind: BlockKind = "paragraph"
        text = self._text(self.at)
        if (item := _ITEM.match(text)) and self._is_item(item):
            kind = "item"
            start += item.start("term") if item["term"] else item.end()
        elif note := _FOOTNOTE.match(text):
            start += note.end()
        is_alone = bool(_PLANNING.match(text))
        self.at += 1
        while self.at < len(self.lines) and not is_alone and self._goes_on(self._text(self.at)):
            end = self.lines[self.at][1]
            self.at += 1
        self._add(kind, start, end)

    def _is_item(self, match: re.Match[str]) -> bool:
        """Return whether a number counts the items of a list; "12. Mai" keeps its number."""
        if not match["number"]:
            return True
        number, column = int(match["number"]), len(match["lead"])
        counts = number in {1, self.numbers.get(column, 0) + 1}
        self.numbers[column] = number
        return counts

    def _goes_on(self, text: str) -> bool:
        others = (_HEADLINE, _ITEM, _TABLE, _DRAWER, _RULE, _FOOTNOTE, _COMMENT, _FIXED, _PLANNING)
        return bool(text.strip()) and not text.lstrip().startswith("#+") and not any(o.match(text) for o in others)

    def _add(self, kind: BlockKind, start: int, end: int, level: int = 0) -> None:
        pieces = _inline(self.source, start, end)
        if pieces:
            self.blocks.append(Block(kind, tuple(pieces), level))


def _inline(source: str, start: int, end: int) -> list[Piece]:
    """Return the pieces of a span without marks of emphasis, links' targets and notes' marks."""
    pieces: list[Piece] = []
    # Spans still to be read, the next one last; emphasis may hold emphasis.
    spans = [(start, end)]
    while spans:
        position, stop = spans.pop()
        if source.startswith("]]", position - 2) and position > start:
            pieces.append(Piece(position, position, _space_if(source[position : position + 1])))
        match = _INLINE.search(source, position, stop)
        if not match:
            if position < stop:
                pieces.append(Piece(position, stop, source[position:stop]))
            continue
        if match.start() > position:
            pieces.append(Piece(position, match.start(), source[position : match.start()]))
        if match["target"]:  # a link in the middle of a word is set apart from it
            pieces.append(Piece(match.start(), match.start(), _space_if(source[match.start() - 1 : match.start()])))
        spans.append((match.end(), stop))
        inner = _read_mark(source, match, pieces)
        if inner:
            spans.append(inner)
    return pieces


def _read_mark(source: str, match: re.Match[str], pieces: list[Piece]) -> tuple[int, int] | None:
    """Add what a mark reads as; return the span in it that is still to be read."""
    name = match.lastgroup
    if name == "body" or match["body"]:
        return match.span("body")
    if match["math"]:
        pieces.append(Piece(match.start(), match.end(), match.group()))
    elif match["letters"]:
        pieces.append(Piece(*match.span("letters"), match["letters"]))
    elif match["radio"]:
        pieces.append(Piece(*match.span("radio"), match["radio"]))
    elif match["note"]:  # a note inside a sentence stays where it is
        pieces.append(Piece(match.start(), match.start(), " ("))
        start = match.end() - 1 - len(match["note"].lstrip())
        pieces.append(Piece(start, match.end() - 1, source[start : match.end() - 1]))
        pieces.append(Piece(match.end(), match.end(), ") " if _follows_word(source, match.end()) else ")"))
    elif match["target"]:
        return _link(match, pieces)
    elif _glues(source, match):
        pieces.append(Piece(match.end(), match.end(), " "))
    return None


def _space_if(character: str) -> str:
    return " " if character.isalnum() else ""


def _follows_word(source: str, position: int) -> bool:
    return source[position : position + 1].isalnum()


def _link(match: re.Match[str], pieces: list[Piece]) -> tuple[int, int] | None:
    if match["label"]:
        if re.fullmatch(rf"(?:file:|https?:)?\S+\.{_IMAGE}", match["label"], re.IGNORECASE):
            return None
        return match.span("label")
    if re.fullmatch(rf"(?:file:|\.{{0,2}}/|attachment:)\S*\.{_IMAGE}", match["target"], re.IGNORECASE):
        return None
    start, end = match.span("target")
    start += len(re.match(r"[*#]?", match["target"])[0])  # type: ignore[index]
    pieces.append(Piece(start, end, match.string[start:end]))
    return None


def _glues(source: str, match: re.Match[str]) -> bool:
    """Return whether two words would be one if nothing stood for the mark between them."""
    before, after = source[match.start() - 1 : match.start()], source[match.end() : match.end() + 1]
    return (before.isalnum() and after.isalnum()) or match["break"] is not None
