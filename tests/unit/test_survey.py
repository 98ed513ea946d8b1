"""What a survey could find: the distribution of wishes holds the answers the households themselves gave."""

from types import SimpleNamespace

import numpy as np
import pytest
from small_runs import small_run, with_coefficients

from abm.codes import FamilyInUkraine, Home, Intention
from abm.kernels.intention import LOWEST, N_BINS, STEP, bin_of, wish_of
from abm.month.choice import CONDITIONS, HOSTS_APART, places_of, value_names, wishes_of
from abm.places import ALL, ELSEWHERE, NEIGHBOURS, OTHERS

CUT_RETURN, CUT_STAY, READY = -0.5, -2.5, 2.0
"""On edges of bins, so that the cut distribution has to agree to the last adult."""

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
def cut(world):
    """A run whose own cuts stand on edges of bins, and in which nobody prefers to move on."""
    given = with_coefficients(
        world, intent_cut_return=CUT_RETURN, intent_cut_stay=CUT_STAY, intent_onward=-1e6
    )
    return last_month(given)


@pytest.fixture(scope="module")
def found(world):
    fitted = {name: 0.0 for name in world.coefficients if name.startswith("onward_level_")}
    return last_month(with_coefficients(world, intent_onward=-READY, **{**fitted, **ONWARD_LEVELS}))


ONWARD_LEVELS = {"onward_level_DE": 0.8, "onward_level_PL": -1.1}
"""Hosts in which people mean to move on more, and less, than anything else explains."""


def readiness_of(run):
    """Return the wish to move on of every row, float64[row]; 0 in Ukraine."""
    rows, tables = run.rows, run.tables
    abroad = rows.place < run.n_hosts
    by_host = tables.intent_onward[np.where(abroad, rows.place, 0)]
    return (by_host + tables.row_onward[1] * rows.readiness + rows.opinion_onward) * abroad


def adults_of(run):
    """Return real adults each row stands for, int64[row]; 0 in Ukraine."""
    rows = run.rows
    abroad = rows.place < run.n_hosts
    return rows.stands_for.astype(np.int64) * rows.persons[:, ADULTS].sum(axis=1) * abroad


def below(counts, cut):
    """Return adults below a cut that is an edge."""
    bins = round((cut - LOWEST) / STEP)
    return counts[..., :bins].sum(axis=-1)


def test_every_adult_abroad_is_counted_once(found):
    weight, place = adults_of(found), found.rows.place
    expected = [int(weight[place == host].sum()) for host in range(found.n_hosts)]
    assert sum(expected) > 0
    for counts in (found.wishes.by_host[0], found.wishes.by_host[1], found.wishes.onward):
        assert counts.sum(axis=-1).tolist() == expected


def test_the_distribution_cut_at_the_models_cuts_gives_the_answers(cut):
    weight, place, answer = adults_of(cut), cut.rows.place, cut.rows.intention
    by_host = cut.wishes.by_host[CONDITIONS.index("when_safe")]
    seen = set()
    for host in range(cut.n_hosts):
        total = by_host[host].sum()
        counted = {
            code: int(weight[(place == host) & (answer == int(code))].sum())
            for code in (Intention.RETURN, Intention.UNDECIDED, Intention.STAY, Intention.ONWARD)
        }
        assert counted[Intention.ONWARD] == 0
        assert total - below(by_host[host], CUT_RETURN) == counted[Intention.RETURN]
        assert below(by_host[host], CUT_STAY) == counted[Intention.STAY]
        assert sum(counted.values()) == total
        seen |= {code for code, n in counted.items() if n}
    assert seen == {Intention.RETURN, Intention.UNDECIDED, Intention.STAY}


def test_readiness_beyond_its_cut_gives_those_who_would_move_on(found):
    """Of those who do not wish to return, and return goes first."""
    rows, weight = found.rows, adults_of(found)
    ready = readiness_of(found) > READY
    expected = int(weight[ready].sum())
    assert found.wishes.onward.sum() - below(found.wishes.onward, READY).sum() == expected
    said_onward = rows.intention == int(Intention.ONWARD)
    returns = rows.intention == int(Intention.RETURN)
    np.testing.assert_array_equal(said_onward & (weight > 0), ready & ~returns & (weight > 0))
    assert said_onward.any()


def test_the_wish_to_move_on_is_binned_with_the_level_of_the_host(found, world):
    """The level of the deed of moving on counts in the answer too, host by host."""
    ids, by_host = world.hosts.ids, found.tables.intent_onward
    expected = np.zeros(found.n_hosts)
    expected[[ids.index("DE"), ids.index("PL")]] = (
        ONWARD_LEVELS["onward_level_DE"],
        ONWARD_LEVELS["onward_level_PL"],
    )
    np.testing.assert_array_equal(by_host, expected)
    counts = np.zeros_like(found.wishes.onward)
    bins = np.clip(np.floor((readiness_of(found) - LOWEST) / STEP).astype(int), 0, N_BINS - 1)
    weight, place = adults_of(found), found.rows.place
    abroad = place < found.n_hosts
    np.add.at(counts, (place[abroad], bins[abroad]), weight[abroad])
    np.testing.assert_array_equal(found.wishes.onward, counts)


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
