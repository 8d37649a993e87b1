"""The export of a conversation as Markdown, HTML or JSON."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import regex
from jinja2 import Template

from rag.chat.exhibits import LABELS, Address, Exhibit, Fact, Say, Source, Text, clean, exhibit
from rag.templates import environment

__all__ = ["LABELS", "Export", "Format", "citation_text", "export", "named"]


Format = Literal["markdown", "html", "json"]

_KINDS: dict[Format, tuple[str, str]] = {
    "markdown": ("md", "text/markdown"),
    "html": ("html", "text/html"),
    "json": ("json", "application/json"),
}
_LONGEST_SLUG = 60
_NO_WORD = regex.compile(r"[^\p{L}\p{M}\p{N}]+")
# What Markdown acts on: anywhere; beside certain characters (addresses, numbered lists); where a line begins.
_MARKDOWN = regex.compile(r"[\\`*_{}\[\]<>#|~&$^@]|[.:](?=\S)|/(?=/)|(?<=\d)[.)]|^[-+=:]")
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
# Harmless within JSON, but an editor would turn the text around or end a line, and UTF-8 has no surrogates.
_HIDDEN = regex.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Export:
    """A file to download: its name without any folder, its media type and its text, to be written as UTF-8."""

    name: str
    media_type: str
    text: str


def export(title: str, answers: Sequence[Mapping[str, Any]], kind: Format, say: Say) -> Export:
    """Return answers in the JSON shape of `rag.answer.Answer` as a file.

    Each may have two more keys: ``collection`` (``generation``; ``model``, the embedding model's name; ``documents``,
    how many were searched) and ``asked_at`` (ISO time). ``say`` returns the reader's wording of each key of `LABELS`.
    Raises `KeyError` if an answer lacks a key that all answers have.
    """
    name, media_type = named(title, kind)
    if kind == "json":
        return Export(name, media_type, _json(answers))
    shown = [exhibit(answer, say) for answer in answers]
    command = f"dalil verify {named(title, 'json')[0]}"
    heading = clean(title) or "Dalil"
    return Export(name, media_type, (_markdown if kind == "markdown" else _html)(heading, shown, command, say))


def named(title: str, kind: Format) -> tuple[str, str]:
    """Return the file name and the media type of an export."""
    ending, media_type = _KINDS[kind]
    return f"dalil-{_slug(title)}.{ending}", media_type


def citation_text(answer: Mapping[str, Any], say: Say) -> str:
    """Return an answer with its numbered sources as plain text, for the clipboard.

    A line that begins like a formula gets an apostrophe before it: spreadsheets run a formula when it is pasted (such
    as ``=HYPERLINK(…)``, which sends cells away), and take what follows an apostrophe as text. Tabs, which would begin
    a new cell within a line, become spaces.
    """
    return "\n".join(f"'{line}" if line.startswith(_FORMULA) else line for line in _plain(exhibit(answer, say), say))


def _slug(title: str) -> str:
    """Return a title's letters and digits, in any script, joined by hyphens: safe for file systems and shells."""
    words = _NO_WORD.sub("-", unicodedata.normalize("NFC", clean(title)).lower())
    return words.strip("-")[:_LONGEST_SLUG].strip("-") or "answers"


def _json(answers: Sequence[Mapping[str, Any]]) -> str:
    value = answers[0] if len(answers) == 1 else list(answers)
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return _HIDDEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n"


def _html(title: str, shown: Sequence[Exhibit], command: str, say: Say) -> str:
    return _template().render(title=title, exhibits=shown, command=command, say=say)


@cache
def _template() -> Template:
    return environment(Path(__file__).parent).get_template("export.html.j2")


def _markdown(title: str, shown: Sequence[Exhibit], command: str, say: Say) -> str:
    blocks = [f"# {_escaped(title)}"]
    for one in shown:
        blocks += _markdown_answer(one, say)
    # The command holds nothing but letters, digits, spaces, hyphens and a dot.
    blocks += ["---", f"{_escaped(say('export_verify'))}: `{command}`"]
    return "\n\n".join(blocks) + "\n"


def _markdown_answer(one: Exhibit, say: Say) -> Iterator[str]:
    yield f"## {_escaped(one.question.text)}"
    yield from (_escaped(line.text) for line in one.reply)
    for statement in one.statements:
        yield f"{_with_focus(statement.text)} {_escaped(statement.marks)}"
        yield from _listed(remark.text for remark in statement.doubts + statement.remarks)
    yield from (_escaped(remark.text) for remark in one.remarks)
    if one.sources:
        yield f"### {_escaped(one.heading)}"
    for source in one.sources:
        yield from _markdown_source(source, say)
    if one.facts:
        yield f"### {_escaped(say('export_about'))}"
    yield from _listed(map(_told, one.facts))


def _markdown_source(source: Source, say: Say) -> Iterator[str]:
    yield f"**{_escaped(source.mark)}** {_escaped(_heading(source))}"
    yield f"> {_with_focus(source.quote)}"
    if source.gloss.text:
        yield f"{_escaped(say('export_gloss'))}: {_escaped(source.gloss.text)}"
    address = [f"- {_escaped(say('export_address'))}: {_linked(source.address)}"] if source.address else []
    yield "\n".join([*address, *_listed(map(_told, source.facts))])


def _linked(address: Address) -> str:
    return f"<{address.text}>" if address.is_link else _escaped(address.text)


def _listed(texts: Iterator[str]) -> Iterator[str]:
    """Yield a Markdown list of these texts as one block; nothing if there are no texts."""
    items = [f"- {_escaped(text)}" for text in texts]
    if items:
        yield "\n".join(items)


def _escaped(text: str) -> str:
    """Return one line of text that Markdown renders as that text and nothing else, wherever it stands in a line."""
    return "".join(_characters(text))


def _characters(text: str) -> list[str]:
    """Return the characters, escaped where Markdown would act on them, which depends on the characters beside them."""
    acting = {found.start() for found in _MARKDOWN.finditer(text)}
    return [f"\\{c}" if place in acting else c for place, c in enumerate(text)]


def _with_focus(text: Text) -> str:
    """Return a text as Markdown, with its short answer in bold where Markdown can express that.

    Elsewhere the asterisks would appear as asterisks.
    """
    characters = _characters(text.text)
    before, short, after = text.parts
    if not (short and _clings(short[0], before[-1:]) and _clings(short[-1], after[:1])):
        return "".join(characters)
    first, last = len(before), len(before) + len(short)
    return "".join([*characters[:first], "**", *characters[first:last], "**", *characters[last:]])


def _clings(inner: str, outer: str) -> bool:
    """Return whether asterisks between these two characters begin or end bold on the inner side (CommonMark 6.2)."""
    is_sign = unicodedata.category(inner)[0] in "PS"
    return not inner.isspace() and (not is_sign or not outer.strip() or unicodedata.category(outer)[0] == "P")


def _told(fact: Fact) -> str:
    return f"{fact.label}: {fact.value}"


def _heading(source: Source) -> str:
    return " · ".join(part for part in (source.title.text, *source.about) if part)


def _plain(one: Exhibit, say: Say) -> Iterator[str]:
    yield from (one.question.text, "")
    yield from (line.text for line in one.reply)
    for statement in one.statements:
        yield f"{statement.text.text} {statement.marks}"
        yield from (f"({remark.text})" for remark in statement.doubts + statement.remarks)
    yield from (remark.text for remark in one.remarks)
    if one.sources:
        yield from ("", one.heading)
    for source in one.sources:
        yield f"{source.mark} {_heading(source)}"
        yield source.quote.text
        if source.gloss.text:
            yield f"{say('export_gloss')}: {source.gloss.text}"
        if source.address:
            yield source.address.text
        yield " · ".join(map(_told, source.facts))
    yield from ("", " · ".join(map(_told, one.facts)))
