"""Judges beside the checks: a real cross-encoder of a few random weights, and a chat model's one word."""

from __future__ import annotations

from pathlib import Path

import pytest
from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

from rag.errors import WrongUse
from rag.models.judge import ChatJudge, cross_encoder, is_nli

NLI = {0: "contradiction", 1: "entailment", 2: "neutral"}


def cross_encoder_folder(root: Path, labels: dict[int, str]) -> Path:
    """A classifier with random weights in the format of sentence-transformers."""
    words = [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        "[MASK]",
        *"abcdefghijklmnopqrstuvwxyz",
        *(f"##{c}" for c in "abcdefgh"),
    ]
    (root / "vocab.txt").write_text("\n".join(words), "utf-8")
    BertTokenizerFast(vocab_file=str(root / "vocab.txt")).save_pretrained(root)
    config = BertConfig(
        vocab_size=len(words), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        max_position_embeddings=64, id2label=labels, label2id={name: n for n, name in labels.items()},
    )  # fmt: skip
    BertForSequenceClassification(config).save_pretrained(root)
    return root


def test_a_cross_encoder_gives_probabilities_by_its_own_labels(tmp_path: Path) -> None:
    judge = cross_encoder(f"nli:{cross_encoder_folder(tmp_path, NLI)}")
    entailed, contradicted = judge.entails("a bridge", ["a bridge was built", "and a road"])
    assert 0 < entailed < 1
    assert 0 < contradicted < 1
    assert entailed + contradicted < 1


def test_a_model_with_other_labels_is_no_judge(tmp_path: Path) -> None:
    folder = cross_encoder_folder(tmp_path, {0: "good", 1: "bad", 2: "ugly"})
    with pytest.raises(WrongUse, match="good, bad, ugly"):
        cross_encoder(f"nli:{folder}")


def test_a_judge_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="cannot be loaded"):
        cross_encoder(f"nli:{tmp_path / 'nothing'}")


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("yes", "carried"),
        ("Yes.", "carried"),
        ("No", "not"),
        ("CONTRADICTED", "contradicted"),
        ("", "unsure"),
        ("我不知道", "unsure"),
    ],
)
def test_a_chat_model_judges_by_its_word(word: str, expected: str) -> None:
    asked: list[str] = []

    def ask(order: str, text: str) -> str:
        asked.append(f"{order}\n{text}")
        return word

    entailed, contradicted = ChatJudge(ask).entails("It opened in 1959.", ["The bridge was opened in 1959."])
    found = (
        "contradicted"
        if contradicted > 0.5
        else "carried"
        if entailed > 0.5
        else "unsure"
        if entailed == 0.5
        else "not"
    )
    assert found == expected
    assert "It opened in 1959." in asked[0]
    assert "The bridge was opened in 1959." in asked[0]


def test_which_settings_name_a_cross_encoder() -> None:
    assert is_nli("nli:some/model")
    assert not is_nli("llm")
