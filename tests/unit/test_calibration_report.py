"""``ewea calibrate report``: the page holds what its folder holds, stands alone, refuses what is broken."""

import csv
import itertools
import json
import math
import re
import shutil
from html.parser import HTMLParser

import pandas as pd
import pytest
from scipy.stats import binom

from abm.data.folder import default_configs
from calibration.validation.baselines import BASELINES
from experiments.calibration_report import tables
from experiments.calibration_report.figures_checks import binomial_band
from experiments.calibration_report.figures_targets import exit_places
from experiments.calibration_report.fit_folder import TABLES, quantile_columns, read_fit
from experiments.calibration_report.page import page_text, write_report
from experiments.command_line import main
from experiments.wording.names import read_names

NAMES = read_names(default_configs())
VOID = {"meta", "br", "img", "link", "input", "hr", "col", "wbr"}


# --- a small fit folder that looks like a real one


def spread(name, middle, width):
    return {
        column: middle + k * width for k, column in zip(range(-2, 3), quantile_columns(name), strict=True)
    }


def parameter(name, meaning, unit, prior, posterior, ratio, shift):
    width = abs(prior) * 0.4 + 0.01
    return {
        "parameter": name, "unit": unit, "meaning": meaning, "sd_ratio": ratio, "shift": shift,
        "moved": ratio < 0.9, "central": posterior, "low_90": posterior - 0.1, "high_90": posterior + 0.1,
        **spread("prior", prior, width), **spread("posterior", posterior, ratio * width),
    }  # fmt: skip


def target(name, label, observed, fitted, sd, *, relative=False, conflict=False):
    distance = (math.log(fitted / observed) if relative else fitted - observed) / sd
    return {
        "target": name, "label": label, "observed": observed, "sd": sd, "sd_is_relative": relative,
        "distance_sd": distance, "missed": abs(distance) > 2, "conflict": conflict,
        **spread("prior", observed * 1.3, observed * 0.3), **spread("posterior", fitted, abs(fitted) * 0.1),
    }  # fmt: skip


def prediction(name, label, kind, family, use, month, unit, observed, model):
    width = 0.06 * max(abs(observed), abs(model), 0.2 if unit == "share" else 0.0)
    return {
        "target": name, "label": label, "kind": kind, "family": family, "use": use, "month": month,
        "unit": unit, "observed": observed, "model": model, "p_above": 0.4, "sd": width,
        "model_low": model - width / 2, "model_high": model + width / 2,
        "predicted_low": model - width, "predicted_high": model + width,
    }  # fmt: skip


def rows_of_a_fit():
    asked, quantity = ("survey", "unhcr_hope"), ("quantity", "")
    beyond = "return from NL beyond every named factor"
    register = "how the register of a host errs"
    three = ("return_hazard", "return_level_NL", "tuition_return")
    partner = "return: all|family=partner less all|family=nobody"
    return {
        "parameters": [
            parameter("return_hazard", "mean chance to return", "1/month", 0.0045, 0.00612, 0.31, 1.4),
            parameter("return_level_NL", beyond, "log odds", 0.0, -0.173, 0.62, -0.4),
            parameter("tuition_return", "wish to return", "log odds", -0.02, -0.02, 1.01, 0.02),
            parameter("register.deregistration_share.NL", register, "share", 0.4, 0.55, 0.7, 0.6),
            parameter("register.completeness.NL.2024-04", register, "share", 0.8, 0.8, 1.0, 0.0),
        ],
        "targets": [
            target("unhcr_hope_4", "return", 0.62, 0.618, 0.03),
            target("cz_returned", "returned_share", 0.33, 0.161, 0.06, conflict=True),
            target("exits.NL", "exits from the register a month", 0.0071, 0.0069, 0.002),
            target("exits.DE", "exits from the register a month", 0.0123, 0.0119, 0.002),
            target("clean_up.CZ.14", "persons a clean-up removed", 123_456.0, 110_000.0, 0.3, relative=True),
        ],
        "predictions": [
            prediction("unhcr_hope_2", "return", *asked, "fit", 8, "share", 0.81, 0.79),
            prediction("unhcr_hope_4", "return", *asked, "fit", 16, "share", 0.62, 0.618),
            prediction("unhcr_hope_5", "return", *asked, "holdout", 25, "share", 0.653, 0.5517),
            prediction("unhcr_hope_5", "stay", *asked, "holdout", 25, "share", 0.09, 0.11),
            prediction("ifo_400_days", "return", "survey", "ifo", "reported", 16, "share", 0.41, 0.4),
            prediction("unhcr_5_partner", partner, "contrast", "unhcr_hope", "fit", 25, "share", 0.15, 0.1),
            prediction("cz_returned", "returned_share", "quantity", "", "fit", 23, "share", 0.33, 0.161),
            prediction("ch_2024", "return_hazard", *quantity, "holdout", 35, "share/month", 0.0089, 0.0093),
            prediction("net_outflow_2022", "net_outflow", *quantity, "fit", 11, "persons", 5_432_100, 5.1e6),
        ],
        "slopes": [
            {"family": "unhcr_hope", "label": "return", "months": 17, "observed_change": -0.157,
             "model_change": -0.2383, "same_sign": True},
        ],
        "emulator": [
            {"output": name, "sd_over_prior": 0.4, "explained": 0.9 - 0.05 * k, "error_sd": 0.037,
             "chance_sd": 0.01}
            for k, name in enumerate(("mean.safe.16.all", "quantity.cz_returned", "exit_rate.5.8", "strange"))
        ],
        "recovery": [
            {"parameter": name, "replicates": 60, "coverage_50": 0.517, "coverage_80": 0.783,
             "coverage_95": 0.95, "sd_ratio": ratio}
            for name, ratio in zip(three, (0.3, 0.6, 1.0), strict=True)
        ],
        "ranks": [
            {"parameter": name, "replicate": k, "rank": (k + 0.5) / 60, "truth": 0.1, "mean": 0.2, "sd": 0.4}
            for name, k in itertools.product(three, range(60))
        ],
        "sensitivity": [
            {"outcome": "nl_stock", "parameter": name, "correlation": value, "sd_ratio": ratio,
             "stays_at_prior": ratio > 0.9, "median": 108_000, "low": 96_000, "high": 121_000}
            for name, value, ratio in (("return_hazard", -0.613, 0.31), ("tuition_return", 0.447, 1.01))
        ],
    }  # fmt: skip


def window():
    def errors(first):
        return {name: first + k for k, name in enumerate(("model", *BASELINES))}

    def part(first):
        hosts = {"NL": errors(first + 0.5), "DE": errors(first + 0.7)}
        return {"pairs": 240, "median_error_pct": errors(first), "mean_error_pct_by_host": hosts}

    broken = {"model_with_clean_up": 2.3, "model_without_clean_up": 20.1}
    level = {
        "id": "x", "label": "NL: average error, 6 months ahead", "unit": "percent", "value": {"model": 2.61},
        "below": {"asked": 5.0}, "least": {}, "reported": {}, "inclusive": False, "met": True,
    }  # fmt: skip
    inside = {"label": "share inside", "unit": "share", "value": {"model": 0.62}, "met": False}
    return {
        "horizons": {"1": part(0.41), "3": part(1.22), "6": part(2.34)},
        "breaks": {"6": {"pairs": 12, "median_error_pct": {**errors(3.0), **broken}}},
        "hosts": {},
        "named_hosts": ["NL", "DE", "CZ"],
        "coverage_80_pooled": 0.812,
        "members": 20,
        "levels": [
            level,
            {**level, **inside, "below": {}, "least": {"asked": 0.7}},
            {**level, "label": "unscored", "value": {"model": None}, "met": None},
        ],
    }


def write_rows(path, rows):
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def fit_folder(place, name="baseline", optional=True, **changed):
    folder = place / "fit"
    folder.mkdir()
    rows = rows_of_a_fit() | changed
    for table in rows:
        if optional or TABLES[table].required:
            write_rows(folder / f"{table}.csv", rows[table])
    decided = {"unit": "runs", "status": "decided", "source": "fifteen each"}
    manifest = {
        "kind": "ewea-fit", "fit": name, "started": "2024-11-02T10:00:00+00:00", "model": "0123456789abcdef",
        "configs": "fedcba", "powers": [0.1, 1.0], "acceptance": [0.44, 0.31],
        "settings": {
            "simulations": {"value": 3000, **decided}, "sensitivity_draws": {"value": 200, **decided},
        },
        "summary": {
            "draws": 600, "parameters": len(rows["parameters"]),
            "parameters_moved": sum(row["moved"] for row in rows["parameters"]),
            "targets": len(rows["targets"]), "targets_missed": sum(row["missed"] for row in rows["targets"]),
            "conflicts": ["cz_returned"], "survey_rmse_pp": {"fit": 1.42, "holdout": 7.35},
            "slopes_right": "1 of 1", "simulations_in_bank": 3123, "effective_draws": 587, "minutes": 83.4,
        },
    }  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(manifest))
    if optional:
        (folder / "validation.json").write_text(json.dumps({"fit": window(), "held_out": window()}))
    return folder


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


def test_every_cell_of_every_table_is_on_the_page(folder, walk):
    fit, text = read_fit(folder), walk.text
    held_out = fit.validation["held_out"]
    shown = [
        tables.parameters_table(fit.table("parameters"), NAMES),
        tables.targets_table(fit.table("targets"), NAMES),
        tables.predictions_table(fit.table("predictions"), NAMES),
        tables.slopes_table(fit.table("slopes"), NAMES),
        tables.emulator_errors_table(fit.table("emulator")),
        tables.recovery_table(fit.tables["recovery"]),
        tables.coverage_table(fit.tables["recovery"]),
        tables.outcomes_table(fit.tables["sensitivity"], NAMES),
        tables.levels_table(held_out["levels"], NAMES),
        tables.horizons_table(held_out),
        tables.breaks_table(held_out),
    ]
    cells = {" ".join(str(cell).split()) for table in shown for row in table.rows for cell in row}
    assert len(cells) > 150
    assert [cell for cell in cells if cell not in text] == []
    assert "nan" not in text.lower().split()


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


def test_names_stay_text_and_what_is_absent_is_named_with_the_way_to_make_it(tmp_path):
    hostile = '<script>alert("1")</script>&$x_{$'
    rows = rows_of_a_fit()
    rows["parameters"][0]["meaning"] = rows["parameters"][2]["meaning"] = hostile
    rows["targets"][1]["target"] = rows["targets"][2]["target"] = f"exits.{hostile}"
    walk = Walk(page_of(fit_folder(tmp_path, name=hostile, optional=False, **rows)))
    assert walk.faults == []
    assert "script" not in {tag for tag, _ in walk.tags}
    assert hostile in walk.text
    absent = re.findall(r"This folder has no ([\w.]+)\. To make it[:,] (?:run )?'?(ewea \w+)", walk.text)
    ways = dict.fromkeys(("recovery.csv", "ranks.csv", "sensitivity.csv"), "ewea calibrate")
    assert dict(absent) == ways | {"validation.json": "ewea validate"}


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
    observed = {"exits.NL": [0.03, 0.01], "exits.DE": [0.002], "exits.PL": [0.004, 0.009]}
    order = [("exits.NL", 0), ("exits.DE", 0), ("exits.PL", 0), ("exits.NL", 1), ("exits.PL", 1)]
    rows = [{"target": name, "observed": observed[name][k]} for name, k in order]
    frame = pd.DataFrame(rows, index=[7, 3, 9, 1, 4])
    hosts, at = exit_places(frame)
    assert hosts == ["exits.DE", "exits.PL", "exits.NL"]
    assert [hosts[round(height)] for height in at] == frame["target"].tolist()
    assert at[0] > at[3]
    assert at[2] > at[4]


def test_the_band_of_chance_is_that_of_the_binomial():
    for n, p in ((50, 0.5), (60, 0.8), (60, 0.95), (2000, 0.1)):
        low, high = binomial_band(n, p)
        assert binom.cdf(low - 1, n, p) <= 0.025 <= binom.cdf(low, n, p)
        assert binom.cdf(high - 1, n, p) <= 0.975 <= binom.cdf(high, n, p)


# --- folders that are broken, and mistakes


def edit(name, old, new):
    def damage(folder):
        path = folder / name
        path.write_text(path.read_text().replace(old, new, 1))

    return damage


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
        (edit("manifest.json", '"fit"', "fit"), ["manifest.json:1: not valid JSON"]),
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
