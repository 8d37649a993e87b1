"""What must be set before any test imports torch, and before any reads settings."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import settings

if "PYTEST_XDIST_WORKER" in os.environ:  # as many processes as cores: a second thread of each would be in the way
    os.environ.setdefault("OMP_NUM_THREADS", "1")

# Most tests are of what comes before and after reading, and written for the order that vectors give; reading would take
# most of their time. Those of reading ask for the packaged reader.
os.environ["DALIL_READER"] = "none"

# A wall clock says nothing on a busy machine: what must be fast is measured otherwise.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")


Shared = Callable[[str, Callable[[Path], object]], Path]


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Shared:
    """Make a folder once for all processes of a run: by name, with what fills it. Nobody writes to it afterwards."""
    parent = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        parent = parent.parent

    def made(name: str, fill: Callable[[Path], object]) -> Path:
        folder, done = parent / name, parent / f"{name}.done"
        with FileLock(parent / f"{name}.lock"):
            if not done.exists():
                fill(folder)
                done.touch()
        return folder

    return made
