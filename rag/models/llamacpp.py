"""A GGUF model in this process, through llama.cpp's own server on the loopback interface.

`xllamacpp` starts the server inside the process; it is used like any OpenAI-compatible one, so streaming, templates
and cancelling are llama.cpp's. Each model file is loaded once per process. A random key keeps other users of the
machine out.
"""

from __future__ import annotations

import atexit
import json
import secrets
import threading
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.errors import WrongUse

_MAGIC = b"GGUF"
_TIMEOUT = 60
_servers: dict[tuple[Path, int], LocalServer] = {}
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class LocalServer:
    """A running server, its ``address``, and the API ``key`` that it requires."""

    address: str
    key: str
    _server: Any

    def count_tokens(self, text: str) -> int:
        """Return the number of tokens of ``text`` as the model itself counts them."""
        request = urllib.request.Request(  # noqa: S310 - the address is the server's own
            f"{self.address}/tokenize",
            json.dumps({"content": text}).encode(),
            {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=_TIMEOUT) as response:  # noqa: S310
            return len(json.load(response)["tokens"])


def local_server(path: Path, window: int) -> LocalServer:
    """Return the server of a model file with room for ``window`` tokens; `WrongUse` where it cannot be loaded."""
    try:
        from xllamacpp import CommonParams, Server
    except ImportError:
        raise WrongUse("llama.cpp is not installed; run: pip install 'dalil[llamacpp]'") from None
    path = path.expanduser().resolve()
    with _lock:
        if (path, window) not in _servers:
            _check(path)
            key = secrets.token_hex(16)
            server = _started(Server, _parameters(CommonParams(), path, window, key), path)
            _servers[path, window] = LocalServer(server.listening_address, key, server)
        return _servers[path, window]


def _check(path: Path) -> None:
    try:
        with path.open("rb") as file:
            if file.read(len(_MAGIC)) != _MAGIC:
                raise WrongUse(f"{path.name} is not a GGUF file; give one, as in llamacpp:/models/name.gguf")
    except OSError as error:
        raise WrongUse(f"the model file {path.name} cannot be read ({error.strerror}); check the path") from None


def _parameters(parameters: Any, path: Path, window: int, key: str) -> Any:
    parameters.model.path = str(path)
    parameters.n_ctx = window
    parameters.n_parallel = 1
    parameters.verbosity = 0
    parameters.api_keys = [key]
    parameters.ui = False
    parameters.hostnames = ["127.0.0.1"]
    return parameters


def _started(server: Any, parameters: Any, path: Path) -> Any:
    try:
        return server(parameters)
    except RuntimeError:
        raise WrongUse(
            f"llama.cpp cannot load {path.name}: the file is damaged, of a kind it does not know, or too large for the"
            " memory; try another model file"
        ) from None


@atexit.register
def _close() -> None:
    # Called before the interpreter unloads its modules, so that the server's threads end in good order.
    _servers.clear()
