"""The shipped configuration folder and world, and a copy of the folder that a test may spoil."""

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
