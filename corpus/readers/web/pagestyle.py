"""Styles of an HTML page that hide elements: inline ones, and rules of its style sheets for a class or an id."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import tinycss2

from corpus.readers.web.html import Token

# Taken out of sight: not shown, without size or ink, or far outside the page.
_HIDING = re.compile(
    r"(?:^|[;{])\s*(?:display\s*:\s*none|visibility\s*:\s*hidden"
    r"|(?:font-size|opacity)\s*:\s*0*\.?0+(?:[a-z]{2,3}|%)?\s*(?:;|!|$)"
    r"|color\s*:\s*transparent|(?:left|top|right|text-indent|margin-left)\s*:\s*-\d{3,})",
    re.IGNORECASE,
)
# In a style sheet, the others are what an animation begins with.
_SHEET_HIDING = re.compile(
    r"(?:^|[;{])\s*(?:display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0+(?:[a-z]{2,3}|%)?\s*(?:[;!}]|$))",
    re.IGNORECASE,
)
_COMMENT = re.compile(r"/\*.*?(?:\*/|$)", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:([0-9a-fA-F]{1,6})\s?|(.))", re.DOTALL)
_COMPOUND = re.compile(r"(?P<tag>[a-zA-Z][\w-]*|\*)?(?P<names>(?:[.#][\w-]+)+)$")
_NAME = re.compile(r"[.#][\w-]+")
_MAY_HIDE = re.compile(r"none|hidden|font-size|\\", re.IGNORECASE)
# Style sheets longer than this are those of a whole site; what they hide is mostly menus.
_MAX_SHEET = 10_000


def hides(style: str) -> bool:
    """Return whether the declarations of a style attribute take an element out of sight."""
    return bool(style) and bool(_HIDING.search(_plain(style)))


def _plain(style: str) -> str:
    """Return declarations without comments, and with their escapes decoded."""
    if "/*" in style:
        style = _COMMENT.sub(" ", style)
    return _ESCAPE.sub(_decoded, style) if "\\" in style else style


def _decoded(match: re.Match[str]) -> str:
    number = int(match[1], 16) if match[1] else 0
    return chr(number) if 0 < number < 0xD800 else match[2] or ""


@dataclass(frozen=True, slots=True)
class _Rule:
    """A rule for elements with certain names: what it is for, and whether it hides or may show."""

    tag: str
    names: frozenset[str]
    is_hiding: bool
    is_whole: bool


class StyleRules:
    """The rules of a page's own style sheets that hide or show elements by class or id.

    Only rules that hold for every screen count. Where another rule may show the element, it is shown.
    """

    def __init__(self, source: str, tokens: list[Token]) -> None:
        self._rules: dict[str, list[_Rule]] = {}
        hiding: set[str] = set()
        left = _MAX_SHEET
        for index, token in enumerate(tokens):
            if token.name == "style" and token.kind == "start" and index + 1 < len(tokens):
                sheet = tokens[index + 1]
                text = source[sheet.start : sheet.end] if sheet.kind == "text" else ""
                if len(text) > left:
                    continue
                left -= len(text)
                if _MAY_HIDE.search(text) and not token.attributes.get("media"):
                    hiding.update(self._read(text))
        self._rules = {name: rules for name, rules in self._rules.items() if name in hiding}

    def hide(self, token: Token) -> bool:
        """Return whether a rule hides the element of a start tag, and none may show it."""
        if not self._rules:
            return False
        values = token.attributes
        names = {f".{name}" for name in values.get("class", "").split()}
        names.add(f"#{values.get('id', '')}")
        found = [rule for name in names for rule in self._rules.get(name, ()) if rule.tag in {"", "*", token.name}]
        applied = [rule for rule in found if rule.names <= names]
        return any(rule.is_hiding and rule.is_whole for rule in applied) and not any(
            not rule.is_hiding for rule in applied
        )

    def _read(self, sheet: str) -> Iterable[str]:
        """Keep the rules of a sheet; yield the names that a rule hides."""
        for rule in tinycss2.parse_stylesheet(sheet, skip_comments=True, skip_whitespace=True):
            if rule.type != "qualified-rule":
                continue
            body = _plain(tinycss2.serialize(rule.content))
            is_hiding = bool(_SHEET_HIDING.search(body))
            if is_hiding or "display" in body or "visibility" in body:
                yield from self._keep(rule, is_hiding=is_hiding)

    def _keep(self, rule: Any, *, is_hiding: bool) -> Iterable[str]:
        for selector in tinycss2.serialize(rule.prelude).split(","):
            parts = re.split(r"[\s>+~]+", selector.strip())
            match = _COMPOUND.match(parts[-1])
            if not match:
                continue
            names = frozenset(_NAME.findall(match["names"]))
            kept = _Rule((match["tag"] or "").lower(), names, is_hiding, len(parts) == 1)
            for name in names:
                self._rules.setdefault(name, []).append(kept)
            if is_hiding and kept.is_whole:
                yield from names
