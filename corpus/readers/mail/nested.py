"""The reading of files that stand in other files: attachments, archived pages, members of archives."""

from __future__ import annotations

from dataclasses import fields, replace

from corpus.errors import Unreadable
from corpus.readers.base import Draft, File, clean_blocks, plain_line
from corpus.readers.extract import Extract
from corpus.types import Metadata

MAX_DEPTH = 3
MAX_MEMBER_BYTES = 20_000_000
SPENT = "the file around it holds more than is read of one file; take it out and index it"
_MAX_SHOWN = 120


def read_nested(extract: Extract, file: File) -> Draft | None:
    """Return what the reader for a file that stands in another makes of it.

    None, and a warning with the reason, if it cannot be read: it never ends the reading of the file around it.
    """
    shown = plain_line(file.name, _MAX_SHOWN) or "a file without a name"
    try:
        draft = _read(file)
    except Unreadable as error:
        extract.warn(f"{shown}: {error.reason}")
        return None
    if not any(clean_blocks([block]) for block in draft.blocks):
        extract.warn(f"{shown}: it holds no text")
        return None
    return draft


def _read(file: File) -> Draft:
    _spend(file)
    file.alive()
    draft = next(reader for reader in file.readers if reader.matches(file)).read(file)
    if draft.source is not None:
        return draft
    given, own = file.front[0], draft.metadata
    values = {field.name: getattr(given, field.name) or getattr(own, field.name) for field in fields(Metadata)}
    return Draft(draft.blocks, Metadata(**values), None, draft.parts, draft.left_out, draft.warnings)


def _spend(file: File) -> None:
    """Count a file toward what may be taken out of the one around it; raise `Unreadable` if that is too much."""
    if file.depth > MAX_DEPTH:
        raise Unreadable(f"it stands in more than {MAX_DEPTH} files that hold one another; take it out and index it")
    if len(file.data) > MAX_MEMBER_BYTES:
        raise Unreadable(f"it is larger than {MAX_MEMBER_BYTES // 1_000_000} MB; take it out, split it and index it")
    if not file.allowance.spend(len(file.data)):
        raise Unreadable(SPENT)


def add_member(extract: Extract, file: File, name: str, *, url: str | None = None) -> bool:
    """Add a file that stands in another as a part, or as several if it has parts; return whether it could be read.

    It begins with a heading, so that no heading before it seems to be about its words.
    """
    draft = read_nested(extract, file)
    if draft is None:
        return False
    about = draft.metadata
    extract.part(name, title=about.title, url=about.url or url, author=about.author, published=about.published)
    if draft.blocks[0].kind != "heading":
        extract.heading(about.title or file.name.rpartition("/")[2], 1)
    extract.include(draft, name)
    extract.end_part()
    return True


def finished_members(extract: Extract, what: str) -> Draft:
    """Return the draft of a file that only holds others; what a single one says about itself is said of the file.

    Raises `Unreadable` with the reasons if none of them could be read.
    """
    draft = extract.draft(Metadata())
    if not draft.blocks:
        reasons = f" ({'; '.join(draft.warnings[:3])})" if draft.warnings else ""
        raise Unreadable(f"{what}{reasons}")
    if len(draft.parts) > 1:
        return draft
    only = draft.parts[0]
    metadata = Metadata(only.title, only.url, author=only.author, published=only.published)
    return replace(draft, metadata=metadata)
