"""Notebooks: cells of Markdown and code, and what the code printed."""

import json
from pathlib import Path

import pytest

from corpus.errors import Unreadable
from corpus.reading import FileText, read_text


def read(notebook: object, name: str = "a.ipynb") -> FileText:
    text = notebook if isinstance(notebook, str) else json.dumps(notebook)
    return read_text(Path("/collection") / name, text.encode())


def notebook(*cells: dict[str, object], **metadata: object) -> dict[str, object]:
    return {"cells": list(cells), "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


PROSE = {"cell_type": "markdown", "source": ["# Salt of Ilm\n", "\n", "We took **12** samples.\n"]}
CODE = {
    "cell_type": "code",
    "execution_count": 7,
    "source": "total = 4*6\nprint(total)",
    "outputs": [
        {"output_type": "stream", "name": "stdout", "text": ["\x1b[31m24\x1b[0m\n", " 10%|#\r 90%|##\r100%|###\n"]},
        {"output_type": "execute_result", "data": {"text/plain": "'salt'", "text/html": "<b>salt</b>"}},
        {"output_type": "display_data", "data": {"image/png": "iVBORw0KGgo", "text/plain": "<Figure size 1x1>"}},
        {"output_type": "error", "ename": "ValueError", "evalue": "no salt", "traceback": ["..."]},
    ],
}


def test_cells_are_parts_and_code_stands_letter_for_letter() -> None:
    document = read(notebook(PROSE, CODE)).document
    assert document.text.split("\n\n") == [
        "Salt of Ilm", "We took 12 samples.", "total = 4*6", "print(total)", "24", "100%|###", "'salt'",
        "ValueError: no salt",
    ]  # fmt: skip
    assert (document.title, document.reader) == ("Salt of Ilm", "notebook")
    assert [part.name for part in document.parts] == ["1", "2"]


def test_a_notebook_is_known_by_its_bytes() -> None:
    assert read(notebook(PROSE), "a.json").document.reader == "notebook"


def test_the_file_tells_title_and_authors() -> None:
    document = read(notebook(PROSE, title="Ilm", authors=[{"name": "Ada Brook"}, {"name": "Lin Ke"}])).document
    assert (document.title, document.author) == ("Ilm", "Ada Brook, Lin Ke")


def test_the_third_format_kept_cells_in_worksheets() -> None:
    cells = [
        {"cell_type": "heading", "level": 1, "source": "Salt"},
        {"cell_type": "code", "input": "x = 1", "outputs": []},
    ]
    assert read({"worksheets": [{"cells": cells}], "nbformat": 3}).document.text == "Salt\n\nx = 1"


def test_long_outputs_are_cut_and_told() -> None:
    printed = {"cell_type": "code", "source": "go()", "outputs": [{"text": "line of output\n" * 5000}]}
    read_file = read(notebook(printed))
    assert read_file.document.text.count("line of output") == 200
    assert read_file.draft.left_out[0].characters > 50_000


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[1, 2]",
        '{"cells": []}',
        '{"cells": [1, null, {"source": 5}]}',
        '{"cells": ' + "[" * 100_000,
        '{"cells": "x"}',
    ],
)
def test_what_is_no_notebook_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        read(text)
