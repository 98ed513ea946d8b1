"""The invented crisis of the documentation: made, checked and run from its own configuration."""

import importlib.util
import json
import shutil
from pathlib import Path

import pytest

import ewea
from experiments.command_line import main

ROOT = Path(__file__).parents[2]


def invented(root, hosts=None):
    """Make the crisis of the documentation, or one of other hosts."""
    spec = importlib.util.spec_from_file_location("invented_crisis", ROOT / "docs" / "invented_crisis.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    shutil.copytree(ROOT / "configs", root)
    module.HOSTS = hosts or module.HOSTS
    module.invent(root)
    return root


@pytest.fixture(scope="module")
def mine(tmp_path_factory):
    return invented(tmp_path_factory.mktemp("invented") / "mine")


def test_every_file_fits(mine, capsys):
    assert main(["--configs", str(mine), "data", "check", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["valid"] is True
    assert "INVENTED" in (mine / "README.md").read_text("utf-8")


def test_it_runs(mine):
    found = ewea.run("baseline", scale=30000, seeds=1, until="2022-06", configs=mine)
    stock = found.to_xarray()["stock"]
    assert set(stock["host"].values) == {"DE", "NL", "NO", "PL", "elsewhere"}
    assert (stock.isel(day=-1) > 0).all()


def test_without_the_netherlands_summaries_speak_of_the_largest_host(tmp_path, capsys, caplog):
    mine = invented(tmp_path / "mine", {"CZ", "DE", "NO", "PL", "elsewhere"})
    for path in (mine / "levers").glob("transition_permit_nl*"):
        path.unlink()
    asked = ["--scale", "30000", "--seeds", "1", "--until", "2022-06", "--out", str(tmp_path / "run")]
    assert main(["--configs", str(mine), "run", "baseline", *asked]) == 0
    said = capsys.readouterr().out
    assert "live in Germany" in said.replace("\n", " ")
    figures = json.loads((tmp_path / "run" / "summary.json").read_text("utf-8"))
    assert list(figures["groups"]) == ["DE", "EU", "ALL"]
    assert list(figures["places"]) == ["DE"]
    # What is left of the Netherlands elsewhere in the folder is told.
    assert "place_cost_eur_month.NL: found 'NL'" in caplog.text
