"""Regret, ranks and goals reached, against tables worked out by hand."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from abm.data.folder import default_configs
from abm.errors import EweaError
from experiments.analysis.conditions import OutcomeCondition
from experiments.analysis.robustness import Crossed, Objective, Robustness, crossed, regret, robustness
from experiments.analysis.robustness_report import robustness_sentences
from experiments.analysis.words import CURRENT, words_of
from experiments.designs.sweep import Sweep

DESIGN = """
id: {name}
label: "Two policies and the current one"
question: "Which is robust?"
constants: {{scale: 5000, households_per_host: 20, until: 2027-03}}
scenarios: [baseline, frozen_front]
levers:
  protection: {{packages: [none, rtb_end]}}
  benefit: {benefit}
seeds: {{first: 1, count: 2}}
outcomes:
  - {{outcome: stock, place: NL}}
  - {{outcome: returns, place: NL}}
differences: false
"""
BENEFIT = "{lever: benefit_level, place: NL, from: 2027-01-01, announced: 2026-12-01, "


@pytest.fixture(scope="module")
def sweep(tmp_path_factory):
    """A design of two scenarios, four policies and two seeds; nothing is run."""
    path = written(tmp_path_factory.mktemp("designs") / "tried.yaml", BENEFIT + "values: [null, 0.5]}")
    return Sweep.of(str(path), default_configs())


def written(path: Path, benefit: str, sampling: str = "") -> Path:
    path.write_text(DESIGN.format(name=path.stem, benefit=benefit) + sampling)
    return path


def hand_made(values):
    """Return a crossing of one lever; ``y`` is values[policy][world][seed]."""
    values = np.array(values, float)
    policies = pd.DataFrame({"lever": list(range(len(values)))}, dtype=object)
    worlds = pd.DataFrame({"scenario": [f"w{n}" for n in range(values.shape[1])]})
    return Crossed(policies, worlds, list(range(values.shape[2])), {"y": values})


def compared(crossing, words):
    objectives = [Objective("stock_NL")]
    return Robustness(crossing, objectives, (), words, robustness(crossing, objectives))


# Worlds w0 and w1. Policy 0 is best in w0 and bad in w1, policy 1 the other way round,
# policy 2 never best and never bad.
SPECIALISTS = [[[0], [100]], [[80], [10]], [[20], [30]]]


def test_regret_is_the_distance_to_the_best_policy_of_each_world():
    found = robustness(hand_made(SPECIALISTS), [Objective("y")]).set_index("policy").sort_index()
    assert found["regret_mean"].tolist() == [45.0, 40.0, 20.0]
    assert found["regret_max"].tolist() == [90.0, 80.0, 20.0]
    assert found["regret_90"].tolist() == [81.0, 72.0, 20.0]
    assert found["best_share"].tolist() == [0.5, 0.5, 0.0]
    assert found["rank"].tolist() == [3, 2, 1]
    assert found["regret_low"].isna().all()


def test_more_is_better_when_maximised():
    found = robustness(hand_made(SPECIALISTS), [Objective("y", minimise=False)]).set_index("policy")
    assert found.loc[[0, 1, 2], "regret_mean"].tolist() == [40.0, 45.0, 65.0]


def test_regret_of_means_is_the_mean_of_regrets_over_seeds_and_luck_is_no_merit():
    values = np.array([[[0.0, 10.0, 2.0]], [[5.0, 0.0, 13.0]]])
    lost = regret(values, minimise=True)
    assert lost[0].tolist() == [[0.0, 0.0, 0.0]]  # best on average, although it loses with the second seed
    assert lost[1].tolist() == [[5.0, -10.0, 11.0]]
    found = robustness(hand_made(values), [Objective("y")]).set_index("policy")
    assert found.loc[1, "regret_mean"] == pytest.approx(2.0)
    assert (found.loc[1, "regret_low"], found.loc[1, "regret_high"]) == pytest.approx((-7.0, 9.8))


def test_equal_policies_are_equally_best():
    found = robustness(hand_made([[[7.0, 0.1]], [[7.0, 0.1]], [[8.0, 0.1]]]), [Objective("y")])
    assert found.set_index("policy").loc[[0, 1, 2], "best_share"].tolist() == [1.0, 1.0, 0.0]
    assert found.set_index("policy").loc[[0, 1, 2], "rank"].tolist() == [1, 1, 3]


def test_goals_are_counted_over_runs_and_all_must_hold():
    crossing = hand_made([[[1, 5], [9, 3]], [[9, 9], [9, 9]]])
    goals = [OutcomeCondition("y", "<", 6.0), OutcomeCondition("y", ">=", 3.0)]
    found = robustness(crossing, [Objective("y")], goals).set_index("policy")
    assert found.loc[[0, 1], "meets_share"].tolist() == [0.5, 0.0]
    assert (found.loc[0, "meets_low"], found.loc[0, "meets_high"]) == pytest.approx((0.1, 0.9))


def test_a_table_is_crossed_whatever_the_order_of_its_rows(sweep):
    table = table_for(sweep)
    crossing = crossed(table, sweep, ["stock_NL"])
    assert crossing.policies.to_dict("records")[0] == {"protection": None, "benefit": None}
    assert (len(crossing.policies), len(crossing.worlds), crossing.seeds) == (4, 2, [1, 2])
    shuffled = crossed(table.sample(frac=1, random_state=3), sweep, ["stock_NL"])
    for policy, row in enumerate(crossing.policies.itertuples(index=False)):
        same = [tuple(other) == tuple(row) for other in shuffled.policies.itertuples(index=False)].index(True)
        values = shuffled.values["stock_NL"][same]
        order = [shuffled.worlds["scenario"].tolist().index(w) for w in crossing.worlds["scenario"]]
        assert (values[order] == crossing.values["stock_NL"][policy]).all()


def table_for(sweep):
    """Return a table of numbers that name their row, as ``table_of`` writes it."""
    rows = []
    for seed in (1, 2):
        for number, world in enumerate(sweep.worlds):
            rows.append(
                {
                    "world": number,
                    "scenario": world["scenario"],
                    "protection": world.get("packages", {}).get("protection", "none"),
                    "benefit": world.get("levers", {}).get("benefit", {}).get("value", np.nan),
                    "seed": seed,
                    "stock_NL": 100.0 * seed + number,
                    "returns_NL": 1.0,
                }
            )
    return pd.DataFrame(rows)


def test_what_cannot_be_compared_is_refused(sweep, tmp_path):
    table = table_for(sweep)
    with pytest.raises(EweaError, match=r"1 of 16 pairs of policy and run are missing and 0 stand twice"):
        crossed(table.drop(index=5), sweep, ["stock_NL"])
    with pytest.raises(EweaError, match=r"'stock_DE' is no outcome .*stock_NL"):
        crossed(table, sweep, ["stock_DE"])
    alone = table[(table["protection"] == "none") & table["benefit"].isna()]
    with pytest.raises(EweaError, match=r"1 policy in the table; regret compares at least two"):
        crossed(alone, sweep, ["stock_NL"])
    drawn = written(
        tmp_path / "drawn.yaml",
        BENEFIT + "low: 0.2, high: 1.5}",
        "sampling: {method: latin_hypercube, size: 3}\n",
    )
    with pytest.raises(EweaError, match=r"levers.benefit has low and high.*Give it values"):
        crossed(table, Sweep.of(str(drawn), default_configs()), ["stock_NL"])


def test_the_sentence_names_what_is_never_best_and_never_bad(sweep):
    words = words_of(sweep)
    policies = pd.DataFrame(
        {"protection": [None, "rtb_end", None], "benefit": [None, None, 0.5]}, dtype=object
    )
    values = {"stock_NL": 100.0 * np.array(SPECIALISTS, float)}
    crossing = Crossed(policies, pd.DataFrame({"scenario": ["a", "b"]}), [1], values)
    said = robustness_sentences(compared(crossing, words))
    cash = "'Level of cash support: 50 % of the amount in force'"
    assert any(cash in text and "never best" in text and "2,000 persons" in text for text in said)
    assert "seed" in said[-1]
    assert words.policy(policies.iloc[0].to_dict()) == CURRENT


def test_policies_whose_order_depends_on_the_seed_are_named(sweep):
    words = words_of(sweep)
    policies = pd.DataFrame({"protection": [None, "rtb_end"], "benefit": [None, None]}, dtype=object)
    for second, told in (([900.0, 1300.0, 1000.0], False), ([1100.0, 1300.0, 1050.0], True)):
        values = {"stock_NL": np.array([[[1000.0] * 3], [second]])}
        crossing = Crossed(policies, pd.DataFrame({"scenario": ["a"]}), [1, 2, 3], values)
        said = robustness_sentences(compared(crossing, words))
        assert any("seeds may reverse" in text for text in said) is not told
