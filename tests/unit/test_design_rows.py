"""What a row of a sweep holds: the numbers of a run from the start, whatever was kept in memory before."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from small_design import written

from abm.branches import Branch
from abm.data.folder import default_configs
from abm.data.parameters import with_parameters
from abm.errors import ConfigError
from abm.months import month_index
from abm.policy.scenario import scenario_world
from abm.simulation import Simulation
from abm.state import Flow
from experiments.designs import simulate as simulating
from experiments.designs.measures import Meter, measured, return_payments
from experiments.designs.simulate import changes_of_task, simulate
from experiments.designs.sweep import Sweep
from experiments.ensemble.outcomes import load_definitions

ROOT = default_configs()


@pytest.fixture(scope="module")
def sweep(tmp_path_factory):
    return Sweep.of(str(written(tmp_path_factory.mktemp("design"))), ROOT)


def fresh(sweep, task):
    simulating._pasts.clear()
    return simulate(sweep.context, task)


def test_a_row_does_not_depend_on_what_ran_before(sweep):
    tasks = [sweep.tasks()[number] for number in (0, 1, 6, 7)]
    alone = [fresh(sweep, task) for task in tasks]
    for order in ((3, 2, 1, 0), (1, 3, 0, 2)):
        simulating._pasts.clear()
        found = {number: simulate(sweep.context, tasks[number]) for number in order}
        assert [repr(found[number]) for number in range(4)] == [repr(values) for values in alone]


def test_a_row_equals_a_run_from_the_start(sweep):
    task = sweep.tasks()[7]
    assert task["packages"]
    bare = {name: value for name, value in task.items() if name != "levers"}
    world = with_parameters(scenario_world(ROOT, sweep.settings.until, "rtb_end"), task["parameters"])
    run = Simulation(world, sweep.settings, task["seed"]).run_to_end()
    host = world.hosts.ids.index("NL")
    assert fresh(sweep, bare)["stock_NL"] == run.state.history.stock[-1, host].sum()


def test_a_change_is_the_difference_to_the_world_without_levers(sweep):
    tasks = sweep.tasks()
    with_levers = next(task for task in tasks if "levers" in task and "packages" not in task)
    without = {name: value for name, value in with_levers.items() if name != "levers"}
    found, base = fresh(sweep, with_levers), fresh(sweep, without)
    assert base["stock_NL_change"] == base["returns_EU_change"] == 0
    assert found["stock_NL_change"] == found["stock_NL"] - base["stock_NL"]
    assert found["cash"] == 0.2
    assert np.isnan(base["cash"])
    assert (found["policy"], base["policy"]) == ("cash=0.2", "none")


@pytest.fixture(scope="module")
def metered(sweep):
    definitions = load_definitions(ROOT)
    everywhere = definitions.safe.most_attack_intensity.model_copy(update={"value": -1.0})
    strict = definitions.model_copy(
        update={"safe": definitions.safe.model_copy(update={"most_attack_intensity": everywhere})}
    )
    free = definitions.model_copy(
        update={
            "place_cost_eur_month": {
                "NL": definitions.place_cost_eur_month["NL"].model_copy(update={"value": 0.0})
            }
        }
    )
    meters = [Meter(found) for found in (definitions, strict, free)]
    settings = replace(sweep.settings, scale=2000, households_per_host=200)
    run = Simulation(scenario_world(ROOT, settings.until), settings, 1)
    housed = []

    def listen(process, state):
        for meter in meters:
            meter(process, state)
        if process == "end_month":
            columns = state.households.columns()
            here = (columns.place == state.world.hosts.ids.index("NL")) & (columns.housing == 0)
            housed.append((columns.persons[here].sum(axis=1) * columns.stands_for[here].astype(int)).sum())

    run.run_to_end(listen)
    return run, meters, np.array(housed)


@pytest.fixture
def nothing_paid(metered):
    world = metered[0].state.world
    return np.zeros((world.n_months, len(world.hosts.ids)))


def test_where_nothing_is_safe_every_return_is_too_early(metered, nothing_paid):
    run, (usual, strict, _), _ = metered
    H = run.state.n_hosts
    returns = run.state.history.flows[:, Flow.RETURN, :H, H]
    early = measured(Branch(run, strict), nothing_paid)["returns_before_safe"]
    assert returns.sum() > 0
    np.testing.assert_array_equal(early, returns)
    some = measured(Branch(run, usual), nothing_paid)["returns_before_safe"]
    assert (some <= returns).all()
    assert 0 < some.sum() < returns.sum()


def test_the_public_cost_holds_the_price_of_every_place(metered, nothing_paid):
    run, (usual, _, free), housed = metered
    host = run.state.world.hosts.ids.index("NL")
    price = usual.definitions.place_cost_eur_month["NL"].value
    dear, cheap = (
        measured(Branch(run, meter), nothing_paid)["public_cost"][:, host] for meter in (usual, free)
    )
    np.testing.assert_allclose(dear - cheap, housed * price / 1e6)
    assert (cheap > 0).all()
    assert np.delete(measured(Branch(run, usual), nothing_paid)["public_cost"], host, axis=1).sum() == 0


def test_the_public_cost_holds_what_is_paid_on_return(metered, nothing_paid):
    run, (usual, _, _), _ = metered
    H, world = run.state.n_hosts, run.state.world
    host, first = world.hosts.ids.index("NL"), run.state.settings.start
    task = {
        "scenario": "baseline",
        "levers": {"cash": {"lever": "return_cash", "place": "ALL", "from": "2025-01-01", "value": 1500}},
    }
    payments = return_payments(ROOT, world, changes_of_task(ROOT, task).levers, ["return_cash"])
    paid = (
        measured(Branch(run, usual), payments)["public_cost"]
        - measured(Branch(run, usual), nothing_paid)["public_cost"]
    )
    returns = run.state.history.flows[:, Flow.RETURN, host, H]
    before = month_index("2025-01") - first
    assert before > 0
    assert returns[:before].sum() > 0
    np.testing.assert_allclose(paid[:before, host], 0, atol=1e-9)
    np.testing.assert_allclose(paid[before:, host], 1500 * returns[before:] / 1e6)
    assert np.delete(paid, host, axis=1).sum() == 0  # the cost of other hosts is not known


def test_payments_are_those_in_force_and_those_set():
    world = scenario_world(ROOT, month_index("2028-01"))
    swiss, dutch, danish = (world.hosts.ids.index(host) for host in ("CH", "NL", "DK"))
    task = {
        "scenario": "baseline",
        "levers": {
            "a": {"lever": "return_cash", "place": "EU", "from": "2027-01-01", "value": 1000},
            "b": {
                "lever": "return_cash",
                "place": "NL",
                "from": "2027-03-01",
                "value": 250,
                "until": "2027-05-01",
            },
            "c": {"lever": "return_hubs", "place": "NL", "from": "2027-01-01", "value": 1},
        },
    }
    paid = return_payments(ROOT, world, changes_of_task(ROOT, task).levers, ["return_cash"])
    assert paid.shape == (world.n_months, len(world.hosts.ids))
    months = [
        month_index(text) for text in ("2022-10", "2022-11", "2026-12", "2027-01", "2027-03", "2027-05")
    ]
    assert paid[months, swiss].tolist() == [0, 500, 500, 500, 500, 500]
    assert paid[months, dutch].tolist() == [0, 0, 0, 1000, 250, 1000]
    assert paid[months, danish].tolist() == [0, 0, 0, 1000, 1000, 1000]
    assert return_payments(ROOT, world, [], ["return_cash"])[:, dutch].sum() == 0


@pytest.mark.parametrize("name", ["return_hubs", "return_cache"])
def test_a_lever_that_is_no_money_is_not_paid(name):
    world = scenario_world(ROOT, month_index("2028-01"))
    with pytest.raises(
        ConfigError, match=f"outcomes.yaml: paid_on_return.levers: found '{name}'; allowed are"
    ):
        return_payments(ROOT, world, [], [name])


def test_worlds_of_one_past_follow_one_another_on_one_worker(sweep):
    from experiments.designs.sweep import past_of

    pasts = [past_of(task) for task in sweep.tasks()]
    assert len(set(pasts)) == 4
    assert len(list(itertools.groupby(sorted(pasts)))) == 4
