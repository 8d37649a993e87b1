"""What readers are told of how an answer came about."""

from __future__ import annotations

from rag.checks import Note

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
    """The note of a code, with a number where one is told."""
    return Note(code, _TEXTS[code].format(n=count))
