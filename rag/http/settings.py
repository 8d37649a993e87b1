"""Settings of the service, from the environment (``DALIL_SERVE_…``) and the command line."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from rag.errors import WrongUse
from rag.indexing.discover import absolute

PREFIX = "DALIL_SERVE_"


class ServeSettings(BaseSettings):
    """What can be set of the service; each field is also an environment variable, ``DALIL_SERVE_`` and its name.

    Limits of concurrency are each worker's own; a rate is shared out among the workers.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, frozen=True, extra="ignore")

    host: str = Field(default="127.0.0.1", description="address to serve at")
    port: int = Field(default=8600, ge=0, le=65535, description="port to serve at")
    workers: int = Field(default=1, ge=1, le=64, description="processes; each holds the model")
    folder: Path | None = Field(
        default=None, description="where keys, uploads and jobs are kept; by default beside the collection"
    )
    keyless: bool = Field(default=False, description="ask for no keys although there are some; on this machine alone")
    rate: int = Field(default=600, ge=0, description="requests a minute of a key; 0 sets no limit")
    wrong_keys: int = Field(default=30, ge=1, description="wrong keys a minute from an address before it must wait")
    concurrent: int = Field(default=4, ge=1, le=256, description="questions worked on at once")
    queue: int = Field(default=32, ge=0, le=4096, description="questions that may wait for their turn")
    patience: float = Field(default=10, gt=0, description="seconds a question waits for its turn")
    timeout: float = Field(default=180, gt=0, description="seconds until a question must be answered")
    connections: int = Field(default=512, ge=1, description="requests under way at once, of whatever kind")
    max_body: int = Field(default=1_000_000, ge=1000, description="bytes of a request that is no upload")
    max_upload: int = Field(default=100_000_000, ge=1000, description="bytes of an upload")
    max_upload_files: int = Field(default=50, ge=1, le=1000, description="files of an upload")
    uploads: int = Field(default=4, ge=1, description="uploads received at once")
    max_files: int = Field(default=10_000, ge=0, description="uploaded files in all; 0 takes none")
    max_jobs: int = Field(default=20, ge=1, description="uploads and deletions that may wait")
    body_timeout: float = Field(default=30, gt=0, description="seconds that a body, or its reader, may pause")
    header_timeout: float = Field(default=10, gt=0, description="seconds until a request's head must be there")
    heartbeat: float = Field(default=15, gt=0, description="seconds between signs of life in a stream")
    shutdown: int = Field(default=30, ge=0, description="seconds that what runs has to end at shutdown")
    cors_origins: str = Field(default="", description="web origins that may call, by spaces; none by default")
    log_questions: bool = Field(default=False, description="write questions into the log")

    @property
    def is_loopback(self) -> bool:
        """Return whether only this machine can reach the service."""
        return is_loopback(self.host)

    def home(self, collection: Path) -> Path:
        """Return the folder of keys, uploads and jobs, by default beside the collection.

        It is not in the collection's own folder, which may be deleted and made anew.
        """
        # Absolute, as the collection stores paths, so that a file of this folder can be recognised.
        collection = absolute(collection)
        return absolute(self.folder or collection.with_name(f"{collection.name}-service"))


def load_serve_settings(**overrides: object) -> ServeSettings:
    """Return the settings of the environment, with overrides that are not None; `WrongUse` names a wrong setting."""
    try:
        return ServeSettings(**{name: value for name, value in overrides.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        raise WrongUse(f"the setting {name} ({PREFIX}{name.upper()}) is wrong: {first['msg']}") from None


def is_loopback(host: str) -> bool:
    """Return whether a host's name or address is this machine's own."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
