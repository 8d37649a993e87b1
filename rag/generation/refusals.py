"""Sentences by which a model says that it finds no answer, in the languages it is told of in."""

from __future__ import annotations

import re

_EVIDENCE = r"\b(?:passages?|sources?|documents?|texts?|context|information|evidence)\b"
_ENGLISH = (
    (
        rf"{_EVIDENCE}.{{0,60}}\b(?:do(?:es)? not|don't|doesn't|no)\b"
        r".{0,40}\b(?:answer|contain|mention|provide|say|state|specify|include|information|enough)"
    ),
    r"\b(?:cannot|can't|can not|unable to|not able to)\b.{0,30}\banswer",
    r"\bno (?:relevant )?(?:information|answer|mention)\b",
)
_RUSSIAN = (
    r"не (?:могу|удалось|получится) ответить",
    (
        r"(?:отрывк|источник|текст|документ|фрагмент)\w* .{0,40}"
        r"(?:нет (?:ответа|информации|сведений|данных)|не (?:содерж|упомина|указ|сообща|говор))"
    ),
    r"нет (?:информации|ответа|сведений) .{0,40}(?:отрывк|источник|текст|документ|фрагмент)",
)
_KAZAKH = (
    r"жауап (?:бере алмаймын|беру мүмкін емес|жоқ|табылмады)",
    r"(?:мәтін|үзінді|дереккөз|құжат)\w* .{0,60}(?:айтылма|көрсетілме|ақпарат жоқ|мәлімет жоқ|жауап жоқ)",
)
_CHINESE = (
    r"(?:无法|無法|不能|未能)(?:根[据據].{0,20})?(?:回答|作答|[确確]定)",
    (
        r"(?:段落|[资資]料|文中|文本|[来來]源|材料|文[档檔]|信息|[资資][讯訊]).{0,20}"
        r"(?:[没沒]有|[并並]未|未)(?:提到|提及|提供|包含|[说說]明|[给給]出|足[够夠]|相[关關])"
    ),
)
_REFUSAL = re.compile("|".join((*_ENGLISH, *_RUSSIAN, *_KAZAKH, *_CHINESE)), re.IGNORECASE | re.DOTALL)


def is_refusal(sentence: str) -> bool:
    """Whether a sentence tells of the lack of an answer instead of answering."""
    return _REFUSAL.search(sentence) is not None
