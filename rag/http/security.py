"""Access control: keys with scopes, as a dependency of routes, so that OpenAPI describes them."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as ASGIScope

from rag.errors import WrongUse
from rag.http.keys import Key, Keys, Scope
from rag.http.limits import Rates
from rag.http.problems import BUSY, FORBIDDEN, INVALID, UNAUTHORIZED, Refused
from rag.http.settings import ServeSettings, is_loopback
from rag.http.streams import is_upload, service_of

_BEARER = HTTPBearer(auto_error=False, description="a key as `dalil keys add` gives it", scheme_name="key")
_HOST = re.compile(r"(\[[^\]]*\]|[^:\[\]]*)(?::\d+)?")
_PASSED_ON = re.compile(r"forwarded$|via$|x-forwarded-|x-real-ip$|x-client-ip$|true-client-ip$|cf-connecting-ip$")
_KEYED = ("/v1/", "/metrics")
Given = Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]


def check_reach(serve: ServeSettings, keys: Keys) -> None:
    """Raise `WrongUse` where other machines could reach a service without keys."""
    if serve.is_loopback:
        return
    if serve.keyless:
        raise WrongUse("others can reach this address; without keys serve at 127.0.0.1 only")
    if not keys.all():
        raise WrongUse("others can reach this address and there are no keys; make one with `dalil keys add NAME`")


def needs_key(serve: ServeSettings, keys: Keys) -> bool:
    """Return whether a key is required now: keys may be made and revoked while the service runs."""
    return not serve.is_loopback or (not serve.keyless and keys.exist)


def key_of(scope: ASGIScope, keys: Keys, rates: Rates) -> Key:
    """Return the key that a request was sent with; `Refused` where it has no valid one. Wrong keys are counted."""
    kind, _, secret = Headers(scope=scope).get("authorization", "").partition(" ")
    key = keys.find(secret.strip()) if kind.lower() == "bearer" else None
    if key is None:
        if secret:
            rates.count_wrong((scope.get("client") or ("",))[0])
        raise Refused(UNAUTHORIZED, "send a valid key as `Authorization: Bearer KEY`")
    return key


def known(scope: ASGIScope, keys: Keys, rates: Rates) -> Key:
    """Return the key of a request, counted and noted for the log; `Refused` as in `key_of`, or if it asks too often."""
    key = key_of(scope, keys, rates)
    scope["dalil"]["facts"]["key"] = key.id
    rates.count(key.id)
    return key


def check_scope(key: Key, scope: Scope) -> None:
    """Raise `Refused` where a key does not have a scope."""
    if scope not in key.scopes:
        raise Refused(FORBIDDEN, f"this key may not {scope}; use one that may (`dalil keys add NAME --scope {scope}`)")


class Door:
    """The middleware that refuses requests without a valid key before their body is read.

    FastAPI reads the body before it checks anything. So that OpenAPI describes them, scopes are declared by `allowed`.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._uploads = 0

    async def __call__(self, scope: ASGIScope, receive: Receive, send: Send) -> None:
        """Let one request through and note its key, or refuse it."""
        if scope["type"] != "http" or not scope["path"].startswith(_KEYED):
            await self.app(scope, receive, send)
            return
        state = scope["app"].state
        if needs_key(state.service.serve, state.service.keys):
            scope["dalil"]["key"] = key = known(scope, state.service.keys, state.rates)
            if is_upload(scope):
                check_scope(key, "manage")
        else:
            check_local(scope)
        with self._received(state.service.serve) if is_upload(scope) else nullcontext():
            await self.app(scope, receive, send)

    @contextmanager
    def _received(self, serve: ServeSettings) -> Iterator[None]:
        """Count an upload while it is received; `Refused` where there are too many: each takes space on the disk."""
        if self._uploads >= serve.uploads:
            raise Refused(BUSY, f"{self._uploads} uploads are being received; send this one shortly", retry_after=5)
        self._uploads += 1
        try:
            yield
        finally:
            self._uploads -= 1


def allowed(scope: Scope) -> Callable[..., Awaitable[None]]:
    """Return a dependency that admits keys with a scope; every request on a loopback address without keys.

    It also refuses query parameters that the route does not have.
    """

    async def check(request: Request, _: Given) -> None:
        parameters = {one.alias for one in request.scope["route"].dependant.query_params}
        if unknown := ", ".join(sorted(request.query_params.keys() - parameters)):
            raise Refused(INVALID, f"there is no parameter {unknown:.200}; GET /openapi.json tells which there are")
        service, key = service_of(request), request.scope["dalil"].get("key")
        if key is not None:
            check_scope(key, scope)
        elif needs_key(service.serve, service.keys):  # the first key was made since the request was let in
            raise Refused(UNAUTHORIZED, "send a valid key as `Authorization: Bearer KEY`")

    return check


def check_local(scope: ASGIScope) -> None:
    """Raise `Refused` where a request without a key does not come from a user of this machine.

    It does not where a web page of another site has a browser send it, or where a proxy passes it on. A proxy that does
    not identify itself and speaks HTTP/1.1 cannot be told from a user.
    """
    headers = Headers(scope=scope)
    host = _HOST.fullmatch(headers.get("host", ""))
    is_fetched = headers.get("sec-fetch-site", "none") in ("cross-site", "same-site") or "origin" in headers
    is_passed_on = scope["http_version"] == "1.0" or any(map(_PASSED_ON.match, headers.keys()))
    if not (host and is_loopback(host[1])) or is_fetched or is_passed_on:
        raise Refused(FORBIDDEN, "without keys only programs on this machine are served; make a key for others")
