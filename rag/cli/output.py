"""Terminal output of answers, hits and reports: wrapped, aligned, with nothing that could control the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from rag.answer import Answer, Citation, Hit, Statement
from rag.cli.text import rows, short_path, visible
from rag.indexing.plan import SKIPPED_NAME, IndexReport, skipped_by_kind
from rag.library.wording import Place, about, focus_in_quote, focus_place, kind_of, nearest, other_notes, words_in

_MAX_WIDTH = 80
_MAX_SKIPPED = 20


def print_answer(answer: Answer) -> None:
    """Print an answer with its numbered sources, what sources agree and differ on, and the notes on it."""
    console = plain_console(_MAX_WIDTH)
    _line(console, answer.question, style="bold")
    if answer.standalone:
        _line(console, f"searched as: {answer.standalone}", style="dim")
    console.print()
    if answer.status == "answered":
        _answered(console, answer)
    else:
        _unanswered(console, answer)


def _answered(console: Console, answer: Answer) -> None:
    for statement in answer.statements:
        _statement(console, statement, answer)
        console.print()
    for conflict in answer.conflicts:
        values = "; ".join(f"{text} {_marks(numbers)}" for text, numbers in conflict.values)
        _line(console, f"Sources differ on a {conflict.kind}: {values}", style="yellow")
    _notes(console, answer)
    writer = f", written by {answer.model}" if answer.model else ""
    _line(console, f"Sources (confidence {answer.confidence:.2f}{writer})", style="bold")
    said = {statement.text for statement in answer.statements}
    for citation in answer.citations:
        focus = focus_in_quote(citation, answer.statements, visible)
        _citation(console, citation, is_shown=citation.quote not in said, focus=focus)


def _unanswered(console: Console, answer: Answer) -> None:
    """Print a reply without statements: a note, or, in the asker's language, whether the hits may hold the answer."""
    kind, words = kind_of(answer), words_in(answer.language)
    if kind == "about":
        for line in (about(answer) or "").splitlines():
            _line(console, line)
        _notes(console, answer)
        return
    _line(console, words.likely if kind == "likely" else words.nothing)
    hits = nearest(answer)
    if kind == "none" and hits:
        console.print()
        _line(console, words.nearest, style="dim")
    for hit in hits:
        console.print()
        _hit(console, hit)
    console.print()
    _notes(console, answer)
    _line(console, f"confidence {answer.confidence:.2f}", style="dim")


def _statement(console: Console, statement: Statement, answer: Answer) -> None:
    warning = "" if statement.support == "supported" else f" ({statement.support})"
    focus = focus_place(statement, answer.citations, visible)
    _line(console, f"{statement.text} {_marks(statement.citations)}{warning}", bold=focus)
    for finding in statement.findings:
        if finding.refutes or finding.verdict == "missing":
            what = f"the {finding.kind} {finding.text!r} " if finding.text else "a negation "
            told = f"is not in the source, which says {finding.source!r}" if finding.source else "is not in the source"
            _line(console, f"{what}{told}", indent=4, style="yellow")
    agreement = statement.agreement
    if agreement and agreement.sources > 1:
        since, until = agreement.since, agreement.until
        dates = "" if not since else f", {since}" if since == until else f", {since} to {until}"
        languages = ", ".join(agreement.languages)
        told = f"{agreement.sources} independent sources agree ({languages}{dates}) {_marks(agreement.citations)}"
        _line(console, told, indent=4, style="dim")


def _marks(numbers: Sequence[int]) -> str:
    return "".join(f"[{number}]" for number in numbers)


def _notes(console: Console, answer: Answer) -> None:
    for note in other_notes(answer):
        _line(console, f"Note: {note.text}.", style="dim")


def _citation(console: Console, citation: Citation, *, is_shown: bool, focus: Place | None) -> None:
    """Print a source; with ``is_shown`` also its words, in which the short answer, at ``focus``, is in bold."""
    facts = [citation.title, citation.language, citation.published]
    _line(console, f"[{citation.number}] " + " · ".join(fact for fact in facts if fact))
    if is_shown:
        _line(console, citation.quote, indent=4, bold=focus)
    if citation.gloss:
        _line(console, f"{citation.gloss.text} (translated by {citation.gloss.model})", indent=4, style="dim")
    if citation.url:
        _line(console, citation.url, indent=4, style="dim")
    place = f" › {citation.part}" if citation.part else f", line {citation.line}"
    _line(console, short_path(citation.path) + place, indent=4, style="dim")


def print_hits(question: str, hits: list[Hit]) -> None:
    """Print the ranked evidence for a question."""
    console = plain_console(_MAX_WIDTH)
    _line(console, question, style="bold")
    for hit in hits:
        console.print()
        _hit(console, hit)
    if not hits:
        _line(console, "Nothing found.", style="yellow")


def print_report(report: IndexReport, root: Path) -> None:
    """Print what an indexing run did."""
    console = plain_console(_MAX_WIDTH)
    counts = [
        ("added", len(report.added)),
        ("changed", len(report.changed)),
        ("unchanged", len(report.unchanged)),
        ("moved", len(report.moved)),
        ("removed", len(report.removed)),
        ("identical", len(report.duplicates)),
        ("skipped", len(report.skipped)),
    ]
    always = {"added", "changed", "unchanged", "removed", "skipped"}
    _line(console, ", ".join(f"{count} {name}" for name, count in counts if count or name in always))
    for path, twin in report.duplicates.items():
        _line(console, f"identical: {short_path(path)} is stored once, with {short_path(twin)}", indent=2)
    if len(report.skipped) <= _MAX_SKIPPED:
        for path, reason in report.skipped.items():
            _line(console, f"skipped: {short_path(path)}: {reason}", indent=2)
    else:
        for kind, paths in skipped_by_kind(report):
            shown = f"{short_path(paths[0])} …" if len(paths) > 1 else short_path(paths[0])
            _line(console, f"skipped {len(paths)}: {kind} ({shown})", indent=2)
        _line(console, f"every skipped file stands in {short_path(str(root / SKIPPED_NAME))}", indent=2)
    _line(console, f"{report.documents} documents, {report.chunks} chunks in {short_path(str(root))}")


def print_file(found: dict[str, Any]) -> None:
    """Print what was read in a file, as `rag.library.filetext.read_file` returns it."""
    console = plain_console(_MAX_WIDTH)
    _line(console, short_path(found["path"]), style="bold")
    if reason := found.get("skipped"):
        _line(console, f"skipped: {reason}", style="yellow")
        return
    for name in ("reader", "encoding", "language", "title", "author", "publisher", "published", "url"):
        if found[name]:
            _line(console, f"{name:<11}{found[name]}", style="dim")
    begins = {part["start"]: part["name"] for part in found["parts"]}
    ends = sorted({*begins, len(found["text"])} - {0})
    for start, end in pairwise([0, *ends]):
        console.print()
        if start in begins:
            _line(console, f"— {begins[start]} —", style="dim")
        for paragraph in found["text"][start:end].strip().split("\n\n"):
            _line(console, paragraph)
    console.print()
    for piece in found["left_out"]:
        _line(console, f"left out: {piece['what']} ({piece['characters']:,} characters)", style="dim")
    for warning in found["warnings"]:
        _line(console, f"note: {warning}", style="yellow")


def print_info(info: dict[str, Any], root: Path) -> None:
    """Print what the collection holds."""
    console = plain_console(_MAX_WIDTH)
    languages = ", ".join(f"{name} {count}" for name, count in info["languages"].items())
    rows = {
        "collection": str(root),
        "documents": f"{info['documents']:,}",
        "chunks": f"{info['chunks']:,} ({languages})" if languages else "0",
        "model": f"{info['model']}, {info['dimension']} dimensions, {'aligned' if info['aligned'] else 'not aligned'}",
        "on disk": f"{info['bytes'] / 1e6:.1f} MB, generation {info['generation']}",
        "version": info["version"],
    }
    for name, value in rows.items():
        _line(console, f"{name:<11}{value}")


def print_alignment(result: dict[str, Any]) -> None:
    """Print the result of fitting an alignment."""
    console = plain_console(_MAX_WIDTH)
    _line(
        console, f"{result['model']} aligned for {len(result['languages'])} languages: {', '.join(result['languages'])}"
    )
    _line(console, f"kept at {short_path(result['path'])}; run `dalil index PATH` to use it")


def print_problems(results: list[dict[str, Any]]) -> None:
    """Print the problems that verifying found, and how many citations it checked."""
    console = plain_console(_MAX_WIDTH)
    checked = sum(result["citations"] for result in results)
    failed = 0
    for result in results:
        for problem in result["problems"]:
            failed += 1
            name = f"answer {result['id']}, " if result["id"] is not None else ""
            place = f"[{problem['number']}] " if problem["number"] is not None else ""
            _line(console, f"{name}{place}{problem['reason']}", style="red")
    if failed:
        _line(console, f"{failed} of the checks on {checked} citations failed.", style="bold red")
    else:
        _line(console, f"All {checked} citations hold.", style="green")


def _hit(console: Console, hit: Hit) -> None:
    _line(console, f"{hit.rank}. {hit.chunk.text}")
    _line(
        console,
        f"{hit.score:.3f} · {hit.chunk.language} · {short_path(hit.path)}"
        + (f" › {part}" if (part := hit.address.part) else f", line {hit.chunk.line}"),
        indent=4,
        style="dim",
    )
    if hit.twins:
        places = dict.fromkeys(short_path(twin.path) for twin in hit.twins)
        _line(console, f"the same words in {', '.join(places)}", indent=4, style="dim")


def _line(console: Console, text: str, *, style: str = "", indent: int = 0, bold: Place | None = None) -> None:
    """Print text literally, without mark-up, emoji codes or highlighting; the part of it at ``bold`` is in bold."""
    for at, row in rows(visible(text), console.width - indent):
        line = Text(" " * indent + row, style=style)
        if bold:
            first, last = (min(max(place - at, 0), len(row)) + indent for place in bold)
            line.stylize("bold", first, last)
        console.print(line, markup=False, highlight=False, emoji=False)


class _Console(Console):
    """A console that leaves a broken pipe to `rag.cli.main`, which handles it for all commands."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def plain_console(width: int | None = None) -> Console:
    """Return a console that never interprets mark-up, at most ``width`` columns wide (default: as the terminal)."""
    known = Console().width
    return _Console(width=min(width or known, known), highlight=False, emoji=False, markup=False)
