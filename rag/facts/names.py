"""Find names of persons and organisations; in Chinese, where nothing sets them apart, by their surnames."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache

import regex
from babel import Locale
from rjieba import Jieba

from rag.facts.places import foreign_names
from rag.facts.types import Name

_HAN_RUN = re.compile(r"[\u3400-\u9fff]+")
_DOTS = "·・‧•"
_NAME_TAGS = ("nr", "ns", "nt")
_LOOSE_TAGS = frozenset("b ng rg ag tg vg g j zg q".split())
_LONGEST_JOINED, _LONGEST_LOOSE = 4, 2
# Words that the dictionary takes for names but that are none.
_NO_NAME = frozenset(
    "与 和 及 对 在 是 以 从 陈述 华 汉 中方 哈方 双方 博 和平 文件 高 白 明确 金 安 全 方 同 项".split()
)  # fmt: skip
# One-character words with which no name begins, though they may stand right before one.
_NO_BEGINNING = frozenset("是为有对由把被向")
# The hundred commonest family names, and some more.
_SURNAMES = frozenset(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
    "余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
    "习庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂丛焦向柳邢路岳齐沿"
)
# Characters that spell foreign names, but seldom: mostly they are words.
_NO_SPELLING = frozenset("和国大中新南北东西群岛市港本行政区海洋山洲角关危公上下外年日明开光共小平汉联合")
_PLACE_ENDING = re.compile("(?:自治)?[市县州区省镇村]$")
_OFFICES = (
    "书记|主席|总统|总理|部长|大使|外长|发言人|[省州市局会院校]长|教授|律师|记者|先生|女士|议员|将军|代表|秘书长|检察长"
    "|司令|专家|学者|主任"
)
# A family name after an office is a person, whatever words the given name may be.
_OFFICE = re.compile(
    f"(?:{_OFFICES})([{''.join(sorted(_SURNAMES))}][\u4e00-\u9fff]{{1,2}})"
    "(?=[，。、；：（）和与同及的在认说称向对就于将曾已表会指则也又还并是为从到,;()”]|$)"
)


def han_names(text: str) -> Iterator[Name]:
    """Yield the names of a text in Simplified characters."""
    if not _HAN_RUN.search(text):
        return
    persons = [match.span(1) for match in _OFFICE.finditer(text)]
    for start, end in persons:
        yield Name(text[start:end], start, end)
    for start, end in _tagged(text):
        if not any(start < b and a < end for a, b in persons):
            yield Name(text[start:end], start, end)


def _tagged(text: str) -> list[tuple[int, int]]:
    """Return the spans of words tagged as names, joined to their neighbours and across a middle dot."""
    joined: list[tuple[int, int]] = []
    end = 0
    before = ""
    dotted = False  # the last name goes on after its dot
    for word, tag in segmenter().tag(text, True):
        start, end = end, end + len(word)
        glued = bool(joined) and joined[-1][1] == start
        if word in _DOTS:
            dotted = glued
            if glued:
                joined[-1] = (joined[-1][0], end)
            continue
        if glued and _goes_on(word, tag, dotted=dotted):
            joined[-1] = (joined[-1][0], end)
        elif _is_word(word) and (tag.startswith(_NAME_TAGS) or tag in _LOOSE_TAGS):
            # 托|卡耶夫: the segmenter sometimes cuts the first syllable off.
            begins = start - len(before) if tag.startswith("nr") and _may_begin(before) else start
            joined.append((begins, end))
        dotted = False
        before = word
    return [(start, end) for start, end in joined if end - start >= 2]


def _is_word(word: str) -> bool:
    return bool(_HAN_RUN.fullmatch(word)) and word not in _NO_NAME


def _goes_on(word: str, tag: str, *, dotted: bool) -> bool:
    """Return whether a word right after a name belongs to it."""
    if not _is_word(word):
        return False
    is_name = tag.startswith(_NAME_TAGS) and len(word) <= _LONGEST_JOINED
    return dotted or is_name or (tag in _LOOSE_TAGS and len(word) <= _LONGEST_LOOSE)


def _may_begin(word: str) -> bool:
    """Return whether a word of one character may be the first syllable of a foreign name."""
    return len(word) == 1 and word in _spelling_characters() - _NO_NAME - _NO_BEGINNING


@cache
def segmenter() -> Jieba:
    """Return the segmenter that splits Chinese into words, loaded once."""
    return Jieba()


def is_spelt_han(name: str) -> bool:
    """Return whether a name in Chinese characters spells a sound (托卡耶夫) or is a person's (王毅)."""
    if any(dot in name for dot in _DOTS):
        return True
    bare = _PLACE_ENDING.sub("", name)
    if _is_sound(name, 3) or (bare != name and _is_sound(bare, 2)):
        return True
    tags = segmenter().tag(name, True)
    is_person = len(tags) == 1 and tags[0][1].startswith("nr")
    return name[0] in _SURNAMES and ((2 <= len(name) <= 3 and is_person) or (len(name) == 3 and len(tags) > 1))


def _is_sound(name: str, least: int) -> bool:
    return len(name) >= least and all(c in _spelling_characters() for c in name)


@cache
def _spelling_characters() -> frozenset[str]:
    """Return the characters that spell foreign names: those of cities and countries that CLDR names in Chinese."""
    counts = Counter(c for name in foreign_names() for c in set(name))
    return frozenset(c for c, n in counts.items() if n >= 2) - _NO_SPELLING


_LETTER = r"[\p{L}\p{M}--[\u2e80-\u9fff\u3040-\u30ff\uac00-\ud7af]]"
_WORD = rf"\p{{Lu}}(?:{_LETTER}|[’'ʼ](?={_LETTER}))*(?:[-–]{_LETTER}(?:{_LETTER}|[’'](?={_LETTER}))*)*"
_PARTICLE = r"(?:\s+(?:of|the|for|de|da|du|la|von|van|bin|ibn|al|el|ul|ad|as))+"
_RUN = regex.compile(rf"(?<!{_LETTER}|\p{{N}}){_WORD}(?:(?:{_PARTICLE})?\s+{_WORD})*", regex.VERSION1)
_FIRST = regex.compile(_WORD, regex.VERSION1)
_SENTENCE_START = re.compile(r"(?:^|[.!?…。！？:：;]\s*|\n)[\s«“\"'(「『—–-]*$")
# Words that may have a capital, before a name or at the start of a sentence, and are no names.
_TITLES = frozenset(
    (
        "mr mrs ms dr prof president minister ambassador the a an in on at it he she they this that these"
        " those according however but and when after before both from for by as if its their his her i we"
        " you no not there since during"
    ).split()
)


def find_names(text: str, language: str, dates: tuple[tuple[int, int], ...] = ()) -> list[Name]:
    """Find the names of ``text`` (Chinese in Simplified characters), in order; none within the spans of ``dates``."""
    found = [*_capitalised(text), *han_names(text)]
    kept = [n for n in found if not any(n.start < end and start < n.end for start, end in dates)]
    return sorted(kept, key=lambda name: name.start)


def _capitalised(text: str) -> Iterator[Name]:
    for match in _RUN.finditer(text):
        start, end = match.span()
        words = [w.span() for w in _FIRST.finditer(text[start:end])]
        at_start = bool(_SENTENCE_START.search(text[max(0, start - 6) : start]) or start == 0)
        first = text[start + words[0][0] : start + words[0][1]]
        certain = True
        if at_start:
            if first.lower() in _TITLES and len(words) > 1:
                start += words[1][0]
            elif len(words) == 1:
                certain = False
        name = text[start:end]
        if name.lower() in _TITLES or name.lower() in _weekdays() or (len(name) < 2 and not name.isupper()):
            continue
        yield Name(name, start, end, certain)


@cache
def _weekdays() -> frozenset[str]:
    names = (n for width in ("wide", "abbreviated") for n in Locale.parse("en").days["format"][width].values())
    return frozenset(name.lower() for name in names)


def words_of(text: str, language: str) -> tuple[list[str], str]:
    """Return the words of ``text`` (Chinese in Simplified characters) in order, and what joins them."""
    if language.startswith("zh"):
        return [word for word in segmenter().cut(text) if regex.search(r"\w", word)], ""
    return regex.findall(r"[\p{L}\p{M}\p{N}]+(?:[’'-][\p{L}\p{M}\p{N}]+)*", text), " "
