import pytest
from corpus_support import chunk_texts, headings, paragraphs, read

from corpus.errors import Unreadable

PAGE = """<!DOCTYPE html>
<html lang="en-GB">
<head>
<meta charset="utf-8"><title>Border news | Example</title>
<meta property="og:title" content="The border&#8202;opens">
<meta property="og:site_name" content="Example Daily"><meta name="author" content="A. Writer">
<meta property="article:published_time" content="2024-03-05T23:30:00-05:00">
<link rel="canonical" href="https://example.org/border">
<style>p { color: red }</style><script>track("page");</script>
</head>
<body class="has-sidebar">
<nav><ul><li><a href="/">Front page</a></li></ul></nav>
<header><p>Masthead words</p></header>
<article>
<h1>The border opens</h1>
<p>Trucks crossed at <b>six</b> in the morning&nbsp;&mdash; slowly.</p>
<figure><img src="a.jpg" alt="Trucks"><figcaption>Trucks in a row</figcaption></figure>
<p>Drivers had waited
<aside>Read also: older story</aside> for two days.
<span style="display: none">Hidden words</span></p>
<ul><li>fruit and vegetables;</li><li>machines.</li></ul>
<ul><li><a href="/1">Related story one</a></li><li><a href="/2">Related story two</a></li></ul>
<p><strong>What comes next</strong></p>
<p><strong>The road stays open until June.</strong></p>
<table><tr><th>Day</th><td>Trucks</td></tr></table>
<p><small>Photo agency small print</small></p>
<div class="share-buttons">Share this</div><div id="comments">Nice article</div>
</article>
<footer>All rights reserved</footer>
<script>if (a < b) { document.write("<p>Written words</p>") }</script>
</body></html>
"""
FRAME = (
    "Front page", "Masthead", "color", "track", "Trucks in a row", "Read also", "Hidden", "Related story",
    "Photo agency", "Share this", "Nice article", "All rights", "Written", "Border news",
)  # fmt: skip


def test_a_page_is_read_without_its_frame() -> None:
    result = read(PAGE, "page.html")
    assert headings(result) == ["The border opens", "What comes next"]
    assert paragraphs(result) == [
        "Trucks crossed at six in the morning — slowly.",
        "Drivers had waited for two days.",
        "fruit and vegetables;",
        "machines.",
        "The road stays open until June.",
        "Day | Trucks",
    ]
    assert [words for words in FRAME if words in result.document.text] == []


def test_a_page_says_what_it_is() -> None:
    document = read(PAGE, "page.html").document
    assert (document.title, document.publisher, document.author) == ("The border opens", "Example Daily", "A. Writer")
    assert (document.url, document.published, document.language) == ("https://example.org/border", "2024-03-05", "en")
    assert (document.media_type, document.reader) == ("text/html", "html")


def test_html_is_known_by_its_beginning_whatever_the_file_is_called() -> None:
    assert read("<!-- saved --> <html><body><p>Some words.</p>", "page.txt").document.reader == "html"
    assert read("---\ntitle: T\n---\n<!DOCTYPE html><p>Some words.</p>", "p.txt").document.text == "Some words."


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "/relative", "https://", "https://a b", "ftp://x/y"]
)
def test_an_address_that_is_no_web_page_is_not_kept(url: str) -> None:
    document = read(f'<link rel="canonical" href="{url}"><p>Some words here.</p>', "p.html").document
    assert (document.url, document.publisher) == (None, None)


def test_metadata_is_one_short_line_without_steering_characters() -> None:
    title = "Safe\u202e\u0007 \n title\u200b&#xD800;" + "x" * 10_000
    document = read(f"<title>{title}</title><meta name=author content='{'n' * 999}'><p>Words.</p>", "p.html").document
    assert document.title.startswith("Safe title\ufffdxxx")
    assert len(document.title) == 500
    assert document.author is not None
    assert len(document.author) == 200


def test_end_tags_may_be_left_out() -> None:
    page = "<html><head><title>T</title><meta name=author content=A><body><p>First words."
    page += "<p>Second words.<ul><li>a one<li>a two"
    assert paragraphs(read(page, "p.html")) == ["First words.", "Second words.", "a one", "a two"]
    assert paragraphs(read("<head><title>T</title>Words without a body.", "p.html")) == ["Words without a body."]


def test_blocks_and_breaks_part_words_and_inline_marks_do_not() -> None:
    page = "<div>one<div>two</div>three<br>four<br><br>five</div>"
    page += "<p>se<b>v</b>en<wbr>teen</p><p>eight<span> </span>nine</p>"
    assert paragraphs(read(page, "p.html")) == ["one", "two", "three four", "five", "seventeen", "eight nine"]


def test_a_figure_inside_a_sentence_does_not_end_it() -> None:
    page = "<div>The road <figure>A picture</figure>goes on.<figure>Another</figure>It ends here.</div>"
    assert paragraphs(read(page, "p.html")) == ["The road goes on.", "It ends here."]


def test_what_holds_most_of_the_page_is_its_text_whatever_it_is_called() -> None:
    page = "<form class='menu comments'><p>All the words of the page stand in a form.</p></form><p>And a few.</p>"
    assert "All the words" in read(page, "p.html").document.text
    page = (
        "<article class='no-sidebar'><p>First.</p></article><article class='has-comments'><p>Second one.</p></article>"
    )
    assert paragraphs(read(page, "p.html")) == ["First.", "Second one."]


def test_hidden_parts_and_scripts_that_nothing_closes_are_left_out() -> None:
    assert paragraphs(read("<p>Seen words.</p><script>var hidden = 1;", "p.html")) == ["Seen words."]
    assert paragraphs(read("<p>Seen words.</p><div hidden><p>Unseen words.", "p.html")) == ["Seen words."]
    with pytest.raises(Unreadable, match="no text"):
        read("<script>only code</script><style>p {}</style>", "p.html")


def test_markup_that_nothing_ends_is_text() -> None:
    page = "<p>5 < 6 and a <b>7 &lt; 8</b> & more <nothing"
    assert paragraphs(read(page, "p.html")) == ["5 < 6 and a 7 < 8 & more <nothing"]
    assert paragraphs(read("<plaintext><p>Some <b>words</b>.", "p.html")) == ["Some words."]


def test_bylines_and_date_lines_are_metadata() -> None:
    page = "<p>Thu, 19 Oct 2023 20:51:45 GMT</p><p>消息已经公布，会议结束。</p>"
    page += "<p>记者：张三    责编：李四    网编：王五</p>"
    document = read(page, "p.html").document
    assert (document.text, document.author, document.published) == ("消息已经公布，会议结束。", "张三", "2023-10-19")


def test_a_first_sentence_with_a_date_and_a_long_paragraph_like_a_byline_stay() -> None:
    page = "<p>The talks began on 5 May 2023.</p><p>作者：" + "这本书讲述了边境的历史。" * 30 + "</p>"
    result = read(page, "p.html")
    assert paragraphs(result)[0] == "The talks began on 5 May 2023."
    assert "这本书讲述了边境的历史。" in chunk_texts(result)
