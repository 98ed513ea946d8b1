"""Priors as quantile functions of a unit normal, and the design that spreads over them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from abm.data.folder import default_configs
from abm.data.parameters import Coefficient, load_coefficients
from calibration.fit.prior import (
    DIGITS,
    FORECAST_ONLY,
    Prior,
    beta_shape,
    forecast_prior,
    hindcast_prior,
    rounded_parameter,
    sobol_normal,
    tasks_of_design,
)

EDGE = stats.norm.ppf(0.95)
"""Ends of the central 90 % of a standard normal."""


def row(distribution, value, low, high, name="a"):
    return Coefficient(name, value, "ratio", distribution, low, high, "prior", "somewhere", "something")


def at(coefficient, z):
    return Prior((coefficient,)).natural(np.asarray(z, float)[:, None])[:, 0]


@pytest.fixture(scope="module")
def shipped():
    return load_coefficients(default_configs() / "coefficients" / "priors.csv")


@pytest.mark.parametrize("distribution", ["normal", "lognormal"])
@given(below=st.floats(0.1, 0.9), above=st.floats(1.1, 20.0))
def test_an_interval_on_two_unlike_sides_is_met_on_both(distribution, below, above):
    """Also in between: each half is a half normal of its own scale, so a tenth is below 10 % and so on."""
    coefficient = row(distribution, 1.0, below, above)
    np.testing.assert_allclose(at(coefficient, [-EDGE, 0.0, EDGE]), [below, 1.0, above], rtol=1e-12)
    z = np.array([-2.0, -0.5, 0.5, 2.0])
    found = at(coefficient, z)
    ends = np.array([below, below, above, above])
    if distribution == "lognormal":
        found, ends = np.log(found), np.log(ends)
    else:
        found, ends = found - 1.0, ends - 1.0
    np.testing.assert_allclose(found, ends * np.abs(z) / EDGE, rtol=1e-9)


def test_every_shipped_prior_meets_the_interval_it_states(shipped):
    """To the last digit where an interval is one of quantiles; a uniform prior states its range."""
    checked = dict.fromkeys(("normal", "lognormal", "uniform", "beta"), 0)
    for name, coefficient in shipped.items():
        low, value, high = coefficient.low, coefficient.value, coefficient.high
        if coefficient.distribution == "fixed":
            continue
        checked[coefficient.distribution] += 1
        if coefficient.distribution == "uniform":
            found, stated = at(coefficient, [-9.0, 0.0, 9.0]), [low, (low + high) / 2.0, high]
        elif coefficient.distribution == "beta":
            # mean and spread are met instead; see the test of its quantiles
            law = stats.beta(*beta_shape(value, (high - low) / (2.0 * EDGE)))
            found, stated = [law.mean(), law.std()], [value, (high - low) / (2.0 * EDGE)]
        else:
            found, stated = at(coefficient, [-EDGE, 0.0, EDGE]), [low, value, high]
        np.testing.assert_allclose(found, stated, rtol=1e-9, atol=1e-12, err_msg=name)
    assert all(checked.values())
    unlike = [
        name
        for name, coefficient in shipped.items()
        if coefficient.distribution == "normal"
        and not np.isclose(coefficient.high - coefficient.value, coefficient.value - coefficient.low)
    ]
    assert len(unlike) > 3  # so the two sides are told apart above


def test_a_beta_prior_is_its_quantile_function():
    coefficient = row("beta", 0.3, 0.1, 0.5)
    z = np.random.default_rng(1).standard_normal(20_000)
    found = at(coefficient, z)
    sd = 0.4 / (2.0 * EDGE)
    # six standard errors of a mean and of a standard deviation
    assert found.mean() == pytest.approx(0.3, abs=6.0 * sd / np.sqrt(len(z)))
    assert found.std() == pytest.approx(sd, abs=6.0 * sd / np.sqrt(len(z)))


def test_a_fixed_parameter_has_no_quantiles():
    with pytest.raises(ValueError, match="a: distribution fixed has no quantiles"):
        at(row("fixed", 1.0, 1.0, 1.0), [0.0])


def test_columns_keep_their_order_and_shape():
    prior = Prior((row("normal", 0.0, -1.0, 1.0, "a"), row("normal", 10.0, 9.0, 11.0, "b")))
    z = np.zeros((3, 4, 2))
    assert prior.natural(z).shape == (3, 4, 2)
    np.testing.assert_array_equal(prior.natural(z)[..., 1], 10.0)
    assert prior.only(["b", "a"]).names == ("b", "a")
    np.testing.assert_array_equal(prior.only(["b"]).natural(np.zeros((2, 1))), [[10.0], [10.0]])


def test_every_shipped_prior_rises_and_stays_where_it_makes_sense(shipped):
    prior = hindcast_prior(shipped)
    z = np.linspace(-4.75, 4.75, 21)  # as far as a design goes
    natural = prior.natural(np.repeat(z[:, None], len(prior.names), axis=1))
    assert np.isfinite(natural).all()
    for number, coefficient in enumerate(prior.coefficients):
        column = natural[:, number]
        if coefficient.low < coefficient.high:
            assert (np.diff(column) > 0).all(), coefficient.parameter
        if coefficient.distribution == "lognormal":
            assert (column > 0).all()
        if coefficient.distribution == "beta":
            assert ((column >= 0) & (column <= 1)).all()
        if coefficient.distribution == "uniform":
            assert column[0] >= coefficient.low
            assert column[-1] <= coefficient.high


def test_past_and_forecast_share_out_every_parameter_that_is_not_fixed(shipped):
    past, ahead = hindcast_prior(shipped).names, forecast_prior(shipped).names
    free = {name for name, coefficient in shipped.items() if coefficient.distribution != "fixed"}
    assert not set(past) & set(ahead)
    assert {*past, *ahead} == free
    assert all(name.startswith(FORECAST_ONLY) for name in ahead)
    assert "arrivals_window_months" not in (*past, *ahead)
    assert "return_hazard" in past
    assert "arrival_shock_size" in ahead


def test_a_longer_design_begins_with_the_shorter_one():
    np.testing.assert_array_equal(sobol_normal(5, 1000, 7)[:100], sobol_normal(5, 100, 7))
    assert not np.array_equal(sobol_normal(5, 100, 7), sobol_normal(5, 100, 8))


def test_a_design_spreads_more_evenly_than_chance():
    """Sobol points: means of 512 of them miss zero by far less than the 0.044 of independent draws."""
    z = sobol_normal(20, 512, 1)
    assert z.shape == (512, 20)
    assert np.abs(z.mean(axis=0)).max() < 0.02
    np.testing.assert_allclose(z.std(axis=0), 1.0, atol=0.03)
    off = np.corrcoef(z.T) - np.eye(20)
    assert np.abs(off).max() < 0.2
    assert np.isfinite(z).all()


@given(value=st.floats(1e-8, 1e8))
def test_rounding_keeps_seven_digits_and_is_done_once(value):
    assert rounded_parameter(value) == pytest.approx(value, rel=0.51 * 10.0 ** (1 - DIGITS))
    assert rounded_parameter(rounded_parameter(value)) == rounded_parameter(value)
    assert rounded_parameter(-value) == -rounded_parameter(value)


def test_tasks_have_one_seed_each_and_natural_values():
    prior = Prior((row("normal", 1.0, -1.0, 3.0, "a"), row("uniform", 3.0, 2.0, 6.0, "b")))
    tasks = tasks_of_design(prior, np.array([[EDGE, 0.0], [0.0, 0.0]]), first_seed=5)
    assert [task["seed"] for task in tasks] == [5, 6]
    assert tasks[0]["parameters"] == {"a": pytest.approx(3.0), "b": pytest.approx(4.0)}
    assert all(type(value) is float for value in tasks[0]["parameters"].values())
