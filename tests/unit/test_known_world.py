"""A forecaster sees nothing observed after the origin."""

from dataclasses import fields, replace

import numpy as np
import pytest

from abm.loading import default_configs, load_world
from abm.months import month_index
from calibration.known_world import known_at

ORIGIN = month_index("2023-06")
MONTHS = 6
POLICY = {"benefit_eur_month", "collective_places", "break_completeness", "is_break", "arrivals_derived"}
"""Announced beforehand, or the dates of breaks: may reach beyond the origin."""


@pytest.fixture(scope="module")
def world():
    return load_world(default_configs(), month_index("2024-12"))


def series(world):
    """Return every array with a month axis by name."""
    found = {}
    for part in (world.hosts, world.origins, world.registers, world.composition):
        for field in fields(part):
            value = getattr(part, field.name)
            if isinstance(value, np.ndarray) and len(value) == world.n_months:
                found[f"{type(part).__name__}.{field.name}"] = value
    return found


def spoiled(world):
    """Return a world in which every later observation is nonsense."""
    after = np.arange(world.n_months) > ORIGIN

    def spoil(part):
        changed = {}
        for field in fields(part):
            value = getattr(part, field.name)
            is_series = isinstance(value, np.ndarray) and len(value) == world.n_months
            if is_series and field.name not in POLICY:
                changed[field.name] = value.copy()
                changed[field.name][after] = 777.0
        return replace(part, **changed)

    names = ("hosts", "origins", "registers", "composition")
    return replace(world, **{name: spoil(getattr(world, name)) for name in names})


def test_nothing_observed_later_enters(world):
    truth, nonsense = (series(known_at(w, ORIGIN, MONTHS)) for w in (world, spoiled(world)))
    assert len(truth) >= 14
    for name, value in truth.items():
        np.testing.assert_array_equal(value, nonsense[name], err_msg=name)


def test_the_past_is_untouched_and_all_is_finite(world):
    before, after = series(world), series(known_at(world, ORIGIN, MONTHS))
    for name, value in after.items():
        np.testing.assert_array_equal(value[: ORIGIN + 1], before[name][: ORIGIN + 1], err_msg=name)
        if name not in {"Registers.stock", "Registers.decisions", "Registers.arrivals"}:
            assert not np.isnan(value).any(), name


def test_how_drivers_are_carried_forward(world):
    known = known_at(world, ORIGIN, MONTHS)
    war = world.origins.intensity[ORIGIN - MONTHS + 1 : ORIGIN + 1].mean(axis=0)
    np.testing.assert_array_equal(known.origins.intensity[ORIGIN + 5], war)
    np.testing.assert_array_equal(
        known.origins.energy_deficit[ORIGIN + 1], world.origins.energy_deficit[ORIGIN - 11]
    )
    np.testing.assert_array_equal(
        known.origins.energy_deficit[ORIGIN + 13], world.origins.energy_deficit[ORIGIN - 11]
    )
    assert known.registers.last_month == ORIGIN
    assert np.isnan(known.registers.stock[ORIGIN + 1 :]).all()
