"""Pages of sites: the article is told from what stands around it, and what it says of itself is metadata."""

import pytest
from corpus_support import check_invariants, headings, paragraphs, read

from corpus.readers.base import File, assemble
from corpus.readers.web.webpage import HtmlReader
from corpus.reading import ReadFile

MENU = "".join(f'<li><a href="/{n}">Section number {n} of the site</a></li>' for n in range(40))
TEASERS = "".join(
    f'<div class="teaser"><h3><a href="/t{n}">Another story of the day {n}</a></h3>'
    f'<p><a href="/t{n}">What the council said about the new road {n}, and why.</a></p></div>'
    for n in range(20)
)
FACTS = [
    f"The pump of station {n} moves {n * 100} litres a minute, and it was paid for by the town." for n in range(1, 25)
]


def site(article: str, head: str = "", lang: str = "en") -> str:
    """Return a page of a site: menus before the article, teasers and a footer after it."""
    return (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8">{head}</head><body>'
        f'<div class="top"><ul class="nav-list">{MENU}</ul></div><div id="wrap"><div id="content">{article}</div>'
        f'<div class="more">{TEASERS}</div></div>'
        '<div class="foot"><p>© 2031 The Daily Ash. All rights reserved.</p></div>'
        "</body></html>"
    )


def article(*extra: str) -> str:
    body = "".join(f"<p>{fact}</p>" for fact in FACTS[:12])
    rest = "".join(f"<p>{fact}</p>" for fact in FACTS[12:])
    return f"<article><h1>Pumps of the town</h1>{body}{''.join(extra)}{rest}</article>"


def left_out(result: ReadFile) -> dict[str, int]:
    return {piece.what: piece.characters for piece in result.left_out}


def test_the_article_of_a_page_is_told_from_menus_and_teasers() -> None:
    page = site(article())
    result = read(page, "p.html")
    assert paragraphs(result) == FACTS
    assert left_out(result)["what stands around the article"] > 2000
    check_invariants(result, page.encode())


# Sentences that a class, an identifier or an element is no reason to leave out.
KEPT = {
    '<blockquote class="comment-highlight">{}</blockquote>': "The treasurer said that they cost 640,000 crowns.",
    '<aside class="correction"><p>{}</p></aside>': "Correction: the flood was in 1911, not in 1912.",
    '<p id="related-work">{}</p>': "The first pump of this kind was built in Moss Point in 1911.",
    '<figure><img src="a.jpg"><figcaption>{}</figcaption></figure>': "The largest pump weighs 812 kilograms.",
    "<ul><li><a href='/x'>{}</a></li></ul>": "The town sold the old pumps to Alder Bay.",
    "<form action='/ask'><p>{}</p><input name=q></form>": "Questions are answered in the town hall on Mondays.",
    '<div class="social-history"><p>{}</p></div>': "Before 1911 forty men and women carried the water.",
}


@pytest.mark.parametrize("frame", KEPT)
@pytest.mark.parametrize("is_long", [True, False])
def test_whole_sentences_are_kept_whatever_holds_them(frame: str, is_long: bool) -> None:
    extra = frame.format(KEPT[frame])
    page = site(article(extra)) if is_long else f"<html><body><h1>Pumps</h1><p>{FACTS[0]}</p>{extra}<p>{FACTS[1]}</p>"
    assert KEPT[frame] in paragraphs(read(page, "p.html"))


def test_what_asks_something_of_its_reader_is_left_out() -> None:
    extra = '<div class="newsletter-box"><p>Sign up for our newsletter, it is free of charge.</p></div>'
    extra += '<div class="cookie-banner"><p>This site stores small files on your computer.</p></div>'
    for page in (site(article(extra)), f"<html><body><p>{FACTS[0]}</p>{extra}</body></html>"):
        text = read(page, "p.html").document.text
        assert "newsletter" not in text
        assert "small files" not in text


def test_a_page_whose_article_is_not_found_is_read_whole_and_says_so() -> None:
    question = "I would like to know which pump is best for a small town by the lake, please. " * 6
    posts = "".join(f'<div class="comments-area"><div class="comment"><p>{fact}</p></div></div>' for fact in FACTS * 3)
    page = f"<html><body><article><h1>Which pump is best?</h1><p>{question}</p></article>{posts}</body></html>"
    result = read(page, "p.html")
    assert paragraphs(result) == [question.strip(), *FACTS, *FACTS, *FACTS]
    assert [warning for warning in result.warnings if "read whole" in warning] == list(result.warnings) != []


def test_short_pages_and_pages_of_tables_and_terms_lose_nothing() -> None:
    rows = "".join(f"<tr><td>Pump {n}</td><td>{n * 100}</td><td>Alder Bay</td></tr>" for n in range(1, 60))
    page = site(f"<h1>Pumps</h1><table><tr><th>Name</th><th>Litres</th><th>Town</th></tr>{rows}</table>")
    text = read(page, "p.html").document.text
    assert "Pump 1 | Litres: 100 | Town: Alder Bay" in text
    assert "Pump 59 | Litres: 5900 | Town: Alder Bay" in text
    terms = "".join(f"<dt>term{n}</dt><dd>The word for the number {n} in the book.</dd>" for n in range(60))
    found = paragraphs(read(f"<html><body><h1>Words</h1><dl>{terms}</dl></body></html>", "p.html"))
    assert found[-2:] == ["term59", "The word for the number 59 in the book."]


def test_a_chapter_or_a_mail_is_read_whole() -> None:
    page = "<html><body><nav><p>Chapter list</p></nav><aside>A note</aside><p>Words.</p><small>Small</small>"
    page += "<p style='display:none'>Preview</p><p>2031-03-01</p><div class=footer>Yours, Ann</div></body></html>"
    blocks = HtmlReader(is_page=False).read(File("x.html", page.encode())).blocks
    assert assemble(blocks).text.split("\n\n") == [
        "Chapter list", "A note", "Words.", "Small", "2031-03-01", "Yours, Ann",
    ]  # fmt: skip


WECHAT = (
    '<html><head><title>渡口旧事</title></head><body><div class="rich_media_area_primary"><h1>渡口旧事</h1>'
    '<div id="js_content" style="visibility: hidden; opacity: 0; "><section><span>一九五八年，</span><span>渡口</span>'
    "<span>由县政府接管。</span></section><section><p><span>一九六三年新船下水，</span><strong>载客一百二十人</strong>。</p>"
    "</section></div></div><div>微信扫一扫，关注该公众号，更多内容请在手机上继续阅读本文全部章节</div></body></html>"
)


def test_an_article_that_a_script_would_show_is_read() -> None:
    assert paragraphs(read(WECHAT, "w.html"))[:2] == [
        "一九五八年，渡口由县政府接管。",
        "一九六三年新船下水，载客一百二十人。",
    ]


@pytest.mark.parametrize(
    "hidden",
    [
        "<p hidden>Secret words of the page.</p>",
        '<p style="display:none">Secret words of the page.</p>',
        '<p style="color:red; DISPLAY/* x */: none !important">Secret words of the page.</p>',
        r'<p style="d\69splay: none">Secret words of the page.</p>',
        '<style>.gone, p.x { visibility: hidden }</style><p class="a gone">Secret words of the page.</p>',
        "<style>#no{display:none}</style><div id=no><p>Secret words of the page.</p></div>",
        "<style>.tiny{font-size:0}</style><p class=tiny>Secret words of the page.</p>",
        '<span class="sr-only">Secret words of the page.</span>',
        "<dialog>Secret words of the page.</dialog>",
    ],
)
def test_what_a_browser_does_not_show_is_left_out_and_told(hidden: str) -> None:
    result = read(f"<html><body><p>{FACTS[0]}</p>{hidden}<p>{FACTS[1]}</p></body></html>", "p.html")
    assert paragraphs(result) == FACTS[:2]
    assert left_out(result)["text that a browser does not show"] == len("Secret words of the page.")


@pytest.mark.parametrize(
    "shown",
    [
        '<style>.js .box { display: none }</style><p class="box">{}</p>',
        '<style>.box { display: none } .box.open { display: block }</style><p class="box open">{}</p>',
        '<style>@media print { .box { display: none } }</style><p class="box">{}</p>',
        '<p style="dis/**/play: none">{}</p>',
        '<p style="background: url(display:none)">{}</p>',
        '<style media="print">.box { display: none }</style><p class="box">{}</p>',
    ],
)
def test_what_a_browser_shows_is_read(shown: str) -> None:
    page = f"<html><body><p>{FACTS[0]}</p>{shown.replace('{}', FACTS[1])}</body></html>"
    assert paragraphs(read(page, "p.html")) == FACTS[:2]


TABLE = """<html><body><h1>Ferries</h1><table><caption>Ferries of the lake in 2031.</caption>
<thead><tr><th>Ferry</th><th>Home port</th><th>Passengers</th></tr></thead><tbody>
<tr><td><b>Heron</b></td><td>Moss&nbsp;Point<br>Low Quay</td><td>410<sup><a href="#n1">[1]</a></sup></td></tr>
<tr><td>Bittern</td><td></td><td><a href="x">95</a></td></tr>
<tr><td>Gull</td><td><ul><li>Alder Bay</li><li>Low Quay</li></ul></td><td>12<sup>2</sup></td></tr>
</tbody></table></body></html>"""


def test_rows_of_a_table_have_the_labels_of_its_columns() -> None:
    result = read(TABLE, "p.html")
    assert paragraphs(result) == [
        "Ferries of the lake in 2031.",
        "Ferry | Home port | Passengers",
        "Heron | Home port: Moss Point Low Quay | Passengers: 410",
        "Bittern | Passengers: 95",
        "Gull | Home port: Alder Bay; Low Quay | Passengers: 12 2",
    ]
    assert result.document.rows == (1, 2, 3, 4)
    check_invariants(result, TABLE.encode())


def test_columns_are_counted_over_cells_that_span_several() -> None:
    page = "<table><tr><th rowspan=2>Ferry<th colspan=2>Passengers</tr><tr><th>2030<th>2031</tr>"
    page += "<tr><td rowspan=2>Heron<td>410<td>411</tr><tr><td>7<td>8</tr></table>"
    assert paragraphs(read(page, "p.html")) == [
        "Ferry | Passengers",
        "2030 | 2031",
        "Heron | Passengers 2030: 410 | Passengers 2031: 411",
        "7 | Passengers 2031: 8",
    ]


def test_a_table_that_lays_out_the_page_is_no_table() -> None:
    long = " ".join(FACTS[:6])
    page = f"<html><body><table><tr><td>{FACTS[6]}</td></tr><tr><td>{FACTS[7]}</td></tr></table>"
    page += f"<table><tr><td><p>{long}</p></td><td><table><tr><td>A</td><td>1</td></tr><tr><td>B</td><td>2</td></tr>"
    page += "</table></td></tr></table></body></html>"
    assert paragraphs(read(page, "p.html")) == [FACTS[6], FACTS[7], long, "A | 1", "B | 2"]


def test_a_stray_end_tag_in_a_cell_does_not_end_the_table() -> None:
    page = "<center><table></center><tr><td>C</td><td>Si</td></tr><tr><td>0.39</div></td><td>0.2</td></tr></table>"
    assert paragraphs(read(page, "p.html")) == ["C | Si", "0.39 | Si: 0.2"]


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("The ferry holds 410<sup>2</sup> people.", "The ferry holds 410 2 people."),
        ("The ferry holds 410<sup><a href='#fn2'>2</a></sup> people.", "The ferry holds 410 people."),
        ("The ferry holds 410<a href='#fn2'><sup>2</sup></a>people.", "The ferry holds 410 people."),
        ("It is done.<sup>2</sup> So be it.", "It is done. 2 So be it."),
        ("An area of 12 m<sup>2</sup> or 3 km<sup>2</sup>.", "An area of 12 m2 or 3 km2."),
        ("Water is H<sub>2</sub>O, the 2<sup>nd</sup> one.", "Water is H2O, the 2nd one."),
        ("About 10<sup>6</sup> of them.", "About 10 6 of them."),
        ("The harbour<sup>3</sup> is old.", "The harbour 3 is old."),
        ("one<br>two<br/>12<br>30", "one two 12 30"),
        ("渡口<br>旧事", "渡口 旧事"),
        ("se<b>v</b>en<wbr>teen 4<i>1</i>0", "seventeen 410"),
        ("4<span hidden>5</span>10 and 41<!-- x -->0", "410 and 410"),
        ("12<button>x</button>30 km", "12 30 km"),
        ("<ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp>字<rt>じ</rt></ruby>です。", "漢字です。"),
    ],
)
def test_words_stand_together_or_apart_as_a_browser_shows_them(written: str, text: str) -> None:
    assert paragraphs(read(f"<html><body><p>{written}</p></body></html>", "p.html")) == [text]


def test_preformatted_text_keeps_its_lines_apart() -> None:
    page = "<pre><code>def f(*args):\n    return well-\nknown\n\nx = `a` ** 2\n码头\n旧事</code></pre>"
    assert paragraphs(read(page, "p.html")) == ["def f(*args): return well- known", "x = `a` ** 2 码头 旧事"]


def test_letters_that_mark_texts_may_stand_in_the_page() -> None:
    rare = "".join(map(chr, range(0x20000, 0x20080))) + "&#x20081;"
    page = site(article(f"<p>The rare letters of the book are {rare} and no others.</p>"))
    found = paragraphs(read(page, "p.html"))
    assert len(found) == len(FACTS) + 1
    assert "".join(map(chr, range(0x20000, 0x20080))) + "\U00020081 and no others." in found[12]


@pytest.mark.timeout(60)
@pytest.mark.parametrize("unit", ["<table><tr><td>", "<td>", "<tr><td>a</td>", "<table>", "<sup>2", "</td></div>"])
def test_tables_without_end_take_no_quadratic_time(unit: str) -> None:
    read("<html><body><p>Some words in it.</p>" + unit * 10_000, "p.html")


LD = '<script type="application/ld+json">{}</script>'
NEWS = '{"@type":"NewsArticle","headline":"Tin","datePublished":"2031-03-01T02:10:00+06:00","author":%s,"publisher":%s}'


@pytest.mark.parametrize(
    ("head", "author", "publisher"),
    [
        (NEWS % ('{"name":"Ann Orr"}', '{"name":"The Daily Ash"}'), "Ann Orr", "The Daily Ash"),
        ("[" + NEWS % ('["Ann Orr",{"name":"Bo Li"}]', '"The Daily Ash"') + "]", "Ann Orr, Bo Li", "The Daily Ash"),
        (
            '{"@graph":[{"@type":"WebPage"},' + NEWS % ('{"@id":"#a"}', '{"@id":"#p"}')
            + ',{"@id":"#a","name":"Ann Orr"},{"@id":"#p","name":"The Daily Ash"}]}',
            "Ann Orr",
            "The Daily Ash",
        ),
        (NEWS % ('"https://ash.example/ann"', "null"), None, None),
        (NEWS % ('"@annorr, @boli"', "null"), None, None),
    ],
)  # fmt: skip
def test_linked_data_says_who_wrote_a_page_and_when(head: str, author: str | None, publisher: str | None) -> None:
    page = f"<html><head>{LD.replace('{}', head)}</head><body><h1>Tin mine</h1><p>{FACTS[0]}</p></body></html>"
    document = read(page, "p.html").document
    assert (document.published, document.author, document.publisher) == ("2031-03-01", author, publisher)


@pytest.mark.parametrize("broken", ["{", "[1, null, {}]", '{"@type": 5}', "[" * 5000, '{"@graph": "x", "author": 3}'])
def test_broken_linked_data_is_passed_over(broken: str) -> None:
    page = f"<html><head>{LD.replace('{}', broken)}</head><body><p>{FACTS[0]}</p></body></html>"
    assert paragraphs(read(page, "p.html")) == FACTS[:1]


@pytest.mark.parametrize(
    ("line", "published", "author", "publisher"),
    [
        ("<p>Published: 1 March 2031, 10:22</p>", "2031-03-01", None, None),
        ("<p>By Ann Orr | <time>March 1, 2031</time></p>", "2031-03-01", "Ann Orr", None),
        ("<div>2031年03月01日 09:30 来源：晨报 作者：林可</div>", "2031-03-01", "林可", "晨报"),
        ("<p>发布时间：2031-03-01 09:30　来源：晨报</p>", "2031-03-01", None, "晨报"),
        ("<p>Опубликовано: 1 марта 2031 г., 10:22</p><p>Автор: Ада Брук</p>", "2031-03-01", "Ада Брук", None),
        ("<p>Жарияланды: 1 наурыз 2031, 10:22 | Авторы: Әсел Қуат</p>", "2031-03-01", "Әсел Қуат", None),
        (
            "<p>By ANN ORR and BO LI, Ash Press</p><p>Updated Nov. 20, 2031 10:43 AM</p>",
            None,
            "ANN ORR and BO LI",
            None,
        ),
        ("<time datetime='2031-03-01T02:10:00+06:00'>today</time>", "2031-03-01", None, None),
        ('<p>By <a rel="author" href="/ann">Ann Orr</a></p>', None, "Ann Orr", None),
    ],
)
def test_bylines_and_datelines_are_no_evidence(
    line: str, published: str | None, author: str | None, publisher: str | None
) -> None:
    page = f"<html><body><h1>Tin mine</h1>{line}<p>{FACTS[0]}</p><p>{FACTS[1]}</p></body></html>"
    result = read(page, "p.html")
    document = result.document
    assert [p for p in paragraphs(result) if p != "today"] == FACTS[:2]
    assert headings(result) == ["Tin mine"]
    assert (document.author or "").startswith(author or "")
    assert published is None or document.published == published
    assert publisher is None or document.publisher == publisher


@pytest.mark.parametrize(
    "line",
    [
        "By 1911 the town had four pumps.",
        "By March 1, 2031 all pumps must be blue.",
        "Source: the river Ash rises in the hills of Garth and ends in the lake.",
        "来源：加斯锡矿复工，工人二百名，比去年多五十名，其中一半来自邻县。",
        "The talks began on 5 May 2031.",
    ],
)
def test_a_sentence_is_no_byline(line: str) -> None:
    page = f"<html><body><h1>Tin mine</h1><p>{line}</p><p>{FACTS[0]}</p></body></html>"
    assert line in paragraphs(read(page, "p.html"))


CHINESE = [f"第{n}号泵站每分钟抽水{n}百升，费用由镇政府支付。" for n in range(1, 60)]
RUSSIAN = [f"Насос станции {n} подаёт {n * 100} литров в минуту, его оплатил город." for n in range(1, 25)]
KAZAKH = [f"{n}-станцияның сорғысы минутына {n * 100} литр су береді, оны қала сатып алды." for n in range(1, 25)]


@pytest.mark.parametrize(
    ("lang", "texts", "menu"),
    [("zh", CHINESE, "新闻中心"), ("ru", RUSSIAN, "Последние новости"), ("kk", KAZAKH, "Соңғы жаңалықтар")],
)
def test_articles_of_other_languages(lang: str, texts: list[str], menu: str) -> None:
    links = "".join(f'<li><a href="/{n}">{menu} {n}</a></li>' for n in range(40))
    body = "".join(f"<p>{text}</p>" for text in texts)
    page = f"<html lang={lang}><body><ul>{links}</ul><div class=main><h1>{menu}</h1>{body}</div><div>{links}</div>"
    assert paragraphs(read(page, "p.html")) == texts


def test_a_page_of_a_manual_keeps_its_code() -> None:
    parts = "".join(
        f"<h2>Option {n}</h2><p>{fact}</p><pre><code>run --pump={n}</code></pre>" for n, fact in enumerate(FACTS)
    )
    text = read(site(f"<main><h1>Options</h1>{parts}</main>"), "p.html").document.text
    assert [n for n in range(len(FACTS)) if f"run --pump={n}\n" not in text + "\n"] == []
