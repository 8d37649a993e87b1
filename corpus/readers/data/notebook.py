"""The reader of Jupyter notebooks: Markdown as such, code line by line, and what the code printed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from corpus.errors import Unreadable
from corpus.readers.base import Draft, File, first_text
from corpus.readers.extract import Extract
from corpus.readers.markup.markdown import MarkdownReader
from corpus.types import Metadata

_MARK = re.compile(rb"\"(?:cells|nbformat|nbformat_minor|worksheets)\"\s*:")
_MAX_OUTPUT_LINES = 200
_MAX_OUTPUT = 20_000
_TERMINAL = re.compile(r"\x1b\[[0-9;?]{0,20}[A-Za-z]")
_UNTOLD = frozenset({"untitled", "notebook"})
_DAMAGED = "the notebook is damaged; open it in Jupyter and save it again"


class NotebookReader:
    """The reader of notebooks; a part is a cell, by its number."""

    name = "notebook"
    media_type = "application/x-ipynb+json"
    suffixes = frozenset({".ipynb"})
    is_quick = True

    def matches(self, file: File) -> bool:
        """Return whether the file's name says that it is a notebook, or its first bytes show a notebook's cells."""
        return file.suffix in self.suffixes or (
            file.suffix in {".json", ".txt", ""} and b'"cell_type"' in file.head and bool(_MARK.search(file.head))
        )

    def read(self, file: File) -> Draft:
        """Return the draft of a notebook; `Unreadable` if it is none."""
        notebook = _loaded(file)
        extract = Extract()
        title = None
        for number, cell in enumerate(_cells(notebook), 1):
            extract.part(str(number))
            kind, source = cell.get("cell_type"), _joined(cell.get("source") or cell.get("input"))
            if kind in {"markdown", "heading", "html"}:
                draft = _markdown(source, cell)
                title = title or first_text(draft.blocks, lambda b: b.kind == "heading" and b.level == 1)
                extract.include(draft)
            else:
                _add_lines(extract, source)
            _add_outputs(extract, cell)
        if extract.is_empty:
            raise Unreadable("the file is empty: no cell of the notebook holds anything")
        return extract.draft(_metadata(notebook, title))


def _loaded(file: File) -> Mapping[str, object]:
    try:
        notebook = json.loads(file.source)
    except (ValueError, RecursionError):
        raise Unreadable(_DAMAGED) from None
    if not isinstance(notebook, dict):
        raise Unreadable(_DAMAGED)
    return notebook


def _cells(notebook: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    """Yield the cells of a notebook, those of the third format too, which kept them in worksheets."""
    sheets = notebook.get("worksheets")
    holders = sheets if isinstance(sheets, list) else [notebook]
    for holder in holders:
        cells = holder.get("cells") if isinstance(holder, dict) else None
        yield from (cell for cell in (cells if isinstance(cells, list) else []) if isinstance(cell, dict))


def _joined(value: object) -> str:
    """Return a text that stands as one string or as a list of lines."""
    if isinstance(value, list):
        value = "".join(line for line in value if isinstance(line, str))
    return re.sub("[\ud800-\udfff]", "\ufffd", value) if isinstance(value, str) else ""


def _markdown(source: str, cell: Mapping[str, object]) -> Draft:
    if cell.get("cell_type") == "heading":
        level = cell.get("level")
        source = f"{'#' * (level if isinstance(level, int) and 1 <= level <= 6 else 1)} {' '.join(source.split())}"
    if not source.strip():
        return Draft(())
    try:
        return MarkdownReader().read(File("cell.md", source.encode()))
    except Unreadable:
        return Draft(())


def _add_lines(extract: Extract, text: str) -> None:
    for line in text.splitlines():
        extract.paragraph(line)


def _add_outputs(extract: Extract, cell: Mapping[str, object]) -> None:
    outputs = cell.get("outputs")
    for output in outputs if isinstance(outputs, list) else []:
        if not isinstance(output, dict):
            continue
        text = _printed(output)
        # Bars of progress redraw their line: only what they drew last stays.
        lines = [line.rstrip("\r").rpartition("\r")[2] for line in _TERMINAL.sub("", text[:_MAX_OUTPUT]).split("\n")]
        lines = lines[:_MAX_OUTPUT_LINES]
        kept = "\n".join(lines)
        _add_lines(extract, kept)
        if len(text) > _MAX_OUTPUT or text.count("\n") > _MAX_OUTPUT_LINES:
            extract.leave_out("long outputs of code", len(text) - len(kept))


def _printed(output: Mapping[str, object]) -> str:
    """Return what an output says in plain text: printed lines, a value, an error's message."""
    if output.get("output_type") in {"error", "pyerr"}:
        return f"{_joined(output.get('ename'))}: {_joined(output.get('evalue'))}"
    data = output.get("data")
    if isinstance(data, dict):
        plain = _joined(data.get("text/plain"))
        is_picture = any(isinstance(kind, str) and kind.startswith("image/") for kind in data)
        return "" if is_picture or re.fullmatch(r"\s*<[\w.]+(?: .*)?>\s*", plain) else plain
    return _joined(output.get("text"))


def _metadata(notebook: Mapping[str, object], title: str | None) -> Metadata:
    about = notebook.get("metadata")
    about = about if isinstance(about, dict) else {}
    said = _joined(about.get("title")) or _joined(about.get("name"))
    authors = about.get("authors")
    names = [
        _joined(author.get("name")) if isinstance(author, dict) else _joined(author)
        for author in (authors if isinstance(authors, list) else [])
    ]
    return Metadata(
        title=(said if said.strip().lower() not in _UNTOLD else None) or title,
        author=", ".join(name for name in names if name) or None,
    )
