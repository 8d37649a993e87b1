"""The judge that a setting names (`rag.verification.judges`)."""

from __future__ import annotations

import logging

from langchain_core.messages import HumanMessage, SystemMessage

from rag.errors import WrongUse
from rag.generation.guarded import ModelFailed
from rag.generation.models import Writer, writer_of
from rag.generation.neutral import neutral
from rag.settings import Settings
from rag.verification.judges import ChatJudge, cross_encoder, is_nli
from rag.verification.support import Judge

logger = logging.getLogger(__name__)

_SAME = "llm"


def judge_of(settings: Settings, writer: Writer | None) -> Judge | None:
    """What ``settings.judge`` names, None for none; `WrongUse` says what is wrong or missing."""
    if not settings.judge:
        return None
    if is_nli(settings.judge):
        judge: Judge = cross_encoder(settings.judge)
        return judge
    chosen = writer if settings.judge == _SAME else writer_of(settings.model_copy(update={"llm": settings.judge}))
    if chosen is None:
        raise WrongUse(f"the judge {settings.judge!r} needs a model that writes; name one with --llm or DALIL_LLM")
    return ChatJudge(lambda order, text: _asked(chosen, order, text))


def _asked(writer: Writer, order: str, text: str) -> str:
    """The model's answer; nothing where it fails, for the other checks stand without it."""
    messages = [SystemMessage(order), HumanMessage("\n".join(neutral(line) for line in text.split("\n")))]
    try:
        return str(writer.model.invoke(messages).text)
    except ModelFailed as error:
        logger.warning("the judge is left out: %s", error)
        return ""
