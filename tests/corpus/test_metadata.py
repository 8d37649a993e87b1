from itertools import pairwise

import pytest
from corpus_support import paragraphs, read

from corpus.dates import date_line, date_of_epoch_ms, iso_date
from corpus.readers.frontmatter import split_front_matter
from corpus.urls import host_of, safe_url


@pytest.mark.parametrize(
    ("written", "date"),
    [
        ("2023-10-19", "2023-10-19"), ("2023/1/9", "2023-01-09"), ("19.10.2023", None),
        ("2023年10月19日", "2023-10-19"),
        ("Thu, 19 Oct 2023 20:51:45 GMT", "2023-10-19"), ("2023-10-19T23:30:00-05:00", "2023-10-20"),
        ("October 19, 2023", "2023-10-19"), ("19 October 2023", "2023-10-19"), ("19 октября 2023 г.", "2023-10-19"),
        ("2023 жылғы 19 қазан", "2023-10-19"), ("2018 ж. 5 наурыз", "2018-03-05"), ("5 мая 2020", "2020-05-05"),
        ("2023-13-45", None), ("31 February 2023", None), ("no date", None),
        ("", None), (None, None), ("T:" * 500, None),
        ("٢٠٢٣-١٠-١٩", "2023-10-19"),
    ],
)  # fmt: skip
def test_dates_as_files_write_them(written: str | None, date: str | None) -> None:
    assert iso_date(written) == date


def test_times_in_milliseconds_are_days_in_utc() -> None:
    assert date_of_epoch_ms(1697749143000) == "2023-10-19"
    assert date_of_epoch_ms(0) == "1970-01-01"
    assert date_of_epoch_ms(10**30) is None


@pytest.mark.parametrize(
    ("line", "date"),
    [
        ("27 May 2024", "2024-05-27"),
        ("Thu, 19 Oct 2023 20:51:45 GMT", "2023-10-19"),
        ("Published: October 5, 2026", "2026-10-05"),
        ("2023年10月19日 星期四", "2023-10-19"),
        ("The deal was signed on 5 May 2023", None),
        ("2023年10月19日，协议生效。", None),
        ("It began 5 May 2023.", None),
    ],
)
def test_a_date_line_says_little_else(line: str, date: str | None) -> None:
    assert date_line(line) == date


@pytest.mark.parametrize(
    "url", ["https://example.org/a?b=c#d", "http://example.org", "https://zh.wikipedia.org/wiki/邊境"]
)
def test_web_addresses_are_kept(url: str) -> None:
    assert safe_url(f" {url}\n") == url


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "data:text/html,x", "//example.org", "https:///x", "https://a\u202eb.org", "https://a.org/<b>",
     'https://a.org/"x', "http://[::1", "https://" + "a" * 3000, "", None, "file:///etc/passwd"],
)  # fmt: skip
def test_other_addresses_are_not(url: str | None) -> None:
    assert safe_url(url) is None


def test_the_host_of_an_address() -> None:
    assert host_of("https://www.Example.org:8080/x") == "example.org"
    assert host_of(None) is None


def test_front_matter_is_metadata_and_no_text() -> None:
    source = "---\nTitle: T\nsource: https://example.org/x\nby: [A, B]\ncreated: 2024-02-03 10:00\nlang: no\n---\n"
    source += "Some words here.\n"
    metadata, start = split_front_matter(source)
    assert source[start:] == "Some words here.\n"
    assert (metadata.title, metadata.url, metadata.author) == ("T", "https://example.org/x", "A, B")
    assert (metadata.published, metadata.language) == ("2024-02-03", "no")


def doubling(first: str, entry: str) -> str:
    """A block in which every entry names the one before it twice."""
    names = "abcdefghijklmnopqrstuvwxyz"
    return "\n".join([first, *(entry.format(name=n, last=m) for m, n in pairwise(names))])


ODD = {
    "not a mapping": "- a\n- b",
    "broken": "a: [b",
    "empty": "",
    "a merge bomb": doubling("a: &a {x: 1}", "{name}: &{name} {{<<: [*{last}, *{last}]}}"),
    "laughs": doubling("a: &a [x, x]", "{name}: &{name} [*{last}, *{last}]"),
    "deep": "a: " + "[" * 9000,
    "tags": "a: !!python/object/apply:os.system [ls]",
    "odd scalars": "title: !!timestamp x\ndate: 9999-99-99\nurl: 0x" + "f" * 9000,
    "odd keys": "? [a, b]\n: c\n? {d: e}\n: f",
}  # fmt: skip


@pytest.mark.parametrize("block", ODD.values(), ids=ODD.keys())
@pytest.mark.timeout(20)
def test_odd_front_matter_does_no_harm(block: str) -> None:
    document = read(f"---\n{block}\n---\n\nSome words of the text here.\n", "name.md").document
    assert document.text.endswith("Some words of the text here.")
    assert document.url is None
    assert document.published is None


def test_what_is_no_front_matter_stays_in_the_text() -> None:
    assert paragraphs(read("---\nJust a line of text, not data\n---\nand more.\n"))[0].startswith("---")


def test_front_matter_goes_before_the_page_s_own_metadata() -> None:
    source = (
        "---\ntitle: Given\nurl: javascript:x\nlanguage: zh-TW\n---\n<html lang=en><title>Own</title><p>山水人口。</p>"
    )
    document = read(source, "a.html").document
    assert (document.title, document.url, document.language) == ("Given", None, "zh-Hant")


@pytest.mark.parametrize(
    ("source", "title", "author", "published"),
    [
        ('+++\ntitle = "Salt"\ndate = 2031-05-06T10:00:00Z\nauthor = "Jo Hald"\n+++\nText.',
         "Salt", "Jo Hald", "2031-05-06"),
        ("---\ntitle: Salt: a history: of Pell\ndate: 2031-05-07\n---\nText.",
         "Salt: a history: of Pell", None, "2031-05-07"),
        ("---\r\ntitle: Salt: a history\r\n---\r\nText.", "Salt: a history", None, None),
        ("title: Salt\ndate: 2031-05-09\n---\nText.", "Salt", None, "2031-05-09"),
        (';;;\n{"title": "Salt", "authors": ["A", "B"]}\n;;;\nText.', "Salt", "A, B", None),
        ('{\n "title": "Salt", "date": "2031-05-09"\n}\n\nText.', "Salt", None, "2031-05-09"),
        ("---\ntitle: Salt\nauthors:\n  - name: Kai Lunt\n    email: k@x.example\n  - name: Ria Foss\n---\nText.",
         "Salt", "Kai Lunt, Ria Foss", None),
        ("---\ntitle: '{{ title }}'\nauthor: null\ntags: [a]\n---\nText.", None, None, None),
    ],
)  # fmt: skip
def test_forms_of_front_matter(source: str, title: str | None, author: str | None, published: str | None) -> None:
    metadata, start = split_front_matter(source)
    assert (metadata.title, metadata.author, metadata.published) == (title, author, published)
    assert source[start:].strip() == "Text."


@pytest.mark.parametrize(
    "source",
    [
        "---\n\nA rule, and text.\n\n---\nmore", "---\nKey words here. More: text\n---\nmore", "---\n- a\n- b\n---\nx",
        "Date: 5 May\nPlace: the hall\n---\nWe met.", "title: Only\n---\n", "+++\nno toml here\n+++\nx",
        '{\n "a": 1\n}\n\nText',
        "title: Hello\n\nText\n---\nx", ";;;\nwords\n;;;\nx", "---\ntitle: x\n",
    ],
)  # fmt: skip
def test_text_that_only_begins_like_front_matter_stays(source: str) -> None:
    assert split_front_matter(source)[1] == 0
