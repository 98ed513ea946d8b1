"""What all tests share: the real world, loaded once, and a deterministic Hypothesis."""

import pytest
from hypothesis import HealthCheck, Phase, settings
from small_runs import real_world

from abm.world import World

settings.register_profile(
    "deterministic",
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=12,
    phases=(Phase.explicit, Phase.generate),  # the examples are small; making them smaller takes minutes
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("deterministic")


@pytest.fixture(scope="session")
def world() -> World:
    """The shipped configuration."""
    return real_world()
