"""Text as a page shows it: it reads as it is, whatever a page's Markdown would make of it."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from rag.library.wording import label, shown, told

JOINER = "\u2060"
MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
# What the page's renderer looks for in texts that are parsed already: links and mail (GFM), and Streamlit's own.
LIVELY = re.compile(
    r"(?i:https?://|www(?=\.))[-.\w]+|[-.\w+]+@[-\w]+(?:\.[-\w]+)+|:[+\w-]+:|(?<!\S)(?:<->|->|<-|--|>=|<=|~=)(?!\S)"
)
DIRECTION = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u061c\u200e\u200f"
MARKS = "\\`*_{}[]()#+-.!|<>~$:@&;=/\"'^%,? \t\n\r1aж協"
TRICKS = [
    "# Title", "1. one", "1) one", "- item", "+ item", "> quote", "    code", "```\ncode\n```", "~~~", "---", "***",
    "a\n===", "a\n---", "|a|b|\n|-|-|\n|1|2|", "**bold** _it_ ~~gone~~ `code`", "[x](javascript:alert(1))",
    "![x](http://evil/x.png)", "<script>alert(1)</script>", "<!-- x -->", "<http://evil>", "[x]: http://evil\n[x]",
    "&lt;b&gt; &#60; &amp;", "http://evil.example/x www.evil.example HTTPS://EVIL.example WWW.evil.example",
    "me@evil.example mailto:me@evil.example", ":red[x] :material/home: :smile: :streamlit:", "$x^2$ $$x$$",
    "a -> b <- c <-> d -- e >= f <= g ~= h", "-> x", "line\\", "a  \nb", "[^1]", "- [ ] todo", "\\# \\\\",
    "a\x00b\x1bc", "a\u2028b\x85c", "\ufeffx", "a\u202egpj.exe",
]  # fmt: skip


def one_line(text: str) -> str:
    """What the words of a text are once they stand on one line."""
    return " ".join(shown(text).split())


def assert_reads_as_it_is(text: str) -> None:
    tokens = MARKDOWN.parse(label(text, 10**6))
    wanted = one_line(text)
    if not wanted:
        assert tokens == []
        return
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    children = tokens[1].children or []
    assert {child.type for child in children} <= {"text"}
    rendered = "".join(child.content for child in children)
    assert rendered.replace(JOINER, "") == wanted.replace(JOINER, "")
    assert not LIVELY.search(rendered)


@pytest.mark.parametrize("text", TRICKS)
def test_a_trick_reads_as_it_is(text: str) -> None:
    assert_reads_as_it_is(text)


@given(st.text() | st.text(MARKS) | st.lists(st.sampled_from(TRICKS) | st.text(MARKS, max_size=5)).map("".join))
@example("www.www.a")
@example("a@b@c.de")
@example("::a::")
def test_any_text_reads_as_it_is(text: str) -> None:
    assert_reads_as_it_is(text)


def test_the_check_sees_what_a_label_prevents() -> None:
    assert len([text for text in TRICKS if LIVELY.search(text)]) >= 5
    kinds = {token.type for text in TRICKS for token in MARKDOWN.parse(text)}
    assert {"heading_open", "bullet_list_open", "table_open", "fence", "html_block"} <= kinds


@given(st.text(max_size=40), st.integers(2, 20))
def test_a_label_is_no_longer_than_asked(text: str, longest: int) -> None:
    (inline,) = [t.content for t in MARKDOWN.parse(label(text, longest)) if t.type == "inline"] or [""]
    read = re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", inline)
    assert len(read) <= longest + read.count(JOINER)
    if len(one_line(text)) > longest:
        assert read.endswith("…")


@given(st.text(st.characters() | st.sampled_from(DIRECTION)))
@example("\ud800 x")
def test_nothing_shown_turns_direction_or_controls(text: str) -> None:
    found = shown(text)
    assert not set(found) & set(DIRECTION)
    assert not {c for c in found if unicodedata.category(c) == "Cc"} - {"\n"}
    assert shown(found) == found
    found.encode()  # can be sent to a page


def test_letters_are_as_they_were() -> None:
    for text in ("Қазақстан әңғүұқөһ", "協定（草案）", "ئۇيغۇر", "नमस्ते", "👩‍👩‍👧", "a\nb", "می‌خواهم"):
        assert shown(text) == text
    assert shown("invoice\u202egpj.exe") == "invoicegpj.exe"
    assert shown("a\tb\x07c\r\nd") == "a b c \nd"


@pytest.mark.parametrize(
    ("error", "shown_as"),
    [
        ("no permission to use /home/me/visitors/ab/uploads; change it", "no permission to use ab/uploads; change it"),
        ("[Errno 17] File exists: '/srv/x/y/conversations'", "[Errno 17] File exists: 'y/conversations'"),
        ("no permission to use /home/me/my papers/more of it/a b.txt", "no permission to use more of it/a b.txt"),
        ("there is no collection at /data/c", "there is no collection at /data/c"),
        ("at http://127.0.0.1:80/v1/models/x now", "at http://127.0.0.1:80/v1/models/x now"),
        ("1/2 of it, and/or more", "1/2 of it, and/or more"),
    ],
)  # fmt: skip
def test_an_error_tells_no_folders_of_the_machine(error: str, shown_as: str) -> None:
    assert told(error) == shown_as
