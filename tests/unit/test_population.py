"""Who is abroad in a run: attributes that agree, margins that notice, the graph of contacts, the report."""

import json

import networkx as nx
import numpy as np
import pytest
from small_runs import small_run

from abm.codes import Employment, Housing, Schooling
from abm.data.folder import default_configs, load_settings
from abm.data.settings import RunSettings
from abm.factors import AXES
from abm.population.margins import Abroad
from abm.population.network import adjacency, mean_clustering, neighbours, network_shape
from experiments.command_line import main

CONFIGS = default_configs()


@pytest.fixture(scope="module")
def state(world):
    return small_run(world, start="2024-08", households_per_host=150).state


def test_the_rows_every_host_keeps_have_one_source():
    assert RunSettings().households_per_host == load_settings(CONFIGS).households_per_host_min


def test_nobody_is_abroad_before_the_first_month(world):
    assert not len(small_run(world).state.households)
    with pytest.raises(TypeError, match="start"):
        RunSettings(start=30)


def test_margins_notice_a_share_that_is_off(state):
    nl = state.world.hosts.ids.index("NL")
    margins = {m.name: m for m in Abroad(state).margins()}
    women, housing = margins["sex, all ages"], margins["housing"]
    # single hosts hold some fifty households, and their shares that chance
    off = np.abs(women.error_pp()[:, 0])
    assert np.average(np.nan_to_num(off), weights=women.base) < 5
    assert abs(housing.error_pp()[nl, 0]) < 15
    spoiled = small_run(state.world, start="2024-08", households_per_host=150).state
    rows = np.flatnonzero(spoiled.households["place"] == nl)
    spoiled.households["housing"][rows] = Housing.INDEPENDENT
    margin = next(m for m in Abroad(spoiled).margins() if m.name == "housing")
    assert margin.worst()[0] > 30
    assert margin.worst()[1] == nl


def test_attributes_of_a_household_agree(state):
    c = state.households.columns()
    minors = c.persons[:, 4:6].sum(axis=1)
    adults = c.persons[:, :4].sum(axis=1)
    assert ((c.schooling == Schooling.NO_MINORS) == (minors == 0)).all()
    assert ((c.employment == Employment.NONE) == (c.employed == 0)).all()
    assert (c.employed <= adults).all()
    assert (c.kin_hosts[:, 1][c.kin_hosts[:, 0] < 0] == -1).all()
    age = np.unravel_index(c.profile.astype(int), AXES)[0]
    assert (age == c.age_band).all()
    # Who turns 65 keeps the job in Ukraine; nobody comes with one who is older.
    new = (c.cohort == c.cohort.max()) & (c.place < state.n_hosts)
    assert c.works_remotely[new & (adults > 0)].any()
    assert (c.works_remotely[new & (adults == 0)] == 0).all()


def test_adjacency_is_the_table_of_contacts(state):
    edges = adjacency(state.households)
    assert edges.indptr.dtype == edges.indices.dtype == np.int32
    contacts = state.households["contacts"]
    for i in (0, 17, len(state.households) - 1):
        assert edges.indices[edges.indptr[i] : edges.indptr[i + 1]].tolist() == sorted(
            set(contacts[i].tolist()) - {-1}
        )


def test_clustering_is_that_of_networkx(state):
    edges = adjacency(state.households)
    graph = nx.Graph(zip(edges.sources().tolist(), edges.indices.tolist(), strict=True))
    found, degree = nx.clustering(graph), dict(graph.degree())
    expected = np.mean([share for i, share in found.items() if degree[i] > 1])
    assert mean_clustering(neighbours(edges), sample=10**9) == pytest.approx(expected)


def test_contacts_prefer_the_own_origin(state):
    shape = network_shape(state.households, state.n_hosts)
    assert shape.contacts_mean > 3.0
    assert shape.same_origin_share > 2 * shape.same_origin_by_chance


def test_report_as_json_has_every_row(capsys, world):
    assert main(["population", "report", "--scale", "5000", "--month", "2022-06", "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["month"] == "2022-06"
    rows = {(r["margin"], r["category"], r["host"]) for r in figures["margins"]}
    assert {("work", "employed", host) for host in (*world.hosts.ids, "ALL")} <= rows
    assert len(rows) == len(figures["margins"])
    largest = max(abs(r["error_pp"] or 0.0) for r in figures["margins"] if r["host"] != "ALL")
    assert largest == pytest.approx(figures["worst"]["error_pp"], abs=1e-3)
