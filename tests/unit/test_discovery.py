"""Scenario discovery: a planted box is found, nothing is found in chance, conditions are read strictly."""

import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from example_sweeps import sweep_of, table_with

from abm.errors import EweaError
from experiments.analysis.discovery import cases, discover, find_box
from experiments.analysis.discovery_report import discovery_sentences
from experiments.analysis.words import OutcomeCondition, parse

WAR = "[baseline, frozen_front, front_collapse]"
CUT = "{cut: {lever: benefit_level, place: NL, from: 2027-01-01, values: [null, 0.5]}}"
TWO = """
  hazard: {parameter: return_level_BE, low: 0.0, high: 1.0}
  cash: {parameter: return_level_AT, low: 0.0, high: 1.0}
"""


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    """A design in which it happens where return is rare, the front freezes or stays, and nothing is cut."""
    folder, sampling = tmp_path_factory.mktemp("planted"), "{method: latin_hypercube, size: 40, seed: 1}"
    sweep = sweep_of(folder, sampling=sampling, scenarios=WAR, levers=CUT, uncertainties=TWO, seeds=2)

    def stock(t):
        inside = (t.hazard < 0.5) & (t.scenario != "front_collapse") & t.cut.isna()
        # Seeds lie on both sides of their mean.
        return 90_000 + 10_000 * inside + np.where(t.seed == 1, 6_000, -6_000)

    return sweep, table_with(sweep, stock)


@pytest.fixture(scope="module")
def found(planted):
    return discover(*planted, "stock_NL > 98000")


def test_a_planted_box_of_ranges_and_levels_is_found(found):
    limits = {limit.axis: limit for limit in found.box.limits}
    assert limits.keys() == {"hazard", "scenario", "cut"}
    assert limits["hazard"].low is None
    assert limits["hazard"].high == pytest.approx(0.5, abs=0.04)
    assert set(limits["scenario"].levels) == {"baseline", "frozen_front"}
    assert limits["cut"].levels == (None,)
    assert found.share == pytest.approx(1 / 6, abs=0.01)
    assert found.box.coverage > 0.95
    assert found.box.density > 0.9
    assert all(limit.reproduced >= 0.8 for limit in limits.values())
    assert max(p for limit in limits.values() for p in (limit.quasi_p_low, limit.quasi_p_high) if p) < 1e-4
    said = " ".join(discovery_sentences(found))
    assert all(part in said for part in ("17 %", "240 worlds", "2 seeds", "is as in force"))
    assert "Level of cash support, the Netherlands" in said
    assert not {"stock_NL", "frozen_front", "hazard "} & set(said.split())


def test_the_box_is_the_rows_inside_its_limits(found):
    rows, box = found.world_table(), found.box
    high = next(limit.high for limit in box.limits if limit.axis == "hazard")
    inside = (rows.hazard <= high) & (rows.scenario != "front_collapse") & rows.cut.isna()
    assert (rows.inside == inside).all()
    hits = rows.of_interest
    expected = (hits[inside].mean(), hits[inside].sum() / hits.sum(), inside.mean())
    assert (box.density, box.coverage, box.mass) == pytest.approx(expected)


def test_chance_gives_no_box():
    rng = np.random.default_rng(7)
    inputs = pd.DataFrame({"a": rng.random(120), "b": rng.random(120), "c": rng.integers(0, 3, 120)})
    hits = rng.random(120) < 0.3
    box = find_box(inputs, hits, ["c"])
    # PRIM climbs on noise as well; limits that a draw at random could give are dropped one after the other.
    assert box.density - hits.mean() < 0.2
    assert all(limit.reproduced < 0.7 for limit in box.limits)


BOX = """
import numpy as np, pandas as pd
from experiments.analysis.discovery import find_box
# Levels come in two kinds, equal among themselves: PRIM's choice between them is a tie.
rng = np.random.default_rng(7)
x = pd.DataFrame({'scenario': np.repeat(list('abcdefgh'), 10)})
y = np.concatenate([rng.permutation(10) < hits for hits in 4 * [2] + 4 * [4]])
box = find_box(x, y, ['scenario'])
print(box.limits, box.trajectory.to_csv())
"""


@pytest.mark.slow
def test_the_order_of_a_set_of_text_decides_nothing():
    """Sets of text are walked in another order in every process; the box must not care."""
    hashes = ({**os.environ, "PYTHONHASHSEED": seed} for seed in "12")
    one, two = (subprocess.check_output([sys.executable, "-c", BOX], env=env, text=True) for env in hashes)
    assert one == two
    assert one.count("\n") > 3


def test_a_range_closed_on_both_sides_is_found():
    rng = np.random.default_rng(4)
    inputs = pd.DataFrame(rng.random((200, 2)), columns=list("ab"))
    box = find_box(inputs, inputs.b.between(0.3, 0.6).to_numpy(), [])
    (limit,) = box.limits
    assert limit.axis == "b"
    assert (limit.low, limit.high) == pytest.approx((0.3, 0.6), abs=0.03)


@pytest.mark.parametrize(
    ("text", "expected", "held"),
    [
        ("stock_NL > 2", OutcomeCondition("stock_NL", ">", 2.0), [False, False, True]),
        ("  stock_NL_change>=2.0e0 ", OutcomeCondition("stock_NL_change", ">=", 2.0), [False, True, True]),
        ("stock_NL < .5", OutcomeCondition("stock_NL", "<", 0.5), [False, False, False]),
        ("stock_NL < 98_000", OutcomeCondition("stock_NL", "<", 98_000.0), [True, True, True]),
        ("stock_NL <= 2", OutcomeCondition("stock_NL", "<=", 2.0), [True, True, False]),
        ("stock_NL < 2", OutcomeCondition("stock_NL", "<", 2.0), [True, False, False]),
        ("stock_NL > -1.5e3", OutcomeCondition("stock_NL", ">", -1500.0), [True, True, True]),
    ],
)
def test_conditions_are_read_and_a_bound_belongs_to_one_side_only(text, expected, held):
    assert parse(text, "--when", ["stock_NL", "stock_NL_change"]) == expected
    assert expected.holds(np.array([1.0, 2.0, 3.0])).tolist() == held


REFUSED = (
    "", "stock_NL", "stock_NL >", "> 3", "stock_NL == 3", "stock_NL => 3", "stock_NL > 98,000",
    "stock_NL > nan", "stock_NL > 98.000.000", "stock_NL > inf", "stock_NL > 3 and 4", "3 > stock_NL",
    "stock_NL > 0x10", "stock_NL < many", "stock_NL < 1.2.3", "stock_NL > ٣", "__import__('os').getpid() > 3",
)  # fmt: skip


@pytest.mark.parametrize("text", REFUSED)
def test_anything_else_is_refused_with_an_example(text):
    with pytest.raises(EweaError, match=r'cannot be read.*--when "stock_NL > 98000"'):
        parse(text, "--when", ["stock_NL"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("stok_NL > 3", r"stok_NL is not an outcome\. Did you mean 'stock_NL'"),
        ("stock_NL > 1e999", "1e999 is too large"),
        *(
            (f"stock_NL {bound}", rf"holds in {which} of the 4 worlds.*runs from 0 to 30 \(median 15\)")
            for bound, which in (("> 30", "none"), ("> -1", "all"), ("<= 30", "all"), ("< 0", "none"))
        ),
    ],
)
def test_conditions_that_say_nothing_name_the_outcomes_or_their_range(text, said):
    with pytest.raises(EweaError, match=said):
        cases(parse(text, "--when", ["stock_NL"]), np.array([0.0, 10.0, 20.0, 30.0]))


def test_designs_that_cannot_be_described_are_refused(tmp_path):
    few = {"sampling": "{method: latin_hypercube, size: 5, seed: 1}"}
    draws = {"sampling": "{method: posterior, size: 20}", "uncertainties": "{}"}
    for design, said in (
        (few, "has 5 worlds; scenario discovery needs 20"),
        (draws, "no axis takes several values"),
    ):
        sweep = sweep_of(tmp_path, **design)
        with pytest.raises(EweaError, match=said):
            discover(sweep, table_with(sweep, lambda t: t.index), "stock_NL > 0.5")
