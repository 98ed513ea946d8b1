"""Observed quantities, worked out by hand in runs of four months and three hosts."""

from dataclasses import replace

import numpy as np
import pytest
from example_run import example_world
from example_targets import quantity

from abm.months import month_index
from calibration.fit.outputs import MEASURES, Scale, Sums, from_scale, measured_in_runs, scale_of, to_scale
from calibration.targets.targets import OVER_A_PERIOD

FIRST = month_index("2022-11")
"""First month of the runs: two months of 2022, two of 2023."""

PERSONS = {
    "arrivals": [[1000, 100, 0], [500, 0, 10], [0, 0, 0], [0, 20, 0]],
    "returns": [[0, 0, 0], [40, 10, 0], [60, 5, 0], [30, 0, 2]],
    "onward_out": [[0, 0, 0], [10, 0, 0], [0, 4, 0], [20, 0, 0]],
    "onward_in": [[0, 0, 0], [0, 10, 0], [4, 0, 0], [0, 5, 15]],
    "redepartures": [[0, 0, 0], [0, 0, 0], [5, 0, 0], [7, 0, 1]],
}


@pytest.fixture
def world():
    """Hosts DE, NL and PL; PL is the neighbour."""
    made = example_world(hosts=("DE", "NL", "PL"))
    return replace(made, hosts=replace(made.hosts, is_neighbour=np.array([False, False, True])))


@pytest.fixture
def runs():
    """Two runs; everything of the second is twice that of the first."""
    one = {name: np.array(values, np.float32) for name, values in PERSONS.items()}
    change = one["arrivals"] + one["onward_in"] + one["redepartures"] - one["returns"] - one["onward_out"]
    one["stock"] = np.vstack([np.zeros((1, 3), np.float32), np.cumsum(change, axis=0)])
    return {name: np.stack([values, 2.0 * values]) for name, values in one.items()}


STOCK_DE = [1000.0, 1450.0, 1399.0, 1356.0]
"""End of each month: + 500 - 40 - 10; - 60 + 4 + 5; - 30 - 20 + 7."""


def target(measure, hosts=(0,), first=None, last=FIRST + 3, **rest):
    months = {"month": last}
    if measure in OVER_A_PERIOD:
        months = {"first": last if first is None else first, "last": last}
    return quantity("made_up", measure, hosts=hosts, **months, **rest)


def test_stocks_are_those_of_the_comment(runs):
    sums = Sums(runs, FIRST)
    assert [sums.stock((0,), FIRST + k)[0] for k in range(4)] == STOCK_DE
    assert sums.stock((0,), FIRST - 1)[0] == 0.0


EVERYBODY = (0, 1, 2)
EVER = 1000 + 500 + 4 + 5 + 7
"""Persons who ever came to DE."""

EVER_DE_NL = EVER + 100 + 20 + 10 + 5
STOCK = STOCK_DE[3] + 100 - 10 + 10 - 5 - 4 + 20 + 5 + 10 + 15 - 2 + 1
"""Persons in all hosts at the end."""

SHARES = [
    ("returned_share", {}, 130 / EVER),
    ("returned_share", {"last": FIRST + 1}, 40 / 1500),  # nobody had come again by then
    ("returned_share", {"hosts": (0, 1)}, 145 / EVER_DE_NL),
    ("moved_on_share", {}, 30 / EVER),
    ("left_share", {}, 160 / EVER),
    # a cohort is followed from the month after its arrival
    ("left_share", {"arrived_until": FIRST + 1}, (60 + 30 + 20) / STOCK_DE[1]),
    ("return_of_leavers_share", {}, 130 / 160),
    # a mean of monthly shares of the stock before
    ("return_hazard", {"first": FIRST + 2}, (60 / STOCK_DE[1] + 30 / STOCK_DE[2]) / 2),
    ("returned_in_2022_share", {"hosts": EVERYBODY}, 50 / 147),
    ("returned_from_neighbours_share", {"hosts": EVERYBODY}, 2 / 147),
    ("exit_share", {}, 50 / STOCK_DE[2]),
    ("share_of_hosts", {"whole": EVERYBODY}, STOCK_DE[3] / STOCK),
]
"""They are the same in a run twice as large."""

TOTALS = [
    ("returns_total", {"hosts": EVERYBODY}, 147 - 13),
    ("displaced_total", {}, STOCK_DE[3]),
    ("net_outflow", {"hosts": EVERYBODY, "first": FIRST + 2}, 20 + 13 - 97),  # out less back
]


@pytest.mark.parametrize(("measure", "asked", "expected"), [*SHARES, *TOTALS])
def test_a_measure_is_what_was_worked_out_by_hand(runs, world, measure, asked, expected):
    found = measured_in_runs(runs, FIRST, target(measure, **asked), world)
    larger = 2 if (measure, asked, expected) in TOTALS else 1
    assert found.tolist() == pytest.approx([expected, larger * expected])


def test_every_measure_was_worked_out_here():
    assert set(MEASURES) == {measure for measure, _, _ in (*SHARES, *TOTALS)}


@pytest.mark.parametrize(
    ("measure", "first", "last"),
    [
        ("displaced_total", None, FIRST + 4),
        ("women_share", None, FIRST + 3),
        # negative positions of an array are its end: without a check a wrong number comes out
        ("displaced_total", None, FIRST - 2),
        *((measure, FIRST - 3, FIRST - 2) for measure in ("return_hazard", "net_outflow", "exit_share")),
    ],
)
def test_what_a_run_does_not_reach_or_keep_is_none(runs, world, measure, first, last):
    assert measured_in_runs(runs, FIRST, target(measure, first=first, last=last), world) is None


@pytest.mark.parametrize(
    ("measure", "scale", "values"),
    [
        ("left_share", Scale.LOG_ODDS, [0.001, 0.3, 0.999]),
        ("returns_total", Scale.LOG, [1.0, 5e6]),
        ("return_hazard", Scale.LOG, [0.001, 0.02]),
        ("net_outflow", Scale.PLAIN, [-2e5, 0.0, 3e5]),
    ],
)
def test_scales_are_undone(measure, scale, values):
    assert scale_of(target(measure)) == scale
    np.testing.assert_allclose(from_scale(scale, to_scale(scale, np.array(values))), values, rtol=1e-9)
    assert np.isfinite(to_scale(scale, np.array([0.0, 1.0]))).all()
