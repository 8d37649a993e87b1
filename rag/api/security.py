"""Who may: keys with scopes, as a dependency of routes, so that OpenAPI tells of them."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as ASGIScope

from rag.api.context import note, service_of
from rag.api.keys import Key, Keys, Scope
from rag.api.limits import Rates
from rag.api.refusals import FORBIDDEN, UNAUTHORIZED, Refused
from rag.api.settings import ServeSettings, is_loopback
from rag.errors import WrongUse

_BEARER = HTTPBearer(auto_error=False, description="a key as `dalil keys add` gives it", scheme_name="key")
_HOST = re.compile(r"(\[[^\]]*\]|[^:\[\]]*)(?::\d+)?")
_KEYED = ("/v1/", "/metrics")
Given = Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]


def check_reach(serve: ServeSettings, keys: Keys) -> None:
    """`WrongUse` where others could reach a service without keys."""
    if serve.is_loopback:
        return
    if serve.keyless:
        raise WrongUse("others can reach this address; without keys serve at 127.0.0.1 only")
    if not keys.all():
        raise WrongUse("others can reach this address and there are no keys; make one with `dalil keys add NAME`")


def needs_key(serve: ServeSettings, keys: Keys) -> bool:
    """Whether a key is asked for now: keys may be made and revoked while the service runs."""
    return not serve.is_loopback or (not serve.keyless and keys.exist)


def key_of(scope: ASGIScope, keys: Keys, rates: Rates) -> Key:
    """The key that a request was sent with; `Refused` where it has no valid one, and wrong ones are counted."""
    kind, _, secret = Headers(scope=scope).get("authorization", "").partition(" ")
    key = keys.find(secret.strip()) if kind.lower() == "bearer" else None
    if key is None:
        if secret:
            rates.count_wrong((scope.get("client") or ("",))[0])
        raise Refused(UNAUTHORIZED, "send a valid key as `Authorization: Bearer KEY`")
    return key


def check_scope(key: Key, scope: Scope) -> None:
    """`Refused` where a key may not do this."""
    if scope not in key.scopes:
        raise Refused(FORBIDDEN, f"this key may not {scope}; use one that may (`dalil keys add NAME --scope {scope}`)")


class Door:
    """Turns away who has no valid key before their request's body is read, which FastAPI does before it looks."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: ASGIScope, receive: Receive, send: Send) -> None:
        """Let one request through, its key noted, or refuse it."""
        if scope["type"] == "http" and scope["path"].startswith(_KEYED):
            state = scope["app"].state
            if needs_key(state.service.serve, state.service.keys):
                scope["dalil"]["key"] = key_of(scope, state.service.keys, state.rates)
        await self.app(scope, receive, send)


def allowed(scope: Scope) -> Callable[..., Awaitable[None]]:
    """A dependency that lets in who has a key with a scope; everyone on a loopback address without keys."""

    async def check(request: Request, _: Given) -> None:
        service, key = service_of(request), request.scope["dalil"].get("key")
        if key is None:  # none was asked for at the door
            if needs_key(service.serve, service.keys):
                raise Refused(UNAUTHORIZED, "send a valid key as `Authorization: Bearer KEY`")
            check_local(request.headers)
            return
        note(request, key=key.id)
        request.app.state.rates.count(key.id)
        check_scope(key, scope)

    return check


def check_local(headers: Headers) -> None:
    """Without keys, what a web page of elsewhere has a browser send must not count as this machine's user."""
    host = _HOST.fullmatch(headers.get("host", ""))
    is_fetched = headers.get("sec-fetch-site", "none") in ("cross-site", "same-site")
    is_passed_on = any(name in headers for name in ("forwarded", "x-forwarded-for", "x-real-ip"))
    if not (host and is_loopback(host[1])) or is_fetched or is_passed_on or "origin" in headers:
        raise Refused(FORBIDDEN, "without keys only programs on this machine are served; make a key for others")
