"""The decoding of text files: by byte order mark, as UTF-8, by declaration, or by the code page that fits best."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from charset_normalizer import from_bytes

from corpus.errors import Unreadable

# Kazakh code pages put these letters where Windows-1251 has letters of South Slavic languages.
KAZAKH_CODE_PAGES = ("kz1048", "ptcp154")
_KAZAKH = frozenset("әғқңөұүһ")
_SOUTH_SLAVIC = frozenset("љњђћџѓќјѕ")
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


def reads_as_kazakh(kazakh: str, russian: str) -> bool:
    """Return whether a Kazakh code page explains the text better than Windows-1251.

    It does if the text has enough Kazakh letters, and few that point to a South Slavic text in the same bytes.
    ``kazakh`` and ``russian`` are the same bytes as the two code pages read them.
    """
    lowered = kazakh.lower()
    letters = sum(c.isalpha() for c in kazakh)
    own = sum(c in _KAZAKH for c in lowered)
    strange = sum(not c.isalpha() for c, r in zip(kazakh, russian, strict=False) if r.isalpha())
    shared = sum(c in _SOUTH_SLAVIC for c in lowered)
    return own > 0.02 * letters and len(_KAZAKH & set(lowered)) >= 3 and shared + strange < 0.1 * own


_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Encodings that the detector may report; Latin-1 and its like would accept any bytes at all.
_CANDIDATES = ["gb18030", "big5", "big5hkscs", "cp1251", "koi8_r", "euc_kr", "cp932", "cp1252", "cp1254"]
_DECLARED = re.compile(
    rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w.:-]{2,40})|<\?xml[^>]{0,100}encoding=[\"']([\w.:-]{2,40})",
    re.IGNORECASE,
)
# Encodings that a page may declare, by Python's names: those known on the web, and not others such as "punycode".
_DECLARABLE = re.compile(
    r"gb18030|gbk|gb2312|big5(?:hkscs)?|euc_(?:jp|kr)|shift_jis|iso2022_(?:jp|kr)|cp949|koi8-[rut]|kz1048|ptcp154"
    r"|cp(?:866|874|125\d)|iso8859-\d{1,2}|ascii|mac-cyrillic|tis-620|utf-16(?:-[lb]e)?"
)
# Encodings that pages declare although they are written in these supersets, as HTML has it.
_SUPERSETS = {
    "gb2312": "gb18030",
    "shift_jis": "cp932",
    "gbk": "gb18030",
    "big5": "big5hkscs",
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
}
_SAMPLE = 200_000
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


def decode(data: bytes) -> tuple[str, str]:
    """Return the text of a file, without a byte order mark, and the name of its encoding.

    Raises `Unreadable` for empty files, binary files and bytes that no one encoding explains.
    """
    if not data.strip(b"\x00 \t\r\n\f\v"):
        raise Unreadable("the file is empty")
    for signature, what in _SIGNATURES.items():
        if data.startswith(signature):
            raise Unreadable(f"the file is {what}, not text; convert it to text, Markdown or HTML first")
    for text, encoding in _attempts(data):
        if text is not None and _is_text(text):
            if not text.strip("\ufeff \t\r\n\f\v\u00a0"):
                raise Unreadable("the file is empty")
            return text, encoding
    raise Unreadable(_why_not(data))


def _attempts(data: bytes) -> Iterator[tuple[str | None, str]]:
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            yield _strict(data, encoding), encoding.removesuffix("-sig")
            return
    if b"\x00" not in data:
        yield _strict(data, "utf-8"), "utf-8"
    yield from unmarked_utf16(data)
    if b"\x00" in data:
        return
    if declared := _declared(data):
        yield _strict(data, declared), declared
    if not _mostly_utf8(data):
        yield from _detected(data)


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


def _detected(data: bytes) -> Iterator[tuple[str | None, str]]:
    best = from_bytes(_sample(data), cp_isolation=_CANDIDATES).best()
    if best is None:
        return
    if best.encoding == "cp1251":
        for encoding in KAZAKH_CODE_PAGES:
            text = _strict(data, encoding)
            if text and reads_as_kazakh(text[:_SAMPLE], data[:_SAMPLE].decode("cp1251", "replace")):
                yield text, encoding
    yield _strict(data, best.encoding), best.encoding


def _sample(data: bytes) -> bytes:
    """Return the first bytes, up to the end of a line: cut inside a character, they would fit no encoding."""
    if len(data) <= _SAMPLE:
        return data
    end = data.rfind(b"\n", 0, _SAMPLE)
    if end > 0:
        return data[:end]
    # One long line: after two ASCII bytes in a row, a new character of one, two or four bytes begins.
    ends = [m.end() for m in re.finditer(rb"[\x00-\x2f\x3a-\x3f]{2}", data[:_SAMPLE])]
    return data[: ends[-1]] if ends else _whole_characters(data)


def _whole_characters(data: bytes) -> bytes:
    """Return the first bytes without a last character that is cut in two, if some candidate encoding reads them."""
    for end in range(_SAMPLE, _SAMPLE - 4, -1):
        if any(_strict(data[:end], encoding) for encoding in ("gb18030", "big5hkscs", "euc_kr", "cp932")):
            return data[:end]
    return data[:_SAMPLE]


def _strict(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return None


def _mostly_utf8(data: bytes) -> bool:
    """Return whether most characters beyond ASCII are valid UTF-8: then the rest is damage, not another encoding."""
    text = data[:_SAMPLE].decode("utf-8", errors="replace")
    bad = text.count("\ufffd")
    return bad < 0.5 * sum(c > "\x7f" for c in text)


def _is_text(text: str) -> bool:
    sample = text[:_SAMPLE]
    controls = len(_CONTROLS.findall(sample))
    replaced = sample.count("\ufffd")
    return controls <= _MAX_CONTROL_SHARE * len(sample) and replaced <= _MAX_REPLACED_SHARE * len(sample)


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
    return "the file holds control characters, not text"
