"""Who may: keys with scopes, as a dependency of routes, so that OpenAPI tells of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from rag.api.context import note, service_of
from rag.api.keys import Key, Keys, Scope
from rag.api.limits import Rates
from rag.api.refusals import FORBIDDEN, UNAUTHORIZED, Refused
from rag.api.settings import ServeSettings, is_loopback
from rag.errors import WrongUse

_BEARER = HTTPBearer(auto_error=False, description="a key as `dalil keys add` gives it", scheme_name="key")
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
    return not serve.is_loopback or (not serve.keyless and bool(keys.all()))


def allowed(scope: Scope) -> Callable[..., Awaitable[None]]:
    """A dependency that lets in who has a key with a scope; everyone on a loopback address without keys."""

    async def check(request: Request, given: Given) -> None:
        serve, keys = service_of(request).serve, service_of(request).keys
        rates: Rates = request.app.state.rates
        if not needs_key(serve, keys):
            _check_local(request)
            return
        key = await asyncio.to_thread(keys.find, given.credentials) if given else None
        if key is None:
            if given:
                rates.count_wrong(request.client.host if request.client else "")
            raise Refused(UNAUTHORIZED, "send a valid key as `Authorization: Bearer KEY`")
        note(request, key=key.id)
        rates.count(key.id)
        _check_scope(key, scope)

    return check


def _check_scope(key: Key, scope: Scope) -> None:
    if scope not in key.scopes:
        raise Refused(FORBIDDEN, f"this key may not {scope}; use one that may (`dalil keys add NAME --scope {scope}`)")


def _check_local(request: Request) -> None:
    """Without keys, what a web page of elsewhere has a browser send must not count as this machine's user."""
    host = request.headers.get("host", "").rsplit(":", 1)[0] if request.headers.get("host") else ""
    is_fetched = request.headers.get("sec-fetch-site", "none") in ("cross-site", "same-site")
    if not is_loopback(host) or is_fetched or "origin" in request.headers:
        raise Refused(FORBIDDEN, "without keys only programs on this machine are served; make a key for others")
