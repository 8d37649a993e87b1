"""What the tests of visitors share: a desk over small files, and visitors who add theirs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rag_support import Remembering

from rag.chat.suggestions import examples
from rag.chat.visitors import Desk, Report, Visitor
from rag.library.catalogue import entries

SECRET, OTHER = "s3cret-of-one-visitor", "s3cret-of-another"
OWN = b"The lighthouse of Aktau was painted violet by Marzhan Ospanova in 1977.\n\nIt was closed in 1990.\n"
NEW = "The tram of Temirtau carried its last passenger on a rainy night in 2011.\n"
ASKED, ASKED_NEW = "Who painted the lighthouse of Aktau violet?", "When did the tram of Temirtau stop?"


class Counting(Remembering):
    """Counts the passages that it is asked to encode."""

    encoded = 0

    def encode_passages(self, texts: Sequence[str], **options: Any) -> Any:
        self.encoded += len(texts)
        return super().encode_passages(texts, **options)


def updated(desk: Desk, visitor: Visitor) -> Report:
    task = desk.update(visitor)
    task.join(30)
    assert (task.status, task.error) == ("done", None)
    return task.result  # type: ignore[no-any-return]


def given(desk: Desk, secret: str, name: str = "lighthouse.txt", data: bytes = OWN) -> Visitor:
    """A visitor who has added a file."""
    visitor = desk.visitor(secret)
    visitor.uploads.add(name, data)
    assert desk.is_behind(visitor)
    updated(desk, visitor)
    assert not desk.is_behind(visitor)
    return visitor


def seen(desk: Desk, visitor: Visitor) -> str:
    """All that a visitor is shown of the collection."""
    assistant = desk.assistant(visitor)
    hits = [hit.to_dict() for question in (ASKED, "violet", '"Aktau"') for hit in assistant.search(question, 50)]
    listed = [str(entry) for entry in entries(assistant.collection.store)]
    answer = assistant.ask(ASKED).to_dict()
    suggested = [suggestion.text for suggestion in examples(assistant, "en")]
    return json.dumps([hits, listed, answer["hits"], answer["citations"], answer["statements"], suggested])


def finds(desk: Desk, visitor: Visitor, name: str, question: str = ASKED) -> bool:
    return any(Path(hit.path).name == name for hit in desk.assistant(visitor).search(question, 3))
