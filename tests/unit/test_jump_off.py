"""Rolling forecasts without households: the sums of the model, nothing later than the origin."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from small_runs import PROJECTION, changed, small_run, with_coefficients

from abm.month.arrival_level import TAIL, modelled_arrivals, persistent_error
from abm.months import month_index
from calibration.fit.forecast_parameters import (
    FORECAST_HORIZONS,
    log_likelihood,
    origins_of,
    register_ahead,
    spread_of_sum,
)

KNOWN = PROJECTION - 1


def origin_at(world, month, hosts=(0,)):
    return next(origin for origin in origins_of(world, hosts, month + 1, month + 1) if origin.month == month)


def plain_register(world, **values):
    """Return a world in which all registrations are first arrivals."""
    nobody = np.zeros_like(world.registers.again_share)
    return changed(world, "registers", again_share=nobody, late_share=nobody, **values)


def test_a_forecast_begins_at_the_recorded_stock_and_at_the_latest_arrivals(world):
    origin = origin_at(world, KNOWN)
    path, level = register_ahead(origin, {"arrivals_memory_months": 1e-3})
    np.testing.assert_array_equal(path[0], world.registers.stock[KNOWN])
    np.testing.assert_allclose(level, world.registers.arrivals[KNOWN])
    _, level = register_ahead(origin, {"arrivals_memory_months": 1e9})
    np.testing.assert_allclose(
        level, world.registers.arrivals[KNOWN - 11 : KNOWN + 1].mean(axis=0), rtol=1e-6
    )


def exits_and_arrivals(origin, coefficients, world):
    """Return exits and arrivals of twelve steps, told apart by a second forecast with doubled stocks."""
    path, _ = register_ahead(origin, coefficients)
    stock = world.registers.stock.copy()
    stock[origin.month] *= 2.0
    twice, _ = register_ahead(
        replace(origin, world=changed(origin.world, "registers", stock=stock)), coefficients
    )
    kept = (twice[1:] - path[1:]) / (twice[:-1] - path[:-1])
    return 1.0 - kept, path[1:] - kept * path[:-1]


@pytest.mark.parametrize(("diversion", "apart"), [(0.0, 1e-6), (0.9, 0.015)])
def test_arrivals_are_those_of_the_model(world, diversion, apart):
    """Where all are first arrivals, the model's new displacement is what its registers gain.

    What hosts gain from one another when benefits change is left out here: a little over 1 % of arrivals,
    since the level is a mean of more months.
    """
    given = with_coefficients(plain_register(world), flight_diversion=diversion)
    origin = origin_at(given, KNOWN)
    _, arrivals = exits_and_arrivals(origin, {}, given)
    state = small_run(origin.world, start="2024-09", months=12).state
    state.history.flows[:] = 0  # a past in which all who registered were new
    published = np.isfinite(given.registers.stock[KNOWN])
    for step in range(12):
        state.month = PROJECTION + step
        expected = modelled_arrivals(state)
        np.testing.assert_allclose(arrivals[step, published], expected[published], rtol=apart, atol=1e-6)


@pytest.mark.parametrize("small", [1.0, 0.01])
def test_exits_are_the_usual_ones_and_a_gap_that_fades(world, small):
    """Whatever counts as a small clean-up: the model and the forecasts leave out the same months."""
    given = with_coefficients(plain_register(world), small_clean_up_share=small)
    origin = origin_at(given, KNOWN)
    exits, _ = exits_and_arrivals(origin, {"register_trend_persistence": 0.5}, given)
    extra = exits - origin.usual
    shown = np.isfinite(extra[0]) & (np.abs(extra[0]) > 1e-6)
    assert shown.sum() > 20
    np.testing.assert_allclose(extra[1:4, shown] / extra[:3, shown], 0.5, rtol=1e-4)
    # by hand, of one host: the mean of the last months that count, twelve at most
    de = given.hosts.ids.index("DE")
    recent = origin.rate[-12:, de]
    gap = recent[np.isfinite(recent)].mean() - origin.usual[de]
    assert extra[0, de] == pytest.approx(0.5 * gap, rel=1e-4)


def test_a_break_leaves_no_trace_in_the_exits(world):
    de = world.hosts.ids.index("DE")
    broken = month_index("2024-07")
    assert world.registers.is_break[broken, de]
    origin = origin_at(world, KNOWN)
    row = broken - world.registers.first_month - 1
    assert np.isnan(origin.rate[row, de])
    assert np.isfinite(origin.rate[row + 1, de])
    unflagged = changed(world, "registers", is_break=np.zeros_like(world.registers.is_break))
    assert np.isnan(origin_at(unflagged, KNOWN).rate[row, de])  # so many at once are a clean-up anyway
    patient = with_coefficients(unflagged, small_clean_up_share=1.0)
    assert origin_at(patient, KNOWN).rate[row, de] > 0.1


def test_a_small_clean_up_leaves_no_trace_in_the_exits_either(world):
    """Nearly all of the usual exits of the Netherlands, and 3 % of its stock besides in one month."""
    nl, month = world.hosts.ids.index("NL"), month_index("2023-10")
    row = month - world.registers.first_month - 1
    plain = origin_at(world, KNOWN)
    assert np.isfinite(plain.rate[row, nl])
    decisions = world.registers.decisions.copy()
    decisions[month, nl] += 0.03 * world.registers.stock[month - 1, nl]
    more = changed(world, "registers", decisions=decisions)
    assert np.isnan(origin_at(more, KNOWN).rate[row, nl])
    kept = origin_at(with_coefficients(more, small_clean_up_share=0.06), KNOWN)
    assert kept.rate[row, nl] == pytest.approx(plain.rate[row, nl] + 0.03)
    decisions[month, nl] -= 0.06 * world.registers.stock[month - 1, nl]
    late = changed(world, "registers", decisions=decisions)
    assert origin_at(late, KNOWN).rate[row, nl] == pytest.approx(plain.rate[row, nl] - 0.03)


def test_nothing_after_the_origin_is_read(world):
    month = month_index("2023-06")
    other = world
    for part, names in (
        ("registers", ("stock", "decisions", "arrivals")),
        ("hosts", ("benefit_eur_month",)),
    ):
        values = {}
        for name in names:
            series = getattr(getattr(world, part), name).copy()
            series[month + 1 :] *= 0.3
            values[name] = series
        other = changed(other, part, **values)
    fall = np.where(np.arange(world.n_months) > month, 0.3, 1.0)
    drivers = {name: (series.T * fall).T for name, series in world.drivers.items()}
    other = replace(other, drivers=drivers)
    for made in (register_ahead(origin_at(world, month), {}), register_ahead(origin_at(other, month), {})):
        np.testing.assert_array_equal(made[0], register_ahead(origin_at(world, month), {})[0])
    # and the comparison can fail: the month of the origin does count
    earlier = register_ahead(origin_at(other, month + 1), {})[0]
    assert not np.allclose(earlier, register_ahead(origin_at(world, month + 1), {})[0], equal_nan=True)


def test_the_density_is_student_t_of_every_free_forecast(world):
    nl, target = world.hosts.ids.index("NL"), month_index("2023-12")
    hosts = (nl, world.hosts.ids.index("DE"))
    origins = origins_of(world, hosts, target, target)
    c = dict(world.coefficients)
    found = log_likelihood(world, origins, hosts, c, target, target, lookback=3)
    total, n = 0.0, 0
    for origin in origins:
        step = target - origin.month
        if step not in FORECAST_HORIZONS:
            continue
        path, level = register_ahead(origin, c)
        for host in hosts:
            if world.registers.is_break[origin.month - 3 + 1 : target + 1, host].any():
                continue
            size = c["arrival_shock_size"] * np.sqrt(level[host] * world.registers.stock[origin.month, host])
            scale = size * spread_of_sum(c["arrival_shock_persistence"], step)
            miss = world.registers.stock[target, host] - path[step, host]
            total, n = total + stats.t(TAIL, scale=scale).logpdf(miss), n + 1
    assert n > 6
    assert found == pytest.approx(total, rel=1e-9)


def test_the_spread_of_a_sum_is_that_of_the_shocks():
    """Against sums of the model's own errors; the median of |t| does not need a variance."""
    months = range(32, 38)
    sums = np.array(
        [
            sum(persistent_error(seed, 0, months[: k + 1], 0.7) for k in range(len(months)))
            for seed in range(1, 6001, 2)
        ]
    )
    expected = spread_of_sum(0.7, len(months)) * stats.t(TAIL).ppf(0.75)
    # standard error of the median of 3,000: 0.5 / (density * sqrt(n)), about 2.3 %; 4.9 of them: 1e-6
    assert np.median(np.abs(sums)) == pytest.approx(expected, rel=0.115)
    assert np.median(np.abs(sums)) > 1.3 * spread_of_sum(0.0, len(months)) * stats.t(TAIL).ppf(0.75)
