"""Encodings that statistics mistake: UTF-16 without a byte order mark, Kazakh code pages beside Windows-1251."""

from __future__ import annotations

from collections.abc import Iterator

# Kazakh code pages put these letters where Windows-1251 has letters of South Slavic languages.
KAZAKH_CODE_PAGES = ("kz1048", "ptcp154")
_KAZAKH = frozenset("әғқңөұүһ")
_SOUTH_SLAVIC = frozenset("љњђћџѓќјѕ")
_SAMPLE = 4000
_MIN_PLAUSIBLE = 0.85


def unmarked_utf16(data: bytes) -> Iterator[tuple[str, str]]:
    """The text read as UTF-16 without a byte order mark, where one order gives characters that texts are made of."""
    if len(data) % 2:
        return
    has_zeros = b"\x00" in data
    for encoding in ("utf-16-le", "utf-16-be"):
        sample = data[: 2 * _SAMPLE].decode(encoding, errors="ignore")
        # Korean has spaces, hence NUL bytes; without any, Hangul is what two-byte Chinese looks like here.
        plausible = sum(_is_plausible(c) and (has_zeros or not "\uac00" <= c < "\ud7a4") for c in sample)
        if not sample or plausible < _MIN_PLAUSIBLE * len(sample):
            continue
        try:
            yield data.decode(encoding), encoding
        except UnicodeDecodeError:
            continue


def _is_plausible(c: str) -> bool:
    """Whether texts in use hold this character often: read in the wrong order, they hold few that pass."""
    code = ord(c)
    if code < 0x80:
        return c.isprintable() or c.isspace()
    if code < 0x2000:
        return c.isalpha() or 0xA0 <= code < 0xC0 or 0x300 <= code < 0x370
    if 0x2000 <= code < 0x2070 or 0x3000 <= code < 0x3100 or 0xAC00 <= code < 0xD7A4 or code >= 0xFF00:
        return True
    return _is_common_han(c)


def _is_common_han(c: str) -> bool:
    """Whether GB 2312 or Big5 lists the character among the frequent ones."""
    for encoding, low, high in (("gb2312", 0xB0, 0xD7), ("big5", 0xA4, 0xC6)):
        try:
            if low <= c.encode(encoding)[0] <= high:
                return True
        except UnicodeEncodeError:
            continue
    return False


def reads_as_kazakh(kazakh: str, russian: str) -> bool:
    """Whether a Kazakh code page explains the text better than Windows-1251: its own letters, in words, and no
    letter that shows a South Slavic text behind the same bytes."""
    lowered = kazakh.lower()
    letters = sum(c.isalpha() for c in kazakh)
    own = sum(c in _KAZAKH for c in lowered)
    strange = sum(not c.isalpha() for c, r in zip(kazakh, russian, strict=False) if r.isalpha())
    shared = sum(c in _SOUTH_SLAVIC for c in lowered)
    return own > 0.02 * letters and len(_KAZAKH & set(lowered)) >= 3 and shared + strange < 0.1 * own
