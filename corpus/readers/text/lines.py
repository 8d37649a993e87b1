"""Lines of a text: which were broken by a text's width and go on, and which stand for themselves.

A wrapped line is full: the first word of the next would not have fitted. A poem, a list, a chat or a form has short
and ragged lines, or lines that begin alike.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from corpus.readers.base import CJK

LineKind = Literal["item", "number", "label", "time", "cells", ""]

_GLYPH = r"[•●▪■◦‣⁃∙○➢➤✓✔☐☑❖►▶]\s*"
BULLET = re.compile(rf"(?:{_GLYPH}|[-*+–—·]\s+)(?=\S)")
_ALWAYS_BULLET = re.compile(_GLYPH + r"(?=\S)|[*+]\s+(?=\S)")
NUMBER = re.compile(
    r"\(?\d{1,3}[.)](?=\s+\S)|\d{1,3}[、．](?=\s?\S)|\d{1,2}(?:\.\d{1,2}){1,3}\.?(?=\s+[^\W\d_])"
    r"|[（(][一二三四五六七八九十]{1,3}[)）]|[一二三四五六七八九十]{1,3}[、．]|\(?[a-zа-я][.)](?=\s+\S)"
    r"|[ivxIVX]{1,5}[.)](?=\s+\S)|[①-⑳]|§\s?\d"
)
_DAY = r"(?:\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./]\d{2,4}|\d{4}年\d{1,2}月\d{1,2}日)"
_TIME = re.compile(
    rf"[\[(<]?(?:{_DAY}(?:[T,，\s]\s?\d{{1,2}}[:：.]\d{{2}}|[\])>]?(?=[\s,:：]))|\d{{1,2}}[:：]\d{{2}}(?![\d/])"
    r"|[A-Z][a-z]{2}\s{1,2}\d{1,2} \d{2}:\d{2}:\d{2}|\d{10,13}[\s.])"
)
_LABEL = re.compile(r"(?P<label>[^\W\d_][^:：\n\t!?。，！？,;；]{0,39}?)\s?(?::(?=\s|$|[^\x00-\x7f])|：)")
_MAX_LABEL_WORDS = 4
RULE = re.compile(r"(?:[-=_*~#+.·•—–]\s?){3,}$|[-=*]{2,}$")
_CELLS = re.compile(r"\S(?:\t+| {3,})\S|\S \| \S.* \| |^\|.*\|$")

STOP = re.compile(r"[.!?。！？…؟۔।][\"'”’»」』）)\]]*$")
_COMMA = re.compile(r"[,，、;；:：،؛(\[（«“「/–—-]$")
_POINT = re.compile(r"[.!?。！？…,，、;；]")
_FIRST_WORD = re.compile(r"\S+")
# Columns under which no text is wrapped, and over which a line alone says that it is.
_NARROW = 36
_BROAD = 55
# A line this long that ends a sentence was not broken by a text width: the next line is a new paragraph.
_UNWRAPPED = 200


def columns(text: str) -> int:
    """Return the width of a line: Chinese characters are twice as wide as others."""
    return len(text) + len(CJK.findall(text))


def label_of(text: str) -> str | None:
    """Return what stands before the colon of a line such as "Name: Ada Brook"; None for any other line."""
    match = _LABEL.match(text)
    if not match or match["label"][0].islower() or len(match["label"].split()) > _MAX_LABEL_WORDS:
        return None
    return match["label"]


def line_kinds(texts: Sequence[str]) -> list[LineKind]:
    """Return by what each line begins a piece of its own; empty for a line that may go on from the one before.

    One line that begins like this may be chance in a wrapped text; lines that begin alike are not.
    """
    kinds = [_kind(text) for text in texts]
    counts = Counter(kinds)
    return [_kept(kinds, counts, texts, index) for index in range(len(texts))]


def _kind(text: str) -> LineKind:
    if _CELLS.search(text):
        return "cells"
    if BULLET.match(text):
        return "item"
    if _TIME.match(text):
        return "time"
    if NUMBER.match(text):
        return "number"
    return "label" if label_of(text) else ""


def _kept(kinds: list[LineKind], counts: Counter[LineKind], texts: Sequence[str], index: int) -> LineKind:
    """Return the kind of a line if others begin alike, if it is the first, or if the line before ends something."""
    kind = kinds[index]
    alike = counts[kind] >= 2 or index == 0 or bool(_ALWAYS_BULLET.match(texts[index]))
    ended = index > 0 and (STOP.search(texts[index - 1]) or texts[index - 1].endswith((":", "：")))
    short = index > 0 and kind != "label" and columns(texts[index - 1]) < _NARROW
    return kind if alike or ended or short else ""


@dataclass(frozen=True)
class Shape:
    """The lines of a paragraph, and what their lengths, ends and beginnings say of it.

    ``common`` is the width at which the text's other paragraphs are wrapped; 0 if that is not known.
    """

    texts: Sequence[str]
    common: int = 0

    @cached_property
    def kinds(self) -> list[LineKind]:
        """Return by what each line begins a piece of its own."""
        return line_kinds(self.texts)

    @cached_property
    def widths(self) -> list[int]:
        """Return the columns of each line."""
        return [columns(text) for text in self.texts]

    @cached_property
    def width(self) -> int:
        """Return the width at which the paragraph would be wrapped."""
        longest = max(self.widths)
        return max(longest, self.common) if len(self.texts) < 4 else longest

    @cached_property
    def stops(self) -> list[bool]:
        """Return which lines end a sentence."""
        return [bool(STOP.search(text)) for text in self.texts]

    @cached_property
    def stopped(self) -> float:
        """Return the share of lines that end a sentence."""
        return sum(self.stops) / len(self.stops)

    @cached_property
    def full(self) -> list[bool]:
        """Return which lines are so long that the first word of the next one would not have fitted."""
        return [self._is_full(index) for index in range(len(self.texts) - 1)]

    def _is_full(self, index: int) -> bool:
        following = self.texts[index + 1]
        match = _FIRST_WORD.match(following)
        word = 2 if CJK.match(following) or not match else 1 + columns(match.group())
        return self.widths[index] + word > 0.9 * self.width

    @cached_property
    def filled(self) -> float:
        """Return the share of lines, the last excepted, that are full."""
        return sum(self.full) / len(self.full) if self.full else 0.0

    @cached_property
    def running(self) -> float:
        """Return the share of lines that go on, with a small letter, from a line that ends no sentence."""
        pairs = [i for i in range(len(self.texts) - 1) if not self.kinds[i + 1]]
        goes_on = [i for i in pairs if self.texts[i + 1][0].islower() and not self.stops[i]]
        return len(goes_on) / len(pairs) if pairs else 0.0

    @cached_property
    def is_list_of_words(self) -> bool:
        """Return whether there are three lines or more of a few words each, and no stop or comma in any."""
        return len(self.texts) > 2 and not any(
            len(text.split()) > _MAX_LABEL_WORDS or width >= _NARROW or _POINT.search(text)
            for text, width in zip(self.texts, self.widths, strict=True)
        )

    @cached_property
    def is_dense(self) -> bool:
        """Return whether most of the text is Chinese or Japanese."""
        return sum(self.widths) > 1.4 * sum(map(len, self.texts))

    def goes_on(self, index: int) -> bool:
        """Return whether the line after ``index`` goes on from it, so that the break between them is of no account."""
        before, after = self.texts[index], self.texts[index + 1]
        if self.kinds[index + 1] or RULE.match(before) or RULE.match(after) or self.is_list_of_words:
            return False
        if self.widths[index] > _UNWRAPPED and self.stops[index]:
            return False
        if after[0].islower() and not self.stops[index]:
            return True
        if self.is_dense or (after[0].isalpha() and not after[0].isupper() and not after[0].islower()):
            return self._goes_on_without_case(index)
        return self._goes_on_with_case(index)

    def _goes_on_with_case(self, index: int) -> bool:
        """Return the answer for a line that begins with a capital letter, a digit or a mark."""
        even = len(self.texts) > 2 and self.filled == 1 and self.width >= _BROAD and self.stops[-1]
        wrapped = self.running >= 0.3 or even
        if self.width < _NARROW:
            return not self.stops[index] and self.full[index] and wrapped
        if self.stops[index]:
            return self.full[index] and wrapped
        if not self.full[index]:
            return self.running >= 0.5 and self.filled >= 0.5
        return wrapped or (len(self.texts) == 2 and self.widths[index] >= _BROAD and self.stops[-1])

    def _goes_on_without_case(self, index: int) -> bool:
        """Return the answer for a script without capital letters: Chinese, Arabic, Hindi."""
        if not self.stopped or self.kinds[index] == "cells":
            return False
        ends = bool(_COMMA.search(self.texts[index]))
        if len(self.texts) == 2:
            return not self.stops[0] and (ends or self.stops[1])
        even = self.full[index] and self.filled >= 0.7 and self.width >= 20
        if self.stops[index]:
            return even and self.width >= _NARROW and self.stopped < 0.7
        return ends or even


def common_width(paragraphs: Sequence[Sequence[str]]) -> int:
    """Return the width at which paragraphs of a text are wrapped, the middle of their longest lines; 0 if none is."""
    longest = sorted(max(map(columns, texts)) for texts in paragraphs if len(texts) > 2)
    return longest[len(longest) // 2] if longest else 0
