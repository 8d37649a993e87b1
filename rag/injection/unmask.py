"""A text as a model would read it: without disguises, and with the original position of each character.

Compatibility forms, invisible characters, tag characters, strokes through letters and letters of a look-alike script
make no difference to a model, so they must not hide a wording from the search for instructions. Encoded runs are
decoded as well.
"""

from __future__ import annotations

import base64
import codecs
import re
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from corpus.fulltext import simplified

_LINE_BREAKS = frozenset("\n\r\x0b\x0c\x85\u2028\u2029")
# Invisible, though Unicode counts them as letters or marks.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")
_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff]")
_CLUSTER = re.compile(".[\u0300-\u036f]*", re.DOTALL)
_SPACES = re.compile(r"[ \t]{2}|\r\n")
_MIXED = re.compile("[a-z][а-яёіѕјԁԛԝһ]|[а-яёіѕјԁԛԝһ][a-z]")
_WORD = re.compile("[a-zа-яёәғқңөұүһіѕјԁԛԝ]+")
_LATIN_TO_CYRILLIC = str.maketrans("aceopxyktmhbi", "асеорхукт\u043cнві")
_CYRILLIC_TO_LATIN = str.maketrans("асеорхуктмнвіѕјԁԛԝһгпь", "aceopxyktmhbisjdqwhrnb")
_ENCODED = re.compile(r"(?P<hex>(?:[0-9a-fA-F]{2}[ :]?){12,})|(?P<percent>(?:%[0-9a-fA-F]{2}[\w.+-]{0,8}){6,})"
                      r"|(?P<base64>[A-Za-z0-9+/_-]{16,}={0,2})|(?P<escape>(?:\\u[0-9a-fA-F]{4}\s?){5,})")  # fmt: skip
_ROT13 = re.compile(r"\b(?:vtaber|nafjre|ercyl|vafgehpgvbaf?|nffvfgnag|flfgrz|cebzcg|erfcbafr|zbqry)\b", re.IGNORECASE)
_ESCAPE = re.compile(r"u([0-9a-fA-F]{4})")
_LONGEST_RUN = 4_000
_LEAST_READABLE = 10


@dataclass(frozen=True, slots=True)
class Unmasked:
    """A text without disguises: ``cased`` with upper and lower case, and ``text``, folded, of equal length.

    ``positions[i]`` is where character ``i`` stood in the original; ``positions`` is None where each stood at ``i``.
    """

    cased: str
    text: str
    positions: tuple[int, ...] | None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return where ``[start, end)`` stood in the original text; ``start < end``."""
        return (start, end) if self.positions is None else (self.positions[start], self.positions[end - 1] + 1)


def unmasked(text: str) -> Unmasked:
    """Return ``text`` without disguises; ``text`` of the result is lower-cased and in Simplified characters."""
    cased = text.translate(_FORMS)
    positions = None
    if not _FORMS.uneven.isdisjoint(text) or _SPACES.search(text) or not unicodedata.is_normalized("NFC", text):
        cased, positions = _slowly(text)
    lower = cased.lower()
    if len(lower) != len(cased):
        lower = "".join(c if len(c.lower()) != 1 else c.lower() for c in cased)
    if _HAN.search(lower):
        chinese = simplified(lower)
        lower = chinese if len(chinese) == len(lower) else lower
    if _MIXED.search(lower):
        lower = _WORD.sub(_one_script, lower)
    return Unmasked(cased, lower, positions)


def hidden_readings(cased: str) -> Iterator[str]:
    """Yield the readable text hidden in base64, hexadecimal, escapes (percent, backslash) and rot13 in ``cased``."""
    for match in _ENCODED.finditer(cased):
        with suppress(ValueError):
            said = " ".join(_decoded(str(match.lastgroup), match.group()[:_LONGEST_RUN]).decode("utf-8").split())
            if _is_readable(said):
                yield said
    if _ROT13.search(cased):
        yield codecs.encode(cased, "rot13")


class _Forms(dict[int, str]):
    """A table for `str.translate`, filled as characters are met; ``uneven`` holds those not replaced one for one."""

    def __init__(self) -> None:
        super().__init__()
        self.uneven: set[str] = set()

    def __missing__(self, point: int) -> str:
        form = _form(chr(point))
        self[point] = form
        if len(form) != 1:
            self.uneven.add(chr(point))
        return form


def _form(c: str) -> str:
    if c in _LINE_BREAKS:
        return "\n"
    if c.isspace():
        return " "
    if 0xE0020 <= ord(c) <= 0xE007E:
        return chr(ord(c) - 0xE0000)
    if c in _BLANK or unicodedata.category(c) in {"Cf", "Cc"} or unicodedata.name(c, "").startswith("VARIATION SEL"):
        return ""
    if "\u0300" <= c <= "\u036f":
        return ""
    return unicodedata.normalize("NFKC", c)


_FORMS = _Forms()


def _slowly(text: str) -> tuple[str, tuple[int, ...]]:
    """Return the text after `_FORMS`, letters composed with their marks and runs of spaces made one, with positions."""
    parts: list[str] = []
    positions: list[int] = []
    last = ""
    for match in _CLUSTER.finditer(text):
        form = unicodedata.normalize("NFC", match.group()).translate(_FORMS)
        # A line break of two characters counts as one.
        if form == "\n" and text[match.start() - 1 : match.end()] == "\r\n":
            continue
        if not form or (form == " " and last in {" ", "\n"}):
            continue
        parts.append(form)
        positions.extend([match.start()] * len(form))
        last = form
    return "".join(parts), tuple(positions)


def _one_script(match: re.Match[str]) -> str:
    """Return a word; one that mixes Latin and Cyrillic is returned in the script of most of its letters."""
    word = match.group()
    if not _MIXED.search(word):
        return word
    mostly_latin = sum(c.isascii() for c in word) * 2 >= len(word)
    return word.translate(_CYRILLIC_TO_LATIN if mostly_latin else _LATIN_TO_CYRILLIC)


def _decoded(kind: str, run: str) -> bytes:
    if kind == "percent":
        return unquote_to_bytes(run)
    if kind == "escape":
        return "".join(chr(int(code, 16)) for code in _ESCAPE.findall(run)).encode("utf-8", "replace")
    if kind == "hex":
        return bytes.fromhex(run.replace(":", " "))
    body = run.rstrip("=").replace("-", "+").replace("_", "/")
    body = body[: len(body) - (len(body) % 4 == 1)]
    return base64.b64decode(body + "=" * (-len(body) % 4))


def _is_readable(said: str) -> bool:
    """Return whether decoded text is words, and not bytes that happen to decode.

    It must be printable, of some length, and three quarters of it letters, digits and spaces.
    """
    words = sum(c.isalnum() or c.isspace() for c in said)
    return len(said) >= 4 and len(said.encode()) >= _LEAST_READABLE and said.isprintable() and words >= 0.75 * len(said)
