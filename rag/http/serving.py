"""`dalil serve`: uvicorn with the application, in one process or several."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import tempfile
import threading
from contextlib import ExitStack
from functools import cache
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from rag.errors import WrongUse
from rag.http.keys import Keys
from rag.http.middleware import SLOWEST
from rag.http.security import check_reach
from rag.http.settings import PREFIX, ServeSettings, load_serve_settings
from rag.search.collection import Collection
from rag.settings import Settings

_APP = "rag.http.app:create"
# Bytes that a request's head may have.
_MOST_HEAD = 32_768
# Bytes of a reply that the system buffers for a connection.
_MOST_UNSENT = 65_536
# Seconds that threads have to end once the service has ended.
_LAST = 3.0


class Impatient(H11Protocol):
    """uvicorn's protocol, but with idle connections closed; uvicorn itself waits for ever.

    A request's head must come within `header_timeout` seconds, and a client that reads nothing of a reply for
    `body_timeout` seconds is disconnected.
    """

    _headless: asyncio.TimerHandle | None = None
    _unread: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Start the time limit for the head of a new connection's first request."""
        super().connection_made(transport)
        # The system's buffer is emptied in steps, between which nothing seems to be read: a small one has small steps.
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _MOST_UNSENT)
        self._headless = self.loop.call_later(_serving().header_timeout, self._close_if_headless)

    def data_received(self, data: bytes) -> None:
        """Receive more of a request. On a kept connection, the head of the next one must come in time too."""
        if self._headless is None and not self._is_under_way():
            self._headless = self.loop.call_later(_serving().header_timeout, self._close_if_headless)
        super().data_received(data)
        if self._headless is not None and self._is_under_way():
            self._headless.cancel()
            self._headless = None

    def pause_writing(self) -> None:
        """Start to watch whether the client reads, since more was written than it has read."""
        super().pause_writing()
        self._watch()

    def resume_writing(self) -> None:
        """Stop watching, since the client has read what was written, or nearly all of it."""
        super().resume_writing()
        if self._unread is not None:
            self._unread.cancel()

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel the time limits of a connection that is over."""
        for timer in (self._headless, self._unread):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def _is_under_way(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _close_if_headless(self) -> None:
        self._headless = None
        if not self._is_under_way():
            self.transport.close()

    def _watch(self) -> None:
        seconds, size = _serving().body_timeout, self.transport.get_write_buffer_size()
        self._unread = self.loop.call_later(seconds, self._leave_if_unread, size - SLOWEST * seconds)

    def _leave_if_unread(self, most: float) -> None:
        if self.transport.get_write_buffer_size() > max(0.0, most):
            self.transport.abort()  # closing it would wait for the client to read
        else:
            self._watch()


@cache
def _serving() -> ServeSettings:
    """Return the settings from the environment: uvicorn makes the protocol, and `serve` cannot pass them otherwise."""
    return load_serve_settings()


def serve(settings: Settings, given: ServeSettings) -> None:
    """Serve until stopped by a signal.

    `CollectionError` without a collection, `WrongUse` where keys are lacking or the address cannot be used.
    """
    Collection.open(settings.collection).close()
    check_reach(given, Keys(given.home(settings.collection)))
    check_port(given)
    os.environ["DALIL_COLLECTION"] = str(settings.collection.absolute())
    os.environ["DALIL_LLM"] = settings.llm
    for name, value in given.model_dump(exclude_none=True).items():
        os.environ[f"{PREFIX}{name.upper()}"] = str(value)
    with ExitStack() as stack:
        if given.workers > 1:  # read when prometheus_client is first imported, in the workers
            folder = tempfile.TemporaryDirectory(prefix="dalil-metrics-")
            os.environ["PROMETHEUS_MULTIPROC_DIR"] = stack.enter_context(folder)
        run(_APP, given, factory=True, workers=given.workers, timeout_worker_healthcheck=30)


def check_port(given: ServeSettings) -> None:
    """Raise `WrongUse` where nothing can be served at the address, before a model is loaded for it."""
    family = socket.AF_INET6 if ":" in given.host else socket.AF_INET
    with socket.socket(family) as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as asyncio does
        try:
            tried.bind((given.host, given.port))
        except OSError as error:
            reason = f"nothing can be served at {given.host}, port {given.port} ({error.strerror or error})"
            raise WrongUse(f"{reason}; choose another with --host and --port") from None


def run(app: Any, given: ServeSettings, **more: Any) -> None:
    """Serve an application with uvicorn as the settings say, until stopped by a signal; ``more`` is for uvicorn."""
    for name in ("header_timeout", "body_timeout"):
        os.environ[f"{PREFIX}{name.upper()}"] = str(getattr(given, name))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    uvicorn.run(
        app, host=given.host, port=given.port, http=Impatient, ws="none", log_config=None, access_log=False,
        server_header=False, h11_max_incomplete_event_size=_MOST_HEAD, timeout_graceful_shutdown=given.shutdown,
        proxy_headers=False, **more,
    )  # fmt: skip


def _end(number: int, _: object) -> None:
    """End the process, in good order and soon, when it gets the signal to stop.

    When all requests are answered, uvicorn raises the signal again, which would otherwise kill the process. At its end
    Python waits for threads; nobody needs what they still do, which may take long, so a timer ends the process.
    """
    last = threading.Timer(_LAST, os._exit, (0,))
    last.daemon = True
    last.start()
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    sys.exit(0)
