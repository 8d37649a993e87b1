"""What programs write into Markdown that is not for readers: private comments, block names, shortcodes, components.

It is masked: overwritten, character for character, in the text that is parsed, so that every place in it stays true.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from corpus.readers.base import LeftOut

# A character that no reading text shows, and that is no white space to Markdown.
_MASK = "\u200b"
_CODE_SPAN = r"(?P<code>(?<!`)(?P<ticks>`+)(?!`)(?:(?!\n[ \t]*\n).){1,2000}?(?<!`)(?P=ticks)(?!`))"
_LINE_END = r"(?=[ \t]*\r?$)"
# Over several lines only where it ends one: two marks far from each other may be anything.
_PRIVATE = r"(?P<private>(?<![\d%])(?<!\d )%%(?!%)(?:[^\n]{1,5000}?%%(?!%)|(?:(?!%%).){1,20000}?%%" + _LINE_END + "))"
_SHORTCODE = r"(?P<shortcode>\{\{(?P<kind>[<%]).{0,1000}?(?:[>%])\}\}|\{%-?\s.{0,1000}?-?%\})"
_BLOCK_NAME = r"(?P<block_name>(?:(?<=[ \t])|^)\^(?=[\w-]{0,40}[A-Za-z])[\w-]{3,40}" + _LINE_END + ")"
_ATTRIBUTES = (
    r"(?P<attributes>(?<=\S)[ \t]+\{[#.][^{}\n]{1,200}\}(?=[ \t#]*\r?$)|^[ \t]*\{:[^{}\n]{1,200}\}(?=[ \t]*\r?$))"
)
_COMMON = re.compile("|".join((_CODE_SPAN, _PRIVATE, _SHORTCODE, _BLOCK_NAME, _ATTRIBUTES)), re.DOTALL | re.MULTILINE)
_DIV = r"(?P<div>^[ \t>]*:{3,}[^\n]{0,300}$)"
_VALUE = r"(?:\"[^\"]{0,1000}\"|'[^']{0,1000}'|\{(?:[^{}]|\{[^{}]{0,500}\}){0,1000}\})"
_COMPONENT = (
    rf"(?P<component></?(?:[A-Z][\w.]{{0,60}}|[a-z][\w-]{{0,30}}(?=\s[^<>\n]{{0,300}}=\{{))"
    rf"(?:\s+(?:[\w:-]{{1,60}}(?:={_VALUE})?|\{{\.\.\.[^}}\n]{{1,200}}\}}))*\s*/?>|</?>|\{{/\*.{{0,5000}}?\*/\}})"
)
_MODULE = (
    r"(?P<module>^(?:import\s(?:['\"]|[\w*{][^\n'\"]{0,300}\sfrom\s+['\"])[^\n]*"
    r"|export\s+(?:const|default|let|var|function|async|class|\{|\*)(?:[^\n]+(?:\n|\Z))+))"
)
_DIVS = re.compile(f"{_CODE_SPAN}|{_DIV}", re.DOTALL | re.MULTILINE)
_COMPONENTS = re.compile(f"{_CODE_SPAN}|{_MODULE}|{_COMPONENT}", re.DOTALL | re.MULTILINE)
_NAMES = {
    "private": "a private comment", "shortcode": "a shortcode", "module": "a program's import",
    "component": "a component",
}  # fmt: skip
_WHOLE_LINES = {"div", "module", "attributes", "component", "shortcode"}


_SIGNS = ("%%", "{{", "{%", "^", "{#", "{.", "{:", ":::")


def mask(text: str, suffix: str, code: Callable[[int], bool]) -> tuple[str, list[LeftOut]]:
    """Return a text with what is not for readers masked, and a report of it; ``code`` tells places in code."""
    if suffix != ".mdx" and not any(sign in text for sign in _SIGNS):
        return text, []
    patterns = [_COMMON, _DIVS] + ([_COMPONENTS] if suffix == ".mdx" else [])
    counts: dict[str, int] = {}
    for pattern in patterns:
        parts: list[str] = []
        position = 0
        for match in _found(pattern, text, code):
            kind = str(match.lastgroup if match.lastgroup != "kind" else "shortcode")
            parts += [text[position : match.start()], _masked(match, kind)]
            position = match.end()
            if name := _NAMES.get(kind):
                counts[name] = counts.get(name, 0) + len(match.group())
        text = "".join([*parts, text[position:]])
    return text, [LeftOut(name, count) for name, count in counts.items()]


def _found(pattern: re.Pattern[str], text: str, code: Callable[[int], bool]) -> Iterable[re.Match[str]]:
    """Yield the matches that stand in no code."""
    for match in pattern.finditer(text):
        if not code(match.start()) and match["code"] is None:
            yield match


def _masked(match: re.Match[str], kind: str) -> str:
    """Return what stands in a match's place: blanks for whole lines, else a mask that joins no words."""
    text, start, end = match.string, match.start(), match.end()
    line_end = text.find("\n", end)
    line = text[text.rfind("\n", 0, start) + 1 : start] + text[end : line_end if line_end >= 0 else len(text)]
    filler = " " if kind in _WHOLE_LINES and not line.strip() else _MASK
    masked = "".join(c if c in "\r\n" else filler for c in match.group())
    around = text[max(start - 1, 0) : start], text[end : end + 1]
    return masked[:-2] + "  " if all(map(str.isalnum, around)) and all(around) else masked
