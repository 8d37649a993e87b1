"""Mails with the traps that real ones have; all of them are written here."""

import base64
from email.message import EmailMessage
from pathlib import Path

import pytest
from corpus_support import check_invariants, headings, paragraphs
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.errors import Unreadable
from corpus.readers.base import File
from corpus.readers.mail.mail import MailReader
from corpus.reading import ReadFile, choose_reader, read_document

HEAD = (
    b"From: Ann Lee <ann@example.org>\r\nTo: bob@example.org\r\nSubject: The ferry\r\n"
    b"Date: Mon, 5 May 2031 23:30:00 +0600\r\nMessage-ID: <1@example.org>\r\nMIME-Version: 1.0\r\n"
)


def mail(body: bytes, kind: bytes = b"text/plain; charset=utf-8", more: bytes = b"") -> bytes:
    return HEAD + more + b"Content-Type: " + kind + b"\r\n\r\n" + body.replace(b"\n", b"\r\n")


def read_mail(data: bytes, name: str = "letter.eml") -> ReadFile:
    result = read_document(Path("/collection") / name, data)
    check_invariants(result, data)
    return result


def multipart(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(b"--cut\n" + part + b"\n" for part in parts) + b"--cut--\n"
    return mail(body, b"multipart/" + kind + b'; boundary="cut"')


def part(kind: bytes, body: bytes, more: bytes = b"") -> bytes:
    return b"Content-Type: " + kind + b"\n" + more + b"\n" + body


def ends_well(data: bytes) -> bool:
    """Return whether a mail is read, or refused with a reason."""
    try:
        return bool(read_mail(data).chunks)
    except Unreadable as error:
        return bool(error.reason)


def left_out(result: ReadFile) -> set[str]:
    return {piece.what for piece in result.left_out}


def test_headers_are_the_metadata_and_no_text() -> None:
    result = read_mail(mail(b"The ferry leaves at six.\n"))
    document = result.document
    assert (document.title, document.author) == ("The ferry", "Ann Lee <ann@example.org>")
    assert document.published is not None
    assert document.published.startswith("2031-05-05")  # the sender's own day, not that of UTC
    assert document.text == "The ferry\n\nThe ferry leaves at six."
    assert headings(result) == ["The ferry"]


def test_an_address_without_a_name_is_the_author() -> None:
    data = mail(b"Words are here.\n").replace(b"Ann Lee <ann@example.org>", b"ann@example.org")
    assert read_mail(data).document.author == "ann@example.org"


@pytest.mark.parametrize(
    ("written", "subject"),
    [
        (b"=?utf-8?B?0JzQvtGB0YI=?= =?utf-8?B?INC30LDQutGA0YvRgg==?=", "Мост закрыт"),
        (b"=?utf-8?B?0JzQvtGB0Q==?=\r\n =?utf-8?B?giDQt9Cw0LrRgNGL0YI=?=", "Мост закрыт"),  # a letter is cut in two
        (b"=?gb2312?B?ye65q7nJt90=?= Ltd 4/5", "深公股份 Ltd 4/5"),
        (b"=?iso-8859-1?Q?Caf=E9_am_See?= (2)", "Café am See (2)"),
        ("Мост закрыт".encode(), "Мост закрыт"),
        ("Мост закрыт до пятницы, говорит город".encode("cp1251"), "Мост закрыт до пятницы, говорит город"),
        (b"=?no-such-charset?Q?The_bridge?=", "The bridge"),
        (b"=?utf-8?Q?unended", "=?utf-8?Q?unended"),
        (b"C:\\u0041 stays", "C:\\u0041 stays"),
    ],
)
def test_subjects_in_every_encoding(written: bytes, subject: str) -> None:
    data = mail(b"Words are here.\n").replace(b"The ferry", written, 1)
    assert read_mail(data).document.title == subject


@pytest.mark.parametrize(
    ("charset", "encoding"),
    [
        ("utf-16", "utf-16"),
        ("utf-16", "utf-16-le"),
        ("utf-16le", "utf-16-le"),
        ("windows-1251", "cp1251"),
        ("windows-1251", "utf-8"),  # declared wrongly
        ("koi8-r", "koi8-r"),
        ("us-ascii", "utf-8"),
        ("x-unknown", "utf-8"),
        ("", "cp1251"),
    ],
)
def test_bodies_in_every_encoding(charset: str, encoding: str) -> None:
    text = "Мост через реку закрыт до пятницы, сообщил город."
    body = base64.encodebytes(text.encode(encoding))
    kind = f"text/plain; charset={charset}".encode() if charset else b"text/plain"
    result = read_mail(mail(body, kind, b"Content-Transfer-Encoding: base64\r\n"))
    assert paragraphs(result) == [text]


def test_a_mail_that_was_saved_as_utf_16() -> None:
    data = mail("Мост закрыт до пятницы.\n".encode()).decode().encode("utf-16")
    assert paragraphs(read_mail(data)) == ["Мост закрыт до пятницы."]


def test_alternatives_are_read_once() -> None:
    html = b"<html><body><p>The ferry leaves at six.</p><p>Bring <b>a coat</b>.</p></body></html>"
    data = multipart(
        b"alternative", part(b"text/plain", b"The ferry leaves at six.\n\nBring a coat.\n"), part(b"text/html", html)
    )
    assert paragraphs(read_mail(data)) == ["The ferry leaves at six.", "Bring a coat."]


def test_alternatives_in_two_languages_are_both_read() -> None:
    russian = "Паром уходит в шесть часов утра от главного причала.".encode()
    english = b"The ferry leaves at six in the morning from the main pier."
    data = multipart(
        b"alternative", part(b"text/plain; charset=utf-8", russian), part(b"text/plain; charset=utf-8", english)
    )
    assert paragraphs(read_mail(data)) == [russian.decode(), english.decode()]


def test_a_notice_that_there_is_html_is_not_read() -> None:
    html = b"<p>The ferry leaves at six in the morning from the main pier, and comes back at nine.</p>"
    data = multipart(b"alternative", part(b"text/plain", b"Your program shows no HTML mail."), part(b"text/html", html))
    assert "program" not in read_mail(data).document.text


def test_pictures_within_the_text_are_none() -> None:
    html = part(b"text/html", b'<p>The plan of the pier:</p><p><img src="cid:a@b"> It is new.</p>')
    picture = part(
        b'image/png; name="plan.png"', b"iVBORw0KGgo=", b"Content-Transfer-Encoding: base64\nContent-ID: <a@b>\n"
    )
    result = read_mail(multipart(b"related", html, picture))
    assert "iVBOR" not in result.document.text
    assert left_out(result) == {"pictures within the text"}
    assert not result.warnings


def test_quoted_words_stand_below_the_line_that_says_whose_they_are() -> None:
    body = (
        b"The pier is closed.\n\nOn Mon, 4 May 2031 at 09:12, Bob Ray\n<bob@example.org> wrote:\n\n"
        b"> When does the pier\n> close, and why?\n\nIt opens on Friday.\n"
    )
    result = read_mail(mail(body))
    wrote = "On Mon, 4 May 2031 at 09:12, Bob Ray <bob@example.org> wrote:"
    found = [(chunk.heading, chunk.text) for chunk in result.chunks]
    assert ("The ferry", "The pier is closed.") in found
    assert (wrote, "When does the pier close, and why?") in found
    assert ("The ferry", "It opens on Friday.") in found


@pytest.mark.parametrize(
    "lead",
    [
        "On 5 May 2031 Bob Ray wrote:",
        "05.05.2031 12:30, Боб Рэй пишет:",
        "5 мая 2031 г., 12:30 пользователь Боб <bob@example.org> написал:",
        "2031 ж. 5 мамыр, 12:30, Боб <bob@example.org> жазды:",
        "Am 05.05.2031 um 12:30 schrieb Bob Ray:",
        "在 2031年5月5日，鲍勃写道：",
        "Le 5 mai 2031 à 12:30, Bob Ray <bob@example.org> a écrit :",
    ],
)
def test_leads_in_many_languages(lead: str) -> None:
    result = read_mail(mail(f"{lead}\n> The quoted words are here.\n".encode()))
    assert [chunk.heading for chunk in result.chunks] == [lead]


@pytest.mark.parametrize(
    "rule", ["-----Original Message-----", "-------- Пересылаемое сообщение --------", "-----原始邮件-----"]
)
def test_the_headers_of_a_forwarded_mail_are_no_evidence(rule: str) -> None:
    head = "From: Bob Ray\nSent: 4 May 2031\nTo: Ann\nSubject: Pier"
    body = f"See below, please.\n\n{rule}\n{head}\n\nThe pier is closed.\n"
    result = read_mail(mail(body.encode()))
    assert paragraphs(result) == ["See below, please.", "The pier is closed."]
    assert result.chunks[1].heading == "From: Bob Ray | Sent: 4 May 2031 | To: Ann | Subject: Pier"


def test_own_words_before_a_lead_are_kept() -> None:
    result = read_mail(
        mail(
            b"I ask again\nOn 5 May 2031 Bob wrote:\n> The quoted words are here.\n\n"
            b"What did he mean? On 5 May 2031 Bob wrote:\n"
        )
    )
    assert paragraphs(result)[0] == "I ask again"
    assert "What did he mean? On 5 May 2031 Bob wrote:" in paragraphs(result)


def test_a_sign_for_more_is_no_mark_of_a_quotation() -> None:
    result = read_mail(mail(b"At the pier we counted\n> 100 people\non Friday.\n"))
    assert "> 100 people" in result.document.text


def test_a_flowed_text_is_joined_again() -> None:
    body = b"The ferry leaves at \nsix, and the ma\x20\nin pier is closed.\n".replace(
        b"ma\x20", b"main \npier "
    ).replace(b"in pier is", b"is")
    result = read_mail(mail(body, b"text/plain; format=flowed"))
    assert paragraphs(result) == ["The ferry leaves at six, and the main pier is closed."]
    joined = read_mail(mail("渡轮六点 \n出发。\n".encode(), b"text/plain; charset=utf-8; format=flowed; delsp=yes"))
    assert paragraphs(joined) == ["渡轮六点出发。"]


def test_a_signature_is_left_out() -> None:
    result = read_mail(mail(b"The pier is closed.\n\n-- \nAnn Lee\nTel. 5550100\n"))
    assert paragraphs(result) == ["The pier is closed."]
    assert "signatures" in left_out(result)


def test_a_long_text_below_two_dashes_is_no_signature() -> None:
    lines = b"".join(b"Line %d of the report is here.\n\n" % number for number in range(20))
    assert "Line 19 of" in read_mail(mail(b"The report:\n--\n" + lines)).document.text


def test_html_quotes_are_told_from_own_words() -> None:
    html = (
        b"<html><body><p>The pier is closed.</p><div>On 5 May 2031 at 09:12, Bob Ray wrote:</div>"
        b"<blockquote><p>Why is the pier closed?</p></blockquote><p>It opens on Friday.</p></body></html>"
    )
    result = read_mail(mail(html, b"text/html"))
    assert [chunk.heading for chunk in result.chunks] == [
        "The ferry", "On 5 May 2031 at 09:12, Bob Ray wrote:", "The ferry",
    ]  # fmt: skip


def test_a_signed_text_is_read_without_its_armour() -> None:
    body = (
        b"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nThe vote is on Friday.\n- -- dashes stay\n"
        b"-----BEGIN PGP SIGNATURE-----\n\niQEzBAEBCAAdFiEE\n=abcd\n-----END PGP SIGNATURE-----\n"
    )
    result = read_mail(mail(body))
    assert " ".join(paragraphs(result)) == "The vote is on Friday. -- dashes stay"
    signed = multipart(
        b"signed", part(b"text/plain", b"The vote is on Friday.\n"), part(b"application/pgp-signature", b"iQEz")
    )
    assert paragraphs(read_mail(signed)) == ["The vote is on Friday."]


@pytest.mark.parametrize(
    "data",
    [
        mail(b"-----BEGIN PGP MESSAGE-----\n\nhQEMA1f\n=abcd\n-----END PGP MESSAGE-----\n"),
        multipart(
            b"encrypted", part(b"application/pgp-encrypted", b"Version: 1"), part(b"application/octet-stream", b"hQEM")
        ),
        mail(b"MIAGCSqG", b"application/pkcs7-mime; smime-type=enveloped-data"),
    ],
)
def test_an_encrypted_mail_is_told_of(data: bytes) -> None:
    with pytest.raises(Unreadable, match="encrypted"):
        read_document(Path("/collection/letter.eml"), data)


def test_a_mail_in_a_mail_is_a_part_of_its_own() -> None:
    inner = (
        mail(b"The inner words are here.\n")
        .replace(b"The ferry", b"An older mail")
        .replace(b"5 May 2031", b"7 Apr 2030")
    )
    inner = inner.replace(b"Ann Lee <ann@example.org>", b"carl@example.org").replace(b"\r\n", b"\n")
    result = read_mail(
        multipart(b"mixed", part(b"text/plain", b"See the mail below.\n"), part(b"message/rfc822", inner))
    )
    found = result.document.parts
    assert [(p.name, p.title, p.author, p.published) for p in found] == [
        ("1", "An older mail", "carl@example.org", "2030-04-07T23:30:00+06:00")
    ]
    assert result.chunks[-1].heading == "An older mail"


def test_a_digest_is_a_part_for_each_mail() -> None:
    one, two = (
        b"\nSubject: Number %d\nFrom: a%d@example.org\n\nThe words of mail %d are here.\n" % (n, n, n) for n in (1, 2)
    )
    result = read_mail(multipart(b"digest", one, two))
    assert [(p.name, p.title) for p in result.document.parts] == [("1", "Number 1"), ("2", "Number 2")]


def test_attachments_are_read_as_what_they_are() -> None:
    letter = EmailMessage()
    letter["From"], letter["Subject"], letter["Message-ID"] = "Ann <ann@example.org>", "Report", "<1@example.org>"
    letter.set_content("The report is attached.")
    letter.add_attachment(
        "<html><body><h1>Report</h1><p>The pier costs 5 million.</p></body></html>", "html", filename="отчёт.html"
    )
    letter.add_attachment(b"\x00\x01\x02", "audio", "mpeg", filename="song.mp3")
    letter.add_attachment(b"\x00\x01\x02 no text", "text", "plain", filename="scan.txt")
    result = read_mail(letter.as_bytes())
    assert [(p.name, p.title) for p in result.document.parts] == [("отчёт.html", "Report")]
    assert "The pier costs 5 million." in paragraphs(result)
    assert len(result.warnings) == 2
    assert all(name in " ".join(result.warnings) for name in ("song.mp3", "scan.txt"))


@pytest.mark.parametrize(
    "name",
    [
        b"filename*=utf-8''%D0%BE%D1%82%D1%87%D1%91%D1%82.txt",
        b'filename="=?utf-8?B?0L7RgtGH0ZHRgi50eHQ=?="',
        'filename="отчёт.txt"'.encode(),
        b"filename*0*=utf-8''%D0%BE%D1%82%D1%87; filename*1*=%D1%91%D1%82.txt",
        'filename="..\\..\\отчёт.txt"'.encode(),
    ],
)
def test_names_of_attachments_in_every_form(name: bytes) -> None:
    more = b"Content-Disposition: attachment; " + name + b"\n"
    data = multipart(
        b"mixed", part(b"text/plain", b"See the report.\n"), part(b"text/plain", b"The pier is new.\n", more)
    )
    assert [p.name for p in read_mail(data).document.parts] == ["отчёт.txt"]


def test_attachments_of_one_name_are_told_apart() -> None:
    more = b'Content-Disposition: attachment; filename="a.txt"\n'
    data = multipart(b"mixed", *(part(b"text/plain", b"The pier is new.\n", more) for _ in range(2)))
    assert [p.name for p in read_mail(data).document.parts] == ["a.txt", "a (2).txt"]


def test_a_delivery_report_is_its_readable_part() -> None:
    returned = HEAD.replace(b"\r\n", b"\n") + b"\nThe returned words.\n"
    data = multipart(
        b"report",
        part(b"text/plain", b"Your mail came back.\n"),
        part(b"message/delivery-status", b"Action: failed\n"),
        part(b"message/rfc822", returned),
    )  # fmt: skip
    assert read_mail(data).document.text == "The ferry\n\nYour mail came back."


def test_an_apple_mail_is_read_without_its_frame() -> None:
    data = mail(b"The ferry leaves at six.\n")
    result = read_mail(b"%d\n" % len(data) + data + b"<?xml version='1.0'?><plist></plist>", "1.emlx")
    assert "plist" not in result.document.text


def test_a_mail_is_known_by_its_headers() -> None:
    assert choose_reader(File("a.txt", mail(b"Words are here.\n"))).name == "mail"
    assert choose_reader(File("a.eml", b"<!doctype html><p>Words are here.</p>")).name == "html"
    assert choose_reader(File("a.txt", b"From: the harbour\nTo: the town\n\nA poem.\n")).name != "mail"
    assert not MailReader().matches(File("a.eml", b""))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        HEAD[:40],
        HEAD,
        multipart(b"mixed"),
        mail(b"", b"multipart/mixed"),
        mail(b"\x00" * 1000),
        mail(b"%%%", b"text/plain", b"Content-Transfer-Encoding: base64\r\n"),
        HEAD + b"Content-Type: multipart/mixed; boundary=\r\n\r\n--\r\n--\r\n",
        b"Subject: " + b"=?utf-8?B?" * 5000 + b"\r\nMessage-ID: <1>\r\n\r\nWords are here.\r\n",
        b"From: " + b"(" * 5000 + b"\r\nMessage-ID: <1>\r\n\r\nWords are here.\r\n",
        b"From: a@b\r\nDate: Mon, 99 May 99999 99:99:99 +9999\r\nContent-Type: text/plain; charset*=''%\r\n\r\nWord.\n",
        mail(b"> " * 20000),
        mail(b"\n".join(b">" * n + b" deep" for n in range(1, 300))),
    ],
)
def test_broken_mails_end_well(data: bytes) -> None:
    assert ends_well(data)


@pytest.mark.parametrize("opening", [b"multipart/mixed; boundary=%d", b"message/rfc822"])
def test_parts_that_stand_in_one_another_without_end(opening: bytes) -> None:
    body = b"".join(
        b"Content-Type: "
        + (opening % n if b"%" in opening else opening)
        + b"\n\n"
        + (b"--%d\n" % n if b"%" in opening else b"")
        for n in range(10_000)
    )
    with pytest.raises(Unreadable):
        read_document(Path("/collection/a.eml"), HEAD.replace(b"\r\n", b"\n") + body)


@given(st.data())
@settings(deadline=None, max_examples=60)
def test_damaged_mails_are_read_or_refused(data: st.DataObject) -> None:
    whole = multipart(
        b"alternative",
        part(b"text/plain", b"> a\nOn 5 May 2031 B wrote:\n> c\n-- \nd"),
        part(b"text/html", b"<blockquote><p>The e</blockquote>--"),
    )
    at = data.draw(st.integers(0, len(whole)))
    junk = data.draw(st.binary(max_size=20))
    assert ends_well(whole[:at] + junk + whole[at + len(junk) :])
