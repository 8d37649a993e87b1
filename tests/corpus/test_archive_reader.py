import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import pytest
from corpus_support import check_invariants, headings, paragraphs
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.errors import Unreadable
from corpus.readers import READERS
from corpus.readers.base import Allowance, File
from corpus.readers.extract import Extract
from corpus.readers.mail.nested import add_member
from corpus.reading import ReadFile, choose_reader, read_document

FERRY = b"The ferry leaves at six in the morning.\n"
PIER = (
    b"<html><head><title>The pier</title></head>"
    b"<body><h1>The pier</h1><p>The pier is closed until Friday.</p></body></html>"
)


def zipped(*members: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def tarred(*members: tuple[str, bytes], mode: str = "w") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:  # type: ignore[call-overload]
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def read_archive(data: bytes, name: str = "papers.zip") -> ReadFile:
    result = read_document(Path("/collection") / name, data)
    check_invariants(result, data)
    return result


def names(result: ReadFile) -> list[str]:
    return [part.name for part in result.document.parts]


def test_members_are_parts_in_the_order_of_their_names() -> None:
    result = read_archive(zipped(("b/pier.html", PIER), ("a/ferry.txt", FERRY)))
    assert [(p.name, p.title) for p in result.document.parts] == [("a/ferry.txt", None), ("b/pier.html", "The pier")]
    assert paragraphs(result) == [FERRY.decode().strip(), "The pier is closed until Friday."]
    assert headings(result) == ["ferry.txt", "The pier"]


def test_a_single_member_says_what_the_archive_is() -> None:
    assert read_archive(zipped(("pier.html", PIER))).document.title == "The pier"
    assert read_archive(gzip.compress(PIER), "pier.html.gz").document.title == "The pier"


def test_archives_in_archives_keep_the_way_to_a_member() -> None:
    inner = zipped(("mail.mbox", b"From a@b Mon Jun 01 10:00:00 2031\nSubject: One\n\n" + FERRY))
    assert "deep.zip/mail.mbox/1" in names(read_archive(zipped(("deep.zip", inner))))


def test_archives_that_stand_too_deep_are_told_of() -> None:
    data = zipped(("ferry.txt", FERRY))
    for _ in range(5):
        data = zipped(("again.zip", data), ("pier.html", PIER))
    result = read_archive(data)
    assert "ferry" not in result.document.text
    assert any("hold one another" in warning for warning in result.warnings)


@pytest.mark.parametrize(
    "name", ["../pier.html", "/etc/pier.html", "C:\\pier.html", "a/../../pier.html", "..\\pier.html", "aux.html"]
)
def test_names_that_lead_out_are_told_of(name: str) -> None:
    result = read_archive(zipped((name, PIER), ("ferry.txt", FERRY)))
    assert names(result) == ["ferry.txt"]
    assert len(result.warnings) == 1


def test_what_systems_write_beside_files_is_nothing() -> None:
    hidden = [("__MACOSX/._ferry.txt", FERRY), (".git/notes.txt", FERRY), ("a/.DS_Store", b"\0")]
    result = read_archive(zipped(*hidden, ("ferry.txt", FERRY), ("code.css", b"p {}")))
    assert names(result) == ["ferry.txt"]
    assert [piece.what for piece in result.left_out] == ["files of kinds that are not read"]
    assert not result.warnings


def test_a_member_that_cannot_be_read_ends_nothing() -> None:
    data = bytearray(zipped(("a.txt", b"\x00\x01\x02"), ("b.txt", FERRY * 100), ("c.txt", FERRY)))
    at = data.index(b"b.txt") + 20
    data[at : at + 8] = b"\xff" * 8
    result = read_archive(bytes(data))
    assert names(result) == ["c.txt"]
    assert len(result.warnings) == 2


def test_a_protected_member_is_told_of() -> None:
    data = bytearray(zipped(("a.txt", FERRY), ("b.txt", FERRY)))
    entry = data.index(b"PK\x01\x02")
    data[entry + 8] |= 1
    result = read_archive(bytes(data))
    assert names(result) == ["b.txt"]
    assert "password" in result.warnings[0]


def test_a_member_that_grows_without_end_is_left_out() -> None:
    result = read_archive(zipped(("bomb.txt", b"0" * 30_000_000), ("ferry.txt", FERRY)))
    assert names(result) == ["ferry.txt"]
    assert "too large" in result.warnings[0]


def test_all_members_together_are_bounded() -> None:
    file = File("a.zip", b"", allowance=Allowance(files=2, total=100), readers=READERS)
    extract = Extract()
    inner = file.member("b.zip", b"x" * 10)
    read = [add_member(extract, owner.member(f"{n}.txt", FERRY), str(n)) for n, owner in enumerate((file, inner, file))]
    assert read == [True, True, False]


@pytest.mark.parametrize("encoding", ["utf-8", "cp866"])
def test_names_in_the_encoding_of_their_system(encoding: str) -> None:
    name = "отчёт о ремонте пристани.txt".encode(encoding)
    data = zipped(("x" * len(name), FERRY)).replace(b"x" * len(name), name)
    assert names(read_archive(data)) == ["отчёт о ремонте пристани.txt"]


def test_office_files_are_left_to_their_readers() -> None:
    office = zipped(("[Content_Types].xml", b"<x/>"), ("word/document.xml", b"<x/>"))
    assert choose_reader_name(office, "a.zip") != "zip"
    assert choose_reader_name(zipped(("a.docx", office)), "a.zip") == "zip"


def choose_reader_name(data: bytes, name: str) -> str:
    try:
        return choose_reader(File(name, data)).name
    except Unreadable:
        return "none"


@pytest.mark.parametrize(
    ("mode", "name"), [("w", "a.tar"), ("w:gz", "a.tar.gz"), ("w:gz", "a.tgz"), ("w:bz2", "a.tar.bz2")]
)
def test_tar_files(mode: str, name: str) -> None:
    result = read_archive(tarred(("b/pier.html", PIER), ("a/ferry.txt", FERRY), ("../out.txt", FERRY), mode=mode), name)
    assert names(result) == ["a/ferry.txt", "b/pier.html"]
    assert len(result.warnings) == 1


def test_links_in_tar_files_are_not_followed() -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        link = tarfile.TarInfo("link.txt")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/hostname"
        archive.addfile(link)
        info = tarfile.TarInfo("ferry.txt")
        info.size = len(FERRY)
        archive.addfile(info, io.BytesIO(FERRY))
    assert names(read_archive(out.getvalue(), "a.tar")) == ["ferry.txt"]


def test_a_cut_tar_file_is_read_as_far_as_it_goes() -> None:
    data = tarred(("a.txt", FERRY), ("b.txt", FERRY * 2000), mode="w")
    result = read_archive(data[:1500], "a.tar")
    assert "a.txt" in names(result)
    assert any("ends too early" in warning for warning in result.warnings)


def test_gzip_files() -> None:
    assert paragraphs(read_archive(gzip.compress(FERRY), "ferry.txt.gz")) == [FERRY.decode().strip()]
    with pytest.raises(Unreadable, match="too large"):
        read_archive(gzip.compress(b"0" * 30_000_000), "bomb.txt.gz")


@pytest.mark.parametrize(
    "data",
    [
        b"PK\x03\x04",
        zipped(),
        zipped(("a.css", b"p {}")),
        zipped(("ferry.txt", FERRY))[:60],
        b"PK\x05\x06" + b"\0" * 17,
    ],
)
def test_archives_without_anything_to_read_are_refused(data: bytes) -> None:
    with pytest.raises(Unreadable):
        read_archive(data)


@given(st.integers(0, 400), st.binary(max_size=20), st.sampled_from(["a.zip", "a.tar", "a.tgz"]))
@settings(deadline=None, max_examples=80)
def test_damaged_archives_end_well(at: int, junk: bytes, name: str) -> None:
    members = (("ferry.txt", FERRY), ("pier.html", PIER))
    data = zipped(*members) if name == "a.zip" else tarred(*members, mode="w" if name == "a.tar" else "w:gz")
    try:
        reason = "read" if read_archive(data[:at] + junk + data[at + len(junk) :], name).chunks else ""
    except Unreadable as error:
        reason = error.reason
    assert reason


def test_parts_of_one_name_are_told_apart() -> None:
    extract = Extract()
    for words in ("The first says this.", "The second says that.", "The third says more."):
        extract.part("notes")
        extract.paragraph(words)
    parts = extract.draft().parts
    assert [part.name for part in parts] == ["notes", "notes (2)", "notes (3)"]


def test_folders_with_the_names_of_office_parts_make_no_office_file() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("word/a.txt", "The mill was closed in 1931.")
        archive.writestr("ppt/b.txt", "It was opened again in 1933.")
    result = read_document(Path("notes.zip"), out.getvalue())
    assert result.document.reader == "zip"
    assert [part.name for part in result.document.parts] == ["ppt/b.txt", "word/a.txt"]
