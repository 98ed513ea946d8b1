"""What Mesa promises of data collectors, batches, recorders and pages, asked of our model."""

import mesa
import numpy as np
import pytest
from mesa import DataCollector
from mesa.batchrunner import batch_run
from mesa_models import SMALL, Notes, NotesModel, built

from abm.errors import EweaError
from abm.mesa.agents import HostCountry, Household
from abm.mesa.model import DisplacementModel


def collected(model, **reporters):
    """Return a data collector of two months more."""
    model.datacollector = DataCollector(**reporters)
    model.run_for(2)
    return model.datacollector


def double(agent, factor):
    return agent.members * factor


def test_reporters_of_every_kind(model):
    found = collected(
        model,
        model_reporters={
            "lambda": lambda m: len(m.agents),
            "attribute": "displaced",
            "method": model.agents.__len__,
            "list": [double, [model.agents.to_list()[0], 2]],
            "set": "agents",
        },
        agent_reporters={
            "members": "members",
            "twice": [double, [2]],
            "call": Notes.describe,
            "seen": "seen",
        },
        agenttype_reporters={HostCountry: {"stock": "displaced"}, Household: {"place": "place"}},
    )
    frame = found.get_model_vars_dataframe()
    assert frame["attribute"].iloc[-1] == model.displaced
    assert frame["lambda"].tolist() == [len(kept) for kept in frame["set"]]
    assert frame["lambda"].iloc[0] < frame["lambda"].iloc[1] == len(model.agents)
    assert set(frame["list"]) == {2 * model.agents.to_list()[0].members}
    agents = found.get_agent_vars_dataframe()
    assert agents.index.names == ["Step", "AgentID"]
    assert (agents["twice"] == 2 * agents["members"]).all()
    assert agents.loc[4.0].index.tolist() == model.agents.get("unique_id").tolist()
    assert agents["call"].iloc[-1] == f"{model.agents.to_list()[-1].unique_id} is"
    assert agents.loc[4.0]["seen"].tolist() == model.agents.get("seen").tolist()
    assert len(found.get_agenttype_vars_dataframe(HostCountry)) == 2 * len(model.hosts)
    assert found.get_agenttype_vars_dataframe(Household).loc[4.0]["place"].tolist() == list(
        model.agents.get("place")
    )
    with pytest.warns(UserWarning, match="No agent-type"):
        assert found.get_agenttype_vars_dataframe(mesa.Agent).empty


def test_what_is_collected_does_not_change_later(model):
    found = collected(model, model_reporters={"by_host": "displaced_by_host", "set": "agents"})
    first = found.model_vars["by_host"][0].copy()
    kept = found.model_vars["set"][0]
    before = kept.get("unique_id").tolist()
    model.step()
    assert found.model_vars["by_host"][0] == first != found.model_vars["by_host"][-1]
    assert kept.get("unique_id").tolist() == before


def test_a_reported_view_brings_no_model_along(model):
    found = collected(
        model, agent_reporters={"host": "host", "friends": "acquaintances", "self": lambda a: a}
    )
    rows = found.get_agent_vars_dataframe().loc[4.0]
    assert {one.model for one in rows["self"]} == {model}
    assert {host for host in rows["host"] if host is not None} <= set(model.hosts)


@pytest.mark.parametrize(
    ("reporters", "error"),
    [
        ({"model_reporters": {"x": lambda m: m.nowhere}}, RuntimeError),
        ({"model_reporters": {"x": "nowhere"}}, AttributeError),
        ({"model_reporters": {"x": [1, []]}}, ValueError),
        ({"agent_reporters": {"x": "nowhere"}}, AttributeError),
        ({"agenttype_reporters": {int: {"x": "nowhere"}}}, (TypeError, ValueError)),
    ],
)
def test_reporters_that_cannot_be_are_refused(still, reporters, error):
    with pytest.raises(error):
        DataCollector(**reporters).collect(still)


def test_tables(model):
    found = DataCollector(tables={"moves": ["who", "where"]})
    found.add_table_row("moves", {"who": 1, "where": "NL"})
    found.add_table_row("moves", {"who": 2}, ignore_missing=True)
    assert found.tables["moves"]["where"] == ["NL", None]
    with pytest.raises(Exception, match="missing"):
        found.add_table_row("moves", {"who": 3})


class Collecting(NotesModel):
    """A model with reporters of households and hosts, as batches of Mesa want them."""

    def __init__(self, extra=0, **settings):
        super().__init__(**{**SMALL, **settings})
        self.extra = extra
        self.datacollector = DataCollector(
            model_reporters={"displaced": "displaced", "extra": "extra"},
            agent_reporters={"seen": "seen"},
            agenttype_reporters={HostCountry: {"stock": "displaced"}},
        )
        self.datacollector.collect(self)


def test_batches_have_a_row_for_every_agent_and_every_run():
    rows = batch_run(
        Collecting,
        {"extra": [1, 2], "until": "2022-05"},
        number_processes=1,
        rng=[3, 4],
        display_progress=False,
    )
    assert sorted({(row["RunId"], row["extra"], row["rng"]) for row in rows}) == [
        (0, 1, 3), (1, 2, 3), (2, 1, 4), (3, 2, 4),
    ]  # fmt: skip
    assert {row["Step"] for row in rows} == {2}
    hosts = [row for row in rows if row["RunId"] == 0 and "stock" in row]
    assert sum(row["stock"] for row in hosts) == hosts[0]["displaced"] > 0
    seen = [row["seen"] for row in rows if row["RunId"] == 0 and "seen" in row]
    assert sorted(set(seen)) == [0, 1]
    with pytest.raises(EweaError, match="rng=1"):
        batch_run(DisplacementModel, {"seed": 1, "until": "2022-05"}, rng=1, display_progress=False)


def test_recorders_on_households_and_hosts(model):
    of_hosts = model.data_registry.track_agents(model.hosts, "hosts", ["displaced", "code"])
    of_households = model.data_registry.track_agents(model.agents, "households", ["members", "seen"])
    assert len(of_hosts.data) == len(model.hosts)
    assert [row["members"] for row in of_households.data] == model.agents.get("members").tolist()


def test_the_numpy_recorder_leaves_columns_alone(model):
    before = model.agents.get("ties").tolist()
    for name in ("ties", "wealth"):
        with pytest.raises(EweaError, match="array of all already"):
            model.data_registry.track_agents_numpy(Household, f"recorder_{name}", name)
    assert [view.ties for view in built(NotesModel).agents] == before


def test_the_page_of_mesa_makes_the_model_anew(model):
    # SolaraViz puts an empty scenario of the same class in the place of one that is true.
    assert not model.scenario
    again = type(model)(scenario=model.scenario.id, scale=30_000, return_hazard=0.01, rng=4)
    assert (again.run_seed, again.settings.scale) == (4, 30_000)
    model.run_model()
    with pytest.warns(RuntimeWarning, match="nothing was simulated"):
        model.step()
    assert (model.running, np.isfinite(model.displaced)) == (False, True)
