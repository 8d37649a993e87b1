"""The `dalil` command."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence

from rag.cli.parser import build_parser

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code: 0 done, 1 a check failed, 2 wrong use, 3 no usable collection."""
    options = build_parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="dalil: %(message)s", stream=sys.stderr)
    # Heavy imports wait until the arguments are known to be right.
    from rag.cli.commands import run

    try:
        return run(options)
    except KeyboardInterrupt:
        print("dalil: interrupted; what was done is kept, run the command again to go on", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader of our output has gone (`dalil … | head`); nothing more can be said to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
