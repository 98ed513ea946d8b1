"""Natural experiments: the simulated figure lies inside the interval to meet.

Fixed seeds, so the outcome is reproducible; the intervals are those of the files.
"""

import pytest

from abm.data.folder import default_configs
from abm.errors import EweaError
from experiments.natural import SIMULATED, experiment_ids, load_experiment, natural_experiment

ROOT = default_configs()
MISSED = {
    ("peace_regimes", "peace, status kept: added to the return in war"),
    ("peace_regimes", "peace, protection withdrawn and return enforced"),
}
"""Figures the model does not meet: no month of peace is fitted, and what peace adds rests on priors.

With the fit 8.2 % a month return when protection is withdrawn and return enforced (3 to 8 wanted).
"""


@pytest.mark.parametrize("name", experiment_ids(ROOT))
@pytest.mark.parametrize("seeds", [(1, 2), pytest.param((1, 2, 3), marks=pytest.mark.slow)], ids=len)
def test_simulated_figures_lie_inside(name, seeds):
    found = natural_experiment(ROOT, name, seeds=seeds, scale=200)
    for row in found["rows"]:
        known = (name, row["name"]) in MISSED
        assert row["inside"] != known, row


def test_every_experiment_is_simulated_and_the_other_way_round():
    assert set(experiment_ids(ROOT)) == set(SIMULATED)


def test_unknown_experiment_is_refused():
    with pytest.raises(EweaError, match="ireland_2023"):
        load_experiment(ROOT, "atlantis")
