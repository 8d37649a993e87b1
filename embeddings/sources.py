"""Finds and loads the model behind a name: its weights, its prompts, and the fingerprint of its content."""

import hashlib
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from embeddings.errors import ModelUnavailable
from embeddings.packaged import PACKAGED_FINGERPRINT, packaged_model_path

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer

__all__ = ["PACKAGED", "LoadedModel", "load_model"]

PACKAGED = "packaged:multilingual-e5-small"

_HUB_SECONDS = 10.0
_PASSAGE_PROMPTS = ("passage", "document", "corpus")
# The E5 models ask for these prefixes in their model cards; few of their folders say so.
_E5 = re.compile(r"(^|[/_-])e5-(?!mistral)(?!.*instruct)")
_E5_PROMPTS = ("query: ", "passage: ")
_CONTENT = {".json", ".txt", ".model", ".safetensors"}
_OTHER_BACKENDS = {"onnx", "openvino"}


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model ready to encode: how it was named, what it is, and what it wants before its texts."""

    name: str
    fingerprint: str
    model: "SentenceTransformer"
    query_prompt: str
    passage_prompt: str


def load_model(name: str, *, cache_dir: Path | None, device: str) -> LoadedModel:
    """Load `name` (PACKAGED, a folder, or a hub name); ModelUnavailable when that cannot be done."""
    if name == PACKAGED:
        model = _open(str(packaged_model_path(cache_dir)), device, local=True)
        return LoadedModel(name, PACKAGED_FINGERPRINT, model, *_prompts(name, model))
    if Path(name).is_dir():
        try:
            model = _open(name, device, local=True)
        except Exception as error:
            raise ModelUnavailable(
                f"The folder {name} is not a sentence-transformers model with safetensors weights "
                f"({first_line(error)}); repair it or name another model."
            ) from error
        prompts = _prompts(name, model)
        return LoadedModel(name, _digest(_folder_digest(Path(name)), *prompts), model, *prompts)
    model = _open_from_hub(name, device)
    prompts = _prompts(name, model)
    return LoadedModel(name, _digest(name, _revision(model), *prompts), model, *prompts)


def _open(location: str, device: str, *, local: bool) -> "SentenceTransformer":
    # Imported here: it takes seconds, which someone who only reads the index need not wait for.
    from sentence_transformers import SentenceTransformer

    with quiet():
        return SentenceTransformer(
            location,
            device=device,
            local_files_only=local,
            # Weights that are not safetensors are pickles, which can run code.
            model_kwargs={"dtype": precision(device), "use_safetensors": True},
        ).eval()


def _open_from_hub(name: str, device: str) -> "SentenceTransformer":
    """Load from the local hub cache, or else from the hub after one short call to see that it has `name`."""
    from huggingface_hub import HfApi

    try:
        return _open(name, device, local=True)
    except Exception:  # noqa: BLE001 - whatever failed here, the hub may have it whole
        logging.getLogger(__name__).debug("%s is not in the local hub cache", name)
    try:
        # Without this, an unreachable hub costs a timeout for each of a dozen files.
        HfApi().model_info(name, timeout=_HUB_SECONDS)
        return _open(name, device, local=False)
    except Exception as error:
        raise ModelUnavailable(
            f"The model {name} is not on this machine and cannot be fetched ({first_line(error)}); "
            f"check the name and the network, give a local folder, or use {PACKAGED}."
        ) from error


def first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")[:200]


def precision(device: str) -> "torch.dtype":
    """bfloat16 where the processor multiplies it natively, else float32."""
    import torch

    if device.startswith("cuda"):
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float32
    # The probes are private to torch; without them float32 is merely slower.
    probes = [getattr(torch.cpu, name, None) for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported")]
    fast = device == "cpu" and any(probe is not None and probe() for probe in probes)
    return torch.bfloat16 if fast else torch.float32


def _prompts(name: str, model: "SentenceTransformer") -> tuple[str, str]:
    """Return the query and the passage prompt: the model's own, else those of its family, else none."""
    own = {key: prompt for key, prompt in model.prompts.items() if prompt}
    if not own and _E5.search(name.lower()):
        return _E5_PROMPTS
    return own.get("query", ""), next((own[key] for key in _PASSAGE_PROMPTS if key in own), "")


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def _folder_digest(folder: Path) -> str:
    """Hash the name and content of every file that a model in torch is loaded from."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if path.suffix in _CONTENT and not _OTHER_BACKENDS & set(inside.parts):
            with path.open("rb") as file:
                digest.update(f"{inside.as_posix()}\0{hashlib.file_digest(file, 'sha256').hexdigest()}\n".encode())
    return digest.hexdigest()


def _revision(model: "SentenceTransformer") -> str:
    """Return the hub commit that the weights came from, or "" where the model does not tell."""
    config = getattr(getattr(model[0], "auto_model", None), "config", None)
    return str(getattr(config, "_commit_hash", None) or "")


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the loading bar and the advice of the model libraries off the caller's terminal."""
    from transformers.utils import logging as advice

    loggers = [logging.getLogger(name) for name in ("sentence_transformers", "transformers")]
    levels = [logger.level for logger in loggers]
    bar = advice.is_progress_bar_enabled()
    advice.disable_progress_bar()  # type: ignore[no-untyped-call]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
        if bar:
            advice.enable_progress_bar()  # type: ignore[no-untyped-call]
