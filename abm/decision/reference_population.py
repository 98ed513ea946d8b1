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
from abm.population.cross_section import build_cross_section

SEED = 0
HOUSEHOLDS_PER_HOST = 200
"""The reference population is small and always the same, so that it adds no noise of its own."""

TOLERANCE = 1e-10


def reference_population(world: World) -> Households:
    """Return a fixed cross-section of the reference month, about 6,000 households."""
    hosts = len(world.hosts.ids)
    known = slice(0, world.reference_month + 1)
    stock = np.nan_to_num(world.registers.stock[known]).max(axis=0)
    arrived = np.nan_to_num(world.registers.arrivals[known]).sum(axis=0)
    largest = np.where(stock > 0, stock, arrived)
    weights = np.maximum(np.floor(largest / 2.4 / HOUSEHOLDS_PER_HOST), 1).astype(np.int64)
    creator = Creator(world, SEED, np.minimum(weights, 30_000))
    households, _ = build_cross_section(creator, world.reference_month + 1)
    assert len(households) > hosts
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
