"""The reader of mailboxes: many mails in one file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from corpus.errors import Unreadable
from corpus.readers.base import Draft, File
from corpus.readers.extract import Extract
from corpus.readers.mail.letter import Letter, open_letter, parse
from corpus.readers.mail.mail import add_letter, finished
from corpus.readers.mail.mailbody import Passage
from corpus.readers.mail.mailheaders import moment_of

_MAX_MESSAGES = 20_000
# "From ann@example.org Mon Jun  1 10:00:00 2009": a time of day and a year, or else a header below it.
_ENVELOPE = re.compile(
    rb"(?:\A\s*|(?<=\n)\r?\n|(?<=\r)\r)From (?P<who>[^\r\n]*?)(?:\r\n|\r|\n)(?P<next>[!-9;-~]{1,76}:[ \t])?"
)
_WHEN = re.compile(rb"\d{1,2}:\d\d.*\d{4}|\d{4}.*\d{1,2}:\d\d")
_ESCAPED = re.compile(rb"^>(>*From )", re.MULTILINE)
_ADDRESS = re.compile(r"[^\s<>]+@[^\s<>]+")
_DAY = re.compile(r"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b.*")
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s|(?<=[。！？])")
_QUOTED_ELSEWHERE = "quotations of mails that stand in the same file"


@dataclass(frozen=True, slots=True)
class _Message:
    """A mail of a mailbox: what its "From " line says, and its bytes."""

    envelope: str
    data: bytes


class MboxReader:
    """The reader of mailboxes."""

    name = "mbox"
    media_type = "application/mbox"
    suffixes = frozenset({".mbox", ".mbx"})
    is_quick = False

    def matches(self, file: File) -> bool:
        """Return whether the file begins with the line that begins a mail in a mailbox."""
        if file.suffix in {".eml", ".emlx"}:
            return False
        first = _ENVELOPE.match(file.head)
        return bool(first and (_begins_mail(first) or file.suffix in self.suffixes))

    def read(self, file: File) -> Draft:
        """Return the draft of a mailbox, a part for each mail; one that cannot be read is told of."""
        extract = Extract()
        letters: list[tuple[int, Letter]] = []
        for number, message in enumerate(_messages(file.data), 1):
            if number > _MAX_MESSAGES:
                extract.warn(f"only the first {_MAX_MESSAGES} mails are read; split the file")
                break
            file.alive()
            try:
                letters.append((number, _letter(message)))
            except Unreadable as error:
                extract.warn(f"mail {number}: {error.reason}")
        _leave_out_repeated([letter for _, letter in letters], extract)
        for number, letter in letters:
            if not (letter.title or letter.body.passages or letter.enclosed):
                extract.warn(f"mail {number}: {letter.protected or 'it holds no text'}")
                continue
            extract.part(str(number), title=letter.title, author=letter.author, published=letter.published)
            add_letter(extract, letter, file, f"{number}/", 1)
        return finished(extract, Letter())


def _begins_mail(match: re.Match[bytes]) -> bool:
    return bool(_WHEN.search(match["who"]) or match["next"])


def _messages(data: bytes) -> Iterator[_Message]:
    """Yield the mails of a mailbox; a sentence that begins with "From " begins none."""
    marks = [match for match in _ENVELOPE.finditer(data) if _begins_mail(match) or not match.start()]
    for index, match in enumerate(marks):
        end = marks[index + 1].start() if index + 1 < len(marks) else len(data)
        start = match.start("next") if match["next"] else match.end()
        body = _ESCAPED.sub(rb"\1", data[start:end])
        yield _Message(match["who"].decode("utf-8", "replace"), body)


def _letter(message: _Message) -> Letter:
    """Return a mail of a mailbox; what its headers do not say, its "From " line may."""
    letter = open_letter(parse(message.data))
    address = _ADDRESS.search(message.envelope)
    letter.author = letter.author or (address.group() if address else None)
    day = _DAY.search(message.envelope)
    letter.published = letter.published or (moment_of(day.group()) if day else None)
    return letter


def _leave_out_repeated(letters: Sequence[Letter], extract: Extract) -> None:
    """Leave out what a mail quotes of the others, whose words stand in the file already."""
    said: dict[str, int] = {}
    for number, letter in enumerate(letters):
        for passage in letter.body.passages:
            if not passage.depth:
                for sentence in _sentences(passage):
                    said.setdefault(sentence, number)
    for number, letter in enumerate(letters):
        kept = []
        for passage in letter.body.passages:
            is_quoted = passage.depth and not passage.is_lead
            if is_quoted and all(said.get(sentence, number) != number for sentence in _sentences(passage)):
                extract.leave_out(_QUOTED_ELSEWHERE, len(passage.text))
            else:
                kept.append(passage)
        letter.body.passages = _without_idle_leads(kept)


def _sentences(passage: Passage) -> list[str]:
    """Return the sentences of a passage: a quotation may break lines and paragraphs elsewhere."""
    return [sentence for sentence in _SENTENCE_END.split(" ".join(passage.text.split())) if sentence]


def _without_idle_leads(passages: Sequence[Passage]) -> list[Passage]:
    """Return passages without the lines "Ann wrote:" after which nothing of hers is left."""
    kept: list[Passage] = []
    for passage in reversed(passages):
        if not passage.is_lead or (kept and kept[-1].depth >= passage.depth):
            kept.append(passage)
    return kept[::-1]
