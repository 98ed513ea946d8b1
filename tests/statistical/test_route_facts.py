"""Routes against the facts the issue names: the median of six members of the ensemble.

Several of these figures set the interest or the unobserved pass share of their route
(``configs/routes``), so this is a check of the machinery, not a validation.
"""

import numpy as np
import pytest
from numpy.typing import NDArray

from abm.codes import Status
from abm.data.folder import default_configs
from abm.data.world import World
from abm.months import month_index
from abm.policy.scenario import scenario_world
from abm.state import State
from experiments.facts.bench import end_of_2025

SEEDS = tuple(range(1, 7))


def route_facts(world: World, seed: int) -> dict[str, float]:
    """Return the figures that routes have to meet, of one member (B087, B088, B091, B095, B096).

    Returns
    -------
    dict
        ``zdp_pass_share``, ``rwr_granted``, ``rwr_applied``, ``fi_applied_share`` and
        ``fi_failed_share``, ``switched_share_eu`` (with an ordinary permit, August 2025),
        ``asylum_claims_fr_2024`` and ``asylum_claims_eu_2024`` (holders of protection who claimed).
    """
    state = end_of_2025(world, seed)
    first = state.settings.start
    ids, routes = world.hosts.ids, [route.id for route in world.routes]
    asked = state.history.applications.astype(float)

    def total(route: str, host: str, until: str) -> NDArray[np.float64]:
        return np.asarray(
            asked[: month_index(until) - first, routes.index(route), ids.index(host)].sum(axis=0)
        )

    zdp, rwr = total("cz_zdp", "CZ", "2026-01"), total("at_rwr_plus", "AT", "2025-02")
    finland = total("fi_regular", "FI", "2025-10")
    stock = state.history.stock[month_index("2025-09") - first].sum(axis=(2, 3)).astype(float)
    eu = world.hosts.is_eu
    permits = stock[:, [Status.TRANSITION_PERMIT, Status.REGULAR_PERMIT]].sum(axis=1)
    claims = claims_2024(state)
    return {
        "zdp_applied": float(zdp[0]),
        "zdp_pass_share": float(zdp[1] / zdp[0]),
        "rwr_applied": float(rwr[0]),
        "rwr_granted": float(rwr[1]),
        "fi_applied_share": float(finland[0] / stock[ids.index("FI")].sum()),
        "fi_failed_share": float(1.0 - finland[1] / finland[0]),
        "switched_share_eu": float(permits[eu].sum() / stock[eu].sum()),
        "asylum_claims_fr_2024": float(claims[ids.index("FR")]),
        "asylum_claims_eu_2024": float(claims[eu].sum()),
    }


def claims_2024(state: State) -> NDArray[np.float64]:
    """Return expected asylum claims of holders of protection in 2024 by host, persons, float64[H]."""
    world, first = state.world, state.settings.start  # of the member: its draw sets the hazard
    c, total = world.coefficients, np.zeros(state.n_hosts)
    for month in range(month_index("2024-01"), month_index("2025-01")):
        rate = c["asylum_claim_hazard"] * world.policy.now("asylum_claim", month)
        held = state.history.stock[month - first, :, Status.TEMPORARY_PROTECTION].sum(axis=(1, 2))
        total += rate * held
    return total


@pytest.fixture(scope="module")
def facts():
    world = scenario_world(default_configs(), month_index("2026-01"))
    members = [route_facts(world, seed) for seed in SEEDS]
    return {name: float(np.median([member[name] for member in members])) for name in members[0]}


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
