import json

import matplotlib.image
import numpy as np
import pytest
from example_run import HOSTS, LAST_DATA, START, UNTIL, arrow_tables, example_tables, example_world
from matplotlib.font_manager import fontManager

from abm.data.folder import default_configs
from abm.data.settings import RunSettings
from abm.months import month_label
from experiments.figures import draw_all
from experiments.figures.style import WEIGHTS, teach_matplotlib
from experiments.run_tables import run_series
from experiments.summary import print_summary, summarise_run

SETTINGS = RunSettings(scale=100)


def series_of(seeds, until=UNTIL):
    return run_series(arrow_tables(seeds, until), HOSTS, seeds, START, until)


def test_figures_are_those_of_the_tables():
    seeds = (1, 2, 3)
    summary = summarise_run(series_of(seeds), example_world(), SETTINGS)
    tables = [example_tables(seed) for seed in seeds]
    for group, figure, places in (
        ("NL", "arrivals", "kind == 'arrival' & to_place == 'NL'"),
        ("NL", "returns", "kind == 'return' & from_place == 'NL'"),
        ("EU", "onward_out", "from_place in ['DE', 'NL', 'PL'] & to_place == 'elsewhere'"),
        ("ALL", "onward_in", "from_place == 'nowhere'"),
    ):
        counted = [t["flows"].query(f"month > '2024-08' & {places}").persons.sum() for t in tables]
        a_year = np.median(counted) * 12 / (UNTIL - LAST_DATA - 1)
        assert summary["groups"][group]["per_year"][figure]["value"] == pytest.approx(a_year)
    end = np.median([t["stocks"].query("month == '2026-03' & host == 'NL'").persons.sum() for t in tables])
    at_the_end = summary["groups"]["NL"]["stock_horizon"]
    assert at_the_end["low"] <= at_the_end["value"] == end


def test_register_is_compared_over_published_hosts_only():
    world = example_world()
    world.registers.stock[LAST_DATA, HOSTS.index("PL")] = np.nan
    line = summarise_run(series_of((1,)), world, SETTINGS)["groups"]["EU"]["register"]
    table = example_tables(1)["register"]
    rows = table[(table.month == "2024-08") & table.host.isin(["DE", "NL"])]
    assert line["hosts"] == 2
    assert line["modelled"]["value"] == rows.persons.sum()


def test_every_group_says_what_is_register_estimate_and_projection():
    world = example_world()
    groups = summarise_run(series_of((1,)), world, SETTINGS)["groups"]
    last = month_label(UNTIL - 1)
    expected = {"register": "2024-08", "estimate": "2024-11", "projection": last}
    assert groups["NL"]["periods"] == expected
    # A host that ended a month earlier is estimated a month longer.
    world = example_world()
    world.registers.stock[LAST_DATA, HOSTS.index("NL")] = np.nan
    assert summarise_run(series_of((1,)), world, SETTINGS)["groups"]["NL"]["periods"] == {
        **expected,
        "register": "2024-07",
    }
    short = summarise_run(series_of((1,), LAST_DATA), world, SETTINGS)["groups"]["ALL"]["periods"]
    assert short == {"register": "2024-07", "estimate": None, "projection": None}


def test_places_need_capacity_and_shortage_add_up():
    places = summarise_run(series_of((1, 2)), example_world(), SETTINGS)["places"]["NL"]["horizon"]
    assert places["capacity"] == 20_000.0
    assert places["needed"]["value"] == pytest.approx(places["in_use"]["value"] + places["short"]["value"])


def test_one_seed_has_no_band_and_says_so(capsys):
    summary = summarise_run(series_of((1,)), example_world(), SETTINGS)
    assert summary["groups"]["NL"]["stock_horizon"]["low"] is None
    assert summary["band"]["level"] is None
    print_summary(summary)
    text = capsys.readouterr().out
    assert "One seed: no band" in text
    assert "–" not in text.split("living there")[1].split("People who move")[0]


def test_the_summary_tells_hindcast_from_projection_and_is_json(capsys):
    summary = summarise_run(series_of((1, 2)), example_world(), SETTINGS)
    json.dumps(summary, allow_nan=False)
    print_summary(summary)
    text = " ".join(capsys.readouterr().out.split())
    assert "March 2022 to August 2024 is hindcast" in text
    assert "September 2024 to February 2026 is projection" in text
    assert "it covers chance." in text


def test_figures_are_drawn_and_the_same_on_a_machine_without_fonts(tmp_path, monkeypatch):
    series, world = series_of((1, 2)), example_world()
    summary = summarise_run(series, world, SETTINGS)
    for folder, others in ((tmp_path / "one", fontManager.ttflist), (tmp_path / "two", [])):
        monkeypatch.setattr(fontManager, "ttflist", list(others))
        teach_matplotlib.__wrapped__()
        folder.mkdir()
        draw_all(folder, series, world, summary, default_configs())
    names = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert names == ["flow_map.png", "flow_map.svg", "stock_nl_eu.png", "stock_nl_eu.svg"]
    for name in names:
        drawn = (tmp_path / "one" / name).read_bytes()
        assert drawn == (tmp_path / "two" / name).read_bytes()
        assert name.endswith(".png") or drawn.count(b"@font-face") == len(WEIGHTS)
    pixels = matplotlib.image.imread(tmp_path / "one" / "stock_nl_eu.png")
    assert pixels.shape[1] > 1000
    assert len(np.unique(pixels.reshape(-1, pixels.shape[2]), axis=0)) > 50  # not an empty canvas


def test_a_run_that_ends_in_the_past_is_told_and_drawn_without_projection(tmp_path, capsys):
    series, world = series_of((1, 2), until=LAST_DATA - 3), example_world()
    summary = summarise_run(series, world, SETTINGS)
    assert summary["flows"]["period"] == "hindcast"
    assert summary["groups"]["NL"]["register"] is None
    print_summary(summary)
    assert "All months are hindcast" in capsys.readouterr().out
    draw_all(tmp_path, series, world, summary, default_configs())
    assert "projection" not in (tmp_path / "stock_nl_eu.svg").read_text()
