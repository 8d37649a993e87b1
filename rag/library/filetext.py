"""What Dalil reads in a file: its text, what it says about itself, and what was left out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from corpus.errors import Unreadable
from corpus.reading import MAX_FILE_BYTES, FileText, cut, read_bytes, read_text


def read_file(path: str | Path, *, max_bytes: int = MAX_FILE_BYTES) -> dict[str, Any]:
    """Return what is read in a file, as `dalil read --json` prints it.

    The result has path, reader, media type, encoding (empty for formats that are no text), language, title, author,
    publisher, published (as the file has it, with the time if it gives one), url, text, parts (pages, sheets,
    messages: spans of the text), what was left out with the number of characters, and warnings. A file that cannot be
    read gives its path and ``skipped``, the reason.
    """
    path = Path(path)
    try:
        read = read_text(path, read_bytes(path, max_bytes=max_bytes))
        cut(read)  # what holds nothing to cite is skipped when it is indexed
    except Unreadable as error:
        return {"path": str(path), "skipped": error.reason}
    document = read.document
    return {
        "path": str(path),
        "reader": document.reader,
        "media_type": document.media_type,
        "encoding": document.encoding,
        "language": document.language,
        "title": document.title,
        "author": document.author,
        "publisher": document.publisher,
        "published": read.published,
        "url": document.url,
        "text": document.text,
        "parts": _parts(read),
        "left_out": [{"what": piece.what, "characters": piece.characters} for piece in read.draft.left_out],
        "warnings": list(read.draft.warnings),
    }


def _parts(read: FileText) -> list[dict[str, Any]]:
    """Return the parts that hold text, as spans of the reading text."""
    found = []
    for part in read.document.parts:
        if span := read.document.source_map.reading_span(part.start, part.end):
            about = {"title": part.title, "url": part.url, "author": part.author, "published": part.published}
            told = {name: value for name, value in about.items() if value}
            found.append({"name": part.name, "start": span[0], "end": span[1], **told})
    return found
