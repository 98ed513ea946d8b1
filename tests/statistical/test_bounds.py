"""The bounds themselves, against known values."""

import numpy as np
import pytest
from bounds import chi_square_z, plausible, t_bound, z_bound


def test_normal_and_student_bounds():
    assert z_bound() == pytest.approx(4.8916, abs=1e-3)
    # The second from a table of Student's t with ten degrees of freedom.
    assert t_bound(10) == pytest.approx(10.516, rel=2e-3)
    assert t_bound(1_000_000) == pytest.approx(4.8916, rel=2e-3)


def test_chi_square_of_even_and_of_loaded_dice():
    fair = np.full(6, 1_000.0)
    assert chi_square_z(np.array([990, 1010, 1000, 1020, 980, 1000.0]), fair) < z_bound()
    assert chi_square_z(np.array([800, 1200, 1000, 1000, 1000, 1000.0]), fair) > z_bound()


def test_plausible_counts():
    assert plausible(5_000, 0.5, 10_000)
    assert not plausible(5_300, 0.5, 10_000)
