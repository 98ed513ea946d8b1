"""What a row of a sweep holds: the numbers of a run from the start, whatever was kept in memory before."""

from dataclasses import replace

import numpy as np
import pytest
from small_design import written

from abm.branches import Branch
from abm.data.folder import default_configs, load_settings
from abm.data.parameters import with_parameters
from abm.errors import ConfigError
from abm.months import month_index
from abm.policy.scenario import scenario_world
from abm.simulation import Simulation
from abm.state import Flow
from experiments.designs import simulate as simulating
from experiments.designs.schema import Outcome
from experiments.designs.simulate import (
    Meter,
    changes_of_task,
    measured,
    return_payments,
    simulate,
    taken,
)
from experiments.designs.sweep import Sweep, past_of
from experiments.ensemble.outcomes import load_definitions

ROOT = default_configs()
PRESENT = load_settings(ROOT).last_register_month + 1


@pytest.fixture(scope="module")
def sweep(tmp_path_factory):
    return Sweep.of(str(written(tmp_path_factory.mktemp("design"))), ROOT)


def fresh(sweep, task):
    simulating._pasts.clear()
    return simulate(sweep.context, task)


def test_a_row_does_not_depend_on_what_ran_before(sweep):
    tasks = [sweep.tasks()[number] for number in (0, 1, 6, 7)]
    alone = [fresh(sweep, task) for task in tasks]
    simulating._pasts.clear()
    found = {number: simulate(sweep.context, tasks[number]) for number in (3, 1, 0, 2)}
    assert [repr(found[number]) for number in range(4)] == [repr(values) for values in alone]


def test_tasks_that_differ_in_levers_and_packages_only_share_their_past(sweep):
    assert len(set(map(past_of, sweep.tasks()))) == 4


def test_a_row_equals_a_run_from_the_start(sweep):
    task = sweep.tasks()[7]
    assert task["packages"]
    bare = {name: value for name, value in task.items() if name != "levers"}
    world = with_parameters(scenario_world(ROOT, sweep.settings.until, "rtb_end"), task["parameters"])
    run = Simulation(world, sweep.settings, task["seed"]).run_to_end()
    host = world.hosts.ids.index("NL")
    assert fresh(sweep, bare)["stock_NL"] == run.state.history.stock[-1, host].sum()


def test_a_share_of_a_place_is_its_part_of_the_whole(world):
    found = {name: np.zeros((2, len(world.hosts.ids))) for name in ("without_title", "stock")}
    at, other = world.hosts.ids.index("NL"), world.hosts.ids.index("DE")
    found["without_title"][:, [at, other]] = [[10, 0], [30, 10]]
    found["stock"][:, [at, other]] = [[100, 100], [100, 300]]

    def share(place, take):
        return taken(found, Outcome(outcome="without_title_share", place=place, take=take), world)

    assert share("NL", "end") == 0.3
    assert share("EU", "end") == 0.1
    assert share("NL", "mean") == pytest.approx(0.2)
    with pytest.raises(ValueError, match="without_title_share is a ratio: allowed are end, peak, mean"):
        share("NL", "sum")


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
    """Return a run and its meters: as defined, where nothing is safe, where places cost nothing."""
    usual = load_definitions(ROOT)
    price, unsafe = usual.place_cost_eur_month["NL"], usual.safe.most_attack_intensity
    nowhere = usual.safe.model_copy(
        update={"most_attack_intensity": unsafe.model_copy(update={"value": -1.0})}
    )
    free = {"NL": price.model_copy(update={"value": 0.0})}
    changes = ({}, {"safe": nowhere}, {"place_cost_eur_month": free})
    meters = [Meter(usual.model_copy(update=change), PRESENT) for change in changes]
    settings = replace(sweep.settings, scale=2000, households_per_host=200)
    run, housed = Simulation(scenario_world(ROOT, settings.until), settings, 1), []
    run.run_to(PRESENT)

    def listen(process, state):
        for meter in meters:
            meter(process, state)
        if process == "end_month":
            columns = state.households.columns()
            here = (columns.place == state.world.hosts.ids.index("NL")) & (columns.housing == 0)
            housed.append((columns.persons[here].sum(axis=1) * columns.stands_for[here].astype(int)).sum())

    run.run_to_end(listen)

    def found(meter):
        world = run.state.world
        return measured(Branch(run, meter), np.zeros((world.n_months, len(world.hosts.ids))))

    return run, meters, found, np.array(housed) * price.value / 1e6


def test_where_nothing_is_safe_every_return_is_too_early(metered):
    run, (usual, nowhere, _), found, _ = metered
    H = run.state.n_hosts
    returns = run.state.history.flows[PRESENT - run.state.settings.start :, Flow.RETURN, :H, H]
    np.testing.assert_array_equal(found(nowhere)["returns_before_safe"], returns)
    some = found(usual)["returns_before_safe"]
    assert (some <= returns).all()
    assert 0 < some.sum() < returns.sum()


def test_the_public_cost_holds_the_price_of_every_place_and_what_is_paid_on_return(metered):
    """For the Netherlands only: the cost of other hosts is not known."""
    run, (usual, _, free), found, price_of_places = metered
    H, world = run.state.n_hosts, run.state.world
    host, before = world.hosts.ids.index("NL"), month_index("2026-04") - PRESENT
    cost, cheap = found(usual)["public_cost"], found(free)["public_cost"]
    np.testing.assert_allclose((cost - cheap)[:, host], price_of_places)
    assert (cheap[:, host] > 0).all()
    payments = payments_of(world, {"a": {"place": "ALL", "from": "2026-04-01", "value": 1500}})
    paid = measured(Branch(run, usual), payments)["public_cost"] - cost
    returns = run.state.history.flows[PRESENT - run.state.settings.start :, Flow.RETURN, host, H]
    assert returns[:before].sum() > 0
    np.testing.assert_allclose(paid[:before, host], 0, atol=1e-9)
    np.testing.assert_allclose(paid[before:, host], 1500 * returns[before:] / 1e6)
    for known in (cost, paid):
        assert np.delete(known, host, axis=1).sum() == 0


def payments_of(world, levers):
    """Return what is paid on return under levers, ``return_cash`` unless they say otherwise."""
    levers = {name: {"lever": "return_cash", **lever} for name, lever in levers.items()}
    changes = changes_of_task(ROOT, {"scenario": "baseline", "levers": levers})
    return return_payments(ROOT, world, changes.levers, ["return_cash"])


def test_payments_are_those_in_force_and_those_set():
    world = scenario_world(ROOT, month_index("2028-01"))
    swiss, dutch, danish = (world.hosts.ids.index(host) for host in ("CH", "NL", "DK"))
    levers = {
        "a": {"place": "EU", "from": "2027-01-01", "value": 1000},
        "b": {"place": "NL", "from": "2027-03-01", "value": 250, "until": "2027-05-01"},
        "c": {"place": "NL", "from": "2027-01-01", "value": 1, "lever": "return_hubs"},
    }
    paid = payments_of(world, levers)
    assert paid.shape == (world.n_months, len(world.hosts.ids))
    months = [*map(month_index, ("2022-10", "2022-11", "2026-12", "2027-01", "2027-03", "2027-05"))]
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
