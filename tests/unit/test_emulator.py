"""The emulator on functions known exactly: what it finds, what it drops, and what it says of its error."""

import numpy as np
import pytest

from calibration.fit.emulator import LEAST_ERROR, fit_emulator
from calibration.fit.prior import sobol_normal

P, N = 10, 512
Z = sobol_normal(P, N, 3)
FRESH = np.random.default_rng(11).standard_normal((4000, P))


def quadratic(z):
    """Return a line, a square and an interaction over parameters 1, 4 and 7."""
    return (
        2.0 + 1.5 * z[:, 1] - 0.8 * z[:, 4] + 0.5 * (z[:, 4] ** 2 - 1.0) + 0.7 * z[:, 1] * z[:, 4] - z[:, 7]
    )


def emulator_of(y, chance=0.0, always=(), z=Z):
    y = np.asarray(y, float).reshape(len(z), -1)
    names = tuple(f"y{k}" for k in range(y.shape[1]))
    return fit_emulator(z, y, names, np.broadcast_to(chance, y.shape[1]).astype(float), always)


def noise(sd, seed=5, n=N):
    return sd * np.random.default_rng(seed).standard_normal(n)


def test_a_quadratic_with_an_interaction_is_found_exactly():
    # a trace of noise, so that t values mean something
    found = emulator_of(quadratic(Z) + noise(1e-6))
    assert found.active.tolist() == [1, 4, 7]
    assert found.products.tolist() == [[0, 1]]
    expected = np.array([2.0, 1.5, -0.8, -1.0, 0.0, 0.5, 0.0, 0.7])
    np.testing.assert_allclose(found.weights[:, 0], expected, atol=1e-6)
    np.testing.assert_allclose(found.predict(FRESH[:, found.active])[:, 0], quadratic(FRESH), atol=1e-5)
    assert found.explained[0] == pytest.approx(1.0, abs=1e-6)


def test_noise_hides_nothing_of_that_and_lets_nothing_else_in():
    found = emulator_of(quadratic(Z) + noise(0.3), chance=0.3)
    assert found.active.tolist() == [1, 4, 7]
    assert found.products.tolist() == [[0, 1]]
    # weights have standard errors of about 0.3 / sqrt(512) = 0.013; six of them
    assert np.abs(found.weights[[0, 1, 2, 3, 5, 7], 0] - [2.0, 1.5, -0.8, -1.0, 0.5, 0.7]).max() < 0.08
    assert not found.weights[[4, 6], 0].any()
    kept = emulator_of(quadratic(Z) + noise(0.3), chance=0.3, always=(0, 4))
    assert kept.active.tolist() == [0, 1, 4, 7]
    assert kept.weights[1, 0] == 0.0


def test_pure_noise_has_no_active_parameter():
    """About one in 16,000 useless terms stays: 60 outputs x 20 terms; false alarm of the test 7 %, seeded."""
    y = np.random.default_rng(8).standard_normal((N, 60))
    found = emulator_of(y, chance=1.0)
    assert not len(found.active)
    np.testing.assert_allclose(found.weights[0], y.mean(axis=0))
    np.testing.assert_allclose(found.explained, 0.0, atol=0.02)
    np.testing.assert_allclose(found.predict(np.empty((3, 0))), np.tile(y.mean(axis=0), (3, 1)))
    found = emulator_of(2.0 * Z[:, 0] + noise(1.0), chance=1.0)
    assert found.explained[0] == pytest.approx(0.8, abs=0.05)  # signal over all
    assert not len(emulator_of(np.full(N, 3.0)).active)  # never changes


def test_every_output_has_terms_of_its_own():
    y = np.stack([quadratic(Z), 3.0 * Z[:, 0], Z[:, 2] * Z[:, 3] + Z[:, 2] + Z[:, 3]], axis=1)
    found = emulator_of(y + noise(1e-3)[:, None])
    assert found.active.tolist() == [0, 1, 2, 3, 4, 7]
    assert found.index("y1") == 1
    predicted = found.predict(FRESH[:, found.active])
    np.testing.assert_allclose(predicted[:, 0], quadratic(FRESH), atol=0.01)
    np.testing.assert_allclose(predicted[:, 1], 3.0 * FRESH[:, 0], atol=0.01)
    np.testing.assert_allclose(
        predicted[:, 2], FRESH[:, 2] * FRESH[:, 3] + FRESH[:, 2] + FRESH[:, 3], atol=0.01
    )


def cubic(z):
    """A term no polynomial of degree two can follow: third Hermite polynomial, standard deviation 0.5."""
    return 0.5 * (z[:, 2] ** 3 - 3.0 * z[:, 2]) / np.sqrt(6.0)


def test_the_stated_error_is_that_on_points_it_never_saw():
    found = emulator_of(quadratic(Z) + cubic(Z) + noise(0.2), chance=0.2)
    predicted = found.predict(FRESH[:, found.active])[:, 0]
    truth = quadratic(FRESH) + cubic(FRESH)
    actual = np.sqrt(np.mean((predicted - truth) ** 2))
    assert found.error_sd[0] == pytest.approx(actual, rel=0.2)
    assert found.miss_sd[0] == pytest.approx(np.hypot(actual, 0.2), rel=0.2)
    noisy = emulator_of(quadratic(Z) + noise(0.3), chance=10.0)
    assert noisy.error_sd[0] == pytest.approx(LEAST_ERROR * noisy.miss_sd[0])  # never nothing
    # chance is not counted as error of the emulator, and leaving it out would be seen
    assert emulator_of(quadratic(Z) + noise(0.5), chance=0.5).error_sd[0] < 0.2
    assert emulator_of(quadratic(Z) + noise(0.5), chance=0.0).error_sd[0] == pytest.approx(0.5, rel=0.15)


def test_a_bank_that_is_too_small_is_refused():
    n = 2 * P + 1
    with pytest.raises(ValueError, match=f"{n} runs cannot fit {n} terms"):
        emulator_of(quadratic(Z[:n]), z=Z[:n])
