"""A command that packs trained weights as they ship.

Run as ``python -m tools.reader.pack RUN``, where RUN is the folder that training wrote. With ``--share 0.6`` the
weights shipped before count for the other 0.4: the mean of two trainings, of which one began with the other, is often
better than either (Wortsman et al., "Model soups", 2022).

It prints the SHA-256 to pin as ``READER_SHA256`` in `embeddings.readerweights`.
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
from embeddings.readerweights import READER_FILE, pack_difference, packaged_reader_weights


def pack(run: Path, out: Path, share: float = 1.0) -> str:
    """Write the last checkpoint's weights, packed, to ``out`` and return the SHA-256.

    ``share`` (0 to 1) is the share of the trained weights in their mean with the weights shipped before.
    """
    step = json.loads((run / "checkpoint.json").read_text("utf-8"))["step"]
    weights, begun = load_file(run / f"weights-{step}.safetensors"), packaged_bert().layers
    if share < 1:
        before = packaged_reader_weights(begun)
        weights = {name: share * weight + (1 - share) * before[name] for name, weight in weights.items()}
    data = pack_difference(weights, begun)
    out.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(out, data)
    return hashlib.sha256(data).hexdigest()


def main() -> None:
    """Read the command line and pack the weights."""
    parser = argparse.ArgumentParser(description="Pack the trained reader as it ships.")
    parser.add_argument("run", type=Path)
    parser.add_argument("--out", type=Path, default=READER_FILE)
    parser.add_argument("--share", type=float, default=1.0, help="of the new weights in the mean with the shipped ones")
    arguments = parser.parse_args()
    digest = pack(arguments.run, arguments.out, arguments.share)
    sys.stdout.write(f"{digest}  {arguments.out} ({arguments.out.stat().st_size:,} bytes)\n")


if __name__ == "__main__":
    main()
