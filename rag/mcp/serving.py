"""`dalil mcp`: the tools over standard input and output, or over HTTP with the service's keys and limits."""

from __future__ import annotations

import asyncio
import os

import uvicorn
from mcp.server.transport_security import TransportSecuritySettings
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from rag.api.gate import Gate
from rag.api.keys import Keys
from rag.api.limits import Rates
from rag.api.logs import set_up_logs
from rag.api.middleware import Around
from rag.api.refusals import FORBIDDEN, UNAUTHORIZED, Refused
from rag.api.security import check_reach, needs_key
from rag.api.serving import MOST_HEAD, Impatient
from rag.api.settings import PREFIX, ServeSettings, load_serve_settings
from rag.assistant import Assistant
from rag.mcp.tools import Tools, server_of
from rag.settings import Settings

PATH = "/mcp"
_LOCAL = ("127.0.0.1:*", "localhost:*", "[::1]:*")


def serve_stdio(settings: Settings) -> None:
    """Serve until standard input ends. Standard output carries the protocol alone; the log is on standard error."""
    set_up_logs()
    with Assistant.open(settings=settings) as assistant:
        server_of(_tools(assistant, load_serve_settings())).run("stdio")


def serve_http(settings: Settings, serve: ServeSettings) -> None:
    """Serve over HTTP until told to stop; `WrongUse` where others could reach it without keys."""
    keys = Keys(serve.home(settings.collection))
    check_reach(serve, keys)
    set_up_logs()
    os.environ[f"{PREFIX}HEADER_TIMEOUT"] = str(serve.header_timeout)
    with Assistant.open(settings=settings) as assistant:
        uvicorn.run(
            application(assistant, serve, keys), host=serve.host, port=serve.port, http=Impatient, ws="none",
            log_config=None, access_log=False, server_header=False, h11_max_incomplete_event_size=MOST_HEAD,
            timeout_graceful_shutdown=serve.shutdown, proxy_headers=False,
        )  # fmt: skip


def application(assistant: Assistant, serve: ServeSettings, keys: Keys) -> ASGIApp:
    """The tools as an ASGI application. Stateless: no session is lost with a restart."""
    hosts = TransportSecuritySettings(
        enable_dns_rebinding_protection=serve.is_loopback,
        allowed_hosts=list(_LOCAL),
        allowed_origins=[f"http://{host}" for host in _LOCAL],
    )
    app = server_of(_tools(assistant, serve)).streamable_http_app(
        streamable_http_path=PATH, json_response=True, stateless_http=True, transport_security=hosts,
        max_request_body_size=serve.max_body,
    )  # fmt: skip
    return Around(Guard(app, serve, keys), serve)


class Guard:
    """Lets in who has a key that may ask, where keys are asked for."""

    def __init__(self, app: ASGIApp, serve: ServeSettings, keys: Keys) -> None:
        self.app = app
        self._serve = serve
        self._keys = keys
        self._rates = Rates(serve)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or refuse it."""
        if scope["type"] == "http" and needs_key(self._serve, self._keys):
            await self._check(scope)
        await self.app(scope, receive, send)

    async def _check(self, scope: Scope) -> None:
        kind, _, secret = Headers(scope=scope).get("authorization", "").partition(" ")
        key = await asyncio.to_thread(self._keys.find, secret.strip()) if kind.lower() == "bearer" else None
        if key is None:
            if secret:
                self._rates.count_wrong((scope.get("client") or ("",))[0])
            raise Refused(UNAUTHORIZED, "send a valid key as `Authorization: Bearer KEY`")
        scope["dalil"]["facts"]["key"] = key.id
        self._rates.count(key.id)
        if "ask" not in key.scopes:
            raise Refused(FORBIDDEN, "this key may not ask; use one that may (`dalil keys add NAME --scope ask`)")


def _tools(assistant: Assistant, serve: ServeSettings) -> Tools:
    return Tools(assistant, Gate(serve.concurrent, serve.queue, serve.patience), serve.timeout)
