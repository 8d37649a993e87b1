"""The guard before the tools over HTTP: it checks keys, methods and paths, and notices clients that leave.

It stands outside the SDK's application, which would turn refusals raised in it into errors of its own.
"""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.http.keys import Keys
from rag.http.limits import Rates
from rag.http.problems import NOT_ALLOWED, NOT_FOUND, Refused
from rag.http.security import check_local, check_scope, known, needs_key
from rag.http.settings import ServeSettings
from rag.http.streams import ClientLeft, leaving, while_there

PATH = "/mcp"


class Guard:
    """The middleware that requires a key that may ask, where keys are needed, and stops work for clients that left."""

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
            check_scope(known(scope, self._keys, self._rates), "ask")
        else:
            check_local(scope)
        if scope["path"] != PATH:
            raise Refused(NOT_FOUND, f"there is nothing here; the tools are at {PATH}")
        if scope["method"] != "POST":  # a GET would hold a stream open in which nothing is ever sent
            raise Refused(NOT_ALLOWED, "send messages by POST; there are no sessions, and no streams without a message")
        await _serve(self.app, scope, await _read(receive), receive, send)


async def _read(receive: Receive) -> bytes:
    """Return the whole body, which is small; after it, nothing can be received but the message that the client left.

    `ClientLeft` where that comes first.
    """
    parts = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientLeft
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


async def _serve(app: ASGIApp, scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
    """Serve a request as long as its client stays. The SDK does not check whether a client has left."""
    ahead: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]
    left = asyncio.ensure_future(leaving(receive))

    async def replay() -> Message:
        return ahead.pop() if ahead else await asyncio.shield(left)

    await while_there(left, app(scope, replay, send))
