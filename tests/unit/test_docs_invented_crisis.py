"""The invented crisis of the documentation: made, checked and run from its own configuration."""

import importlib.util
import json
import shutil
from pathlib import Path

import pytest

import ewea
from experiments.command_line import main

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def mine(tmp_path_factory):
    script = ROOT / "docs" / "invented_crisis.py"
    spec = importlib.util.spec_from_file_location("invented_crisis", script)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    root = tmp_path_factory.mktemp("invented") / "mine"
    shutil.copytree(ROOT / "configs", root)
    module.invent(root)
    return root


def test_every_file_fits(mine, capsys):
    assert main(["--configs", str(mine), "data", "check", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["valid"] is True
    assert "INVENTED" in (mine / "README.md").read_text("utf-8")


def test_it_runs(mine):
    found = ewea.run("baseline", scale=30000, seeds=1, until="2022-06", configs=mine)
    stock = found.to_xarray()["stock"]
    assert set(stock["host"].values) == {"DE", "NL", "NO", "PL", "elsewhere"}
    assert (stock.isel(day=-1) > 0).all()
