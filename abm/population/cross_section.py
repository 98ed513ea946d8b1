"""A synthetic population of one month that matches every margin we know.

Attributes are drawn so that the shares of every host hold among its persons. A low-discrepancy sequence
meets a share among households; among persons it is off by what size and sequence happen to share, up to
several percentage points where a host has two hundred households. Here the sequence gives only the order:
quantiles are ranks in that order, measured in persons, and of several starts of the ranks the one that
meets the shares best is taken (restricted systematic sampling). The expectation of every attribute given
every other is unchanged.
"""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from abm.arrays import Booleans, Floats, Integers
from abm.codes import Employment, Housing, Schooling, Stream
from abm.data.world import World
from abm.households import COLUMNS, Columns, Households
from abm.kernels.create import ATTRIBUTES, Creation, best_start
from abm.kernels.draws import draw, month_key
from abm.kernels.network import connect
from abm.population.creation import Creator
from abm.population.household_types import fit_type_shares, type_counts


def cohort_shares(world: World, month: int) -> Floats:
    """Return the share of each month of arrival among those present, float64[H, month + 1].

    Recorded arrivals up to the month, thinned by the prior hazards of leaving.
    """
    c = world.coefficients
    first, last = world.registers.first_month, min(month, world.registers.last_month)
    leave = c["return_hazard"] + c["onward_hazard"]
    months = np.arange(first, last + 1)
    shares = np.zeros((len(world.hosts.ids), month + 1))
    arrived = np.nan_to_num(world.registers.arrivals[first : last + 1].T)
    shares[:, first : last + 1] = arrived * (1.0 - leave) ** (month - months)[None, :]
    empty = shares.sum(axis=1) <= 0
    shares[empty, first] = 1.0
    return shares


def stock_before(world: World, month: int) -> Floats:
    """Return displaced persons by host at the end of the month before ``month``, float64[H].

    The last register stock published by then; where there is none, arrivals so far thinned by the prior
    hazards.
    """
    before = month - 1
    stock = world.registers.stock_by(before)
    c = world.coefficients
    leave = c["return_hazard"] + c["onward_hazard"]
    first = world.registers.first_month
    age = before - np.arange(first, before + 1)
    arrivals = np.nan_to_num(world.registers.arrivals[first : before + 1])
    thinned = (arrivals * ((1.0 - leave) ** age)[:, None]).sum(axis=0)
    return np.where(np.isnan(stock), thinned, stock)


def build_cross_section(creator: Creator, month: int) -> tuple[Households, Integers]:
    """Return households that match the registers at the end of ``month - 1``, and the persons in them."""
    world = creator.world
    stock = stock_before(world, month)
    types = world.composition.household_types
    shares = fit_type_shares(world.composition, world.composition.stock[month - 1])
    starts = [draw(creator.seed, int(Stream.ARRIVAL), month, host, 1) for host in range(len(stock))]
    rows = stock / creator.weights
    counts = np.array([type_counts(types, *host) for host in zip(shares, rows, starts, strict=True)])
    mean_size = float(world.composition.household_weight @ world.composition.household_types.sum(axis=1))
    households = Households(int((stock / mean_size / creator.weights).sum() * 1.2) + 64)
    persons = creator.add(
        households,
        month - 1,
        stock,
        shares,
        world.hosts.protection_end > month - 1,
        np.ascontiguousarray(world.hosts.employment_share[month - 1]),
        cohort_shares(world, month - 1),
        counts,
    )
    assert creator.plan is not None
    rebalance(
        households.columns(), creator.plan, world.origins.group_of_unit, creator.seed, int(Stream.NETWORK)
    )
    creator.owed[:] = 0.0
    return households, persons


STARTS = 400
"""Most starts of the ranks that are tried."""

ROWS_OVER_STARTS = 30_000
"""Rows looked at over all starts of one attribute: large hosts need fewer starts."""


def strata_ranks(order: Floats, weight: Floats, stratum: Integers) -> Floats:
    """Return the middle of every household's place in its stratum, measured in ``weight``, 0 to 1.

    >>> strata_ranks(np.array([0.9, 0.1]), np.array([3.0, 1.0]), np.array([0, 0]))
    array([0.625, 0.125])
    """
    sequence = np.lexsort((order, stratum))
    sorted_weight = weight[sequence]
    running = np.cumsum(sorted_weight)
    totals = np.bincount(stratum, weights=weight)
    begins = np.concatenate([[0.0], np.cumsum(totals)[:-1]])
    ranks = np.empty(len(order))
    within = running - 0.5 * sorted_weight - begins[stratum[sequence]]
    ranks[sequence] = within / np.maximum(totals[stratum[sequence]], 1e-12)
    return ranks


def balanced(order: Floats, weight: Floats, stratum: Integers, cumulative: Floats) -> Integers:
    """Return a category per household, int64[n], whose shares among persons meet the expected ones.

    ``order`` float64[n] are low-discrepancy numbers of the attribute, 0 to 1; ``weight`` float64[n] what the
    share is counted in (persons, adults, minors or 1); ``stratum`` int64[n] the row of ``cumulative``
    (float64[strata, categories], the last 1) that holds for a household.
    """
    among = np.bincount(stratum, weights=weight, minlength=len(cumulative))
    expected = among @ np.diff(cumulative, axis=1, prepend=0.0)
    ranks = np.where(weight > 0, strata_ranks(order, weight, stratum), order)
    starts = int(np.clip(ROWS_OVER_STARTS // max(len(order), 1), 1, STARTS))
    first = float(order[0]) if len(order) else 0.0
    found: Integers = best_start(
        ranks, weight, stratum, np.ascontiguousarray(cumulative), expected, first, starts
    )
    return found


def binomial_cumulative(most: int, share: float) -> Floats:
    """Return cumulative shares of the workers among 0 to ``most`` adults, float64[adults, workers].

    >>> binomial_cumulative(2, 0.5)[2]
    array([0.25, 0.75, 1.  ])
    """
    table = np.zeros((most + 1, most + 1))
    table[0, 0] = 1.0
    for adults in range(1, most + 1):
        table[adults] = table[adults - 1] * (1.0 - share)
        table[adults, 1:] += table[adults - 1, :-1] * share
    running = np.cumsum(table, axis=1)
    running[:, -1] = 1.0
    return running


DWELLINGS = np.array([Housing.COLLECTIVE, Housing.HOSTED, Housing.INDEPENDENT])
"""First dwellings in the order of :func:`abm.kernels.move.first_housing`."""

CONDITIONS = (
    ("boys", "number of minors", "households"),
    ("older_men", "number of persons of 65 and over", "households"),
    ("age", "minors, no minors, only 65 and over", "households"),
    ("origin", "host", "persons"),
    ("home", "origin unit", "persons"),
    ("family", "women with minors and no man, other women without a man, others", "households"),
    ("income", "", "households"),
    ("remote", "an adult of working age", "households"),
    ("kin_1", "", "households"),
    ("kin_2", "kin in a first host", "households"),
    ("cohort", "host", "persons"),
    ("housing", "host", "persons"),
    ("employed", "host and number of adults", "households"),
    ("job_level", "a job", "households"),
    ("schooling", "months abroad", "minors"),
)
"""What each attribute of :data:`abm.kernels.create.ATTRIBUTES` depends on, and whose share is met."""


def rebalance(c: Columns, plan: Creation, group_of_unit: Integers, seed: int, stream: int) -> None:
    """Draw the attributes of the rows of a plan again, host by host, and connect the households.

    ``group_of_unit`` int64[U] makes origin groups neighbours in the draw; ``seed`` and ``stream`` are keys of
    the draws of contacts.
    """
    for host in range(len(plan.n_rows)):
        if plan.n_rows[host] > 0:
            HostRows(c, plan, host).draw_all(group_of_unit)
    connect(c, plan, np.uint64(month_key(seed, stream, 0)))


class HostRows:
    """The new rows of one host."""

    def __init__(self, c: Columns, plan: Creation, host: int) -> None:
        first, n = int(plan.first_row[host]), int(plan.n_rows[host])
        # The fields of the table of columns are data, so a type checker cannot know them.
        views: list[Any] = [getattr(c, name)[first : first + n] for name in COLUMNS]
        self.c = cast(Any, Columns(*views))
        self.plan, self.host, self.n = plan, host, n
        self.persons = self.c.persons.astype(np.int64)
        self.members = self.persons.sum(axis=1).astype(float)
        self.adults = self.persons[:, :4].sum(axis=1)
        self.minors = self.persons[:, 4:6].sum(axis=1)
        self.older = self.persons[:, 6:8].sum(axis=1)

    def order(self, attribute: str) -> Floats:
        """Return the low-discrepancy numbers of an attribute, float64[n]."""
        a = ATTRIBUTES.index(attribute)
        ordinals = self.plan.ordinal[self.host] + np.arange(self.n)
        return np.asarray((self.plan.offset[self.host, a] + self.plan.alpha[a] * ordinals) % 1.0)

    def draw(
        self,
        attribute: str,
        cumulative: Floats,
        weight: Floats | None = None,
        stratum: Integers | None = None,
        among: Booleans | None = None,
    ) -> Integers:
        """Return a balanced category for the households ``among`` (all if absent)."""
        rows = np.ones(self.n, bool) if among is None else among
        return balanced(
            self.order(attribute)[rows],
            (np.ones(self.n) if weight is None else weight)[rows],
            (np.zeros(self.n, np.int64) if stratum is None else stratum)[rows],
            np.atleast_2d(cumulative),
        )

    def draw_all(self, group_of_unit: Integers) -> None:
        """Draw every attribute in the order in which they depend on one another."""
        self.draw_members()
        self.draw_background(group_of_unit)
        self.draw_kin()
        self.draw_life_abroad()

    def draw_members(self) -> None:
        """Draw sexes of minors and older persons, and the head's age."""
        c, p = self.c, self.plan
        boys = self.draw("boys", nearest_cumulative(int(self.minors.max()), p.boys_share), None, self.minors)
        c.persons[:, 4], c.persons[:, 5] = self.minors - boys, boys
        men = self.draw(
            "older_men", nearest_cumulative(int(self.older.max()), p.older_men_share), None, self.older
        )
        c.persons[:, 6], c.persons[:, 7] = self.older - men, men
        ages = np.where(self.adults == 0, 2, np.where(self.minors > 0, 0, 1))
        c.age_band[:] = self.draw("age", p.age_cumulative, None, ages)

    def draw_background(self, group_of_unit: Integers) -> None:
        """Draw origin, home, family left behind, income and remote work."""
        c, p = self.c, self.plan
        units = np.argsort(group_of_unit, kind="stable")
        share = np.diff(p.origin_cumulative[self.host], prepend=0.0)[units]
        running = np.cumsum(share)
        running[-1] = 1.0
        c.origin[:] = units[self.draw("origin", running, self.members)]
        c.home[:] = self.draw("home", p.home_cumulative, self.members, c.origin.astype(np.int64))
        women = (self.persons[:, 0] > 0) & (self.persons[:, 1:4].sum(axis=1) == 0)
        family = np.where(women, np.where(self.minors > 0, 0, 1), 2)
        c.family[:] = self.draw("family", p.family_cumulative, None, family)
        c.income[:] = self.draw("income", p.income_cumulative)
        c.works_remotely[:] = 0
        some = self.adults > 0
        c.works_remotely[some] = 1 - self.draw("remote", np.array([p.remote_share, 1.0]), among=some)

    def draw_kin(self) -> None:
        """Draw hosts with close kin; the second is dropped where it is the first again."""
        kin, p = self.c.kin_hosts, self.plan
        nowhere = len(p.kin_cumulative)
        for slot, name in enumerate(("kin_1", "kin_2")):
            rows = np.ones(self.n, bool) if slot == 0 else kin[:, 0] >= 0
            kin[:, slot] = -1
            if rows.any():
                found = self.draw(name, np.append(p.kin_shares[slot] * p.kin_cumulative, 1.0), among=rows)
                kin[rows, slot] = np.where(found == nowhere, -1, found)
        kin[kin[:, 1] == kin[:, 0], 1] = -1

    def draw_life_abroad(self) -> None:
        """Draw month of arrival, dwelling, jobs and schooling, and what follows from them."""
        c, p, host = self.c, self.plan, self.host
        c.cohort[:] = self.draw("cohort", p.cohort_cumulative[host], self.members)
        months = p.month - c.cohort.astype(np.int64)
        c.months_here[:] = months
        c.months_displaced[:] = months
        c.integration[:] = 1.0 - (1.0 - p.learn) ** months
        c.ties[:] = (1.0 - p.fade) ** months
        collective = p.collective_share[host]
        dwelling = self.draw("housing", np.array([collective, 0.5 + 0.5 * collective, 1.0]), self.members)
        c.housing[:] = DWELLINGS[dwelling]
        c.months_collective[:] = np.where(c.housing == Housing.COLLECTIVE, months, 0)
        jobs = binomial_cumulative(int(self.adults.max()), p.employment_share[host])
        c.employed[:] = self.draw("employed", jobs, None, self.adults)
        working = c.employed > 0
        c.employment[:] = Employment.NONE
        if working.any():
            level = self.draw("job_level", np.array([1.0 - p.at_level_share, 1.0]), among=working)
            c.employment[working] = Employment.BELOW_LEVEL + level
        c.schooling[:] = Schooling.NO_MINORS
        pupils = self.minors > 0
        if pupils.any():
            settled = np.arange(p.month + 1) / (np.arange(p.month + 1) + p.schooling_months)
            start, later = p.schooling_cumulative
            table = (1.0 - settled)[:, None] * start + settled[:, None] * later
            school = self.draw("schooling", table, self.minors.astype(float), months, among=pupils)
            c.schooling[pupils] = Schooling.HOST + school


def nearest_cumulative(most: int, share: float) -> Floats:
    """Return cumulative shares of a whole number next to ``n * share``, float64[n, number].

    >>> nearest_cumulative(2, 0.25)[2]
    array([0.5, 1. , 1. ])
    """
    expected = np.arange(most + 1)[:, None] * share
    number = np.arange(most + 1)[None, :]
    return np.asarray(np.clip(number + 1.0 - expected, 0.0, 1.0) * (number + 1e-12 >= np.floor(expected)))
