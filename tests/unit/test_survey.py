"""What a survey could find: every adult by place, group and wish, counted from the households themselves."""

from types import SimpleNamespace

import numpy as np
import pytest
from small_runs import small_run

from abm.codes import FamilyInUkraine, Home
from abm.kernels.intention import LOWEST, N_BINS, STEP, bin_of, wish_of
from abm.month.choice import CONDITIONS, HOSTS_APART, places_of, value_names, wishes_of
from abm.places import ALL, ELSEWHERE, NEIGHBOURS, OTHERS

ADULTS = [0, 1, 2, 3, 6, 7]
"""Columns of ``persons`` aged 18 and over (see abm.codes.PersonKind)."""


def last_month(world, months=8):
    """Return wishes, households and tables of a run, taken right after its last ``intention``."""
    kept = {}

    def listen(process, state):
        if process == "intention":
            households = state.households
            columns = {name: np.array(households[name]) for name in NEEDED}
            kept.update(
                wishes=wishes_of(state),
                rows=SimpleNamespace(**columns),
                tables=state.environment.tables,
                n_hosts=state.n_hosts,
            )

    run = small_run(world, months=months, scale=3_000, households_per_host=10)
    while not run.finished:
        run.step(listen)
    return SimpleNamespace(**kept)


NEEDED = (
    "place", "persons", "stands_for", "origin", "home", "profile", "months_displaced", "schooling",
    "attachment", "readiness", "ties", "integration", "contacts_returned", "contacts_onward",
    "opinion_return", "opinion_onward", "intention", "employed", "family", "age_band", "works_remotely",
)  # fmt: skip


@pytest.fixture(scope="module")
def found(world):
    return last_month(world)


def adults_of(run):
    """Return real adults each row stands for, int64[row]; 0 in Ukraine."""
    rows = run.rows
    abroad = rows.place < run.n_hosts
    return rows.stands_for.astype(np.int64) * rows.persons[:, ADULTS].sum(axis=1) * abroad


@pytest.mark.parametrize("condition", CONDITIONS)
def test_the_bin_of_every_household_is_that_of_its_wish(found, condition):
    rows, tables = found.rows, found.tables
    number = CONDITIONS.index(condition)
    value = tables.intent_return if condition == "when_safe" else tables.return_value
    expected = np.zeros_like(found.wishes.by_host[0])
    for i, weight in enumerate(adults_of(found)):
        if weight:
            wish = wish_of.py_func(rows, tables, i, value, rows.place[i])
            expected[rows.place[i], np.clip(int((wish - LOWEST) // STEP), 0, N_BINS - 1)] += weight
    np.testing.assert_array_equal(found.wishes.by_host[number], expected)
    assert not np.array_equal(found.wishes.by_host[1 - number], expected)


def test_groups_of_every_attribute_add_up_to_the_whole(found, world):
    names, _ = places_of(world)
    values = value_names(world)
    groups, by_host = found.wishes.by_group, found.wishes.by_host
    assert groups.shape[1:3] == (len(values), len(names))
    near = world.hosts.is_neighbour
    wholes = {ALL: by_host.sum(axis=1), NEIGHBOURS: by_host[:, near].sum(axis=1)}
    residual = by_host[:, world.hosts.ids.index(ELSEWHERE)]
    assert residual.sum() > 0
    wholes[OTHERS] = wholes[ALL] - wholes[NEIGHBOURS] - residual
    wholes |= {code: by_host[:, world.hosts.ids.index(code)] for code in HOSTS_APART}
    assert set(wholes) == set(names)
    for attribute in dict.fromkeys(name for name, _ in values):
        rows = [number for number, (name, _) in enumerate(values) if name == attribute]
        for place, whole in wholes.items():
            np.testing.assert_array_equal(groups[:, rows, names.index(place)].sum(axis=1), whole, attribute)


def test_groups_hold_the_households_they_name(found, world):
    names, _ = places_of(world)
    values = value_names(world)
    rows, weight = found.rows, adults_of(found)
    men = rows.persons[:, [1, 2]].sum(axis=1) > 0
    women = rows.persons[:, [0, 6]].sum(axis=1) > 0
    group = world.origins.group_of_unit[rows.origin]
    expected = {
        ("employed", "true"): rows.employed > 0,
        ("employed", "false"): rows.employed == 0,
        ("family", "nobody"): rows.family == int(FamilyInUkraine.NOBODY),
        ("family", "parent"): rows.family == int(FamilyInUkraine.PARENT),
        ("family", "partner"): rows.family == int(FamilyInUkraine.PARTNER),
        ("home", "standing"): np.isin(rows.home, [int(Home.INTACT), int(Home.DAMAGED)]),
        ("home", "destroyed"): rows.home == int(Home.DESTROYED),
        ("home", "occupied"): rows.home == int(Home.OCCUPIED),
        **{("age", name): rows.age_band == band for band, name in enumerate(AGES)},
        ("has_woman", "true"): women,
        ("has_woman", "false"): ~women,
        ("has_man_18_60", "true"): men,
        ("has_man_18_60", "false"): ~men,
        ("remote_work", "true"): rows.works_remotely > 0,
        ("remote_work", "false"): rows.works_remotely == 0,
        **{("origin_group", name): group == g for g, name in enumerate(world.origins.groups)},
    }
    assert set(expected) == set(values)
    for place, inside in (
        (ALL, rows.place < found.n_hosts),
        ("PL", rows.place == world.hosts.ids.index("PL")),
    ):
        for number, key in enumerate(values):
            counts = found.wishes.by_group[:, number, names.index(place)].sum(axis=-1)
            assert counts.tolist() == [int(weight[expected[key] & inside].sum())] * 2, (key, place)


AGES = ("18-34", "35-49", "50-64", "65+")


def test_places_cover_every_host_once_per_kind_but_the_residual_one(world):
    names, member = places_of(world)
    ids = world.hosts.ids
    assert (member[:, 0] == names.index(ALL)).all()
    assert {ids[h] for h in np.flatnonzero(member[:, 1] == names.index(NEIGHBOURS))} == {
        ids[h] for h in np.flatnonzero(world.hosts.is_neighbour)
    }
    apart = ids.index(ELSEWHERE)
    assert member[apart].tolist() == [names.index(ALL), -1, -1]
    others = np.flatnonzero(member[:, 1] == names.index(OTHERS))
    assert set(others) == set(range(len(ids))) - {apart} - set(np.flatnonzero(world.hosts.is_neighbour))
    assert {names[m]: ids[h] for h, m in enumerate(member[:, 2]) if m >= 0} == {c: c for c in HOSTS_APART}


@pytest.mark.parametrize(
    ("wish", "number"),
    [(-1e9, 0), (-8.0, 0), (-7.5, 1), (-0.5, 15), (-0.500001, 14), (7.49, 30), (7.5, 31), (1e9, 31)],
)
def test_bins_are_half_open_and_the_outer_ones_take_everything(wish, number):
    assert bin_of.py_func(wish) == number
