"""Marks of Markdown: what CommonMark takes for mark-up is left out, everything else stays letter for letter."""

from itertools import pairwise

import pytest
from corpus_support import check_invariants, headings, paragraphs, read
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from corpus.types import Document


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("Each crate holds 4*6 bottles of juice.", "Each crate holds 4*6 bottles of juice."),
        ("From 4*6 to 5*10 bottles.", "From 4*6 to 5*10 bottles."),
        ("From 4**6 to 5**10 bottles.", "From 4**6 to 5**10 bottles."),
        ("So 10*x + 5*y is 7.", "So 10*x + 5*y is 7."),
        ("Both a*b and c*d are kept.", "Both a*b and c*d are kept."),
        ("An un*believ*able day.", "An unbelievable day."),
        ("***All** of it* was **bo*ld* words**.", "All of it was bold words."),
        ("The price is ~~40~~50 crowns, ~~old~~new.", "The price is ~~40~~50 crowns, ~~old~~new."),
        ("It was ~~not 9~~ but ~5 degrees.", "It was not 9 but ~5 degrees."),
        ("共有**40**人，见**重要**内容。", "共有40人，见重要内容。"),
        ("Call `f(*args, **kw)` and `` a`b `` or `__init__`.", "Call f(*args, **kw) and a`b or __init__."),
        ("A ` alone and ``two.", "A ` alone and ``two."),
        ("Two ` lone and `marks.", "Two lone and marks."),
        ("Write to <desk@harbour.example> or <https://a.org/_x_>.", "Write to desk@harbour.example or https://a.org/_x_."),
        ("If depth<draught, then speed>3 is so.", "If depth<draught, then speed>3 is so."),
        ("The ratio x<y and y>z, a<b>c, List<T> holds.", "The ratio x<y and y>z, a<b>c, List<T> holds."),
        ('Some <b>bold</b> <span class="x">words</span><!-- c --> here.', "Some bold words here."),
        ("H<sub>2</sub>O and 10<sup>6</sup> litres<br>of it.", "H2O and 10^6 litres of it."),
        ("See [the *list*](https://a.org/x_(y) 'tip') and [ref][1].", "See the list and [ref][1]."),
        ("Docks [40](x)[50](y) and 19![i](j.png)77.", "Docks 40 50 and 19 77."),
        ("Before ![alt words](a.png) after.", "Before after."),
        ("The formula $a_{1} * b_{2} * c$ and $$x*y*z$$.", "The formula $a_{1} * b_{2} * c$ and $$x*y*z$$."),
        ("It costs $5*2* and $10.", "It costs $5*2* and $10."),
        ("See [[page|label]], [[page]], ![[x.png]] and ==marked==.", "See label, page, and marked."),
        ("In 2031[[1]] and if a == b or c == d.", "In 2031[[1]] and if a == b or c == d."),
        ("Said before.[^1] Then more[^note].", "Said before. Then more."),
        ("A &amp; B &lt;c&gt; \\*d\\* \\q C:\\data\\new.", "A & B <c> *d* \\q C:\\data\\new."),
        ("Text <script>var a = 1;</script>goes on.", "Text goes on."),
    ],
)  # fmt: skip
def test_a_line_of_marks(written: str, read_as: str) -> None:
    for name in ("a.md", "a.qmd"):
        result = read(written, name)
        assert paragraphs(result) == [read_as]
        check_invariants(result, written.encode())


def test_marks_in_quotes_lists_and_over_lines() -> None:
    source = "> - **one\n>   two** three `a\n>   b`\n> - [x] done *now*\n\n1. x\n   * y `4*6`\n"
    for end in ("\n", "\r\n", "\r"):
        result = read(source.replace("\n", end), "a.md")
        assert paragraphs(result) == ["one two three a b", "done now", "x", "y 4*6"]
        check_invariants(result, source.replace("\n", end).encode())


def test_code_keeps_its_lines_and_letters() -> None:
    source = (
        "```bash\n# Do NOT raise *it* above 40\n  run --x __a__\n\n图表\n标题很长\n```\n\n"
        "    indented  *x*\n\n- a\n  ```\n  in_list\n  ```\n"
    )
    assert paragraphs(read(source, "a.md")) == [
        "# Do NOT raise *it* above 40", "run --x __a__", "图表", "标题很长", "indented *x*", "a", "in_list",
    ]  # fmt: skip


def test_tables_have_labels_and_their_bars() -> None:
    source = (
        "> | Dock \\| pier | **Depth** | Built |\n> |---|---|---|\n> | North | `a\\|b` *9* | 1901 | extra |\n"
        "> | South | | 1934 |\n"
    )
    result = read(source, "a.md")
    assert paragraphs(result) == [
        "Dock | pier | Depth | Built",
        "North | Depth: a|b 9 | Built: 1901 | extra",
        "South | Built: 1934",
    ]
    assert result.document.rows == (0, 1, 2)
    check_invariants(result, source.encode())


def test_footnotes_formulas_and_html_blocks() -> None:
    source = (
        "Ref[^a].\n\n[^a]: Word\n[^b]: A note\n    goes on.\n\n    Its second paragraph.\n\n"
        "$$\na_{1} = b*c*d\n= 40\n$$\n\n"
        "<div><p>Para &amp; one</p><ul><li>An item</ul><!-- no --></div>\n\n> <table><tr><th>Port<th>Year</tr>\n"
        "> <tr><td>Moss<br>Point</td><td>2011</td></tr></table>\n"
    )
    result = read(source, "a.md")
    assert paragraphs(result) == [
        "Ref.", "Word", "A note goes on.", "Its second paragraph.", "a_{1} = b*c*d", "= 40", "Para & one", "An item",
        "Port | Year", "Moss Point | Year: 2011",
    ]  # fmt: skip
    check_invariants(result, source.encode())


def test_what_note_taking_programs_add() -> None:
    source = (
        "# Notes\n\n"
        "Shown.%%secret%% Open %%two\nlines\n\nof it%%\n\n> [!warning]- Mind the gap\n> It is 40 cm. ^gap-note\n\n"
        "```dataview\nTABLE x\n```\n\nIt is 100%% sure and 50%% not. 10 ^6\n\n`%%code%%` stays.\n"
    )
    result = read(source, "a.md")
    assert paragraphs(result) == [
        "Shown. Open", "Mind the gap", "It is 40 cm.", "It is 100%% sure and 50%% not. 10 ^6", "%%code%% stays.",
    ]  # fmt: skip
    assert [(left.what, left.characters) for left in result.left_out] == [
        ("a private comment", 30), ("a query of notes", 8),
    ]  # fmt: skip
    check_invariants(result, source.encode())


def test_shortcodes_components_and_attributes() -> None:
    source = (
        'import X from "./x"\nexport const y = {\n  a: 1,\n}\n\n## Head {#head .x}\n\n{{< fig src="a.png" >}}\n\n'
        ':::note Title\nInside it.\n:::\n\n<Tabs items={["a", "b"]}>\n<Tip>Mind `<Tip>`.</Tip>\n</Tabs>\n\n'
        "{/* no */}\n\nEnd.\n"
    )
    result = read(source, "a.mdx")
    assert headings(result) == ["Head"]
    assert paragraphs(result) == ["Inside it.", "Mind <Tip>.", "End."]
    check_invariants(result, source.encode())


def test_the_properties_of_an_exported_page() -> None:
    page = read(
        "# Trip\n\nCreated: May 3, 2031 9:15 PM\nTags: sea\nAuthor: Ada Brook\nRoom: B12\n\nWe sailed.\n", "a.md"
    )
    assert paragraphs(page) == ["Room: B12", "We sailed."]
    assert (page.document.title, page.document.author, page.document.published) == ("Trip", "Ada Brook", "2031-05-03")
    minutes = read("# Minutes\n\nDate: 5 May 2031\nPlace: the old hall\n\nWe met.\n", "a.md")
    assert paragraphs(minutes) == ["Date: 5 May 2031", "Place: the old hall", "We met."]


def test_lines_that_stand_for_themselves() -> None:
    assert paragraphs(read("Ada Brook  \nMill Street 4\\\nin Varn\n\n松溪大桥开工\n工期三年\n", "a.md")) == [
        "Ada Brook", "Mill Street 4 in Varn", "松溪大桥开工", "工期三年",
    ]  # fmt: skip
    assert paragraphs(read("The ferry left\nVarn on Monday\nand came back.\n", "a.md")) == [
        "The ferry left Varn on Monday and came back."
    ]


TOKENS = st.text(alphabet="abcXYZ0159", min_size=1, max_size=4)
MARKS = st.sampled_from([
    "*", "**", "_", "__", "~~", "`", "``", " ", " ", "\n", "==", "[", "](x)", "[[", "]]", "![", "<b>", "</b>", "$",
    "\\*", "|", "[^1]", "<", ">", "&amp;", "%%", "^", "- ", "> ", "# ", "\n\n",
])  # fmt: skip


@settings(deadline=None, max_examples=200)
@given(st.lists(st.tuples(TOKENS, MARKS), min_size=1, max_size=14))
def test_nothing_is_joined_to_a_number_and_no_words_that_spaces_part(parts: list[tuple[str, str]]) -> None:
    source = "Start.\n\n" + "".join(token + mark for token, mark in parts)
    result = read(source, "a.md")
    check_invariants(result, source.encode())
    for before, gap, after in _seams(result.document, source):
        tags = "<" in gap
        assert not (before.isdigit() and after.isdigit())
        assert tags or not (before.isdigit() or after.isdigit())
        assert not any(map(str.isspace, gap))


def _seams(document: Document, source: str) -> list[tuple[str, str, str]]:
    """Return where two letters or digits meet in the reading text that do not in the source, with what is between."""
    seams = []
    for i, (before, after) in enumerate(pairwise(document.text)):
        if before.isalnum() and after.isalnum():
            end = document.source_map.source_span(i, i + 1)[1]
            start = document.source_map.source_span(i + 1, i + 2)[0]
            if end != start:
                seams.append((before, source[end:start], after))
    return seams


@settings(deadline=None, max_examples=200)
@given(st.lists(st.tuples(TOKENS, MARKS), min_size=1, max_size=14))
def test_no_letter_of_a_text_without_hidden_parts_is_lost(parts: list[tuple[str, str]]) -> None:
    source = "".join(token + mark for token, mark in parts if mark not in HIDING)
    assume(source.strip())
    text = read("Start.\n\n" + source, "a.md").document.text

    assert sorted(filter(str.isalnum, text)) == sorted(filter(str.isalnum, "Start" + source))


HIDING = {"![", "[^1]", "%%", "[[", "]]", "<", ">", "^", "](x)", "&amp;", "<b>", "</b>"}
