"""`dalil verify`: passes on what was answered, fails with the citation's number on anything altered since."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rag_support import NOTES, Ran, Remembering, assert_one_sentence, index, write_notes

from rag.answer import Statement
from rag.assistant import Assistant
from rag.citing import cite
from rag.verify import verify_answer

Dalil = Callable[..., Ran]
Answer = dict[str, Any]

QUESTIONS = {
    "en": "When did the agreement on exchanging information take effect?",
    "kk": "Визасыз режим туралы келісім қашан күшіне енді?",
    "ru": "Где прошли антитеррористические учения 2006 года?",
    "zh-Hans": "互免签证协定什么时候生效？",
    "zh-Hant": "哪些組織被列入禁止名單？",
}
QUESTION = "When was the old bridge at Korgas opened?"


@pytest.fixture(scope="module")
def answers(assistant: Assistant) -> dict[str, Answer]:
    return {language: assistant.ask(question, id=language).to_dict() for language, question in QUESTIONS.items()}


@pytest.fixture(scope="module")
def quoted(assistant: Assistant) -> Answer:
    """An answer that quotes three documents, each with an address and a date."""
    hits = {h.chunk.document_id: h for h in assistant.search(QUESTIONS["en"], 200) if h.card and h.card.published}
    citations = tuple(cite(n, hit.chunk, hit.card) for n, hit in enumerate(list(hits.values())[:3], 1) if hit.card)
    statements = tuple(Statement(c.quote, (c.number,), "supported", 1.0) for c in citations)
    answer = replace(assistant.ask(QUESTIONS["en"]), status="answered", statements=statements, citations=citations)
    assert verify_answer(answer.to_dict()) == []
    assert len(citations) == 3
    return answer.to_dict()


@pytest.fixture
def answer(quoted: Answer) -> Answer:
    """That answer, to be tampered with."""
    return copy.deepcopy(quoted)


@pytest.fixture
def verify(dalil: Dalil, tmp_path: Path) -> Callable[[object], Ran]:
    def run(value: object) -> Ran:
        path = tmp_path / "answer.json"
        path.write_text(json.dumps(value), "utf-8")
        return dalil("verify", path)

    return run


def test_answers_in_five_languages_hold(answers: dict[str, Answer], dalil: Dalil, tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    for language, answer in answers.items():
        assert answer["status"] == "answered"
        assert answer["citations"], language
        path.write_text(json.dumps(answer, ensure_ascii=False), "utf-8")
        ran = dalil("verify", path, "--json")
        assert ran.code == 0
        assert json.loads(ran.out) == {
            "ok": True,
            "answers": [{"id": language, "citations": len(answer["citations"]), "problems": []}],
        }
    total = sum(len(answer["citations"]) for answer in answers.values())
    forms = {
        "json lines": "".join(json.dumps(a, ensure_ascii=False) + "\n" for a in answers.values()),
        "a list": json.dumps(list(answers.values()), indent=1),
    }
    for form, text in forms.items():
        path.write_text(text, "utf-8")
        assert dalil("verify", path) == Ran(0, f"All {total} citations hold.\n", ""), form
        assert dalil("verify", "-", stdin=text).code == 0, form


def cited(answer: Answer) -> Answer:
    return answer["citations"][1]


def one_character(answer: Answer) -> None:
    quote = cited(answer)["quote"]
    middle = len(quote) // 2
    cited(answer)["quote"] = answer["statements"][1]["text"] = quote[:middle] + "x" + quote[middle + 1 :]


def number_in_quote(answer: Answer) -> None:
    cited(answer)["quote"] = answer["statements"][1]["text"] = cited(answer)["quote"] + " 7"


def shifted(answer: Answer) -> None:
    cited(answer)["start"] += 1
    cited(answer)["end"] += 1


def other_file(answer: Answer) -> None:
    cited(answer)["path"] = answer["citations"][0]["path"]


def past_the_end(answer: Answer) -> None:
    cited(answer)["end"] = 10**9


def backwards(answer: Answer) -> None:
    cited(answer)["start"], cited(answer)["end"] = cited(answer)["end"], cited(answer)["start"]


def setting(field: str, value: object) -> Callable[[Answer], None]:
    def tamper(answer: Answer) -> None:
        assert cited(answer)[field] != value
        cited(answer)[field] = value

    return tamper


def adding(field: str, value: int) -> Callable[[Answer], None]:
    def tamper(answer: Answer) -> None:
        cited(answer)[field] += value

    return tamper


def without(field: str) -> Callable[[Answer], None]:
    def tamper(answer: Answer) -> None:
        del cited(answer)[field]

    return tamper


def as_text(field: str) -> Callable[[Answer], None]:
    def tamper(answer: Answer) -> None:
        cited(answer)[field] = str(cited(answer)[field]) if not isinstance(cited(answer)[field], str) else 7

    return tamper


def changed_digit(field: str) -> Callable[[Answer], None]:
    def tamper(answer: Answer) -> None:
        value = cited(answer)[field]
        cited(answer)[field] = ("0" if value[0] != "0" else "1") + value[1:]

    return tamper


CITATION_TAMPERINGS: dict[str, Callable[[Answer], None]] = {
    "quote, one character": one_character,
    "quote, longer": number_in_quote,
    "start": adding("start", 1),
    "start, earlier": adding("start", -3),
    "end": adding("end", -1),
    "start and end": shifted,
    "end past the file's": past_the_end,
    "start after end": backwards,
    "start below zero": setting("start", -1),
    "path": other_file,
    "path, nowhere": setting("path", "/nowhere/at/all.txt"),
    "path, a folder": setting("path", "/"),
    "path, no name": setting("path", "a\0b"),
    "path, half a pair": setting("path", "\ud800.txt"),
    "sha256": changed_digit("sha256"),
    "document_id": changed_digit("document_id"),
    "line": adding("line", 1),
    "language": setting("language", "fr"),
    "title": setting("title", "Another title"),
    "url": setting("url", "https://example.org/other"),
    "url, none": setting("url", None),
    "published": setting("published", "1999-01-01"),
    "published, none": setting("published", None),
    "page": setting("page", 3),
    **{f"without {f}": without(f) for f in ("quote", "start", "end", "path", "sha256", "line", "title", "url")},
    **{f"{f} of another type": as_text(f) for f in ("quote", "start", "end", "path", "sha256", "line", "language")},
    "start true": setting("start", True),
    "start a fraction": setting("start", 1.5),
}


@pytest.mark.parametrize("name", CITATION_TAMPERINGS)
def test_a_tampered_citation_is_named(answer: Answer, verify: Callable[[object], Ran], name: str) -> None:
    CITATION_TAMPERINGS[name](answer)

    problems = verify_answer(answer)
    # Without its quote the statement's words are no longer cited either; that is said of the answer.
    assert [problem.number for problem in problems if problem.number] == [2], problems

    ran = verify(answer)
    assert (ran.code, ran.err) == (1, "")
    assert "[2] " in ran.out.replace("\n", " ")
    assert f"{len(problems)} of the checks on 3 citations failed." in ran.out


def statement(answer: Answer, **changes: object) -> None:
    answer["statements"][0].update(changes)


def drop_citation(answer: Answer) -> None:
    del answer["citations"][-1]


def drop_first_citation(answer: Answer) -> None:
    del answer["citations"][0]


def double_citation(answer: Answer) -> None:
    answer["citations"].append(copy.deepcopy(answer["citations"][0]))


def swap_citations(answer: Answer) -> None:
    answer["citations"][0], answer["citations"][1] = answer["citations"][1], answer["citations"][0]


def renumber(answer: Answer) -> None:
    answer["citations"][0]["number"], answer["citations"][1]["number"] = 2, 1


def drop_statement(answer: Answer) -> None:
    del answer["statements"][0]


def swap_texts(answer: Answer) -> None:
    first, second = answer["statements"][:2]
    first["text"], second["text"] = second["text"], first["text"]


ANSWER_TAMPERINGS: dict[str, Callable[[Answer], None]] = {
    "statement's text": lambda a: statement(a, text=a["statements"][0]["text"] + " Not."),
    "statement without text": lambda a: statement(a, text=None),
    "statement citing an unknown number": lambda a: statement(a, citations=[99]),
    "statement citing 0": lambda a: statement(a, citations=[0]),
    "statement citing -1": lambda a: statement(a, citations=[-1]),
    "statement citing true": lambda a: statement(a, citations=[True]),
    "statement citing a word": lambda a: statement(a, citations=["1"]),
    "statement citing nothing": lambda a: statement(a, citations=[]),
    "statement with no list": lambda a: statement(a, citations=None),
    "statement that is none": lambda a: a["statements"].insert(0, "text"),
    "statements swapped": swap_texts,
    "statement removed": drop_statement,
    "citation removed": drop_citation,
    "first citation removed": drop_first_citation,
    "citation doubled": double_citation,
    "citations swapped": swap_citations,
    "citations renumbered": renumber,
    "citation that is none": lambda a: a["citations"].insert(0, 5),
    "no statements": lambda a: a.update(statements=[], citations=[]),
    "statements of another type": lambda a: a.update(statements={}),
    "citations of another type": lambda a: a.update(citations=7),
    "citations missing": lambda a: a.pop("citations"),
    "abstained with statements": lambda a: a.update(status="abstained"),
}


@pytest.mark.parametrize("name", ANSWER_TAMPERINGS)
def test_a_tampered_answer_fails(answer: Answer, verify: Callable[[object], Ran], name: str) -> None:
    ANSWER_TAMPERINGS[name](answer)

    assert verify_answer(answer)
    ran = verify(answer)
    assert (ran.code, ran.err) == (1, "")
    assert "of the checks on" in ran.out


class TestFiles:
    """What happens to the files after the answer was saved."""

    @pytest.fixture
    def saved(self, dalil: Dalil, collection: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
        monkeypatch.setenv("DALIL_MIN_CONFIDENCE", "0")
        ran = dalil("ask", "--json", QUESTION)
        assert json.loads(ran.out)["citations"][0]["path"].endswith("bridge.txt")
        path = tmp_path / "saved.json"
        path.write_text(ran.out, "utf-8")
        assert dalil("verify", path).code == 0
        return path

    def reasons(self, dalil: Dalil, saved: Path) -> dict[int, str]:
        ran = dalil("verify", saved, "--json")
        result = json.loads(ran.out)
        assert (ran.code, result["ok"]) == (1, False)
        return {problem["number"]: problem["reason"] for problem in result["answers"][0]["problems"]}

    def test_edited(self, dalil: Dalil, saved: Path, notes: Path) -> None:
        with (notes / "bridge.txt").open("a") as file:
            file.write(" ")
        assert self.reasons(dalil, saved)[1].endswith("bridge.txt has changed since it was cited")

    def test_edited_keeping_the_size(self, dalil: Dalil, saved: Path, notes: Path) -> None:
        text = (notes / "bridge.txt").read_text()
        (notes / "bridge.txt").write_text(text.replace("1984", "1985"))
        assert self.reasons(dalil, saved)[1].endswith("bridge.txt has changed since it was cited")

    @pytest.mark.parametrize("content", ["", "The old"])
    def test_truncated(self, dalil: Dalil, saved: Path, notes: Path, content: str) -> None:
        (notes / "bridge.txt").write_text(content)
        assert self.reasons(dalil, saved)[1].endswith("bridge.txt has changed since it was cited")

    def test_deleted(self, dalil: Dalil, saved: Path, notes: Path, encoder: Remembering, collection: Path) -> None:
        (notes / "bridge.txt").unlink()
        # The collection has not been told yet, and must not name the old place as the new one.
        assert "cannot be read: " in self.reasons(dalil, saved)[1]
        index(encoder, collection, notes)
        assert "cannot be read: " in self.reasons(dalil, saved)[1]

    def test_moved(self, dalil: Dalil, saved: Path, notes: Path, encoder: Remembering, collection: Path) -> None:
        (notes / "bridge.txt").rename(notes / "ponte.txt")
        assert "cannot be read: " in self.reasons(dalil, saved)[1]
        index(encoder, collection, notes)
        assert self.reasons(dalil, saved)[1] == (
            f"the file has moved from {notes / 'bridge.txt'} to {notes / 'ponte.txt'}"
        )

    def test_moved_to_a_twin(
        self, dalil: Dalil, saved: Path, notes: Path, encoder: Remembering, collection: Path
    ) -> None:
        write_notes(notes, {"zz-twin.txt": NOTES["bridge.txt"]})
        index(encoder, collection, notes)
        (notes / "bridge.txt").unlink()
        assert self.reasons(dalil, saved)[1].endswith(f"to {notes / 'zz-twin.txt'}")

    def test_without_any_collection(
        self, dalil: Dalil, saved: Path, notes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("DALIL_COLLECTION", str(tmp_path / "nowhere"))
        assert dalil("verify", saved).code == 0
        (notes / "bridge.txt").unlink()
        assert "cannot be read: " in self.reasons(dalil, saved)[1]

    def test_with_a_damaged_collection(self, dalil: Dalil, saved: Path, collection: Path) -> None:
        (collection / "store.sqlite").write_bytes(b"damage" * 1000)
        assert dalil("verify", saved) == Ran(0, dalil("verify", saved).out, "")


@pytest.mark.parametrize("content", [b"", b" \n", b"{", b"not json", b"[]", b"7", b'"text"', b"[1, 2]", b"\xff\xfe{",
                                     b"{}\n[]\nx", b"[" * 100_000])  # fmt: skip
def test_what_is_no_answer_is_wrong_use(dalil: Dalil, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "answer.json"
    path.write_bytes(content)
    for ran in (dalil("verify", path), dalil("verify", "-", stdin=content)):
        assert (ran.code, ran.out) == (2, "")
        assert_one_sentence(ran.err)


def test_a_missing_answer_file_is_wrong_use(dalil: Dalil, tmp_path: Path) -> None:
    ran = dalil("verify", tmp_path / "nowhere.json")
    assert (ran.code, ran.out) == (2, "")
    assert_one_sentence(ran.err)


def test_one_bad_answer_among_many_is_named(answers: dict[str, Answer], dalil: Dalil, tmp_path: Path) -> None:
    rows = copy.deepcopy(list(answers.values()))
    rows[3]["citations"][0]["line"] += 1
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))

    ran = dalil("verify", path, "--json")

    assert ran.code == 1
    assert [len(row["problems"]) for row in json.loads(ran.out)["answers"]] == [0, 0, 0, 1, 0]
    assert f"answer {rows[3]['id']}, [1] its line is" in dalil("verify", path).out.replace("\n", " ")


def test_line_separators_inside_a_saved_answer_do_not_part_it(
    dalil: Dalil, tmp_path: Path, encoder: Remembering, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DALIL_MIN_CONFIDENCE", "0")
    folder = tmp_path / "folder\u2028of\x85notes"
    index(encoder, tmp_path / "collection", write_notes(folder, NOTES))
    batch = tmp_path / "questions.jsonl"
    batch.write_text('{"id": 1, "question": "When did the\u2028bridge open?"}\n' * 2, "utf-8")

    ran = dalil("ask", "--batch", batch)

    assert ran.code == 0
    assert len(ran.out.split("\n")) == 3
    assert "\u2028of\x85notes" in ran.out
    saved = tmp_path / "saved.jsonl"
    saved.write_text(ran.out, "utf-8")
    assert dalil("verify", saved).code == 0
