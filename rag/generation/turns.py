"""The conversation before a question, in whichever of the usual forms a caller keeps it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rag.errors import WrongUse

# A question seldom leans on more than what was said last, and a model reads every turn that is kept.
MOST_TURNS = 6
_LONGEST_QUESTION = 500
_LONGEST_ANSWER = 1_000
_FORMS = 'give a list of {"question", "answer"}, of (question, answer) pairs or of {"role", "content"} messages'
_ASKING = {"user", "human"}
_ANSWERING = {"assistant", "ai"}
_UNHEARD = {"system", "developer", "tool", "function"}


@dataclass(frozen=True, slots=True)
class Turn:
    """A question that was asked and what was answered, empty where nothing was."""

    question: str
    answer: str


def turns_of(value: object) -> tuple[Turn, ...]:
    """The last `MOST_TURNS` turns of a conversation, oldest first, each text shortened.

    ``value`` is None or a list of `Turn`, of ``{"question", "answer"}`` mappings, of (question, answer) pairs, or of
    ``{"role", "content"}`` messages. Turns without a question are left out. Raises `WrongUse` for anything else.
    """
    if value is None:
        return ()
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Sequence):
        raise WrongUse(f"the history is no list; {_FORMS}")
    roles = [_role(item) for item in value]
    is_chat = any(roles)
    found = _of_messages(value, roles) if is_chat else (_turn(number, item) for number, item in enumerate(value, 1))
    turns = [Turn(_short(t.question, _LONGEST_QUESTION), _short(t.answer, _LONGEST_ANSWER)) for t in found]
    return tuple(turn for turn in turns if turn.question)[-MOST_TURNS:]


def _turn(number: int, item: object) -> Turn:
    if isinstance(item, Turn):
        return item
    if isinstance(item, Mapping):
        question, answer = item.get("question"), item.get("answer", "")
    elif isinstance(item, Sequence) and not isinstance(item, str | bytes) and len(item) == 2:
        question, answer = item
    else:
        raise WrongUse(f"turn {number} of the history is no question with its answer; {_FORMS}")
    answer = "" if answer is None else answer
    if not isinstance(question, str) or not isinstance(answer, str):
        raise WrongUse(f"turn {number} of the history has a question or answer that is no text; {_FORMS}")
    return Turn(question, answer)


def _role(item: object) -> str | None:
    """Who speaks in a message; None for what is no message."""
    if isinstance(item, Mapping) and "question" not in item:
        role = item.get("role")
        return role if isinstance(role, str) else None
    return None


def _of_messages(messages: Sequence[object], roles: Sequence[str | None]) -> Iterator[Turn]:
    """Every question with all that was answered to it; questions in a row without an answer are turns of their own."""
    question, answers = "", list[str]()
    for number, (message, role) in enumerate(zip(messages, roles, strict=True), 1):
        if role in _UNHEARD:
            continue
        if role not in _ASKING | _ANSWERING:
            raise WrongUse(f'message {number} of the history has no role "user" or "assistant"; {_FORMS}')
        content = _content(message)
        if content is None:
            raise WrongUse(f"message {number} of the history has no text; {_FORMS}")
        if role in _ANSWERING:
            answers.append(content)
            continue
        yield Turn(question, "\n".join(answers))
        question, answers = content, []
    yield Turn(question, "\n".join(answers))


def _content(message: object) -> str | None:
    """A message's text, whether whole or in parts; empty where it holds only a picture or a call of a tool."""
    content = message.get("content", "") if isinstance(message, Mapping) else None
    if isinstance(content, Sequence) and not isinstance(content, str | bytes):
        parts = [part.get("text", "") for part in content if isinstance(part, Mapping)]
        return " ".join(part for part in parts if isinstance(part, str))
    return "" if isinstance(message, Mapping) and content is None else content if isinstance(content, str) else None


def whole(text: str) -> str:
    """``text`` with a question mark for every half of a surrogate pair, which nothing can be made of."""
    return text.encode("utf-8", "replace").decode("utf-8")


def one_line(text: str) -> str:
    """``text`` as `whole` gives it, with a space wherever it had white space."""
    return " ".join(whole(text).split())


def _short(text: str, limit: int) -> str:
    """``text`` on one line, cut after a whole word."""
    text = one_line(text)
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    whole = cut.rpartition(" ")[0]
    # Chinese has no spaces to cut at.
    return f"{whole if len(whole) > limit // 2 else cut}…"
