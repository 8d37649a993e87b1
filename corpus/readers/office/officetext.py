"""What the readers of office documents share: raised figures, characters of symbol fonts, and what is a heading."""

from __future__ import annotations

import re
from typing import Literal

Place = Literal["", "raised", "lowered"]

# Letters before a raised figure that are a unit or a formula with it: m2, km2, CO2.
_LONGEST_UNIT = 3
_LETTERS = re.compile(r"[^\W\d_]+$")
# Raised endings of ordinal numbers, which belong to the number: 2nd, 1er, 3º.
_ORDINAL = re.compile(r"(?:st|nd|rd|th|er?|re|ère|e|ème|n?d|o|a|os|as|º|ª|ый|ой|го|й|я)\.?", re.IGNORECASE)
_MAX_HEADING = 200
_LONG_HEADING = 60
_SENTENCE_END = re.compile(r"[.!。！][\"'”’»」』）)\]]*$")

_SYMBOL = dict(
    zip(
        (*range(0x21, 0x7F), *range(0xA0, 0xBD), *range(0xBF, 0xE2), 0xE5, 0xF1, 0xF2),
        "!∀#∃%&∋()∗+,−./0123456789:;<=>?≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_‾αβχδεφγηιϕκλμνοπθρστυϖωξψζ{|}∼"
        "€ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…"
        "↵ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓◊〈∑〉∫",
        strict=True,
    )
)
_WINGDINGS = {
    0x6C: "●", 0x6E: "■", 0x6F: "☐", 0x71: "❑", 0x76: "❖", 0x78: "☒", 0xA7: "▪", 0xA8: "☐", 0xD8: "➢", 0xDF: "←",
    0xE0: "→", 0xFB: "✗", 0xFC: "✓", 0xFD: "☒", 0xFE: "☑",
}  # fmt: skip
_WINGDINGS_2 = {0x4F: "✗", 0x50: "✓", 0x51: "☒", 0x52: "☑", 0x53: "☒", 0xA3: "☐"}
_FONTS = {"symbol": _SYMBOL, "wingdings": _WINGDINGS, "wingdings 2": _WINGDINGS_2}
_PRIVATE = range(0xF020, 0xF100)


def joint(before: str, text: str, place: Place, last: Place = "") -> str:
    """Return what stands between a text and the one before it where that is not in the same place of the line.

    10 with a raised 6 is no 106: it reads "10^6". What a person reads as one word stays one: m2, CO2, 2nd.
    """
    if place == last or not before or not text or not (before[-1].isalnum() and text[0].isprintable()):
        return ""
    if not place:
        return " " if before[-1].isdigit() and text[0].isdigit() else ""
    mark = "^" if place == "raised" else "_"
    if before[-1].isdigit():
        is_apart = text[0].isdigit() or (place == "raised" and (text[0] in "-−–+" or text[0].isalpha()))
        return mark if is_apart and not _ORDINAL.fullmatch(text.strip()) else ""
    letters = _LETTERS.search(before)
    is_word = letters is not None and len(letters.group()) > _LONGEST_UNIT
    return mark if is_word and text[0].isdigit() else ""


def is_symbol_font(font: str | None) -> bool:
    """Return whether the letters of a font are signs."""
    return (font or "").lower() in _FONTS or (font or "").lower().startswith(("wingdings", "webdings", "zapfdingbats"))


def sign(font: str | None, code: int) -> str:
    """Return the sign that a symbol font shows for a character; a space for one that no other font can show."""
    if code in _PRIVATE:
        code -= 0xF000
    elif code > 0xFF:
        return chr(code) if 0x20 <= code < 0xD800 or 0xF900 <= code < 0x110000 else " "
    return _FONTS.get((font or "").lower(), {}).get(code, " ")


def has_private(text: str) -> bool:
    """Return whether a text holds characters that only a symbol font can show."""
    return any(ord(c) in _PRIVATE for c in text)


def with_signs(font: str | None, text: str) -> str:
    """Return a text with the signs that its font shows for private characters; those of an unknown font are kept."""
    return "".join(sign(font, ord(c)) if ord(c) in _PRIVATE else c for c in text) if is_symbol_font(font) else text


def is_heading(text: str) -> bool:
    """Return whether a text in a heading's style is one, and no sentence or paragraph that only looks so."""
    line = " ".join(text.split())
    return len(line) <= _LONG_HEADING or (len(line) <= _MAX_HEADING and not _SENTENCE_END.search(line))
