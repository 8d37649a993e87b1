"""The reader of mails as Outlook saves them (MSG)."""

from __future__ import annotations

import io
import struct
from email.message import Message
from email.parser import HeaderParser

from olefile import OleFileIO
from oxmsg.domain import constants as c
from oxmsg.domain.model import ATTACH_HDR_OFFSET, MSG_HDR_OFFSET
from oxmsg.properties import Properties
from oxmsg.storage import Storage

from corpus.errors import Unreadable
from corpus.readers.base import Draft, File, plain_line
from corpus.readers.extract import Extract
from corpus.readers.mail.letter import PROTECTED, Enclosed, Letter, best_of, parse
from corpus.readers.mail.mail import add_letter, finished
from corpus.readers.mail.mailbody import Body, as_html_file, html_body, plain_body
from corpus.readers.mail.mailheaders import named_address, sender, sent, subject, text_of

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MARK = "__properties_version1.0".encode("utf-16-le")
_OFFICE = frozenset({".doc", ".dot", ".xls", ".xlt", ".ppt", ".pps", ".pot", ".vsd", ".pub"})
# The message that is enclosed in an attachment, and where its properties begin.
_ENCLOSED = "__substg1.0_3701000D"
_ENCLOSED_OFFSET = 24
_SENDER_SMTP = 0x5D01
_MAX_LEVEL = 10
_MAX_NAME = 200
# What the library raises where a file is not as it should be.
_DAMAGES = (
    OSError, KeyError, IndexError, ValueError, TypeError, AttributeError, AssertionError, struct.error,
    OverflowError, RecursionError, MemoryError,
)  # fmt: skip


class OutlookReader:
    """The reader of mails as Outlook saves them."""

    name = "outlook"
    media_type = "application/vnd.ms-outlook"
    suffixes = frozenset({".msg"})
    is_quick = False

    def matches(self, file: File) -> bool:
        """Return whether the file is a compound file with the properties of a mail."""
        if not file.head.startswith(_OLE) or file.suffix in _OFFICE:
            return False
        return file.suffix in self.suffixes or _MARK in file.data

    def read(self, file: File) -> Draft:
        """Return the draft of a mail, what is enclosed in it as parts."""
        try:
            with OleFileIO(io.BytesIO(file.data)) as ole:
                letter = _letter(Storage.from_ole(ole), MSG_HDR_OFFSET, 0)
        except _DAMAGES as error:
            raise Unreadable("the mail is damaged or no mail of Outlook; save it again") from error
        extract = Extract()
        add_letter(extract, letter, file)
        return finished(extract, letter)


class _Values:
    """The properties of a message or an attachment; one that is damaged counts as missing."""

    def __init__(self, storage: Storage, offset: int) -> None:
        self._properties = Properties(storage, properties_header_offset=offset)

    def text(self, *names: int) -> str:
        """Return the first of some texts that is there; empty if none is."""
        for name in names:
            try:
                found = self._properties.str_prop_value(name)
            except _DAMAGES:
                continue
            if found:
                return found.replace("\x00", "")
        return ""

    def data(self, name: int) -> bytes:
        """Return bytes; none if they are not there."""
        try:
            return self._properties.binary_prop_value(name) or b""
        except _DAMAGES:
            return b""

    def encoding(self) -> str | None:
        """Return the encoding of the body."""
        try:
            return self._properties.body_encoding
        except _DAMAGES:
            return None

    def moment(self, name: int) -> str | None:
        """Return a time in ISO form."""
        try:
            found = self._properties.date_prop_value(name)
            return found.isoformat() if found else None
        except _DAMAGES:
            return None


def _letter(storage: Storage, offset: int, level: int) -> Letter:
    values = _Values(storage, offset)
    headers = HeaderParser().parsestr(values.text(c.PID_TRANSPORT_MESSAGE_HEADERS).lstrip("\r\n"))
    letter = Letter(
        plain_line(values.text(c.PID_SUBJECT), 2 * _MAX_NAME) or subject(headers),
        sender(headers) or _sender(values),
        sent(headers) or values.moment(c.PID_CLIENT_SUBMIT_TIME),
        _body(values, headers),
    )
    if not letter.body.passages and (packed := values.data(c.PID_RTF_COMPRESSED)):
        letter.enclosed.append(Enclosed("text.rtf", unpacked_rtf(packed)))
    for number, inner in enumerate(storage.iter_attachment_storages(), 1):
        _enclose(letter, inner, number, level)
    return letter


def _sender(values: _Values) -> str | None:
    name = values.text(c.PID_SENDER_NAME, c.PID_SENT_REPRESENTING_NAME)
    address = values.text(_SENDER_SMTP, c.PID_SENDER_SMTP_ADDRESS, c.PID_SENDER_EMAIL_ADDRESS)
    # Within a company, Outlook's address is a path in its directory ("/O=EXAMPLE/OU=…").
    return named_address(name, address if "@" in address else "")


def _body(values: _Values, headers: Message) -> Body:
    """Return what the mail says, of its two forms the one with more words."""
    is_reply = bool(headers["in-reply-to"] or headers["references"])
    bodies = [plain_body(values.text(c.PID_BODY), is_reply=is_reply)]
    written = values.text(c.PID_BODY_HTML)
    if data := values.data(c.PID_HTML):
        written = text_of(data, values.encoding())
    if written:
        bodies.append(html_body(as_html_file(written)))
    return best_of(bodies)


def _enclose(letter: Letter, storage: Storage, number: int, level: int) -> None:
    """Add an attachment: a file, or another mail; pictures that the text shows are left out."""
    inner = next((one for one in storage.storages if one.name == _ENCLOSED), None)
    if inner is not None:
        if level < _MAX_LEVEL:
            letter.enclosed.append(_letter(inner, _ENCLOSED_OFFSET, level + 1))
        return
    values = _Values(storage, ATTACH_HDR_OFFSET)
    data = values.data(c.PID_ATTACH_DATA_BINARY)
    kind = values.text(c.PID_ATTACH_MIME_TAG)
    if not data or (values.text(c.PID_ATTACH_CONTENT_ID) and kind.startswith("image/")):
        return
    if kind == "multipart/signed":
        letter.enclosed.append(parse(data))
    elif kind.endswith("pkcs7-mime"):
        letter.protected = PROTECTED
    else:
        name = values.text(c.PID_ATTACH_LONG_FILENAME, c.PID_ATTACH_FILENAME) or f"attachment {number}"
        letter.enclosed.append(Enclosed(plain_line(name, _MAX_NAME), data))


_RTF_START = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans Serif"
    b"SymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0"
    b"\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
_WINDOW = 4096
_MAX_RTF = 20_000_000


def unpacked_rtf(data: bytes) -> bytes:
    """Return the rich text of a mail, which Outlook packs in a way of its own ([MS-OXRTFCP])."""
    if data[8:12] == b"MELA":
        return data[16:]
    window = bytearray(_RTF_START.ljust(_WINDOW, b" "))
    at = len(_RTF_START)
    out = bytearray()
    position = 16
    while position < len(data) and len(out) < _MAX_RTF:
        control = data[position]
        position += 1
        for bit in range(8):
            step = data[position : position + (2 if control >> bit & 1 else 1)]
            position += len(step)
            offset = int.from_bytes(step) >> 4
            if not step or (control >> bit & 1 and (len(step) < 2 or offset == at)):
                return bytes(out)
            length = (step[1] & 15) + 2 if control >> bit & 1 else 1
            for index in range(length):
                byte = window[(offset + index) % _WINDOW] if control >> bit & 1 else step[0]
                window[at] = byte
                out.append(byte)
                at = (at + 1) % _WINDOW
    return bytes(out)
