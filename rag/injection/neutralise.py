"""Text of documents and readers made safe inside a prompt: nothing in it can pass for a part of the prompt itself.

Words and punctuation stay as they are. What a tokenizer, a chat template or a parser of citation marks would take for
a control token, a role or a citation gets a visible, harmless form; invisible characters are removed.
"""

from __future__ import annotations

import re
import secrets
import unicodedata

import regex

_NONCE_BYTES = 12
# A delimiter made by `fence`, which a model may repeat.
FENCE = re.compile(rf"=== [0-9a-f]{{{2 * _NONCE_BYTES}}} ===")
_SPACE = re.compile(r"\s+")
_JOINER = re.compile("[\u200c\u200d]+")
# Scripts in which joiners change how a word is written: Arabic and its neighbours, the scripts of India, Khmer, Mongol.
_JOINING = re.compile("[\u0620-\u08ff\u0900-\u0dff\u1780-\u18af]")
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_VARIATION = re.compile("[\u180b-\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_JOINERS = frozenset("\u200c\u200d")
# Longer runs of one character are cut, as they only fill the context; much later for digits, since each of them counts.
_RUN = re.compile(r"(\D)\1{16,}|(\d)\2{64,}", re.DOTALL)
_MARKS_RUN = re.compile("([\u0300-\u036f]{4})[\u0300-\u036f]+")
# "<" before anything but a space or a number may begin a token or a tag; once it is replaced, there is none.
_TAG = re.compile(r"[<\ufe64\uff1c](?![\s=]|\d++(?:[\s.,%)]|$))")
_SHOUTED = re.compile(r"[\[\uff3b](\s?/?\s?(?:[A-Z][A-Z_]{1,40}|gMASK|sMASK)\s?)[\]\uff3d]")
_HEADING = re.compile(r"#{2,}(?=\s?[^\s#])")
_ROLES = (
    "system|user|assistant|human|ai|bot|model|developer|tool|система|пользователь|ассистент|помощник|человек|разработчик"
    "|жүйе|пайдаланушы|көмекші|әзірлеуші|系统|系統|用户|用戶|使用者|助手|助理|人类|人類|开发者|開發者"
)
# With `regex`, for which ¼ is no part of a word, as in Unicode: with `re`, a ¼ would hide the role that follows it.
_ROLE = regex.compile(rf"(?<![\w/@])(?:{_ROLES})[*_]{{0,2}}(?=[:：])", regex.IGNORECASE)
_OPENING, _CLOSING = "\\[\uff3b【〔〖﹝⟦", "\\]\uff3d】〕〗﹞⟧"
_BRACKETED = re.compile(
    rf"(?<![{_OPENING}])(?<![{_OPENING}] )((?:[{_OPENING}] ?)++)"
    rf"([^{_OPENING}{_CLOSING}]{{1,120}})((?: ?[{_CLOSING}])++)"
)
_OF_MARKS = re.compile(
    r"sources?|passages?|documents?|docs?|refs?|cit(?:e|ations?)|notes?|numbers?|no|and|to|turn|search|news|источник\w*|отрыв\w*|документ\w*"
    r"|дереккөз\w*|үзінді\w*|құжат\w*|и|және|来源|來源|资料|資料|文献|文獻|段落|出处|出處|第|号|號|注|註|和|至",
    re.IGNORECASE,
)


def neutral(text: str) -> str:
    """Return ``text`` in NFC, on one line, without control tokens, role and citation marks and invisible characters.

    Idempotent: a text that is neutral already stays as it is.
    """
    seen = _SPACE.sub(" ", "".join(map(_visible, text)))
    seen = unicodedata.normalize("NFC", _JOINER.sub(_joiner, _MARKS_RUN.sub(r"\1", seen)))
    # A joiner that was removed may have stood between two spaces.
    seen = _SPACE.sub(" ", seen).strip()
    seen = _RUN.sub(lambda run: run.group()[: 64 if run[2] else 16], seen)
    seen = _SHOUTED.sub(r"(\1)", _TAG.sub("‹", seen))
    seen = _BRACKETED.sub(_in_parentheses, seen)
    return _ROLE.sub(lambda role: f"{role.group()} ", _HEADING.sub("#", seen))


def fence() -> str:
    """Return a delimiter that no document can know: it is random and new at each call."""
    return f"=== {secrets.token_hex(_NONCE_BYTES)} ==="


def fenced(text: str, nonce: str) -> str:
    """Return ``text`` without the unique part of ``nonce``, so that it can stand between two lines ``nonce``.

    `ValueError` for an empty nonce.
    """
    core = nonce.strip("= ")
    if not core:
        raise ValueError("an empty nonce delimits nothing")
    while core in text:
        text = text.replace(core, "")
    return text


def _visible(c: str) -> str:
    """Return the character, a space for any white space, or nothing for what no reader sees."""
    if c.isascii():
        return c if c.isprintable() else " " if c.isspace() else ""
    if c.isspace():
        return " "
    hidden = c not in _JOINERS and unicodedata.category(c) in {"Cc", "Cf", "Cs", "Co", "Cn"}
    return "" if hidden or c in _INVISIBLE or _VARIATION.match(c) else c


def _joiner(match: re.Match[str]) -> str:
    """Return one joiner between two letters that it can join, otherwise nothing."""
    text, start, end = match.string, match.start(), match.end()
    joins = _JOINING.match(text, start - 1) if start else None
    return match.group()[0] if joins and _JOINING.match(text, end) else ""


def _in_parentheses(match: re.Match[str]) -> str:
    """Return brackets around numbers, alone or with a word for a source, as parentheses; others as they are."""
    inside = match[2]
    if not any(map(str.isnumeric, inside)) or any(map(_is_word, _OF_MARKS.sub("", inside))):
        return match.group()
    return "(" * len(match[1].replace(" ", "")) + inside + ")" * len(match[3].replace(" ", ""))


def _is_word(c: str) -> bool:
    return c.isalpha() and not c.isnumeric()
