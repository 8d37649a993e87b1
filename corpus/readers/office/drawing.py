"""The words in drawings of office documents: paragraphs of shapes, and diagrams."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from lxml import etree

from corpus.readers.office.officemath import linear
from corpus.readers.office.officetext import Place, joint, with_signs
from corpus.readers.package import alternative, attribute, child, local_name


def said(paragraph: etree._Element) -> str:
    """Return the text of a paragraph of a drawing as it is shown."""
    text = ""
    last: Place = ""
    parts: list[str] = []
    for place, words in _runs(paragraph):
        if words:
            parts += [joint(text, words, place, last), words]
            text, last = (text + words)[-20:], place
    return "".join(parts).strip()


def diagram_texts(
    part: Callable[[str], etree._Element | None], related: Mapping[str, tuple[str, str]], reference: etree._Element
) -> Iterator[str]:
    """Yield the texts of a diagram (SmartArt), which stand in a part of their own; none if it is no diagram."""
    kind, name = related.get(attribute(reference, "dm") or "", ("", ""))
    root = part(name) if kind == "diagramData" else None
    for paragraph in root.iter() if root is not None else ():
        if local_name(paragraph) == "p" and (text := said(paragraph)):
            yield text


def _runs(paragraph: etree._Element) -> Iterator[tuple[Place, str]]:
    for one in paragraph:
        name = local_name(one)
        if name == "br":
            yield "", "\n"
        elif name in {"r", "fld"}:
            text = child(one, "t")
            yield _place(one), with_signs(_font(one), (text.text or "") if text is not None else "")
        elif name == "AlternateContent":
            yield from _runs(alternative(one))
        elif name in {"m", "oMath", "oMathPara"}:
            yield "", linear(one)


def _font(run: etree._Element) -> str | None:
    for kind in ("sym", "latin"):
        font = child(run, "rPr", kind)
        if font is not None:
            return attribute(font, "typeface")
    return None


def _place(run: etree._Element) -> Place:
    properties = child(run, "rPr")
    shift = (attribute(properties, "baseline") or "") if properties is not None else ""
    if not shift.strip("-0%"):
        return ""
    return "lowered" if shift.startswith("-") else "raised"
