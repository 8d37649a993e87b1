"""A command that writes the parts of XQuAD-R and KazQAD that the reader was not trained on.

Run as ``python -m tools.reader.heldout --public DIR --evaluation DIR OUT``. The corpora stay whole, so that there is as
much to find as before; only questions that were trained on are left out.
"""

from __future__ import annotations

import argparse
import gzip
import json
import shutil
from collections.abc import Callable
from pathlib import Path

from tools.reader.pairs import KEPT_OUT_OF, LAST_TRAINED_ARTICLE


def write_held_out(public: Path, evaluation: Path, out: Path) -> None:
    """Write both datasets under ``out``, from the training sets in ``public`` and the datasets in ``evaluation``."""
    packed = (public / "kazqad_dev" / "contexts.jsonl.gz").read_bytes()
    rows = gzip.decompress(packed).decode().splitlines()
    kept = {json.loads(row)["id"].replace("kazqad:", "kk:") for n, row in enumerate(rows) if n % KEPT_OUT_OF == 0}
    _write(evaluation / "kazqad_dev", out / "kazqad_dev", lambda found: found <= kept)
    _write(
        evaluation / "xquad_r_dev",
        out / "xquad_r_dev",
        lambda found: all(int(name.split(":a")[1].split("p")[0]) > LAST_TRAINED_ARTICLE for name in found),
    )


def _write(source: Path, target: Path, is_held_out: Callable[[set[str]], bool]) -> None:
    """Copy a dataset with only the questions whose evidence, a set of row ids, ``is_held_out`` accepts."""
    target.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source / "corpus.jsonl", target / "corpus.jsonl")
    evidence: dict[str, set[str]] = {}
    judged = (source / "qrels.jsonl").read_text("utf-8").splitlines()
    for line in judged:
        row = json.loads(line)
        evidence.setdefault(row["query_id"], set()).add(row["doc_id"])
    kept = {query for query, found in evidence.items() if is_held_out(found)}
    queries = (source / "queries.jsonl").read_text("utf-8").splitlines()
    _lines(target / "queries.jsonl", [line for line in queries if json.loads(line)["id"] in kept])
    _lines(target / "qrels.jsonl", [line for line in judged if json.loads(line)["query_id"] in kept])


def _lines(path: Path, lines: list[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")


def main() -> None:
    """Read the command line and write the datasets."""
    parser = argparse.ArgumentParser(description="Write the held-out parts of sets that were partly trained on.")
    parser.add_argument("--public", type=Path, required=True)
    parser.add_argument("--evaluation", type=Path, required=True)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    write_held_out(options.public, options.evaluation, options.out)


if __name__ == "__main__":
    main()
