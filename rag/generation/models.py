"""Which model writes, from one setting.

``extractive`` (none), ``auto``, ``provider:model`` for whatever LangChain's `init_chat_model` knows, the address of an
OpenAI-compatible server (``http://host/v1#model``), or ``llamacpp:/path/model.gguf``.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx
from langchain_core.language_models import BaseChatModel

from corpus.tokens import count_tokens
from rag.errors import WrongUse
from rag.generation.guarded import GuardedModel, ModelFailed, reason_of
from rag.generation.llamacpp import local_server
from rag.settings import Settings

logger = logging.getLogger(__name__)

EXTRACTIVE = "extractive"
AUTO = "auto"
_LLAMACPP = "llamacpp:"
# Our extras; other providers' packages are named by their own names.
_EXTRAS = {"openai", "anthropic", "ollama"}
_KEYS = {"openai": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY"}
_EXAMPLES = (
    "openai:gpt-4.1-mini, ollama:qwen3, http://127.0.0.1:8080/v1, llamacpp:/models/name.gguf, auto or extractive"
)
_PROBE = "Reply with: yes"
_OLLAMA = "http://127.0.0.1:11434"
_QUICK = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Writer:
    """A model that writes answers; ``name`` is what is shown of it, ``count_tokens`` counts as it does or nearly so."""

    name: str
    model: BaseChatModel
    count_tokens: Callable[[str], int]


def writer_of(settings: Settings) -> Writer | None:
    """The model that ``settings.llm`` names, None for none; `WrongUse` says what is wrong or missing."""
    spec = settings.llm.strip()
    if spec == EXTRACTIVE:
        return None
    if spec == AUTO:
        return _first_that_answers(settings)
    return _named(spec, settings)


def _named(spec: str, settings: Settings) -> Writer:
    if spec.startswith(_LLAMACPP):
        return _llamacpp(Path(spec.removeprefix(_LLAMACPP)), settings)
    if spec.startswith(("http://", "https://")):
        return _server(spec, settings)
    provider, colon, model = spec.partition(":")
    if not (provider and colon and model):
        raise WrongUse(f"{spec!r} names no model; give one like {_EXAMPLES}")
    return _provider(provider, model, settings)


def _first_that_answers(settings: Settings) -> Writer | None:
    """The first candidate that is configured and answers: what runs on this machine before what sends text"
    " elsewhere."""
    for spec in settings.llm_candidates.split():
        try:
            spec = _ollama_model() if spec == "ollama" else spec
            provider = spec.partition(":")[0]
            if provider in _KEYS and not os.environ.get(_KEYS[provider]):
                raise WrongUse(f"{_KEYS[provider]} is not set")
            writer = _named(spec, settings)
            writer.model.invoke(_PROBE, config={"callbacks": []})
        except (WrongUse, ModelFailed) as error:
            logger.info("%s is left out: %s", spec, error)
            continue
        return writer
    logger.info("no model is configured; answers are quotations")
    return None


def _ollama_model() -> str:
    """The first model that an Ollama on this machine has; `WrongUse` where there is none."""
    host = os.environ.get("OLLAMA_HOST") or _OLLAMA
    address = host if "://" in host else f"http://{host}"
    try:
        models = httpx.get(f"{address.rstrip('/')}/api/tags", timeout=_QUICK).raise_for_status().json()["models"]
        name = next(str(m["name"]) for m in models if "embed" not in str(m["name"]))
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError, StopIteration):
        raise WrongUse("no Ollama with a model runs here") from None
    return f"ollama:{name}"


def _provider(provider: str, model: str, settings: Settings) -> Writer:
    from langchain.chat_models import init_chat_model

    options: dict[str, Any] = {"temperature": 0.0}
    if provider == "ollama":
        options |= {"num_predict": settings.answer_tokens, "client_kwargs": {"timeout": settings.llm_timeout}}
    else:
        options |= {"max_tokens": settings.answer_tokens, "timeout": settings.llm_timeout, "max_retries": 0}
    try:
        inner = init_chat_model(model, model_provider=provider, **options)
    except ImportError as error:
        package = f"langchain-{provider}" if error.name is None else error.name.replace("_", "-")
        wanted = f"'dalil[{provider}]'" if provider in _EXTRAS else package
        raise WrongUse(f"{provider}:{model} needs a package that is not installed; run: pip install {wanted}") from None
    except ValueError as error:
        if "nsupported" not in str(error):
            raise _not_configured(provider, model, error) from None
        raise WrongUse(f"{provider!r} is no provider that is known; give a model like {_EXAMPLES}") from None
    except Exception as error:  # noqa: BLE001 - each provider has its own for a missing key
        raise _not_configured(provider, model, error) from None
    key = _KEYS.get(provider)
    advice = f"check {key}, the model's name and the network" if key else "check that it runs and has the model"
    return _guarded(f"{provider}:{model}", inner, advice, settings)


def _not_configured(provider: str, model: str, error: Exception) -> WrongUse:
    key = _KEYS.get(provider, f"{provider.upper()}_API_KEY")
    return WrongUse(f"{provider}:{model} is not configured ({reason_of(error)}); set {key} or choose another model")


def _server(spec: str, settings: Settings) -> Writer:
    """An OpenAI-compatible server. Only DALIL_LLM_KEY is sent to it, never a key that is meant for another."""
    parts = urlsplit(spec)
    if parts.username or parts.password or parts.query:
        raise WrongUse("an address of a model holds no key; put it into DALIL_LLM_KEY")
    address = urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/"), "", ""))
    key = os.environ.get("DALIL_LLM_KEY", "")
    model = parts.fragment or _only_model(address, key, settings)
    return _openai_like(f"{address}#{model}", address, key, model, count_tokens, settings)


def _only_model(address: str, key: str, settings: Settings) -> str:
    try:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        answer = httpx.get(f"{address}/models", headers=headers, timeout=min(10.0, settings.llm_timeout))
        return str(answer.raise_for_status().json()["data"][0]["id"])
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, IndexError, TypeError) as error:
        raise WrongUse(
            f"the server at {address} names no model ({reason_of(error)}); check that it runs and DALIL_LLM_KEY, or"
            f" name the model: {address}#name"
        ) from None


def _llamacpp(path: Path, settings: Settings) -> Writer:
    server = local_server(path, settings.window)
    name = f"{_LLAMACPP}{path.name}"
    address = f"{server.address}/v1"
    return _openai_like(name, address, server.key, path.stem, server.count_tokens, settings)


def _openai_like(
    name: str, address: str, key: str, model: str, count: Callable[[str], int], settings: Settings
) -> Writer:
    try:
        from langchain_openai import ChatOpenAI
    except ImportError:
        raise WrongUse(f"{name} needs a package that is not installed; run: pip install 'dalil[openai]'") from None
    inner = ChatOpenAI(
        model=model, base_url=address, api_key=lambda: key or "none", temperature=0.0, max_retries=0,
        max_completion_tokens=None, timeout=settings.llm_timeout, stream_usage=False, use_responses_api=False,
        extra_body={"max_tokens": settings.answer_tokens},
    )  # fmt: skip
    return _guarded(name, inner, "check that it runs", settings, count)


def _guarded(
    name: str, inner: BaseChatModel, advice: str, settings: Settings, count: Callable[[str], int] = count_tokens
) -> Writer:
    advice = f"{advice}, or ask with --llm extractive"
    model = GuardedModel(inner=inner, name_shown=name, advice=advice, retries=settings.llm_retries)
    return Writer(name, model, count)
