"""Web addresses that may be shown as links."""

from __future__ import annotations

from urllib.parse import urlsplit


def safe_url(value: str | None) -> str | None:
    """Return ``value`` if it is an absolute http or https URL without spaces or control characters, else None."""
    if not value:
        return None
    value = value.strip()
    if len(value) > 2000 or any(c.isspace() or not c.isprintable() or c in "<>\"'`\\" for c in value):
        return None
    try:
        parts = urlsplit(value)
    except ValueError:
        return None
    return value if parts.scheme in {"http", "https"} and parts.hostname else None


def host_of(url: str | None) -> str | None:
    """Return the host of a URL, without ``www.``; None if it has none."""
    if not url:
        return None
    host = urlsplit(url).hostname or ""
    return host.removeprefix("www.") or None
