"""The words of a mail's body: its own ones, and those that it quotes from other mails."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from corpus.errors import Unreadable
from corpus.readers.base import BlockKind, Draft, File, LeftOut, clean_blocks
from corpus.readers.mail.mailquotes import SIGNATURE, is_lead, lead_of, turns_rest, without_armour
from corpus.readers.text.plain import PlainReader
from corpus.readers.web.webpage import HtmlReader

_PLAIN = PlainReader()
_HTML = HtmlReader(is_page=False)
_MARK = re.compile(r"^(?:> ?)+")
_BREAK = re.compile(r"\r\n|\r|\n")
_SIGNATURE = re.compile(r"^--\s?$")
_MAX_SIGNATURE_LINES = 15
_LOOK_AHEAD = 16
_MAX_TURNS = 20
_MAX_MARKS = 20
_QUOTE_TAG = re.compile(r"<(/?)blockquote\b", re.IGNORECASE)
_HAN_OR_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W_]+")


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph, item or row of a mail; ``depth`` counts the mails that quote it, 0 for the sender's own words.

    ``is_lead`` marks the line that says who wrote the words that follow it.
    """

    kind: BlockKind
    text: str
    level: int = 0
    depth: int = 0
    is_lead: bool = False


@dataclass(slots=True)
class Body:
    """The passages of one body, and what was left out of it."""

    passages: list[Passage] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def words(self) -> list[str]:
        """Return the words, of Chinese and Japanese the characters."""
        return [word for passage in self.passages for word in _HAN_OR_WORD.findall(passage.text.lower())]

    def add(self, other: Body) -> None:
        """Add another body after this one."""
        self.passages += other.passages
        self.left_out += other.left_out
        self.warnings += other.warnings


@dataclass(slots=True)
class _Run:
    """Lines that stand one after another and are quoted equally deep; ``lead`` says who wrote them."""

    depth: int
    lead: str = ""
    lines: list[str] = field(default_factory=list)


def plain_body(text: str, *, is_flowed: bool = False, joins_words: bool = False, is_reply: bool = False) -> Body:
    """Return the passages of a plain text; ``joins_words`` is the DelSp of a flowed one (RFC 3676)."""
    lines, dropped = without_armour(_BREAK.split(text))
    marked = [_quoted(line) for line in lines]
    if is_flowed:
        marked = list(_rejoined(marked, joins_words=joins_words))
    marked = _unmistaken(marked, is_reply=is_reply)
    body = Body(left_out=[LeftOut(what, count) for what, count in dropped.items()])
    for run in _runs(marked):
        kept = _without_signature(run.lines, body)
        if run.lead:
            body.passages.append(Passage("heading", run.lead, 3, run.depth, is_lead=True))
        body.passages += _passages(_draft(_PLAIN, "body.txt", "\n".join(kept)), run.depth)
    return body


def html_body(file: File) -> Body:
    """Return the passages of an HTML body."""
    draft = _draft(_HTML, file.name, file.data)
    body = Body(left_out=list(draft.left_out), warnings=list(draft.warnings))
    marked = _marked(draft, file.source if draft.blocks else "")
    depths = _Depth()
    for index, (marks, passage) in enumerate(marked):
        depth = depths.at(marks)
        after = marked[index + 1][0] if index + 1 < len(marked) else 0
        is_led = is_lead(passage.text) and (after > marks or turns_rest(passage.text, passage.text))
        if is_led and after <= marks:
            depths.turn(marks)
        kind: BlockKind = "heading" if is_led else passage.kind
        level = 3 if is_led else passage.level
        body.passages.append(Passage(kind, passage.text, level, depth + is_led, is_led))
    return _without_html_signature(body)


def _marked(draft: Draft, source: str) -> list[tuple[int, Passage]]:
    """Return the passages of HTML, each with the number of block quotes around it."""
    steps = [(match.start(), -1 if match[1] else 1) for match in _QUOTE_TAG.finditer(source)]
    marked = []
    depth = step = 0
    for block in draft.blocks:
        while block.pieces and step < len(steps) and steps[step][0] < block.pieces[0].start:
            depth, step = max(0, depth + steps[step][1]), step + 1
        if text := clean_blocks([block]):
            marked.append((depth, Passage(block.kind, text, block.level)))
    return marked


def _without_html_signature(body: Body) -> Body:
    """Return the body without what stands below "--", up to the next quotation."""
    at = next((i for i, passage in enumerate(body.passages) if _SIGNATURE.match(passage.text)), None)
    if at is None:
        return body
    depth = body.passages[at].depth
    ends = (i for i, p in enumerate(body.passages) if i > at and (p.is_lead or p.depth != depth))
    end = next(ends, len(body.passages))
    if end - at <= _MAX_SIGNATURE_LINES:
        body.left_out.append(LeftOut(SIGNATURE, sum(len(p.text) for p in body.passages[at:end])))
        del body.passages[at:end]
    return body


def as_html_file(text: str) -> File:
    """Return decoded HTML as a file that no declaration in it can make another text of."""
    return File("body.html", b"\xef\xbb\xbf" + text.encode("utf-8", "replace"))


def _draft(reader: PlainReader | HtmlReader, name: str, text: str | bytes) -> Draft:
    data = text if isinstance(text, bytes) else b"\xef\xbb\xbf" + text.encode("utf-8", "replace")
    try:
        return reader.read(File(name, data))
    except Unreadable as error:
        is_empty = not (text.strip() if isinstance(text, str) else text.strip(b"\xef\xbb\xbf \r\n\t"))
        return Draft((), warnings=() if is_empty else (f"a body of the mail: {error.reason}",))


def _passages(draft: Draft, depth: int) -> Iterator[Passage]:
    """Yield the passages of a plain text; a short line that stands alone is no heading in a mail but something said."""
    for block in draft.blocks:
        if text := clean_blocks([block]):
            yield Passage("paragraph" if block.kind == "heading" else block.kind, text, 0, depth)


def _quoted(line: str) -> tuple[int, str]:
    mark = _MARK.match(line)
    return (min(_MAX_MARKS, mark.group().count(">")), line[mark.end() :]) if mark else (0, line)


def _rejoined(lines: Sequence[tuple[int, str]], *, joins_words: bool) -> Iterator[tuple[int, str]]:
    """Yield the lines of a flowed text, those joined that were broken to fit a width."""
    held: tuple[int, str] | None = None
    for depth, line in lines:
        # A line that begins with a space, with "From " or with ">" was given one space more.
        text = line[1:] if line.startswith(" ") else line
        if held and held[0] == depth and not _SIGNATURE.match(text):
            text = held[1] + text
        elif held:
            yield held
        held = None
        if text.endswith(" ") and not _SIGNATURE.match(text):
            held = (depth, text[:-1] if joins_words else text)
        else:
            yield depth, text
    if held:
        yield held


def _unmistaken(lines: Sequence[tuple[int, str]], *, is_reply: bool) -> list[tuple[int, str]]:
    """Return lines, with ">" as a sign for "more than" where it marks one line of a mail that answers none."""
    found = list(lines)
    if is_reply or any(depth > 1 for depth, _ in lines):
        return found
    for index, (depth, text) in enumerate(lines):
        around = [lines[i][0] for i in (index - 1, index + 1) if 0 <= i < len(lines)]
        before = next((said for _, said in reversed(lines[max(0, index - 3) : index]) if said.strip()), "")
        if depth and not any(around) and not is_lead(before):
            # An invisible mark, which is taken away later, keeps the sign from being read as a quotation again.
            found[index] = (0, f"\u2060> {text}")
    return found


class _Depth:
    """How deep words are quoted: by the marks before them, and by the lines that turn all after them into a quote."""

    def __init__(self) -> None:
        self._turned: list[int] = []

    def at(self, marks: int) -> int:
        """Return the depth of words with so many marks before them."""
        self._turned = [depth for depth in self._turned if depth <= marks]
        return marks + len(self._turned)

    def turn(self, marks: int) -> None:
        """Let all words with so many marks or more be quoted once more."""
        if len(self._turned) < _MAX_TURNS:
            self._turned.append(marks)


def _runs(lines: Sequence[tuple[int, str]]) -> list[_Run]:
    """Return the runs of lines that one person wrote, with what says who that was."""
    runs = [_Run(0)]
    depths = _Depth()
    texts = [text for _, text in lines]
    following = _next_depths(lines)
    index = 0
    lead = ""
    while index < len(lines):
        marks = lines[index][0]
        found, count = lead_of(texts[index : index + _LOOK_AHEAD])
        after = index + count
        if found and (turns_rest(texts[index], found) or following[after - 1] > marks):
            depths.at(marks)
            if following[after - 1] <= marks:
                depths.turn(marks)
            if lead:
                runs.append(_Run(depths.at(marks), lead))
            lead, index = found, after
            continue
        if texts[index].strip():
            depth = depths.at(marks)
            if lead or depth != runs[-1].depth:
                runs.append(_Run(depth, lead))
                lead = ""
        runs[-1].lines.append(texts[index])
        index += 1
    return runs


def _next_depths(lines: Sequence[tuple[int, str]]) -> list[int]:
    """Return for each line how many marks are before the next one that is not empty; 0 after the last."""
    depths = [0] * len(lines)
    after = 0
    for index in range(len(lines) - 1, -1, -1):
        depths[index] = after
        if lines[index][1].strip():
            after = lines[index][0]
    return depths


def _without_signature(lines: list[str], body: Body) -> list[str]:
    """Return lines without the signature below "-- "; a long text below such a line is none."""
    at = next((i for i, line in enumerate(lines) if _SIGNATURE.match(line)), len(lines))
    signature = lines[at + 1 :]
    if not signature or sum(bool(line.strip()) for line in signature) > _MAX_SIGNATURE_LINES:
        return lines[:at] + signature
    body.left_out.append(LeftOut(SIGNATURE, sum(map(len, signature))))
    return lines[:at]
