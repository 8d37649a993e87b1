"""Packages of XML parts: what is unpacked stays within bounds, and no document says anything by its entities."""

import io
import time
import zipfile

import pytest

from corpus.errors import Unreadable
from corpus.readers.package import Package, core_facts, member_names, parse_xml, relations, said_of_itself

BOMB = '<!DOCTYPE x [<!ENTITY e0 "aaaaaaaaaa">' + "".join(
    f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10)
)


def zipped(**members: str | bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return held.getvalue()


def test_members_are_found_whatever_the_case_of_their_names() -> None:
    package = Package(zipped(**{"Word/Document.xml": "<a>said</a>"}))
    root = package.xml("/word/document.xml")
    assert root is not None
    assert root.text == "said"
    assert "word/other.xml" not in package
    assert package.xml("word/other.xml") is None
    assert not package.warnings


@pytest.mark.parametrize("data", [b"", b"PK", b"PK\x03\x04" + b"\0" * 500, b"no archive at all"])
def test_what_is_no_archive_is_damaged_and_has_no_members(data: bytes) -> None:
    assert member_names(data) == frozenset()
    with pytest.raises(Unreadable, match="damaged"):
        Package(data)


def test_an_archive_cut_short_anywhere_is_refused_or_read() -> None:
    data = zipped(a="<a>words of a part</a>" * 50, b="<b/>")
    for end in range(0, len(data), 7):
        with pytest.raises(Unreadable):
            Package(data[:end]).read("a")


def test_a_member_that_is_altered_is_damaged() -> None:
    data = bytearray(zipped(a=bytes(range(256)) * 20))
    data[60] ^= 0xFF
    with pytest.raises(Unreadable, match="damaged"):
        Package(bytes(data)).read("a")


def test_a_member_that_swells_is_refused() -> None:
    with pytest.raises(Unreadable, match="too large"):
        Package(zipped(a=b"\0" * 8_000_000)).read("a")
    with pytest.raises(Unreadable, match="too large"):
        Package(zipped(a=b"\0" * 60_000_000)).read("a")


def test_small_members_may_shrink_as_much_as_they_like() -> None:
    assert len(Package(zipped(a=b" " * 1_000_000)).read("a")) == 1_000_000


def test_a_protected_member_is_told_so() -> None:
    data = bytearray(zipped(a="words"))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + offset] |= 1
    with pytest.raises(Unreadable, match="password"):
        Package(bytes(data)).read("a")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("before", ["", f"<!--{'x' * 30_000}-->"])
@pytest.mark.parametrize("body", ['<x a="&e9;">word</x>', "<x>&e9; word</x>", "<x>word</x>"])
def test_entities_are_refused_at_once(encoding: str, before: str, body: str) -> None:
    data = f'<?xml version="1.0" encoding="{encoding}"?>{before}{BOMB}]>{body}'.encode(encoding)
    begun = time.monotonic()
    told = ""
    try:
        root = parse_xml(data)
    except Unreadable as error:
        root, told = None, error.reason
    assert root is None
    assert not told or "entities" in told
    assert time.monotonic() - begun < 1


def test_no_file_is_read_through_an_entity() -> None:
    with pytest.raises(Unreadable, match="entities"):
        parse_xml(b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><x>a &f; b</x>')


def test_what_is_nested_too_deeply_is_refused_and_not_cut() -> None:
    assert parse_xml(b"<a>" * 200 + b"</a>" * 200) is not None
    with pytest.raises(Unreadable, match="nested"):
        parse_xml(b"<a>" * 10_000 + b"</a>" * 10_000)


def test_a_document_of_endless_marks_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(Unreadable, match="too large"):
        parse_xml(b"<a>" + b"<b/>" * 3_000_001 + b"</a>")


def test_a_broken_document_is_read_as_far_as_it_goes_with_a_warning() -> None:
    package = Package(zipped(a="<a><b>first</b><c>second</b></a>", none="no xml"))
    root = package.xml("a")
    assert root is not None
    assert "first" in "".join(root.itertext())
    assert any("missing" in warning for warning in package.warnings)
    assert package.xml("none") is None


def test_comments_cut_no_text() -> None:
    root = parse_xml(b"<a>one <!-- aside --><?go on?>two</a>")
    assert root is not None
    assert root.text == "one two"


def test_relations_are_resolved_from_the_folder_of_the_part() -> None:
    links = (
        '<Relationship Id="a" Type="x/y/notesSlide" Target="../n/1.xml"/>'
        '<Relationship Id="b" Type="x/image" Target="/media/i.png"/>'
        '<Relationship Id="c" Type="x/link" Target="http://example.org" TargetMode="External"/>'
        '<Relationship Id="d" Type="x/up" Target="../../../../../secret"/>'
    )
    package = Package(zipped(**{"ppt/slides/_rels/slide1.xml.rels": f"<R>{links}</R>"}))
    found = relations(package, "ppt/slides/slide1.xml")
    assert found == {"a": ("notesSlide", "ppt/n/1.xml"), "b": ("image", "media/i.png"), "d": ("up", "secret")}


@pytest.mark.parametrize("name", [
    "Microsoft Word - report.doc", "Document1", "Normal.dotm", "untitled", "PowerPoint Presentation", "Slide 1",
    "python-docx", "  ", None,
])  # fmt: skip
def test_what_programs_write_is_no_title(name: str | None) -> None:
    assert said_of_itself(name) is None


@pytest.mark.parametrize(
    "name", ["Documents of 1912", "User rights in Moss Point", "Normal life", "Presentation of bills"]
)
def test_what_people_write_is_a_title(name: str) -> None:
    assert said_of_itself(f" {name}\n") == name


def test_core_facts_leave_out_what_is_empty() -> None:
    root = parse_xml(b"<p><title> A  bridge </title><creator/></p>")
    assert core_facts(root) == {"title": "A bridge"}
    assert core_facts(None) == {}
