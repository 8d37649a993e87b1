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

# Files whose tests take longest, longest first. Begun first, they do not keep one process at work while others rest.
_LONG = (
    "test_browser.py", "test_smollm.py", "test_robustness.py", "test_bench_run.py", "test_hostile_collection.py",
    "test_support.py", "test_writing_model.py", "test_citations.py", "test_mcp_tools.py", "test_schema.py",
    "test_mcp_trouble.py", "test_cli.py", "test_benchmarking.py", "test_client.py", "test_planted.py",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files that take longest first; each file's tests stay in their order."""
    places = {name: place for place, name in enumerate(_LONG)}
    items.sort(key=lambda item: places.get(item.path.name, len(_LONG)))


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
