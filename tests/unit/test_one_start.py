"""Ten questions in every face: the same number to the last digit.

How many people are displaced in NL and in the EU, under five scenarios, each with two seeds: asked of ``ewea
run``, ``compare``, ``why``, a sweep, the scorecard and monitor, and the engine of the app.
"""

import json

import numpy as np
import pytest

from abm.data.folder import default_configs, load_settings
from abm.data.settings import RunSettings
from abm.months import month_label
from abm.places import hosts_of
from abm.policy.change import Changes, LeverChange, joined
from abm.policy.scenario import (
    BASELINE,
    changed_world,
    changes_of,
    load_scenario,
    scenario_ids,
    scenario_world,
)
from abm.simulation import Simulation
from dashboard.engine.branches import REGISTER, BaselineBranches
from dashboard.engine.changes import places_available
from dashboard.engine.choice import Choices
from dashboard.engine.limits import Resolution, load_limits
from experiments import scorecard
from experiments.designs.simulate import simulate
from experiments.designs.sweep import Sweep
from experiments.ensemble.households import Follower
from experiments.ensemble.outcomes import OUTCOMES
from experiments.ensemble.paired import SeedTask, contrast_of, history, run_seed
from experiments.run_tables import run_tables
from experiments.uncertainty import covered

ROOT = default_configs()
PRESENT = load_settings(ROOT).last_register_month + 1
SIZE = {"scale": 1000, "households_per_host": 20}
SEEDS, PLACES = (1, 2), ("NL", "EU")
HOUSEHOLD = str((RunSettings.start + 2) << 44)
"""Id of the first household that came to the first host in the second month."""


def acting(kind):
    """Return the two scenarios of a kind that act first after the present, and when."""
    found = []
    for name in scenario_ids(ROOT):
        first = changes_of(ROOT, name).first_month
        if first is not None and first >= PRESENT and load_scenario(ROOT, name).kind == kind:
            found.append((first, name))
    return sorted(found)[:2]


ACTING = {kind: acting(kind) for kind in ("war", "policy")}
WARS, PACKAGES = ([name for _, name in found] for found in ACTING.values())
UNTIL = max(PRESENT + scorecard.AHEAD, 6 + max(first for found in ACTING.values() for first, _ in found))
SCENARIOS = (BASELINE, *WARS, *PACKAGES)


@pytest.fixture(scope="module")
def settings():
    return RunSettings(until=UNTIL, **SIZE, **covered(scenario_world(ROOT, UNTIL)))


@pytest.fixture(scope="module")
def masks():
    hosts = scenario_world(ROOT, UNTIL).hosts
    return {place: hosts_of(place, hosts) for place in PLACES}


@pytest.fixture(scope="module")
def asked_of_run(settings, masks):
    """Return the answers of ``ewea run`` by scenario, seed and place: persons at the horizon."""
    found = {}
    for name in SCENARIOS:
        world = scenario_world(ROOT, UNTIL, name)
        for seed in SEEDS:
            stocks = run_tables(world, settings, changes_of(ROOT, name), None, seed)["stocks"].to_pandas()
            last = stocks[stocks["month"] == month_label(UNTIL)]
            by_host = last.groupby("host", observed=False)["persons"].sum().reindex(world.hosts.ids)
            for place, mask in masks.items():
                found[name, seed, place] = float(by_host.to_numpy()[mask].sum())
    return found


def test_there_are_ten_questions_and_their_answers_differ(asked_of_run):
    assert len(SCENARIOS) * len(PLACES) == 10
    for place in PLACES:
        assert len({asked_of_run[name, 1, place] for name in SCENARIOS}) > 1
        assert asked_of_run[BASELINE, 1, place] != asked_of_run[BASELINE, 2, place]


def test_compare(asked_of_run, settings, masks):
    base = changes_of(ROOT, BASELINE)
    others = [contrast_of(ROOT, base, name, changes_of(ROOT, name), settings) for name in SCENARIOS[1:]]
    for seed in SEEDS:
        found = run_seed(SeedTask(ROOT, base, tuple(others), settings, seed))
        for name in SCENARIOS:
            level = (found.base if name == BASELINE else found.others[name]).level
            for place, mask in masks.items():
                number = level[OUTCOMES.index("stock"), mask].sum()
                assert number == asked_of_run[name, seed, place], (name, seed, place)


def test_a_sweep(asked_of_run, tmp_path):
    design = tmp_path / "ten.yaml"
    outcomes = "\n".join(f"  - {{outcome: stock, place: {place}}}" for place in PLACES)
    size = ", ".join(f"{key}: {value}" for key, value in SIZE.items())
    design.write_text(
        f'id: ten\nlabel: "Ten questions"\nquestion: "Is it the same number?"\n'
        f"constants: {{{size}, until: {month_label(UNTIL)}}}\n"
        f"scenarios: [{', '.join(SCENARIOS)}]\nlevers: {{}}\nsampling: {{method: grid}}\n"
        f"seeds: {{first: 1, count: 2}}\ndifferences: false\noutcomes:\n{outcomes}\n"
    )
    sweep = Sweep.of(str(design), ROOT, tmp_path / "store")
    context = json.loads(json.dumps(sweep.context))
    tasks = sweep.tasks()
    assert len(tasks) == len(SCENARIOS) * len(SEEDS)
    for task in tasks:
        row = simulate(context, task)
        for place in PLACES:
            number = next(v for k, v in row.items() if k.startswith("stock") and k.endswith(place))
            assert number == asked_of_run[task["scenario"], task["seed"], place], (task, place)


def test_scorecard_and_monitor(asked_of_run, monkeypatch):
    smaller = {"households_per_host_min": SIZE["households_per_host"]}
    usual = load_settings(ROOT).model_copy(update=smaller)
    monkeypatch.setattr(scorecard, "load_settings", lambda _: usual)
    for name in SCENARIOS:
        wheel = scorecard.Wheel(ROOT, name, UNTIL - scorecard.AHEAD, len(SEEDS), SIZE["scale"])
        people = wheel.run()[:, 0, -1]
        assert people.tolist() == [asked_of_run[name, seed, "NL"] for seed in SEEDS], name


def test_the_app(asked_of_run, masks):
    branches, size = BaselineBranches(ROOT, load_limits()), Resolution(**SIZE)
    until = month_label(UNTIL)
    choices = {
        BASELINE: Choices(until=until),
        **{name: Choices(war=name, until=until) for name in WARS},
        **{name: Choices(presets=(name,), until=until) for name in PACKAGES},
    }
    for name, choice in choices.items():
        for seed in SEEDS:
            found = branches.answer(choice, size, seed)
            assert branches.axes.first == PRESENT
            assert branches.axes.outcomes[-1] == REGISTER
            for place, mask in masks.items():
                number = found.level[OUTCOMES.index("stock"), -1, mask].sum(dtype=float)
                assert number == asked_of_run[name, seed, place], (name, seed, place)


def test_places_available(settings):
    """Tables of a run and the app name the places of the law, or those a scenario sets."""
    first, months = PRESENT, UNTIL - PRESENT + 1
    more = LeverChange.of("reception_capacity", "NL", first + 3, 120_000)
    law = changes_of(ROOT, BASELINE)
    for changes, choice in (
        (law, Choices()),
        (joined([law, Changes(levers=(more,))]), Choices(levers=(more,))),
    ):
        world = changed_world(ROOT, UNTIL, changes)
        run = run_tables(world, settings, changes, None, 1)["indicators"].to_pandas()
        rows = run[(run["name"] == "collective_capacity") & (run["month"].astype(str) >= month_label(first))]
        table = rows.pivot(index="month", columns="host", values="value")
        asked = table.reindex(columns=list(world.hosts.ids)).to_numpy()
        np.testing.assert_array_equal(asked, places_available(ROOT, choice, first, months))
        dutch = asked[:, world.hosts.ids.index("NL")]
        assert (dutch[3:] == 120_000).all() == bool(choice.levers), "NL"
        assert (dutch[:3] == 98_000).all(), "NL"


def test_why(settings, masks):
    """A household lives every month as in the runs that are compared."""
    name = PACKAGES[0]
    followed = Follower(int(HOUSEHOLD))
    other = scenario_world(ROOT, UNTIL, name)
    Simulation(other, settings, 1).run_to_end(followed)
    told = history(ROOT, HOUSEHOLD, BASELINE, name, settings, 1)
    rows = [sight.row for sight in followed.sights if sight is not None]
    told_rows = [month["other"] for month in told["months"]]
    assert told_rows == rows[-len(told_rows) :]
    assert told_rows[0]["month"] == month_label(PRESENT)
