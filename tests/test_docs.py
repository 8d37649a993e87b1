"""What the documents say of the code holds: settings, files and modules that they name are there."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import Any

import pytest

import corpus.reading
from corpus.reading import SUFFIXES, read_document
from rag.settings import Settings

PROJECT = Path(__file__).parents[1]
PAGES = sorted([PROJECT / "README.md", PROJECT / "CONTRIBUTING.md", *(PROJECT / "docs").glob("*.md")])


def test_every_setting_is_in_the_readme() -> None:
    text = (PROJECT / "README.md").read_text("utf-8")
    assert [name for name in Settings.model_fields if f"`DALIL_{name.upper()}`" not in text] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_and_modules_that_a_page_names_are_there(page: Path) -> None:
    text = page.read_text("utf-8")
    named = set(re.findall(r"`((?:rag|corpus|embeddings|tools|tests|docs)/[\w/.*-]+)`", text))
    assert [name for name in sorted(named) if not list(PROJECT.glob(name.rstrip("/")))] == []
    modules = set(re.findall(r"python -m ((?:rag|tools)[\w.]+)", text))
    assert [name for name in sorted(modules) if importlib.util.find_spec(name) is None] == []
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", text)
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_reader_in_the_documentation_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    page = (PROJECT / "docs" / "formats.md").read_text("utf-8")
    code = re.search(r"```python\n(.*?)```", page, re.DOTALL)
    assert code
    names: dict[str, Any] = {}
    exec(code[1], names)
    monkeypatch.setattr(corpus.reading, "READERS", (names["DiaryReader"](), *corpus.reading.READERS))
    text = "== 2031-03-04\nThe mill was closed.\n== 2031-03-05\nIt was opened again.\n"
    read = read_document(Path("a.diary"), text.encode())
    assert [(part.name, part.published) for part in read.document.parts] == [("2031-03-04",) * 2, ("2031-03-05",) * 2]
    assert [chunk.text for chunk in read.chunks] == ["The mill was closed.", "It was opened again."]


def test_every_format_stands_in_the_documentation() -> None:
    page = (PROJECT / "docs" / "formats.md").read_text("utf-8")
    main = {
        ".txt",
        ".md",
        ".html",
        ".pdf",
        ".docx",
        ".pptx",
        ".odt",
        ".rtf",
        ".xlsx",
        ".csv",
        ".json",
        ".ipynb",
        ".xml",
    }
    main |= {
        ".epub",
        ".fb2",
        ".srt",
        ".rst",
        ".org",
        ".tex",
        ".eml",
        ".mbox",
        ".msg",
        ".mhtml",
        ".warc",
        ".zip",
        ".tar",
    }
    assert main <= SUFFIXES
    assert [suffix for suffix in sorted(main) if f"`{suffix}`" not in page] == []
