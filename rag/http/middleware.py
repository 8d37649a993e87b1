"""The middleware around every request: an id, limits of its size and speed, headers, one line in the log, metrics.

Pure ASGI, so that the routes notice when a client leaves; layers that wrap the reply would hide it from them.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
import uuid
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.http import metrics
from rag.http.problems import BUSY, TOO_LARGE, TOO_SLOW, UNSUPPORTED, Refused, refused
from rag.http.settings import ServeSettings
from rag.http.streams import ClientLeft, is_upload

logger = logging.getLogger("rag.http.requests")
_HEALTH = ("/healthz", "/readyz")
# Bytes per second at which a body must be sent, or a reply read, at least, in addition to the pause that is allowed.
SLOWEST = 1000
_METHODS = frozenset({"GET", "POST", "DELETE", "HEAD", "OPTIONS", "PUT", "PATCH"})
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000",
    "Cache-Control": "no-store",
}


class Around:
    """The middleware around the application."""

    def __init__(self, app: ASGIApp, serve: ServeSettings) -> None:
        self.app = app
        self.serve = serve
        self._under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; a WebSocket is closed."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1003})
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        self._under_way += 1
        try:
            await self._serve(scope, receive, send)
        finally:
            self._under_way -= 1

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = time.perf_counter()
        given = Headers(scope=scope).get("x-request-id", "")
        known: dict[str, Any] = {"id": given if _ID.fullmatch(given) else uuid.uuid4().hex, "facts": {}}
        scope["dalil"] = known
        reply = _Reply(send, known["id"])
        try:
            self._check(scope)
            await self.app(scope, _Body(receive, scope, self.serve).receive, reply.send)
        except (ClientLeft, ConnectionError):
            reply.status = reply.status or 499  # as nginx counts clients that left
        except asyncio.CancelledError:  # the time for shutdown is over
            if not reply.status:
                ending = Refused(BUSY, "the service ends; ask again shortly", retry_after=5)
                await refused(ending, known["id"])(scope, receive, reply.send)
        except Exception as error:
            if reply.status:  # too late for another reply
                logger.exception("a reply broke off")
                raise
            await refused(error, known["id"])(scope, receive, reply.send)
        finally:
            _record(scope, reply.status or 499, time.perf_counter() - began, known)

    def _check(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        if self._under_way > self.serve.connections and scope["path"] not in _HEALTH:
            metrics.REFUSED.labels("connections").inc()
            raise Refused(BUSY, "too many requests are under way; send this one again shortly", retry_after=1)
        if headers.get("content-encoding", "identity").lower() not in ("", "identity"):
            raise Refused(UNSUPPORTED, "compressed requests are not read; send the body as it is")
        length = headers.get("content-length", "0")
        if length.isdecimal() and int(length) > _most(scope, self.serve):
            raise _too_large(scope, self.serve)


class _Reply:
    """The sending side of a request, which adds the headers that every reply has."""

    def __init__(self, send: Send, request_id: str) -> None:
        self._send = send
        self._id = request_id
        self.status = 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["X-Request-ID"] = self._id
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
            if self.status in (408, 413, 415, 503) and "retry-after" not in headers:
                headers["Connection"] = "close"
        await self._send(message)


class _Body:
    """The receiving side of a request: `Refused` for a body that is too large or comes too slowly."""

    def __init__(self, receive: Receive, scope: Scope, serve: ServeSettings) -> None:
        self._receive = receive
        self._scope = scope
        self._serve = serve
        self._bytes = 0
        self._is_whole = False
        self._began = time.monotonic()

    async def receive(self) -> Message:
        if self._is_whole:
            return await self._receive()
        # Limits each pause and all of them together: otherwise a byte now and then would hold a place for ever.
        left = self._serve.body_timeout + self._bytes / SLOWEST - (time.monotonic() - self._began)
        try:
            message = await asyncio.wait_for(self._receive(), max(0.0, min(left, self._serve.body_timeout)))
        except TimeoutError:
            raise Refused(TOO_SLOW, "the request's body came too slowly; send it again") from None
        if message["type"] == "http.request":
            self._is_whole = not message.get("more_body", False)
            self._bytes += len(message.get("body", b""))
            if self._bytes > _most(self._scope, self._serve):
                raise _too_large(self._scope, self._serve)
        return message


def _most(scope: Scope, serve: ServeSettings) -> int:
    return serve.max_upload if is_upload(scope) else serve.max_body


def _too_large(scope: Scope, serve: ServeSettings) -> Refused:
    return Refused(TOO_LARGE, f"at most {_most(scope, serve):,} bytes are taken here; send less at once")


def _record(scope: Scope, status: int, seconds: float, known: dict[str, Any]) -> None:
    # The route's pattern and not the path, which holds what clients choose.
    route = getattr(scope.get("route"), "path", "other")
    method = scope["method"] if scope["method"] in _METHODS else "other"
    metrics.REQUESTS.labels(route, method, str(status)).inc()
    metrics.LATENCY.labels(route).observe(seconds)
    facts = {"request_id": known["id"], "method": method, "route": route, "status": status}
    facts |= {"ms": round(1000 * seconds, 1), **known["facts"]}
    logger.info("request", extra={"facts": facts})
