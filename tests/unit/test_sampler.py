"""The sampler on posteriors known in closed form or by quadrature."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from calibration.fit.sampler import KEPT_SHARE, next_power, systematic, temper

FALSE_ALARM = 1e-6
"""Probability that one test fails although the sampler is right; seeds are fixed anyway."""

N = 1500
EFFECTIVE = 0.4
"""Part of the particles counted as independent: resampling repeats some, the last moves take them apart."""


def z_bound(checks):
    return stats.norm.isf(FALSE_ALARM / (2 * checks))


def kolmogorov(draws, cdf):
    """Return the distance of draws from a distribution, in units of what chance allows."""
    distance = stats.kstest(draws, cdf).statistic
    return distance / (stats.kstwobign.isf(FALSE_ALARM) / np.sqrt(EFFECTIVE * len(draws)))


def gaussian(d, seed=1):
    """Return a log likelihood of ``d`` correlated measurements, and mean and covariance of its posterior."""
    rng = np.random.default_rng(seed)
    design = rng.standard_normal((d, d)) / np.sqrt(d)
    design[: d // 4] *= 8.0  # sharp in some directions, nothing in others
    design[-d // 4 :] = 0.0
    observed = design @ rng.standard_normal(d) + rng.standard_normal(d)
    covariance = np.linalg.inv(np.eye(d) + design.T @ design)

    def log_likelihood(z):
        return -0.5 * ((observed - z @ design.T) ** 2).sum(axis=1)

    return log_likelihood, covariance @ design.T @ observed, covariance


@pytest.fixture(scope="module")
def sampled():
    log_likelihood, mean, covariance = gaussian(20)
    return temper(log_likelihood, 20, N, np.random.default_rng(1)), log_likelihood, mean, covariance


def test_a_gaussian_posterior_in_twenty_dimensions_has_its_mean_and_covariance(sampled):
    sample, _, mean, covariance = sampled
    white = np.linalg.solve(np.linalg.cholesky(covariance), (sample.z - mean).T)
    error = np.abs(white.mean(axis=1)) * np.sqrt(EFFECTIVE * N)
    # and the test can fail: half a posterior SD off would be seen
    assert error.max() < z_bound(20) < 0.5 * np.sqrt(EFFECTIVE * N)
    scale = np.sqrt((1.0 + np.eye(20)) / (EFFECTIVE * N))
    assert (np.abs(white @ white.T / N - np.eye(20)) / scale).max() < z_bound(210)


def test_likelihoods_belong_to_the_draws(sampled):
    sample, log_likelihood, *_ = sampled
    np.testing.assert_allclose(sample.log_likelihood, log_likelihood(sample.z), rtol=1e-12)
    assert sample.powers[0] == 0.0
    assert sample.powers[-1] == 1.0
    assert (np.diff(sample.powers) > 0).all()
    assert len(sample.acceptance) == len(sample.powers) - 1
    assert 0.9 * N < sample.effective <= N


def test_the_same_generator_gives_the_same_draws():
    log_likelihood, *_ = gaussian(4)
    one, same, other = (
        temper(log_likelihood, 4, 100, np.random.default_rng(seed), moves=3, last_moves=3)
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one.z, same.z)
    assert one.powers == same.powers
    assert not np.array_equal(one.z, other.z)


def test_without_data_the_prior_stays():
    sample = temper(lambda z: np.zeros(len(z)), 3, N, np.random.default_rng(3), last_moves=10)
    assert sample.powers == (0.0, 1.0)
    for column in sample.z.T:
        assert kolmogorov(column, stats.norm.cdf) < 1.0


def by_quadrature(log_likelihood, low=-8.0, high=8.0, n=20_001):
    """Return the posterior's distribution function in one dimension under a unit normal prior."""
    grid = np.linspace(low, high, n)
    log = log_likelihood(grid[:, None]) - 0.5 * grid**2
    density = np.exp(log - log.max())
    total = np.concatenate([[0.0], np.cumsum(0.5 * (density[1:] + density[:-1]))])
    return lambda x: np.interp(x, grid, total / total[-1])


def two_peaks(z):
    x = z[:, 0]
    return np.logaddexp(
        np.log(0.3) - 0.5 * ((x + 1.5) / 0.25) ** 2, np.log(0.7) - 0.5 * ((x - 1.0) / 0.4) ** 2
    )


def curved(z):
    return -0.5 * ((np.exp(z[:, 0]) - 2.0) / 0.5) ** 2


@pytest.mark.parametrize("log_likelihood", [two_peaks, curved])
def test_one_dimension_agrees_with_quadrature(log_likelihood):
    sample = temper(log_likelihood, 1, 3000, np.random.default_rng(4))
    assert kolmogorov(sample.z[:, 0], by_quadrature(log_likelihood)) < 1.0
    # and the test can fail: the prior, and a normal of the same mean and spread, are far off
    assert kolmogorov(sample.z[:, 0], stats.norm.cdf) > 1.0


def test_a_banana_agrees_with_quadrature():
    """``y`` is measured as ``x**2``: mean, spread and the third corner of the posterior by quadrature."""

    def log_likelihood(z):
        return -0.5 * ((z[:, 1] - z[:, 0] ** 2 + 0.5) / 0.2) ** 2

    sample = temper(log_likelihood, 2, 3000, np.random.default_rng(5))
    x, y = np.meshgrid(np.linspace(-5, 5, 1001), np.linspace(-5, 5, 1001), indexing="ij")
    log = log_likelihood(np.stack([x.ravel(), y.ravel()], axis=1)) - 0.5 * (x.ravel() ** 2 + y.ravel() ** 2)
    weight = np.exp(log - log.max())
    weight /= weight.sum()
    checks = {"x": x, "y": y, "xx": x**2, "yy": y**2, "xxy": x**2 * y}
    for name, values in checks.items():
        flat = values.ravel()
        mean = weight @ flat
        sd = np.sqrt(weight @ (flat - mean) ** 2)
        a, b = sample.z.T
        found = {"x": a, "y": b, "xx": a**2, "yy": b**2, "xxy": a**2 * b}[name]
        error = abs(found.mean() - mean) * np.sqrt(EFFECTIVE * len(a)) / sd
        assert error < z_bound(len(checks)), name


def test_impossible_points_are_left():
    """Five in six particles of the prior are impossible: what is left is the normal above the bound."""
    bound = 1.0

    def log_likelihood(z):
        return np.where(z[:, 0] > bound, 0.0, -np.inf)

    sample = temper(log_likelihood, 2, N, np.random.default_rng(6), last_moves=30)
    assert sample.z[:, 0].min() > bound
    assert kolmogorov(sample.z[:, 0], stats.truncnorm(bound, np.inf).cdf) < 1.0
    assert kolmogorov(sample.z[:, 1], stats.norm.cdf) < 1.0


def effective_share(log_likelihood, step):
    weights = np.exp(step * (log_likelihood - log_likelihood.max()))
    return weights.sum() ** 2 / (weights @ weights) / len(weights)


@given(
    scale=st.floats(0.01, 1e4),
    power=st.floats(0.0, 0.9),
    share=st.floats(0.2, 0.9),
    seed=st.integers(0, 1000),
)
def test_the_next_power_keeps_the_share_that_was_asked_for(scale, power, share, seed):
    log_likelihood = -scale * np.random.default_rng(seed).chisquare(5, 200)
    reached = next_power(log_likelihood, power, share)
    assert power < reached <= 1.0
    if reached == 1.0:
        assert effective_share(log_likelihood, 1.0 - power) >= share - 1e-9
    else:
        assert effective_share(log_likelihood, reached - power) == pytest.approx(share, abs=1e-3)
    assert KEPT_SHARE == 0.5


@given(seed=st.integers(0, 1000), u=st.floats(0.001, 0.999))
def test_a_systematic_resample_gives_everybody_a_share_rounded_up_or_down(seed, u):
    weights = np.random.default_rng(seed).random(50) ** 4
    weights[::5] = 0.0
    rows = systematic(weights, u)
    assert len(rows) == 50
    counts = np.bincount(rows, minlength=50)
    share = 50 * weights / weights.sum()
    assert (counts >= np.floor(share - 1e-9)).all()
    assert (counts <= np.ceil(share + 1e-9)).all()
    assert not counts[::5].any()


@pytest.mark.parametrize(
    ("log_likelihood", "said"),
    [
        (lambda z: -1e18 * (z[:, 0] - 30.0) ** 2, "the sampler stands at power"),
        (lambda z: np.full(len(z), -np.inf), "no draw of the prior has a finite likelihood"),
    ],
)
def test_a_posterior_out_of_reach_is_an_error(log_likelihood, said):
    """A likelihood that no number of powers can follow ends with a message, not without end."""
    with pytest.raises(RuntimeError, match=said):
        temper(log_likelihood, 1, 20, np.random.default_rng(1), moves=1, last_moves=1)
