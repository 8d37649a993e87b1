"""Training the reader: what it is shown, near misses that are made, and a run that is ended and goes on."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from embeddings.bert import PackagedBert, packaged_bert
from embeddings.readerweights import packaged_reader_weights, unpack_difference
from tools.reader.changes import Exchange, without_answer
from tools.reader.draws import SHARES, Draws
from tools.reader.examples import MOST_PASSAGE, batches, example
from tools.reader.mined import Mined
from tools.reader.pack import pack
from tools.reader.pairs import Pair, Passage, Sets, read_sets
from tools.reader.train import WRITTEN, Plan, train

TEXT = (
    "Ida Morel opened the mill in Kentau in 1904. She sold it to Jan Koss in 1911. The mill ground rye for the army and"
    " wheat for the town. It burned down in the spring of 1923."
)
NEAR = "Jan Koss kept bees in Taraz. He wrote a book on honey in 1930. It was printed twice in Almaty."


def write_gz(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def words(encoder: PackagedBert, ids: list[int]) -> str:
    """What token ids say."""
    tokens = (encoder.tokenizer.id_to_token(number) for number in ids)
    return "".join(tokens).replace("▁", " ").strip()


@pytest.fixture
def public(tmp_path: Path) -> Path:
    """Two small sets of the public shape."""
    root = tmp_path / "public"
    answers = [{"start": TEXT.index("Jan Koss"), "text": "Jan Koss"}]
    asked = ["Who bought the mill in Kentau from Ida Morel?", "To whom did Ida Morel sell her mill of 1904?"]
    write_gz(
        root / "mini" / "contexts.jsonl.gz",
        [{"id": "mini:0", "lang": "en", "text": TEXT}, {"id": "mini:1", "lang": "en", "text": NEAR}],
    )
    write_gz(
        root / "mini" / "questions.jsonl.gz",
        [
            {"id": f"q{n}", "lang": "en", "text": text, "contexts": [
                {"id": "mini:0", "answers": answers}, {"id": "mini:1", "answers": []},
            ]} for n, text in enumerate(asked)
        ],
    )  # fmt: skip
    write_gz(root / "judged" / "contexts.jsonl.gz", [{"id": "nomiracl:en:1:0", "lang": "en", "text": NEAR}])
    write_gz(
        root / "judged" / "questions.jsonl.gz",
        [{"id": "n", "lang": "en", "text": "Who bred bees in Kentau?", "contexts": [
            {"id": "nomiracl:en:1:0", "answers": []},
        ]}],
    )  # fmt: skip
    return root


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """Pairs as they are written for this project."""
    folder = tmp_path / "written"
    folder.mkdir()
    questions = [
        {"qlang": "en", "question": "When did the mill burn down?", "answer": "the spring of 1923"},
        {"qlang": "en", "question": "When was the mill rebuilt?", "answer": None},
    ]
    rows = [{"title": "The mills of Kentau", "paragraph": TEXT, "lang": "en", "questions": questions}] * 3
    (folder / "own.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return folder


@pytest.fixture
def sets(public: Path, written: Path) -> Sets:
    return read_sets(public, written)


@pytest.fixture
def mined(sets: Sets, tmp_path: Path) -> Mined:
    return Mined(sets, tmp_path / "retrieved.json")


def test_sets_are_read_with_their_answers(sets: Sets) -> None:
    assert len(sets.public.answered) == 2
    assert len(sets.public.unanswered) == 3
    assert len(sets.validation) == 2
    pair = sets.public.answered[0]
    assert pair.passage.text[slice(*pair.answers[0])] == "Jan Koss"


def test_one_constraint_is_changed_and_the_answer_is_gone(sets: Sets) -> None:
    exchange = Exchange((pair.question, pair.question_language) for pair in sets.public.answered)
    rng = random.Random(1)
    found = [(pair, exchange.change(pair, rng)) for pair in sets.public.answered * 20]
    made = [(pair, changed) for pair, changed in found if changed is not None]
    assert len(made) >= 10  # not every name has another that may stand in its place
    for pair, changed in made:
        assert changed.answers == ()
        assert (changed.question == pair.question) != (changed.passage.text == pair.passage.text)


def test_the_answering_sentence_is_taken_out(sets: Sets) -> None:
    changed = without_answer(sets.public.answered[0], random.Random(1))
    assert changed is not None
    assert changed.passage.text == TEXT.replace("She sold it to Jan Koss in 1911. ", "")
    assert changed.answers == ()


def test_an_example_marks_the_answer_and_its_sentence(sets: Sets) -> None:
    encoder = packaged_bert()
    pair = sets.public.answered[0]
    one = example(pair, encoder.tokenizer, random.Random(1))
    assert one is not None
    assert words(encoder, one.ids[one.begin : one.end + 1]) == "Jan Koss"
    sentence = [token for token, mark in zip(one.ids, one.sentence, strict=True) if mark]
    assert words(encoder, sentence) == "She sold it to Jan Koss in 1911."


def test_long_passages_are_shown_in_a_window_with_the_answer() -> None:
    encoder = packaged_bert()
    filler = "Nothing was milled that week. " * 80
    text = f"{filler}{TEXT} {filler}"
    at = text.index("Jan Koss")
    pair = Pair("Who bought it?", "en", Passage("p", text, "en"), ((at, at + 8),))
    for seed in range(20):
        one = example(pair, encoder.tokenizer, random.Random(seed))
        assert one is not None
        assert len(one.ids) <= MOST_PASSAGE + 10
        assert words(encoder, one.ids[one.begin : one.end + 1]) == "Jan Koss"


def test_the_title_stands_before_the_passage_and_is_now_and_then_left_out(sets: Sets) -> None:
    encoder = packaged_bert()
    pair = sets.written.answered[0]
    made = [example(pair, encoder.tokenizer, random.Random(seed)) for seed in range(40)]
    shown = [words(encoder, one.ids[: one.first]) for one in made if one]
    titled = [text for text in shown if "The mills of Kentau" in text]
    assert 20 <= len(titled) < 40
    for one in made:
        assert one is not None
        assert words(encoder, one.ids[one.begin : one.end + 1]) == "the spring of 1923"


def test_what_is_retrieved_and_answers_nothing_is_kept_in_a_file(sets: Sets, mined: Mined, tmp_path: Path) -> None:
    pair = sets.written.answered[0]
    found = mined.of(pair)
    assert NEAR in [passage.text for passage in found]
    assert TEXT not in [passage.text for passage in found]  # holds the answer
    assert mined.of(sets.public.answered[0]) == []  # every passage names Jan Koss
    kept = (tmp_path / "retrieved.json").read_bytes()
    assert Mined(sets, tmp_path / "retrieved.json").of(pair) == found
    sets.written.answered.pop()
    Mined(sets, tmp_path / "retrieved.json")
    assert (tmp_path / "retrieved.json").read_bytes() != kept  # other questions are searched anew


def test_batches_are_full_and_of_one_shape(sets: Sets, mined: Mined) -> None:
    encoder = packaged_bert()
    drawn = Draws(sets, mined).draw(120, "1:0")
    made = [one for pair in drawn if (one := example(pair, encoder.tokenizer, random.Random(1)))]
    for batch in batches(made, 512, random.Random(1)):
        lengths = {-(-len(one.ids) // 32) * 32 for one in batch}
        assert len(lengths) == 1
        assert len(batch) == max(1, 512 // lengths.pop())


def test_the_same_seed_draws_the_same_pairs_of_every_kind(sets: Sets, mined: Mined) -> None:
    assert Draws(sets, mined).draw(50, "7:3") == Draws(sets, mined).draw(50, "7:3")
    assert sum(SHARES.values()) == pytest.approx(1)


def test_a_run_that_was_ended_goes_on_where_it_was(public: Path, written: Path, tmp_path: Path) -> None:
    def plan(name: str, tokens: int) -> Plan:
        out = tmp_path / name
        return Plan(public, written, out, tokens, batch=256, every=1, seed=1, device="cpu", rate=1e-4, shipped=True)

    train(plan("ended", 256))
    begun = json.loads((tmp_path / "ended" / "checkpoint.json").read_text())
    train(plan("ended", 600))
    ended = json.loads((tmp_path / "ended" / "checkpoint.json").read_text())
    assert begun["step"] < ended["step"]
    assert begun["tokens"] < ended["tokens"]
    # Only the last checkpoint is kept, and it packs to what loads again.
    assert len(list((tmp_path / "ended").glob("weights-*.safetensors"))) == 1
    digest = pack(tmp_path / "ended", tmp_path / "packed.safetensors")
    assert len(digest) == 64
    layers = packaged_bert().layers
    found = unpack_difference((tmp_path / "packed.safetensors").read_bytes(), layers)
    trained = load_file(tmp_path / "ended" / f"weights-{ended['step']}.safetensors")
    assert found.keys() == trained.keys()
    name = "layers.0.widen.weight"
    moved = (trained[name] - layers[name]).norm()
    assert float((found[name] - trained[name]).norm() / moved) < 0.5
    assert all(torch.isfinite(tensor).all() for tensor in found.values())
    # Half of them, with half of the weights that ship.
    pack(tmp_path / "ended", tmp_path / "mean.safetensors", 0.5)
    mean = unpack_difference((tmp_path / "mean.safetensors").read_bytes(), layers)[name]
    between = (trained[name] + packaged_reader_weights(layers)[name]) / 2
    assert float((mean - between).norm() / (between - layers[name]).norm()) < 0.5


def test_what_was_written_for_this_project_is_whole() -> None:
    """Every answer stands in its passage; of passages of public sets only the name is kept."""
    answered = unanswered = 0
    for path in sorted(WRITTEN.glob("*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            row = json.loads(line)
            assert ("paragraph" in row) == ("title" in row) != ("context" in row)
            for asked in row["questions"]:
                answered += asked["answer"] is not None
                unanswered += asked["answer"] is None
                if asked["answer"] is None:
                    continue
                # Of others' texts the place is kept and not the words.
                assert asked["answer"] in row["paragraph"] if "paragraph" in row else len(asked["answer"]) == 2
    assert answered > 4_000
    assert unanswered > 4_000
