"""Numbers in running text, in digits and in words, across languages and scripts.

1,000,000 · 1 000 000 · 1 million · 100万 · 1 миллион · он мың · 15 % · 百分之十五 · two thirds · 三分之二.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import regex

from rag.facts.hannumbers import han_numbers
from rag.facts.hedges import hedge_of
from rag.facts.numberwords import number_word
from rag.facts.roman import roman_numbers
from rag.facts.shares import is_percent, shares_of
from rag.facts.types import Number, NumberWord

_DIGITS = r"\d{1,3}(?:[.,'’\u00a0\u202f ]\d{3})+(?![\d])(?:[.,]\d+)?|\d+(?:[.,]\d+)?"
_TOKEN = regex.compile(rf"(?P<digits>{_DIGITS})|(?P<word>\p{{L}}+(?:['’]\p{{L}}+)?)")
_GAP = re.compile(r"[\s\u00a0-]*")
_AND = re.compile(r"\s+and\s+")
_AND_HALF = re.compile(r"\s+(?:and a |с )?")
_CLOCK = re.compile(r"\b([01]?\d|2[0-3]):([0-5]\d)\b")


@dataclass(frozen=True, slots=True)
class _Token:
    start: int
    end: int
    values: frozenset[float]
    word: NumberWord | None

    @property
    def is_scale(self) -> bool:
        return self.word is not None and self.word.role != "unit"


def find_numbers(text: str, language: str, dates: Sequence[tuple[int, int]] = ()) -> list[Number]:
    """The numbers of ``text`` (Chinese in Simplified characters), in order; none within the spans of ``dates``."""
    taken = list(dates)
    found: list[Number] = []

    def take(numbers: Iterator[Number]) -> None:
        for number in numbers:
            if not any(start < number.end and number.start < end for start, end in taken):
                found.append(number)
                taken.append((number.start, number.end))

    take(_clock_times(text))
    take(shares_of(text, language))
    take(roman_numbers(text))
    take(han_numbers(text))
    take(_counted(text, language, tuple(taken)))
    hedged = (replace(n, hedge=hedge_of(text, n), percent=n.percent or is_percent(text, n)) for n in found)
    return sorted(hedged, key=lambda number: number.start)


def _clock_times(text: str) -> Iterator[Number]:
    for match in _CLOCK.finditer(text):
        yield Number(frozenset({int(match[1]) + int(match[2]) / 100}), match[0], *match.span())


def _counted(text: str, language: str, taken: Sequence[tuple[int, int]]) -> Iterator[Number]:
    run: list[_Token] = []
    for token in _tokens(text, language, taken):
        if run and not _joins(text[run[-1].end : token.start], run[-1], token):
            yield from _numbers_of(text, run)
            run = []
        run.append(token)
    yield from _numbers_of(text, run)


def _tokens(text: str, language: str, taken: Sequence[tuple[int, int]]) -> Iterator[_Token]:
    for match in _TOKEN.finditer(text):
        start, end = match.span()
        if any(a < end and start < b for a, b in taken):
            continue
        if match["digits"]:
            yield _Token(start, end, readings(match[0]), None)
        elif word := number_word(match[0], language):
            yield _Token(start, end, frozenset({word.value}), word)


def _joins(between: str, before: _Token, after: _Token) -> bool:
    """Whether two tokens side by side are parts of one number."""
    if after.word is not None and after.word.half:
        return bool(_AND_HALF.fullmatch(between)) and not before.is_scale
    if not (_GAP.fullmatch(between) or _AND.fullmatch(between)):
        return False
    if after.word is None:
        return False
    if before.word is None or before.word.half:
        return after.is_scale
    if before.word.ordinal:
        return False
    low, high = min(after.values), min(before.values)
    if after.is_scale:
        return after.word.role == "scale" or before.word.role == "unit"
    return before.is_scale or (high >= 10 and low < 10 and high % 10 == 0) or (high >= 100 and low < 100)


def _numbers_of(text: str, run: list[_Token]) -> Iterator[Number]:
    if not run or (len(run) == 1 and run[0].word is not None and (run[0].word.article or run[0].word.half)):
        return
    start, end = run[0].start, run[-1].end
    values = _composed(run)
    word = run[0].word if len(run) == 1 else None
    if run[0].word is None and start and text[start - 1].isalpha() and text[start - 1].isascii():
        return  # part of a word, as in G20
    yield Number(values, text[start:end], start, end, weak=bool(word and (word.weak or word.role != "unit")))


def _composed(run: list[_Token]) -> frozenset[float]:
    """The value of number words in order: units are added, hundreds and scales multiply."""
    values: set[float] = set()
    for first in run[0].values:
        total, current = 0.0, first
        if run[0].is_scale:
            total, current = (min(run[0].values), 0.0) if run[0].word and run[0].word.role == "scale" else (0.0, first)
        for token in run[1:]:
            value = min(token.values)
            if token.word and token.word.role == "hundred":
                current = (current or 1) * value
            elif token.word and token.word.role == "scale":
                total, current = total + (current or 1) * value, 0.0
            else:
                current += value
        values.add(round(total + current, 6))
    return frozenset(values)


def readings(digits: str) -> frozenset[float]:
    """What digits with separators may mean: 1.500 is 1500 in some languages and 1.5 in others."""
    bare = re.sub(r"[\s\u00a0\u202f'’]", "", digits)
    if re.fullmatch(r"\d+", bare):
        return frozenset({float(bare)})
    if re.fullmatch(r"\d{1,3}([.,])\d{3}", bare):
        return frozenset({float(re.sub("[.,]", "", bare)), float(bare.replace(",", "."))})
    last = max(bare.rfind("."), bare.rfind(","))
    separators = {c for c in bare if c in ".,"}
    if len(separators) == 1 and len(re.findall("[.,]", bare)) > 1:  # 1.234.567
        return frozenset({float(re.sub("[.,]", "", bare))})
    whole = re.sub("[.,]", "", bare[:last])
    return frozenset({float(f"{whole}.{bare[last + 1 :]}")})
