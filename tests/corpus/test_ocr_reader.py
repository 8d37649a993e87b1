"""Scans and pictures: words read by a machine, kept, and told about. Most tests have a program in tesseract's place."""

import os
import shutil
import struct
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from corpus_support import check_invariants, paragraphs
from pdf_support import lines, pdf, photograph, png
from PIL import Image

from corpus.errors import Unreadable
from corpus.readers.base import File
from corpus.readers.pdf import image, ocr
from corpus.readers.pdf import pdf as reader
from corpus.reading import ReadFile, read_document

COVER = "q 600 0 0 800 0 0 cm /P1 Do Q\n"
PROSE = ["The ferry leaves the harbour of Moss Point every day at", "seven in the morning and carries 410 passengers."]
LAYER = ["HoMep KoppeKn1pOBKH H8norosbiH nepHOA T48THbiH rO8I" for _ in range(5)]

# Answers as tesseract does, and writes down that it was asked: sure words, unsure ones, Chinese ones, or none.
PROGRAM = """#!{python}
import os, sys, time
arguments = sys.argv[1:]
if "--version" in arguments:
    print("tesseract 5.0 of the tests"); sys.exit()
if "--list-langs" in arguments:
    print("List of available languages (4):\\nchi_sim\\neng\\nosd\\nrus"); sys.exit()
sys.stdin.buffer.read()
open({log!r}, "a").write(" ".join(arguments) + "\\n")
mode = open({mode!r}).read()
if "osd" in arguments:
    print("Script: " + ("Han" if mode == "chinese" else "Latin") + "\\nScript confidence: 3.2"); sys.exit()
if mode == "fails":
    sys.exit(1)
if mode == "hangs":
    time.sleep(60)
print("level\\tpage_num\\tblock_num\\tpar_num\\tline_num\\tword_num\\tleft\\ttop\\twidth\\theight\\tconf\\ttext")
rows = {{
    "words": [("1 1 1", 90, "The"), ("1 1 1", 96, "harbour"), ("1 1 2", 93, "is"), ("1 1 2", 95, "open."),
              ("1 1 3", 12, "~xq"), ("2 1 1", 88, "Second"), ("2 1 1", 88, "paragraph.")],
    "chinese": [("1 1 1", 90, "港"), ("1 1 1", 90, "口"), ("1 1 1", 90, "，"), ("1 1 2", 90, "开放"),
                ("1 1 2", 90, "410")],
}}.get(mode, [])
for number, (place, sure, word) in enumerate(rows):
    print("5", "1", *place.split(), number, 100 * number, 50, 90, 20, sure, word, sep="\\t")
"""


class Program:
    def __init__(self, folder: Path) -> None:
        self.log, self.mode = folder / "log", folder / "mode"
        self.answer("words")
        program = folder / "tesseract"
        program.write_text(PROGRAM.format(python=sys.executable, log=str(self.log), mode=str(self.mode)))
        program.chmod(0o755)

    def answer(self, mode: str) -> None:
        self.mode.write_text(mode)

    @property
    def asked(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Program]:
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(ocr.settings, "folder", tmp_path / "kept")
    monkeypatch.setattr(ocr.settings, "mode", "auto")
    ocr._installed.cache_clear()
    reader._remembered.cache_clear()
    yield Program(folder)
    ocr._installed.cache_clear()
    reader._remembered.cache_clear()


@pytest.fixture
def without_program(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(ocr.settings, "mode", "auto")
    ocr._installed.cache_clear()
    yield
    ocr._installed.cache_clear()


def read(data: bytes, name: str) -> ReadFile:
    result = read_document(Path("/collection") / name, data)
    check_invariants(result, data)
    return result


def scan(pages: int = 1) -> bytes:
    return pdf(*[COVER] * pages, picture=photograph(PROSE))


def test_pages_without_text_are_read_by_machine_and_told(program: Program) -> None:
    result = read(pdf(lines(72, 700, PROSE), COVER, COVER, picture=photograph(PROSE)), "a.pdf")
    assert paragraphs(result) == [" ".join(PROSE), *["The harbour is open.", "Second paragraph."] * 2]
    assert [part.name for part in result.document.parts] == ["1", "2", "3"]
    # 3 × 90 + 7 × 96 + 2 × 93 + 5 × 95 + 3 × 12 + 6 × 88 + 10 × 88 over 36 characters.
    assert result.warnings == ("pages 2 to 3 were read by machine from a picture (mean sureness 85 %)",)
    unsure = next(piece for piece in result.left_out if piece.what.startswith("lines of a picture"))
    assert unsure.characters == 6


def test_a_bad_hidden_layer_is_read_again_from_the_picture(program: Program) -> None:
    result = read(pdf(COVER + lines(40, 700, LAYER, mode=3), picture=photograph(PROSE)), "a.pdf")
    assert "KoppeKn" not in result.document.text
    assert paragraphs(result) == ["The harbour is open.", "Second paragraph."]


def test_what_was_read_is_kept_and_read_again_without_the_program(program: Program) -> None:
    first = read(scan(), "a.pdf")
    asked = len(program.asked)
    program.answer("fails")
    assert read(scan(), "a.pdf").document.text == first.document.text
    assert len(program.asked) == asked
    kept = list((ocr.settings.folder or Path()).rglob("*"))
    assert [path.suffix for path in kept if path.is_file()] == [".json"] * sum(path.is_file() for path in kept)


def test_a_damaged_or_unwritable_store_of_words_costs_time_only(program: Program, tmp_path: Path) -> None:
    expected = read(scan(), "a.pdf").document.text
    for path in (ocr.settings.folder or Path()).rglob("*.json"):
        path.write_text('{"words": [[1]]}')
    assert read(scan(), "a.pdf").document.text == expected
    ocr.settings.folder = tmp_path / "mode"
    assert read(scan(), "a.pdf").document.text == expected


def test_languages_are_chosen_once_for_a_file(program: Program) -> None:
    read(scan(pages=3), "a.pdf")
    assert sum("osd" in line for line in program.asked) == 1
    assert {line.split("-l ")[1].split()[0] for line in program.asked} == {"osd", "eng"}


def test_chinese_characters_stand_without_spaces(program: Program) -> None:
    program.answer("chinese")
    assert paragraphs(read(png(photograph(PROSE)), "a.png")) == ["港口，开放 410"]
    assert any("-l chi_sim " in line for line in program.asked)


def test_a_program_that_fails_or_hangs_leaves_no_words(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "_SECONDS_A_PAGE", 0.5)
    for mode in ("fails", "hangs"):
        program.answer(mode)
        with pytest.raises(Unreadable, match="no words were found on the pages"):
            read(scan(), "a.pdf")
    mixed = read(pdf(lines(72, 700, PROSE), COVER), "a.pdf")
    assert mixed.warnings == ("page 2 was left out: the machine failed to read the picture, or took too long",)
    program.answer("nothing")
    with pytest.raises(Unreadable, match="no words were found in the picture"):
        read(png(photograph(PROSE)), "a.png")


def test_boxes_of_words_on_a_scan(program: Program) -> None:
    data = scan()
    width, height = 2500, 3333
    found = reader.boxes(data, "1", len("The "), len("The harbour"))
    assert found == [pytest.approx((100 / width, 50 / height, 190 / width, 70 / height), abs=0.001)]


def test_too_many_scanned_pages_are_told(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MAX_PICTURES", 1)
    result = read(scan(pages=3), "a.pdf")
    assert result.warnings[1].startswith("pages 2 to 3 were left out: more than 1 pages are pictures")


def test_without_the_program_scans_say_what_to_do(without_program: None) -> None:
    assert ocr.available() == ()
    with pytest.raises(Unreadable, match="the file is a scan without text; install tesseract-ocr"):
        read(scan(), "a.pdf")
    with pytest.raises(Unreadable, match="picture or scan without text; install tesseract-ocr"):
        read(png(photograph(PROSE)), "a.png")
    result = read(pdf(lines(72, 700, PROSE), COVER, "", COVER, picture=photograph(PROSE)), "a.pdf")
    assert result.warnings[0].startswith(
        "pages 2 and 4 were left out: a picture without text that can be used; install"
    )


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "WEBP", "BMP"])
def test_each_kind_of_picture_is_known_by_its_bytes(kind: str, program: Program, tmp_path: Path) -> None:
    path = tmp_path / "picture"
    photograph(PROSE).save(path, kind)
    assert image.ImageReader().matches(File("wrong.txt", path.read_bytes()))
    result = read(path.read_bytes(), "wrong.txt")
    assert (result.document.reader, paragraphs(result)) == ("image", ["The harbour is open.", "Second paragraph."])


def test_pages_of_a_picture_are_parts(program: Program, tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    photograph(PROSE).save(path, save_all=True, append_images=[photograph(["Another page"])])
    assert [part.name for part in read(path.read_bytes(), "a.tif").document.parts] == ["1", "2"]


def test_icons_and_bombs_are_refused(program: Program) -> None:
    with pytest.raises(Unreadable, match=r"too small to hold text \(16 × 16 pixels\)"):
        read(png(Image.new("L", (16, 16), 255)), "a.png")
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    chunk = struct.pack(">I", 13) + b"IHDR" + header + struct.pack(">I", zlib.crc32(b"IHDR" + header))
    with pytest.raises(Unreadable, match=r"too large|damaged"):
        read(b"\x89PNG\r\n\x1a\n" + chunk + b"\0" * 100, "a.png")
    whole = png(photograph(PROSE))
    for cut in (9, 40, 200, len(whole) // 2):
        with pytest.raises(Unreadable, match="picture is damaged"):
            read(whole[:cut], "a.png")
    assert not program.asked


def test_transparent_and_turned_pictures_are_read_upright_on_white() -> None:
    clear = Image.new("RGBA", (2000, 100), (0, 0, 0, 0))
    assert image.prepared(clear).getextrema() == (255, 255)
    turned = Image.new("L", (2000, 100), 255)
    turned.getexif()[0x0112] = 6
    assert image.prepared(turned).size == (100, 2000)


@pytest.mark.skipif(not shutil.which("tesseract"), reason="tesseract is not installed")
@pytest.mark.timeout(120)
def test_the_real_program_reads_a_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr.settings, "folder", tmp_path)
    monkeypatch.setattr(ocr.settings, "mode", "auto")
    if "eng" not in ocr.available():
        pytest.skip("tesseract has no English")
    result = read(png(photograph(PROSE, width=1500)), "a.png")
    assert "410 passengers" in result.document.text
    assert "read by machine" in result.warnings[0]
    page = pdf("q 600 0 0 120 0 500 cm /P1 Do Q", picture=photograph(["A harbour"], width=600))
    assert "harbour" in read(page, "a.pdf").document.text
    start = (reader.PdfReader().read(File("a.pdf", page)).source or "").index("harbour")
    ((left, top, right, bottom),) = reader.boxes(page, "1", start, start + len("harbour"))
    # The picture stands between 180 and 300 of 800 points from the top, the word right of its first 65 points.
    assert 180 / 800 < top < bottom < 300 / 800
    assert 65 / 600 < left < right < 300 / 600
