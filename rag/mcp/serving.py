"""`dalil mcp`: the tools over standard input and output, or over HTTP with the service's keys and limits."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from mcp.server.transport_security import TransportSecuritySettings
from starlette.types import ASGIApp

from rag.assistant import Assistant
from rag.http.keys import Keys
from rag.http.limits import Gate
from rag.http.middleware import Around
from rag.http.operations import set_up_logs
from rag.http.security import check_reach
from rag.http.serving import check_port, run
from rag.http.settings import ServeSettings, load_serve_settings
from rag.mcp.guarding import PATH, Guard
from rag.mcp.tools import Tools, server_of
from rag.settings import Settings


def serve_stdio(settings: Settings) -> None:
    """Serve until standard input ends. Standard output carries the protocol alone; the log goes to standard error."""
    set_up_logs()
    # Waiting for a line of input cannot be cancelled, so an interruption ends the process; that can harm nothing.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    with _output_as_errors():
        assistant = Assistant.open(settings=settings)
    try:
        with assistant:
            server_of(_tools(assistant, load_serve_settings())).run("stdio")
    finally:  # what was printed and is still in a buffer must not follow the protocol
        os.dup2(2, 1)


def serve_http(settings: Settings, serve: ServeSettings) -> None:
    """Serve over HTTP until stopped by a signal.

    `WrongUse` where others could reach it without keys or the address cannot be used.
    """
    keys = Keys(serve.home(settings.collection))
    check_reach(serve, keys)
    check_port(serve)
    set_up_logs()
    with Assistant.open(settings=settings) as assistant:
        run(application(assistant, serve, keys), serve)


def application(assistant: Assistant, serve: ServeSettings, keys: Keys) -> ASGIApp:
    """Return the tools as an ASGI application. It is stateless: no session is lost with a restart."""
    # The guard refuses web pages of other sites, with keys and without; the SDK would refuse names of proxies too.
    hosts = TransportSecuritySettings(enable_dns_rebinding_protection=False)
    app = server_of(_tools(assistant, serve)).streamable_http_app(
        streamable_http_path=PATH, json_response=True, stateless_http=True, transport_security=hosts,
        max_request_body_size=serve.max_body,
    )  # fmt: skip
    return Around(Guard(app, serve, keys), serve)


def _tools(assistant: Assistant, serve: ServeSettings) -> Tools:
    return Tools(assistant, Gate(serve.concurrent, serve.queue, serve.patience), serve.timeout)


@contextmanager
def _output_as_errors() -> Iterator[None]:
    """Redirect standard output to standard error meanwhile. While it serves, the SDK itself does so."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)
