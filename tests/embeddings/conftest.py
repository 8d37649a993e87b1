import os
from pathlib import Path

import pytest

from embeddings import Encoder, load_encoder, packaged_model_path


@pytest.fixture(scope="session")
def model_cache() -> Path | None:
    """Where the converted model is kept between runs: DALIL_TEST_CACHE, else the user's cache."""
    directory = os.environ.get("DALIL_TEST_CACHE")
    return Path(directory) if directory else None


@pytest.fixture(scope="session")
def model_folder(model_cache: Path | None) -> Path:
    return packaged_model_path(model_cache)


@pytest.fixture(scope="session")
def encoder(model_cache: Path | None) -> Encoder:
    return load_encoder(cache_dir=model_cache)
