"""Find places by their names in five languages and scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from babel import Locale, UnknownLocaleError
from babel.core import get_global

from corpus.fulltext import simplified
from rag.facts.types import Place, any_of, caseless, small

# Short forms that CLDR does not list, by identity.
_SHORT_FORMS = {
    "en": {
        "US": "USA, U.S, US, America, American", "GB": "UK, U.K, Britain, British", "EU": "EU, European Union",
        "UN": "UN, United Nations", "HK": "Hong Kong", "KG": "Kirghizia", "Beijing": "Peking, Beijing",
        "TR": "Turkey, Turkish", "KP": "North Korea", "KR": "South Korea", "SU": "Soviet Union, USSR, Soviet",
    },
    "ru": {
        "US": "США, Америка", "GB": "Британия, Великобритания", "UN": "ООН", "CN": "КНР", "KZ": "РК", "RU": "РФ",
        "EU": "ЕС, Евросоюз", "KG": "Кыргызстан", "Beijing": "Пекин", "AE": "ОАЭ", "HK": "Гонконг",
        "SU": "СССР, Советский Союз, советск", "BY": "Белоруссия",
        "KP": "Северная Корея, Северной Кореи, Северной Корее, Северную Корею",
        "KR": "Южная Корея, Южной Кореи, Южной Корее",
    },
    "kk": {
        "US": "АҚШ, Америка", "GB": "Британия, Ұлыбритания", "UN": "БҰҰ", "CN": "ҚХР", "KZ": "ҚР",
        "EU": "ЕО, Еуроодақ", "Beijing": "Бейжің, Пекин", "AE": "БАӘ", "HK": "Гонконг", "SU": "КСРО, Кеңес Одағы",
        "KP": "Солтүстік Корея", "KR": "Оңтүстік Корея",
    },
    "zh": {
        "US": "美国, 美方", "GB": "英国", "UN": "联合国", "EU": "欧盟", "Beijing": "北京", "SU": "苏联",
        "KZ": "哈国, 哈方, 哈萨克", "CN": "中方, 中共", "RU": "俄方, 俄国", "HK": "香港", "UZ": "乌兹别克",
        "TJ": "塔吉克", "KG": "吉尔吉斯", "TM": "土库曼", "ID": "印尼", "MY": "大马", "TW": "台湾",
    },
    "tr": {
        "US": "ABD, Amerika", "GB": "İngiltere", "UN": "BM", "EU": "AB", "Beijing": "Pekin",
    },
}  # fmt: skip
ALIASES = {
    language: {name: identity for identity, names in short.items() for name in names.split(", ")}
    for language, short in _SHORT_FORMS.items()
}
# Words for a language after its name, or the ending of the adjective that names it.
_LANGUAGE_WORD = re.compile(r"\s+(?:тілі|dili)$|[语語文]$|ский$|цкий$", re.IGNORECASE)
_BRACKETS = re.compile(r"\s*[(（].*?[)）]")
_TITLE = re.compile(r"^中[国國](香港|澳[门門])特[别別]行政[区區]$|\s+SAR China$| АӘА$")
_IGNORED = {"001", "ZZ", "EZ", "QO", "XA", "XB"}  # the world, and what is no place
# Countries whose people and language have one name.
_NATIONS = "CN KZ RU UZ KG TJ TM MN TR JP KR FR DE IT PL UA GR VN TH IR GE AM AZ MY ID".split()
# The country of a language where CLDR's likeliest one is another, and the languages of peoples without a country.
_HOMES = {"en": "GB", "kk": "KZ", "zh": "CN", "ky": "KG", "tr": "TR"}
_STATELESS = ("ug", "ar", "he", "ku", "bo")
_SHORTEST_PEOPLE = 4


@cache
def places_of(base: str) -> tuple[tuple[str, str], ...]:
    """Return countries, regions and cities in a language as (identity, name).

    The identity of a country is its ISO code, that of a city its English name.
    """
    found = [pair for locale in _locales(base) for pair in (*_territories(locale), *_cities(locale))]
    if base == "en":
        # English names its cities as the zones do, so its own locale lists few of them.
        found += [(city, city) for locale in _locales("ru") for city in map(_city, filter(_is_city, locale.time_zones))]
    if base == "zh":
        found = [(identity, simplified(name)) for identity, name in found]
    return tuple(dict.fromkeys(found))


def _territories(locale: Locale) -> Iterator[tuple[str, str]]:
    for code, name in locale.territories.items():
        if code not in _IGNORED:
            yield code, _plain(name)


def _cities(locale: Locale) -> Iterator[tuple[str, str]]:
    """Yield the cities that time zones are named after, as (identity, name)."""
    for zone, names in locale.time_zones.items():
        if _is_city(zone) and "city" in names:
            yield _city(zone), _plain(names["city"])


def _is_city(zone: str) -> bool:
    return zone.count("/") == 1 and not zone.startswith("Etc/")


def _city(zone: str) -> str:
    return zone.split("/")[-1].replace("_", " ")


def _plain(name: str) -> str:
    """Return a name without what stands in brackets and without the words of an official title."""
    return _TITLE.sub(r"\1", _BRACKETS.sub("", name)).strip()


@cache
def peoples_of(base: str) -> dict[str, str]:
    """Return the identity for each name of a language, which is the name of a people too.

    It is that of their country, where they have one.
    """
    home = _homes()
    names: dict[str, str] = {}
    for locale in _locales(base):
        for code in (*home, *_STATELESS):
            name = locale.languages.get(code)
            stem = _people(name, base) if name else ""
            if stem:
                stem = f"{stem}族" if base == "zh" and code in home else stem
                names.setdefault(small(stem), home.get(code, f"people:{code}"))
    return names


def _homes() -> dict[str, str]:
    """Return the country of the people that speaks each language, by the language's code."""
    likely = get_global("likely_subtags")
    return {likely.get(f"und_{code}", "und").split("_")[0]: code for code in _NATIONS} | _HOMES


def _people(language: str, base: str) -> str:
    """Return what the name of a language has in common with that of its people; empty where that is too little."""
    stem = _LANGUAGE_WORD.sub("", language)
    if base == "ru" and stem != language and len(stem) <= _SHORTEST_PEOPLE:
        return stem + language[len(stem) : len(stem) + 1]
    if base == "zh":
        stem = simplified(stem)
        return stem if len(stem) > 1 else ""
    return stem


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
    """Return the names of countries and cities as Chinese spells them, in Simplified characters."""
    return tuple(name for identity, name in places_of("zh") if len(name) >= 3 and not identity.isdigit())


# 中哈两国, 美俄: countries by one character, two or more together.
_HAN_SINGLE = {
    "中": "CN", "哈": "KZ", "俄": "RU", "美": "US", "英": "GB", "法": "FR", "德": "DE", "日": "JP", "韩": "KR",
    "印": "IN", "吉": "KG", "塔": "TJ", "乌": "UZ", "土": "TR", "欧": "EU", "蒙": "MN",
}  # fmt: skip
_HAN_PAIR = re.compile(
    rf"(?<![\u4e00-\u9fff])?([{''.join(_HAN_SINGLE)}]{{2,4}})"
    "(?=[两双三四各]|关系|边境|之间|合作|协定|协议|条约|签|口岸|互免|领事)"
)
_CASES = frozenset("ru uk pl cs".split())
_SHORTEST = 4
_LONG = _SHORTEST + 2


def find_places(text: str, language: str) -> list[Place]:
    """Find the places that ``text`` (Chinese in Simplified characters) names, in order.

    Where names overlap, the longest one counts, and one in the text's language before one in English.
    """
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
        key = caseless(match[1])
        word = match[0]
        if base != "zh" and not word[:1].isupper() and key not in _people_keys(base) and not _is_adjective(word, base):
            continue
        yield Place(names[key], *match.span())
    if base == "zh":
        for match in _HAN_PAIR.finditer(text):
            for offset, character in enumerate(match[1]):
                yield Place(_HAN_SINGLE[character], match.start(1) + offset, match.start(1) + offset + 1)


def _is_adjective(word: str, base: str) -> bool:
    """Return whether a word is the adjective of a place, which Russian writes without a capital."""
    return base == "ru" and "ск" in word


@cache
def _gazetteer(base: str) -> tuple[dict[str, str], re.Pattern[str]]:
    """Return the identities of places by name, whatever its capitals, and a pattern that finds the names.

    Names are cut where cases change them.
    """
    names: dict[str, str] = {}
    for identity, name in places_of(base):
        stem = small(_stem(name, base))
        if stem:
            names.setdefault(stem, identity)
    names |= {stem: identity for stem, identity in peoples_of(base).items() if stem not in names}
    names |= {small(_stem(name, base)): identity for name, identity in ALIASES.get(base, {}).items()}
    if base == "zh":
        return names, re.compile(f"({any_of(names)})")
    short = any_of(name for name in names if len(name) < _SHORTEST) or "(?!)"
    long = any_of(name for name in names if len(name) >= _SHORTEST) or "(?!)"
    # Long names may have endings, after a hyphen too.
    ending = r"[\w’']*(?-i:-[a-zа-яёәғқңөұүһі]+)?"
    pattern = rf"\b(?=({long}|(?:{short})\b))(?:(?:{long}){ending}|(?:{short}))"
    return {caseless(name): identity for name, identity in names.items()}, re.compile(pattern, re.IGNORECASE)


@cache
def _people_keys(base: str) -> frozenset[str]:
    return frozenset(map(caseless, peoples_of(base)))


def _stem(name: str, base: str) -> str:
    """Return a name without the ending that cases change."""
    if base == "ru" and name.endswith(tuple("йаяоеьиы")) and len(name) > _SHORTEST:
        return name[:-1]
    return name[:-1] if base in _CASES and len(name) > _LONG and name.endswith(tuple("аяйьо")) else name
