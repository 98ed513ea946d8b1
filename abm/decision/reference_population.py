"""Gives the base hazards their meaning: the mean over the real population, not one odd household.

The hazards of the literature are shares of a population. The two constants of the decision are
therefore set so that the mean monthly probability over the displaced in the EU hosts that do not
border Ukraine, in the reference month, equals ``return_hazard`` and ``onward_hazard``, for
households ``duration_reference_months`` after their departure: the hazards of the literature are
those of 2024 and later, and hazards fall with time abroad. Every
other coefficient then shifts people around that mean and can be changed without moving it.
"""

from __future__ import annotations

import numpy as np

from abm.arrays import Floats
from abm.codes import Choice
from abm.data.world import World
from abm.households import Households
from abm.kernels.decide import log_odds
from abm.kernels.intention import answer
from abm.kernels.layout import DecisionTables
from abm.population.creation import Creator
from abm.population.household_types import fit_type_shares

SEED = 0
HOUSEHOLDS_PER_HOST = 800
"""The reference population is the same for all runs of a world, so that it adds no noise of its own."""

TOLERANCE = 1e-10


def reference_population(world: World) -> Households:
    """Return about 6,000 fixed households with the shares of the reference month; for means only."""
    month, registers = world.reference_month, world.registers
    known = slice(registers.first_month, month + 1)
    arrived = np.nan_to_num(registers.arrivals[known])
    published = np.nan_to_num(registers.stock[known])
    here = np.where(published[-1] > 0, published[-1], arrived.sum(axis=0))
    largest = np.maximum(published.max(axis=0), here)
    weights = np.clip(np.floor(largest / 2.4 / HOUSEHOLDS_PER_HOST), 1, 30_000).astype(np.int64)
    cohorts = np.zeros((len(here), month + 1))
    cohorts[:, known] = arrived.T
    cohorts[cohorts.sum(axis=1) <= 0, registers.first_month] = 1.0
    households = Households(8 * HOUSEHOLDS_PER_HOST * len(here))
    Creator(world, SEED, weights).add(
        households,
        month,
        here,
        fit_type_shares(world.composition, world.composition.stock[month]),
        world.hosts.protection_end > month,
        np.ascontiguousarray(world.hosts.employment_share[month]),
        cohorts,
    )
    households["months_displaced"][:] = world.coefficients["duration_reference_months"]
    households["months_here"][:] = world.coefficients["duration_reference_months"]
    return households


def odds_of_leaving(households: Households, tables: DecisionTables, n_hosts: int) -> Floats:
    """Return the odds of return and onward against staying, float64[n, 2]."""
    columns = households.columns()
    answer(columns, tables, n_hosts, 0, len(households))
    odds = np.zeros((len(households), 2))
    log_odds(columns, tables, odds, 0, len(households))
    return np.asarray(np.exp(odds))


def constants_for(world: World, households: Households, tables: DecisionTables) -> tuple[float, float]:
    """Return what to add to the log odds of return and onward so that the mean hazards hold."""
    n_hosts = len(world.hosts.ids)
    odds = odds_of_leaving(households, tables, n_hosts)
    hosts = world.hosts.is_eu & ~world.hosts.is_neighbour
    persons = households.persons() * hosts[households["place"].astype(np.int64)]
    weights = persons / persons.sum()
    wanted = np.array([world.coefficients["return_hazard"], world.coefficients["onward_hazard"]])
    constants = np.log(wanted) - np.log(weights @ odds)
    for _ in range(100):
        leaving = odds * np.exp(constants)
        found = weights @ (leaving / (1.0 + leaving.sum(axis=1, keepdims=True)))
        gap = np.log(wanted) - np.log(found)
        constants += gap
        if np.abs(gap).max() < TOLERANCE:
            break
    return float(constants[int(Choice.RETURN) - 1]), float(constants[int(Choice.ONWARD) - 1])
