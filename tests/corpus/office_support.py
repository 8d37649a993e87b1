"""Small office files made in memory, and how they read."""

import io
import zipfile
from pathlib import Path

from corpus.reading import FileText, read_text

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
REST = (
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
    ' xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
    ' xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
    ' xmlns:dgm="http://schemas.openxmlformats.org/drawingml/2006/diagram"'
    ' xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
)
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def zipped(members: dict[str, str]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return held.getvalue()


def relations(links: dict[str, tuple[str, str]]) -> str:
    """The relations of a part: by id, the kind and the target."""
    listed = "".join(
        f'<Relationship Id="{number}" Type="{RELATION}/{kind}" Target="{target}"/>'
        for number, (kind, target) in links.items()
    )
    return f"<Relationships>{listed}</Relationships>"


def core(title: str = "", author: str = "") -> str:
    return f'<cp:p xmlns:cp="c" xmlns:dc="d"><dc:title>{title}</dc:title><dc:creator>{author}</dc:creator></cp:p>'


def taken(data: bytes, name: str) -> FileText:
    return read_text(Path("/collection") / name, data)


def blocks(read: FileText) -> list[str]:
    """The blocks of a text, each with a mark of its kind: "#1 " for headings, "* ", "| " and "" for paragraphs."""
    marks = {"item": "* ", "row": "| ", "paragraph": ""}
    found = []
    for block in read.draft.blocks:
        text = " ".join("".join(piece.text for piece in block.pieces).split())
        found.append((f"#{block.level} " if block.kind == "heading" else marks[block.kind]) + text)
    return found


def left_out(read: FileText) -> dict[str, int]:
    return {piece.what: piece.characters for piece in read.draft.left_out}
