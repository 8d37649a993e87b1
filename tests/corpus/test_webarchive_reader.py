import gzip
import zlib
from pathlib import Path

import brotli
import pytest
from corpus_support import check_invariants, headings, paragraphs
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.errors import Unreadable
from corpus.readers.base import File
from corpus.reading import ReadFile, choose_reader, read_document

PROSE = "The harbour council decided on Friday to close the old pier until the end of the summer. "
PAGE = f"<html><head><title>The pier</title></head><body><h1>The pier</h1><p>{PROSE * 3}</p></body></html>"
FRAME = f"<html><body><h1>A letter</h1><p>{PROSE.replace('Friday', 'Monday') * 6}</p></body></html>"


def read_archive(data: bytes, name: str) -> ReadFile:
    result = read_document(Path("/collection") / name, data)
    check_invariants(result, data)
    return result


def mhtml(*parts: tuple[str, str, str], start: str = "") -> bytes:
    head = f"From: <Saved by Blink>\nSubject: x\nContent-Type: multipart/related; boundary=cut; {start}\n\n"
    bodies = "".join(f"--cut\nContent-Type: {kind}\nContent-Location: {url}\n\n{body}\n" for kind, url, body in parts)
    return (head + bodies + "--cut--\n").encode()


def record(
    url: str, body: bytes, http: str = "Content-Type: text/html", status: str = "200 OK", kind: str = "response"
) -> bytes:
    content = f"HTTP/1.1 {status}\r\n{http}\r\n\r\n".encode() + body
    head = (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {url}\r\nWARC-Date: 2031-05-05T10:00:00Z\r\n"
        f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content + b"\r\n\r\n"


def page(day: str) -> bytes:
    return PAGE.replace("Friday", day).encode()


def test_a_saved_page_is_its_article() -> None:
    data = mhtml(("text/css", "https://example.org/a.css", "p {}"), ("text/html", "https://example.org/pier", PAGE))
    result = read_archive(data, "page.mhtml")
    assert (result.document.title, result.document.url) == ("The pier", "https://example.org/pier")
    assert paragraphs(result) == [(PROSE * 3).strip()]
    assert result.document.published is None


def test_a_frame_with_prose_is_a_part_and_others_are_left_out() -> None:
    data = mhtml(
        ("text/html", "https://example.org/pier", PAGE),
        ("text/html", "https://example.org/ad", "<p>Buy a boat.</p>"),
        ("text/html", "https://example.org/letter", FRAME),
    )
    result = read_archive(data, "page.mht")
    assert [(p.name, p.title) for p in result.document.parts] == [("frame 2", "A letter")]
    assert "boat" not in result.document.text


def test_the_page_that_the_file_names_is_read() -> None:
    data = mhtml(
        ("text/html", "https://example.org/frame", "<p>Short.</p>"),
        ("text/html\nContent-ID: <p@x>", "https://example.org/pier", PAGE),
        start='start="<p@x>"',
    )
    assert read_archive(data, "page.mhtml").document.title == "The pier"


def test_the_encoding_above_a_page_is_kept() -> None:
    russian = "<html><body><p>Мост через реку закрыт до пятницы, сообщил город.</p></body></html>"
    data = mhtml(("text/html; charset=windows-1251", "https://example.org/", "BODY")).replace(
        b"BODY", russian.encode("cp1251")
    )
    assert "Мост через реку закрыт" in read_archive(data, "page.mhtml").document.text


@pytest.mark.parametrize("data", [b"", mhtml()[:60], mhtml(), mhtml(("text/html", "x", ""))])
def test_a_file_without_a_page_is_refused(data: bytes) -> None:
    with pytest.raises(Unreadable):
        read_archive(data, "page.mhtml")


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(PAGE.encode(), mtime=0)),
        ("deflate", zlib.compress(PAGE.encode())),
        ("deflate", zlib.compress(PAGE.encode())[2:-4]),
        ("br", brotli.compress(PAGE.encode())),
        ("gzip", PAGE.encode()),  # unpacked by the archiver, which kept the header
        ("identity", PAGE.encode()),
    ],
)
def test_pages_in_every_encoding_of_the_web(encoding: str, body: bytes) -> None:
    result = read_archive(
        record("https://example.org/", body, f"Content-Type: text/html\r\nContent-Encoding: {encoding}"), "a.warc"
    )
    assert paragraphs(result) == [(PROSE * 3).strip()]


@pytest.mark.parametrize(
    "body", [b"5\r\n<html\r\n%x\r\n" % (len(PAGE) - 5) + PAGE[5:].encode() + b"\r\n0\r\n\r\n", PAGE.encode()]
)
def test_chunked_pages_and_those_that_only_say_so(body: bytes) -> None:
    result = read_archive(
        record("https://example.org/", body, "Content-Type: text/html\r\nTransfer-Encoding: chunked"), "a.warc"
    )
    assert paragraphs(result) == [(PROSE * 3).strip()]


def test_each_page_is_a_part_once() -> None:
    data = b"".join((
        record("https://example.org/1", page("Monday")),
        record("https://example.org/1", page("Monday")),
        record("https://example.org/gone", page("Sunday"), status="404 Not Found"),
        record("https://example.org/old", page("Sunday"), kind="revisit"),
        record("https://example.org/a.css", b"p { }", "Content-Type: text/css"),
        record("https://example.org/robots.txt", b"User-agent: *", "Content-Type: text/plain"),
        record("https://example.org/2", page("Tuesday")),
        record("https://example.org/note.txt", b"The note is here.", "Content-Type: text/plain"),
    ))  # fmt: skip
    result = read_archive(data, "a.warc")
    assert [(p.name, p.url) for p in result.document.parts] == [
        ("1", "https://example.org/1"), ("2", "https://example.org/2"), ("3", "https://example.org/note.txt"),
    ]  # fmt: skip
    assert "Sunday" not in result.document.text
    assert result.document.published is None
    assert headings(result) == ["The pier", "The pier", "note.txt"]
    assert len(result.left_out) == 3


@pytest.mark.parametrize(
    "pack", [lambda parts: b"".join(map(gzip.compress, parts)), lambda parts: gzip.compress(b"".join(parts))]
)
def test_compressed_archives_whole_and_cut(pack: object) -> None:
    assert callable(pack)
    data = pack([record(f"https://example.org/{day}", page(day)) for day in ("Monday", "Tuesday")])
    assert len(read_archive(data, "a.warc.gz").document.parts) == 2
    cut = read_archive(data[:-60], "a.warc.gz")
    assert "Monday" in cut.document.text
    assert any("ends too early" in warning for warning in cut.warnings)


def test_a_page_that_grows_without_end_is_left_out() -> None:
    bomb = gzip.compress(b"<p>" + b"0" * 30_000_000)
    data = record("https://example.org/", bomb, "Content-Type: text/html\r\nContent-Encoding: gzip") + record(
        "https://example.org/1", PAGE.encode()
    )
    result = read_archive(data, "a.warc")
    assert "0000" not in result.document.text
    assert any("too large" in warning for warning in result.warnings)


def test_archives_are_known_by_their_first_bytes() -> None:
    data = record("https://example.org/", PAGE.encode())
    assert choose_reader(File("a.txt", data)).name == "warc"
    assert choose_reader(File("a.bin", gzip.compress(data))).name == "warc"
    assert choose_reader(File("page.txt", mhtml(("text/html", "https://example.org/", PAGE)))).name == "mhtml"


@given(st.integers(0, 2000), st.binary(max_size=30), st.booleans())
@settings(deadline=None, max_examples=80)
def test_damaged_archives_are_read_or_refused(at: int, junk: bytes, is_cut: bool) -> None:
    data = record("https://example.org/1", page("Monday")) + record("https://example.org/2", page("Tuesday"))
    damaged = data[:at] + junk + (b"" if is_cut else data[at + len(junk) :])
    try:
        reason = "read" if read_archive(b"WARC/1.0" + damaged[8:], "a.warc").chunks else ""
    except Unreadable as error:
        reason = error.reason
    assert reason
