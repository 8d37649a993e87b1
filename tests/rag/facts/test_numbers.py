"""Numbers are read alike in whatever script, word and notation they are written."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rag.facts.find import facts_of
from rag.facts.hannumbers import han_value
from rag.facts.numbers import find_numbers, readings
from rag.facts.types import Number

SMALL_WORDS = {
    "en": "zero one two three four five six seven eight nine".split(),
    "ru": "ноль один два три четыре пять шесть семь восемь девять".split(),
    "kk": "нөл бір екі үш төрт бес алты жеті сегіз тоғыз".split(),
}
TENS = {
    "en": "twenty thirty forty fifty sixty seventy eighty ninety".split(),
    "ru": "двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят девяносто".split(),
    "kk": "жиырма отыз қырық елу алпыс жетпіс сексен тоқсан".split(),
}
HAN = "零一二三四五六七八九"


def numbers(text: str, language: str) -> tuple[Number, ...]:
    return facts_of(text, language).numbers


def values(text: str, language: str) -> list[float]:
    """The only reading of each number of a text."""
    return [value for number in numbers(text, language) for (value,) in [number.values]]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "The harbour cost 1 million tenge."), ("en", "The harbour cost 1,000,000 tenge."),
        ("en", "The harbour cost one million tenge."), ("ru", "Порт обошёлся в 1 миллион тенге."),
        ("ru", "Порт обошёлся в 1 000 000 тенге."), ("ru", "Порт обошёлся в миллион тенге."),
        ("ru", "Порт обошёлся в 1 млн тенге."), ("kk", "Порт бір миллион теңге тұрды."),
        ("kk", "Порт 1 млн теңге тұрды."), ("zh-Hans", "港口花费100万坚戈。"), ("zh-Hant", "港口花費一百萬堅戈。"),
        ("zh-Hans", "港口花费１００万坚戈。"), ("tr", "Liman bir milyon tenge tuttu."),
    ],
)  # fmt: skip
def test_a_million_is_a_million(language: str, text: str) -> None:
    assert values(text, language) == [1e6]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "ten thousand people"), ("ru", "десять тысяч человек"), ("kk", "он мың адам"), ("zh-Hans", "一万人"),
        ("zh-Hant", "一萬人"), ("tr", "on bin kişi"), ("kk", "10 мыңнан"), ("ru", "10 000 человек"),
    ],
)  # fmt: skip
def test_ten_thousand_is_ten_thousand(language: str, text: str) -> None:
    assert values(text, language) == [1e4]


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "twenty-seven houses", 27), ("en", "two hundred and fifty sheep", 250), ("en", "a dozen eggs", 12),
        ("en", "the fortieth visitor", 40), ("en", "1,234.5 km", 1234.5), ("en", "XXIV games", 24),
        ("ru", "двадцатью семью домами", 27), ("ru", "двухсот пятидесяти овец", 250), ("ru", "пятидневный поход", 5),
        ("ru", "полтора миллиона", 1.5e6), ("ru", "три с половиной тысячи", 3500), ("ru", "сороковой гость", 40),
        ("kk", "жиырма жеті үй", 27), ("kk", "екі жүз елу қой", 250), ("kk", "екі жарым мың адам", 2500),
        ("kk", "отызыншы қонақ", 30), ("zh", "二十七间", 27), ("zh", "二百五十只", 250), ("zh", "1.2亿元", 1.2e8),
        ("zh", "三亿五千万人", 3.5e8), ("zh", "第四十位", 40), ("de", "1.500.000,75 Tonnen", 1500000.75),
    ],
)  # fmt: skip
def test_words_endings_and_separators(language: str, text: str, expected: float) -> None:
    assert values(text, language) == [expected]


@pytest.mark.parametrize(
    ("language", "text", "share"),
    [
        ("en", "by 2.5 percent", 2.5), ("en", "by 2.5%", 2.5), ("ru", "на 2,5 процента", 2.5),
        ("kk", "2,5 пайызға", 2.5), ("zh", "百分之二点五", 2.5), ("zh", "2.5％", 2.5), ("zh", "三成人口", 30),
        ("tr", "yüzde 2,5", 2.5), ("zh", "千分之五", 0.5),
        ("en", "two thirds of it", 200 / 3), ("ru", "две трети", 200 / 3), ("kk", "үштен екісі", 200 / 3),
        ("zh", "三分之二", 200 / 3), ("en", "half of it", 50), ("ru", "половина", 50), ("zh", "一半", 50),
    ],
)  # fmt: skip
def test_shares_are_percent(language: str, text: str, share: float) -> None:
    (number,) = numbers(text, language)
    assert number.percent
    assert min(number.values) == pytest.approx(share, abs=1e-5)


def test_a_count_is_no_share() -> None:
    assert not any(number.percent for number in numbers("15 ships and 20 boats", "en"))


def test_one_separator_before_three_digits_is_ambiguous() -> None:
    assert readings("1.500") == {1500.0, 1.5}
    assert readings("1,500") == {1500.0, 1.5}
    assert readings("1.50") == {1.5}
    assert readings("1.500.000") == {1500000.0}
    assert readings("12 500") == {12500.0}


@pytest.mark.parametrize(
    ("language", "text", "hedge"),
    [
        ("en", "more than 500 shops", "over"), ("ru", "более 500 лавок", "over"), ("kk", "500-ден астам дүкен", "over"),
        ("zh", "500多家店", "over"), ("zh", "超过500家店", "over"), ("en", "fewer than 500 shops", "under"),
        ("ru", "менее 500 лавок", "under"), ("kk", "500-ге жуық дүкен", "under"), ("zh", "不到500家店", "under"),
        ("en", "about 500 shops", "about"), ("ru", "около 500 лавок", "about"), ("kk", "шамамен 500 дүкен", "about"),
        ("zh", "大约500家店", "about"), ("zh", "500家左右", ""), ("en", "500 shops", ""),
    ],
)  # fmt: skip
def test_what_the_words_around_a_number_allow(language: str, text: str, hedge: str) -> None:
    (number,) = numbers(text, language)
    assert (number.values, number.hedge) == (frozenset({500.0}), hedge)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "It was one of them."), ("en", "The G20 met."), ("en", "An apple and a pear."), ("zh", "十分重要"),
        ("zh", "一带一路"), ("zh", "老百姓"), ("zh", "千万不要去"), ("zh", "统一的标准"), ("kk", "ол үшін"),
        ("kk", "оны көрді"), ("kk", "жүзеге асты"), ("ru", "семья и стол"),
    ],
)  # fmt: skip
def test_words_that_look_like_numbers_are_none(language: str, text: str) -> None:
    assert numbers(text, language) == ()


def test_a_clock_time_is_one_value_of_its_own() -> None:
    assert values("The gates open at 14:30.", "en") == [14.3]
    assert values("Двери откроют в 9:05.", "ru") == [9.05]


def test_words_that_writers_leave_out_are_weak() -> None:
    assert [number.weak for number in numbers("two wells and seven ponds", "en")] == [True, False]
    assert [number.weak for number in numbers("2 wells", "en")] == [False]


def test_what_belongs_to_a_date_is_no_number() -> None:
    assert [number.text for number in find_numbers("On 3 June 12 ships came.", "en", [(3, 9)])] == ["12"]
    assert values("On 3 June 1969, 12 ships came.", "en") == [12]


@given(st.integers(0, 10**9), st.sampled_from([",", "\u00a0", "\u202f", "'", "’", " ", ""]))
def test_grouped_digits_are_read_back(number: int, separator: str) -> None:
    assume(separator != "," or not 1000 <= number < 10**6)  # which may be a decimal
    text = f"{number:,}".replace(",", separator)
    years = separator == "" and 1400 <= number < 2100
    assert years or values(f"There were {text} stones.", "en") == [number]


@given(st.integers(0, 10**6), st.integers(0, 99), st.sampled_from(".,"))
def test_decimals_are_read_back(whole: int, part: int, point: str) -> None:
    assert readings(f"{whole}{point}{part:02}") == {float(f"{whole}.{part:02}")}


@given(st.integers(21, 99), st.sampled_from(["en", "ru", "kk"]))
def test_tens_and_units_in_words_are_read_back(number: int, language: str) -> None:
    tens, unit = divmod(number, 10)
    assume(not (language == "kk" and number == 90))  # a quarter of a year too
    words = TENS[language][tens - 2] + (f" {SMALL_WORDS[language][unit]}" if unit else "")
    assert values(words, language) == [number]


@given(st.integers(11, 10**12 - 1))
def test_numerals_in_characters_are_read_back(number: int) -> None:
    assert han_value(in_characters(number)) == number


@given(st.integers(1, 9999), st.sampled_from([("万", 10**4), ("亿", 10**8)]))
def test_digits_before_a_unit_are_read_back(number: int, unit: tuple[str, int]) -> None:
    assert values(f"共有{number}{unit[0]}人", "zh") == [number * unit[1]]


def in_characters(number: int) -> str:
    """A number as Chinese writes it out, with 零 for places that are left out."""
    for name, size in (("亿", 10**8), ("万", 10**4)):
        if number >= size:
            high, low = divmod(number, size)
            gap = "零" if low and low < size // 10 else ""
            return in_characters(high) + name + (gap + in_characters(low) if low else "")
    for name, size in (("千", 1000), ("百", 100), ("十", 10)):
        if number >= size:
            high, low = divmod(number, size)
            gap = "零" if low and low < size // 10 else ""
            return HAN[high] + name + (gap + in_characters(low) if low else "")
    return HAN[number]
