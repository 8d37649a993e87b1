"""The page of a document as a picture, with the cited words marked on it."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from corpus.errors import Unreadable
from corpus.readers.pdf.pdf import boxes, page_image

_SCALE = 1.8
_MARK = (255, 200, 0, 90)
_EDGE = (200, 120, 0, 255)


def cited_page(path: str, citation: Mapping[str, Any]) -> bytes | None:
    """Return the page of a PDF on which a citation stands, as a PNG picture with its words marked.

    ``path`` is where the file lies. None for a citation of another format, and where the file is gone or has changed.
    """
    part = citation.get("part")
    if str(citation.get("reader", "")).split("/")[0] != "pdf" or not isinstance(part, str) or not part.isdecimal():
        return None
    try:
        data = Path(path).read_bytes()
    except OSError:
        return None
    if hashlib.sha256(data).hexdigest() != citation.get("sha256"):
        return None
    try:
        picture = page_image(data, int(part), _SCALE)
        marked = boxes(data, part, int(citation["start"]), int(citation["end"]))
    except Unreadable:
        return None
    return _marked(picture, marked)


def _marked(picture: bytes, places: list[tuple[float, float, float, float]]) -> bytes:
    page = Image.open(io.BytesIO(picture)).convert("RGBA")
    layer = Image.new("RGBA", page.size, (0, 0, 0, 0))
    draw = ImageDraw.Draw(layer)
    for left, top, right, bottom in places:
        across, down = page.size
        box = (left * across - 1, top * down - 1, right * across + 1, bottom * down + 1)
        draw.rectangle(box, fill=_MARK, outline=_EDGE)
    buffer = io.BytesIO()
    Image.alpha_composite(page, layer).convert("RGB").save(buffer, "PNG")
    return buffer.getvalue()
