"""Captions of films and talks: SubRip, WebVTT, SubStation Alpha and lyrics, as the sentences that were spoken.

A sentence often runs over several captions, and a caption often holds the end of one sentence and the beginning of the
next. Captions are therefore joined into paragraphs, which end where the speaker changes, where nobody speaks for a
while, or where a sentence ends. Each paragraph is a part of the file, named by the time at which its first caption
is shown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from corpus.readers.base import Block, Draft, File, LeftOut, Piece
from corpus.readers.units import opening, unit, with_entities, words_of
from corpus.types import Metadata, Part

_LONG_PAUSE = 4.0
# A caption that ends without a stop is followed by another sentence if there is a pause and a capital letter.
_SHORT_PAUSE = 0.8
# A paragraph ends with a sentence once it is this long, and with a caption once it is as long as the second says.
_PARAGRAPH_SECONDS = 12.0
_MAX_PARAGRAPH_SECONDS = 45.0
# Captions that roll show the line before again; the times of the two touch.
_TOUCHING = 0.1
_ROLLING_SHARE = 0.3

_TIME = r"(?:(?P<{0}h>\d{{1,3}}):)?(?P<{0}m>\d{{1,2}}):(?P<{0}s>\d{{1,2}})(?:[.,:](?P<{0}f>\d{{1,3}}))?"
_TIMING = re.compile(rf"[ \t]*{_TIME.format('a')}[ \t]*-->[ \t]*{_TIME.format('b')}(?:[ \t][^\r\n]*)?$")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_STOP = re.compile(r"[.!?。！？…؟।]+[\"'”’»」』）)\]♪]*$")
_GOES_ON = re.compile(r"[,;:，、；：\-–—]$")
_SPEAKER_NAME = re.compile(
    r"(?:>>+[ \t]*)?[^\W\d_a-zа-яё][^\W\d_a-zа-яё.'’ -]{1,30}(?: ?\([^)\n]{1,30}\))?[ \t]?:(?=\s|$)"
)
_SPEAKER_DASH = re.compile(r"[-‐‑–—]\s*(?=[^\W\d_\s]|[\"'“«¿¡♪.…\[(])")
_CHEVRONS = re.compile(r">>+[ \t]*|&gt;&gt;(?:&gt;)*[ \t]*")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a caption: its place in the source, and what of it is shown."""

    start: int
    end: int
    pieces: tuple[Piece, ...]
    voice: str | None = None

    @property
    def words(self) -> str:
        """Return what is shown, on one line."""
        return words_of(self.pieces)


@dataclass(frozen=True, slots=True)
class Cue:
    """A caption: when it is shown, in seconds, and its lines."""

    start: float
    end: float
    lines: tuple[Line, ...]


class CaptionsReader:
    """The reader of captions: .srt, .vtt, .ass, .ssa and .lrc files."""

    name = "captions"
    media_type = "text/vtt"
    suffixes = frozenset({".srt", ".vtt", ".ass", ".ssa", ".lrc"})
    is_quick = True

    def matches(self, file: File) -> bool:
        """Return whether the text begins as captions do, or the file's name says that it holds some."""
        return file.suffix in self.suffixes or _format_of(opening(file)) is not None

    def read(self, file: File) -> Draft:
        """Return the draft of a file of captions."""
        source = file.source
        kind = _format_of(source[:4096]) or file.suffix.removeprefix(".")
        parse = _PARSERS.get(kind, _sub_rip)
        cues, left_out = parse(source)
        paragraphs = _paragraphs(_once(cues))
        return Draft(
            tuple(_block(paragraph) for paragraph in paragraphs),
            Metadata(title=_title(source, kind)),
            parts=tuple(_parts(paragraphs)),
            left_out=(LeftOut("notes and styles", left_out),) if left_out else (),
        )


_STARTS = {
    "vtt": re.compile(r"\ufeff?WEBVTT(?:[ \t\r\n]|\Z)"),
    "srt": re.compile(
        r"\ufeff?\s*(?:\d{1,6}[ \t]*(?:\r\n|\r|\n))?[ \t]*\d{1,3}:\d\d:\d\d[.,]\d{1,3}[ \t]*-->[ \t]*\d{1,3}:\d\d:\d\d"
    ),
    "ass": re.compile(r"\ufeff?\s*\[Script Info\]", re.IGNORECASE),
    "lrc": re.compile(r"\ufeff?\s*(?:\[[a-z]{2,6}:[^\]\n]*\]\s*){0,20}\[\d{1,3}:\d\d[.:]\d{1,3}\]", re.IGNORECASE),
}


def _format_of(text: str) -> str | None:
    return next((name for name, start in _STARTS.items() if start.match(text)), None)


def _lines(source: str) -> list[tuple[int, int]]:
    """Return the spans of all lines, without their breaks."""
    lines = (match for match in _LINE.finditer(source) if match.end() > match.start())
    return [(line.start(), line.start() + len(line.group().rstrip("\r\n"))) for line in lines]


def _seconds(match: re.Match[str], which: str) -> float:
    hours, minutes, seconds = (int(match[which + unit_name] or 0) for unit_name in "hms")
    return hours * 3600 + minutes * 60 + seconds + float(f"0.{match[which + 'f'] or 0}")


def _sub_rip(source: str) -> tuple[list[Cue], int]:
    """Return the captions of a SubRip file; a caption ends before the number of the next, blank lines or not."""
    lines = _lines(source)
    timings = [(i, m) for i, (s, e) in enumerate(lines) if (m := _TIMING.match(source[s:e]))]
    cues = []
    number = 0
    for index, (at, timing) in enumerate(timings):
        following = timings[index + 1][0] if index + 1 < len(timings) else len(lines)
        inside = lines[at + 1 : following]
        above = source[slice(*lines[at - 1])].strip() if at else ""
        number = int(above) if above.isdecimal() and len(above) < 9 else number + 1
        if index + 1 < len(timings) and inside and _is_number(source, inside, number + 1):
            inside = inside[:-1]
        shown = _tagged_lines(source, inside, _SRT_TAG)
        cues.append(Cue(_seconds(timing, "a"), _seconds(timing, "b"), tuple(shown)))
    return cues, 0


def _is_number(source: str, lines: Sequence[tuple[int, int]], expected: int) -> bool:
    """Return whether the last line is the number of the next caption and not one that is shown."""
    last = source[slice(*lines[-1])].strip().strip("\ufeff")
    alone = len(lines) == 1 or not source[slice(*lines[-2])].strip()
    return last.isdecimal() and (alone or int(last[:12]) == expected)


def _web_vtt(source: str) -> tuple[list[Cue], int]:
    """Return the captions of a WebVTT file, and how many characters stand in its notes and styles."""
    cues: list[Cue] = []
    left_out = 0
    for block in _vtt_blocks(source):
        timing = next(((i, m) for i, (s, e) in enumerate(block) if (m := _TIMING.match(source[s:e]))), None)
        if timing is None:
            left_out += block[-1][1] - block[0][0]
            continue
        at, match = timing
        shown = _tagged_lines(source, block[at + 1 :], _VTT_TAG)
        cues.append(Cue(_seconds(match, "a"), _seconds(match, "b"), tuple(shown)))
    return cues, left_out


def _vtt_blocks(source: str) -> Iterable[list[tuple[int, int]]]:
    """Yield runs of lines that no empty line separates; one that holds a space is a line of a rolling caption."""
    block: list[tuple[int, int]] = []
    for start, end in _lines(source):
        if start == end:
            if block:
                yield block
            block = []
        else:
            block.append((start, end))
    if block:
        yield block


_VTT_TAG = re.compile(
    r"<rt(?:[.\s][^>\n]*)?>[^<\n]*(?:</rt>)?|<v(?:\.[^\s>]*)?[ \t]+(?P<voice>[^>\n]{1,200})>"
    r"|</?(?:c|i|b|u|v|lang|ruby)(?:[.\s][^>\n]*)?>|</rt>|<(?:\d+:)?\d\d:\d\d\.\d{3}>"
    r"|<br\s?/?>(?P<gap>)|\{\\[^}\n]*\}"
)
_SRT_TAG = re.compile(
    r"</?(?:[ibusc]|font|em|strong|span|ruby|v)(?:[\s=.][^>\n]*)?>|<br\s?/?>(?P<gap>)|\{\\[^}\n]*\}(?P<voice>(?!))?"
    r"|\{/?[iubsIUBS]\}",
    re.IGNORECASE,
)
_ASS_TAG = re.compile(r"\{[^}\n]*\}(?P<voice>(?!))?|\\[Nnh](?P<gap>)")


def _tagged_lines(source: str, lines: Iterable[tuple[int, int]], tag: re.Pattern[str]) -> list[Line]:
    """Return what is shown of each line that shows words; a voice is that of the lines after it too."""
    shown = []
    voice = None
    for start, end in lines:
        pieces, said_by = _without_tags(source, start, end, tag)
        voice = said_by or voice
        if words_of(pieces):
            shown.append(Line(start, end, tuple(pieces), voice))
    return shown


def _without_tags(source: str, start: int, end: int, tag: re.Pattern[str]) -> tuple[list[Piece], str | None]:
    pieces: list[Piece] = []
    voice = None
    position = start
    for match in tag.finditer(source, start, end):
        if match.start() > position:
            pieces.append(Piece(position, match.start(), source[position : match.start()]))
        if match["gap"] is not None:
            pieces.append(unit(match.start(), match.end(), " "))
        voice = voice or (match["voice"] or "").strip() or None
        position = match.end()
    if position < end:
        pieces.append(Piece(position, end, source[position:end]))
    return with_entities(pieces), voice


_DIALOGUE = re.compile(r"Dialogue:[ \t]*(?P<fields>(?:[^,\r\n]*,){9})(?P<text>[^\r\n]*)", re.IGNORECASE)
_DRAWING = re.compile(r"\{[^}]*\\p[1-9]")


def _sub_station(source: str) -> tuple[list[Cue], int]:
    """Return the spoken captions of a SubStation Alpha file, and how many characters its drawings have."""
    cues = []
    left_out = 0
    for match in _DIALOGUE.finditer(source):
        fields = match["fields"].split(",")
        times = [re.fullmatch(_TIME.format("a"), fields[i].strip()) for i in (1, 2)]
        if not times[0] or not times[1]:
            continue
        if _DRAWING.search(match["text"]):
            left_out += len(match.group())
            continue
        lines = _tagged_lines(source, [match.span("text")], _ASS_TAG)
        voiced = tuple(replace(line, voice=fields[4].strip() or None) for line in lines)
        cues.append(Cue(_seconds(times[0], "a"), _seconds(times[1], "a"), voiced))
    return cues, left_out


_LYRIC = re.compile(r"[ \t]*(?:\[(?P<m>\d{1,3}):(?P<s>\d{2}(?:[.:]\d{1,3})?)\][ \t]*)+(?P<text>[^\r\n]*)")
_WORD_TIME = re.compile(r"<\d{1,3}:\d\d(?:[.:]\d{1,3})?>(?P<gap>(?!))?(?P<voice>(?!))?")


def _lyrics(source: str) -> tuple[list[Cue], int]:
    """Return the lines of a file of lyrics; each is shown until the next."""
    cues = []
    for start, end in _lines(source):
        match = _LYRIC.match(source, start, end)
        if match:
            at = int(match["m"]) * 60 + float(match["s"].replace(":", "."))
            lines = _tagged_lines(source, [match.span("text")], _WORD_TIME)
            cues.append(Cue(at, at, tuple(lines)))
    return cues, 0


_PARSERS: dict[str, Callable[[str], tuple[list[Cue], int]]] = {
    "vtt": _web_vtt,
    "srt": _sub_rip,
    "ass": _sub_station,
    "ssa": _sub_station,
    "lrc": _lyrics,
}


def _title(source: str, kind: str) -> str | None:
    pattern = {"ass": r"^Title:[ \t]*(.+?)[ \t]*\r?$", "lrc": r"^\[ti:[ \t]*([^\]\n]+?)[ \t]*\]"}.get(kind)
    match = re.search(pattern, source[:4096], re.MULTILINE | re.IGNORECASE) if pattern else None
    return match[1] if match and not match[1].startswith("<") else None


def _once(cues: Sequence[Cue]) -> list[Cue]:
    """Return the captions with lines, those shown again in the next caption only once.

    Where many captions begin with the last line of the one before, the captions roll, as those made by a machine do;
    elsewhere a line is left out only if the same caption is shown twice at one time.
    """
    spoken = [cue for cue in cues if cue.lines]
    words = [[line.words for line in cue.lines] for cue in spoken]
    repeated = [
        _touch(a, b) and _overlap(before, after) > 0
        for (a, before), (b, after) in pairwise(zip(spoken, words, strict=True))
    ]
    rolls = sum(repeated) >= max(3.0, _ROLLING_SHARE * len(repeated))
    kept = spoken[:1]
    for index, cue in enumerate(spoken[1:]):
        again = _overlap(words[index], words[index + 1]) if rolls and repeated[index] else 0
        if not rolls and words[index] == words[index + 1] and cue.start < spoken[index].end:
            again = len(cue.lines)
        if again < len(cue.lines):
            kept.append(replace(cue, lines=cue.lines[again:]))
        else:  # what is shown longer is no pause
            kept[-1] = replace(kept[-1], end=max(kept[-1].end, cue.end))
    return kept


def _touch(before: Cue, after: Cue) -> bool:
    return after.start <= before.end + _TOUCHING


def _overlap(before: Sequence[str], after: Sequence[str]) -> int:
    """Return how many lines at the beginning of ``after`` are those at the end of ``before``."""
    longest = min(len(before), len(after), 4)
    return next((k for k in range(longest, 0, -1) if before[-k:] == after[:k]), 0)


@dataclass(frozen=True, slots=True)
class _Said:
    """A line with the times of its caption."""

    line: Line
    start: float
    end: float


def _paragraphs(cues: Sequence[Cue]) -> list[list[_Said]]:
    """Return the lines grouped into paragraphs."""
    paragraphs: list[list[_Said]] = []
    for cue in cues:
        for index, line in enumerate(cue.lines):
            said = _Said(line, cue.start, cue.end)
            if paragraphs and not _begins(paragraphs[-1], said, is_first=index == 0):
                paragraphs[-1].append(said)
            else:
                paragraphs.append([said])
    return paragraphs


def _begins(paragraph: Sequence[_Said], said: _Said, *, is_first: bool) -> bool:
    """Return whether a line begins a new paragraph after the lines of another."""
    last = paragraph[-1]
    before, words = last.line.words, said.line.words
    has_ended = bool(_STOP.search(before))
    if said.line.voice != last.line.voice or _names_speaker(paragraph, words, has_ended=has_ended, is_first=is_first):
        return True
    if not is_first:
        return False
    pause = said.start - last.end
    if pause > _LONG_PAUSE or said.start < paragraph[0].start:
        return True
    length = last.end - paragraph[0].start
    if has_ended:
        return length >= _PARAGRAPH_SECONDS
    is_new = pause >= _SHORT_PAUSE and words[0].isupper() and not _GOES_ON.search(before)
    return is_new or length >= _MAX_PARAGRAPH_SECONDS


def _names_speaker(paragraph: Sequence[_Said], words: str, *, has_ended: bool, is_first: bool) -> bool:
    """Return whether a line begins with a speaker's name, or the mark of another speaker.

    A dash after words that no stop ends may belong to the sentence, unless the lines around it have such dashes too.
    """
    if _SPEAKER_NAME.match(words) or words.startswith(">>"):
        return True
    if not _SPEAKER_DASH.match(words):
        return False
    return has_ended or (is_first and words[0] == "-") or bool(_SPEAKER_DASH.match(paragraph[-1].line.words))


def _block(paragraph: Sequence[_Said]) -> Block:
    """Return the paragraph's words; between lines stands a space, which is the source between them."""
    first = paragraph[0].line
    pieces: list[Piece] = []
    if first.voice and first.pieces:
        pieces.append(Piece(first.pieces[0].start, first.pieces[0].start, f"{' '.join(first.voice.split())}: "))
    for said in paragraph:
        if said is not paragraph[0]:
            pieces.append(unit(pieces[-1].end, said.line.pieces[0].start, " "))
        pieces.extend(said.line.pieces)
    return Block("paragraph", tuple(_without_dash(pieces)))


def _without_dash(pieces: list[Piece]) -> list[Piece]:
    """Return the pieces without the dash or the chevrons with which another speaker begins."""
    at = next((i for i, piece in enumerate(pieces) if piece.end > piece.start and piece.text.strip()), len(pieces))
    if at == len(pieces) or len(pieces[at].text) != pieces[at].end - pieces[at].start:
        return pieces
    piece = pieces[at]
    lead = len(piece.text) - len(piece.text.lstrip())
    mark = _SPEAKER_DASH.match(piece.text, lead) or _CHEVRONS.match(piece.text, lead)
    if mark:
        pieces[at] = Piece(piece.start + mark.end(), piece.end, piece.text[mark.end() :])
    return pieces


def _parts(paragraphs: Sequence[Sequence[_Said]]) -> Iterable[Part]:
    """Yield a part for each paragraph, named by when it begins; two of one second by the thousandth too."""
    names: set[str] = set()
    for paragraph in paragraphs:
        name = _clock(paragraph[0].start)
        for longer in (_clock(paragraph[0].start, thousandths=True), *(f"{name} ({n})" for n in range(2, 1000))):
            if name not in names:
                break
            name = longer
        names.add(name)
        yield Part(name, paragraph[0].line.start, paragraph[-1].line.end, author=paragraph[0].line.voice)


def _clock(seconds: float, *, thousandths: bool = False) -> str:
    whole = int(seconds)
    clock = f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}"
    return f"{clock}.{round((seconds - whole) * 1000):03}" if thousandths else clock
