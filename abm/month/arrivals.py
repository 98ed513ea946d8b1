"""arrivals: new displacement from Ukraine, households that came home and leave again, and terms of entry.

How many come is computed in :mod:`abm.month.arrival_level`.
"""

import numpy as np

from abm.arrays import Floats, Integers
from abm.codes import PersonKind, Status, Stream
from abm.kernels.move import redepart
from abm.kernels.status import newcomers, refuse
from abm.month.arrival_level import (
    by_unit,
    jump_off,
    known_months,
    modelled_arrivals,
    newcomer_attraction,
    push,
    recorded_arrivals,
    registered_otherwise,
)
from abm.month.deterrence import deterred
from abm.month.pool import (
    CLOSED,
    MEN,
    YOUNG_MEN,
    driven_out,
    find_movers,
    in_ukraine,
    released_men,
    take_movers,
)
from abm.month.status import title_rates
from abm.policy.policy import selected
from abm.state import Flow, State


def usual_types(state: State) -> Floats:
    """Return shares of household types among arrivals whom no wider exit rule let go, float64[H, K].

    Those of the month; where its ages are the last published ones and hold men let go, those of the known
    months before. Types hold one European share of young men among men; arrivals have more of them
    (``arrivals_young_men_share``), so men on their own are younger.
    """
    months, _ = known_months(state.world, jump_off(state))
    released = released_men(state.world).sum(axis=1)
    before = months[released[months] == 0.0]
    chosen = before if 0 < len(before) < len(months) else [state.month]
    types, sizes = state.type_shares[chosen].mean(axis=0), state.world.composition.household_types
    wanted = state.world.coefficients["arrivals_young_men_share"] * (types @ sizes[:, MEN_18_64].sum(axis=1))
    young, old = (alone_type(sizes, kind) for kind in (YOUNG_MEN, MEN))
    younger = np.clip(wanted - types @ sizes[:, YOUNG_MEN], -types[:, young], types[:, old])
    types[:, young] += younger
    types[:, old] -= younger
    return np.asarray(types)


MEN_18_64 = (int(PersonKind.MEN_18_22), int(PersonKind.MEN_23_60), int(PersonKind.MEN_61_64))


def alone_type(sizes: Integers, kind: int) -> int:
    """Return the household type of one person of a kind."""
    return int(np.flatnonzero((sizes.sum(axis=1) == 1) & (sizes[:, kind] == 1))[0])


def fewer_men(state: State, wanted: Floats, types: Floats) -> tuple[Floats, Floats]:
    """Return arrivals [H] and type shares [H, K] without the men on their own a tighter exit rule keeps."""
    policy, sizes = state.world.policy, state.world.composition.household_types
    months, weights = known_months(state.world, jump_off(state))
    for kind, mechanism, _ in CLOSED:
        before = float(weights[:, 0] @ [min(policy.ukraine(mechanism, int(m)), 1.0) for m in months])
        ratio = min(policy.ukraine(mechanism, state.month), 1.0) / max(before, LEAST_FIRST)
        if ratio == 1.0:
            continue
        alone = alone_type(sizes, kind)
        change = np.maximum(types @ sizes[:, kind] * (ratio - 1.0), -types[:, alone])
        mean_size = types @ sizes.sum(axis=1)
        types = types.copy()
        types[:, alone] += change
        wanted = wanted * (mean_size + change) / mean_size
        types = types / types.sum(axis=1, keepdims=True)
    return wanted, types


def with_men(state: State, wanted: Floats, types: Floats, men: Floats) -> tuple[Floats, Floats]:
    """Return arrivals [H] and type shares [H, K] with men [H, 2] who come on their own on top (B030)."""
    sizes = state.world.composition.household_types
    households = wanted / np.maximum(types @ sizes.sum(axis=1), 1.0)
    many = types * households[:, None]
    for column, (kind, _, _) in enumerate(CLOSED):
        many[:, alone_type(sizes, kind)] += men[:, column]
    total = many.sum(axis=1, keepdims=True)
    return wanted + men.sum(axis=1), np.where(total > 0.0, many / np.maximum(total, 1e-9), types)


def _predicted(state: State) -> tuple[Floats, Floats, Floats]:
    """Return predicted arrivals [H], their household types [H, K], and who of them was let go or driven out.

    A unit loses no more people than it has; what it loses is taken from its movers. Rules of hosts keep some
    away (:mod:`abm.month.deterrence`).
    """
    world, month = state.world, state.month
    people = in_ukraine(state)
    find_movers(state, people)
    wanted, types = fewer_men(state, modelled_arrivals(state), usual_types(state))
    usual = by_unit(state, np.maximum(wanted, 0.0))
    out = driven_out(world)[month]
    leaving = usual.sum(axis=0) + out
    there = people.sum(axis=1)
    kept = np.where(there > 0.0, np.minimum(there / np.maximum(leaving, 1.0), 1.0), 1.0)
    # Who is driven out of a unit goes where others go.
    ways = world.composition.origin * np.maximum(wanted, 1e-9)[:, None]
    driven = (ways / ways.sum(axis=0).clip(1e-12)) @ (out * kept)
    wanted = wanted - (usual * (1.0 - kept)).sum(axis=1) + driven
    let = np.minimum(released_men(world)[month], people[:, [kind for kind, _, _ in CLOSED]].sum(axis=0))
    # Young men go where young men go, others where men do.
    where = np.maximum(wanted, 0.0)[:, None] * (
        types @ world.composition.household_types[:, [YOUNG_MEN, MEN]]
    )
    men = where / np.maximum(where.sum(axis=0), 1e-9) * let
    wanted, types = with_men(state, wanted, types, men)
    came, types = deterred(state, wanted, types)
    # Who stays for the rules of hosts may still leave later.
    take_movers(state, usual.sum(axis=0) * kept * came.sum() / max(wanted.sum(), 1.0))
    once = (driven + men.sum(axis=1)) * came / np.maximum(wanted, 1.0)
    return came, types, np.where(wanted > 0.0, once, 0.0)


def _is_recorded(state: State) -> bool:
    last = min(state.last_known_month, state.world.registers.last_month)
    return state.settings.arrivals == "recorded" and state.month <= last


def _new_displacement(state: State) -> tuple[Floats, Floats, Floats]:
    """Return arrivals of the month [H], household types [H, K], and who of them registers once only [H]."""
    if state.settings.arrivals == "none":
        return np.zeros(state.n_hosts), state.type_shares[state.month], np.zeros(state.n_hosts)
    if _is_recorded(state):
        # Recorded registrations hold whoever could leave then; only predicted ones follow the exit rule.
        fresh = recorded_arrivals(state, np.array([state.month]))[0]
        return fresh, state.type_shares[state.month], np.zeros(state.n_hosts)
    return _predicted(state)


def registrations(state: State, fresh: Floats, once: Floats) -> Floats:
    """Return all registrations of the month, persons, float64[H]: as recorded, or what ``fresh`` implies.

    Of the new ones ``once`` float64[H] bring no grants again and no late registrations with them.
    """
    registers, month = state.world.registers, state.month
    if state.settings.arrivals == "none":
        return np.zeros(state.n_hosts)
    if _is_recorded(state):
        return np.asarray(registers.arrivals[month])
    first = 1.0 - registers.again_share[month] - registers.late_share[month]
    others = registered_otherwise(state, np.array([state.index - 1]))[0]
    usual = np.maximum(fresh - once, 0.0) + others
    return np.asarray(usual / np.maximum(first, LEAST_FIRST) + once)


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
    rows = newcomers(columns, moved, since)
    hosts, units, kinds, exempt, share = selected(rules)
    refuse(columns, rows, keys, hosts, units, kinds, exempt, share, claims[hosts])
    rows = rows[columns.status[rows] != Status.TEMPORARY_PROTECTION]
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
    fresh, types, once = _new_displacement(state)
    usual = registrations(state, fresh, once) - once
    state.history.again[state.index] = registers.again_share[month] * usual
    wanted = fresh + registers.late_share[month] * usual
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
