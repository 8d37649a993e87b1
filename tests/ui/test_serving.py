"""How the chat is served: by a command that says all that matters, and by Streamlit's own alike."""

from __future__ import annotations

import tomllib
from pathlib import Path

from rag.cli.parser import build_parser
from rag.cli.service import ALWAYS, command
from rag.settings import load_settings

ROOT = Path(__file__).parents[2]


def test_both_ways_to_start_the_chat_are_set_alike() -> None:
    kept = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))
    flat: dict[str, object] = {}
    for section, values in kept.items():
        for name, value in values.items():
            inner = value.items() if isinstance(value, dict) else [(None, value)]
            flat |= {f"{section}.{name}" + (f".{part}" if part else ""): told for part, told in inner}
    assert flat.pop("server.address") == "127.0.0.1"
    assert flat.pop("server.maxUploadSize") == load_settings().max_file_bytes // 1_000_000
    assert flat == ALWAYS


def test_the_command_takes_what_it_is_given() -> None:
    options = build_parser().parse_args(["app", "--host", "127.0.0.2", "--port", "8600", "--no-browser"])
    given = command(options, load_settings(max_file_bytes=7_000_000))
    assert given[1:4] == ["-m", "streamlit", "run"]
    assert Path(given[4]).read_text("utf-8").endswith("show()\n")
    assert {"--server.address=127.0.0.2", "--server.port=8600", "--server.headless=true"} < set(given)
    assert "--server.maxUploadSize=7" in given
    assert "--browser.gatherUsageStats=false" in given


def test_both_entries_are_one() -> None:
    one, other = (ROOT / "app.py").read_text("utf-8"), (ROOT / "rag" / "ui" / "entry.py").read_text("utf-8")
    assert one.split('"""')[2] == other.split('"""')[2]
