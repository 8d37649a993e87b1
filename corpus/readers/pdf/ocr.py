"""Words read by machine from pictures, with the program tesseract, where it is installed.

What was read of a picture is kept in a folder under the hash of its pixels, so that reading a file again is quick and
gives the same words, and a run that was broken off goes on where it stopped.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import tempfile
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any, Literal

from PIL import Image
from platformdirs import user_cache_path

INSTALL = "install tesseract-ocr with its language packs to read it, or make a PDF with a text layer"
SWITCHED_OFF = "reading pictures is switched off"
_SECONDS_A_PAGE = 120
# How tesseract looks for words: in columns; in one block, which suits most cut-outs; anywhere, as on a photograph.
_COLUMNS, _ONE_BLOCK, _ANYWHERE = "3", "6", "11"
_SMALL_PICTURE = 1_500_000
_FORMAT = 1
# Which sets of languages may fit, by the script that is seen first.
_CANDIDATES = {
    "Latin": ("eng", "tur+eng"),
    "Cyrillic": ("rus+eng", "kaz+rus+eng"),
    "Han": ("chi_sim", "chi_tra", "chi_sim+eng", "chi_tra+eng"),
    "Arabic": ("ara+eng", "fas+eng"),
    "Japanese": ("jpn+eng",),
    "Hangul": ("kor+eng",),
    "Korean": ("kor+eng",),
    "Devanagari": ("hin+eng",),
    "Hebrew": ("heb+eng",),
    "Greek": ("ell+eng",),
    "Thai": ("tha+eng",),
}
_UNSURE_LINE = 40.0
_JOINED = re.compile("[\u2e80-\u303f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef]")


@dataclass(slots=True)
class OcrSettings:
    """Whether pictures are read (``auto``: if tesseract is installed), and where what was read is kept."""

    mode: Literal["auto", "off"] = "auto"
    folder: Path | None = None


settings = OcrSettings()


@dataclass(frozen=True, slots=True)
class Word:
    """A word on a picture: how sure the machine is (0 to 100), its block, paragraph and line, and its box in pixels."""

    text: str
    sureness: float
    block: int
    paragraph: int
    line: int
    box: tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Seen:
    """What was read on one picture, ``width`` × ``height`` pixels large; ``is_failed`` if that could not be done."""

    width: int
    height: int
    words: tuple[Word, ...]
    is_failed: bool = False

    @property
    def sureness(self) -> float:
        """Return how sure the machine is on average of a character, 0 to 100."""
        characters = sum(len(word.text) for word in self.words)
        return sum(word.sureness * len(word.text) for word in self.words) / characters if characters else 0.0

    def paragraphs(self) -> Iterator[list[list[Word]]]:
        """Yield the lines of each paragraph."""
        for _, words in groupby(self.words, lambda word: (word.block, word.paragraph)):
            yield [list(line) for _, line in groupby(words, lambda word: word.line)]


def available() -> tuple[str, ...]:
    """Return the languages that can be read from pictures; none where tesseract is missing or switched off."""
    return _installed()[1] if settings.mode == "auto" else ()


def missing() -> str:
    """Return why no picture can be read, and what to do."""
    return SWITCHED_OFF if settings.mode == "off" else INSTALL


@cache
def _installed() -> tuple[str, tuple[str, ...]]:
    """Return tesseract's version and the languages that it has; nothing if it is not there."""
    program = shutil.which("tesseract")
    if not program:
        return "", ()
    try:
        version = _run([program, "--version"], timeout=20).decode(errors="replace").split("\n", 1)[0].strip()
        listed = _run([program, "--list-langs"], timeout=20).decode(errors="replace").split("\n")[1:]
    except (OSError, subprocess.SubprocessError):
        return "", ()
    return version, tuple(sorted(name.strip() for name in listed if name.strip()))


def languages_of(picture: Image.Image) -> str:
    """Return the languages in which a picture is read best, as tesseract writes them: "rus+eng".

    The script is looked at first; among the sets of languages that are written in it, the one of whose words the
    machine is surest is taken.
    """
    have = set(available())
    place = _place(picture, "one of " + " ".join(sorted(have)))
    chosen = _load(place).get("languages")
    if isinstance(chosen, str):
        return chosen
    wanted = [known for option in _options(_script(picture)) if (known := _known(option, have))]
    options = list(dict.fromkeys(wanted)) or ["+".join(sorted(have - {"osd"})[:1])]
    seen = {option: read(picture, option) for option in options} if len(options) > 1 else {}
    # The first set, the smaller one, unless another is better for sure: more languages make more mistakes.
    best = max(seen, key=lambda option: _score(seen[option]) + 2.0 * (option == options[0]), default=options[0])
    if not any(reading.is_failed for reading in seen.values()):
        _save(place, {"languages": best})
    return best


def _options(script: str | None) -> tuple[str, ...]:
    if script in _CANDIDATES:
        return _CANDIDATES[script]
    return ("eng", "rus+eng", "kaz+rus+eng", "chi_sim", "chi_tra")


def _known(option: str, have: set[str]) -> str:
    return "+".join(name for name in option.split("+") if name in have)


def _score(seen: Seen) -> float:
    """Return how well a picture was read: the mean sureness, less where little was found."""
    characters = sum(len(word.text) for word in seen.words if word.sureness > 30)
    return seen.sureness * min(1.0, characters / 20)


def _script(picture: Image.Image) -> str | None:
    """Return the script that tesseract sees on a picture; None if it is not sure."""
    if "osd" not in available():
        return None
    try:
        told = _tesseract(picture, ["-l", "osd", "--psm", "0"], "osd").decode(errors="replace")
    except (OSError, subprocess.SubprocessError):
        return None
    name = re.search(r"Script: (\w+)", told)
    sure = re.search(r"Script confidence: ([\d.]+)", told)
    return name.group(1) if name and sure and float(sure.group(1)) > 0.5 else None


def read(picture: Image.Image, languages: str) -> Seen:
    """Return the words on a picture, as they were read before if they were."""
    place = _place(picture, languages)
    known = _known_words(_load(place))
    if known:
        return known
    try:
        seen = _seen(picture, languages, _COLUMNS)
        if picture.width * picture.height < _SMALL_PICTURE:
            seen = max(seen, _seen(picture, languages, _ONE_BLOCK), key=_score)
        if not seen.words:
            seen = _seen(picture, languages, _ANYWHERE)
    except (OSError, subprocess.SubprocessError):
        return Seen(*picture.size, (), is_failed=True)
    _save(place, {"width": seen.width, "height": seen.height, "words": _rows(seen)})
    return seen


def _seen(picture: Image.Image, languages: str, layout: str) -> Seen:
    told = _tesseract(picture, ["-l", languages, "--psm", layout], "tsv").decode("utf-8", errors="replace")
    words = [word for row in told.split("\n")[1:] if (word := _word(row.split("\t")))]
    return Seen(*picture.size, tuple(words))


def _word(cells: Sequence[str]) -> Word | None:
    """Return the word of a row of tesseract's table; None if the row holds none."""
    if len(cells) < 12 or cells[0] != "5" or not cells[11].strip():
        return None
    block, paragraph, line, left, top, width, height = (int(cells[index]) for index in (2, 3, 4, 6, 7, 8, 9))
    text = unicodedata.normalize("NFC", cells[11].strip())
    box = (left, top, left + width, top + height)
    return Word(text, max(float(cells[10]), 0.0), block, paragraph, line, box)


def _tesseract(picture: Image.Image, options: Sequence[str], kind: str) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", compress_level=1)
    # Not "tsv" at the end: that is a file of settings, which some installations lack.
    create = ["-c", "tessedit_create_tsv=1"] if kind == "tsv" else []
    command = [shutil.which("tesseract") or "tesseract", "stdin", "stdout", *options, "--dpi", "300", *create]
    return _run(command, timeout=_SECONDS_A_PAGE, data=buffer.getvalue())


def _run(command: Sequence[str], *, timeout: float, data: bytes = b"") -> bytes:
    environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    done = subprocess.run(  # noqa: S603 (a list of our own arguments, no shell)
        command, input=data, capture_output=True, timeout=timeout, check=True, env=environment
    )
    return done.stdout


def _place(picture: Image.Image, languages: str) -> Path:
    """Return the file in which what was read of a picture is kept."""
    digest = hashlib.sha256(f"{_FORMAT} {_installed()[0]} {languages} {picture.size} {picture.mode}\n".encode())
    digest.update(picture.tobytes())
    name = digest.hexdigest()
    return (settings.folder or user_cache_path("dalil") / "ocr") / name[:2] / f"{name}.json"


def _rows(seen: Seen) -> list[list[object]]:
    return [[w.text, w.sureness, w.block, w.paragraph, w.line, *w.box] for w in seen.words]


def _known_words(told: dict[str, Any]) -> Seen | None:
    """Return what was kept of a picture; None if nothing was, or it is damaged."""
    try:
        words = [
            Word(str(text), float(sure), int(block), int(paragraph), int(line), (int(a), int(b), int(c), int(d)))
            for text, sure, block, paragraph, line, a, b, c, d in told["words"]
        ]
        return Seen(int(told["width"]), int(told["height"]), tuple(words))
    except (ValueError, KeyError, TypeError):
        return None


def _load(place: Path) -> dict[str, Any]:
    try:
        told = json.loads(place.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def _save(place: Path, told: dict[str, object]) -> None:
    """Keep what was found out; a folder that cannot be written costs time only."""
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=place.parent, delete=False) as file:
            json.dump(told, file, ensure_ascii=False)
        Path(file.name).replace(place)
    except OSError:
        return


@dataclass(frozen=True, slots=True)
class SeenParagraph:
    """A paragraph read from a picture: for each character of its text the number of its word (-1: none)."""

    text: str
    places: tuple[int, ...]


def paragraphs(seen: Seen) -> tuple[list[SeenParagraph], int]:
    """Return the paragraphs on a picture, and how many characters of lines are not in them that could not be read."""
    numbers = {id(word): number for number, word in enumerate(seen.words)}
    made: list[SeenParagraph] = []
    unsure = 0
    for lines in seen.paragraphs():
        text: list[str] = []
        places: list[int] = []
        for line in lines:
            if _sureness(line) < _UNSURE_LINE or not any(c.isalnum() for word in line for c in word.text):
                unsure += sum(len(word.text) for word in line)
                continue
            _write(line, numbers, text, places)
        if text:
            made.append(SeenParagraph("".join(text), tuple(places)))
    return made, unsure


def _sureness(line: Sequence[Word]) -> float:
    return sum(word.sureness * len(word.text) for word in line) / max(1, sum(len(word.text) for word in line))


def _write(line: Sequence[Word], numbers: dict[int, int], text: list[str], places: list[int]) -> None:
    """Write the words of a line behind those before it; Chinese characters stand without spaces."""
    for index, word in enumerate(line):
        if text:
            is_joined = index > 0 and bool(_JOINED.match(text[-1]) and _JOINED.match(word.text[0]))
            if not is_joined:
                text.append("\n" if index == 0 else " ")
                places.append(-1)
        text.extend(word.text)
        places.extend([numbers[id(word)]] * len(word.text))
