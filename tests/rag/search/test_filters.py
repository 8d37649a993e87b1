"""Limits to a part of the collection."""

import pytest

from corpus.store import DocumentFacts
from rag.errors import WrongUse
from rag.search.filters import Filters, filters_from


def admits(filters: Filters, published: str | None = "2023-10-19", publisher: str | None = "VOA") -> bool:
    return filters.admits_document(DocumentFacts("0123456789abcdef", publisher, published), ["/data/news/a.txt"])


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        ("2023-10-19", None, True), ("2023-10-20", None, False), (None, "2023-10-19", True),
        (None, "2023-10-18", False), ("2023", "2023", True),
        ("2023-10", "2023-10", True), ("2023-11", None, False), (None, "2022", False),
        (None, "2023-09", False), ("2022", "2024-02", True),
    ],
)  # fmt: skip
def test_dates_months_and_years_are_inclusive(since: str | None, until: str | None, expected: bool) -> None:
    assert admits(Filters(since=since, until=until)) is expected


@pytest.mark.parametrize(
    ("published", "since", "until", "expected"),
    [
        ("2031", "2031-06-15", None, True), ("2031", "2032", None, False), ("2031", None, "2031-01-01", True),
        ("2031", None, "2030", False), ("2031-02", "2031-02-28", None, True), ("2031-02", "2031-03-01", None, False),
        ("2031-02", "2031", "2031", True), ("2031-02", "2031-02-10", "2031-02-12", True),
        ("2031-02", None, "2031-01-31", False), ("2031-03-04", "2031-03", "2031-03", True),
        ("spring", "1000", None, False),
    ],
)  # fmt: skip
def test_a_month_or_year_alone_lies_where_a_day_of_it_may(
    published: str, since: str | None, until: str | None, expected: bool
) -> None:
    assert admits(Filters(since=since, until=until), published=published) is expected


def test_an_undated_document_is_in_no_range() -> None:
    assert not admits(Filters(since="1000"), published=None)
    assert admits(Filters(publishers=("voa",)), published=None)


def test_publishers_are_told_in_any_case_and_documents_by_id_path_or_folder() -> None:
    assert admits(Filters(publishers=("RFA", "voa")))
    assert not admits(Filters(publishers=("RFA",)))
    assert not admits(Filters(publishers=("VOA",)), publisher=None)
    for named in ("0123456789abcdef", "/data/news/a.txt", "/data/news", "/data/news/", "/"):
        assert admits(Filters(documents=(named,))), named
    for other in ("0123", "/data/new", "/data/news/a", "a.txt"):
        assert not admits(Filters(documents=(other,))), other


def test_a_language_range_holds_its_scripts() -> None:
    assert Filters(languages=("zh",)).admits_language("zh-Hant")
    assert Filters(languages=("ZH-hant",)).admits_language("zh-Hant")
    assert not Filters(languages=("zh-Hans",)).admits_language("zh-Hant")
    assert not Filters(languages=("z",) * 0 + ("kk",)).admits_language("kkx")
    assert Filters().admits_language("und")


@pytest.mark.parametrize(
    "wrong",
    [
        {"since": "yesterday"}, {"until": "2023-13"}, {"since": "2023-02-30"}, {"since": "0000"}, {"until": "20231019"},
        {"languages": "k"}, {"languages": ["kk_KZ"]}, {"languages": "kazakh language"},
        {"documents": [""]}, {"publishers": [" "]},
        {"since": "2024", "until": "2023"},
    ],
)  # fmt: skip
def test_what_is_no_date_or_language_is_refused_in_a_sentence(wrong: dict[str, object]) -> None:
    with pytest.raises(WrongUse, match=r"; (give one as|exchange them|give a name)"):
        filters_from(wrong)


def test_nothing_given_limits_nothing() -> None:
    assert filters_from({"languages": None, "since": "", "other": 3}) is None
    assert filters_from({"languages": "kk", "documents": ["a", "b"]}) == Filters(("kk",), documents=("a", "b"))
