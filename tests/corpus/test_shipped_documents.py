"""The collection that ships: every file is read whole, addressed, and free of boilerplate."""

import json
from functools import cache
from pathlib import Path

import pytest
from corpus_support import SHIPPED, check_invariants, chunk_texts, lost_words

from corpus.reading import ReadFile, read_document

FILES = sorted(path for path in SHIPPED.rglob("*") if path.is_file())
BOILERPLATE = [
    "top of page", "bottom of page", "verification", "Updated:", "views", "comments", "Rated 0", "Add a rating",
    "(source:", "example.org", "Dalil — documents with sources", "編輯]", "编辑]", "本頁使用了", "自由的百科全書",
    "記者：", "记者：", "责编", "网编", "资料图", "[1]", "[2]", "[3]", "INSERT", "http://", "https://",
    "All rights reserved", "相關文章", "隱私", "複製連結",
    "Share", "Related", "Home", "console.log", "max-width", "---", "\x0c", "參考資料",
    "&nbsp;", "&mdash;", "](", "**",
    "Адриан Зенцтің", "бірлескен есебі", "Li Qiang and Alikhan Smailov, whose talks", "then heading Kazakhstan",
]  # fmt: skip
READERS = {"html", "feed", "markdown", "encyclopedia", "web-page", "pdf-text"}


@cache
def read_shipped(path: Path) -> ReadFile:
    return read_document(path, path.read_bytes())


def test_there_is_something_to_answer_from() -> None:
    assert len(FILES) >= 10
    folders = [path.parent.name for path in FILES]
    assert all(folders.count(language) >= 2 for language in ("en", "kk", "zh-Hans", "zh-Hant"))
    assert {read_shipped(path).document.reader for path in FILES} == READERS


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_shipped_document(path: Path) -> None:
    result = read_shipped(path)
    check_invariants(result, path.read_bytes())
    assert lost_words(result) == []
    document = result.document
    assert document.language == path.parent.name
    assert document.url is not None
    assert document.published is not None
    assert document.title != path.stem
    assert [words for words in BOILERPLATE if words in chunk_texts(result)] == []
    own = [chunk for chunk in result.chunks if chunk.language == document.language]
    assert len(own) >= 0.9 * len(result.chunks)


def test_the_evidence_of_the_shipped_questions_stands_in_the_text() -> None:
    texts = {path.relative_to(SHIPPED).as_posix(): read_shipped(path) for path in FILES}
    lines = (SHIPPED.parent / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    evidence = [item for line in lines for item in json.loads(line).get("evidence", [])]
    assert len(evidence) > 50
    missing = [item for item in evidence if not _holds(texts, item)]
    assert missing == []


def _holds(texts: dict[str, ReadFile], item: dict[str, str]) -> bool:
    result = next(read for name, read in texts.items() if name.endswith(item["file"]))
    source = Path(result.document.path).read_text(encoding="utf-8")
    return item["quote"] in result.document.text or item["quote"] in source
