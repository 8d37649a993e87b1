"""The drawing of training pairs: a fixed mixture of answered pairs and of each kind of near miss."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from itertools import accumulate

from corpus.language import in_script
from tools.reader.changes import Exchange, without_answer
from tools.reader.mined import Mined
from tools.reader.pairs import Pair, Sets

# Kinds of pairs and their shares. Near misses with one constraint changed (written, exchanged, taken out) are the
# larger part of the unanswered pairs: paragraphs that merely speak of something else do not teach a reader to reject
# them.
SHARES = {
    "written": 0.55,
    "answered": 0.16,
    "retrieved": 0.16,
    "exchanged": 0.05,
    "taken out": 0.03,
    "other paragraph": 0.03,
    "other passage": 0.02,
}
# The weight of a question by its set, 1 if not named. The Japanese and Arabic sets are large, their languages far off.
_WEIGHTS = {"jaquad": 0.35, "arcd": 1.0, "kazqad": 6.0, "cmrc_trial": 2.0}
_OTHER_SCRIPT = 0.3
_OTHER_LANGUAGE = 0.6
_SCRIPTS = {"zh-Hans": "zh-Hant", "zh-Hant": "zh-Hans"}


class Draws:
    """A source of random training pairs; the same seed gives the same pairs."""

    def __init__(self, sets: Sets, mined: Mined) -> None:
        self.sets = sets
        self._mined = mined
        self.exchange = Exchange((pair.question, pair.question_language) for pair in sets.public.answered)
        self._judged = [p for p in sets.public.unanswered if p.passage.id.startswith("nomiracl")]
        self._neighbours = [p for p in sets.public.unanswered if not p.passage.id.startswith("nomiracl")]
        self._written = [*sets.written.answered, *sets.written.unanswered]
        weights = (_WEIGHTS.get(p.passage.id.split(":")[0], 1.0) for p in sets.public.answered)
        self._cumulative = list(accumulate(weights))
        self._deck: list[Pair] = []
        self._groups = {
            (pair.question, pair.passage.id): group for group, pairs in sets.translations.items() for pair in pairs
        }
        self._made: dict[str, Callable[[random.Random], Pair | None]] = {
            "written": self._from_written,
            "answered": self._answered,
            "retrieved": self._retrieved,
            "exchanged": lambda rng: self.exchange.change(self._answered(rng), rng),
            "taken out": lambda rng: without_answer(self._answered(rng), rng),
            "other paragraph": lambda rng: rng.choice(self._neighbours),
            "other passage": lambda rng: rng.choice(self._judged),
        }

    def draw(self, count: int, seed: str) -> list[Pair]:
        """Return ``count`` random pairs."""
        rng = random.Random(seed)
        drawn: list[Pair] = []
        while len(drawn) < count:
            kind = rng.choices(list(SHARES), list(SHARES.values()))[0]
            pair = self._made[kind](rng)
            if pair is not None:
                drawn.append(_in_either_script(pair, rng))
        return drawn

    def _from_written(self, rng: random.Random) -> Pair:
        """Return a written pair; each comes once, in random order, before any comes again."""
        if not self._deck:
            self._deck = rng.sample(self._written, len(self._written))
        return self._deck.pop()

    def _retrieved(self, rng: random.Random) -> Pair | None:
        """Return a question with a passage found for it that does not answer it, likelier one of the first found."""
        pair = rng.choice(self._mined.questions)
        found = self._mined.of(pair)
        return replace(pair, passage=found[int(len(found) * rng.random() ** 2)], answers=())

    def _answered(self, rng: random.Random) -> Pair:
        """Return an answered pair; if it has translations, often with the question in another language."""
        pair = rng.choices(self.sets.public.answered, cum_weights=self._cumulative)[0]
        group = self._groups.get((pair.question, pair.passage.id))
        if group and rng.random() < _OTHER_LANGUAGE:
            other = rng.choice(self.sets.translations[group])
            return replace(pair, question=other.question, question_language=other.question_language)
        return pair


def _in_either_script(pair: Pair, rng: random.Random) -> Pair:
    """Return the pair, its Chinese texts sometimes in the other script; a passage only if its length stays the same."""
    if pair.question_language in _SCRIPTS and rng.random() < _OTHER_SCRIPT:
        script = _SCRIPTS[pair.question_language]
        pair = replace(pair, question=in_script(pair.question, script), question_language=script)
    if pair.passage.language in _SCRIPTS and rng.random() < _OTHER_SCRIPT:
        script = _SCRIPTS[pair.passage.language]
        text = in_script(pair.passage.text, script)
        if len(text) == len(pair.passage.text):
            pair = replace(pair, passage=replace(pair.passage, text=text, language=script))
    return pair
