"""What was known at a month: a world whose later series are held, for honest forecasts."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from abm.data.world import World
from abm.policy.policy import Policy

HELD_MONTHS = 12
"""Drivers are held at their mean of a year, so that a season is not mistaken for a trend."""


def _held(series: NDArray[np.float64], month: int) -> NDArray[np.float64]:
    """Return a series [T, ...] whose values after a month repeat that month."""
    known = series.copy()
    known[month + 1 :] = series[month]
    return known


def _held_mean(series: NDArray[np.float64], month: int) -> NDArray[np.float64]:
    """Return a series [T, ...] whose values after a month are the mean of the last year."""
    known = series.copy()
    known[month + 1 :] = series[max(month - HELD_MONTHS + 1, 0) : month + 1].mean(axis=0)
    return known


def _policy_known(policy: Policy, month: int) -> Policy:
    """Return a policy whose later values repeat those of a month, what was announced included."""
    expected = {name: policy.expected.get(name, series) for name, series in policy.newcomers.items()}
    return replace(
        policy,
        everyone={name: _held(series, month) for name, series in policy.everyone.items()},
        newcomers={name: _held(series, month) for name, series in policy.newcomers.items()},
        expected={name: _held(series, month) for name, series in {**policy.expected, **expected}.items()},
        routes={name: _held(series, month) for name, series in policy.routes.items()},
        country={name: _held(series, month) for name, series in policy.country.items()},
        refused_new=tuple(rule for rule in policy.refused_new if rule.start <= month),
        refused_holders=tuple(rule for rule in policy.refused_holders if rule.start <= month),
    )


def as_known_at(world: World, month: int) -> World:
    """Return the world as it was known at the end of a month.

    Occupation, conditions of hosts and composition hold their last value, drivers their mean of
    the last year; rules that start later are not foreseen. Registers stay in the world for scoring;
    the run does not look past ``known_until``.
    """
    hosts, origins, composition = world.hosts, world.origins, world.composition
    return replace(
        world,
        hosts=replace(
            hosts,
            benefit_eur_month=_held(hosts.benefit_eur_month, month),
            unemployment_share=_held(hosts.unemployment_share, month),
            employment_share=_held(hosts.employment_share, month),
            collective_share=_held(hosts.collective_share, month),
            collective_places=_held(hosts.collective_places, month),
        ),
        origins=replace(
            origins,
            intensity=_held_mean(origins.intensity, month),
            occupied_share=_held(origins.occupied_share, month),
            energy_deficit=_held_mean(origins.energy_deficit, month),
            economy=_held(origins.economy, month),
        ),
        outlook=replace(world.outlook, war_weariness=_held(world.outlook.war_weariness, month)),
        policy=_policy_known(world.policy, month),
        composition=replace(
            composition,
            stock=_held(composition.stock, month),
            arrivals=_held(composition.arrivals, month),
        ),
    )
