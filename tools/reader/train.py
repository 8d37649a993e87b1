"""A command that trains the packaged reader.

Run as ``python -m tools.reader.train --public DIR --out DIR``. Every layer of the encoder is trained, its embeddings of
tokens are not. The arithmetic is in bfloat16 with weights kept in single precision. A run that was interrupted
continues from its last checkpoint when it is started again with the same arguments; the same seed sees the same pairs
in the same order.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional

from embeddings.bert import LAYERS, PackagedBert, packaged_bert
from embeddings.files import write_atomically
from embeddings.reader import padded
from embeddings.readerweights import ReaderNetwork, packaged_reader_weights
from tools.reader.draws import Draws
from tools.reader.examples import Example, batches, example, tensors
from tools.reader.mined import Mined
from tools.reader.pairs import read_sets
from tools.reader.validation import Validation, validate

WRITTEN = Path(__file__).with_name("pairs")
# How many pairs are drawn, and batched by length, at a time.
_CHUNK = 2048
_WARM_UP = 0.04
_RATE = 1.5e-4
# The heads start untrained and learn this many times faster.
_HEADS_FASTER = 6
_WEIGHT_DECAY = 0.01
_CLIP = 1.0
_WEIGHTS = {"sentence": 0.5, "span": 0.3}


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan of a run: ``tokens`` in all, ``batch`` of them per step, and a checkpoint after ``every`` steps.

    ``rate`` is the highest learning rate of the layers; with ``shipped``, training begins with the shipped reader and
    not with the bare encoder.
    """

    public: Path
    written: Path
    out: Path
    tokens: int
    batch: int
    every: int
    seed: int
    device: str
    rate: float
    shipped: bool


def train(plan: Plan) -> None:
    """Train as planned, from the last checkpoint if there is one, and leave the weights in ``plan.out``."""
    plan.out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(plan.seed)
    encoder = packaged_bert()
    master = ReaderNetwork(encoder.sizes)
    if plan.shipped:
        master.load_state_dict(packaged_reader_weights(encoder.layers))
    else:
        master.load_state_dict(encoder.layers, strict=False)
    master.to(plan.device)
    working = ReaderNetwork(encoder.sizes).to(plan.device, torch.bfloat16)
    optimizer = _optimizer(master, plan.rate)
    sets = read_sets(plan.public, plan.written)
    draws = Draws(sets, Mined(sets, plan.out / "retrieved.json"))
    validation = Validation(sets.validation, encoder.tokenizer)
    step, seen = _resume(plan.out, master, optimizer)
    began, began_at = time.monotonic(), seen
    for number, batch in enumerate(_batches(draws, plan, encoder.tokenizer)):
        if seen >= plan.tokens:
            break
        if number < step:
            continue
        tokens = padded(max(len(e.ids) for e in batch)) * len(batch)
        for group in optimizer.param_groups:
            group["lr"] = group["peak"] * _schedule(seen / plan.tokens)
        losses = _step(batch, encoder, master, working, optimizer, plan.device)
        step, seen = number + 1, seen + tokens
        if step % 20 == 0:
            rate = (seen - began_at) / (time.monotonic() - began)
            _say(
                step=step, tokens=seen, rate=round(rate), minutes_left=round((plan.tokens - seen) / rate / 60), **losses
            )
        if step % plan.every == 0:
            _save(plan.out, master, optimizer, step, seen)
            _say(step=step, **validate(working, encoder.embed, validation))
    _save(plan.out, master, optimizer, step, seen)
    _say(step=step, **validate(working, encoder.embed, validation))


def _step(
    batch: Sequence[Example],
    encoder: PackagedBert,
    master: ReaderNetwork,
    working: ReaderNetwork,
    optimizer: torch.optim.Optimizer,
    device: str,
) -> dict[str, float]:
    """Take one training step and return the mean losses by name."""
    mine: list[Tensor] = list(master.parameters())
    theirs: list[Tensor] = list(working.parameters())
    with torch.no_grad():
        torch._foreach_copy_(theirs, mine)
    ids, mask = tensors(batch)
    embedded = encoder.embed(ids).to(device, torch.bfloat16)
    relevance, scores = working(embedded, mask.to(device))
    losses = _losses(relevance, scores, batch, mask.to(device))
    total = losses["relevance"] + sum(_WEIGHTS[name] * losses[name] for name in _WEIGHTS)
    total.backward()  # type: ignore[no-untyped-call]
    for parameter, other in zip(mine, theirs, strict=True):
        parameter.grad = other.grad.float() if other.grad is not None else None
        other.grad = None
    torch.nn.utils.clip_grad_norm_(mine, _CLIP)
    optimizer.step()
    return {name: round(float(loss.detach()), 3) for name, loss in losses.items()}


def _losses(relevance: Tensor, scores: Tensor, batch: Sequence[Example], mask: Tensor) -> dict[str, Tensor]:
    device, length = relevance.device, scores.shape[1]
    answered = torch.tensor([float(e.answered) for e in batch], device=device)
    first = torch.tensor([e.first for e in batch], device=device)
    places = torch.arange(length, device=device)
    passage = mask & (places >= first[:, None]) & (places < mask.sum(1)[:, None] - 1)
    sentence = torch.tensor([e.sentence + [0.0] * (length - len(e.sentence)) for e in batch], device=device)
    by_token = functional.binary_cross_entropy_with_logits(scores[..., 0], sentence, reduction="none")
    by_passage = (by_token * passage).sum(1) / passage.sum(1).clamp(min=1)
    # The first token stands for "no answer here".
    allowed = passage.clone()
    allowed[:, 0] = True
    ends = scores[..., 1:].masked_fill(~allowed[..., None], -1e4)
    begin = torch.tensor([e.begin for e in batch], device=device)
    end = torch.tensor([e.end for e in batch], device=device)
    span = functional.cross_entropy(ends[..., 0], begin) + functional.cross_entropy(ends[..., 1], end)
    return {
        "relevance": functional.binary_cross_entropy_with_logits(relevance, answered),
        "sentence": by_passage.mean(),
        "span": span,
    }


def _batches(draws: Draws, plan: Plan, tokenizer: Tokenizer) -> Iterator[list[Example]]:
    """Yield batches without end; the same seed gives the same ones."""
    chunk = 0
    while True:
        seed = f"{plan.seed}:{chunk}"
        rng = random.Random(seed)
        drawn = (example(pair, tokenizer, rng) for pair in draws.draw(_CHUNK, seed))
        yield from batches([one for one in drawn if one is not None], plan.batch, rng)
        chunk += 1


def _optimizer(network: ReaderNetwork, rate: float) -> torch.optim.Optimizer:
    groups: dict[tuple[str, float], list[Tensor]] = {}
    for name, parameter in network.named_parameters():
        kind = "layers" if name.startswith(LAYERS) else "heads"
        groups.setdefault((kind, _WEIGHT_DECAY if parameter.dim() > 1 else 0.0), []).append(parameter)
    given = [
        {"params": params, "peak": rate * (_HEADS_FASTER if kind == "heads" else 1), "lr": 0.0, "weight_decay": decay}
        for (kind, decay), params in groups.items()
    ]
    return torch.optim.AdamW(given, betas=(0.9, 0.98), fused=True)


def _schedule(part: float) -> float:
    """Return the share of the peak rate at ``part`` (0 to 1) of the run: a warm-up, then a straight line to 0."""
    return min(part / _WARM_UP + 0.01, max(0.0, (1 - part) / (1 - _WARM_UP)))


def _save(out: Path, network: ReaderNetwork, optimizer: torch.optim.Optimizer, step: int, seen: int) -> None:
    """Write the checkpoint: weights, then the optimizer's moments, then the pointer that names both."""
    state = optimizer.state_dict()["state"]
    moments = {f"{n}.{key}": value for n, values in state.items() for key, value in values.items()}
    for name, tensors_ in (("weights", network.state_dict()), ("moments", moments)):
        save_file(tensors_, out / f"{name}-{step}.safetensors")
    write_atomically(out / "checkpoint.json", json.dumps({"step": step, "tokens": seen}).encode())
    for path in out.glob("*-*.safetensors"):
        if not path.stem.endswith(f"-{step}"):
            path.unlink()


def _resume(out: Path, network: ReaderNetwork, optimizer: torch.optim.Optimizer) -> tuple[int, int]:
    """Load the last checkpoint and return the steps and tokens done, both 0 if there is none."""
    if not (out / "checkpoint.json").is_file():
        return 0, 0
    at: Mapping[str, int] = json.loads((out / "checkpoint.json").read_text("utf-8"))
    network.load_state_dict(load_file(out / f"weights-{at['step']}.safetensors"))
    state: dict[int, dict[str, Tensor]] = {}
    for name, tensor in load_file(out / f"moments-{at['step']}.safetensors").items():
        number, key = name.split(".")
        state.setdefault(int(number), {})[key] = tensor
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
    return at["step"], at["tokens"]


def _say(**values: object) -> None:
    sys.stdout.write(json.dumps(values) + "\n")
    sys.stdout.flush()


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(description="Train the packaged reader.")
    parser.add_argument("--public", type=Path, required=True, help="folder with a folder for each public set")
    parser.add_argument("--written", type=Path, default=WRITTEN, help="folder with the pairs written for this project")
    parser.add_argument("--out", type=Path, required=True, help="where checkpoints and weights go")
    parser.add_argument("--tokens", type=int, default=14_000_000, help="padded tokens to train on in all")
    parser.add_argument("--batch", type=int, default=6144, help="padded tokens a step")
    parser.add_argument("--every", type=int, default=200, help="steps between checkpoints")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=_RATE, help="highest learning rate of the layers")
    parser.add_argument("--shipped", action="store_true", help="go on from the shipped reader, at a lower rate")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    train(Plan(**vars(parser.parse_args(arguments))))


if __name__ == "__main__":
    main()
