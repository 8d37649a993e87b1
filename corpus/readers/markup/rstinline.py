"""The marks of reStructuredText inside a paragraph: literals, emphasis, roles, links, notes and substitutions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from corpus.readers.base import Piece
from corpus.readers.units import unit

# What may stand before a mark that opens, and after one that closes.
_BEFORE = r"(?<![^\s'\"(\[{<\-/:‘“’«¡¿„‐-—\\、-】！-／])"
_AFTER = r"(?![^\s'\")\]}>\-/:.,;!?\\’”»…‐-—、-】！-／])"
_URL = r"(?:[a-z][a-z0-9+.-]{1,15}:(?://)?|mailto:|www\.)[^\s<>`\"]{1,500}"
_MARK = re.compile(
    rf"{_BEFORE}(?:"
    rf"``(?P<literal>[^\s`](?:[^`]|`(?!`)){{0,1000}}?)(?<!\s)``{_AFTER}"
    rf"|(?P<role>:[\w.+:-]{{1,60}}:)?`(?P<text>[^\s`](?:[^`\\]|\\[\s\S]){{0,1000}}?)(?<!\s)`(?P<after>:[\w.+:-]{{1,60}}:|__?)?{_AFTER}"
    rf"|_`(?P<target>[^\s`][^`]{{0,300}}?)(?<!\s)`{_AFTER}"
    rf"|\*\*(?P<strong>[^\s*](?:[^*\\]|\\[\s\S]|\*(?!\*)){{0,1000}}?)(?<!\s)\*\*{_AFTER}"
    rf"|\*(?P<emphasis>[^\s*](?:[^*\\]|\\[\s\S]){{0,1000}}?)(?<![\s\\])\*{_AFTER}"
    rf"|\|(?P<name>[^\s|](?:[^|\n]{{0,100}}[^\s|])?)\|(?:__?)?{_AFTER}"
    rf"|(?P<note>\[(?:\d{{1,4}}|\#[\w.-]{{0,50}}|\*|[A-Za-z][\w.-]{{0,50}})\]_){_AFTER}"
    rf"|(?P<reference>\w(?:[-_.:+]?\w){{0,80}}?)__?{_AFTER})"
    rf"|(?P<url>{_URL})"
    r"|\\(?P<escape>[\s\S])"
)
_EMBEDDED = re.compile(r"(?P<label>[\s\S]*?)\s*<(?P<target>[^<>`]{1,1000})>\Z")
# Roles whose text is letter for letter, and those whose text is no word.
_LETTERS = frozenset({"code", "math", "literal", "raw", "samp", "file", "command", "kbd", "regexp", "program"})
_SILENT = frozenset(
    {"cite", "cite:p", "cite:t", "cite:ps", "cite:ts", "footcite", "footcite:p", "footcite:t", "index", "eq", "raw"}
)
_QUOTES = {"'": "'", '"': '"', "(": ")", "[": "]", "{": "}", "<": ">", "“": "”", "‘": "’", "«": "»"}


@dataclass(slots=True)
class Names:
    """What a document defines: texts that stand for names between bars, and names of targets."""

    substitutions: dict[str, str] = field(default_factory=dict)
    targets: set[str] = field(default_factory=set)


def inline(source: str, start: int, end: int, names: Names) -> list[Piece]:
    """Return the pieces of ``source[start:end]`` without its marks; a mark that nothing pairs stays."""
    pieces: list[Piece] = []
    spans = [(start, end)]
    while spans:
        position, stop = spans.pop()
        match = _MARK.search(source, position, stop)
        if not match:
            _keep(pieces, source, position, stop)
            continue
        _keep(pieces, source, position, match.start())
        spans.append((match.end(), stop))
        if _is_quoted(source, match):
            _keep(pieces, source, match.start(), match.end())
        elif inner := _read(source, match, pieces, names):
            spans.append(inner)
    return pieces


def _keep(pieces: list[Piece], source: str, start: int, end: int) -> None:
    if start < end:
        pieces.append(Piece(start, end, source[start:end]))


def _is_quoted(source: str, match: re.Match[str]) -> bool:
    """Return whether a mark stands alone in quotes or brackets, as in "(*)", where it opens nothing."""
    if match["escape"] is not None or match["url"] is not None or match.start() == 0:
        return False
    closing = _QUOTES.get(source[match.start() - 1])
    body = match.group().lstrip("*`|_")
    return closing is not None and body.startswith(closing)


def _read(source: str, match: re.Match[str], pieces: list[Piece], names: Names) -> tuple[int, int] | None:
    """Add what a mark reads as; return the span in it that may hold more marks."""
    if match["escape"] is not None:
        escaped = "" if match["escape"].isspace() else match["escape"]
        pieces.append(unit(match.start(), match.end(), escaped))
    elif match["literal"] is not None:
        _keep(pieces, source, *match.span("literal"))
    elif match["text"] is not None:
        return _interpreted(source, match, pieces)
    elif match["name"] is not None:
        _substitute(source, match, pieces, names.substitutions)
    elif match["note"] is not None:
        _keep_apart(source, match, pieces)
    elif match["reference"] is not None:
        is_known = match["reference"].lower() in names.targets
        _keep(pieces, source, match.start(), match.end("reference") if is_known else match.end())
    elif match["url"] is not None:
        _keep(pieces, source, match.start(), match.end())
    else:
        return match.span(next(name for name in ("strong", "emphasis", "target") if match[name] is not None))
    return None


def _interpreted(source: str, match: re.Match[str], pieces: list[Piece]) -> tuple[int, int] | None:
    """Read a role or a link: its label, or its text if it has no label."""
    role = (match["role"] or match["after"] or "").strip(":_").lower()
    start, end = match.span("text")
    if role in _SILENT:
        _keep_apart(source, match, pieces)
        return None
    if role in _LETTERS:
        _keep(pieces, source, start, end)
        return None
    embedded = _EMBEDDED.match(source, start, end) if role or (match["after"] or "").startswith("_") else None
    if embedded:
        return embedded.span("label") if embedded["label"] else embedded.span("target")
    if role and source[start] in "~!":  # "~module.Class" shows the last name only; the whole name is kept
        start += 1
    _keep(pieces, source, start, end)
    return None


def _substitute(source: str, match: re.Match[str], pieces: list[Piece], texts: Mapping[str, str]) -> None:
    text = texts.get(" ".join(match["name"].lower().split()))
    if text is None:
        _keep(pieces, source, match.start(), match.end())
    else:
        pieces.append(unit(match.start(), match.end(), text))


def _keep_apart(source: str, match: re.Match[str], pieces: list[Piece]) -> None:
    """Leave a mark out; a space stands for it where it alone keeps two words apart."""
    before, after = source[match.start() - 1 : match.start()], source[match.end() : match.end() + 1]
    if before.isalnum() and after.isalnum():
        pieces.append(Piece(match.end(), match.end(), " "))
