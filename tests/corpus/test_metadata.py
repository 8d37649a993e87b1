from itertools import pairwise

import pytest
from corpus_support import paragraphs, read

from corpus.readers.frontmatter import split_front_matter
from corpus.urls import host_of, safe_url


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
