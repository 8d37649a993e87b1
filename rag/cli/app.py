"""`dalil app`: the chat in a browser, by a Streamlit of its own process."""

from __future__ import annotations

import argparse
import os
import sys
from importlib.util import find_spec
from typing import NoReturn

from rag.collection import Collection
from rag.errors import WrongUse
from rag.settings import Settings

# `.streamlit/config.toml` says the same for those who run `streamlit run app.py`.
ALWAYS: dict[str, str | bool] = {
    "server.showEmailPrompt": False,
    "server.fileWatcherType": "none",
    # Nothing is told to anyone, no traceback is shown, and no table is taken away as a spreadsheet's formulas.
    "browser.gatherUsageStats": False,
    "client.showErrorDetails": "none",
    "client.disableDataExport": True,
    "client.toolbarMode": "viewer",
    # Contrast of 4.5 and more with what they stand on (WCAG 2.2 AA), tinted grounds among it.
    "theme.light.primaryColor": "#0a58a6",
    "theme.light.linkColor": "#0a58a6",
    "theme.dark.primaryColor": "#74b4f4",
    "theme.dark.linkColor": "#7db7f5",
}


def app(options: argparse.Namespace, settings: Settings) -> NoReturn:
    """Check that there is a collection, then become the server; `CollectionError` where there is none."""
    Collection.open(settings.collection).close()
    os.environ["DALIL_COLLECTION"] = str(settings.collection.absolute())
    if options.llm:
        os.environ["DALIL_LLM"] = options.llm
    sys.stdout.flush()
    os.execv(sys.executable, command(options, settings))  # noqa: S606 - our own interpreter, no shell


def command(options: argparse.Namespace, settings: Settings) -> list[str]:
    """The command that serves the chat."""
    entry = find_spec("rag.ui.entry")
    if entry is None or entry.origin is None:
        raise WrongUse("the chat's files are missing; install Dalil again")
    values = {
        **ALWAYS,
        "server.address": options.host,
        "server.port": options.port,
        "server.headless": options.no_browser,
        "server.maxUploadSize": settings.max_file_megabytes,
    }
    given = [f"--{name}={str(value).lower() if isinstance(value, bool) else value}" for name, value in values.items()]
    return [sys.executable, "-m", "streamlit", "run", entry.origin, *given]
