"""One small population on which everybody decides."""

from pathlib import Path

import pytest

from experiments.bench.contest import Contest
from experiments.bench.measure import start_simulation

CONFIGS = Path(__file__).parents[2] / "configs"


@pytest.fixture(scope="session")
def simulation():
    """About 24,000 households on the first day of the month."""
    return start_simulation(CONFIGS, 100, 1)


@pytest.fixture(scope="session")
def contest(simulation, tmp_path_factory):
    """Everything timed once; what matters here is the work, so nothing is warmed up."""
    held = Contest(simulation, 6_000, 1, tmp_path_factory.mktemp("compiled"))
    for job in held.timed:
        job.once(1)
    return held
