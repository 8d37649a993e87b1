"""The process's own streams."""

from __future__ import annotations

import os
import sys


def drop_output() -> None:
    """Send what is still to be printed nowhere: its reader has gone (``dalil … | head``)."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
