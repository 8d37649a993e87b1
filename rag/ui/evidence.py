"""The source beside the conversation: the document with the cited words marked, and facts about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from html import escape
from typing import Any

import streamlit as st

from rag.chat.conversations import Conversation
from rag.library.pages import cited_page
from rag.library.source import AROUND, Source, gone, open_source, place_shown
from rag.library.wording import shown
from rag.ui.parts import dated, document_text, facts, quote
from rag.ui.session import assistant, open_place, place, say

_MORE = 60


def is_open(conversation: Conversation) -> bool:
    """Return whether the open place is a source of an answer in this conversation."""
    here = place()
    if here is None or "turn" not in here or here["turn"] >= len(conversation.exchanges):
        return False
    answer = conversation.exchanges[here["turn"]].answer
    return answer is not None and _current(answer, here) is not None


def show_evidence(conversation: Conversation) -> None:
    """Show the source at the open place, with buttons to the citations before and after it."""
    here = place() or {}
    answer = conversation.exchanges[here["turn"]].answer or {}
    cited, current = _cited(answer, here), _current(answer, here) or {}
    with st.container(key="source"):
        _steps(here, cited, current)
        source = open_source(
            assistant().collection, current["document_id"], cited, at=current,
            around=here.get("around", AROUND),
        )  # fmt: skip
        show_source(source or gone(current), current, here)


def show_source(source: Source, current: Mapping[str, Any] | None, here: Mapping[str, Any]) -> None:
    """Show a document: its facts, and its text opened at the citation ``current``; ``here`` is the open place."""
    st.html(f'<h2 class="dalil-title" dir="auto">{escape(shown(source.title))}</h2>')
    values = [source.publisher, source.author, dated(source.published)]
    at = current or {}
    facts(
        source.language, values, path=source.path, part=at.get("part"), line=at.get("line"), url=source.url
    )  # fmt: skip
    if source.state == "gone":
        st.warning(say()("source_gone"), icon=":material/history:")
        if current:
            quote(current["quote"], current["language"])
        return
    if current and (picture := _page_picture(source.path, dict(current))):
        st.image(picture, caption=place_shown(source.path, current.get("part"), None))
    data = {
        "blocks": [_clean(asdict(block)) for block in source.blocks],
        "language": source.language,
        "label": shown(source.title),
        "current": current["number"] if current else -1,
        "place": f"{source.document_id} {at.get('part') or ''} {at.get('start', 0)}",
    }
    document_text(data, key=f"text-{source.document_id}")
    if source.before or source.after:
        st.caption(say()("source_part", before=source.before, after=source.after))
        st.button(
            say()("source_more"), key="more", on_click=open_place,
            args=({**here, "around": here.get("around", AROUND) + _MORE},),
        )  # fmt: skip


@st.cache_data(show_spinner=False, max_entries=16)
def _page_picture(path: str, citation: dict[str, Any]) -> bytes | None:
    """Return the page of a PDF with the cited words marked, drawn once for each citation."""
    return cited_page(path, citation)


def _steps(here: Mapping[str, Any], cited: Sequence[Mapping[str, Any]], current: Mapping[str, Any]) -> None:
    numbers = [citation["number"] for citation in cited]
    at = numbers.index(current["number"])
    name = "hit" if "hit" in here else "number"
    with st.container(horizontal=True, vertical_alignment="center"):
        for key, icon, step in (("previous", "arrow_back", -1), ("next", "arrow_forward", 1)):
            there = at + step
            is_there = 0 <= there < len(numbers)
            st.button(
                say()(key), key=f"source-{key}", icon=f":material/{icon}:", disabled=not is_there,
                on_click=open_place, args=({"turn": here["turn"], name: numbers[there] if is_there else None},),
            )  # fmt: skip
        st.caption(say()("source_place", number=at + 1, count=len(numbers)))
        st.button(say()("close"), key="source-close", icon=":material/close:", on_click=open_place, args=(None,))


def _current(answer: Mapping[str, Any], here: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the citation or hit of an answer that is open; None if none is."""
    return next((c for c in _cited(answer, here) if c["number"] == here.get("number", here.get("hit"))), None)


def _cited(answer: Mapping[str, Any], here: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the citations of an answer, or its hits in the same shape if a hit is open."""
    if "hit" not in here:
        return list(answer["citations"])
    return [
        {**hit, "number": hit["rank"], "quote": hit["text"], "title": "", "url": None, "published": None}
        for hit in answer["hits"]
    ]


def _clean(block: dict[str, Any]) -> dict[str, Any]:
    return {**block, "pieces": [{**piece, "text": shown(piece["text"])} for piece in block["pieces"]]}
