"""Where the service is, the key for it, and how patient to be: what both clients are made with."""

from __future__ import annotations

import os
import re
from typing import Any

import httpx

DEFAULT_URL = "http://127.0.0.1:8600"
# What was given is not repeated: it may be the key, in the wrong place.
_NO_ADDRESS = f"the base_url is no address of a service; give one like {DEFAULT_URL}"
# More than the service allows itself for an answer and the wait for its turn.
DEFAULT_TIMEOUT = 200.0
# Seconds within which a service that is there takes a connection.
_CONNECT = 10.0


class Reach:
    """How to reach the service; tells its key to none but the service."""

    def __init__(self, base_url: str, key: str | None, timeout: float, retries: int, patience: float) -> None:
        self.base_url = _checked(base_url)
        self._key = _key(os.environ.get("DALIL_KEY") if key is None else key)
        self.timeout = timeout
        self.retries = retries
        self.patience = patience

    def __repr__(self) -> str:
        return f"{self.base_url!r}, key={'…' if self._key else None}"

    def options(self) -> dict[str, Any]:
        """Arguments for httpx. Redirects are not followed: the key would go along, and so would the question."""
        headers = {"User-Agent": "dalil-client"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        timeout = httpx.Timeout(self.timeout, connect=min(_CONNECT, self.timeout))
        return {"base_url": self.base_url, "headers": headers, "timeout": timeout, "follow_redirects": False}

    def hidden(self, text: str) -> str:
        """Text of elsewhere, without the key, should it repeat it."""
        return text.replace(self._key, "…") if self._key else text


def _checked(base_url: str) -> str:
    try:
        url = httpx.URL(base_url)
    except httpx.InvalidURL:
        raise ValueError(_NO_ADDRESS) from None
    if url.userinfo:
        raise ValueError("a base_url holds no user or password; give the key as `key` or in DALIL_KEY")
    if url.scheme not in ("http", "https") or not url.host or url.query or url.fragment:
        raise ValueError(_NO_ADDRESS)
    return str(url).rstrip("/")


def _key(given: str | None) -> str | None:
    key = (given or "").strip()
    # httpx and h11 repeat a header that cannot be sent in their errors.
    if not re.fullmatch(r"[!-~]*", key):
        raise ValueError("the key has characters that no key has; give it as `dalil keys add` printed it")
    return key or None
