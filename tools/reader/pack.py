"""Pack trained weights as they ship: ``python -m tools.reader.pack RUN``, where RUN is what training left.

Prints the SHA-256 to pin as ``READER_SHA256`` in `embeddings.readerweights`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from pathlib import Path

from safetensors.torch import load_file

from embeddings.bert import packaged_bert
from embeddings.files import write_atomically
from embeddings.readerweights import READER_FILE, pack_difference


def pack(run: Path, out: Path) -> str:
    """Write the last checkpoint's weights, packed, to ``out`` and return the SHA-256."""
    step = json.loads((run / "checkpoint.json").read_text("utf-8"))["step"]
    data = pack_difference(load_file(run / f"weights-{step}.safetensors"), packaged_bert().layers)
    out.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(out, data)
    return hashlib.sha256(data).hexdigest()


def main() -> None:
    """Read the command line and pack."""
    parser = argparse.ArgumentParser(description="Pack the trained reader as it ships.")
    parser.add_argument("run", type=Path)
    parser.add_argument("--out", type=Path, default=READER_FILE)
    arguments = parser.parse_args()
    digest = pack(arguments.run, arguments.out)
    sys.stdout.write(f"{digest}  {arguments.out} ({arguments.out.stat().st_size:,} bytes)\n")


if __name__ == "__main__":
    main()
