"""What the documents say of the code holds: settings, files and modules that they name are there."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

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
