"""What kind of thing a question asks for (a person, a time, an amount, a place), and whether a text holds another one.

Told by question words of English, Russian, Kazakh and Chinese; of questions in other words nothing is told.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal

from rag.facts.find import fold
from rag.facts.types import Facts

Kind = Literal["person", "time", "amount", "place"]

# In Simplified characters. Of several kinds the first that is asked for counts.
_WORDS: dict[Kind, str] = {
    "person": r"\b(?:who|whose|whom|кто|кого|кем|кому|чей|чья|чьи|чьё|чьей|чьего|чьих)\b|\bname of\b|как зовут|\bфамили"
    r"|\bкім(?:нің|ге|ді|мен|дер)?\w*|аты-жөні|谁|哪位|何人|什么名字|哪个人",
    "time": r"\bwhen\b|\b(?:what|which) (?:year|date|day|month|century)\b"
    r"|\bкогда\b|\bкак(?:ом|ого|ой|ие)\s+(?:год|числ|день|месяц|век)"
    r"|\bқашан\b|\bқай (?:жыл|күн|ай)|何时|什么时候|何年|哪一?年|几月|哪一?[天日]|几时",
    "amount": r"\bhow (?:many|much|long|old|far|tall|large|big|high|deep|often|fast|wide)\b"
    r"|\bwhat (?:percentage|percent|proportion|number|age)\b|\bскольк[ои]|\bкаково? (?:количество|число|численность)"
    r"|\bқанша|\bнеше|多少|多[大长高久远深快重]|几",
    "place": r"\bwhere\b|\b(?:what|which) (?:city|country|state|town|place|region|continent|province)\b"
    r"|\b(?:где|куда|откуда)\b|\bкак(?:ом|ой|ую|их)\s+(?:город|стран|мест|област|регион|штат)"
    r"|\bқай(?:да|дан|сы)\b|\bқай (?:жер|қала|ел|мемлекет|облыс)|哪里|哪儿|何[地处]|在哪|哪[个座]?[国城省市县地]",
}
# What asks for the day and not only for the month or year.
_DAY = re.compile(
    r"\b(?:what|which) (?:exact )?(?:day|date)\b|\bкак(?:ого|ое|им|ой)\s+(?:числ|дат|день|дня)"
    r"|\bқай күн|\bқандай күн|нешесі|哪一?[天日]|几[号日]|何日",
    re.IGNORECASE,
)
_ASKED = {kind: re.compile(words, re.IGNORECASE) for kind, words in _WORDS.items()}
# Years that stand without the word for a year.
_YEARS = (1000, 2100)


def asked_for(question: str) -> Kind | None:
    """The kind of thing that ``question`` asks for, if its words tell."""
    folded = fold(question)
    return next((kind for kind, words in _ASKED.items() if words.search(folded)), None)


def holds(kind: Kind, facts: Facts, question: Facts) -> bool:
    """Whether a text has something of the kind that the question does not name itself."""
    return _HOLDS[kind](facts, question)


def misfits(question: str, answer: Facts) -> bool:
    """Whether a short answer has nothing of the amount or time that ``question`` asks for."""
    kind = asked_for(question)
    if kind == "time":
        least, most = _YEARS
        return not answer.dates and not any(least <= min(number.values) <= most for number in answer.numbers)
    return kind == "amount" and not answer.numbers


def is_coarser(question: str, answer: Facts) -> bool:
    """Whether ``question`` asks for a day and a short answer tells none."""
    return bool(_DAY.search(fold(question))) and not any(date.day for date in answer.dates)


def _person(facts: Facts, question: Facts) -> bool:
    asked = question.text.lower()
    return any(name.text.lower() not in asked for name in facts.names)


def _time(facts: Facts, question: Facts) -> bool:
    asked = {(date.year, date.month, date.day) for date in question.dates}
    least, most = _YEARS
    return any((date.year, date.month, date.day) not in asked for date in facts.dates) or any(
        least <= min(number.values) <= most for number in facts.numbers if not number.weak
    )


def _amount(facts: Facts, question: Facts) -> bool:
    asked = {value for number in question.numbers for value in number.values}
    return any(not number.values & asked for number in facts.numbers)


def _place(facts: Facts, question: Facts) -> bool:
    asked = {place.identity for place in question.places}
    return any(place.identity not in asked for place in facts.places) or _person(facts, question)


_HOLDS: dict[Kind, Callable[[Facts, Facts], bool]] = {
    "person": _person,
    "time": _time,
    "amount": _amount,
    "place": _place,
}
