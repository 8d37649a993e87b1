"""How an answer is shown to a person: its kind in words, the short answer's place, names of models, safe text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

from rag.answering.confidence import is_worth_showing
from rag.errors import WrongUse
from rag.models.writer import AUTO, EXTRACTIVE, LLAMACPP, writer_of
from rag.settings import Settings

Place = tuple[int, int]
"""Start and end, in code points of the text as it is shown."""
Shown = Callable[[str], str]


def field(thing: Any, name: str) -> Any:
    """Return a field of a part of an answer, a dataclass or its JSON shape; None where it has no such field."""
    return thing.get(name) if isinstance(thing, Mapping) else getattr(thing, name, None)


def focus_place(statement: Any, citations: Sequence[Any], shown: Shown = str) -> Place | None:
    """Find a statement's short answer (``focus``) in its own text.

    Args:
        statement: a `rag.answer.Statement` or its JSON shape; an answer saved by an earlier version has no focus.
        citations: those of its answer, in either shape; empty while they are not known yet.
        shown: turns a text into the form in which it is shown.

    Returns:
        The place in ``shown(text)``: of several, the one nearest to where the focus lies within its citation. None
        where there is no focus, where the text does not contain it, or where it does so several times and the citation
        is not known.

    """
    numbers = field(statement, "citations")
    citation = next((c for c in citations if numbers and field(c, "number") == numbers[0]), None)
    return _place(field(statement, "focus"), citation, shown(field(statement, "text")), shown)


def focus_in_quote(citation: Any, statements: Sequence[Any], shown: Shown = str) -> Place | None:
    """Find in a citation's quote the short answer of the first statement that has one there.

    Args:
        citation: a `rag.answer.Citation` or its JSON shape.
        statements: those of its answer, in either shape; only those that cite it first have their focus in it.
        shown: turns a text into the form in which it is shown.

    Returns:
        The place in ``shown(quote)``, found as by `focus_place`; None where no short answer stands in it.

    """
    number, quote = field(citation, "number"), shown(field(citation, "quote"))
    for statement in statements:
        if list(field(statement, "citations"))[:1] == [number] and field(statement, "focus"):
            return _place(field(statement, "focus"), citation, quote, shown)
    return None


def parted(text: str, place: Place | None) -> tuple[str, str, str]:
    """Split a text into what stands before a place, at it and after it; without a place, all of it stands before."""
    start, end = place or (len(text), len(text))
    return text[:start], text[start:end], text[end:]


def _place(focus: Any, citation: Any | None, text: str, shown: Shown) -> Place | None:
    words = shown(field(focus, "text")) if focus else ""
    starts = list(_occurrences(words, text))
    if not starts or (citation is None and len(starts) > 1):
        return None
    # A source may have marks of its format among the words, so only the relative position can be compared.
    share = _share(focus, citation) if citation else 0.0
    start = min(starts, key=lambda at: abs(at - share * len(text)))
    return start, start + len(words)


def _share(focus: Any, citation: Any) -> float:
    first, last = field(citation, "start"), field(citation, "end")
    return float((field(focus, "start") - first) / max(1, last - first))


def _occurrences(words: str, text: str) -> Iterator[int]:
    at = text.find(words) if words else -1
    while at >= 0:
        yield at
        at = text.find(words, at + 1)


# How many hits are shown in place of an answer.
_NEAREST = 3
Kind = Literal["answered", "about", "likely", "none"]


class Words(NamedTuple):
    """The words around quotations; ``unsupported`` is for a sentence that the cited words do not support."""

    sources: str
    likely: str
    nothing: str
    nearest: str
    unsupported: str


_WORDS = {
    "en": Words(
        "Sources:",
        "Probably in these passages:",
        "Nothing on this was found in these documents.",
        "The nearest evidence:",
        "not supported by the cited words",
    ),
    "kk": Words(
        "Дереккөздер:",
        "Жауап, шамасы, мына үзінділерде:",
        "Бұл құжаттардан осы сұрақ бойынша ештеңе табылмады.",
        "Ең жақын дәлелдер:",
        "келтірілген сөздер мұны растамайды",
    ),
    "ru": Words(
        "Источники:",
        "Вероятно, ответ в этих фрагментах:",
        "В этих документах об этом ничего не найдено.",
        "Ближайшие свидетельства:",
        "не подтверждается приведёнными словами",
    ),
    "zh-Hans": Words(
        "来源：", "答案可能在以下片段中：", "这些文档中没有找到与此相关的内容。", "最接近的证据：", "所引文字不支持此说"
    ),
    "zh-Hant": Words(
        "來源：", "答案可能在以下片段中：", "這些文件中沒有找到與此相關的內容。", "最接近的證據：", "所引文字不支持此說"
    ),
}


def words_in(language: str) -> Words:
    """Return the words for a language (a BCP 47 tag); those in English where it is none of the five."""
    return _WORDS.get(language) or _WORDS.get(language.partition("-")[0]) or _WORDS["en"]


def kind_of(answer: Any) -> Kind:
    """Return the kind of an answer, a `rag.answer.Answer` or its JSON shape.

    ``answered``; ``about``: a reply about the documents or to a greeting, which is a note (`about`); ``likely``: no
    answer, but the hits are worth reading; ``none``: nothing was found, or an abstention saved without a grade.
    """
    if field(answer, "status") == "answered":
        return "answered"
    if about(answer) is not None:
        return "about"
    return "likely" if field(answer, "grade") == "likely" and field(answer, "hits") else "none"


def nearest(answer: Any) -> list[Any]:
    """Return the hits to show where a question is not answered: none where the best is too far from it."""
    kind, hits = kind_of(answer), list(field(answer, "hits") or [])
    is_read = bool(hits) and field(hits[0], "read") is not None
    if kind == "likely" or (kind == "none" and is_worth_showing(field(answer, "confidence"), is_read=is_read)):
        return hits[:_NEAREST]
    return []


def about(answer: Any) -> str | None:
    """Return the reply of an answer whose reply is a note, without quotations; None where it has no such note."""
    if field(answer, "status") == "answered":
        return None
    return next((str(field(n, "text")) for n in field(answer, "notes") or () if field(n, "code") == "about"), None)


def other_notes(answer: Any) -> list[Any]:
    """Return the notes of an answer except the one that is its reply."""
    is_reply = kind_of(answer) == "about"
    return [n for n in field(answer, "notes") or () if not (is_reply and field(n, "code") == "about")]


# Characters that change the direction of the text around them, so that one name can pass for another.
_DIRECTION = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x061C, 0x200E, 0x200F])
_CONTROL = dict.fromkeys([*range(0x20), 0x7F, *range(0x80, 0xA0)], " ") | {ord("\n"): "\n", ord("\t"): " "}
# Halves of surrogate pairs, which cannot be sent to a page.
_CONTROL |= dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
# An absolute path of three parts and more, its folders with blanks or without; not what follows the host of an address.
_PATH = re.compile(r"(?<![\w:/.])/(?:[^/\s'\"<>;:,)](?:[^/\n'\"<>;:,)]*[^/\s'\"<>;:,)])?/){2,}[^/\s'\"<>;:,)]*")
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
# Where Streamlit would turn a part of a text, after parsing it, into an emoji, an icon, a colour, a link or an arrow.
_LIVELY = re.compile(r"(?<=[:@])(?=\S)|(?<=www)(?=\.)|(?<=[<>~])(?==)|(?<=-)(?=[->])|(?<=<)(?=-)", re.IGNORECASE)
_WORD_JOINER = "\u2060"


def shown(text: str) -> str:
    """Return ``text`` without control characters and marks that change its direction; its letters stay as they are."""
    return text.translate(_CONTROL).translate(_DIRECTION)


def told(error: object) -> str:
    """Return the message of an error, its paths cut to their last two parts: not only operators read a page."""
    return _PATH.sub(lambda found: "/".join(found[0].split("/")[-2:]), str(error))


def label(text: str, longest: int = 200) -> str:
    """Return ``text`` on one line of at most ``longest`` characters, escaped for labels that interpret Markdown."""
    line = " ".join(shown(text).split())
    line = line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"
    return _PUNCTUATION.sub(r"\\\1", _LIVELY.sub(_WORD_JOINER, line))


def offered(settings: Settings) -> Sequence[str]:
    """Return the models that the operator has configured, quotations first; never an address that a visitor types."""
    return tuple(dict.fromkeys([EXTRACTIVE, settings.llm, *settings.llm_offered.split()]))


def shown_model(spec: str) -> str:
    """Return a model's setting as others than the operator may see it: a file by its name, without its folders."""
    return f"{LLAMACPP}{Path(spec).name}" if spec.startswith(LLAMACPP) else spec


@lru_cache(maxsize=64)
def lacking(spec: str, settings: Settings) -> str | None:
    """Return what a model lacks to be used, as a sentence; None where it lacks nothing. Checked once per process."""
    if spec in (EXTRACTIVE, AUTO):
        return None
    try:
        writer_of(settings.model_copy(update={"llm": spec}))
    except WrongUse as error:
        return str(error)
    return None
