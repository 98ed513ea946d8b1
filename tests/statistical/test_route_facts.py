"""Routes against the facts the issue names; one seed, fixed, about 3,000 households per host.

Pass shares are those of a few hundred applicants: a standard error of about 0.02, so the tolerance
of 0.05 raises a false alarm in about one case in eighty for a model that meets the fact exactly.
Several of these figures set the interest or the unobserved pass share of their route
(``configs/routes``), so this is a check of the machinery, not a validation.
"""

import pytest

from abm.data.folder import default_configs
from abm.months import month_index
from abm.policy.scenario import scenario_world
from experiments.route_facts import route_facts


@pytest.fixture(scope="module")
def facts():
    return route_facts(scenario_world(default_configs(), month_index("2026-01")))


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("zdp_pass_share", 0.1375, 0.2375),
        ("zdp_applied", 60_000, 100_000),
        ("rwr_granted", 600, 1_400),
        ("rwr_applied", 5_000, 9_000),
        ("fi_applied_share", 0.10, 0.20),
        ("fi_failed_share", 0.5, 1.0),
        ("switched_share_eu", 0.01, 0.02),
        ("asylum_claims_fr_2024", 10_000, 13_600),
        ("asylum_claims_eu_2024", 20_000, 28_000),
    ],
)
def test_route_meets_the_fact(facts, name, low, high):
    assert low <= facts[name] <= high, facts
