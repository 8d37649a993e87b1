"""Only addresses that are safe to show as links leave a document."""

from __future__ import annotations

from urllib.parse import urlsplit


def safe_url(value: str | None) -> str | None:
    """``value`` if it is an absolute http or https URL without white space or control characters, else None."""
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
    """The host a URL names, without ``www.``."""
    if not url:
        return None
    host = urlsplit(url).hostname or ""
    return host.removeprefix("www.") or None
