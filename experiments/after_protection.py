"""Where those who held protection on its last day are some months later."""

from dataclasses import dataclass

import numpy as np

from abm.arrays import Booleans, Floats, Integers
from abm.codes import Status
from abm.simulation import Simulation
from abm.state import State

PARTS = ("returned", "elsewhere", "permit", "asylum", "without_title")
"""Back in Ukraine; in another host; here with another permit, with asylum asked for or granted, with none."""

PERMITS = (Status.TRANSITION_PERMIT, Status.REGULAR_PERMIT)
ASYLUM = (Status.ASYLUM_PENDING, Status.REFUGEE)


@dataclass(frozen=True)
class Holders:
    """Who held protection in some hosts on a day: ids of the households and the host each lived in."""

    ids: Integers
    place: Integers

    @classmethod
    def of(cls, state: State, hosts: Booleans) -> "Holders":
        """Return the holders in ``hosts``, bool[H]."""
        columns = state.households.columns()
        there = np.append(hosts, False)[columns.place] & (columns.status == Status.TEMPORARY_PROTECTION)
        return cls(columns.household_id[there].copy(), columns.place[there].copy())

    def shares(self, state: State) -> Floats:
        """Return how many of their persons are where, float64[part], in the order of :data:`PARTS`."""
        columns = state.households.columns()
        known = np.asarray(columns.household_id)
        order = np.argsort(known)
        rows = order[np.searchsorted(known[order], self.ids)]
        persons = columns.persons[rows].sum(axis=1, dtype=np.int64) * columns.stands_for[rows]
        place, status = columns.place[rows], columns.status[rows]
        home, here = place == state.n_hosts, place == self.place
        parts = (
            home,
            ~home & ~here,
            here & np.isin(status, PERMITS),
            here & np.isin(status, ASYLUM),
            here & (status == Status.NONE),
        )
        return np.array([float(persons[part].sum()) for part in parts]) / max(float(persons.sum()), 1.0)


def a_year_after(run: Simulation, end: int, hosts: Booleans, months: int = 12) -> Floats:
    """Return the parts a year after ``end``, the first month without protection, of a run before it."""
    holders = Holders.of(run.run_to(end).state, hosts)
    return holders.shares(run.run_to(end + months).state)
