"""The words of a Markdown block, each with its place in the source, by the rules of CommonMark.

markdown-it decides what is mark-up: its inline rules run one after the other over a block, and each is asked where it
began and ended. What a rule does not take off is kept, letter for letter.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from corpus.readers.base import CJK, Piece

Rule = Callable[[StateInline, bool], bool]

# Brackets that nothing closes, after which a block is taken as it is written: each is looked for to its end.
_MAX_OPEN = 300
# Where the words of a block are collected while its rules run.
_KEPT = "dalil_kept"


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a block's content and the source it stands for; ``text`` where that is one unit, as a line break is."""

    start: int
    end: int
    source: int
    source_end: int
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """A block's content as markdown-it sees it, with the places of its characters in ``source``."""

    text: str
    spans: tuple[Span, ...]
    source: str

    def pieces(self, start: int, end: int) -> Iterator[Piece]:
        """Yield the pieces of ``text[start:end]``."""
        index = max(bisect_right(self.spans, start, key=lambda span: span.start) - 1, 0)
        for number in range(index, len(self.spans)):
            span = self.spans[number]
            if span.start >= end:
                return
            if span.end <= start:
                continue
            if span.text is not None:
                yield Piece(span.source, span.source_end, span.text)
                continue
            begin = span.source + max(start - span.start, 0)
            finish = span.source_end - max(span.end - end, 0)
            yield Piece(begin, finish, self.source[begin:finish])

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Return the place in the source of ``text[start:end]``."""
        pieces = list(self.pieces(start, end))
        return (pieces[0].start, pieces[-1].end) if pieces else (self.spans[0].source, self.spans[0].source)

    def cut(self, start: int, end: int | None = None) -> Content:
        """Return the content of ``text[start:end]``."""
        end = len(self.text) if end is None else end
        spans = [_shifted(span, start, end) for span in self.spans if span.end > start and span.start < end]
        return Content(self.text[start:end], tuple(spans), self.source)


def _shifted(span: Span, start: int, end: int) -> Span:
    if span.text is not None:
        return Span(span.start - start, span.end - start, span.source, span.source_end, span.text)
    before, after = max(start - span.start, 0), max(span.end - end, 0)
    return Span(span.start + before - start, span.end - after - start, span.source + before, span.source_end - after)


@dataclass(slots=True)
class _Kept:
    """A part of the content that is read, or a mark of which that is decided when its pair is known.

    ``text`` is what it reads as, where that is not what is written. ``is_break`` tells a line's end from a space.
    """

    start: int
    end: int
    text: str | None = None
    token: Token | None = None
    breaks: str = ""

    @property
    def is_dropped(self) -> bool:
        """Return whether it is a mark of emphasis that has its pair."""
        return self.token is not None and not self.token.content


@dataclass(slots=True)
class Inline:
    """What was read of a block: its lines, each a list of pieces, with the text of each as it is written."""

    lines: list[list[Piece]] = field(default_factory=lambda: [[]])
    breaks: list[str] = field(default_factory=list)


def _silently(take: Callable[[StateInline, int, list[_Kept]], None], rule: Rule) -> Rule:
    """Return a rule that only finds the end of its mark-up, and hands what it found to ``take``."""

    def found(state: StateInline, silent: bool) -> bool:
        start = state.pos
        if not rule(state, True):
            return False
        if not silent:
            _part(state)
            take(state, start, state.env[_KEPT])
        return True

    return found


def _part(state: StateInline) -> None:
    """Add a token, since marks without any between them are one run."""
    state.push("text", "", 0)


def _keep(state: StateInline, start: int, kept: list[_Kept]) -> None:
    kept.append(_Kept(start, state.pos))


def _leave(state: StateInline, start: int, kept: list[_Kept]) -> None:
    """Keep nothing: an image, a footnote's mark."""


def _take_entity(state: StateInline, start: int, kept: list[_Kept]) -> None:
    kept.append(_Kept(start, state.pos, html.unescape(state.src[start : state.pos])))


def _take_escape(state: StateInline, start: int, kept: list[_Kept]) -> None:
    following = state.src[start + 1]
    if following == "\n":
        kept.append(_Kept(start + 1, state.pos, breaks="hard"))
    elif following.isascii() and not following.isalnum() and not following.isspace():
        kept.append(_Kept(start, start + 2, following))
    else:
        kept.append(_Kept(start, state.pos))


def _take_newline(state: StateInline, start: int, kept: list[_Kept]) -> None:
    kept.append(_Kept(start, state.pos, breaks="hard" if state.src.endswith("  ", 0, start) else "soft"))


def _take_code(state: StateInline, start: int, kept: list[_Kept]) -> None:
    """Keep what stands between the backticks, or the backticks if they have no pair."""
    begin = start
    while begin < state.pos and state.src[begin] == "`":
        begin += 1
    end = state.pos - (begin - start)
    if begin == state.pos:
        begin, end = start, state.pos
    elif state.src[begin:end].strip(" \n") and state.src[begin] in " \n" and state.src[end - 1] in " \n":
        # The space within stays where the mark alone keeps the code apart from a word.
        begin += not state.src[start - 1 : start].isalnum()
        end -= not state.src[state.pos : state.pos + 1].isalnum()
    kept.append(_Kept(begin, end))


def _take_autolink(state: StateInline, start: int, kept: list[_Kept]) -> None:
    kept.append(_Kept(start + 1, state.pos - 1))


_RAISED = re.compile(r"[^\W_]<sup\b[^<>]{0,100}>\d", re.IGNORECASE)


def _take_tag(state: StateInline, start: int, kept: list[_Kept]) -> None:
    """Leave a tag out, with all of a script or style; a line break is a space, and a raised number stays apart."""
    name = tag_name(state.src[start : state.pos])
    if name in {"script", "style"} and not state.src.startswith("</", start):
        if _last_closing(state, name) >= state.pos:
            state.pos = state.src.lower().index(f"</{name}", state.pos)
    elif name in {"br", "hr", "td", "th", "tr", "p", "div", "li"}:
        kept.append(_Kept(start, state.pos, " "))
    elif _RAISED.match(state.src, max(start - 1, 0)):
        kept.append(_Kept(start, state.pos, "^"))


_CLOSING_TAG = re.compile(r"</([A-Za-z][A-Za-z0-9-]*)")
_TAG_NAME = re.compile(r"</?([A-Za-z][A-Za-z0-9-]*)")
_HTML = frozenset(
    "a abbr acronym address area article aside audio b base bdi bdo big blockquote body br button canvas caption center"
    " cite code col colgroup data datalist dd del details dfn dialog dir div dl dt em embed fieldset figcaption figure"
    " font footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html i iframe img input ins kbd label"
    " legend li link main map mark math menu meta meter nav nobr noscript object ol optgroup option output p param"
    " picture pre progress q rb rp rt rtc ruby s samp script section select slot small source span strike strong style"
    " sub summary sup svg path table tbody td template textarea tfoot th thead time title tr track tt u ul var video"
    " wbr".split()
)
_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
_BARE_ATTRIBUTE = re.compile(
    r"\s(?!(?:hidden|open|checked|disabled|selected|controls|autoplay|loop|muted|async|defer|required|download|inert"
    r"|nowrap|noshade|compact|reversed|allowfullscreen|itemscope|markdown)\b)[^\s=\"'/>]+(?=[\s/>])(?!\s*=)"
)
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")


def tag_name(tag: str) -> str:
    """Return the name of a tag in small letters; empty for a comment."""
    match = _TAG_NAME.match(tag)
    return match[1].lower() if match else ""


def is_tag(tag: str) -> bool:
    """Return whether what has the form of a tag is one: ``<T>`` and ``<y and z>`` are words."""
    name = tag_name(tag)
    if not name:
        return True
    attributes = _QUOTED.sub('""', tag)
    if _BARE_ATTRIBUTE.search(attributes):
        return False
    return name in _HTML or "-" in name or "=" in attributes


def _html_rule(rule: Rule) -> Rule:
    """Return the rule of HTML in a line, for what is a tag indeed; within a word, for a pair only."""

    def html_inline(state: StateInline, silent: bool) -> bool:
        start = state.pos
        if not rule(state, True):
            return False
        tag = state.src[start : state.pos]
        if is_tag(tag) and not _is_comparison(state, start, tag):
            return True
        state.pos = start
        return False

    return html_inline


def _is_comparison(state: StateInline, start: int, tag: str) -> bool:
    """Return whether a tag without its pair stands between words, as in "a<b>c"."""
    name = tag_name(tag)
    if not name or name in _VOID or tag.startswith("</") or tag.endswith("/>"):
        return False
    around = state.src[max(start - 1, 0) : start], state.src[state.pos : state.pos + 1]
    return all(map(str.isalnum, around)) and _last_closing(state, name) < state.pos


def _last_closing(state: StateInline, name: str) -> int:
    """Return where the last closing tag of a name stands; -1 if there is none."""
    found: dict[str, int] = state.env.setdefault("dalil_closing", {})
    if not found:
        found.update({match[1].lower(): match.start() for match in _CLOSING_TAG.finditer(state.src)}, _=-1)
    return found.get(name, -1)


def _marks(rule: Rule) -> Rule:
    """Return the rule of emphasis or strikethrough, which remembers the place of each of its marks."""

    def marks(state: StateInline, silent: bool) -> bool:
        start, count = state.pos, len(state.tokens)
        if not rule(state, silent):
            return False
        for token in state.tokens[count:]:
            state.env[_KEPT].append(_Kept(start, start + len(token.content), token=token))
            start += len(token.content)
        return True

    return marks


def _pattern(pattern: str, take: Callable[[StateInline, int, re.Match[str], list[_Kept]], None]) -> Rule:
    """Return a rule for mark-up of a regular form that CommonMark does not know."""
    compiled = re.compile(pattern)

    def matched(state: StateInline, silent: bool) -> bool:
        match = compiled.match(state.src, state.pos, state.posMax)
        if not match:
            return False
        if not silent:
            _part(state)
            take(state, state.pos, match, state.env[_KEPT])
        state.pos = match.end()
        return True

    return matched


def _take_match(state: StateInline, start: int, match: re.Match[str], kept: list[_Kept]) -> None:
    kept.append(_Kept(start, match.end()))


def _take_group(state: StateInline, start: int, match: re.Match[str], kept: list[_Kept]) -> None:
    if match.re.groups and match[1] is not None:
        kept.append(_Kept(match.start(1), match.end(1)))


def _take_wiki_link(state: StateInline, start: int, match: re.Match[str], kept: list[_Kept]) -> None:
    """Keep the label of a link in double brackets, or its page; all of it where a number would stick to a word."""
    group = "label" if match["label"] else "page"
    before = state.src[max(start - 1, 0) : start]
    if before.isalnum() and match[group].strip().isdigit():
        kept.append(_Kept(start, match.end()))
    else:
        kept.append(_Kept(match.start(group), match.end(group)))


def _literal(state: StateInline, silent: bool) -> bool:
    if not silent:
        _part(state)
        state.env[_KEPT].append(_Kept(state.pos, state.pos + 1))
    state.pos += 1
    return True


_MATH = r"\$\$(?:[^$\\]|\\.){1,2000}\$\$|\$(?![\s$])(?:[^$\\*]|\\.|\*(?!\*)){1,500}(?<![\s\\])\$(?![\d$])"
_WIKI_LINK = r"\[\[(?P<page>[^\[\]|\n]{1,300})(?:\|(?P<label>[^\[\]\n]{1,300}))?\]\](?!\()"
_EMBED = r"!\[\[[^\[\]\n]{1,500}\]\]"
_FOOTNOTE_MARK = r"\[\^[^\]\s\[]{1,60}\](?!:)"


def _highlight(state: StateInline, silent: bool) -> bool:
    """Take the two equal signs before and after marked words, each where it stands, if both are there."""
    closers: set[int] = state.env.setdefault("dalil_highlights", set())
    match = _OPENS.match(state.src, state.pos, state.posMax)
    if state.pos not in closers and not match:
        return False
    if not silent:
        _part(state)
        closers.update([match.end(1)] if match else [])
    state.pos += 2
    return True


_OPENS = re.compile(r"(?:(?<![=\w])|(?<=[\u2e80-\u9fff]))==(?=[^\s=])([^=\n`]{0,500}[^\s=`])==(?!=)(?![A-Za-z0-9])")


def build_parser(nesting: int) -> MarkdownIt:
    """Return a parser of CommonMark with tables and strikethrough whose inline rules remember places."""
    parser = MarkdownIt("commonmark", {"maxNesting": nesting}).enable(["table", "strikethrough"])
    parser.disable(["inline", "text_join", "fragments_join"])
    ruler = parser.inline.ruler
    rules: dict[str, Rule] = {rule.name: rule.fn for rule in ruler.__rules__}
    for name, take in _TAKES.items():
        ruler.at(name, _silently(take, rules[name]))
    ruler.at("html_inline", _silently(_take_tag, _html_rule(rules["html_inline"])))
    for name in ("emphasis", "strikethrough"):
        ruler.at(name, _marks(rules[name]))
    for name, rule in _OWN.items():
        ruler.before("link", name, rule)
    ruler.after("entity", "literal", _literal)
    return parser


_TAKES: dict[str, Callable[[StateInline, int, list[_Kept]], None]] = {
    "text": _keep, "newline": _take_newline, "escape": _take_escape, "backticks": _take_code, "image": _leave,
    "autolink": _take_autolink, "entity": _take_entity,
}  # fmt: skip
_OWN: dict[str, Rule] = {
    "math": _pattern(_MATH, _take_match),
    "embed": _pattern(_EMBED, _take_group),
    "wiki_link": _pattern(_WIKI_LINK, _take_wiki_link),
    "footnote_mark": _pattern(_FOOTNOTE_MARK, _take_group),
    "highlight": _highlight,
}


def read_inline(parser: MarkdownIt, content: Content, references: dict[str, Any]) -> Inline:
    """Return the lines of a block without mark-up, as pieces of the source."""
    if content.text.count("[") > content.text.count("]") + _MAX_OPEN:
        return Inline([list(content.pieces(0, len(content.text)))])
    kept: list[_Kept] = []
    parser.inline.parse(content.text, parser, {"references": references, _KEPT: kept}, [])
    _keep_joining_marks(content.text, kept)
    result = Inline()
    last: _Kept | None = None
    for part in kept:
        if part.is_dropped:
            continue
        if part.breaks:
            result.breaks.append(part.breaks)
            result.lines[-1].extend(content.pieces(part.start, part.end))
            result.lines.append([])
            last = None
            continue
        if last and last.end < part.start and _would_join(content.text, last, part):
            place = content.place(last.end, part.start)
            result.lines[-1].append(Piece(place[0], place[0], " "))
        result.lines[-1].extend(_pieces(content, part))
        last = part
    return result


def _pieces(content: Content, part: _Kept) -> Iterator[Piece]:
    if part.text is None:
        yield from content.pieces(part.start, part.end)
    else:
        start, end = content.place(part.start, part.end)
        yield Piece(start, end, part.text)


def _keep_joining_marks(text: str, kept: list[_Kept]) -> None:
    """Put back the pairs of marks without which words of the source would be one: "4*6" and "a*b and c*d"."""
    opened: dict[str, list[int]] = {}
    for index, part in enumerate(kept):
        token = part.token
        if token is None or not token.type.endswith(("_open", "_close")):
            continue
        stack = opened.setdefault(token.markup[0], [])
        if token.type.endswith("_open"):
            stack.append(index)
        elif stack:
            pair = _pair(kept, stack.pop(), index)
            if _joins(text, kept, pair):
                for number in pair:
                    mark = kept[number]
                    mark.token = None


def _pair(kept: Sequence[_Kept], opening: int, closing: int) -> list[int]:
    """Return the numbers of the marks of a pair, both of each side where it is strong."""
    token = kept[opening].token
    if token is not None and token.type == "strong_open":
        return [opening - 1, opening, closing, closing + 1]
    return [opening, closing]


def _joins(text: str, kept: Sequence[_Kept], pair: Sequence[int]) -> bool:
    half = len(pair) // 2
    sides = [_around(text, kept, pair[0], pair[half - 1]), _around(text, kept, pair[half], pair[-1])]
    met = [(before, after) for before, after in sides if is_word(before) and is_word(after)]
    if any(before.isdigit() or after.isdigit() for before, after in met):
        return True
    inside = text[kept[pair[half - 1]].end : kept[pair[half]].start]
    token = kept[pair[0]].token
    struck = token is not None and token.type.startswith("s_")
    return bool(met) and (struck or any(map(str.isspace, inside)))


def _around(text: str, kept: Sequence[_Kept], first: int, last: int) -> tuple[str, str]:
    """Return the characters before and after some marks, other marks beside them passed over."""
    start, end = kept[first].start, kept[last].end
    while start > 0 and text[start - 1] in "*_~":
        start -= 1
    while end < len(text) and text[end] in "*_~":
        end += 1
    return text[max(start - 1, 0) : start], text[end : end + 1]


def is_word(character: str) -> bool:
    """Return whether a character is part of a word that spaces part from others."""
    return bool(character) and character.isalnum() and not CJK.match(character)


_TWO_LINKS = re.compile(r"[\])`>][^\w]{0,20}[\[`<]|\)\[")
_EMPHASIS = re.compile(r"[*_~]*")
_TAGS = re.compile(r"(?:<[^<>]*>|[*_~])*")
_LEFT_OUT = re.compile(r"!\[|\[\^|<!--")


def _would_join(text: str, before: _Kept, after: _Kept) -> bool:
    """Return whether what was left out between two parts keeps apart words that would now be one."""
    last = (before.text or text[before.start : before.end])[-1:]
    first = (after.text or text[after.start : after.end])[:1]
    if not (is_word(last) and is_word(first)):
        return False
    between = text[before.end : after.start]
    if _LEFT_OUT.search(between) or _TWO_LINKS.search(between):
        return True
    digits = last.isdigit() + first.isdigit()
    return not _EMPHASIS.fullmatch(between) and digits > (1 if _TAGS.fullmatch(between) else 0)
