"""The readers of mails, and what all readers of mails do with one."""

from __future__ import annotations

import codecs
import re
from email.message import Message

from corpus.errors import Unreadable
from corpus.readers.base import Draft, File
from corpus.readers.extract import Extract
from corpus.readers.mail.letter import Enclosed, Letter, open_letter, parse
from corpus.readers.mail.mailbody import Body
from corpus.readers.mail.nested import add_member
from corpus.types import Metadata

_MAX_LEVEL = 10
_MAX_HEADERS = 16_384
_FIELD = re.compile(rb"^([!-9;-~]{1,76})[ \t]*:[^\r\n]*(?:\r\n|\r|\n)(?:[ \t]+[^\r\n]*(?:\r\n|\r|\n))*", re.MULTILINE)
_ENVELOPE = re.compile(rb"^>?From [^\r\n]*(?:\r\n|\r|\n)")
_EMLX = re.compile(rb"^\s*(\d{1,10})[ \t]*\r?\n")
# Two kinds of header that together only a mail has.
_PEOPLE = frozenset((b"from", b"to", b"sender", b"return-path", b"delivered-to"))
_MACHINES = frozenset(
    (b"message-id", b"received", b"mime-version", b"content-type", b"x-mailer", b"content-transfer-encoding")
)


def header_names(head: bytes) -> list[bytes]:
    """Return the names of the header fields with which a file begins, lowercased; none if it begins otherwise."""
    head = _as_bytes(head).lstrip(b"\r\n")
    envelope = _ENVELOPE.match(head)
    position = envelope.end() if envelope else 0
    names = []
    while match := _FIELD.match(head, position):
        names.append(match[1].lower())
        position = match.end()
    return names


def _as_bytes(data: bytes) -> bytes:
    """Return the bytes of a mail that was saved as UTF-16 or with a mark at its beginning, without that."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace").encode("utf-8", "replace")
    return data.removeprefix(codecs.BOM_UTF8)


def _message_bytes(data: bytes) -> bytes:
    """Return the mail in a file: without what Apple Mail writes before and after it."""
    data = _as_bytes(data).lstrip(b"\r\n")
    counted = _EMLX.match(data)
    return data[counted.end() : counted.end() + int(counted[1])] if counted else data


class MailReader:
    """The reader of single mails."""

    name = "mail"
    media_type = "message/rfc822"
    suffixes = frozenset({".eml", ".emlx"})
    is_quick = False

    def matches(self, file: File) -> bool:
        """Return whether the file begins with the headers of a mail."""
        names = set(header_names(_message_bytes(file.data[:_MAX_HEADERS])))
        return bool(names and file.suffix in self.suffixes) or bool(names & _PEOPLE and len(names & _MACHINES) > 1)

    def read(self, file: File) -> Draft:
        """Return the draft of a mail, what is enclosed in it as parts."""
        letter = open_letter(parse(_message_bytes(file.data)))
        extract = Extract()
        add_letter(extract, letter, file)
        return finished(extract, letter)


def finished(extract: Extract, letter: Letter) -> Draft:
    """Return the draft of a mail; `Unreadable` if there are no words in it that can be read."""
    draft = extract.draft(Metadata(title=letter.title, author=letter.author, published=letter.published))
    if letter.protected and not any(block.kind != "heading" for block in draft.blocks):
        raise Unreadable(letter.protected)
    if not draft.blocks:
        reasons = f" ({'; '.join(draft.warnings[:3])})" if draft.warnings else ""
        raise Unreadable(f"the mail holds no text that can be read{reasons}")
    return draft


def add_letter(extract: Extract, letter: Letter, file: File, prefix: str = "", level: int = 0) -> None:
    """Add a mail: its subject, its words, and what is enclosed as parts whose names begin with ``prefix``.

    The mails in it are numbered. ``file`` is the file in which it stands.
    """
    top = letter.title or (letter.author or (letter.published or "")[:10] or prefix.rstrip("/") if level else None)
    add_body(extract, letter.body, top)
    if letter.protected:
        extract.warn(f"{prefix.rstrip('/') or 'the mail'}: {letter.protected}" if prefix else letter.protected)
    extract.end_part()
    count = 0
    for enclosed in letter.enclosed:
        if isinstance(enclosed, Enclosed):
            _add_file(extract, enclosed, file, prefix)
        elif level >= _MAX_LEVEL:
            extract.warn("mails that stand too deep in others are not read")
        else:
            count += 1
            _add_message(extract, enclosed, file, f"{prefix}{count}", level + 1)


def _add_message(extract: Extract, inner: Message | Letter, file: File, name: str, level: int) -> None:
    letter = inner if isinstance(inner, Letter) else open_letter(inner)
    extract.part(name, title=letter.title, author=letter.author, published=letter.published)
    add_letter(extract, letter, file, f"{name}/", level)


def _add_file(extract: Extract, enclosed: Enclosed, file: File, prefix: str) -> None:
    if file.can_read(enclosed.name):
        add_member(extract, file.member(enclosed.name, enclosed.data), f"{prefix}{enclosed.name}")
    else:
        extract.warn(f"{enclosed.name}: files of this kind are not read")


def add_body(extract: Extract, body: Body, top: str | None) -> None:
    """Add the words of a mail, each below a heading that says whose they are: its subject, or "Ann Lee wrote:"."""
    if top:
        extract.heading(top, 1)
    leads = {0: top}
    shown = top
    for passage in body.passages:
        if passage.is_lead:
            leads[passage.depth] = passage.text
        heading = leads.get(passage.depth) or top
        if heading and heading != shown:
            extract.heading(heading, 3)
            shown = heading
        if not passage.is_lead:
            leads = {depth: lead for depth, lead in leads.items() if depth <= passage.depth}
            extract.block(passage.kind, passage.text, passage.level)
            shown = passage.text if passage.kind == "heading" else shown
    extract.leave_out_all(body.left_out)
    for warning in body.warnings:
        extract.warn(warning)
