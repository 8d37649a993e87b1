"""Fitting a language alignment for an embedding model, from a folder of parallel sentences."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import langcodes
import platformdirs

from embeddings import Alignment, Encoder, fit_alignment, load_alignment
from rag.errors import WrongUse

# With fewer sentences than this, chance would decide a language's mean.
_FEWEST_LINES = 100


def alignment_folder() -> Path:
    """Return the folder where alignments fitted on this machine are kept."""
    return platformdirs.user_data_path("dalil") / "alignments"


def alignment_of(fingerprint: str) -> Alignment | None:
    """Return the alignment for a model, by its fingerprint: one fitted here, else the shipped one, else None."""
    return load_alignment(fingerprint, [alignment_folder()])


def read_parallel(folder: Path, most_lines: int | None = None) -> dict[str, list[str]]:
    """Read the sentences of each language from ``xx.txt``, where line n says the same thing in every file.

    Lines that any language leaves blank are left out of all; of the others the first ``most_lines`` are kept.

    Raises `WrongUse` for a folder without two such files, a file that is not named for a language or not UTF-8,
    unequal numbers of lines, or fewer than 100 lines to keep.
    """
    files = sorted(folder.glob("*.txt")) if folder.is_dir() else []
    if len(files) < 2:
        raise WrongUse(f"{folder} does not hold parallel sentences; give a folder with one file a language, as en.txt")
    sentences: dict[str, list[str]] = {}
    for file in files:
        if not langcodes.tag_is_valid(file.stem):
            raise WrongUse(f"{file} is not named for a language; name it as kk.txt or zh-Hant.txt")
        try:
            sentences[file.stem] = file.read_text("utf-8-sig").rstrip("\n").split("\n")
        except (OSError, UnicodeDecodeError) as error:
            raise WrongUse(f"{file} cannot be read as UTF-8 ({error}); mend or remove it") from None
    counts = {name: len(lines) for name, lines in sentences.items()}
    most = max(counts.values())
    for name, count in counts.items():
        if count != most:
            raise WrongUse(f"{folder / name}.txt has {count} lines and others have {most}; line n must match in all")
    whole = [n for n in range(most) if all(lines[n].strip() for lines in sentences.values())][:most_lines]
    if len(whole) < _FEWEST_LINES:
        raise WrongUse(f"{folder} has {len(whole)} whole lines and at least {_FEWEST_LINES} are needed")
    return {name: [lines[n].strip() for n in whole] for name, lines in sentences.items()}


def fit_sentences(
    sentences: dict[str, list[str]], encoder: Encoder, *, on_batch: Callable[[int], None] | None = None
) -> Alignment:
    """Fit an alignment for ``encoder``; ``on_batch`` gets the number of sentences done (each is embedded twice)."""
    passages, queries = {}, {}
    for name, lines in sentences.items():
        passages[name] = encoder.encode_passages(lines, on_batch=on_batch)
        queries[name] = encoder.encode_queries(lines)
        if on_batch:
            on_batch(len(lines))
    return fit_alignment(passages, queries, encoder.fingerprint)
