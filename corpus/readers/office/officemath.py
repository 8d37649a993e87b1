"""Formulas of office documents on one line, so that no figure grows together with another."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from corpus.readers.package import attribute, child, local_name

_NO_WORDS = frozenset({"rPr", "ctrlPr", "fPr", "sSupPr", "sSubPr", "sSubSupPr", "sPrePr", "radPr", "naryPr", "dPr"})
_ONE = re.compile(r"\w*|[^\W\d_]+\(.*\)")
_ROWS = frozenset({"m", "mr", "eqArr"})


def linear(element: etree._Element) -> str:
    """Return a formula, or a part of one, as it is written on one line: 1/2, 10^6, x_1, √(a+b)."""
    name = local_name(element)
    if name in _NO_WORDS:
        return ""
    if name == "t":
        return element.text or ""
    if name in _SHAPES:
        return _SHAPES[name](element)
    between = " " if name in _ROWS else ""
    return between.join(_parts(element))


def _parts(element: etree._Element) -> Iterator[str]:
    return (text for one in element if (text := linear(one)))


def _said(element: etree._Element, name: str) -> str:
    found = child(element, name)
    return linear(found).strip() if found is not None else ""


def _closed(text: str) -> str:
    """Return a text in brackets unless it is one word or number."""
    return text if _ONE.fullmatch(text) else f"({text})"


def _fraction(element: etree._Element) -> str:
    return f"{_closed(_said(element, 'num'))}/{_closed(_said(element, 'den'))}"


def _scripts(element: etree._Element) -> str:
    above, below = _said(element, "sup"), _said(element, "sub")
    return _said(element, "e") + (f"_{_closed(below)}" if below else "") + (f"^{_closed(above)}" if above else "")


def _before(element: etree._Element) -> str:
    above, below = _said(element, "sup"), _said(element, "sub")
    marks = (f"_{_closed(below)}" if below else "") + (f"^{_closed(above)}" if above else "")
    return f"{marks} {_said(element, 'e')}"


def _root(element: etree._Element) -> str:
    degree = _said(element, "deg")
    return (f"{_closed(degree)}√" if degree else "√") + _closed(_said(element, "e"))


def _sum(element: etree._Element) -> str:
    sign = child(element, "naryPr", "chr")
    above, below = _said(element, "sup"), _said(element, "sub")
    limits = (f"_{_closed(below)}" if below else "") + (f"^{_closed(above)}" if above else "")
    return f"{(attribute(sign, 'val') or '') if sign is not None else '∫'}{limits} {_said(element, 'e')}"


def _brackets(element: etree._Element) -> str:
    def sign(name: str, usual: str) -> str:
        found = child(element, "dPr", name)
        value = attribute(found, "val") if found is not None else None
        return usual if value is None else value

    inside = sign("sepChr", "|").join(linear(one) for one in element if local_name(one) == "e")
    return f"{sign('begChr', '(')}{inside}{sign('endChr', ')')}"


_SHAPES = {
    "f": _fraction,
    "sSup": _scripts,
    "sSub": _scripts,
    "sSubSup": _scripts,
    "sPre": _before,
    "rad": _root,
    "nary": _sum,
    "d": _brackets,
}
