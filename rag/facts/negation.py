"""Words and endings that negate, by language: not, never, 不, 没有, не, нет, емес, -ма/-ме …

Counting them tells "is allowed" from "is not allowed" where vectors hardly do. Words that hold a negation and mean none
(不但, не только, unless a fortiori "not only") do not count, and two in one clause cancel out.
"""

from __future__ import annotations

import re

_PATTERNS = {
    "en": re.compile(
        r"\b(?:not(?! only| just| least)|no(?! longer than| fewer than| less than| more than|\. ?\d)|never|none|nobody|nothing|neither|nor|"
        r"without|cannot|\w+n['’]t|fail(?:ed|s|ing)? to|refus(?:e|ed|es|ing|al)|den(?:y|ied|ies|ying)|reject(?:ed|s|ing)?|"
        r"lack(?:s|ed|ing)?|unable|prohibit(?:s|ed|ing)?|forb(?:id|ids|idden|ade)|banned?|unlawful|unlikely|illegal|impossible)\b",
        re.IGNORECASE,
    ),
    "ru": re.compile(
        r"\b(?:не(?! только| менее| более| позднее| ранее)|ни(?=\s)|нет|нельзя|без|никогда|никто|ничто|ничего|никак\w+|"
        r"отказ\w*|запре[тщ]\w*|отверг\w*|отриц\w*|невозможн\w*|незаконн\w*|недопуст\w*|недостаточн\w*)\b",
        re.IGNORECASE,
    ),
    "kk": re.compile(
        r"\b(?!немесе\b|ұзамай\b|кемінде\b|алмасу|алмаса|жұмсау|орналас)(?:(?:емес(?!\s*,\s*сонымен)\w*|жоқ\w*|ешкім\w*|ешқандай|ештеңе\w*|ешқашан|тыйым\w*|бас тарт\w*|мүмкін емес)\b"
        r"|\w{2,}(?:[мбп][ае](?:й(?:ды|ді|тын|тін|ды|ді)?|ған|ген|ды|ді|с(?:а|е)?|стан|стен|ңыз|ңіз|йтын|йтін|ғанын|генін|уы|уі|уға|уге|йтыны|йтіні|у|ған\w*|ген\w*))\b"
        r"|\w{3,}с[ыі]з(?:дан|ден|дық|дік|дығы|дігі)?\b)",
        re.IGNORECASE,
    ),
    "zh": re.compile(
        "不(?![仅但只过同少断错管光论久])|没(?![收落])|未(?!来|婚|成年|遂)|无(?!锡|线|疑|论)|非(?!洲|常|政府|法|但|凡|官方|正式)|勿|(?<!囚)(?<!监)禁(?!毒|区|闭)|拒(?!捕)|否(?!则|定)|"
        "别(?=[去要再让把])|免(?!费|签|疫|职|税|除|得)"
    ),
    "tr": re.compile(r"\b(?:değil\w*|yok\w*|hiç\w*|asla|red(?:detti|deder)\w*|yasak\w*)\b|\b\w{2,}m[ae](?:z|dı|di|mış|miş|yacak|yecek)\w*\b",
                     re.IGNORECASE),
}  # fmt: skip


def count_negations(text: str, language: str) -> int:
    """How many words or endings of ``text`` (Chinese in Simplified characters) negate; 0 for a language not known here."""
    pattern = _PATTERNS.get(language.split("-")[0])
    return len(pattern.findall(text)) if pattern else 0
