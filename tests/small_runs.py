"""Small runs of the real engine on the real world, and worlds with one thing changed."""

from dataclasses import replace
from functools import cache, lru_cache

import numpy as np

from abm.codes import N_KINDS, Stream
from abm.compiled import compile_once
from abm.data.folder import default_configs, load_world
from abm.data.hosts import NEVER
from abm.data.parameters import PRIORS
from abm.data.settings import RunSettings
from abm.households import COLUMNS, Households
from abm.kernels.decide import decide
from abm.kernels.move import move
from abm.month import processes
from abm.months import month_index
from abm.places import ELSEWHERE
from abm.policy.policy import Selection
from abm.policy.route import load_routes
from abm.simulation import Simulation

PROJECTION = month_index("2024-09")
"""First month after the registers: later months have modelled arrivals."""

SMALL = {"scale": 30_000, "households_per_host": 6}


BUSY = {
    "return_hazard": 0.05,
    "onward_hazard": 0.05,
    "redeparture_hazard": 0.1,
    "partner_joins_hazard": 0.05,
    "young_man_leaves_hazard": 0.1,
    "birth_hazard": 0.05,
    "turn_18_hazard": 0.05,
    "turn_65_women_hazard": 0.05,
    "death_women_hazard": 0.02,
    "death_65_hazard": 0.05,
    "asylum_claim_hazard": 0.05,
    "asylum_ruling_hazard": 0.2,
}
"""Hazards raised so that a few hundred households show every event within a few months."""


@cache
def real_world():
    """Return the shipped data and routes without any lever; also the fixture ``world``.

    With the priors, so that tests of a mechanism do not move with every calibration, with registers to
    August 2024 for the same reason, and with an end of protection in April 2027: the law is a lever.
    """
    world = load_world(default_configs(), month_index("2028-03"), fit=PRIORS, last_month=PROJECTION - 1)
    ends = np.where(np.array(world.hosts.ids) == ELSEWHERE, NEVER, month_index("2027-04"))
    hosts = replace(world.hosts, protection_end=ends)
    world = replace(world, hosts=hosts, routes=load_routes(default_configs(), world.hosts.ids))
    compile_once(world)  # or every worker of the tests would compile the same kernels
    return world


def small_run(world, seed=1, start="2022-03", months=6, without=(), **settings):
    """Return a run of a few hundred households, on the first day of ``start``."""
    first = month_index(start)
    chosen = RunSettings(until=first + months, **{**SMALL, **settings})
    past = replace(chosen, until=max(first, chosen.start + 1), threads=1)
    return _past(world, past, seed, tuple(without), first).fork(chosen)


@lru_cache(maxsize=40)
def _past(world, settings, seed, without, first):
    """Return a run that stands at a month; whoever goes on forks it."""
    return Simulation(world, settings, seed, without=without).run_to(first)


def finished(simulation):
    while not simulation.finished:
        simulation.step()
    return simulation


def changed(world, part, **values):
    """Return the world with some arrays of one part (hosts, origins ...) replaced."""
    return replace(world, **{part: replace(getattr(world, part), **values)})


def with_policy(world, newcomers=None, ukraine=None, **everyone):
    policy, shape = world.policy, (world.n_months, len(world.hosts.ids))

    def series(values, wanted):
        return {name: np.broadcast_to(np.asarray(value, float), wanted) for name, value in values.items()}

    return changed(
        world,
        "policy",
        everyone={**policy.everyone, **series(everyone, shape)},
        newcomers={**policy.newcomers, **series(newcomers or {}, shape)},
        country={**policy.country, **series(ukraine or {}, shape[:1])},
    )


def with_drivers(world, **values):
    new = {name: np.full_like(world.drivers[name], value) for name, value in values.items()}
    return replace(world, drivers={**world.drivers, **new})


def with_coefficients(world, **values):
    unknown = set(values) - set(world.coefficients)
    assert not unknown, f"no such coefficient: {unknown}"
    return replace(world, coefficients={**world.coefficients, **values})


@cache
def eventful_world():
    """Return the real world with every mechanism of the month off its neutral value."""
    world = real_world()
    everyone = {
        **{"find_work": 1.4, "job_level": 2.0, "language": 1.5, "visits": 0.5, "family_reunion": 2.0},
        **{"leave_collective": 1.5, "own_contribution": 1.3, "rent_subsidy": 0.2, "admission": 0.8},
        **{"return_utility": 0.3, "onward_utility": -0.2, "permit_moves": 0.5, "enforced_return": 1.0},
        **{"legal_uncertainty": 0.3, "place_duty": 0.0, "priority_vulnerable": 1.0},
        **{"asylum_claim": 2.0, "asylum_ruling": 0.8, "asylum_grant": 0.7},
    }
    # The terms of entry become harder over time, so that they differ by cohort.
    harder = np.linspace(1.0, 0.2, world.n_months)[:, None]
    limit = np.where(np.arange(world.n_months)[:, None] < 24, np.inf, 3.0)
    newcomers = {"benefit": harder, "find_work": 2.0 - harder, "collective_stay_limit": limit}
    ukraine = {"mobilisation": 0.5, "men_leave": 1.5, "remote_work": 1.5, "homecoming": 0.1}
    exempt = np.zeros((world.n_months, len(world.hosts.ids)), np.bool_)
    exempt[:, ::2] = True
    world = with_policy(world, newcomers, ukraine, **everyone)
    units, men = np.ones(len(world.origins.ids), np.bool_), np.isin(np.arange(N_KINDS), [2])
    rules = tuple(Selection(host, 0, NEVER, units, men, share=0.4) for host in range(len(world.hosts.ids)))
    world = changed(world, "policy", exempt={"collective_stay_limit": exempt}, refused_new=rules)
    ahead = {"security_guarantee": 0.6, "eu_accession": 0.5, "reform": 0.3, "contamination": 0.05}
    world = with_drivers(world, **ahead)
    levels = {f"{level}_NL": 1.0 for level in ("return_level", "onward_level", "wish_level")}
    return with_coefficients(world, weariness_wish=-8.0, **levels)


def in_world(simulation, world):
    return simulation.fork(simulation.state.settings, world)


def run_processes(state, first=None, last=None):
    """Run the processes of a month from ``first`` to ``last``, both included."""
    names = [name for name, _ in processes()]
    start = 0 if first is None else names.index(first)
    stop = len(names) if last is None else names.index(last) + 1
    for _, process in processes()[start:stop]:
        process(state)


def reordered(households, order):
    """Return the same population with its rows in another order; contacts follow."""
    n = len(households)
    twin = Households(n)
    twin.extend(n)
    for name in COLUMNS:
        twin[name][:] = households[name][order]
    new_row = np.empty(n + 1, np.int64)
    new_row[order] = np.arange(n)
    new_row[n] = -1
    before = np.arange(n)
    before[: len(households.row_of)] = households.row_of
    twin.row_of = new_row[before]
    contacts = twin["contacts"]
    contacts[:] = new_row[np.where(contacts < 0, n, contacts)]
    return twin


def add_copies(state, model, n, **values):
    """Add copies of one household with ids of their own and some columns set; return their first row."""
    first = state.households.extend(n)
    columns = state.households.columns()
    for name in COLUMNS:
        getattr(columns, name)[first:] = getattr(columns, name)[model]
    for name, value in {"household_id": (1 << 45) + np.arange(n), **values}.items():
        getattr(columns, name)[first:] = value
    return first


def by_id(households, leave_out_ids=()):
    ids = np.asarray(households["household_id"])
    order = np.argsort(ids)
    order = order[~np.isin(ids[order], list(leave_out_ids))]
    columns = {name: np.asarray(households[name])[order] for name in COLUMNS}
    contacts = np.asarray(households["contacts"])[order]
    columns["contacts"] = np.where(contacts >= 0, ids[contacts], -1)
    return columns


def assert_same_households(left, right, leave_out_ids=()):
    """Check that two populations are the same, whatever the order of their rows."""
    one, two = by_id(left, leave_out_ids), by_id(right, leave_out_ids)
    for name in one:
        np.testing.assert_array_equal(one[name], two[name], err_msg=f"column {name}")


def assert_same_tables(left, right):
    assert left.keys() == right.keys()
    for name in left:
        assert left[name].equals(right[name]), f"table {name} differs"


def choices(simulation, world=None, households=None, month=None):
    """Return (choice, place after the move) of every household, decided from one state.

    Nothing of the run is changed; intentions are those of the state.
    """
    state = simulation.state
    here = state.world if world is None else world
    people = (state.households if households is None else households).copy()
    when = state.month if month is None else month
    tables = state.decisions.for_world(here).build(when, state.displaced().astype(float))
    columns, n = people.columns(), len(people)
    decide(columns, tables, state.key(Stream.DECIDE, when), state.n_hosts, 0, n)
    choice = columns.choice.copy()
    keys = np.array([state.key(s, when) for s in (Stream.RETURN_PLACE, Stream.DESTINATION)], np.uint64)
    places = state.n_hosts + 1
    move(
        columns,
        tables,
        keys,
        np.ones(state.n_hosts, np.bool_),
        np.zeros(state.n_hosts),
        state.n_hosts,
        np.zeros((2, places, places), np.int64),
        0,
        n,
    )
    return choice, columns.place.copy(), columns.ukraine_unit.copy()
