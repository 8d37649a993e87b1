"""The cues by which an order to a machine is recognised, of all languages; each script's are in a `cues_…` file."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import pairwise
from types import MappingProxyType

from rag.injection.cues_cyrillic import CYRILLIC
from rag.injection.cues_han import HAN
from rag.injection.cues_latin import LATIN
from rag.injection.unmask import Unmasked, hidden_readings, unmasked

ANY: Mapping[str, str] = MappingProxyType(
    {
        # What it demands
        "call": (
            r"[\"'](?:tool|tool_calls?|function|function_call|tool_name|arguments|action_input)[\"']\s?:"
            r"|!\[[^\]\n]{0,60}\]\(\s?https?:|https?://[^\s\"'<>]{3,120}[?&][\w-]{1,20}=(?=[\s\"'<>{\[(]|$)"
            r"|\b[a-z]{2,12}_(?:url|get|form|page|mail|email|file|search|post|web|request|tool|code|user)\b"
        ),
        "url": r"https?://|\bwww\.",
        "bracketed": r"\[\d{1,3}\]|【\d{1,3}】",
        # Whom or what it pretends to be
        "template": (
            r"<\|[^|\n<>]{1,30}\|>|\[/?inst\]|<</?sys>>|<(?:start|end)_of_turn>|</?(?:think|tool_call"
            r"|function_call|system|assistant|instructions?|context|documents?|sources?|passages?|evidence"
            r"|excerpts?|user|question)>|^#{2,4} ?(?:system|instruction|assistant|user|human|response)\b ?:"
        ),
        "chat": (
            r"(?:<\|[^|\n<>]{1,30}\|>|\[inst\]|<<sys>>|<start_of_turn>) ?(?:<|\[|system|user|assistant|developer"
            r"|model|you\b)"
        ),
        "fence": (
            r"^\W{0,3}[-=*#_~<>\[【]{2,40}+\s?(?:the )?(?:end|begin|start|new|system|конец|начало|соңы|басы|结束"
            r"|开始|以上|以下)|(?<![-=*#_~<\[])[-=*#_~<\[]{3,60}+\s?(?:end|begin|start|stop|конец|начало|结束"
            r"|开始)|[\[【<(][^\]】>)\n]{0,20}?(?:结束|完毕|конец|соңы"
            r"|end of [a-z]{3,12})[^\]】>)\n]{0,10}?[\]】>)]|(?<![-=*#_~])[-=*#_~]{3,60}+\s?[^-=\n]{0,20}?(?:结束"
            r"|完毕|конец|соңы)|^\s?[\[【]\d{1,3}[\]】]\s?(?:勘误|更正|官方|correction|official|update|erratum"
            r"|поправка|уточнение|официально|түзету|ресми)|\[/?(?:end|begin|start|system|user|assistant|context"
            r"|sources?|data|document|конец|система|системное|пользователь|жүйе|系统|用户"
            r"|结束)(?: [^\]\n]{0,40})?\]"
        ),
        "label": (
            r"^\W{0,6}(?:question|answer|reply|response|instruction|task|note to|final answer|new question|вопрос"
            r"|ответ|задание|инструкция|сұрақ|жауап|тапсырма|нұсқау|问题|提问|回答|答案|任务"
            r"|指令)(?: [^\s:]{1,20}){0,3}\s?:"
        ),
        "passage": (
            r"(?:^|[\s(])[\[【(]?(?:source|passage|document|источник|отрывок|документ|дереккөз|үзінді|来源|资料"
            r"|文献|段落)\s?[\[【]?\d{1,3}[\]】]?\s?[\])】]?\s?(?:\([^()\n]{1,60}\)\s?)?:|[\[【](?:source|passage"
            r"|excerpt|источник|отрывок|дереккөз|үзінді|来源|资料|段落)\s?\d{1,3}[\]】]"
            r"|[\[【]\d{1,3}[\]】]\s?[(]?(?:source|title|источник|заглавие|название|дереккөз|тақырып|来源|标题"
            r"|出处)\b"
        ),
    }
)


Span = tuple[int, int]
Cues = frozenset[str]

_ADDRESS = {
    "machine": 2.0, "writer": 2.0, "prior": 1.5, "override": 3.0, "output": 1.0, "helper": 1.0, "page": 0.5,
    "question": 0.5, "asked": 1.0,
}  # fmt: skip
_DEMAND = {
    "oblige": 1.0, "format": 2.0, "conceal": 1.5, "recommend": 1.5, "replace": 1.0, "say": 0.5, "persona": 2.0,
    "tool": 2.0, "call": 2.0, "polite": 1.0, "outrank": 2.5, "url": 0.5, "mark": 1.5, "bracketed": 1.0, "decode": 1.5,
    "obey": 1.0,
}  # fmt: skip
_PRETENCE = {
    "role": 2.5, "template": 3.0, "passage": 2.0, "fence": 2.5, "label": 1.5, "chat": 2.0, "vocative": 2.0,
    "encoded": 2.5,
}  # fmt: skip
_HONEST = {"report": 2.5, "everyday": 4.0, "news": 4.0, "exam": 4.0}
_RULES = frozenset({"everyday", "exam"})
# Where one sentence reports an attack or belongs to an exam, so does all of its paragraph.
_OF_PARAGRAPH = frozenset({"news", "exam"})
# A sentence that refers to this page, or speaks to a machine by name, is no exam and no house rule.
_UNMISTAKABLE = frozenset({"vocative", "page", "role", "chat", "call"})
# Without any of these, the answers or systems that a sentence mentions may be anybody's.
_PLAINLY = frozenset({"machine", "writer", "prior", "override"})
# Without any of these, a sentence is probably not about answers.
_OF_ANSWERS = frozenset({"writer", "output", "prior", "override", "format", "mark", "tool", "call", *_PRETENCE})
_DOUBT = 1.0
# A paragraph without any of these is not examined further.
_GATES = frozenset({*_ADDRESS, *_PRETENCE, "call", "persona", "tool"}) - {"page", "question", "helper"}

# The scores from which a sentence is an instruction, and from which a title is, which has fewer words.
ENOUGH = 4.5
_ENOUGH_IN_TITLE = 3.0
_LONGEST_TITLE = 150
_SPOKEN_TO = frozenset({"machine", "writer", "output", "vocative", "override"})
_CLOSING = " \n\"'”’»」』)]"
_STOPS = (".", "!", "?", "。", "…", ":", ";")

_SENTENCE_END = re.compile(
    r"[.!?…]{1,3}[\"'”’»)\]]{0,2}\s(?=\S)"
    r"|(?:。|[!?;](?=[\"'”’」』)\u4e00-\u9fff]))[\"'”’」』)]{0,2}(?=[^\"'”’」』)\s])"
    # A line that begins with a lower-case letter continues the sentence before it.
    r"|\n(?=[^a-zа-яёәғқңөұүһі\s])"
)
_QUOTED = re.compile(r"“[^“”\n]{1,600}”|\"[^\"\n]{1,600}\"|«[^«»\n]{1,600}»|「[^「」\n]{1,600}」|『[^『』\n]{1,600}』")
_SCRIPTS = (
    (re.compile("[a-z]"), LATIN),
    (re.compile("[а-яәғқңөұүһі]"), CYRILLIC),
    (re.compile("[\u4e00-\u9fff]"), HAN),
    (re.compile(""), ANY),
)


def score(cues: Cues) -> float:
    """Return how strongly the cues of one sentence, or of a few together, suggest an instruction; see `ENOUGH`."""
    address, demand, pretence, honest = (_sum(part, cues) for part in (_ADDRESS, _DEMAND, _PRETENCE, _HONEST))
    address -= {"machine", "helper"} <= cues
    if "override" not in cues and pretence < ENOUGH and (demand < 1 or address + pretence < 1):
        return 0.0
    if _UNMISTAKABLE & cues:
        honest -= _sum(_HONEST, cues & _RULES)
    doubt = (not pretence and not _PLAINLY & cues) + (not _OF_ANSWERS & cues)
    return address + demand + pretence - honest - doubt * _DOUBT


def score_in_hostile(cues: Cues) -> float:
    """Return the `score` in a document known to hold instructions: cues of an honest text do not count there."""
    return score(cues - _HONEST.keys())


def weight(cues: Cues) -> float:
    """Return the sum of the weights of all cues of address, demand and pretence."""
    return _sum(_ADDRESS, cues) + _sum(_DEMAND, cues) + _sum(_PRETENCE, cues)


def _sum(weights: Mapping[str, float], cues: Cues) -> float:
    return sum(worth for cue, worth in weights.items() if cue in cues)


def commands_as_title(text: str, cues: Cues) -> bool:
    """Return whether a line that is not a sentence, such as a title or an item of a list, gives a command.

    Such a line has few words, so a lower score is enough.
    """
    if len(text) > _LONGEST_TITLE or text.rstrip(_CLOSING).endswith(_STOPS) or "\n" in text.strip():
        return False
    address, demand = _sum(_ADDRESS, cues) + _sum(_PRETENCE, cues), _sum(_DEMAND, cues)
    is_command = bool(cues & _SPOKEN_TO) and demand + ("vocative" in cues) >= 1
    return is_command and address + demand - _sum(_HONEST, cues) >= _ENOUGH_IN_TITLE


def may_address(plain: Unmasked, start: int, end: int) -> bool:
    """Return whether a paragraph, from ``start`` to ``end``, can hold an instruction at all.

    A quick check: it must have encoded text or one of the cues of which every instruction has some.
    """
    part = plain.text[start:end]
    return any(script.search(part) and gate.search(part) for script, gate in _gates()) or any(
        hidden_readings(plain.cased[start:end])
    )


def cues_of_text(text: str) -> Cues:
    """Return the cues of all sentences of ``text``."""
    plain = unmasked(text)
    return frozenset().union(*cues_of(plain, sentences_of(plain.text, 0, len(plain.text))))


def cues_of(plain: Unmasked, sentences: Sequence[Span]) -> list[Cues]:
    """Return the cues of each sentence of a paragraph, those of encoded text in it included.

    Where a paragraph shows signs of an honest text, such as a report, the words that it quotes do not count.
    """
    if not sentences:
        return []
    first, last = sentences[0][0], sentences[-1][1]
    whole = plain.text[first:last]
    bare = _QUOTED.sub(lambda match: "·" * len(match.group()), whole)
    honest = _HONEST.keys() & _cues(bare)
    shown = bare if honest else whole
    found = []
    for start, end in sentences:
        cues = _cues(shown[start - first : end - first]) | (honest & _OF_PARAGRAPH)
        for said in hidden_readings(plain.cased[start:end]):
            cues |= _cues(unmasked(said).text) | {"encoded"}
        found.append(cues)
    return found


def _cues(text: str) -> Cues:
    line = text.replace("\n", " ")
    return frozenset(
        cue
        for script, patterns in _patterns()
        if script.search(line)
        for cue, pattern in patterns.items()
        if pattern.search(line)
    )


def sentences_of(text: str, start: int, end: int) -> list[Span]:
    """Return the spans of sentences between two positions of unmasked text, rather cut too often than too seldom."""
    cuts = [start, *(match.end() for match in _SENTENCE_END.finditer(text, start, end)), end]
    spans = []
    for a, b in pairwise(cuts):
        part = text[a:b]
        if stripped := part.strip():
            begin = a + part.index(stripped[0])
            spans.append((begin, begin + len(stripped)))
    return spans


@cache
def _patterns() -> list[tuple[re.Pattern[str], Mapping[str, re.Pattern[str]]]]:
    return [(script, {cue: re.compile(form) for cue, form in forms.items()}) for script, forms in _SCRIPTS]


@cache
def _gates() -> list[tuple[re.Pattern[str], re.Pattern[str]]]:
    return [
        (script, re.compile("|".join(f"(?:{form})" for cue, form in forms.items() if cue in _GATES)))
        for script, forms in _SCRIPTS
    ]
