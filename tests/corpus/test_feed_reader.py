from corpus_support import headings, paragraphs, read

FEED = (
    "<!--1697749143000-->\n[边境开放 两地居民出行](https://www.example.org/news/a_(b).html)\n------\n\n"
    '<div><i>Thu, 19 Oct 2023 20:51:45 GMT</i></div><img src="a.jpg">'
    "<div><small>资料图：口岸的卡车</small></div>"
    '<p>口岸昨天<a href="x">开放</a>。很多人过境。</p><p><br/></p>'
    '<ul><li><a href="1"><strong>旧闻一则</strong></a></li>'
    '<li><strong><a href="2">旧闻二则</a></strong></li></ul>'
    "<p><strong>居民的看法</strong></p>"
    "<p>“路好走了，”一名司机说。<br/><strong></strong></p>"
    '<p><figure class="captioned"><img alt="x"/><figcaption>口岸的人群</figcaption><small></small>'
    '<div id="zoomattribute"><a title="口岸的人群">放大</a></div></figure></p>'
    "<p>天气<figure><figcaption>雪</figcaption></figure>转冷。</p>"
    "<p><br/>记者：张三    责编：李四 王五    网编：赵六</p>"
)


def test_a_feed_archive_s_page() -> None:
    result = read(FEED)
    assert headings(result) == ["居民的看法"]
    assert paragraphs(result) == ["口岸昨天开放。很多人过境。", "“路好走了，”一名司机说。", "天气 转冷。"]


def test_its_head_tells_time_title_and_address() -> None:
    document = read(FEED).document
    assert (document.reader, document.title) == ("feed", "边境开放 两地居民出行")
    assert (document.url, document.publisher) == ("https://www.example.org/news/a_(b).html", "example.org")
    assert (document.published, document.author, document.language) == ("2023-10-19", "张三", "zh-Hans")


def test_an_impossible_time_and_a_dangerous_address_are_not_kept() -> None:
    page = "<!--99999999999999-->\n[T](javascript:alert(1))\n---\n<p>Words of the page.</p>"
    document = read(page).document
    assert (document.reader, document.url, document.published) == ("feed", None, "5138-11-16")


def test_front_matter_may_come_first() -> None:
    result = read("---\nauthor: Me\n---\n" + FEED)
    assert (result.document.reader, result.document.author) == ("feed", "Me")
    assert paragraphs(result)[0] == "口岸昨天开放。很多人过境。"
