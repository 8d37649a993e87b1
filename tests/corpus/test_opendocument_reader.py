"""OpenDocument texts and presentations: words as they are shown, in packages and in one XML document."""

import pytest
from office_support import blocks, left_out, taken, zipped

from corpus.errors import Unreadable

SPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for name in ("office", "text", "table", "draw", "style", "presentation", "meta")
)
SVG = 'xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0" xmlns:dc="http://purl.org/dc/elements/1.1/"'
PLAIN = "The ferry Heron left Moss Point at noon."
STYLES = """<office:automatic-styles>
<style:style style:name="T1"><style:text-properties style:text-position="super 58%"/></style:style>
<style:style style:name="T2"><style:text-properties style:text-position="-33% 58%"/></style:style>
<style:style style:name="T3"><style:text-properties style:text-position="0% 100%"/></style:style>
<style:style style:name="H"><style:text-properties text:display="none"/></style:style>
<style:style style:name="P1" style:parent-style-name="Title"/>
<style:style style:name="dp1"><style:drawing-page-properties presentation:visibility="hidden"/></style:style>
</office:automatic-styles>"""


def p(inside: str, style: str = "") -> str:
    return f'<text:p text:style-name="{style}">{inside}</text:p>'


def content(body: str, kind: str = "text") -> str:
    return (
        f"<office:document-content {SPACES} {SVG}>{STYLES}<office:body>"
        f"<office:{kind}>{body}</office:{kind}></office:body></office:document-content>"
    )


def meta(title: str, author: str) -> str:
    return (
        f"<office:document-meta {SPACES} {SVG}><office:meta><dc:title>{title}</dc:title><dc:creator>Other</dc:creator>"
        f"<meta:initial-creator>{author}</meta:initial-creator></office:meta></office:document-meta>"
    )


def package(body: str, kind: str = "text", **more: str) -> bytes:
    members = {"mimetype": f"application/vnd.oasis.opendocument.{kind}", "content.xml": content(body, kind)}
    return zipped(members | {name.replace("_", "/").replace("/xml", ".xml"): text for name, text in more.items()})


def read(body: str) -> list[str]:
    return blocks(taken(package(body), "a.odt"))


def test_a_document_and_what_it_says_of_itself() -> None:
    data = zipped({
        "mimetype": "application/vnd.oasis.opendocument.text", "content.xml": content(p(PLAIN)),
        "meta.xml": meta("The ferry log", "Ada Brook"),
    })  # fmt: skip
    for name in ("a.odt", "a.bin"):
        found = taken(data, name).document
        assert (found.reader, found.text, found.title, found.author) == (
            "opendocument", PLAIN, "The ferry log", "Ada Brook",
        )  # fmt: skip


def test_one_xml_document() -> None:
    flat = (
        f'<?xml version="1.0"?>'
        f'<office:document {SPACES} {SVG} office:mimetype="application/vnd.oasis.opendocument.text">'
        f"<office:meta><dc:title>The ferry log</dc:title></office:meta><office:body>"
        f"<office:text>{p(PLAIN)}</office:text>"
        "</office:body></office:document>"
    )
    found = taken(flat.encode(), "a.fodt").document
    assert (found.reader, found.text, found.title) == ("opendocument", PLAIN, "The ferry log")


def test_spaces_tabs_and_breaks_keep_words_apart() -> None:
    inside = 'one<text:s text:c="3"/>two<text:tab/>three<text:line-break/>four<text:soft-page-break/>teen'
    assert read(p(inside)) == ["one two three fourteen"]
    assert read(p('a<text:s text:c="999999999"/>b')) == ["a b"]
    assert read(p("<text:span>4</text:span><text:span>10</text:span> <text:a>passengers</text:a>")) == [
        "410 passengers"
    ]


def test_raised_figures() -> None:
    inside = 'about 10<text:span text:style-name="{}">6</text:span> volts'
    assert read(p(inside.format("T1"))) == ["about 10^6 volts"]
    assert read(p(inside.format("T2"))) == ["about 10_6 volts"]
    assert read(p(inside.format("T3"))) == ["about 106 volts"]


def test_deleted_text_and_comments_are_told_and_not_read() -> None:
    tracked = (
        f"<text:tracked-changes><text:changed-region>"
        f"<text:deletion>{p('gone')}</text:deletion></text:changed-region></text:tracked-changes>"
    )
    comment = f"<office:annotation><dc:creator>Ada</dc:creator>{p('Is it?')}</office:annotation>"
    row = (
        f"<table:table><table:table-row>"
        f"<table:table-cell>{p('a' + comment)}</table:table-cell>"
        f"<table:table-cell>{p('b')}</table:table-cell></table:table-row></table:table>"
    )
    found = taken(package(tracked + p("It cost <text:change/>50" + comment + " crowns") + row), "a.odt")
    assert blocks(found) == ["It cost 50 crowns", "| a | b"]
    assert left_out(found) == {"comments and deleted text": 22}


def test_hidden_words_are_told_and_not_read() -> None:
    body = (
        p('seen <text:span text:style-name="H">secret</text:span>') + p("hidden", "H")
        + f'<text:section text:display="none">{p("unseen")}</text:section>'
        + f"<text:section>{p('shown')}</text:section>"
    )  # fmt: skip
    found = taken(package(body), "a.odt")
    assert blocks(found) == ["seen", "shown"]
    assert left_out(found) == {"hidden text": 18}


def test_a_readings_and_numbers_are_no_words_and_a_titles_field_is() -> None:
    ruby = "<text:ruby><text:ruby-base>尾崎</text:ruby-base><text:ruby-text>おざき</text:ruby-text></text:ruby>"
    assert read(p(ruby)) == ["尾崎"]
    assert (
        read('<text:h text:outline-level="2"><text:number>1.</text:number>Ferries</text:h>' + p(PLAIN))[0]
        == "#2 Ferries"
    )
    assert read(p("From <text:title>The ferry log</text:title><svg:title>a picture</svg:title>.")) == [
        "From The ferry log."
    ]


def test_notes_and_frames_follow_their_paragraph() -> None:
    note = (
        f"<text:note><text:note-citation>1</text:note-citation>"
        f"<text:note-body>{p('By the log.')}</text:note-body></text:note>"
    )
    frame = f"<draw:frame><draw:text-box>{p('aside')}</draw:text-box></draw:frame>"
    assert read(p(f"It left in 1991{note} at{frame} noon.")) == ["It left in 1991 at noon.", "By the log.", "aside"]
    rows = "".join(
        f"<table:table-row><table:table-cell>{p(a)}</table:table-cell>"
        f"<table:table-cell>{p(b)}</table:table-cell></table:table-row>"
        for a, b in (("Ferry", "Passengers"), ("Heron", f"410{note}"))
    )
    assert read(f"<table:table>{rows}</table:table>") == [
        "| Ferry | Passengers", "| Heron | Passengers: 410", "By the log.",
    ]  # fmt: skip


def test_headings_titles_and_lists() -> None:
    listed = (
        f"<text:list><text:list-item>{p('one')}<text:list>"
        f"<text:list-item>{p('two')}</text:list-item></text:list></text:list-item></text:list>"
    )
    found = taken(package(p("Ferries", "P1") + '<text:h text:outline-level="9">Crews</text:h>' + listed), "a.odt")
    assert blocks(found) == ["#1 Ferries", "#6 Crews", "* one", "* two"]
    assert found.document.title == "Ferries"
    long = "The ferry Heron carried 410 passengers on the first Sunday of May 1991."
    assert read(f'<text:h text:outline-level="1">{long}</text:h>') == [long]


def test_tables_with_repeated_and_covered_cells() -> None:
    cell = "<table:table-cell {}>{}</table:table-cell>"
    rows = (
        "<table:table-header-rows><table:table-row>"
        + cell.format("", p("Year")) + cell.format('table:number-columns-spanned="2"', p("Crew"))
        + '<table:covered-table-cell table:number-columns-repeated="1"/></table:table-row></table:table-header-rows>'
        + '<table:table-row table:number-rows-repeated="1000000">'
        + cell.format("", p("1991")) + cell.format('table:number-columns-repeated="2"', p("7")) + "</table:table-row>"
    )  # fmt: skip
    assert read(f"<table:table>{rows}</table:table>") == ["| Year | Crew", "| 1991 | Crew: 7 | Crew: 7"]
    endless = cell.format('table:number-columns-repeated="999999999"', p("x")) * 50
    assert len(read(f"<table:table><table:table-row>{endless}</table:table-row></table:table>")[0]) < 1_000


def test_slides_are_parts_with_their_title_first() -> None:
    def frame(kind: str, text: str) -> str:
        return f'<draw:frame presentation:class="{kind}"><draw:text-box>{p(text)}</draw:text-box></draw:frame>'

    shapes = f"<draw:g><draw:ellipse>{p('in a ring')}</draw:ellipse></draw:g>"
    notes = (
        f"<presentation:notes>{frame('notes', 'Wait for the bell.')}{frame('page-number', '1')}</presentation:notes>"
    )
    body = (
        f"<draw:page>{frame('outline', PLAIN)}{frame('title', 'Ferries')}{shapes}"
        f"{frame('footer', 'May')}{notes}</draw:page>"
        f'<draw:page draw:style-name="dp1">{frame("subtitle", "Second")}</draw:page>'
    )
    found = taken(package(body, "presentation"), "a.odp")
    assert blocks(found) == ["#2 Ferries", PLAIN, "in a ring", "Wait for the bell.", "Second"]
    assert [part.name for part in found.document.parts] == ["1", "2"]
    assert found.draft.warnings == ("slide 2 is hidden in the presentation",)
    assert left_out(found) == {"dates, numbers and footers of slides": 4}


def test_protected_and_damaged_documents_are_told_so() -> None:
    manifest = "<m><manifest:encryption-data xmlns:manifest='m'/></m>"
    members = {"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "\x01\x02 scrambled"}
    with pytest.raises(Unreadable, match="password"):
        taken(zipped(members | {"META-INF/manifest.xml": manifest}), "a.odt")
    with pytest.raises(Unreadable, match="damaged"):
        taken(zipped(members), "a.odt")
    data = package(p(PLAIN * 50))
    for end in (4, 60, len(data) // 2, len(data) - 25):
        with pytest.raises(Unreadable, match="damaged"):
            taken(data[:end], "a.odt")
    with pytest.raises(Unreadable, match="no text"):
        taken(package(""), "a.odt")


def test_what_is_nested_without_end_is_refused() -> None:
    with pytest.raises(Unreadable, match="nested"):
        read("<text:section>" * 5_000 + p(PLAIN) + "</text:section>" * 5_000)
    assert read("<text:section>" * 230 + p(PLAIN) + "</text:section>" * 230) == [PLAIN]
    assert read(p("<text:span>" * 230 + PLAIN + "</text:span>" * 230)) == [PLAIN]
