"""arrivals: new displacement from Ukraine, households that came home and leave again, and terms of entry.

How many come is computed in :mod:`abm.month.arrival_level`.
"""

import numpy as np

from abm.arrays import Floats
from abm.codes import Stream
from abm.kernels.move import redepart
from abm.kernels.status import refuse
from abm.month.arrival_level import (
    known_months,
    modelled_arrivals,
    newcomer_attraction,
    push,
    recorded_arrivals,
    registered_otherwise,
)
from abm.month.deterrence import deterred
from abm.month.status import title_rates
from abm.state import Flow, State

YOUNG_MEN, MEN = 1, 2
"""Columns of the household types that count men of 18 to 22 and of 23 to 60."""


def men_who_may_leave(state: State, wanted: Floats, type_shares: Floats) -> tuple[Floats, Floats]:
    """Return arrivals [H] and type shares [H, K] with more, or fewer, men on their own.

    A wider exit rule lets men come who could not: they come alone, on top of the others (B030);
    a tighter one takes away men who would have come alone. Level and composition of the known months hold
    those who came under the rule of those months already; they are not added twice.
    """
    policy, types = state.world.policy, state.world.composition.household_types
    sizes = types.sum(axis=1)
    for column, mechanism in ((YOUNG_MEN, "young_men_leave"), (MEN, "men_leave")):
        factor = policy.ukraine(mechanism, state.month)
        months, weights = known_months(state)
        before = float(weights[:, 0] @ [policy.ukraine(mechanism, int(month)) for month in months])
        if factor == before == 1.0:
            continue
        alone = np.flatnonzero((sizes == 1) & (types[:, column] == 1))
        mean_size = type_shares @ sizes
        men = type_shares @ types[:, column]
        least = -type_shares[:, alone].sum(axis=1)
        extra, there = (np.maximum(men * (ratio - 1.0), least) for ratio in (factor, before))
        added = np.zeros_like(type_shares)
        added[:, alone[0]] = extra - there
        type_shares = np.maximum(type_shares + added, 0.0)
        type_shares = type_shares / type_shares.sum(axis=1, keepdims=True)
        wanted = wanted * (mean_size + extra) / (mean_size + there)
    return wanted, type_shares


def _is_recorded(state: State) -> bool:
    last = min(state.last_known_month, state.world.registers.last_month)
    return state.settings.arrivals == "recorded" and state.month <= last


def _new_displacement(state: State) -> tuple[Floats, Floats]:
    """Return persons newly displaced to each host this month [H] and their household types [H, K]."""
    if _is_recorded(state):
        # Recorded registrations hold whoever could leave then; only predicted ones follow the exit rule.
        return recorded_arrivals(state, state.month), state.type_shares[state.month]
    wanted, types = men_who_may_leave(state, modelled_arrivals(state), state.type_shares[state.month])
    return deterred(state, wanted, types)


def registrations(state: State, fresh: Floats) -> Floats:
    """Return all registrations of the month, persons, float64[H]: as recorded, or what ``fresh`` implies."""
    registers, month = state.world.registers, state.month
    if _is_recorded(state):
        return np.asarray(registers.arrivals[month])
    first = 1.0 - registers.again_share[month] - registers.late_share[month]
    others = registered_otherwise(state, state.index - 1)
    return np.asarray((np.maximum(fresh, 0.0) + others) / np.maximum(first, LEAST_FIRST))


LEAST_FIRST = 0.05
"""Least share of registrations that are first arrivals, when all of them follow from the first ones."""


def late_cohorts(state: State, late: Floats) -> Floats:
    """Return the month of departure of this month's households, shares float64[H, month + 1].

    ``late`` float64[H] of them registered late: abroad before the war (month 0), or arrived like those who
    registered in earlier months. The others leave now.
    """
    registers, month = state.world.registers, state.month
    shares = np.zeros((state.n_hosts, month + 1))
    earlier = np.nan_to_num(registers.arrivals[registers.first_month : month]).T
    total = earlier.sum(axis=1, keepdims=True)
    since = (1.0 - registers.before_war_share) * (total[:, 0] > 0.0)
    shares[:, registers.first_month : month] = since[:, None] * earlier / np.maximum(total, 1.0)
    shares[:, 0] += 1.0 - since
    shares *= late[:, None]
    shares[:, month] += 1.0 - late
    return shares


def redeparture_hazard(state: State) -> Floats:
    """Return the monthly probability that a returnee leaves again, by unit of residence, float64[U].

    The base rate, raised and lowered by the same drivers as flight, but not by the shock of the
    invasion: that hit those who had never left.
    """
    base = state.world.coefficients["redeparture_hazard"]
    return np.minimum(base * push(state.world, state.month, first_flight=False), 0.5)


def refuse_newcomers(state: State, moved: bool = False, since: int = 0) -> None:
    """Apply the rules on regions and groups to this month's newcomers: to all so far, or to who ``moved``.

    ``since`` is the first row looked at.
    """
    policy, month = state.world.policy, state.month
    rules = policy.refusing(month, holders=False)
    if not rules:
        return
    environment = state.environment
    claims = title_rates(state.world, month, environment.expired, environment.ahead).refused
    keys = np.array([state.key(Stream.COMPLIANCE, 0), state.key(Stream.PLAN, 0)], np.uint64)
    columns = state.households.columns()
    before = columns.status.copy()
    for rule in rules:
        refuse(
            columns, keys, rule.host, rule.units, rule.kinds, rule.vulnerable_exempt, rule.share,
            float(claims[rule.host]), moved, since, len(state.households),
        )  # fmt: skip
    rows = np.flatnonzero(before != columns.status)
    persons = columns.persons[rows].sum(axis=1, dtype=np.int64) * columns.stands_for[rows]
    np.add.at(state.refused, columns.place[rows].astype(np.int64), persons)


def forgive_what_moves_exceeded(state: State, types: Floats) -> None:
    """Let no host start its forecast with a debt of more than a household.

    Where a run moves more people to a host than registered there, arrivals stay out until registrations have
    caught up. A forecast has no registrations: the debt would keep newcomers away for years, although the
    level it predicts already leaves out who moves.
    """
    creator = state.creator
    household = types @ state.world.composition.household_types.sum(axis=1) * creator.weights
    creator.owed = np.maximum(creator.owed, -household)


def arrivals(state: State) -> None:
    """Create arrivals and late registrations, move returnees who leave again, apply terms of entry."""
    environment, registers, month = state.environment, state.world.registers, state.month
    fresh, types = _new_displacement(state)
    registered = registrations(state, fresh)
    state.history.again[state.index] = registers.again_share[month] * registered
    wanted = fresh + registers.late_share[month] * registered
    late = np.clip(1.0 - fresh / np.maximum(wanted, 1.0), 0.0, 1.0) * (wanted > 0.0)
    if state.month == state.last_known_month + 1:
        forgive_what_moves_exceeded(state, types)
    begun = len(state.households)
    state.creator.add(
        state.households,
        month,
        wanted,
        types,
        environment.protected,
        np.zeros(state.n_hosts),
        late_cohorts(state, late),
    )
    new = slice(begun, len(state.households))
    columns = state.households.columns()
    # Who registers late asks for a place only now.
    columns.months_collective[new] = 0
    persons = columns.persons[new].sum(axis=1, dtype=np.int64) * columns.stands_for[new]
    for kind, chosen in ((Flow.ARRIVAL, True), (Flow.LATE, False)):
        rows = (columns.cohort[new] == month) == chosen
        booked = np.zeros(state.n_hosts, np.int64)
        np.add.at(booked, columns.place[new][rows].astype(np.int64), persons[rows])
        state.book(kind, booked)
    left = np.zeros(state.n_hosts, np.int64)
    state.sweep(
        redepart,
        state.key(Stream.REDEPARTURE),
        redeparture_hazard(state),
        newcomer_attraction(state),
        state.world.coefficients["redeparture_loyalty"],
        environment.protected,
        environment.collective_share,
        state.n_hosts,
        totals=(left,),
    )
    state.book(Flow.REDEPARTURE, left)
    refuse_newcomers(state)
