"""An answer as plain text with numbered notes, for clients that show nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from rag.library.showing import shown
from rag.types import Answer, Citation, Hit, Statement

_NEAREST = 3
# Said around what is quoted, in the language of the question: sources; no answer; the nearest evidence; unsupported.
_WORDS = {
    "en": (
        "Sources",
        "The documents do not hold enough evidence to answer this.",
        "The nearest evidence",
        "not supported by the cited words",
    ),
    "kk": (
        "Дереккөздер",
        "Бұл сұраққа жауап беруге құжаттардағы дәлел жеткіліксіз.",
        "Ең жақын дәлелдер",
        "келтірілген сөздер мұны растамайды",
    ),
    "ru": (
        "Источники",
        "В документах недостаточно свидетельств, чтобы ответить на это.",
        "Ближайшие свидетельства",
        "не подтверждается приведёнными словами",
    ),
    "zh-Hans": ("来源", "文件中没有足够的证据来回答这个问题。", "最接近的证据", "所引文字不支持此说"),
    "zh-Hant": ("來源", "文件中沒有足夠的證據來回答這個問題。", "最接近的證據", "所引文字不支持此說"),
}


def sentence(statement: Statement, language: str) -> str:
    """A statement with its marks, and a warning where its sources do not carry it."""
    marks = "".join(f"[{number}]" for number in statement.citations)
    warning = f" ({_words(language)[3]})" if statement.support == "unsupported" else ""
    return f"{shown(statement.text)} {marks}".rstrip() + warning


def notes(answer: Answer) -> str:
    """What follows the sentences: the sources; or, of an abstention, what there is instead."""
    sources, nothing, nearest, _ = _words(answer.language)
    if answer.status == "abstained":
        found = "\n".join(_nearest(hit) for hit in answer.hits[:_NEAREST])
        return nothing + (f"\n\n{nearest}:\n{found}" if found else "")
    return f"\n\n{sources}:\n" + "\n".join(_source(citation) for citation in answer.citations)


def whole(answer: Answer) -> str:
    """The answer with its notes."""
    return said(answer.statements, answer.language) + notes(answer)


def said(statements: Sequence[Statement], language: str) -> str:
    """The sentences with their marks."""
    return "\n".join(sentence(statement, language) for statement in statements)


def _source(citation: Citation) -> str:
    facts = [
        citation.title,
        citation.published,
        citation.url,
        f"{citation.document_id}:{citation.start}-{citation.end}",
    ]
    told = " · ".join(shown(fact) for fact in facts if fact)
    return f"[{citation.number}] {told}\n    “{shown(citation.quote)}”"


def _nearest(hit: Hit) -> str:
    title = f"{shown(hit.card.title)} · " if hit.card else ""
    return (
        f"- “{shown(hit.chunk.text)}” ({title}{hit.chunk.document_id}:{hit.chunk.source_start}-{hit.chunk.source_end})"
    )


def _words(language: str) -> tuple[str, str, str, str]:
    return _WORDS.get(language) or _WORDS.get(language.partition("-")[0]) or _WORDS["en"]
