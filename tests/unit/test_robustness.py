"""Regret, ranks and goals reached, against tables worked out by hand."""

import itertools

import numpy as np
import pandas as pd
import pytest
from example_sweeps import sweep_of, table_with

from abm.errors import EweaError
from experiments.analysis.robustness import Crossed, Objective, Robustness, crossed, regret, robustness
from experiments.analysis.robustness_report import robustness_sentences
from experiments.analysis.words import CURRENT, OutcomeCondition, words_of

BENEFIT = "benefit: {lever: benefit_level, place: NL, from: 2027-01-01, "


@pytest.fixture(scope="module")
def sweep(tmp_path_factory):
    """A design of two scenarios, four policies and two seeds; nothing is run."""
    return sweep_of(
        tmp_path_factory.mktemp("designs"),
        sampling="{method: grid}",
        scenarios="[baseline, frozen_front]",
        levers=f"{{protection: {{packages: [none, rtb_end]}}, {BENEFIT}values: [null, 0.5]}}}}",
        uncertainties="{}",
        seeds=2,
    )


@pytest.fixture(scope="module")
def table(sweep):
    """Numbers that name their row."""
    return table_with(sweep, lambda rows: 100.0 * rows["seed"] + rows["world"])


def found(values, goals=(), **objective):
    """Return the comparison of policies by number; the outcome ``y`` is values[policy][world][seed]."""
    values = np.array(values, float)
    policies = pd.DataFrame({"lever": list(range(len(values)))}, dtype=object)
    worlds = pd.DataFrame({"scenario": [f"w{n}" for n in range(values.shape[1])]})
    crossing = Crossed(policies, worlds, list(range(values.shape[2])), {"y": values})
    table = robustness(crossing, [Objective("y", **objective)], goals)
    return table.set_index("policy").sort_index()


# Worlds w0 and w1. Policy 0 is best in w0 and bad in w1, policy 1 the other way round,
# policy 2 never best and never bad.
SPECIALISTS = [[[0], [100]], [[80], [10]], [[20], [30]]]


def test_regret_is_the_distance_to_the_best_policy_of_each_world():
    table = found(SPECIALISTS)
    assert table["regret_mean"].tolist() == [45.0, 40.0, 20.0]
    assert table["regret_max"].tolist() == [90.0, 80.0, 20.0]
    assert table["regret_90"].tolist() == [81.0, 72.0, 20.0]
    assert table["best_share"].tolist() == [0.5, 0.5, 0.0]
    assert table["rank"].tolist() == [3, 2, 1]
    assert table["regret_low"].isna().all()
    assert found(SPECIALISTS, minimise=False)["regret_mean"].tolist() == [40.0, 45.0, 65.0]
    equal = found([[[7.0, 0.1]], [[7.0, 0.1]], [[8.0, 0.1]]])
    assert equal[["best_share", "rank"]].to_numpy().tolist() == [[1.0, 1], [1.0, 1], [0.0, 3]]


def test_regret_of_means_is_the_mean_of_regrets_over_seeds_and_luck_is_no_merit():
    values = np.array([[[0.0, 10.0, 2.0]], [[5.0, 0.0, 13.0]]])
    lost = regret(values, minimise=True)
    assert lost[0].tolist() == [[0.0, 0.0, 0.0]]  # best on average, although it loses with the second seed
    assert lost[1].tolist() == [[5.0, -10.0, 11.0]]
    second = found(values).loc[1, ["regret_mean", "regret_low", "regret_high"]]
    assert second.tolist() == pytest.approx([2.0, -7.0, 9.8])


def test_goals_are_counted_over_runs_and_all_must_hold():
    goals = [OutcomeCondition("y", "<", 6.0), OutcomeCondition("y", ">=", 3.0)]
    table = found([[[1, 5], [9, 3]], [[9, 9], [9, 9]]], goals)
    assert table["meets_share"].tolist() == [0.5, 0.0]
    assert table.loc[0, ["meets_low", "meets_high"]].tolist() == pytest.approx([0.1, 0.9])


def test_a_table_is_crossed_whatever_the_order_of_its_rows(sweep, table):
    crossing = crossed(table, sweep, ["stock_NL"])
    assert crossing.policies.to_dict("records")[0] == {"protection": None, "benefit": None}
    assert (len(crossing.policies), len(crossing.worlds), crossing.seeds) == (4, 2, [1, 2])

    def by_name(crossing):
        axes = crossing.policies.itertuples(index=False), crossing.worlds["scenario"]
        runs = itertools.product(*map(enumerate, axes))
        return {(*policy, w): crossing.values["stock_NL"][p, k].tolist() for (p, policy), (k, w) in runs}

    shuffled = crossed(table.sample(frac=1, random_state=3), sweep, ["stock_NL"])
    assert by_name(shuffled) == by_name(crossing)


@pytest.mark.parametrize(
    ("rows", "outcome", "said"),
    [
        (lambda t: t.drop(index=5), "stock_NL", "1 of 16 pairs of policy and run are missing"),
        (lambda t: t, "stock_DE", "'stock_DE' is no outcome .*stock_NL"),
        (
            lambda t: t[(t["protection"] == "none") & t["benefit"].isna()],
            "stock_NL",
            "1 policy in the table; regret compares at least two",
        ),
    ],
)
def test_what_cannot_be_compared_is_refused(sweep, table, rows, outcome, said):
    with pytest.raises(EweaError, match=said):
        crossed(rows(table), sweep, [outcome])


def test_policies_that_are_drawn_are_refused(table, tmp_path):
    sampling, levers = "{method: latin_hypercube, size: 3}", f"{{{BENEFIT}low: 0.2, high: 1.5}}}}"
    drawn = sweep_of(tmp_path, sampling=sampling, levers=levers, uncertainties="{}")
    with pytest.raises(EweaError, match=r"levers.benefit has low and high.*Give it values"):
        crossed(table, drawn, ["stock_NL"])


@pytest.fixture(scope="module")
def words(sweep):
    return words_of(sweep)


def told(words, values):
    """Return what is said of up to three policies with these stocks [policy][world][seed]."""
    policies = {"protection": [None, "rtb_end", None], "benefit": [None, None, 0.5]}
    policies = pd.DataFrame(policies, dtype=object)[: len(values)]
    values = np.array(values, float)
    worlds = pd.DataFrame({"scenario": ["a", "b"][: values.shape[1]]})
    crossing = Crossed(policies, worlds, list(range(1, values.shape[2] + 1)), {"stock_NL": values})
    objectives = [Objective("stock_NL")]
    table = robustness(crossing, objectives)
    return robustness_sentences(Robustness(crossing, objectives, (), words, table))


def test_the_sentence_names_what_is_never_best_and_never_bad(words):
    said = told(words, 100 * np.array(SPECIALISTS))
    cash = "'Level of cash support: 50 % of the amount in force'"
    assert any(cash in text and "never best" in text and "2,000 persons" in text for text in said)
    assert "seed" in said[-1]
    assert words.policy({"protection": None, "benefit": None}) == CURRENT


@pytest.mark.parametrize(("second", "clear"), [([900, 1300, 1000], False), ([1100, 1300, 1050], True)])
def test_policies_whose_order_depends_on_the_seed_are_named(words, second, clear):
    said = told(words, [[[1000] * 3], [second]])
    assert any("seeds may reverse" in text for text in said) is not clear
