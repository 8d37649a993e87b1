"""Find the facts of a text: names, places, dates, numbers, and whether it denies what it says."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from corpus.fulltext import simplified
from rag.facts.dates import before_month_or_year, find_dates
from rag.facts.names import find_names
from rag.facts.numbers import find_numbers
from rag.facts.places import find_places
from rag.facts.types import Facts

_EN = (
    r"\b(?:not(?! only| just| least)|no(?! longer than| fewer than| less than| more than|\. ?\d)|never|none|nobody"
    r"|nothing|neither|nor|without|cannot|\w+n['’]t|fail(?:ed|s|ing)? to|refus(?:e|ed|es|ing|al)|den(?:y|ied|ies|ying)"
    r"|reject(?:ed|s|ing)?|lack(?:s|ed|ing)?|unable|prohibit(?:s|ed|ing)?|forb(?:id|ids|idden|ade)|banned?|unlawful"
    r"|unlikely|illegal|impossible)\b"
)
_RU = (
    r"\b(?:не(?! только| менее| более| позднее| ранее)|ни(?=\s)|нет|нельзя|без|никогда|никто|ничто|ничего|никак\w+"
    r"|отказ\w*|запре[тщ]\w*|отверг\w*|отриц\w*|невозможн\w*|незаконн\w*|недопуст\w*|недостаточн\w*)\b"
)
# Words whose stem ends as the negative ending does.
_KK_OTHER = r"(?!немесе\b|ұзамай\b|кемінде\b|алмасу|алмаса|жұмсау|орналас)"
_KK_WORDS = r"емес(?!\s*,\s*сонымен)\w*|жоқ\w*|ешкім\w*|ешқандай|ештеңе\w*|ешқашан|тыйым\w*|бас тарт\w*|мүмкін емес"
# -ма-, -ме-, -ба-, -бе-, -па-, -пе- and what may follow: -мады, -мейтін, -баған, -пестен, -меу.
_KK_AFTER = (
    "й(?:ды|ді|тын|тін|ды|ді)?|ған|ген|ды|ді|с(?:а|е)?|стан|стен|ңыз|ңіз|йтын|йтін|ғанын|генін|уы|уі|уға|уге|йтыны"
    r"|йтіні|у|ған\w*|ген\w*"
)
_KK_WITHOUT = r"\w{3,}с[ыі]з(?:дан|ден|дық|дік|дығы|дігі)?"
_KK = rf"\b{_KK_OTHER}(?:(?:{_KK_WORDS})\b|\w{{2,}}(?:[мбп][ае](?:{_KK_AFTER}))\b|{_KK_WITHOUT}\b)"
_ZH = (
    "不(?![仅但只过同少断错管光论久])|没(?![收落])|未(?!来|婚|成年|遂)|无(?!锡|线|疑|论)"
    "|非(?!洲|常|政府|法|但|凡|官方|正式)|勿|(?<!囚)(?<!监)禁(?!毒|区|闭)|拒(?!捕)|否(?!则|定)|别(?=[去要再让把])"
    "|免(?!费|签|疫|职|税|除|得)"
)
_TR = (
    r"\b(?:değil\w*|yok\w*|hiç\w*|asla|red(?:detti|deder)\w*|yasak\w*)\b"
    r"|\b\w{2,}m[ae](?:z|dı|di|mış|miş|yacak|yecek)\w*\b"
)
_PATTERNS = {
    language: re.compile(pattern, re.IGNORECASE)
    for language, pattern in (("en", _EN), ("ru", _RU), ("kk", _KK), ("zh", _ZH), ("tr", _TR))
}


def count_negations(text: str, language: str) -> int:
    """Count the words or endings of ``text`` (Chinese in Simplified characters) that negate; 0 in other languages.

    Languages that are known: English, Russian, Kazakh, Chinese, Turkish.
    """
    pattern = _PATTERNS.get(language.split("-")[0])
    return len(pattern.findall(text)) if pattern else 0


# How many characters are looked at; a statement or a source sentence is shorter.
_MOST = 8_000


@lru_cache(maxsize=4096)
def facts_of(text: str, language: str) -> Facts:
    """Find the numbers, dates, names, places and negations of ``text`` in ``language`` (a BCP 47 tag)."""
    folded = with_digits(fold(text[:_MOST]), language)
    dates = find_dates(folded, language)
    spans = tuple((date.start, date.end) for date in dates)
    return Facts(
        text=folded,
        language=language,
        numbers=tuple(find_numbers(folded, language, spans)),
        dates=tuple(dates),
        names=tuple(find_names(folded, language, spans)),
        places=tuple(find_places(folded, language)),
        negations=count_negations(folded, language),
    )


def with_digits(text: str, language: str) -> str:
    """Write in digits the days and years of dates that ``text`` has in words: "двадцать седьмого ноября"."""
    spelt = [n for n in find_numbers(text, language) if not n.text[0].isdigit() and not n.percent]
    for number in reversed(spelt):
        if before_month_or_year(text[number.end : number.end + 24], language):
            text = f"{text[: number.start]}{min(number.values):.0f}{text[number.end :]}"
    return text


def fold(text: str) -> str:
    """Bring ``text`` to one form: no compatibility characters, all digits as 0–9, Chinese in Simplified characters."""
    plain = unicodedata.normalize("NFKC", text)
    digits = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in plain)
    return simplified(digits)
