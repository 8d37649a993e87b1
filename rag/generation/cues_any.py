"""Forms of instructions in any script: addresses, control tokens of chat models, tool calls, forged passages.

The patterns see folded text: lower case, NFKC, Simplified characters, nothing invisible. Repetition is bounded, so
that no text makes a search slow.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

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
