"""The posterior of the forecast parameters: what it reads, what it moves, and its draws."""

import numpy as np
import pytest
from small_runs import changed

from abm.data.folder import default_configs
from abm.data.parameters import load_coefficients
from abm.months import month_index
from calibration.fit.forecast_parameters import (
    FITTED,
    ForecastPosterior,
    fit_forecast_parameters,
)
from calibration.fit.prior import forecast_prior


@pytest.fixture(scope="module")
def prior():
    return forecast_prior(load_coefficients(default_configs() / "coefficients" / "priors.csv"))


WINDOW = (month_index("2022-10"), month_index("2022-10"))
"""One month forecast from one origin: enough to see what a fit reads."""


@pytest.fixture(scope="module")
def three_hosts(world):
    return tuple(world.hosts.ids.index(code) for code in ("DE", "CZ", "IE"))


def test_without_information_the_posterior_is_the_prior(world, prior, three_hosts):
    found = fit_forecast_parameters(world, prior, three_hosts, WINDOW, 3, 0.0)
    np.testing.assert_allclose(found.mode, 0.0, atol=0.05)
    np.testing.assert_allclose(found.covariance, np.eye(len(prior.names)), atol=0.02)


def test_a_fit_reads_nothing_after_its_window_and_moves_what_it_can(world, prior, three_hosts):
    later = {}
    for name in ("stock", "decisions", "arrivals"):
        series = getattr(world.registers, name).copy()
        series[WINDOW[1] + 1 :] *= 0.5
        later[name] = series
    one = fit_forecast_parameters(world, prior, three_hosts, WINDOW, 3, 1.0)
    other = fit_forecast_parameters(changed(world, "registers", **later), prior, three_hosts, WINDOW, 3, 1.0)
    np.testing.assert_array_equal(one.mode, other.mode)
    np.testing.assert_array_equal(one.covariance, other.covariance)
    for number, name in enumerate(prior.names):
        if name not in FITTED:
            assert one.mode[number] == 0.0
            assert one.covariance[number, number] == 1.0
            assert np.count_nonzero(one.covariance[number]) == 1
    assert np.abs(one.mode).max() > 0.1
    assert (np.diag(one.covariance) <= 1.0 + 1e-9).all()


def test_draws_have_mode_and_covariance(prior):
    n = len(prior.names)
    root = np.eye(n) * 0.5
    root[1, 0] = 0.3
    mode = np.linspace(-1.0, 1.0, n)
    draws = ForecastPosterior(prior, mode, root @ root.T).draws(4000, np.random.default_rng(1))
    assert draws.shape == (4000, n)
    middle = prior.natural(mode[None, :])[0]
    # medians are kept by every transformation; 5 standard errors of a median in the unit of the mode
    high, low = (prior.natural((mode + s * 5 * 1.2533 * 0.6 / np.sqrt(4000))[None, :])[0] for s in (1, -1))
    found = np.median(draws, axis=0)
    assert ((found >= low) & (found <= high)).all()
    assert np.isfinite(middle).all()
