"""Real documents of the shapes the readers are made for, where they lie beside the project."""

from functools import cache
from pathlib import Path

import pytest
from corpus_support import SEEDS, check_invariants, chunk_texts, headings, lost_words

from corpus.reading import ReadFile, read_document

pytestmark = pytest.mark.skipif(not SEEDS.is_dir(), reason="the seed documents (../shared/seeds) are not here")

VOA = "https://www.voachinese.com/a"
RIGHTS = "international-coalition-raises-concerns-over-xinjiang-human-rights-violations-20231019"
RFA = "https://www.rfa.org/mandarin/yataibaodao/shaoshuminzu/ql-03012021060002.html"
FACTS = {
    "000": (
        "feed",
        "zh-Hans",
        "2023-10-19",
        "哈萨克斯坦与中国的信息交流协议引发侵犯人权的担忧",
        f"{VOA}/{RIGHTS}/7318210.html",
    ),
    "001": ("feed", "zh-Hans", "2021-03-01", "新疆准许部分少数民族与境外微信联系 中国考虑放宽哈人前往哈萨克", RFA),
    "002": ("web-page", "en", "2024-05-27", "China and Kazakhstan: Bilateral Data Exchange Agreement", None),
    "003": ("encyclopedia", "zh-Hant", None, "恐怖主義與哈薩克", None),
    "004": ("pdf-text", "kk", None, "“Идеологиялық вирусты түп-тамырымен жою”", None),
}
BOILERPLATE = {
    "000": ["资料照片", "GMT", "<", "http"],
    "001": [
        "网络图片", "马拉松式抗议，要求中国政府", "zoom", "家人被困新疆音讯全无", "新疆放宽哈族人境外通讯限制",
        "三十多人被捕", "记者：", "责编", "网编", "乔龙", "<", "http",
    ],
    "002": [
        "top of page", "bottom of page", "protonmail", "mie128", "Updated:", "Author:", "27 May 2024", "(source:",
        "source:", "227 views", "comments", "Comments", "Rated 0 out of 5", "No ratings yet", "Add a rating", "[1]",
        "[2]", "[3]",
    ],
    "003": [
        "[編輯]", "編輯]", "本頁使用了", "自由的百科全書", "[1]", "[12]", "[32]", "[38]", "參考內容", "參考資料",
        "http", "Retrieved", "^", "外部連結", "永久失效",
    ],
    "004": ["INSERT LINK", "INSERT", "http", "www.", "\x0c", "•", "* * *"],
}  # fmt: skip
# Sentences that the file breaks over lines, pages, links or footnotes.
WHOLE = {
    "000": ["该协议将哈萨克斯坦列为第三个允许其公民无需签证前往中国的国家，之前是新加坡和文莱。"],
    "001": ["这些妇女在中国总领馆门外进行马拉松式抗议，已经半个多月。"],
    "002": ["he asserted that his rights to freedom and the protection of personal information are being violated."],
    "003": ["這兩個組織在哈薩克都有成員活動。", "KNB之後將其移交給了FSB。"],
    "004": [
        "үйлесімді болу арқасында болашақта Ұйғыр деген идеяны еш мәні жоқ, тек атау ретінде ғана қалдыру».",
        "Қытайдың Коммунистік жастар лигасы Шыңжаңдағы бөлімінің баяндамасынан. 2017 ж. наурыз",
        "«Озбырлық лаңкестікке қарсы күресті күшейту науқанын» (严厉打击暴力恐怖活动专项行动) Шыңжаңда бастады.",
        "Толық баяндаманы тек ағылшын тілінде сайтынан тауып оқи аласыздар).",
    ],
}


@cache
def read_seed(number: str) -> tuple[ReadFile, bytes]:
    (path,) = Path(SEEDS).glob(f"{number}_*")
    data = path.read_bytes()
    return read_document(path, data), data


def test_there_are_five() -> None:
    assert len(list(Path(SEEDS).iterdir())) == len(FACTS) == 5


@pytest.mark.parametrize("number", FACTS)
def test_a_seed_is_read_whole(number: str) -> None:
    result, data = read_seed(number)
    check_invariants(result, data)
    assert lost_words(result) == []
    assert len(result.chunks) > 20


@pytest.mark.parametrize("number", FACTS)
def test_a_seed_says_what_it_is(number: str) -> None:
    document = read_seed(number)[0].document
    assert (document.reader, document.language, document.published, document.title, document.url) == FACTS[number]


@pytest.mark.parametrize("number", BOILERPLATE)
def test_no_boilerplate_is_cited(number: str) -> None:
    texts = chunk_texts(read_seed(number)[0])
    assert [words for words in BOILERPLATE[number] if words in texts] == []


@pytest.mark.parametrize("number", WHOLE)
def test_interrupted_sentences_are_whole(number: str) -> None:
    texts = [chunk.text for chunk in read_seed(number)[0].chunks]
    assert [sentence for sentence in WHOLE[number] if not any(sentence in text for text in texts)] == []


def test_authors() -> None:
    assert read_seed("001")[0].document.author == "乔龙"
    assert read_seed("002")[0].document.author == "Zarina Mukanova"


def test_headings() -> None:
    assert headings(read_seed("001")[0])[0] == "新疆部分哈萨克族人可与海外微信通话"
    assert "Activists Raising Their Voices" in headings(read_seed("002")[0])
    assert "取締恐怖組織" in headings(read_seed("003")[0])
    assert "Қазақстан үкіметіне" in headings(read_seed("004")[0])
