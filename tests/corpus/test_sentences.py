from itertools import pairwise

import pytest

from corpus.sentences import split_sentences


def split(text: str, language: str) -> list[str]:
    return [text[start:end] for start, end in split_sentences(text, language)]


CASES = [
    ("en", ["It rained.", "We stayed."]),
    ("en", ["Dr. Smith met Mr. J. R. Brown of the U.S. Senate.", "They talked."]),
    ("en", ["The rate rose by 3.5 percent in 2023.", "No. 5 was cut."]),
    ("en", ["“We will sign it.”", "“When?”", "“Soon.”"]),
    ("en", ["The answer was no.", "He left."]),
    ("en", ["It began on Oct. 20, 2023.", "It ended in 2024."]),
    ("en", ["Goods, e.g. fruit, were held (see Fig. 2).", "Drivers waited…", "Nothing moved!"]),
    ("en", ["In 2022 there were 22 papers.", "20 were signed."]),
    ("en", ["He said: “It is over.”", "Then he left."]),
    ("ru", ["Соглашение подписано 20 окт. 2023 г. в столице.", "Оно вступило в силу."]),
    ("ru", ["Документ принят в 2006 г.", "Его опубликовали."]),
    ("ru", ["А. С. Иванов и г-н Б. Ли встретились на ул. Абая.", "Говорили долго."]),
    ("ru", ["Торговля выросла на 3,5 млн. тонн, т. е. вдвое.", "Это рекорд."]),
    ("ru", ["Везли овощи, фрукты и т. д. через границу.", "Потом перестали."]),
    ("ru", ["«Мы согласны».", "«Когда?»", "«Скоро…»"]),
    ("kk", ["Келісім 2018 ж. наурыз айында жасалды.", "Ол күшіне енді."]),
    ("kk", ["Ол 2017 ж. кетті.", "Отбасы қалды."]),
    ("kk", ["Б. Ахметов пен Қ. Нұрлан келді.", "Олар 3,5 млн. теңге алды."]),
    ("kk", ["«Біз келісеміз».", "«Қашан?»", "Жауап болмады."]),
    ("kk", ["Базарда жеміс, көкөніс т.б. сатылды.", "Кейін тоқтады."]),
    ("zh", ["他说：“可以出国。以后再谈。”", "大家都同意！"]),
    ("zh", ["约买尔.艾木杜拉住在城里。", "他有3.5公顷地。"]),
    ("zh", ["真的吗？", "是的，我们走吧……"]),
    ("zh", ["会议通过了《边境法》。", "2023年10月20日生效。"]),
    ("zh", ["他問：「這是什麼？我不懂。」", "沒有人回答。"]),
    ("zh", ["協定（第6條）規定如下。", "雙方遵守。"]),
]


@pytest.mark.parametrize(("language", "sentences"), CASES)
def test_sentences_are_parted_where_they_end(language: str, sentences: list[str]) -> None:
    joint = "" if language == "zh" else " "
    assert split(joint.join(sentences), language) == sentences


@pytest.mark.parametrize("language", ["en", "ru", "kk", "zh", "zh-Hant", "ar", "ko", "und", "xx"])
@pytest.mark.parametrize("times", [1, 40, 700])
def test_the_sentences_hold_every_character_but_white_space(language: str, times: int) -> None:
    text = "One. Two! «Үш? » Four… 五。“六。七。” 8.9 ж. 👩‍👩‍👧. " * times
    spans = split_sentences(text, language)
    outside = set(range(len(text))) - {i for start, end in spans for i in range(start, end)}
    assert all(text[i].isspace() for i in outside)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))


def test_long_paragraphs_are_parted_like_short_ones() -> None:
    sentence = "这是第一个句子，它说明了边境的情况。"
    assert split(sentence * 2000, "zh") == [sentence] * 2000
    sentence = "The border was closed on 5 May 2023 by order of Dr. Lee."
    assert split(" ".join([sentence] * 2000), "en") == [sentence] * 2000


def test_nothing_gives_no_sentence() -> None:
    assert split_sentences("", "en") == []
    assert split_sentences("  \n ", "kk") == []
