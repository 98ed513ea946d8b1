"""Sensitivity analyses: known indices found again, chance told from effect, bad input, the real engine."""

import numpy as np
import pandas as pd
import pytest
from example_sweeps import sweep_of, table_with

from abm.errors import EweaError
from experiments.analysis.sensitivity import (
    chance_of,
    inputs_of,
    morris_indices,
    sensitivity_of,
    sobol_indices,
)
from experiments.analysis.sensitivity_report import sensitivity_sentences
from experiments.analysis.words import words_of
from experiments.designs.axes import Axis
from experiments.designs.schema import Sampling
from experiments.designs.worlds import problem_of, unit_sample

THREE = [
    Axis(name, "uncertainty", None, lambda share: share, group)
    for name, group in zip("abc", "ggh", strict=True)
]


def sobol(size=1024, **settings):
    return Sampling(method="sobol", size=size, **settings)


def ishigami(sample, a=7.0, b=0.1):
    x = np.pi * (2 * sample - 1)
    return np.sin(x[:, 0]) + a * np.sin(x[:, 1]) ** 2 + b * x[:, 2] ** 4 * np.sin(x[:, 0])


def known_ishigami(a=7.0, b=0.1):
    """Return first and total indices in closed form (Ishigami & Homma 1990)."""
    one = 0.5 * (1 + b * np.pi**4 / 5) ** 2
    two = a**2 / 8
    both = 8 * b**2 * np.pi**8 / 225
    whole = one + two + both
    return np.array([one, two, 0]) / whole, np.array([one + both, two, both]) / whole


def test_sobol_finds_the_known_indices_of_ishigami():
    sampling = sobol(second_order=True)
    y = ishigami(unit_sample(sampling, THREE))
    table, pairs = sobol_indices(problem_of(sampling, THREE), y, second_order=True)
    first, total = known_ishigami()
    np.testing.assert_allclose(table["S1"], first, atol=0.03)
    np.testing.assert_allclose(table["ST"], total, atol=0.04)
    # The third input acts through the first one only: nothing by itself, a pair with the first.
    assert table["S1_told_apart"].tolist() == [True, True, False]
    assert table["ST_told_apart"].all()
    told = pairs[pairs["S2_told_apart"]]
    assert told[["input", "other"]].to_numpy().tolist() == [["a", "c"]]
    np.testing.assert_allclose(told["S2"], total[2], atol=0.05)


def test_a_group_has_the_variance_of_its_members_together():
    sampling = sobol(groups=True)
    sample = unit_sample(sampling, THREE)
    y = sample @ [3.0, 4.0, 5.0]
    table, _ = sobol_indices(problem_of(sampling, THREE), y, second_order=False)
    assert table["input"].tolist() == ["g", "h"] == inputs_of(problem_of(sampling, THREE))
    np.testing.assert_allclose(table["ST"], [0.5, 0.5], atol=0.02)


def test_morris_finds_the_slopes_of_a_linear_function():
    sampling = Sampling(method="morris", size=8)
    sample = unit_sample(sampling, THREE)
    found = morris_indices(problem_of(sampling, THREE), sample, sample @ [3.0, -4.0, 0.0])
    # Samples cover 5 % to 95 % of each range: nine tenths of the slope from end to end.
    np.testing.assert_allclose(found["mu_star"], [2.7, 3.6, 0.0], atol=1e-9)
    np.testing.assert_allclose(found["mu"], [2.7, -3.6, 0.0], atol=1e-9)
    np.testing.assert_allclose(found["sigma"], 0.0, atol=1e-9)
    assert found["mu_star_told_apart"].tolist() == [True, True, False]
    # groups give no direction
    sampling = Sampling(method="morris", size=8, groups=True)
    sample = unit_sample(sampling, THREE)
    found = morris_indices(problem_of(sampling, THREE), sample, sample @ [3.0, 4.0, 5.0])
    assert found["input"].tolist() == ["g", "h"]
    assert found[["mu", "sigma"]].isna().to_numpy().tolist() == [[True, True], [False, False]]


def test_chance_between_seeds_is_measured_and_what_worlds_share_does_not_blur_them():
    rng = np.random.default_rng(5)
    worlds, seeds = 4000, 4
    world, seed = rng.normal(size=(worlds, 1)), np.array([[0.0, 3.0, -3.0, 0.0]])
    found = chance_of(world + seed + 0.5 * rng.normal(size=(worlds, seeds)))
    # Variances: worlds 1, shared by seeds 6 (of 4 given seeds), blur 0.25.
    assert found.variance_left == pytest.approx(0.25 / seeds, rel=0.05)
    assert found.left == pytest.approx(0.0625 / 1.0625, rel=0.1)
    assert found.of_one_run == pytest.approx(6.25 / 7.25, rel=0.05)
    assert chance_of(world + seed).left == pytest.approx(0.0, abs=1e-12)
    assert chance_of(world).left is None


@pytest.mark.parametrize("method", ["sobol", "morris"])
def test_an_input_that_only_draws_chance_is_not_told_apart_from_it(tmp_path, method):
    size = 128 if method == "sobol" else 60
    sweep = sweep_of(tmp_path, sampling=f"{{method: {method}, size: {size}, seed: 1}}", seeds=3)
    noise = np.random.default_rng(2)
    table = table_with(sweep, lambda t: 1000 * t.hazard + 200 * noise.normal(size=len(t)))
    indices = sensitivity_of(sweep, table).cells[0].indices.set_index("input")
    main = "ST" if method == "sobol" else "mu_star"
    assert indices[f"{main}_low"]["cash"] > 0  # it would pass if chance were forgotten
    assert not indices[f"{main}_told_apart"][["cash", "level", "attacks"]].any()
    assert indices[f"{main}_told_apart"]["hazard"]


def test_each_cell_of_the_grid_has_its_own_indices_in_words_in_any_row_order(tmp_path):
    sampling, scenarios = "{method: sobol, size: 128, seed: 1}", "[baseline, frozen_front]"
    sweep = sweep_of(tmp_path, sampling=sampling, seeds=2, scenarios=scenarios)
    table = table_with(sweep, lambda t: np.where(t.scenario == "baseline", 100 * t.hazard, 50 * t.level))
    found = sensitivity_of(sweep, table)
    shuffled = sensitivity_of(sweep, table.sample(frac=1, random_state=1))
    pd.testing.assert_frame_equal(found.table(), shuffled.table())
    strongest = [cell.indices.iloc[0] for cell in found.cells]
    assert [row["input"] for row in strongest] == ["hazard", "level"]
    assert strongest[1]["meaning"] == "return from the Netherlands beyond every named factor"
    assert all(row["ST"] == pytest.approx(1.0, abs=0.1) for row in strongest)
    labels = [f"course of events: {name}" for name in ("As things stand", "Frozen front")]
    assert [cell.label for cell in found.cells] == labels
    assert set(found.table()["scenario"]) == {"baseline", "frozen_front"}
    said = " ".join(sensitivity_sentences(found))
    assert all(part in said for part in ("about 100 %", "3 of 4 inputs", "significantly different from zero"))


def test_words_name_hosts_and_policies_not_codes(tmp_path):
    cut = "{cut: {lever: benefit_level, place: NL, from: 2027-01-01, values: [null, 0.5]}}"
    words = words_of(sweep_of(tmp_path, sampling="{method: morris, size: 2, seed: 1}", levers=cut))
    assert words.axis("cut").startswith("Level of cash support, the Netherlands, from 1 January 2027")
    assert (words.level("cut", None), words.level("cut", 0.5)) == ("as in force", "0.5")
    assert words.level("scenario", "frozen_front+western_aid_stops").startswith("Frozen front + ")
    assert words.outcomes["stock_NL"] == "displaced people in the Netherlands, on 1 March 2027"
    assert words.axis("attacks") == "factor on attack intensity, from December 2026"


@pytest.mark.parametrize(
    ("method", "outcome", "change", "said"),
    [
        ("morris", "stok_NL", lambda t: t, r"not an outcome of this design\. Did you mean 'stock_NL'"),
        ("morris", "returns_NL", lambda t: t, r"the same \(0\) in all worlds.*stock_NL"),
        ("morris", "stock_NL", lambda t: t[1:], "the table has 19 rows; the design has 20 worlds"),
        ("morris", "stock_NL", lambda t: t.mask(t.world == 3), "1 of 20 runs gave no number"),
        ("latin_hypercube", "stock_NL", lambda t: t, "needs sobol or morris.*ewea discover"),
    ],
)
def test_bad_input_is_refused_with_a_remedy(tmp_path, method, outcome, change, said):
    sweep = sweep_of(tmp_path, sampling=f"{{method: {method}, size: 4, seed: 1}}")
    with pytest.raises(EweaError, match=said):
        sensitivity_of(sweep, change(table_with(sweep, lambda t: t.hazard)), outcome)
