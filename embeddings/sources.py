"""The finding and loading of models by name: weights, prompts, and the fingerprint of their content.

No code of a model is run: its weights are safetensors, or pickles from which torch reads only tensors, and program
code beside them is never imported.
"""

import hashlib
import json
import logging
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath
from pickle import UnpicklingError
from typing import TYPE_CHECKING

from embeddings.errors import ModelUnavailable
from embeddings.packaged import PACKAGED_FINGERPRINT, packaged_model_path

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer

    from embeddings.bert import PackagedModel

__all__ = ["PACKAGED", "TESTED_MODELS", "LoadedModel", "ModelSettings", "load_model"]

PACKAGED = "packaged:multilingual-e5-small"

_HUB_SECONDS = 10.0
_PASSAGE_PROMPTS = ("passage", "document", "corpus")
_CONTENT = {".json", ".txt", ".model", ".safetensors"}
# Beside one of these, no pickle is opened: transformers and sentence-transformers look for these first.
_SAFE_WEIGHTS = {"model.safetensors", "model.safetensors.index.json", "adapter_model.safetensors"}
_OTHER_BACKENDS = {"onnx", "openvino"}
# The weights-only loader of an older torch can be circumvented (CVE-2025-32434, CVE-2026-24747).
_TORCH_FOR_PICKLES = "2.10"


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """How a model is to be used according to its authors; this applies where the model's folder does not say.

    ``kind`` matches a part of the lower-case name of the model and of models made from it. ``max_tokens`` is how many
    tokens it reads of a text at most, prompt and special tokens included; ``pooling`` is how a text's vector is
    computed from those of its tokens.
    """

    name: str
    kind: re.Pattern[str]
    query_prompt: str
    passage_prompt: str
    max_tokens: int
    pooling: str


TESTED_MODELS = (
    ModelSettings(
        "intfloat/multilingual-e5-large",
        re.compile(r"(^|[_-])e5-(?!mistral)(?!.*instruct)"),
        "query: ",
        "passage: ",
        512,
        "mean",
    ),
    ModelSettings("BAAI/bge-m3", re.compile(r"bge-m3"), "", "", 8192, "cls"),
    ModelSettings(
        "Qwen/Qwen3-Embedding-0.6B",
        re.compile(r"qwen3-embedding"),
        "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery:",
        "",
        32768,
        "lasttoken",
    ),
    ModelSettings("Alibaba-NLP/gte-multilingual-base", re.compile(r"gte-multilingual-base"), "", "", 8192, "cls"),
    ModelSettings(
        "google/embeddinggemma-300m",
        re.compile(r"embeddinggemma"),
        "task: search result | query: ",
        "title: none | text: ",
        2048,
        "mean",
    ),
)
"""The models whose settings the tests hold against small models of the same architecture; see docs/models.md."""


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model ready to encode: its name as requested, its fingerprint, and the prompts to put before texts."""

    name: str
    fingerprint: str
    model: "SentenceTransformer | PackagedModel"
    query_prompt: str
    passage_prompt: str


def load_model(name: str, *, cache_dir: Path | None, device: str) -> LoadedModel:
    """Load `name` (PACKAGED, a folder, or a hub name); ModelUnavailable if that cannot be done."""
    if name == PACKAGED:
        model = _open_packaged(packaged_model_path(cache_dir), device)
        return LoadedModel(name, PACKAGED_FINGERPRINT, model, *_prompts(model, None))
    if Path(name).is_dir():
        folder, model = Path(name), _open_folder(name, device)
        content = [_folder_digest(folder)]
    else:
        folder, model = _open_from_hub(name, device)
        # A folder of the hub cache is named after the commit that it holds.
        content = [name, folder.name]
    settings = _settings(name)
    completed = _complete(model, folder, settings)
    prompts = _prompts(model, settings)
    return LoadedModel(name, _digest(*content, *prompts, *completed), model, *prompts)


def _open_packaged(folder: Path, device: str) -> "SentenceTransformer | PackagedModel":
    """Open the packaged model: on a CPU without sentence-transformers, which takes seconds to import."""
    if device != "cpu":
        return _open(PACKAGED, folder, device)
    from embeddings.bert import PackagedModel

    return PackagedModel(folder, precision(device))


def _open_folder(name: str, device: str) -> "SentenceTransformer":
    try:
        return _open(name, Path(name), device)
    except ModelUnavailable:
        raise
    except Exception as error:
        raise ModelUnavailable(
            f"The folder {name} is not a sentence-transformers model whose weights can be read "
            f"({first_line(error)}); repair it or name another model."
        ) from error


def _open_from_hub(name: str, device: str) -> "tuple[Path, SentenceTransformer]":
    """Load from the local hub cache, or else fetch from the hub first; return the folder and the model."""
    from huggingface_hub import snapshot_download

    # As sentence-transformers does it, so that the models which it has fetched are found.
    repository = name if "/" in name else f"sentence-transformers/{name}"
    cache = os.environ.get("SENTENCE_TRANSFORMERS_HOME")
    try:
        folder = Path(snapshot_download(repository, cache_dir=cache, local_files_only=True))
        return folder, _open(name, folder, device)
    except ModelUnavailable:
        raise
    except Exception:  # noqa: BLE001 - whatever failed here, the hub may have it whole
        logging.getLogger(__name__).debug("%s is not in the local hub cache", name)
    try:
        folder = _fetch(repository, cache)
        return folder, _open(name, folder, device)
    except ModelUnavailable:
        raise
    except Exception as error:
        raise ModelUnavailable(
            f"The model {name} is not on this machine and cannot be fetched ({first_line(error)}); "
            f"check the name and the network, give a local folder, or use {PACKAGED}."
        ) from error


def _fetch(repository: str, cache: str | None) -> Path:
    """Fetch the files that a model is loaded from into the local hub cache; return its folder.

    They are fetched before anything is opened, and not by transformers on the way: for a model with pickles alone that
    would ask a third party to convert them.
    """
    from huggingface_hub import HfApi, hf_hub_download

    # Without this, an unreachable hub costs a timeout for each file.
    listed = HfApi().model_info(repository, timeout=_HUB_SECONDS).siblings or []
    files = [file.rfilename for file in listed]
    modules: list[dict[str, str]] = []
    with quiet():
        if "modules.json" in files:
            modules = json.loads(Path(hf_hub_download(repository, "modules.json", cache_dir=cache)).read_text("utf-8"))
        folders = tuple(f"{module['path']}/" for module in modules if module["path"])
        wanted = [file for file in _loaded_from(files) if "/" not in file or file.startswith(folders)]
        # Weights last: without them, what an interruption leaves cannot pass for the model.
        wanted.sort(key=lambda file: file.endswith((".safetensors", ".bin")))
        fetched = [Path(hf_hub_download(repository, file, cache_dir=cache)).parents[file.count("/")] for file in wanted]
    if not fetched:
        raise FileNotFoundError("it has none of the files that a model is loaded from")
    return fetched[0]


def _open(name: str, folder: Path, device: str) -> "SentenceTransformer":
    """Load the model in `folder`; ModelUnavailable, which calls it `name`, if that could run code."""
    # Imported here: it takes seconds, which someone who only reads the index need not wait for.
    from sentence_transformers import SentenceTransformer

    _refuse_pickles_in_old_torch(name, folder)
    try:
        with quiet():
            return SentenceTransformer(
                str(folder),
                device=device,
                local_files_only=True,
                trust_remote_code=False,
                # Safetensors are taken where there are any; of a pickle, torch is to read weights and nothing else.
                model_kwargs={"dtype": precision(device), "weights_only": True},
            ).eval()
    except Exception as error:
        _say_if_refused(name, error)
        raise


def _refuse_pickles_in_old_torch(name: str, folder: Path) -> None:
    import torch

    if torch.__version__ < _TORCH_FOR_PICKLES and any(file.endswith(".bin") for file in _model_files(folder)):
        raise ModelUnavailable(
            f"The weights of {name} are a pickle, which torch {torch.__version__} does not read safely; "
            f"install torch {_TORCH_FOR_PICKLES} or newer, or take the weights as safetensors."
        )


def _say_if_refused(name: str, error: Exception) -> None:
    """Raise ModelUnavailable if `error` says that loading the model would have run code."""
    if isinstance(error, UnpicklingError) and (asked := re.search(r"GLOBAL (\S+)", str(error))):
        raise ModelUnavailable(
            f"The weights of {name} are a pickle that asks for {asked[1]}, which could run code, and were not read; "
            "take the weights as safetensors or name another model."
        ) from error
    if isinstance(error, UnpicklingError):
        raise ModelUnavailable(
            f"The weights of {name} are a pickle that is damaged or holds more than weights, and were not read; "
            "fetch them anew, take them as safetensors or name another model."
        ) from error
    if "trust_remote_code" in str(error):
        raise ModelUnavailable(
            f"The model {name} works only with program code of its own, and Dalil never runs the code of a model; "
            "name another model (docs/models.md names some)."
        ) from error


def first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")[:200]


def precision(device: str) -> "torch.dtype":
    """Return bfloat16 if the device multiplies it natively, else float32."""
    import torch

    if device.startswith("cuda"):
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float32
    # The probes are private to torch; without them float32 is merely slower.
    probes = [getattr(torch.cpu, name, None) for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported")]
    fast = device == "cpu" and any(probe is not None and probe() for probe in probes)
    return torch.bfloat16 if fast else torch.float32


def _settings(name: str) -> ModelSettings | None:
    """Return the tested settings for `name`, None if there are none; of a path, the last part with settings decides."""
    for part in reversed(PurePath(name.lower()).parts):
        for settings in TESTED_MODELS:
            if settings.kind.search(part):
                return settings
    return None


def _prompts(model: "SentenceTransformer | PackagedModel", settings: ModelSettings | None) -> tuple[str, str]:
    """Return the query and the passage prompt: the model's own, else those of its kind, else empty ones."""
    own = {key: prompt for key, prompt in model.prompts.items() if prompt}
    if not own and settings is not None:
        return settings.query_prompt, settings.passage_prompt
    return own.get("query", ""), next((own[key] for key in _PASSAGE_PROMPTS if key in own), "")


def _complete(model: "SentenceTransformer", folder: Path, settings: ModelSettings | None) -> list[str]:
    """Set the length and the pooling of a model whose folder lists no modules, as its kind has them; return both.

    Such a folder was saved by transformers, and sentence-transformers guesses: mean pooling for most. The list is empty
    if nothing was set.
    """
    if settings is None or len(model) < 2 or (folder / "modules.json").exists():
        return []
    guessed = model[-1]
    model[-1] = type(guessed)(guessed.pooling_output_dimension, settings.pooling)
    model.max_seq_length = min(settings.max_tokens, model.max_seq_length or settings.max_tokens)
    return [settings.pooling, str(model.max_seq_length)]


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def _folder_digest(folder: Path) -> str:
    """Hash the name and content of every file that a model in torch is loaded from."""
    digest = hashlib.sha256()
    for name in _model_files(folder):
        with (folder / name).open("rb") as file:
            digest.update(f"{name}\0{hashlib.file_digest(file, 'sha256').hexdigest()}\n".encode())
    return digest.hexdigest()


def _model_files(folder: Path) -> list[str]:
    return _loaded_from(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def _loaded_from(names: Iterable[str]) -> list[str]:
    """Return those of a model's file names from which it is loaded in torch, in order.

    Pickles (.bin) are among them only where their folder has no safetensors.
    """
    files = sorted(PurePosixPath(name) for name in names)
    safe = {file.parent for file in files if file.name in _SAFE_WEIGHTS}
    return [
        file.as_posix()
        for file in files
        if not _OTHER_BACKENDS & set(file.parts)
        and (file.suffix in _CONTENT or (file.suffix == ".bin" and file.parent not in safe))
    ]


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
