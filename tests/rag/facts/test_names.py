"""Names agree in sound across scripts, places in identity, and negations are counted in each language."""

from __future__ import annotations

import itertools

import pytest

from rag.checking.naming import sounds_like
from rag.facts.find import facts_of
from rag.facts.names import is_spelt_han, words_of
from rag.facts.sound import heard, sounds_alike


@pytest.mark.parametrize(
    "spellings",
    [
        ("Tokayev", "Токаев", "Тоқаев", "托卡耶夫"),
        ("Nazarbayev", "Назарбаев", "纳扎尔巴耶夫"),
        ("Chen Quanguo", "Чэнь Цюаньго", "陈全国"),
        ("Wang Yi", "Ван И", "王毅"),
        ("Karimov", "Каримов", "卡里莫夫"),
    ],
)
def test_one_name_is_heard_in_every_script(spellings: tuple[str, ...]) -> None:
    for a, b in itertools.combinations(spellings, 2):
        assert sounds_like(a, b), (a, b)
        assert sounds_like(b, a), (b, a)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Li Qiang", "Li Keqiang"), ("李强", "Ли Кэцян"), ("Li Keqiang", "李强"), ("Tokayev", "纳扎尔巴耶夫"),
        ("Karimov", "Мирзиёев"), ("Wang Yi", "Qin Gang"), ("王毅", "秦刚"), ("Smith", "Brown"),
    ],
)  # fmt: skip
def test_other_names_are_not(a: str, b: str) -> None:
    assert not sounds_like(a, b)
    assert not sounds_like(b, a)


def test_an_ending_and_a_given_name_do_not_part_a_name() -> None:
    assert sounds_like("Чэнь Цюаньгоға", "Chen Quanguo")
    assert sounds_like("Tokayev", "Kassym-Jomart Tokayev")
    assert sounds_alike("Tokayev", "Tokayev") == 1.0


def test_a_name_is_heard_inside_chinese_wherever_its_words_end() -> None:
    assert heard("Karimov", "他说卡里莫夫昨天到了")
    assert not heard("Karimov", "他说他们昨天到了")


def test_names_are_found_with_capitals_and_after_offices() -> None:
    found = facts_of("Yesterday Aigul Serik met Jonas Weber at the mill. Bakers sang on Monday.", "en").names
    assert {"Jonas Weber": True, "Bakers": False}.items() <= {name.text: name.certain for name in found}.items()
    assert not any("Monday" in name.text for name in found)
    assert "汪文斌" in [name.text for name in facts_of("外交部发言人汪文斌说。", "zh").names]
    assert "克里斯·史密斯" in [name.text for name in facts_of("议员克里斯·史密斯来了", "zh").names]


def test_what_is_spelt_by_its_sound_in_chinese() -> None:
    assert all(map(is_spelt_han, ("托卡耶夫", "克里斯·史密斯", "王毅", "塔什干市")))
    assert not any(map(is_spelt_han, ("外交部", "法院", "农民")))


def test_words_of_each_script() -> None:
    assert words_of("Almaty's old mill, 1931", "en") == (["Almaty's", "old", "mill", "1931"], " ")
    words, space = words_of("法院判决。", "zh-Hans")
    assert ("".join(words), space) == ("法院判决", "")


@pytest.mark.parametrize(
    ("identity", "mentions"),
    [
        ("US", {"en": "The United States agreed", "ru": "США согласились", "kk": "АҚШ келісті", "zh-Hans": "美国同意",
                "zh-Hant": "美國同意", "tr": "ABD kabul etti"}),
        ("KZ", {"en": "in Kazakhstan", "ru": "в Казахстане", "kk": "Қазақстанда", "zh-Hans": "在哈萨克斯坦",
                "zh-Hant": "在哈薩克", "tr": "Kazakistan'da"}),
        ("Beijing", {"en": "from Beijing", "ru": "из Пекина", "kk": "Бейжіңнен", "zh-Hans": "从北京",
                     "tr": "Pekin'den"}),
        ("Tashkent", {"en": "Tashkent", "ru": "в Ташкенте", "kk": "Ташкентте", "zh-Hans": "塔什干"}),
        ("CN", {"en": "Chinese wares", "ru": "китайских товаров", "kk": "қытай тауары", "zh-Hans": "中国货"}),
        ("DE", {"en": "Germany", "ru": "Германии", "kk": "Германияға", "zh-Hans": "德国", "tr": "Almanya'da"}),
        ("IR", {"en": "Iran", "ru": "в Иране", "kk": "Иранға", "zh-Hans": "伊朗", "tr": "İran'da"}),
        ("UN", {"en": "the United Nations", "ru": "ООН", "kk": "БҰҰ", "zh-Hant": "聯合國"}),
    ],
)  # fmt: skip
def test_a_place_is_one_in_every_language(identity: str, mentions: dict[str, str]) -> None:
    for language, text in mentions.items():
        assert [place.identity for place in facts_of(text, language).places] == [identity], (language, text)


def test_two_countries_in_two_characters_and_no_country_in_a_bird() -> None:
    assert [place.identity for place in facts_of("中哈两国", "zh").places] == ["CN", "KZ"]
    assert facts_of("a roast turkey", "en").places == ()


@pytest.mark.parametrize(
    ("language", "plain", "negated"),
    [
        ("en", "The pass is open.", "The pass is not open."), ("en", "They could leave.", "They couldn't leave."),
        ("ru", "Перевал открыт.", "Перевал не открыт."), ("ru", "Это разрешено.", "Это запрещено."),
        ("kk", "Ол келді.", "Ол келмеді."), ("kk", "Бұл рас.", "Бұл рас емес."), ("kk", "Су бар.", "Су жоқ."),
        ("zh-Hans", "他可以离开。", "他不可以离开。"), ("zh-Hant", "他離開了。", "他沒有離開。"),
        ("tr", "Geçit açık.", "Geçit açık değil."),
    ],
)  # fmt: skip
def test_negation_is_counted_in_each_language(language: str, plain: str, negated: str) -> None:
    assert (facts_of(plain, language).negations, facts_of(negated, language).negations) == (0, 1)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "not only here"), ("en", "no fewer than ten"), ("ru", "не только здесь"), ("ru", "не менее десяти"),
        ("kk", "немесе"), ("zh", "不仅如此"), ("zh", "非洲"), ("zh", "未来"), ("de", "nicht hier"),
    ],
)  # fmt: skip
def test_words_that_hold_a_negation_and_mean_none(language: str, text: str) -> None:
    assert facts_of(text, language).negations == 0
