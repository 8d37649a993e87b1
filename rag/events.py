"""What a streamed answer gives as it is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rag.types import Answer, Hit, Statement

EventKind = Literal["hits", "tokens", "statement", "answer"]


@dataclass(frozen=True, slots=True)
class Event:
    """A step of a streamed answer: ``data`` is a list of hits, a piece of text, a statement or the answer.

    The words of ``tokens`` are the model's own and unchecked; a ``statement`` is checked, its citations numbered as in
    the answer.
    """

    kind: EventKind
    data: list[Hit] | str | Statement | Answer
