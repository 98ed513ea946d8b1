"""The shipped configuration folder, and a copy that a test may spoil."""

import shutil
from pathlib import Path

import pytest

CONFIGS = Path(__file__).parents[2] / "configs"


@pytest.fixture(scope="session")
def configs() -> Path:
    return CONFIGS


@pytest.fixture
def spoiled(tmp_path: Path) -> Path:
    """A fresh copy of the configuration folder, without the map outlines."""
    root = tmp_path / "configs"
    shutil.copytree(CONFIGS, root, ignore=shutil.ignore_patterns("geo"))
    return root
