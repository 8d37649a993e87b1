import json
import re
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.embeddings import Embeddings
from safetensors.numpy import save_file
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Pooling, WordEmbeddings
from sentence_transformers.sentence_transformer.modules.tokenizer import WhitespaceTokenizer
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import WhitespaceSplit

import embeddings
from embeddings import PACKAGED, Encoder, ModelUnavailable, load_encoder
from embeddings.sources import LoadedModel

# The same five sentences in four languages.
TRANSLATIONS = {
    "en": [
        "The river froze over in January.",
        "She teaches mathematics at a village school.",
        "The two countries signed a treaty on trade.",
        "The hospital received new equipment.",
        "Bread has become more expensive this year.",
    ],
    "kk": [
        "Өзен қаңтарда қатып қалды.",
        "Ол ауыл мектебінде математикадан сабақ береді.",
        "Екі ел сауда туралы шартқа қол қойды.",
        "Аурухана жаңа жабдық алды.",
        "Биыл нан қымбаттады.",
    ],
    "ru": [
        "В январе река замёрзла.",
        "Она преподаёт математику в сельской школе.",
        "Две страны подписали договор о торговле.",
        "Больница получила новое оборудование.",
        "В этом году хлеб подорожал.",
    ],
    "zh": [
        "这条河在一月结冰了。",
        "她在一所乡村学校教数学。",
        "两国签署了一项贸易条约。",
        "医院收到了新设备。",
        "今年面包变贵了。",
    ],
}
LINES = [line for lines in TRANSLATIONS.values() for line in lines]


def test_the_public_names_exist() -> None:
    assert [name for name in embeddings.__all__ if not hasattr(embeddings, name)] == []


def test_what_the_packaged_encoder_says_of_itself(encoder: Encoder) -> None:
    assert (encoder.name, encoder.dimension, encoder.max_tokens) == (PACKAGED, 384, 508)
    assert re.fullmatch("[0-9a-f]{16}", encoder.fingerprint)


def test_rows_are_unit_float32(encoder: Encoder) -> None:
    for vectors in (encoder.encode_passages(LINES), encoder.encode_queries(LINES)):
        assert vectors.shape == (len(LINES), 384)
        assert vectors.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("text", ["", " ", "\n", "\u200b", "\x00", "💧" * 300, "word " * 2000], ids=repr)
def test_any_text_has_a_vector(encoder: Encoder, text: str) -> None:
    np.testing.assert_allclose(np.linalg.norm(encoder.encode_passages([text]), axis=1), 1, atol=1e-5)


def test_no_texts(encoder: Encoder) -> None:
    assert encoder.encode_passages([]).shape == encoder.encode_queries([]).shape == (0, 384)
    assert encoder.count_tokens([]) == []


def test_order_is_kept_under_batching(encoder: Encoder) -> None:
    texts = [line * (1 + i % 7) for i, line in enumerate(LINES * 4)]
    together = encoder.encode_passages(texts)
    for i in range(0, len(texts), 9):
        alone = encoder.encode_passages([texts[i]])[0]
        assert int(np.argmax(together @ alone)) in [j for j, text in enumerate(texts) if text == texts[i]]
        assert np.abs(together[i] - alone).max() < 1e-2


@settings(max_examples=10, deadline=None)
@given(st.permutations(LINES))
def test_a_text_has_one_vector_whatever_stands_beside_it(encoder: Encoder, lines: list[str]) -> None:
    reference = dict(zip(LINES, encoder.encode_passages(LINES), strict=True))
    vectors = encoder.encode_passages(lines[:7])
    for line, vector in zip(lines[:7], vectors, strict=True):
        assert np.abs(vector - reference[line]).max() < 1e-2


def test_batches_are_reported_and_bounded(encoder: Encoder) -> None:
    counts: list[int] = []
    texts = LINES * 20
    encoder.encode_passages(texts, on_batch=counts.append)
    assert sum(counts) == len(texts)
    assert len(counts) > 1


@pytest.mark.parametrize("one", TRANSLATIONS)
@pytest.mark.parametrize("other", TRANSLATIONS)
def test_translations_are_nearest(encoder: Encoder, one: str, other: str) -> None:
    queries = encoder.encode_queries(TRANSLATIONS[one])
    passages = encoder.encode_passages(TRANSLATIONS[other])
    assert np.argmax(queries @ passages.T, axis=1).tolist() == list(range(5))


def test_queries_and_passages_have_their_own_prompt(encoder: Encoder) -> None:
    assert np.abs(encoder.encode_queries(LINES[:1]) - encoder.encode_passages(LINES[:1])).max() > 1e-2


def test_tokens_are_counted_uncut_and_bare(encoder: Encoder) -> None:
    counts = encoder.count_tokens(["", "Bread", "Bread Bread", "Bread " * 1000])
    assert counts[0] == 0
    assert counts[2] == 2 * counts[1]
    assert counts[3] == 1000 * counts[1]


def test_a_long_text_is_cut_where_the_model_ends(encoder: Encoder) -> None:
    fits = " ".join(["the"] * encoder.max_tokens)
    assert encoder.count_tokens([fits]) == [encoder.max_tokens]
    vectors = encoder.encode_passages([fits, fits + " river", "river " + fits])
    np.testing.assert_allclose(vectors[0], vectors[1], atol=1e-2)
    assert vectors[0] @ vectors[2] < vectors[0] @ vectors[1]


def test_it_is_a_langchain_embedding(encoder: Encoder) -> None:
    assert isinstance(encoder, Embeddings)
    np.testing.assert_allclose(encoder.embed_documents(LINES[:3]), encoder.encode_passages(LINES[:3]))
    np.testing.assert_allclose(encoder.embed_query(LINES[0]), encoder.encode_queries(LINES[:1])[0], atol=1e-6)
    assert type(encoder.embed_query("a")[0]) is float


def test_threads_may_share_it(encoder: Encoder) -> None:
    expected = encoder.encode_queries(LINES)
    results: dict[int, np.ndarray] = {}

    def work(number: int) -> None:
        results[number] = np.concatenate([encoder.encode_queries([line]) for line in LINES])

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 4
    for vectors in results.values():
        np.testing.assert_allclose(vectors, expected, atol=1e-2)


def test_loading_says_nothing(model_cache: Path | None, capfd: pytest.CaptureFixture[str]) -> None:
    load_encoder(cache_dir=model_cache).encode_passages(LINES)
    assert capfd.readouterr() == ("", "")


def test_a_local_folder_is_a_model(model_folder: Path, encoder: Encoder) -> None:
    local = load_encoder(str(model_folder))
    assert local.fingerprint != encoder.fingerprint
    assert local.fingerprint == load_encoder(str(model_folder)).fingerprint


def test_the_packaged_model_is_what_sentence_transformers_makes_of_it(model_folder: Path, encoder: Encoder) -> None:
    """The folder is opened by sentence-transformers, the packaged model by a network of our own."""
    texts = [*LINES, "", "word " * 700, "бір сөз " * 400, "字" * 900]
    whole = load_encoder(str(model_folder))
    assert whole.count_tokens(texts) == encoder.count_tokens(texts)
    assert whole.max_tokens == encoder.max_tokens
    assert whole.pieces("Қазақстандағы") == encoder.pieces("Қазақстандағы")
    for encode in ("encode_passages", "encode_queries"):
        cosine = (getattr(whole, encode)(texts) * getattr(encoder, encode)(texts)).sum(axis=1)
        assert cosine.min() > 0.9998, encode  # both compute in bfloat16 where the processor can


def test_an_unknown_model_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ModelUnavailable, match=r"nobody/no-such-model is not on this machine.*check the name"):
        load_encoder("nobody/no-such-model")


def test_a_folder_that_is_no_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match=re.escape(str(tmp_path))):
        load_encoder(str(tmp_path))


def write_static(folder: Path, longest: int | None = None) -> Path:
    """Write a model that adds up vectors of words, as sentence-transformers saves static embeddings."""
    words = ["<unk>", *sorted({word for line in TRANSLATIONS["en"] for word in line.split()})]
    tokenizer = Tokenizer(WordLevel({word: i for i, word in enumerate(words)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = WhitespaceSplit()
    if longest is not None:
        tokenizer.enable_truncation(longest)
    folder.mkdir()
    tokenizer.save(str(folder / "tokenizer.json"))
    weights = np.random.default_rng(3).normal(size=(len(words), 24)).astype(np.float32)
    save_file({"embedding.weight": weights}, folder / "model.safetensors")
    kind = "sentence_transformers.models.StaticEmbedding"
    (folder / "modules.json").write_text(json.dumps([{"idx": 0, "name": "0", "path": "", "type": kind}]), "utf-8")
    return folder


def test_static_embeddings_read_texts_of_any_length(tmp_path: Path) -> None:
    encoder = load_encoder(str(write_static(tmp_path / "static")))
    long = "Bread " * 20_000
    vectors = encoder.encode_passages([*TRANSLATIONS["en"], long, long + "river"])
    assert vectors.shape == (7, encoder.dimension) == (7, 24)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert not np.array_equal(vectors[-1], vectors[-2])
    assert encoder.max_tokens == sys.maxsize
    assert encoder.count_tokens([long, "", "The river froze"]) == [20_000, 0, 3]
    assert encoder.pieces("hospital") == ["hospital"]


def test_static_embeddings_that_cut_a_text_say_where(tmp_path: Path) -> None:
    encoder = load_encoder(str(write_static(tmp_path / "static", longest=6)))
    assert encoder.max_tokens == 6
    assert encoder.count_tokens(["Bread " * 10]) == [10]
    vectors = encoder.encode_passages(["Bread " * 6, "Bread " * 6 + "river", "river " + "Bread " * 6])
    np.testing.assert_allclose(vectors[0], vectors[1], atol=1e-6)
    assert vectors[0] @ vectors[2] < 0.999


def test_words_cut_in_a_way_of_its_own_are_told_of() -> None:
    tokenizer = WhitespaceTokenizer(["bread", "river"])
    words = WordEmbeddings(tokenizer, np.eye(2, dtype=np.float32))
    model = SentenceTransformer(modules=[words, Pooling(2)], device="cpu")
    with pytest.raises(ModelUnavailable, match="The model words cuts words in a way of its own; name another model"):
        Encoder(LoadedModel("words", "0" * 16, model, "", ""))
