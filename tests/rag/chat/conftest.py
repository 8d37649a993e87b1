from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from rag_support import open_assistant
from visitor_support import Counting

from embeddings import Encoder
from rag.chat.visitors import Desk


@pytest.fixture
def counting(encoder: Encoder) -> Counting:
    """The model, counting what it is asked to embed."""
    return Counting(encoder)


@pytest.fixture
def desk(tmp_path: Path, collection: Path, counting: Counting) -> Iterator[Desk]:
    """A desk over a collection of small files in five languages."""
    with open_assistant(collection, counting, visitors=tmp_path / "visitors") as base:
        yield Desk(base.settings, base)
