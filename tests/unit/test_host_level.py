"""What holds or sends back people in one host beyond every factor: the tables its levels move."""

import numpy as np
import pytest
from small_runs import with_coefficients

from abm.decision import DecisionBuilder
from abm.months import month_index

MONTH = month_index("2023-10")


@pytest.fixture(scope="module")
def even(world):
    """The world before any fit: no host has a level of its own."""
    return with_coefficients(world, **{name: 0.0 for name in world.coefficients if "_level_" in name})


def tables_of(world, **values):
    given = with_coefficients(world, **values)
    stock = np.full(len(world.hosts.ids), 1e5)
    return DecisionBuilder(given, world, constants=(0.0, 0.0)).build(MONTH, stock)


def differing(one, other):
    return {name for name in one._fields if not np.array_equal(getattr(one, name), getattr(other, name))}


def test_a_level_moves_its_own_host_by_itself_and_no_other(even):
    nl, plain = even.hosts.ids.index("NL"), tables_of(even)
    others = np.arange(len(even.hosts.ids)) != nl
    for name, table, level in (
        ("return_level_NL", "host_return", 0.7),
        ("onward_level_NL", "host_onward", -0.4),
        ("onward_level_NL", "intent_onward", -0.4),
        ("wish_level_NL", "intent_host", 1.3),
    ):
        before, after = getattr(plain, table), getattr(tables_of(even, **{name: level}), table)
        np.testing.assert_allclose(after[nl], before[nl] + level, rtol=1e-12, atol=1e-12)
        np.testing.assert_array_equal(after[others], before[others])


def test_each_level_enters_its_own_tables(even):
    """Bounds follow the deeds they bound; a wish enters no table of the deed."""
    plain = tables_of(even)
    assert differing(plain, tables_of(even, return_level_NL=0.5)) == {"host_return", "bound_return"}
    assert differing(plain, tables_of(even, wish_level_NL=0.5)) == {"intent_host"}
    assert differing(plain, tables_of(even, onward_level_NL=0.5)) == {
        "host_onward", "bound_onward", "intent_onward",
    }  # fmt: skip
