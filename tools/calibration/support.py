"""Fits the coefficients of `rag.checking.support` on labelled pairs of statements and source sentences.

Run as ``python -m tools.calibration.support PAIRS.jsonl [--write]``. A pair is ``{"id", "lang",
"statement", "sources": [{"file", "quote"}], "label"}`` over the shipped documents; labels are true, half_true, negated,
unrelated, wrong_number, wrong_date and wrong_name. Pairs are split into halves by a hash of their id: one is fitted on,
the other is kept to judge the result by (`told_apart`).
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from corpus.reading import read_bytes, read_document
from corpus.types import Chunk
from embeddings import PACKAGED, load_encoder
from rag.checking.meaning import Meaning
from rag.checking.support import FEATURES, Claim, Source, claim_of, measure, source_of, weigh
from rag.search.alignments import alignment_of
from rag.search.passages import around
from rag.settings import SHIPPED_DOCUMENTS
from tools.calibration.fitting import Logistic, is_shown

FALSE_FACTS = ("wrong_number", "wrong_date", "wrong_name")
# For each probability, the labels for which it is fitted to be high, and those for which low.
_LABELS = {
    "carried": (("true", "half_true"), ("unrelated",)),
    "wholly": (("true",), ("half_true", "negated", "unrelated")),
}
_RESULT = Path(__file__).parents[2] / "rag" / "checking" / "support.json"


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A statement with its sources and the label of the pair."""

    identifier: str
    label: str
    claim: Claim
    sources: list[Source]

    @property
    def is_shown(self) -> bool:
        """Return whether the case belongs to the half that is not fitted on."""
        return is_shown(self.identifier)


def main() -> None:
    """Fit and print the coefficients, and with ``--write`` save them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("--write", action="store_true", help="replace the shipped coefficients")
    options = parser.parse_args()
    encoder = load_encoder(PACKAGED)
    result: dict[str, Any] = {}
    for scale, alignment in (("aligned", alignment_of(encoder.fingerprint)), ("unaligned", None)):
        meaning = Meaning(encoder, alignment)
        cases = list(read_cases(options.pairs, meaning))
        result[scale] = {"coefficients": _fit([case for case in cases if not case.is_shown])}
    if options.write:
        _RESULT.write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    print(json.dumps(result, indent=1))  # noqa: T201


def read_cases(path: Path, meaning: Meaning, documents: Path = SHIPPED_DOCUMENTS, *, step: int = 1) -> Iterator[Case]:
    """Yield every ``step``-th labelled pair of a file; ValueError if a source is not a sentence of its document."""
    rows = [json.loads(line) for line in path.read_text("utf-8").split("\n") if line.strip()]
    sentences = cache(lambda file: _sentences(documents / file))

    @cache
    def source(file: str, quote: str) -> Source:
        if quote not in sentences(file):
            raise ValueError(f"{file} has no sentence {quote[:60]!r}")
        chunk, context = sentences(file)[quote]
        return source_of(chunk.text, chunk.language, context, meaning)

    for row in rows[::step]:
        sources = [source(found["file"], found["quote"]) for found in row["sources"]]
        yield Case(row["id"], row["label"], claim_of(row["statement"], row["lang"], meaning), sources)


def _sentences(path: Path) -> dict[str, tuple[Chunk, list[tuple[str, str]]]]:
    """Return the sentences of a document by their text, each as a chunk with the texts around it."""
    read = read_document(path, read_bytes(path))
    told = read.document
    return {c.text: (c, around(c, told.title, told.language, told.published)) for c in read.chunks}


def _fit(cases: Sequence[Case]) -> dict[str, dict[str, float]]:
    measured = [(case.label, measure(case.claim, case.sources)) for case in cases]
    found = {}
    for of, (yes, no) in _LABELS.items():
        rows = [(features, label in yes) for label, features in measured if label in (*yes, *no)]
        values = np.array([[features[name] for name in FEATURES[of]] for features, _ in rows])
        found[of] = Logistic(FEATURES[of], values, [truth for _, truth in rows]).coefficients()
    return found


def told_apart(cases: Sequence[Case], meaning: Meaning) -> dict[str, Any]:
    """Return how the checker judges cases: counts by label, and precision and recall of `unsupported`.

    ``facts`` is over true statements and those with a false number, date or name; ``all`` is over every label, where
    half true statements are not counted, since they may be partial or unsupported.
    """
    found: dict[str, Counter[str]] = {}
    for case in cases:
        found.setdefault(case.label, Counter())[weigh(case.claim, case.sources, meaning).support] += 1
    return {
        "counts": {label: dict(counts) for label, counts in sorted(found.items())},
        "facts": _precision(found, FALSE_FACTS),
        "all": _precision(found, (*FALSE_FACTS, "negated", "unrelated")),
    }


def _precision(found: dict[str, Counter[str]], false: Sequence[str]) -> dict[str, float]:
    caught = sum(found[label]["unsupported"] for label in false if label in found)
    wrongly = found.get("true", Counter())["unsupported"]
    total = sum(sum(found[label].values()) for label in false if label in found)
    return {"precision": round(caught / max(1, caught + wrongly), 3), "recall": round(caught / max(1, total), 3)}


if __name__ == "__main__":
    main()
