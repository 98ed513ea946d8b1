"""The public door: results equal those of the command line, come back from disk, and carry units."""

import json
import logging
import shutil
import subprocess
import sys
import textwrap

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import xarray as xr

import ewea
from abm.data.folder import default_configs
from abm.data.settings import RunSettings
from abm.policy.scenario import scenario_world
from experiments import uncertainty
from experiments.command_line import main
from experiments.ensemble.identity import run_identity, run_name

SMALL = {"scale": 30_000, "seeds": 2, "threads": 1}
UNTIL = "2026-03"


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """A run with its folder, and what progress said."""
    told = []
    place = tmp_path_factory.mktemp("api") / "run"
    found = ewea.run(until=UNTIL, out=place, progress=lambda done, total: told.append((done, total)), **SMALL)
    return found, told


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    place = tmp_path_factory.mktemp("api") / "compared"
    return ewea.compare("baseline", "national_ends_2027", until="2027-06", places=["NL"], out=place, **SMALL)


def test_a_run_is_that_of_the_command_line_and_comes_back_from_disk(ran, tmp_path, capfd):
    found, told = ran
    words = [
        "--scale",
        "30000",
        "--seeds",
        "2",
        "--until",
        UNTIL,
        "--threads",
        "1",
        "--out",
        str(tmp_path / "run"),
    ]
    assert main(["run", *words]) == 0
    for path in sorted(found.folder.glob("*.parquet")):
        assert path.read_bytes() == (tmp_path / "run" / path.name).read_bytes(), path.name
    again = ewea.load_results(found.folder)
    xr.testing.assert_identical(again.to_xarray(), found.to_xarray())
    for table in found.tables:
        pd.testing.assert_frame_equal(again.to_pandas(table), found.to_pandas(table))
    assert again.provenance == json.loads(json.dumps(found.provenance))
    assert again.summary == json.loads(json.dumps(found.summary))
    months = 2 * 48
    assert told == [(done, months) for done in range(months + 1)]


def test_series_balance_and_every_variable_has_a_unit(ran):
    series = ran[0].to_xarray()
    inflow = series["from_ukraine"] + series["between"].sum("host").rename(to_host="host")
    outflow = series["to_ukraine"] + series["between"].sum("to_host")
    change = series["stock"].diff("day").to_numpy()
    assert (change == (inflow - outflow).to_numpy()).all()
    assert change.any()
    flows = ran[0].to_pandas("flows")
    for name, kind in (("arrivals", "arrival"), ("returns", "return")):
        assert int(series[name].sum()) == flows.loc[flows["kind"] == kind, "persons"].sum() > 0
    assert (series["from_ukraine"] >= series["arrivals"]).all()
    assert (series["to_ukraine"] >= series["returns"]).all()
    assert all(variable.attrs["units"] for variable in series.data_vars.values())
    assert str(series["day"].to_numpy()[-1]).startswith(UNTIL)


def test_a_table_says_its_units_and_where_it_comes_from(ran, compared):
    for path in [*ran[0].folder.glob("*.parquet"), *compared.folder.glob("*.parquet")]:
        about = json.loads(pq.read_schema(path).metadata[b"ewea"])
        assert about["units"].keys() <= set(pq.read_schema(path).names)
        assert about["units"]
        assert about["provenance"]["settings"]["seeds"] == [1, 2]
        assert about["provenance"]["config_digest"] == ran[0].provenance["config_digest"]


def test_a_comparison_is_the_same_live_and_from_disk(compared):
    again = ewea.load_results(compared.folder)
    pd.testing.assert_frame_equal(again.to_pandas(), compared.to_pandas())
    cube = compared.to_xarray()["difference"]
    assert cube.dims == ("scenario", "seed", "outcome", "host")
    rows = compared.to_pandas()
    mine = rows[(rows["seed"] == 2) & (rows["outcome"] == "stock") & (rows["host"] == "NL")]
    assert float(cube.sel(seed=2, outcome="stock", host="NL").item()) == mine["difference"].item()
    assert set(compared.summary["stock"]) == {"NL"}


def test_two_questions_never_share_one_folder(compared):
    """What decides the bytes decides the name of the folder: parameters, places, sensitivity ..."""
    world = scenario_world(default_configs(), 60)
    usual = RunSettings()
    others = {
        "scale": 7, "until": 40, "arrivals": "modelled", "households_per_host": 7, "known_until": 30,
        "clean_ups": False, "shocks": True, "parameters": "posterior", "scenario": "rtb_end",
    }  # fmt: skip
    assert {*others, "threads"} == set(vars(usual))  # a new setting is part of it, or this test fails
    names = {run_name(run_identity(world, usual, (1, 2))), run_name(run_identity(world, usual, (2, 1)))}
    for name, value in others.items():
        names.add(run_name(run_identity(world, RunSettings(**{name: value}), (1, 2))))
    assert len(names) == len(others) + 2
    assert run_name(run_identity(world, RunSettings(threads=4), (1, 2))) in names
    assert {"compared", "places", "sensitivity", "comparison_digest"} <= set(compared.provenance)


def test_the_law_and_the_posterior_carry_names_units_and_priors(tmp_path):
    law = ewea.law("2024-09-01", place="NL")
    assert law.to_xarray().sizes == {"number": len(law.to_pandas())}
    assert law.to_pandas()["unit"].ne("").all()
    found = ewea.posterior()
    tree = xr.open_datatree(found.save(tmp_path / "posterior.nc"), engine="h5netcdf")
    with tree:
        hazard = tree["posterior"]["return_hazard"]
        assert hazard.dims == ("chain", "draw")
        assert (hazard.to_numpy()[0] == found.to_pandas()["return_hazard"].to_numpy()).all()
        assert hazard.attrs["units"] == "1/month"
        low, high = hazard.attrs["prior_low"], hazard.attrs["prior_high"]
        inside = np.mean((tree["prior"]["return_hazard"] > low) & (tree["prior"]["return_hazard"] < high))
        assert abs(float(inside) - 0.9) < 0.03
        assert all(variable.attrs["units"] for variable in tree["posterior"].data_vars.values())


def test_a_published_forecast_is_read_and_a_changed_one_is_refused(tmp_path):
    path = next((default_configs().parent / "docs" / "forecasts").glob("*.csv"))
    found = ewea.load_results(path)
    rows = found.to_pandas().set_index(["place", "month", "quantity"])
    month = found.table["month"].iloc[0]
    cube = found.to_xarray()["people"].sel(place="NL", end=0.5, month=month)
    assert cube.item() == rows.loc[("NL", month, "people"), "median"]
    (tmp_path / path.name).write_text(path.read_text().replace("\nAT,", "\nBE,", 1))
    with pytest.raises(ewea.EweaError, match="hash"):
        ewea.load_results(tmp_path / path.name)


def test_a_sweep_is_a_cube_of_worlds_and_seeds(tmp_path):
    found = ewea.sweep(_design(tmp_path), out=tmp_path / "store", workers=1)
    cube = found.to_xarray()
    assert cube["stock_NL"].dims == ("world", "seed")
    row = found.to_pandas().iloc[-1]
    assert cube["stock_NL"].sel(world=row["world"], seed=row["seed"]).item() == row["stock_NL"]
    assert cube["benefit"].sel(world=row["world"]).item() == pytest.approx(row["benefit"])
    assert found.query("SELECT count(*) AS n FROM results")["n"].item() == len(found.to_pandas())
    assert ewea.sweep(_design(tmp_path), out=tmp_path / "store").summary["skipped"] == 4
    with pytest.raises(ewea.EweaError, match="out=folder"):
        ewea.load_results(tmp_path / "store")


def _design(folder):
    path = folder / "two.yaml"
    path.write_text(
        textwrap.dedent(
            """
            id: two
            label: "Two benefits"
            question: "Does the benefit of the Netherlands matter?"
            constants: {scale: 30000, households_per_host: 5, until: 2026-06, parameters: central}
            levers:
              benefit: {lever: benefit_level, place: NL, from: 2026-02-01, values: [0.5, 1.0]}
            sampling: {method: grid}
            seeds: {first: 1, count: 2}
            outcomes: [{outcome: stock, place: NL}]
            """
        )
    )
    return path


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: ewea.run("rtb_ende"), "rtb_ende"),
        (lambda: ewea.run(until="2027-13"), "until: found '2027-13'"),
        (lambda: ewea.run(seeds=0), "seeds: found 0"),
        (lambda: ewea.run(checkpoint=0), "checkpoint: found 0"),
        (lambda: ewea.law("tomorrow"), "on: found 'tomorrow'"),
        (lambda: ewea.law(place="Holland"), "Holland"),
        (lambda: ewea.posterior("bassline"), "fit: found 'bassline'"),
        (lambda: ewea.run(configs="nowhere"), "nowhere"),
    ],
)
def test_a_mistake_is_one_clear_error(call, said):
    with pytest.raises(ewea.EweaError, match=said):
        call()


def test_a_changed_table_is_refused(ran, tmp_path):
    shutil.copytree(ran[0].folder, tmp_path / "run")
    path = tmp_path / "run" / "flows.parquet"
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(ewea.EweaError, match=r"flows\.parquet: changed"):
        ewea.load_results(tmp_path / "run")


def test_a_script_without_a_guard_runs_in_processes_and_prints_nothing(tmp_path):
    (tmp_path / "script.py").write_text(
        "import ewea\newea.run(scale=30_000, seeds=2, until='2022-05', threads=2)\n"
    )
    done = subprocess.run(
        [sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert list(tmp_path.iterdir()) == [tmp_path / "script.py"]


def test_notices_go_to_logging(caplog):
    uncertainty._say.cache_clear()
    with caplog.at_level(logging.WARNING):
        uncertainty._say("something to know")
    assert caplog.messages == ["something to know"]
