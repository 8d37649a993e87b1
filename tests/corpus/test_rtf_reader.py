"""Rich Text Format: the words that are shown, in the code pages of their fonts."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from office_support import blocks, left_out, taken

from corpus.errors import Unreadable

PLAIN = "The ferry Heron left Moss Point at noon."
FONTS = (
    rb"{\fonttbl{\f0\fcharset0 Arial;}{\f1\fcharset204 Arial CYR;}{\f2\fcharset128 MS Gothic;}"
    rb"{\f3\fcharset238 Arial CE;}{\f4\fcharset134 SimSun;}{\f5\fcharset2 Symbol;}{\f6\fcharset2 Wingdings;}"
    rb"{\f7\fcharset129 Batang;}{\f8\cpg866 Old;}}"
)


def rtf(body: str | bytes, head: bytes = rb"\ansi\ansicpg1252\deff0") -> bytes:
    return rb"{\rtf1" + head + FONTS + (body if isinstance(body, bytes) else body.encode("ascii")) + b"}"


def read(body: str | bytes) -> list[str]:
    return blocks(taken(rtf(body), "a.rtf"))


def escaped(text: str, encoding: str) -> str:
    return "".join(f"\\'{byte:02x}" for byte in text.encode(encoding))


@pytest.mark.parametrize("name", ["a.rtf", "a.doc", "a.txt"])
def test_a_file_is_known_by_its_first_bytes(name: str) -> None:
    found = taken(rtf(PLAIN), name).document
    assert (found.reader, found.text) == ("rtf", PLAIN)


@pytest.mark.parametrize(("font", "text", "encoding"), [
    (1, "Судді Верховного Суду", "cp1251"), (2, "ゾルゲ事件の表", "cp932"), (3, "Část svitku Izajáš", "cp1250"),
    (4, "信息交换协议", "gb18030"), (7, "한국어 문서", "cp949"), (8, "Судьи", "cp866"), (0, "café “quay”", "cp1252"),
])  # fmt: skip
def test_bytes_are_read_in_the_code_page_of_their_font(font: int, text: str, encoding: str) -> None:
    assert read(f"\\f{font} {escaped(text, encoding)}\\par") == [text]
    assert read(rf"\f{font} ".encode() + text.encode(encoding).replace(b"\\", b"\\\\") + rb"\par") == [text]


def test_a_character_of_two_bytes_may_stand_in_two_tokens() -> None:
    assert read("\\f2 \\'83\\\\\\'95]\\par") == ["ソ評"]
    assert read("\\f2 \\'83\r\n\\'5c\\par") == ["ソ"]


def test_the_page_of_the_file_holds_where_the_font_says_nothing() -> None:
    head = rb"\ansi\ansicpg1251"
    assert blocks(taken(rtf(escaped("Судді", "cp1251"), head), "a.rtf")) == ["Судді"]
    assert blocks(taken(rtf(escaped("Judge é", "mac_roman"), rb"\mac"), "a.rtf")) == ["Judge é"]
    assert blocks(taken(rtf("\\'e9", rb"\ansi\ansicpg99999999"), "a.rtf")) == ["é"]


@pytest.mark.parametrize(("written", "shown"), [
    (r"a\u8211?b", "a–b"), (r"\uc0\u8211 b", "–b"), (r"\uc2\u20013\'96\'7bx", "中x"), (r"\u-10240?\u-8398?", "𐌲"),
    (r"a\u8209\_b", "a‑b"), (r"a\u8212\emdash b", "a—b"), (r"\u8364{}5", "€5"), (r"{\uc0 \u65 }\u66?", "AB"),
    (r"\u-70000?x", "\ufffdx"), (r"\u9999999999?x", "\ufffdx"), (r"\u-8398?x", "\ufffdx"),
    (r"5 \f5\u-3987?\f0 m", "5 μm"),
])  # fmt: skip
def test_characters_by_number(written: str, shown: str) -> None:
    assert read(rf"{written}\par") == [shown]


def test_signs_and_escapes() -> None:
    body = r"\{a\}\\b \ldblquote c\rdblquote\~\endash d\tab e\line f har\-bour well\_known\par"
    assert [" ".join(block.split()) for block in read(body)] == ["{a}\\b “c” –d e f har\u00adbour well\u2011known"]
    assert taken(rtf(body), "a.rtf").document.text.endswith("harbour well\u2011known")


def test_signs_of_symbol_fonts() -> None:
    assert read(r"5 {\f5 m}m {\f5\'b1} 2\par") == ["5 μm ± 2"]
    assert read(r"{\f6\'fe} tea\par") == ["☑ tea"]


@pytest.mark.parametrize(("written", "shown"), [
    (r"10{\super 6} volts", "10^6 volts"), (r"10\super 6\nosupersub  volts", "10^6 volts"), (r"m{\up6 2}", "m2"),
    (r"410{\sub 7}", "410_7"), (r"CO{\sub 2}", "CO2"), (r"10{\super 6}5", "10^6 5"),
    (r"the 2{\super nd} ferry", "the 2nd ferry"),
])  # fmt: skip
def test_raised_figures(written: str, shown: str) -> None:
    assert read(rf"{written}\par") == [shown]


def test_paragraphs_end_by_words_and_by_a_backslash_at_the_lines_end() -> None:
    assert read("one\\par two\\sect three\\page four") == ["one", "two", "three", "four"]
    assert read("one\\\ntwo\\\r\nthree") == ["one", "two", "three"]
    assert read("one\nword\r\nly\\par") == ["onewordly"]


def test_headings_and_items() -> None:
    body = (
        r"\pard\outlinelevel0 Ferries\par\pard\ls1{\listtext 1.\tab}one\par{\pntext \'b7}two\par\pard "
        + PLAIN
        + r"\par"
    )
    assert read(body) == ["#1 Ferries", "* one", "* two", PLAIN]
    long = "The ferry Heron carried 410 passengers on the first Sunday of May 1991."
    assert read(rf"\outlinelevel0 {long}\par") == [long]


def test_what_is_no_text_is_left_out() -> None:
    body = (
        r"{\stylesheet{\s1 heading 1;}}{\colortbl;\red0;}{\*\generator Msftedit;}{\*\unknown what {deep} ever}"
        r"{\pict\pngblip 89504e47}{\object{\*\objdata 0105}{\result shown}}{\*\bkmkstart mark}" + PLAIN + r"\par"
    )
    assert read(body) == [PLAIN]
    assert read(b"\\bin5 {}{}\\" + PLAIN.encode() + rb"\par") == [PLAIN]


def test_codes_of_fields_are_no_words_and_results_are() -> None:
    assert read(r"See {\field{\*\fldinst HYPERLINK x}{\fldrslt the log}} now\par") == ["See the log now"]


def test_hidden_and_deleted_words() -> None:
    found = taken(rtf(r"seen {\v secret}{\deleted gone}\v x\v0  too\v y\plain !\par"), "a.rtf")
    assert blocks(found) == ["seen too!"]
    assert left_out(found) == {"hidden text": 8}


def test_headers_footers_and_comments_are_told_and_break_no_table() -> None:
    body = (
        r"{\header Page head\par\trowd\intbl a\cell\row}{\footerf foot\par}" + PLAIN
        + r"{\*\annotation Is it so?\par{\shp{\*\shpinst{\shptxt boxed}}}}\par"
    )  # fmt: skip
    found = taken(rtf(body), "a.rtf")
    assert blocks(found) == [PLAIN]
    assert left_out(found) == {"headers": 10, "footers": 4, "comments": 14}


def test_notes_and_boxes_follow_the_paragraph_in_which_they_stand() -> None:
    note, box = (
        r"{\super\chftn{\*\footnote \pard\plain By the log.\par}}",
        r"{\shp{\*\shpinst{\sp{\sn x}{\sv y}}{\shptxt aside\par two}}{\shprslt aside}}",
    )
    assert read(rf"It left in 1991{note} at {box}noon.\par Next.\par") == [
        "It left in 1991 at noon.", "By the log.", "aside", "two", "Next.",
    ]  # fmt: skip
    assert read(r"It left{\footnote By the log.}.\par") == ["It left.", "By the log."]


def row(*cells: str, head: str = "") -> str:
    edges = "".join(rf"\cellx{n}" for n in range(1, len(cells) + 1))
    return rf"\trowd{head}{edges}" + "".join(rf"\pard\intbl {cell}\cell" for cell in cells) + r"\row"


def test_tables_read_under_their_header() -> None:
    body = (
        row("Ferry", "Passengers") + row("Heron", "410") + row("Egret", r"95\par or so") + r"\pard " + PLAIN + r"\par"
    )
    assert read(body) == [
        "| Ferry | Passengers", "| Heron | Passengers: 410", "| Egret | Passengers: 95 or so", PLAIN,
    ]  # fmt: skip


def test_merged_cells_and_cells_of_tables_in_cells() -> None:
    merged = r"\trowd\cellx1\clmrg\cellx2\cellx3\intbl Year\cell\cell Crew\cell\row"
    first, second = row("1991", "410", "7"), r"\trowd\clvmrg\cellx1\cellx2\cellx3\intbl\cell 95\cell 3\cell\row"
    assert read(merged + first + second) == [
        "| Year | Crew", "| 1991 | Year: 410 | Crew: 7", "| 1991 | Year: 95 | Crew: 3",
    ]  # fmt: skip
    inner = r"outer \itap2 one\nestcell two\nestcell{\*\nesttableprops\trowd\nestrow}{\nonesttables\par}"
    assert read(row("a", inner)) == ["| a | outer one two"]


def test_a_row_that_is_never_ended_is_not_lost() -> None:
    assert read(r"\trowd\intbl a\cell b\cell\pard " + PLAIN + r"\par") == ["| a | b", PLAIN]


def test_what_the_file_says_of_itself() -> None:
    info = (
        rb"{\info{\title The ferry log}{\author Ada \'8ekov\'e1}{\manager Bob}{\*\company C}"
        rb"{\creatim\yr1991}{\nofpages3}}"
    )
    found = taken(rtf(info + PLAIN.encode()), "a.rtf").document
    assert (found.text, found.title, found.author) == (PLAIN, "The ferry log", "Ada Žková")
    both = rb"{\info{\upr{\title ???}{\*\ud{\title \u12478?\u12523?}}}}"
    assert taken(rtf(both + PLAIN.encode()), "a.rtf").document.title == "ゾル"
    assert taken(rtf(rb"{\info{\title Document1}}" + PLAIN.encode()), "log.rtf").document.title == "log"


def test_alternatives_are_read_once_in_their_unicode_form() -> None:
    assert read(r"{\upr{old ???}{\*\ud{new \u8211?}}} end\par") == ["new – end"]


def test_a_file_cut_short_is_read_with_a_warning_and_nothing_after_its_end() -> None:
    data = rtf(PLAIN + r"\par " + "and more of it " * 20)
    for end in range(data.index(b"ferry"), len(data), 9):
        found = taken(data[:end], "a.rtf")
        assert found.draft.warnings == ("the file ends too early; words at its end may be missing",)
    whole = taken(rtf(PLAIN) + b"\0\0 junk {\\b x}", "a.rtf")
    assert (blocks(whole), whole.draft.warnings) == ([PLAIN], ())
    assert "By the log" in " ".join(read(r"one{\footnote By the log"))


@pytest.mark.timeout(60)
@pytest.mark.parametrize("unit", [
    b"{", b"}", b"\\", b"\\'", b"\\'83", b"\\u1 ", b"\\*", b"{\\*\\x ", b"{\\footnote ", b"{\\shptxt a",
    b"\\cell ", b"\\row ",
    b"a\\cell\\row ", b"{\\upr{", b"\\bin ", b"\\u-10240 ", b"{\\fonttbl\\f1 ", b"\\trowd\\cellx1", b"\0",
    b"{\\info{\\title a}}",
    b"\\super 1\\nosupersub 2", b"{\\v x}",
])  # fmt: skip
def test_one_thing_over_and_over(unit: bytes) -> None:
    body = unit * (60_000 // len(unit))
    try:
        read(body + b" words at the end")
    except Unreadable as error:
        assert "nested" in error.reason or "no text" in error.reason  # noqa: PT017


@pytest.mark.timeout(60)
def test_a_large_picture_takes_no_long_time() -> None:
    assert read(rb"{\pict\pngblip " + b"0123456789abcdef" * 600_000 + b"}" + PLAIN.encode()) == [PLAIN]


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        found = taken(rtf(data), "a.rtf")
    except Unreadable:
        return
    assert found.document.text.strip()


@settings(deadline=None, max_examples=60)
@given(st.text(st.characters(codec="utf-16", exclude_categories=("C", "Z")), min_size=1, max_size=40))
def test_every_character_comes_back(text: str) -> None:
    def numbered(character: str) -> str:
        units = character.encode("utf-16-le")
        codes = [int.from_bytes(units[n : n + 2], "little", signed=True) for n in range(0, len(units), 2)]
        return "".join(rf"\u{code}?" for code in codes)

    assert read("".join(map(numbered, text)) + r"\par") == [text]
