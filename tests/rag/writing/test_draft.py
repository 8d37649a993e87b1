"""A model's words in, whole sentences with their marks out, however the words arrive."""

import time
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.writing.draft import Draft, Written

Result = tuple[list[Written], str | None, bool, bool]
MANY = 30


def fed(pieces: Sequence[str], language: str = "en", *, limit: int = MANY, cut: bool = False) -> Result:
    draft = Draft(language, limit)
    found = [written for piece in pieces for written in draft.feed(piece)]
    found += draft.close(cut=cut)
    return found, draft.ended, draft.is_cut, draft.is_declined


def sentences(text: str, language: str = "en") -> list[tuple[str, tuple[int, ...]]]:
    return [(written.text, written.marks) for written in fed([text], language)[0]]


def texts(text: str, language: str = "en") -> list[str]:
    return [written.text for written in fed([text], language)[0]]


def taken(text: str) -> tuple[int, Draft]:
    """How many characters, one by one, a draft wants of ``text``."""
    draft = Draft("en", MANY)
    for number, c in enumerate(text, 1):
        draft.feed(c)
        if draft.ended:
            return number, draft
    return len(text), draft


# Random pieces.

PARTS = st.sampled_from([
    "The treaty was signed in 2018", "Dr. Abai of the U.S. agreed", "It fell by 3.5 km", "Answer: ", "a < b", "x > y",
    " [1]", "[2,3]", " [Source 1]", "[4-6]", "【7】", "［8］", "[1][2]", "[", "]", "[1](http://a.b/c)",
    ". ", ".", "? ", "! ", "...", "\n", "\n\n", "- ", "1. ", "## ", "**", "_", "`", " ", "  ",
    "<think>", "</think>", "<thin", "Hm.", "“Go. ", "Stay.” ", "[a page](http://x.y/z?a=b)", "![a picture](p.png)",
    "Келісім 2023 ж. ", "Мамырда басталды", "«Біз. Сіз», — деді ол", "Договор 2018 г. ", "Он действует", "и т.д. ",
    "А. С. Пушкин", "首都是阿斯塔纳", "。", "！", "他说：“我来了。你走吧。”",
    "NO_ANSWER", "The passages do not say this", "\u200b", "!@#$%^", "𝔘nicode", "e\u0301te\u0301 ", "a" * 90,
])  # fmt: skip


@st.composite
def in_pieces(draw: st.DrawFn) -> list[str]:
    text = "".join(draw(st.lists(PARTS, min_size=1, max_size=25)))
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=len(text))))
    return [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]


@settings(max_examples=400, deadline=None)
@given(in_pieces(), st.sampled_from(["en", "ru", "kk", "zh-Hans"]), st.booleans(), st.sampled_from([2, MANY]))
def test_pieces_make_no_difference(pieces: list[str], language: str, cut: bool, limit: int) -> None:
    assert fed(pieces, language, limit=limit, cut=cut) == fed(["".join(pieces)], language, limit=limit, cut=cut)


@settings(max_examples=200, deadline=None)
@given(in_pieces(), st.sampled_from(["en", "ru", "kk", "zh-Hant"]))
def test_what_is_given_has_words_and_no_duplicates(pieces: list[str], language: str) -> None:
    found = [written.text for written in fed(pieces, language)[0]]
    assert all(sum(c.isalpha() for c in text) >= 2 and text == " ".join(text.split()) for text in found)
    assert len(found) == len(set(found)) <= MANY


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Келісімге 2023 ж. Мамырда қол қойылды [1]. Ол 2018 ж. басталды [2]. «Біз барамыз», — деді ол [3].", "kk"),
        ("Договор подписан в 2018 г. [1] Он действует с 2019 г. Стороны согласны [2]. Это 5 мая 2020 г. и т.д.", "ru"),
        (
            "哈萨克斯坦是中亚国家[1]。首都是阿斯塔纳【2】。人口约两千万。[3]他说：“我来了。你走吧。”然后离开[1][2]。最后",
            "zh-Hans",
        ),
        ("Dr. Lee left the U.S. in 1990.[2] He said “Go. Stay.” twice [1, 2]. It was cold. [3][4] a < b [2-4].", "en"),
    ],
)
def test_character_by_character_is_as_at_once(text: str, language: str) -> None:
    assert fed(list(text), language) == fed([text], language)


def test_a_sentence_is_given_once_the_next_begins() -> None:
    draft = Draft("en", MANY)
    assert draft.feed("The lake shrank [1]. ") == []
    assert draft.feed("The") == []
    assert draft.feed(" sea") == [Written("The lake shrank.", (1,))]
    assert draft.close() == [Written("The sea", ())]


def test_a_chinese_sentence_is_given_once_the_next_begins() -> None:
    draft = Draft("zh-Hans", MANY)
    assert draft.feed("湖变小了[1]。") == []
    assert draft.feed("海") == [Written("湖变小了。", (1,))]


# Marks.


@pytest.mark.parametrize(
    ("mark", "numbers"),
    [
        ("[1]", (1,)),
        ("[12]", (12,)),
        ("[1,2]", (1, 2)),
        ("[1, 2 and 3]", (1, 2, 3)),
        ("[1; 2]", (1, 2)),
        ("[1、2]", (1, 2)),
        ("[1][2]", (1, 2)),
        ("[1] [2]", (1, 2)),
        ("[2][2]", (2,)),
        ("【1】", (1,)),
        ("［1］", (1,)),
        ("［１］", (1,)),
        ("[ 1 ]", (1,)),
        ("[^1]", (1,)),
        ("[№ 3]", (3,)),
        ("[Source 1]", (1,)),
        ("[sources: 1, 2]", (1, 2)),
        ("[Source 1, Source 2]", (1, 2)),
        ("[Passage 1; 3]", (1, 3)),
        ("[Источник 2]", (2,)),
        ("[Отрывок 1, Отрывок 4]", (1, 4)),
        ("[Дереккөз 2]", (2,)),
        ("[来源1]", (1,)),
        ("[資料 2]", (2,)),
        ("[2-4]", (2, 3, 4)),
        ("[2–4, 7]", (2, 3, 4, 7)),
        ("[4-2]", (4, 2)),
        ("[1-300]", (1, 300)),
    ],
)
def test_marks_are_read_in_every_shape(mark: str, numbers: tuple[int, ...]) -> None:
    said = [("The lake shrank.", numbers), ("It is salt.", ())]
    assert sentences(f"The lake shrank {mark}. It is salt.") == said, "before the full stop"
    assert sentences(f"The lake shrank{mark}. It is salt.") == said, "without a space"
    assert sentences(f"The lake shrank. {mark} It is salt.") == said, "after the full stop"
    assert sentences(f"The lake shrank.{mark} It is salt.") == said, "right after the full stop"
    assert sentences(f"The {mark} lake shrank. It is salt.") == said, "inside"


def test_a_mark_on_the_next_piece_belongs_to_the_sentence_before() -> None:
    found, *_ = fed(["The lake shrank.", " ", "[", "3", "]", " It is salt", "[", "1]", "."])
    assert found == [Written("The lake shrank.", (3,)), Written("It is salt.", (1,))]


def test_a_stop_after_a_mark_and_a_space_is_joined() -> None:
    assert sentences("The lake shrank [1] .") == [("The lake shrank.", (1,))]


@pytest.mark.parametrize("text", ["The law [2019] is new.", "He wrote [sic] it.", "Take [1 cup] of rice."])
def test_other_brackets_are_words(text: str) -> None:
    assert sentences(text) == [(text, ())]


def test_a_mark_that_is_a_link_is_a_mark() -> None:
    said = [("The lake shrank.", (1,)), ("It is salt.", ())]
    assert sentences("The lake shrank. [1](http://a.b/c) It is salt.") == said


def test_half_a_mark_at_the_end_is_no_text() -> None:
    assert sentences("The lake shrank [2") == [("The lake shrank", ())]
    assert sentences("The lake shrank. [Source ") == [("The lake shrank.", ())]


# Forms.


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("- The lake shrank [1].\n- It is salt.", ["The lake shrank.", "It is salt."]),
        ("* The lake shrank\n* It is salt", ["The lake shrank", "It is salt"]),
        ("1. The lake shrank.\n2. It is salt.", ["The lake shrank.", "It is salt."]),
        ("1) The lake shrank.\n> It is salt.", ["The lake shrank.", "It is salt."]),
        ("## The lake\nIt **shrank** [1].", ["The lake", "It shrank."]),
        ("__The__ *lake* _shrank_ `fast`.", ["The lake shrank fast."]),
        ("The file_name_here has 2 * 3 parts.", ["The file_name_here has 2 * 3 parts."]),
        ("The [great lake](http://x.y/z?a=b) shrank.", ["The great lake shrank."]),
        ("The [lake](http://x.y/a_(b)) shrank.", ["The lake shrank."]),
        ("The lake shrank. ![The lake](lake.png)", ["The lake shrank."]),
        ("Answer: The lake shrank.", ["The lake shrank."]),
        ("**Answer:** The lake shrank.", ["The lake shrank."]),
        ("**Answer**: The lake shrank.", ["The lake shrank."]),
        ("Answer:\n\nThe lake shrank.", ["The lake shrank."]),
        ("-----------------------\nThe lake shrank.", ["The lake shrank."]),
        ("It costs 10000000000000 tenge. The lake shrank.", ["It costs 10000000000000 tenge.", "The lake shrank."]),
    ],
)
def test_form_is_taken_off(text: str, plain: list[str]) -> None:
    assert texts(text) == plain


@pytest.mark.parametrize(
    ("text", "language", "plain"),
    [
        ("Ответ: озеро обмелело.", "ru", "озеро обмелело."),
        ("Жауап: көл тартылды.", "kk", "көл тартылды."),
        ("答案：湖变小了。", "zh-Hans", "湖变小了。"),
        ("回答：湖變小了。", "zh-Hant", "湖變小了。"),
    ],
)
def test_the_word_answer_is_taken_off_in_other_languages(text: str, language: str, plain: str) -> None:
    assert texts(text, language) == [plain]


@pytest.mark.parametrize(
    "text",
    [
        "<think>Hm. It may be. Or not.</think>The lake shrank [1].",
        "<think>\nHm.\n</think>\n\nThe lake shrank [1].",
        "<THINKING>Hm.</THINKING> The lake shrank [1].",
        "<think>Hm.</think><think>Yes.</think>The lake shrank [1].",
        "</think>The lake shrank [1].",
        "The lake shrank [1]. <think>Is that all? Let me see",
    ],
)
def test_thoughts_are_left_out(text: str) -> None:
    said = [Written("The lake shrank.", (1,))]
    assert fed([text])[0] == said
    assert fed(list(text))[0] == said


def test_an_angle_bracket_is_no_thought() -> None:
    assert texts("The lake is < 3 m deep. It was > 9 m.") == ["The lake is < 3 m deep.", "It was > 9 m."]


@pytest.mark.parametrize(
    ("text", "language", "count"),
    [
        ("Dr. Lee of the U.S. Army met Prof. Kim on Jan. 5, 2019 [1]. They spoke [2].", "en", 2),
        ("Келісімге 2023 ж. қол қойылды [1]. Ол 2018 ж. мамырда басталды, т.б. [2].", "kk", 2),
        ("Пушкин А. С. родился в 1799 г. в Москве, ул. Немецкая и т. д. [1]. Он жил в XIX в. [2].", "ru", 2),
        ("It rose by 3.5 per cent. See example.com for more.", "en", 2),
        ("首都是阿斯塔纳。人口是多少？两千万！", "zh-Hans", 3),
        ("他说：“我来了。你走吧。”然后离开。", "zh-Hans", 2),
    ],
)
def test_sentences_are_cut_where_they_end(text: str, language: str, count: int) -> None:
    assert len(fed(list(text), language)[0]) == count


# No answer.


@pytest.mark.parametrize("text", ["NO_ANSWER", "NO_ANSWER.", " no_answer\n", "**NO_ANSWER**", "Answer: NO_ANSWER"])
def test_no_answer_declines(text: str) -> None:
    assert fed([text]) == ([], "declined", False, True)
    assert fed(list(text)) == ([], "declined", False, True)


def test_no_answer_after_sentences_ends_them() -> None:
    found, ended, _, declined = fed(["The lake shrank [1]. NO_ANSWER. More words come."])
    assert (found, ended, declined) == ([Written("The lake shrank.", (1,))], "declined", True)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The passages do not contain an answer.", "en"),
        ("В отрывках нет ответа на этот вопрос.", "ru"),
        ("Үзінділерде бұл туралы айтылмаған.", "kk"),
        ("段落中没有提到这一点。", "zh-Hans"),
        ("段落中沒有提到這一點。", "zh-Hant"),
    ],
)
def test_a_refusal_declines_and_is_no_sentence(text: str, language: str) -> None:
    assert fed(list(text), language) == ([], None, False, True)


def test_a_refusal_with_a_source_is_a_sentence() -> None:
    found, _, _, declined = fed(["The documents do not mention a date [1]."])
    assert (found, declined) == ([Written("The documents do not mention a date.", (1,))], False)


# Ends.


def test_the_limit_of_sentences_is_enough() -> None:
    found, ended, *_ = fed(["One lake. Two lakes. Three lakes. Four lakes."], limit=2)
    assert ([written.text for written in found], ended) == (["One lake.", "Two lakes."], "enough")


def test_nothing_is_taken_after_the_end() -> None:
    draft = Draft("en", 1)
    assert draft.feed("One lake. Two lakes. Three lakes.") == [Written("One lake.", ())]
    assert draft.feed(" Four lakes. Five lakes.") == []
    assert draft.close() == []


@pytest.mark.parametrize(
    "text",
    [
        "The lake shrank [1]. " * 999,
        "The lake shrank. Yes, it did. " * 999,
        "- The lake shrank\n" * 999,
        "湖变小了。" * 999,
    ],
)
def test_a_sentence_for_ever_is_repetition(text: str) -> None:
    characters, draft = taken(text)
    assert draft.ended == "repetition"
    assert characters < 200


@pytest.mark.parametrize(
    "text",
    ["la " * 999, "and so on and " * 999, "好的" * 999, "lalala" * 999, "The lake [1] and the lake [1] and " * 999],
)
def test_a_run_without_full_stops_is_repetition(text: str) -> None:
    characters, draft = taken(text)
    assert draft.ended == "repetition"
    assert characters < 300
    assert draft.close() == []


@pytest.mark.parametrize(
    "text", [" ".join(f"word{n}" for n in range(999)), "".join(chr(0x4E00 + n) for n in range(3000)), "[" * 3000]
)
def test_a_sentence_without_end_is_overlong(text: str) -> None:
    began = time.monotonic()
    characters, draft = taken(text)
    assert draft.ended == "overlong"
    assert characters < 1500
    assert draft.close() == []
    assert time.monotonic() - began < 20


def test_saying_a_thing_twice_says_it_once() -> None:
    found, ended, *_ = fed(["The lake shrank [1]. It is salt. The LAKE shrank [2]. The sea too."])
    assert [written.text for written in found] == ["The lake shrank.", "It is salt.", "The sea too."]
    assert ended is None


@pytest.mark.parametrize(
    "text", ["The lake shrank [1]. And the se", "The lake shrank [1]. A", "The lake shrank [1].\n- An"]
)
def test_a_sentence_broken_off_is_left_out(text: str) -> None:
    assert fed([text], cut=True) == ([Written("The lake shrank.", (1,))], None, True, False)


@pytest.mark.parametrize(
    "text",
    [
        "The lake shrank [1].",
        "The lake shrank. [1]",
        "The lake shrank [1].\n",
        "**The lake shrank [1].**",
        "The lake shrank. [1] [",
    ],
)
def test_a_whole_last_sentence_stays_when_the_model_was_stopped(text: str) -> None:
    assert fed([text], cut=True) == ([Written("The lake shrank.", (1,))], None, False, False)


def test_without_a_stop_the_last_words_are_a_sentence() -> None:
    assert fed(["The lake shrank"]) == ([Written("The lake shrank", ())], None, False, False)


def test_stopped_in_thought_nothing_is_said() -> None:
    assert fed(["<think>The lake shrank. It"], cut=True) == ([], None, False, False)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\t ",
        "!!! ??? ... ---",
        "* * *\n- - -\n###",
        "1. 2. 3.",
        "[1] [2].",
        "\u200b\ufeff\u2060",
        "😀😀 😀.",
        "A.",
    ],
)
def test_garbage_gives_nothing(text: str) -> None:
    assert fed([text]) == ([], None, False, False)


def test_a_long_answer_is_read_in_good_time() -> None:
    text = " ".join(f"In the year {1000 + n} the lake lost {n} metres of its depth [{n % 9}]." for n in range(MANY))
    began = time.monotonic()
    characters, draft = taken(text)
    assert characters > 1000
    assert draft.ended is None
    assert time.monotonic() - began < 10
