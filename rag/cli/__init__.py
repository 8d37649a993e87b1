"""The `dalil` command."""

from __future__ import annotations

import io
import logging
import os
import sys
from collections.abc import Sequence

from rag.cli.parser import build_parser
from rag.cli.text import drop_output, visible

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code: 0 done, 1 a check failed, 2 wrong use, 3 no usable collection."""
    options = build_parser().parse_args(arguments)
    _set_up_streams()
    # Threads that spin while they wait slow a question twentyfold on a busy machine; torch reads this when imported.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        # Heavy imports wait until the arguments are known to be right.
        from rag.cli.commands import run

        return run(options)
    except KeyboardInterrupt:
        print("dalil: interrupted; what was done is kept, run the command again to go on", file=sys.stderr)
        return 130
    except BrokenPipeError:
        drop_output()
        return 0


class _Formatter(logging.Formatter):
    """A formatter of one-line messages that a terminal cannot act on: anyone may have chosen the file names in them."""

    def format(self, record: logging.LogRecord) -> str:
        return "dalil: " + visible(record.getMessage())


def _set_up_streams() -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Formatter())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    if isinstance(sys.stdout, io.TextIOWrapper):  # where the locale lacks a character, "?" and no failure
        sys.stdout.reconfigure(errors="replace")
