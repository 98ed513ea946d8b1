"""Natural experiments: the simulated figure lies inside the interval to meet.

Fixed seeds, so the outcome is reproducible; the intervals are those of the files.
"""

import pytest

from abm.data.folder import default_configs
from abm.errors import EweaError
from experiments.natural import SIMULATED, experiment_ids, load_experiment, natural_experiment

ROOT = default_configs()
SEEDS = {"ireland_2023": 8, "czechia_condition_2026": 6, "exit_rule_2025": 8, "peace_regimes": 8}
"""Runs where two are too few: elasticities and the pull of peace differ by a factor of ten."""


@pytest.mark.parametrize("name", experiment_ids(ROOT))
@pytest.mark.parametrize("times", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_simulated_figures_lie_inside(name, times):
    seeds = range(1, 1 + times * SEEDS.get(name, 2))
    found = natural_experiment(ROOT, name, seeds=seeds, scale=200)
    for row in found["rows"]:
        assert row["inside"], row


def test_every_experiment_is_simulated_and_the_other_way_round():
    assert set(experiment_ids(ROOT)) == set(SIMULATED)


def test_unknown_experiment_is_refused():
    with pytest.raises(EweaError, match="ireland_2023"):
        load_experiment(ROOT, "atlantis")
