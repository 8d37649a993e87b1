"""The reader: what it says of passages, and that what ships is whole."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load, save

import embeddings.readerweights as weights
from embeddings import ModelUnavailable, Passage, Reader, load_reader
from embeddings.bert import BertSizes
from embeddings.reader import CrossEncoderReader, PackagedReader
from embeddings.readerweights import ReaderNetwork

# A question that the passage answers, its twin with one constraint changed, the passage, the answer.
PAIRS = {
    "en": (
        "When did the ferry to Dorsey Island first sail?",
        "When did the ferry to Dorsey Island last sail?",
        "The ferry to Dorsey Island first sailed on 4 May 1931. It carried mail and forty passengers.",
        "4 May 1931",
    ),
    "kk": (
        "Зауыт директоры болып кім тағайындалды?",
        "Зауыттың бас инженері болып кім тағайындалды?",
        "Арал балық зауыты 1978 жылы іске қосылды. Зауыт директоры болып Марат Сейітов тағайындалды.",
        "Марат Сейітов",
    ),
    "ru": (
        "Сколько километров железной дороги построили в Тоголе?",
        "Сколько километров железной дороги построили в Чаде?",
        "В Тоголе за три года построили 240 километров железной дороги. Строительство оплатил порт.",
        "240",
    ),
    "zh-Hans": (
        "博物馆的新馆在哪座城市开放？",
        "博物馆的旧馆在哪座城市开放？",
        "纺织博物馆的新馆去年秋天在绍兴开放，展出三百件织机。门票免费。",
        "绍兴",
    ),
    "zh-Hant": (
        "燈塔是誰設計的？",
        "燈塔是誰出錢建造的？",
        "白沙岬的燈塔建於一八九六年，由英國工程師韓得善設計。塔高二十八公尺。",
        "韓得善",
    ),
}


def sentences(text: str) -> Passage:
    """A passage of which every full stop ends a sentence."""
    spans, start = [], 0
    for place, letter in enumerate(text, 1):
        if letter in ".。":
            spans.append((start, place))
            start = place + 1 if text[place : place + 1] == " " else place
    if start < len(text):
        spans.append((start, len(text)))
    return Passage(text, tuple(spans))


@pytest.fixture(scope="session")
def reader(model_cache: Path | None) -> Reader:
    found = load_reader(cache_dir=model_cache)
    assert found is not None
    return found


@pytest.mark.parametrize("language", PAIRS)
def test_the_answer_is_found_and_its_twin_is_less_likely(reader: Reader, language: str) -> None:
    asked, changed, text, answer = PAIRS[language]
    passage = sentences(text)
    right = reader.read(asked, [passage])[0]
    wrong = reader.read(changed, [passage])[0]
    carrying = max(range(len(right.sentences)), key=lambda n: right.sentences[n])
    assert answer in text[slice(*passage.sentences[carrying])]
    span = right.spans[carrying]
    assert span is not None
    found = text[span.start : span.end]
    at = text.index(answer)
    assert span.start < at + len(answer)
    assert at < span.end
    assert found == found.strip() != ""
    assert right.relevance > wrong.relevance


def test_a_passage_that_speaks_of_something_else_is_less_likely(reader: Reader) -> None:
    texts = [pair[2] for pair in PAIRS.values()]
    for number, (asked, *_) in enumerate(PAIRS.values()):
        readings = reader.read(asked, [sentences(text) for text in texts])
        assert max(range(len(texts)), key=lambda n: readings[n].relevance) == number


def test_one_passage_reads_the_same_alone_and_among_others(reader: Reader) -> None:
    asked = PAIRS["en"][0]
    passages = [sentences(pair[2]) for pair in PAIRS.values()]
    alone = reader.read(asked, passages[:1])[0]
    among = reader.read(asked, [*passages, Passage("", ())])[0]
    assert alone.relevance == pytest.approx(among.relevance, abs=0.15)  # padded otherwise, in half precision


@pytest.mark.parametrize(
    "passage", [Passage("", ()), Passage(" \n ", ()), Passage("\u200b", ((0, 1),)), Passage("…", ((0, 1),))]
)
def test_a_passage_without_words_answers_nothing(reader: Reader, passage: Passage) -> None:
    reading = reader.read("When?", [passage])[0]
    assert len(reading.sentences) == len(reading.spans) == len(passage.sentences)
    assert reader.read("", [sentences("It was in May.")])[0].relevance < 0


def test_a_passage_of_100_000_characters_is_read_to_its_end(reader: Reader) -> None:
    filler = "The harbour was quiet and nothing was unloaded that day. "
    text = filler * 1_750 + "The cable car was opened by Ida Morel. "
    assert len(text) > 99_000
    passage = sentences(text.strip())
    reading = reader.read("Who opened the cable car?", [passage])[0]
    assert len(reading.sentences) == len(passage.sentences)
    best = max(range(len(reading.sentences)), key=lambda n: reading.sentences[n])
    assert "Ida Morel" in text[slice(*passage.sentences[best])]


def test_one_sentence_longer_than_the_network_is_read_in_parts(reader: Reader) -> None:
    text = "The list names " + ", ".join(f"post {n}" for n in range(400)) + " and it was signed by Ida Morel"
    reading = reader.read("Who signed the list?", [Passage(text, ((0, len(text)),))])[0]
    span = reading.spans[0]
    assert span is not None
    assert "Morel" in text[span.start : span.end]


def test_a_question_longer_than_the_network_is_cut(reader: Reader) -> None:
    asked, _, text, _ = PAIRS["en"]
    reading = reader.read(f"{asked} " + "Please tell me what the papers say of it. " * 200, [sentences(text)])[0]
    assert np.isfinite(reading.relevance)


def test_nothing_is_read_where_nothing_is_given(reader: Reader) -> None:
    assert reader.read("When?", []) == []
    assert reader.count_tokens([]) == []


def test_none_is_no_reader() -> None:
    assert load_reader("none") is None


def test_what_ships_is_small_and_pinned() -> None:
    assert weights.READER_FILE.stat().st_size <= 10_000_000
    assert len(weights.READER_SHA256) == 64


@pytest.mark.parametrize("place", [200, -1])
def test_weights_altered_by_a_byte_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model_cache: Path | None, place: int
) -> None:
    data = bytearray(weights.READER_FILE.read_bytes())
    data[place] ^= 1
    altered = tmp_path / "reader.safetensors"
    altered.write_bytes(data)
    with pytest.raises(ModelUnavailable, match="DALIL_READER=none"):
        weights.packaged_reader_weights({}, altered)


def test_weights_that_are_missing_or_of_another_encoder_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ModelUnavailable, match="cannot be read"):
        weights.packaged_reader_weights({}, tmp_path / "none.safetensors")
    # Whole and pinned, but the encoder's layers are others.
    with pytest.raises(ModelUnavailable, match="does not fit"):
        weights.packaged_reader_weights({"layers.0.widen.weight": torch.zeros(8, 8)})


def test_packing_keeps_the_difference_to_a_fifth() -> None:
    torch.manual_seed(3)
    begun = {"layers.0.widen.weight": torch.randn(64, 128), "heads.bias": torch.zeros(4)}
    difference = 0.01 * torch.randn(64, 128)
    trained = {"layers.0.widen.weight": begun["layers.0.widen.weight"] + difference, "heads.bias": torch.ones(4)}
    found = weights.unpack_difference(weights.pack_difference(trained, begun), begun)
    error = found["layers.0.widen.weight"] - trained["layers.0.widen.weight"]
    # Eight even steps lose 3.7 % of the power of a normal distribution, the square root of which is 0.19.
    assert float(error.norm() / difference.norm()) == pytest.approx(0.19, abs=0.02)
    assert torch.equal(found["heads.bias"], torch.ones(4))


def test_what_is_packed_holds_no_more_than_numbers() -> None:
    stored = load(weights.READER_FILE.read_bytes())
    assert {array.dtype.kind for array in stored.values()} <= {"u", "f"}
    assert save(stored)  # plain safetensors: nothing that could run


def test_padding_changes_nothing() -> None:
    torch.manual_seed(5)
    network = ReaderNetwork(BertSizes(32, 2, 4, 64, 1e-12)).eval()
    states = torch.randn(1, 6, 32)
    mask = torch.ones(1, 6, dtype=torch.bool)
    alone = network(states, mask)
    padded = network(
        torch.cat([states, torch.randn(1, 3, 32)], 1), torch.cat([mask, torch.zeros(1, 3, dtype=torch.bool)], 1)
    )
    assert torch.allclose(alone[0], padded[0], atol=1e-5)
    assert torch.allclose(alone[1], padded[1][:, :6], atol=1e-5)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, model_folder: Path) -> Path:
    """A cross-encoder of two layers with random weights and the packaged vocabulary."""
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("crossencoder")
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=250_037, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        num_labels=1, pad_token_id=1, initializer_range=0.5,
    )  # fmt: skip
    BertForSequenceClassification(config).save_pretrained(folder)
    PreTrainedTokenizerFast(
        tokenizer_file=str(model_folder / "tokenizer.json"), pad_token="<pad>", eos_token="</s>", sep_token="</s>",
        cls_token="<s>", unk_token="<unk>", model_max_length=128,
    ).save_pretrained(folder)  # fmt: skip
    return folder


class TestCrossEncoder:
    """Any cross-encoder of sentence-transformers can read."""

    def test_scores_take_the_place_of_relevance_sentence_by_sentence(self, folder: Path) -> None:
        found = load_reader(str(folder))
        assert isinstance(found, CrossEncoderReader)
        texts = [pair[2] for pair in PAIRS.values()]
        readings = found.read("When did it open?", [*(sentences(text) for text in texts), Passage("", ())])
        assert [len(r.sentences) for r in readings[:-1]] == [2] * len(texts)
        assert len({r.relevance for r in readings}) == len(readings)
        assert all(span is None for reading in readings for span in reading.spans)
        assert found.count_tokens(["one two"])[0] > 0

    def test_a_folder_without_weights_is_named_with_what_to_do(self, tmp_path: Path) -> None:
        (tmp_path / "config.json").write_text(json.dumps({"model_type": "bert"}))
        with pytest.raises(ModelUnavailable, match="DALIL_READER=packaged or none"):
            load_reader(str(tmp_path))

    def test_an_unknown_name_is_named_with_what_to_do(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
        with pytest.raises(ModelUnavailable, match="no-such/reader"):
            load_reader("no-such/reader")


def test_the_packaged_reader_is_the_default(reader: Reader) -> None:
    assert isinstance(reader, PackagedReader)
    assert reader.name == "packaged"
