"""What readers are told of how an answer came about."""

from __future__ import annotations

from rag.checks import Note

_TEXTS = {
    "marks_removed": "{n} of the model's marks named no source and were removed",
    "marks_corrected": "{n} sentences cited another source than the one that carries them and were corrected",
    "marks_added": "{n} sentences cited nothing; the sources that carry them were found",
    "wrong_language": "{n} sentences are not in the language of the question",
    "script_converted": "{n} sentences were written in the other Chinese script and converted",
    "cut_off": "the model was stopped before it had finished; what it had finished is shown",
    "repetition": "the model repeated itself and was stopped",
    "model_failed": "the connection to the model broke; what it had finished is shown",
    "model_declined": "the model found no answer in the evidence",
    "nothing_written": "the model wrote no sentence",
    "dropped": "{n} sentences that no source carries were left out",
    "nothing_supported": "no sentence that the model wrote is carried by a source, so none is shown",
    "planted": "{n} sentences of documents give orders to machines and were not used",
    "fallback": "no model answered; the answer is made of quotations",
    "standalone": "the question was searched together with the one before it",
}


def note(code: str, count: int = 1) -> Note:
    """The note of a code, with a number where one is told."""
    text = _TEXTS[code].format(n=count)
    return Note(
        code,
        text.replace("1 sentences are", "1 sentence is").replace("1 sentences", "1 sentence") if count == 1 else text,
    )
