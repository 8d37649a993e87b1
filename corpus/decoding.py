"""The decoding of text files: by byte order mark, as UTF-8, by declaration, or by the code page that fits best."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import zip_longest

from corpus.errors import Unreadable
from corpus.legible import worth_of

_CODEPAGE_SAMPLE = 4000
_MIN_PLAUSIBLE = 0.85


def unmarked_utf16(data: bytes) -> Iterator[tuple[str, str]]:
    """Yield the text read as UTF-16 without a byte order mark, and the encoding, for each order that seems right."""
    if len(data) % 2:
        return
    has_zeros = b"\x00" in data
    for encoding in ("utf-16-le", "utf-16-be"):
        sample = data[: 2 * _CODEPAGE_SAMPLE].decode(encoding, errors="ignore")
        # Korean has spaces, hence NUL bytes; without any, Hangul is what two-byte Chinese looks like here.
        plausible = sum(_is_plausible(c) and (has_zeros or not "\uac00" <= c < "\ud7a4") for c in sample)
        if not sample or plausible < _MIN_PLAUSIBLE * len(sample):
            continue
        try:
            yield data.decode(encoding), encoding
        except UnicodeDecodeError:
            continue


def _is_plausible(c: str) -> bool:
    """Return whether the character is common in texts; a text read in the wrong byte order has few such characters."""
    code = ord(c)
    if code < 0x80:
        return c.isprintable() or c.isspace()
    if code < 0x2000:
        return c.isalpha() or 0xA0 <= code < 0xC0 or 0x300 <= code < 0x370
    if 0x2000 <= code < 0x2070 or 0x3000 <= code < 0x3100 or 0xAC00 <= code < 0xD7A4 or code >= 0xFF00:
        return True
    return _is_common_han(c)


def _is_common_han(c: str) -> bool:
    """Return whether GB 2312 or Big5 lists the character among the frequent ones."""
    for encoding, low, high in (("gb2312", 0xB0, 0xD7), ("big5", 0xA4, 0xC6)):
        try:
            if low <= c.encode(encoding)[0] <= high:
                return True
        except UnicodeEncodeError:
            continue
    return False


_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CYRILLIC = ("ru", "uk", "bg", "sr", "mk", "be")
_WESTERN = ("en", "de", "fr", "es", "it", "pt", "nl", "sv", "da", "nb", "fi", "is", "ca")
_CENTRAL = ("pl", "cs", "sk", "hu", "ro", "hr", "sl", "de")
_BALTIC = ("et", "lv", "lt")
# The encodings that a text is tried in, and the languages written in each; of two that make the same text of a file,
# the first is named.
_CANDIDATES: dict[str, tuple[str, ...]] = {
    "cp1252": _WESTERN, "cp1251": _CYRILLIC, "gb18030": ("zh-Hans", "zh-Hant"), "big5hkscs": ("zh-Hant",),
    "big5": ("zh-Hant",), "shift_jis": ("ja",), "cp932": ("ja",), "euc_jp": ("ja",), "euc_kr": ("ko",),
    "cp949": ("ko",),
    "johab": ("ko",), "koi8_r": ("ru", "bg"), "koi8_u": ("uk", "ru", "be"), "kz1048": ("kk", "ru"),
    "ptcp154": ("kk", "ky", "tt", "ru"), "iso8859_5": _CYRILLIC, "mac_cyrillic": _CYRILLIC, "cp866": ("ru", "be", "bg"),
    "cp1125": ("uk",), "cp855": ("sr", "mk", "bg", "ru"), "koi8_t": ("tg",), "cp1254": ("tr",), "cp857": ("tr",),
    "mac_turkish": ("tr",), "cp1250": _CENTRAL, "iso8859_2": _CENTRAL, "iso8859_16": ("ro",), "cp852": _CENTRAL,
    "mac_latin2": _CENTRAL, "cp1257": _BALTIC, "iso8859_13": _BALTIC, "cp775": _BALTIC, "iso8859_15": _WESTERN,
    "cp850": _WESTERN, "cp437": _WESTERN, "mac_roman": _WESTERN, "cp1258": ("vi",), "cp1253": ("el",),
    "iso8859_7": ("el",), "cp737": ("el",), "mac_greek": ("el",), "cp1255": ("he",), "cp862": ("he",),
    "cp1256": ("ar", "fa", "ur"), "iso8859_6": ("ar",), "cp720": ("ar",), "cp874": ("th",),
}  # fmt: skip
# Encodings in wide use; any other must explain a file better by this much, in nats.
_ORDINARY = frozenset(
    "cp1252 cp1251 gb18030 big5hkscs big5 shift_jis cp932 euc_jp euc_kr cp949 koi8_r koi8_u kz1048 cp1254 cp1250"
    " iso8859_2 cp1257 cp1253 cp1255 cp1256 cp874".split()
)
_RARITY = 2.5
_DECLARED = re.compile(
    rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w.:-]{2,40})|<\?xml[^>]{0,100}encoding=[\"']([\w.:-]{2,40})",
    re.IGNORECASE,
)
# Encodings that a page may declare, by Python's names: those known on the web, and not others such as "punycode".
_DECLARABLE = re.compile(
    r"gb18030|gbk|gb2312|big5(?:hkscs)?|euc_(?:jp|kr)|shift_jis|iso2022_(?:jp|kr)|hz|cp949|koi8-[rut]|kz1048|ptcp154"
    r"|cp(?:866|874|125\d)|iso8859-\d{1,2}|ascii|mac-cyrillic|tis-620|utf-16(?:-[lb]e)?"
)
# Encodings that pages declare although they are written in these supersets, as HTML has it.
_SUPERSETS = {
    "gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs", "shift_jis": "cp932", "iso8859-1": "cp1252",
    "ascii": "cp1252",
}  # fmt: skip
_SAMPLE = 200_000
_SAMPLE_BYTES = 3000
_CONTEXT = 200
# Bytes beyond ASCII in a line, and the share of such lines.
_SEVERAL = 12
_SOME = 0.1
_FEW = 0.2
_BEYOND_ASCII = re.compile(b"[\x80-\xff]")
# A text is no language if it is worth so many times less than a usual one, and by so many nats more.
_WORST = 1.7
_LEEWAY = 15.0
# Two encodings that differ by less are hard to tell apart.
_CLOSE = 2.0
# With so many ASCII letters the text can be read whatever the few others are.
_MOSTLY = 0.75
# A page's declaration is false if another encoding explains the text so much better.
_FALSE_SHARE = 0.2
_SEVEN_BIT = (
    ("iso2022_kr", b"\x1b$)C"), ("iso2022_jp_2", b"\x1b$A"), ("iso2022_jp_2", b"\x1b$"), ("iso2022_jp", b"\x1b("),
    ("hz", b"~{"),
)  # fmt: skip
_GUESSED = "the encoding was guessed from very little text ({}); if letters look wrong, save the file as UTF-8"
_DAMAGED = "{} of the file's bytes are not UTF-8, the first on line {}; they are shown as \ufffd"
_MAX_DAMAGE_SHARE = 0.02
_LEAST_DAMAGE = 2
_SOUND = 4
_LONGEST_DAMAGE = 8
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")
_MAX_CONTROL_SHARE = 0.02
_MAX_REPLACED_SHARE = 0.001
_SIGNATURES = {
    b"%PDF-": "a PDF",
    b"PK\x03\x04": "a ZIP or office file",
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"\x1f\x8b": "a gzip file",
    b"\xd0\xcf\x11\xe0": "an old office file",
    b"SQLite format 3": "a database",
    b"\x7fELF": "a program",
    b"7z\xbc\xaf": "a 7-Zip file",
    b"Rar!": "a RAR file",
}


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text of a file without a byte order mark, the name of its encoding, and what a user should know about it."""

    text: str
    encoding: str
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Judged:
    worth: float
    usual: float
    encoding: str
    is_mostly_ascii: bool


def decode(data: bytes) -> tuple[str, str]:
    """Return the text of a file and the name of its encoding; raises `Unreadable` as `decode_with_warnings` does."""
    decoded = decode_with_warnings(data)
    return decoded.text, decoded.encoding


def decode_with_warnings(data: bytes) -> Decoded:
    """Return the text of a file, the name of its encoding, and what is doubtful about them.

    Raises `Unreadable` for empty files, binary files and bytes that no one encoding explains as language.
    """
    if not data.strip(b"\x00 \t\r\n\f\v"):
        raise Unreadable("the file is empty")
    for signature, what in _SIGNATURES.items():
        if data.startswith(signature):
            raise Unreadable(f"the file is {what}, not text; convert it to text, Markdown or HTML first")
    for found in _attempts(data):
        if _is_text(found):
            if not found.text.strip("\ufeff \t\r\n\f\v\u00a0"):
                raise Unreadable("the file is empty")
            return found
    raise Unreadable(_why_not(data))


def _attempts(data: bytes) -> Iterator[Decoded]:
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            yield from _read_as(data, encoding, encoding.removesuffix("-sig"))
            if bom == codecs.BOM_UTF8:
                yield from _damaged(data.removeprefix(bom))
            return
    if b"\x00" not in data:
        yield from _seven_bit(data)
        yield from _read_as(data, "utf-8")
    yield from (Decoded(text, encoding) for text, encoding in unmarked_utf16(data))
    if b"\x00" in data:
        return
    yield from _declared_text(data)
    yield from _damaged(data)
    if not _is_partly_utf8(data):
        yield from _detected(data)


def _read_as(data: bytes, encoding: str, name: str | None = None) -> Iterator[Decoded]:
    """Yield the text if the whole file is valid in that encoding."""
    if (text := _strict(data, encoding)) is not None:
        yield Decoded(text, name or encoding)


def _seven_bit(data: bytes) -> Iterator[Decoded]:
    """Yield the text of a file that writes Chinese, Japanese or Korean in ASCII bytes (HZ, ISO-2022).

    Its escapes may also stand in an ASCII text by chance; what they enclose must then be characters in common use.
    """
    if not data.isascii():
        return
    encodings = [encoding for encoding, mark in _SEVEN_BIT if mark in data]
    for encoding in encodings:
        text = _strict(data, encoding)
        beyond = [c for c in text or "" if not c.isascii()]
        if text and beyond and sum(map(_is_plausible, beyond)) >= _MIN_PLAUSIBLE * len(beyond):
            yield Decoded(text, encoding)


def _damaged(data: bytes) -> Iterator[Decoded]:
    """Yield the text of a UTF-8 file with the few bytes that are not UTF-8 replaced, and a warning."""
    text = data.decode("utf-8", errors="replace")
    bad = text.count("\ufffd") - data.count("\ufffd".encode())
    good = sum(c > "\x7f" for c in text) - bad
    allowed = max(_LEAST_DAMAGE, _MAX_DAMAGE_SHARE * good)
    if 0 < bad <= allowed and good >= _SOUND * bad and _longest_damage(text) <= _LONGEST_DAMAGE:
        line = text[: text.index("\ufffd")].count("\n") + 1
        yield Decoded(text, "utf-8", (_DAMAGED.format(bad, line),))


def _longest_damage(text: str) -> int:
    """Return the length of the longest run of replaced bytes: a long one is a passage in another encoding."""
    return max(map(len, re.findall("\ufffd+", text)), default=0)


def _declared_text(data: bytes) -> Iterator[Decoded]:
    """Yield the text in the encoding that a page declares, if it reads as language or nothing reads better."""
    declared = _declared(data)
    text = _strict(data, declared) if declared else None
    if not declared or text is None:
        return
    sample = _telling(data)
    best = max(_judged(sample), key=lambda judged: judged.worth, default=None)
    languages = _CANDIDATES.get(declared.replace("-", "_"), ())
    if best and languages:
        worth, _ = worth_of(sample.decode(declared, errors="ignore"), languages)
        if best.worth - worth > max(_LEEWAY, _FALSE_SHARE * -best.worth):
            return
    yield Decoded(text, declared)


def _declared(data: bytes) -> str | None:
    """Return the encoding a page declares in its head, as Python names it, if it is one that pages use."""
    match = _DECLARED.search(data[:4096])
    if not match:
        return None
    try:
        name = codecs.lookup((match[1] or match[2]).decode("ascii")).name
    except (LookupError, ValueError):
        return None
    return _SUPERSETS.get(name, name) if _DECLARABLE.fullmatch(name) else None


def _detected(data: bytes) -> Iterator[Decoded]:
    """Yield the text in the encoding in which it is worth most as language, if it then reads as language at all."""
    ranked = sorted(_judged(_telling(data)), key=lambda judged: -judged.worth)
    for judged, next_best in zip_longest(ranked, ranked[1:]):
        if judged.worth < _WORST * judged.usual - _LEEWAY and not judged.is_mostly_ascii:
            return
        if (text := _strict(data, judged.encoding)) is not None:
            is_close = next_best is not None and judged.worth - next_best.worth < _CLOSE
            yield Decoded(text, judged.encoding, (_GUESSED.format(judged.encoding),) if is_close else ())


def _judged(sample: bytes) -> Iterable[_Judged]:
    """Return what the sample is worth as each text that an encoding makes of it, under that encoding's name."""
    found: dict[str, _Judged] = {}
    for encoding, languages in _CANDIDATES.items():
        try:
            text = codecs.getincrementaldecoder(encoding)().decode(sample)
        except UnicodeDecodeError:
            continue
        worth, usual = worth_of(text, languages)
        worth -= _RARITY * (encoding not in _ORDINARY)
        before = found.get(text)
        if not before or before.worth < worth:
            ascii_letters = sum(c.isascii() for c in text if c.isalpha())
            is_mostly_ascii = ascii_letters > _MOSTLY * sum(map(str.isalpha, text))
            found[text] = _Judged(worth, usual, before.encoding if before else encoding, is_mostly_ascii)
    return found.values()


def _telling(data: bytes) -> bytes:
    """Return the first lines with bytes beyond ASCII, each from a little before the first, enough to tell by."""
    found, size = [], 0
    for line in data.split(b"\n"):
        if first := _BEYOND_ASCII.search(line):
            start = max(0, first.start() - _CONTEXT)
            found.append(line[start : start + _SAMPLE_BYTES - size])
            size += len(found[-1])
        if size >= _SAMPLE_BYTES:
            break
    return b"\n".join(found)


def _strict(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return None


def _is_partly_utf8(data: bytes) -> bool:
    """Return whether much of a file is UTF-8: then the rest is damage or another's text, and no one encoding is right.

    Much is most of the characters beyond ASCII, or some of the lines with several: in no other encoding are so many
    valid UTF-8 by chance, though half of the characters may be in Thai.
    """
    sample = data[:_SAMPLE]
    text = sample.decode("utf-8", errors="replace")
    bad = text.count("\ufffd") - sample.count("\ufffd".encode())
    if bad < _FEW * sum(c > "\x7f" for c in text):
        return True
    lines = [line for line in sample.split(b"\n") if len(_BEYOND_ASCII.findall(line)) >= _SEVERAL]
    return sum(_strict(line, "utf-8") is not None for line in lines) > _SOME * len(lines)


def _is_text(found: Decoded) -> bool:
    """Return whether a text has few control characters, and few lost ones that no warning tells of."""
    sample = found.text[:_SAMPLE]
    if len(_CONTROLS.findall(sample)) > _MAX_CONTROL_SHARE * len(sample):
        return False
    return bool(found.warnings) or sample.count("\ufffd") <= _MAX_REPLACED_SHARE * len(sample)


def _why_not(data: bytes) -> str:
    if b"\x00" in data:
        return "the file is binary, not text"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        return (
            f"the encoding is unknown or mixed: line {line} is not UTF-8 and nothing else fits; save the file as UTF-8"
        )
    if "\ufffd".encode() in data:
        return "many characters of the file were lost when it was saved; save it again from its source, as UTF-8"
    return "the file holds control characters, not text"
