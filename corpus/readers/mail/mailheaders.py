"""The headers and the encodings of mails, also of those that break the rules."""

from __future__ import annotations

import binascii
import codecs
import re
from email.message import Message
from email.utils import collapse_rfc2231_value, getaddresses, parsedate_to_datetime

from corpus.dates import iso_date
from corpus.decoding import decode
from corpus.errors import Unreadable
from corpus.readers.base import plain_line

_MAX_HEADER = 20_000
_MAX_LINE = 500
# Programs leave spaces in encoded words, which the rules forbid.
_ENCODED_WORD = re.compile(r"=\?([^?\s*]{1,40})(?:\*[^?\s]{0,20})?\?([bBqQ])\?([^?\r\n]*)\?=")
_FOLD = re.compile(r"\r?\n[ \t]*")
# Encodings that are declared although a text is written in these supersets, by Python's names.
_SUPERSETS = {
    "gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs", "euc_kr": "cp949", "shift_jis": "cp932",
    "iso8859-1": "cp1252", "iso8859-9": "cp1254", "iso8859-11": "cp874", "ascii": "cp1252",
    "iso2022_jp": "iso2022_jp_ext",
}  # fmt: skip
# Names that mails use and Python does not know.
_NAMES = {"x-sjis": "cp932", "ks_c_5601-1987": "cp949", "x-gbk": "gb18030", "x-euc": "euc_jp", "windows-874": "cp874"}
# Those in which valid UTF-8 of several letters means nothing: it is UTF-8 then, whatever was declared.
_ONE_BYTE = re.compile(r"cp125\d|cp8\d\d|iso8859-\d+|koi8-[rut]|mac-\w+|kz1048|ptcp154|tis-620")


def encoding_named(charset: str | None) -> str | None:
    """Return Python's name of an encoding that holds all of a declared one; None if it is not known."""
    name = (charset or "").strip().strip("\"'").lower()
    name = _NAMES.get(name, name.removesuffix("-i") if name.startswith("iso-8859-8") else name)
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError, UnicodeError):
        return None
    # Of Python's codecs only those make text of bytes.
    return _SUPERSETS.get(found.name, found.name) if getattr(found, "_is_text_encoding", True) else None


def text_of(data: bytes, charset: str | None) -> str:
    """Return the text of a mail's body or header, in the declared encoding if that can be."""
    name = encoding_named(charset)
    if data.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        name = None
    if name is None or _ONE_BYTE.fullmatch(name):
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError:
            pass
    if name == "utf-16" and not data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        name = None  # without a mark, the order of bytes is guessed
    try:
        return data.decode(name) if name else decode(data)[0]
    except Unreadable:
        return data.decode("utf-8", "replace")
    except UnicodeError:
        return data.decode(name or "utf-8", "replace")


def header(message: Message, name: str) -> str:
    """Return a header as it was written, unfolded and not yet decoded; empty if there is none."""
    for key, value in message.raw_items():
        if key.lower() == name:
            raw = _FOLD.sub(" ", str(value)[:_MAX_HEADER]).encode("utf-8", "surrogateescape")
            return text_of(raw, None).strip()
    return ""


def decoded(text: str) -> str:
    """Return a header with its encoded words decoded; what cannot be decoded stays as it is."""
    out: list[str] = []
    position = 0
    held: list[tuple[str, bytes]] = []
    for match in _ENCODED_WORD.finditer(text):
        between = text[position : match.start()]
        if between.strip() or not held:
            out += [_joined(held), between]
            held = []
        held.append((match[1].lower(), _word(match[2], match[3])))
        position = match.end()
    return "".join([*out, _joined(held), text[position:]])


def _word(kind: str, text: str) -> bytes:
    raw = text.encode("utf-8")
    if kind in "qQ":
        return binascii.a2b_qp(raw, header=True)
    try:
        return binascii.a2b_base64(raw + b"===")
    except binascii.Error:
        return raw


def _joined(words: list[tuple[str, bytes]]) -> str:
    """Return the text of encoded words that stand side by side: a letter's bytes may be spread over two of them."""
    out = []
    index = 0
    while index < len(words):
        charset, data = words[index]
        index += 1
        while index < len(words) and words[index][0] == charset:
            data += words[index][1]
            index += 1
        out.append(text_of(data, charset))
    return "".join(out)


def subject(message: Message) -> str | None:
    """Return the subject of a mail."""
    return plain_line(decoded(header(message, "subject")), _MAX_LINE) or None


def sender(message: Message) -> str | None:
    """Return the sender of a mail: the name with the address ("Ann Lee <ann@example.org>"), or what there is."""
    raw = header(message, "from") or header(message, "sender")
    try:
        name, address = next(iter(getaddresses([raw])), ("", ""))
    except (RecursionError, IndexError, ValueError):  # comments within comments without end
        name, address = "", ""
    if "@" not in address:
        return plain_line(decoded(raw), _MAX_LINE) or None
    return named_address(decoded(name), decoded(address))


def named_address(name: str, address: str) -> str | None:
    """Return a name with an address as one text, or what there is of them."""
    shown, place = plain_line(name, _MAX_LINE).strip("'\" "), plain_line(address, _MAX_LINE)
    if not shown or shown.lower() == place.lower():
        return place or None
    return f"{shown} <{place}>" if place else shown


def sent(message: Message) -> str | None:
    """Return when a mail was sent, with the day and time of its sender."""
    return moment_of(header(message, "date"))


def moment_of(written: str) -> str | None:
    """Return a date as mails write it, in ISO form, with its own day and time."""
    try:
        return parsedate_to_datetime(written).isoformat()
    except (ValueError, TypeError, IndexError, OverflowError):
        return iso_date(written)


def same_id(one: str, other: str) -> bool:
    """Return whether two identifiers of parts are the same, written with angle brackets or without."""
    return one.strip("<> ") == other.strip("<> ")


def parameter(message: Message, header_name: str, name: str) -> str:
    """Return a parameter of a header ("filename" of "content-disposition"), decoded; empty if there is none."""
    try:
        value = message.get_param(name, "", header_name)
        text = collapse_rfc2231_value(value) if value else ""
    except (ValueError, TypeError, LookupError, IndexError):
        return ""
    raw = _FOLD.sub(" ", str(text)[:_MAX_HEADER])
    return plain_line(decoded(raw if "\ufffd" not in raw else _raw_parameter(message, header_name, name)), _MAX_LINE)


def _raw_parameter(message: Message, header_name: str, name: str) -> str:
    """Return a parameter that was written in bytes beyond ASCII, which the rules forbid and many programs do."""
    found = re.search(rf'\b{name}="?([^";]+)', header(message, header_name), re.IGNORECASE)
    return found[1] if found else ""
