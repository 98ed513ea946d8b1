"""The tables of a fit, on numbers made up so that every cell can be worked out by hand."""

import numpy as np
import pandas as pd
import pytest
from example_targets import GivenProblem
from scipy import stats

from abm.data.folder import default_configs
from abm.data.parameters import Coefficient
from calibration.fit.emulator import Emulator
from calibration.fit.layout import Layout
from calibration.fit.likelihood import Term
from calibration.fit.outputs import Outputs
from calibration.fit.prior import Prior, load_calibration_settings
from experiments.calibrate.tables import (
    MOVED,
    PRIOR_DRAWS,
    emulator_table,
    interval_columns,
    parameter_table,
    term_table,
)

FALSE_ALARM = 1e-6
"""Probability that a test with chance in it fails although the code is right; seeds are fixed anyway."""

LEVELS = {"low_95": 0.025, "low": 0.1, "": 0.5, "high": 0.9, "high_95": 0.975}


def near(found, law, level, n):
    """Check a quantile of ``n`` draws: the share below it is binomial."""
    chance = stats.norm.isf(FALSE_ALARM / 2) * np.sqrt(level * (1.0 - level) / n)
    assert law.ppf(max(level - chance, 0.0)) < found < law.ppf(min(level + chance, 1.0))


def test_quantiles_are_the_median_and_two_central_intervals():
    found = interval_columns(np.arange(1001.0), "x")
    assert found == {"x_low_95": 25.0, "x_low": 100.0, "x": 500.0, "x_high": 900.0, "x_high_95": 975.0}


@pytest.fixture(scope="module")
def parameters():
    """Two coefficients, one of them moved, and the register of one host."""
    rows = (
        Coefficient("a", 1.0, "EUR/month", "normal", -1.0, 3.0, "prior", "s", "first"),
        Coefficient("b", 2.0, "share", "lognormal", 1.0, 4.0, "prior", "s", "second"),
    )
    register = np.linspace(0.0, 1.0, 1001)[:, None]
    draws = np.stack([np.linspace(10.0, 11.0, 101), np.full(101, 5.0), np.linspace(0.2, 0.4, 101)], axis=1)
    return parameter_table(
        Prior(rows), register, ("a", "b", "register.double_share.NL"), draws,
        {"a": (1.5, 0.4), "register.double_share.NL": (-0.25, MOVED)},
    )  # fmt: skip


def test_a_row_of_parameters_names_what_it_is(parameters):
    assert parameters["parameter"].tolist() == ["a", "b", "register.double_share.NL"]
    assert parameters["unit"].tolist() == ["EUR/month", "share", "share"]
    assert parameters["meaning"].tolist() == ["first", "second", "how the register of a host errs"]


def test_a_parameter_is_moved_if_its_spread_shrank(parameters):
    """What no target reacts to keeps ratio 1 and shift 0; a ratio on the bound is not below it."""
    assert parameters["sd_ratio"].tolist() == [0.4, 1.0, MOVED]
    assert parameters["shift"].tolist() == [1.5, 0.0, -0.25]
    assert parameters["moved"].tolist() == [True, False, False]


def test_intervals_of_the_prior_are_its_own_and_those_of_registers_are_handed_in(parameters):
    a, b, register = parameters.to_dict("records")
    half = stats.norm.ppf(0.95)
    for row, law in (
        (a, stats.norm(1.0, 2.0 / half)),
        (b, stats.lognorm(np.log(2.0) / half, scale=2.0)),
    ):
        for name, level in LEVELS.items():
            near(row[f"prior_{name}" if name else "prior"], law, level, PRIOR_DRAWS)
    assert [register[f"prior_{n}" if n else "prior"] for n in LEVELS] == pytest.approx(list(LEVELS.values()))


def test_intervals_of_the_posterior_are_those_of_the_draws(parameters):
    a, b, register = parameters.to_dict("records")
    for name, level in LEVELS.items():
        key = f"posterior_{name}" if name else "posterior"
        assert a[key] == pytest.approx(10.0 + level)
        assert b[key] == 5.0
        assert register[key] == pytest.approx(0.2 + 0.2 * level)


def coordinate(z):
    return z[:, 0]


def problem_of_terms(*pairs):
    """Return a problem of one coordinate, which is the deregistration of a register."""
    settings = load_calibration_settings(default_configs())
    layout = Layout(Prior(()), (0,), (), (), np.zeros(1), np.empty(0), settings)
    zero = np.zeros(1)
    nothing = Emulator(
        ("o",), np.empty(0, np.int64), np.empty((0, 2), np.int64), zero[None], zero, zero, zero
    )
    return GivenProblem.of(layout, nothing, *pairs)


def test_terms_are_compared_on_their_scale_and_shown_on_ours():
    """Every term is the coordinate: prior unit normal, posterior the draws handed in."""
    own = problem_of_terms(
        (Term("met", "share", 0.5, 0.1, 0.1), coordinate),
        (Term("missed", "share", 4.0, 0.1, 1.0), coordinate),
        (Term("conflict", "share", 9.0, 0.1, 1.0), coordinate),
        (Term("persons", "persons", np.log(1000.0), 0.1, 0.1, True), lambda z: z[:, 0] + np.log(1000.0)),
    )
    draws = np.linspace(0.0, 1.0, 1001)[:, None]
    table = term_table(own, draws, np.random.default_rng(1)).set_index("target")
    sd = draws.std()
    for name, observed, of_term in (("met", 0.5, 0.1), ("missed", 4.0, 1.0), ("conflict", 9.0, 1.0)):
        row = table.loc[name]
        assert (row["observed"], row["sd"], row["sd_is_relative"]) == (observed, of_term, False)
        assert row["distance_sd"] == pytest.approx((0.5 - observed) / np.hypot(of_term, sd), abs=1e-9)
        assert [row[f"posterior_{n}" if n else "posterior"] for n in LEVELS] == pytest.approx(
            list(LEVELS.values())
        )
        for level_name, level in LEVELS.items():
            near(row[f"prior_{level_name}" if level_name else "prior"], stats.norm, level, 4000)
    # the central 99 % of a prior predictive with SD 1.41 end at 3.64
    assert table["missed"].tolist() == [False, True, True, False]
    assert table["conflict"].tolist() == [False, True, True, False]
    persons = table.loc["persons"]
    assert persons["observed"] == pytest.approx(1000.0)
    assert persons["sd_is_relative"]
    assert persons["posterior"] == pytest.approx(1000.0 * np.exp(0.5))
    assert persons["distance_sd"] == pytest.approx(0.5 / np.hypot(0.1, sd), abs=1e-9)


def test_the_error_of_an_observation_widens_what_the_prior_allows():
    """3 is outside 99 % of a unit normal, and inside when the term may err by 1 itself."""
    terms = [(Term(str(sd), "share", 3.0, sd, sd), coordinate) for sd in (1e-6, 1.0)]
    table = term_table(problem_of_terms(*terms), np.zeros((10, 1)), np.random.default_rng(1))
    assert table["conflict"].tolist() == [True, False]


def test_a_term_two_sd_away_is_missed_from_there_on():
    terms = [(Term(str(value), "share", value, 1.0, 1.0), coordinate) for value in (-2.01, -1.99, 1.99, 2.01)]
    table = term_table(problem_of_terms(*terms), np.zeros((10, 1)), np.random.default_rng(1))
    assert table["missed"].tolist() == [True, False, False, True]
    assert np.sign(table["distance_sd"]).tolist() == [1.0, 1.0, -1.0, -1.0]  # above, or below the observed


def test_the_error_of_the_emulator_stands_apart_from_chance():
    none = np.empty(0, np.int64)
    emulator = Emulator(
        ("y", "z"), none, np.empty((0, 2), np.int64), np.zeros((1, 2)),
        miss_sd=np.array([5.0, 1.0]), error_sd=np.array([3.0, 1.2]), explained=np.array([0.9, 0.1]),
    )  # fmt: skip
    found = Outputs(("y", "z"), np.array([[1.0, 0.0], [3.0, 0.0], [5.0, 6.0]]), {})
    table = emulator_table(emulator, found)
    assert table["output"].tolist() == ["y", "z"]
    assert table["sd_over_prior"].tolist() == pytest.approx([np.sqrt(8.0 / 3.0), np.sqrt(8.0)])
    assert table["explained"].tolist() == [0.9, 0.1]
    assert table["error_sd"].tolist() == [3.0, 1.2]
    # a floor may put the error above the miss: chance is then nothing, not the root of a negative number
    assert table["chance_sd"].tolist() == pytest.approx([4.0, 0.0])
    assert isinstance(table, pd.DataFrame)
