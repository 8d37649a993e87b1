"""The model that writes answers, chosen by one setting.

``extractive`` (none), ``auto``, ``provider:model`` for whatever LangChain's `init_chat_model` knows, the address of an
OpenAI-compatible server (``http://host/v1#model``), or ``llamacpp:/path/model.gguf``.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx
from langchain_core.language_models import BaseChatModel

from corpus.chunking import count_tokens
from rag.errors import ModelFailed, WrongUse
from rag.models.guarded import GuardedModel, reason_of, without_keys
from rag.models.llamacpp import local_server
from rag.settings import Settings

logger = logging.getLogger(__name__)

EXTRACTIVE = "extractive"
AUTO = "auto"
LLAMACPP = "llamacpp:"
# Providers that have an extra of ours; for the others, the provider's own package is named.
_EXTRAS = {"openai", "anthropic", "ollama"}
_KEYS = {"openai": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY"}
_EXAMPLES = (
    "openai:gpt-4.1-mini, ollama:qwen3, http://127.0.0.1:8080/v1, llamacpp:/models/name.gguf, auto or extractive"
)
_PROBE = "Reply with: yes"
_OLLAMA = "127.0.0.1"
_OLLAMA_PORT = 11434
_QUICK = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Writer:
    """A model that writes answers; ``name`` is shown to readers, ``count_tokens`` counts nearly as the model does."""

    name: str
    model: BaseChatModel
    count_tokens: Callable[[str], int]


def writer_of(settings: Settings) -> Writer | None:
    """Return the model that ``settings.llm`` names, None for none; `WrongUse` says what is wrong or missing."""
    spec = settings.llm.strip()
    if spec == EXTRACTIVE:
        return None
    if spec == AUTO:
        return _first_that_answers(settings)
    return _named(spec, settings)


def _named(spec: str, settings: Settings) -> Writer:
    if spec.startswith(LLAMACPP):
        return _llamacpp(Path(spec.removeprefix(LLAMACPP)), settings)
    if spec.startswith(("http://", "https://")):
        return _server(spec, settings)
    provider, colon, model = spec.partition(":")
    if not (provider and colon and model):
        raise WrongUse(f"{without_keys(repr(spec))} names no model; give --llm or DALIL_LLM one like {_EXAMPLES}")
    return _provider(provider, model, settings)


def _first_that_answers(settings: Settings) -> Writer | None:
    """Return the first candidate that is configured and answers; None if none does."""
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
    """Return Ollama's first model that is not for embedding, as ``ollama:NAME``; `WrongUse` where there is none."""
    host = (os.environ.get("OLLAMA_HOST") or _OLLAMA).rstrip("/")
    try:
        address = host if "://" in host else f"http://{host}"
        if address != host and not urlsplit(address).port:
            address += f":{_OLLAMA_PORT}"
        models = httpx.get(f"{address}/api/tags", timeout=_QUICK).raise_for_status().json()["models"]
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
        named = re.search(r"pip install ([\w-]+)", str(error))
        package = named[1] if named else f"langchain-{provider}".replace("_", "-")
        wanted = f"'dalil[{provider}]'" if provider in _EXTRAS else package
        raise WrongUse(f"{provider}:{model} needs a package that is not installed; run: pip install {wanted}") from None
    except ValueError as error:
        if "nsupported" not in str(error):
            raise _not_configured(provider, model, error) from None
        name = without_keys(repr(provider))
        raise WrongUse(f"{name} is no provider that is known; give a model like {_EXAMPLES}") from None
    except Exception as error:  # noqa: BLE001 - each provider has its own for a missing key
        raise _not_configured(provider, model, error) from None
    key = _KEYS.get(provider)
    advice = f"check {key}, the model's name and the network" if key else "check that it runs and has the model"
    return _guarded(f"{provider}:{model}", inner, advice, settings)


def _not_configured(provider: str, model: str, error: Exception) -> WrongUse:
    named = re.search(r"\b[A-Z][A-Z0-9_]*_(?:API_KEY|TOKEN)\b", str(error))
    key = _KEYS.get(provider) or (named[0] if named else f"{provider.upper()}_API_KEY")
    return WrongUse(f"{provider}:{model} is not configured ({reason_of(error)}); set {key} or choose another model")


def _server(spec: str, settings: Settings) -> Writer:
    """Return the model of an OpenAI-compatible server, which is sent DALIL_LLM_KEY and no key meant for another."""
    try:
        parts = urlsplit(spec)
        if not parts.hostname or parts.port == 0:
            raise ValueError
    except ValueError:
        raise WrongUse(f"{without_keys(repr(spec))} is no address; give one like {_EXAMPLES}") from None
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
    name = f"{LLAMACPP}{path.name}"
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
        extra_body={"max_tokens": settings.answer_tokens}, openai_proxy=None,
    )  # fmt: skip
    for client in (inner.root_client, inner.root_async_client):
        # Not to be sent: what the environment sets for OpenAI itself (OPENAI_ORG_ID, OPENAI_PROJECT_ID,
        # OPENAI_CUSTOM_HEADERS).
        client.organization = client.project = None
        client._custom_headers = {}
    return _guarded(name, inner, "check that it runs", settings, count)


def _guarded(
    name: str, inner: BaseChatModel, advice: str, settings: Settings, count: Callable[[str], int] = count_tokens
) -> Writer:
    advice = f"{advice}, or ask with --llm extractive"
    model = GuardedModel(inner=inner, name_shown=name, advice=advice, retries=settings.llm_retries)
    return Writer(name, model, count)
