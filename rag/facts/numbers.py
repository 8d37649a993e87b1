"""Find numbers with their units, hedges and shares: digits, words, Roman and Han numerals."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import regex

from rag.facts.hannumbers import han_numbers
from rag.facts.numberwords import number_word
from rag.facts.types import Hedge, Number, NumberWord

_OVER_AHEAD = (
    "more than|over|at least|no fewer than|upwards of|exceed(?:ed|s|ing)?|above"
    "|более(?: чем)?|свыше|больше|не менее(?: чем)?|кем дегенде"
    "|超过|超過|逾|至少|不少于|多达|高达"
)
_OVER_BEHIND = (
    "多|余|餘|以上|or more|and more|и более"
    r"|[-–]?(?:нан|нен|тан|тен|дан|ден|ға|ге|қа|ке)?\s?(?:астам|артық|аса|жуық емес)"
)
_UNDER_AHEAD = (
    "less than|fewer than|under|at most|up to|nearly|almost|no more than"
    "|менее(?: чем)?|меньше|не более(?: чем)?|почти|до"
    "|不到|不足|近|最多|将近"
)
_UNDER_BEHIND = r"以下|以内|[-–]?(?:ға|ге|қа|ке)\s?(?:дейін|жуық|жетпейтін)|or less|or fewer"
_ABOUT_AHEAD = (
    "about|around|roughly|some|approximately|circa|estimated"
    "|около|примерно|порядка|приблизительно|шамамен"
    "|大约|约|大概|差不多"
)
_ABOUT_BEHIND = r"左右|上下|or so|[-–]?(?:дай|дей|тай|тей)\b|шамалы|жуық"
# Each hedge with the words before the number, what may stand between them and it, and the words after it.
_WORDS: tuple[tuple[Hedge, str, str, str], ...] = (
    ("over", _OVER_AHEAD, r"(?:[^\W\d_]+\s)?", _OVER_BEHIND),
    ("under", _UNDER_AHEAD, "", _UNDER_BEHIND),
    ("about", _ABOUT_AHEAD, r"(?:a\s)?", _ABOUT_BEHIND),
)
_HEDGES = [
    (hedge, re.compile(rf"(?:{ahead})\s*{between}$", re.IGNORECASE), re.compile(rf"\s*(?:{behind})", re.IGNORECASE))
    for hedge, ahead, between, behind in _WORDS
]
_HEDGE_BEFORE, _BEHIND = 24, 16


def hedge_of(text: str, number: Number) -> Hedge:
    """Return the first hedge that the words around a number express; empty if they express none."""
    before, after = text[max(0, number.start - _HEDGE_BEFORE) : number.start], text[number.end : number.end + _BEHIND]
    for hedge, ahead, behind in _HEDGES:
        if ahead.search(before) or behind.match(after):
            return hedge
    return ""


_PERCENT_AFTER = re.compile(r"[-–\s]*(?:%|％|per\s?cent|процент|проц\b|пайыз|yüzde|个百分点|百分点)", re.IGNORECASE)
_PERCENT_BEFORE = re.compile(r"(?:yüzde|%)\s*$", re.IGNORECASE)
# Shares in words, as percent: language, pattern, share. Longer ones first.
_SHARES = [
    (language, re.compile(pattern, re.IGNORECASE), 100 * share)
    for language, pattern, share in (
        ("en", r"\bthree[- ]quarters\b", 3 / 4),
        ("en", r"\btwo[- ]thirds\b", 2 / 3),
        ("en", r"(?<!and a )\bhalf\b", 1 / 2),
        ("en", r"\b(?:a|one)[- ]third\b", 1 / 3),
        ("en", r"\b(?:a|one)[- ]quarter\b", 1 / 4),
        ("en", r"\b(?:a|one)[- ]fifth\b", 1 / 5),
        ("ru", r"\bдв[еу]х? трет(?:и|ей|ями)\b", 2 / 3),
        ("ru", r"(?<!с )\bполовин(?:а|у|ы|е|ой)\b", 1 / 2),
        ("ru", r"\b(?:одн[аоу][йя]?\s+)?треть(?:ю|и)?\b(?!\s+(?:стран|сторон|лиц))", 1 / 3),
        ("ru", r"\b(?:одн[аоу][йя]?\s+)?четверть(?:ю|и)?\b", 1 / 4),
        ("kk", r"\bүштен\s+екі\w*", 2 / 3),
        ("kk", r"\bүштен\s+бір\w*", 1 / 3),
        ("kk", r"\bтөрттен\s+бір\w*", 1 / 4),
        ("kk", r"\bжарты(?:сы\w*)?\b", 1 / 2),
        ("zh", r"一半|半数", 1 / 2),
    )
]
_SHARE_BEFORE = 8


def shares_of(text: str, language: str) -> Iterator[Number]:
    """Yield the shares of a text that are written in words, as percent."""
    base = language.split("-")[0]
    for of, pattern, share in _SHARES:
        if of == base:
            for match in pattern.finditer(text):
                yield Number(frozenset({round(share, 6)}), match[0], *match.span(), percent=True, weak=True)


def is_percent(text: str, number: Number) -> bool:
    """Return whether the words around a number make it a percentage."""
    return bool(
        _PERCENT_AFTER.match(text, number.end)
        or _PERCENT_BEFORE.search(text[max(0, number.start - _SHARE_BEFORE) : number.start])
    )


_ROMAN = re.compile(
    r"(?<![\w.-])(?:[XХ]{1,3}(?:I[XХ]|I?V|V?[IІ]{1,3}|V)?|[IІ]{2,3}|[IІ]V|V[IІ]{1,3}|[IІ][XХ])(?![\w.])(?<![XХ])"
    r"|(?<![\w.-])[XХ]{2,3}(?![\w.])"
)
# With İ, which counts as an i where case is ignored.
_VALUES = {"I": 1, "І": 1, "İ": 1, "V": 5, "X": 10, "Х": 10}


def roman_numbers(text: str) -> Iterator[Number]:
    """Yield Roman numerals ("XXIV Olympic Games"), but no single letters and nothing that may be a word or initials."""
    for match in _ROMAN.finditer(text):
        yield Number(frozenset({float(roman_value(match[0]))}), match[0], *match.span())


def roman_value(letters: str) -> int:
    """Return the value of Roman numerals, in Latin letters or the Cyrillic ones that look like them."""
    values = [_VALUES[letter] for letter in letters.upper()]
    return sum(-v if any(v < w for w in values[i + 1 : i + 2]) else v for i, v in enumerate(values))


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
    """Find the numbers of ``text`` (Chinese in Simplified characters), in order; none within the spans of ``dates``."""
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
    """Return whether two tokens side by side are parts of one number."""
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
    """Return the values that number words may have in order: units are added, hundreds and scales multiply."""
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
    """Return the values that digits with separators may have: 1.500 is 1500 in some languages and 1.5 in others."""
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
