"""The parser of the command line: the commands with their arguments and options."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the `dalil` command."""
    parser = argparse.ArgumentParser(
        prog="dalil", description="Answers from your documents, in many languages, cited to the exact words."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    index = _command(commands, "index", "bring the collection in step with files and folders")
    index.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="default: the shipped documents")
    index.add_argument("--quiet", action="store_true", help="print nothing but errors")

    for name, text in (("search", "find evidence: ranked hits"), ("ask", "ask a question, get a cited answer")):
        command = _command(commands, name, text)
        command.add_argument("question", nargs="?", metavar="QUESTION")
        command.add_argument("--batch", metavar="FILE.jsonl", help='lines {"id", "question"}; - is standard input')
        command.add_argument("-k", type=_positive, metavar="N", help="how many hits (default 10)")
        _add_filters(command)
        if name == "ask":
            command.add_argument(
                "--llm", metavar="SPEC",
                help="what writes the answer: openai:MODEL, ollama:MODEL, llamacpp:FILE.gguf, http://…/v1, auto …"
                " (default: DALIL_LLM, else extractive)",
            )  # fmt: skip
            command.add_argument(
                "--history",
                metavar="FILE.json",
                help='the conversation so far: [{"question", "answer"}, …], oldest first',
            )
            command.add_argument(
                "--gloss", action="store_true", help="translate quotes in other languages (needs --llm)"
            )

    read = _command(commands, "read", "show what is read in files: text, facts, what was left out and why")
    read.add_argument("files", nargs="+", type=Path, metavar="FILE")

    verify = _command(commands, "verify", "check every citation of a saved answer against the source files")
    verify.add_argument(
        "answer", metavar="ANSWER.json", help="an answer, a list of them, or one a line; - is standard input"
    )

    _add_bench(commands)

    align = _command(commands, "align", "fit the embedding model to many languages, from parallel sentences")
    align.add_argument(
        "--parallel", type=Path, required=True, metavar="DIR", help="xx.txt for each language, line n alike"
    )
    align.add_argument("--lines", type=_positive, metavar="N", help="use the first N lines only")
    align.add_argument("--output", type=Path, metavar="DIR", help="default: the user's data folder")

    app = _command(commands, "app", "open the chat in a browser")
    app.add_argument("--host", default="127.0.0.1", help="address to serve at (default 127.0.0.1: this machine alone)")
    app.add_argument("--port", type=_positive, default=8501, help="port to serve at (default 8501)")
    app.add_argument("--no-browser", action="store_true", help="do not open a browser")
    app.add_argument("--llm", metavar="SPEC", help="what writes the answers (default: DALIL_LLM, else extractive)")

    _add_serve(commands)
    _command(commands, "info", "what the collection holds")
    return parser


def _add_serve(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    serve = _command(commands, "serve", "serve cited answers to other programs over HTTP")
    serve.add_argument("--host", help="address to serve at (default 127.0.0.1: this machine alone)")
    serve.add_argument("--port", type=_positive, help="port to serve at (default 8600)")
    serve.add_argument("--workers", type=_positive, metavar="N", help="processes, each with the model (default 1)")
    serve.add_argument("--llm", metavar="SPEC", help="what writes the answers (default: DALIL_LLM, else extractive)")
    serve.add_argument(
        "--no-keys", action="store_true", default=None, dest="keyless",
        help="ask for no keys although there are some; on this machine alone",
    )  # fmt: skip
    keys = _command(commands, "keys", "who may use the service: make, list and revoke keys")
    keys.add_argument("action", choices=["add", "list", "revoke"])
    keys.add_argument("name", nargs="?", metavar="NAME|ID", help="who a new key is for; the id of one to revoke")
    keys.add_argument(
        "--scope", action="append", choices=["ask", "manage"], dest="scopes",
        help="what it may: ask (default), manage (add and delete documents); repeat for both",
    )  # fmt: skip
    mcp = _command(commands, "mcp", "serve tools to assistants over MCP (standard input and output, or HTTP)")
    mcp.add_argument("--http", action="store_true", help="serve over HTTP at /mcp")
    mcp.add_argument("--host", default="127.0.0.1", help="address to serve at (default 127.0.0.1: this machine alone)")
    mcp.add_argument("--port", type=_positive, default=8601, help="port to serve at (default 8601)")
    mcp.add_argument("--llm", metavar="SPEC", help="what writes the answers (default: DALIL_LLM, else extractive)")


def _add_bench(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    bench = _command(commands, "bench", "measure retrieval and answers, with other methods beside")
    bench.add_argument(
        "datasets", nargs="*", type=Path, metavar="DATASET",
        help="dataset folders, or folders of them (default: the shipped questions)",
    )  # fmt: skip
    bench.add_argument(
        "--method", metavar="LIST", help="of dalil, dense, lexical, rrf (default: these), aligned, dalil-words, …"
    )
    bench.add_argument(
        "--split", default="test", metavar="NAME", help="of BEIR's folders, judge by qrels/NAME.tsv (default test)"
    )
    bench.add_argument("--html", type=Path, metavar="FILE", help="write a report with charts")
    bench.add_argument("--output", type=Path, metavar="DIR", help="where results are kept (default: the user's data)")
    bench.add_argument(
        "--compare", nargs="+", action=_OneOrTwo, metavar=("OLD", "NEW"),
        help="show what changed since the results OLD (a commit or a file), now or in NEW",
    )  # fmt: skip
    bench.add_argument("--against", type=Path, metavar="FILE", help="fail where results fall below those in FILE …")
    bench.add_argument("--margin", type=_margin, default=0.03, metavar="X", help="… by more than this (default 0.03)")
    bench.add_argument(
        "--cache", type=Path, metavar="DIR", help="where datasets' collections are kept (default: the user's cache)"
    )


class _OneOrTwo(argparse.Action):
    """An option that takes one value or two."""

    def __call__(self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any, *_: Any) -> None:
        if len(values) > 2:
            parser.error(f"{self.option_strings[0]} takes one or two results, not {len(values)}")
        setattr(namespace, self.dest, values)


def _margin(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError("give a number from 0 to 1")
    return value


def _add_filters(command: argparse.ArgumentParser) -> None:
    group = command.add_argument_group("limits", "search only a part of the collection; repeat an option for more")
    group.add_argument("--language", action="append", dest="languages", metavar="TAG", help="kk, zh-Hant, zh (both) …")
    group.add_argument("--since", metavar="DATE", help="published on that day, month or year, or later")
    group.add_argument("--until", metavar="DATE", help="published on that day, month or year, or earlier")
    group.add_argument("--publisher", action="append", dest="publishers", metavar="NAME", help="as documents name it")
    group.add_argument("--document", action="append", dest="documents", metavar="ID|PATH", help="one, or a folder")


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, text: str
) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
    command.add_argument(
        "--collection", type=Path, metavar="DIR", help="default: DALIL_COLLECTION, else the user's data folder"
    )
    command.add_argument("--json", action="store_true", help="print JSON alone on standard output")
    command.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return command


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("give a number of 1 or more")
    return int(text)
