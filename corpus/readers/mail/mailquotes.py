"""The lines that lead a quoted mail, and the headers and armour that programs write into the text of one."""

from __future__ import annotations

import re
from collections.abc import Sequence

_MAX_LEAD = 300
_MAX_LEAD_LINES = 3
# "On Monday, Ann Lee <ann@example.org> wrote:", as mail programs say it in many languages.
_WROTE = re.compile(
    r"(?:\bwrote|\bwrites|\bпис(?:ал|ала|али|ал\(а\))|\bнаписал(?:а|и|\(а\))?|\bпишет|\bжазды|\bжазған|\bёзди|\bschrieb"
    r"|\bschreef|\ba écrit|\bescribió|\bha scritto|\bescreveu|\bskrev|\bnapisał(?:a|\(a\))?|\bnapsal|\byazdı"
    r"|\bkirjoitti)"
    r"(?:\s[^:：.!?]{0,80})?\s?[:：]$|(?:写道|寫道|のメール|書きました|님이 작성)\s?[:：]$",
    re.IGNORECASE,
)
# It names a day, a time or an address: "Then he wrote:" is the sender's own sentence.
_WHEN_OR_WHO = re.compile(r"\d{1,2}[:.h]\d\d|\b(?:19|20)\d\d\b|\S@\S|\d{1,2}[./]\d{1,2}[./]\d{2}|^On\s|年|月")
_SENTENCE_END = re.compile(r"[^\W\d_]{3,}[.!?…][\"'”»)]?\s|[。！？]")
_ADDRESS_OR_TIME = re.compile(r"\S@\S|\d{1,2}[:.h]\d\d")
_RULE = re.compile(
    r"^\s*(?:-{2,}|_{2,}|={2,}|\*{2,})\s*(?P<words>[^\s\-_=*].{2,60}?)\s*(?:-{2,}|_{2,}|={2,}|\*{2,})\s*$"
)
_RULE_WORDS = re.compile(
    r"original|forwarded|message|nachricht|weitergeleitet|исходное|пересыл|пересланное|сообщени|хабар|түпнұсқа"
    r"|原始|转发|轉寄|邮件|郵件|メッセージ|原本|원본|d'origine|transféré|original|reenviado|inoltrato|messaggio|mensaje",
    re.IGNORECASE,
)
_FROM = r"From|От|От кого|Von|De|Da|Van|Från|Kimden|Кімнен|发件人|寄件者|寄件人|差出人|보낸 사람"
_OTHER = (
    r"Sent|Date|To|Cc|Subject|Reply-To|Отправлено|Дата|Кому|Копия|Тема|Gesendet|Datum|An|Betreff|Envoyé|À|Objet|Enviado"
    r"|Para|Asunto|Inviato|Oggetto|Жіберілді|Күні|Кімге|Тақырыбы|发送时间|日期|时间|時間|收件人|收件者|抄送|主题|主旨"
    r"|送信日時|宛先|件名|보낸 날짜|받는 사람|제목|Attachments|Importance"
)
_FROM_LINE = re.compile(rf"^\*?(?:{_FROM})\s?\*?\s?[:：]\*?\s?\S", re.IGNORECASE)
_OTHER_LINE = re.compile(rf"^\*?(?:{_OTHER})\s?\*?\s?[:：]\*?(?:\s|\S|$)", re.IGNORECASE)
_FROM_BLOCK = re.compile(rf"^(?:{_FROM})\s?[:：]\s?.{{1,200}}?\s(?:{_OTHER})\s?[:：]\s?\S", re.IGNORECASE | re.DOTALL)
_MAX_HEADERS = 12
_ARMOUR = re.compile(r"^-----BEGIN (PGP [A-Z ]{3,40}|PKCS7|CERTIFICATE|[A-Z ]{0,20}PRIVATE KEY)-----\s*$")
_ARMOUR_END = re.compile(r"^-----END [A-Z0-9 ]{3,40}-----\s*$")
_UUENCODED = re.compile(r"^begin [0-7]{3,4} \S")
_UU_LINE = re.compile(r"^[!-`][ -`]{0,61}$")
_MAX_ARMOUR_HEADERS = 6

SIGNATURE = "signatures"
ENCRYPTED = "encrypted text"


def is_lead(text: str) -> bool:
    """Return whether a line or paragraph only says who wrote the words that follow."""
    text = text.strip()
    if len(text) > _MAX_LEAD:
        return False
    says_who = _WROTE.search(text) and _WHEN_OR_WHO.search(text) and not _SENTENCE_END.search(text)
    return bool(says_who or _is_rule(text) or _FROM_BLOCK.match(text))


def _is_rule(text: str) -> bool:
    match = _RULE.match(text) if len(text) <= _MAX_LEAD else None
    return bool(match and _RULE_WORDS.search(match["words"]))


def turns_rest(first_line: str, lead: str) -> bool:
    """Return whether all that follows a leading line was written by another, although no mark is before its words.

    "Original message" and the headers of a mail do so; "On 5 May Ann wrote:" only with her address or the time of day.
    """
    line = first_line.strip()
    is_headed = _is_rule(line) or _FROM_BLOCK.match(line) or _FROM_LINE.match(line)
    return bool(is_headed or _ADDRESS_OR_TIME.search(lead))


def lead_of(lines: Sequence[str]) -> tuple[str, int]:
    """Return what the first lines say about whose words follow, on one line, and how many lines that is; else none."""
    line = lines[0].strip()
    is_ruled = _is_rule(line)
    start = next((i for i in range(1, len(lines)) if lines[i].strip()), len(lines)) if is_ruled else 0
    end = _headers_end(lines, start)
    if end > start:
        return " | ".join(" ".join(part.split()) for part in lines[start:end]), end
    if is_ruled:
        return line.strip("-_=* "), 1
    for count in range(1, _MAX_LEAD_LINES + 1):
        if len(lines) < count or not lines[count - 1].strip():
            break
        words = " ".join(" ".join(lines[:count]).split())
        # Own words just before "On 5 May Ann wrote:" are not a part of it.
        if is_lead(words) and (count == 1 or _WHEN_OR_WHO.search(line)):
            return words, count
    return "", 0


def _headers_end(lines: Sequence[str], start: int) -> int:
    """Return the line after the headers of a mail that are written into a text at ``start``, or ``start``."""
    if start >= len(lines) or not _FROM_LINE.match(lines[start].strip()):
        return start
    end = start + 1
    while end < min(len(lines), start + _MAX_HEADERS) and _OTHER_LINE.match(lines[end].strip()):
        end += 1
    return end if end > start + 1 else start


def without_armour(lines: Sequence[str]) -> tuple[list[str], dict[str, int]]:
    """Return lines without what only programs read (signatures, keys, encoded files), and how much that was."""
    kept: list[str] = []
    dropped: dict[str, int] = {}
    index = 0
    is_signed = False
    while index < len(lines):
        line = lines[index]
        armour = _ARMOUR.match(line)
        if armour and armour[1] == "PGP SIGNED MESSAGE":
            is_signed, index = True, _after_armour_headers(lines, index + 1)
            continue
        end = _armour_end(lines, index, bool(armour))
        if end > index:
            what = ENCRYPTED if armour and armour[1] == "PGP MESSAGE" else SIGNATURE if armour else "encoded files"
            dropped[what] = dropped.get(what, 0) + sum(map(len, lines[index:end]))
            is_signed, index = False, end
            continue
        kept.append(line[2:] if is_signed and line.startswith("- ") else line)
        index += 1
    return kept, dropped


def _after_armour_headers(lines: Sequence[str], index: int) -> int:
    for after in range(index, min(len(lines), index + _MAX_ARMOUR_HEADERS)):
        if not lines[after].strip():
            return after
        if not re.match(r"^[A-Za-z-]+: ", lines[after]):
            break
    return index


def _armour_end(lines: Sequence[str], index: int, is_armour: bool) -> int:
    """Return the line after an armoured or uuencoded piece that begins at ``index``, or ``index``."""
    if is_armour:
        ends = (i + 1 for i in range(index + 1, len(lines)) if _ARMOUR_END.match(lines[i]))
        return next(ends, len(lines))
    if not _UUENCODED.match(lines[index]):
        return index
    end = index + 1
    while end < len(lines) and _UU_LINE.match(lines[end]):
        if lines[end].strip() == "end":
            return end + 1
        end += 1
    return end + 1 if end < len(lines) and lines[end].strip() == "end" else index
