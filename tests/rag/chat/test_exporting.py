"""Exports hold the whole answer, verify, name their file safely, and take nothing of it for markup or a formula."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, get_args

import pytest
from answer_support import APPLES, answered, hits, stated, unanswered
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from rag_support import Page, Ran, Remembering, open_assistant

from rag.answer import Note
from rag.assistant import Assistant
from rag.chat.exhibits import clean
from rag.chat.export import LABELS, Format, citation_text, export
from rag.library.source import shown_path

SAY = LABELS.__getitem__
QUESTION = "Where do wild apple trees grow?"
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "![i](https://evil.com/i.png) [l](javascript:alert(1)) [r][1]",
    "<https://evil.com> https://evil.com www.evil.com evil.com //localhost/x",
    "mail@evil.com mailto:mail@evil.com <mail@evil.com>",
    "# heading\n\n# heading\n===\n---\n***",
    "1. one\n2) two\n- three\n+ four\n* five",
    "- item",
    "+ item",
    "---",
    "2. item",
    "> quote\n\n    code\n\n```\nfence\n~~~",
    "a | b\n--|--\n1 | 2",
    "\\<b>x</b> \\\\[y](z) &lt;b&gt; &#60;b> `<b>` **b** __b__ ~~s~~ [^1]",
    "[1]: https://evil.com\n<!-- c --><div>\n<?php ?><![CDATA[x]]>",
    "{{ 7 * 7 }}{% raw %}{#",
    "\x00\x07\x1b[31m\u202egpj.exe\u2066x\u2069\ud800\u2028\u2029\x85",
)


def renderer(*, linkify: bool) -> Callable[[str], Page]:
    """Markdown as an obliging reader renders it: with HTML, tables and, if wanted, links of whatever looks like one."""
    markdown = MarkdownIt("gfm-like", {"html": True, "linkify": linkify})
    return lambda text: Page(markdown.render(text))


MARKDOWN: Callable[[str], str] = MarkdownIt("gfm-like", {"html": True, "linkify": False}).render
RENDERED: dict[str, Callable[[str], Page]] = {"markdown": renderer(linkify=False), "html": Page}


def made(text: str = "words", url: str | None = None) -> dict[str, Any]:
    """A written answer with everything an answer may have, and ``text`` wherever a file or a model may write."""
    finding = {"kind": "number", "verdict": "contradicted", "text": text, "source": text}
    agreement = {"sources": 2, "languages": [text], "since": text, "until": "2024-01-02", "citations": [1]}
    statement = {"text": text, "citations": [1], "support": "partial", "score": 0.5}
    value = {"text": text, "citations": [1]}
    citation = {
        "number": 1, "document_id": text, "path": text, "sha256": text, "title": text, "url": url or text,
        "publisher": text, "published": text, "language": text, "start": 3, "end": 9, "line": 1, "page": 4,
        "quote": text, "gloss": {"text": text, "language": text, "model": text},
    }  # fmt: skip
    return {
        "id": None, "question": text, "language": text, "status": "answered", "confidence": 0.5, "mode": "generative",
        "model": text, "statements": [{**statement, "findings": [finding], "agreement": agreement}],
        "citations": [citation], "hits": [], "timings_ms": {}, "standalone": text,
        "conflicts": [{"statement": 0, "kind": "number", "values": [value, value]}],
        "notes": [{"code": text, "text": text}], "citation_quality": None,
        "collection": {"generation": 7, "model": text, "documents": 5}, "asked_at": text,
    }  # fmt: skip


@pytest.fixture
def small(collection: Path, encoder: Remembering) -> Iterator[Assistant]:
    with open_assistant(collection, encoder) as opened:
        yield opened


def asked(assistant: Assistant, question: str = QUESTION) -> dict[str, Any]:
    """A real answer with what a caller adds."""
    added = {"collection": {"generation": 3, "model": "some/e5"}, "asked_at": "2026-02-03T04:05:06+00:00"}
    return assistant.ask(question).to_dict() | added


@pytest.mark.parametrize("questions", [[QUESTION], [QUESTION, "Когда отправляется поезд в Урумчи?"]])
def test_exported_json_is_verified(
    small: Assistant, dalil: Callable[..., Ran], tmp_path: Path, questions: list[str]
) -> None:
    made_file = export("Apples", [asked(small, question) for question in questions], "json", SAY)
    file = tmp_path / made_file.name
    file.write_text(made_file.text, "utf-8")
    assert dalil("verify", file).code == 0

    file.write_text(made_file.text.replace("Wild apple trees", "Tame apple trees"), "utf-8")
    assert dalil("verify", file).code == 1


def test_json_keeps_every_character_and_shows_none_that_hides() -> None:
    answer = made("".join(HOSTILE) + "Кітап 书")
    text = export("", [answer], "json", SAY).text
    assert json.loads(text) == answer
    assert "Кітап 书" in text
    assert not set(text) & set("\u202e\u2066\u2069\u2028\u2029\x85\ud800")


@pytest.mark.parametrize("kind", ["markdown", "html"])
def test_a_page_holds_the_whole_answer(small: Assistant, kind: Format) -> None:
    answer = asked(small)
    text = RENDERED[kind](export("Gardens", [answer], kind, SAY).text).line()
    first = answer["citations"][0]
    assert first["title"] == "Apples of Almaty"
    shown = [
        QUESTION,
        "Gardens",
        "quotations",
        "3",
        "some/e5",
        answer["asked_at"],
        "dalil verify dalil-gardens.json",
    ]
    for citation in answer["citations"]:
        shown += [f"[{citation['number']}]", f"{citation['start']}–{citation['end']}"]
        shown += [citation[key] for key in ("title", "sha256", "quote", "language")]
        shown.append(shown_path(citation["path"]))
    assert [
        part for part in [*shown, first["url"], first["published"], f"{answer['confidence']:.2f}"] if part not in text
    ] == []


@pytest.mark.parametrize("kind", ["markdown", "html"])
def test_what_weighs_against_an_answer_is_shown(kind: Format) -> None:
    answer = made()
    answer["statements"][0]["findings"] = [
        {"kind": "number", "verdict": "contradicted", "text": "26", "source": "27"},
        {"kind": "name", "verdict": "missing", "text": "Aigul", "source": ""},
        {"kind": "negation", "verdict": "contradicted", "text": "", "source": ""},
        {"kind": "date", "verdict": "found", "text": "unremarkable", "source": ""},
    ]
    answer["statements"].append({"text": "Second.", "citations": [1], "support": "unsupported", "score": 0.0})
    answer["citations"][0] |= {"page": 41, "publisher": "The Herald"}
    answer["citations"][0]["gloss"]["model"] = "some/mt"
    answer["conflicts"][0]["values"][1] = {"text": "twelve", "citations": [3]}
    text = RENDERED[kind](export("t", [answer], kind, SAY).text).line()

    keys = ("partial", "unsupported", "negation", "gloss", "generative")
    wanted = [SAY(f"export_{key}") for key in keys]
    wanted += ["The sources say otherwise: 26 ≠ 27", "Not in the sources: Aigul", "words [1]; twelve [3]", "The Herald"]
    wanted += ["Independent sources that agree: 2 (words; words – 2024-01-02) [1]", "Note: words", "Searched as: words"]
    assert [part for part in wanted if part not in text] == []
    assert [part for part in ("41", "Translated by some/mt") if part not in text.replace(":", "")] == []
    assert "unremarkable" not in text


@pytest.mark.parametrize("kind", ["markdown", "html"])
def test_an_abstention_says_so_and_shows_the_three_nearest(
    collection: Path, encoder: Remembering, kind: Format
) -> None:
    with open_assistant(collection, encoder, min_confidence=1.0) as opened:
        answer = opened.ask("What does a litre of milk cost on the moon?").to_dict()
    assert len(answer["hits"]) > 3
    for text in (RENDERED[kind](export("t", [answer], kind, SAY).text).line(), citation_text(answer, SAY)):
        assert SAY("export_none") in text
        assert SAY("export_nearest") in text
        assert [hit["text"] in text for hit in answer["hits"][:4]] == [True, True, True, False]


def texts(answer: dict[str, Any]) -> list[str]:
    """What can be read of an answer in each form."""
    pages = [RENDERED[kind](export("t", [answer], kind, SAY).text).line() for kind in ("markdown", "html")]
    return [*pages, citation_text(answer, SAY)]


def test_likely_passages_are_shown_without_a_word_of_abstention() -> None:
    for text in texts(unanswered(grade="likely", hits=hits(4)).to_dict()):
        assert [f"Passage {rank}." in text for rank in (1, 2, 3, 4)] == [True, True, True, False]
        assert text.index(SAY("export_likely")) < text.index("Passage 1.")
        assert not [key for key in ("none", "nearest", "sources") if SAY(f"export_{key}") in text]


def test_where_nothing_is_found_what_was_searched_is_told_if_known() -> None:
    answer = unanswered().to_dict()
    for text in texts(answer):
        assert SAY("export_none") in text
        assert not [key for key in ("likely", "nearest", "sources", "documents") if SAY(f"export_{key}") in text]
    for text in texts({**answer, "collection": {"generation": 1, "model": "m", "documents": 41}}):
        assert re.search(r"Documents searched:? 41\b", text)


def test_a_reply_that_is_a_note_is_the_answer() -> None:
    notes = (Note("about", "Hello.\n\n- *Ask* of <b>apples</b>."), Note("other", "a remark"))
    answer = unanswered(notes=notes).to_dict()
    for text in texts(answer):
        assert "Hello." in text
        assert "- *Ask* of <b>apples</b>." in text
        assert "Note: a remark" in text
        assert "Note: Hello" not in text
        unsaid = ("none", "likely", "nearest", "sources", "confidence", "mode")
        assert not [key for key in unsaid if SAY(f"export_{key}") in text]
    page = RENDERED["markdown"](export("t", [answer], "markdown", SAY).text)
    assert [page.all(tag) for tag in ("b", "em", "li")] == [[], [], []]
    assert SAY("export_about") not in page.text


def test_an_abstention_kept_without_grade_is_exported_too() -> None:
    answer = unanswered(hits=hits(1)).to_dict()
    del answer["grade"], answer["notes"]
    assert all("Passage 1." in text for text in texts(answer))


class Bold(HTMLParser):
    """What stands in bold in a page, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.text = ""
        self._is_within = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag == "strong":
            self._is_within = True
            self.words.append("")

    def handle_endtag(self, tag: str) -> None:
        self._is_within = self._is_within and tag != "strong"

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._is_within:
            self.words[-1] += data


def bold(answer: dict[str, Any], kind: Format) -> Bold:
    """What stands in bold in an answer's export, without the marks of sources."""
    text = export("t", [answer], kind, SAY).text
    page = Bold(MARKDOWN(text) if kind == "markdown" else text)
    page.words = [words for words in page.words if words != "[1]"]
    return page


@pytest.mark.parametrize("kind", ["markdown", "html"])
def test_the_short_answer_is_bold_in_the_statement_and_in_its_quotation(kind: Format) -> None:
    assert bold(answered().to_dict(), kind).words == ["Aport", "Aport"]
    text = export("t", [answered().to_dict()], kind, SAY).text
    marks = ("**", "**") if kind == "markdown" else ("<strong>", "</strong>")
    assert text.count(f"is the red {marks[0]}Aport{marks[1]}.") == 2
    written = answered().to_dict() | {"mode": "generative"}
    written["statements"][0]["text"] = "It is a red apple."
    assert bold(written, kind).words == ["Aport"]
    for answer in (answered(replace(stated(), focus=None)).to_dict(), answered(stated(short="Limon")).to_dict()):
        assert bold(answer, kind).words == []


@pytest.mark.parametrize("kind", ["markdown", "html"])
def test_a_statement_kept_without_focus_is_exported_too(kind: Format) -> None:
    answer = answered().to_dict()
    del answer["statements"][0]["focus"], answer["grade"]
    page = bold(answer, kind)
    assert (page.words, page.text.count(APPLES)) == ([], 2)


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("kind", ["markdown", "html"])
def test_hostile_text_is_only_text_around_and_in_the_short_answer(kind: Format, hostile: str) -> None:
    cuts = range(0, len(hostile), 5)
    for start, end in [(first, last) for first in cuts for last in (first + 1, first + 7, len(hostile))]:
        short = hostile[start:end]
        answer = answered(stated(hostile, short, start)).to_dict()
        plain = answered(replace(stated(hostile), focus=None)).to_dict()
        page, same = (Page(MARKDOWN(t) if kind == "markdown" else t) for t in exports_of(kind, answer, plain))
        assert [element for element in page.kinds() if element[0] != "strong"] == [
            element for element in same.kinds() if element[0] != "strong"
        ]
        assert "".join(page.text.split()) == "".join(same.text.split())
        assert set(bold(answer, kind).words) <= {clean(short)}


def exports_of(kind: Format, *answers: dict[str, Any]) -> list[str]:
    return [export("t", [answer], kind, SAY).text for answer in answers]


@settings(deadline=None)
@given(
    st.lists(
        st.text(st.one_of(st.characters(), st.sampled_from("\\`*_[]()<>#+-.!|~&$:/=1a “。（")), max_size=5), min_size=3
    )
)
def test_any_short_answer_is_bold_or_as_it_is(parts: list[str]) -> None:
    before, short, after = f"x{parts[0]}", parts[1], "".join(parts[2:])
    text = before + short + after
    page = bold(answered(stated(text, short, len(before))).to_dict(), "markdown")
    read = clean(text)
    assert "".join(page.text.split()).count("".join(read.split())) >= 2
    assert page.words in ([], [clean(short)] * 2)


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("Opened in May 1959.", "May 1959"),
        ("于1959年5月通车。", "1959年5月"),
        ("1959", "1959"),
        ("It cost “$5”.", "$5"),
        ("The *star* shines.", "*star*"),
        ("Halfway", "way"),
    ],
)
def test_a_short_answer_that_can_be_bold_is(text: str, short: str) -> None:
    answer = answered(stated(text, short, text.index(short))).to_dict()
    assert bold(answer, "markdown").words == [short, short]


def test_what_is_not_known_is_left_out() -> None:
    answer = made()
    for key in ("collection", "asked_at", "standalone", "conflicts", "notes", "citation_quality"):
        del answer[key]
    for key in ("findings", "agreement"):
        del answer["statements"][0][key]
    answer["model"] = answer["citations"][0]["page"] = answer["citations"][0]["gloss"] = None
    del answer["citations"][0]["publisher"]
    for text in (*(export("t", [answer], kind, SAY).text for kind in ("markdown", "html")), citation_text(answer, SAY)):
        assert "None" not in text
        assert not [
            key for key in ("generation", "asked_at", "page", "gloss", "note") if f"{SAY('export_' + key)}:" in text
        ]


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("kind", ["markdown", "html"])
def test_hostile_text_is_only_text(kind: Format, hostile: str) -> None:
    plain, page = (RENDERED[kind](export(text, [made(text)], kind, SAY).text) for text in ("words", hostile))
    assert page.kinds() == plain.kinds()
    assert not set(page.text) & set("\x00\x07\x1b\u202e\u2066\u2069\ud800\u2028\u2029\x85")
    visible = "".join(c for c in hostile if c.isprintable() or c.isspace()).split()
    assert " ".join(visible) in page.line().replace("\ufffd", "")


@pytest.mark.parametrize("sign", ["|a|", "$a$", "^a^", "@a", ":a:", "=a", "{a}"])
def test_what_other_readers_of_markdown_act_on_is_escaped(sign: str) -> None:
    lines = export("t", [made(sign)], "markdown", SAY).text.splitlines()
    assert f"## \\{sign[:-1]}" in {line[: len(sign) + 3] for line in lines}
    assert f"> \\{sign[:-1]}" in {line[: len(sign) + 2] for line in lines}
    assert "## a\\:b" in export("t", [made("a:b")], "markdown", SAY).text


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_becomes_no_link_where_addresses_are_linked(hostile: str) -> None:
    pytest.importorskip("linkify_it")
    render = renderer(linkify=True)
    assert len(render("evil.com https://evil.com mail@evil.com //localhost/x").all("a")) == 4
    assert render(export(hostile, [made(hostile)], "markdown", SAY).text).all("a") == []


@settings(deadline=None)
@given(st.text(st.one_of(st.characters(), st.sampled_from("\\`*_{}[]()<>#+-.!|~&$^@:/=1a \n\t"))))
def test_any_text_reads_in_markdown_as_it_is(start: str) -> None:
    text = f"{start}x"
    plain, page = (RENDERED["markdown"](export(t, [made(t)], "markdown", SAY).text) for t in ("words", text))
    assert page.kinds() == plain.kinds()
    steering = {chr(n) for n in (*range(0x202A, 0x202F), *range(0x2066, 0x206A), *range(32), *range(127, 160))}
    read = "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in text if c.isspace() or c not in steering)
    assert " ".join(read.split()) in page.line()


@pytest.mark.parametrize("kind", ["markdown", "html"])
@pytest.mark.parametrize(
    ("url", "is_link"),
    [
        ("https://example.org/a?b=c&d=%20#e_f_*g*", True),
        ("HTTP://example.org/", True),
        ("https://пример.рф/書", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("file:///etc/passwd", False),
        ("//example.org", False),
        (" https://example.org", False),
        ("https://example.org/ x", False),
        ("https://example.org/><b>", False),
        ('https://example.org/"x', False),
        ("https://example.org/'x", False),
        ("https://example.org/|x", False),
        ("https://example.org/\u202egpj", False),
        ("https://example.org/\nhttps://example.org", False),
    ],
)
def test_only_plain_web_addresses_are_links(kind: Format, url: str, is_link: bool) -> None:
    links = RENDERED[kind](export("t", [made(url=url)], kind, SAY).text).all("a")
    assert len(links) == is_link
    if kind == "html" and is_link:
        assert links == [{"href": url, "rel": "noopener noreferrer nofollow"}]


def test_the_page_needs_nothing_and_runs_nothing() -> None:
    page = Page(export("t", [made(url="https://example.org")], "html", SAY).text)
    policies = [a["content"] for tag, a in page.elements if tag == "meta" and a.get("http-equiv")]
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'"]
    assert not {tag for tag, _ in page.elements} & {"script", "link", "img", "iframe", "form", "base", "object"}
    assert not {name for _, attributes in page.elements for name in attributes} & {"src", "style", "onerror", "action"}


def test_texts_have_their_languages() -> None:
    answer = made() | {"mode": "extractive", "language": "en"}
    answer["citations"][0]["language"] = "ug"
    elements = Page(export("t", [answer], "html", SAY).text).elements
    assert ("html", {"lang": "en"}) in elements
    assert ("h2", {"dir": "auto", "lang": "en"}) in elements
    assert ("blockquote", {"dir": "auto", "lang": "ug"}) in elements
    assert elements.count(("bdi", {"lang": "ug"})) == 2  # the title, and the statement, which is a quotation


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t=", "\r\n=", " =", "\u202e=", "＝"])
def test_the_clipboard_holds_no_formula(sign: str) -> None:
    attack = f'{sign}HYPERLINK("https://evil.com")'
    lines = citation_text(made(attack), SAY).splitlines()
    assert any(line.startswith("'") and "HYPERLINK" in line for line in lines)
    assert not [line for line in lines if line.lstrip().startswith(("=", "+", "-", "@", "＝")) or "\t" in line]


def test_the_clipboard_holds_the_answer_and_its_sources(small: Assistant) -> None:
    answer = asked(small)
    lines = citation_text(answer, SAY).splitlines()
    assert lines[0] == QUESTION
    assert f"{answer['statements'][0]['text']} [1]" in lines
    assert lines[lines.index("Sources") + 1] == "[1] Apples of Almaty · en · 2021-04-05"
    assert {"https://example.org/apples", answer["citations"][0]["quote"]} <= set(lines)
    assert any(
        answer["citations"][0]["sha256"] in line and shown_path(answer["citations"][0]["path"]) in line
        for line in lines
    )


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("When was the bridge opened?", "dalil-when-was-the-bridge-opened"),
        ("Келісім қашан күшіне енді?", "dalil-келісім-қашан-күшіне-енді"),
        ("協定何時生效？", "dalil-協定何時生效"),
        ("../../etc/passwd", "dalil-etc-passwd"),
        ("..\\a:b*c|d\x00e\ud800f\r\ng", "dalil-a-b-c-de-f-g"),
        ("\u202egpj.exe", "dalil-gpj-exe"),
        ("$(rm -rf ~); `x`", "dalil-rm-rf-x"),
        ("", "dalil-answers"),
        ("???", "dalil-answers"),
        ("x" * 500, f"dalil-{'x' * 60}"),
        ("x" * 59 + " y", f"dalil-{'x' * 59}"),
    ],
)
def test_file_names(title: str, name: str) -> None:
    kinds = {
        "markdown": (".md", "text/markdown"),
        "html": (".html", "text/html"),
        "json": (".json", "application/json"),
    }
    assert set(kinds) == set(get_args(Format))
    for kind, (ending, media_type) in kinds.items():
        found = export(title, [made()], kind, SAY)
        assert (found.name, found.media_type) == (name + ending, media_type)


def test_every_label_is_used_and_every_word_comes_from_them() -> None:
    used: set[str] = set()

    def say(key: str) -> str:
        used.add(key)
        return LABELS[key]

    answers = [made(), made() | {"mode": "extractive"}, made() | {"status": "abstained"}]
    answers.append(unanswered(grade="likely", hits=hits(1)).to_dict())
    answers[0]["citations"] = [{**one, "page": None, "part": "3"} for one in answers[0]["citations"]]
    answers[1]["statements"] = [{**answers[1]["statements"][0], "support": "unsupported"}]
    answers[1]["statements"][0]["findings"] = [
        {"kind": "name", "verdict": verdict, "text": text, "source": ""}
        for verdict, text in (("missing", "x"), ("context", "x"), ("contradicted", ""))
    ]
    export("t", answers, "html", say)
    assert used == set(LABELS)
