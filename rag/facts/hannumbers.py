"""Numbers in Chinese characters: 三十二, 一百二十万, 100万, 1.2亿, 百分之十五, 三分之一, 三成."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.facts.types import Number

_FORMS = "〇零○ 一壹 二贰两 三叁 四肆 五伍 六陆 七柒 八捌 九玖".split()
_DIGITS = {character: value for value, characters in enumerate(_FORMS) for character in characters}
_SMALL = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_LARGE = {"万": 1e4, "亿": 1e8, "兆": 1e12}
_ONE = "".join(_DIGITS)
_ANY = f"{_ONE}十拾百佰千仟万亿兆廿卅"
# Characters for what a number counts, so that 一 in 一些 and 千 in 千万别 are not taken for a number.
_COUNTED = (
    "个名人位项条次年月日号天周国岁届轮件份家点方种级批期章部册页场起架辆艘所座间户口对双组类层倍余多元美坚"
    "港欧英卢镑吨公平米里克英尺亩度秒分小时辈代则句篇支队只头款卷世左右几"
)
_WITH_DIGITS = r"\d[\d,]*(?:\.\d+)?\s?[多余几]?(?:[十百千]?[万亿兆]{1,2}|百(?=[名个人元美]))"
_IN_CHARACTERS = rf"[{_ANY}]+(?:点[{_ONE}]+)?(?:[多余]?[十百千]?[万亿])?"
_NUMBER = re.compile(
    rf"(?P<lead>百分之|千分之)?(?P<value>{_WITH_DIGITS}|{_IN_CHARACTERS})"
    rf"(?P<part>分之(?P<top>[{_ANY}]+|\d+))?(?P<tenth>成(?![立为功员都就果本绩长熟]))?"
)
# Words that begin or end with a numeral and count nothing.
_IDIOMS = re.compile(
    "一带一路|一[些样直定般起切旦方律致时度贯共向再边律番并]|[统唯单逐第之万不同]一(?![十百千万])|十分(?!之)"
    "|千万[别不要]|百姓|四川|三亚|九龙|五角大楼|七星|百货|千方百计|三军|四处|四周|二手|两[岸会院]|万[国能象岁分一]"
    "|百科|千禧|十字|八卦|九州|三明|五金|二维|三维"
)
_BEFORE_ORDINAL = "第"
# Writers use one and two, and leave them out, without counting anything.
_WEAK = 2


def han_numbers(text: str) -> Iterator[Number]:
    """Yield the numbers of a text in Simplified characters: written in characters, or in digits with 万 or 亿."""
    passed = [match.span() for match in _IDIOMS.finditer(text)]
    for match in _NUMBER.finditer(text):
        start, end = match.span()
        if any(a < end and start < b for a, b in passed):
            continue
        raw = match["value"]
        percent = bool(match["lead"] or match["part"] or match["tenth"])
        is_ordinal = text[start - 1 : start] == _BEFORE_ORDINAL
        if not (percent or is_ordinal or _is_number(raw, text[end : end + 1])):
            continue
        value = _value(match)
        if value is None or (value == 1 and not percent):
            continue
        weak = not percent and not any(c.isdigit() and c.isascii() for c in raw) and value <= _WEAK
        yield Number(frozenset({round(value, 6)}), match[0], start, end, percent, weak=weak)


def _value(match: re.Match[str]) -> float | None:
    """Return the value of what was found, shares as percent; None if it has none."""
    value = han_value(match["value"])
    if value is None:
        return None
    if match["lead"]:
        return value if match["lead"] == "百分之" else value / 10
    if match["part"]:
        top = han_value(match["top"])
        return 100 * top / value if value and top is not None else None
    return 10 * value if match["tenth"] else value


def _is_number(raw: str, after: str) -> bool:
    """Return whether numerals are meant as a number: several that form one, or one that counts what follows."""
    if len(raw) > 1 and (raw[0].isdigit() or any(c in _SMALL or c in _LARGE for c in raw[1:])):
        return raw not in ("千万", "百万") or after in _COUNTED
    return bool(after) and after in _COUNTED


def han_value(raw: str) -> float | None:
    """Return the value of numerals, as digits (二〇一九), as counted (三百二十一) or mixed (100万).

    None if they have none.
    """
    raw = re.sub("[,多余几\\s]", "", raw).replace("廿", "二十").replace("卅", "三十")
    whole, _, part = raw.partition("点")
    if part:
        tail = re.match(rf"([{_ONE}]+)([万亿]?)", part)
        fraction = "".join(str(_DIGITS[c]) for c in tail[1]) if tail else ""
        head = han_value(whole)
        if head is None or not tail or not fraction:
            return None
        return float(f"{int(head)}.{fraction}") * _LARGE.get(tail[2], 1)
    if all(c in _DIGITS for c in raw):
        return float("".join(str(_DIGITS[c]) for c in raw)) if len(raw) != 2 or raw[0] in "〇零" else _digits(raw)
    return _counted(raw)


def _digits(raw: str) -> float | None:
    """Return the value of two digits side by side, None where they differ: "三四个" is three or four, no number."""
    return None if raw[0] != raw[1] else float(11 * _DIGITS[raw[0]])


def _counted(raw: str) -> float:
    """Return the value of numerals that multiply.

    Digits with 十, 百 and 千 add up to a section below ten thousand, which 万, 亿 or 兆 closes.
    """
    total, section, current = 0.0, 0.0, 0.0
    seen = False
    for part in re.findall(rf"\d+(?:\.\d+)?|[{_ANY}]", raw):
        if part in _SMALL:
            section += (current if seen else 1) * _SMALL[part]
            current, seen = 0.0, False
        elif part in _LARGE:
            total = _closed(total, section + current, part)
            section, current, seen = 0.0, 0.0, False
        else:
            current, seen = float(_DIGITS.get(part, part)), True
    return total + section + current


def _closed(total: float, section: float, unit: str) -> float:
    """Return the number so far once its section is closed: 三亿五千万 adds, 一万亿 multiplies."""
    if unit == "万" and total >= _LARGE["亿"]:
        return total + section * _LARGE[unit]
    return (total + section or 1) * _LARGE[unit]
