"""Detection of a text's language, as a BCP 47 tag: by script first, then by letters, then by statistics.

Scripts written by one language here decide alone. Han without kana is Chinese, and the characters that
only one of its two scripts uses decide between ``zh-Hans`` and ``zh-Hant`` (OpenCC's tables). Cyrillic,
Latin and Arabic texts go to py3langid (Lui and Baldwin, "langid.py", ACL 2012), restricted to the languages
of that script, after letters that only one of them has.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache

from opencc import OpenCC
from py3langid.langid import MODEL_FILE, LanguageIdentifier

UNDETERMINED = "und"

_SCRIPTS = {
    "Han": "\u2e80-\u2fdf\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff",
    "Kana": "\u3041-\u30ff\u31f0-\u31ff",
    "Hangul": "\u1100-\u11ff\u3130-\u318f\uac00-\ud7af",
    "Cyrl": "\u0400-\u052f",
    "Latn": "A-Za-z\u00c0-\u024f\u1e00-\u1eff",
    "Arab": "\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufeff",
    "Hebr": "\u0590-\u05ff",
    "Deva": "\u0900-\u097f",
    "Beng": "\u0980-\u09ff",
    "Thai": "\u0e00-\u0e7f",
    "Tibt": "\u0f00-\u0fff",
    "Grek": "\u0370-\u03ff",
}
_SCRIPT_PATTERNS = {name: re.compile(f"[{chars}]") for name, chars in _SCRIPTS.items()}
_ONE_LANGUAGE = {"Hangul": "ko", "Hebr": "he", "Beng": "bn", "Thai": "th", "Tibt": "bo", "Grek": "el"}
_LANGUAGES = {
    "Cyrl": ["ru", "kk", "ky", "uk", "be", "bg", "mk", "sr", "mn", "tg", "tt"],
    "Latn": [
        "en", "de", "fr", "es", "it", "pt", "nl", "sv", "no", "da", "fi", "pl", "cs", "sk", "hu", "ro", "tr", "az",
        "uz", "tk", "id", "vi", "et", "lv", "lt", "sl", "hr",
    ],
    "Arab": ["ar", "fa", "ur", "ug"],
    "Deva": ["hi", "mr", "ne"],
}  # fmt: skip
# Letters that one language of a script has and its neighbours have not.
_TELLING = (
    (re.compile("[әұһ]", re.IGNORECASE), "Cyrl", {"kk", "tt"}),
    (re.compile("[ұ]", re.IGNORECASE), "Cyrl", {"kk"}),
    (re.compile("[ғқ]", re.IGNORECASE), "Cyrl", {"kk", "tg"}),
    (re.compile("[җ]", re.IGNORECASE), "Cyrl", {"tt"}),
    (re.compile("[їєґ]", re.IGNORECASE), "Cyrl", {"uk"}),
    (re.compile("[ӣҷӯҳ]", re.IGNORECASE), "Cyrl", {"tg"}),
    (re.compile("[јљњћђџѓќѕ]", re.IGNORECASE), "Cyrl", {"sr", "mk"}),
    (re.compile("[ыэё]", re.IGNORECASE), "Cyrl", {"ru", "be", "kk", "ky", "mn", "tt", "tg"}),
    (re.compile("[ېۋۇۆۈە]"), "Arab", {"ug"}),
    (re.compile("[ٹڈڑےں]"), "Arab", {"ur"}),
)
_CYRILLIC_TURKIC = re.compile("[әғқңөұүһіӘҒҚҢӨҰҮҺІ]")
_CORNER_QUOTES = re.compile("[「」『』]")
# In a text of a known language, a sentence is taken to be in it if this share of it is in that language's script.
_MIXED_SHARE = 0.3
# Fewer letters than this are too few to overrule the language of the text around them.
_FEW_LETTERS = 40
_MAX_TEXT = 4000
_TAG = re.compile(r"([A-Za-z]{2,3})((?:[-_][A-Za-z0-9]{1,8}){0,4})")


def detect_language(text: str, default: str = UNDETERMINED) -> str:
    """Return the language of ``text``; ``default`` if there is too little to go by.

    A default of the detected language's family (``zh-Hant`` for a Chinese text without a telling
    character) is kept.
    """
    text = text[:_MAX_TEXT]
    counts = Counter({name: len(pattern.findall(text)) for name, pattern in _SCRIPT_PATTERNS.items()})
    # A Han or kana character says about as much as a few letters do: names in Latin letters are long.
    for name in ("Han", "Kana", "Hangul"):
        counts[name] *= 3
    script, weight = counts.most_common(1)[0]
    if weight < 2:
        return default
    expected = _script_of(default)
    if expected and counts[expected] >= _MIXED_SHARE * weight:
        script = expected  # a sentence of a known text that holds foreign names is still of that text
    if script == "Kana" or (script == "Han" and counts["Kana"] > 0.1 * counts["Han"]):
        return "ja"
    if script == "Han":
        return _chinese(text, default)
    return _ONE_LANGUAGE.get(script) or _by_statistics(text, script, default)


def _script_of(language: str) -> str | None:
    base = language.split("-")[0]
    if base == "zh":
        return "Han"
    return next((script for script, languages in _LANGUAGES.items() if base in languages), None)


def known_tag(value: str | None) -> str | None:
    """Return a declared language as this package writes it (``en-US`` as ``en``, ``zh-TW`` as ``zh-Hant``), or None."""
    match = _TAG.fullmatch((value or "").strip())
    if not match:
        return None
    base = match[1].lower()
    if base != "zh":
        return base
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
    return next((str(label) for label, _ in _identifier().rank(text) if label in allowed), default)


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
