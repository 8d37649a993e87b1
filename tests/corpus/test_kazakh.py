"""Kazakh in three scripts: told as Kazakh, and found by a question in any of them."""

from pathlib import Path

import pytest
from corpus_support import read

from corpus.fulltext import index_terms
from corpus.kazakh import from_arabic, from_latin, is_kazakh_in_arabic, is_kazakh_in_latin
from corpus.store import Store

ARABIC = "وزەن ارقىلى جاڭا كوپىر كوكتەمدە اشىلدى. قالا تۇرعىندارى قۇرىلىستىڭ اياقتالۋىن ەكى جىل كۇتتى."
LATIN_2021 = "Özen arqyly jaŋa köpır köktemde aşyldy. Qala tūrğyndary qūrylystyŋ aiaqtaluyn ekı jyl küttı."
LATIN_2018 = "Ózen arqyly jańa kópir kóktemde ashyldy. Qala turǵyndary qurylystyń aıaqtalýyn eki jyl kútti."
OTHER = "Қала кеңесі дүйсенбіде жиналып, бағбандардың өтінішін талқылады."
CYRILLIC = "Өзен арқылы жаңа көпір көктемде ашылды. Қала тұрғындары құрылыстың аяқталуын екі жыл күтті."


@pytest.mark.parametrize(
    ("arabic", "cyrillic"),
    [
        ("كوپىر", "көпір"), ("قاي", "қай"), ("جىلى", "жылы"), ("اشىلدى", "ашылды"), ("ءۇش", "үш"), ("ءجۇز", "жүз"),
        ("مەتر", "метр"), ("قۇرىلىستى", "құрылысты"), ("قىزمەت", "қызмет"), ("كىتاپ", "кітап"), ("جانە", "және"),
        ("ءبىر", "бір"), ("تۇرعىن", "тұрғын"), ("اياقتالدى", "аяқталды"), ("سەرىكقىزى", "серікқызы"), ("جاڭا", "жаңа"),
    ],
)  # fmt: skip
def test_arabic_letters_in_cyrillic_ones(arabic: str, cyrillic: str) -> None:
    assert from_arabic(arabic) == cyrillic


@pytest.mark.parametrize(
    ("text", "cyrillic"),
    [("köpır", "көпір"), ("tūrğyn", "тұрғын"), ("kópir", "көпір"), ("turǵyn", "тұрғын"), ("qai", "қай")],
)
def test_latin_letters_in_cyrillic_ones(text: str, cyrillic: str) -> None:
    assert from_latin(text, text) == cyrillic


@pytest.mark.parametrize(
    "text",
    [
        "ئىككى دۆلەت ھۆكۈمىتى چېگرانى ئەتىيازدا ئېچىشقا كېلىشتى.",
        "اتفقت حكومتا البلدين على فتح الحدود في الربيع القادم.",
        "دولت‌های دو کشور توافق کردند که مرز را در بهار باز کنند.", "دونوں حکومتوں نے سرحد کھولنے پر اتفاق کیا۔",
        "هەردوو حکومەت ڕێککەوتن کە سنوور لە بەهاردا بکەنەوە.",
    ],
)  # fmt: skip
def test_other_languages_in_arabic_letters(text: str) -> None:
    assert not is_kazakh_in_arabic(text)


@pytest.mark.parametrize(
    "text",
    [
        "Two quick questions: is Qatar a member?", "Körpü yazda açıldı və qonaqlar çox sevindi.",
        "Köprü ilkbaharda açıldı.",
        "Koʻprik bahorda ochildi, qurilish ikki yil davom etdi.", "Köpri ýazda açyldy.", "",
    ],
)  # fmt: skip
def test_other_languages_in_latin_letters(text: str) -> None:
    assert not is_kazakh_in_latin(text)


@pytest.mark.parametrize("text", [ARABIC, LATIN_2021, LATIN_2018])
def test_a_question_in_cyrillic_letters_has_the_terms_of_the_text(text: str) -> None:
    wanted = index_terms("Жаңа көпір көктемде ашылды, құрылыс екі жыл") + index_terms(CYRILLIC)[-3:]
    assert set(wanted) <= set(index_terms(text))


@pytest.mark.parametrize("text", [ARABIC, LATIN_2021, LATIN_2018, CYRILLIC])
@pytest.mark.parametrize(
    "question",
    ["Көпір қай кезде ашылды?", "كوپىر قاي كەزدە اشىلدى؟", "Köpır qai kezde aşyldy?", "Kópir qaı kezde ashyldy?"],
)
def test_the_paragraph_is_found_by_words_in_any_script(text: str, question: str) -> None:
    store = Store.create(Path(":memory:"))
    with store.transaction():
        store.add(read(f"{OTHER}\n\n{text}\n", "a.txt"))
    assert max(store.match(question).items(), key=lambda item: item[1])[0] == 2


def test_terms_of_other_texts_are_as_before() -> None:
    assert index_terms("The bridge quay") == ["the", "bridg", "quay"]
    assert index_terms("ئىككى دۆلەت")[0] == index_terms("ئىككى")[0]
    assert len(index_terms("اتفقت حكومتا البلدين على فتح الحدود")) == 6
