"""The command line's arguments."""

from __future__ import annotations

import argparse
from pathlib import Path


def build_parser() -> argparse.ArgumentParser:
    """The parser of the `dalil` command."""
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
        if name == "ask":
            command.add_argument(
                "--llm", metavar="SPEC", help="what writes the answer (default: DALIL_LLM, else extractive)"
            )

    verify = _command(commands, "verify", "check every citation of a saved answer against the source files")
    verify.add_argument(
        "answer", metavar="ANSWER.json", help="an answer, a list of them, or one a line; - is standard input"
    )

    align = _command(commands, "align", "fit the embedding model to many languages, from parallel sentences")
    align.add_argument(
        "--parallel", type=Path, required=True, metavar="DIR", help="xx.txt for each language, line n alike"
    )
    align.add_argument("--lines", type=_positive, metavar="N", help="use the first N lines only")
    align.add_argument("--output", type=Path, metavar="DIR", help="default: the user's data folder")

    _command(commands, "info", "what the collection holds")
    return parser


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
