"""Fitting a language alignment for an embedding model, from a folder of parallel sentences."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import platformdirs

from embeddings import Alignment, Encoder, fit_alignment, load_alignment
from rag.errors import WrongUse

# Fewer sentences than this leave a language's mean to chance.
_FEWEST_LINES = 100


def alignment_folder() -> Path:
    """Where alignments fitted on this machine are kept."""
    return platformdirs.user_data_path("dalil") / "alignments"


def alignment_of(fingerprint: str) -> Alignment | None:
    """The alignment for a model: one fitted on this machine, else the shipped one, else None."""
    return load_alignment(fingerprint, [alignment_folder()])


def read_parallel(folder: Path) -> dict[str, list[str]]:
    """The sentences of each language: ``xx.txt``, line n saying the same thing in every file.

    Raises `WrongUse` for a folder without two such files, unequal numbers of lines, or too few.
    """
    files = sorted(folder.glob("*.txt")) if folder.is_dir() else []
    if len(files) < 2:
        raise WrongUse(f"{folder} does not hold parallel sentences; give a folder with one file a language, as en.txt")
    sentences: dict[str, list[str]] = {}
    for file in files:
        try:
            sentences[file.stem] = file.read_text("utf-8-sig").rstrip("\n").split("\n")
        except (OSError, UnicodeDecodeError) as error:
            raise WrongUse(f"{file} cannot be read as UTF-8 ({error}); mend or remove it") from None
    counts = {name: len(lines) for name, lines in sentences.items()}
    most = max(counts.values())
    for name, count in counts.items():
        if count != most:
            raise WrongUse(f"{folder / name}.txt has {count} lines and others have {most}; line n must match in all")
    if most < _FEWEST_LINES:
        raise WrongUse(f"{folder} has {most} lines a language and at least {_FEWEST_LINES} are needed")
    return sentences


def fit_from_folder(folder: Path, encoder: Encoder, *, on_batch: Callable[[int], None] | None = None) -> Alignment:
    """Fit an alignment for ``encoder``; ``on_batch`` is told of sentences done (each is embedded twice).

    Lines that any language leaves blank are left out of all.
    """
    sentences = read_parallel(folder)
    whole = [n for n in range(len(next(iter(sentences.values())))) if all(s[n].strip() for s in sentences.values())]
    passages, queries = {}, {}
    for name, lines in sentences.items():
        kept = [lines[n].strip() for n in whole]
        passages[name] = encoder.encode_passages(kept, on_batch=on_batch)
        queries[name] = encoder.encode_queries(kept)
        if on_batch:
            on_batch(len(kept))
    return fit_alignment(passages, queries, encoder.fingerprint)
