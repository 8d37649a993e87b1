"""XML of e-books, parsed without expanding anything that the file declares itself."""

from __future__ import annotations

import html.entities
import re

from lxml import etree

from corpus.errors import Unreadable
from corpus.readers.base import File

_DECLARATION = re.compile(r"\A\ufeff?\s*<\?xml[^>]{0,500}\?>")
_DOCTYPE = re.compile(r"<!DOCTYPE[^\[>]{0,2000}(?:\[(?:[^\]]|\](?!\s*>))*\]\s*)?>")
_ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);|#\d{1,7};|#[xX][0-9a-fA-F]{1,6};)(?:([a-zA-Z][a-zA-Z0-9]{1,31});)?")
_INVALID = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def parse(data: bytes, what: str) -> etree._Element:
    """Return the root of an XML document, read as far as it goes; raise `Unreadable`, naming it, if it has none."""
    return parse_text(File("", data).source, what)


def parse_text(text: str, what: str) -> etree._Element:
    """Return the root of an XML document that is decoded already; see `parse`.

    Entities that the document declares are not expanded and stay as they are written; those of HTML, which books use
    without declaring them, become their characters.
    """
    text = _DECLARATION.sub("", text)
    start = text.find("<!DOCTYPE", 0, 4096)
    if start >= 0 and (doctype := _DOCTYPE.match(text, start)):
        text = text[:start] + text[doctype.end() :]
    text = _INVALID.sub("", _ENTITY.sub(_character, text))
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, recover=True, remove_comments=True
    )
    try:
        root = etree.fromstring(text.encode("utf-8"), parser)
    except etree.XMLSyntaxError:
        root = None
    if root is None:
        raise Unreadable(f"the file is damaged: {what} cannot be read; get the file again")
    return root


def _character(match: re.Match[str]) -> str:
    character = html.entities.html5.get(f"{match[1]};") if match[1] else None
    return character if character and character not in {"<", "&"} else f"&amp;{match.group()[1:]}"


def said(element: etree._Element) -> str:
    """Return all words in an element on one line."""
    return " ".join("".join(element.itertext()).split())
