"""The functions that carry out the commands."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from embeddings import PACKAGED, load_encoder
from rag.assistant import Assistant
from rag.cli.inputs import Row, read_answers, read_batch, read_history
from rag.cli.output import (
    print_alignment,
    print_answer,
    print_file,
    print_hits,
    print_info,
    print_problems,
    print_report,
)
from rag.cli.progress import BarProgress, counting
from rag.cli.service import app
from rag.cli.text import drop_output, visible
from rag.errors import DalilError, WrongUse, as_dalil_errors
from rag.indexing.plan import Progress
from rag.indexing.update import index_paths
from rag.library.catalogue import describe
from rag.library.filetext import read_file
from rag.models.writer import EXTRACTIVE
from rag.search.alignments import alignment_folder, fit_sentences, read_parallel
from rag.search.collection import Collection
from rag.search.filters import filters_from
from rag.settings import SHIPPED_DOCUMENTS, Settings, load_settings
from rag.verify import Locate, among, verify_answer


def run(options: argparse.Namespace) -> int:
    """Run the parsed command and return its exit code; an error becomes one sentence on standard error."""
    try:
        settings = load_settings(
            collection=options.collection, k=getattr(options, "k", None), llm=getattr(options, "llm", None)
        )
        with as_dalil_errors():
            return _COMMANDS[options.command](options, settings)
    except DalilError as error:
        if options.debug:
            raise
        print(f"dalil: {visible(str(error))}", file=sys.stderr)
        return error.exit_code
    except (KeyboardInterrupt, BrokenPipeError):
        raise
    except Exception as error:
        if options.debug:
            raise
        reason = visible(f"{type(error).__name__}: {error}")
        print(f"dalil: unexpected error ({reason}); run again with --debug", file=sys.stderr)
        return 1


def _index(options: argparse.Namespace, settings: Settings) -> int:
    paths = options.paths or [SHIPPED_DOCUMENTS]
    progress = Progress() if options.quiet else BarProgress()
    report = index_paths(paths, settings, lambda name: load_encoder(name, cache_dir=settings.cache), progress)
    if options.json:
        _print_json(asdict(report))
    elif not options.quiet:
        print_report(report, settings.collection)
    return 0


def _read(options: argparse.Namespace, settings: Settings) -> int:
    for path in options.files:
        found = read_file(path, max_bytes=settings.max_file_bytes)
        if options.json:
            _print_json(found)
        else:
            print_file(found)
    return 0


def _search(options: argparse.Namespace, settings: Settings) -> int:
    filters = filters_from(vars(options))

    def one(assistant: Assistant, row: Row) -> dict[str, Any]:
        question = assistant.engine.checked(row.question)
        return assistant.search_result(question, assistant.search(question, filters=filters), row.id)

    def show(assistant: Assistant, question: str) -> None:
        print_hits(question, assistant.search(question, filters=filters))

    # A search writes no text, so it needs no language model.
    return _questions(options, settings.model_copy(update={"llm": EXTRACTIVE, "judge": None}), one, show)


def _ask(options: argparse.Namespace, settings: Settings) -> int:
    filters = filters_from(vars(options))

    history = read_history(options.history) if options.history else ()

    def one(assistant: Assistant, row: Row) -> dict[str, Any]:
        before = row.history or history
        return assistant.ask(row.question, id=row.id, filters=filters, history=before, gloss=options.gloss).to_dict()

    def show(assistant: Assistant, question: str) -> None:
        print_answer(assistant.ask(question, filters=filters, history=history, gloss=options.gloss))

    return _questions(options, settings, one, show)


def _questions(
    options: argparse.Namespace,
    settings: Settings,
    one: Callable[[Assistant, Row], dict[str, Any]],
    show: Callable[[Assistant, str], None],
) -> int:
    if bool(options.batch) == (options.question is not None):
        raise WrongUse(f'give either a question or --batch FILE.jsonl, as in: dalil {options.command} "…?"')
    rows = list(read_batch(options.batch)) if options.batch else []
    with Assistant.open(settings=settings) as assistant:
        if not options.batch:
            if options.json:
                _print_json(one(assistant, Row(None, options.question, [])))
            else:
                show(assistant, options.question)
            return 0
        code = 0
        for row in rows:
            try:
                result = one(assistant, row)
            except WrongUse as error:
                result, code = {"id": row.id, "question": row.question, "error": str(error)}, error.exit_code
            _print_json(result)
    return code


def _verify(options: argparse.Namespace, settings: Settings) -> int:
    answers = read_answers(options.answer)
    locate = _locator(settings)
    results = [
        {
            "id": answer.get("id"),
            "citations": len(citations) if isinstance(citations := answer.get("citations"), list) else 0,
            "problems": [asdict(problem) for problem in verify_answer(answer, locate)],
        }
        for answer in answers
    ]
    code = 1 if any(result["problems"] for result in results) else 0
    try:
        if options.json:
            _print_json({"ok": code == 0, "answers": results})
        else:
            print_problems(results)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader has stopped reading; the exit code still reports what was found
        drop_output()
    return code


def _locator(settings: Settings) -> Locate:
    """Return a function that finds files of the collection by SHA-256; it finds none without a usable collection."""
    try:
        collection = Collection.open(settings.collection)
        known = collection.store.files()
        collection.close()
    except Exception:  # noqa: BLE001 - whatever is wrong with the collection, the files can be checked
        known = {}
    return among(known)


def _bench(options: argparse.Namespace, settings: Settings) -> int:
    # Imported here: the measuring libraries take time to import, and no question need wait for that.
    from rag.cli.bench import bench

    code, result = bench(options, settings)
    if result is not None:
        _print_json(result)
    return code


def _align(options: argparse.Namespace, settings: Settings) -> int:
    sentences = read_parallel(options.parallel, options.lines)
    encoder = load_encoder(settings.model or PACKAGED, cache_dir=settings.cache)
    with counting(2 * sum(map(len, sentences.values())), "Embedding", "sentence") as advance:
        alignment = fit_sentences(sentences, encoder, on_batch=advance)
    path = (options.output or alignment_folder()) / f"{encoder.fingerprint}.npz"
    alignment.save(path)
    result = {"model": encoder.name, "languages": sorted(alignment.means), "path": str(path)}
    if options.json:
        _print_json(result)
    else:
        print_alignment(result)
    return 0


def _info(options: argparse.Namespace, settings: Settings) -> int:
    collection = Collection.open(settings.collection)
    info = describe(collection)
    if options.json:
        _print_json(info)
    else:
        print_info(info, collection.root)
    return 0


def _serve(options: argparse.Namespace, settings: Settings) -> int:
    # Imported here: the server's libraries take time to import, and no question need wait for that.
    from rag.cli.service import serve

    return serve(options, settings)


def _keys(options: argparse.Namespace, settings: Settings) -> int:
    from rag.cli.service import keys

    result = keys(options, settings)
    if options.json:
        _print_json(result)
    return 0


def _mcp(options: argparse.Namespace, settings: Settings) -> int:
    from rag.cli.service import mcp

    return mcp(options, settings)


def _print_json(value: dict[str, Any]) -> None:
    text = json.dumps(value, ensure_ascii=False)
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:  # half a surrogate pair, or a locale without the character
        text = json.dumps(value)
    print(text, flush=True)


_COMMANDS: dict[str, Callable[[argparse.Namespace, Settings], int]] = {
    "index": _index,
    "read": _read,
    "search": _search,
    "ask": _ask,
    "verify": _verify,
    "bench": _bench,
    "align": _align,
    "info": _info,
    "app": app,
    "serve": _serve,
    "keys": _keys,
    "mcp": _mcp,
}
