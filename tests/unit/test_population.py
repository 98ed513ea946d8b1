"""The synthetic population: every margin met, seeds and months, the graph of contacts, the report."""

import json

import networkx as nx
import numpy as np
import pytest

from abm.codes import Employment, Housing, Schooling
from abm.data.folder import default_configs, load_settings, load_world
from abm.data.settings import RunSettings
from abm.decision.terms import AXES
from abm.months import month_index
from abm.population.creation import Creator, sequence_steps, stands_for
from abm.population.cross_section import balanced, binomial_cumulative, build_cross_section, stock_before
from abm.population.household_types import fit_type_shares, margin_rows, systematic_counts, type_counts
from abm.population.margins import CrossSection
from abm.population.network import adjacency, mean_clustering, neighbours, network_shape
from experiments.command_line import main
from experiments.population_report import BAR_PP

CONFIGS = default_configs()


@pytest.fixture(scope="module")
def world():
    return load_world(CONFIGS, month_index("2028-03"))


def population(world, month="2024-08", seed=1, scale=100):
    when = month_index(month)
    least = load_settings(CONFIGS).households_per_host_min
    creator = Creator(world, seed, stands_for(world, scale, least, stock_before(world, when)))
    return build_cross_section(creator, when)[0]


@pytest.fixture(scope="module")
def households(world):
    return population(world)


def test_the_rows_every_host_keeps_have_one_source():
    assert RunSettings().households_per_host == load_settings(CONFIGS).households_per_host_min


MISSED = pytest.mark.xfail(
    strict=True, reason="schooling in Liechtenstein is 1.05 points off: shipped fit, 2023-01, seed 2"
)


@pytest.mark.parametrize(
    ("month", "seed"),
    [
        ("2022-06", 1),
        pytest.param("2023-01", 2, marks=MISSED),
        ("2023-01", 3),
        ("2024-08", 1),
        ("2024-08", 7),
    ],
)
def test_every_share_of_every_host_is_met_within_the_bar(world, month, seed):
    measured = CrossSection(world, population(world, month, seed), month_index(month))
    for margin in measured.margins():
        worst, host, category = margin.worst()
        assert worst <= BAR_PP, (margin.name, world.hosts.ids[host], margin.categories[category], worst)
    assert np.abs(measured.persons().relative_error()).max() < 0.01


def test_margins_notice_a_share_that_is_off(world):
    spoiled = population(world)
    rows = np.flatnonzero(spoiled["place"] == world.hosts.ids.index("NL"))
    spoiled["housing"][rows] = Housing.INDEPENDENT
    margin = next(
        m for m in CrossSection(world, spoiled, month_index("2024-08")).margins() if m.name == "housing"
    )
    assert margin.worst()[0] > 30
    assert world.hosts.ids[margin.worst()[1]] == "NL"


def test_seeds_differ_and_repeat(world, households):
    again, other = population(world), population(world, seed=2)
    assert np.array_equal(again["origin"], households["origin"])
    assert not np.array_equal(other["origin"][:500], households["origin"][:500])


def test_attributes_of_a_household_agree(world, households):
    c = households.columns()
    minors = c.persons[:, 4:6].sum(axis=1)
    adults = c.persons[:, :4].sum(axis=1)
    assert ((c.schooling == Schooling.NO_MINORS) == (minors == 0)).all()
    assert ((c.employment == Employment.NONE) == (c.employed == 0)).all()
    assert (c.employed <= adults).all()
    assert (c.kin_hosts[:, 1][c.kin_hosts[:, 0] < 0] == -1).all()
    assert (c.months_here == month_index("2024-07") - c.cohort).all()
    age = np.unravel_index(c.profile.astype(int), AXES)[0]
    assert (age == c.age_band).all()
    assert (c.works_remotely[adults == 0] == 0).all()


def test_attributes_are_independent_of_each_other(world, households):
    # Ranks of one attribute must not follow those of another: 4 standard errors of a correlation.
    rows = households["place"] == world.hosts.ids.index("DE")
    names = ("income", "employed", "cohort", "housing")
    table = np.corrcoef(np.stack([households[name][rows].astype(float) for name in names]))
    assert np.abs(table[np.triu_indices(len(names), 1)]).max() < 4 / np.sqrt(rows.sum())


def test_persons_are_exact_in_small_hosts(world):
    types, shares = world.composition.household_types, None
    shares = fit_type_shares(world.composition, world.composition.stock[31])[0]
    rough = systematic_counts(shares, 80, 0.3) @ margin_rows(types)
    counts = type_counts(types, shares, 190.0, 0.3)
    assert abs(counts @ types.sum(axis=1) - 190) <= 1
    wanted = shares @ margin_rows(types) * counts.sum()
    assert np.abs(counts @ margin_rows(types) - wanted).max() < np.abs(rough - wanted).max()
    assert (counts >= 0).all()


def test_balanced_shares_hold_among_persons():
    n = 90
    weight = 1.0 + np.arange(n) % 5
    shares = np.array([[0.2, 0.7, 1.0]])
    found = balanced(np.arange(n) * sequence_steps(1)[0] % 1, weight, np.zeros(n, np.int64), shares)
    built = np.bincount(found, weights=weight) / weight.sum()
    assert np.abs(built - [0.2, 0.5, 0.3]).max() < 0.005
    assert len(balanced(np.zeros(0), np.zeros(0), np.zeros(0, np.int64), shares)) == 0


def test_workers_of_a_household_are_binomial():
    assert np.allclose(np.diff(binomial_cumulative(3, 0.2)[3], prepend=0.0), [0.512, 0.384, 0.096, 0.008])


def test_adjacency_is_the_table_of_contacts(households):
    edges = adjacency(households)
    assert edges.indptr.dtype == edges.indices.dtype == np.int32
    contacts = households["contacts"]
    for i in (0, 17, len(households) - 1):
        assert edges.indices[edges.indptr[i] : edges.indptr[i + 1]].tolist() == sorted(
            set(contacts[i].tolist()) - {-1}
        )
    assert not (edges.sources() == edges.indices).any()


def test_clustering_is_that_of_networkx(households):
    edges = adjacency(households)
    graph = nx.Graph(zip(edges.sources().tolist(), edges.indices.tolist(), strict=True))
    found, degree = nx.clustering(graph), dict(graph.degree())
    expected = np.mean([share for i, share in found.items() if degree[i] > 1])
    assert mean_clustering(neighbours(edges), sample=10**9) == pytest.approx(expected)


def test_contacts_prefer_the_own_origin_and_host(world, households):
    shape = network_shape(households, len(world.hosts.ids))
    assert shape.contacts_mean > 3.9
    assert shape.same_origin_share > 3 * shape.same_origin_by_chance
    assert 0.8 < shape.same_host_share < 1.0


@pytest.mark.parametrize("options", [[], pytest.param(["--month", "2023-01", "--seed", "2"], marks=MISSED)])
def test_report_prints_its_verdict(capsys, options):
    assert main(["population", "report", *options]) == 0
    text = capsys.readouterr().out
    assert text.strip().splitlines()[-1].startswith("PASS: worst share off by 0.")


def test_report_as_json_has_every_row(capsys, world):
    assert main(["population", "report", "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["month"] == "2024-08"
    assert figures["passed"] is True
    rows = {(r["margin"], r["category"], r["host"]) for r in figures["margins"]}
    assert {("work", "employed", host) for host in (*world.hosts.ids, "ALL")} <= rows
    assert len(rows) == len(figures["margins"])
    largest = max(abs(r["error_pp"]) for r in figures["margins"] if r["host"] != "ALL")
    assert largest == pytest.approx(figures["worst"]["error_pp"], abs=1e-3)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--month", "2024-10"], "--month: found 2024-10"),
        (["--month", "2022-02"], "--month: found 2022-02"),
        (["--month", "soon"], "--month"),
        (["--scale", "0"], "scale: found 0"),
        (["--seed", "-1"], "'--seed': found -1"),
    ],
)
def test_wrong_options_are_refused(capsys, options, said):
    assert main(["population", "report", *options]) == 2
    assert said in capsys.readouterr().err
