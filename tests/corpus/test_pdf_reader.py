"""PDF files: text as it is read, page by page, and where each word stands."""

import contextlib
import io
import zlib
from pathlib import Path

import pytest
from corpus_support import check_invariants, headings, paragraphs
from hypothesis import given, settings
from hypothesis import strategies as st
from pdf_support import lines, pdf, photograph, stream, text
from PIL import Image

from corpus.errors import Unreadable
from corpus.readers.base import File
from corpus.readers.pdf import ocr
from corpus.readers.pdf import pdf as reader
from corpus.reading import ReadFile, read_document

PROSE = [
    "The ferry Heron leaves the harbour of Moss Point every day at",
    "seven in the morning and carries 410 passengers to the island.",
    "In winter it stays in the harbour when the wind is too strong.",
]
GARBLED = [
    "HoMep KoppeKn1pOBKH H8norosbiH nepHOA KoA 0T48THbiH rO8I",
    "npe8ICT8BflH8TCH B H8nOrOBbiH opr8H KOA no M8CTY H8XOfI8HHH",
    "Ko8Q Bl18 3KOHOMH48CKOH 8esTenbHOCTH no OKB3A PopM8 peopr8H",
    "HOMep KOHT8KTHOrO TenecpOH8 V1HHKnn peopr8HH30B8HHOH opr8HH",
]
COVER = "q 600 0 0 800 0 0 cm /P1 Do Q\n"


@pytest.fixture(autouse=True)
def without_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr.settings, "mode", "off")


def read(data: bytes, name: str = "a.pdf") -> ReadFile:
    result = read_document(Path("/collection") / name, data)
    check_invariants(result, data)
    return result


def left_out(result: ReadFile) -> dict[str, int]:
    return {piece.what: piece.characters for piece in result.left_out}


def test_a_page_is_a_part_and_lines_make_paragraphs() -> None:
    result = read(pdf(lines(72, 700, PROSE), lines(72, 700, ["The second page says that tickets cost 12 euros."])))
    document = result.document
    assert (document.reader, document.media_type) == ("pdf", "application/pdf")
    assert paragraphs(result) == [" ".join(PROSE), "The second page says that tickets cost 12 euros."]
    assert [part.name for part in document.parts] == ["1", "2"]
    first, second = document.parts
    assert document.words_at(first.start, first.end) == " ".join(PROSE)
    assert document.words_at(second.start, second.end).startswith("The second page")


def test_an_empty_page_shifts_no_numbers() -> None:
    result = read(pdf(lines(72, 700, PROSE), "", lines(72, 700, ["The third page says something as well."])))
    assert [part.name for part in result.document.parts] == ["1", "3"]


def test_a_word_broken_at_the_end_of_a_line_is_whole() -> None:
    rows = ["The ministry of transport published the infor-", "mation on Monday, with a report by the Franco-",
            "German institute and the Covid-", "19 office."]  # fmt: skip
    assert "the information on Monday" in read(pdf(lines(72, 700, rows))).document.text
    assert "Franco-German institute" in read(pdf(lines(72, 700, rows))).document.text
    assert "Covid-19 office." in read(pdf(lines(72, 700, rows))).document.text


def test_a_hyphen_that_the_document_writes_elsewhere_stays() -> None:
    rows = ["A well-known engineer built it, and it is a well-", "known bridge in the northern part of the country."]
    assert "it is a well-known bridge" in read(pdf(lines(72, 700, rows))).document.text


def test_letters_drawn_twice_to_look_bold_come_once() -> None:
    twice = text(72, 700, "Passengers: 1100 million") + text(72.3, 700, "Passengers: 1100 million")
    result = read(pdf(twice + lines(72, 640, PROSE)))
    assert result.document.text.count("Passengers: 1100 million") == 1
    assert "11001100" not in result.document.text
    assert "PPassengers" not in result.document.text


def page_with_margins(number: int) -> str:
    head = text(72, 770, "Annual report of the ferry company")
    foot = text(290, 30, str(number + 4)) + text(72, 45, f"Printed on sheet {number + 10} of the report")
    return head + lines(72, 600, [f"Ship {number} carries {number * 37} passengers a day in the summer."]) + foot


def test_headers_footers_and_page_numbers_are_left_out_and_told() -> None:
    result = read(pdf(*(page_with_margins(number) for number in range(1, 6))))
    document = result.document
    # What says something is read once, where it stands first.
    assert document.text.count("Annual report of the ferry company") == 1
    assert document.text.count("Printed on sheet") == 1
    assert "Printed on sheet 11" in document.text
    assert [p for p in paragraphs(result) if p.isdecimal()] == []
    assert all(f"Ship {n} carries {n * 37} passengers" in document.text for n in range(1, 6))
    assert left_out(result)["headers and footers"] > 4 * len("Annual report of the ferry company")


def test_a_line_whose_number_does_not_count_pages_is_no_header() -> None:
    numbers = (1017, 344, 9120, 58)
    pages = [text(72, 770, f"Invoice {n} of the ferry company") + lines(72, 600, PROSE) for n in numbers]
    document = read(pdf(*pages)).document
    assert all(f"Invoice {n} of the ferry company" in document.text for n in numbers)


def test_two_columns_are_read_one_after_the_other() -> None:
    left = [f"Left column, line {word}, goes on to" for word in ("one", "two", "three")] + ["the end of the left."]
    right = [f"Right column, line {word}, goes on to" for word in ("one", "two", "three")] + ["the end of the right."]
    result = read(pdf(lines(40, 700, left) + lines(330, 700, right)))
    assert paragraphs(result) == [" ".join(left), " ".join(right)]


def test_cells_of_a_table_stay_apart() -> None:
    rows = [("Ship", "Passengers", "Crew"), ("Heron", "410", "12"), ("Tern", "1 200", "31")]
    places = (72, 200, 320)
    content = "".join(text(places[j], 700 - 20 * i, cell) for i, row in enumerate(rows) for j, cell in enumerate(row))
    result = read(pdf(lines(72, 760, ["The ships of the company and their crews in 2024."]) + content))
    assert paragraphs(result)[1:] == ["Ship Passengers Crew", "Heron 410 | 12", "Tern 1 200 | 31"]
    assert len(result.document.rows) == 3


def test_a_label_of_two_lines_and_the_heads_of_columns_belong_to_their_rows() -> None:
    heads = ((72, "Item"), (220, "Year 2024"), (330, "Year 2023"), (440, "Change"))
    content = "".join(text(x, 730, head) for x, head in heads)
    content += text(72, 703, "Cash received from") + text(72, 683, "sales of tickets")
    content += text(226, 693, "7,715,912") + text(336, 693, "-") + text(446, 693, "100%")
    content += text(72, 660, "Fuel") + text(226, 660, "12,500") + text(336, 660, "14,000") + text(446, 660, "-10.7%")
    assert paragraphs(read(pdf(content + lines(72, 600, PROSE))))[:3] == [
        "Item Year 2024 Year 2023 Change",
        "Cash received from sales of tickets 7,715,912 | - | 100%",
        "Fuel 12,500 | 14,000 | -10.7%",
    ]


def test_a_mark_that_says_yes_or_no_is_no_bullet() -> None:
    letters = {"a": "■", "b": "□", "y": "y", "e": "e", "s": "s", "n": "n", "o": "o", "F": "F"}
    result = read(pdf(text(72, 700, "a yes b no", font="F3") + lines(72, 600, PROSE), letters=letters))
    assert paragraphs(result)[0] == "■ yes □ no"


def test_small_numbers_do_not_become_part_of_words_and_numbers() -> None:
    def raised(y: float, words: str, number: str, rest: str = "") -> str:
        # Courier: each letter is 0.6 of the size wide.
        end = 72 + 7.2 * len(words)
        after = text(end + 4.2, y, rest, font="F4")
        return text(72, y, words, font="F4") + text(end, y + 5, number, 7, "F4") + after

    content = raised(700, "The harbour was built in three years", "7", ".") + raised(
        660, "It holds 10", "4", " tons of it"
    )
    content += text(72, 630, "It emits CO", font="F4") + text(72 + 7.2 * 11, 627, "2", 7, "F4")
    document = read(pdf(content + lines(72, 600, PROSE))).document
    assert "in three years." in document.text
    assert "104" not in document.text
    assert "CO2" in document.text


def test_headings_are_larger_or_bold_and_no_sentences() -> None:
    content = text(72, 740, "Ferries of the north", 24) + text(72, 690, "Timetable", font="F2")
    content += lines(72, 670, PROSE) + text(72, 600, "The island has 3,400 inhabitants.", 24)
    result = read(pdf(content))
    assert headings(result) == ["Ferries of the north", "Timetable"]
    assert paragraphs(result) == [" ".join(PROSE), "The island has 3,400 inhabitants."]


def test_items_of_a_list_have_no_bullets() -> None:
    content = lines(72, 700, ["\x95 first thing to bring along", "\x95 second thing to bring along"])
    content = content.replace("\x95", "\u2022")
    assert paragraphs(read(pdf(lines(72, 760, PROSE) + content)))[1:] == [
        "first thing to bring along",
        "second thing to bring along",
    ]


def test_a_note_at_the_foot_does_not_break_a_sentence() -> None:
    left = ["The company said on Monday that it would", "buy two new ships from the yard, which"]
    note = text(40, 600, "1 Interview with the company, 3 May 2024.", 8)
    right = ["builds them until the end of next year", "at a price of 40 million euros."]
    result = read(pdf(lines(40, 700, left) + note + lines(330, 700, right)))
    assert " ".join(left + right) in paragraphs(result)
    assert "1 Interview with the company, 3 May 2024." in paragraphs(result)


def test_letters_of_one_glyph_stand_in_the_order_of_reading() -> None:
    letters = {"a": "\u0645", "b": "\u0644\u0627", "c": "\u0643", "d": "\u062a"}
    # Drawn from the left, as it is seen: the last letter first.
    result = read(pdf(text(300, 700, "dcba", font="F3") + lines(72, 600, PROSE), letters=letters))
    assert "\u0645\u0644\u0627\u0643\u062a" in result.document.text


def test_vertical_lines_are_read_from_right_to_left() -> None:
    letters = {chr(97 + i): c for i, c in enumerate("春夏秋冬東西南北上下")}

    def column(x: float, word: str) -> str:
        return "".join(text(x, 700 - 12 * i, c, font="F3") for i, c in enumerate(word))

    data = pdf(column(100, "ijijij") + column(124, "efghe") + column(148, "abcda"), letters=letters)
    joined = "".join(read(data).document.text.split())
    assert joined == "春夏秋冬春東西南北東上下上下上下"


def test_characters_without_letters_are_no_text() -> None:
    private = {chr(97 + i): chr(0xE000 + i) for i in range(26)}
    data = pdf(text(72, 700, "nothing can be told of these words", font="F3"), letters=private)
    with pytest.raises(Unreadable, match="the file is a scan without text"):
        read(data)


def test_a_hidden_layer_that_reads_as_no_language_is_not_read() -> None:
    with pytest.raises(Unreadable, match="the file is a scan without text"):
        read(pdf(COVER + lines(40, 700, GARBLED, mode=3)))
    mixed = read(pdf(lines(72, 700, PROSE), COVER + lines(40, 700, GARBLED, mode=3)))
    assert "KoppeKn" not in mixed.document.text
    assert mixed.warnings[0].startswith("page 2 was left out: a picture without text that can be used")
    assert left_out(mixed)["text layer that reads as no language"] > 100


def test_a_hidden_layer_that_reads_as_language_is_read() -> None:
    hidden = read(pdf(COVER + lines(40, 700, PROSE * 3, mode=3)))
    assert " ".join(PROSE) in hidden.document.text
    assert not hidden.warnings


def test_a_scan_without_words_names_itself() -> None:
    with pytest.raises(Unreadable, match="scan without text; reading pictures is switched off"):
        read(pdf(COVER, picture=photograph(PROSE)))


def test_passwords() -> None:
    with pytest.raises(Unreadable, match="protected by a password; save a copy without one"):
        read(pdf(lines(72, 700, PROSE), password=("owner", "user")))
    assert paragraphs(read(pdf(lines(72, 700, PROSE), password=("owner", "")))) == [" ".join(PROSE)]


def test_what_the_file_says_about_itself() -> None:
    info = {"Title": "Паромы севера", "Author": "A. Person", "CreationDate": "D:20240131235900+05'00'"}
    document = read(pdf(lines(72, 700, PROSE), info=info, language="en-GB")).document
    assert (document.title, document.author, document.published) == ("Паромы севера", "A. Person", "2024-01-31")


@pytest.mark.parametrize(
    "title", ["Microsoft Word - report.doc", "untitled", "report final.docx"[7:], "C:\\work\\a b.doc", "", "12-3"]
)
def test_names_of_programs_and_files_are_no_titles(title: str) -> None:
    data = pdf(lines(72, 700, PROSE), info={"Title": title, "Author": "Administrator", "CreationDate": "24/9/2004"})
    document = read(data, "ferry.pdf").document
    assert (document.title, document.author, document.published) == ("ferry", None, None)


def test_only_files_that_may_be_pdf_are_known() -> None:
    known = reader.PdfReader()
    assert known.matches(File("a.bin", b"\n\n%PDF-1.4\n"))
    assert known.matches(File("a.pdf", b"no structure at all"))
    assert not known.matches(File("a.pdf", b"  <!DOCTYPE html><p>Saved under a wrong name</p>"))
    assert not known.matches(File("a.txt", b"about %PDF".ljust(2000) + b"%PDF-"))


WHOLE = pdf(lines(72, 700, PROSE), lines(72, 700, PROSE))


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "data",
    [b"", b"%PDF-1.7", b"%PDF-" + b"\0" * 5000, b"no PDF at all", pdf(), *(WHOLE[:cut] for cut in (40, 300, 900, 1500)),
     pdf(""), pdf("BT " * 50_000), pdf("[" * 100_000), pdf("q " * 100_000)],
)  # fmt: skip
def test_damaged_files_are_refused_or_read(data: bytes) -> None:
    try:
        result = read(data)
    except Unreadable:
        return
    assert "ferry" in result.document.text


@settings(max_examples=40, deadline=None)
@given(st.integers(0, len(WHOLE) - 1), st.binary(min_size=1, max_size=20))
def test_bytes_that_are_altered_never_raise_another_error(place: int, noise: bytes) -> None:
    with contextlib.suppress(Unreadable):
        reader.PdfReader().read(File("a.pdf", WHOLE[:place] + noise + WHOLE[place + len(noise) :]))


@pytest.mark.timeout(60)
def test_a_page_that_unpacks_to_an_endless_text_is_refused() -> None:
    endless = zlib.compress(b"BT /F1 12 Tf 72 700 Td " + b"(The ferry leaves) Tj " * 1_000_000 + b"ET", 9)
    data = pdf("x" * 20).replace(stream(b"x" * 20), stream(endless, "/Filter /FlateDecode"))
    with pytest.raises(Unreadable, match="unpacks to far more than a page can hold"):
        read(data)


def test_pages_beyond_the_limit_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MAX_PAGES", 2)
    result = read(pdf(*(lines(72, 700, [f"This is what page {n} says about it."]) for n in ("one", "two", "three"))))
    assert result.warnings == ("only the first 2 of 3 pages were read; split the file to read the rest",)
    assert [part.name for part in result.document.parts] == ["1", "2"]


def test_characters_beyond_the_limit_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("corpus.readers.pdf.pdfpage._MOST_CHARACTERS", 100)
    result = read(pdf(lines(72, 700, PROSE)))
    assert result.warnings[0].startswith("page 1 was read in part")


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
@pytest.mark.parametrize("turned", [False, True])
def test_boxes_lie_where_the_word_is_on_the_picture(rotate: int, turned: bool) -> None:
    turn = "q 0 1 -1 0 600 0 cm " if turned else "q "
    word = turn + text(240, 300, "harbour.") + "Q\n"
    data = pdf(text(72, 700, "Some words and harbour"), turn + text(100, 300, "The sentence names this") + "Q\n" + word,
               rotate=rotate)  # fmt: skip
    page = read(data).document.parts[1]
    source = reader.PdfReader().read(File("a.pdf", data)).source or ""
    start = source[page.start : page.end].index("harbour.")
    (box,) = reader.boxes(data, "2", start, start + len("harbour."))
    alone = reader.page_image(pdf("", word, rotate=rotate), 2, 1.0)
    seen = Image.open(io.BytesIO(alone)).convert("L").point(lambda v: 255 * (v < 128)).getbbox()
    sizes = (600, 800) * 2 if rotate % 180 == 0 else (800, 600) * 2
    expected = [value / size for value, size in zip(seen or (), sizes, strict=True)]
    assert all(abs(a - b) < 0.009 for a, b in zip(box, expected, strict=True)), (box, expected)


def test_a_citation_over_lines_has_a_box_for_each() -> None:
    data = pdf(lines(72, 700, PROSE))
    found = reader.boxes(data, "1", 0, len("\n".join(PROSE)))
    assert len(found) == 3
    assert all(0 <= a < c <= 1 and 0 <= b < d <= 1 for a, b, c, d in found)
    assert reader.boxes(data, "9", 0, 10) == []
    assert reader.boxes(data, "1", 5, 5) == []


def test_a_broken_word_has_boxes_on_both_lines() -> None:
    rows = ["The ministry of transport published the infor-", "mation on Monday, with a report of its own."]
    data = pdf(lines(72, 700, rows))
    source = reader.PdfReader().read(File("a.pdf", data)).source or ""
    start = source.index("information")
    first, second = reader.boxes(data, "1", start, start + len("information"))
    assert first[0] > second[0]
    assert first[3] <= second[3]


def test_the_picture_of_a_page_is_a_png_of_the_size_asked_for() -> None:
    picture = Image.open(io.BytesIO(reader.page_image(WHOLE, 1, 0.5)))
    assert (picture.format, picture.size) == ("PNG", (300, 400))
    with pytest.raises(Unreadable, match="no page 3"):
        reader.page_image(WHOLE, 3)
    huge = Image.open(io.BytesIO(reader.page_image(WHOLE, 1, 1000.0)))
    assert huge.width * huge.height <= 41_000_000
