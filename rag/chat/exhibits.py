"""What an export shows of answers: their texts in reading order, cleaned and labelled, whatever the file format.

Everything in an answer may come from a hostile file or model; here it becomes plain text on one line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from rag.library.source import shown_path
from rag.library.wording import Kind, Place, about, focus_in_quote, focus_place, kind_of, nearest, other_notes, parted

Say = Callable[[str], str]

LABELS: dict[str, str] = {
    "export_lang": "en",  # the language of these labels, BCP 47
    "export_likely": "Probably in these passages",
    "export_none": "Nothing on this was found in these documents.",
    "export_nearest": "The nearest evidence",
    "export_searched_as": "Searched as",
    "export_partial": "Partly supported by its sources",
    "export_unsupported": "Not supported by its sources",
    "export_context": "Only around the cited words",
    "export_missing": "Not in the sources",
    "export_contradicted": "The sources say otherwise",
    "export_negation": "Negates otherwise than its sources",
    "export_agreement": "Independent sources that agree",
    "export_differ": "Sources differ",
    "export_note": "Note",
    "export_sources": "Sources",
    "export_address": "Address",
    "export_file": "File",
    "export_page": "Page",
    "export_part": "Part",
    "export_line": "Line",
    "export_characters": "Characters",
    "export_sha256": "SHA-256",
    "export_gloss": "Machine translation, no evidence",
    "export_gloss_model": "Translated by",
    "export_about": "About this answer",
    "export_confidence": "Confidence",
    "export_mode": "Made of",
    "export_extractive": "quotations",
    "export_generative": "sentences written by a model",
    "export_model": "Language model",
    "export_documents": "Documents searched",
    "export_generation": "Collection generation",
    "export_embedding_model": "Embedding model",
    "export_asked_at": "Asked at",
    "export_verify": "To check every citation against its file, export as JSON and run",
}
"""English labels by key: what ``say`` must know."""

_SPACES = re.compile("[ \t-\r\x1c-\x1f\x85\u2028\u2029]+")
# Controls, and bidirectional overrides and isolates, which can make a text look like another and affect its neighbours.
_STEERING = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_WEB = re.compile(r"https?://[^\s<>\[\]{}()`|\\^\"']+", re.IGNORECASE)


class Text(NamedTuple):
    """A text with its language (BCP 47, empty for that of the labels) and the place of the short answer, ``focus``."""

    text: str
    language: str = ""
    focus: Place | None = None

    @property
    def parts(self) -> tuple[str, str, str]:
        """Return the text before the short answer, the short answer, and the text after it."""
        return parted(self.text, self.focus)


class Address(NamedTuple):
    """A source's URL; ``is_link`` says whether it is plainly a web address."""

    text: str
    is_link: bool


class Fact(NamedTuple):
    """A labelled value."""

    label: str
    value: str


class Stated(NamedTuple):
    """A statement with its citation marks, such as ``[1][2]``; ``doubts`` say what its sources do not support."""

    text: Text
    marks: str
    doubts: tuple[Text, ...]
    remarks: tuple[Text, ...]


class Source(NamedTuple):
    """A source: ``about`` are publisher, language and date; ``gloss`` is a machine translation and may be empty."""

    mark: str
    title: Text
    about: tuple[str, ...]
    address: Address | None
    facts: tuple[Fact, ...]
    quote: Text
    gloss: Text


class Exhibit(NamedTuple):
    """An answer as an export shows it.

    ``reply`` has the lines of a reply without statements; ``sources`` are then the nearest hits, and ``heading`` says
    what they are.
    """

    question: Text
    reply: tuple[Text, ...]
    statements: tuple[Stated, ...]
    remarks: tuple[Text, ...]
    heading: str
    sources: tuple[Source, ...]
    facts: tuple[Fact, ...]


def clean(value: object) -> str:
    """Return ``value`` as text on one line, without control characters and bidirectional overrides and isolates."""
    text = _STEERING.sub("", _SPACES.sub(" ", str(value)))
    return _SPACES.sub(" ", _SURROGATE.sub("\ufffd", text)).strip(" ")


def exhibit(answer: Mapping[str, Any], say: Say) -> Exhibit:
    """Return what is shown of an answer in the JSON shape of `rag.answer.Answer`.

    Raises `KeyError` if it lacks a key that all answers have.
    """
    kind = kind_of(answer)
    cited = (_source(citation, answer, say) for citation in answer["citations"])
    return Exhibit(
        question=Text(clean(answer["question"]), clean(answer["language"])),
        reply=tuple(_reply(kind, answer, say)),
        statements=tuple(_stated(statement, answer, say) for statement in answer["statements"]),
        remarks=tuple(_remarks(answer, say)),
        heading=say({"likely": "export_likely", "none": "export_nearest"}.get(kind, "export_sources")),
        sources=(*cited, *(_hit(hit, say) for hit in nearest(answer))),
        facts=tuple(_facts(kind, answer, say)),
    )


def _reply(kind: Kind, answer: Mapping[str, Any], say: Say) -> Iterator[Text]:
    if kind == "none":
        yield Text(say("export_none"))
    for line in (about(answer) or "").splitlines():
        if line := clean(line):
            yield Text(line, clean(answer["language"]))


def _stated(statement: Mapping[str, Any], answer: Mapping[str, Any], say: Say) -> Stated:
    numbers = statement["citations"]
    language = answer["language"]
    if answer["mode"] == "extractive":  # a quotation is in the language of its source
        language = next((c["language"] for c in answer["citations"] if c["number"] in numbers), language)
    return Stated(
        text=Text(clean(statement["text"]), clean(language), focus_place(statement, answer["citations"], clean)),
        marks=_marks(numbers),
        doubts=tuple(map(Text, _doubts(statement, say))),
        remarks=tuple(map(Text, _agreement(statement.get("agreement"), say))),
    )


def _doubts(statement: Mapping[str, Any], say: Say) -> Iterator[str]:
    if statement["support"] == "supported":
        return
    # Anything not known to be partly supported counts as unsupported, so that it never looks better than it is.
    yield say("export_partial" if statement["support"] == "partial" else "export_unsupported")
    for finding in statement.get("findings") or ():
        if finding["verdict"] not in ("context", "missing", "contradicted"):
            continue
        values = " ≠ ".join(part for part in (clean(finding["text"]), clean(finding["source"])) if part)
        yield f"{say('export_' + finding['verdict'])}: {values}" if values else say("export_negation")


def _agreement(agreement: Mapping[str, Any] | None, say: Say) -> Iterator[str]:
    if agreement and agreement["sources"] > 1:
        dates = " – ".join(dict.fromkeys(clean(agreement[end]) for end in ("since", "until") if agreement[end]))
        told = "; ".join(part for part in (clean(", ".join(agreement["languages"])), dates) if part)
        yield f"{say('export_agreement')}: {clean(agreement['sources'])} ({told}) {_marks(agreement['citations'])}"


def _remarks(answer: Mapping[str, Any], say: Say) -> Iterator[Text]:
    if answer.get("standalone"):
        yield Text(f"{say('export_searched_as')}: {clean(answer['standalone'])}")
    for conflict in answer.get("conflicts") or ():
        values = (f"{clean(value['text'])} {_marks(value['citations'])}" for value in conflict["values"])
        yield Text(f"{say('export_differ')}: {'; '.join(values)}")
    for note in other_notes(answer):
        yield Text(f"{say('export_note')}: {clean(note['text'])}")


def _source(citation: Mapping[str, Any], answer: Mapping[str, Any], say: Say) -> Source:
    gloss = citation.get("gloss") or {"text": "", "language": "", "model": ""}
    translator = [Fact(say("export_gloss_model"), clean(gloss["model"]))] if gloss["text"] else []
    language = clean(citation["language"])
    about = (citation.get("publisher"), language, citation.get("published"))
    return Source(
        mark=_marks([citation["number"]]),
        title=Text(clean(citation["title"]), language),
        about=tuple(clean(part) for part in about if part),
        address=_address(citation["url"]) if citation.get("url") else None,
        facts=(*_place(citation, say), *translator),
        quote=Text(clean(citation["quote"]), language, focus_in_quote(citation, answer["statements"], clean)),
        gloss=Text(clean(gloss["text"]), clean(gloss["language"])),
    )


def _hit(hit: Mapping[str, Any], say: Say) -> Source:
    language = clean(hit["language"])
    quote = Text(clean(hit["text"]), language)
    return Source(f"{clean(hit['rank'])}.", Text(""), (language,), None, tuple(_place(hit, say)), quote, Text(""))


def _address(url: object) -> Address:
    """Return a URL, not as a link if something is hidden in it: the link would lead elsewhere than it reads."""
    text = clean(url)
    return Address(text, text == url and text.isprintable() and _WEB.fullmatch(text) is not None)


def _place(found: Mapping[str, Any], say: Say) -> Iterator[Fact]:
    yield Fact(say("export_file"), clean(shown_path(found["path"])))
    # A page is a part whose name is its number; the lines of other parts count in the part.
    keys = ("page" if found.get("page") is not None else "part", "line")
    for key in keys:
        if found.get(key) is not None:
            yield Fact(say(f"export_{key}"), clean(found[key]))
    yield Fact(say("export_characters"), f"{clean(found['start'])}–{clean(found['end'])}")
    if found.get("sha256"):
        yield Fact(say("export_sha256"), clean(found["sha256"]))


def _facts(kind: Kind, answer: Mapping[str, Any], say: Say) -> Iterator[Fact]:
    collection = answer.get("collection") or {}
    made = {
        "confidence": f"{answer['confidence']:.2f}",
        "mode": say("export_generative" if answer["mode"] == "generative" else "export_extractive"),
    }
    values = {
        **(made if kind != "about" else {}),  # a reply of that kind has neither
        "model": answer.get("model"),
        "documents": collection.get("documents"),
        "generation": collection.get("generation"),
        "embedding_model": collection.get("model"),
        "asked_at": answer.get("asked_at"),
    }
    yield from (Fact(say(f"export_{key}"), clean(value)) for key, value in values.items() if value is not None)


def _marks(numbers: Sequence[object]) -> str:
    return "".join(f"[{clean(number)}]" for number in numbers)
