"""The command line: shapes, streams, exit codes, and what a terminal is shown."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from answer_support import APPLES, answered, hits, stated, unanswered
from hypothesis import given
from hypothesis import strategies as st
from rag_support import (
    NOTES,
    Ran,
    Remembering,
    assert_harmless,
    assert_one_sentence,
    cells,
    chunk_texts,
    index,
    write_notes,
)

import rag
import rag.cli.commands
from rag.answer import Note
from rag.cli import main
from rag.cli.output import print_answer
from rag.cli.text import rows, wrap
from rag.errors import CollectionError, WrongUse
from rag.settings import SHIPPED_DOCUMENTS

Dalil = Callable[..., Ran]
QUESTION = "When was the old bridge at Korgas opened?"
COMMAND = [sys.executable, "-c", "import sys; from rag.cli import main; sys.exit(main())"]

ANSWER: dict[str, Any] = {
    "id": (str, int, type(None)), "question": str, "language": str, "status": str, "grade": str, "confidence": float,
    "mode": str,
    "model": (str, type(None)), "statements": list, "citations": list, "hits": list, "timings_ms": dict,
    "standalone": (str, type(None)), "conflicts": list, "notes": list, "citation_quality": (dict, type(None)),
}  # fmt: skip
STATEMENT: dict[str, Any] = {
    "text": str, "citations": list, "support": str, "score": float, "findings": list,
    "agreement": (dict, type(None)), "focus": (dict, type(None)),
}  # fmt: skip
CITATION: dict[str, Any] = {
    "number": int, "document_id": str, "path": str, "sha256": str, "title": str, "url": (str, type(None)),
    "published": (str, type(None)), "language": str, "start": int, "end": int, "line": int, "page": (int, type(None)),
    "quote": str, "gloss": (dict, type(None)), "part": (str, type(None)), "reader": str,
}  # fmt: skip
HIT: dict[str, Any] = {
    "rank": int, "id": str, "score": float, "read": (float, type(None)), "document_id": str, "path": str,
    "language": str, "start": int, "end": int, "text": str, "part": (str, type(None)), "title": (str, type(None)),
    "url": (str, type(None)), "published": (str, type(None)), "publisher": (str, type(None)),
    "author": (str, type(None)), "twins": list,
}  # fmt: skip
INFO: dict[str, Any] = {
    "documents": int, "chunks": int, "languages": dict, "model": str, "dimension": int, "aligned": bool, "bytes": int,
    "generation": int, "version": str,
}  # fmt: skip
REPORT: dict[str, Any] = {
    "added": list, "changed": list, "unchanged": list, "moved": list, "removed": list, "duplicates": dict,
    "skipped": dict, "documents": int, "chunks": int, "embedded": int, "generation": int,
}  # fmt: skip


def assert_shape(value: dict[str, Any], shape: dict[str, Any]) -> None:
    assert list(value) == list(shape)
    for name, kind in shape.items():
        assert isinstance(value[name], kind), (name, value[name])
        assert kind is bool or not isinstance(value[name], bool), name


def assert_answer(answer: dict[str, Any]) -> None:
    assert_shape(answer, ANSWER)
    for name, shape in (("statements", STATEMENT), ("citations", CITATION), ("hits", HIT)):
        for row in answer[name]:
            assert_shape(row, shape)
    assert answer["status"] in {"answered", "abstained"}
    assert answer["mode"] == "extractive"
    assert 0 <= answer["confidence"] <= 1
    timed = [step for step in answer["timings_ms"] if step != "read"]  # where there is a reader
    assert timed == ["retrieve", "generate", "verify", "total"]
    for statement in answer["statements"]:
        assert statement["support"] in {"supported", "partial", "unsupported"}
        assert 0 <= statement["score"] <= 1
    assert [hit["rank"] for hit in answer["hits"]] == list(range(1, len(answer["hits"]) + 1))


def only_json(ran: Ran) -> dict[str, Any]:
    """What a command printed: one line of JSON, and nothing said beside it."""
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.endswith("\n")
    assert ran.out.count("\n") == 1
    value: dict[str, Any] = json.loads(ran.out)
    return value


@pytest.fixture(autouse=True)
def _answers_always(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DALIL_MIN_CONFIDENCE", "0")


class TestJson:
    def test_ask(self, dalil: Dalil, collection: Path) -> None:
        answer = only_json(dalil("ask", "--json", QUESTION))
        assert_answer(answer)
        assert (answer["id"], answer["question"], answer["status"]) == (None, QUESTION, "answered")
        assert answer["citations"]
        assert "May 1959" in answer["statements"][0]["text"]
        assert len(re.findall("[0-9a-f]", answer["citations"][0]["sha256"])) == 64

    def test_ask_abstaining_is_done(self, dalil: Dalil, collection: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DALIL_MIN_CONFIDENCE", "1")
        answer = only_json(dalil("ask", "--json", "How much is a litre of milk on the moon?"))
        assert_answer(answer)
        assert (answer["status"], answer["statements"], answer["citations"]) == ("abstained", [], [])

    def test_search(self, dalil: Dalil, collection: Path) -> None:
        found = only_json(dalil("search", "--json", "茶馆每天几点开门?"))
        assert list(found) == ["id", "question", "language", "hits"]
        assert (found["id"], found["question"], found["language"]) == (None, "茶馆每天几点开门?", "zh-Hans")
        for hit in found["hits"]:
            assert_shape(hit, HIT)
        assert found["hits"][0]["path"].endswith("cha.txt")

    @pytest.mark.parametrize("command", ["ask", "search"])
    def test_k(self, dalil: Dalil, collection: Path, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
        assert len(only_json(dalil(command, "--json", "-k", 2, QUESTION))["hits"]) == 2
        monkeypatch.setenv("DALIL_K", "3")
        assert len(only_json(dalil(command, "--json", QUESTION))["hits"]) == 3
        assert len(only_json(dalil(command, "--json", "-k", "1", QUESTION))["hits"]) == 1

    def test_info(self, dalil: Dalil, collection: Path, encoder: Remembering) -> None:
        info = only_json(dalil("info", "--json"))
        assert_shape(info, INFO)
        assert (info["documents"], info["generation"]) == (len(NOTES), 1)
        assert info["chunks"] == sum(info["languages"].values()) == sum(map(len, chunk_texts(collection).values()))
        assert (info["model"], info["dimension"], info["version"]) == (encoder.name, 384, rag.__version__)
        assert {"en", "kk", "ru", "zh-Hans", "zh-Hant"} <= set(info["languages"])

    def test_index(self, dalil: Dalil, notes: Path) -> None:
        (notes / "empty.txt").touch()
        report = only_json(dalil("index", "--json", notes))
        assert_shape(report, REPORT)
        assert len(report["added"]) == report["documents"] == len(NOTES)
        assert list(report["skipped"]) == [str(notes / "empty.txt")]

    def test_half_a_surrogate_pair_does_not_stop_the_output(self, dalil: Dalil, collection: Path) -> None:
        ran = dalil("ask", "--batch", "-", stdin='{"id": "\\ud800", "question": "When was the bridge opened?"}')
        assert ran.code == 0
        assert json.loads(ran.out)["id"] == "\ud800"


class TestCollectionChoice:
    def test_option_then_environment_then_the_user_s_folder(
        self, dalil: Dalil, notes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert dalil("index", "--quiet", notes, "--collection", tmp_path / "named") == Ran(0, "", "")
        assert not (tmp_path / "collection").exists()
        assert dalil("info").code == 3
        monkeypatch.setenv("DALIL_COLLECTION", str(tmp_path / "named"))
        assert dalil("info").code == 0
        monkeypatch.delenv("DALIL_COLLECTION")
        monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
        assert "data/dalil/collection" in dalil("info").err

    def test_without_paths_the_shipped_documents_are_indexed(self, dalil: Dalil, shipped: Path) -> None:
        report = only_json(dalil("index", "--json", "--collection", shipped))
        assert len(report["unchanged"]) >= 10
        assert (report["added"], report["removed"], report["embedded"]) == ([], [], 0)
        assert {Path(path).is_relative_to(SHIPPED_DOCUMENTS) for path in report["unchanged"]} == {True}


class TestBatch:
    ROWS = (
        {"id": "b", "question": "茶馆每天几点开门?"},
        {"id": 7, "question": QUESTION},
        {"id": None, "question": "Когда отправляется поезд?"},
        {"question": "Where do wild apple trees grow?"},
        {"id": "a", "question": QUESTION, "note": "more keys do no harm"},
    )

    @pytest.mark.parametrize("command", ["ask", "search"])
    def test_order_and_ids_are_kept(self, dalil: Dalil, collection: Path, tmp_path: Path, command: str) -> None:
        path = tmp_path / "questions.jsonl"
        text = "\n".join(json.dumps(row, ensure_ascii=False) for row in self.ROWS) + "\n\n"
        path.write_text(text, "utf-8")

        ran = dalil(command, "--batch", path)

        assert (ran.code, ran.err) == (0, "")
        results = [json.loads(line) for line in ran.out.splitlines()]
        assert [row["id"] for row in results] == ["b", 7, None, None, "a"]
        assert [row["question"] for row in results] == [row["question"] for row in self.ROWS]
        assert [Path(row["hits"][0]["path"]).name for row in results] == [
            "cha.txt", "bridge.txt", "poezd.txt", "apples.md", "bridge.txt"
        ]  # fmt: skip
        for form in (text, "\ufeff" + text, text.replace("\n", "\r\n")):
            again = dalil(command, "--batch", "-", "--json", stdin=form)
            assert again.code == 0
            assert [json.loads(line)["hits"] for line in again.out.splitlines()] == [row["hits"] for row in results]

    @pytest.mark.parametrize("command", ["ask", "search"])
    def test_a_question_that_cannot_be_asked_stops_no_other(self, dalil: Dalil, collection: Path, command: str) -> None:
        rows = [{"id": 1, "question": QUESTION}, {"id": 2, "question": " "}, {"id": 3, "question": QUESTION}]

        ran = dalil(command, "--batch", "-", stdin="".join(json.dumps(row) + "\n" for row in rows))

        assert (ran.code, ran.err) == (2, "")
        first, second, third = map(json.loads, ran.out.splitlines())
        assert first["hits"] == third["hits"]
        assert list(second) == ["id", "question", "error"]
        assert (second["id"], second["question"]) == (2, " ")
        assert "empty" in second["error"]

    @pytest.mark.parametrize(
        "line", ["not json", "[1]", '"text"', "7", "{}", '{"id": 1}', '{"question": 5}', '{"question": null}',
                 '{"question": "What?", "id": []}', '{"question": "What?", "id": true}', "[" * 50_000]
    )  # fmt: skip
    def test_a_malformed_row_is_named(self, dalil: Dalil, collection: Path, line: str) -> None:
        ran = dalil("ask", "--batch", "-", stdin=f'{{"id": 1, "question": "{QUESTION}"}}\n\n{line}\n')

        assert (ran.code, ran.out) == (2, "")
        assert_one_sentence(ran.err)
        assert "line 3 of -" in ran.err

    def test_files_that_cannot_be_read(self, dalil: Dalil, collection: Path, tmp_path: Path) -> None:
        (tmp_path / "latin.jsonl").write_bytes('{"question": "où?"}'.encode("latin-1"))
        for path in (tmp_path / "nowhere.jsonl", tmp_path, tmp_path / "latin.jsonl"):
            ran = dalil("ask", "--batch", path)
            assert (ran.code, ran.out) == (2, "")
            assert_one_sentence(ran.err)

    def test_nothing_asked_gives_nothing(self, dalil: Dalil, collection: Path) -> None:
        assert dalil("ask", "--batch", "-", stdin="\n") == Ran(0, "", "")

    @pytest.mark.parametrize("arguments", [["ask"], ["ask", QUESTION, "--batch", "-"], ["search"]])
    def test_either_a_question_or_a_batch(self, dalil: Dalil, collection: Path, arguments: list[str]) -> None:
        ran = dalil(*arguments)
        assert (ran.code, ran.out) == (2, "")
        assert_one_sentence(ran.err)


class TestWrongUse:
    @pytest.mark.parametrize(
        "arguments",
        [[], ["fly"], ["ask", "-k", "0", "Why?"], ["ask", "-k", "-3", "Why?"], ["ask", "-k", "x", "Why?"], ["verify"],
         ["info", "--nothing"], ["ask", "two", "questions"]],
    )  # fmt: skip
    def test_arguments(self, dalil: Dalil, arguments: list[str]) -> None:
        ran = dalil(*arguments)
        assert (ran.code, ran.out) == (2, "")
        assert "Traceback" not in ran.err
        assert "_positive" not in ran.err
        assert ran.err.splitlines()[-1].startswith("dalil")

    def test_k_beyond_what_is_shown(self, dalil: Dalil, collection: Path) -> None:
        ran = dalil("ask", "-k", "100000", QUESTION)
        assert (ran.code, ran.out) == (2, "")
        assert_one_sentence(ran.err)

    def test_an_llm_that_is_not_there(self, dalil: Dalil, collection: Path) -> None:
        ran = dalil("ask", "--llm", "gpt", QUESTION)
        assert (ran.code, ran.out) == (2, "")
        assert_one_sentence(ran.err)

    def test_debug_shows_the_traceback(self, tmp_path: Path) -> None:
        with pytest.raises(CollectionError):
            main(["info", "--debug", "--collection", str(tmp_path)])
        with pytest.raises(WrongUse):
            main(["ask", "--debug"])

    def test_a_bug_is_one_sentence_too(self, dalil: Dalil, collection: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def broken(*_: object) -> None:
            raise ZeroDivisionError("a bug\n\x1b[2J")

        monkeypatch.setattr(rag.cli.commands.Collection, "bytes_on_disk", broken)
        ran = dalil("info")
        assert (ran.code, ran.out) == (1, "")
        assert ran.err.startswith("dalil: unexpected error (ZeroDivisionError: a bug ")
        assert ran.err.count("\n") == 1
        assert_harmless(ran.err)
        with pytest.raises(ZeroDivisionError):
            main(["info", "--debug"])

    def test_an_interrupt_is_no_traceback(self, dalil: Dalil, notes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def interrupt(*_: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(rag.cli.commands.BarProgress, "embedded", interrupt)
        ran = dalil("index", notes)
        assert (ran.code, ran.out) == (130, "")
        assert_one_sentence(ran.err)
        monkeypatch.undo()


class TestTerminal:
    """What people read: 80 columns in any script, and nothing that a terminal would act on."""

    def check(self, ran: Ran, code: int = 0) -> str:
        assert ran.code == code, ran.err
        assert_harmless(ran.out)
        wide = [line for line in ran.out.splitlines() if cells(line) > 80]
        assert wide == []
        assert all(line == line.rstrip() for line in ran.out.splitlines())
        return ran.out

    @pytest.mark.parametrize(
        "question",
        ["When did the agreement on exchanging information take effect, and who signed it?",
         "Визасыз режим туралы келісім қашан күшіне енді?", "Где прошли антитеррористические учения?",
         "互免签证协定什么时候生效？", "哪些組織被列入禁止名單？"],
    )  # fmt: skip
    def test_answers_and_hits(
        self, dalil: Dalil, shipped: Path, monkeypatch: pytest.MonkeyPatch, question: str
    ) -> None:
        monkeypatch.setenv("DALIL_COLLECTION", str(shipped))
        answer = only_json(dalil("ask", "--json", question))

        text = self.check(dalil("ask", question))

        joined = re.sub(r"\s", "", text)
        assert re.sub(r"\s", "", question) in joined
        for citation in answer["citations"]:
            assert re.sub(r"\s", "", citation["quote"]) in joined
            assert f"[{citation['number']}]" in joined
            assert re.sub(r"\s", "", citation["url"]) in joined
            assert citation["published"] in text
            assert f"line{citation['line']}" in joined
            assert Path(citation["path"]).name in joined
        self.check(dalil("search", question))

    def test_an_abstention(self, dalil: Dalil, shipped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DALIL_COLLECTION", str(shipped))
        monkeypatch.setenv("DALIL_MIN_CONFIDENCE", "1")
        text = self.check(dalil("ask", "月球上牛奶多少钱?"))
        assert "没有找到与此相关的内容。" in text
        assert re.findall(r"^(\d)\. ", text, re.MULTILINE) == ["1", "2", "3"]

    @pytest.mark.parametrize(
        ("language", "said"),
        [("en", "Probably in these passages:"), ("kk", "Жауап, шамасы, мына үзінділерде:"),
         ("ru", "Вероятно, ответ в этих фрагментах:"), ("zh-Hant", "答案可能在以下片段中：")],
    )  # fmt: skip
    def test_likely_passages_are_shown_in_the_language_of_the_question(
        self, language: str, said: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        print_answer(unanswered(language=language, grade="likely", hits=hits(4)))
        lines = capsys.readouterr().out.splitlines()
        assert lines[:5] == ["Which apple?", "", said, "", "1. Passage 1."]
        assert [f"{rank}. Passage {rank}." in lines for rank in (1, 2, 3, 4)] == [True, True, True, False]

    def test_where_nothing_is_found_no_passage_is_shown(self, capsys: pytest.CaptureFixture[str]) -> None:
        print_answer(unanswered(language="ru"))
        nothing = "В этих документах об этом ничего не найдено."
        assert capsys.readouterr().out.splitlines() == ["Which apple?", "", nothing, "", "confidence 0.90"]

    def test_a_reply_that_is_a_note_is_shown_as_it_is(self, capsys: pytest.CaptureFixture[str]) -> None:
        notes = (Note("about", "Сәлем!\nАлма туралы \x1b[2Jсұраңыз."), Note("other", "a remark"))
        print_answer(unanswered(notes=notes))
        told = ["Сәлем!", "Алма туралы \ufffd[2Jсұраңыз.", "Note: a remark."]
        assert capsys.readouterr().out.splitlines() == ["Which apple?", "", *told]

    @pytest.mark.parametrize("columns", ["80", "20"])
    @pytest.mark.parametrize("written", ["", "By what it says, the Aport is."])
    def test_the_short_answer_is_bold_in_its_quotation(
        self, columns: str, written: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        for name, value in (("FORCE_COLOR", "1"), ("TERM", "xterm"), ("COLUMNS", columns)):
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("NO_COLOR", raising=False)
        short = "garden is the red Aport"  # more than a line of 20 columns
        answer = answered(stated(short=short, at=APPLES.index(short)))
        if written:
            answer = replace(answer, statements=(replace(answer.statements[0], text=written),))
        print_answer(answer)
        bold = re.findall(r"\x1b\[1m(.*?)\x1b\[0m", capsys.readouterr().out)
        parts = [part for part in bold if part in APPLES]
        assert " ".join(parts) == short
        assert len(parts) > 1

    def test_info_index_and_verify(self, dalil: Dalil, notes: Path, tmp_path: Path) -> None:
        (notes / ("很长的文件名" * 12 + ".txt")).touch()
        (notes / "twin.txt").write_text(NOTES["bridge.txt"])
        text = self.check(dalil("index", notes))
        assert f"{len(NOTES)} added, 0 changed, 0 unchanged, 0 removed, 1 identical, 1 skipped" in text
        assert "the file is empty" in re.sub(r"\s+", " ", text)
        assert "is stored once, with" in re.sub(r"\s+", " ", text)
        assert "documents" in self.check(dalil("info"))
        (tmp_path / "saved.json").write_text(dalil("ask", "--json", QUESTION).out)
        assert "hold" in self.check(dalil("verify", tmp_path / "saved.json"))
        (notes / "bridge.txt").unlink()
        assert "[1]" in self.check(dalil("verify", tmp_path / "saved.json"), 1)

    def test_a_narrow_terminal(self, dalil: Dalil, collection: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("COLUMNS", "40")
        for question in (QUESTION, "燈塔由誰看守?"):
            assert max(map(cells, dalil("ask", question).out.splitlines())) <= 40

    HOSTILE = "\x1b[2J\x1b]0;owned\x07\u202egnp.exe\u2066\x9b31m\r\b\x7f"

    @pytest.fixture
    def hostile(self, tmp_path: Path, encoder: Remembering) -> Path:
        """Files whose names, titles and texts mean to act on a terminal."""
        folder = tmp_path / f"in{self.HOSTILE}"
        write_notes(
            folder,
            {
                f"a{self.HOSTILE}.md": '---\ntitle: "T\\e[2J\\u202e\\x9b31m"\nurl: https://example.org/\n---\n\n'
                "The old bridge\x1b[31m at Korgas\u202e was opened in May 1959 for the railway.\n",
                f"b{self.HOSTILE}.txt": "",
                f"c{self.HOSTILE}.txt": NOTES["poezd.txt"],
                f"d{self.HOSTILE}.txt": NOTES["poezd.txt"],
            },
        )
        return folder

    def test_hostile_names_titles_and_texts(self, dalil: Dalil, hostile: Path, tmp_path: Path) -> None:
        ran = dalil("index", hostile)
        self.check(ran)
        assert "\ufffd" in ran.out
        for command in ("ask", "search"):
            assert "bridge" in self.check(dalil(command, "When was the bridge\x1b[2J\u202e opened?"))
        saved = tmp_path / "saved.json"
        saved.write_text(dalil("ask", "--json", QUESTION).out, "utf-8")
        assert "\x1b" not in saved.read_text()  # JSON escapes it
        self.check(dalil("verify", saved))
        for path in hostile.iterdir():
            path.unlink()
        self.check(dalil("verify", saved), 1)
        ran = dalil("index", hostile / f"nowhere{self.HOSTILE}")
        assert ran.code == 2
        assert_one_sentence(ran.err)
        assert_harmless(ran.err)

    def test_the_progress_bar(self, dalil: Dalil, notes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        class Terminal(io.StringIO):
            def isatty(self) -> bool:
                return True

        terminal = Terminal()
        monkeypatch.setattr(sys, "stderr", terminal)
        ran = dalil("index", "--json", notes)
        shown = terminal.getvalue()
        assert ran.code == 0
        assert json.loads(ran.out)["documents"] == len(NOTES)
        assert f"Embedding {len(NOTES)} documents" in shown
        assert "chunk/s" in shown
        assert re.search(r"\d\d:\d\d<", shown)  # time gone and time left
        assert max(cells(line) for line in re.split(r"[\r\n]", shown)) <= 80


class TestProcess:
    """The command as a process of its own."""

    def run(self, *arguments: object, **options: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*COMMAND, *map(str, arguments)], capture_output=True, text=True, timeout=300, check=False, **options
        )

    def test_a_whole_session(self, notes: Path, tmp_path: Path) -> None:
        (notes / "a\x1b[2J.txt").write_text(NOTES["poezd.txt"] + "Билет стоит сто тенге.\n")
        ran = self.run("index", notes)
        assert (ran.returncode, ran.stderr) == (0, "")

        ran = self.run("ask", "--json", QUESTION)
        assert (ran.returncode, ran.stderr) == (0, "")
        answer = json.loads(ran.stdout)
        assert_answer(answer)
        (tmp_path / "saved.json").write_text(ran.stdout)
        assert self.run("verify", tmp_path / "saved.json").returncode == 0

        (notes / "a\x1b[2J.txt").write_text("Nothing left.")
        ran = self.run("ask", "--json", "Сколько стоит билет?")
        assert ran.returncode == 0
        assert json.loads(ran.stdout)["statements"][0]["support"] == "unsupported"
        assert ran.stderr.startswith("dalil: ")
        assert "has changed since it was indexed" in ran.stderr
        assert_harmless(ran.stderr)

    def test_help_does_not_wait_for_the_model_libraries(self) -> None:
        code = "import sys, rag.cli.parser; print([m for m in ('torch', 'langchain_core') if m in sys.modules])"
        ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert ran.stdout == "[]\n"

    @pytest.mark.skipif(os.name != "posix", reason="pipes of POSIX")
    def test_a_broken_pipe_is_no_error(self, collection: Path) -> None:
        processes = []
        for arguments in (["info"], ["info", "--json"]):
            reading, writing = os.pipe()
            os.close(reading)
            processes.append(subprocess.Popen([*COMMAND, *arguments], stdout=writing, stderr=subprocess.PIPE))
            os.close(writing)
        for process in processes:
            _, said = process.communicate(timeout=120)
            assert (process.returncode, said) == (0, b"")

    @pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
    def test_ctrl_c_while_indexing(self, tmp_path: Path, notes: Path, encoder: Remembering) -> None:
        for number in range(300):
            (notes / f"{number}.txt").write_text(f"Ship number {number} carried {number * 7} crates of copper.\n" * 3)
        process = subprocess.Popen(
            [*COMMAND, "index", notes],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # shells let background jobs ignore it
        )
        until = time.monotonic() + 120
        while not (tmp_path / "collection" / "store.sqlite").exists():
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < until
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=120)
        assert (process.returncode, out) == (130, "")
        assert_one_sentence(err)
        assert "interrupted" in err
        for number in range(300):
            (notes / f"{number}.txt").unlink()
        index(encoder, tmp_path / "collection", notes)
        assert len(chunk_texts(tmp_path / "collection")) == len(NOTES)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("one two three", ["one two", "three"]),
        ("1. 这家茶馆开在,伊宁市。", ["1. 这家", "茶馆开", "在,伊宁", "市。"]),
        ("茶馆在伊。宁市", ["茶馆在", "伊。宁市"]),
        ("abcdefghijklmnopqrst", ["abcdefgh", "ijklmnop", "qrst"]),
        ("is abcdefghijkl", ["is", "abcdefgh", "ijkl"]),
        ("  in", ["  in"]),
        ("", [""]),
        ("on        and", ["on", "and"]),
        ("eight by \u200d\u200dnine", ["eight by", "\u200d\u200dnine"]),
    ],
)
def test_wrap(text: str, lines: list[str]) -> None:
    assert list(wrap(text, 8)) == lines


@given(st.text(st.sampled_from("ab 茶馆，。\u200d\u0301️👩")), st.integers(2, 9))
def test_rows_begin_where_they_stand(text: str, width: int) -> None:
    found = list(rows(text, width))
    assert [row for _, row in found] == list(wrap(text, width))
    assert [text[at : at + len(row)] for at, row in found] == [row for _, row in found]
    assert "".join(row for _, row in found).replace(" ", "") == text.replace(" ", "")


def test_a_long_run_without_a_terminal_tells_how_far_it_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr(rag.cli.progress.time, "monotonic", lambda: now[0])
    progress = rag.cli.progress.BarProgress()
    progress.reading(30)
    for _ in range(30):
        now[0] += 1.0
        progress.read(Path("a.txt"))
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        "Reading: 10 of 30 files (1.0 a second, 20 seconds left)",
        "Reading: 20 of 30 files (1.0 a second, 10 seconds left)",
        "Reading: 30 of 30 files (1.0 a second, 0 seconds left)",
    ]


def test_many_skipped_files_are_told_by_their_reasons(dalil: Dalil, tmp_path: Path) -> None:
    folder = tmp_path / "mixed"
    folder.mkdir()
    (folder / "good.txt").write_text("The mill stands by the river. It was built in 1931.")
    for number in range(25):
        (folder / f"{number}.txt").write_bytes(b"\x00" * 8)
    ran = dalil("index", folder)
    assert ran.code == 0
    assert "skipped 25: the file is empty" in ran.out
    rows = [json.loads(line) for line in (tmp_path / "collection" / "skipped.jsonl").read_text().splitlines()]
    assert len(rows) == 25
    assert rows[0] == {"path": str(folder / "0.txt"), "skipped": "the file is empty"}
    for number in range(25):
        (folder / f"{number}.txt").unlink()
    dalil("index", folder)
    assert not (tmp_path / "collection" / "skipped.jsonl").exists()
