"""A mail taken apart: what its headers say, the words of its bodies, and what is enclosed."""

from __future__ import annotations

import mimetypes
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes
from email.errors import MessageError
from email.message import Message

from corpus.errors import Unreadable
from corpus.readers.base import File, LeftOut
from corpus.readers.mail.mailbody import Body, as_html_file, html_body, plain_body
from corpus.readers.mail.mailheaders import encoding_named, header, parameter, same_id, sender, sent, subject, text_of
from corpus.readers.mail.mailquotes import ENCRYPTED, SIGNATURE

PROTECTED = "the mail is encrypted; decrypt it and save it again"
_TOO_DEEP = "the mail's parts stand in one another too deeply"
_TAGS = re.compile(r"<[^<>]{0,200}>")
_ANSWER = re.compile(
    r"^(?:re|aw|sv|fwd?|wg|tr|rv|отв|ответ|пересл|回复|答复|转发|轉寄|回覆|жауап)\s?(?:\[\d+\])?[:：]", re.I
)
_SIGNATURES = frozenset({
    "application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-keys",
    "application/applefile",
})  # fmt: skip
_REPORTS = frozenset({"message/delivery-status", "message/disposition-notification", "text/rfc822-headers",
    "message/feedback-report", "message/external-body", "message/partial"})  # fmt: skip
_TNEF = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
_S_MIME = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
# A body that only says that there is another one.
_NOTICE = re.compile(r"html|browser|браузер|浏览器|瀏覽器|ブラウザ|navegador|navigateur", re.IGNORECASE)
_MAX_NOTICE_WORDS = 40
_MIN_SHARED = 0.4
_MAX_PARTS = 2000
_MAX_LEVEL = 30


@dataclass(frozen=True, slots=True)
class Enclosed:
    """A file that is enclosed in a mail."""

    name: str
    data: bytes


@dataclass(slots=True)
class Letter:
    """A mail taken apart; ``enclosed`` are files and other mails, in their order."""

    title: str | None = None
    author: str | None = None
    published: str | None = None
    body: Body = field(default_factory=Body)
    enclosed: list[Enclosed | Message | Letter] = field(default_factory=list)
    protected: str | None = None


def parse(data: bytes) -> Message:
    """Return the MIME structure of a mail; `Unreadable` if its parts stand in one another without end."""
    try:
        return message_from_bytes(data)
    except RecursionError:
        raise Unreadable(_TOO_DEEP) from None
    except (MessageError, ValueError, LookupError) as error:
        raise Unreadable(f"the mail is damaged ({error})") from error


def open_letter(message: Message) -> Letter:
    """Take a mail apart."""
    letter = Letter(subject(message), sender(message), sent(message))
    is_reply = bool(header(message, "in-reply-to") or header(message, "references"))
    opener = _Opener(letter, is_reply=is_reply or bool(_ANSWER.match(letter.title or "")))
    opener.open(message, letter.body)
    return letter


class _Opener:
    """The walk over the parts of one mail."""

    def __init__(self, letter: Letter, *, is_reply: bool) -> None:
        self.letter = letter
        self.is_reply = is_reply
        self.parts = self.level = 0
        self.names: Counter[str] = Counter()

    def open(self, part: Message, body: Body) -> None:
        """Add a part of the mail to ``body``, or to what is enclosed."""
        self.parts += 1
        kind = part.get_content_type()
        if self.parts > _MAX_PARTS:
            body.warnings.append(f"the mail has more than {_MAX_PARTS} parts; the rest of them is not read")
        elif kind in _SIGNATURES:
            self._leave_out(part, body, SIGNATURE)
        elif kind in _REPORTS:
            self._leave_out(part, body, "what mail servers report to one another")
        elif kind in _TNEF:
            body.warnings.append(f"{self._name(part)}: what Outlook packs into winmail.dat is not read")
        elif kind in _S_MIME:
            self._open_sealed(part, body)
        elif kind == "message/rfc822":
            self.letter.enclosed += self._children(part)[:1]
        elif part.is_multipart() and self.level >= _MAX_LEVEL:
            body.warnings.append(_TOO_DEEP)
        elif part.is_multipart():
            self.level += 1
            self._open_multipart(part, kind, body)
            self.level -= 1
        else:
            self._open_leaf(part, kind, body)

    def _open_sealed(self, part: Message, body: Body) -> None:
        if parameter(part, "content-type", "smime-type") in {"signed-data", "certs-only"}:
            body.warnings.append(
                "the mail is signed in a form that is not read (S/MIME); save it without the signature"
            )
        else:
            self.letter.protected = PROTECTED

    def _open_multipart(self, part: Message, kind: str, body: Body) -> None:
        children = self._children(part)
        opened: dict[str, Callable[[], None]] = {
            "multipart/encrypted": self._protect,
            "multipart/alternative": lambda: self._open_alternatives(children, body),
            "multipart/related": lambda: self._open_related(part, children, body),
            "multipart/signed": lambda: self._open_all(children, body),
            "multipart/report": lambda: self._open_report(children, body),
        }
        opened.get(kind, lambda: self._open_all(children, body))()

    def _protect(self) -> None:
        self.letter.protected = PROTECTED

    def _children(self, part: Message) -> list[Message]:
        payload = part.get_payload()
        return [inner for inner in payload if isinstance(inner, Message)] if isinstance(payload, list) else []

    def _open_all(self, parts: list[Message], body: Body) -> None:
        for part in parts:
            self.open(part, body)

    def _open_report(self, parts: list[Message], body: Body) -> None:
        """Add the part of a delivery report that people read: the mail that came back is not this one's words."""
        self._open_all(parts[:1], body)
        for part in parts[1:]:
            self._leave_out(part, body, "what mail servers report to one another")

    def _open_related(self, part: Message, children: list[Message], body: Body) -> None:
        """Add the root of a compound; its pictures, sounds and styles are shown within the text."""
        start = parameter(part, "content-type", "start")
        root = next(
            (c for c in children if start and same_id(header(c, "content-id"), start)), next(iter(children), None)
        )
        for child in children:
            kind = child.get_content_maintype()
            if child is not root and (kind in {"image", "audio", "video"} or child.get_content_type() == "text/css"):
                self._leave_out(child, body, "pictures within the text")
            else:
                self.open(child, body)

    def _open_alternatives(self, children: list[Message], body: Body) -> None:
        """Add the alternative with the most words, and each that says something else (two languages)."""
        bodies = []
        for child in children:
            bodies.append(Body())
            self.open(child, bodies[-1])
        body.add(best_of(bodies))

    def _open_leaf(self, part: Message, kind: str, body: Body) -> None:
        name = parameter(part, "content-disposition", "filename") or parameter(part, "content-type", "name")
        is_attached = part.get_content_disposition() == "attachment" or bool(name)
        data = self._payload(part)
        if kind == "text/html" and not is_attached:
            body.add(html_body(_html_file(data, part.get_content_charset())))
        elif kind in {"text/plain", "text/enriched", "text/richtext"} and not is_attached:
            body.add(self._plain(part, kind, text_of(data, part.get_content_charset())))
        elif kind.startswith("image/") and part.get_content_disposition() != "attachment":
            self._leave_out(part, body, "pictures within the text")
        elif data:
            self.letter.enclosed.append(Enclosed(self._name(part), _as_text(part, kind, data)))

    def _plain(self, part: Message, kind: str, text: str) -> Body:
        if kind != "text/plain":
            text = _TAGS.sub("", text)
        is_flowed = parameter(part, "content-type", "format").lower() == "flowed"
        joins_words = parameter(part, "content-type", "delsp").lower() == "yes"
        found = plain_body(text, is_flowed=is_flowed, joins_words=joins_words, is_reply=self.is_reply)
        if any(piece.what == ENCRYPTED for piece in found.left_out):
            self.letter.protected = PROTECTED
        return found

    def _payload(self, part: Message) -> bytes:
        try:
            data = part.get_payload(decode=True)
        except (ValueError, LookupError, AssertionError):
            return b""
        return data if isinstance(data, bytes) else b""

    def _leave_out(self, part: Message, body: Body, what: str) -> None:
        body.left_out.append(LeftOut(what, len(str(part.get_payload()))))

    def _name(self, part: Message) -> str:
        """Return a name for an enclosed file, which no other of the mail has; it never becomes a path."""
        name = parameter(part, "content-disposition", "filename") or parameter(part, "content-type", "name")
        name = re.split(r"[/\\]", name)[-1].strip() or "attachment"
        if "." not in name:
            name += mimetypes.guess_extension(part.get_content_type()) or ""
        self.names[name] += 1
        stem, dot, suffix = name.rpartition(".")
        count = self.names[name]
        return name if count == 1 else f"{stem} ({count}).{suffix}" if dot else f"{name} ({count})"


def best_of(bodies: list[Body]) -> Body:
    """Return of bodies that should say the same the one with the most words, and each that says something else."""
    best = max(bodies, key=lambda one: len(one.words()), default=Body())
    found = Body()
    for one in bodies:
        if one is best or _says_something_else(one, best):
            found.add(one)
        else:
            found.warnings += one.warnings
    return found


def _html_file(data: bytes, charset: str | None) -> File:
    """Return an HTML body as a file: in the encoding of its header, else in the one that it names itself."""
    return as_html_file(text_of(data, charset)) if encoding_named(charset) else File("body.html", data)


def _as_text(part: Message, kind: str, data: bytes) -> bytes:
    """Return the bytes of an enclosed text as UTF-8 if the mail tells its encoding, which the file itself does not."""
    charset = part.get_content_charset()
    if kind not in {"text/plain", "text/csv", "text/markdown"} or not encoding_named(charset) or data.isascii():
        return data
    return text_of(data, charset).encode("utf-8", "replace")


def _says_something_else(one: Body, other: Body) -> bool:
    """Return whether a body has words of its own: it is in another language, and no notice that there is another."""
    own, others = Counter(one.words()), Counter(other.words())
    count = sum(own.values())
    text = " ".join(passage.text for passage in one.passages)
    if not count or (count <= _MAX_NOTICE_WORDS and _NOTICE.search(text)):
        return False
    return sum((own & others).values()) < _MIN_SHARED * count
