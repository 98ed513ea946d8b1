"""routes and status: other titles for holders who apply; protection that expires or is lost; asylum."""

import numpy as np

from abm.arrays import Booleans, Floats
from abm.codes import Intention, Stream
from abm.data.world import World
from abm.kernels.status import choose_route, keyed_uniform, lapse, update_status
from abm.places import hosts_of
from abm.policy.change import month_of
from abm.policy.eligibility import eligible, household_income
from abm.policy.route import Route
from abm.state import State


def open_in(world: World, route: Route, month: int) -> Booleans:
    """Return where a route is open in a month: by its own dates, or as a lever says, bool[H]."""
    dated = any(
        line.status == "in_force"
        and month_of(line.start) <= month
        and (line.until is None or month < month_of(line.until))
        for line in route.openings
    )
    said = world.policy.route_open(route.id, month)
    offered = hosts_of(route.hosts, world.hosts) & ~hosts_of(route.except_hosts, world.hosts)
    return np.asarray(np.where(np.isnan(said), offered & dated, offered & (said >= 0.5)))


def interest_of(world: World, month: int) -> Floats:
    """Return the monthly probability to apply by route and host, float64[route, H]."""
    doubt = world.policy.now("legal_uncertainty", month)
    more = 1.0 + world.coefficients["uncertainty_interest_gain"] * doubt
    rows = [route.interest.value * more * open_in(world, route, month) for route in world.routes]
    return np.array(rows).reshape(len(world.routes), len(world.hosts.ids))


def routes(state: State) -> None:
    """Let holders apply; write the new title of those who pass and count everybody."""
    world, month, c = state.world, state.month, state.world.coefficients
    if not world.routes:
        return
    interest = interest_of(world, month)
    if not interest.any():
        return
    ends_now = world.hosts.protection_end == month
    willing = np.ones(len(Intention))
    willing[Intention.UNDECIDED] = c["route_interest_undecided"]
    willing[[Intention.RETURN, Intention.ONWARD]] = c["route_interest_leaving"]
    chosen = np.full(len(state.households), -1, np.int8)
    rush = np.where(ends_now, c["expiry_apply_share"], 0.0)
    state.sweep(choose_route, state.key(Stream.ROUTE), state.n_hosts, interest, rush, willing, chosen)
    rows = np.flatnonzero(chosen >= 0)
    if not len(rows):
        return
    table = state.households.columns()
    columns = {name: getattr(table, name)[rows] for name in table._fields}
    place = columns["place"].astype(np.int64)
    income = household_income(columns, world.hosts.wage_eur_month[place], state.key(Stream.INCOME, 0), c)
    luck = keyed_uniform(np.ascontiguousarray(columns["household_id"]), state.key(Stream.ROUTE, 0), 1)
    people = columns["persons"].astype(np.int64).sum(axis=1) * columns["stands_for"]
    for number, route in enumerate(world.routes):
        asked = chosen[rows] == number
        if not asked.any():
            continue
        factor = world.policy.income_factor(route.id, month)[place]
        passed = asked & eligible(route.conditions, columns, income, factor)
        passed &= luck < route.unobserved_pass_share.value
        table.status[rows[passed]] = route.title
        counts = state.history.applications[state.index, number]
        np.add.at(counts[:, 0], place[asked], people[asked])
        np.add.at(counts[:, 1], place[passed], people[passed])


def asylum_terms(state: State) -> tuple[Floats, Floats, Floats, Floats]:
    """Return claims of holders, claims at the end of protection, rulings and grants, float64[H] each.

    Doubt about the future of protection raises claims (B042, B103, B130).
    """
    c, policy, month = state.world.coefficients, state.world.policy, state.month
    allowed = policy.now("asylum_open", month) >= 0.5
    doubt = 1.0 + c["uncertainty_asylum_gain"] * policy.now("legal_uncertainty", month)
    claims = c["asylum_claim_hazard"] * policy.now("asylum_claim", month) * doubt * allowed
    at_end = c["expiry_asylum_share"] * allowed
    rulings = c["asylum_ruling_hazard"] * policy.now("asylum_ruling", month)
    grants = c["asylum_grant_share"] * policy.now("asylum_grant", month)
    return (
        np.clip(claims, 0.0, 0.9),
        at_end.astype(float),
        np.clip(rulings, 0.0, 1.0),
        np.clip(grants, 0.0, 1.0),
    )


def status(state: State) -> None:
    """Update the legal status of every household abroad."""
    key = state.key(Stream.STATUS)
    claims, at_end, rulings, grants = asylum_terms(state)
    state.sweep(update_status, key, state.n_hosts, state.environment.expired, claims, at_end, rulings, grants)
    for rule in state.world.policy.refusing(state.month, holders=True):
        state.sweep(
            lapse, key, rule.host, rule.units, rule.kinds, rule.vulnerable_exempt, float(at_end[rule.host])
        )
