"""Text of documents and models as a page may show it: no direction tricks, and nothing that Markdown acts on."""

from __future__ import annotations

import re

# They turn the direction of what stands around them, so that a name can pass for another.
_DIRECTION = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x061C, 0x200E, 0x200F])
_CONTROL = dict.fromkeys([*range(0x20), 0x7F, *range(0x80, 0xA0)], " ") | {ord("\n"): "\n", ord("\t"): " "}
# Half characters, which cannot be sent to a page.
_CONTROL |= dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
# An absolute path of three parts and more, its folders with blanks or without; not what follows the host of an address.
_PATH = re.compile(r"(?<![\w:/.])/(?:[^/\s'\"<>;:,)](?:[^/\n'\"<>;:,)]*[^/\s'\"<>;:,)])?/){2,}[^/\s'\"<>;:,)]*")
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
# Where Streamlit would make an emoji, an icon, a colour, a link or an arrow of what stands in a text already parsed.
_LIVELY = re.compile(r"(?<=[:@])(?=\S)|(?<=www)(?=\.)|(?<=[<>~])(?==)|(?<=-)(?=[->])|(?<=<)(?=-)", re.IGNORECASE)
_WORD_JOINER = "\u2060"


def shown(text: str) -> str:
    """``text`` without control characters and marks that turn its direction; its letters are as they were."""
    return text.translate(_CONTROL).translate(_DIRECTION)


def told(error: object) -> str:
    """What an error says, its paths cut to their last two parts: a page is read by others than who runs it."""
    return _PATH.sub(lambda found: "/".join(found[0].split("/")[-2:]), str(error))


def label(text: str, longest: int = 200) -> str:
    """``text`` on one line of at most so many characters, for labels that read Markdown: it reads as it is."""
    line = " ".join(shown(text).split())
    line = line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"
    return _PUNCTUATION.sub(r"\\\1", _LIVELY.sub(_WORD_JOINER, line))
