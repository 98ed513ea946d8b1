"""What Mesa promises of agents, models, schedules and scenarios, asked of ours."""

import gc
import pickle
from functools import partial

import mesa
import numpy as np
import pandas as pd
import pytest
from mesa.agentset import AgentSet
from mesa.experimental.mesa_signals import ObservableSignals
from mesa.experimental.scenarios import Scenario
from mesa.time import Schedule
from mesa_models import SMALL, Notes, NotesModel, built

from abm.codes import PersonKind, Schooling
from abm.errors import EweaError
from abm.mesa.arguments import PolicyScenario
from abm.mesa.model import DisplacementModel


class Council(mesa.Agent):
    """An agent of the user's own."""


def tables(model):
    return {name: table.to_csv() for name, table in model.results().tables.items()}


def test_agents_share_what_their_model_has(model):
    for agent in (model.agents.to_list()[0], model.host("NL")):
        assert (agent.random, agent.rng, agent.scenario) == (model.random, model.rng, model.scenario)


def test_own_agents_live_beside_households(model):
    councils = Council.create_agents(model, 3)
    assert model.agents_by_type[Council] == AgentSet(councils.to_list())
    assert model.agent_types[-1] is Council
    councils.to_list()[0].remove()
    assert len(model.agents_by_type[Council]) == 2
    model.step()
    gc.collect()
    assert len(model.agents_by_type[Council]) == 2


def test_the_step_of_a_household_is_called_before_every_month():
    class Stayer(Notes):
        """Households who go home as soon as they may."""

        def step(self):
            super().step()
            if self.is_abroad and self.seen == 2:
                self.move_to("UA")

    class Stayers(DisplacementModel):
        household_type = Stayer

    model, usual = built(Stayers, 4), built(months=4)
    assert set(model.agents.get("seen")) == {0, 1, 2, 3}
    assert model.agents.count(is_abroad=True, where=model.agents.get("seen") > 1) == 0
    returns = model.datacollector.get_model_vars_dataframe()["returns"]
    assert returns.iloc[-1] > 2 * usual.datacollector.get_model_vars_dataframe()["returns"].iloc[-1]
    # A step that changes nothing leaves the run as it is.
    assert tables(built(NotesModel, 3)) == tables(built(months=3))


GIVEN = {
    "place": ["NL", "DE", "NL", "PL"],
    "women_18_64": [1, 1, 0, 2],
    "girls": [0, 2, 0, 1],
    "men_65": [0, 0, 1, 0],
    "origin": ["UA63", "UA80", "UA80", "UA63"],
    "stands_for": [10, 20, 30, 40],
    "status": ["regular_permit", "temporary_protection", "none", "temporary_protection"],
    "ties": [0.1, 0.2, 0.3, 0.4],
    "months_displaced": [3, 0, 0, 1],
    "wealth": [100, 50, 0, 25],
}


def test_a_population_of_one_s_own_arrives_from_a_table():
    model = built(arrivals="none", months=3, scale=1)
    assert (len(model.agents), model.displaced) == (0, 0)
    frame = pd.DataFrame(GIVEN)
    brought = Notes.from_dataframe(model, frame, seen=2)
    assert len(brought) == len(model.agents) == 4
    persons = [10, 60, 30, 120]
    for name, wanted in {**GIVEN, "persons": persons, "seen": [2] * 4}.items():
        if name in ("women_18_64", "girls", "men_65"):
            found = [view.members_by_kind[PersonKind[name.upper()]] for view in brought]
        elif name == "status":
            found = [view.status.name.lower() for view in brought]
        else:
            found = (
                pytest.approx(brought.get(name).tolist()) if name == "ties" else brought.get(name).tolist()
            )
        assert found == wanted, name
    assert len(set(brought.get("household_id"))) == len(set(brought.get("attachment"))) == 4
    assert (brought.get("schooling") > Schooling.NO_MINORS).tolist() == [False, True, False, True]
    assert [view.cohort for view in brought] == [2, 5, 5, 4]
    model.step()
    flows = model.results().tables["flows"]
    arrived = flows[(flows["kind"] == "arrival") & (flows["persons"] > 0)]
    assert arrived.set_index("to_place")["persons"].to_dict() == {"NL": 40, "DE": 60, "PL": 120}
    assert model.agents.agg("persons", sum) >= sum(persons)
    model.run_model()
    again = built(arrivals="none", months=3, scale=1)
    Notes.create_agents(again, 4, **GIVEN, seen=2)
    again.run_model()
    assert tables(again) == tables(model)


def test_what_is_left_out_is_as_of_other_arrivals(model):
    before, households = model.displaced, len(model.agents)
    brought = Notes.create_agents(model, 300, place="NL")
    assert len(model.agents) == households + 300
    assert set(brought.get("place")) == {"NL"}
    assert set(brought.get("stands_for")) <= set(model.agents.select(place="NL").get("stands_for"))
    assert len(set(brought.get("origin"))) > 10
    assert 1.5 < brought.agg("members", np.mean) < 3.5
    assert set(brought.get("employed")) == {0}
    assert brought.get("contacts").max() >= 0
    model.step()
    assert model.displaced > before
    assert set(brought.get("months_displaced")) == {1}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "place: a host code"),
        ({"place": "XX"}, "row 0, place: found 'XX'"),
        ({"place": "UA"}, "place: found 'UA'"),
        ({"place": "NL", "origin": "UA99"}, "origin: found 'UA99'"),
        ({"place": "NL", "girls": -1}, "girls: found -1"),
        ({"place": "NL", "girls": 0}, "nobody lives"),
        ({"place": "NL", "girls": 0.5}, "girls: found 0.5"),
        ({"place": "NL", "girsl": 1}, "'girls'"),
        ({"place": "NL", "stands_for": 0}, "stands_for: found 0"),
        ({"place": "NL", "status": "protected"}, "status: found 'protected'"),
        ({"place": "NL", "ties": [0.5, 3.0]}, "ties: found 3"),
        ({"place": "NL", "choice": 1}, "choice cannot be given"),
        ({"place": "NL", "unique_id": 1}, "unique_id cannot be given"),
    ],
)
def test_households_that_cannot_be_are_refused_and_nothing_changes(model, given, said):
    before, flows = model.agents.to_frame(), model.simulation.state.history.flows.copy()
    with pytest.raises(EweaError, match=said):
        Notes.create_agents(model, 2, **given)
    pd.testing.assert_frame_equal(model.agents.to_frame(), before)
    assert (model.simulation.state.history.flows == flows).all()
    assert tables(model) == tables(built(NotesModel))
    model.step()
    assert tables(model) == tables(built(NotesModel, 3))


def seeded(model):
    model.run_for(4)
    return tables(model)


@pytest.mark.parametrize(
    "make",
    [
        *(lambda: 7, lambda: np.int64(7), lambda: np.random.SeedSequence(7)),
        *(np.random.default_rng, lambda: None, lambda: np.random.MT19937(3)),
    ],
)
def test_the_seed_of_mesa_repeats_the_run(make):
    model = built(rng=make(), months=0)
    assert model._seed == model.run_seed == model.scenario.rng
    asked = model._seed
    assert seeded(model) == seeded(built(rng=asked, months=0)) != seeded(built(rng=asked + 1, months=0))
    one, other = built(rng=make(), months=0), built(rng=asked, months=0)
    assert isinstance(one.random.random(), float)
    assert other.random.random() == built(rng=asked, months=0).random.random()


def test_reset_rng_gives_the_months_to_come_another_seed():
    usual = seeded(built(rng=7, months=0))
    for change in (lambda m: m.reset_rng(8), lambda m: m.reset_rng(np.random.default_rng(8))):
        model = built(rng=7, months=0)
        before = model._rng
        change(model)
        assert model._rng != before
        assert seeded(model) != usual
    same = built(rng=7, months=0)
    drawn = same.rng.random(3)
    same.reset_rng()
    assert (same.rng.random(3) == drawn).all()
    assert seeded(same) == usual
    model = built(rng=7, months=0)
    with pytest.warns(FutureWarning, match="rng"):
        model.reset_randomizer(8)
    assert (model._seed, model.run_seed) == (8, 8)
    assert seeded(model) != usual
    with pytest.raises(EweaError, match="rng: found -1"):
        model.reset_rng(-1)


def test_time_is_that_of_mesa(model):
    heard = []

    def listen(signal):
        heard.append(signal)

    model.observe("time", ObservableSignals.CHANGED, listen)
    model.step()
    assert (model.steps, model.time, len(heard)) == (3, 3.0, 1)
    model.run_for(0.5)
    assert (model.steps, model.time) == (3, 3.5)
    model.run_until(5)
    assert (model.steps, model.time, model.month) == (5, 5.0, "2022-08")
    with pytest.warns(RuntimeWarning, match="larger"):
        model.run_until(1)


def test_events_at_their_time(model):
    calls = []
    at, after, gone, every = (partial(calls.append, name) for name in ("at", "after", "gone", "every"))
    model.schedule_event(at, at=4)
    model.schedule_event(after, after=0.5)
    model.schedule_event(gone, at=3).cancel()
    beat = model.schedule_recurring(every, Schedule(interval=0.5, start=2.5, count=5))
    model.run_until(3)
    assert calls == ["after", "every", "every"]
    beat.stop()
    model.run_until(4.5)
    assert calls == ["after", "every", "every", "at"]
    for wrong in ({"at": 1}, {}, {"at": 5, "after": 1}):
        with pytest.raises(ValueError, match=r"past|one of"):
            model.schedule_event(print, **wrong)
    with pytest.raises(ValueError, match="past"):
        model.schedule_recurring(print, Schedule(interval=1, start=1))


class MyScenario(Scenario):
    """A scenario with fields of its own."""

    scale: int = SMALL["scale"]
    households_per_host: int = 4
    until: str = "2022-06"
    return_hazard: float = 0.02


def test_scenarios_of_mesa_say_what_the_model_is():
    asked = MyScenario(rng=7, return_hazard=0.03)
    model = DisplacementModel(scenario=asked)
    assert (model.scenario, asked.model, model.run_seed, model.month) == (asked, model, 7, "2022-03")
    assert (model.settings.scale, model.world.coefficients["return_hazard"]) == (SMALL["scale"], 0.03)
    with pytest.raises(ValueError, match="during model run"):
        asked.scale = 3
    model.run_model()
    same = built(return_hazard=0.03, rng=7, until="2022-06", months=0)
    same.run_model()
    assert tables(same) == tables(model)
    assert model.agents.to_list()[0].scenario is asked
    back = pickle.loads(pickle.dumps(MyScenario(rng=1)))
    assert (back.rng, back.until) == (1, "2022-06")


def test_the_scenario_of_a_model_makes_another():
    # rtb_end is the id of a scenario of the project; the fields of a scenario are arguments of the model.
    fields = {"id": "rtb_end", "until": "2026-03", "scale": 30_000, "households_per_host": 1}
    model = DisplacementModel(scenario=PolicyScenario(rng=3, **fields))
    assert (model.settings.scenario, model.run_seed, model.scenario.id) == ("rtb_end", 3, "rtb_end")
    with pytest.raises(EweaError, match=r"until: found '2026-01' as an argument and '2026-03'"):
        DisplacementModel(scenario=PolicyScenario(rng=3, **fields), until="2026-01")


def test_it_says_what_it_is(model):
    assert repr(model) == "<NotesModel baseline, seed 5, 2022-05>"
    assert repr(model.results()).startswith("<Results stocks (")
