"""A model's words as they arrive, cut into sentences with the marks of their sources.

A model may write anything: marks in many shapes, lists and headings, the same sentence for ever, nothing but a refusal.
`Draft` takes the words piece by piece and gives every sentence once, when it is whole.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from corpus.fulltext import folded
from corpus.sentences import split_sentences
from rag.generation.refusals import is_refusal
from rag.generation.wording import NO_ANSWER

Ending = Literal["enough", "repetition", "overlong", "declined"]

_LABEL = (
    r"sources?|passages?|documents?|docs?|refs?|источники?|отрывки?|фрагменты?|документы?|дереккөз\w*|үзінді\w*|құжат\w*"
    r"|来源|來源|段落|资料|資料|文献|文獻|引用"
)
_NUMBERS = r"\d{1,3}(?:\s*(?:[,，、;；&–-]|and|и|және|和)\s*\d{1,3})*"
_MARK = re.compile(
    rf"\s*[\[【［〔]\s*[\^№#]?\s*(?:(?:{_LABEL})\s*[:：№#.]?\s*)?({_NUMBERS})\s*[\]】］〕]", re.IGNORECASE
)
_STOP = r"[.!?。！？…][\"'”’»』」)）]*"
_MARKS_AFTER_STOP = re.compile(rf"({_STOP})((?:{_MARK.pattern})+)", re.IGNORECASE)
_RANGE = re.compile(r"(\d{1,3})\s*[–-]\s*(\d{1,3})")
_WIDEST_RANGE = 10
_OPEN_BRACKET = re.compile(r"[\[【［〔][^\]】］〕]{0,40}$")
_THOUGHT = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL | re.IGNORECASE)
_LEAD = re.compile(
    r"^\s*(?:[-*•–—]\s+|#{1,6}\s+|>\s+|\d{1,2}[.)]\s+)*(?:\**(?:answer|ответ|жауап|答案|回答|答)\**\s*[:：]\**\s*)?",
    re.IGNORECASE,
)
_LINK = re.compile(r"!?\[([^\]\n]{0,200})\]\([^)\n]{0,500}\)")
_EMPHASIS = re.compile(r"\*\*|__|`+|(?<!\w)[*_](?=\w)|(?<=\w)[*_](?!\w)")
_LOOP = re.compile(r"(.{2,80}?)\1{4,}\Z", re.DOTALL)
_LOOK_BACK = 480
_LONGEST = 1200
_MOST_REPEATS = 2


@dataclass(frozen=True, slots=True)
class Written:
    """A sentence as the model wrote it, without its marks; ``marks`` are the numbers of the passages it names."""

    text: str
    marks: tuple[int, ...]


@dataclass(slots=True)
class Draft:
    """Collects a model's words. ``ended`` says why no more of them are wanted, if so."""

    language: str
    limit: int
    ended: Ending | None = None
    is_cut: bool = False
    is_declined: bool = False
    _raw: str = ""
    _taken: int = 0
    _buffer: str = ""
    _seen: set[str] = field(default_factory=set)
    _repeats: int = 0

    def feed(self, piece: str) -> list[Written]:
        """The sentences that are whole now."""
        if self.ended:
            return []
        self._raw += piece
        self._take()
        return self._sentences(is_end=False)

    def close(self, *, cut: bool = False) -> list[Written]:
        """The last sentences; one that was broken off (``cut``: the model was stopped) is left out."""
        if self.ended:
            return []
        self._take(is_end=True)
        found = self._sentences(is_end=True)
        if cut and found and not re.search(rf"{_STOP}\s*\Z", self._raw.rstrip()) and not _MARK.search(self._raw[-20:]):
            self.is_cut = True
            found = found[:-1]
        return found

    def _take(self, *, is_end: bool = False) -> None:
        """Move what has come into the buffer, without what the model thought aloud."""
        said = _THOUGHT.sub("", self._raw)
        # The last characters may begin a tag of which the rest is to come.
        whole = len(said) if is_end or "<" not in said[-12:] else said.rindex("<", max(0, len(said) - 12))
        if whole > self._taken:
            self._buffer += said[self._taken : whole]
            self._taken = whole

    def _sentences(self, *, is_end: bool) -> list[Written]:
        found: list[Written] = []
        for text in self._whole(is_end=is_end):
            if not self.ended:
                found.extend(self._accepted(text))
        if not self.ended and (len(self._buffer) > _LONGEST or _LOOP.search(self._buffer[-_LOOK_BACK:])):
            self.ended = "overlong" if len(self._buffer) > _LONGEST else "repetition"
            self._buffer = ""
        return found

    def _whole(self, *, is_end: bool) -> list[str]:
        """Take every whole sentence out of the buffer; a line's end ends a sentence."""
        *lines, rest = self._buffer.split("\n")
        if is_end:
            lines, rest = [*lines, rest], ""
        texts = [text for line in lines for text in self._split(line)]
        if rest and not _OPEN_BRACKET.search(rest):
            *whole, rest = self._split(rest) or [""]
            texts += whole
        self._buffer = rest
        return texts

    def _split(self, line: str) -> list[str]:
        line = _MARKS_AFTER_STOP.sub(r"\2\1", line)
        pieces = [line[start:end] for start, end in split_sentences(line, self.language)]
        if pieces and line[-1:].isspace():
            pieces[-1] += " "  # the next piece begins a new word
        return pieces

    def _accepted(self, text: str) -> list[Written]:
        if NO_ANSWER.casefold() in text.casefold():
            self.is_declined = True
            self.ended = "declined"
            return []
        written = _clean(text)
        key = folded(written.text)
        if sum(c.isalpha() for c in key) < 2:
            return []
        if key in self._seen:
            self._repeats += 1
            self.ended = "repetition" if self._repeats >= _MOST_REPEATS else None
            return []
        self._seen.add(key)
        if not written.marks and is_refusal(written.text):
            self.is_declined = True
            return []
        if len(self._seen) >= self.limit:
            self.ended = "enough"
        return [written]


def _clean(text: str) -> Written:
    """A sentence without marks, bullets, links and emphasis."""
    marks = [number for match in _MARK.finditer(text) for number in _numbers(match[1])]
    plain = _EMPHASIS.sub("", _LINK.sub(r"\1", _LEAD.sub("", _MARK.sub("", text))))
    return Written(" ".join(plain.split()), tuple(dict.fromkeys(marks)))


def _numbers(text: str) -> list[int]:
    """The numbers of a mark, those of a range ("2-4") each."""
    found = re.sub(_RANGE, _spelt_out, text)
    return [int(number) for number in re.findall(r"\d+", found)]


def _spelt_out(match: re.Match[str]) -> str:
    first, last = int(match[1]), int(match[2])
    if not first <= last < first + _WIDEST_RANGE:
        return f"{first}, {last}"
    return ", ".join(map(str, range(first, last + 1)))
