"""An answer on the page: its sentences with citation marks and support, its sources, and its menu of exports."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import streamlit as st

from rag.chat.conversations import Exchange
from rag.chat.export import Format, citation_text, export, named
from rag.library.wording import (
    Kind,
    Place,
    about,
    focus_in_quote,
    focus_place,
    kind_of,
    label,
    nearest,
    other_notes,
    parted,
    shown,
)
from rag.ui.parts import dated, facts, opener, quote, sentences
from rag.ui.session import LANGUAGES, Say, language, language_name, least_confidence, open_place, place, say, say_in

_SIGNS = {"supported": "✓", "partial": "◐", "unsupported": "✗"}
_KINDS: tuple[Format, ...] = ("markdown", "html", "json")
# Width of a source's card, in pixels: two beside each other on most screens, one on a phone.
_CARD = 300


def sentences_data(answer: Mapping[str, Any], current: int | None = None) -> dict[str, Any]:
    """Return the data for the component that shows sentences; ``current`` is the number of the open citation."""
    by_number = {citation["number"]: citation for citation in answer["citations"]}
    shown_statements = [_sentence(statement, by_number, answer, current) for statement in answer["statements"]]
    return {"statements": shown_statements}


def show_answer(turn: int, exchange: Exchange) -> None:
    """Show the answer of the conversation's exchange number ``turn``, or the reason why there is none."""
    answer = exchange.answer
    if answer is None:
        text = say()("stopped") if exchange.outcome == "stopped" else shown(exchange.error or "")
        st.info(
            label(text, 1000), icon=":material/stop_circle:" if exchange.outcome == "stopped" else ":material/error:"
        )
    elif (kind := kind_of(answer)) == "answered":
        _answered(turn, exchange, answer)
    elif kind == "about":
        st.text(shown(about(answer) or ""))
        _notes(answer)
    else:
        _abstained(turn, kind, answer)


def _answered(turn: int, exchange: Exchange, answer: Mapping[str, Any]) -> None:
    open_here = place()
    current = open_here.get("number") if open_here and open_here.get("turn") == turn else None
    data = sentences_data(answer, current)
    text = citation_text(answer, say())
    data["copy"] = {"label": say()("copy"), "done": say()("copied"), "text": text}
    pressed = sentences(data, key=f"answer-{turn}")
    if pressed is not None:
        open_place({"turn": turn, "number": pressed})
        st.rerun()
    for line in _differences(answer):
        st.warning(label(line, 500), icon=":material/compare_arrows:")
    _notes(answer)
    st.caption(say()("sources", count=len(answer["citations"])))
    said = {statement["text"] for statement in answer["statements"]}
    with st.container(horizontal=True, key=f"cards-{turn}"):
        for citation in answer["citations"]:
            focus = focus_in_quote(citation, answer["statements"], shown)
            _card(turn, citation, is_said=citation["quote"] in said, focus=focus)
    _about(exchange, answer)
    exports(f"export-{turn}", exchange.question, [exported(exchange)])


def _abstained(turn: int, kind: Kind, answer: Mapping[str, Any]) -> None:
    with st.container(key=f"abstained-{turn}"):
        if kind == "none":
            _nothing(answer)
        _notes(answer)
        hits = nearest(answer)
        if kind == "likely":
            st.markdown(_reply_say(answer)("grade_likely"))
        elif hits:
            st.markdown(say()("abstained_nearest"))
        for hit in hits:
            _near(turn, hit)
        if kind == "none":
            st.caption(say()("abstained_advice"))


def _nothing(answer: Mapping[str, Any]) -> None:
    """Show that nothing was found, and what was searched, as far as that is known."""
    st.markdown(_reply_say(answer)("grade_none"))
    documents = (answer.get("collection") or {}).get("documents")
    if documents is not None:
        st.caption(say()("abstained_documents", count=f"{documents:,}"))
    if answer["hits"]:
        languages = dict.fromkeys(language_name(hit["language"], language()) for hit in answer["hits"])
        st.caption(say()("abstained_searched", languages=", ".join(languages), count=len(answer["hits"])))
    elif documents is None:
        st.caption(say()("abstained_nothing"))


def _reply_say(answer: Mapping[str, Any]) -> Say:
    """Return the function for a reply's texts: in the question's language if the page has it, else the page's own."""
    return say_in(answer["language"]) if answer["language"] in LANGUAGES else say()


def _near(turn: int, hit: Mapping[str, Any]) -> None:
    quote(hit["text"], hit["language"])
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.container(width="stretch"):
            facts(hit["language"], [], path=hit["path"])
        opener(say()("open"), f"near-{turn}-{hit['rank']}", {"turn": turn, "hit": hit["rank"]})


def _card(turn: int, citation: Mapping[str, Any], *, is_said: bool, focus: Place | None) -> None:
    """Show a source, with its words unless a sentence of the answer already quotes them (``is_said``).

    ``focus`` is the place of the short answer in the words as they are shown; it is set in bold.
    """
    with st.container(border=True, width=_CARD):
        st.markdown(f"**{citation['number']}** · {label(citation['title'] or citation['path'], 90)}")
        facts(citation["language"], [dated(citation["published"])])
        if not is_said:
            quote(citation["quote"], citation["language"], focus)
        if citation.get("gloss"):
            quote(citation["gloss"]["text"], citation["gloss"]["language"])
            st.caption(say()("gloss", model=label(citation["gloss"]["model"])))
        number = citation["number"]
        opener(say()("open_number", number=number), f"open-{turn}-{number}", {"turn": turn, "number": number})


def _sentence(
    statement: Mapping[str, Any], cited: Mapping[int, Mapping[str, Any]], answer: Mapping[str, Any], current: int | None
) -> dict[str, Any]:
    first = cited.get(statement["citations"][0]) if statement["citations"] else None
    is_quotation = answer.get("mode") == "extractive"
    kind, text = statement["support"], shown(statement["text"])
    focus = focus_place(statement, list(cited.values()), shown)
    return {
        "text": text,
        "parts": parted(text, focus) if focus else None,
        "language": first["language"] if first and is_quotation else answer.get("language"),
        "marks": [_mark(number, cited.get(number), current) for number in statement["citations"]],
        "support": kind,
        "sign": _SIGNS[kind],
        "supportLabel": say()(f"support_{kind}"),
        "supportTip": say()(f"support_{kind}_why", score=f"{100 * statement['score']:.0f}"),
        "remarks": list(_remarks(statement)),
    }


def _mark(number: int, citation: Mapping[str, Any] | None, current: int | None) -> dict[str, Any]:
    title = shown(citation["title"] or citation["path"]) if citation else ""
    return {
        "number": number,
        "label": say()("mark", number=number, title=title),
        "tip": f"{title} · {dated(citation['published'])}".strip(" ·") if citation else "",
        "isOpen": number == current,
    }


def _remarks(statement: Mapping[str, Any]) -> Iterator[str]:
    """Yield what checking found wrong with a statement, and which sources agree on it."""
    for finding in statement.get("findings", ()):
        if finding["verdict"] in ("missing", "contradicted"):
            if not finding["text"] and not finding["source"]:
                yield say()("export_negation")
                continue
            kind = say()(f"fact_{finding['kind']}")
            key = "finding_otherwise" if finding["source"] else "finding_missing"
            yield shown(say()(key, kind=kind, text=finding["text"], source=finding["source"]))
    agreement = statement.get("agreement")
    if agreement and agreement["sources"] > 1:
        names = ", ".join(language_name(tag, language()) for tag in agreement["languages"])
        dates = " – ".join(dict.fromkeys(d for d in (dated(agreement["since"]), dated(agreement["until"])) if d))
        yield say()("agreement", count=agreement["sources"], languages=names, dates=dates)


def _differences(answer: Mapping[str, Any]) -> Iterator[str]:
    for conflict in answer.get("conflicts", ()):
        values = "; ".join(f"{v['text']} [{', '.join(map(str, v['citations']))}]" for v in conflict["values"])
        yield say()("conflict", kind=say()(f"fact_{conflict['kind']}"), values=values)


def _notes(answer: Mapping[str, Any]) -> None:
    if answer.get("standalone"):
        st.caption(say()("standalone", question=label(answer["standalone"], 500)))
    for note in other_notes(answer):
        st.caption(label(note["text"], 500))


def _about(exchange: Exchange, answer: Mapping[str, Any]) -> None:
    made = say()("made_by", model=label(answer["model"])) if answer["model"] else say()("made_of_quotations")
    seconds = f"{answer['timings_ms'].get('total', 0) / 1000:.1f}"
    if answer["confidence"] < least_confidence():
        st.warning(say()("low_confidence"), icon=":material/warning:")
    st.caption(say()("about", confidence=f"{100 * answer['confidence']:.0f}", made=made, seconds=seconds))


def exported(exchange: Exchange) -> dict[str, Any]:
    """Return an exchange's answer as it is exported: with the time at which it was asked."""
    return {**(exchange.answer or {}), "asked_at": exchange.asked_at}


def exports(key: str, title: str, answers: list[dict[str, Any]]) -> None:
    """Show a menu of files to download, each of them made only when it is requested."""
    words = say()  # a file is made outside the session
    with st.popover(say()("export"), icon=":material/download:", key=key):
        for kind in _KINDS:
            name, media_type = named(title, kind)
            st.download_button(
                say()(f"as_{kind}"),
                partial(_file, title, answers, kind, words),
                name,
                media_type,
                key=f"{key}-{kind}",
                on_click="ignore",
            )


def _file(title: str, answers: list[dict[str, Any]], kind: Format, words: Say) -> bytes:
    return export(title, answers, kind, words).text.encode("utf-8")
