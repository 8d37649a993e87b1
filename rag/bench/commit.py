"""Which version of Dalil is being measured."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

_HOME = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Commit:
    """The commit of Dalil's own checkout, None where it is installed otherwise."""

    sha: str | None
    is_dirty: bool


def current_commit() -> Commit:
    """The commit that is running, and whether files that git knows differ from it."""
    git = shutil.which("git")
    if not git or not (_HOME / ".git").exists():
        return Commit(None, is_dirty=False)
    sha = _git(git, "rev-parse", "HEAD")
    return Commit(sha or None, is_dirty=bool(sha and _git(git, "status", "--porcelain", "--untracked-files=no")))


def _git(git: str, *arguments: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - fixed arguments
            [git, "-C", str(_HOME), *arguments], capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
