"""intention, decide and move: what a household wishes and would tell a survey, what it does, where it goes.

A question with its stated condition cuts the distribution of wishes into answers; where it cuts is a matter
of its wording, so the distribution is kept and the cuts are left to whoever asks.
"""

from dataclasses import dataclass

import numpy as np

from abm.arrays import Integers
from abm.codes import Choice, Status, Stream
from abm.data.world import World
from abm.kernels import decide as decision
from abm.kernels import move as moving
from abm.kernels.intention import ATTRIBUTES, N_BINS, N_VALUES, answer, tally
from abm.month.arrivals import refuse_newcomers
from abm.places import ALL, ELSEWHERE, NEIGHBOURS, OTHERS
from abm.state import Flow, State


def intention(state: State) -> None:
    """Write the answer every household would give to a survey this month.

    The personal error of an answer is kept, so an answer changes only when circumstances do.
    """
    state.sweep(answer, state.environment.tables, state.n_hosts)


def decide(state: State) -> None:
    """Write every household's choice: stay, return or move onward, one keyed error per alternative."""
    state.sweep(decision.decide, state.environment.tables, state.key(Stream.DECIDE), state.n_hosts)


def move(state: State) -> None:
    """Move every household that chose to, book the flows, and apply the terms of entry where it went."""
    environment = state.environment
    keys = np.array([state.key(Stream.RETURN_PLACE), state.key(Stream.DESTINATION)], np.uint64)
    places = state.n_hosts + 1
    state.leavers = holders_who_leave(state)
    flows = np.zeros((2, places, places), np.int64)
    state.sweep(
        moving.move,
        environment.tables,
        keys,
        environment.protected,
        environment.collective_share,
        state.n_hosts,
        totals=(flows,),
    )
    state.book(Flow.RETURN, flows[0])
    state.book(Flow.ONWARD, flows[1])
    refuse_newcomers(state, moved=True)


def holders_who_leave(state: State) -> Integers:
    """Return persons with temporary protection who chose to leave their host, int64[H]."""
    columns, found = state.households.columns(), np.zeros(state.n_hosts, np.int64)
    rows = np.flatnonzero(columns.choice != Choice.STAY)
    rows = rows[columns.status[rows] == Status.TEMPORARY_PROTECTION]
    persons = columns.persons[rows].sum(axis=1, dtype=np.int64) * columns.stands_for[rows]
    np.add.at(found, columns.place[rows].astype(np.int64), persons)
    return found


HOSTS_APART = ("DE", "PL", "CZ", "NL", "UK", "IE")
"""Hosts whose groups are told apart; surveys of other single hosts know no groups."""

CONDITIONS = ("when_safe", "now")
"""Stated conditions, in the order of the axis."""


def places_of(world: World) -> tuple[tuple[str, ...], Integers]:
    """Return the groups of hosts, and int64[H, 3] the groups every host belongs to (-1 for none)."""
    ids = world.hosts.ids
    names = (ALL, NEIGHBOURS, OTHERS, *(code for code in HOSTS_APART if code in ids))
    member = np.full((len(ids), 3), -1, np.int64)
    member[:, 0] = 0
    member[:, 1] = np.where(world.hosts.is_neighbour, 1, 2)
    member[[code == ELSEWHERE for code in ids], 1] = -1
    for number, code in enumerate(names[3:], start=3):
        member[ids.index(code), 2] = number
    return names, member


def value_names(world: World) -> tuple[tuple[str, str], ...]:
    """Return attribute and value of every group, in the order of the axis."""
    known = [(attribute, value) for attribute, values in ATTRIBUTES for value in values]
    return (*known, *(("origin_group", group) for group in world.origins.groups))


@dataclass(frozen=True)
class Wishes:
    """Adults abroad by wish in one month, all int64.

    ``by_host`` [2, H, bin] by condition (:data:`CONDITIONS`) and host; ``by_group`` [2, value, place,
    bin] by value of an attribute (:func:`value_names`) and group of hosts (:func:`places_of`); ``onward``
    [H, bin] by readiness to move onward.
    """

    by_host: Integers
    by_group: Integers
    onward: Integers


def wishes_of(state: State) -> Wishes:
    """Return the wishes of the month; between the processes ``intention`` and ``decide``."""
    world, tables = state.world, state.environment.tables
    names, member = places_of(world)
    n_values = N_VALUES + len(world.origins.groups)
    found = Wishes(
        np.zeros((2, state.n_hosts, N_BINS), np.int64),
        np.zeros((2, n_values, len(names), N_BINS), np.int64),
        np.zeros((state.n_hosts, N_BINS), np.int64),
    )
    state.sweep(
        tally,
        tables,
        state.n_hosts,
        world.origins.group_of_unit,
        member,
        totals=(found.by_host, found.by_group, found.onward),
    )
    return found
