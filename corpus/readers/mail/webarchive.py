"""The readers of archived web pages: MHTML, one page with all that it shows, and WARC, many answers of servers."""

from __future__ import annotations

import hashlib
import mimetypes
import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, replace
from email.message import Message
from io import BytesIO
from urllib.parse import unquote, urlsplit

from fastwarc import ArchiveIterator, WarcRecordType
from fastwarc.warc import WarcRecord

from corpus.errors import Unreadable
from corpus.readers.base import Draft, File, clean_blocks
from corpus.readers.extract import Extract
from corpus.readers.mail.letter import parse
from corpus.readers.mail.mail import header_names
from corpus.readers.mail.mailheaders import encoding_named, header, parameter, same_id, text_of
from corpus.readers.mail.nested import MAX_MEMBER_BYTES, add_member, finished_members
from corpus.readers.mail.unpacking import TooMuch, first_unpacked, unchunked, unpack_body, unpacked
from corpus.readers.web.webpage import HtmlReader
from corpus.urls import safe_url

_HTML = HtmlReader()
_PAGES = frozenset({"text/html", "application/xhtml+xml"})
_MIN_FRAME = 400
_MAX_FRAMES = 50
# A header that only a saved page has, and what older programs write as its sender.
_SAVED = b"snapshot-content-location"
_SAVED_BY = b"saved by "


class MhtmlReader:
    """The reader of web pages that were saved as a single file."""

    name = "mhtml"
    media_type = "multipart/related"
    suffixes = frozenset({".mhtml", ".mht"})
    is_quick = True

    def matches(self, file: File) -> bool:
        """Return whether the file begins with headers, and they or its name say that a browser saved it."""
        names = header_names(file.head)
        is_named = file.suffix in self.suffixes and bool(names)
        return is_named or _SAVED in names or (bool(names) and _SAVED_BY in file.head[:400].lower())

    def read(self, file: File) -> Draft:
        """Return the draft of the page, with its frames that hold prose as parts."""
        message = parse(file.data)
        pages = [part for part in message.walk() if part.get_content_type() in _PAGES]
        if not pages:
            raise Unreadable("the file holds no web page; save the page again")
        root = _root(message, pages)
        page = _HTML.read(_page_file(root))
        url = _location(root) or _location(message)
        extract = Extract()
        extract.include(page)
        for number, frame in enumerate([part for part in pages if part is not root][:_MAX_FRAMES], 1):
            _add_frame(extract, frame, number)
        return extract.draft(replace(page.metadata, url=page.metadata.url or url))


def _root(message: Message, pages: list[Message]) -> Message:
    """Return the page itself: the part that the file names as its start or by its address, or the first."""
    start, address = parameter(message, "content-type", "start"), _location(message)
    named = (part for part in pages if start and same_id(header(part, "content-id"), start))
    placed = (part for part in pages if address and _location(part) == address)
    return next(named, None) or next(placed, None) or pages[0]


def _location(part: Message) -> str | None:
    return safe_url(header(part, "snapshot-content-location") or header(part, "content-location"))


def _page_file(part: Message) -> File:
    payload = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    return _decoded_page(File("page.html", data), part.get_content_charset())


def _decoded_page(file: File, charset: str | None) -> File:
    """Return a page as UTF-8 if the header above it names its encoding, which it need not do itself."""
    if not encoding_named(charset) or file.data.isascii():
        return file
    data = b"\xef\xbb\xbf" + text_of(file.data, charset).encode("utf-8", "replace")
    return File(file.name, data, depth=file.depth, allowance=file.allowance)


def _add_frame(extract: Extract, part: Message, number: int) -> None:
    """Add a frame of a page if it holds prose: most frames hold advertisements and buttons."""
    try:
        draft = _HTML.read(_page_file(part))
    except Unreadable:
        return
    prose = sum(len(clean_blocks([block])) for block in draft.blocks if block.kind == "paragraph")
    if prose < _MIN_FRAME:
        extract.leave_out("frames without prose", prose)
        return
    about = draft.metadata
    extract.part(f"frame {number}", title=about.title, url=about.url or _location(part), author=about.author)
    if draft.blocks[0].kind != "heading":
        extract.heading(about.title or f"frame {number}", 1)
    extract.include(draft)


_OK = 200
_MAX_ANSWERS = 200_000
_MAX_RECORD = 4 * MAX_MEMBER_BYTES
_TRUNCATED = "the archive is damaged or ends too early; what stands before that is read"
_NO_PAGES = "archived files that are no pages"
_READ_TYPES = WarcRecordType.response | WarcRecordType.resource | WarcRecordType.conversion


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a server sent, or a resource: its address, media type, encoding of text and bytes."""

    url: str
    kind: str
    charset: str | None
    data: bytes


class WarcReader:
    """The reader of web archives."""

    name = "warc"
    media_type = "application/warc"
    suffixes = frozenset({".warc", ".gz"})
    is_quick = False

    def matches(self, file: File) -> bool:
        """Return whether the file begins as a record of a web archive does, compressed or not."""
        return file.head.startswith(b"WARC/") or first_unpacked(file.head, 5) == b"WARC/"

    def read(self, file: File) -> Draft:
        """Return the draft of an archive, a part for each page; one that was stored twice is read once."""
        extract = Extract()
        seen: set[bytes] = set()
        number = 0
        for answer in _answers(file, extract):
            digest = hashlib.sha256(answer.data).digest()
            if digest in seen:
                extract.leave_out("pages that stand in the archive already", len(answer.data))
                continue
            seen.add(digest)
            inner = _decoded_page(file.member(_file_name(answer), answer.data), answer.charset)
            number += add_member(extract, inner, str(number + 1), url=safe_url(answer.url))
        return finished_members(extract, "the archive holds no page that can be read")


def _answers(file: File, extract: Extract) -> Iterator[_Answer]:
    """Yield the pages of an archive as far as it can be read."""
    data, is_whole = file.data, True
    if data.startswith(b"\x1f\x8b"):
        data, is_whole = unpacked(data)
    # Over bytes in memory alone: a stream of Python's that fails ends the whole process.
    records = ArchiveIterator(
        BytesIO(data), record_types=_READ_TYPES, max_content_length=_MAX_RECORD, quirks_mode=True, stream_detect=False
    )
    try:
        for count, record in enumerate(records):
            if count >= _MAX_ANSWERS:
                extract.warn(f"only the first {_MAX_ANSWERS} answers of the archive are read; split the file")
                return
            answer = _answer(record, extract, file)
            if answer:
                yield answer
    except OSError:
        is_whole = False
    if not is_whole:
        extract.warn(_TRUNCATED)


def _answer(record: WarcRecord, extract: Extract, file: File) -> _Answer | None:
    """Return the page in a record; None, and a note of what it is, if it is none."""
    url = (record.headers.get("WARC-Target-URI") or "").strip("<> ")
    is_answer = record.is_http_parsed
    if not is_answer and record.record_type == WarcRecordType.response:
        return None
    said = record.http_headers if is_answer else record.headers
    if is_answer and said.status_code != _OK:
        extract.leave_out("answers without a page (redirections, errors)", record.content_length)
        return None
    kind, charset = _content_type(said.get("Content-Type") or "")
    if not _is_page(kind, url, file):
        extract.leave_out(_NO_PAGES, record.content_length)
        return None
    body = record.reader.read(_MAX_RECORD)
    if len(body) < record.content_length:
        extract.warn(_TRUNCATED)
    if "chunked" in (said.get("Transfer-Encoding") or "").lower():
        body = unchunked(body)
    try:
        return _Answer(url, kind, charset, unpack_body(body, said.get("Content-Encoding") or "", MAX_MEMBER_BYTES))
    except TooMuch as error:
        extract.warn(f"{url}: {error.reason}")
        return None


def _content_type(written: str) -> tuple[str, str | None]:
    message = Message()
    message["Content-Type"] = written.replace("\r", " ").replace("\n", " ")
    return message.get_content_type(), message.get_content_charset()


def _is_page(kind: str, url: str, file: File) -> bool:
    """Return whether people read files of a kind: pages, texts and documents, no scripts, styles and pictures."""
    if kind in _PAGES:
        return True
    path = urlsplit_path(url)
    if kind == "text/plain":
        return posixpath.basename(path) != "robots.txt" and not path.endswith((".js", ".css", ".json"))
    suffix = mimetypes.guess_extension(kind) or ""
    is_document = kind.startswith(("application/", "text/")) and kind not in _NO_DOCUMENTS
    return is_document and bool(suffix) and file.can_read(f"file{suffix}")


_NO_DOCUMENTS = frozenset({
    "application/json", "application/javascript", "text/javascript", "text/css", "application/xml", "text/xml",
    "application/octet-stream", "text/vtt", "application/gzip", "application/zip",
})  # fmt: skip


def urlsplit_path(url: str) -> str:
    """Return the path of an address, unquoted; empty if it is none."""
    try:
        return unquote(urlsplit(url).path)
    except ValueError:
        return ""


def _file_name(answer: _Answer) -> str:
    """Return a name for an archived file, with the suffix of its media type; it never becomes a path."""
    stem = posixpath.basename(urlsplit_path(answer.url).rstrip("/")).rpartition(".")[0] or "page"
    suffix = {"text/html": ".html", "application/xhtml+xml": ".xhtml", "text/plain": ".txt"}.get(answer.kind)
    return stem + (suffix or mimetypes.guess_extension(answer.kind) or "")
