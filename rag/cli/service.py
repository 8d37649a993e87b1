"""`dalil serve`, `dalil mcp` and `dalil keys`."""

from __future__ import annotations

import argparse
from typing import Any

from rag.api.keys import SCOPES, Key, Keys
from rag.api.settings import load_serve_settings
from rag.errors import WrongUse
from rag.settings import Settings


def serve(options: argparse.Namespace, settings: Settings) -> int:
    """Serve over HTTP until told to stop."""
    from rag.api.serving import serve as run

    names = ("host", "port", "workers", "keyless")
    run(settings, load_serve_settings(**{name: getattr(options, name) for name in names}))
    return 0


def mcp(options: argparse.Namespace, settings: Settings) -> int:
    """Serve tools over MCP until told to stop."""
    from rag.mcp.serving import serve_http, serve_stdio

    if options.http:
        serve_http(settings, load_serve_settings(host=options.host, port=options.port))
    else:
        serve_stdio(settings)
    return 0


def keys(options: argparse.Namespace, settings: Settings) -> dict[str, Any]:
    """Make, list or revoke keys; what is to be told of it as JSON."""
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
