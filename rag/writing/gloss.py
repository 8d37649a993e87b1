"""Translations beside quotes, for readers who do not read the quote's language. The quote alone is evidence."""

from __future__ import annotations

from collections.abc import Sequence

from langchain_core.language_models import LanguageModelInput
from langchain_core.runnables import RunnableConfig

from rag.answer import Citation, Gloss
from rag.errors import ModelFailed
from rag.injection.neutralise import neutral
from rag.models.writer import Writer
from rag.writing.prompts import gloss_messages

# Quotes translated at once.
_AT_ONCE = 4


def needs_gloss(citation: Citation, language: str) -> bool:
    """Return whether the quote is in another language than ``language``; the two Chinese scripts count as one."""
    return citation.language.split("-")[0] != language.split("-")[0]


def glosses(
    citations: Sequence[Citation], language: str, writer: Writer, config: RunnableConfig | None = None
) -> list[Gloss | None]:
    """Return a translation of each quote into ``language``; None where it failed, is empty or equals the quote."""
    answers = writer.model.batch(_prompts(citations, language), _limited(config), return_exceptions=True)
    return [_gloss(c, answer, language, writer) for c, answer in zip(citations, answers, strict=True)]


async def aglosses(
    citations: Sequence[Citation], language: str, writer: Writer, config: RunnableConfig | None = None
) -> list[Gloss | None]:
    """Return the same as `glosses`, asynchronously."""
    answers = await writer.model.abatch(_prompts(citations, language), _limited(config), return_exceptions=True)
    return [_gloss(c, answer, language, writer) for c, answer in zip(citations, answers, strict=True)]


def _prompts(citations: Sequence[Citation], language: str) -> list[LanguageModelInput]:
    return [gloss_messages(citation.quote, language) for citation in citations]


def _limited(config: RunnableConfig | None) -> RunnableConfig:
    return {**(config or {}), "max_concurrency": _AT_ONCE}


def _gloss(citation: Citation, answer: object, language: str, writer: Writer) -> Gloss | None:
    if isinstance(answer, ModelFailed):
        return None
    if isinstance(answer, BaseException):
        raise answer
    text = " ".join(str(getattr(answer, "text", "")).split())
    return Gloss(text, language, writer.name) if text and text != neutral(citation.quote) else None
