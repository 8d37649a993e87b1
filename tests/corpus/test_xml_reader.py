"""XML: prose and records with their places in the text, and feeds."""

import pytest
from corpus_support import check_invariants, headings, paragraphs, read
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.errors import Unreadable

HEAD = '<?xml version="1.0" encoding="utf-8"?>'
LETTERS = (
    f'{HEAD}<TEI xmlns="http://www.tei-c.org/ns/1.0" xml:lang="en"><teiHeader><titleStmt><title>Letters</title>'
    '<author>Ada Brook</author></titleStmt><date when="1890-02-03"/></teiHeader><text><div><head>Letter 1</head>'
    '<p>The <hi rend="i">Her</hi>on left<note>See p. 4.</note> at 9 &amp; came<lb/>back with <persName><forename>Lin'
    "</forename><surname>Ke</surname></persName>.</p><list><item>One thing</item><item>Two</item></list></div>"
    "</text></TEI>"
)


def test_prose_is_paragraphs_and_no_word_grows_together() -> None:
    result = read(LETTERS, "letters.xml")
    assert headings(result) == ["Letter 1"]
    assert paragraphs(result) == [
        "The Heron left [See p. 4.] at 9 & came back with Lin Ke.",
        "One thing",
        "Two",
    ]
    check_invariants(result, LETTERS.encode())


def test_a_text_tells_of_itself() -> None:
    document = read(LETTERS, "letters.xml").document
    assert (document.title, document.author, document.published) == ("Letters", "Ada Brook", "1890-02-03")
    assert document.reader == "xml"


def test_an_article_with_a_table_and_raised_figures() -> None:
    text = (
        "<article><front><article-meta><article-title>On salt</article-title><contrib-group><contrib><name><surname>"
        "Brook</surname><given-names>Ada</given-names></name></contrib></contrib-group><pub-date><day>3</day><month>2"
        "</month><year>2031</year></pub-date></article-meta></front><body><p>We took 10<sup>3</sup> samples<sup>a</sup>"
        " of H<sub>2</sub>O.</p><table><tr><th>Place</th><th>Salt</th></tr><tr><td>Pell</td><td>12.5</td></tr></table>"
        "</body></article>"
    )
    result = read(text, "salt.xml")
    assert paragraphs(result) == ["We took 10^3 samples a of H2O.", "Place | Salt", "Pell | Salt: 12.5"]
    assert (result.document.author, result.document.published) == ("Ada Brook", "2031-02-03")


def test_records_are_rows_under_their_elements_names() -> None:
    ships = "<ship><shipName>Heron</shipName><seats>410</seats></ship><ship><shipName>Tern</shipName></ship>"
    text = f"{HEAD}<list>{ships}</list>"
    assert paragraphs(read(text, "ships.xml")) == ["shipName: Heron | seats: 410", "shipName: Tern"]
    text = f'{HEAD}<users><row Id="4" DisplayName="Ada &amp; Lin" Views="12"/></users>'
    assert paragraphs(read(text, "users.xml")) == ["DisplayName: Ada & Lin | Views: 12"]


def test_character_data_is_taken_as_it_stands() -> None:
    assert paragraphs(read(f"{HEAD}<a><p><![CDATA[4 < 6 &amp; more]]></p></a>", "a.xml")) == ["4 < 6 &amp; more"]


def test_entities_are_never_unfolded() -> None:
    text = f'{HEAD}<!DOCTYPE a [<!ENTITY b "xxxx"><!ENTITY c "&b;&b;">]><a><p>Words &c; here.</p></a>'
    assert paragraphs(read(text, "a.xml")) == ["Words &c; here."]


def test_a_workbook_of_2003_is_a_table() -> None:
    rows = "".join(
        f"<Row><Cell><Data>{a}</Data></Cell><Cell><Data>{b}</Data></Cell></Row>"
        for a, b in (("Ferry", "Seats"), ("Heron", 4))
    )
    mark = '<?mso-application progid="Excel.Sheet"?>'
    text = f"{HEAD}{mark}<Workbook><Worksheet><Table>{rows}</Table></Worksheet></Workbook>"
    assert paragraphs(read(text, "old.xls")) == ["Ferry | Seats", "Heron | Seats: 4"]


def test_pages_and_other_formats_are_left_to_their_readers() -> None:
    page = f"{HEAD}<html><body><p>The ferry leaves at nine, they say.</p></body></html>"
    assert read(page, "a.xml").document.reader == "html"


def test_what_breaks_off_is_read_to_its_end_and_depth_is_bounded() -> None:
    assert paragraphs(read(f"{HEAD}<a><p>Words are here.</p><p>And the", "a.xml")) == ["Words are here.", "And the"]
    with pytest.raises(Unreadable, match="nested"):
        read("<a>" * 10_000, "a.xml")


FEED = (
    f'{HEAD}<rss version="2.0" xmlns:dc="d"><channel><title>Harbour news</title><link>https://h.example/</link><item>'
    "<title>Bridge &amp; ferry</title><link>https://h.example/1</link><pubDate>Thu, 19 Oct 2023 20:51:45 GMT</pubDate>"
    "<dc:creator>Lin Ke</dc:creator><description><![CDATA[<p>The <b>Heron</b> leaves at 9. AT&amp;T pays.</p><p>It "
    "carries 410 people.</p>]]></description></item><item><title>Two</title><description>&lt;p&gt;Plain words &amp;amp;"
    " more.&lt;/p&gt;</description></item></channel></rss>"
)


def test_a_feed_s_entries_are_parts() -> None:
    result = read(FEED, "feed.xml")
    document = result.document
    assert (document.reader, document.title, document.url) == ("syndication", "Harbour news", "https://h.example/")
    assert paragraphs(result) == ["The Heron leaves at 9. AT&T pays.", "It carries 410 people.", "Plain words & more."]
    first = document.parts[0]
    assert (first.name, first.title, first.author, first.published) == ("1", "Bridge & ferry", "Lin Ke", "2023-10-19")
    assert first.url == "https://h.example/1"


def test_atom() -> None:
    text = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><entry><title>One</title><link rel="self" href='
        '"https://h.example/self"/><link href="https://h.example/e1"/><updated>2031-01-02T03:04:05Z</updated><author><name>'
        'Ada</name></author><content type="xhtml"><div><p>One sentence is here.</p></div></content></entry></feed>'
    )
    result = read(text, "a.atom")
    part = result.document.parts[0]
    assert paragraphs(result) == ["One sentence is here."]
    assert (part.url, part.author, part.published) == ("https://h.example/e1", "Ada", "2031-01-02T03:04:05Z")


def test_a_feed_without_entries_is_refused() -> None:
    with pytest.raises(Unreadable, match="no entry"):
        read('<rss version="2.0"><channel><title>T</title></channel></rss>', "a.rss")


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["<a>", "</a>", "<p>", "</p>", "<![CDATA[", "]]>", "<!--", "-->", "&amp;", "<b/>", 'c="', "word ", "<"]
        )
    )
)
def test_any_mark_up_is_read_or_refused_with_right_places(parts: list[str]) -> None:
    text = f"{HEAD}<x><p>The ferry leaves at nine.</p>{''.join(parts)}"
    result = read(text, "a.xml")
    assert "The ferry leaves at nine." in result.document.text
    check_invariants(result, text.encode())
