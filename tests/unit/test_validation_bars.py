"""Acceptance thresholds on made-up scores: met, not met, nothing to score."""

import math

import pytest
from example_rules import RULES as EXAMPLE

from calibration.validation.comparisons import acceptance_levels
from experiments.validation_text import acceptance_table

COMPARED = EXAMPLE.compared.model_copy(
    update={"horizons": (1, 6), "reported": {"persistence": (1.0, 6.0), "constant_inflow": (0.5, 3.0)}}
)
RULES = EXAMPLE.model_copy(update={"horizons": (1, 6, 12), "compared": COMPARED})
BY_HOST = {
    # with 4.9 after six months NL stands at 5.3 against 4.4 of "inflow goes on"
    "NL": {"model": 0.4, "persistence": 1.6, "constant_inflow": 0.4},
    "AA": {"model": 0.9, "persistence": 3.0, "constant_inflow": 1.0},
}


def scores_of(*, model=0.4, across=1.0, coverage=0.8, nl=4.9, close=0.7, change=0.49):
    """Rivals err by 1.1 and 0.5 %, across a break by 2 and 4 %."""

    at_six = {"model": nl, "persistence": 16.0, "constant_inflow": 4.0}
    # twelve months ahead there is no pair for NL
    by_host = {1: BY_HOST, 6: BY_HOST | {"NL": at_six}, 12: {"AA": BY_HOST["AA"]}}

    def free(ahead):
        return {
            "median_error_pct": {"model": model, "persistence": 1.1, "constant_inflow": 0.5},
            "mean_error_pct_by_host": by_host[ahead],
            "within_10_pct": {"model": close},
        }

    broken = {
        "median_error_pct": {
            "model_with_clean_up": across,
            "model_without_clean_up": 9.0,
            "persistence": 2.0,
            "constant_inflow": 4.0,
        }
    }
    return {
        "horizons": {str(ahead): free(ahead) for ahead in (1, 6, 12)},
        "breaks": {str(ahead): broken for ahead in (1, 6, 12)},
        "coverage_80_pooled": coverage,
        "ard_change_12m": change,
        "ard_stock": 0.05,
    }


def met(rules=RULES, **changes):
    return {level["id"]: level["met"] for level in acceptance_levels(scores_of(**changes), rules)}


def test_every_level_is_met_but_the_host_where_a_rival_is_better():
    verdicts = met()
    assert verdicts.pop("better_in_NL") is False
    assert verdicts.pop("nl_error_12_months") is None  # no pair
    assert set(verdicts.values()) == {True}
    assert len(verdicts) == 10


@pytest.mark.parametrize(
    ("changes", "name", "verdict"),
    [
        ({"model": 0.5}, "median_error_1_months", False),  # as good as the rival is not better
        ({"model": 0.6}, "median_error_6_months", False),  # below one rival only
        ({"across": 1.01}, "break_ratio_1_months", False),  # 0.505 of one, 0.25 of the other
        ({"across": 2.0}, "break_ratio_6_months", False),
        ({"coverage": 0.75}, "coverage_80_pooled", True),
        ({"coverage": 0.85}, "coverage_80_pooled", True),
        ({"coverage": 0.74}, "coverage_80_pooled", False),
        ({"coverage": 0.86}, "coverage_80_pooled", False),
        ({"coverage": math.nan}, "coverage_80_pooled", None),
        ({"nl": 5.0}, "nl_error_6_months", False),
        ({"close": 0.69}, "within_10_pct_at_12_months", False),
        ({"change": 0.5}, "ard_change_12m", False),
        ({"change": math.nan}, "ard_change_12m", None),
    ],
)
def test_a_level_turns_at_its_limit(changes, name, verdict):
    assert met(**changes)[name] is verdict


def test_levels_carry_the_rivals_of_this_run_and_those_reported_before():
    levels = {level["id"]: level for level in acceptance_levels(scores_of(), RULES)}
    first = levels["median_error_1_months"]
    assert first["value"] == {"model": 0.4}
    assert first["label"] == "typical error, 1 month ahead"
    assert levels["median_error_6_months"]["label"] == "typical error, 6 months ahead"
    assert first["below"] == {"persistence": 1.1, "constant_inflow": 0.5}
    assert first["reported"] == {"persistence": 1.0, "constant_inflow": 0.5}
    assert levels["break_ratio_6_months"]["value"] == {"persistence": 0.5, "constant_inflow": 0.25}


def test_limits_come_from_the_rules():
    strict = RULES.model_copy(update={"acceptance": {**RULES.acceptance, "break_error_ratio": 0.3}})
    assert met(strict)["break_ratio_1_months"] is False


def test_table_prints_what_came_out_what_was_asked_and_the_verdict():
    text = acceptance_table([*acceptance_levels(scores_of(), RULES)])
    lines = text.splitlines()
    assert "below 1.10 and 0.50 % (1 and 0.5)" in text
    assert "75 to 85 %" in text
    dutch = [line.rsplit("  ", 1)[-1].strip() for line in lines if line.startswith("NL")]
    assert dutch == ["NOT MET", "met", "no data"]
    assert "10 of 12 met" in text
    assert max(map(len, lines)) <= 110
