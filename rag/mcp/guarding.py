"""Before the tools over HTTP: keys, the methods and paths there are, and clients that leave.

It stands outside the SDK's application, which would make errors of its own of what is refused in it.
"""

from __future__ import annotations

import asyncio

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.api import metrics
from rag.api.context import ClientLeft
from rag.api.keys import Keys
from rag.api.limits import Rates
from rag.api.refusals import FORBIDDEN, NOT_ALLOWED, NOT_FOUND, UNAUTHORIZED, Refused
from rag.api.security import needs_key
from rag.api.settings import ServeSettings

PATH = "/mcp"


class Guard:
    """Lets in who has a key that may ask, where keys are asked for; ends the work of who leaves."""

    def __init__(self, app: ASGIApp, serve: ServeSettings, keys: Keys) -> None:
        self.app = app
        self._serve = serve
        self._keys = keys
        self._rates = Rates(serve)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or refuse it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if needs_key(self._serve, self._keys):
            await self._check(scope)
        if scope["path"] != PATH:
            raise Refused(NOT_FOUND, f"there is nothing here; the tools are at {PATH}")
        if scope["method"] != "POST":  # a GET would hold a stream open in which nothing is ever told
            raise Refused(NOT_ALLOWED, "send messages by POST; there are no sessions, and no streams without a message")
        await _while_there(self.app, scope, await _read(receive), receive, send)

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


async def _read(receive: Receive) -> bytes:
    """The whole body: it is small, and who receives later must hear of nothing but the client's leaving."""
    parts = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientLeft
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


async def _while_there(app: ASGIApp, scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
    """Serve a request as long as its client stays. The SDK does not look whether a client has left."""
    ahead: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]
    gone = asyncio.ensure_future(_gone(receive))

    async def replay() -> Message:
        return ahead.pop() if ahead else await asyncio.shield(gone)

    task = asyncio.ensure_future(_served(app, scope, replay, send))
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            metrics.LEFT.inc()
            raise ClientLeft
        task.result()
    finally:
        for one in (task, gone):
            one.cancel()
        await asyncio.gather(task, gone, return_exceptions=True)


async def _served(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    await app(scope, receive, send)


async def _gone(receive: Receive) -> Message:
    while (message := await receive())["type"] != "http.disconnect":
        pass
    return message
