"""The policy search: known fronts, the same for any number of workers, resumed as if never stopped."""

import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from abm.data.folder import default_configs
from abm.errors import ConfigError, EweaError
from experiments.analysis.pareto import NOW, first_packages, front, hypervolumes, search_packages, simplest
from experiments.analysis.running import run_pareto
from experiments.analysis.search import list_searches, load_search, search_ids, sweep_of
from experiments.ensemble.store import Store

TINY = """
id: tiny
label: "A tiny search"
question: "Does a search run?"
constants: {{scale: 5000, households_per_host: 20, until: 2027-05}}
scenarios: [baseline]
levers:
  end: {{lever: protection_end, place: EU, from: 2026-12-01, {end}, current: 2028-03}}
  permit: {{lever: transition_permit_nl, place: NL, from: 2026-12-01, values: [0, 1], current: 0}}
  benefit: {{lever: benefit_level, place: NL, from: 2027-01-01, {cash}, current: {now}}}
objectives:
  - {{outcome: without_title, place: NL, resolution: 100}}
  - {{outcome: public_cost, place: {place}, resolution: 1}}
population: {population}
generations: {generations}
seed: 3
seeds: {{first: 1, count: 1}}
"""


def written(folder: Path, **changes) -> str:
    usual = {"population": 4, "generations": 3, "place": "NL", "now": 1}
    usual["end"] = "low: 2027-03, high: 2029-03, step: 12"
    usual["cash"] = "low: 0.5, high: 1.5, step: 0.25"
    folder.mkdir(exist_ok=True)
    path = folder / "tiny.yaml"
    path.write_text(TINY.format(**{**usual, **changes}))
    return str(path)


# --- the search alone, on functions whose front is known


def of_convex(generations=25, seed=5):
    """Return a search on the two goals, and what it asked, generation by generation."""
    calls = []

    def asked(packages, generation):
        """Two goals that pull one lever apart, as in Schaffer (1985); two more levers only do harm."""
        calls.append((generation, [tuple(row) for row in packages.tolist()]))
        x, harm = packages[:, 0].astype(float), packages[:, 1] + packages[:, 2]
        return np.stack([x**2 + harm, (x - 6) ** 2 + harm], axis=1)

    sizes = {"population": 12, "generations": generations, "seed": seed}
    return search_packages([11, 5, 5], [10, 4, 4], lambda values: values, asked, **sizes), calls


@pytest.fixture(scope="module")
def convex_search():
    return of_convex()


def test_the_known_front_of_a_function_is_found_and_every_package_asked_once(convex_search):
    tried, calls = convex_search
    on_front = {tuple(row) for row in tried.packages[front(tried.values)].tolist()}
    assert on_front == {(x, 0, 0) for x in range(7)}
    asked = [package for _, packages in calls for package in packages]
    assert len(asked) == len(set(asked)) == len(tried.packages) < 11 * 5 * 5
    assert asked[0] == (10, 4, 4)  # the package in force comes first
    assert [number for number, _ in calls] == sorted({number for number, _ in calls})


def test_the_search_depends_on_its_seed_only_and_goes_on_as_if_never_stopped(convex_search):
    half, other = (of_convex(generations=5, seed=seed)[0].packages for seed in (5, 6))
    assert (convex_search[0].packages[: len(half)] == half).all()
    assert not np.array_equal(other, half)


def test_the_front_is_what_no_other_row_beats():
    rng = np.random.default_rng(1)
    goals = rng.integers(0, 6, (80, 3)).astype(float)
    beaten = [any((b <= a).all() and (b < a).any() for b in goals) for a in goals]
    assert front(goals).tolist() == [not one for one in beaten]


def test_of_equal_packages_the_one_that_changes_least_stays():
    goals = np.array([[1.0, 2.0], [1.0, 2.0], [0.0, 3.0]])
    packages = np.array([[1, 1], [0, 1], [1, 0]])
    assert simplest(goals, packages, [0, 0]).tolist() == [False, True, True]
    chosen = first_packages([2, 3], [1, 2], 6, seed=1)  # no package twice
    assert sorted(map(tuple, chosen.tolist())) == list(itertools.product(range(2), range(3)))


def test_hypervolume_is_the_share_of_the_box_that_is_beaten():
    goals = np.array([[0.0, 4.0], [4.0, 0.0], [1.0, 2.0], [2.0, 1.0]])
    # In units of the box: (1/4, 1/2) beats 3/4 x 1/2; (1/2, 1/4) the same; both overlap in 1/2 x 1/2.
    assert hypervolumes(goals, np.array([1, 1, 2, 3])) == pytest.approx([0.0, 0.375, 0.5])
    assert hypervolumes(np.ones((3, 2)), np.array([1, 1, 2])).tolist() == [0.0, 0.0]


# --- the whole way: model, runner, store, files


def searched(path, out, **how):
    return run_pareto(default_configs(), path, out=out, quiet=True, **({"scheduler": "serial"} | how))


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    return searched(written(folder), folder / "out"), folder / "out"


TABLES = ("pareto.csv", "tried.csv", "convergence.csv")
FILES = (*TABLES, "pareto.txt", "pareto.json", "pareto.png", "pareto.svg")


def contents(folder):
    return {name: (folder / name).read_bytes() for name in FILES}


def test_a_search_writes_its_front_and_runs_no_world_twice(whole):
    found, out = whole
    table = pd.read_csv(out / "pareto.csv", keep_default_na=False)
    assert table.loc[0, ["package", "policy"]].tolist() == [NOW, "current policy"]
    assert len(table) > 1
    assert found.of_run["done"] == len(found.tables["tried"]) == len(Store.reading(out / "runs").keys())
    assert {path.name for path in out.iterdir()} == {*FILES, "runs"}
    assert (np.diff(found.tables["convergence"]["hypervolume"]) >= 0).all()
    assert any("configs/outcomes.yaml" in sentence for sentence in found.sentences)
    best = found.tables["pareto"]["without_title_NL"].min()
    assert best == found.tables["tried"]["without_title_NL"].min()


def test_a_search_stopped_half_way_ends_with_the_same_files_with_any_number_of_workers(whole, tmp_path):
    found, finished = whole
    designs, out = tmp_path / "designs", tmp_path / "out"
    first = searched(written(designs, generations=2), out)
    rest = written(designs)
    with pytest.raises(EweaError, match=r"holds \d+ runs of this search. Give --resume"):
        searched(rest, out)
    second = searched(rest, out, resume=True, scheduler=None, workers=2)
    assert second.of_run["skipped"] == first.of_run["done"]
    assert second.of_run["done"] == found.of_run["done"] - first.of_run["done"] > 0
    assert contents(out) == contents(finished)
    with pytest.raises(EweaError, match="the design has changed"):
        searched(written(designs, end="low: 2028-01, high: 2028-07, step: 2"), out, resume=True)


# --- bad input


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"end": "low: 2028-01, high: 2028-05, step: 3"}, "step 3 does not lead from 2028-01 to 2028-05"),
        ({"end": "low: 2028-05, high: 2028-01, step: 2"}, "low 2028-05 must lie below high 2028-01"),
        ({"end": "low: 2028-01, high: 4, step: 2"}, "both be numbers, or both be months"),
        ({"end": "low: 2028-01, high: 2028-05"}, "give low, high and step together"),
        ({"end": "low: 2023-04, high: 2035-12, step: 0.5"}, "at most 200"),
        ({"end": "values: [2028-03, 2028-03]"}, "a level stands twice"),
        ({"end": "values: [2028-05, 2028-07]"}, "current: found '2028-03', which is none of the levels"),
        ({"now": 0.75}, r"levers.benefit.current: found 0.75; in force in NL on 2027-01-01 is 1"),
        ({"population": 30}, "the levers allow 30 packages only; .*method grid"),
        ({"place": "DE"}, "no price of a place for DE"),
        ({"end": "low: 2022-05, high: 2028-05, step: 2"}, "allowed are 2023-03 to 2036-12"),
    ],
)
def test_a_wrong_search_is_refused_with_its_line(tmp_path, changes, message):
    path = written(tmp_path, **changes)
    with pytest.raises(ConfigError, match=message) as caught:
        sweep_of(*load_search(path), default_configs())
    assert f"{path}:" in str(caught.value)


def test_an_unknown_search_is_refused(tmp_path):
    other = Path(written(tmp_path)).rename(tmp_path / "other.yaml")
    for name, said in (
        ("pareto_xx", r"'pareto_xx' is not a search; there are .*pareto_nl"),
        (str(tmp_path / "absent.yaml"), "no such file"),
        (str(other), r"other.yaml:2: id: found 'tiny'; must be the file name 'other'"),
    ):
        with pytest.raises(EweaError, match=said):
            load_search(name)


@pytest.mark.parametrize("name", search_ids())
def test_ready_searches_fit_the_model(name):
    found, path = load_search(name)
    assert sweep_of(found, path, default_configs()).design.id == name
    assert name in [one["id"] for one in list_searches()]
