"""Files made to hurt: each is read or refused, in about the time a plain file of its size takes."""

import os
from pathlib import Path

import pytest
from corpus_support import check_invariants, read

from corpus.errors import Unreadable
from corpus.reading import read_bytes, read_document

UNITS = [
    "[", "<", "*", "(", "“", "。", "<!--", "![", "](a", "`", "_", "<a ", '<a href="', "&", "&amp", "<![CDATA[", "</",
    "> ", "\\", "|", "[edit|", "(source:", "A.", "e.g. ", "<div>", "<ul><li>", "<header>", "<b>x", "<br>", "<script>",
    "<title>", "<svg>", "\u200d", "\u0301", "👩‍", "٣", "[a](", "<p hidden>", "INSERT ", "... ", "<!-- a --> ", "«a. ",
    "г. А. ",
]  # fmt: skip


@pytest.mark.parametrize("name", ["a.txt", "a.html", "a.md"])
@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.timeout(30)
def test_one_thing_over_and_over_takes_no_quadratic_time(unit: str, name: str) -> None:
    data = (unit * (20_000 // len(unit.encode()))).encode()
    try:
        result = read_document(Path("/collection") / name, data)
    except Unreadable:
        return
    check_invariants(result, data)


@pytest.mark.timeout(60)
def test_a_hundred_thousand_nested_elements() -> None:
    for tag in ("div", "ul><li", "b", "header", "blockquote"):
        source = f"<{tag}>" * 100_000 + "Some words in the middle of it all." + "</div>" * 100_000
        assert read(source, "a.html").document.text == "Some words in the middle of it all."


@pytest.mark.timeout(60)
def test_a_megabyte_on_one_line() -> None:
    result = read("Сөздер бір жолда тізіліп тұр, нүктесі жоқ " * 14_000)
    assert len(result.chunks) > 1000
    assert result.chunks[-1].line == 1


def test_deep_markdown() -> None:
    for mark in ("> ", "- ", "1. "):
        assert "words" in read(mark * 50 + "words of a deep list", "a.md").document.text


def test_comments_that_lead_nowhere() -> None:
    assert read("<!-- a -->" * 2000 + " words after many comments", "a.txt").document.reader == "text"


def test_a_link_a_pipe_a_folder_and_what_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="vanished") as raised:
        read_bytes(tmp_path / "gone.txt")
    assert raised.value.transient
    with pytest.raises(Unreadable, match="not a file"):
        read_bytes(tmp_path)
    os.mkfifo(tmp_path / "pipe.txt")
    with pytest.raises(Unreadable, match="not a file"):
        read_bytes(tmp_path / "pipe.txt")
    (tmp_path / "loop.txt").symlink_to(tmp_path / "loop.txt")
    with pytest.raises(Unreadable, match="cannot be read"):
        read_bytes(tmp_path / "loop.txt")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_without_permission(tmp_path: Path) -> None:
    path = tmp_path / "closed.txt"
    path.write_text("words")
    path.chmod(0)
    with pytest.raises(Unreadable, match="no permission"):
        read_bytes(path)


def test_a_file_over_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "large.txt"
    path.write_bytes(b"x" * 1001)
    assert read_bytes(path, max_bytes=1001) == b"x" * 1001
    with pytest.raises(Unreadable, match="too large"):
        read_bytes(path, max_bytes=1000)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<p></p>", "no text"),
        ("<p hidden>x</p><script>x</script>", "no text"),
        ("* * *\n\n---\n", "no sentence"),
        ("👍🏽", "no sentence"),
    ],
)
def test_a_file_without_words(text: str, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        read(text, "a.html" if text.startswith("<") else "a.txt")
