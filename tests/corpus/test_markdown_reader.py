from corpus_support import headings, paragraphs, read

PAGE = """---
title: 'A title'
url: https://example.org/x
date: 2024-02-29
lang: en
authors: [One, Two]
---

# The **main** heading #

Words with **bold. Still** bold, *emphasis*, `code`, ~~old~~ and [a link](https://example.org/a_(b) "tip").
A second line\\* of it &amp; more, 2 * 3 = 6, snake_case_name, _emph_.

Underlined
----------

> A quotation
> on two lines.
>
> - a list in it

- first item
  - nested item
    goes on
1. numbered

| Name | Value |
|------|:-----:|
| a *b* | 5 |

```python
code(line)  # kept
```

![An image](a.png) <span class="x">raw</span> words<!-- a comment -->.

<div>A block of HTML.</div>

***

See <https://example.org> and [ref]. Dash - dash.

[ref]: https://example.org/ref
"""


def test_words_are_read_and_marks_are_not() -> None:
    result = read(PAGE, "page.md")
    assert headings(result) == ["The main heading", "Underlined"]
    assert paragraphs(result) == [
        (
            "Words with bold. Still bold, emphasis, code, old and a link."
            " A second line* of it & more, 2 * 3 = 6, snake_case_name, emph."
        ),
        "A quotation on two lines.",
        "a list in it",
        "first item",
        "nested item goes on",
        "numbered",
        "Name | Value",
        "a b | Value: 5",
        "code(line) # kept",
        "raw words.",
        "A block of HTML.",
        "See https://example.org and ref. Dash - dash.",
    ]


def test_front_matter_tells_what_it_is() -> None:
    document = read(PAGE, "page.md").document
    assert (document.title, document.url, document.author) == ("A title", "https://example.org/x", "One, Two")
    assert (document.published, document.language, document.reader) == ("2024-02-29", "en", "markdown")


def test_emphasis_over_a_sentence_s_end_leaves_whole_sentences() -> None:
    text = (
        "The road **was closed for many days because of the snow in the hills. It opened** again in the spring of that"
        " very year, they say. *All went well in the end of it, at last.*"
    )
    result = read(text, "a.md")
    assert [chunk.text for chunk in result.chunks] == [
        "The road was closed for many days because of the snow in the hills.",
        "It opened again in the spring of that very year, they say.",
        "All went well in the end of it, at last.",
    ]


def test_an_escaped_mark_is_cited_with_its_backslash() -> None:
    text = (
        "\\*This sentence begins with a star and goes on for a while, so that it stands alone. "
        "\\*So does this one, which is also long enough to stand."
    )
    result = read(text, "a.md")
    assert [chunk.text[0] for chunk in result.chunks] == ["*", "*"]
    assert [text[chunk.source_start] for chunk in result.chunks] == ["\\", "\\"]


def test_the_first_heading_is_the_title_and_chunks_know_theirs() -> None:
    result = read("# Top\n\nWords one.\n\n## Below\n\nWords two.\n", "note.markdown")
    assert result.document.title == "Top"
    assert [(chunk.text, chunk.heading) for chunk in result.chunks] == [("Words one.", "Top"), ("Words two.", "Below")]


def test_positions_hold_with_crlf_and_lone_cr() -> None:
    for end in ("\n", "\r\n", "\r"):
        result = read(f"# Top{end}{end}Words one{end}go on.{end}{end}- item two{end}", "a.md")
        assert paragraphs(result) == ["Words one go on.", "item two"]
        assert [chunk.line for chunk in result.chunks] == [3, 6]
