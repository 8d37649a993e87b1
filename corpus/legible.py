"""How well a text reads as language: what tells the right decoding of a file from the others.

The same bytes make a text under many code pages, and in one of them it is written in a language. What a text is
worth is the logarithm of its probability in the best of the languages that a code page was made for, line by line:
for alphabets by pairs of letters, as CLDR's names of languages, places and currencies have them; for Chinese,
Japanese and Korean by how common its characters are.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise

from babel import Locale

# Worth in nats. A mark is one of good typography, a symbol any other sign that a text may have.
_FOREIGN_LETTER = -11.0
_MARK = -4.5
_SYMBOL = -9.0
_ODD_SYMBOL = -13.0
_FRAME = -7.0
_NO_TEXT = -20.0
_BROKEN_CASE = -5.0
_GLUED = -6.0
_CHANGE_OF_SCRIPT = -2.0
_SHARE_OF_PAIRS = 0.8

_MARKS = frozenset("«»“”„‘’‚‹›–—…№§°·•€£©®™¿¡\u00a0،؛؟؛״׳־ๆฯ，。、；：？！「」『』《》【】（）〈〉　")
_LETTERS = re.compile(r"[^\W\d_](?:[^\W\d_]|[\u0300-\u036f\u0e31-\u0e4e\u064b-\u0652])*")
# What stands between ASCII signs other than letters: where it is ASCII throughout, every code page has it alike.
_TOKEN = re.compile(r"[^\x00-\x40\x5b-\x60\x7b-\x7f]+")
_UNCASED = re.compile("[\u0590-\u07ff\u0e00-\u0e7f\u1100-\u11ff\u2e80-\ud7af\uf900-\ufaff\uff66-\uffdc]")
# A frame's line is one sign, however long.
_RULE = re.compile("([\u2500-\u257f])\\1{2,}")
# A sign in the middle of a word, or a frame beside one.
_GLUE = re.compile(
    "(?<=[^\\W\\d_])[^\\w\\s\x00-\xbf\u2010-\u2022\u3000-\u303f](?=[^\\W\\d_])|(?<=[^\\W\\d_])[\u2500-\u257f]"
)
_LONGEST_LINE = 300

_HAN_USUAL = (
    "的一是不了人在有我他这中大来上国个到说们为子和你地出会也时要就可以对生能而那得于着下自之年过发后作里用道行所然家种事成方"
    "多经去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十民第公此已工使情明性"
    "知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次"
    "度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反受目太量再感建"
    "務這來國個說們為會時對過發後裡經學現當沒動開無長機與關點業將兩間問戰頭體見產給門員論處義認條氣題爾別變總電數報結"
)
_KANJI_USUAL = (
    "日一国人年大十二本中長出三時行見月分後前生五間上東四今金九入学高円子外八六下来気小七山話女北午百書先名川千水半男西電校語"
    "土木聞食車何南万毎白天母火右読友左休父雨会同事自社発者地業方新場員立開手力問代明動京目通言理体田主題意不作用度強公持野以"
    "思家世多正安院心界教文元重近考画海売知道集別物使品計死特私始朝運終台広住無真有口少町料工建空急止送切転研足究楽起着店病質"
)
_HANGUL_USUAL = (
    "이다는의에을가고하를로은한지도기사자어대리인서시그정아나들과으있일해수여부것전공장상보라게만주제스경원구성관조동안유문적세우"
    "했소년비신생면학선위와중때방국무연오까회민모화진할실개내교야였습니며데차물계간거니음명않더된말용분까법요및산단없되려행월본식"
)
# Frequent words with letters beyond ASCII, which names have too few of; Thai names are mostly foreign words.
_FREQUENT = {
    "it": "è è è perché più può già così città però né là lì sarà qualità università attività società metà",
    "fr": "à à été être où même très après déjà là français année près première était",
    "es": "más también está años él sí según después qué así había país será sólo día",
    "pt": "não não é é são à também está até já só há você três será às nós anos",
    "de": "für über können müssen wäre während größe straße hätte würde können später",
    "sv": "är för och på så när då från även två år över också något", "da": "på så når også får være år før måtte",
    "nb": "på så når også får være år før måtte", "fi": "että tämä myös mitä sitä hän jälkeen enää tällä",
    "nl": "één reünie geïnteresseerd coördinatie ideeën zeeën", "en": "café naïve résumé façade cliché fiancé",
    "pl": "się że są już także które może był jeszcze również będzie więc",
    "th": (
        "ที่และของเป็นใน การได้มีให้ไม่จะว่านี้กับแต่หรือ คนในวันเมื่อนั้นอยู่จากแล้วซึ่งต้อง กว่ามากที่สุด ความที่เขาได้ทำ ขึ้นไปโดยผู้อื่น"
        " เพื่อให้ประชาชนในพื้นที่ทราบ ปีนี้น้ำท่วมบ้านเรือน รถยนต์ถูกเปิดใช้งานครั้งแรก ชาวบ้านหลายคนรออยู่ เด็กและผู้หญิงเข้าร่วม"
    ),
}  # fmt: skip
_FREQUENT_TIMES = 6


@dataclass(frozen=True, slots=True)
class Language:
    """What characters are worth in a language: each ``letters``, and ``pairs`` of them where it has an alphabet.

    ``usual`` is what a character of an ordinary text is worth on average.
    """

    usual: float
    letters: Mapping[str, float]
    pairs: Mapping[str, float]
    is_latin: bool = False

    def worth(self, word: str) -> float:
        """Return what a word is worth that stands between two spaces."""
        total = 0.0
        for before, after in pairwise(f" {word} "):
            value = self.pairs.get(before + after)
            total += self.letters.get(after, _FOREIGN_LETTER) if value is None else value
        return total


@cache
def language_of(tag: str) -> Language:
    """Return the language with that tag: ``zh-Hans``, ``zh-Hant``, ``ja``, ``ko``, or a name of CLDR's."""
    if tag in ("zh-Hans", "zh-Hant"):
        return _chinese("gb2312" if tag == "zh-Hans" else "big5")
    if tag == "ja":
        return _japanese()
    return _korean() if tag == "ko" else _alphabetic(tag)


def _alphabetic(tag: str) -> Language:
    counts: Counter[str] = Counter()
    for name in _names(tag):
        for word in _LETTERS.findall(unicodedata.normalize("NFC", name)):
            counts.update(map("".join, pairwise(f" {word.lower()} ")))
    first: Counter[str] = Counter()
    second: Counter[str] = Counter()
    for pair, count in counts.items():
        first[pair[0]] += count
        second[pair[1]] += count
    total = counts.total()
    lone = 1 - _SHARE_OF_PAIRS
    letters = {letter: math.log(lone * count / total) for letter, count in second.items()}
    pairs = {
        pair: math.log(_SHARE_OF_PAIRS * count / first[pair[0]] + lone * second[pair[1]] / total)
        for pair, count in counts.items()
    }
    usual = sum(pairs[pair] * count for pair, count in counts.items()) / total
    return Language(usual, letters, pairs, is_latin=second["a"] > 0.02 * total)


def _names(tag: str) -> Iterator[str]:
    locale = Locale.parse(tag)
    for names in (locale.languages, locale.territories, locale.scripts, locale.currencies):
        yield from map(str, names.values())
    for calendar in (locale.months, locale.days):
        yield from map(str, calendar["format"]["wide"].values())
    yield from _FREQUENT.get(tag, "").split() * _FREQUENT_TIMES


def _chinese(encoding: str) -> Language:
    rows = range(0xB0, 0xD8) if encoding == "gb2312" else range(0xA4, 0xC7)
    in_use = dict.fromkeys(_rows(encoding, rows), -7.8)
    usual = {c: -5.0 for c in _HAN_USUAL if c in in_use}
    return Language(-6.2, in_use | usual | {" ": 0.0}, {})


def _japanese() -> Language:
    letters = dict.fromkeys(_rows("euc_jp", range(0xB0, 0xD0)), -8.0)
    letters |= dict.fromkeys(_KANJI_USUAL, -5.5)
    letters |= {chr(code): -3.7 for code in range(0x3041, 0x3094)}
    letters |= {chr(code): -5.0 for code in range(0x30A1, 0x30F7)}
    return Language(-5.0, letters | {"ー": -4.5, "々": -7.0, " ": 0.0}, {})


def _korean() -> Language:
    letters = dict.fromkeys(_rows("euc_kr", range(0xB0, 0xC9)), -8.0)
    return Language(-5.5, letters | dict.fromkeys(_HANGUL_USUAL, -4.6) | {" ": -1.0}, {})


def _rows(encoding: str, leads: Iterable[int]) -> Iterator[str]:
    """Yield the characters of some rows of a two-byte character set."""
    for lead in leads:
        for trail in (*range(0x40, 0x7F), *range(0xA1, 0xFF)):
            yield from bytes((lead, trail)).decode(encoding, "ignore")[:1]


def worth_of(text: str, tags: Sequence[str]) -> tuple[float, float]:
    """Return what a text is worth in the best of some languages for each line, and what it usually would be worth.

    Words in ASCII letters alone count for the choice of a language only: they are the same in every code page.
    """
    worth = expected = 0.0
    for line in _lines(unicodedata.normalize("NFC", text)):
        marked = " ".join(token for token in _TOKEN.findall(line) if not token.isascii())
        words = _LETTERS.findall(marked.lower())
        all_words = _LETTERS.findall(line.lower())
        best = max((language_of(tag) for tag in tags), key=lambda language: sum(map(language.worth, all_words)))
        signs = [_worth_of_sign(c) for c in _LETTERS.sub("", line)]
        worth += sum(map(best.worth, words)) + sum(signs) + _GLUED * len(_GLUE.findall(line))
        worth += _BROKEN_CASE * sum(map(_breaks, _LETTERS.findall(marked)))
        if not best.is_latin:
            worth += _CHANGE_OF_SCRIPT * sum(a != b for a, b in pairwise(c.isascii() for c in line if c.isalpha()))
        expected += best.usual * sum(len(word) + bool(best.pairs) for word in words) + _MARK * signs.count(_MARK)
    return worth, expected


def _lines(text: str) -> Iterator[str]:
    for whole in text.split("\n"):
        line = _RULE.sub(r"\1", whole)
        if not line.isascii():
            yield from (line[at : at + _LONGEST_LINE] for at in range(0, len(line), _LONGEST_LINE))


@lru_cache(4096)
def _worth_of_sign(c: str) -> float:
    if c.isascii():
        return 0.0 if c.isprintable() or c in "\t\r\n\f" else _NO_TEXT
    if c in _MARKS:
        return _MARK
    if "\u2500" <= c <= "\u257f":
        return _FRAME
    category = unicodedata.category(c)
    if category in ("Cc", "Cn", "Co", "Cs") or c == "\ufffd":
        return _NO_TEXT
    return _ODD_SYMBOL if category in ("Sm", "So", "Sk", "Mn", "Cf") else _SYMBOL


def _breaks(word: str) -> int:
    """Return how often small and capital letters follow each other as they never do in a word."""
    if word.isascii() or _UNCASED.match(word):
        return 0
    cases = [c.isupper() for c in word]
    return sum(before != after for before, after in pairwise(cases[1:])) + (not cases[0] and any(cases[1:2]))
