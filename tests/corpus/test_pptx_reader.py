"""Presentations: a part a slide, in the order in which they are shown."""

import pytest
from office_support import REST, blocks, core, left_out, relations, taken, zipped

from corpus.errors import Unreadable

P = 'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
PLAIN = "The ferry Heron left Moss Point at noon."


def para(text: str, properties: str = "") -> str:
    inside = text if text.startswith("<") else f"<a:r><a:t>{text}</a:t></a:r>"
    return f"<a:p><a:pPr>{properties}</a:pPr>{inside}</a:p>"


def shape(*paragraphs: str, place: str | None = None) -> str:
    held = f'<p:ph type="{place}"/>' if place else ""
    return f"<p:sp><p:nvSpPr><p:nvPr>{held}</p:nvPr></p:nvSpPr><p:txBody>{''.join(paragraphs)}</p:txBody></p:sp>"


def slide(*shapes: str, attributes: str = "") -> str:
    return f"<p:sld {P} {REST} {attributes}><p:cSld><p:spTree>{''.join(shapes)}</p:spTree></p:cSld></p:sld>"


def pptx(slides: dict[str, str], order: list[str], more: dict[str, str] | None = None) -> bytes:
    listed = "".join(f'<p:sldId id="{n}" r:id="r{name}"/>' for n, name in enumerate(order))
    links = {f"r{name}": ("slide", f"slides/{name}.xml") for name in slides}
    members = {
        "ppt/presentation.xml": f"<p:presentation {P} {REST}><p:sldIdLst>{listed}</p:sldIdLst></p:presentation>",
        "ppt/_rels/presentation.xml.rels": relations(links),
    }
    members |= {f"ppt/slides/{name}.xml": content for name, content in slides.items()}
    return zipped(members | (more or {}))


def read(*shapes: str) -> list[str]:
    return blocks(taken(pptx({"s1": slide(*shapes)}, ["s1"]), "a.pptx"))


def test_slides_come_in_the_order_of_the_presentation() -> None:
    slides = {"slide1": slide(shape(para("shown last"))), "slide2": slide(shape(para("shown first")))}
    found = taken(pptx(slides, ["slide2", "slide1"]), "a.pptx")
    assert found.document.reader == "pptx"
    said = {part.name: found.source[part.start : part.end] for part in found.document.parts}
    assert said == {"1": "shown first", "2": "shown last"}


def test_slides_that_the_presentation_does_not_list_are_not_read() -> None:
    slides = {"slide1": slide(shape(para(PLAIN))), "slide2": slide(shape(para("taken out")))}
    assert blocks(taken(pptx(slides, ["slide1", "slide9"]), "a.pptx")) == [PLAIN]


def test_the_title_comes_first_as_a_heading() -> None:
    shapes = (shape(para(PLAIN)), shape(para("Ferries"), place="title"))
    assert read(*shapes) == ["#2 Ferries", PLAIN]
    long = "The ferry Heron carried 410 passengers on the first Sunday of May 1991."
    assert read(shape(para(long), place="ctrTitle")) == [long]


def test_line_breaks_and_runs() -> None:
    run = "<a:r><a:t>{}</a:t></a:r>"
    assert read(shape(para(run.format("X-Library") + "<a:br/>" + run.format("The best")))) == ["X-Library The best"]
    assert read(shape(para(run.format("4") + run.format("10") + "<a:fld><a:t>!</a:t></a:fld>"))) == ["410!"]
    assert read(shape(para("one", '<a:buChar char="-"/>'), para("two", "<a:buNone/>"))) == ["* one", "two"]


@pytest.mark.parametrize(("shift", "shown"), [("30000", "10^6"), ("-25000", "10_6"), ("0", "106"), ("30%", "10^6")])
def test_raised_figures(shift: str, shown: str) -> None:
    inside = f'<a:r><a:t>10</a:t></a:r><a:r><a:rPr baseline="{shift}"/><a:t>6</a:t></a:r>'
    assert read(shape(para(inside))) == [shown]


def test_signs_of_symbol_fonts() -> None:
    inside = '<a:r><a:rPr><a:latin typeface="Arial"/><a:sym typeface="Symbol"/></a:rPr><a:t>5 \uf06dm</a:t></a:r>'
    assert read(shape(para(inside))) == ["5 μm"]


def test_groups_and_alternatives_are_read_once() -> None:
    fallback = "<mc:Fallback>" + shape(para("twice")) + "</mc:Fallback>"
    both = f"<mc:AlternateContent><mc:Choice>{shape(para('once'))}</mc:Choice>{fallback}</mc:AlternateContent>"
    assert read(f"<p:grpSp>{shape(para('grouped'))}<p:grpSp>{both}</p:grpSp></p:grpSp>") == ["grouped", "once"]


def test_what_stands_on_all_slides_is_told_and_not_read() -> None:
    shapes = [shape(para("12"), place="sldNum"), shape(para("May 1991"), place="dt"), shape(para(PLAIN))]
    found = taken(pptx({"s1": slide(*shapes)}, ["s1"]), "a.pptx")
    assert blocks(found) == [PLAIN]
    assert left_out(found) == {"dates, numbers and footers of slides": 10}


def test_notes_follow_the_slide() -> None:
    notes = slide(shape(para("Wait for the bell."), place="body"), shape(para("3"), place="sldNum"))
    more = {
        "ppt/slides/_rels/s1.xml.rels": relations({"n": ("notesSlide", "../notesSlides/n1.xml")}),
        "ppt/notesSlides/n1.xml": notes,
    }
    found = taken(pptx({"s1": slide(shape(para(PLAIN)))}, ["s1"], more), "a.pptx")
    assert blocks(found) == [PLAIN, "Wait for the bell."]
    assert len(found.document.parts) == 1


def test_hidden_slides_are_read_with_a_warning() -> None:
    found = taken(pptx({"s1": slide(shape(para(PLAIN)), attributes='show="0"')}, ["s1"]), "a.pptx")
    assert blocks(found) == [PLAIN]
    assert found.draft.warnings == ("slide 1 is hidden in the presentation",)


def table(*rows: list[str], style: str = "") -> str:
    lines = "".join(f"<a:tr>{''.join(row)}</a:tr>" for row in rows)
    return f"<p:graphicFrame><a:graphic><a:tbl><a:tblPr {style}/>{lines}</a:tbl></a:graphic></p:graphicFrame>"


def cell(text: str, attributes: str = "") -> str:
    return f"<a:tc {attributes}><a:txBody>{para(text)}</a:txBody></a:tc>"


def test_tables_read_under_their_header_and_merged_cells_keep_the_columns() -> None:
    rows = [
        [cell("Ferry"), cell("Passengers", 'gridSpan="2"'), cell("", 'hMerge="1"')],
        [cell("Heron", 'rowSpan="2"'), cell("410"), cell("95")],
        [cell("", 'vMerge="1"'), cell("7"), cell("8")],
    ]
    assert read(table(*rows, style='firstRow="1"')) == [
        "| Ferry | Passengers", "| Heron | Passengers: 410 | Passengers: 95", "| Heron | Passengers: 7 | Passengers: 8",
    ]  # fmt: skip


def test_words_of_diagrams_are_read() -> None:
    data = '<d:m xmlns:d="d" xmlns:a="a"><d:pt><d:t>' + para("President") + "</d:t></d:pt><d:pt><d:t/></d:pt></d:m>"
    more = {
        "ppt/slides/_rels/s1.xml.rels": relations({"r5": ("diagramData", "../diagrams/data1.xml")}),
        "ppt/diagrams/data1.xml": data,
    }
    frame = '<p:graphicFrame><a:graphic><dgm:relIds r:dm="r5"/></a:graphic></p:graphicFrame>'
    assert blocks(taken(pptx({"s1": slide(frame)}, ["s1"], more), "a.pptx")) == ["* President"]


def test_what_the_file_says_of_itself() -> None:
    for title, name in (("The ferries", "The ferries"), ("PowerPoint Presentation", "talk"), ("Slide 1", "talk")):
        data = pptx({"s1": slide(shape(para(PLAIN)))}, ["s1"], {"docProps/core.xml": core(title, "Ada Brook")})
        document = taken(data, "talk.pptx").document
        assert (document.title, document.author) == (name, "Ada Brook")


def test_damaged_and_empty_presentations_are_told_so() -> None:
    data = pptx({"s1": slide(shape(para(PLAIN)))}, ["s1"])
    for end in (4, 40, len(data) // 2, len(data) - 25):
        with pytest.raises(Unreadable, match="damaged"):
            taken(data[:end], "a.pptx")
    with pytest.raises(Unreadable, match="no slides"):
        taken(pptx({}, []), "a.pptx")
    with pytest.raises(Unreadable, match="no text"):
        taken(pptx({"s1": slide()}, ["s1"]), "a.pptx")


def test_a_broken_slide_does_not_take_the_others_along() -> None:
    found = taken(pptx({"s1": "no xml", "s2": slide(shape(para(PLAIN)))}, ["s1", "s2"]), "a.pptx")
    assert blocks(found) == [PLAIN]
    assert any("slide 1 is damaged" in warning for warning in found.draft.warnings)
    assert [part.name for part in found.document.parts] == ["2"]


def test_groups_nested_without_end_are_refused() -> None:
    with pytest.raises(Unreadable, match="nested"):
        read("<p:grpSp>" * 5_000 + shape(para(PLAIN)) + "</p:grpSp>" * 5_000)
