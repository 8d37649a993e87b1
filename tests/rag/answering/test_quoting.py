"""What is quoted: enough to stand alone, no more, and the short answer in it."""

from __future__ import annotations

import pytest

from corpus.types import Chunk
from rag.answer import Hit, Read
from rag.answering.quoting import choose, distinct, items, leans, quotation


def chunks(
    texts: list[str], language: str = "en", paragraphs: list[int] | None = None, heading: str | None = None
) -> list[Chunk]:
    """The sentences of a document, of one paragraph unless ``paragraphs`` says otherwise."""
    numbers = paragraphs or [1] * len(texts)
    starts = [sum(len(text) + 1 for text in texts[:n]) for n in range(len(texts))]
    whole = " ".join(texts)
    made = []
    for n, text in enumerate(texts):
        mine = [m for m in range(len(texts)) if numbers[m] == numbers[n]]
        low, high = starts[mine[0]], starts[mine[-1]] + len(texts[mine[-1]])
        start, end = starts[n], starts[n] + len(text)
        place = ("d", n, start, end, start, end, 1, language, heading, low, high, 9)
        made.append(Chunk(*place, text, whole[low:high], n + 1, numbers[n]))
    return made


def hit(chunk: Chunk, score: float = 1.0, document: str | None = None, answer: str = "") -> Hit:
    at = chunk.text.find(answer) if answer else 0
    read = Read(score, 1.0, 1.0, 2.0 if answer else -1.0, at, at + len(answer))
    if document:
        chunk = Chunk(document, *[getattr(chunk, name) for name in Chunk.__slots__[1:]])
    return Hit(1, 0.9, 0.8, chunk, "a.txt", read=read)


LEANING = {
    "en": ("Ida Morel built the mill.", "She sold it in 1904."),
    "ru": ("Мельницу построила Ида Морель.", "Она продала её в 1904 году."),
    "kk": ("Диірменді Ида Морель салды.", "Ол оны 1904 жылы сатты."),
    "zh-Hans": ("磨坊由莫雷尔建造。", "她在1904年把它卖掉。"),
    "zh-Hant": ("磨坊由莫雷爾建造。", "這座磨坊在1904年賣掉。"),
}


@pytest.mark.parametrize("language", LEANING)
def test_a_sentence_that_leans_is_quoted_with_the_one_before(language: str) -> None:
    before, after = LEANING[language]
    first, second = chunks([before, after], language)
    assert leans(second)
    assert not leans(first)
    made = quotation(hit(second, answer="1904"), [first, second])
    assert made.chunk.text.startswith(before)
    assert made.chunk.text.endswith(after)
    assert (made.chunk.source_start, made.chunk.source_end) == (first.source_start, second.source_end)
    assert made.chunk.text[slice(*made.focus)] == "1904"
    assert made.chunk.id == second.id


@pytest.mark.parametrize("language", LEANING)
def test_one_that_stands_alone_is_quoted_alone(language: str) -> None:
    before, after = LEANING[language]
    first, second = chunks([after, before], language)
    assert quotation(hit(second), [first, second]).chunk is second


def test_a_sentence_leans_on_none_of_another_paragraph() -> None:
    first, second = chunks(list(LEANING["en"]), paragraphs=[1, 2])
    assert quotation(hit(second), [first, second]).chunk is second


@pytest.mark.parametrize("lead", ["The board has three members:", "董事会有三名成员：", "В совете трое:"])
def test_a_list_comes_with_its_items(lead: str) -> None:
    made = chunks([lead, "Ida Morel", "Jan Koss", "Li Wen", "A new chapter."], paragraphs=[1, 2, 3, 4, 5])
    made[4] = Chunk("d", *[{"heading": "Next"}.get(n, getattr(made[4], n)) for n in Chunk.__slots__[1:]])
    assert [item.text for item in items(made[0], made)] == ["Ida Morel", "Jan Koss", "Li Wen"]
    assert items(made[1], made) == []


def test_items_end_where_the_text_goes_on_in_long_paragraphs() -> None:
    made = chunks(["They are:", "Ida", "word " * 100, "Jan"], paragraphs=[1, 2, 3, 4])
    assert [item.text for item in items(made[0], made)] == ["Ida"]


def test_the_short_answer_has_no_signs_at_its_edges_but_keeps_its_brackets() -> None:
    (one,) = chunks(["It sailed on (4 May 1931), they say."])
    assert one.text[slice(*quotation(hit(one, answer=" on (4 May 1931),"), [one]).focus)] == "on (4 May 1931)"
    assert one.text[slice(*quotation(hit(one, answer="(4 May 1931), "), [one]).focus)] == "4 May 1931"
    assert quotation(hit(one), [one]).focus == (0, 0)
    assert quotation(hit(one, answer=", "), [one]).focus == (0, 0)


SALES = {
    "en": ("She sold the mill in 1904.", "1904"),
    "ru": ("Мельницу она продала в 1904 году.", "1904 году"),
    "kk": ("Диірменді ол 1904 жылы сатты.", "1904 жылы"),
    "zh-Hans": ("她在1904年卖掉了磨坊。", "1904年"),
    "zh-Hant": ("她在一九〇四年賣掉了磨坊。", "一九〇四年"),
}


@pytest.mark.parametrize("language", SALES)
def test_who_gives_the_same_answer_is_quoted_beside_the_best_and_who_gives_another_is_not(language: str) -> None:
    (a,), (b,), (c,) = (
        chunks(["The sale of the mill was signed in 1904."]),
        chunks([SALES[language][0]], language),
        chunks(["The bridge beside it burned in 1931."]),
    )
    best, same = hit(a, 3.0, answer="1904"), hit(b, 1.0, "e", SALES[language][1])
    other = hit(c, 2.9, "f", "1931")
    assert choose([best, other, same], 3) == [best, same]
    assert choose([best, other, same], 1) == [best]


def test_what_cannot_be_compared_is_quoted_where_it_answers_nearly_as_well() -> None:
    a, b, c = chunks(["The mill burned at night.", "Fire took the mill.", "Bread was dear."])
    best, alike, far, neighbour = hit(a, 3.0), hit(b, 2.4, "e"), hit(c, 1.8, "f"), hit(b, 2.9)
    assert choose([best, neighbour, alike, far], 3) == [best, alike]
    assert choose([], 3) == []


def test_what_is_hardly_an_answer_stands_beside_nothing() -> None:
    a, b = chunks(["The mill burned in 1904.", "Fire took the mill."])
    assert choose([hit(a, -0.5), hit(b, -0.6, "e")], 3) == [hit(a, -0.5)]


def test_the_same_words_are_quoted_once_and_a_document_twice() -> None:
    made = chunks(["The mill burned in 1904.", "The mill burned in 1904!", "Ida sold it.", "Jan saw the fire."])
    hits = [hit(chunk, 3.0) for chunk in made]
    assert [h.chunk.text for h in distinct(hits, 4)] == ["The mill burned in 1904.", "Ida sold it."]
