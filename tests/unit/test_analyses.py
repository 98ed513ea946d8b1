"""The commands that read a finished sweep: their files, the same each time, and what they find."""

import json

import numpy as np
import pandas as pd
import pytest
from example_sweeps import sweep_of, table_with

from experiments.command_line import main
from experiments.ensemble.identity import canonical
from experiments.ensemble.tasks import TaskResult

TWO = """
  return_hazard: {parameter: return_hazard, spread: prior}
  cash: {parameter: benefit_choice, spread: prior}
"""
CUT = "{cut: {lever: benefit_level, place: NL, from: 2026-03-01, values: [null, 0.5, 0.2]}}"


@pytest.fixture(scope="module")
def sweep(tmp_path_factory):
    """Three policies in eight worlds whose numbers follow from their axes; the tutorial runs the engine."""
    folder = tmp_path_factory.mktemp("swept")
    sampling = "{method: sobol, size: 2, seed: 1}"
    sweep = sweep_of(folder, sampling=sampling, uncertainties=TWO, levers=CUT, until="2026-07")
    table = table_with(
        sweep, lambda t: 120_000 - 2e6 * t.return_hazard + 900 * t.cash + 5e3 * t.cut.fillna(1)
    )
    with sweep.open() as store:
        for task, row in zip(sweep.tasks(), table.drop(columns="world").to_dict("records"), strict=True):
            store.append([(canonical(task), TaskResult(store.key(task), row, None, 0.1))])
    return sweep


def written(sweep, capsys, folder, command, *options):
    """Run a command; return its JSON, which it prints and writes, and the names of its files."""
    place = ["--store", str(sweep.folder), "--out", str(folder), "--json"]
    assert main([command, str(sweep.path), *options, *place]) == 0
    printed = json.loads(capsys.readouterr().out)
    names = sorted(path.name for path in folder.iterdir())
    stem = next(name for name in names if name.endswith(".txt")).removesuffix(".txt")
    document = json.loads((folder / f"{stem}.json").read_text())
    assert {key: printed[key] for key in document} == document
    assert document["sentences"] == (folder / f"{stem}.txt").read_text().splitlines()
    return document, [name.removeprefix(stem) for name in names]


def test_what_drives_the_number_in_the_netherlands(sweep, tmp_path, capsys):
    folders = [tmp_path / "one", tmp_path / "two"]
    (found, files), again = (
        written(sweep, capsys, folder, "sensitivity", "--outcome", "stock_NL") for folder in folders
    )
    assert again == (found, files)
    for path in folders[0].iterdir():  # tables and figures are the same bytes each time
        assert path.read_bytes() == (folders[1] / path.name).read_bytes()
    assert files == ["-cells.csv", ".csv", ".json", ".png", ".svg", ".txt"]
    # More returns leave fewer people, whatever else: the strongest in all cells, and told apart.
    assert [cell["indices"][0]["input"] for cell in found["cells"]] == ["return_hazard"] * 3
    assert "With one seed" in " ".join(found["sentences"])


def test_many_people_stay_where_few_return(sweep, tmp_path, capsys):
    with sweep.open() as store:
        middle = round(float(np.median(store.read(["stock_NL"])["stock_NL"])), 1)
    found, files = written(sweep, capsys, tmp_path, "discover", "--when", f"stock_NL > {middle}")
    assert files == ["-boxes.csv", "-worlds.csv", ".csv", ".json", ".png", ".svg", ".txt"]
    assert (found["limits"][0]["input"], found["limits"][0]["low"]) == ("return_hazard", None)
    assert found["density"] > 0.7


def test_policies_are_compared_in_every_world(sweep, tmp_path, capsys):
    asked = ["--minimise", "stock_NL", "--maximise", "returns_NL", "--threshold", "stock_NL < 1_000_000"]
    found, files = written(sweep, capsys, tmp_path, "robust", *asked)
    assert files == [".csv", ".json", ".png", ".svg", ".txt"]
    assert (found["policies"], found["worlds"], len(found["rows"])) == (3, 8, 6)
    table = pd.DataFrame(found["rows"])
    assert (table["meets_share"] == 1).all()
    assert table.groupby("objective")["regret_mean"].min().ge(0).all()
    assert (table["regret_max"] >= table["regret_90"]).all()


@pytest.mark.parametrize(
    ("words", "store", "said"),
    [
        (["discover", "--when", "stock_NL > 1e9"], None, "holds in none of the 24 worlds"),
        (["robust"], None, "no objective: give --minimise or --maximise"),
        (["robust", "--minimise", "stock_NL", "--maximise", "stock_NL"], None, "stock_NL: named twice"),
        (["sensitivity"], "none", "no results yet"),
        (["discover", "--when", "stock_NL > 3"], "none", "no results yet"),
        (["robust", "--minimise", "stock_NL"], "none", "no results yet"),
    ],
)
def test_a_question_without_an_answer_leaves_no_file(sweep, tmp_path, capsys, words, store, said):
    command, *options = words
    place = ["--store", str(tmp_path / store if store else sweep.folder), "--out", str(tmp_path / "out")]
    assert main([command, str(sweep.path), *options, *place]) == 2
    assert said in " ".join(capsys.readouterr().err.split())
    assert list(tmp_path.iterdir()) == []
