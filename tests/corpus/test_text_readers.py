"""Plain text, saved web pages, encyclopedia pages, and text out of a PDF."""

import pytest
from corpus_support import headings, paragraphs, read

WEB = """protonmail-verification=0123456789abcdef
top of page
mie128

Crossing the Border: A Short Guide

Updated: Oct 23


Author: Jane Q. Writer

27 May 2024

\u00a0

Travellers need a passport[1]. The rule was made in 2023.[2]


A guard looks at a passport (source: www.example.org).

Photo: Agency / Someone

What to Bring

Yandex-Maps shows the way to the border and the shops near it.

By contrast, nothing else is needed at the gate.

Share on Facebook
227 views0 comments

Comments

Rated 0 out of 5 stars.
No ratings yet

Add a rating
Recent Posts
© 2024 by the author
bottom of page
"""
ENCYCLOPEDIA = """邊境貿易

本頁使用了標題或全文手工轉換
維基百科,自由的百科全書

邊境貿易是指兩國邊境居民之間的買賣。[1][註 2]

歷史[編輯]

古代商人經過此地[來源請求],交換絲綢。他說：「[t]he road」很長。

貿易[编辑]

規模不大。[12]

參考資料[編輯]

1. ^ 某報,2006年。
2. ^ http://example.org/a

外部連結[編輯]

官方網站
取自「https://zh.wikipedia.org/wiki/邊境貿易」
"""
PDF = """\u00a0

Есеп: шекара маңындағы

өмір



Бұл есеп шекара маңындағы ауылдардың өмірі туралы жазылған. Онда 2018 ж.\u0020

наурыз айында жүргізілген сұрау нәтижелері бар, оған он ауылдың тұр-

ғындары қатысты1. Сұрау екі апта бойы жүргізілді және оның

Автор А., «Шекара туралы», Баспа, 2017,

https://example.org/very/long/address

12


\x0c
қорытындысы осында берілді.



Сауда



Базарда жеміс сатылады; толық мәтін

INSERT LINK

бетінде орналасқан.

• бірінші ұсыныс жол салу туралы, оны\u0020

тез бітіру керек;

• екінші ұсыныс су туралы.

* * *

Соңғы сөйлем осы жерде аяқталады, бірақ
келесі жол

соны жалғастырады.
"""


def test_a_saved_web_page() -> None:
    result = read(WEB)
    assert headings(result) == ["Crossing the Border: A Short Guide", "What to Bring"]
    assert paragraphs(result) == [
        "Travellers need a passport. The rule was made in 2023.",
        "Yandex-Maps shows the way to the border and the shops near it.",
        "By contrast, nothing else is needed at the gate.",
    ]
    document = result.document
    assert (document.reader, document.author, document.published) == ("web-page", "Jane Q. Writer", "2024-05-27")


@pytest.mark.parametrize(
    "line", ["By contrast, nothing was said.", "The deal was signed on 5 May 2023.", "Updated figures show a rise."]
)
def test_a_first_line_that_only_looks_like_a_byline_is_text(line: str) -> None:
    result = read(f"top of page\nTitle here\n\n{line}\n\nMore words follow here.\n")
    assert paragraphs(result) == [line, "More words follow here."]


def test_a_title_without_spaces_is_not_taken_for_an_account() -> None:
    assert read("top of page\n边境口岸的新规定\n\n旅客需要护照。\n").document.title == "边境口岸的新规定"
    assert read("top of page\nBy Ann Lee\n\nWords follow here.\n").document.author == "Ann Lee"


def test_an_encyclopedia_page() -> None:
    result = read(ENCYCLOPEDIA)
    assert headings(result) == ["邊境貿易", "歷史", "貿易"]
    assert paragraphs(result) == [
        "邊境貿易是指兩國邊境居民之間的買賣。",
        "古代商人經過此地,交換絲綢。他說：「[t]he road」很長。",
        "規模不大。",
    ]
    document = result.document
    assert (document.reader, document.title, document.language) == ("encyclopedia", "邊境貿易", "zh-Hant")
    assert (document.url, document.publisher) == ("https://zh.wikipedia.org/wiki/邊境貿易", "zh.wikipedia.org")


@pytest.mark.parametrize(
    ("edit", "end"), [("edit", "References"), ("өңдеу", "Дереккөздер"), ("править | править код", "Примечания")]
)
def test_encyclopedia_pages_of_other_languages(edit: str, end: str) -> None:
    result = read(f"Name\n\nOne[{edit}]\n\nSome words.[3]\n\n{end}[{edit}]\n\nA book, 2006.\n")
    assert (result.document.reader, paragraphs(result), headings(result)) == (
        "encyclopedia",
        ["Some words."],
        ["Name", "One"],
    )


def test_text_out_of_a_pdf() -> None:
    result = read(PDF)
    assert result.document.reader == "pdf-text"
    assert headings(result) == ["Есеп: шекара маңындағы өмір", "Сауда"]
    assert paragraphs(result) == [
        (
            "Бұл есеп шекара маңындағы ауылдардың өмірі туралы жазылған. Онда 2018 ж. наурыз айында жүргізілген сұрау"
            " нәтижелері бар, оған он ауылдың тұр-ғындары қатысты. Сұрау екі апта бойы жүргізілді және оның"
            " қорытындысы осында берілді."
        ),
        "Базарда жеміс сатылады; толық мәтін бетінде орналасқан.",
        "бірінші ұсыныс жол салу туралы, оны тез бітіру керек;",
        "екінші ұсыныс су туралы.",
        "Соңғы сөйлем осы жерде аяқталады, бірақ келесі жол соны жалғастырады.",
    ]


def test_a_sentence_over_a_page_s_end_is_one_citation() -> None:
    chunk = next(chunk for chunk in read(PDF).chunks if chunk.text.startswith("Сұрау екі апта"))
    assert chunk.text.endswith("қорытындысы осында берілді.")
    assert "https://" in PDF[chunk.source_start : chunk.source_end]


def test_plain_text() -> None:
    result = read(
        "A title line\n\nFirst paragraph on\ntwo lines.\n\nSecond one: with a colon.\n\nSmall heading\n\nThird 。\n"
    )
    assert headings(result) == ["A title line", "Small heading"]
    assert paragraphs(result) == ["First paragraph on two lines.", "Second one: with a colon.", "Third 。"]
    assert (result.document.reader, result.document.title) == ("text", "A title line")


def test_lines_broken_inside_chinese_join_without_a_space() -> None:
    assert read("这是一个很长的句子，它被\n分成两行。\n").document.text == "这是一个很长的句子，它被分成两行。"
    assert read("혼자 온\n사람이 있다.\n").document.text == "혼자 온 사람이 있다."


def test_long_lines_that_end_sentences_are_paragraphs_of_their_own() -> None:
    line = "This is one of many long lines without a wrap. " * 6
    assert len(paragraphs(read(f"{line.strip()}\n{line.strip()}\n"))) == 2


def test_invisible_characters_and_ornaments_are_left_out() -> None:
    result = read("\ufeffIn\u00advisible \u202eturned\u202c \u200bwords.\n\n* * *\n\nThe end.\n")
    assert result.document.text.startswith("Invisible turned words.")
    assert [chunk.text for chunk in result.chunks] == ["Invisible turned words.", "The end."]


def test_a_name_from_the_file_where_nothing_else_is_said() -> None:
    result = read("It rained all day long, and nobody came to the market.\n", "my \u202enote.txt")
    assert (result.document.title, result.document.url, result.document.published) == ("my note", None, None)
