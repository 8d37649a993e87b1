"""Write an answer with a model: its sentences are checked as they are written, and notes say what was left out."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass, field

from langchain_core.messages import BaseMessage, HumanMessage
from langchain_core.runnables import RunnableConfig

from corpus.language import detect_language, in_script, script_of_chinese
from rag.answer import Note
from rag.checking.written import Checked, Checker
from rag.citing import Stated
from rag.errors import ModelFailed
from rag.models.writer import Writer
from rag.writing.draft import Draft, Written
from rag.writing.packing import Packed, numbers_of_sentences
from rag.writing.prompts import answer_messages
from rag.writing.wording import language_name, wording_for

_TEXTS = {
    "marks_removed": "marks of the model that named no source, removed: {n}",
    "marks_corrected": "sentences that cited another source than the one that carries them, corrected: {n}",
    "marks_added": "sentences that cited nothing, their sources found: {n}",
    "wrong_language": "sentences that are not in the language of the question: {n}",
    "script_converted": "sentences written in the other Chinese script, converted: {n}",
    "cut_off": "the model was stopped before it had finished; what it had finished is shown",
    "repetition": "the model repeated itself and was stopped",
    "model_failed": "the connection to the model broke; what it had finished is shown",
    "model_declined": "the model found no answer in the evidence",
    "nothing_written": "the model wrote no sentence",
    "dropped": "sentences that no source carries, left out: {n}",
    "nothing_supported": "no sentence that the model wrote is carried by a source, so none is shown",
    "planted": "sentences of documents that give orders to machines, not used: {n}",
    "fallback": "no model answered; the answer is made of quotations",
    "standalone": "the question was searched together with the one before it",
}


def note(code: str, count: int = 1) -> Note:
    """Return the note with a code; ``count`` is filled in where its text gives a number."""
    return Note(code, _TEXTS[code].format(n=count))


Output = str | Stated
# The language of a sentence with fewer letters cannot be recognised reliably.
_TELLING_LETTERS = 12
_CUT = {"length", "max_tokens", "MAX_TOKENS"}


@dataclass(slots=True)
class Writing:
    """An answer to ``question`` in ``language`` from packed passages, as far as it is written."""

    question: str
    language: str
    packed: Sequence[Packed]
    checker: Checker
    limit: int
    drop_unsupported: bool
    statements: list[Stated] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    draft: Draft = field(init=False)
    _numbers: list[int] = field(init=False)
    wants_again: bool = False
    _is_second: bool = False
    _held: str | None = ""

    def __post_init__(self) -> None:
        self.draft = Draft(self.language, self.limit, self.question)
        self._numbers = numbers_of_sentences(self.packed)

    def messages(self) -> list[BaseMessage]:
        """Return the messages for the model; after an answer in another language, they say so."""
        messages = answer_messages(self.question, self.language, self.packed, self.limit)
        if self._is_second:
            again = wording_for(self.language).again.format(language=language_name(self.language, self.language))
            messages[-1] = HumanMessage(f"{messages[-1].text}\n\n{again}")
        return messages

    @property
    def is_done(self) -> bool:
        """Return whether no more of the model's output is wanted."""
        return self.wants_again or self.draft.ended is not None

    def feed(self, piece: str) -> list[Output]:
        """Add a piece of the model's output, and return what can be shown now."""
        finished = self.draft.feed(piece)
        return [*self._shown(piece, bool(finished)), *self._checked(finished)]

    def close(self, *, cut: bool) -> list[Output]:
        """End the draft, and return what can be shown; ``cut`` says that the model was stopped before its end."""
        if self.wants_again:
            return []
        found = self._checked(self.draft.close(cut=cut))
        held = self._held or ""
        self._held = None
        if self.draft.is_cut or cut:
            self.counts["cut_off"] += 1
        if self.draft.ended in ("repetition", "overlong"):
            self.counts["repetition"] += 1
        return [*([held] if held and not self.wants_again else []), *found]

    def broken_off(self) -> bool:
        """Count a failure of the model, and return True: its output was cut off."""
        self.counts["model_failed"] += 1
        return True

    def again(self) -> None:
        """Start a second attempt, with an empty draft."""
        self.draft = Draft(self.language, self.limit, self.question)
        self.wants_again, self._is_second, self._held = False, True, ""

    def notes(self) -> list[Note]:
        """Return the notes for the reader on how the answer was made."""
        if self.draft.is_declined and not self.statements:
            self.counts["model_declined"] += 1
        elif not self.statements and not self.counts["dropped"]:
            self.counts["nothing_written"] += 1
        return [note(code, count) for code, count in self.counts.items() if count]

    def _shown(self, piece: str, is_whole: bool) -> list[Output]:
        """Return the output to show; it is held back until a first sentence shows that its language is right."""
        if self._held is None:
            return [piece] if piece else []
        self._held += piece
        if not is_whole:
            return []
        held, self._held = self._held, None
        return [held]

    def _checked(self, finished: Sequence[Written]) -> list[Output]:
        found: list[Output] = []
        for written in finished:
            text, is_right = self._in_language(written.text)
            if not is_right and not self.statements and not self._is_second:
                self.wants_again = True
                return []
            if not is_right:
                self.counts["wrong_language"] += 1
            stated = self._stated(self.checker.check(text, self._language_of(text)), written.marks)
            if self.drop_unsupported and stated.verdict.support == "unsupported":
                self.counts["dropped"] += 1
                continue
            self.statements.append(stated)
            found.append(stated)
        return found

    def _language_of(self, text: str) -> str:
        return detect_language(text, self.language)

    def _in_language(self, text: str) -> tuple[str, bool]:
        """Return the text in the script of the question's language, and whether it is in that language."""
        wanted, found = self.language, self._language_of(text)
        script = script_of_chinese(text) if wanted.startswith("zh") else None
        if script and wanted in ("zh-Hans", "zh-Hant") and not wanted.endswith(script):
            self.counts["script_converted"] += 1
            return in_script(text, wanted), True
        few = sum(c.isalpha() for c in text) < _TELLING_LETTERS and not wanted.startswith(("zh", "ja"))
        return text, few or found.split("-")[0] == wanted.split("-")[0]

    def _stated(self, checked: Checked, marks: tuple[int, ...]) -> Stated:
        """Return the statement with the citations that the checks found, and count how the model's own marks differ."""
        sources = tuple(self.checker.sentences[place] for place in checked.places)
        right = {self._numbers[place] for place in checked.places}
        known = {mark for mark in marks if 1 <= mark <= len(self.packed)}
        self.counts["marks_removed"] += len(set(marks) - known)
        if checked.verdict.support != "unsupported":
            self.counts["marks_corrected"] += bool(known) and not known & right
            self.counts["marks_added"] += not known
        return Stated(checked.claim, checked.verdict, sources, marks, checked.places)


def write(writing: Writing, writer: Writer, timeout: float, config: RunnableConfig) -> Iterator[Output]:
    """Yield pieces of text and checked statements as the model writes.

    After ``timeout`` seconds the answer ends with what is finished. Closing the iterator stops the model. Raises
    `ModelFailed` if the model fails before the first checked sentence.
    """
    deadline = time.monotonic() + timeout
    while True:
        cut = False
        stream = writer.model.stream(writing.messages(), config)
        try:
            for chunk in stream:
                yield from writing.feed(str(chunk.text))
                cut = cut or _is_cut(chunk.response_metadata) or time.monotonic() > deadline
                if writing.is_done or time.monotonic() > deadline:
                    break
        except ModelFailed:
            if not writing.statements:
                raise
            cut = writing.broken_off()
        finally:
            _close(stream)
        yield from writing.close(cut=cut)
        if not writing.wants_again:
            return
        writing.again()


async def awrite(writing: Writing, writer: Writer, timeout: float, config: RunnableConfig) -> AsyncGenerator[Output]:
    """Yield the same as `write`, asynchronously: cancelling the task stops the model. Checks run in another thread."""
    deadline = time.monotonic() + timeout
    while True:
        cut = False
        stream = writer.model.astream(writing.messages(), config)
        try:
            while not writing.is_done:
                # Not wait_for, which in Python 3.11 may swallow a cancellation that comes with a result.
                async with asyncio.timeout(deadline - time.monotonic()):
                    chunk = await anext(stream)
                for output in await asyncio.to_thread(writing.feed, str(chunk.text)):
                    yield output
                cut = cut or _is_cut(chunk.response_metadata)
        except StopAsyncIteration:
            pass
        except TimeoutError:
            cut = True
        except ModelFailed:
            if not writing.statements:
                raise
            cut = writing.broken_off()
        finally:
            await _aclose(stream)
        for output in await asyncio.to_thread(writing.close, cut=cut):
            yield output
        if not writing.wants_again:
            return
        writing.again()


def _is_cut(metadata: dict[str, object]) -> bool:
    return bool(_CUT & {metadata.get("finish_reason"), metadata.get("stop_reason"), metadata.get("done_reason")})


def _close(stream: object) -> None:
    close = getattr(stream, "close", None)
    if close:
        close()


async def _aclose(stream: object) -> None:
    close = getattr(stream, "aclose", None)
    if close:
        await close()
