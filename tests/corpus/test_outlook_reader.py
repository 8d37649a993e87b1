"""Mails as Outlook saves them, made by a small writer of compound files."""

from __future__ import annotations

import datetime
import struct
from itertools import pairwise
from pathlib import Path
from typing import TypeAlias

import pytest
from corpus_support import check_invariants, paragraphs
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.errors import Unreadable
from corpus.readers.base import File
from corpus.readers.mail.outlook import unpacked_rtf
from corpus.reading import ReadFile, choose_reader, read_document

Tree: TypeAlias = "dict[str, bytes | Tree]"

_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_SECTOR, _MINI = 512, 64


def compound(tree: Tree) -> bytes:
    """Return a compound file (CFB) with the streams and storages of ``tree``."""
    names: list[tuple[str, int, bytes]] = []
    links: list[list[int]] = []
    _collect("Root Entry", tree, names, links)
    mini, mini_fat, starts = bytearray(), [], []
    for _, kind, data in names:
        starts.append(len(mini_fat) if kind == 2 and data else _END)
        count = -(-len(data) // _MINI)
        mini_fat += [*range(len(mini_fat) + 1, len(mini_fat) + count), _END] if count else []
        mini += data.ljust(count * _MINI, b"\0")
    tables = [_directory(names, links, starts, len(mini)), _numbers(mini_fat), bytes(mini)]
    padded = [
        table.ljust(-(-len(table) // _SECTOR) * _SECTOR, b"\xff" if i == 1 else b"\0") for i, table in enumerate(tables)
    ]
    firsts, fat = [], []
    for table in padded:
        count = len(table) // _SECTOR
        firsts.append(len(fat) if count else _END)
        fat += [*range(len(fat) + 1, len(fat) + count), _END] if count else []
    directory = bytearray(padded[0])
    struct.pack_into("<I", directory, 116, firsts[2])
    fat_sector = len(fat)
    fat.append(_FAT)
    head = struct.pack(
        "<8s16x5H6xIIIIIIIII", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 62, 3, 0xFFFE, 9, 6, 0, 1, firsts[0], 0, 4096,
        firsts[1], len(padded[1]) // _SECTOR, _END, 0,
    )  # fmt: skip
    assert len(fat) <= 128
    difat = struct.pack("<109I", fat_sector, *[_FREE] * 108)
    return head + difat + bytes(directory) + padded[1] + padded[2] + _numbers(fat).ljust(_SECTOR, b"\xff")


def _collect(name: str, tree: Tree, names: list[tuple[str, int, bytes]], links: list[list[int]]) -> int:
    at = len(names)
    names.append((name, 5 if at == 0 else 1, b""))
    links.append([])
    for key, value in tree.items():
        links[at].append(len(names))
        if isinstance(value, bytes):
            names.append((key, 2, value))
            links.append([])
        else:
            _collect(key, value, names, links)
    return at


def _directory(names: list[tuple[str, int, bytes]], links: list[list[int]], starts: list[int], mini: int) -> bytes:
    """Return the entries of the directory; the children of a storage are a list, each the right one of the last."""
    right = {one: after for children in links for one, after in pairwise(children)}
    out = b""
    for index, (name, kind, data) in enumerate(names):
        raw = (name + "\0").encode("utf-16-le")
        child = links[index][0] if links[index] else _FREE
        size = mini if kind == 5 else len(data)
        out += raw.ljust(64, b"\0") + struct.pack("<HBBIII", len(raw), kind, 1, _FREE, right.get(index, _FREE), child)
        out += struct.pack("<36xIQ", 0 if kind == 1 else starts[index], size)
    return out


def _numbers(values: list[int]) -> bytes:
    return struct.pack(f"<{len(values)}I", *values)


def storage(head: int, values: dict[int, str | bytes | int], inner: Tree | None = None) -> Tree:
    """Return the storage of a message or an attachment; ``head`` is the size of what is before its properties."""
    tree: Tree = {}
    table = b"\0" * head
    for name, value in values.items():
        if isinstance(value, int):
            kind = 0x40 if value > 0xFFFFFFFF else 3
            table += struct.pack("<HHIQ", kind, name, 6, value)
            continue
        kind, data = (0x1F, value.encode("utf-16-le")) if isinstance(value, str) else (0x102, value)
        tree[f"__substg1.0_{name:04X}{kind:04X}"] = data
        table += struct.pack("<HHIII", kind, name, 6, len(data), 0)
    return {"__properties_version1.0": table, **tree, **(inner or {})}


SENT = (
    int(
        (
            datetime.datetime(2031, 5, 5, 12, tzinfo=datetime.UTC) - datetime.datetime(1601, 1, 1, tzinfo=datetime.UTC)
        ).total_seconds()
    )
    * 10**7
)
SUBJECT, BODY, HTML, NAME, ADDRESS, TIME = 0x37, 0x1000, 0x1013, 0x0C1A, 0x5D01, 0x39
FILE_DATA, FILE_NAME, HEADERS, RTF, CODE_PAGE = 0x3701, 0x3707, 0x7D, 0x1009, 0x3FDE
ABOUT: dict[int, str | bytes | int] = {SUBJECT: "Мост", NAME: "Ann Lee", ADDRESS: "ann@example.org", TIME: SENT}


def read_msg(tree: Tree) -> ReadFile:
    data = compound(tree)
    result = read_document(Path("/collection/letter.msg"), data)
    check_invariants(result, data)
    return result


def test_a_mail_of_outlook() -> None:
    result = read_msg(storage(32, {**ABOUT, BODY: "Мост закрыт до пятницы.\r\n\r\nОбъезд есть."}))
    document = result.document
    assert (document.title, document.author) == ("Мост", "Ann Lee <ann@example.org>")
    assert str(document.published).startswith("2031-05-05")
    assert paragraphs(result) == ["Мост закрыт до пятницы.", "Объезд есть."]


def test_headers_of_the_internet_tell_the_day_of_the_sender() -> None:
    headers = "From: Bob Ray <bob@example.org>\r\nDate: Mon, 5 May 2031 23:30:00 -0500\r\n\r\n"
    document = read_msg(storage(32, {**ABOUT, BODY: "Words are here.", HEADERS: headers})).document
    assert document.author == "Bob Ray <bob@example.org>"
    assert str(document.published).startswith("2031-05-05")


def test_html_and_plain_are_read_once() -> None:
    html = "<html><body><p>Мост закрыт до пятницы, и объезда нет.</p></body></html>".encode("cp1251")
    result = read_msg(storage(32, {**ABOUT, CODE_PAGE: 1251, HTML: html, BODY: "Мост закрыт до пятницы."}))
    assert paragraphs(result) == ["Мост закрыт до пятницы, и объезда нет."]


def test_attachments_and_mails_in_it_are_parts() -> None:
    inner = storage(24, {SUBJECT: "Older", NAME: "Carl", BODY: "The older words are here."})
    tree = storage(
        32,
        {**ABOUT, BODY: "See below."},
        {
            "__attach_version1.0_#00000000": storage(8, {FILE_NAME: "note.txt", FILE_DATA: b"The note is here.\n"}),
            "__attach_version1.0_#00000001": storage(8, {}, {"__substg1.0_3701000D": inner}),
        },
    )
    found = read_msg(tree).document.parts
    assert [(p.name, p.title, p.author) for p in found] == [("note.txt", None, None), ("1", "Older", "Carl")]


def test_packed_rich_text_is_unpacked() -> None:
    # The example of the specification, [MS-OXRTFCP] 3.1.
    packed = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
    )
    assert unpacked_rtf(packed) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    assert unpacked_rtf(b"") == b""
    assert unpacked_rtf(packed[:30]).startswith(b"{\\rtf1")


def test_a_mail_without_words_is_refused() -> None:
    with pytest.raises(Unreadable):
        read_msg(storage(32, {}))


def test_a_mail_is_known_by_its_bytes() -> None:
    data = compound(storage(32, {**ABOUT, BODY: "Words are here."}))
    assert choose_reader(File("letter.bin", data)).name == "outlook"


@given(st.integers(8, 6000), st.binary(max_size=30), st.booleans())
@settings(deadline=None, max_examples=80)
def test_damaged_mails_end_well(at: int, junk: bytes, is_cut: bool) -> None:
    data = compound(storage(32, {**ABOUT, BODY: "Words are here."}))
    damaged = data[:at] + junk + (b"" if is_cut else data[at + len(junk) :])
    try:
        reason = "read" if read_document(Path("/collection/letter.msg"), damaged).chunks else ""
    except Unreadable as error:
        reason = error.reason
    assert reason
