"""The wording of suggested questions in five languages, and what of a document's words may be put into it.

What is inserted stands in quotation marks, in a place of the sentence that asks for no ending: a heading is quoted,
whatever its language and case.
"""

from __future__ import annotations

from dataclasses import dataclass

import regex

from corpus.language import known_tag
from corpus.readers.base import plain_line

LONGEST = 80
_FEWEST_WORDS, _FEWEST_HAN = 2, 4
_HAN = regex.compile(r"\p{Han}")
_WORD = regex.compile(r"\S*\p{L}\S*")
# Addresses and mark-up: no words to quote, and a page might act on them.
_MARKUP = regex.compile(r"[<>\[\]{}|`\\]|://|www\.")
_AS_QUESTION = ("?", "？")


@dataclass(frozen=True, slots=True)
class Wording:
    """Questions about ``{}``; ``inner`` are the quotation marks within others, for each that opens or closes one."""

    language: str
    about: str
    more: str
    inner: dict[int, int]


_WORDINGS = {
    wording.language: wording
    for wording in (
        Wording(
            "en",
            "What do the documents say about “{}”?",
            "What else do the documents say about “{}”?",
            str.maketrans("“”", "‘’"),
        ),
        Wording(
            "ru",
            "Что говорится в документах о теме «{}»?",
            "Что ещё говорится в документах о теме «{}»?",
            str.maketrans("«»", "„“"),
        ),
        Wording(
            "kk",
            "Құжаттарда «{}» тақырыбы туралы не айтылады?",
            "Құжаттарда «{}» тақырыбы туралы тағы не айтылады?",
            str.maketrans("«»", "„“"),
        ),
        Wording("zh-Hans", "关于“{}”，文件里说了什么？", "关于“{}”，文件里还说了什么？", str.maketrans("“”", "‘’")),
        Wording(
            "zh-Hant", "關於「{}」，文件裡說了什麼？", "關於「{}」，文件裡還說了什麼？", str.maketrans("「」", "『』")
        ),
    )
}


def wording_of(*languages: str) -> Wording:
    """The wording for the first of BCP 47 tags that has one; English where none has."""
    for language in languages:
        tag = known_tag(language) or ""
        if wording := _WORDINGS.get("zh-Hans" if tag == "zh" else tag):
            return wording
    return _WORDINGS["en"]


def topic(text: str) -> str | None:
    """A heading or title as it may be asked about: one line that says something; None where it does not."""
    line = plain_line(text, 2 * LONGEST)
    if len(line) > LONGEST or _MARKUP.search(line):
        return None
    says_something = len(_HAN.findall(line)) >= _FEWEST_HAN or len(_WORD.findall(line)) >= _FEWEST_WORDS
    return line if says_something else None


def about(line: str, wording: Wording, language: str, *, more: bool = False) -> str:
    """The question about a line of a document in ``language``; a line that is a question asks itself."""
    if line.endswith(_AS_QUESTION) and wording.language == language:
        return line
    quoted = line.rstrip("".join(_AS_QUESTION)).translate(wording.inner)
    return (wording.more if more else wording.about).replace("{}", quoted)
