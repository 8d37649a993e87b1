"""What time it is, as files and replies write it."""

from __future__ import annotations

import datetime


def now(timespec: str = "milliseconds") -> str:
    """This moment as an ISO time in UTC."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec=timespec)
