"""Gold sets for tests: questions over the seeds, and the part of the shipped questions that the regression gate asks.

Those over the seeds were written for this project and never used to fit or to tune anything. The seeds are others'
texts, so evidence and accepted answers are kept as places in their files. ``python tests/rag/gold_support.py seeds
FOLDER`` writes the gold set as `rag.bench.datasets` reads it, outside the project; ``gate`` in place of ``seeds``
writes the gate's. ``record`` in their place writes the gate's, measures it and records the figures.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]
SEEDS = PROJECT.parent / "shared" / "seeds"
QUESTIONS = PROJECT / "tests" / "data" / "seed_gold.jsonl"
RECORDED = PROJECT / "tests" / "data" / "recorded_benchmark.json"


# Every fifth question of the shipped ones, in each language as many: it takes a fifth of the time.
_GATE_STEP = 5


def write_gate(folder: Path) -> Path:
    """Write every fifth of the shipped questions beside a copy of the shipped documents; returns the folder."""
    shutil.copytree(PROJECT / "corpus" / "documents", folder / "documents")
    lines = (PROJECT / "corpus" / "questions.jsonl").read_text("utf-8").splitlines(keepends=True)
    (folder / "questions.jsonl").write_text("".join(lines[::_GATE_STEP]), "utf-8")
    return folder


def write_seed_gold(folder: Path, seeds: Path = SEEDS) -> Path:
    """Write ``questions.jsonl`` with quotes and answers, beside a copy of the seeds; returns the folder."""
    documents = folder / "documents"
    documents.mkdir(parents=True, exist_ok=True)
    texts: dict[str, str] = {}
    for path in seeds.glob("*.txt"):
        data = path.read_bytes()
        (documents / path.name).write_bytes(data)
        texts[path.name] = data.decode()
    rows = [_quoted(json.loads(line), texts) for line in QUESTIONS.read_text("utf-8").splitlines()]
    lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (folder / "questions.jsonl").write_text("".join(lines), "utf-8")
    return folder


def _quoted(row: dict[str, Any], texts: dict[str, str]) -> dict[str, Any]:
    evidence = [{"file": e["file"], "quote": texts[e["file"]][e["start"] : e["end"]]} for e in row["evidence"]]
    answers = [texts[file][start:end] for file, start, end in row.pop("answers_at", [])]
    return {**row, "evidence": evidence, **({"answers": answers} if answers else {})}


def record_gate(folder: Path) -> Path:
    """Write the gate's gold set, measure it with the packaged reader, record its runs; return the recorded file."""
    environment = {**os.environ, "DALIL_READER": "packaged"}
    command = [sys.executable, "-c", "import sys; from rag.cli import main; sys.exit(main())", "bench"]
    options = ["--method", "dalil", "--json", "--output", folder.parent / "results"]
    ran = subprocess.run([*command, write_gate(folder), *options], env=environment, capture_output=True, check=True)
    # Where results were saved is of one machine.
    runs = {"runs": json.loads(ran.stdout)["runs"]}
    RECORDED.write_text(json.dumps(runs, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return RECORDED


if __name__ == "__main__":
    write = {"seeds": write_seed_gold, "gate": write_gate, "record": record_gate}[sys.argv[1]]
    sys.stdout.write(f"{write(Path(sys.argv[2]))}\n")
