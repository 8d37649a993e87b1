"""Models other than the packaged one, small and with random weights: what each kind wants, and what none may do."""

import hashlib
import json
import os
import pickle
import re
import runpy
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers
from torch.torch_version import TorchVersion
from transformers import AutoModel, AutoTokenizer, PreTrainedTokenizerFast

from embeddings import Encoder, ModelUnavailable, load_encoder
from embeddings.sources import TESTED_MODELS, ModelSettings, load_model

TEXTS = [
    "The ferry crosses the lake twice a day.",
    "Паром ходит через озеро дважды в день.",
    "Паром көлден күніне екі рет өтеді.",
    "渡轮每天两次穿越湖泊。",
    "A short one.",
]
MODELS = {settings.name: settings for settings in TESTED_MODELS}
E5, BGE, QWEN, GTE, GEMMA = MODELS
# Weights of the usual size would leave a model of two layers all but blind to its text.
SIZES = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 48}
LIVELY = {"vocab_size": 400, "initializer_range": 0.6}
DECODER = {"num_key_value_heads": 2, "head_dim": 8}
IDENTITY = "torch.nn.modules.linear.Identity"
POOLINGS = ("mean", "cls", "lasttoken")


@dataclass(frozen=True)
class Kind:
    """A class of transformers, what it is made with, and the tokens that stand before and after a text."""

    config: str
    options: dict[str, Any]
    special: tuple[str, ...]
    before: str
    after: str
    own_prompts: bool = False
    dense: tuple[int, ...] = ()


KINDS = {
    E5: Kind("XLMRobertaConfig", {"max_position_embeddings": 514}, ("<s>", "<pad>", "</s>"), "<s>", "</s>"),
    BGE: Kind("XLMRobertaConfig", {"max_position_embeddings": 8194}, ("<s>", "<pad>", "</s>"), "<s>", "</s>"),
    QWEN: Kind(
        "Qwen3Config",
        {**DECODER, "max_position_embeddings": 32768, "architectures": ["Qwen3ForCausalLM"]},
        ("<end>", "<pad>"),
        "",
        "<end>",
        own_prompts=True,
    ),
    GTE: Kind("GteConfig", {"max_position_embeddings": 8192}, ("<s>", "<pad>", "</s>"), "<s>", "</s>"),
    GEMMA: Kind(
        "Gemma3TextConfig",
        {**DECODER, "max_position_embeddings": 2048, "use_bidirectional_attention": True, "sliding_window": 64},
        ("<eos>", "<pad>", "<bos>"),
        "<bos>",
        "<eos>",
        own_prompts=True,
        dense=(32, 96, 32),
    ),
}


def write_json(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), "utf-8")


def tokenizer(kind: Kind, length: int) -> PreTrainedTokenizerFast:
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    made.train_from_iterator(
        TEXTS,
        trainers.BpeTrainer(
            vocab_size=400, special_tokens=[*kind.special], initial_alphabet=alphabet, show_progress=False
        ),
    )
    made.post_processor = processors.TemplateProcessing(
        single=f"{kind.before} $A {kind.after}".strip(),
        special_tokens=[(token, made.token_to_id(token)) for token in {kind.before, kind.after} - {""}],
    )
    options = {"pad_token": "<pad>", "model_max_length": length}
    return PreTrainedTokenizerFast(tokenizer_object=made, **options)  # type: ignore[no-untyped-call]


def write_plain(folder: Path, name: str, length: int | None = None) -> Path:
    """Write a model of the kind of `name` as transformers saves one: nothing tells of pooling or prompts."""
    kind = KINDS[name]
    if not hasattr(transformers, kind.config):
        pytest.skip(f"transformers {transformers.__version__} knows {kind.config} only as program code of the model")
    torch.manual_seed(7)
    config = getattr(transformers, kind.config)(**SIZES, **LIVELY, pad_token_id=1, **kind.options)
    AutoModel.from_config(config).save_pretrained(folder)  # type: ignore[no-untyped-call]
    tokenizer(kind, length or MODELS[name].max_tokens).save_pretrained(folder)
    return folder


def write_published(folder: Path, name: str) -> Path:
    """Write a model of the kind of `name` as its authors publish theirs, with its modules."""
    settings, kind = MODELS[name], KINDS[name]
    write_plain(folder, name)
    modules = ["Transformer", "Pooling", *["Dense"] * max(0, len(kind.dense) - 1), "Normalize"]
    paths = ["", *(f"{number}_{module}" for number, module in enumerate(modules) if number)]
    types = [f"sentence_transformers.models.{module}" for module in modules]
    write_json(
        folder / "modules.json",
        [{"idx": i, "name": str(i), "path": path, "type": types[i]} for i, path in enumerate(paths)],
    )
    write_json(folder / "sentence_bert_config.json", {"max_seq_length": settings.max_tokens, "do_lower_case": False})
    mode = {"mean": "mean_tokens", "cls": "cls_token", "lasttoken": "lasttoken"}[settings.pooling]
    modes = {f"pooling_mode_{one}": one == mode for one in ("mean_tokens", "cls_token", "lasttoken")}
    write_json(folder / "1_Pooling" / "config.json", {"word_embedding_dimension": SIZES["hidden_size"], **modes})
    if kind.own_prompts:
        prompts = {"query": settings.query_prompt, "document": settings.passage_prompt}
        write_json(folder / "config_sentence_transformers.json", {"prompts": prompts})
    for number, (into, out) in enumerate(zip(kind.dense, kind.dense[1:], strict=False), start=2):
        sizes = {"in_features": into, "out_features": out, "bias": False}
        write_json(folder / f"{number}_Dense" / "config.json", sizes | {"activation_function": IDENTITY})
        save_file({"linear.weight": torch.randn(out, into)}, folder / f"{number}_Dense" / "model.safetensors")
    (folder / paths[-1]).mkdir(exist_ok=True)
    return folder


class Reference:
    """The unit vectors of a folder's model by transformers alone."""

    def __init__(self, folder: Path) -> None:
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.model = AutoModel.from_pretrained(folder, dtype=torch.float32).eval()
        self.dense = [load_file(path)["linear.weight"] for path in sorted(folder.glob("*_Dense/model.safetensors"))]

    def count(self, text: str) -> int:
        return len(self.tokenizer(text)["input_ids"])

    def encode(self, text: str, pooling: str) -> npt.NDArray[np.float32]:
        with torch.inference_mode():
            hidden = self.model(**self.tokenizer([text], return_tensors="pt")).last_hidden_state[0]
        vector = {"mean": hidden.mean(0), "cls": hidden[0], "lasttoken": hidden[-1]}[pooling]
        for weight in self.dense:
            vector = weight @ vector
        unit: npt.NDArray[np.float32] = (vector / vector.norm()).numpy()
        return unit


def as_pickle(folder: Path, inside: str = "") -> Path:
    """Turn the safetensors of a folder into a pickle of torch."""
    weights = folder / inside / "model.safetensors"
    target = weights.with_name("pytorch_model.bin")
    torch.save(load_file(weights), target)
    weights.unlink()
    return target


def in_pieces(folder: Path) -> list[Path]:
    """Turn the safetensors of a folder into two pickles and their index."""
    whole = as_pickle(folder)
    weights = torch.load(whole, weights_only=True)
    pieces = [folder / f"pytorch_model-0000{number}-of-00002.bin" for number in (1, 2)]
    names = [list(weights)[::2], list(weights)[1::2]]
    for piece, mine in zip(pieces, names, strict=True):
        torch.save({name: weights[name] for name in mine}, piece)
    index = {name: piece.name for piece, mine in zip(pieces, names, strict=True) for name in mine}
    write_json(folder / "pytorch_model.bin.index.json", {"metadata": {}, "weight_map": index})
    whole.unlink()
    return pieces


@pytest.fixture
def exact(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let models be loaded in float32, whatever the processor multiplies best."""
    monkeypatch.setattr("embeddings.sources.precision", lambda _device: torch.float32)


def assert_encodes_as(encoder: Encoder, folder: Path, settings: ModelSettings) -> None:
    """Hold both kinds of text against transformers alone, and see that another prompt or pooling would not do."""
    alone = Reference(folder)
    for encode, prompt in (
        (encoder.encode_queries, settings.query_prompt),
        (encoder.encode_passages, settings.passage_prompt),
    ):
        vectors = encode(TEXTS)
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
        expected = [alone.encode(prompt + text, settings.pooling) for text in TEXTS]
        np.testing.assert_allclose(vectors, expected, atol=1e-3)
        others = [alone.encode(prompt + TEXTS[0], one) for one in POOLINGS if one != settings.pooling]
        others.append(alone.encode("other: " + prompt + TEXTS[0], settings.pooling))
        assert max(float(other @ vectors[0]) for other in others) < 0.99
    assert encoder.max_tokens == settings.max_tokens - alone.count(settings.passage_prompt)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.usefixtures("exact")
def test_a_model_as_published_encodes_as_its_authors_say(name: str, tmp_path: Path) -> None:
    settings = MODELS[name]
    folder = write_published(tmp_path / "models" / name, name)
    encoder = load_encoder(str(folder))
    assert_encodes_as(encoder, folder, settings)


@pytest.mark.parametrize("name", [one for one in MODELS if one != GEMMA])  # whose dense layers would be missing
@pytest.mark.usefixtures("exact")
def test_a_model_saved_without_modules_is_used_as_its_kind(name: str, tmp_path: Path) -> None:
    settings = MODELS[name]
    folder = write_plain(tmp_path / "models" / name, name, length=10**30)
    encoder = load_encoder(str(folder))
    assert_encodes_as(encoder, folder, settings)
    elsewhere = folder.rename(tmp_path / "something")
    assert load_encoder(str(elsewhere)).fingerprint != encoder.fingerprint


def test_half_precision_reaches_every_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("embeddings.sources.precision", lambda _device: torch.bfloat16)
    folder = write_published(tmp_path / GEMMA, GEMMA)
    vectors = load_encoder(str(folder)).encode_passages(TEXTS)
    alone = Reference(folder)
    expected = [alone.encode(MODELS[GEMMA].passage_prompt + text, "mean") for text in TEXTS]
    assert np.sum(vectors * np.array(expected), axis=1).min() > 0.99


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("multilingual-e5-base", E5),
        ("models--intfloat--e5-small-v2/snapshots/0123", E5),
        ("bge-m3/e5-small", E5),
        ("e5-small/BGE-M3", BGE),
        ("e5-trials/Qwen3-Embedding-4B", QWEN),
        ("embeddinggemma-300m-tuned", GEMMA),
        ("multilingual-e5-large-instruct", None),
        ("e5-mistral-7b-instruct", None),
        ("home5-large/one5", None),
    ],
)
def test_the_last_part_of_a_path_that_names_a_kind_gives_the_prompts(
    path: str, name: str | None, tmp_path: Path
) -> None:
    folder = write_published(tmp_path / path, E5)
    loaded = load_model(str(folder), cache_dir=None, device="cpu")
    expected = (MODELS[name].query_prompt, MODELS[name].passage_prompt) if name else ("", "")
    assert (loaded.query_prompt, loaded.passage_prompt) == expected


def test_prompts_of_the_folder_come_first(tmp_path: Path) -> None:
    folder = write_published(tmp_path / E5, E5)
    write_json(folder / "config_sentence_transformers.json", {"prompts": {"query": "ask: ", "passage": "tell: "}})
    loaded = load_model(str(folder), cache_dir=None, device="cpu")
    assert (loaded.query_prompt, loaded.passage_prompt) == ("ask: ", "tell: ")


def test_the_table_of_the_documentation_is_what_the_program_does() -> None:
    text = (Path(__file__).parents[2] / "docs" / "models.md").read_text("utf-8")
    lines = [re.split(r"(?<!\\)\|", line)[1:-1] for line in text.splitlines() if line.startswith("| `")]
    rows = [[cell.strip().replace("\\|", "|") for cell in line] for line in lines]
    expected = [
        [
            f"`{one.name}`",
            *(f"`{json.dumps(prompt)}`" if prompt else "none" for prompt in (one.query_prompt, one.passage_prompt)),
            f"{one.max_tokens:,}",
            {"mean": "mean of all tokens", "cls": "first token", "lasttoken": "last token"}[one.pooling],
        ]
        for one in TESTED_MODELS
    ]
    assert [row for row in rows if len(row) == 5] == expected


def test_a_pickle_of_weights_is_read(tmp_path: Path) -> None:
    folder = write_published(tmp_path / BGE, BGE)
    safe = load_encoder(str(folder))
    as_pickle(folder)
    pickled = load_encoder(str(folder))
    np.testing.assert_array_equal(pickled.encode_passages(TEXTS), safe.encode_passages(TEXTS))


def test_a_pickle_in_pieces_is_read(tmp_path: Path) -> None:
    folder = write_published(tmp_path / BGE, BGE)
    safe = load_encoder(str(folder))
    in_pieces(folder)
    np.testing.assert_array_equal(load_encoder(str(folder)).encode_passages(TEXTS), safe.encode_passages(TEXTS))


def test_pickles_of_other_modules_are_read(tmp_path: Path) -> None:
    folder = write_published(tmp_path / GEMMA, GEMMA)
    safe = load_encoder(str(folder))
    as_pickle(folder, "2_Dense")
    np.testing.assert_array_equal(load_encoder(str(folder)).encode_passages(TEXTS), safe.encode_passages(TEXTS))


def test_the_fingerprint_covers_what_is_in_a_pickle(tmp_path: Path) -> None:
    folder = write_published(tmp_path / GEMMA, GEMMA)
    for inside in ("", "2_Dense"):
        target = as_pickle(folder, inside)
        before = load_encoder(str(folder)).fingerprint
        assert load_encoder(str(folder)).fingerprint == before
        weights = torch.load(target, weights_only=True)
        torch.save({name: tensor * 2 for name, tensor in weights.items()}, target)
        assert load_encoder(str(folder)).fingerprint != before


ASKED = rf"{os.mkdir.__module__}\.mkdir"


class Hostile:
    """What makes a folder as soon as it is read from a pickle."""

    def __init__(self, target: Path) -> None:
        self.target = str(target)

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.mkdir, (self.target,)


def poison(weights: Path, made: Path, form: str = "zip") -> None:
    """Put something that makes the folder `made` among the weights of a pickle."""
    if form == "bare":
        weights.write_bytes(pickle.dumps({"more": Hostile(made)}, protocol=2))
    else:
        content = {**torch.load(weights, weights_only=True), "more": Hostile(made)}
        torch.save(content, weights, _use_new_zipfile_serialization=form == "zip")
    assert not made.exists()


def refuses(folder: Path, sentence: str) -> None:
    with pytest.raises(ModelUnavailable, match=sentence) as refusal:
        load_encoder(str(folder))
    assert str(folder) in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_the_hostile_pickle_of_these_tests_would_work(tmp_path: Path) -> None:
    target = as_pickle(write_published(tmp_path / BGE, BGE))
    for form in ("zip", "old", "bare"):
        made = tmp_path / form
        poison(target, made, form)
        if form == "bare":
            pickle.loads(target.read_bytes())
        else:
            torch.load(target, weights_only=False)
        assert made.exists()
        torch.save({}, target)


@pytest.mark.parametrize("form", ["zip", "old", "bare"])
def test_a_pickle_that_would_run_code_is_refused(form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", "1")
    folder, made = write_published(tmp_path / BGE, BGE), tmp_path / "made"
    poison(as_pickle(folder), made, form)
    refuses(folder, f"pickle that asks for {ASKED}, which could run code, and were not read; take the weights as")
    assert not made.exists()


def test_a_hostile_pickle_of_another_module_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", "1")
    folder, made = write_published(tmp_path / GEMMA, GEMMA), tmp_path / "made"
    poison(as_pickle(folder, "2_Dense"), made)
    refuses(folder, f"pickle that asks for {ASKED}")
    assert not made.exists()


def test_a_hostile_piece_is_refused(tmp_path: Path) -> None:
    folder, made = write_published(tmp_path / BGE, BGE), tmp_path / "made"
    poison(in_pieces(folder)[-1], made)
    refuses(folder, f"pickle that asks for {ASKED}")
    assert not made.exists()


def test_a_pickle_beside_safetensors_is_not_opened(tmp_path: Path) -> None:
    folder, made = write_published(tmp_path / BGE, BGE), tmp_path / "made"
    alone = load_encoder(str(folder))
    weights = (folder / "model.safetensors").read_bytes()
    poison(as_pickle(folder), made)
    (folder / "model.safetensors").write_bytes(weights)
    both = load_encoder(str(folder))
    assert not made.exists()
    assert both.fingerprint == alone.fingerprint
    np.testing.assert_array_equal(both.encode_passages(TEXTS), alone.encode_passages(TEXTS))


@pytest.mark.parametrize("content", [b"version https://git-lfs.github.com/spec/v1\n", b"", b"PK\x03\x04 and no more"])
def test_a_damaged_pickle_is_told_of(content: bytes, tmp_path: Path) -> None:
    folder = write_published(tmp_path / BGE, BGE)
    as_pickle(folder).write_bytes(content)
    refuses(folder, "damaged or holds more than weights|weights can be read")


def test_no_pickle_is_read_by_a_torch_that_cannot_do_so_safely(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "__version__", TorchVersion("2.9.1"))
    folder = write_published(tmp_path / GEMMA, GEMMA)
    load_encoder(str(folder))
    as_pickle(folder, "2_Dense")
    refuses(folder, r"a pickle, which torch 2\.9\.1 does not read safely; install torch 2\.10 or newer")


OWN_CODE = """
from pathlib import Path

Path(__file__).with_name("made").mkdir()
"""


def test_the_code_of_these_tests_would_work(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(OWN_CODE, "utf-8")
    runpy.run_path(str(tmp_path / "own.py"))
    assert (tmp_path / "made").exists()


@pytest.mark.parametrize("place", ["own", "someone/elsewhere--own"])
def test_code_of_a_model_is_not_run(place: str, tmp_path: Path) -> None:
    folder = write_published(tmp_path / BGE, BGE)
    (folder / "own.py").write_text(OWN_CODE, "utf-8")
    config = json.loads((folder / "config.json").read_text("utf-8"))
    own = {"AutoConfig": f"{place}.Config", "AutoModel": f"{place}.Model"}
    write_json(folder / "config.json", {**config, "model_type": "new", "auto_map": own})
    refuses(folder, "works only with program code of its own, and Dalil never runs the code of a model; name another")
    assert [*tmp_path.rglob("made")] == []


def test_code_of_a_module_is_not_run(tmp_path: Path) -> None:
    folder = write_published(tmp_path / BGE, BGE)
    (folder / "own.py").write_text(OWN_CODE, "utf-8")
    modules = json.loads((folder / "modules.json").read_text("utf-8"))
    write_json(folder / "modules.json", [*modules, {"idx": 3, "name": "3", "path": "", "type": "own.Module"}])
    refuses(folder, "only with program code of its own")
    assert [*tmp_path.rglob("made")] == []


class Hub(BaseHTTPRequestHandler):
    """A model hub on this machine, which offers the folder `root` as its one model."""

    root: Path
    asked: list[str]

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        self.asked.append(path)
        api = f"/api/models/{BGE}"
        if path in (api, f"{api}/revision/main"):
            files = [file.relative_to(self.root).as_posix() for file in self.root.rglob("*") if file.is_file()]
            told = {"id": BGE, "modelId": BGE, "sha": COMMIT, "siblings": [{"rfilename": file} for file in files]}
            self.reply(200, json.dumps(told).encode())
        elif (name := path.removeprefix(f"/{BGE}/resolve/{COMMIT}/").removeprefix(f"/{BGE}/resolve/main/")) != path:
            file = self.root / name
            self.reply(200, file.read_bytes()) if file.is_file() else self.reply(404, b"")
        else:
            self.reply(404, b"")

    def reply(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("ETag", f'"{hashlib.sha256(body).hexdigest()}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def hub_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A hub cache of this test alone."""
    monkeypatch.delenv("SENTENCE_TRANSFORMERS_HOME", raising=False)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def hub(tmp_path: Path, hub_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Path, list[str]]]:
    """The folder that a hub on this machine offers as BGE, and the paths that it was asked for."""
    assert not hub_cache.exists()
    root, asked = tmp_path / "offered", list[str]()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("OneHub", (Hub,), {"root": root, "asked": asked}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", address)
    monkeypatch.setattr(
        "huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", address + "/{repo_id}/resolve/{revision}/{filename}"
    )
    yield root, asked
    server.shutdown()
    server.server_close()


def test_a_model_of_the_hub_with_pickles_alone(hub: tuple[Path, list[str]]) -> None:
    root, asked = hub
    as_pickle(write_published(root, BGE))
    for extra in ("own.py", "colbert_linear.pt", "onnx/model.onnx", "onnx/config.json", "trial/pytorch_model.bin"):
        (root / extra).parent.mkdir(exist_ok=True)
        (root / extra).write_bytes(b"not a part of it")
    fetched = load_encoder(BGE)
    assert {path.rpartition("/resolve/main/")[2] for path in asked if "/resolve/main/" in path} == {
        "1_Pooling/config.json",
        "config.json",
        "modules.json",
        "pytorch_model.bin",
        "sentence_bert_config.json",
        "tokenizer.json",
        "tokenizer_config.json",
    }
    local = load_encoder(str(root))
    np.testing.assert_array_equal(fetched.encode_queries(TEXTS), local.encode_queries(TEXTS))
    assert asked[-1].endswith("/pytorch_model.bin")
    asked.clear()
    assert load_encoder(BGE).fingerprint == fetched.fingerprint != local.fingerprint
    assert asked == []


def test_of_a_model_of_the_hub_with_both_the_safetensors_are_fetched(hub: tuple[Path, list[str]]) -> None:
    root, asked = hub
    write_published(root, BGE)
    (root / "pytorch_model.bin").write_bytes(b"not a pickle")
    load_encoder(BGE)
    assert any(path.endswith("/model.safetensors") for path in asked)
    assert not any(path.endswith(".bin") for path in asked)


def test_a_hostile_pickle_in_the_hub_cache_is_refused(hub_cache: Path, tmp_path: Path) -> None:
    folder, made = hub_cache / f"models--{BGE.replace('/', '--')}", tmp_path / "made"
    poison(as_pickle(write_published(folder / "snapshots" / COMMIT, BGE)), made)
    (folder / "refs").mkdir()
    (folder / "refs" / "main").write_text(COMMIT, "utf-8")
    with pytest.raises(ModelUnavailable, match=f"The weights of {BGE} are a pickle that asks for {ASKED}"):
        load_encoder(BGE)
    assert not made.exists()
