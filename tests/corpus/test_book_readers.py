"""EPUB and FictionBook: pages in reading order, notes' marks, protection, damage."""

import io
import zipfile
from pathlib import Path

import pytest
from corpus_support import check_invariants, headings, paragraphs

from corpus.errors import Unreadable
from corpus.reading import ReadFile, read_document, read_text

CONTAINER = """<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles><rootfile full-path="OPS/book x.opf"/></rootfiles></container>"""
PACKAGE = """<?xml version="1.0" encoding="utf-8"?>
<package xmlns="http://www.idpf.org/2007/opf" xmlns:opf="http://www.idpf.org/2007/opf" version="3.0">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>The Pier &amp; the Sea</dc:title>
<dc:creator id="a">Ada Brook</dc:creator>
<dc:creator opf:role="trl">Tom Reed</dc:creator><dc:creator>Ann Lee</dc:creator>
<dc:date opf:event="modification">2032-01-01</dc:date><dc:date>2031-03-04T10:00:00Z</dc:date>
<dc:language>en-GB</dc:language>
<dc:publisher>Quay Press</dc:publisher><dc:identifier>https://quay.example/pier</dc:identifier></metadata>
<manifest><item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>
<item id="two" href="text/two%20b.xhtml" media-type="application/xhtml+xml"/>
<item id="one" href="text/one.xhtml" media-type="application/xhtml+xml"/>
<item id="side" href="text/side.xhtml" media-type="application/xhtml+xml"/>
<item id="css" href="a.css" media-type="text/css"/></manifest>
<spine><itemref idref="nav"/><itemref idref="two"/><itemref idref="one"/><itemref idref="side" linear="no"/>
<itemref idref="gone"/></spine></package>"""


def page(body: str) -> str:
    return f"""<?xml version="1.0" encoding="utf-8"?>
<html xmlns="http://www.w3.org/1999/xhtml"
xmlns:epub="http://www.idpf.org/2007/ops">
<head><title>x</title><style>/*<![CDATA[*/ p {{ color: red }} /*]]>*/ not shown</style></head>
<body>{body}</body></html>"""


PAGES = {
    "mimetype": "application/epub+zip",
    "META-INF/container.xml": CONTAINER,
    "OPS/book x.opf": PACKAGE,
    "OPS/nav.xhtml": page("<nav><ol><li><a href='text/one.xhtml'>Contents one</a></li></ol></nav>"),
    "OPS/text/two b.xhtml": page(
        "<h1>The Heron</h1><p>She was built in 1962<sup><a href='#n1'>7</a></sup> and carries 410"
        "<a epub:type='noteref' href='#n2'>8</a>passengers over <ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp></ruby>字.</p>"
        "<p>The pier is 3<sup>rd</sup> in <span epub:type='pagebreak' id='p12'>12</span>length.</p>"
    ),
    "OPS/text/one.xhtml": page("<h2>The Osprey</h2><p>She carries 380 people.</p>"),
    "OPS/text/side.xhtml": page("<p>Beside the text.</p>"),
}


def epub(changed: dict[str, str] | None = None, without: tuple[str, ...] = ()) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in {**PAGES, **(changed or {})}.items():
            if name not in without:
                archive.writestr(zipfile.ZipInfo(name), text, zipfile.ZIP_STORED if name == "mimetype" else None)
    return data.getvalue()


def opened(data: bytes, name: str = "a.epub") -> ReadFile:
    return read_document(Path("/collection") / name, data)


@pytest.mark.parametrize("name", ["a.epub", "a.zip", "a"])
def test_pages_are_parts_in_the_order_of_the_spine(name: str) -> None:
    result = opened(epub(), name)
    document = result.document
    assert document.reader == "epub"
    assert headings(result) == ["The Heron", "The Osprey"]
    assert [(part.name, part.title) for part in document.parts] == [("2", "The Heron"), ("3", "The Osprey")]
    assert result.warnings == ("Page 5 of the book is missing in the file.",)
    assert {piece.what for piece in result.left_out} >= {"pages beside the text"}
    check_invariants(result, epub())


def test_no_mark_reading_or_page_number_is_part_of_the_text() -> None:
    text = opened(epub()).document.text
    assert "She was built in 1962 and carries 410 passengers over 漢字." in text
    assert "in length." in text
    for other in ("Contents one", "not shown", "Beside", "かん", "12"):
        assert other not in text


def test_what_a_package_says_of_the_book() -> None:
    data = epub()
    metadata = read_text(Path("/collection/a.epub"), data).draft.metadata
    assert metadata.title == "The Pier & the Sea"
    assert metadata.author == "Ada Brook, Ann Lee"
    assert metadata.published == "2031-03-04T10:00:00Z"
    assert (metadata.language, metadata.publisher) == ("en-GB", "Quay Press")
    assert metadata.url == "https://quay.example/pier"


def encryption(algorithm: str, path: str) -> str:
    return f"""<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<EncryptedData xmlns="http://www.w3.org/2001/04/xmlenc#"><EncryptionMethod Algorithm="{algorithm}"/>
<CipherData><CipherReference URI="{path}"/></CipherData></EncryptedData></encryption>"""


def test_a_protected_book_is_refused_and_one_with_hidden_fonts_is_read() -> None:
    name = "META-INF/encryption.xml"
    with pytest.raises(Unreadable, match="protected"):
        opened(epub({name: encryption("http://www.w3.org/2001/04/xmlenc#aes128-cbc", "OPS/text/one.xhtml")}))
    fonts = epub({name: encryption("http://www.idpf.org/2008/embedding", "OPS/a.otf")})
    assert "380 people" in opened(fonts).document.text


def test_damaged_books_are_refused_in_plain_words() -> None:
    data = epub()
    for cut in (3, 40, 200, len(data) // 2, len(data) - 10):
        with pytest.raises(Unreadable):
            opened(data[:cut])
    with pytest.raises(Unreadable, match="list of contents is missing"):
        opened(epub(without=("META-INF/container.xml", "OPS/book x.opf")))
    assert "380 people" in opened(epub(without=("META-INF/container.xml",))).document.text
    with pytest.raises(Unreadable, match="no text"):
        opened(epub(dict.fromkeys(("OPS/text/one.xhtml", "OPS/text/two b.xhtml"), page("<img src='a.png'/>"))))


@pytest.mark.timeout(60)
def test_a_bomb_is_refused() -> None:
    with pytest.raises(Unreadable, match="too large"):
        opened(epub({"OPS/text/one.xhtml": page("<p>" + "a " * 30_000_000 + "</p>")}))
    entities = "<!DOCTYPE package [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;'>]>"
    package = PACKAGE.replace("<package", entities + "<package", 1).replace("Quay Press", "&b; Press")
    assert opened(epub({"OPS/book x.opf": package})).document.publisher == "&b; Press"


FB2 = """<?xml version="1.0" encoding="windows-1251"?>
<FictionBook xmlns="http://www.gribuser.ru/xml/fictionbook/2.0" xmlns:l="http://www.w3.org/1999/xlink">
<description><title-info><genre>prose</genre><author><first-name>Ада</first-name><last-name>Брук</last-name></author>
<book-title>Причал</book-title><date value="2031-03-04">весна 2031</date><lang>ru</lang></title-info>
<publish-info><publisher>Набережная</publisher><year>2032</year></publish-info></description>
<body><title><p>Причал</p></title><epigraph><p>Море ждёт.</p><text-author>А. Б.</text-author></epigraph>
<section><title><p>Глава 1</p><p>Паром</p></title><p>Паром построен в 1962<a l:href="#n1" type="note">[1]</a>году
и берёт 410&nbsp;человек<a l:href="#n2" type="note">[2]</a>.</p>
<poem><stanza><v>Волна за волной,</v><v>и ветер родной.</v></stanza></poem>
<section><title><p>Часть</p></title><p>Это 10<sup>5</sup> шагов и H<sub>2</sub>O.</p></section>
<table><tr><th>Паром</th><th>Порт</th></tr><tr><td>Цапля</td><td>Мох</td></tr></table></section>
<section><p>Вторая глава без названия.</p><image l:href="#a.png"/></section></body>
<body name="notes"><title><p>Сноски</p></title>
<section id="n1"><title><p>1</p></title><p>Так в источнике.</p></section></body>
<binary id="a.png" content-type="image/png">iVBORw0KGgo=</binary></FictionBook>"""


def packed(name: str, data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, data)
    return out.getvalue()


@pytest.mark.parametrize("name", ["a.fb2", "a.txt", "a.xml", "a.fb2.zip"])
@pytest.mark.parametrize("encoding", ["cp1251", "utf-8"])
def test_a_fiction_book_chapter_by_chapter(name: str, encoding: str) -> None:
    data = FB2.replace("windows-1251", "windows-1251" if encoding == "cp1251" else "utf-8").encode(encoding)
    data = packed("book.fb2", data) if name.endswith("zip") else data
    result = opened(data, name)
    document = result.document
    assert (document.title, document.author, document.publisher) == ("Причал", "Ада Брук", "Набережная")
    assert (document.published, document.language) == ("2031-03-04", "ru")
    assert [(part.name, part.title) for part in document.parts] == [
        ("front", "Причал"),
        ("1", "Глава 1 Паром"),
        ("2", None),
        ("notes", "Сноски"),
    ]
    assert headings(result) == ["Причал", "Глава 1 Паром", "Часть", "Сноски", "1"]
    assert paragraphs(result) == [
        "Море ждёт.",
        "А. Б.",
        "Паром построен в 1962 году и берёт 410 человек.",
        "Волна за волной,",
        "и ветер родной.",
        "Это 10^5 шагов и H2O.",
        "Паром | Порт",
        "Цапля | Порт: Мох",
        "Вторая глава без названия.",
        "Так в источнике.",
    ]
    assert [piece.what for piece in result.left_out] == ["pictures"]
    check_invariants(result, data)


def test_a_fiction_book_that_ends_too_early_is_read_as_far_as_it_goes() -> None:
    data = FB2.encode("cp1251")
    cut = opened(data[: data.index("Вторая".encode("cp1251"))], "a.fb2")
    assert "берёт 410 человек" in cut.document.text
    assert any("ends too early" in warning for warning in cut.warnings)
    for size in (0, 1, 60, 130, 400):
        with pytest.raises(Unreadable):
            opened(data[:size], "a.fb2")
    with pytest.raises(Unreadable, match="no book"):
        opened(packed("a.txt", b"x"), "a.fb2.zip")


@pytest.mark.timeout(60)
def test_hostile_fiction_books() -> None:
    start = FB2[: FB2.index("<body>")]
    deep = (
        start + "<body>" + "<section>" * 10_000 + "<p>Some words.</p>" + "</section>" * 10_000 + "</body></FictionBook>"
    )
    bomb = deep.replace("<FictionBook", "<!DOCTYPE x [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><FictionBook", 1)
    for text in (deep, bomb, start + "<binary>" * 20_000, start + "<!DOCTYPE [" * 20_000, start + "&a" * 50_000):
        try:
            opened(text.encode("cp1251"), "a.fb2")
        except Unreadable:
            continue
