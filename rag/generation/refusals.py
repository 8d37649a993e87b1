"""Sentences by which a model says that it finds no answer, in the languages it is told of in.

Ministers cannot answer either, and letters have no answer: what is told of others is no refusal.
"""

from __future__ import annotations

import re

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
    """Whether a sentence tells of the lack of an answer instead of answering."""
    return _REFUSAL.search(sentence.replace("’", "'")) is not None
