"""Which model one setting names, and what is sent to it: real requests to a server of the test's own."""

import asyncio
import json
import logging
import os
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from langchain.chat_models import base as langchain_models
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.runnables.config import set_config_context

import rag.models.guarded
from rag.errors import ModelFailed, WrongUse
from rag.models.writer import Writer, writer_of
from rag.settings import load_settings

KEY = "dalil-own-0123456789"
FOREIGN = "meant-for-another-9876543210"
WORDS = ["The ", "lake ", "shrank ", "[1]."]
SAID = "".join(WORDS)
# Nothing listens there: the discard port, which only root may open.
NOBODY = "http://127.0.0.1:9"


@dataclass
class Fake:
    """A server that speaks as OpenAI's and Ollama's do, and keeps what it was asked.

    ``statuses`` are given one by one before it answers; ``models`` are what it has.
    """

    statuses: list[int] = field(default_factory=list)
    models: list[str] = field(default_factory=lambda: ["small"])
    echo: str = ""
    hangs: bool = False
    breaks: bool = False
    requests: list[tuple[str, dict[str, str], dict[str, Any]]] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)
    port: int = 0

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def address(self) -> str:
        return f"http://{self.host}/v1"

    def paths(self) -> list[str]:
        return [path for path, _, _ in self.requests]

    def headers(self) -> list[dict[str, str]]:
        return [headers for _, headers, _ in self.requests]


class _Handler(BaseHTTPRequestHandler):
    fake: Fake

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self._keep({})
        if self.path == "/v1/models":
            self._json(200, {"data": [{"id": name} for name in self.fake.models]})
        elif self.path == "/api/tags":
            self._json(200, {"models": [{"name": name} for name in self.fake.models]})
        else:
            self._json(404, {"error": "no such page"})

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self._keep(asked)
        fake = self.fake
        if fake.hangs:
            fake.released.wait(30)
            self.close_connection = True
        elif fake.statuses:
            # The body holds the key, as those of some servers do.
            told = f"no luck with {self.headers.get('Authorization')} {fake.echo}"
            self._json(fake.statuses.pop(0), {"error": {"message": told}})
        elif self.path == "/v1/chat/completions" and asked.get("stream"):
            self._events()
        elif self.path == "/v1/chat/completions":
            message = {"role": "assistant", "content": SAID}
            choice = {"index": 0, "message": message, "finish_reason": "stop"}
            self._json(200, {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]})
        elif self.path == "/api/chat":
            self._lines()
        else:
            self._json(404, {"error": "no such page"})

    def _events(self) -> None:
        self._begin("text/event-stream")
        for number, word in enumerate(WORDS):
            if self.fake.breaks and number == 2:
                self.close_connection = True  # without the last, empty part
                return
            self._event({"role": "assistant", "content": word}, None)
        self._event({}, "stop")
        self._part(b"data: [DONE]\n\n")
        self._part(b"")

    def _event(self, delta: dict[str, str], finish: str | None) -> None:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        chunk = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
        self._part(f"data: {json.dumps(chunk)}\n\n".encode())

    def _lines(self) -> None:
        self._begin("application/x-ndjson")
        for word in [*WORDS, ""]:
            line = {
                "model": "m",
                "created_at": "2024-01-01T00:00:00Z",
                "message": {"role": "assistant", "content": word},
                "done": not word,
                "done_reason": None if word else "stop",
            }
            self._part(json.dumps(line).encode() + b"\n")
        self._part(b"")

    def _begin(self, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Transfer-Encoding", "chunked")
        self.send_header("Connection", "close")  # clients keep others open, also those that nobody holds any more
        self.end_headers()

    def _part(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def _json(self, status: int, content: object) -> None:
        data = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(data)

    def _keep(self, asked: dict[str, Any]) -> None:
        self.fake.requests.append((self.path, {k.lower(): v for k, v in self.headers.items()}, asked))


@pytest.fixture
def fake() -> Iterator[Fake]:
    kept = Fake()
    handler = type("Handler", (_Handler,), {"fake": kept, "protocol_version": "HTTP/1.1"})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.block_on_close = False
    kept.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield kept
    kept.released.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No key, proxy or model of the machine's reaches a test; waits are short."""
    for name in list(os.environ):
        if name.upper().endswith(("_API_KEY", "_PROXY")) or name.startswith(("OPENAI_", "ANTHROPIC_", "OLLAMA_")):
            monkeypatch.delenv(name)
    monkeypatch.setattr(rag.models.guarded, "_FIRST_WAIT", 0.001)


def writer(llm: str, **settings: object) -> Writer:
    found = writer_of(load_settings(llm=llm, **{"llm_timeout": 20, **settings}))
    assert found is not None
    return found


def streamed(model: Any) -> str:
    return "".join(str(chunk.text) for chunk in model.stream("?"))


def astreamed(model: Any) -> str:
    async def all_of_it() -> str:
        return "".join([str(chunk.text) async for chunk in model.astream("?")])

    return asyncio.run(all_of_it())


class Recording(BaseCallbackHandler):
    """Keeps the words of everything it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def __getattribute__(self, name: str) -> Any:
        if name.startswith("on_"):
            return lambda *args, **kwargs: self.told.append(f"{name} {args!r} {kwargs!r}")
        return super().__getattribute__(name)


# What names no model.


@pytest.mark.parametrize("llm", ["extractive", " extractive "])
def test_quotations_need_no_model(llm: str) -> None:
    assert writer_of(load_settings(llm=llm)) is None


@pytest.mark.parametrize("llm", ["gpt-4.1-mini", "openai:", ":gpt-4.1-mini", ":", "EXTRACTIVE", "the best one"])
def test_what_names_no_model_is_refused_with_examples(llm: str) -> None:
    with pytest.raises(WrongUse, match=r"names no model; .*ollama:qwen3.*extractive"):
        writer_of(load_settings(llm=llm))


def test_an_unknown_provider_is_named() -> None:
    with pytest.raises(WrongUse, match=r"'nobody' is no provider that is known; .*llamacpp:"):
        writer_of(load_settings(llm="nobody:model"))


@pytest.mark.parametrize("llm", [f"sk-{FOREIGN}", f"sk-{FOREIGN}:x", f"http://[{'sk-' + FOREIGN}/v1"])
def test_a_key_in_the_place_of_a_model_is_not_repeated(llm: str) -> None:
    with pytest.raises(WrongUse) as caught:
        writer_of(load_settings(llm=llm))
    assert FOREIGN not in str(caught.value)


@pytest.mark.parametrize("provider", ["anthropic", "ollama", "openai"])
def test_a_missing_package_of_an_extra_is_named_by_the_extra(provider: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, f"langchain_{provider}", None)
    langchain_models._get_chat_model_creator.cache_clear()  # it remembers what it imported
    with pytest.raises(WrongUse, match=rf"{provider}:m needs a package.*pip install 'dalil\[{provider}\]'$"):
        writer_of(load_settings(llm=f"{provider}:m"))


@pytest.mark.parametrize(
    ("provider", "package"),
    [
        ("mistralai", "langchain-mistralai"),
        ("google_genai", "langchain-google-genai"),
        ("azure_openai", "langchain-openai"),
        ("bedrock", "langchain-aws"),
    ],
)
def test_another_missing_package_is_named_by_its_name(
    provider: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package.replace("-", "_"), None)
    langchain_models._get_chat_model_creator.cache_clear()
    with pytest.raises(WrongUse, match=rf"pip install {package}$"):
        writer_of(load_settings(llm=f"{provider}:m"))


def test_a_server_without_its_package_is_named_by_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "langchain_openai", None)
    with pytest.raises(WrongUse, match=r"pip install 'dalil\[openai\]'"):
        writer_of(load_settings(llm=f"{NOBODY}/v1#m"))


@pytest.mark.parametrize(("provider", "key"), [("openai", "OPENAI_API_KEY"), ("anthropic", "ANTHROPIC_API_KEY")])
def test_a_missing_key_is_named(provider: str, key: str) -> None:
    with pytest.raises((WrongUse, ModelFailed), match=key):
        writer(f"{provider}:m", llm_retries=0).model.invoke("?")


def test_a_provider_is_asked_with_its_own_key(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", FOREIGN)
    monkeypatch.setenv("OPENAI_BASE_URL", fake.address)
    monkeypatch.setenv("DALIL_LLM_KEY", KEY)
    found = writer("openai:gpt-4.1-mini", answer_tokens=77)
    assert found.name == "openai:gpt-4.1-mini"
    assert streamed(found.model) == SAID
    ((path, headers, asked),) = fake.requests
    assert path == "/v1/chat/completions"
    assert headers["authorization"] == f"Bearer {FOREIGN}"
    assert (asked["model"], asked["temperature"], asked["stream"]) == ("gpt-4.1-mini", 0.0, True)
    assert asked.get("max_completion_tokens", asked.get("max_tokens")) == 77


# A server.


@pytest.mark.parametrize(
    "llm",
    [f"http://me:{FOREIGN}@127.0.0.1:9/v1#m", f"http://{FOREIGN}@127.0.0.1:9/v1", f"{NOBODY}/v1?api_key={FOREIGN}#m"],
)
def test_an_address_that_holds_a_key_is_refused_without_the_key(llm: str) -> None:
    with pytest.raises(WrongUse, match="put it into DALIL_LLM_KEY") as caught:
        writer_of(load_settings(llm=llm))
    assert FOREIGN not in str(caught.value)


@pytest.mark.parametrize("llm", ["http://", "http://#m", "http:///v1#m", "http://host:port/v1#m", "http://[::1/v1#m"])
def test_half_an_address_is_refused(llm: str) -> None:
    with pytest.raises(WrongUse, match=r"is no address; give one like .*http://127\.0\.0\.1:8080/v1"):
        writer_of(load_settings(llm=llm))


def test_a_server_that_does_not_run_is_named() -> None:
    with pytest.raises(WrongUse, match=rf"the server at {NOBODY}/v1 names no model .*{NOBODY}/v1#name"):
        writer_of(load_settings(llm=f"{NOBODY}/v1"))


def test_a_server_without_models_is_named(fake: Fake) -> None:
    fake.models = []
    with pytest.raises(WrongUse, match="names no model"):
        writer_of(load_settings(llm=fake.address))


@pytest.mark.parametrize("ending", ["", "/"])
def test_a_servers_first_model_is_asked(fake: Fake, ending: str) -> None:
    fake.models = ["first", "second"]
    found = writer(fake.address + ending, answer_tokens=77)
    assert found.name == f"{fake.address}#first"
    assert found.count_tokens("one two three") == 3
    assert streamed(found.model) == SAID
    assert fake.paths() == ["/v1/models", "/v1/chat/completions"]
    asked = fake.requests[-1][2]
    assert (asked["model"], asked["max_tokens"], asked["temperature"]) == ("first", 77, 0.0)
    assert asked["messages"] == [{"role": "user", "content": "?"}]
    assert "tools" not in asked
    assert "functions" not in asked


def test_a_named_model_is_asked_without_looking(fake: Fake) -> None:
    found = writer(f"{fake.address}#own/model")
    assert found.name == f"{fake.address}#own/model"
    assert str(found.model.invoke("?").text) == SAID
    assert astreamed(found.model) == SAID
    assert [asked["model"] for _, _, asked in fake.requests] == ["own/model"] * 2


FOREIGN_SETTINGS = {
    "OPENAI_API_KEY": FOREIGN,
    "OPENAI_ADMIN_KEY": FOREIGN,
    "ANTHROPIC_API_KEY": FOREIGN,
    "LANGSMITH_GATEWAY_API_KEY": FOREIGN,
    "OPENAI_ORG_ID": FOREIGN,
    "OPENAI_PROJECT_ID": FOREIGN,
    "OPENAI_CUSTOM_HEADERS": f"X-Key: {FOREIGN}\nAuthorization: Bearer {FOREIGN}",
    "OPENAI_BASE_URL": f"{NOBODY}/v1",
    "OPENAI_API_BASE": f"{NOBODY}/v1",
    "OPENAI_PROXY": NOBODY,
}


@pytest.mark.parametrize("key", [None, KEY])
def test_a_server_is_sent_its_own_key_and_no_other(
    fake: Fake, key: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in FOREIGN_SETTINGS.items():
        monkeypatch.setenv(name, value)
    if key:
        monkeypatch.setenv("DALIL_LLM_KEY", key)
    model = writer(fake.address).model
    assert streamed(model) == astreamed(model) == str(model.invoke("?").text) == SAID
    assert len(fake.requests) == 4
    assert FOREIGN not in repr(fake.requests)
    sent = [headers.get("authorization") for headers in fake.headers()]
    assert sent == ([f"Bearer {key}"] * 4 if key else [None, *["Bearer none"] * 3])


@pytest.mark.parametrize("asked", [streamed, astreamed])
def test_a_key_that_a_server_repeats_is_in_no_error_log_or_trace(
    fake: Fake, asked: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("DALIL_LLM_KEY", KEY)
    monkeypatch.setenv("OPENAI_API_KEY", FOREIGN)
    caplog.set_level(logging.DEBUG)
    fake.statuses, fake.echo = [503, 401], FOREIGN
    recording = Recording()
    found = writer(f"{fake.address}#m")
    found.model.callbacks = [recording]
    with pytest.raises(ModelFailed, match="no luck with") as caught:
        asked(found.model)
    assert len(fake.requests) == 2
    assert fake.headers()[-1]["authorization"] == f"Bearer {KEY}"
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    assert {told.split()[0] for told in recording.told} >= {"on_chat_model_start", "on_llm_error"}
    for text in (str(caught.value), repr(found), repr(found.model), "".join(recording.told), caplog.text):
        assert KEY not in text
        assert FOREIGN not in text


def test_a_server_that_refuses_its_list_of_models_does_not_give_the_key_away(
    fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DALIL_LLM_KEY", KEY)
    with pytest.raises(WrongUse, match="404") as caught:
        writer_of(load_settings(llm=fake.address.replace("/v1", "/v2")))
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("asked", [streamed, astreamed])
def test_errors_that_pass_are_tried_again(fake: Fake, asked: Any) -> None:
    fake.statuses = [500, 503]
    assert asked(writer(f"{fake.address}#m").model) == SAID
    assert len(fake.requests) == 3


def test_attempts_end(fake: Fake) -> None:
    fake.statuses = [500] * 9
    with pytest.raises(ModelFailed, match=f"^{fake.address}#m did not answer .*500.*--llm extractive$"):
        streamed(writer(f"{fake.address}#m", llm_retries=1).model)
    assert len(fake.requests) == 2


@pytest.mark.parametrize("asked", [streamed, astreamed])
def test_a_server_that_says_nothing_is_given_up(fake: Fake, asked: Any) -> None:
    fake.hangs = True
    began = time.monotonic()
    with pytest.raises(ModelFailed, match=r"imed out|imeout"):
        asked(writer(f"{fake.address}#m", llm_timeout=0.3, llm_retries=0).model)
    assert time.monotonic() - began < 15


def test_a_server_that_does_not_listen_is_an_error_of_ours() -> None:
    with pytest.raises(ModelFailed, match=f"^{NOBODY}/v1#m did not answer .*check that it runs"):
        streamed(writer(f"{NOBODY}/v1#m", llm_retries=1).model)


@pytest.mark.parametrize("way", ["stream", "astream"])
def test_a_server_that_breaks_off_is_an_error_after_its_words(fake: Fake, way: str) -> None:
    fake.breaks = True
    model = writer(f"{fake.address}#m").model
    said: list[str] = []

    def listen() -> None:
        said.extend(str(chunk.text) for chunk in model.stream("?"))

    async def alisten() -> None:
        async for chunk in model.astream("?"):
            said.append(str(chunk.text))  # noqa: PERF401 - what came before the failure is wanted

    with pytest.raises(ModelFailed):
        listen() if way == "stream" else asyncio.run(alisten())
    assert "".join(said) == "The lake "
    assert len(fake.requests) == 1


# The first that answers.


def test_auto_with_nothing_configured_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_HOST", NOBODY)
    assert writer_of(load_settings(llm="auto")) is None


@pytest.mark.parametrize("form", ["{host}", "http://{host}", "http://{host}/"])
def test_auto_takes_what_runs_here_first(fake: Fake, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_HOST", form.format(host=fake.host))
    monkeypatch.setenv("OPENAI_API_KEY", FOREIGN)
    fake.models = ["nomic-embed-text:latest", "qwen3:4b", "other:1b"]
    found = writer("auto")
    assert found.name == "ollama:qwen3:4b"
    assert fake.paths() == ["/api/tags", "/api/chat"]
    assert streamed(found.model) == SAID
    asked = fake.requests[-1][2]
    assert asked["model"] == "qwen3:4b"
    assert asked["options"]["num_predict"] == 500
    assert FOREIGN not in repr(fake.requests)


def test_ollama_without_a_port_is_asked_at_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def get(address: str, **_: object) -> None:
        asked.append(address)
        raise ValueError

    monkeypatch.setattr("rag.models.writer.httpx.get", get)
    for host in ("0.0.0.0", "[::1]", "box:8080", "https://box", ""):
        monkeypatch.setenv("OLLAMA_HOST", host)
        assert writer_of(load_settings(llm="auto", llm_candidates="ollama")) is None
    assert asked == [
        "http://0.0.0.0:11434/api/tags",
        "http://[::1]:11434/api/tags",
        "http://box:8080/api/tags",
        "https://box/api/tags",
        "http://127.0.0.1:11434/api/tags",
    ]


def test_auto_leaves_out_what_does_not_answer(
    fake: Fake, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "rag")
    monkeypatch.setenv("OLLAMA_HOST", fake.host)
    monkeypatch.setenv("DALIL_LLM_KEY", KEY)
    fake.statuses = [404]  # Ollama has the model but cannot run it
    candidates = f"ollama nobody:m nonsense openai:m {NOBODY}/v1#m {fake.address}#good {fake.address}#late"
    assert writer("auto", llm_candidates=candidates, llm_retries=0).name == f"{fake.address}#good"
    left_out = [record.getMessage().split(" is left out")[0] for record in caplog.records if "left out" in record.msg]
    assert left_out == ["ollama:small", "nobody:m", "nonsense", "openai:m", f"{NOBODY}/v1#m"]
    assert KEY not in caplog.text


def test_auto_asks_no_provider_without_its_key(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", fake.address)
    candidates = {"llm": "auto", "llm_candidates": "openai:m"}
    assert writer_of(load_settings(**candidates)) is None
    assert fake.requests == []
    monkeypatch.setenv("OPENAI_API_KEY", FOREIGN)
    found = writer_of(load_settings(**candidates))
    assert found is not None
    assert found.name == "openai:m"


def test_the_probe_of_auto_is_in_no_trace(fake: Fake) -> None:
    recording = Recording()
    with set_config_context({"callbacks": [recording]}) as context:
        context.run(writer_of, load_settings(llm="auto", llm_candidates=f"{fake.address}#m"))
    assert fake.paths() == ["/v1/chat/completions"]
    assert recording.told == []


# A file.


def test_without_its_package_llamacpp_is_named_by_the_extra(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    with pytest.raises(WrongUse, match=r"pip install 'dalil\[llamacpp\]'"):
        writer_of(load_settings(llm=f"llamacpp:{tmp_path / 'model.gguf'}"))


@pytest.fixture
def _needs_llamacpp() -> None:
    pytest.importorskip("xllamacpp")


@pytest.mark.usefixtures("_needs_llamacpp")
def test_a_model_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match=r"model file model\.gguf cannot be read \(No such file"):
        writer_of(load_settings(llm=f"llamacpp:{tmp_path / 'model.gguf'}"))


@pytest.mark.usefixtures("_needs_llamacpp")
def test_a_folder_is_no_model_file(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match=r"cannot be read \(Is a directory\)"):
        writer_of(load_settings(llm=f"llamacpp:{tmp_path}"))


@pytest.mark.usefixtures("_needs_llamacpp")
@pytest.mark.parametrize("content", [b"", b"GG", b"PK\x03\x04 an archive"])
def test_what_is_no_gguf_is_told(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(content)
    with pytest.raises(WrongUse, match=r"model\.gguf is not a GGUF file"):
        writer_of(load_settings(llm=f"llamacpp:{path}"))


@pytest.mark.usefixtures("_needs_llamacpp")
def test_a_damaged_gguf_is_told_each_time(tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(b"GGUF" + bytes((n * 37 + 11) % 256 for n in range(2000)))
    for _ in range(2):
        with pytest.raises(WrongUse, match=r"cannot load model\.gguf: the file is damaged"):
            writer_of(load_settings(llm=f"llamacpp:{path}"))
