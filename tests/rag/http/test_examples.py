"""The examples of docs/api.md run as they stand against a real service with keys."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from api_support import make_key, serving

DOCS = Path(__file__).parents[3] / "docs" / "api.md"
_BLOCK = re.compile(r"^```bash\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_the_examples_with_curl_run_as_they_stand(own_collection: Path, tmp_path: Path) -> None:
    blocks = _BLOCK.findall(DOCS.read_text("utf-8"))
    assert len(blocks) >= 6
    here = tmp_path / "here"
    here.mkdir()
    key = make_key(tmp_path / "service", "ask", "manage")
    with serving(own_collection, tmp_path / "service", DALIL_SERVE_RATE=0) as server:
        given = {**os.environ, "DALIL": server.address, "KEY": key}
        script = "set -euo pipefail\n" + "\n".join(blocks)
        ran = subprocess.run(["bash", "-c", script], cwd=here, env=given, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stdout + ran.stderr

    def made(name: str) -> Any:
        return json.loads((here / name).read_text("utf-8"))

    assert made("answer.json")["status"] == "answered"
    assert {citation["language"] for citation in made("answer.json")["citations"]} <= {"kk", "en"}
    names = re.findall(r"^event: (\w+)", (here / "events.txt").read_text("utf-8"), re.MULTILINE)
    assert (names[0], names[-1], "statement" in names) == ("hits", "answer", True)
    assert made("span.json")["text"] == made("hits.json")["hits"][0]["text"]
    assert made("verified.json")["ok"] is True
    assert made("job.json")["status"] == "done"
    assert made("deleted.json")["kind"] == "delete"
    assert made("completion.json")["dalil"]["status"] == "answered"


def test_every_setting_is_documented() -> None:
    from rag.http.settings import ServeSettings

    text = DOCS.read_text("utf-8")
    missing = [name for name in ServeSettings.model_fields if f"`{name.upper()}`" not in text]
    assert missing == ["folder"]
    assert "`DALIL_SERVE_FOLDER`" in text
