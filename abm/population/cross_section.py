"""A synthetic population of one month that matches every margin we know."""

from __future__ import annotations

import numpy as np

from abm.arrays import Floats, Integers
from abm.codes import Stream
from abm.data.world import World
from abm.households import Households
from abm.kernels.draws import draw
from abm.population.attributes import rebalance
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

    The register stock; where none was published, arrivals so far thinned by the prior hazards.
    """
    before = month - 1
    stock = world.registers.stock[min(before, world.registers.last_month)]
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
