"""``ewea calibrate report``: the page holds what its folder holds, stands alone, refuses what is broken."""

import itertools
import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
from scipy.stats import binom

from abm.data.folder import default_configs
from experiments.calibration_report.figures_checks import binomial_band
from experiments.calibration_report.figures_targets import exit_places
from experiments.calibration_report.fit_folder import read_fit
from experiments.calibration_report.page import page_text, write_report
from experiments.command_line import main
from experiments.wording.names import read_names

NAMES = read_names(default_configs())
VOID = {"meta", "br", "img", "link", "input", "hr", "col", "wbr"}


EXAMPLE = Path(__file__).parent / "example_fit"
"""A small fit folder that looks like a real one; its numbers are made up."""


def fit_folder(place):
    return shutil.copytree(EXAMPLE, place / "fit")


def edit(name, old, new):
    """Return a change of one file of a folder."""

    def change(folder):
        path = folder / name
        assert old in path.read_text(encoding="utf-8")
        path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")

    return change


def page_of(folder):
    return page_text(read_fit(folder), NAMES)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A fit folder with the page that the command wrote."""
    folder = fit_folder(tmp_path_factory.mktemp("report"))
    before = {path.name for path in folder.iterdir()}
    assert main(["calibrate", "report", str(folder)]) == 0
    assert {path.name for path in folder.iterdir()} - before == {"report.html"}
    return folder


@pytest.fixture(scope="module")
def page(folder):
    return (folder / "report.html").read_text()


@pytest.fixture(scope="module")
def walk(page):
    return Walk(page)


class Walk(HTMLParser):
    """Collects what a page is made of, and complains of tags that do not close."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.faults, self.tags, self.ids, self.words = [], [], [], [], []
        self.feed(text)
        self.close()
        self.faults += [f"<{tag}> never closed" for tag in self.open]

    def handle_starttag(self, tag, attrs):
        self.handle_startendtag(tag, attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.ids += [value for key, value in attrs if key == "id"]

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> at {self.getpos()}")

    def handle_data(self, data):
        if self.open and self.open[-1] not in ("style", "text", "tspan"):
            self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


def test_the_page_is_whole_named_and_in_order(walk):
    assert walk.faults == []
    assert len(walk.ids) == len(set(walk.ids))
    figures = [attributes for tag, attributes in walk.tags if tag in ("svg", "img")]
    assert len(figures) == 14
    assert all(len(attributes.get("aria-label", "")) > 20 for attributes in figures)
    assert dict(walk.tags[0][1])["lang"] == "en"
    levels = [int(tag[1]) for tag, _ in walk.tags if re.fullmatch(r"h[1-6]", tag)]
    assert (levels[0], levels.count(1)) == (1, 1)
    assert all(later <= earlier + 1 for earlier, later in itertools.pairwise(levels))
    count = [tag for tag, _ in walk.tags].count
    assert count("table") == count("caption") > 10
    assert all(attributes.get("scope") in ("col", "row") for tag, attributes in walk.tags if tag == "th")
    assert Walk("<p><b>x</p></b>").faults  # the walk notices what it looks for
    assert Walk("<div><p>x</p>").faults == ["<div> never closed"]


def test_nothing_is_fetched_from_anywhere(page, walk):
    assert not {"script", "link", "iframe", "object", "img", "image"} & {tag for tag, _ in walk.tags}
    keys = ("src", "href", "xlink:href")
    pointers = [value for _, attributes in walk.tags for key, value in attributes.items() if key in keys]
    assert pointers
    assert all(pointer.startswith("#") for pointer in pointers)
    assert {pointer[1:] for pointer in pointers} <= set(walk.ids)
    assert set(re.findall(r"url\(#([^)]+)\)", page)) <= set(walk.ids)
    assert not re.search(r"https?://|@import|url\((?!#|data:)", page)


def test_numbers_and_names_are_written_for_readers(walk):
    for said in (
        "0.4 %, 1.2 % and 2.3 %",  # typical errors by horizon
        "better at every horizon than “nothing changes”",
        "1.4 percentage points off in the 2 surveys used to fit and 7.3 in the 1 survey",
        "3 of 5 parameters",
        "1 of 5 fitted numbers",
        "33.0 % 16.1 % (14.5 % to 17.7 %) 2.8 SDs too low",
        "123,000 persons",
        "0.71 % a month",
        "5.43 million persons",
        "−15.7",
        "0.00612",
        "0123456789abcdef",
        "return from Netherlands beyond every named factor",
        "April 2024",
    ):
        assert said in walk.text, said
    assert "nan" not in walk.text.lower().split()


def test_names_stay_text_and_what_is_absent_is_named_with_the_way_to_make_it(tmp_path):
    hostile, folder = '<script>alert("1")</script>&$x_{$', fit_folder(tmp_path)
    quoted = hostile.replace('"', '""')
    edit("parameters.csv", "mean chance to return", f'"{quoted}"')(folder)
    edit("targets.csv", "exits.NL", f'"exits.{quoted}"')(folder)
    edit("manifest.json", '"baseline"', json.dumps(hostile))(folder)
    ways = dict.fromkeys(("recovery.csv", "ranks.csv", "sensitivity.csv"), "ewea calibrate")
    ways["validation.json"] = "ewea validate"
    for name in ways:
        (folder / name).unlink()
    walk = Walk(page_of(folder))
    assert walk.faults == []
    assert "script" not in {tag for tag, _ in walk.tags}
    assert walk.text.count(hostile) >= 3
    absent = re.findall(r"This folder has no ([\w.]+)\. To make it[:,] (?:run )?'?(ewea \w+)", walk.text)
    assert dict(absent) == ways


def test_empty_tables_and_undefined_errors_leave_a_page(tmp_path):
    folder = fit_folder(tmp_path)
    for name in ("predictions", "emulator", "recovery", "ranks", "sensitivity"):
        path = folder / f"{name}.csv"
        path.write_text(path.read_text().splitlines()[0] + "\n")
    (folder / "slopes.csv").write_text("\n")
    scores = json.loads((folder / "validation.json").read_text())
    for part in scores["held_out"]["horizons"].values():
        part["median_error_pct"] = dict.fromkeys(part["median_error_pct"])
        part["mean_error_pct_by_host"] = {}
    (folder / "validation.json").write_text(json.dumps(scores))
    walk = Walk(page_of(folder))
    assert walk.faults == []
    assert "No held-out month could be scored" in walk.text
    assert "This fit has no survey" in walk.text


def test_every_rate_of_a_register_stands_beside_its_own_name():
    names = ["exits.NL", "exits.DE", "exits.PL", "exits.NL", "exits.PL"]
    rows = {"target": names, "observed": [0.03, 0.002, 0.004, 0.01, 0.009]}
    hosts, at = exit_places(pd.DataFrame(rows, index=[7, 3, 9, 1, 4]))
    assert hosts == ["exits.DE", "exits.PL", "exits.NL"]
    assert [hosts[round(height)] for height in at] == names
    assert at[0] > at[3]
    assert at[2] > at[4]


def test_the_band_of_chance_is_that_of_the_binomial():
    for n, p in ((50, 0.5), (60, 0.8), (60, 0.95), (2000, 0.1)):
        low, high = binomial_band(n, p)
        assert binom.cdf(low - 1, n, p) <= 0.025 <= binom.cdf(low, n, p)
        assert binom.cdf(high - 1, n, p) <= 0.975 <= binom.cdf(high, n, p)


# --- folders that are broken, and mistakes


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda f: (f / "manifest.json").unlink(), ["has not ended", "ewea calibrate baseline"]),
        (lambda f: (f / "targets.csv").unlink(), ["targets.csv:", "missing", "ewea calibrate baseline"]),
        (edit("targets.csv", "distance_sd", "far"), ["targets.csv:1: distance_sd:", "calibrate baseline"]),
        (edit("recovery.csv", "coverage_80", "c"), ["recovery.csv:1: coverage_80:", "with --proof"]),
        (edit("predictions.csv", "0.653", "many"), ["predictions.csv:4: observed:", "'many'", "finite"]),
        (edit("predictions.csv", "0.653", "inf"), ["predictions.csv:4: observed:", "'inf'"]),
        (edit("targets.csv", "True", "maybe"), ["targets.csv:3:", "'maybe'", "True or False"]),
        (edit("slopes.csv", ",17,", ",17,3,"), ["slopes.csv:2:", "7 cells", "6 columns"]),
        (edit("manifest.json", '"fit"', "fit"), ["manifest.json:3: not valid JSON"]),
        (edit("manifest.json", "ewea-fit", "ewea-run"), ["kind:", "'ewea-run'", "'ewea-fit'"]),
        (edit("manifest.json", '"minutes"', '"hours"'), ["summary.minutes:"]),
        (edit("manifest.json", '"parameters": 5', '"parameters": 6'), ["summary.parameters:", "6", "5"]),
        (edit("validation.json", '"horizons"', '"h"'), ["validation.json: fit.horizons:", "ewea validate"]),
    ],
)
def test_a_broken_folder_gets_one_clear_message_and_no_page(tmp_path, capsys, damage, said):
    folder = fit_folder(tmp_path)
    damage(folder)
    before = sorted(path.name for path in folder.iterdir())
    assert main(["calibrate", "report", str(folder)]) == 2
    error = capsys.readouterr().err
    for word in said:
        assert word in error
    assert sorted(path.name for path in folder.iterdir()) == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nowhere"], "nowhere: there is no such folder"),
        (["empty"], "empty: not a fit folder"),
        (["fit", "--out", "page.txt"], "--out page.txt"),
        (["fit", "--out", "no/page.html"], "there is no folder no"),
        (["fit", "--out", "dir.html"], "--out dir.html"),
    ],
)
def test_a_mistake_of_the_user_is_named(tmp_path, capsys, monkeypatch, words, said):
    monkeypatch.chdir(tmp_path)
    fit_folder(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "dir.html").mkdir()
    before = sorted(tmp_path.rglob("*"))
    assert main(["calibrate", "report", *words]) == 2
    assert said in capsys.readouterr().err
    assert sorted(tmp_path.rglob("*")) == before


def test_the_page_is_the_same_each_time_and_written_whole(folder, page, tmp_path):
    assert page_of(folder) == page
    broken = shutil.copytree(folder, tmp_path / "fit")
    edit("emulator.csv", "explained", "e")(broken)
    with pytest.raises(ValueError, match="explained"):
        write_report(broken, default_configs())
    assert (broken / "report.html").read_text() == page
