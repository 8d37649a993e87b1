"""Cut a model's output into sentences with their citation marks, and tell a refusal from an answer."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from corpus.fulltext import folded
from corpus.sentences import split_sentences
from rag.injection.neutralise import FENCE
from rag.writing.wording import NO_ANSWER

_EVIDENCE = r"\b(?:passages?|sources?|documents?|texts?|context|information|evidence)\b"
_ENGLISH = (
    (
        rf"{_EVIDENCE}.{{0,60}}\b(?:do(?:es)? not|don't|doesn't) (?:\w+ ){{0,3}}"
        r"(?:answer|contain|mention|provide|say|state|specify|include|have)\b"
    ),
    rf"{_EVIDENCE}.{{0,40}}\bno (?:\w+ )?(?:answer|information|mention)\b",
    (
        r"\bnot (?:\w+ )?(?:answered|available|contained|found|given|included|mentioned|present|provided|specified"
        rf"|stated)\b.{{0,25}}\b(?:by|from|in) .{{0,25}}{_EVIDENCE}"
    ),
    r"\bI(?: am|'m)? (?:cannot|can't|can not|unable to|not able to)\b.{0,30}\banswer",
    r"\A\W*(?:sorry\W+)?(?:cannot|unable to|not able to|not possible to) answer",
    r"\b(?:cannot|can't|can not) be answered\b",
    r"\b(?:there is|there's|found) no (?:relevant )?(?:information|answer|mention)\b",
    r"\A\W*no (?:relevant )?(?:information|answer)(?: (?:is )?(?:available|found))?\W*\Z",
)
_RUSSIAN = (
    r"не (?:могу|получится) ответить",
    r"\A\W*(?:не удалось|невозможно) ответить",
    (
        r"\b(?:в|из) (?:\w+ ){0,2}(?:отрывк|источник|текст|документ|фрагмент|материал|контекст)(?:а|е|ах|ов)\b.{0,40}"
        r"(?:нет (?:\w+ )?(?:ответа|информации|сведений|данных)|не (?:содерж|упомина|указ|сообща|говор))"
    ),
    r"\b(?:отрывки|источники|тексты?|документы?|фрагменты?|материалы)\b.{0,20}не (?:содерж|отвеча|да[её]т|дают)",
    (
        r"нет (?:\w+ )?(?:информации|ответа|сведений|данных)\b.{0,40}"
        r"\bв (?:\w+ ){0,2}(?:отрывк|источник|текст|документ|фрагмент)"
    ),
    r"\A\W*(?:нет ответа|ответ не найден|ответа нет)\W*\Z",
)
_KAZAKH = (
    r"жауап бере алмаймын|сұраққа жауап (?:беру мүмкін емес|жоқ|табылмады|таба алмадым)",
    r"\A\W*жауап (?:жоқ|табылмады)\W*\Z",
    (
        r"\b(?:мәтін|үзінді|дереккөз|құжат)\w* .{0,60}"
        r"(?:айтылма|көрсетілме|ақпарат (?:жоқ|берілме)|мәлімет (?:жоқ|берілме)|жауап (?:жоқ|табылма))"
    ),
)
_NOT = "(?:[没沒]有|[并並]?未|[没沒]|不)"
_CHINESE = (
    r"(?:无法|無法|不能|未能)(?:根[据據].{0,20}(?:回答|作答|[确確]定)|(?:回答|作答)(?:[这這此该該您你].{0,3}|上述)?(?:[问問][题題]|[。！]|\Z))",
    r"根[据據].{0,20}(?:无法|無法|不能|未能)(?:回答|作答|[确確]定|得知)",
    (
        r"(?:段落|[资資]料|文中|文本|[来來]源|材料|文[档檔]|上下文|(?:信息|[资資][讯訊])中)(?:[中里裡内內].{0,12}?)?[，,]?"
        rf"(?:都|均|也|[并並])?{_NOT}(?:有)?(?:提到|提及|提供|包含|[说說]明|[给給]出|足[够夠]|相[关關]|答案)"
    ),
    r"[没沒]有(?:足[够夠]|相[关關])的?(?:信息|[资資][讯訊料])",
)
_REFUSAL = re.compile("|".join((*_ENGLISH, *_RUSSIAN, *_KAZAKH, *_CHINESE)), re.IGNORECASE | re.DOTALL)


def is_refusal(sentence: str) -> bool:
    """Return whether a sentence says that there is no answer, instead of answering."""
    return _REFUSAL.search(sentence.replace("’", "'")) is not None


Ending = Literal["enough", "repetition", "overlong", "declined"]

_LABEL = (
    r"sources?|passages?|documents?|docs?|refs?|источники?|отрыв(?:ок|к\w*)|фрагменты?|документы?|дереккөз\w*|үзінді\w*|құжат\w*"
    r"|来源|來源|段落|资料|資料|文献|文獻|引用"
)
_NUMBER = rf"[\^№#]?\s*(?:(?:{_LABEL})\s*[:：№#.]?\s*)?\d{{1,3}}"
_NUMBERS = rf"{_NUMBER}(?:\s*(?:[,，、;；&–-]|and|и|және|和)\s*{_NUMBER})*"
_MARK = re.compile(rf"\s*[\[【［〔]\s*({_NUMBERS})\s*[\]】］〕]", re.IGNORECASE)
_BROKEN_MARK = re.compile(rf"\s*[\[【［〔]\s*(?:{_LABEL})?[\d\s,，、;；&–-]*\Z", re.IGNORECASE)
_STOP = r"[.!?。！？…][\"'”’»』」)）]*"
_MARKS_AFTER_STOP = re.compile(rf"({_STOP})((?:{_MARK.pattern})+)", re.IGNORECASE)
_ENDS = re.compile(rf"(?:{_STOP}|{_MARK.pattern})[*_`]*\s*\Z", re.IGNORECASE)
_RANGE = re.compile(r"(\d{1,3})\s*[–-]\s*(\d{1,3})")
_WIDEST_RANGE = 10
# An open bracket or quotation mark: no sentence is cut before it closes, unless that takes too long.
_OPEN = re.compile(r"[\[【［〔][^\]】］〕]{0,40}\Z|[“«「『][^”»」』]{0,200}\Z")
_THOUGHT = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)|</think(?:ing)?>", re.DOTALL | re.IGNORECASE)
_HAN = r"\u3400-\u9fff\uf900-\ufaff\u3040-\u30ff"
# What is examined at a time, however the output arrives: a word, once its end is known, or a Chinese character.
_UNIT = re.compile(rf"\s*(?:[{_HAN}]|[^\s{_HAN}]{{80}}|[^\s{_HAN}]+(?=[\s{_HAN}]))")
_LEAD = re.compile(
    r"^\s*(?:[-*•–—]\s+|#{1,6}\s+|>\s+|\d{1,2}[.)]\s+)*(?:\**(?:answer|ответ|жауап|答案|回答|答)\**\s*[:：]\**\s*)?",
    re.IGNORECASE,
)
_IMAGE = re.compile(r"!\[[^\]\n]{0,200}\]\([^)\n]{0,500}\)")
_LINK = re.compile(r"(\[([^\]\n]{0,200})\])\((?:[^()\n]|\([^()\n]{0,200}\)){0,500}\)")
_SPACE_BEFORE_STOP = re.compile(r"\s+(?=[.,;:!?…。，；：！？])")
_EMPHASIS = re.compile(r"\*\*|__|`+|(?<!\w)[*_](?=\w)|(?<=\w)[*_](?!\w)")
_LOOP = re.compile(r"(.{2,80}?)\1{4,}\Z", re.DOTALL)
_LOOK_BACK = 480
_LONGEST = 1200
_MOST_REPEATS = 2


@dataclass(frozen=True, slots=True)
class Written:
    """A sentence as the model wrote it, without its marks; ``marks`` are the numbers of the passages it cites."""

    text: str
    marks: tuple[int, ...]


@dataclass(slots=True)
class Draft:
    """A model's output as it comes, cut into sentences; ``ended`` says why no more of it is wanted, None if more is."""

    language: str
    limit: int
    question: str = ""
    ended: Ending | None = None
    is_cut: bool = False
    is_declined: bool = False
    _raw: str = ""
    _taken: int = 0
    _buffer: str = ""
    _seen: set[str] = field(default_factory=set)
    _repeats: int = 0

    def feed(self, piece: str) -> list[Written]:
        """Add a piece of the output, and return the sentences that it completes."""
        self._raw += "" if self.ended else piece
        return self._taken_in()

    def close(self, *, cut: bool = False) -> list[Written]:
        """Return the last sentences; where the model was stopped (``cut``), an unfinished one is left out."""
        found = self._taken_in(is_end=True)
        if self.ended:
            return found
        is_broken = cut and not self._buffer.rstrip(" \t").endswith("\n")
        texts = self._whole(is_end=True)
        if is_broken and texts and not _ENDS.search(texts[-1]):
            self.is_cut = any(map(str.isalpha, texts.pop()))
        return [*found, *self._accepted(texts)]

    def _taken_in(self, *, is_end: bool = False) -> list[Written]:
        """Move the output so far into the buffer, a word at a time, and return the sentences that this completes."""
        if self.ended:
            return []
        said = self._said(is_end=is_end)
        found: list[Written] = []
        while not self.ended and (unit := _UNIT.match(said, self._taken)):
            self._taken = unit.end()
            self._buffer += unit.group()
            found += self._accepted(self._whole(is_end=False))
            self._stop_loops()
        if is_end and not self.ended:
            self._buffer += said[self._taken :]
            self._taken = len(said)
        return found

    def _said(self, *, is_end: bool) -> str:
        """Return the output so far, without the model's thoughts (``<think>``)."""
        said = _THOUGHT.sub("", self._raw)
        # The last characters may begin a tag whose rest is still to come.
        return said if is_end or "<" not in said[-12:] else said[: said.rindex("<", max(0, len(said) - 12))]

    def _stop_loops(self) -> None:
        if self.ended:
            return
        loop = _LOOP.search(self._buffer[-_LOOK_BACK:])
        if len(self._buffer) > _LONGEST:
            self.ended = "overlong"
        elif loop and any(map(str.isalpha, loop[1])):
            self.ended = "repetition"

    def _whole(self, *, is_end: bool) -> list[str]:
        """Remove every complete sentence from the buffer and return them; the end of a line ends a sentence."""
        *lines, rest = self._buffer.split("\n")
        if is_end:
            lines, rest = [*lines, rest], ""
        texts = [text for line in lines for text in self._split(line)]
        if rest and not _OPEN.search(rest):
            *whole, rest = self._split(rest) or [""]
            texts += whole
        self._buffer = rest
        return texts

    def _split(self, line: str) -> list[str]:
        line = _MARKS_AFTER_STOP.sub(r"\2\1", _LINK.sub(_unlinked, _IMAGE.sub("", line)))
        return [line[start:end] for start, end in split_sentences(line, self.language)]

    def _accepted(self, texts: list[str]) -> list[Written]:
        found: list[Written] = []
        for text in texts:
            if not self.ended:
                found += self._new(text)
        return found

    def _new(self, text: str) -> list[Written]:
        """Return the sentence; nothing if it says nothing, nothing new, or that there is no answer."""
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
        if key == folded(self.question):
            return []
        self._seen.add(key)
        if not written.marks and is_refusal(written.text):
            self.is_declined = True
            return []
        if len(self._seen) >= self.limit:
            self.ended = "enough"
        return [written]


def _clean(text: str) -> Written:
    """Return a sentence without citation marks, bullets and emphasis, and the numbers of its marks."""
    marks = [number for match in _MARK.finditer(text) for number in _numbers(match[1])]
    text = FENCE.sub("", text)
    plain = _EMPHASIS.sub("", _LEAD.sub("", _BROKEN_MARK.sub("", _MARK.sub("", text))))
    plain = _SPACE_BEFORE_STOP.sub("", plain) if marks else plain
    return Written(" ".join(plain.split()), tuple(dict.fromkeys(marks)))


def _unlinked(match: re.Match[str]) -> str:
    """Return the words of a link; a citation mark that is a link stays a mark."""
    return match[1] if _MARK.fullmatch(match[1]) else match[2]


def _numbers(text: str) -> list[int]:
    """Return the numbers of a citation mark, and of a range ("2-4") every number in it."""
    found = re.sub(_RANGE, _spelt_out, text)
    return [int(number) for number in re.findall(r"\d+", found)]


def _spelt_out(match: re.Match[str]) -> str:
    first, last = int(match[1]), int(match[2])
    if not first <= last < first + _WIDEST_RANGE:
        return f"{first}, {last}"
    return ", ".join(map(str, range(first, last + 1)))
