"""The reader of JSON: records as rows, messages and articles as parts, each word at its place in the text."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from corpus.dates import date_of_epoch_ms, iso_date
from corpus.errors import Unreadable
from corpus.readers.base import Block, Draft, File, LeftOut, Piece
from corpus.readers.data.jsontokens import (
    JsonError,
    Node,
    parse,
    skip_blank,
    split_lines,
    string_lines,
    string_pieces,
    text_of,
)
from corpus.readers.extract import labelled_pieces, stripped
from corpus.readers.tables import lay_out
from corpus.types import Metadata, Part
from corpus.urls import safe_url

_LINES = frozenset({".jsonl", ".ndjson", ".jsonlines"})
_BEGINNING = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:\{\s*(?:\"|\})|\[\s*(?:[{\[\"\]]|-?\d|null|true|false)|\")")
_ELSEWHERE = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:\{|\[\s*\{)\s*\"[^\"\\\n]{1,80}\"\s*:")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")

_TITLE = ("title", "headline", "subject", "name")
_AUTHOR = ("author", "authors", "byline", "creator", "by")
_DATE = (
    "published", "published_at", "publishedat", "date_published", "datepublished", "pubdate", "publication_date",
    "date", "created_at", "createdat", "created", "create_time", "created_utc", "timestamp", "timestamp_ms", "time",
    "ts",
)  # fmt: skip
_URL = ("url", "link", "permalink", "source_url", "webpage_url", "canonical_url")
_WORDS = ("text", "content", "message", "body", "msg")
_SPEAKER = (
    "from", "sender", "sender_name", "from_name", "author", "speaker", "user", "username", "nick", "from_user", "role",
)  # fmt: skip
_SPEAKER_NAME = ("name", "display_name", "nickname", "real_name", "username", "first_name", "role", "login")
_ROLES = frozenset({"user", "assistant", "system", "tool", "developer", "human", "model", "function", "ai", "bot"})
# Kinds of a message's content that stand one after another; those of a chat's marked-up words run on.
_SEPARATE = frozenset({"text", "input_text", "output_text"})
_NO_WORDS = frozenset({"coordinates", "bbox", "geometry", "@context", "$schema"})
_ID = re.compile(r"(?:.*[_-])?(?:id|uuid|guid|hash|sha\d*|md5|etag|checksum)|[a-z]+Id", re.IGNORECASE)
_CODE = re.compile(
    r"data:[\w/+.-]{1,80}[;,].*|(?:0x)?[0-9a-fA-F]{16,}|\{?[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}?",
    re.DOTALL,
)
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{40,}={0,2}(?:\s+[A-Za-z0-9+/_-]+={0,2})*\s*")
_STOP = re.compile(r"[.!?。！？…][\"'”’»」』）)\]]*(?:\s|$|\\n)|[。！？]")
_PROSE, _SURE_PROSE = 60, 200
_MAX_NUMBERS = 12
_MAX_DAMAGED = 1000


class JsonReader:
    """The reader of JSON, of one value or of one a line."""

    name = "json"
    media_type = "application/json"
    suffixes = frozenset({".json", ".jsonl", ".ndjson", ".geojson"})
    is_quick = True

    def matches(self, file: File) -> bool:
        """Return whether the text begins as JSON does, and the name says so or says nothing."""
        if file.suffix in self.suffixes | _LINES:
            return bool(_BEGINNING.match(file.head)) or file.head.startswith(_UTF16)
        return file.suffix in {"", ".txt"} and bool(_ELSEWHERE.match(file.head)) and _is_json(file)

    def read(self, file: File) -> Draft:
        """Return the draft of a text; `Unreadable` if it is no JSON."""
        walk = _Walk(file.source)
        values, damaged = _values(file.source)
        for value in values:
            walk.value(value, "", 0)
        about = _about(file.source, values[0]) if len(values) == 1 else Metadata()
        warnings = (f"left out what is no JSON, in {damaged} place{'s' * (damaged > 1)}",) if damaged else ()
        left_out = tuple(LeftOut(what, count) for what, count in walk.left_out.items())
        return Draft(tuple(walk.blocks), about, parts=tuple(walk.parts), left_out=left_out, warnings=warnings)


def _is_json(file: File) -> bool:
    try:
        return bool(_values(file.source)[0])
    except Unreadable:
        return False


def _values(source: str) -> tuple[list[Node], int]:
    """Return the values of a text, and how many lines are none; `Unreadable` if the first is none."""
    values: list[Node] = []
    damaged = 0
    position = skip_blank(source, 0)
    while position < len(source):
        try:
            value, position = parse(source, position)
            values.append(value)
        except JsonError as error:
            following = source.find("\n", position) + 1
            if not values or not following:
                line = source.count("\n", 0, error.position) + 1
                if not values:
                    raise Unreadable(f"the JSON is damaged or too deeply nested at line {line}") from None
                damaged += 1
                break
            damaged += 1
            if damaged > max(_MAX_DAMAGED, len(values)):
                raise Unreadable("most lines of the file are no JSON") from None
            position = following
        position = skip_blank(source, position)
    return values, damaged


def _about(source: str, node: Node) -> Metadata:
    """Return what an object says about itself in the words that are usual for it."""
    if node.kind == "list" and len(node.items) == 1:
        node = node.items[0]
    if node.kind != "object":
        return Metadata()
    language = node.get("language", "lang", "locale", "inlanguage")
    return Metadata(
        title=_said(source, node.get(*_TITLE)),
        url=safe_url(_said(source, node.get(*_URL))),
        publisher=_said(source, node.get("publisher", "site_name", "sitename", "source")),
        author=_said(source, node.get(*_AUTHOR)),
        published=_date(source, node.get(*_DATE)),
        language=_said(source, language),
    )


def _said(source: str, node: Node | None) -> str | None:
    """Return a name: a string, an object's name, or the names in a list."""
    if node is None:
        return None
    if node.kind == "string":
        return " ".join(html.unescape(text_of(source, node.start, node.end)).split())[:500] or None
    if node.kind == "object":
        return _said(source, node.get(*_SPEAKER_NAME, "rendered", "text"))
    names = [name for item in node.items[:10] if (name := _said(source, item))]
    return ", ".join(names) or None


def _date(source: str, node: Node | None) -> str | None:
    """Return a date as ISO: a written one, or seconds or milliseconds since 1970."""
    if node is None or not node.is_scalar:
        return None
    text = text_of(source, node.start, node.end).strip()
    if re.fullmatch(r"\d{9,10}(?:\.\d+)?|\d{12,13}", text):
        seconds = float(text)
        return date_of_epoch_ms(int(seconds if seconds > 1e11 else seconds * 1000))
    if re.match(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d|$)", text):
        return text
    return iso_date(text)


class _Walk:
    """A walk over values in the order of the text, which makes blocks and parts."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.blocks: list[Block] = []
        self.parts: list[Part] = []
        self.left_out: dict[str, int] = {}
        self._in_part = False
        self._columns: list[str | None] = []

    def value(self, node: Node, label: str, depth: int) -> None:
        """Add what a value says; ``label`` is its key, ``depth`` how many headings stand over it."""
        if node.kind == "object":
            self._object(node, label, depth)
        elif node.kind == "list":
            self._list(node, label, depth)
        else:
            self._alone(node, label)

    def _leave_out(self, what: str, node: Node) -> None:
        self.left_out[what] = self.left_out.get(what, 0) + node.end - node.start

    def _alone(self, node: Node, label: str) -> None:
        if self._is_prose(node):
            self._prose(node)
        elif cell := self._cell(node, label):
            self._row([(label, cell)])

    def _object(self, node: Node, label: str, depth: int) -> None:
        if self._message(node):
            return
        inner = node.get("properties")
        if inner and inner.kind == "object" and "geometry" in node.keys:
            self.value(inner, label, depth)
            return
        opened = self._open_part(node)
        self._fields(node, depth)
        if opened:
            self._in_part = False

    def _fields(self, node: Node, depth: int) -> None:
        """Add an object's values: short ones together as a row, in the order of the text."""
        self._columns = self._named_columns(node)
        cells: list[tuple[str, Sequence[Piece]]] = []
        for key, whole in zip(node.keys, node.items, strict=True):
            # Content systems wrap what they show: {"rendered": "…", "protected": false}.
            item = (whole.get("rendered") if whole.kind == "object" else None) or whole
            if key in _NO_WORDS:
                self._leave_out("coordinates and addresses of schemas", item)
            elif self._is_name_of_more(key, item, node):
                cells = self._row(cells)
                self._heading(item, depth)
            elif (fields := self._flat(key, item)) is not None:
                cells.extend(fields)
            else:
                cells = self._row(cells)
                if item.longest >= _PROSE and item.kind != "string" and self._names_something(key):
                    self._key_heading(key, item, depth)
                self.value(item, key, depth + 1)
        self._row(cells)

    def _named_columns(self, node: Node) -> list[str | None]:
        """Return the names that an object gives to the columns of a table beside them."""
        names = node.get("columns", "header", "headers", "fields")
        return [_said(self.source, name) for name in names.items] if names and names.kind == "list" else []

    def _is_name_of_more(self, key: str, item: Node, node: Node) -> bool:
        """Return whether a value is the title of a text that follows in the same object."""
        if key.lower() not in _TITLE or item.kind != "string" or item.end - item.start > _SURE_PROSE:
            return False
        return any(other.start > item.start and self._holds_prose(other) for other in node.items)

    def _holds_prose(self, node: Node) -> bool:
        return self._is_prose(node) if node.is_scalar else node.longest >= _SURE_PROSE

    def _names_something(self, key: str) -> bool:
        return any(c.isalpha() for c in key) and not _CODE.fullmatch(key) and len(key) <= 80

    def _heading(self, item: Node, depth: int) -> None:
        words = [piece for line in string_lines(self.source, item.start, item.end) for piece in line]
        if words:
            self.blocks.append(Block("heading", tuple(words), min(depth + 1, 6)))

    def _key_heading(self, key: str, item: Node, depth: int) -> None:
        words = Piece(item.start, item.start, key)
        self.blocks.append(Block("heading", (words,), min(depth + 2, 6)))

    def _flat(self, key: str, item: Node) -> list[tuple[str, Sequence[Piece]]] | None:
        """Return the cells of a row that a value is: of a short one, a short list, or an object of these."""
        if item.is_scalar:
            if self._is_prose(item):
                return None
            cell = self._cell(item, key)
            return [(key, cell)] if cell else []
        if item.longest >= _SURE_PROSE:
            return None
        if item.kind == "list" and all(i.is_scalar for i in item.items):
            cell = self._joined(item, key)
            return [(key, cell)] if cell else []
        if item.kind == "object" and all(i.is_scalar and not self._is_prose(i) for i in item.items):
            pairs = zip(item.keys, item.items, strict=True)
            return [(f"{key} {name}", cell) for name, i in pairs if (cell := self._cell(i, name))]
        return None

    def _joined(self, item: Node, key: str) -> Sequence[Piece]:
        if len(item.items) > _MAX_NUMBERS and all(i.kind == "number" for i in item.items):
            self._leave_out("long lists of numbers", item)
            return ()
        pieces: list[Piece] = []
        for i in item.items:
            words = self._cell(i, key)
            if words and pieces:
                pieces.append(Piece(words[0].start, words[0].start, ", "))
            pieces.extend(words)
        return pieces

    def _cell(self, node: Node, key: str) -> Sequence[Piece]:
        """Return the pieces of a short value; none for what is no words and no figure."""
        if node.end == node.start:
            return ()
        text = text_of(self.source, node.start, node.end)
        if self._is_code(text) or (_ID.fullmatch(key) and not any(c.isalpha() for c in text)):
            self._leave_out("codes, identifiers and data that are no text", node)
            return ()
        if node.kind != "string":
            return (Piece(node.start, node.end, self.source[node.start : node.end]),)
        lines = string_lines(self.source, node.start, node.end)
        return stripped([piece for line in lines for piece in self._line(line)])

    def _line(self, line: list[Piece]) -> list[Piece]:
        """Return the pieces of a line with a space after it, so that lines of a cell stay apart."""
        return [*line, Piece(line[-1].end, line[-1].end, " ")]

    def _is_code(self, text: str) -> bool:
        if not any(c.isalnum() for c in text) or _CODE.fullmatch(text):
            return True
        looks_coded = any(c.isdigit() for c in text[:400]) and any(c.isupper() for c in text[:400])
        return looks_coded and bool(_BASE64.fullmatch(text[:4000]))

    def _is_prose(self, node: Node) -> bool:
        if node.kind != "string" or node.end - node.start < _PROSE // 3:
            return False
        text = text_of(self.source, node.start, node.end)
        length = len(text)
        if " " not in text[:400] and text.isascii():
            return False
        wide = sum(c > "\u2e80" for c in text[:_SURE_PROSE])
        return length + 2 * wide >= _SURE_PROSE or (length + 2 * wide >= _PROSE and bool(_STOP.search(text)))

    def _prose(self, node: Node) -> None:
        if self._is_code(text_of(self.source, node.start, node.end)):
            self._leave_out("codes, identifiers and data that are no text", node)
            return
        for line in string_lines(self.source, node.start, node.end):
            self.blocks.append(Block("paragraph", tuple(line)))

    def _row(self, cells: list[tuple[str, Sequence[Piece]]]) -> list[tuple[str, Sequence[Piece]]]:
        """Add a row if there are cells, and return the cells of the next one: none yet."""
        pieces = labelled_pieces([cell for _, cell in cells], [label for label, _ in cells])
        if pieces:
            self.blocks.append(Block("row", pieces))
        return []

    def _list(self, node: Node, label: str, depth: int) -> None:
        if node.items and all(i.kind == "list" and all(c.is_scalar for c in i.items) for i in node.items):
            self._table(node)
            return
        if node.items and all(i.is_scalar for i in node.items) and not any(self._is_prose(i) for i in node.items):
            if not label and any(i.kind == "string" for i in node.items):
                for item in node.items:
                    self._alone(item, "")
            else:
                self._row([(label, self._joined(node, label))])
            return
        for item in node.items:
            self.value(item, label if item.is_scalar else "", depth)

    def _table(self, node: Node) -> None:
        """Add a list of lists as a table."""
        texts = [[text_of(self.source, c.start, c.end) for c in row.items] for row in node.items]
        if not any(c.kind == "string" and c.end > c.start for row in node.items for c in row.items):
            self._leave_out("long lists of numbers", node)
            return
        for line in lay_out(texts):
            cells = [self._cell(c, "") for c in node.items[line.index].items]
            own = [None, *line.labels[1:]] if line.labels else []
            given = self._columns if len(self._columns) == len(cells) else own
            self.blocks.append(Block("row", labelled_pieces(cells, given)))

    def _open_part(self, node: Node) -> bool:
        """Begin a part at an object that is an article of its own: prose with a title, a date or an address."""
        if self._in_part or node.longest < _SURE_PROSE or not any(self._holds_prose(i) for i in node.items):
            return False
        about = _about(self.source, node)
        if not (about.title or about.url) or not any(self._is_prose(i) for i in node.items):
            return False
        self._add_part(node, replace(about, title=about.title))
        self._in_part = True
        return True

    def _add_part(self, node: Node, about: Metadata) -> None:
        part = Part(
            str(len(self.parts) + 1), node.start, node.end, about.title, about.url, about.author, about.published
        )
        self.parts.append(part)

    def _message(self, node: Node) -> bool:
        """Add a message of a chat, with who said it before each of its lines; False if the object is none."""
        if not any(key.lower() in _WORDS for key in node.keys):
            return False
        words, speaker = node.get(*_WORDS), _said(self.source, node.get(*_SPEAKER))
        published = _date(self.source, node.get(*_DATE))
        role = _said(self.source, node.get("role") or (node.get("author") or node).get("role"))
        is_chat = role in _ROLES or (published and not node.get("title", "headline", "url"))
        if not speaker or not is_chat or len(speaker) > 80 or (words and words.kind in {"number", "word"}):
            return False
        if words is None:
            return True  # a picture without words
        lines = [line for line in self._message_lines(words) if any(c.isalnum() for p in line for c in p.text)]
        for line in lines:
            label = Piece(line[0].start, line[0].start, f"{speaker}: ")
            self.blocks.append(Block("paragraph", (label, *line)))
        if lines and not self._in_part:
            self._add_part(node, Metadata(author=speaker, published=published))
        return True

    def _message_lines(self, words: Node) -> Iterator[list[Piece]]:
        if words.kind == "string":
            yield from string_lines(self.source, words.start, words.end)
        elif words.kind == "object":
            inner = words.get("parts", "text", "rendered")
            yield from self._message_lines(inner) if inner else ()
        else:
            yield from self._run_on(words)

    def _run_on(self, words: Node) -> Iterator[list[Piece]]:
        """Yield the lines of a message in pieces, some of them marked up: pieces of one kind only stand apart."""
        pieces: list[Piece] = []
        for item in words.items:
            inner = item if item.kind == "string" else item.get("text") if item.kind == "object" else None
            if inner is None or inner.kind != "string":
                continue
            kind = _said(self.source, item.get("type")) if item.kind == "object" else None
            if kind in _SEPARATE and pieces:
                yield from split_lines(pieces)
                pieces = []
            pieces.extend(string_pieces(self.source, inner.start, inner.end))
        yield from split_lines(pieces)
