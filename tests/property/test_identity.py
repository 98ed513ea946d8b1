"""What must not matter does not: seed repeated, threads, order of rows, a fork, an unrelated household."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_runs import (
    PROJECTION,
    add_copies,
    assert_same_households,
    assert_same_tables,
    changed,
    finished,
    in_world,
    real_world,
    reordered,
    run_processes,
    small_run,
)

from abm import state as threads
from abm.codes import Housing
from abm.households import COLUMNS, Households
from abm.month.family import SPLIT_SHIFT
from abm.month.turn import take_stock
from abm.months import month_label
from abm.results import tables_of

SEEDS = st.integers(0, 2**40)


@given(seed=SEEDS, start=st.sampled_from(["2022-03", "2023-05", "2024-09"]))
def test_same_seed_same_tables_other_seed_other_tables(seed, start):
    world = real_world()
    first, second = (finished(small_run(world, seed, start=start)) for _ in range(2))
    assert_same_tables(tables_of(first.state), tables_of(second.state))
    assert_same_households(first.state.households, second.state.households)
    other = finished(small_run(world, seed + 1, start=start))
    assert not tables_of(first.state)["flows"].equals(tables_of(other.state)["flows"])


@pytest.mark.parametrize("start", ["2022-03", "2024-09"])
def test_threads_change_nothing(world, monkeypatch, start):
    # Small pieces, so that two threads really share a few hundred rows.
    monkeypatch.setattr(threads, "ROWS_PER_PIECE", 40)
    assert len(threads.pieces(600, 2)) == 8
    alone = finished(small_run(world, 7, start=start, threads=1, months=8))
    together = finished(small_run(world, 7, start=start, threads=2, months=8))
    assert_same_households(alone.state.households, together.state.households)
    assert_same_tables(tables_of(alone.state), tables_of(together.state))


@given(seed=SEEDS, order_seed=st.integers(0, 2**30), start=st.sampled_from(["2022-08", "2024-09"]))
def test_row_order_changes_nothing_in_a_month(seed, order_seed, start):
    """The same people in another order live the same month, contacts and counts included."""
    world = real_world()
    straight = small_run(world, seed, start=start)
    straight.step()
    shuffled = straight.fork(straight.state.settings)
    people = shuffled.state.households
    order = np.random.default_rng(order_seed).permutation(len(people))
    shuffled.state.households = reordered(people, order)
    assert_same_households(straight.state.households, shuffled.state.households)
    for state in (straight.state, shuffled.state):
        run_processes(state, "start_month", "start_month")
        run_processes(state, "status", "end_month" if start == "2024-09" else "move")
    assert_same_households(straight.state.households, shuffled.state.households)
    np.testing.assert_array_equal(straight.state.history.flows, shuffled.state.history.flows)
    np.testing.assert_array_equal(straight.state.history.stock, shuffled.state.history.stock)
    np.testing.assert_array_equal(straight.state.history.counts, shuffled.state.history.counts)


@given(seed=SEEDS, order_seed=st.integers(0, 2**30))
def test_row_order_changes_nothing_in_the_months_after(seed, order_seed):
    """Arrivals included: whom newcomers know depends on people, not on where their rows stand."""
    world = real_world()
    straight = small_run(world, seed, start="2022-08", months=6)
    straight.step()
    shuffled = straight.fork(straight.state.settings)
    order = np.random.default_rng(order_seed).permutation(len(shuffled.state.households))
    shuffled.state.households = reordered(shuffled.state.households, order)
    finished(straight)
    finished(shuffled)
    assert_same_households(straight.state.households, shuffled.state.households)
    assert_same_tables(tables_of(straight.state), tables_of(shuffled.state))


def test_reorder_moves_every_column_and_contacts_follow(world):
    people = small_run(world, 1, start="2024-09").state.households
    assert (np.asarray(people["contacts"]) >= 0).any()
    twin = reordered(people, np.arange(len(people))[::-1].copy())
    assert_same_households(people, twin)
    assert not np.array_equal(people["household_id"], twin["household_id"])


ADDED_ID = (1 << 52) - 12_345
"""An id no household of a run has."""


def grown_by_one(simulation, host):
    """Return a fork with one more household in ``host``: unlike all others, known to nobody."""
    fork = simulation.fork(simulation.state.settings)
    people = fork.state.households
    # Whoever is there, or the first household of all where a host is empty just now.
    model = int(next(iter(np.flatnonzero(np.asarray(people["place"]) == host)), 0))
    unlike = {"household_id": ADDED_ID, "place": host, "contacts": -1, "housing": Housing.INDEPENDENT}
    add_copies(fork.state, model, 1, **unlike)
    return fork


def founded_by(households, founders):
    """Return the ids of some households and of those that split off from them."""
    ids = np.asarray(households["household_id"])
    return set(ids[np.isin(ids & ((1 << SPLIT_SHIFT) - 1), founders)].tolist())


@cache
def roomy_world(with_work=False):
    """No host limits its places and, unless ``with_work``, nobody works: nobody competes with anybody."""
    world = real_world()
    roomy = changed(world, "hosts", collective_places=np.full_like(world.hosts.collective_places, np.inf))
    if with_work:
        return roomy
    return changed(roomy, "hosts", employment_share=np.zeros_like(world.hosts.employment_share))


@pytest.fixture(scope="module")
def roomy():
    return roomy_world()


@given(seed=SEEDS, host=st.integers(0, 33), with_work=st.booleans())
def test_an_unrelated_household_changes_nothing_else_in_a_month(seed, host, with_work):
    """Where there is work, employment keeps a path: others of the same host find or lose a job by it."""
    roomy = roomy_world(with_work)
    straight = in_world(small_run(roomy, seed, start="2024-09", households_per_host=3), roomy)
    fork = grown_by_one(straight, host)
    ids, place = (np.array(straight.state.households[name]) for name in ("household_id", "place"))
    founders = ids[place == host] & ((1 << SPLIT_SHIFT) - 1) if with_work else []
    for state in (straight.state, fork.state):
        run_processes(state, "start_month", "start_month")
        run_processes(state, "status", "move")
    assert ADDED_ID in np.asarray(fork.state.households["household_id"])
    left_out = [founded_by(run.households, [ADDED_ID, *founders]) for run in (straight.state, fork.state)]
    assert_same_households(straight.state.households, fork.state.households, set.union(*left_out))


@pytest.mark.parametrize("host", [0, 19, 33])
def test_an_unrelated_household_changes_nothing_else_for_a_year(roomy, host):
    """Without the pull of communities, which counts everybody, and after the registers, which count too."""
    straight = small_run(
        roomy,
        5,
        start="2024-09",
        months=12,
        households_per_host=3,
        without=("networks",),
        arrivals="modelled",
    )
    fork = grown_by_one(straight, host)
    now = fork.state.index
    fork.state.history.stock[now] = 0
    fork.state.history.counts[now] = 0
    take_stock(fork.state, now)
    finished(straight)
    finished(fork)
    added = founded_by(fork.state.households, [ADDED_ID])
    assert ADDED_ID in added
    assert_same_households(straight.state.households, fork.state.households, added)


def test_a_related_household_does_change_others(roomy):
    """The check above can fail: a contact who goes home is felt."""
    straight = small_run(roomy, 5, start="2024-09", households_per_host=3)
    fork = straight.fork(straight.state.settings)
    contacts, place = (np.asarray(fork.state.households[name]) for name in ("contacts", "place"))
    abroad = contacts[place < fork.state.n_hosts]
    known = next(int(row) for row in abroad[abroad >= 0] if place[row] < fork.state.n_hosts)
    fork.state.households["place"][known] = fork.state.n_hosts
    for state in (straight.state, fork.state):
        run_processes(state, "start_month", "start_month")
        run_processes(state, "ties", "ties")
    returned = [np.asarray(state.households["contacts_returned"]) for state in (straight.state, fork.state)]
    changed_rows = np.flatnonzero(returned[0] != returned[1])
    assert len(changed_rows) > 0
    assert ((contacts[changed_rows] == known).any(axis=1)).all()


def test_a_fork_does_not_disturb_its_parent(world):
    parent, twin = (small_run(world, 9, start="2024-03", months=10) for _ in range(2))
    for _ in range(3):
        parent.step()
        twin.step()
    poorer = changed(world, "hosts", benefit_eur_month=world.hosts.benefit_eur_month * 0.5)
    longer = replace(parent.state.settings, until=parent.state.settings.until + 4, arrivals="modelled")
    branch = finished(parent.fork(longer, poorer))
    assert branch.state.month == longer.until
    finished(parent)
    finished(twin)
    assert_same_tables(tables_of(parent.state), tables_of(twin.state))
    assert_same_households(parent.state.households, twin.state.households)


def test_a_fork_with_nothing_changed_goes_on_as_its_parent(world):
    parent = small_run(world, 9, start="2024-03", months=10)
    for _ in range(4):
        parent.step()
    branch = finished(parent.fork(parent.state.settings))
    finished(parent)
    assert_same_tables(tables_of(parent.state), tables_of(branch.state))
    assert_same_households(parent.state.households, branch.state.households)


def test_until_only_cuts_a_run_short(world):
    short = tables_of(finished(small_run(world, 3, start="2024-05", months=5)).state)
    long = tables_of(finished(small_run(world, 3, start="2024-05", months=9)).state)
    last = month_label(PROJECTION + 1)
    for name in ("stocks", "flows", "intentions"):
        kept = long[name][
            long[name]["month"].astype(str) <= (last if name != "flows" else month_label(PROJECTION))
        ]
        assert len(kept) == len(short[name])
        assert (kept["persons"].to_numpy() == short[name]["persons"].to_numpy()).all()


def test_growing_keeps_every_row():
    people = Households(1)
    first = people.extend(3)
    people["household_id"][:] = [5, 6, 7]
    again = people.extend(100)
    assert (first, again, len(people)) == (0, 3, 103)
    assert people["household_id"][:3].tolist() == [5, 6, 7]
    for name, column in COLUMNS.items():
        assert (people[name][3:] == column.blank).all(), name
