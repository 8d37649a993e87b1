"""The writing of a parsed model file as a sentence-transformers folder: Transformer, mean pooling, normalisation."""

import json
import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors.numpy import save_file
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

from embeddings.q4file import ModelSizes, Q4File

__all__ = ["build_tokenizer", "write_model_folder"]

_PROMPTS = {"query": "query: ", "passage": "passage: "}
# One tensor of the file per tensor of a transformers BertModel layer.
_LAYER_TENSORS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
# Characters that NFKC must leave alone are replaced by those of this private plane meanwhile.
_PRIVATE_PLANE = 0xF0000


def write_model_folder(source: Q4File, folder: Path) -> None:
    """Write the weights, the tokenizer and the configuration of `source` into the existing `folder`."""
    weights = _bert_weights(source)
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    build_tokenizer(source).save(str(folder / "tokenizer.json"), pretty=False)
    for name, content in _configuration(source).items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content, indent=2) + "\n", "utf-8")
    (folder / "2_Normalize").mkdir()


def build_tokenizer(source: Q4File) -> Tokenizer:
    """Return the XLM-RoBERTa tokenizer of `source`: `<s> text </s>`, Unigram over metaspace-marked words."""
    names = {role: source.pieces[token] for role, token in source.special.items()}
    vocabulary = list(zip(source.pieces, source.scores, strict=True))
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=source.special["unk"], byte_fallback=False))
    tokenizer.normalizer = _normalizer(source)
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always", split=True)
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{names['bos']} $A {names['eos']}",
        special_tokens=[(names[role], source.special[role]) for role in ("bos", "eos")],
    )
    tokenizer.add_special_tokens([names[role] for role in ("bos", "pad", "eos", "unk")])
    return tokenizer


def _normalizer(source: Q4File) -> normalizers.Normalizer:
    """Return the normaliser: NFKC, except where the file's own table says otherwise, then single spaces.

    The table maps single characters and is NFKC but for a few: control characters vanish, line ends and
    zero-width characters become spaces, and the full-width tilde stays. NFKC also composes what is written
    as letter and mark, as the SentencePiece normaliser that the model was trained with does.
    """
    steps: list[normalizers.Normalizer] = []
    exceptions: dict[str, list[str]] = {}
    for character, target in source.character_map.items():
        if unicodedata.normalize("NFKC", character) != target:
            exceptions.setdefault(target, []).append(character)
    for target, characters in exceptions.items():
        steps.append(normalizers.Replace(Regex(_character_class(characters)), target))
    kept = [
        character
        for character in sorted(set("".join(source.pieces)) - source.character_map.keys())
        if unicodedata.normalize("NFKC", character) != character
    ]
    hidden = [(character, chr(_PRIVATE_PLANE + index)) for index, character in enumerate(kept)]
    steps += [normalizers.Replace(character, private) for character, private in hidden]
    steps.append(normalizers.NFKC())
    steps += [normalizers.Replace(private, character) for character, private in hidden]
    # The training normaliser drops spaces at the end too; at the beginning Metaspace sees to it.
    steps += [normalizers.Replace(Regex(" {2,}"), " "), normalizers.Strip(left=False, right=True)]
    return normalizers.Sequence(steps)


def _character_class(characters: list[str]) -> str:
    return "[" + "".join(f"\\x{{{ord(character):x}}}" for character in characters) + "]"


def _bert_weights(source: Q4File) -> dict[str, npt.NDArray[np.float16]]:
    """Return the tensors under the names of a transformers BertModel, in half precision.

    Against float32 this moves a vector by less than 1e-6 in cosine, and halves what is read at every start.
    """
    sizes = source.sizes
    wide, narrow = sizes.feed_forward, sizes.hidden
    table: dict[str, tuple[str, tuple[int, ...]]] = {
        "embeddings.word_embeddings.weight": ("emb.word", (sizes.vocabulary, narrow)),
        "embeddings.position_embeddings.weight": ("emb.pos", (sizes.positions, narrow)),
        "embeddings.token_type_embeddings.weight": ("emb.type", (sizes.token_types, narrow)),
        "embeddings.LayerNorm.weight": ("emb.ln.w", (narrow,)),
        "embeddings.LayerNorm.bias": ("emb.ln.b", (narrow,)),
    }
    for layer in range(sizes.layers):
        for short, long in _LAYER_TENSORS.items():
            out, into = (wide if short == "fi" else narrow), (wide if short == "fo" else narrow)
            shape = (out,) if short.endswith("ln") else (out, into)
            table[f"encoder.layer.{layer}.{long}.weight"] = (f"l{layer}.{short}.w", shape)
            table[f"encoder.layer.{layer}.{long}.bias"] = (f"l{layer}.{short}.b", (out,))
    weights = {name: source.tensor(short, shape).astype(np.float16) for name, (short, shape) in table.items()}
    # Mean pooling never looks at BERT's pooler, but a folder without one is loaded with a warning.
    weights["pooler.dense.weight"] = np.zeros((narrow, narrow), np.float16)
    weights["pooler.dense.bias"] = np.zeros(narrow, np.float16)
    return weights


def _configuration(source: Q4File) -> dict[str, Any]:
    sizes, special = source.sizes, source.special
    modules = ["Transformer", "Pooling", "Normalize"]
    paths = ["", "1_Pooling", "2_Normalize"]
    return {
        "config.json": _bert_configuration(sizes, special["pad"]),
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": sizes.positions,
            "model_input_names": ["input_ids", "attention_mask"],
            "clean_up_tokenization_spaces": False,
            **{f"{role}_token": source.pieces[token] for role, token in special.items()},
        },
        "modules.json": [
            {"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{module}"}
            for i, (module, path) in enumerate(zip(modules, paths, strict=True))
        ],
        "sentence_bert_config.json": {"max_seq_length": sizes.positions, "do_lower_case": False},
        "1_Pooling/config.json": {"word_embedding_dimension": sizes.hidden, "pooling_mode_mean_tokens": True},
        "config_sentence_transformers.json": {
            "prompts": _PROMPTS,
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
    }


def _bert_configuration(sizes: ModelSizes, pad: int) -> dict[str, Any]:
    return {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "hidden_act": "gelu",
        "hidden_size": sizes.hidden,
        "num_hidden_layers": sizes.layers,
        "num_attention_heads": sizes.heads,
        "intermediate_size": sizes.feed_forward,
        "vocab_size": sizes.vocabulary,
        "max_position_embeddings": sizes.positions,
        "type_vocab_size": sizes.token_types,
        "layer_norm_eps": sizes.epsilon,
        "pad_token_id": pad,
        "dtype": "float16",
    }
