"""What all tests share: the real world, loaded once, and a deterministic Hypothesis."""

import pytest
from hypothesis import HealthCheck, settings

from abm.loading import default_configs, load_world
from abm.months import month_index
from abm.world import World

settings.register_profile(
    "deterministic",
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=12,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("deterministic")

HORIZON = month_index("2028-03")


@pytest.fixture(scope="session")
def world() -> World:
    """The shipped configuration."""
    return load_world(default_configs(), HORIZON)
