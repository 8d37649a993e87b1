"""Word documents: what a reader of the page sees is the text, and nothing grows together."""

import pytest
from office_support import REST, W, blocks, core, left_out, relations, taken, zipped

from corpus.errors import Unreadable

PLAIN = "The ferry Heron left Moss Point at noon."


def run(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def p(inside: str = "", properties: str = "") -> str:
    inside = inside if inside.startswith("<") else run(inside)
    return f"<w:p><w:pPr>{properties}</w:pPr>{inside}</w:p>"


def tc(text: str, properties: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{text if text.startswith('<') else p(text)}</w:tc>"


def table(*rows: list[str]) -> str:
    return "<w:tbl>" + "".join(f"<w:tr>{''.join(map(tc_or, row))}</w:tr>" for row in rows) + "</w:tbl>"


def tc_or(cell: str) -> str:
    return cell if cell.startswith("<w:tc>") else tc(cell)


def document(body: str) -> str:
    return f"<w:document {W} {REST}><w:body>{body}</w:body></w:document>"


def docx(body: str, parts: dict[str, str] | None = None, about: str = "") -> bytes:
    kinds = {name.removesuffix(".xml").rstrip("0123456789"): f"{name}" for name in parts or {}}
    links = {f"r{n}": (kind.rpartition("/")[2], name) for n, (kind, name) in enumerate(kinds.items())}
    members = {"word/document.xml": document(body), "word/_rels/document.xml.rels": relations(links)}
    members |= {f"word/{name}": content for name, content in (parts or {}).items()}
    return zipped(members | ({"docProps/core.xml": about} if about else {}))


def read(body: str, parts: dict[str, str] | None = None) -> list[str]:
    return blocks(taken(docx(body, parts), "a.docx"))


@pytest.mark.parametrize("name", ["a.docx", "a.docm", "a.dotx", "a.zip", "a.txt"])
def test_a_document_is_known_by_what_stands_in_it(name: str) -> None:
    found = taken(docx(p(PLAIN), about=core("The ferry log", "Ada Brook")), name).document
    assert (found.reader, found.text, found.title, found.author) == ("docx", PLAIN, "The ferry log", "Ada Brook")
    assert found.published is None


def test_names_that_programs_write_are_no_title_and_no_author() -> None:
    found = taken(docx(p(PLAIN), about=core("Microsoft Word - log.doc", "python-docx")), "log.docx").document
    assert (found.title, found.author) == ("log", None)


def test_a_title_in_the_text_is_taken_where_the_file_has_a_programs() -> None:
    styles = f'<w:styles {W}><w:style w:styleId="Titel"><w:name w:val="Title"/></w:style></w:styles>'
    body = p("The ferries of Moss Point", '<w:pStyle w:val="Titel"/>') + p(PLAIN)
    found = taken(docx(body, {"styles.xml": styles}, core("Document1")), "a.docx")
    assert found.document.title == "The ferries of Moss Point"


def test_what_stands_between_words_keeps_them_apart() -> None:
    inside = "<w:r><w:t>one</w:t><w:br/><w:t>two</w:t><w:tab/><w:t>three</w:t><w:cr/><w:t>four</w:t></w:r>"
    assert read(p(inside)) == ["one two three four"]
    inside = (
        "<w:r><w:t>well</w:t><w:noBreakHyphen/><w:t>known</w:t></w:r><w:r><w:t>har</w:t>"
        "<w:softHyphen/><w:t>bour</w:t></w:r>"
    )
    assert read(p(inside)) == ["well\u2011knownharbour"]


def test_words_in_several_runs_stay_whole() -> None:
    assert read(p(run("4") + run("1", "<w:b/>") + run("0 passen") + run("gers"))) == ["410 passengers"]


@pytest.mark.parametrize(("before", "raised", "after", "shown"), [
    ("10", "6", " volts", "10^6 volts"), ("410", "2", "", "410^2"), ("10", "−3", "", "10^−3"),
    ("10", "6", "5", "10^6 5"),
    ("m", "2", "", "m2"), ("km", "2", "", "km2"), ("the 2", "nd", " ferry", "the 2nd ferry"),
    ("passengers", "3", " left", "passengers^3 left"),
])  # fmt: skip
def test_a_raised_figure_is_none_of_the_number_before(before: str, raised: str, after: str, shown: str) -> None:
    inside = run(before) + run(raised, '<w:vertAlign w:val="superscript"/>') + run(after)
    assert read(p(inside)) == [shown]


def test_a_lowered_figure_stays_in_a_formula_and_out_of_a_number() -> None:
    low = '<w:vertAlign w:val="subscript"/>'
    assert read(p(run("CO") + run("2", low) + run(" of 410") + run("7", low))) == ["CO2 of 410_7"]


SUM = (
    '<m:nary><m:naryPr><m:chr m:val="∑"/></m:naryPr><m:sub><m:r><m:t>i</m:t></m:r></m:sub><m:sup/>'
    "<m:e><m:r><m:t>x</m:t></m:r></m:e></m:nary>"
)
MATH = [
    ("<m:f><m:num><m:r><m:t>1</m:t></m:r></m:num><m:den><m:r><m:t>2</m:t></m:r></m:den></m:f>", "1/2"),
    ("<m:f><m:num><m:r><m:t>a+1</m:t></m:r></m:num><m:den><m:r><m:t>2</m:t></m:r></m:den></m:f>", "(a+1)/2"),
    ("<m:sSup><m:e><m:r><m:t>10</m:t></m:r></m:e><m:sup><m:r><m:t>6</m:t></m:r></m:sup></m:sSup>", "10^6"),
    ("<m:sSub><m:e><m:r><m:t>x</m:t></m:r></m:e><m:sub><m:r><m:t>1</m:t></m:r></m:sub></m:sSub>", "x_1"),
    ("<m:rad><m:deg/><m:e><m:r><m:t>a+b</m:t></m:r></m:e></m:rad>", "√(a+b)"),
    ("<m:d><m:e><m:r><m:t>3</m:t></m:r></m:e><m:e><m:r><m:t>4</m:t></m:r></m:e></m:d>", "(3|4)"),
    ("<m:m><m:mr><m:e><m:r><m:t>1</m:t></m:r></m:e><m:e><m:r><m:t>2</m:t></m:r></m:e></m:mr></m:m>", "1 2"),
    (SUM, "∑_i x"),
]  # fmt: skip


@pytest.mark.parametrize(("formula", "shown"), MATH)
def test_figures_of_a_formula_do_not_grow_together(formula: str, shown: str) -> None:
    assert read(p(run("It is ") + f"<m:oMath>{formula}</m:oMath>")) == [f"It is {shown}"]
    assert read(p(f"<m:oMathPara><m:oMath>{formula}</m:oMath></m:oMathPara>")) == [shown]


def test_symbols_are_the_signs_that_their_font_shows() -> None:
    sym = '<w:r><w:sym w:font="{}" w:char="{}"/></w:r>'
    assert read(p(run("5 ") + sym.format("Symbol", "F06D") + run("m"))) == ["5 μm"]
    assert read(p(sym.format("Wingdings", "F0FE") + run(" tea"))) == ["☑ tea"]
    assert read(p(run("a") + sym.format("Webdings", "F041") + run("b"))) == ["a b"]
    assert read(p(run("a") + sym.format("Symbol", "zz") + run("b"))) == ["a b"]
    assert read(p(run("5 \uf06dm", '<w:rFonts w:ascii="Symbol"/>'))) == ["5 μm"]


def test_alternatives_are_read_once() -> None:
    box = "<w:txbxContent>" + p("A report is due within 24 hours.") + "</w:txbxContent>"
    both = (
        f"<mc:AlternateContent><mc:Choice>{{}}</mc:Choice><mc:Fallback><w:pict>{box}</w:pict>"
        f"</mc:Fallback></mc:AlternateContent>"
    )
    drawn = f"<w:drawing><a:x>{box}</a:x></w:drawing>"
    assert read(p(f"<w:r>{both.format(drawn)}</w:r>" + run(PLAIN))) == [PLAIN, "A report is due within 24 hours."]
    assert read(p(f"<w:r>{both.format('')}</w:r>" + run(PLAIN))) == [PLAIN, "A report is due within 24 hours."]


def test_a_box_in_the_middle_of_a_sentence_does_not_part_it() -> None:
    box = "<w:r><w:pict><w:txbxContent>" + p("aside") + "</w:txbxContent></w:pict></w:r>"
    assert read(p(run("The ferry ") + box + run("left."))) == ["The ferry left.", "aside"]


def test_deleted_words_are_none_and_inserted_ones_are() -> None:
    inside = (
        run("It cost ") + "<w:del><w:r><w:delText>40</w:delText></w:r></w:del><w:ins>" + run("50") + "</w:ins>"
        "<w:moveFrom>" + run(" moved") + "</w:moveFrom><w:moveTo>" + run(" crowns") + "</w:moveTo>"
    )
    assert read(p(inside)) == ["It cost 50 crowns"]
    gone = f"<w:tbl><w:tr>{tc('a')}{tc('b')}</w:tr><w:tr><w:trPr><w:del/></w:trPr>{tc('gone')}{tc('x')}</w:tr></w:tbl>"
    assert read(p(PLAIN) + gone) == [PLAIN, "| a | b"]


def test_a_paragraph_whose_end_was_deleted_goes_on() -> None:
    mark = "<w:rPr><w:del/></w:rPr>"
    assert read(p("The ferry ", mark) + p("left.")) == ["The ferry left."]
    assert read(p("Before.") + p("The ferry", mark) + table(["a", "b"])) == ["Before.", "The ferry", "| a | b"]


def test_codes_of_fields_are_no_words_and_results_are() -> None:
    mark = '<w:r><w:fldChar w:fldCharType="{}"/></w:r>'
    begin, separate, end = (mark.format(kind) for kind in ("begin", "separate", "end"))
    code = "<w:r><w:instrText>IF </w:instrText></w:r>"
    inner = begin + "<w:r><w:instrText>MERGEFIELD x</w:instrText></w:r>" + separate + run("inner") + end
    assert read(p(run("Page ") + begin + code + inner + separate + run("7") + end + run(" of 9"))) == ["Page 7 of 9"]
    assert read(p(begin + code + run("x")) + p(PLAIN)) == [PLAIN]


def test_boxes_to_tick_show_whether_they_are() -> None:
    field = (
        '<w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:checkBox>'
        '<w:default w:val="0"/>{}</w:checkBox></w:ffData></w:fldChar></w:r>'
    )
    end = '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    assert read(p(field.format("<w:checked/>") + end + run("tea"))) == ["☒ tea"]
    assert read(p(field.format("") + end + run("tea"))) == ["☐ tea"]


def test_hidden_words_and_prompts_are_left_out_and_told() -> None:
    prompt = "<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>{}</w:sdtContent></w:sdt>"
    body = (
        p(run("seen ") + run("secret", "<w:vanish/>") + run("too", '<w:vanish w:val="0"/>'))
        + prompt.format(p("Click here."))
        + p(run("Name: ") + prompt.format(run("Enter it")))
        + "<w:sdt><w:sdtPr/><w:sdtContent>"
        + p("filled in")
        + "</w:sdtContent></w:sdt>"
    )
    found = taken(docx(body), "a.docx")
    assert blocks(found) == ["seen too", "Name:", "filled in"]
    assert left_out(found) == {"hidden text": 6, "fields to fill in": 19}


def test_readings_over_characters_are_left_out() -> None:
    ruby = (
        "<w:r><w:ruby><w:rubyPr/><w:rt>"
        + run("おざき")
        + "</w:rt><w:rubyBase>"
        + run("尾崎")
        + "</w:rubyBase></w:ruby></w:r>"
    )
    assert read(p(ruby + run("秀実"))) == ["尾崎秀実"]


def test_notes_follow_the_paragraph_that_has_their_mark() -> None:
    notes = (
        f'<w:footnotes {W}><w:footnote w:type="separator" w:id="0">{p("line")}</w:footnote>'
        f'<w:footnote w:id="2">{p("By the log.")}</w:footnote></w:footnotes>'
    )
    mark = '<w:r><w:footnoteReference w:id="2"/></w:r>'
    assert read(p(run("It left in 1991") + mark + run(".")) + p("Next."), {"footnotes.xml": notes}) == [
        "It left in 1991.", "By the log.", "Next.",
    ]  # fmt: skip
    cell = "<w:p>" + run("410") + mark + "</w:p>"
    assert read(table(["Ferry", "Passengers"], ["Heron", tc(cell)]), {"footnotes.xml": notes}) == [
        "| Ferry | Passengers", "| Heron | Passengers: 410", "By the log.",
    ]  # fmt: skip


def test_headers_footers_and_comments_are_told_and_not_read() -> None:
    parts = {
        "header1.xml": f"<w:hdr {W}>{p('Page head')}</w:hdr>",
        "footer1.xml": f"<w:ftr {W}>{p('foot')}</w:ftr>",
        "comments.xml": f"<w:comments {W}><w:comment>{p('Is it so?')}</w:comment></w:comments>",
    }
    found = taken(docx(p(PLAIN), parts), "a.docx")
    assert blocks(found) == [PLAIN]
    assert left_out(found) == {"headers": 9, "footers": 4, "comments": 9}


STYLES = f"""<w:styles {W}>
<w:style w:styleId="1"><w:name w:val="heading 1"/></w:style>
<w:style w:styleId="Mine"><w:name w:val="Mine"/><w:basedOn w:val="1"/></w:style>
<w:style w:styleId="Out"><w:name w:val="Out"/><w:pPr><w:outlineLvl w:val="2"/></w:pPr></w:style>
<w:style w:styleId="Nine"><w:name w:val="heading 9"/></w:style>
<w:style w:styleId="List"><w:name w:val="List Bullet"/><w:pPr><w:numPr/></w:pPr></w:style>
<w:style w:styleId="Loop"><w:name w:val="Loop"/><w:basedOn w:val="Loop"/></w:style>
</w:styles>"""


@pytest.mark.parametrize(("properties", "mark"), [
    ('<w:pStyle w:val="1"/>', "#1 "), ('<w:pStyle w:val="Mine"/>', "#1 "), ('<w:pStyle w:val="Out"/>', "#3 "),
    ('<w:pStyle w:val="Nine"/>', "#6 "), ('<w:pStyle w:val="List"/>', "* "), ('<w:pStyle w:val="Loop"/>', ""),
    ('<w:outlineLvl w:val="1"/>', "#2 "), ('<w:pStyle w:val="1"/><w:outlineLvl w:val="9"/>', ""),
    ('<w:numPr><w:numId w:val="3"/></w:numPr>', "* "),
    ('<w:pStyle w:val="List"/><w:numPr><w:numId w:val="0"/></w:numPr>', ""), ('<w:pStyle w:val="none"/>', ""),
])  # fmt: skip
def test_headings_and_items_are_known_by_their_style(properties: str, mark: str) -> None:
    assert read(p("Ferries", properties) + p(PLAIN), {"styles.xml": STYLES}) == [f"{mark}Ferries", PLAIN]


def test_a_sentence_in_a_headings_style_is_evidence() -> None:
    said = "The ferry Heron carried 410 passengers on the first Sunday of May 1991."
    assert read(p(said, '<w:outlineLvl w:val="0"/>')) == [said]


def test_a_table_reads_row_by_row_under_its_header() -> None:
    rows = [["Ferry", "Home port", "Passengers"], ["Heron", "Moss Point", "410"], ["Egret", "", "95"]]
    assert read(table(*rows)) == [
        "| Ferry | Home port | Passengers", "| Heron | Home port: Moss Point | Passengers: 410",
        "| Egret | Passengers: 95",
    ]  # fmt: skip


def test_merged_cells_keep_the_columns() -> None:
    wide, top, on = '<w:gridSpan w:val="2"/>', '<w:vMerge w:val="restart"/>', "<w:vMerge/>"
    rows = [
        ["Year", "Passengers", "Crew"], [tc("1991", top), "410", "7"], [tc("", on), "95", "3"],
        [tc("1992"), tc("none at all", wide)],
    ]  # fmt: skip
    assert read(table(*rows))[1:] == [
        "| 1991 | Passengers: 410 | Crew: 7", "| 1991 | Passengers: 95 | Crew: 3", "| 1992 | Passengers: none at all",
    ]  # fmt: skip
    before = (
        f'<w:tbl><w:tr>{tc("Ferry")}{tc("Crew")}</w:tr><w:tr><w:trPr><w:gridBefore w:val="1"/>'
        f"</w:trPr>{tc('7')}</w:tr></w:tbl>"
    )
    assert read(before) == ["| Ferry | Crew", "| Crew: 7"]


def test_a_table_in_a_table_is_read_once() -> None:
    inner = table(["Ferry", "Crew"], ["Heron", "7"])
    assert read(table(["Outside", tc(p("Inside:") + inner + p(""))])) == [
        "Outside", "Inside:", "| Ferry | Crew", "| Heron | Crew: 7",
    ]  # fmt: skip


def test_diagrams_are_read_and_files_inside_are_told() -> None:
    data = (
        '<dgm:dataModel xmlns:dgm="d" xmlns:a="a"><dgm:pt><dgm:t><a:p><a:r>'
        "<a:t>President</a:t></a:r></a:p></dgm:t></dgm:pt></dgm:dataModel>"
    )
    drawing = '<w:r><w:drawing><dgm:relIds r:dm="r9"/></w:drawing></w:r>'
    members = {
        "word/document.xml": document(p(run(PLAIN) + drawing) + '<w:altChunk r:id="r8"/>'),
        "word/_rels/document.xml.rels": relations({"r9": ("diagramData", "diagrams/data1.xml")}),
        "word/diagrams/data1.xml": data,
    }
    found = taken(zipped(members), "a.docx")
    assert blocks(found) == [PLAIN, "* President"]
    assert any("inside this one" in warning for warning in found.draft.warnings)


def test_a_package_in_one_xml_document() -> None:
    part = '<pkg:part pkg:name="{}"><pkg:xmlData>{}</pkg:xmlData></pkg:part>'
    notes = f'<w:footnotes {W}><w:footnote w:id="2">{p("By the log.")}</w:footnote></w:footnotes>'
    flat = (
        '<?xml version="1.0"?><pkg:package xmlns:pkg="http://schemas.microsoft.com/office/2006/xmlPackage">'
        + part.format("/_rels/.rels", relations({"a": ("officeDocument", "word/document.xml")}))
        + part.format("/word/_rels/document.xml.rels", relations({"b": ("footnotes", "footnotes.xml")}))
        + part.format("/word/document.xml", document(p(run(PLAIN) + '<w:r><w:footnoteReference w:id="2"/></w:r>')))
        + part.format("/word/footnotes.xml", notes)
        + part.format("/docProps/core.xml", core("The ferry log", "Ada Brook"))
        + "</pkg:package>"
    )
    found = taken(flat.encode(), "a.xml")
    assert found.document.reader == "docx"
    assert blocks(found) == [PLAIN, "By the log."]
    assert (found.document.title, found.document.author) == ("The ferry log", "Ada Brook")


def test_the_strict_form_is_read_too() -> None:
    strict = document(p(PLAIN)).replace(W, 'xmlns:w="http://purl.oclc.org/ooxml/wordprocessingml/main"')
    members = {"word/document.xml": strict}
    assert taken(zipped(members), "a.docx").document.text == PLAIN


@pytest.mark.parametrize("body", ["", p(""), p("<w:r><w:drawing/></w:r>")])
def test_a_document_without_words_is_told_so(body: str) -> None:
    with pytest.raises(Unreadable, match="no text"):
        read(body)


def test_a_file_cut_short_or_of_noughts_is_damaged() -> None:
    data = docx(p(PLAIN * 50))
    for end in (4, 30, len(data) // 2, len(data) - 30):
        with pytest.raises(Unreadable, match="damaged"):
            taken(data[:end], "a.docx")
    with pytest.raises(Unreadable):
        taken(b"PK\x03\x04" + b"\0" * 3000, "a.docx")
    with pytest.raises(Unreadable, match="damaged"):
        taken(zipped({"word/other.xml": "<a/>"}), "a.docx")
    with pytest.raises(Unreadable, match="empty"):
        taken(b"", "a.docx")


def test_a_broken_document_is_read_with_a_warning() -> None:
    found = taken(zipped({"word/document.xml": document(p(PLAIN))[:-20]}), "a.docx")
    assert blocks(found) == [PLAIN]
    assert any("damaged" in warning for warning in found.draft.warnings)


def test_what_is_nested_without_end_is_refused() -> None:
    with pytest.raises(Unreadable, match="nested"):
        read("<w:ins>" * 10_000 + p(PLAIN) + "</w:ins>" * 10_000)
    assert PLAIN in read("<w:tbl><w:tr><w:tc>" * 70 + p(PLAIN) + "</w:tc></w:tr></w:tbl>" * 70)


def test_a_web_page_that_is_called_a_document_is_read_as_a_page() -> None:
    page = f"<html><body><h1>Ferries</h1><p>{PLAIN} It was the first to do so in 1991.</p></body></html>"
    found = taken(page.encode(), "a.docx").document
    assert found.reader == "html"
    assert PLAIN in found.text


def note(number: int, inside: str) -> str:
    return f'<w:footnote w:id="{number}">{inside}</w:footnote>'


def reference(number: int, more: str = "") -> str:
    return f'<w:r><w:footnoteReference w:id="{number}" {more}/>'


def test_a_note_is_told_once_whatever_refers_to_it() -> None:
    end = "</w:r>"
    notes = note(1, p(run("See the log.") + reference(1) + end)) + note(2, p(reference(1) + end + run("As above.")))
    parts = {"footnotes.xml": f"<w:footnotes {W}>{notes}</w:footnotes>"}
    body = p(run("It sank.") + reference(1) + end + reference(2) + end + reference(1) + end)
    assert read(body, parts) == ["It sank.", "See the log.", "As above."]


def test_a_mark_of_ones_own_is_no_part_of_a_number() -> None:
    own = reference(1, 'w:customMarkFollows="1"') + "<w:t>7</w:t></w:r>"
    parts = {"footnotes.xml": f"<w:footnotes {W}>{note(1, p('By the log.'))}</w:footnotes>"}
    assert read(p(run("Built in 1962") + own + run(" by Ada.")), parts) == ["Built in 1962 by Ada.", "By the log."]


def test_numbers_of_five_thousand_digits_are_none() -> None:
    cell = tc("A", f'<w:gridSpan w:val="{"9" * 5000}"/>')
    rows = f"<w:tbl><w:tr>{cell}{tc('B')}</w:tr><w:tr>{tc('1')}{tc('2')}</w:tr></w:tbl>"
    assert read(p(PLAIN, f'<w:outlineLvl w:val="{"9" * 5000}"/>') + rows)[0] == PLAIN
