"""Countries, their capitals and large cities, and peoples, by the names that CLDR has for them in each language.

Names that are translated and not spelt out (Beijing, Пекин, Бейжің; 美国, АҚШ, United States) cannot be told by sound:
here they have one identity in every language. The data are Unicode's, through Babel.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from babel import Locale, UnknownLocaleError
from babel.core import get_global

from corpus.fulltext import simplified
from rag.facts.types import Place

# Short forms in daily use that CLDR does not list.
_ALIASES = {
    "en": {"USA": "US", "U.S": "US", "US": "US", "America": "US", "UK": "GB", "U.K": "GB", "Britain": "GB", "British": "GB",
           "American": "US", "EU": "EU", "UN": "UN", "United Nations": "UN", "European Union": "EU", "Hong Kong": "HK",
           "Kirghizia": "KG", "Peking": "Beijing", "Beijing": "Beijing", "Turkey": "TR", "North Korea": "KP", "South Korea": "KR", "Turkish": "TR", "Soviet Union": "SU", "USSR": "SU", "Soviet": "SU"},
    "ru": {"США": "US", "Америка": "US", "Британия": "GB", "ООН": "UN", "КНР": "CN", "РК": "KZ", "РФ": "RU", "ЕС": "EU",
           "Евросоюз": "EU", "Кыргызстан": "KG", "Пекин": "Beijing", "ОАЭ": "AE", "Гонконг": "HK", "СССР": "SU",
           "Советский Союз": "SU", "советск": "SU", "Белоруссия": "BY", "Северная Корея": "KP", "Северной Кореи": "KP", "Северной Корее": "KP", "Северную Корею": "KP",
           "Южная Корея": "KR", "Южной Кореи": "KR", "Южной Корее": "KR", "Великобритания": "GB"},
    "kk": {"АҚШ": "US", "Америка": "US", "Британия": "GB", "БҰҰ": "UN", "ҚХР": "CN", "ҚР": "KZ", "ЕО": "EU", "Еуроодақ": "EU",
           "Бейжің": "Beijing", "Пекин": "Beijing", "БАӘ": "AE", "Гонконг": "HK", "КСРО": "SU", "Солтүстік Корея": "KP", "Оңтүстік Корея": "KR", "Ұлыбритания": "GB", "Кеңес Одағы": "SU"},
    "zh": {"美国": "US", "英国": "GB", "联合国": "UN", "欧盟": "EU", "北京": "Beijing", "苏联": "SU", "哈国": "KZ", "哈方": "KZ",
           "中方": "CN", "俄方": "RU", "美方": "US", "香港": "HK", "俄国": "RU", "中共": "CN", "哈萨克": "KZ", "乌兹别克": "UZ",
           "塔吉克": "TJ", "吉尔吉斯": "KG", "土库曼": "TM", "印尼": "ID", "大马": "MY", "台湾": "TW"},
    "tr": {"ABD": "US", "Amerika": "US", "İngiltere": "GB", "BM": "UN", "AB": "EU", "Pekin": "Beijing"},
}  # fmt: skip
# 中哈两国, 美俄: countries by one character, two or more together.
_HAN_SINGLE = {"中": "CN", "哈": "KZ", "俄": "RU", "美": "US", "英": "GB", "法": "FR", "德": "DE", "日": "JP", "韩": "KR",
               "印": "IN", "吉": "KG", "塔": "TJ", "乌": "UZ", "土": "TR", "欧": "EU", "蒙": "MN"}  # fmt: skip
_HAN_PAIR = re.compile(
    rf"(?<![\u4e00-\u9fff])?([{''.join(_HAN_SINGLE)}]{{2,4}})(?=[两双三四各]|关系|边境|之间|合作|协定|协议|条约|签|口岸|互免|领事)"
)
# Words for a language after its name, and what a region's name begins with or ends on.
_LANGUAGE_WORD = re.compile(r"\s+(?:тілі|dili)$|[语語文]$|ский$|цкий$", re.IGNORECASE)
_CASES = {"ru": 2, "uk": 2, "pl": 2, "cs": 2}
_SHORTEST = 4
_IGNORED = {"001", "ZZ", "EZ", "QO", "XA", "XB"}  # the world, and what is no place


def find_places(text: str, language: str) -> list[Place]:
    """The places that ``text`` (Chinese in Simplified characters) names, longest names first taken."""
    base = language.split("-")[0]
    found: list[Place] = []
    taken = bytearray(len(text) + 1)
    for tag in dict.fromkeys((base, "en")):
        for place in sorted(_mentions(text, tag), key=lambda p: p.start - p.end):
            if not any(taken[place.start : place.end]):
                taken[place.start : place.end] = b"\x01" * (place.end - place.start)
                found.append(place)
    return sorted(found, key=lambda place: place.start)


def _mentions(text: str, base: str) -> Iterator[Place]:
    names, pattern = _gazetteer(base)
    for match in pattern.finditer(text):
        key = match[1].lower()
        word = match[0]
        if base != "zh" and not word[:1].isupper() and key not in _peoples(base) and not _is_adjective(word, base):
            continue
        yield Place(names[key], *match.span())
    if base == "zh":
        for match in _HAN_PAIR.finditer(text):
            for offset, character in enumerate(match[1]):
                yield Place(_HAN_SINGLE[character], match.start(1) + offset, match.start(1) + offset + 1)


def _is_adjective(word: str, base: str) -> bool:
    """Adjectives of places are written small in Russian."""
    return base == "ru" and "ск" in word


@cache
def _gazetteer(base: str) -> tuple[dict[str, str], re.Pattern[str]]:
    """Lower-case names, cut where cases change them, to identities, and what finds them."""
    names: dict[str, str] = {}
    for identity, name in _names(base):
        stem = _stem(name, base).lower()
        if stem:
            names.setdefault(stem, identity)
    names |= {stem: identity for stem, identity in _peoples(base).items() if stem not in names}
    names |= {_stem(name, base).lower(): identity for name, identity in _ALIASES.get(base, {}).items()}
    alternatives = "|".join(sorted(map(re.escape, names), key=len, reverse=True))
    if base == "zh":
        return names, re.compile(rf"({alternatives})")
    short = "|".join(sorted((re.escape(n) for n in names if len(n) < _SHORTEST), key=len, reverse=True)) or "(?!)"
    long = "|".join(sorted((re.escape(n) for n in names if len(n) >= _SHORTEST), key=len, reverse=True))
    return names, re.compile(
        rf"\b(?=({long}|(?:{short})\b))(?:(?:{long})[\w’']*(?-i:-[a-zа-яёәғқңөұүһі]+)?|(?:{short}))", re.IGNORECASE
    )


def _stem(name: str, base: str) -> str:
    cut = _CASES.get(base, 0)
    if base == "ru" and re.search(r"[йаяоеьиы]$", name) and len(name) - 1 >= _SHORTEST:
        return name[:-1]
    return name[:-1] if cut and len(name) > _SHORTEST + 2 and name[-1] in "аяйьо" else name


@cache
def _names(base: str) -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, str]] = []
    for locale in _locales(base):
        for code, name in locale.territories.items():
            if code not in _IGNORED:
                found.append((code, _plain(name)))
        for zone, names in locale.time_zones.items():
            city = zone.split("/")[-1].replace("_", " ")
            if zone.count("/") == 1 and not zone.startswith("Etc/") and "city" in names:
                found.append((city, _plain(names["city"])))
    if base == "en":
        zones = {z for locale in _locales("ru") for z in locale.time_zones if z.count("/") == 1 and z[:4] != "Etc/"}
        found += [(z.split("/")[1].replace("_", " "),) * 2 for z in zones]
    if base == "zh":
        found = [(identity, simplified(name)) for identity, name in found]
    return tuple(dict.fromkeys(found))


def _plain(name: str) -> str:
    """A name without what stands in brackets and without the words of an official title."""
    name = re.sub(r"\s*[(（].*?[)）]", "", name)
    return re.sub(r"^中[国國](香港|澳[门門])特[别別]行政[区區]$|\s+SAR China$| АӘА$", r"\1", name).strip()


@cache
def _peoples(base: str) -> dict[str, str]:
    """Names of languages, which are names of peoples too, as those of their country where it has one."""
    likely = get_global("likely_subtags")
    home: dict[str, str] = {}
    for code in ("CN", "KZ", "RU", "UZ", "KG", "TJ", "TM", "MN", "TR", "JP", "KR", "FR", "DE", "IT", "PL", "UA", "GR", "VN",
                 "TH", "IR", "GE", "AM", "AZ", "MY", "ID"):  # fmt: skip
        home[likely.get(f"und_{code}", "und").split("_")[0]] = code
    home |= {"en": "GB", "kk": "KZ", "zh": "CN", "ky": "KG", "tr": "TR"}
    names: dict[str, str] = {}
    for locale in _locales(base):
        for code in (*home, "ug", "ar", "he", "ku", "bo"):
            name = locale.languages.get(code)
            if not name:
                continue
            stem = _LANGUAGE_WORD.sub("", name)
            if base == "ru" and stem != name:
                stem = stem if len(stem) > _SHORTEST else stem + name[len(stem) : len(stem) + 1]
            if base == "zh":
                stem = simplified(stem)
                if len(stem) < 2:
                    continue
                stem = stem + "族" if code in home else stem
            names.setdefault(stem.lower(), home.get(code, f"people:{code}"))
    return names


@cache
def _locales(base: str) -> tuple[Locale, ...]:
    found = []
    for tag in ("zh_Hans", "zh_Hant") if base == "zh" else (base,):
        try:
            found.append(Locale.parse(tag))
        except (UnknownLocaleError, ValueError):
            continue
    return tuple(found)


@cache
def foreign_names() -> tuple[str, ...]:
    """Names of countries and cities as Chinese spells them, in Simplified characters."""
    return tuple(name for identity, name in _names("zh") if len(name) >= 3 and not identity.isdigit())
