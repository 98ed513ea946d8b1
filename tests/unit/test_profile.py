"""The joint code of the slow attributes: one code per combination, the same everywhere."""

import itertools

import numpy as np
import pytest

from abm.factors import AXES, N_PROFILES, profile_table
from abm.households import Households
from abm.kernels.layout import profile_of
from abm.reference.household import household_of

LEVELS = list(itertools.product(*(range(n) for n in AXES)))


def household_with(levels):
    age, family, income, remote, woman, draft_age = levels
    households = Households()
    households.extend(1)
    c = households.columns()
    c.age_band[0], c.family[0], c.income[0], c.works_remotely[0] = age, family, income, remote
    c.persons[0, 0 if age < 3 else 6] = woman
    c.persons[0, 2 if income else 1] = draft_age
    return c


def test_every_combination_has_its_own_code():
    codes = [int(profile_of(household_with(levels), 0)) for levels in LEVELS]
    assert sorted(codes) == list(range(N_PROFILES))


def test_kernel_twin_and_tables_agree():
    values = [np.random.default_rng(k).normal(size=n) for k, n in enumerate(AXES)]
    table = profile_table(*values)
    for levels in LEVELS:
        columns = household_with(levels)
        code = int(profile_of(columns, 0))
        assert household_of(columns, 0).profile_now() == code
        assert table[code] == pytest.approx(sum(v[k] for v, k in zip(values, levels, strict=True)))


def test_an_axis_without_levels_is_refused():
    with pytest.raises(ValueError, match="one value per level"):
        profile_table(income=0.5)
