"""What the words around a number allow it to be: about, over or under what it says."""

from __future__ import annotations

import re

from rag.facts.types import Hedge, Number

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
# What stands before the number, what may stand between, and what stands behind it.
_WORDS: tuple[tuple[Hedge, str, str, str], ...] = (
    ("over", _OVER_AHEAD, r"(?:[^\W\d_]+\s)?", _OVER_BEHIND),
    ("under", _UNDER_AHEAD, "", _UNDER_BEHIND),
    ("about", _ABOUT_AHEAD, r"(?:a\s)?", _ABOUT_BEHIND),
)
_HEDGES = [
    (hedge, re.compile(rf"(?:{ahead})\s*{between}$", re.IGNORECASE), re.compile(rf"\s*(?:{behind})", re.IGNORECASE))
    for hedge, ahead, between, behind in _WORDS
]
_BEFORE, _BEHIND = 24, 16


def hedge_of(text: str, number: Number) -> Hedge:
    """What the words around a number say of it; the first that fits."""
    before, after = text[max(0, number.start - _BEFORE) : number.start], text[number.end : number.end + _BEHIND]
    for hedge, ahead, behind in _HEDGES:
        if ahead.search(before) or behind.match(after):
            return hedge
    return ""
