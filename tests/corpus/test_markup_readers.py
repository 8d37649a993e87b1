"""What holds of captions, reStructuredText, Org mode and LaTeX alike: nothing glues, nothing hangs."""

import re
from pathlib import Path

import pytest
from corpus_support import check_invariants
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.errors import Unreadable
from corpus.reading import read_document, read_text

NAMES = ["a.srt", "a.vtt", "a.ass", "a.lrc", "a.rst", "a.org", "a.tex"]
# Between two words, for each format: marks, notes, line ends, escapes.
BETWEEN = {
    "srt": [" ", "\n", "<i> ", " </i>", "\n\n2\n00:00:03,000 --> 00:00:04,000\n", " {\\an8}", " & ", "-\n", "&nbsp;"],
    "vtt": [
        " ",
        "\n",
        "<c.red> ",
        "</c> ",
        "\n\n00:03.000 --> 00:04.000\n",
        "\n\n00:09.000 --> 00:10.000\n<v Ann>",
        "&nbsp;",
    ],
    "rst": [
        " ",
        "\n",
        "\n\n",
        " *",
        "* ",
        " **",
        "** ",
        " ``",
        "`` ",
        " [1]_ ",
        " `",
        "`_ ",
        " <https://x.example>`_ ",
        " :ref:`",
        "\n\n.. note:: ",
        "\n\n- ",
        "\n\n1. ",
        "\\*",
        "*",
        "_ ",
        "-\n",
        " |",
        "| ",
        "::\n\n  ",
        "\n====\n",
        "\n  ",
    ],
    "org": [
        " ",
        "\n",
        "\n\n",
        " *",
        "* ",
        " /",
        "/ ",
        " =",
        "= ",
        " ~",
        "~ ",
        " _",
        "_ ",
        "[fn:1] ",
        "[fn:1]",
        "[fn:: ",
        "]",
        "\n* ",
        "\n- ",
        "\n1. ",
        "\n| ",
        " | ",
        "*",
        "_",
        "[[https://x.example][",
        "]]",
        "[cite:@key]",
        "-\n",
        "\\\\\n",
    ],
    "tex": [
        " ",
        "\n",
        "\n\n",
        "~",
        "\\cite{key}",
        "\\ref{key}",
        "\\label{key}",
        " \\emph{",
        "} ",
        " \\textbf{",
        "\\footnote{",
        "} ",
        "\\unknown{",
        "}{",
        "\\\\",
        " -- ",
        "---",
        "``",
        "''",
        "\\%",
        "%\n",
        "\\,",
        "\\item ",
        "$",
        "&",
        "\\section{",
        "\\begin{itemize}",
        "\\end{itemize}",
        "\\quad ",
        "\\noindent ",
        "-\n",
        "\\[",
        "\\]",
        "\\begin{tabular}{ll}",
        "\\end{tabular}",
    ],
}
STARTS = {"srt": "1\n00:00:01,000 --> 00:00:02,000\n", "vtt": "WEBVTT\n\n00:01.000 --> 00:02.000\n"}
# What the marks themselves may leave in the text.
OWN = {
    "x",
    "example",
    "https",
    "Ann",
    "1",
    "2",
    "begin",
    "end",
    "tabular",
    "itemize",
    "ll",
    "ref",
    "key",
    "fn",
    "note",
    "cite",
    "emph",
    "textbf",
    "footnote",
    "unknown",
    "section",
    "quad",
    "noindent",
    "label",
    "item",
    "textsuperscript",
    "nbsp",
}
WORDS = [f"word{letter}" for letter in "abcdefgh"] + ["1962", "1975", "410", "40"]


@st.composite
def texts(draw: st.DrawFn, kind: str) -> str:
    words = draw(st.lists(st.sampled_from(WORDS), min_size=3, max_size=14))
    return words[0] + "".join(draw(st.sampled_from(BETWEEN[kind])) + word for word in words[1:])


def check(kind: str, text: str) -> None:
    data = (STARTS.get(kind, "") + text + "\n").encode()
    try:
        result = read_document(Path(f"/collection/a.{kind}"), data)
    except Unreadable:
        return
    check_invariants(result, data)
    # A space may not be lost where a mark was left out; one that LaTeX prints as one word ("{") is one word.
    said = set(re.findall(r"[^\W_]+", result.document.text))
    printed = set(re.findall(r"[^\W_]+", re.sub(r"[{}]", "", text)))
    assert said - OWN <= set(WORDS) | printed, text


@pytest.mark.parametrize("kind", list(BETWEEN))
@pytest.mark.timeout(120)
def test_no_two_words_become_one(kind: str) -> None:
    @settings(max_examples=150, deadline=None)
    @given(texts(kind))
    def holds(text: str) -> None:
        check(kind, text)

    holds()


UNITS = [
    "{",
    "}",
    "$",
    "\\",
    "\\begin{tabular}",
    "\\begin{verbatim}",
    "\\footnote{",
    "%",
    "&",
    "\\'",
    "*",
    "`",
    "``",
    "|",
    "| ",
    "[",
    "[fn:",
    "[[a][",
    "=",
    "==== ====\n",
    "+--+--+\n",
    "+--+",
    "- ",
    "  - ",
    ".. a::\n  ",
    ".. ",
    ":a: ",
    "* ",
    "#+begin_src\n",
    ":A:\n",
    "<",
    "<v ",
    "{\\",
    "00:00:01,000 --> 00:00:02,000\n",
    "00:00:01,000 --> 00:00:02,000\na\n\n",
    "[00:01.00]",
    "Dialogue: 0,0:00:01.00,0:00:02.00,,,,,,,",
    "_",
    "a_ ",
    "\\x{",
    "\\def\\a{",
    "\\item[",
    "$$",
    "\\[",
    "\\iffalse ",
    "x::\n\n ",
    "\\multicolumn{9}{c}{",
    "1. ",
    "a *b ",
    "a /b ",
    "<<",
    "\x00",
    "- *a\n",
    "\\endhead ",
    "&&\\\\",
    "\\newcommand{\\a}{",
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.timeout(30)
def test_one_thing_over_and_over_takes_no_quadratic_time(unit: str, name: str) -> None:
    path = Path("/collection") / name
    few, many = ((unit * (size // len(unit.encode()))).encode() for size in (2_000, 60_000))
    try:
        check_invariants(read_document(path, few), few)
        read_text(path, many)
    except Unreadable:
        return


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.timeout(60)
def test_ten_thousand_levels(name: str) -> None:
    for opening, closing in (
        ("\\emph{", "}"),
        ("\\begin{quote}", "\\end{quote}"),
        ("\\begin{tabular}{l}", "\\end{tabular}"),
    ):
        data = (opening * 10_000 + "Some words in the middle of it all." + closing * 10_000).encode()
        try:
            assert "middle of it" in read_document(Path("/collection") / name, data).document.text
        except Unreadable:
            assert name.endswith((".srt", ".vtt", ".ass", ".lrc"))
    steps = "".join(f"{' ' * level}- item {level}\n\n" for level in range(300))
    if name.endswith((".rst", ".org")):
        assert "item 299" in read_document(Path("/collection") / name, steps.encode()).document.text


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("data", [b"", b" \n", b"\x00" * 100, b"PK\x03\x04rest", b"%PDF-1.4"])
def test_what_is_no_text_is_refused(data: bytes, name: str) -> None:
    with pytest.raises(Unreadable):
        read_document(Path("/collection") / name, data)
