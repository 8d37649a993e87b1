"""The messages that are sent to a model."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from rag.followup import Turn
from rag.injection.neutralise import fence, fenced, neutral
from rag.writing.packing import Packed
from rag.writing.wording import NO_ANSWER, language_name, wording_for


def answer_messages(question: str, language: str, packed: Sequence[Packed], limit: int) -> list[BaseMessage]:
    """Return the messages that ask for a cited answer in ``language``, of at most ``limit`` sentences.

    The packed passages stand between two lines that no document can know.
    """
    wording, name = wording_for(language), language_name(language, language)
    mark = fence()
    passages = "\n\n".join(f"[{p.number}] {fenced(p.text, mark)}" for p in packed)
    system = wording.system.format(language=name, limit=limit, no_answer=NO_ANSWER)
    evidence = f"{wording.evidence.format(fence=mark)}\n{mark}\n{passages}\n{mark}"
    asked = wording.question.format(question=neutral(question), language=name)
    return [SystemMessage(system), HumanMessage(f"{evidence}\n\n{asked}")]


def standalone_messages(
    question: str, language: str, turns: Sequence[Turn], budget: int, count: Callable[[str], int]
) -> list[BaseMessage]:
    """Return the messages that ask to rewrite the question so that it can be understood without the conversation.

    Turns beyond ``budget`` tokens, as ``count`` counts them, are left out, older ones first; the newest always stays.
    """
    messages: list[BaseMessage] = []
    for turn in reversed(turns):
        budget -= count(turn.question) + count(turn.answer)
        if budget < 0 and messages:
            break
        messages = [HumanMessage(neutral(turn.question)), AIMessage(neutral(turn.answer)), *messages]
    wording = wording_for(language)
    return [SystemMessage(wording.standalone), *messages, HumanMessage(f"{neutral(question)}\n\n{wording.standalone}")]


def gloss_messages(text: str, language: str) -> list[BaseMessage]:
    """Return the messages that ask for a translation of a quote into ``language``."""
    mark = fence()
    order = wording_for(language).gloss.format(fence=mark, language=language_name(language, language))
    return [SystemMessage(order), HumanMessage(f"{mark}\n{fenced(neutral(text), mark)}\n{mark}")]
