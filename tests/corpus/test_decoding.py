import codecs
import random

import pytest

from corpus.decoding import decode, decode_with_warnings
from corpus.errors import Unreadable

CHINESE = (
    "昨天下午，两国代表在边境口岸举行会谈，讨论货物运输和人员往来的新办法。"
    "一条公路一百二十公里，一年完成，第一期投资一亿元。\n"
    "当地农民说，修路以后，水果可以更快运到城里出售。"
)
TRADITIONAL = (
    "昨天下午，兩國代表在邊境口岸舉行會談，討論貨物運輸和人員往來的新辦法。記者了解到，這條公路全長一百二十公里。\n"
    "當地農民說，修路以後，水果可以更快運到城裡出售。"
)
RUSSIAN = (
    "Вчера днём представители двух стран встретились на пограничном переходе "
    "и обсудили новый порядок перевозки грузов. "
    "После встречи стороны заявили, что дорогу достроят до весны. Жители посёлков ждут перемен."
)
KAZAKH = (
    "Кеше түстен кейін екі елдің өкілдері шекара бекетінде кездесіп, "
    "жүк тасымалы мен азаматтардың сапарының жаңа тәртібін "
    "талқылады. Жақын ауылдардың тұрғындары өзгеріс күтіп отыр."
)
UKRAINIAN = (
    "Учора представники двох країн зустрілися на прикордонному переході. Її дорогу чекають усі мешканці сіл, є надія."
)
SERBIAN = (
    "Јуче су представници двеју земаља разговарали на граници о новом начину превоза. Људи чекају промене, ђаци љубав."
)
ENCODED = [
    (CHINESE, "utf-8"), (CHINESE, "utf-8-sig"), (CHINESE, "utf-16"), (CHINESE, "utf-16-le"), (CHINESE, "utf-16-be"),
    (CHINESE, "utf-32"), (CHINESE, "gb18030"), (CHINESE, "gbk"), (TRADITIONAL, "big5"), (TRADITIONAL, "gb18030"),
    (TRADITIONAL, "utf-16-be"), (RUSSIAN, "cp1251"), (RUSSIAN, "koi8-r"), (RUSSIAN, "utf-16-le"),
    (RUSSIAN, "utf-16-be"),    (KAZAKH, "kz1048"), (KAZAKH, "ptcp154"), (KAZAKH, "utf-8"), (KAZAKH, "utf-16-le"),
    (UKRAINIAN, "cp1251"), (SERBIAN, "cp1251"),
]  # fmt: skip


@pytest.mark.parametrize("times", [1, 30])
@pytest.mark.parametrize(("text", "encoding"), ENCODED)
def test_a_text_comes_back_from_its_encoding(text: str, encoding: str, times: int) -> None:
    text = "\n\n".join([text] * times)
    assert decode(text.encode(encoding))[0] == text


@pytest.mark.parametrize("encoding", ["gb18030", "cp1251", "utf-16-le"])
def test_a_text_longer_than_the_sample_on_one_line(encoding: str) -> None:
    text = {"cp1251": RUSSIAN}.get(encoding, CHINESE.replace("\n", "")) * 2500
    assert decode(text.encode(encoding))[0] == text
    assert decode(("x" + text).encode(encoding))[0] == "x" + text


@pytest.mark.parametrize(
    ("bom", "encoding"),
    [(codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")],
)
def test_a_byte_order_mark_is_not_text(bom: bytes, encoding: str) -> None:
    text, named = decode(bom + RUSSIAN.encode(encoding))
    assert text == RUSSIAN
    assert named in {"utf-8", "utf-16"}


def test_a_page_declares_its_encoding() -> None:
    page = '<html><head><meta http-equiv="Content-Type" content="text/html; charset=gb2312"></head><p>短句。</p></html>'
    assert decode(page.encode("gb2312")) == (page, "gb18030")
    page = '<meta charset="windows-1251"><p>Да, да.</p>'
    assert decode(page.encode("cp1251")) == (page, "cp1251")
    page = "<?xml version='1.0' encoding='big5'?><p>短句。</p>"
    assert decode(page.encode("big5"))[0] == page


def test_a_false_declaration_is_not_believed() -> None:
    page = '<meta charset="big5"><p>Қазақша мәтін: ә, ғ, қ, ң.</p>'
    assert decode(page.encode()) == (page, "utf-8")


@pytest.mark.parametrize("name", ["punycode", "unicode_escape", "hex", "idna", "undefined", "utf-7", "no-such-thing"])
def test_a_page_cannot_choose_a_codec_that_is_no_text_encoding(name: str) -> None:
    page = f'<meta charset="{name}"><p>'.encode() + RUSSIAN.encode("cp1251")
    assert decode(page)[1] == "cp1251"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b" \r\n\t ", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"\xff\xfe", "empty"),
        (b"\xef\xbb\xbf \n", "empty"),
        ("\u00a0\u00a0".encode(), "empty"),
        (b"\x00" * 50, "empty"),
        (b"%PDF-1.7 text", "a PDF"),
        (b"PK\x03\x04abc", "a ZIP or office file"),
        (b"\x89PNG\r\n", "a PNG image"),
        (b"\xff\xd8\xff\xe0 abc", "a JPEG image"),
        (b"SQLite format 3\x00", "a database"),
        (b"\x7fELF\x02", "a program"),
        (b"\x1f\x8b\x08", "a gzip file"),
        (b"text\x00\x01\x02 and more text", "binary"),
        (bytes(range(256)) * 4, "binary"),
        ("Слово за словом. ".encode() * 20 + RUSSIAN.encode("cp1251")[:60], "mixed"),
        (b"\x01\x02\x03\x04\x05 abc", "control characters"),
        ("Lost: \ufffd\ufffd\ufffd\ufffd.".encode(), "lost when it was saved"),
    ],
)
def test_what_is_no_text_is_refused_with_the_reason(data: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        decode(data)


def test_the_reason_names_the_line_that_is_damaged() -> None:
    damaged = "Бірінші жол.\nЕкінші жол.\nҮшінші ".encode() + RUSSIAN.encode("cp1251") + b"\n"
    with pytest.raises(Unreadable, match="line 3 is not UTF-8"):
        decode(damaged + "Төртінші жол.\n".encode() * 20)


@pytest.mark.parametrize("encoding", ["cp1251", "koi8_r", "mac_cyrillic", "cp866"])
@pytest.mark.parametrize("times", [1, 3, 20])
def test_lines_of_two_encodings_are_not_read_in_one(encoding: str, times: int) -> None:
    first, second = "Мост в долине открыли в мае.\n", "Его закрыли через двадцать лет.\n"
    for mixed in (first.encode() * times + second.encode(encoding) * 3, second.encode(encoding) * 3 + first.encode()):
        with pytest.raises(Unreadable, match="not UTF-8 and nothing else fits"):
            decode(mixed)


GERMAN = "Über die Brücke führt eine schöne Straße nach Süden; die Züge fahren täglich."
FRENCH = "Le pont a été ouvert au printemps, et déjà près de mille élèves le traversent à pied chaque matinée d'été."
POLISH = "Most otwarto wiosną. Mieszkańcy wsi czekają na zmiany, ponieważ żaden pociąg tędy nie jeździ."
TURKISH = "Köprü ilkbaharda açıldı. Köylüler değişiklik bekliyor, çünkü buradan hiçbir tren geçmiyordu."
GREEK = "Η γέφυρα άνοιξε την άνοιξη και οι κάτοικοι των χωριών περιμένουν αλλαγές."
JAPANESE = "昨日の午後、国境の町で新しい橋が開通した。住民たちは、果物を早く運べるようになると話している。"
KOREAN = "어제 오후 국경 마을에서 새 다리가 개통되었다. 주민들은 과일을 더 빨리 나를 수 있다고 말한다."
THAI = "เมื่อวานนี้สะพานใหม่ข้ามแม่น้ำเปิดให้รถผ่านเป็นวันแรก ชาวบ้านในหมู่บ้านใกล้เคียงรอมาสองปี"
OLD_PAGES = [
    (THAI, "cp874"),
    (RUSSIAN, "mac_cyrillic"), (RUSSIAN, "iso8859_5"), (RUSSIAN, "cp866"), (UKRAINIAN, "koi8_u"),
    (UKRAINIAN, "iso8859_5"), (SERBIAN, "iso8859_5"), (SERBIAN, "cp855"), (JAPANESE, "euc_jp"),
    (JAPANESE, "shift_jis"), (JAPANESE, "iso2022_jp"), (KOREAN, "euc_kr"), (KOREAN, "johab"), (KOREAN, "iso2022_kr"),
    (CHINESE, "hz"), (GERMAN, "cp850"), (GERMAN, "cp1252"), (GERMAN, "mac_roman"), (FRENCH, "cp850"),
    (FRENCH, "mac_roman"), (POLISH, "cp1250"), (POLISH, "iso8859_2"), (POLISH, "cp852"), (TURKISH, "cp1254"),
    (TURKISH, "cp857"), (GREEK, "cp1253"), (GREEK, "cp737"),
]  # fmt: skip


@pytest.mark.parametrize("times", [1, 30])
@pytest.mark.parametrize(("text", "encoding"), OLD_PAGES)
def test_the_code_page_in_which_the_text_is_language_is_found(text: str, encoding: str, times: int) -> None:
    text = "\n".join([text] * times)
    assert decode(text.encode(encoding))[0] == text


@pytest.mark.parametrize("encoding", ["cp1251", "koi8_r", "iso8859_5", "mac_cyrillic", "cp866"])
def test_one_short_line_is_enough(encoding: str) -> None:
    assert decode("Мост через реку открыт.".encode(encoding))[0] == "Мост через реку открыт."


def test_a_file_of_one_line_that_begins_in_ascii() -> None:
    text = "The council met. " * 400 + RUSSIAN + "\r" + RUSSIAN
    assert decode(text.encode("mac_cyrillic"))[0] == text


def test_frames_drawn_in_dos_are_signs() -> None:
    text = "┌────────┐\n│ Ответ  │\n└────────┘\nТаблица показана ниже по тексту документа."
    assert decode(text.encode("cp866")) == (text, "cp866")


def test_a_few_odd_letters_do_not_make_an_english_text_unreadable() -> None:
    text = "He said “no” and left the house; it’s over. Çelik met Öztürk on the way. " + "The train was late. " * 20
    assert decode(text.encode("cp1252")) == (text, "cp1252")


@pytest.mark.parametrize("encoding", ["cp037", "cp500", "cp424"])
def test_what_reads_as_no_language_is_refused(encoding: str) -> None:
    data = ("The bridge was opened in spring by the council of the harbour. " * 5).encode(encoding)
    with pytest.raises(Unreadable, match="nothing else fits; save the file as UTF-8"):
        decode(data)


def test_random_bytes_are_refused() -> None:
    chosen = random.Random(1)
    for _ in range(20):
        with pytest.raises(Unreadable):
            decode(bytes(chosen.randrange(32, 256) for _ in range(400)))


@pytest.mark.parametrize("text", ["if x ~{a} then ~{b}", "~{", "a ~{~} b", "cost ~{12} or so"])
def test_a_brace_is_no_sign_of_another_encoding(text: str) -> None:
    assert decode(text.encode()) == (text, "utf-8")


@pytest.mark.parametrize(
    ("data", "text", "line"),
    [
        ("Бірінші жол.\nҮшінші ".encode() + b"\xff\xfe\n", "Бірінші жол.\nҮшінші \ufffd\ufffd\n", 2),
        ("Ends in a letter: ә, ғ, қ, ң, ө".encode()[:-1], "Ends in a letter: ә, ғ, қ, ң, \ufffd", 1),
        (b"\xef\xbb\xbf" + "ә, ғ, қ, ң, \n".encode() + b"\xe9.", "ә, ғ, қ, ң, \n\ufffd.", 2),
    ],
)
def test_a_few_bad_bytes_are_shown_and_told(data: bytes, text: str, line: int) -> None:
    decoded = decode_with_warnings(data)
    assert (decoded.text, decoded.encoding) == (text, "utf-8")
    assert f"the first on line {line}; they are shown as \ufffd" in decoded.warnings[0]


def test_a_guess_from_too_little_text_is_told() -> None:
    decoded = decode_with_warnings("Café".encode("cp850"))
    assert "guessed from very little text" in decoded.warnings[0]
    assert decode_with_warnings(RUSSIAN.encode("cp866")).warnings == ()


def test_a_false_declaration_of_a_code_page_is_not_believed() -> None:
    page = '<meta charset="iso-8859-1"><p>' + RUSSIAN
    assert decode(page.encode("cp1251")) == (page, "cp1251")
    page = '<meta charset="x-mac-cyrillic"><p>' + RUSSIAN
    assert decode(page.encode("mac_cyrillic")) == (page, "mac_cyrillic")
