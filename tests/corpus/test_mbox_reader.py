from pathlib import Path

import pytest
from corpus_support import check_invariants, paragraphs

from corpus.errors import Unreadable
from corpus.readers.base import File
from corpus.reading import ReadFile, choose_reader, read_document

BOX = b"""From ann@example.org Mon Jun 01 10:00:00 2031
From: Ann Lee <ann@example.org>
Subject: The ferry
Date: Mon, 1 Jun 2031 09:59:00 +0600

The ferry leaves
at six.

From now on it goes twice a day.

>From the pier it is a short walk.

From bob@example.org Tue Jun 02 10:00:00 2031
From: Bob Ray <bob@example.org>
Subject: Re: The ferry
In-Reply-To: <1@example.org>

Thank you, I shall be there.

On Mon, 1 Jun 2031, Ann Lee wrote:
> The ferry leaves
> at six.

From carl@example.org Wed Jun 03 10:00:00 2031

No header is here.
"""


def read_box(data: bytes, name: str = "letters.mbox") -> ReadFile:
    result = read_document(Path("/collection") / name, data)
    check_invariants(result, data)
    return result


def test_each_mail_is_a_part_with_its_own_sender_and_day() -> None:
    found = [(p.name, p.title, p.author, (p.published or "")[:10]) for p in read_box(BOX).document.parts]
    assert found == [
        ("1", "The ferry", "Ann Lee <ann@example.org>", "2031-06-01"),
        ("2", "Re: The ferry", "Bob Ray <bob@example.org>", "2031-06-02"),
        ("3", None, "carl@example.org", "2031-06-03"),
    ]


def test_a_sentence_that_begins_with_from_begins_no_mail() -> None:
    words = paragraphs(read_box(BOX))
    assert "From now on it goes twice a day." in words
    assert "From the pier it is a short walk." in words


def test_what_another_mail_of_the_file_says_is_not_quoted_again() -> None:
    result = read_box(BOX)
    assert result.document.text.count("The ferry leaves at six.") == 1
    assert "wrote:" not in result.document.text
    assert [piece.what for piece in result.left_out] == ["quotations of mails that stand in the same file"]


def test_a_quotation_with_other_line_breaks_is_the_same() -> None:
    box = BOX.replace(
        b"> The ferry leaves\n> at six.", b"> The ferry leaves at six. From now\n> on it goes twice a day."
    )
    assert read_box(box).document.text.count("twice a day") == 1


def test_a_quotation_of_a_mail_that_is_not_there_is_kept() -> None:
    result = read_box(BOX.replace(b"> The ferry leaves\n> at six.", b"> The road is closed\n> for a week."))
    assert "The road is closed for a week." in paragraphs(result)


def test_words_of_a_mail_without_subject_stand_below_its_sender() -> None:
    assert read_box(BOX).chunks[-1].heading == "carl@example.org"


def test_an_encrypted_mail_is_told_of_and_the_rest_is_read() -> None:
    sealed = b"\nFrom d@example.org Thu Jun 04 10:00:00 2031\nContent-Type: multipart/encrypted; boundary=a\n\n"
    result = read_box(BOX + sealed + b"--a\n\nx\n--a--\n")
    assert len(result.document.parts) >= 3
    assert any("encrypted" in warning for warning in result.warnings)


def test_mails_with_windows_line_ends_and_broken_ones() -> None:
    result = read_box(
        BOX.replace(b"\n", b"\r\n") + b"\r\nFrom x@example.org Fri Jun 05 10:00:00 2031\r\n\x00\xff\xfe\r\n"
    )
    assert [part.name for part in result.document.parts][:3] == ["1", "2", "3"]


def test_a_mailbox_is_known_by_its_first_line() -> None:
    assert choose_reader(File("a.txt", BOX)).name == "mbox"
    assert choose_reader(File("a.txt", b"From the pier it is a short walk.\n\nWords.")).name != "mbox"
    assert choose_reader(File("a.eml", BOX)).name == "mail"


@pytest.mark.parametrize(
    "data", [b"From a@b Mon Jun 01 10:00:00 2031\n", b"From a@b Mon Jun 01 10:00:00 2031\n\n\x00\x00"]
)
def test_an_empty_mailbox_is_refused(data: bytes) -> None:
    with pytest.raises(Unreadable):
        read_document(Path("/collection/a.mbox"), data)


@pytest.mark.parametrize("end", range(0, len(BOX), 37))
def test_a_cut_mailbox_is_read_as_far_as_it_goes(end: int) -> None:
    try:
        assert read_box(BOX[:end]).chunks
    except Unreadable:
        assert end < BOX.index(b"leaves")
