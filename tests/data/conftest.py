"""The shipped configuration folder and world, and a copy of the folder that a test may spoil."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from abm.data.folder import load_world
from abm.data.world import World
from abm.months import month_index

CONFIGS = Path(__file__).parents[2] / "configs"


@pytest.fixture(scope="session")
def configs() -> Path:
    return CONFIGS


@pytest.fixture(scope="session")
def world(configs: Path) -> World:
    return load_world(configs, month_index("2028-03"))


@pytest.fixture
def spoiled(tmp_path: Path) -> Path:
    """A fresh copy of the configuration folder, without the map outlines."""
    root = tmp_path / "configs"
    shutil.copytree(CONFIGS, root, ignore=shutil.ignore_patterns("geo"))
    return root


@pytest.fixture
def spoil(spoiled: Path) -> Callable[[str, str, str], int]:
    """Replace the first occurrence of a text in a file of that copy; return the line of the replacement."""

    def spoil(name: str, old: str, new: str) -> int:
        path = spoiled / name
        text = path.read_text(encoding="utf-8")
        assert old in text, f"the test looks for {old!r}, which is no longer in {name}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return text[: text.index(old)].count("\n") + 1

    return spoil
