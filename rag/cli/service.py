"""The commands that start servers: `dalil app`, `dalil serve`, `dalil mcp`, and `dalil keys`."""

from __future__ import annotations

import argparse
import os
import sys
from importlib.util import find_spec
from typing import Any, NoReturn

from rag.errors import WrongUse
from rag.http.keys import SCOPES, Key, Keys
from rag.http.settings import load_serve_settings
from rag.search.collection import Collection
from rag.settings import Settings


def serve(options: argparse.Namespace, settings: Settings) -> int:
    """Serve over HTTP until stopped; return the exit code."""
    from rag.http.serving import serve as run

    names = ("host", "port", "workers", "keyless")
    run(settings, load_serve_settings(**{name: getattr(options, name) for name in names}))
    return 0


def mcp(options: argparse.Namespace, settings: Settings) -> int:
    """Serve tools over MCP until stopped; return the exit code."""
    from rag.mcp.serving import serve_http, serve_stdio

    if options.http:
        serve_http(settings, load_serve_settings(host=options.host, port=options.port))
    else:
        serve_stdio(settings)
    return 0


def keys(options: argparse.Namespace, settings: Settings) -> dict[str, Any]:
    """Make, list or revoke keys, and return the outcome as JSON; print it too unless JSON is wanted.

    Raises `WrongUse` if the name of a new key, or the id of one to revoke, is missing.
    """
    known = Keys(load_serve_settings().home(settings.collection))
    if options.action == "list":
        if not options.json:
            print("\n".join(map(_line, known.all())) or "There are no keys; `dalil keys add NAME` makes one.")
        return {"keys": [_facts(key) for key in known.all()]}
    if not options.name:
        raise WrongUse(f"say which: dalil keys {options.action} {'NAME' if options.action == 'add' else 'ID'}")
    if options.action == "revoke":
        gone = known.revoke(options.name)
        if not options.json:
            print(f"Revoked: {_line(gone)}")
        return {"revoked": _facts(gone)}
    scopes = tuple(scope for scope in SCOPES if scope in (options.scopes or ["ask"]))
    key, secret = known.add(options.name, scopes)
    if not options.json:
        print(f"{secret}\n\nThis is the only time it is shown. {_line(key)}")
    return {**_facts(key), "key": secret}


def _line(key: Key) -> str:
    return f"{key.id}  {key.name}  ({', '.join(key.scopes)}; made {key.created[:10]})"


def _facts(key: Key) -> dict[str, Any]:
    return {"id": key.id, "name": key.name, "scopes": list(key.scopes), "created": key.created}


# `.streamlit/config.toml` says the same for those who run `streamlit run app.py`.
ALWAYS: dict[str, str | bool] = {
    "server.showEmailPrompt": False,
    "server.fileWatcherType": "none",
    # No usage statistics are sent, no traceback is shown, and no table can be downloaded, which might hold formulas.
    "browser.gatherUsageStats": False,
    "client.showErrorDetails": "none",
    "client.disableDataExport": True,
    "client.toolbarMode": "viewer",
    # Their contrast with all backgrounds, tinted ones included, is 4.5 or more (WCAG 2.2 AA).
    "theme.light.primaryColor": "#0a58a6",
    "theme.light.linkColor": "#0a58a6",
    "theme.dark.primaryColor": "#74b4f4",
    "theme.dark.linkColor": "#7db7f5",
}


def app(options: argparse.Namespace, settings: Settings) -> NoReturn:
    """Check that there is a collection, then replace this process by the server; `CollectionError` if there is none."""
    Collection.open(settings.collection).close()
    os.environ["DALIL_COLLECTION"] = str(settings.collection.absolute())
    if options.llm:
        os.environ["DALIL_LLM"] = options.llm
    sys.stdout.flush()
    os.execv(sys.executable, command(options, settings))  # noqa: S606 - our own interpreter, no shell


def command(options: argparse.Namespace, settings: Settings) -> list[str]:
    """Return the command line that serves the chat; `WrongUse` if the chat's files are not installed."""
    entry = find_spec("rag.ui.entry")
    if entry is None or entry.origin is None:
        raise WrongUse("the chat's files are missing; install Dalil again")
    values = {
        **ALWAYS,
        "server.address": options.host,
        "server.port": options.port,
        "server.headless": options.no_browser,
        "server.maxUploadSize": settings.max_file_megabytes,
    }
    given = [f"--{name}={str(value).lower() if isinstance(value, bool) else value}" for name, value in values.items()]
    return [sys.executable, "-m", "streamlit", "run", entry.origin, *given]
