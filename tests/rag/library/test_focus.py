"""The short answer is found where it stands in what is shown, of dataclasses and of JSON alike."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from answer_support import APPLES, answered, stated

from rag.answer import Answer, Focus
from rag.library.wording import focus_in_quote, focus_place, parted, shown

SHAPES = {"dataclass": lambda answer: answer, "json": Answer.to_dict}


def parts(answer: Answer, shape: str, **options: Any) -> tuple[str, str, str]:
    """The first statement's text, cut at its short answer."""
    given: Any = SHAPES[shape](answer)
    statements, citations = (
        (given["statements"], given["citations"]) if shape == "json" else (given.statements, given.citations)
    )
    text = options.get("shown", str)(answer.statements[0].text)
    assert focus_in_quote(citations[0], statements, **options) == focus_place(statements[0], citations, **options)
    return parted(text, focus_place(statements[0], citations, **options))


@pytest.mark.parametrize("shape", SHAPES)
def test_of_several_places_the_one_that_is_meant_is_found(shape: str) -> None:
    first, last = APPLES.index("Aport"), APPLES.rindex("Aport")
    assert parts(answered(), shape) == (APPLES[:last], "Aport", ".")
    assert parts(answered(stated(at=first)), shape) == ("Of ", "Aport", APPLES[first + 5 :])


@pytest.mark.parametrize("shape", SHAPES)
def test_marks_in_the_source_do_not_move_the_short_answer(shape: str) -> None:
    """The file has 600 characters of mark-up among the 86 of the sentence, spread over it evenly."""
    answer = answered()
    for text_at in (APPLES.index("Aport"), APPLES.rindex("Aport")):
        at = 40 + 7 * text_at
        told = replace(answer.statements[0], focus=Focus(at, at + 5, "Aport"))
        wide = replace(answer.citations[0], end=40 + 7 * len(APPLES))
        changed = replace(answer, statements=(told,), citations=(wide,))
        assert len(parts(changed, shape)[0]) == text_at


@pytest.mark.parametrize("shape", SHAPES)
def test_words_that_do_not_stand_there_have_no_place(shape: str) -> None:
    assert parts(answered(stated(short="Limon")), shape) == (APPLES, "", "")
    assert parts(answered(stated(short="")), shape) == (APPLES, "", "")
    assert parts(answered(replace(stated(), focus=None)), shape) == (APPLES, "", "")


def test_an_answer_kept_without_focus_has_none() -> None:
    answer = answered().to_dict()
    del answer["statements"][0]["focus"]
    assert focus_place(answer["statements"][0], answer["citations"]) is None
    assert focus_in_quote(answer["citations"][0], answer["statements"]) is None


def test_the_place_is_that_in_what_is_shown() -> None:
    text = "The \u202efirst\u202c apple was \u202enamed\u202c Ap\u200eort."
    answer = answered(stated(text, "Ap\u200eort", text.index("Ap")))
    assert parts(answer, "json", shown=shown) == ("The first apple was named ", "Aport", ".")


def test_without_its_citation_only_a_single_place_is_certain() -> None:
    assert focus_place(stated(), ()) is None
    assert focus_place(stated("The red Aport.", at=8), ()) == (8, 13)


def test_only_a_statement_that_cites_it_first_has_its_short_answer_in_a_quote() -> None:
    answer = answered()
    other = replace(answer.statements[0], citations=(2, 1))
    assert focus_in_quote(answer.citations[0], [other]) is None
    assert focus_in_quote(answer.citations[0], [other, replace(answer.statements[0], text="Aport, it says.")]) == (
        APPLES.rindex("Aport"),
        len(APPLES) - 1,
    )
