"""Bytes of a file to text: byte order marks, UTF-8, a page's own declaration, then statistical detection."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from charset_normalizer import from_bytes

from corpus.errors import Unreadable

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What the detector may answer; Latin-1 and its like would accept any bytes at all.
_CANDIDATES = ["gb18030", "big5", "big5hkscs", "cp1251", "koi8_r", "utf_16_le", "utf_16_be", "euc_kr", "shift_jis", "cp1252", "cp1254"]
_DECLARED = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w.:-]{2,40})|<\?xml[^>]{0,100}encoding=[\"']([\w.:-]{2,40})", re.IGNORECASE)
# HTML's names for the subsets of GB 18030 and Big5 that everyone writes supersets of.
_SUPERSETS = {"gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs", "iso-8859-1": "cp1252", "ascii": "cp1252"}
_SAMPLE = 200_000
_MAX_CONTROL_SHARE = 0.02
_MAX_REPLACED_SHARE = 0.001
_SIGNATURES = (
    (b"%PDF-", "a PDF"), (b"PK\x03\x04", "a ZIP or office file"), (b"\x89PNG", "a PNG image"), (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"), (b"\x1f\x8b", "a gzip file"), (b"\xd0\xcf\x11\xe0", "an old office file"), (b"SQLite format 3", "a database"),
    (b"\x7fELF", "a program"), (b"7z\xbc\xaf", "a 7-Zip file"), (b"Rar!", "a RAR file"),
)  # fmt: skip


def decode(data: bytes) -> tuple[str, str]:
    """The text of a file and the name of its encoding, a byte order mark not included.

    Raises `Unreadable` for empty files, binary files and bytes that no one encoding explains.
    """
    if not data.strip(b"\x00 \t\r\n\f\v"):
        raise Unreadable("the file is empty")
    for signature, what in _SIGNATURES:
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
    declared = _DECLARED.search(data[:4096])
    if declared:
        name = (declared[1] or declared[2]).decode("ascii").lower()
        name = _SUPERSETS.get(name, name)
        if name not in {"utf-8", "utf8", "utf-16"}:
            yield _strict(data, name), name
    if _looks_binary(data) or _mostly_utf8(data):
        return
    detected = from_bytes(data[:_SAMPLE], cp_isolation=_CANDIDATES).best()
    if detected:
        yield _strict(data, detected.encoding), detected.encoding


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


def _looks_binary(data: bytes) -> bool:
    """NUL bytes that are not one half of UTF-16 code units."""
    sample = data[:_SAMPLE]
    zeros = sample.count(0)
    if not zeros:
        return False
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    return len(data) % 2 == 1 or min(even, odd) > 0.2 * max(even, odd)


def _is_text(text: str) -> bool:
    sample = text[:_SAMPLE]
    controls = sum(c < " " and c not in "\t\n\r\f\v\x1c\x1d\x1e\x1f" or "\x7f" <= c <= "\x9f" and c != "\x85" for c in sample)
    replaced = sample.count("\ufffd")
    return "\x00" not in sample and controls <= _MAX_CONTROL_SHARE * len(sample) and replaced <= _MAX_REPLACED_SHARE * len(sample)


def _why_not(data: bytes) -> str:
    if _looks_binary(data) or b"\x00" in data[:_SAMPLE]:
        return "the file is binary, not text"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        return f"the encoding is unknown or mixed: line {line} is not UTF-8 and nothing else fits; save the file as UTF-8"
    return "the file holds control characters, not text"
