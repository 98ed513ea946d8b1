"""The Mesa door: same run as the engine, and everything a Mesa user expects to work."""

import inspect
import multiprocessing
import runpy
from pathlib import Path

import mesa
import numpy as np
import pandas as pd
import pytest
from mesa.experimental.scenarios import Scenario

from abm.data.folder import default_configs, load_settings, load_world
from abm.data.settings import RunSettings
from abm.errors import EweaError
from abm.mesa.agents import HostCountry, Household
from abm.mesa.household_set import HouseholdSet
from abm.mesa.model import DisplacementModel, world_with
from abm.mesa.reporters import displaced_in
from abm.months import month_index
from abm.policy.scenario import scenario_world
from abm.results import tables_of
from abm.simulation import Simulation

ROOT = Path(__file__).parents[2]
SMALL = {"scale": 2000, "households_per_host": 20}


def small(**settings):
    return DisplacementModel(**{**SMALL, "until": "2022-07", "rng": 1, **settings})


@pytest.fixture
def spawning():
    """Put back how processes start, which ``mesa.batch_run`` changes for everybody."""
    before = multiprocessing.get_start_method(allow_none=True)
    yield
    multiprocessing.set_start_method(before, force=True)


class Noted(DisplacementModel):
    """A model as a user extends it: another reporter, and something before every month."""

    reporters = {**DisplacementModel.reporters, "PL": displaced_in("PL"), "notes": "notes"}  # noqa: RUF012
    notes = 0

    def step(self):
        self.notes += 1
        super().step()


def test_steps_are_those_of_the_engine():
    until = "2022-08"
    model = small(until=until, rng=7)
    while model.running:
        model.step()
    settings = RunSettings(until=month_index(until), **SMALL)
    horizon = load_settings(default_configs()).last_register_month
    run = Simulation(scenario_world(default_configs(), horizon), settings, 7).run_to_end()
    tables = tables_of(run.state)
    assert set(model.results().tables) == set(tables)
    for name, table in tables.items():
        pd.testing.assert_frame_equal(model.results().tables[name], table)
    other = small(until=until, rng=8)
    other.run_model()
    assert not other.results().tables["flows"].equals(model.results().tables["flows"])


def test_time_and_horizon():
    model = small()
    assert (model.month, model.steps, model.time, model.running) == ("2022-03", 0, 0, True)
    model.step()
    assert (model.month, model.steps, model.time, model.running) == ("2022-04", 1, 1, True)
    model.run_for(2)
    assert model.month == "2022-06"
    with pytest.raises(EweaError, match=r"found month 9; the run ends after 4 months.*2022-07"):
        model.run_for(6)
    with pytest.raises(EweaError, match="found month 5"):
        model.run_until(5)
    assert model.steps == 3
    model.run_model()
    assert (model.month, model.steps, model.running) == ("2022-07", 4, False)
    with pytest.warns(RuntimeWarning, match=r"the first day of 2022-07\. Check model\.running"):
        model.step()
    assert (model.month, model.steps, model.time) == ("2022-07", 4, 4)


def test_no_household_object_is_made_by_creating_and_stepping(monkeypatch):
    made = []
    original = Household.__init__
    monkeypatch.setattr(
        Household, "__init__", lambda self, *args: (made.append(1), original(self, *args))[0] and None
    )
    model = DisplacementModel(scale=100, rng=1)
    model.run_for(3)
    agents = model.agents
    assert len(agents) > 15_000
    agents.select(place="NL", employment=0).groupby("status").agg("persons", sum)
    agents.shuffle().sort("ties").set("ties", 0.5)
    assert not made
    next(iter(agents))
    assert len(made) == 1


def test_agents_and_their_types():
    model = small()
    model.run_for(2)
    assert isinstance(model.agents, HouseholdSet)
    assert model.agent_types == [Household, HostCountry]
    assert model.agents_by_type[Household] == model.agents
    assert list(model.agents_by_type[HostCountry]) == list(model.hosts)
    assert [host.code for host in model.hosts] == list(model.world.hosts.ids)
    assert [host.unique_id for host in model.hosts] == list(range(1, len(model.hosts) + 1))


MOVED = {
    "arrivals": ("to_place", "arrival"),
    "redepartures": ("to_place", "redeparture"),
    "reunified": ("to_place", "reunification"),
    "onward_in": ("to_place", "onward"),
    "onward_out": ("from_place", "onward"),
    "returns": ("from_place", "return"),
}


def test_hosts_and_model_report_what_the_tables_say():
    model = small(until="2022-09")
    dutch = model.host("NL")
    assert (dutch.arrivals, dutch.returns, dutch.flows, model.last_flows["arrival"]) == (0, 0, (), 0)
    assert np.isnan(dutch.register)
    model.run_for(5)
    tables = model.results().tables
    flows = tables["flows"][tables["flows"]["month"] == "2022-07"]
    stocks = (
        tables["stocks"][tables["stocks"]["month"] == model.month]
        .groupby("host", observed=False)["persons"]
        .sum()
    )
    now = tables["indicators"][tables["indicators"]["month"] == model.month]
    value = now.set_index(["host", "name"])["value"]
    for host in model.hosts:
        for name, (end, kind) in MOVED.items():
            moved = flows[(flows[end] == host.code) & (flows["kind"] == kind)]
            assert getattr(host, name) == moved["persons"].sum(), (host.code, name)
        for end in ("to_place", "from_place"):
            told = sum(flow.persons for flow in host.flows if getattr(flow, end) == host.code)
            assert told == flows.loc[flows[end] == host.code, "persons"].sum()
        assert host.displaced == sum(host.displaced_by_status.values()) == stocks[host.code]
        assert host.displaced == host.households.agg("persons", sum) == model.displaced_by_host[host.code]
        assert host.employment_share == pytest.approx(value[host.code, "employment_share"])
        assert host.collective_places_used == value[host.code, "collective_places_used"]
        if np.isfinite(host.collective_capacity):
            assert host.collective_capacity == value[host.code, "collective_capacity"]
        assert host.places_short == value[host.code, "places_short"]
    assert min(dutch.returns, dutch.arrivals) > 0
    register = tables["register"].set_index(["month", "host"]).loc[("2022-07", "NL"), "persons"]
    assert round(dutch.register) == register
    assert model.displaced == sum(model.displaced_by_host.values()) == model.hosts.agg("displaced", sum)
    assert model.displaced == model.agents.select(is_abroad=True).agg("persons", sum)
    assert model.last_flows["return"] == sum(host.returns for host in model.hosts)
    assert dutch.label("nl") == "Nederland"
    with pytest.raises(EweaError, match="'xx'"):
        dutch.label("xx")
    with pytest.raises(EweaError, match="'Nl'"):
        model.host("Nl")


def test_the_data_collector_has_the_main_figures():
    model = small()
    model.run_model()
    rows = model.datacollector.get_model_vars_dataframe()
    assert rows["month"].tolist() == ["2022-03", "2022-04", "2022-05", "2022-06", "2022-07"]
    stocks = model.results().tables["stocks"].astype({"month": str})
    dutch = stocks[stocks["host"] == "NL"].groupby("month")["persons"].sum()
    assert rows["NL"].tolist() == dutch.reindex(rows["month"], fill_value=0).tolist()
    assert (rows["NL"] <= rows["EU"]).all()
    assert (rows["EU"] < rows["displaced"])[1:].all()
    assert rows["EU"].iloc[-1] == sum(host.displaced for host in model.hosts if host.is_eu)
    flows = model.results().tables["flows"].groupby(["kind", "month"], observed=False)["persons"].sum()
    for column, kind in {"arrivals": "arrival", "returns": "return", "onward": "onward"}.items():
        assert rows[column].tolist() == [0, *flows[kind].tolist()]


def test_batch_run(spawning):
    parameters = {**SMALL, "until": "2022-06", "return_hazard": [0.002, 0.008]}
    rows = mesa.batch_run(Noted, parameters, rng=[1, 2], display_progress=False)
    assert len(rows) == 4
    asked = [(row["return_hazard"], row["rng"]) for row in rows]
    assert asked == [(0.002, 1), (0.008, 1), (0.002, 2), (0.008, 2)]
    assert {(row["month"], row["Step"], row["notes"]) for row in rows} == {("2022-06", 3, 3)}
    assert all(row["PL"] > row["NL"] > 0 for row in rows)
    assert rows[0]["returns"] < rows[1]["returns"]
    assert rows[2]["returns"] < rows[3]["returns"]
    alone = small(until="2022-06", return_hazard=0.008, rng=2)
    alone.run_model()
    assert rows[3]["NL"] == alone.host("NL").displaced
    often = {"data_collection_period": 1, "display_progress": False, "rng": 4}
    every = mesa.batch_run(DisplacementModel, {**SMALL, "until": "2022-05"}, **often)
    assert [row["month"] for row in every] == ["2022-03", "2022-04", "2022-05"]


def test_what_a_user_draws_does_not_touch_the_run():
    quiet, busy = small(), small()
    while quiet.running:
        quiet.step()
        busy.rng.random(100)
        busy.agents.shuffle()
        busy.step()
    pd.testing.assert_frame_equal(quiet.agents.to_frame(), busy.agents.to_frame())


def test_coefficients_replace_those_of_the_configuration():
    configured = load_world(default_configs(), month_index("2024-09")).coefficients
    model = small(return_hazard=0.009, ties_return=np.float64(0.7))
    assert model.world.coefficients == {**configured, "return_hazard": 0.009, "ties_return": 0.7}
    assert small().world.coefficients == configured
    assert model.scenario.return_hazard == 0.009


def test_worlds_are_read_once():
    root, until = default_configs(), month_index("2024-10")
    assert world_with(root, until, {}) is world_with(root, until, {})
    assert world_with(root, until, {"ties_return": 0.1}) is world_with(root, until, {"ties_return": 0.1})
    assert world_with(root, until, {"ties_return": 0.1}) is not world_with(root, until, {"ties_return": 0.2})
    assert world_with(root, until, {"ties_return": 0.1}).hosts is world_with(root, until, {}).hosts


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"return_hasard": 0.1}, "'return_hasard' is neither a setting nor a coefficient.*'return_hazard'"),
        ({"seed": 1}, "rng=1"),
        ({"return_hazard": "high"}, "return_hazard: found 'high'; a number"),
        ({"return_hazard": float("nan")}, "return_hazard: found nan"),
        ({"return_hazard": True}, "return_hazard: found True"),
        ({"return_hazard": 0.0}, "return_hazard: found 0; allowed are"),
        ({"return_hazard": 1.2}, "return_hazard: found 1.2; allowed are"),
        ({"income_low_share": -0.1}, "income_low_share: found -0.1; allowed are 0 to"),
        ({"rng": -1}, "rng: found -1"),
        ({"rng": 2**63}, "rng: found 9223372036854775808"),
        ({"rng": "one"}, "rng: found 'one'"),
        ({"rng": 1.5}, "rng: found 1.5"),
        ({"rng": True}, "rng: found True"),
        ({"scale": 0}, "scale: found 0"),
        ({"scale": 1.5}, "scale: found 1.5; a whole number"),
        ({"scale": "many"}, "scale: found 'many'"),
        ({"threads": 0}, "threads: found 0"),
        ({"until": "2028"}, "until: '2028' is not a month"),
        ({"until": "2022-02"}, "until"),
        ({"arrivals": "guessed"}, "arrivals: found 'guessed'"),
        ({"scenario": "basline"}, "scenario: found 'basline'.*'baseline'"),
        ({"scenario": Scenario(density=1)}, "'density' is neither"),
        ({"scenario": Scenario(id="basline")}, "scenario: found 'basline'.*'baseline'"),
        ({"scenario": Scenario(rng=2)}, "rng: found 1 as an argument and 2 in the scenario"),
        ({"configs": "nowhere"}, "nowhere: no such folder"),
    ],
)
def test_what_cannot_be_simulated_is_refused(settings, message):
    with pytest.raises(EweaError, match=message):
        small(**settings)


def test_the_page_of_mesa_can_create_the_model_anew():
    # SolaraViz forbids *args, needs a default for every parameter, and replaces a true model.scenario.
    parameters = inspect.signature(DisplacementModel).parameters.values()
    assert not [p for p in parameters if p.kind == p.VAR_POSITIONAL]
    assert not [p for p in parameters if p.default is p.empty and p.kind != p.VAR_KEYWORD]
    model = small()
    assert isinstance(model.scenario, Scenario)
    assert not model.scenario
    assert model.scenario.id == "baseline"
    assert model.agents[0:0] == []
    model.step()
    assert model.agents[0].scenario is model.scenario
    assert model.agents[0].pos is None


def test_the_example_of_the_readme_runs(spawning, capsys):
    runpy.run_path(str(ROOT / "docs" / "mesa_example.py"), run_name="__main__")
    lines = capsys.readouterr().out.splitlines()
    assert any("persons in the Netherlands in households without work" in line for line in lines)
    returns = {tuple(line.split()[:2]): int(line.split()[3]) for line in lines[-4:]}
    assert returns["0.003", "1"] < returns["0.006", "1"]
    assert returns["0.003", "2"] < returns["0.006", "2"]
