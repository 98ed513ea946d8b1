"""What holds or sends back people in one host beyond every factor: deeds, wishes, plans to move on."""

import numpy as np
import pytest
from small_runs import finished, small_run, with_coefficients

from abm.codes import Intention
from abm.decision.tables import DecisionBuilder
from abm.months import month_index
from abm.state import Flow

MONTH = month_index("2023-10")


@pytest.fixture(scope="module")
def even(world):
    """The world before any fit: no host has a level of its own."""
    return with_coefficients(world, **{name: 0.0 for name in world.coefficients if "_level_" in name})


def tables_of(world, **values):
    """Return the tables of a month with levels as given, constants those of the world as it is."""
    given = with_coefficients(world, **values)
    stock = np.full(len(world.hosts.ids), 1e5)
    return DecisionBuilder(given, world).build(MONTH, stock)


def differing(one, other):
    """Return the names of the tables that are not the same."""
    return {name for name in one._fields if not np.array_equal(getattr(one, name), getattr(other, name))}


def test_levels_of_a_host_enter_deeds_and_wish_apart(even):
    """``return_level_NL`` and ``onward_level_NL`` move who goes; ``wish_level_NL`` moves what people say."""
    nl = even.hosts.ids.index("NL")

    def outcome(**values):
        given = with_coefficients(even, **values)
        state = finished(small_run(given, months=10, scale=3_000, households_per_host=60)).state
        rows, flows, H = state.households, state.history.flows, state.n_hosts
        here = np.asarray(rows["place"]) == nl
        wishes = int((np.asarray(rows["intention"])[here] == int(Intention.RETURN)).sum())
        return flows[:, Flow.RETURN, nl, H].sum(), flows[:, Flow.ONWARD, nl, :H].sum(), wishes

    plain = outcome()
    returning = outcome(return_level_NL=2.5)
    moving = outcome(onward_level_NL=2.5)
    wishing = outcome(wish_level_NL=4.0)
    assert returning[0] > 2 * plain[0] > 0
    assert moving[1] > 2 * max(plain[1], 1)
    assert wishing[:2] == plain[:2]
    assert wishing[2] > plain[2]


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
        np.testing.assert_allclose(after[nl], before[nl] + level, rtol=1e-12)
        np.testing.assert_array_equal(after[others], before[others])


def test_each_level_enters_its_own_tables(even):
    """Bounds follow the deeds they bound; a wish enters no table of the deed."""
    plain = tables_of(even)
    assert differing(plain, tables_of(even, return_level_NL=0.5)) == {"host_return", "bound_return"}
    assert differing(plain, tables_of(even, wish_level_NL=0.5)) == {"intent_host"}
    assert differing(plain, tables_of(even, onward_level_NL=0.5)) == {
        "host_onward", "bound_onward", "intent_onward",
    }  # fmt: skip


def test_where_people_move_on_more_they_also_say_so(even):
    nl = even.hosts.ids.index("NL")

    def said_onward(level):
        """Nobody wishes to return, and nobody moves, so the same people are asked."""
        given = with_coefficients(
            even, onward_level_NL=level, return_hazard=1e-9, onward_hazard=1e-9, intent_cut_return=50.0
        )
        rows = finished(small_run(given, months=4, scale=3_000, households_per_host=200)).state.households
        here = np.asarray(rows["place"]) == nl
        return int((np.asarray(rows["intention"])[here] == int(Intention.ONWARD)).sum()), int(here.sum())

    (few, n), (many, same) = said_onward(-3.0), said_onward(3.0)
    assert n == same > 30
    assert few < 0.2 * n < 0.6 * n < many
