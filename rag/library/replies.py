"""What an answer is to its reader, and what is said around its quotations, in the language of the question."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from rag.evidence import is_worth_showing
from rag.library.focus import field

# Hits that are shown in place of an answer.
_NEAREST = 3
Kind = Literal["answered", "about", "likely", "none"]


class Words(NamedTuple):
    """What is said around what is quoted; ``unsupported`` is of a sentence that the cited words do not carry."""

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
    """Give what is said in a language (a BCP 47 tag); in English where it is none of the five."""
    return _WORDS.get(language) or _WORDS.get(language.partition("-")[0]) or _WORDS["en"]


def kind_of(answer: Any) -> Kind:
    """Tell what an answer is, a `rag.types.Answer` or its JSON shape.

    ``answered``; ``about``: a reply about the documents or to a greeting, which is a note (`about`); ``likely``: the
    hits are worth reading; ``none``: nothing was found, and so of an abstention that was kept without a grade.
    """
    if field(answer, "status") == "answered":
        return "answered"
    if about(answer) is not None:
        return "about"
    return "likely" if field(answer, "grade") == "likely" and field(answer, "hits") else "none"


def nearest(answer: Any) -> list[Any]:
    """Give the hits that are shown where a question is not answered: none where the best is too far from it."""
    kind, hits = kind_of(answer), list(field(answer, "hits") or [])
    is_read = bool(hits) and field(hits[0], "read") is not None
    if kind == "likely" or (kind == "none" and is_worth_showing(field(answer, "confidence"), is_read=is_read)):
        return hits[:_NEAREST]
    return []


def about(answer: Any) -> str | None:
    """Give the reply of an answer that quotes nothing because it is a note; None where it has none such."""
    if field(answer, "status") == "answered":
        return None
    return next((str(field(n, "text")) for n in field(answer, "notes") or () if field(n, "code") == "about"), None)


def other_notes(answer: Any) -> list[Any]:
    """Give the notes of an answer but the one that is its reply."""
    is_reply = kind_of(answer) == "about"
    return [n for n in field(answer, "notes") or () if not (is_reply and field(n, "code") == "about")]
