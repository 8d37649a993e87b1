"""Detection of a text's language, as a BCP 47 tag: by script first, then by letters, then by statistics.

A text in more than one script has the language of the one with most letters, and only those count; a short sentence
in another script has the language that its document has in that one.

Scripts written by one language here decide alone. Han without kana is Chinese, and the characters that
only one of its two scripts uses decide between ``zh-Hans`` and ``zh-Hant`` (OpenCC's tables). Cyrillic,
Latin and Arabic texts go to py3langid (Lui and Baldwin, "langid.py", ACL 2012), restricted to the languages
of that script, after letters that only one of them has.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from functools import cache

from opencc import OpenCC
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from corpus.kazakh import has_kazakh_signs, is_kazakh_in_arabic, is_kazakh_in_latin

UNDETERMINED = "und"

_SCRIPTS = {
    "Latn": "A-Za-z\u00aa\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02af\u1e00-\u1eff",
    "Cyrl": "\u0400-\u052f",
    "Arab": "\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufefe",
    "Han": "\u2e80-\u2fdf\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff",
    "Kana": "\u3041-\u30ff\u31f0-\u31ff",
    "Hangul": "\u1100-\u11ff\u3130-\u318f\uac00-\ud7af",
    "Hebr": "\u0590-\u05ff",
    "Deva": "\u0900-\u097f",
    "Beng": "\u0980-\u09ff",
    "Guru": "\u0a00-\u0a7f",
    "Gujr": "\u0a80-\u0aff",
    "Orya": "\u0b00-\u0b7f",
    "Taml": "\u0b80-\u0bff",
    "Telu": "\u0c00-\u0c7f",
    "Knda": "\u0c80-\u0cff",
    "Mlym": "\u0d00-\u0d7f",
    "Sinh": "\u0d80-\u0dff",
    "Thai": "\u0e00-\u0e7f",
    "Laoo": "\u0e80-\u0eff",
    "Tibt": "\u0f00-\u0fff",
    "Mymr": "\u1000-\u109f\uaa60-\uaa7f",
    "Geor": "\u10a0-\u10ff\u1c90-\u1cbf\u2d00-\u2d2f",
    "Ethi": "\u1200-\u139f\u2d80-\u2ddf",
    "Khmr": "\u1780-\u17ff\u19e0-\u19ff",
    "Mong": "\u1820-\u18aa",
    "Armn": "\u0531-\u058f\ufb13-\ufb17",
    "Thaa": "\u0780-\u07bf",
    "Grek": "\u0370-\u03ff\u1f00-\u1fff",
}
_LETTERS = re.compile("|".join(f"(?P<{name}>[{chars}]+)" for name, chars in _SCRIPTS.items()))
# What else may stand inside a word.
_BEYOND = {name: re.compile(f"[^{chars}\u0300-\u036f\u200c'’ʻʼ-]+") for name, chars in _SCRIPTS.items()}
_ONE_LANGUAGE = {
    "Hangul": "ko", "Hebr": "he", "Beng": "bn", "Thai": "th", "Tibt": "bo", "Grek": "el", "Guru": "pa", "Gujr": "gu",
    "Orya": "or", "Taml": "ta", "Telu": "te", "Knda": "kn", "Mlym": "ml", "Sinh": "si", "Laoo": "lo", "Mymr": "my",
    "Geor": "ka", "Ethi": "am", "Khmr": "km", "Mong": "mn-Mong", "Armn": "hy", "Thaa": "dv",
}  # fmt: skip
_LANGUAGES = {
    "Cyrl": ["ru", "kk", "ky", "uk", "be", "bg", "mk", "sr", "mn", "tg", "tt", "uz-Cyrl"],
    "Latn": [
        "en", "de", "fr", "es", "it", "pt", "nl", "sv", "no", "da", "fi", "pl", "cs", "sk", "hu", "ro", "tr", "az",
        "uz", "tk", "id", "vi", "et", "lv", "lt", "sl", "hr", "ca", "sr-Latn", "kk-Latn",
    ],
    "Arab": ["ar", "fa", "ur", "ug", "ps", "ckb", "kk-Arab"],
    "Deva": ["hi", "mr", "ne"],
}  # fmt: skip
# Languages of which a tag names the script, and which are not those of the language's usual one.
_IN_OTHER_SCRIPTS = {
    "kk-arab": "kk-Arab",
    "kk-latn": "kk-Latn",
    "uz-cyrl": "uz-Cyrl",
    "sr-latn": "sr-Latn",
    "mn-mong": "mn-Mong",
}
# Letters that one language of a script has and its neighbours have not.
_TELLING = (
    (re.compile("[әұһ]", re.IGNORECASE), "Cyrl", {"kk", "tt"}),
    (re.compile("[ұ]", re.IGNORECASE), "Cyrl", {"kk"}),
    (re.compile("[ғқ]", re.IGNORECASE), "Cyrl", {"kk", "tg", "uz-Cyrl"}),
    (re.compile("[җ]", re.IGNORECASE), "Cyrl", {"tt"}),
    (re.compile("[їєґ]", re.IGNORECASE), "Cyrl", {"uk"}),
    (re.compile("[ӣҷӯ]", re.IGNORECASE), "Cyrl", {"tg"}),
    (re.compile("[ҳ]", re.IGNORECASE), "Cyrl", {"tg", "uz-Cyrl"}),
    (re.compile("[јљњћђџѓќѕ]", re.IGNORECASE), "Cyrl", {"sr", "mk"}),
    # In Bulgarian and Macedonian no hard sign stands before these letters.
    (re.compile("ъ[еёюя]", re.IGNORECASE), "Cyrl", {"ru", "kk", "ky", "mn", "tt", "tg"}),
    (re.compile("[ыэё]", re.IGNORECASE), "Cyrl", {"ru", "be", "kk", "ky", "mn", "tt", "tg", "uz-Cyrl"}),
    (re.compile("[ټډړښڅځڼۍ]"), "Arab", {"ps"}),
    (re.compile("[ێڕڵ]"), "Arab", {"ckb"}),
    (re.compile("[ېۋۇۆۈەڭ]"), "Arab", {"ug"}),
    (re.compile("[ٹڈڑےں]"), "Arab", {"ur"}),
)
# Uzbek writes ў and neither ы nor і; Belarusian, which has ў too, both.
_UZBEK = re.compile("(?!.*[ыіә]).*ў", re.IGNORECASE | re.DOTALL)
# Serbian in Latin letters differs from Croatian in the vowel of old words, and in some words.
_SERBIAN = re.compile(
    r"\b(?:vrem(?:e|en\w+)|re(?:ka|ke|ku|ci)|mest[aou]|dec[aeu]|dve|posle|uvek|svet[au]?|gde|ovde|hiljad\w+|šta"
    r"|celi|cel[aou]|ceo|pre|sneg\w*|vesti?|mlek[ao]|čove[kč]\w*|videti|avgust\w*"
    r"|(?:septemb|oktob|novemb|decemb)(?:ar|r[au])|januara?)\b"
)
_CROATIAN = re.compile(
    r"\b(?:vrijem\w+|rije(?:ka|ke|ku|ci)|mjest[aou]|djec[aeu]|dvije|poslije|uvijek|svijet\w*|gdje|ovdje|tisuć\w+|što"
    r"|cijel\w+|prije|snijeg\w*|vijesti?|mlijek[ao]|čovjek\w*|vidjeti|(?:kolovoz|ruj|listopad|studen|prosin|siječ)\w+)\b"
)
_CYRILLIC_TURKIC = re.compile("[әғқңөұүһіӘҒҚҢӨҰҮҺІ]")
_CORNER_QUOTES = re.compile("[「」『』]")
# In a text of a known language, a sentence is taken to be in it if this share of it is in that language's script.
_MIXED_SHARE = 0.3
# Fewer letters than this are too few to overrule the language of the text around them.
_FEW_LETTERS = 40
# Where its document has a language in the sentence's main script too, it is that one's unless the two are this even.
_EVEN_SHARE = 0.95
_MAX_TEXT = 4000
_MAX_DOCUMENT = 400_000
_TAG = re.compile(r"([A-Za-z]{2,3})((?:[-_][A-Za-z0-9]{1,8}){0,4})")


def detect_language(text: str, default: str = UNDETERMINED, in_scripts: Mapping[str, str] | None = None) -> str:
    """Return the language of ``text``; ``default`` if there is too little to go by.

    A default of the detected language's family (``zh-Hant`` for a Chinese text without a telling
    character) is kept. ``in_scripts`` is what `languages_in_scripts` tells of the document: a short
    text in another script than the default's is taken to be in that language.
    """
    text = text[:_MAX_TEXT]
    counts = _letters(text)
    # A Han or kana character says about as much as a few letters do: names in Latin letters are long.
    for name in ("Han", "Kana", "Hangul"):
        counts[name] *= 3
    script, weight = counts.most_common(1)[0] if counts else ("", 0)
    if weight < 2:
        return default
    around = in_scripts or {}
    expected = _script_of(default)
    if expected and counts[expected] >= (_EVEN_SHARE if script in around else _MIXED_SHARE) * weight:
        script = expected  # a sentence of a known text that holds foreign names is still of that text
    if script == "Kana" or (script == "Han" and counts["Kana"] > 0.1 * counts["Han"]):
        return "ja"
    if script != expected:
        default = around.get(script, default)
    if script == "Han":
        return _chinese(text, default)
    return _ONE_LANGUAGE.get(script) or _by_statistics(_BEYOND[script].sub(" ", text), script, default)


def languages_in_scripts(text: str) -> dict[str, str]:
    """Return the language that a document has in each script of which it has enough letters to tell."""
    found: dict[str, list[str]] = {}
    sizes: Counter[str] = Counter()
    for match in _LETTERS.finditer(text[:_MAX_DOCUMENT]):
        script = str(match.lastgroup)
        if sizes[script] < _MAX_TEXT:
            found.setdefault(script, []).append(match.group())
            sizes[script] += len(match.group())
    return {
        script: detect_language(" ".join(words))
        for script, words in found.items()
        if script in _LANGUAGES and sizes[script] >= _FEW_LETTERS
    }


def _letters(text: str) -> Counter[str]:
    """Return how many letters of each script the text has."""
    counts: Counter[str] = Counter()
    for match in _LETTERS.finditer(text):
        counts[str(match.lastgroup)] += len(match.group())
    return counts


def _script_of(language: str) -> str | None:
    base = language.split("-")[0]
    if base == "zh":
        return "Han"
    for tag in (language, base):
        if script := next((script for script, languages in _LANGUAGES.items() if tag in languages), None):
            return script
    return None


def known_tag(value: str | None) -> str | None:
    """Return a declared language as this package writes it (``en-US`` as ``en``, ``zh-TW`` as ``zh-Hant``), or None."""
    match = _TAG.fullmatch((value or "").strip())
    if not match:
        return None
    base = match[1].lower()
    if base != "zh":
        script = match[2].lower().replace("_", "-").split("-")[1:2]
        return _IN_OTHER_SCRIPTS.get("-".join([base, *script]), base)
    parts = {part.lower() for part in re.split("[-_]", match[2])}
    if parts & {"hant", "tw", "hk", "mo", "cht"}:
        return "zh-Hant"
    return "zh-Hans" if parts & {"hans", "cn", "sg", "chs"} else "zh"


def script_of_chinese(text: str) -> str | None:
    """Return ``Hans`` or ``Hant`` by the characters that only one of the scripts uses; None if the text has none."""
    simplified = sum(c in _simplified_only() for c in text)
    traditional = sum(c in _traditional_only() for c in text)
    if simplified == traditional:
        return "Hant" if _CORNER_QUOTES.search(text) else None
    return "Hans" if simplified > traditional else "Hant"


def in_script(text: str, language: str) -> str:
    """Return Chinese ``text`` in the script of ``language`` (zh-Hans or zh-Hant), as OpenCC converts it."""
    return str(_converter("s2t" if language == "zh-Hant" else "t2s").convert(text))


@cache
def _converter(configuration: str) -> OpenCC:
    return OpenCC(configuration)


def _chinese(text: str, default: str) -> str:
    script = script_of_chinese(text)
    if script is None:
        return default if default.startswith("zh") else "zh-Hans"
    return f"zh-{script}"


def _by_statistics(text: str, script: str, default: str) -> str:
    if own := _by_letters(text, script, default):
        return own
    languages = _LANGUAGES[script]
    for pattern, where, only in _TELLING:
        if where == script and pattern.search(text):
            narrowed = [language for language in languages if language in only]
            languages = narrowed or languages
    if len(languages) == 1:
        return languages[0]
    if sum(c.isalpha() for c in text) < _FEW_LETTERS and default in languages:
        return default
    if script == "Cyrl" and not _CYRILLIC_TURKIC.search(text):
        languages = [language for language in languages if language not in {"kk", "tt", "uk"}] or languages
    allowed = set(languages)
    found = next((str(label) for label, _ in _identifier().rank(text) if label in allowed), default)
    return "sr-Latn" if found == "hr" and _is_serbian(text.lower()) else found


def _is_serbian(lowered: str) -> bool:
    return len(_SERBIAN.findall(lowered)) > len(_CROATIAN.findall(lowered))


def _by_letters(text: str, script: str, default: str) -> str | None:
    """Return a language that the statistics do not know in that script, if the text's letters are its own."""
    if script == "Cyrl" and _UZBEK.match(text):
        return "uz-Cyrl"
    if script == "Latn" and is_kazakh_in_latin(text):
        return "kk-Latn"
    if script == "Arab" and is_kazakh_in_arabic(text) and (default != "ug" or has_kazakh_signs(text)):
        return "kk-Arab"
    return None


@cache
def _identifier() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE)


@cache
def _simplified_only() -> frozenset[str]:
    """Return the characters that Traditional Chinese writes otherwise and does not use itself."""
    return frozenset(_changed("s2t")) - frozenset(_changed("t2s"))


@cache
def _traditional_only() -> frozenset[str]:
    return frozenset(_changed("t2s")) - frozenset(_changed("s2t"))


def _changed(configuration: str) -> set[str]:
    characters = [chr(code) for code in (*range(0x3400, 0x4DC0), *range(0x4E00, 0xA000))]
    converted = _converter(configuration).convert("\n".join(characters)).split("\n")
    return {before for before, after in zip(characters, converted, strict=True) if before != after}
