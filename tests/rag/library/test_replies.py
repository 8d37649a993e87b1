"""What an answer is to its reader, and the words for it in five languages."""

from __future__ import annotations

from typing import Any

import pytest
from answer_support import answered, hits, unanswered

from rag.answer import Answer, Note
from rag.library.wording import about, kind_of, nearest, other_notes, words_in

ABOUT, OTHER = Note("about", "Сәлем!"), Note("planted", "one was left out")
KINDS = {
    "answered": answered(),
    "about": unanswered(notes=(OTHER, ABOUT)),
    "likely": unanswered(grade="likely", hits=hits(1)),
    "none": unanswered(notes=(OTHER,)),
}


@pytest.mark.parametrize("kind", KINDS)
def test_an_answer_is_told_by_its_grade_and_notes(kind: str) -> None:
    assert kind_of(KINDS[kind]) == kind_of(KINDS[kind].to_dict()) == kind


def test_likely_without_hits_is_nothing() -> None:
    assert kind_of(unanswered(grade="likely")) == "none"


def test_what_is_nearest_is_shown_only_where_it_is_near_enough() -> None:
    read = [{**hit, "read": 0.1} for hit in KINDS["likely"].to_dict()["hits"]] * 5
    far = {**KINDS["none"].to_dict(), "hits": read, "confidence": 0.0}
    assert nearest(far) == []
    assert nearest({**far, "grade": "likely"}) == read[:3]
    assert nearest({**far, "confidence": 0.5}) == read[:3]
    assert nearest({**far, "hits": [{**hit, "read": None} for hit in read]}) != []  # vectors tell no such floor
    assert nearest(KINDS["answered"]) == nearest(KINDS["about"]) == []


@pytest.mark.parametrize("kind", ["answered", "likely", "none"])
def test_an_answer_kept_without_grade_is_told_by_its_status(kind: str) -> None:
    kept = KINDS[kind].to_dict()
    del kept["grade"], kept["notes"]
    assert kind_of(kept) == ("answered" if kind == "answered" else "none")
    assert (about(kept), other_notes(kept)) == (None, [])


@pytest.mark.parametrize("shape", [lambda answer: answer, Answer.to_dict])
def test_the_note_that_is_the_reply_is_no_remark_beside_it(shape: Any) -> None:
    assert about(shape(KINDS["about"])) == "Сәлем!"
    assert len(other_notes(shape(KINDS["about"]))) == 1
    beside = shape(answered(None))
    assert (about(beside), other_notes(beside)) == (None, [])


def test_five_languages_have_words_of_their_own() -> None:
    known = [words_in(tag) for tag in ("en", "kk", "ru", "zh-Hans", "zh-Hant")]
    assert len({words.likely for words in known[:4]}) == len({words.nothing for words in known}) - 1 == 4
    assert words_in("kk-Cyrl") == words_in("kk")
    assert words_in("ug") == words_in("und") == words_in("en")
