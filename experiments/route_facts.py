"""Routes against the facts: who passes, who has switched, who claims asylum."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from abm.codes import Status, Stream
from abm.data.settings import RunSettings
from abm.data.world import World
from abm.months import month_index
from abm.policy.eligibility import household_income
from abm.simulation import Simulation
from abm.state import State

_states: list[tuple[World, Simulation]] = []


def _simulated(world: World) -> Simulation:
    """Return a run of a world to the autumn of 2025, made once."""
    for known, simulation in _states:
        if known is world:
            return simulation
    settings = RunSettings(
        start=month_index("2024-01"), until=month_index("2025-10"), scale=300, households_per_host=3000
    )
    simulation = Simulation(world, settings, 1)
    while not simulation.finished:
        simulation.step()
    _states.append((world, simulation))
    del _states[:-2]
    return simulation


def households_of(world: World, host: str) -> tuple[Mapping[str, NDArray], NDArray[np.float64]]:
    """Return the columns and the monthly income, EUR, of the households in a host in October 2025."""
    state = _simulated(world).state
    table = state.households.columns()
    number = world.hosts.ids.index(host)
    rows = np.flatnonzero(table.place == number)
    columns = {name: getattr(table, name)[rows] for name in table._fields}
    wage = np.full(len(rows), world.hosts.wage_eur_month[number])
    return columns, household_income(columns, wage, state.key(Stream.INCOME, 0), world.coefficients)


def route_facts(world: World) -> dict[str, float]:
    """Return the figures that routes have to meet (B087, B088, B091, B095, B096).

    Returns
    -------
    dict
        ``zdp_pass_share``, ``rwr_granted``, ``rwr_applied``, ``fi_applied_share`` and
        ``fi_failed_share``, ``switched_share_eu`` (with an ordinary permit, October 2025),
        ``asylum_claims_fr_2024`` and ``asylum_claims_eu_2024`` (holders of protection who claimed).
    """
    state = _simulated(world).state
    first = state.settings.start
    ids, routes = world.hosts.ids, [route.id for route in world.routes]
    asked = state.history.applications.astype(float)

    def total(route: str, host: str, until: str) -> NDArray[np.float64]:
        return np.asarray(
            asked[: month_index(until) - first, routes.index(route), ids.index(host)].sum(axis=0)
        )

    zdp, rwr = total("cz_zdp", "CZ", "2025-10"), total("at_rwr_plus", "AT", "2025-02")
    finland = total("fi_regular", "FI", "2025-10")
    stock = state.history.stock[-1].sum(axis=(2, 3)).astype(float)
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
    world, first = state.world, state.settings.start
    c, total = world.coefficients, np.zeros(state.n_hosts)
    for month in range(month_index("2024-01"), month_index("2025-01")):
        rate = c["asylum_claim_hazard"] * world.policy.now("asylum_claim", month)
        held = state.history.stock[month - first, :, Status.TEMPORARY_PROTECTION].sum(axis=(1, 2))
        total += rate * held
    return total


if __name__ == "__main__":
    from abm.data.folder import default_configs
    from abm.policy.scenario import scenario_world

    for name, value in route_facts(scenario_world(default_configs(), month_index("2026-01"))).items():
        print(f"{name:24s} {value:12,.3f}")
