"""Properties that hold of every document, on generated sources of every shape."""

from contextlib import suppress
from pathlib import Path

import pytest
from corpus_support import check_invariants, lost_words, read
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from corpus.errors import Unreadable
from corpus.reading import SUFFIXES, read_document

examples = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])

WORDS = st.sampled_from([
    "border", "agreement", "Dr.", "U.S.", "3.14", "2023", "Citizens’", "“quoted”", "(aside)", "re-entry", "e.g.", "No.",
    "naïve", "café", "cafe\u0301", "x", "граница", "соглашение", "г.", "млн", "2018", "«цитата»", "ёж", "шекара",
    "келісім", "ж.", "ұлттық", "әңгіме", "өңір", "اتفاقية", "الحدود", "می‌خواهم", "دەلىل", "ราชการ", "सीमा", "국경",
    "がある", "👩‍👩‍👧", "👍🏽", "🇰🇿", "ﬁn", "\u202eabc\u202c", "\u200bzero\u200b", "soft\u00adhyphen",
    "non\u00a0breaking", "*", "_", "<", ">", "[", "]",
])  # fmt: skip
HAN = st.sampled_from(
    [
        "边境协议签署。",
        "協議生效。",
        "他说：“可以出国。”",
        "「這是什麼？」",
        "约买尔.艾木杜拉",
        "护照，签证；",
        "𠀀𠮷",
        "！",
    ]
)
STOPS = st.sampled_from([". ", "! ", "? ", "… ", " ", ", ", "; ", ": ", ".” ", ".) ", "\n", "\r\n", " \n ", "\u00a0"])


@st.composite
def prose(draw: st.DrawFn, least: int = 1) -> str:
    """Some sentences, with scripts, marks and line breaks mixed."""
    parts = draw(st.lists(st.one_of(st.tuples(WORDS, STOPS).map("".join), HAN), min_size=least, max_size=25))
    return "".join(parts).strip() or "Word."


@st.composite
def inline_html(draw: st.DrawFn) -> str:
    parts = draw(st.lists(st.one_of(prose(), st.sampled_from(INLINE)), min_size=1, max_size=5))
    return "".join(parts)


INLINE = [
    "<b>bold words</b>", "<a href='https://example.org/?a=1&amp;b=2'>a link</a>", "&amp;", "&nbsp;", "&#x645;",
    "&lt;tag&gt;", "&mdash;", "&zwnj;", "<br>", "<br/>", "<!-- hidden -->", "<script>var a = '<b>';</script>",
    "<span class='share'>Share</span>", "<em>un<b>closed", "</i>", "a < b", "<span hidden>secret</span>",
    "<img alt='x > y' src=z>", "&unknown;", "&", "<sup>2</sup>",
]  # fmt: skip
HTML_FRAMES = ["<p>{}</p>", "<p>{}", "<div>{}</div>", "<h2>{}</h2>", "<ul><li>{}</ul>", "<td>{}", "{}<hr>"]
MARKDOWN_MARKS = [
    "**bold. Still bold**", "[a link](https://example.org/a_(b))", "`code`", "*emph*", "\\*", "&amp;", "![i](i.png)",
    "a_b_c", "2 * 3",
    "[One. Two.](x)", "~~old~~", "<b>raw</b>", "https://example.org/_x_", "<https://example.org>", "\\[1\\]",
]  # fmt: skip
MARKDOWN_FRAMES = [
    "{}", "# {}", "- {}", "1. {}", "> {}", "> - {}", "```\n{}\n```", "| {} | b |\n|---|---|\n| c | d |", "    {}",
]  # fmt: skip


@st.composite
def html_pages(draw: st.DrawFn) -> str:
    blocks = []
    for body in draw(st.lists(inline_html(), min_size=1, max_size=6)):
        frame = draw(
            st.sampled_from(
                ["<p>{}</p>", "<p>{}", "<div>{}</div>", "<h2>{}</h2>", "<ul><li>{}</ul>", "<td>{}", "{}<hr>"]
            )
        )
        blocks.append(frame.replace("{}", body))
    return "<!doctype html><html lang=en><title>Page</title>" + draw(st.sampled_from(["", "\n", "\r\n"])).join(blocks)


@st.composite
def markdown_pages(draw: st.DrawFn) -> str:
    line = st.lists(st.one_of(prose(), st.sampled_from(MARKDOWN_MARKS)), min_size=1, max_size=4).map(" ".join)
    blocks = [
        draw(st.sampled_from(MARKDOWN_FRAMES)).replace("{}", body)
        for body in draw(st.lists(line, min_size=1, max_size=6))
    ]
    return draw(st.sampled_from(["\n\n", "\r\n\r\n"])).join(blocks)


@st.composite
def shaped_pages(draw: st.DrawFn) -> str:
    """Plain text, a saved web page, an encyclopedia page or text out of a PDF."""
    bodies = draw(st.lists(prose(2), min_size=1, max_size=8))
    match draw(st.sampled_from(["plain", "web", "encyclopedia", "pdf"])):
        case "web":
            return "top of page\nhandle\n\nTitle\n\n" + "[1]\n\n".join(bodies) + "\n\n12 views\nbottom of page"
        case "encyclopedia":
            return "條目\n\n一[編輯]\n\n" + "[12]\n\n".join(bodies) + "\n\n二[編輯]\n\n完。\n\n參考資料[編輯]\n\n1. x"
        case "pdf":
            lines = [line for body in bodies for line in body.splitlines()]
            return " \n\n".join(["the line goes on", "in the next one"] * 8 + lines) + "\n\n\n\n\x0c"
    return "\n\n".join(bodies)


@examples
@given(st.one_of(st.tuples(html_pages(), st.just("a.html")), st.tuples(markdown_pages(), st.just("a.md")),
                 st.tuples(shaped_pages(), st.just("a.txt"))))  # fmt: skip
def test_every_chunk_is_an_address_and_no_word_is_lost(page: tuple[str, str]) -> None:
    source, name = page
    try:
        result = read(source, name)
    except Unreadable:
        assume(False)
        return
    check_invariants(result, source.encode())
    assert lost_words(result) == []


MARKUP = st.text(st.sampled_from("<>/!-[]()*_`#|\\&;:.\"' =a1Б中\n\r\t\x00\u2028\u202e\u200d\u0301🏽"), max_size=300)


@examples
@given(st.one_of(MARKUP, st.text(max_size=300)), st.sampled_from(sorted(SUFFIXES)))
def test_any_text_is_read_or_refused(source: str, suffix: str) -> None:
    data = source.encode("utf-8", "surrogatepass")
    # Any other exception than the one that names the reason fails the test.
    with suppress(Unreadable):
        check_invariants(read_document(Path("/collection/x" + suffix), data), data)


@examples
@given(
    st.one_of(st.binary(max_size=400), st.binary(max_size=60).map(lambda b: b * 20)), st.sampled_from(sorted(SUFFIXES))
)
def test_any_bytes_are_read_or_refused(data: bytes, suffix: str) -> None:
    # Any other exception than the one that names the reason fails the test.
    with suppress(Unreadable):
        check_invariants(read_document(Path("/collection/x" + suffix), data), data)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "gb18030"])
def test_addresses_count_characters_of_the_decoded_file(encoding: str) -> None:
    text = "第一段说明边境口岸的新规定，旅客需要出示护照。\n\n第二段说明货物运输的办法𠮷，双方一致同意。\n"
    result = read(text, encoding=encoding)
    check_invariants(result, text.encode(encoding))
    last = result.chunks[-1]
    assert text[last.source_start : last.source_end] == last.text
    assert last.line == 3
