"""The compiled month equals its plain twin, household by household, step by step and as a whole.

Codes must be equal, single-precision numbers within 1e-6. The runs cover the hindcast, the summer,
the winter and the months after the end of temporary protection.
"""

import copy

import numpy as np
import pytest
from small_runs import BUSY, eventful_world, run_processes, small_run, with_coefficients

from abm.codes import MINORS, WORKING_AGE, Housing, Intention, PersonKind
from abm.households import COLUMNS
from abm.kernels.create import CONTACT_TRIES
from abm.kernels.end_month import COUNTS
from abm.kernels.intention import LOWEST, N_BINS, SAFE, STEP
from abm.kernels.layout import HOUSING_LOSS
from abm.month.arrival_level import newcomer_attraction, push
from abm.month.choice import wishes_of
from abm.month.family import SPLIT_SHIFT
from abm.reference import choice as twin
from abm.reference.household import household_of
from abm.reference.month import (
    age,
    bear,
    grow_older,
    live_one_month,
    start_month,
    update_housing,
    update_integration,
    update_schooling,
    update_status,
    update_ties,
    update_work,
)
from abm.reference.surroundings import MonthUtility, Surroundings
from abm.schedule import SCHEDULE

ONE_BY_ONE = {
    "status": update_status,
    "work": update_work,
    "integration": update_integration,
    "housing": update_housing,
    "schooling": update_schooling,
    "ageing": grow_older,
    "births": bear,
    "intention": twin.answer,
    "decide": twin.decide,
    "move": twin.move,
    "end_month": age,
}
"""Processes whose twin needs nothing but the household and its surroundings."""


def surroundings(state):
    stock = state.displaced().astype(float)
    utility = MonthUtility(state.decisions, state.month, stock)
    return Surroundings(state.world, state.month, state.seed, state.environment, utility)


def records(state):
    columns = state.households.columns()
    return [household_of(columns, row) for row in range(len(state.households))]


def contact_places(state, h):
    places = state.households["place"]
    return [int(places[row]) for row in h.contacts if row >= 0]


def assert_equal(expected, state, what):
    """Compare records with the rows of the engine; floats within 1e-6, everything else exactly."""
    columns = state.households.columns()
    for name, column in COLUMNS.items():
        found = getattr(columns, name)
        wanted = np.array([getattr(h, name) for h in expected])
        where = f"{what}, month {state.month}, column {name}"
        if column.dtype.startswith("f"):
            np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-6, err_msg=where)
        else:
            np.testing.assert_array_equal(found, wanted, err_msg=where)


@pytest.fixture(scope="module", params=["as recorded", "every mechanism set"])
def busy(world, request):
    """A world in which much happens, without and with policies."""
    where = world if request.param == "as recorded" else eventful_world()
    return with_coefficients(where, **BUSY)


STARTS = ["2022-06", "2023-11", "2024-09"]


def walk(world, start, months, seed=3, least=14):
    """Yield the state of a small run at the beginning of each month."""
    simulation = small_run(world, seed, start=start, months=months, households_per_host=least)
    # Nobody of the population of the start is a newcomer of its first month.
    here = simulation.state.households["months_here"]
    np.maximum(here, 1, out=here)
    for _ in range(months):
        yield simulation.state
        simulation.state.month += 1
        simulation.state.index += 1


@pytest.mark.parametrize("start", STARTS)
def test_every_process_equals_its_twin(busy, start):
    seen = dict.fromkeys(ONE_BY_ONE, 0)
    for state in walk(busy, start, months=4):
        run_processes(state, last="arrivals")
        month = surroundings(state)
        for name in SCHEDULE[SCHEDULE.index("status") :]:
            if name == "split":
                run_processes(state, name, name)
                continue
            expected = records(state)
            if name == "housing":
                # Scarce places are handed out among households: the outcome is taken from the engine.
                before = [h.triggers for h in expected]
            run_processes(state, name, name)
            for row, h in enumerate(expected):
                if h.place == month.ukraine and name not in ("decide", "move", "end_month"):
                    continue
                if name == "ties":
                    update_ties(h, month, contact_places(state, h))
                elif name == "housing":
                    after = int(state.households["triggers"][row])
                    update_housing(h, month, bool(after & ~before[row] & HOUSING_LOSS))
                else:
                    unchanged = copy.deepcopy(h)
                    ONE_BY_ONE[name](h, month)
                    seen[name] += h != unchanged
            assert_equal(expected, state, name)
    assert all(count > 0 for name, count in seen.items() if name != "housing"), seen


def counted(h):
    """Return what one household adds to the counts of its host, by name."""
    persons = {kind: h.stands_for * int(h.persons[kind]) for kind in PersonKind}
    everybody, minors = sum(persons.values()), sum(persons[kind] for kind in MINORS)
    schools = ("in_host_school", "in_both", "online_only")
    means = h.income + (h.employed > 0) >= 2
    types = ("return_energetic", "return_exhausted", "return_virtual", "return_disconnected")
    wishes = h.intention == Intention.RETURN
    return {
        "working_age": sum(persons[kind] for kind in WORKING_AGE),
        "employed": h.stands_for * h.employed,
        f"housing_{Housing(h.housing).name.lower()}": everybody,
        f"intention_{Intention(h.intention).name.lower()}": everybody,
        "minors": minors if h.schooling > 0 else 0,
        **({f"minors_{schools[h.schooling - 1]}": minors} if h.schooling > 0 else {}),
        "family_in_ukraine": everybody if h.family > 0 else 0,
        "households": h.stands_for,
        types[(0 if wishes else 2) + (not means)]: everybody,
    }


def test_counts_and_wishes_equal_sums_over_the_twins(busy):
    simulation = small_run(busy, 3, start="2023-11", months=3, households_per_host=9)
    simulation.step()
    state = simulation.state
    abroad = [h for h in records(state) if h.place < state.n_hosts]
    counts = np.zeros((state.n_hosts, len(COUNTS)))
    for h in abroad:
        for name, number in counted(h).items():
            counts[h.place, COUNTS.index(name)] += number
    np.testing.assert_array_equal(state.history.counts[state.index], counts)
    assert (counts[:, COUNTS.index("minors") :].sum(axis=0) > 0).all()

    run_processes(state, last="intention")
    month, found = surroundings(state), wishes_of(state)
    expected = np.zeros((2, state.n_hosts, N_BINS))
    for h in (h for h in records(state) if h.place < state.n_hosts):
        adults = h.stands_for * sum(int(h.persons[kind]) for kind in PersonKind if kind not in MINORS)
        level = month.utility.tables["intent_cuts"][2]  # the level is a threshold: it is not in the tally
        ready = month.utility.of_onward_wish(h) - level + h.opinion_onward
        for kind, wish in enumerate((month.utility.of_wish(h) + h.opinion_return, ready)):
            expected[kind, h.place, min(max(int((wish - LOWEST) // STEP), 0), N_BINS - 1)] += adults
    for kind, tallied in enumerate((found.by_host[SAFE], found.onward)):
        assert np.abs(np.cumsum(expected[kind] - tallied, axis=1)).max() < 1e-9


def live(lives, state, month):
    """Let the twins of all households live the month after ``arrivals``, beside the engine."""
    places = [h.place for h in lives]
    run_processes(state, "status", "housing")
    no_place = (state.households["triggers"] & HOUSING_LOSS) > 0
    run_processes(state, "schooling")
    founded = []
    for row, h in enumerate(lives):
        known = [places[other] for other in h.contacts if other >= 0]
        new = live_one_month(h, month, row, known, bool(no_place[row]))
        founded += [] if new is None else [(h.household_id, new)]
    lives += [new for _, new in sorted(founded, key=lambda pair: pair[0])]


@pytest.mark.parametrize("start", STARTS)
def test_whole_months_in_sequence_equal_the_twin(busy, start):
    """The twin lives its own life: nothing is copied from the engine but arrivals and places."""
    lives = []
    for state in walk(busy, start, months=5, seed=11, least=18):
        lives = lives or records(state)
        begun = len(lives)
        run_processes(state, last="arrivals")
        month = surroundings(state)
        hazard = np.minimum(
            busy.coefficients["redeparture_hazard"] * push(busy, state.month, first_flight=False), 0.5
        )
        attraction = newcomer_attraction(state)
        for h in lives:
            start_month(h)
            twin.redepart(h, month, hazard, attraction)
        lives += records(state)[begun:]
        assert_equal(lives, state, "arrivals")
        live(lives, state, month)
        assert_equal(lives, state, "whole month")
    ukraine = state.n_hosts
    assert sum(h.place == ukraine for h in lives) > 5
    assert sum(h.last_place not in (-1, ukraine) and h.place != ukraine for h in lives) > 5
    assert sum(h.household_id >> SPLIT_SHIFT > 0 for h in lives) > 0
    assert len(lives) >= 300


def test_months_after_the_end_of_protection_equal_the_twin(world):
    simulation = small_run(world, 5, start="2024-09", months=36)
    state = simulation.state
    while state.month < int(world.hosts.protection_end.min()):
        simulation.step()
    for _ in range(3):
        run_processes(state, last="arrivals")
        month = surroundings(state)
        lives = records(state)
        live(lives, state, month)
        assert_equal(lives, state, "after protection")
        state.month += 1
        state.index += 1
    assert month.environment.expired.any()
    assert len({h.status for h in lives}) >= 4


def test_newcomers_know_earlier_arrivals_and_those_before_them_in_their_host_or_in_one_with_kin(world):
    begun = 0
    for state in walk(world, "2022-03", months=2):
        run_processes(state, last="arrivals")
        h, row = state.households, np.arange(begun, len(state.households))
        contacts, place = h["contacts"][row], h["place"]
        with_them = contacts >= begun
        assert (contacts < row[:, None]).all()
        assert (place[contacts] == place[row][:, None])[with_them].all()
        assert with_them.any()
        first = np.isin(row - begun, np.unique(place[row], return_index=True)[1])
        kin = h["kin_hosts"][row]
        near = place[contacts] == place[row][:, None]
        with_kin = (place[contacts][:, :, None] == kin[:, None, :]).any(axis=2)
        assert (near | with_kin)[contacts >= 0].all()
        without_kin = (kin < 0).all(axis=1)
        if begun == 0:
            assert (contacts[first] == -1).all()
        assert (contacts[without_kin & ~first] >= 0).all()
        begun = len(state.households)
    assert (contacts < row[0]).any()
    several = np.bincount(place)[place[row]] > CONTACT_TRIES
    assert (contacts >= 0)[several].mean() > 0.9
    assert with_kin[contacts >= 0].any()
    assert len(np.unique(h["profile"])) > 10


def test_a_wrong_twin_is_noticed(world):
    """The comparison can fail: one household with one job more is found."""
    state = small_run(world, 3, start="2024-09").state
    lives = records(state)
    lives[17].employed += 1
    with pytest.raises(AssertionError, match="column employed"):
        assert_equal(lives, state, "spoiled")
