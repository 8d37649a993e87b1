"""Bytes of a file to text: byte order marks, UTF-8, a page's own declaration, then statistical detection."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from charset_normalizer import from_bytes

from corpus.codepages import KAZAKH_CODE_PAGES, reads_as_kazakh, unmarked_utf16
from corpus.errors import Unreadable

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What the detector may answer; Latin-1 and its like would accept any bytes at all.
_CANDIDATES = ["gb18030", "big5", "big5hkscs", "cp1251", "koi8_r", "euc_kr", "shift_jis", "cp1252", "cp1254"]
_DECLARED = re.compile(
    rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w.:-]{2,40})|<\?xml[^>]{0,100}encoding=[\"']([\w.:-]{2,40})",
    re.IGNORECASE,
)
# What a page may declare, by Python's names: encodings of text that the web knows. Others ("punycode") are not.
_DECLARABLE = re.compile(
    r"gb18030|gbk|gb2312|big5(?:hkscs)?|euc_(?:jp|kr)|shift_jis|iso2022_(?:jp|kr)|cp949|koi8-[rut]|kz1048|ptcp154"
    r"|cp(?:866|874|125\d)|iso8859-\d{1,2}|ascii|mac-cyrillic|tis-620|utf-16(?:-[lb]e)?"
)
# HTML's names for the subsets of GB 18030 and Big5 that everyone writes supersets of.
_SUPERSETS = {"gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs", "iso8859-1": "cp1252", "ascii": "cp1252"}
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
    """The text of a file and the name of its encoding, a byte order mark not included.

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
    """The encoding a page declares in its head, as Python names it, if it is one that pages use."""
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
    """The first bytes, up to a line's end: cut inside a character they would fit no encoding."""
    if len(data) <= _SAMPLE:
        return data
    end = data.rfind(b"\n", 0, _SAMPLE)
    if end > 0:
        return data[:end]
    # One long line: after two ASCII bytes in a row a character of one, two or four bytes begins anew.
    ends = [m.end() for m in re.finditer(rb"[\x00-\x2f\x3a-\x3f]{2}", data[:_SAMPLE])]
    return data[: ends[-1]] if ends else _whole_characters(data)


def _whole_characters(data: bytes) -> bytes:
    """The first bytes, short of a character cut in two, if some candidate reads them."""
    for end in range(_SAMPLE, _SAMPLE - 4, -1):
        if any(_strict(data[:end], encoding) for encoding in ("gb18030", "big5hkscs", "euc_kr", "shift_jis")):
            return data[:end]
    return data[:_SAMPLE]


def _strict(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return None


def _mostly_utf8(data: bytes) -> bool:
    """Whether most characters beyond ASCII are good UTF-8: then the rest is damage, not another encoding."""
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
